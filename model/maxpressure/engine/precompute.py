"""Compiled: what one parameter draw fixes for all its worlds, before any state acts.

The formulas are those of ``rules`` and ``economy``, called in the order of :class:`maxpressure.model.world.World`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from maxpressure.base.numerics import Floats, Ints
from maxpressure.base.ties import TIE_INDEX
from maxpressure.engine.arrays import N_TIES, Inputs
from maxpressure.engine.jit import inlined, kernel
from maxpressure.evidence.parameters import Parameters
from maxpressure.model import economy, rules

TRADE = TIE_INDEX["trade"]


REQUEST, INCIDENT, OUTREACH = 0, 1, 2


class Precomputed(NamedTuple):
    """What one parameter draw fixes for all its worlds; N states, T weeks, E epochs, K terms of trade."""

    sensitive: Floats  # (N,): s_i
    standing: Floats  # (N,)
    bases: Floats  # (N, 6): the part of a tie's log hazard that stays as it is
    weights: Floats  # (6, N): exp of a tie's log hazard on its starting level, in the last epoch
    exogenous: Floats  # (T, N): the part of the log hazard from the state's baseline and the week's signals
    tie_sums: Floats  # (E, N), on starting levels
    flows: Ints  # (K, N, 3), on starting levels
    totals: Ints  # (K, 4): sold, bought, declared, and the sum of squares
    enforced: Floats  # (K,): what the flows were computed for; not a number at first
    patron_flows: Ints  # (T, P, 3)
    trade_2016: Ints  # (2,): the target's sales and purchases with all partners; the same for all draws


@kernel
def parameters_of(row: Floats) -> Parameters:
    """The parameters from one row of numbers, written out for Numba: α_k come first, ψ_k from 22 on, υ_k from 39 on."""
    return Parameters(
        (row[0], row[1], row[2], row[3], row[4], row[5]),
        row[6], row[7], row[8], row[9], row[10], row[11], row[12], row[13], row[14], row[15], row[16], row[17],
        row[18], row[19], row[20], row[21],
        (row[22], row[23], row[24], row[25], row[26], row[27]),
        row[28], row[29], row[30], row[31], row[32], row[33], row[34], row[35], row[36], row[37], row[38],
        (row[39], row[40], row[41], row[42]), row[43], row[44], row[45], row[46],
    )  # fmt: skip


def new_precomputed(inputs: Inputs) -> Precomputed:
    """Empty arrays for what one posterior draw fixes."""
    n, t, e, k = len(inputs.states), inputs.n_weeks, len(inputs.forbidden), len(inputs.terms)
    return Precomputed(
        np.zeros(n), np.zeros(n), np.zeros((n, N_TIES)), np.zeros((N_TIES, n)), np.zeros((t, n)), np.zeros((e, n)),
        np.zeros((k, n, 3), np.int64), np.zeros((k, 4), np.int64), np.full(k, np.nan),
        np.zeros((t, len(inputs.patrons), 3), np.int64), np.zeros(2, np.int64),
    )  # fmt: skip


@kernel
def precompute(inputs: Inputs, p: Parameters, fixed: Precomputed) -> None:
    """Compute what a draw fixes for every week and state before any of them acts.

    Trade is computed again only under terms whose enforcement differs from that of the draw before.
    """
    mean = rules.leverage_mean(p.kappa, inputs.reference)
    for i in range(len(inputs.states)):
        given, bases = inputs.states[i], fixed.bases[i]
        fixed.sensitive[i] = rules.sensitivity(p.kappa, given.leverage, mean)
        fixed.standing[i] = rules.standing(p, given.affinity)
        for k in range(N_TIES):
            bases[k] = base_of(p, given, k)
    precompute_tie_sums(inputs, p, fixed)
    for t in range(inputs.n_weeks):
        add_signals(
            p, inputs.weeks[t].campaign, inputs.signals[REQUEST, t], inputs.signals[INCIDENT, t],
            inputs.signals[OUTREACH, t], fixed.sensitive, fixed.standing, fixed.exogenous[t],
        )  # fmt: skip
    fixed.trade_2016[:] = 0
    for given in inputs.states:
        fixed.trade_2016[0] += given.exports
        fixed.trade_2016[1] += given.imports
    for patron in inputs.patrons:
        fixed.trade_2016[0] += patron.exports
        fixed.trade_2016[1] += patron.imports
    for k in range(len(inputs.terms)):
        terms, totals = inputs.terms[k], fixed.totals[k]
        enforced = economy.enforcement(p.enforcement, p.enforcement_gain, terms.secondary)
        if enforced == fixed.enforced[k]:
            continue
        fixed.enforced[k] = enforced
        totals[:] = 0
        for i in range(len(inputs.states)):
            flow, given = fixed.flows[k, i], inputs.states[i]
            if given.exports + given.imports == 0:
                continue  # its flows are 0 from the start
            flow_of(inputs.trade_left, given, terms, enforced, given.trade_start, flow)
            add_flow(totals, flow, 1)
    precompute_patrons(inputs, p.enforcement_error, fixed.patron_flows)


@kernel
def add_signals(
    p: Parameters, campaign: float, request: Floats, incident: Floats, outreach: Floats, sensitive: Floats,
    standing: Floats, exogenous: Floats,
) -> None:  # fmt: skip
    """Add the week's signals to every state's baseline: the part of the log hazard without climate, own acts and peers.

    No world's own history changes it, unless the target courts or the sender escalates. A plain loop over arrays,
    which the compiler turns into vector instructions.
    """
    for i in range(len(exogenous)):
        exogenous[i] = standing[i] + rules.addressed(
            p, sensitive[i], campaign, request[i], incident[i], outreach[i]
        )


@inlined
def precompute_tie_sums(inputs: Inputs, p: Parameters, fixed: Precomputed) -> None:
    """Every state's tie sum on its starting levels, in each epoch.

    From one epoch to the next only what the Council forbids of some ties changes; the others' weights stay.
    """
    for e in range(len(inputs.forbidden)):
        sums = fixed.tie_sums[e]
        sums[:] = 0.0
        for k in range(N_TIES):
            forbidden, weights = inputs.forbidden[e, k], fixed.weights[k]
            if e == 0 or forbidden != inputs.forbidden[e - 1, k]:
                for i in range(len(weights)):
                    weights[i] = rules.log_tie(p, fixed.bases[i, k], forbidden, inputs.states[i].start[k])
                weigh(weights)
            add_weights(sums, weights)


@kernel
def weigh(log_ties: Floats) -> None:
    """Turn log hazards of ties into their weights: a plain loop, which becomes vector instructions."""
    for i in range(len(log_ties)):
        log_ties[i] = rules.tie_weight(log_ties[i])


@kernel
def add_weights(sums: Floats, weights: Floats) -> None:
    """Add the weight of a tie to the tie sum of each state."""
    for i in range(len(sums)):
        sums[i] += weights[i]


@kernel
def precompute_patrons(inputs: Inputs, error: float, flows: Ints) -> None:
    """Patrons' trade week by week on their paths, before they take up what others have lost."""
    for t in range(inputs.n_weeks):
        terms = inputs.terms[inputs.weeks[t].terms]
        for one in range(len(inputs.patrons)):
            patron, flow = inputs.patrons[one], flows[t, one]
            course = inputs.patron_course[t, one]
            enforced, offered = economy.misjudged(course[0], error * course[2]), course[1]
            flow[0], flow[1], flow[2] = economy.offered_flows(
                patron.exports, patron.imports, offered, terms.exports, terms.imports, enforced
            )


