"""Compiled: counterfactual twins of a record, two lives each.

:func:`simulate_twins` takes the twins of a chunk one after another. Of each it

1. follows the record (:func:`live` under RECORD), which gives every hazard and what each recorded act was made of;
2. infers the random numbers behind it, once for each coupling (:func:`infer`, by :mod:`maxpressure.model.abduction`);
3. lives with them under the scenario (:func:`live` under THRESHOLD, then under WEEKLY).

A life is a world that begins with the record and whose frailties are given. Its weeks have the steps of
:func:`maxpressure.engine.week.simulate`; only decisions differ. Until the record ends, its rises come as recorded and
nothing else restores or thins a tie. What the couplings are is explained in :mod:`maxpressure.explanations.twins`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from maxpressure.base import rng
from maxpressure.base.errors import InputError
from maxpressure.base.numerics import Floats, Ints, remember, weekly_decay
from maxpressure.engine.arrays import N_TIES, Inputs, inputs_of, parameter_row, parameter_rows
from maxpressure.engine.decide import (
    choose,
    cut,
    restore,
    returning_tie,
    route_thins,
    thin,
    thin_patron_routes,
)
from maxpressure.engine.engines import CHANGES_A_WORLD, new_output
from maxpressure.engine.jit import inlined, kernel
from maxpressure.engine.precompute import (
    OUTREACH,
    REQUEST,
    Precomputed,
    new_precomputed,
    parameters_of,
    precompute,
    readiness_of,
    tie_sum_of,
)
from maxpressure.engine.record import Output, end_week
from maxpressure.engine.state import (
    ALL_ACTS,
    WEEK_ACTS,
    WEEK_THINNED,
    Now,
    WorldState,
    begin_world,
    is_active,
    new_world_state,
    open_window,
    update_mandates,
)
from maxpressure.engine.week import spread_exposure, update_courtship, update_hazards
from maxpressure.evidence.parameters import Parameters
from maxpressure.model import abduction, rules
from maxpressure.model.case import Situation
from maxpressure.model.history import Key, Levels, recorded_history

RECORD, THRESHOLD, WEEKLY = range(3)
"""What decides in a life: the record, or inferred random numbers under one of two couplings."""

AT_WEEK, AT_STATE, AT_TIE, AT_LEVEL = range(4)
"""The columns of recorded moves: the level is that after the move."""

SEEN = np.dtype(
    [
        ("week", "i8"), ("strain", "f8"), ("hazard", "f8"), ("log_ties", "f8", (N_TIES,)),
        ("before", "i8", (N_TIES,)), ("after", "i8", (N_TIES,)),
    ]
)  # fmt: skip
"""A recorded act and what it was made of; the strain is that before its week."""


class Inferred(NamedTuple):
    """What the record says of one twin's random numbers. N states, A recorded acts, U weeks of the record, M cuts."""

    cuts: Ints  # (M, 4): those of the recorded acts, by week and state
    first: Ints  # (N + 1,): where the acts of a state begin among all A
    seen: NDArray[np.void]  # (A,) of SEEN, state by state
    acts: Ints  # (N,): how many of them came
    frailty: Floats  # (N,)
    hazard: Floats  # (U, N)
    strain: Floats  # (N,): after the last week
    numbers: Floats  # (A, 6, 4): of each act and tie, as in abduction
    by_act: Floats  # (A + N,): a resistance for each act of a state and one beyond, state by state
    by_week: Floats  # (U, N): a resistance for each week
    due: Ints  # (N,): the acts whose weeks are over
    lost: Ints  # (N,): 1 once a recorded act has not come in its week


def moves_of(situation: Situation) -> tuple[Ints, Ints]:
    """The record's cuts and its rises, rows of week, state, tie, level after, in the order of week and state."""
    history = recorded_history(situation.record)
    return _rows(history.acts, situation), _rows(history.rises, situation)


def _rows(told: Mapping[Key, Levels], situation: Situation) -> Ints:
    index = {iso3: number for number, iso3 in enumerate(situation.population.iso3)}
    rows = [
        (week, index[iso3], tie, level)
        for (week, iso3), levels in told.items()
        if iso3 in index
        for tie, level in levels
    ]
    return np.array(sorted(rows), dtype=np.int64).reshape(len(rows), 4)


