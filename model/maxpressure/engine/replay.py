"""Compiled: a history lived through again, which gives every hazard and so the probability of the history.

The weeks are those of :class:`World`, in the same order and by the same rules; only luck is missing.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from maxpressure.base.numerics import Floats, Ints, exp, log, remember, weekly_decay
from maxpressure.engine.arrays import Sheet
from maxpressure.engine.jit import inlined, kernel
from maxpressure.engine.precompute import INCIDENT, N_TIES, OUTREACH, REQUEST, parameters_of, tie_sum_of
from maxpressure.evidence.parameters import Parameters
from maxpressure.model import rules

WEEK, PLACE, TIE, AFTER, KIND = range(5)
ACT, RISE, ROUTE = range(3)


class Replay(NamedTuple):
    """Room for one replay. T weeks, N states, A acts.

    ``hazard`` (T, N) is Λ at log frailty 0; the acts stand in the order of week and index, with their state,
    their week, their Λ, and ``marks`` (A, 2): log P(ties | act) and log P(depth | ties).
    """

    said: Floats  # (3, T, N): requests, incidents, outreach, each in one piece so that loops over states are fast
    sensitive: Floats  # (N,), as the next
    standing: Floats
    bases: Floats  # (N, 6)
    hazard: Floats
    exposure: Floats  # (N,), as the next two
    carried: Floats
    ties: Floats
    levels: Ints  # (N, 6)
    number: Ints  # (N,) own acts so far
    log_ties: Floats  # (6,), as the next
    taken: Ints
    act_state: Ints  # (A,), as the next two
    act_week: Ints
    act_hazard: Floats
    marks: Floats


@kernel
def replay(sheet: Sheet, moves: Ints, p: Parameters, room: Replay) -> None:
    """Live through the moves (rows of week, index, tie, level after, kind) and fill the room."""
    settle(sheet, p, room)
    shock_decay, peer_decay = weekly_decay(p.tau_shock), weekly_decay(p.tau_peer)
    kept, line, acts, epoch = 0.0, 0, 0, -1
    n = len(sheet.state)
    for t in range(sheet.weeks):
        week = sheet.week[t]
        shock = remember(kept, shock_decay, week.shock_now)
        kept = remember(kept, shock_decay, week.shock_whole)
        if week.epoch != epoch:
            epoch = week.epoch
            for i in range(n):
                room.ties[i] = tie_sum_of(
                    p, room.bases[i], sheet.forbidden[epoch], room.levels[i], room.log_ties
                )
        weigh_all(
            p, rules.climate(p, shock, week.thaw), week.campaign,
            room.said[REQUEST, t], room.said[INCIDENT, t], room.said[OUTREACH, t],
            room.sensitive, room.standing, room.carried, room.exposure, room.ties, room.hazard[t],
        )  # fmt: skip
        first_act = acts
        while line < len(moves) and moves[line, WEEK] == t:
            line, acts = move_all(sheet, moves, p, room, line, acts, epoch)
        for i in range(n):
            room.exposure[i] = remember(room.exposure[i], peer_decay, 0.0)
        for act in range(first_act, acts):
            j = room.act_state[act]
            for link in range(sheet.peer_first[j], sheet.peer_first[j + 1]):
                room.exposure[sheet.peer_watcher[link]] += rules.noticed(sheet.peer_weight[link])


@inlined
def settle(sheet: Sheet, p: Parameters, room: Replay) -> None:
    """The start: what the parameters say of each state, starting levels, nothing remembered."""
    mean = rules.leverage_mean(p.kappa, sheet.reference)
    for i in range(len(sheet.state)):
        who = sheet.state[i]
        room.sensitive[i] = rules.sensitivity(p.kappa, who.leverage, mean)
        room.standing[i] = rules.standing(p, who.affinity)
        for k in range(N_TIES):
            room.bases[i, k] = rules.tie_base(p, k, who.mission[k], who.dependence[k], who.doubtful[k])
            room.levels[i, k] = who.start[k]
        room.exposure[i] = 0.0
        room.number[i] = 0
        room.carried[i] = rules.momentum(p, 0.0, 0)


@kernel
def weigh_all(
    p: Parameters,
    climate: float,
    campaign: float,
    request: Floats,
    incident: Floats,
    outreach: Floats,
    sensitive: Floats,
    standing: Floats,
    carried: Floats,
    exposure: Floats,
    ties: Floats,
    hazard: Floats,
) -> None:
    """Λ of every state in one week, at log frailty 0: a plain loop, which becomes vector instructions."""
    for i in range(len(hazard)):
        said = rules.addressed(p, sensitive[i], campaign, request[i], incident[i], outreach[i])
        common = rules.log_common(standing[i] + said, climate, carried[i], rules.imitation(p, exposure[i]))
        hazard[i] = rules.hazard(common, ties[i])


@inlined
def move_all(
    sheet: Sheet, moves: Ints, p: Parameters, room: Replay, line: int, acts: int, epoch: int
) -> tuple[int, int]:
    """All that one state does in one week; returns the next line and the number of acts so far."""
    t, i = moves[line, WEEK], moves[line, PLACE]
    levels, bases, forbidden = room.levels[i], room.bases[i], sheet.forbidden[epoch]
    tie_sum_of(p, bases, forbidden, levels, room.log_ties)
    room.taken[:] = 0
    depth, acted = 0.0, False
    while line < len(moves) and moves[line, WEEK] == t and moves[line, PLACE] == i:
        k, after = moves[line, TIE], moves[line, AFTER]
        if moves[line, KIND] == ACT:
            acted = True
            room.taken[k] = 1
            depth += rules.log_depth(levels[k], after, p.psi[k])
        levels[k] = after
        line += 1
    if acted:
        room.act_state[acts], room.act_week[acts] = i, t
        room.act_hazard[acts] = room.hazard[t, i]
        room.marks[acts, 0] = rules.log_package(room.log_ties, room.taken, p.chi)
        room.marks[acts, 1] = depth
        acts += 1
        room.number[i] += 1
        room.carried[i] = rules.momentum(p, 0.0, room.number[i])
    room.ties[i] = tie_sum_of(p, bases, forbidden, levels, room.log_ties)
    return line, acts


class Sums(NamedTuple):
    """Scratch for integrating frailty out. N states, n nodes of the quadrature of a standard normal."""

    nodes: Floats
    weights: Floats  # their logarithms
    strain: Floats  # (N,): what quiet weeks built up at log frailty 0
    terms: Floats  # (N, n)
    each: Floats  # (N,): the states' own log-likelihoods


@kernel
def log_likelihood(p: Parameters, room: Replay, first: int, until: int, counted: Ints, sums: Sums) -> float:
    """log P(what the counted states did in weeks ``first`` to ``until`` − 1), summed in ISO3 order."""
    add_up(room, first, until, sums)
    for node in range(len(sums.nodes)):
        frailty = exp(rules.log_frailty(p.sigma, sums.nodes[node]))
        for i in range(len(sums.strain)):
            sums.terms[i, node] = sums.weights[node] - frailty * sums.strain[i]
        for act in range(len(room.act_state)):
            if first <= room.act_week[act] < until:
                acting = rules.log_acting(frailty * room.act_hazard[act])
                sums.terms[room.act_state[act], node] += acting
    total = 0.0
    for i in range(len(sums.each)):
        sums.each[i] += log_sum_exp(sums.terms[i])
        if counted[i] == 1:
            total += sums.each[i]
    return total


@inlined
def add_up(room: Replay, first: int, until: int, sums: Sums) -> None:
    """The strain of each state's quiet weeks, and the probability of the ties and depths of its acts."""
    for i in range(len(sums.strain)):
        sums.strain[i] = 0.0
        sums.each[i] = 0.0
    # The hazards of acts are left out, not taken off again: a huge one would leave its rounding behind.
    for act in range(len(room.act_state)):
        room.hazard[room.act_week[act], room.act_state[act]] = 0.0
    for t in range(first, until):
        for i in range(len(sums.strain)):
            sums.strain[i] += room.hazard[t, i]
    for act in range(len(room.act_state)):
        t, i = room.act_week[act], room.act_state[act]
        room.hazard[t, i] = room.act_hazard[act]
        if first <= t < until:
            sums.each[i] += room.marks[act, 0] + room.marks[act, 1]


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
    sheet: Sheet,
    moves: Ints,
    rows: Floats,
    room: Replay,
    first: int,
    until: int,
    counted: Ints,
    sums: Sums,
    found: Floats,
) -> None:
    """The log-likelihood of each row of parameters."""
    for row in range(len(rows)):
        p = parameters_of(rows[row])
        replay(sheet, moves, p, room)
        found[row] = log_likelihood(p, room, first, until, counted, sums)
