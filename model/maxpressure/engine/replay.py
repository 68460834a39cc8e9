"""Compiled: a history replayed, which gives every hazard and so the probability of the history.

The weeks are those of :class:`maxpressure.model.world.World`, in the same order and by the same rules, but nothing is
random: the moves are given.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from maxpressure.base.numerics import Floats, Ints, exp, log, remember, weekly_decay
from maxpressure.engine.arrays import AFTER, IN_WEEK, INDEX, KIND, N_TIES, TIE, Inputs
from maxpressure.engine.jit import inlined, kernel
from maxpressure.engine.precompute import (
    INCIDENT,
    OUTREACH,
    REQUEST,
    add_weights,
    base_of,
    parameters_of,
    readiness_of,
    tie_sum_of,
    weigh,
)
from maxpressure.evidence.parameters import Parameters
from maxpressure.model import rules

ACT, RISE, ROUTE = range(3)


class Replay(NamedTuple):
    """Arrays of one replay. T weeks, N states, A acts.

    ``hazard`` (T, N) is Λ at log frailty 0; the acts stand in the order of week and index, with their state,
    their week, their Λ, and ``marks`` (A, 2): log P(ties | act) and log P(depth | ties).
    """

    shocks: Floats  # (T,): the memory of provocations
    sensitive: Floats  # (N,), as the next
    standing: Floats
    bases: Floats  # (N, 6)
    hazard: Floats
    exposure: Floats  # (N,), as the next two
    momentum: Floats
    tie_sums: Floats
    weights: Floats  # (6, N): exp of a tie's log hazard on its level
    levels: Ints  # (N, 6)
    acts: Ints  # (N,) own acts so far
    log_ties: Floats  # (6,), as the next two
    ready: Floats
    taken: Ints
    act_state: Ints  # (A,), as the next two
    act_week: Ints
    act_hazard: Floats
    marks: Floats


def new_replay(inputs: Inputs, acts: int) -> Replay:
    """Arrays for histories with so many acts."""
    n = len(inputs.states)
    return Replay(
        np.zeros(inputs.n_weeks),
        np.zeros(n), np.zeros(n), np.zeros((n, N_TIES)),
        np.zeros((inputs.n_weeks, n)), np.zeros(n), np.zeros(n), np.zeros(n),
        np.zeros((N_TIES, n)), np.zeros((n, N_TIES), np.int64), np.zeros(n, np.int64),
        np.zeros(N_TIES), np.zeros(N_TIES), np.zeros(N_TIES, np.int64),
        np.zeros(acts, np.int64), np.zeros(acts, np.int64), np.zeros(acts), np.zeros((acts, 2)),
    )  # fmt: skip


@kernel
def replay(inputs: Inputs, moves: Ints, p: Parameters, replayed: Replay) -> None:
    """Replay the moves, rows of week, index, tie, level after, kind, and fill ``replayed``."""
    start(inputs, p, replayed)
    shock_decay, peer_decay = weekly_decay(p.tau_shock), weekly_decay(p.tau_peer)
    shock_memory, line, acts, epoch = 0.0, 0, 0, -1
    n = len(inputs.states)
    for t in range(inputs.n_weeks):
        week = inputs.weeks[t]
        replayed.shocks[t] = remember(shock_memory, shock_decay, week.shock_now)
        shock = rules.felt(p, replayed.shocks, t)
        shock_memory = remember(shock_memory, shock_decay, week.shock_whole)
        if week.epoch != epoch:
            enter_epoch(inputs, p, replayed, epoch, week.epoch)
            epoch = week.epoch
        compute_week_hazards(
            p, rules.climate(p, shock, week.thaw, week.news), week.campaign,
            inputs.signals[REQUEST, t], inputs.signals[INCIDENT, t], inputs.signals[OUTREACH, t],
            replayed.sensitive, replayed.standing, replayed.momentum, replayed.exposure, replayed.tie_sums,
            replayed.hazard[t],
        )  # fmt: skip
        first_act = acts
        while line < len(moves) and moves[line, IN_WEEK] == t:
            line, acts = apply_moves(inputs, moves, p, replayed, line, acts, epoch)
        if p.beta_peer == 0.0:
            continue
        for i in range(n):
            replayed.exposure[i] = remember(replayed.exposure[i], peer_decay, 0.0)
        for act in range(first_act, acts):
            j = replayed.act_state[act]
            for link in range(inputs.peer_first[j], inputs.peer_first[j + 1]):
                replayed.exposure[inputs.peer_watcher[link]] += rules.noticed(inputs.peer_weight[link])


@inlined
def start(inputs: Inputs, p: Parameters, replayed: Replay) -> None:
    """The start: each state's baseline under the parameters, starting levels, nothing remembered."""
    mean = rules.leverage_mean(p.kappa, inputs.reference)
    for i in range(len(inputs.states)):
        given = inputs.states[i]
        replayed.sensitive[i] = rules.sensitivity(p.kappa, given.leverage, mean)
        replayed.standing[i] = rules.standing(p, given.affinity)
        for k in range(N_TIES):
            replayed.bases[i, k] = base_of(p, given, k)
            replayed.levels[i, k] = given.start[k]
        replayed.exposure[i] = 0.0
        replayed.acts[i] = 0
        replayed.momentum[i] = rules.momentum(p, 0.0, 0)