def new_inferred(cuts: Ints, states: int, weeks: int) -> Inferred:
    """Arrays for a record of so many weeks with these cuts."""
    acts = np.unique(cuts[:, : AT_STATE + 1], axis=0)
    first = np.searchsorted(np.sort(acts[:, AT_STATE]), np.arange(states + 1)).astype(np.int64)
    count = len(acts)
    return Inferred(
        cuts, first, np.zeros(count, SEEN), np.zeros(states, np.int64), np.zeros(states),
        np.zeros((weeks, states)), np.zeros(states), np.zeros((count, N_TIES, abduction.PER_TIE)),
        np.zeros(count + states), np.zeros((weeks, states)), np.zeros(states, np.int64), np.zeros(states, np.int64),
    )  # fmt: skip


# ---- a life


@kernel
def live(
    inputs: Inputs, rises: Ints, p: Parameters, fixed: Precomputed, world: WorldState, known: Inferred,
    seed: int, number: int, decided: int, index: int, output: Output,
) -> None:  # fmt: skip
    """One life, to the end of the record or of the window; ``decided`` says by what."""
    begin_life(inputs, p, world, known, seed, number, decided)
    shock_decay, peer_decay = weekly_decay(p.tau_shock), weekly_decay(p.tau_peer)
    shock_memory, needed, line, rise = 0.0, 0.0, 0, 0
    weeks = len(known.hazard) if decided == RECORD else inputs.n_weeks
    endogenous = inputs.courting or inputs.escalation > 0.0
    for t in range(weeks):
        week = inputs.weeks[t]
        world.shocks[t] = remember(shock_memory, shock_decay, week.shock_now)
        shock = rules.felt(p, world.shocks, t)
        shock_memory = remember(shock_memory, shock_decay, week.shock_whole)
        for count in range(WEEK_ACTS, WEEK_THINNED + 1):
            world.tally[count] = 0
        if inputs.courting:
            update_courtship(inputs, p, world, needed)
        climate = rules.climate(p, shock, week.thaw, week.news)
        campaign = week.campaign + inputs.escalation * shock
        now = Now(
            seed, number, t, week.epoch, shock, week.thaw, week.news, climate, campaign, endogenous, (-1, -1)
        )
        update_mandates(inputs, p, fixed, world, week.epoch)
        update_hazards(inputs, p, fixed, world, now)
        if decided == RECORD:
            copy(world.hazard, known.hazard[t])
        line, rise = decide_lives(inputs, rises, p, fixed, world, known, now, decided, line, rise, output)
        end_strain(world, decided)
        if decided != RECORD:
            thin_patron_routes(inputs, p, world, now, output)
        for count in range(WEEK_ACTS, WEEK_THINNED + 1):
            world.tally[ALL_ACTS + count] += world.tally[count]
        if p.beta_peer != 0.0:
            spread_exposure(inputs, world, peer_decay)
        needed = end_week(inputs, fixed, world, t, index, output)
    if decided == RECORD:
        copy(world.strain, known.strain)


@inlined
def begin_life(
    inputs: Inputs, p: Parameters, world: WorldState, known: Inferred, seed: int, number: int, decided: int
) -> None:
    """A world at the record's origin, with the frailties given and the first inferred resistances."""
    begin_world(inputs, p, world, seed, number)
    open_window(inputs, world, seed, number)
    for i in range(len(inputs.states)):
        state = world.states[i]
        state.frailty = known.frailty[i]
        world.momentum[i] = rules.momentum(p, state.frailty, 0)
        known.due[i] = 0
        known.lost[i] = 0
        if decided == RECORD:
            known.acts[i] = 0
        elif decided == THRESHOLD:
            world.resistance[i] = resistance_of_next(inputs, world, known, seed, number, i)


@kernel
def copy(numbers: Floats, into: Floats) -> None:
    """Copy numbers, one for each state."""
    for i in range(len(into)):
        into[i] = numbers[i]


@kernel
def at(moves: Ints, line: int, t: int, i: int) -> bool:
    """Whether a recorded move is one of this week and state."""
    return bool(moves[line, AT_WEEK] == t and moves[line, AT_STATE] == i)


@kernel
def end_strain(world: WorldState, decided: int) -> None:
    """Add the week's hazard to the strain of states that did not act; under WEEKLY none is carried over."""
    for i in range(len(world.strain)):
        world.strain[i] += world.hazard[i]
    for which in range(world.tally[WEEK_ACTS]):
        world.strain[world.actors[which]] = 0.0
    if decided == WEEKLY:
        world.strain[:] = 0.0


