"""Compiled: what changes while one world is lived, and how a tie that moves changes it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from maxpressure.base import rng
from maxpressure.base.numerics import Floats, Ints
from maxpressure.base.ties import FULL, TIE_INDEX
from maxpressure.engine.arrays import Sheet
from maxpressure.engine.jit import inlined, kernel
from maxpressure.engine.precompute import N_TIES, TRADE, Table, tie_sum_of
from maxpressure.evidence.parameters import Parameters
from maxpressure.model import rules

TRAVEL, DIPLOMATIC = TIE_INDEX["travel"], TIE_INDEX["diplomatic"]
EMBASSIES = 2 * N_TIES

LIVED = np.dtype(
    [
        ("levels", "i8", (6,)), ("ceiling", "i8", (6,)), ("began", "i8", (6,)), ("flow", "i8", (3,)),
        ("acts", "i8"), ("acts_before", "i8"), ("returns", "i8"), ("flow_key", "i8"),
        ("touched", "i8"), ("open_ties", "i8"), ("endured", "f8"), ("log_acts", "f8"), ("frailty", "f8"),
        ("courted", "f8"), ("return_strain", "f8"), ("return_resistance", "f8"),
    ]
)  # fmt: skip
ROUTE = np.dtype(
    [
        ("strain", "f8"),
        ("resistance", "f8"),
        ("closures", "i8"),
        ("travel", "i8"),
        ("carried", "i8"),
        ("lost", "f8"),
    ]
)
NOT_TRADING, OFF_START = -1, -2


class Life(NamedTuple):
    """One world while it is lived; made once for each thread and begun anew for each world."""

    state: NDArray[np.void]  # (N,) of LIVED
    route: NDArray[np.void]  # (N + P,) of ROUTE, patrons last; travel, carried and lost are the patrons'
    exposure: Floats  # (N,), as the next six
    strain: Floats
    resistance: Floats
    carried: Floats
    ties: Floats
    hazard: Floats
    settled: Floats
    active: Ints  # (N,): 1 while a tie may return or a route thin
    moved: Ints  # indices of this week's actors
    off: Ints  # traders that have left their starting level, in the order in which they did
    log_ties: Floats  # (6,), of the state at hand, as the next three
    options: Floats
    taken: Ints
    after: Ints
    totals: Ints  # (4,), as in the table
    standing: Ints  # (13,): ties alive, sums of levels, embassies
    tally: Ints  # (10,): this week's and all acts, drops, returns and thinned routes; traders off; the epoch


WEEK_ACTS, WEEK_DROPS, WEEK_RETURNS, WEEK_THINNED = 0, 1, 2, 3
ALL_ACTS, ALL_THINNED = 4, 7
N_OFF, EPOCH = 8, 9


class Now(NamedTuple):
    """Where and when something is decided, and what the week brings to everybody."""

    seed: int
    world: int
    t: int
    epoch: int
    shock: float
    thaw: float
    climate: float
    campaign: float
    fresh: bool  # whether what is said to a state may differ from the draw's table


def new_life(sheet: Sheet) -> Life:
    """Room for a world."""
    n, p = len(sheet.state), len(sheet.patron)
    return Life(
        np.zeros(n, LIVED), np.zeros(n + p, ROUTE),
        np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n),
        np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n, np.int64),
        np.zeros(N_TIES), np.zeros(N_TIES), np.zeros(N_TIES, np.int64), np.zeros(N_TIES, np.int64),
        np.zeros(4, np.int64), np.zeros(2 * N_TIES + 1, np.int64), np.zeros(10, np.int64),
    )  # fmt: skip


@inlined
def begin(sheet: Sheet, p: Parameters, life: Life, seed: int, world: int) -> None:
    """The world at the record's origin: starting levels, frailties drawn, nothing remembered."""
    life.exposure[:] = 0.0
    life.active[:] = 0
    life.standing[:] = 0
    life.tally[:] = 0
    life.tally[EPOCH] = -1
    standing = life.standing
    for i in range(len(sheet.state)):
        who, simulated = sheet.state[i], life.state[i]
        for k in range(N_TIES):
            level = who.start[k]
            simulated.levels[k] = level
            simulated.ceiling[k] = level
            stand(standing, k, level, 1)
        simulated.acts = 0
        simulated.returns = 0
        simulated.touched = 0
        simulated.flow_key = NOT_TRADING if who.exports + who.imports == 0 else OFF_START
        simulated.courted = 0.0
        simulated.return_strain = 0.0
        simulated.return_resistance = np.nan
        simulated.frailty = rules.log_frailty(p.sigma, rng.normal(seed, world, who.code, rng.FRAILTY))
        life.carried[i] = rules.momentum(p, simulated.frailty, 0)
    for index in range(len(life.route)):
        route = life.route[index]
        route.strain = 0.0
        route.resistance = np.nan
        route.closures = 0
        route.lost = 0.0
    for one in range(len(sheet.patron)):
        life.route[len(sheet.state) + one].travel = sheet.patron[one].travel