@inlined
def enter_epoch(inputs: Inputs, p: Parameters, replayed: Replay, before: int, epoch: int) -> None:
    """Every state's tie sum under what the Council forbids from now on; weights of ties that it leaves alone stay."""
    for k in range(N_TIES):
        forbidden, weights = inputs.forbidden[epoch, k], replayed.weights[k]
        if before < 0 or forbidden != inputs.forbidden[before, k]:
            for i in range(len(weights)):
                weights[i] = rules.log_tie(p, replayed.bases[i, k], forbidden, replayed.levels[i, k])
            weigh(weights)
    replayed.tie_sums[:] = 0.0
    for k in range(N_TIES):
        add_weights(replayed.tie_sums, replayed.weights[k])


@kernel
def compute_week_hazards(
    p: Parameters, climate: float, campaign: float, request: Floats, incident: Floats, outreach: Floats,
    sensitive: Floats, standing: Floats, carried: Floats, exposure: Floats, ties: Floats, hazard: Floats,
) -> None:  # fmt: skip
    """Λ of every state in one week, at log frailty 0: a plain loop, which becomes vector instructions."""
    for i in range(len(hazard)):
        address = rules.addressed(p, sensitive[i], campaign, request[i], incident[i], outreach[i])
        common = rules.log_common(standing[i] + address, climate, carried[i], rules.imitation(p, exposure[i]))
        hazard[i] = rules.hazard(common, ties[i])


@inlined
def apply_moves(
    inputs: Inputs, moves: Ints, p: Parameters, replayed: Replay, line: int, acts: int, epoch: int
) -> tuple[int, int]:
    """All that one state does in one week; returns the next line and the number of acts so far."""
    t, i = moves[line, IN_WEEK], moves[line, INDEX]
    levels, bases, forbidden = replayed.levels[i], replayed.bases[i], inputs.forbidden[epoch]
    tie_sum_of(p, bases, forbidden, levels, replayed.log_ties)
    replayed.taken[:] = 0
    depth, acted = 0.0, False
    while line < len(moves) and moves[line, IN_WEEK] == t and moves[line, INDEX] == i:
        k, after = moves[line, TIE], moves[line, AFTER]
        if moves[line, KIND] == ACT:
            acted = True
            replayed.taken[k] = 1
            depth += rules.log_depth(levels[k], after, p.psi[k])
        levels[k] = after
        line += 1
    if acted:
        replayed.act_state[acts], replayed.act_week[acts] = i, t
        replayed.act_hazard[acts] = replayed.hazard[t, i]
        readiness_of(p, inputs.states[i], replayed.ready)
        replayed.marks[acts, 0] = rules.log_package(replayed.log_ties, replayed.taken, p.chi, replayed.ready)
        replayed.marks[acts, 1] = depth
        acts += 1
        replayed.acts[i] += 1
        replayed.momentum[i] = rules.momentum(p, 0.0, replayed.acts[i])
    replayed.tie_sums[i] = tie_sum_of(p, bases, forbidden, levels, replayed.log_ties)
    for k in range(N_TIES):
        replayed.weights[k, i] = rules.tie_weight(replayed.log_ties[k])
    return line, acts


