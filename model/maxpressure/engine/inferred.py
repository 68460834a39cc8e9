"""Compiled: the random numbers of a twin, inferred from the record, and the decisions made with them.

:func:`recorded_act` and :func:`recorded_rise` repeat the record and note what each act was made of. :func:`infer` draws
the random numbers under which the record would come again (:mod:`maxpressure.model.abduction`), and
:func:`inferred_act` decides by them. :mod:`maxpressure.engine.twins` calls these week by week.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from maxpressure.base import rng
from maxpressure.base.numerics import Floats, Ints
from maxpressure.engine.arrays import N_TIES, Inputs
from maxpressure.engine.decide import choose
from maxpressure.engine.jit import inlined, kernel
from maxpressure.engine.precompute import Precomputed, readiness_of, tie_sum_of
from maxpressure.engine.state import Now, WorldState
from maxpressure.evidence.parameters import Parameters
from maxpressure.model import abduction, rules
from maxpressure.model.case import Situation
from maxpressure.model.history import Key, Levels, recorded_history

RECORD, THRESHOLD, WEEKLY = range(3)
"""What decides in a world of a twin: the record, or inferred random numbers under one of two couplings."""

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


def _rows(moves: Mapping[Key, Levels], situation: Situation) -> Ints:
    index = {iso3: number for number, iso3 in enumerate(situation.population.iso3)}
    rows = [
        (week, index[iso3], tie, level)
        for (week, iso3), levels in moves.items()
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


# ---- the record repeated


@kernel
def at(moves: Ints, line: int, t: int, i: int) -> bool:
    """Whether a recorded move is one of this week and state."""
    return bool(moves[line, AT_WEEK] == t and moves[line, AT_STATE] == i)


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
