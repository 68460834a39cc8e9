"""Compiled: the state of one world while it is simulated, its start, and how a tie that moves changes it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from maxpressure.base import rng
from maxpressure.base.numerics import Floats, Ints
from maxpressure.base.ties import FULL, TIE_INDEX
from maxpressure.engine.arrays import N_TIES, Inputs
from maxpressure.engine.jit import inlined, kernel
from maxpressure.engine.precompute import TRADE, Precomputed, tie_sum_of
from maxpressure.evidence.parameters import Parameters
from maxpressure.model import rules

TRAVEL, DIPLOMATIC = TIE_INDEX["travel"], TIE_INDEX["diplomatic"]
EMBASSIES = 2 * N_TIES

STATE_IN_WORLD = np.dtype(
    [
        ("levels", "i8", (N_TIES,)), ("ceiling", "i8", (N_TIES,)), ("began", "i8", (N_TIES,)), ("flow", "i8", (3,)),
        ("acts", "i8"), ("acts_before", "i8"), ("returns", "i8"), ("flow_key", "i8"),
        ("changed", "i8"), ("open_ties", "i8"), ("left_out", "i8"), ("spent_strain", "f8"), ("log_acts", "f8"),
        ("frailty", "f8"), ("courted", "f8"), ("return_strain", "f8"), ("return_resistance", "f8"),
    ]
)  # fmt: skip
ROUTE = np.dtype(
    [
        ("strain", "f8"),
        ("resistance", "f8"),
        ("thinned", "i8"),
        ("travel", "i8"),
        ("carried", "i8"),
        ("lost", "f8"),
    ]
)
NOT_TRADING, ON_START, NO_FLOW_YET = -1, -2, -3
"""A state's ``flow_key`` before its flow on another level than the starting one has been computed."""


class WorldState(NamedTuple):
    """One world while it is simulated; made once for each thread and reset for each world. N states, P patrons."""

    states: NDArray[np.void]  # (N,) of STATE_IN_WORLD
    routes: NDArray[
        np.void
    ]  # (N + P,) of ROUTE, patrons last; travel, carried and lost are the patrons' alone
    shocks: Floats  # (T,): the memory of provocations
    exposure: Floats  # (N,), as the next six: acts of peers, remembered
    strain: Floats  # hazard added up since the last act
    resistance: Floats  # the threshold at which the state acts
    momentum: Floats  # the part of the log hazard from frailty and own earlier acts
    tie_sums: Floats  # Σ over ties of exp(part of the tie)
    hazard: Floats  # Λ of this week
    exogenous: Floats  # as in Precomputed, where this world's signals differ
    active: Ints  # (N,): 1 while a tie may return or a travel route may thin; any state may act
    deciding: Ints  # indices of the states that have something to decide this week
    actors: Ints  # of those that acted
    off_start: Ints  # traders that have ever left their starting level, in the order in which they did
    log_ties: Floats  # (N_TIES,), of the state at hand, as the next four
    options: Floats
    ready: Floats
    taken: Ints
    after: Ints
    totals: Ints  # (4,), as in Precomputed
    counts: Ints  # (13,): ties alive, sums of levels, embassies
    tally: Ints  # (10,): acts, cuts, returns and thinned routes of the week, then of the world; traders off; epoch


WEEK_ACTS, WEEK_CUTS, WEEK_RETURNS, WEEK_THINNED = 0, 1, 2, 3
ALL_ACTS, ALL_THINNED = 4, 7
N_OFF, EPOCH = 8, 9


class Now(NamedTuple):
    """The week at hand, and what it brings to every state alike."""

    seed: int
    number: int
    t: int
    epoch: int
    shock: float
    thaw: float
    news: float
    climate: float
    campaign: float
    endogenous: bool  # whether courting or escalation may change the signals from those of the draw
    without: tuple[int, int]  # the state and the number of an act that is left out; the state −1 for none


def new_world_state(inputs: Inputs) -> WorldState:
    """Arrays for a world."""
    n, p = len(inputs.states), len(inputs.patrons)
    return WorldState(
        np.zeros(n, STATE_IN_WORLD), np.zeros(n + p, ROUTE), np.zeros(inputs.n_weeks),
        np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n),
        np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n, np.int64),
        np.zeros(N_TIES), np.zeros(N_TIES), np.zeros(N_TIES), np.zeros(N_TIES, np.int64), np.zeros(N_TIES, np.int64),
        np.zeros(4, np.int64), np.zeros(2 * N_TIES + 1, np.int64), np.zeros(10, np.int64),
    )  # fmt: skip