@inlined
def decide_lives(
    inputs: Inputs, rises: Ints, p: Parameters, fixed: Precomputed, world: WorldState, known: Inferred,
    now: Now, decided: int, line: int, rise: int, output: Output,
) -> tuple[int, int]:  # fmt: skip
    """Every state's week, in ISO3 order; returns the next lines of recorded cuts and of recorded rises."""
    for i in range(len(inputs.states)):
        given, state = inputs.states[i], world.states[i]
        acts, lead, rising, top, thins = False, -1, -1, 0, False
        if decided == RECORD:
            line, acts = recorded_act(inputs, p, fixed, world, known, now, line, i)
        else:
            acts, lead = inferred_act(inputs, p, fixed, world, known, now, decided, i)
        if now.t < len(known.hazard):
            rise, rising, top = recorded_rise(rises, rise, world, now.t, lead, i)
        elif acts or world.active[i] == 1:
            request = inputs.signals[REQUEST, now.t, i]
            courtship = inputs.signals[OUTREACH, now.t, i] + state.courted
            thins = route_thins(inputs.trade_left, p, given, state, world.routes[i], now)
            rising = returning_tie(
                p, given, state, world.options, fixed.sensitive[i], request, courtship, now
            )
            top = state.levels[max(rising, 0)] + 1
            rising = -1 if acts else rising  # in a week of an act it waits
        if acts:
            cut(inputs, p, world, now, output, i, lead)
            if decided == THRESHOLD:
                world.resistance[i] = resistance_of_next(inputs, world, known, now.seed, now.number, i)
        if rising >= 0:
            restore(world, given, now, output, i, rising, top)
        if thins:
            thin(world, given, now, output, i)
        if acts or thins or rising >= 0:
            world.active[i] = is_active(given, state)
            world.tie_sums[i] = tie_sum_of(
                p, fixed.bases[i], inputs.forbidden[now.epoch], state.levels, world.log_ties
            )
    return line, rise


# ---- the record followed


@inlined
def recorded_act(
    inputs: Inputs, p: Parameters, fixed: Precomputed, world: WorldState, known: Inferred, now: Now,
    line: int, i: int,
) -> tuple[int, bool]:  # fmt: skip
    """The recorded cuts of a state this week, noted with all that led to them; the next line, whether any tie falls."""
    falls = False
    if line < len(known.cuts) and at(known.cuts, line, now.t, i):
        state = world.states[i]
        look(inputs, p, fixed, world, now, i)
        for k in range(N_TIES):
            world.taken[k] = 0
            world.after[k] = state.levels[k]
        while line < len(known.cuts) and at(known.cuts, line, now.t, i):
            k, level = known.cuts[line, AT_TIE], known.cuts[line, AT_LEVEL]
            if level < state.levels[k]:
                world.taken[k] = 1
                world.after[k] = level
                falls = True
            line += 1
        if falls:
            note(world, known, now.t, i)
    return line, falls


@kernel
def note(world: WorldState, known: Inferred, t: int, i: int) -> None:
    """Note a recorded act and what it was made of."""
    seen, levels = known.seen[known.first[i] + known.acts[i]], world.states[i].levels
    seen.week, seen.strain, seen.hazard = t, world.strain[i], world.hazard[i]
    for k in range(N_TIES):
        seen.log_ties[k] = world.log_ties[k]
        seen.before[k], seen.after[k] = levels[k], world.after[k]
    known.acts[i] += 1


@inlined
def look(inputs: Inputs, p: Parameters, fixed: Precomputed, world: WorldState, now: Now, i: int) -> None:
    """Fill in the log hazards of a state's ties, and how ready each is to join an act."""
    levels = world.states[i].levels
    tie_sum_of(p, fixed.bases[i], inputs.forbidden[now.epoch], levels, world.log_ties)
    readiness_of(p, inputs.states[i], world.ready)


@kernel
def recorded_rise(
    rises: Ints, rise: int, world: WorldState, t: int, lead: int, i: int
) -> tuple[int, int, int]:
    """The next line; the tie of a state that rises this week on record, or −1, and the level to which it does.

    It rises only where it stands lower, and not where an act of this week, which then has a lead, takes it down.
    """
    if rise >= len(rises) or not at(rises, rise, t, i):
        return rise, -1, 0
    k, state = rises[rise, AT_TIE], world.states[i]
    top = min(rises[rise, AT_LEVEL], state.ceiling[k])
    rises_now = state.levels[k] < top and not (lead >= 0 and world.taken[k] == 1)
    return rise + 1, (k if rises_now else -1), top


