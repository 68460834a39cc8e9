"""Compiled: what a world leaves behind, in the columns of :mod:`maxpressure.model.recorder`.

Compiled: how many worlds stood where at the end of each week, added up as worlds stream by.

Counts are exact and add up in any order, so that the bands drawn from them do not depend on chunks or workers.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from maxpressure.base.numerics import Floats, Ints
from maxpressure.base.ties import FULL
from maxpressure.engine.arrays import Sheet
from maxpressure.engine.jit import inlined, kernel
from maxpressure.engine.precompute import N_TIES, TRADE, Table, add_flow, flow_of
from maxpressure.engine.state import ALL_ACTS, ALL_THINNED, EMBASSIES, N_OFF, WEEK_ACTS, WEEK_THINNED, Life
from maxpressure.model import economy

ACT, RESTORATION, ATTRITION = 0, 1, 2
WEEK_INTS, WEEK_FLOATS, WORLD_INTS, WORLD_FLOATS = 15, 14, 15, 7
CHANGE_INTS = 8  # world, week, index (patrons after states), kind, tie, before, after, lead
MILESTONES = (10, 20, 30)


class Book(NamedTuple):
    """What a chunk of W worlds leaves behind; ``filled[0]`` counts rows of ``changes``, also those without room.

    ``worlds`` (W, 15) and (W, 7), ``weeks`` (W, weeks, 15) and (W, weeks, 14), ``changes`` (rows, 8) with
    ``attributions`` (rows, 9), which has no rows where accounts are not kept.
    """

    world_ints: Ints
    world_floats: Floats
    week_ints: NDArray[np.int32]
    week_floats: Floats
    changes: NDArray[np.int32]
    attributions: Floats
    filled: Ints


@kernel
def note_change(
    book: Book, world: int, t: int, i: int, kind: int, k: int, before: int, after: int, lead: int
) -> int:
    """Write down one tie that moved; returns its row, or −1 when the book is full."""
    row = book.filled[0]
    book.filled[0] += 1
    if row >= len(book.changes):
        return -1
    line = book.changes[row]
    line[0], line[1], line[2], line[3], line[4] = world, t, i, kind, k
    line[5], line[6], line[7] = before, after, lead
    return int(row)


@inlined
def close_week(sheet: Sheet, table: Table, life: Life, t: int, index: int, book: Book) -> float:
    """Settle trade, write the week down, and return the target's need (as :class:`maxpressure.model.trade.Ledger`)."""
    terms = sheet.week[t].terms
    totals = life.totals
    for which in range(len(totals)):
        totals[which] = table.totals[terms, which]
    sold_2016, bought_2016 = table.sold_2016[0], table.sold_2016[1]
    for number in range(life.tally[N_OFF]):
        i = life.off[number]
        simulated = life.state[i]
        key = terms * (FULL + 1) + simulated.levels[TRADE]
        if simulated.flow_key != key:
            enforced = table.enforced[terms]
            flow_of(
                sheet.trade_left,
                sheet.state[i],
                sheet.terms[terms],
                enforced,
                simulated.levels[TRADE],
                simulated.flow,
            )
            simulated.flow_key = key
        add_flow(totals, table.flows[terms, i], -1)
        add_flow(totals, simulated.flow, 1)
    n = len(sheet.state)
    for one in range(len(sheet.patron)):
        flow = table.patron_flows[t, one]
        totals[0] += flow[0]
        totals[1] += flow[1]
        totals[2] += flow[2]
        life.route[n + one].carried = flow[0] + flow[1]
    lost_sales = sold_2016 - totals[0]
    lost, total_2016 = lost_sales + bought_2016 - totals[1], sold_2016 + bought_2016
    backfill = 0
    for one in range(len(sheet.patron)):
        patron, route = sheet.patron[one], life.route[n + one]
        taken = economy.taken_up(patron.backfill, total_2016, lost - backfill)
        backfill += taken
        route.carried += taken
        route.lost = economy.isolation(route.carried, patron.exports + patron.imports)
        totals[3] += route.carried * route.carried
    taken_sales = economy.money(backfill, economy.share(lost_sales, lost))
    totals[0] += taken_sales
    totals[1] += backfill - taken_sales
    needed = economy.need(economy.share(totals[0], sold_2016), sheet.buffer)
    if t >= sheet.first:
        week_ints, week_floats = (
            book.week_ints[index, t - sheet.first],
            book.week_floats[index, t - sheet.first],
        )
        note_week(sheet, life, week_ints, week_floats, total_2016, backfill, needed)
    return needed