@kernel
def stand(standing: Ints, k: int, level: int, sign: int) -> None:
    """Add a tie to the standing counts, or take it out."""
    if level > 0:
        standing[k] += sign
        standing[N_TIES + k] += sign * level
    if k == DIPLOMATIC and level == FULL:
        standing[EMBASSIES] += sign


@inlined
def open_window(sheet: Sheet, life: Life, seed: int, world: int) -> None:
    """The run begins: strain is fresh, resistances are drawn, only what is lost from now on may come back."""
    life.strain[:] = 0.0
    for i in range(len(sheet.state)):
        who, simulated = sheet.state[i], life.state[i]
        simulated.acts_before = simulated.acts
        simulated.endured = 0.0
        simulated.log_acts = 0.0
        held = 1 if sheet.any_tie else 0
        for k in range(N_TIES):
            simulated.began[k] = simulated.levels[k]
            simulated.ceiling[k] = FULL if sheet.any_tie else simulated.levels[k]
            held += who.start[k]
        life.resistance[i] = np.inf  # a state that has nothing to cut and cannot gain draws no luck
        if held > 0:
            life.resistance[i] = rng.exponential(seed, world, who.code, simulated.acts, rng.RESISTANCE)
        life.active[i] = watched(who, simulated)


@kernel
def watched(who: Any, simulated: Any) -> int:
    """Count the ties that may return; 1 while there is any, or a route that may thin."""
    simulated.open_ties = 0
    for k in range(N_TIES):
        simulated.open_ties += simulated.levels[k] < simulated.ceiling[k]
    thinning = simulated.levels[TRAVEL] > 0 and simulated.levels[TRADE] < who.start[TRADE]
    return 1 if thinning or simulated.open_ties > 0 else 0


@kernel
def move(life: Life, i: int, k: int, after: int) -> None:
    """A tie comes to stand on another level."""
    simulated = life.state[i]
    stand(life.standing, k, simulated.levels[k], -1)
    stand(life.standing, k, after, 1)
    simulated.levels[k] = after
    simulated.touched = 1
    if k == TRADE and simulated.flow_key == OFF_START:
        life.off[life.tally[N_OFF]] = i
        life.tally[N_OFF] += 1
        simulated.flow_key = OFF_START - 1


@inlined
def tie_up(sheet: Sheet, p: Parameters, table: Table, life: Life, epoch: int) -> None:
    """Bring the tie sums to a new epoch of mandates."""
    if epoch == life.tally[EPOCH]:
        return
    life.tally[EPOCH] = epoch
    for i in range(len(life.ties)):
        life.ties[i] = table.ties[epoch, i]
        if life.state[i].touched == 1:
            levels = life.state[i].levels
            life.ties[i] = tie_sum_of(p, table.state[i].bases, sheet.forbidden[epoch], levels, life.log_ties)
