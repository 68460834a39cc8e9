"""Compiled: what changes while one world is lived, and how a tie that moves changes it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from maxpressure.base import rng
from maxpressure.base.ties import FULL, TIE_INDEX
from maxpressure.engine.arrays import Floats, Ints, Sheet
from maxpressure.engine.jit import inlined, kernel
from maxpressure.engine.precompute import N_TIES, TRADE, Table, tie_sum_of
from maxpressure.evidence.parameters import Parameters
from maxpressure.model import rules

TRAVEL, DIPLOMATIC = TIE_INDEX["travel"], TIE_INDEX["diplomatic"]
EMBASSIES = 2 * N_TIES

LIVED = np.dtype(
    [
        ("rungs", "i8", (6,)), ("ceiling", "i8", (6,)), ("began", "i8", (6,)), ("flow", "i8", (3,)),
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
    moved: Ints  # places of this week's actors
    off: Ints  # traders that have left their starting rung, in the order in which they did
    log_ties: Floats  # (6,), of the state at hand, as the next three
    options: Floats
    taken: Ints
    after: Ints
    totals: Ints  # (4,), as in the table
    standing: Ints  # (13,): ties alive, sums of rungs, embassies
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
    """The world at the record's origin: starting rungs, frailties drawn, nothing remembered."""
    life.exposure[:] = 0.0
    life.active[:] = 0
    life.standing[:] = 0
    life.tally[:] = 0
    life.tally[EPOCH] = -1
    standing = life.standing
    for i in range(len(sheet.state)):
        who, lived = sheet.state[i], life.state[i]
        for k in range(N_TIES):
            rung = who.start[k]
            lived.rungs[k] = rung
            lived.ceiling[k] = rung
            stand(standing, k, rung, 1)
        lived.acts = 0
        lived.returns = 0
        lived.touched = 0
        lived.flow_key = NOT_TRADING if who.exports + who.imports == 0 else OFF_START
        lived.courted = 0.0
        lived.return_strain = 0.0
        lived.return_resistance = np.nan
        lived.frailty = rules.log_frailty(p.sigma, rng.normal(seed, world, who.code, rng.FRAILTY))
        life.carried[i] = rules.momentum(p, lived.frailty, 0)
    for place in range(len(life.route)):
        route = life.route[place]
        route.strain = 0.0
        route.resistance = np.nan
        route.closures = 0
        route.lost = 0.0
    for one in range(len(sheet.patron)):
        life.route[len(sheet.state) + one].travel = sheet.patron[one].travel


@kernel
def stand(standing: Ints, k: int, rung: int, sign: int) -> None:
    """Add a tie to the standing counts, or take it out."""
    if rung > 0:
        standing[k] += sign
        standing[N_TIES + k] += sign * rung
    if k == DIPLOMATIC and rung == FULL:
        standing[EMBASSIES] += sign


@inlined
def open_window(sheet: Sheet, life: Life, seed: int, world: int) -> None:
    """The run begins: strain is fresh, resistances are drawn, only what is lost from now on may come back."""
    life.strain[:] = 0.0
    for i in range(len(sheet.state)):
        who, lived = sheet.state[i], life.state[i]
        lived.acts_before = lived.acts
        lived.endured = 0.0
        lived.log_acts = 0.0
        held = 1 if sheet.any_tie else 0
        for k in range(N_TIES):
            lived.began[k] = lived.rungs[k]
            lived.ceiling[k] = FULL if sheet.any_tie else lived.rungs[k]
            held += who.start[k]
        life.resistance[i] = np.inf  # a state that has nothing to cut and cannot gain draws no luck
        if held > 0:
            life.resistance[i] = rng.exponential(seed, world, who.code, lived.acts, rng.RESISTANCE)
        life.active[i] = watched(who, lived)


@kernel
def watched(who: Any, lived: Any) -> int:
    """Count the ties that may return; 1 while there is any, or a route that may thin."""
    lived.open_ties = 0
    for k in range(N_TIES):
        lived.open_ties += lived.rungs[k] < lived.ceiling[k]
    thinning = lived.rungs[TRAVEL] > 0 and lived.rungs[TRADE] < who.start[TRADE]
    return 1 if thinning or lived.open_ties > 0 else 0


@kernel
def move(life: Life, i: int, k: int, after: int) -> None:
    """A tie comes to stand on another rung."""
    lived = life.state[i]
    stand(life.standing, k, lived.rungs[k], -1)
    stand(life.standing, k, after, 1)
    lived.rungs[k] = after
    lived.touched = 1
    if k == TRADE and lived.flow_key == OFF_START:
        life.off[life.tally[N_OFF]] = i
        life.tally[N_OFF] += 1
        lived.flow_key = OFF_START - 1


@inlined
def tie_up(sheet: Sheet, p: Parameters, table: Table, life: Life, epoch: int) -> None:
    """Bring the tie sums to a new epoch of mandates."""
    if epoch == life.tally[EPOCH]:
        return
    life.tally[EPOCH] = epoch
    for i in range(len(life.ties)):
        life.ties[i] = table.ties[epoch, i]
        if life.state[i].touched == 1:
            rungs = life.state[i].rungs
            life.ties[i] = tie_sum_of(p, table.state[i].bases, sheet.forbidden[epoch], rungs, life.log_ties)