@kernel
def base_of(p: Parameters, given: Any, k: int) -> float:
    """The part of a tie's log hazard that stays as it is."""
    thin = rules.unlisted_offset(p, k, given.unlisted[k], given.close)
    return rules.tie_base(p, k, given.mission[k], given.dependence[k], given.doubtful[k], thin)


@kernel
def readiness_of(p: Parameters, given: Any, ready: Floats) -> None:
    """Fill in how ready each tie of a state is to join an act (e_k)."""
    for k in range(N_TIES):
        ready[k] = rules.readiness(rules.unlisted_offset(p, k, given.unlisted[k], given.close))


@kernel
def tie_sum_of(p: Parameters, bases: Floats, forbidden: Floats, levels: Ints, log_ties: Floats) -> float:
    """Σ_k exp(part of tie k) of a state on these levels; ``log_ties`` is filled on the way."""
    for k in range(N_TIES):
        log_ties[k] = rules.log_tie(p, bases[k], forbidden[k], levels[k])
    return rules.tie_sum(log_ties)


@kernel
def flow_of(
    trade_left: tuple[float, ...], given: Any, terms: Any, enforced: float, level: int, flow: Ints
) -> None:
    """A state's trade under some terms when its trade tie stands on ``level``."""
    own = economy.own_share(trade_left[level], trade_left[given.trade_start])
    flow[0], flow[1], flow[2] = economy.flows(
        given.exports, given.imports, own, terms.exports, terms.imports, enforced
    )


@kernel
def add_flow(totals: Ints, flow: Ints, sign: int) -> None:
    """Add a partner to the totals, or take it out; the fourth total is the sum of squares."""
    totals[0] += sign * flow[0]
    totals[1] += sign * flow[1]
    totals[2] += sign * flow[2]
    totals[3] += sign * (flow[0] + flow[1]) * (flow[0] + flow[1])
