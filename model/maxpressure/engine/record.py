"""Compiled: the output of worlds, in the columns of :mod:`maxpressure.model.recorder`, and counts over worlds.

:func:`end_week` settles trade and records a week, :func:`record_world` a whole world, :func:`record_change` one tie
that moved. :func:`tally_weeks` counts worlds by value, week by week. Counts are exact and add up in any order, so
that the bands drawn from them do not depend on chunks or workers.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from maxpressure.base.numerics import Floats, Ints
from maxpressure.base.ties import FULL
from maxpressure.engine.arrays import N_TIES, Inputs
from maxpressure.engine.jit import inlined, kernel
from maxpressure.engine.precompute import TRADE, Precomputed, add_flow, flow_of
from maxpressure.engine.state import (
    ALL_ACTS,
    ALL_THINNED,
    EMBASSIES,
    N_OFF,
    WEEK_ACTS,
    WEEK_THINNED,
    WorldState,
)
from maxpressure.model import economy

ACT, RESTORATION, ATTRITION = 0, 1, 2
WEEK_INTS, WEEK_FLOATS, WORLD_INTS, WORLD_FLOATS = 15, 14, 15, 9
CHANGE_INTS = 8  # world, week, index (patrons after states), kind, tie, before, after, lead
MILESTONES = (10, 20, 30)


class Output(NamedTuple):
    """The output of a chunk of W worlds; ``filled[0]`` counts rows of ``changes``, also those without room.

    Worlds are (W, 15) and (W, 9), weeks (W, weeks, 15) and (W, weeks, 14), ``changes`` (rows, 8) with
    ``attributions`` (rows, 9), which has no rows where attributions are not kept.
    """

    world_ints: Ints
    world_floats: Floats
    week_ints: NDArray[np.int32]
    week_floats: Floats
    changes: NDArray[np.int32]
    attributions: Floats
    filled: Ints


@kernel
def record_change(
    output: Output, number: int, t: int, i: int, kind: int, k: int, before: int, after: int, lead: int
) -> int:
    """Record one tie that moved; returns its row, or −1 when the output is full."""
    row = output.filled[0]
    output.filled[0] += 1
    if row >= len(output.changes):
        return -1
    line = output.changes[row]
    line[0], line[1], line[2], line[3], line[4] = number, t, i, kind, k
    line[5], line[6], line[7] = before, after, lead
    return int(row)


@inlined
def end_week(
    inputs: Inputs, fixed: Precomputed, world: WorldState, t: int, index: int, output: Output
) -> float:
    """Settle trade, record the week, and return the target's need (as :class:`maxpressure.model.trade.Ledger`)."""
    terms = inputs.weeks[t].terms
    totals = world.totals
    for which in range(len(totals)):
        totals[which] = fixed.totals[terms, which]
    sold_2016, bought_2016 = fixed.trade_2016[0], fixed.trade_2016[1]
    for which in range(world.tally[N_OFF]):
        i = world.off_start[which]
        state = world.states[i]
        key = terms * (FULL + 1) + state.levels[TRADE]
        if state.flow_key != key:
            enforced = fixed.enforced[terms]
            flow_of(
                inputs.trade_left,
                inputs.states[i],
                inputs.terms[terms],
                enforced,
                state.levels[TRADE],
                state.flow,
            )
            state.flow_key = key
        add_flow(totals, fixed.flows[terms, i], -1)
        add_flow(totals, state.flow, 1)
    n = len(inputs.states)
    for one in range(len(inputs.patrons)):
        flow = fixed.patron_flows[t, one]
        totals[0] += flow[0]
        totals[1] += flow[1]
        totals[2] += flow[2]
        world.routes[n + one].carried = flow[0] + flow[1]
    lost_sales = sold_2016 - totals[0]
    lost, total_2016 = lost_sales + bought_2016 - totals[1], sold_2016 + bought_2016
    backfill = 0
    for one in range(len(inputs.patrons)):
        patron, route = inputs.patrons[one], world.routes[n + one]
        taken = economy.taken_up(patron.backfill, total_2016, lost - backfill)
        backfill += taken
        route.carried += taken
        route.lost = economy.isolation(route.carried, patron.exports + patron.imports)
        totals[3] += route.carried * route.carried
    taken_sales = economy.money(backfill, economy.share(lost_sales, lost))
    totals[0] += taken_sales
    totals[1] += backfill - taken_sales
    needed = economy.need(economy.kept(totals[0], sold_2016), inputs.buffer)
    if t >= inputs.first:
        week_ints, week_floats = (
            output.week_ints[index, t - inputs.first],
            output.week_floats[index, t - inputs.first],
        )
        record_week(inputs, world, week_ints, week_floats, total_2016, backfill, needed)
    return needed