@inlined
def note_week(
    sheet: Sheet, life: Life, ints: Ints, floats: Floats, total_2016: int, backfill: int, needed: float
) -> None:
    """Write down how things stand at the week's end."""
    n, n_patrons, totals, standing = len(sheet.state), len(sheet.patron), life.totals, life.standing
    total = totals[0] + totals[1]
    leading = economy.share(life.route[n].carried, total) if n_patrons > 0 else 0.0
    hhi = economy.concentration(totals[3], total)
    for count in range(WEEK_ACTS, WEEK_THINNED + 1):
        ints[count] = life.tally[count]
    ints[4] = life.tally[ALL_ACTS]
    in_all = 0
    for k in range(N_TIES):
        ints[5 + k] = standing[k]
        floats[k] = economy.share(standing[N_TIES + k], n)
        in_all += standing[N_TIES + k]
    ints[11], ints[12], ints[13], ints[14] = standing[EMBASSIES], total, totals[0], backfill
    floats[6], floats[7] = economy.isolation(totals[2], total_2016), economy.isolation(total, total_2016)
    floats[8], floats[9], floats[10], floats[11] = hhi, economy.effective_partners(hhi), leading, needed
    floats[12] = economy.share(in_all, FULL * n * N_TIES)
    floats[13] = economy.share(total, standing[TRADE] + n_patrons)


@kernel
def note_world(sheet: Sheet, table: Table, life: Life, index: int, book: Book, from_peers: float) -> None:
    """Write the world down as a whole, once its last week is over."""
    ints, floats = book.world_ints[index], book.world_floats[index]
    last_ints, last_floats = book.week_ints[index, -1], book.week_floats[index, -1]
    for count in range(ALL_THINNED - ALL_ACTS + 1):
        ints[count] = life.tally[ALL_ACTS + count]
    for column in range(4, 5 + N_TIES):
        ints[column] = 0
    log_probability = 0.0
    for i in range(len(sheet.state)):
        simulated = life.state[i]
        ints[4] += simulated.acts > simulated.acts_before
        for k in range(N_TIES):
            ints[5 + k] += simulated.levels[k] < simulated.began[k]
        log_probability += simulated.log_acts - (simulated.endured + life.strain[i])
    for milestone in range(len(MILESTONES)):
        ints[11 + milestone] = -1
        for week in range(sheet.weeks - sheet.first):
            if book.week_ints[index, week, 4] >= MILESTONES[milestone]:
                ints[11 + milestone] = week
                break
    ints[14] = last_ints[11]
    floats[0], floats[1] = 1.0 - last_floats[7], economy.share(last_ints[13], table.sold_2016[0])
    floats[2], floats[3], floats[4] = last_floats[8], last_floats[9], last_floats[10]
    floats[5] = from_peers / ints[0] if ints[0] > 0 else 0.0
    floats[6] = log_probability


@kernel
def tally_weeks(week_ints: NDArray[np.int32], columns: Ints, width: int, counts: NDArray[np.int32]) -> None:
    """Add a chunk's weekly numbers, (W, T, 15), to ``counts`` (columns, T, bins): x falls in bin x // width."""
    for world in range(week_ints.shape[0]):
        for week in range(week_ints.shape[1]):
            for c in range(len(columns)):
                counts[c, week, week_ints[world, week, columns[c]] // width] += 1
