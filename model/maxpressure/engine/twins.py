"""Compiled: counterfactual twins of a record, two worlds each.

:func:`simulate_twins` takes the twins of a chunk one after another. Of each it

1. follows the record (:func:`simulate_twin` under RECORD), which gives every hazard and what led
   to each recorded act;
2. infers the random numbers behind it, once for each coupling (:func:`maxpressure.engine.inferred.infer`);
3. simulates a world with them under the scenario (:func:`simulate_twin` under THRESHOLD, then under WEEKLY).

Such a world begins with the record, and its frailties are given. Its weeks have the steps of
:func:`maxpressure.engine.week.simulate`; only decisions differ. Until the record ends, its rises come as recorded and
nothing else restores or thins a tie. What the couplings are is explained in :mod:`maxpressure.explanations.twins`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from maxpressure.base.errors import InputError, Wrong
from maxpressure.base.numerics import Floats, Ints, remember, weekly_decay
from maxpressure.engine.arrays import Inputs, inputs_of, parameter_row, parameter_rows
from maxpressure.engine.decide import (
    cut,
    restore,
    strain_return,
    thin,
    thin_patron_routes,
    wear_route,
)
from maxpressure.engine.engines import CHANGES_A_WORLD, new_output
from maxpressure.engine.inferred import (
    RECORD,
    THRESHOLD,
    WEEKLY,
    Inferred,
    infer,
    inferred_act,
    moves_of,
    new_inferred,
    recorded_act,
    recorded_rise,
    resistance_of_next,
)
from maxpressure.engine.jit import inlined, kernel
from maxpressure.engine.precompute import (
    OUTREACH,
    REQUEST,
    Precomputed,
    new_precomputed,
    parameters_of,
    precompute,
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
    new_world_state,
    open_window,
    update_active,
    update_mandates,
)
from maxpressure.engine.week import spread_exposure, update_courtship, update_hazards
from maxpressure.evidence.parameters import Parameters
from maxpressure.model import rules
from maxpressure.model.case import Situation

# ---- a world of a twin


@kernel
def simulate_twin(
    inputs: Inputs, rises: Ints, p: Parameters, fixed: Precomputed, world: WorldState, known: Inferred,
    seed: int, number: int, decided: int, index: int, output: Output,
) -> None:  # fmt: skip
    """One world, to the end of the record or of the window; ``decided`` says by what."""
    begin_twin(inputs, p, world, known, seed, number, decided)
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
        line, rise = decide_twin(inputs, rises, p, fixed, world, known, now, decided, line, rise, output)
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
def begin_twin(
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
def end_strain(world: WorldState, decided: int) -> None:
    """Add the week's hazard to the strain of states that did not act; under WEEKLY none is carried over."""
    for i in range(len(world.strain)):
        world.strain[i] += world.hazard[i]
    for which in range(world.tally[WEEK_ACTS]):
        world.strain[world.actors[which]] = 0.0
    if decided == WEEKLY:
        world.strain[:] = 0.0


@inlined
def decide_twin(
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
            thins = wear_route(inputs.trade_left, p, given, state, world.routes[i], now)
            rising = strain_return(
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
            world.active[i] = update_active(given, state)
            world.tie_sums[i] = tie_sum_of(
                p, fixed.bases[i], inputs.forbidden[now.epoch], state.levels, world.log_ties
            )
    return line, rise


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
            simulate_twin(
                scenario, scenario_rises, q, edited, world, known, seed, number, decided, index, output
            )
    return len(frailties)


@kernel
def follow_record(
    factual: Inputs, rises: Ints, p: Parameters, seed: int, number: int, fixed: Precomputed,
    world: WorldState, known: Inferred, scratch: Output,
) -> None:  # fmt: skip
    """The record repeated to its end, with the frailties given."""
    precompute(factual, p, fixed)
    simulate_twin(factual, rises, p, fixed, world, known, seed, number, RECORD, 0, scratch)


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
        """Twins from number ``first`` on, a draw and a row of log frailties for each: their worlds by coupling."""
        rows, edited = (parameter_rows(situation, draws) for situation in (self.factual, self.scenario))
        room = CHANGES_A_WORLD * len(draws)
        while True:
            worlds = tuple(new_output(self.scenario, len(draws), room, attributions=False) for _ in range(2))
            simulated = simulate_twins(
                self._inputs, self._edited, self._rises, self._edited_rises, rows, edited, frailties, seed,
                first, self._fixed, self._edited_fixed, self._world, self._known, self._scratch, *worlds,
            )  # fmt: skip
            if simulated < len(draws):
                raise impossible()
            filled = max(int(one.filled[0]) for one in worlds)
            if filled <= room:
                return worlds[0], worlds[1]
            room = filled


def impossible() -> InputError:
    """The refusal of parameters under which the record cannot have come about."""
    given = Wrong("have one that gives the record no chance")
    allowed = "draws under which it can have happened"
    return InputError(file="parameters", key="draws", given=given, allowed=allowed)
