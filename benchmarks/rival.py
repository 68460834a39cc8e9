"""The rule as an array program in NumPy, over many worlds at a time: what a numerate user would write.

It has the weekly hazards, packages, depths and contagion, and NumPy's own random numbers. It leaves out what the
ensemble also does: trade and the travel routes that thin with it, ties that return, weekly rows, the rows of acts, and
random numbers keyed by world, so its worlds are none of the ensemble's. Their distribution is the same
(:func:`check_alike`).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from maxpressure.base.numerics import Floats, Ints, remember, weekly_decay
from maxpressure.base.ties import FULL
from maxpressure.engine.arrays import N_TIES
from maxpressure.engine.engines import Ensemble
from maxpressure.engine.precompute import new_precomputed, precompute, readiness_of
from maxpressure.evidence.parameters import Parameters
from maxpressure.model import rules
from maxpressure.model.case import Situation, under

WORLDS_AT_A_TIME = 500
TIES = np.arange(N_TIES)
ERRORS = 4.0
"""How many standard errors the rival's distribution may be off the ensemble's."""


class Rival(NamedTuple):
    """What the worlds of one situation and parameters share. T weeks, N states, E epochs of mandates, 6 ties."""

    settled: Floats  # (T, N): log hazard apart from ties and peers
    epoch: Ints  # (T,): the week's row of mandates
    weights: Floats  # (E, N, 6, 4): exp of a tie's part of the log hazard, by its level
    joining: Floats  # (N, 6): the probability that a tie joins an act
    psi: Floats  # (6,)
    start: NDArray[np.int8]  # (N, 6)
    peer_effect: float
    peer_decay: float
    noticed: Floats | None  # (N, N): what an act of the row adds to each exposure; None: no contagion


def lay_out(situation: Situation, parameters: Parameters) -> Rival:
    """The arrays of a situation whose window begins with the record, by the rule's own formulas."""
    p, inputs = under(situation.scenario, parameters), Ensemble(situation, (parameters,)).inputs
    if inputs.first or inputs.courting or inputs.escalation or inputs.drawn_tests or p.sigma or p.beta_own:
        raise ValueError(f"the rival does not simulate {situation.scenario.name}")
    fixed, states = new_precomputed(inputs), inputs.states
    precompute(inputs, p, fixed)
    shocks, memory = np.zeros(inputs.n_weeks), 0.0
    settled, decay = fixed.exogenous.copy(), weekly_decay(p.tau_shock)
    for t, week in enumerate(inputs.weeks):
        shocks[t] = remember(memory, decay, week["shock_now"])
        memory = remember(memory, decay, week["shock_whole"])
        settled[t] += rules.climate(p, rules.felt(p, shocks, t), week["thaw"], week["news"])
    log_ties = np.zeros((len(inputs.forbidden), len(states), N_TIES, FULL + 1))
    for place in np.ndindex(log_ties.shape):
        e, i, k, level = place
        log_ties[place] = rules.log_tie(p, fixed.bases[i, k], inputs.forbidden[e, k], level)
    ready = np.zeros((len(states), N_TIES))
    noticed = np.zeros((len(states), len(states)))
    for i, given in enumerate(states):
        readiness_of(p, given, ready[i])
        links = slice(inputs.peer_first[i], inputs.peer_first[i + 1])
        noticed[i, inputs.peer_watcher[links]] = rules.noticed(inputs.peer_weight[links])
    return Rival(
        settled=settled,
        epoch=inputs.weeks["epoch"],
        weights=np.exp(log_ties),
        joining=p.chi * ready,
        psi=np.array(p.psi),
        start=states["start"].astype(np.int8),
        peer_effect=p.beta_peer,
        peer_decay=weekly_decay(p.tau_peer),
        noticed=noticed,
    )


