"""Compiled: what one parameter draw settles for all its worlds, before anybody acts.

Nothing here is a formula; every one is called from ``rules`` and ``economy``, in the order of :class:`World`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from maxpressure.base.numerics import Floats, Ints
from maxpressure.base.ties import TIE_INDEX, TIES
from maxpressure.engine.arrays import Sheet
from maxpressure.engine.jit import kernel
from maxpressure.evidence.parameters import Parameters
from maxpressure.model import economy, rules

N_TIES = len(TIES)
TRADE = TIE_INDEX["trade"]


DRAWN = np.dtype([("sensitive", "f8"), ("standing", "f8"), ("bases", "f8", (6,))])
REQUEST, INCIDENT, OUTREACH = 0, 1, 2


class Table(NamedTuple):
    """What one parameter draw settles for all its worlds; N states, T weeks, E epochs, K terms of trade."""

    state: NDArray[np.void]  # (N,) of DRAWN
    settled: Floats  # (T, N)
    ties: Floats  # (E, N), on starting levels
    flows: Ints  # (K, N, 3), on starting levels
    totals: Ints  # (K, 4): sold, bought, declared, and the sum of squares
    enforced: Floats  # (K,)
    patron_flows: Ints  # (T, P, 3)
    sold_2016: Ints  # (2,): the target's sales and purchases with all partners


@kernel
def parameters_of(row: Floats) -> Parameters:
    """The parameters from one row of numbers."""
    return Parameters(
        (row[0], row[1], row[2], row[3], row[4], row[5]),
        row[6], row[7], row[8], row[9], row[10], row[11], row[12], row[13], row[14], row[15], row[16], row[17],
        row[18], row[19], row[20], row[21],
        (row[22], row[23], row[24], row[25], row[26], row[27]),
        row[28], row[29], row[30], row[31], row[32], row[33], row[34], row[35], row[36], row[37], row[38],
    )  # fmt: skip


def new_table(sheet: Sheet) -> Table:
    """Room for a draw's table."""
    n, t, e, k = len(sheet.state), sheet.weeks, len(sheet.forbidden), len(sheet.terms)
    return Table(
        np.zeros(n, DRAWN), np.zeros((t, n)), np.zeros((e, n)),
        np.zeros((k, n, 3), np.int64), np.zeros((k, 4), np.int64), np.zeros(k),
        np.zeros((t, len(sheet.patron), 3), np.int64), np.zeros(2, np.int64),
    )  # fmt: skip


@kernel
def draw_up(sheet: Sheet, p: Parameters, table: Table, log_ties: Floats) -> None:
    """Work out what a draw settles for every week and state before anybody acts; ``log_ties`` is scratch."""
    mean = rules.leverage_mean(p.kappa, sheet.reference)
    for i in range(len(sheet.state)):
        who, drawn = sheet.state[i], table.state[i]
        drawn.sensitive = rules.sensitivity(p.kappa, who.leverage, mean)
        drawn.standing = rules.standing(p, who.affinity)
        for k in range(N_TIES):
            drawn.bases[k] = rules.tie_base(p, k, who.mission[k], who.dependence[k], who.doubtful[k])
        for e in range(len(sheet.forbidden)):
            table.ties[e, i] = tie_sum_of(p, drawn.bases, sheet.forbidden[e], who.start, log_ties)
    for t in range(sheet.weeks):
        said, settled, campaign = sheet.said[t], table.settled[t], sheet.week[t].campaign
        for i in range(len(settled)):
            drawn = table.state[i]
            settled[i] = drawn.standing + rules.addressed(
                p, drawn.sensitive, campaign, said[i, REQUEST], said[i, INCIDENT], said[i, OUTREACH]
            )
    table.sold_2016[:] = 0
    for who in sheet.state:
        table.sold_2016[0] += who.exports
        table.sold_2016[1] += who.imports
    for patron in sheet.patron:
        table.sold_2016[0] += patron.exports
        table.sold_2016[1] += patron.imports
    for k in range(len(sheet.terms)):
        terms, totals = sheet.terms[k], table.totals[k]
        table.enforced[k] = economy.enforcement(p.enforcement, p.enforcement_gain, terms.secondary)
        totals[:] = 0
        for i in range(len(sheet.state)):
            flow, who = table.flows[k, i], sheet.state[i]
            flow_of(sheet.trade_left, who, terms, table.enforced[k], who.start[TRADE], flow)
            add_flow(totals, flow, 1)
    draw_up_patrons(sheet, table.patron_flows)


@kernel
def draw_up_patrons(sheet: Sheet, flows: Ints) -> None:
    """What patrons carry week by week on their paths, before they take up what others have lost."""
    for t in range(sheet.weeks):
        terms = sheet.terms[sheet.week[t].terms]
        for one in range(len(sheet.patron)):
            patron, flow = sheet.patron[one], flows[t, one]
            enforced, offered = sheet.course[t, one, 0], sheet.course[t, one, 1]
            flow[0], flow[1], flow[2] = economy.offered_flows(
                patron.exports, patron.imports, offered, terms.exports, terms.imports, enforced
            )


@kernel
def tie_sum_of(p: Parameters, bases: Floats, forbidden: Floats, levels: Ints, log_ties: Floats) -> float:
    """Σ_k exp(part of tie k) of a state on these levels; ``log_ties`` is filled on the way."""
    for k in range(N_TIES):
        log_ties[k] = rules.log_tie(p, bases[k], forbidden[k], levels[k])
    return rules.tie_sum(log_ties)


@kernel
def flow_of(
    trade_left: tuple[float, ...], who: Any, terms: Any, enforced: float, level: int, flow: Ints
) -> None:
    """A state's trade under some terms when its trade tie stands on ``level``."""
    own = economy.own_share(trade_left[level], trade_left[who.start[TRADE]])
    flow[0], flow[1], flow[2] = economy.flows(
        who.exports, who.imports, own, terms.exports, terms.imports, enforced
    )


@kernel
def add_flow(totals: Ints, flow: Ints, sign: int) -> None:
    """Add a partner to the totals, or take it out; the fourth total is the sum of squares."""
    totals[0] += sign * flow[0]
    totals[1] += sign * flow[1]
    totals[2] += sign * flow[2]
    totals[3] += sign * (flow[0] + flow[1]) * (flow[0] + flow[1])