@kernel
def infer(
    inputs: Inputs, p: Parameters, ready: Floats, known: Inferred, seed: int, number: int, decided: int
) -> None:
    """Draw the random numbers under which the record would come again; ``ready`` is scratch."""
    if decided == WEEKLY:
        for t in range(len(known.by_week)):
            for i in range(len(inputs.states)):
                uniform = rng.uniforms(seed, number, inputs.states[i].code, t, rng.RESISTANCE, 0)[0]
                known.by_week[t, i] = abduction.resistance_beyond(known.hazard[t, i], uniform)
    for i in range(len(inputs.states)):
        given, code = inputs.states[i], inputs.states[i].code
        readiness_of(p, given, ready)
        for earlier in range(known.acts[i]):
            row = known.first[i] + earlier
            seen = known.seen[row]
            key = seen.week if decided == WEEKLY else earlier
            abduction.infer_act(
                seed, number, code, key, p.chi, p.psi, seen.log_ties, ready, seen.before, seen.after,
                known.numbers[row],
            )  # fmt: skip
            uniform = rng.uniforms(seed, number, code, key, rng.RESISTANCE, 0)[0]
            if decided == WEEKLY:
                known.by_week[seen.week, i] = abduction.resistance_within(0.0, seen.hazard, uniform)
            else:
                known.by_act[row + i] = abduction.resistance_within(seen.strain, seen.hazard, uniform)
        if decided == THRESHOLD:
            last = known.acts[i]
            uniform = rng.uniforms(seed, number, code, last, rng.RESISTANCE, 0)[0]
            beyond = abduction.resistance_beyond(known.strain[i], uniform)
            known.by_act[known.first[i] + i + last] = beyond


# ---- decisions with inferred random numbers


@kernel
def resistance_of_next(
    inputs: Inputs, world: WorldState, known: Inferred, seed: int, number: int, i: int
) -> float:
    """The resistance against a state's next act: inferred, or drawn where the record says nothing of it."""
    earlier = world.states[i].acts
    if earlier <= known.acts[i]:
        return float(known.by_act[known.first[i] + i + earlier])
    return rng.exponential(seed, number, inputs.states[i].code, earlier, rng.RESISTANCE)


@inlined
def inferred_act(
    inputs: Inputs, p: Parameters, fixed: Precomputed, world: WorldState, known: Inferred, now: Now,
    decided: int, i: int,
) -> tuple[bool, int]:  # fmt: skip
    """Whether a state's strain passes its resistance, and the tie that leads; which fall how far is filled in."""
    row = recorded_row(world, known, now.t, decided, i)
    resistance, lead = world.resistance[i], -1
    if decided == WEEKLY:
        resistance = resistance_of_week(inputs, known, now.seed, now.number, now.t, row, i)
    acts = world.hazard[i] > 0.0 and world.strain[i] + world.hazard[i] >= resistance
    if decided == WEEKLY and row >= 0:
        known.due[i] += 1
        if not acts:
            known.lost[i] = 1
    if acts:
        look(inputs, p, fixed, world, now, i)
        if row >= 0:
            lead = choose_again(p, world, known.numbers[row], i)
        else:
            key = now.t if decided == WEEKLY else world.states[i].acts
            lead = choose(p, inputs.states[i], world.states[i], world, now, key)
    return acts, lead


@kernel
def recorded_row(world: WorldState, known: Inferred, t: int, decided: int, i: int) -> int:
    """The row of the recorded act whose random numbers an act of this week has, or −1."""
    earlier = known.due[i] if decided == WEEKLY else world.states[i].acts
    row = known.first[i] + earlier
    if earlier >= known.acts[i] or (decided == WEEKLY and known.seen[row].week != t):
        return -1
    return int(row)


@kernel
def resistance_of_week(
    inputs: Inputs, known: Inferred, seed: int, number: int, t: int, row: int, i: int
) -> float:
    """The resistance of a week: inferred, or drawn where the record bounds nothing."""
    if t < len(known.by_week) and (row >= 0 or known.lost[i] == 0):
        return float(known.by_week[t, i])
    return rng.exponential(seed, number, inputs.states[i].code, t, rng.RESISTANCE)


@kernel
def choose_again(p: Parameters, world: WorldState, numbers: Floats, i: int) -> int:
    """Which ties an act takes and how far, by inferred random numbers; returns the lead."""
    lead = abduction.leading(world.log_ties, numbers)
    for k in range(N_TIES):
        joins = numbers[k, abduction.JOINING] < p.chi * world.ready[k]
        world.taken[k] = 0
        if world.log_ties[k] > -math.inf and (k == lead or joins):
            first, second = numbers[k, abduction.FIRST], numbers[k, abduction.SECOND]
            world.taken[k] = 1
            world.after[k] = rules.lowered(world.states[i].levels[k], p.psi[k], first, second)
    return lead