@inlined
def begin_world(inputs: Inputs, p: Parameters, world: WorldState, seed: int, number: int) -> None:
    """The world at the record's origin: starting levels, frailties drawn, nothing remembered."""
    world.exposure[:] = 0.0
    world.active[:] = 0
    world.counts[:] = 0
    world.tally[:] = 0
    world.tally[EPOCH] = -1
    for i in range(len(inputs.states)):
        given, state = inputs.states[i], world.states[i]
        for k in range(N_TIES):
            level = given.start[k]
            state.levels[k] = level
            state.ceiling[k] = level
            if not given.unlisted[k]:
                count_level(world.counts, k, level, 1)
        state.acts = 0
        state.left_out = 0
        state.returns = 0
        state.changed = 0
        state.flow_key = NOT_TRADING if given.exports + given.imports == 0 else ON_START
        state.courted = 0.0
        state.return_strain = 0.0
        state.return_resistance = np.nan
        state.frailty = 0.0
        if p.sigma > 0.0:
            state.frailty = rules.log_frailty(p.sigma, rng.normal(seed, number, given.code, rng.FRAILTY))
        world.momentum[i] = rules.momentum(p, state.frailty, 0)
    for index in range(len(world.routes)):
        route = world.routes[index]
        route.strain = 0.0
        route.resistance = np.nan
        route.thinned = 0
        route.lost = 0.0
    for one in range(len(inputs.patrons)):
        world.routes[len(inputs.states) + one].travel = inputs.patrons[one].travel


@kernel
def count_level(counts: Ints, k: int, level: int, sign: int) -> None:
    """Add a tie to the counts of the world, or take it out."""
    if level > 0:
        counts[k] += sign
        counts[N_TIES + k] += sign * level
    if k == DIPLOMATIC and level == FULL:
        counts[EMBASSIES] += sign


@inlined
def open_window(inputs: Inputs, world: WorldState, seed: int, number: int) -> None:
    """The window begins: strain is 0, resistances are drawn, only what is lost from now on may return."""
    world.strain[:] = 0.0
    for i in range(len(inputs.states)):
        given, state = inputs.states[i], world.states[i]
        state.acts_before = state.acts
        state.spent_strain = 0.0
        state.log_acts = 0.0
        can_act = 1 if inputs.any_tie else 0
        for k in range(N_TIES):
            state.began[k] = state.levels[k]
            state.ceiling[k] = FULL if inputs.any_tie else state.levels[k]
            can_act += given.start[k]
        world.resistance[i] = np.inf  # a state that has nothing to cut and cannot gain draws no number
        if can_act > 0:
            world.resistance[i] = rng.exponential(seed, number, given.code, state.acts, rng.RESISTANCE)
        world.active[i] = update_active(given, state)


@kernel
def update_active(given: Any, state: Any) -> int:
    """Count the ties that may return (``open_ties``); 1 while there is any, or a travel route that may thin."""
    state.open_ties = 0
    for k in range(N_TIES):
        state.open_ties += state.levels[k] < state.ceiling[k]
    thinning = state.levels[TRAVEL] > 0 and state.levels[TRADE] < given.trade_start
    return 1 if thinning or state.open_ties > 0 else 0


@kernel
def set_level(world: WorldState, given: Any, i: int, k: int, after: int) -> None:
    """Set a tie to another level and keep the counts of listed ties right."""
    state = world.states[i]
    if not given.unlisted[k]:
        count_level(world.counts, k, state.levels[k], -1)
        count_level(world.counts, k, after, 1)
    state.levels[k] = after
    state.changed = 1
    if k == TRADE and state.flow_key == ON_START:
        world.off_start[world.tally[N_OFF]] = i
        world.tally[N_OFF] += 1
        state.flow_key = NO_FLOW_YET


@inlined
def update_mandates(inputs: Inputs, p: Parameters, fixed: Precomputed, world: WorldState, epoch: int) -> None:
    """Recompute the tie sums when mandates change, and as the window begins, after the record's cuts before it."""
    if epoch == world.tally[EPOCH]:
        return
    world.tally[EPOCH] = epoch
    for i in range(len(world.tie_sums)):
        world.tie_sums[i] = fixed.tie_sums[epoch, i]
        if world.states[i].changed == 1:
            levels = world.states[i].levels
            world.tie_sums[i] = tie_sum_of(p, fixed.bases[i], inputs.forbidden[epoch], levels, world.log_ties)