class Sums(NamedTuple):
    """Scratch for integrating frailty out. N states, n nodes of the quadrature of a standard normal."""

    nodes: Floats
    weights: Floats  # their logarithms
    strain: Floats  # (N,): the strain of quiet weeks at log frailty 0
    terms: Floats  # (N, n)
    each: Floats  # (N,): the states' own log-likelihoods


@kernel
def log_likelihood(
    p: Parameters, replayed: Replay, first: int, until: int, counted: Ints, sums: Sums
) -> float:
    """log P(what the counted states did in weeks ``first`` to ``until`` − 1), summed in ISO3 order.

    Without frailty (σ = 0) one node, of weight one, is the whole integral.
    """
    add_quiet_weeks(replayed, first, until, sums)
    nodes = 1 if p.sigma == 0.0 else len(sums.nodes)
    for node in range(nodes):
        frailty = exp(rules.log_frailty(p.sigma, sums.nodes[node]))
        weight = 0.0 if nodes == 1 else sums.weights[node]
        for i in range(len(sums.strain)):
            sums.terms[i, node] = weight - frailty * sums.strain[i]
        for act in range(len(replayed.act_state)):
            if first <= replayed.act_week[act] < until:
                acting = rules.log_acting(frailty * replayed.act_hazard[act])
                sums.terms[replayed.act_state[act], node] += acting
    total = 0.0
    for i in range(len(sums.each)):
        sums.each[i] += log_sum_exp(sums.terms[i, :nodes])
        if counted[i] == 1:
            total += sums.each[i]
    return total


@inlined
def add_quiet_weeks(replayed: Replay, first: int, until: int, sums: Sums) -> None:
    """The strain of each state's quiet weeks, and the probability of the ties and depths of its acts."""
    for i in range(len(sums.strain)):
        sums.strain[i] = 0.0
        sums.each[i] = 0.0
    # The hazards of acts are left out, not taken off again: a huge one would leave its rounding behind.
    for act in range(len(replayed.act_state)):
        replayed.hazard[replayed.act_week[act], replayed.act_state[act]] = 0.0
    for t in range(first, until):
        for i in range(len(sums.strain)):
            sums.strain[i] += replayed.hazard[t, i]
    for act in range(len(replayed.act_state)):
        t, i = replayed.act_week[act], replayed.act_state[act]
        replayed.hazard[t, i] = replayed.act_hazard[act]
        if first <= t < until:
            sums.each[i] += replayed.marks[act, 0] + replayed.marks[act, 1]


@kernel
def log_sum_exp(terms: Floats) -> float:
    """log Σ exp without overflow; the terms are used up."""
    largest = -math.inf
    for term in terms:
        largest = max(largest, term)
    if largest == -math.inf:
        return -math.inf
    total = 0.0
    for index in range(len(terms)):
        terms[index] = exp(terms[index] - largest)
    for term in terms:
        total += term
    return largest + log(total)


@kernel
def log_likelihoods(
    inputs: Inputs, moves: Ints, rows: Floats, replayed: Replay, first: int, until: int, counted: Ints,
    sums: Sums, found: Floats,
) -> None:  # fmt: skip
    """The log-likelihood of each row of parameters."""
    for row in range(len(rows)):
        p = parameters_of(rows[row])
        replay(inputs, moves, p, replayed)
        found[row] = log_likelihood(p, replayed, first, until, counted, sums)