def simulate(rival: Rival, worlds: int, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Acts and cuts of each world, some hundreds of worlds at a time so that their arrays stay in the cache."""
    sizes = [min(WORLDS_AT_A_TIME, worlds - first) for first in range(0, worlds, WORLDS_AT_A_TIME)]
    parts = [_simulate(rival, size, rng) for size in sizes]
    return np.concatenate([acts for acts, _ in parts]), np.concatenate([cuts for _, cuts in parts])


def _simulate(rival: Rival, worlds: int, rng: np.random.Generator) -> tuple[Ints, Ints]:
    shape = worlds, len(rival.start)
    levels = np.broadcast_to(rival.start, (*shape, N_TIES)).copy()
    strain, exposure, hazard = np.zeros(shape), np.zeros(shape), np.empty(shape)
    resistance, ties = rng.exponential(size=shape), np.empty(shape)
    moved = np.zeros(shape, dtype=bool)
    acts, cuts = np.zeros(worlds, dtype=np.int64), np.zeros(worlds, dtype=np.int64)
    epoch = -1
    for settled, now in zip(rival.settled, rival.epoch, strict=True):
        if now != epoch:
            epoch, weights = now, rival.weights[now]
            ties[:] = weights[np.arange(shape[1])[:, None], TIES, rival.start].sum(axis=1)
            w, i = np.nonzero(moved)
            ties[w, i] = weights[i[:, None], TIES, levels[w, i]].sum(axis=1)
        if rival.noticed is None:
            np.multiply(np.exp(settled), ties, out=hazard)
        else:
            np.multiply(exposure, rival.peer_effect, out=hazard)
            hazard += settled
            np.exp(hazard, out=hazard)
            hazard *= ties
            exposure *= rival.peer_decay
        strain += hazard
        w, i = np.nonzero(strain >= resistance)
        if len(w) == 0:
            continue
        before = levels[w, i]
        after, taken = cut(rival, weights[i[:, None], TIES, before], i, before, rng)
        levels[w, i] = after
        ties[w, i] = weights[i[:, None], TIES, after].sum(axis=1)
        strain[w, i] = 0.0
        resistance[w, i] = rng.exponential(size=len(w))
        moved[w, i] = True
        acts += np.bincount(w, minlength=worlds)
        cuts += np.bincount(w, weights=taken, minlength=worlds).astype(np.int64)
        if rival.noticed is not None:
            first = np.flatnonzero(np.diff(w, prepend=-1))
            exposure[w[first]] += np.add.reduceat(rival.noticed[i], first)
    return acts, cuts


def cut(
    rival: Rival, odds: Floats, i: Ints, before: NDArray[np.int8], rng: np.random.Generator
) -> tuple[NDArray[np.int8], Ints]:
    """Levels after each act, (acts, 6), and how many ties it takes: one leads, others join, each falls some levels."""
    summed = odds.cumsum(axis=1)
    lead = (summed > rng.random((len(i), 1)) * summed[:, -1:]).argmax(axis=1)
    taken = (rng.random(odds.shape) < rival.joining[i]) & (odds > 0.0)
    taken[np.arange(len(i)), lead] = True
    first, second = rng.random((2, *odds.shape)) < rival.psi
    after = np.maximum(before - 1 - first - (first & second), 0)
    return np.where(taken, after, before).astype(np.int8), taken.sum(axis=1)


def check_alike(situation: Situation, parameters: Parameters, worlds: int, seed: int) -> dict[str, float]:
    """How far the rival's acts and cuts are off the ensemble's, in standard errors; RuntimeError beyond ``ERRORS``.

    Means and spreads (mean squares about the ensemble's mean) are compared. What the rival leaves out and acts
    depend on, ties that return and routes that thin, is switched off in the ensemble.
    """
    p = parameters._replace(rho=-math.inf, attrition=0.0)
    simulated = Ensemble(situation, (p,)).simulate(0, worlds, seed=seed, attributions=False)
    changes = simulated.output.changes[: simulated.changes]
    pairs, sizes = np.unique(changes[:, :3], axis=0, return_counts=True)
    ours = [np.bincount(pairs[:, 0], minlength=worlds), np.bincount(pairs[:, 0], sizes, minlength=worlds)]
    theirs = simulate(lay_out(situation, p), worlds, np.random.default_rng(seed))
    found = {}
    for name, one, other in zip(("acts", "cuts"), ours, theirs, strict=True):
        for moment, power in (("mean", 1), ("spread", 2)):
            left, right = ((values - one.mean() * (power - 1)) ** power for values in (one, other))
            error = math.sqrt((left.var(ddof=1) + right.var(ddof=1)) / worlds)
            found[f"{name}, {moment}"] = float((right.mean() - left.mean()) / error)
    if max(abs(off) for off in found.values()) > ERRORS:
        raise RuntimeError(f"the rival's worlds are not distributed as the ensemble's: {found}")
    return found