# ---- the twins of a chunk


@kernel
def simulate_twins(
    factual: Inputs, scenario: Inputs, factual_rises: Ints, scenario_rises: Ints, factual_rows: Floats,
    scenario_rows: Floats, frailties: Floats, seed: int, first_number: int, fixed: Precomputed,
    edited: Precomputed, world: WorldState, known: Inferred, scratch: Output, threshold: Output,
    weekly: Output,
) -> int:  # fmt: skip
    """Simulate the twins ``first_number`` onwards; each has a row of parameters and of frailties.

    Returns how many were simulated: fewer than there are, where the record has no chance under a row.
    """
    for index in range(len(frailties)):
        number = first_number + index
        p, q = parameters_of(factual_rows[index]), parameters_of(scenario_rows[index])
        precompute(scenario, q, edited)
        copy(frailties[index], known.frailty)
        follow_record(factual, factual_rises, p, seed, number, fixed, world, known, scratch)
        if not is_possible(world):
            return index
        for decided in range(THRESHOLD, WEEKLY + 1):
            output = weekly if decided == WEEKLY else threshold
            infer(factual, p, world.ready, known, seed, number, decided)
            live(scenario, scenario_rises, q, edited, world, known, seed, number, decided, index, output)
    return len(frailties)


@kernel
def follow_record(
    factual: Inputs, rises: Ints, p: Parameters, seed: int, number: int, fixed: Precomputed,
    world: WorldState, known: Inferred, scratch: Output,
) -> None:  # fmt: skip
    """The record repeated to its end, with the frailties given."""
    only = len(scratch.world_ints) - 1  # as int(RECORD), no constant: Numba compiles anew for each constant
    precompute(factual, p, fixed)
    live(factual, rises, p, fixed, world, known, seed, number, int(RECORD), only, scratch)


@kernel
def is_possible(world: WorldState) -> bool:
    """Whether what was followed has a probability above zero."""
    possible = True
    for i in range(len(world.states)):
        possible &= world.states[i].log_acts > -math.inf
    return possible


class TwinEnsemble:
    """Twins of a record under a scenario, compiled. ``until`` is the week after the record's last."""

    def __init__(self, factual: Situation, scenario: Situation, until: int) -> None:
        self.factual, self.scenario = factual, scenario
        self._inputs, self._edited = inputs_of(factual), inputs_of(scenario)
        (cuts, self._rises), (_, self._edited_rises) = moves_of(factual), moves_of(scenario)
        self._known = new_inferred(cuts, len(self._inputs.states), until)
        self._fixed, self._edited_fixed = new_precomputed(self._inputs), new_precomputed(self._edited)
        self._world = new_world_state(self._inputs)
        self._scratch = new_output(factual, 1, 0, attributions=False)

    def followed(self, draw: Parameters) -> Inferred:
        """The record followed without frailty: its hazards and acts, in arrays that the next call overwrites."""
        row = parameter_row(self.factual, draw)
        self._known.frailty[:] = 0.0
        follow_record(
            self._inputs, self._rises, parameters_of(row), 0, 0, self._fixed, self._world, self._known,
            self._scratch,
        )  # fmt: skip
        if not is_possible(self._world):
            raise impossible()
        return self._known

    def simulate(
        self, draws: Sequence[Parameters], frailties: Floats, *, first: int, seed: int
    ) -> tuple[Output, Output]:
        """Twins from number ``first`` on, a draw and a row of log frailties for each: their lives by coupling."""
        rows, edited = (parameter_rows(situation, draws) for situation in (self.factual, self.scenario))
        room = CHANGES_A_WORLD * len(draws)
        while True:
            lives = tuple(new_output(self.scenario, len(draws), room, attributions=False) for _ in range(2))
            simulated = simulate_twins(
                self._inputs, self._edited, self._rises, self._edited_rises, rows, edited, frailties, seed,
                first, self._fixed, self._edited_fixed, self._world, self._known, self._scratch, *lives,
            )  # fmt: skip
            if simulated < len(draws):
                raise impossible()
            filled = max(int(life.filled[0]) for life in lives)
            if filled <= room:
                return lives[0], lives[1]
            room = filled


def impossible() -> InputError:
    """The refusal of parameters under which the record cannot have come about."""
    given = "a draw that gives the record no chance"
    allowed = "draws under which it can have happened"
    return InputError(file="parameters", key="draws", given=given, allowed=allowed)