@inlined
def record_week(
    inputs: Inputs, world: WorldState, ints: Ints, floats: Floats, total_2016: int, backfill: int,
    needed: float,
) -> None:  # fmt: skip
    """Record levels, trade and the target's need at the week's end, in the columns of ``model.rows.WeekRow``."""
    n, n_patrons, totals, counts = len(inputs.states), len(inputs.patrons), world.totals, world.counts
    total = totals[0] + totals[1]
    leading = economy.share(world.routes[n].carried, total) if n_patrons > 0 else 0.0
    hhi = economy.concentration(totals[3], total)
    for count in range(WEEK_ACTS, WEEK_THINNED + 1):
        ints[count] = world.tally[count]
    ints[4] = world.tally[ALL_ACTS]
    in_all = 0
    for k in range(N_TIES):
        ints[5 + k] = counts[k]
        floats[k] = economy.share(counts[N_TIES + k], n)
        in_all += counts[N_TIES + k]
    ints[11], ints[12], ints[13], ints[14] = counts[EMBASSIES], total, totals[0], backfill
    floats[6], floats[7] = economy.isolation(totals[2], total_2016), economy.isolation(total, total_2016)
    floats[8], floats[9], floats[10], floats[11] = hhi, economy.effective_partners(hhi), leading, needed
    floats[12] = economy.share(in_all, FULL * n * N_TIES)
    floats[13] = economy.share(total, counts[TRADE] + n_patrons)


@kernel
def record_world(
    inputs: Inputs, fixed: Precomputed, world: WorldState, index: int, output: Output, from_peers: float
) -> None:
    """Record the world as a whole, once its last week is over, in the columns of ``model.rows.WorldRow``."""
    ints, floats = output.world_ints[index], output.world_floats[index]
    last_ints, last_floats = output.week_ints[index, -1], output.week_floats[index, -1]
    for count in range(ALL_THINNED - ALL_ACTS + 1):
        ints[count] = world.tally[ALL_ACTS + count]
    for column in range(4, 5 + N_TIES):
        ints[column] = 0
    log_probability = 0.0
    for i in range(len(inputs.states)):
        state = world.states[i]
        ints[4] += state.acts > state.acts_before
        for k in range(N_TIES):
            ints[5 + k] += state.levels[k] < state.began[k]
        log_probability += state.log_acts - (state.spent_strain + world.strain[i])
    for milestone in range(len(MILESTONES)):
        ints[11 + milestone] = -1
        for week in range(inputs.n_weeks - inputs.first):
            if output.week_ints[index, week, 4] >= MILESTONES[milestone]:
                ints[11 + milestone] = week
                break
    ints[14] = last_ints[11]
    floats[0], floats[1] = 1.0 - last_floats[7], economy.kept(last_ints[13], fixed.trade_2016[0])
    trade, exports, weeks = 0, 0, inputs.n_weeks - inputs.first
    for week in range(weeks):
        trade += output.week_ints[index, week, 12]
        exports += output.week_ints[index, week, 13]
    sold, bought = fixed.trade_2016[0], fixed.trade_2016[1]
    floats[2] = economy.isolation(trade, weeks * (sold + bought))
    floats[3] = economy.isolation(exports, weeks * sold)
    floats[4], floats[5], floats[6] = last_floats[8], last_floats[9], last_floats[10]
    floats[7] = from_peers / ints[0] if ints[0] > 0 else 0.0
    floats[8] = log_probability


@kernel
def tally_weeks(week_ints: NDArray[np.int32], columns: Ints, width: int, counts: NDArray[np.int32]) -> None:
    """Add a chunk's weekly numbers, (W, T, 15), to ``counts`` (columns, T, bins): x falls in bin x // width."""
    for world in range(week_ints.shape[0]):
        for week in range(week_ints.shape[1]):
            for c in range(len(columns)):
                counts[c, week, week_ints[world, week, columns[c]] // width] += 1
