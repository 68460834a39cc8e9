"""Two checks of contagion: placebo exposures, and a test that absorbs whatever is common to a week.

Placebos are exposures that cannot cause anything, given the same chance as the real one. Each exposure's slope is
fitted with all other coefficients at their mode without contagion, so that slopes can be laid side by side. Where a
placebo has a slope as large as the real one, the real one is no evidence of contagion.

The stratified test asks only which states act in a week, given how many do: a conditional logit with weeks as strata
(Breslow and Day 1980). What all states share in a week, a shock or a fashion, cancels, and cannot pass for contagion.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import pandas as pd
from scipy import optimize

from maxpressure.base.numerics import Bools, Floats
from maxpressure.engine.replay import log_likelihood
from maxpressure.evidence.parameters import Parameters
from maxpressure.evidence.priors import Priors
from maxpressure.inference.likelihood import Likelihood, record_situation
from maxpressure.inference.moves import acted, attention, exposure, see
from maxpressure.inference.posterior import Problem, best_fit
from maxpressure.model.case import Case, under

PERMUTATIONS: Final = 20


def slope(likelihood: Likelihood, p: Parameters, exposed: Floats) -> tuple[float, float]:
    """The coefficient of an exposure and its standard error, all else as it is."""
    p = under(likelihood.situation.scenario, p)
    hazard = likelihood.hazards(p)
    replayed = likelihood.replayed

    def loss(beta: float) -> float:
        replayed.hazard[:] = hazard * np.exp(beta * exposed)
        replayed.act_hazard[:] = replayed.hazard[replayed.act_week, replayed.act_state]
        return -float(
            log_likelihood(
                p, replayed, likelihood.first, likelihood.until, likelihood.counted, likelihood.sums
            )
        )

    return _lowest(loss)


def _lowest(loss: Callable[[float], float]) -> tuple[float, float]:
    """Where a negative log-likelihood is lowest, and the standard error from its curvature there."""
    found = optimize.minimize_scalar(loss, bounds=(-5.0, 5.0), method="bounded")
    best, step = float(found.x), 0.01
    curvature = (loss(best + step) - 2.0 * loss(best) + loss(best - step)) / step**2
    return best, float(1.0 / np.sqrt(max(curvature, 1e-12)))


def exposures(weights: Floats, acts: Floats) -> dict[str, Floats]:
    """The real exposure, that to future acts, and that to states that are no peers, each (T, N)."""
    strangers = np.where((weights > 0.0) | np.eye(len(weights), dtype=bool), 0.0, 1.0)
    strangers /= np.maximum(strangers.sum(axis=1, keepdims=True), 1.0)
    return {
        "peers, as they are": exposure(weights, acts),
        "peers' future acts": exposure(weights, acts[::-1])[::-1],
        "states that are no peers": exposure(strangers, acts),
    }


def without_contagion(case: Case, priors: Priors) -> tuple[Likelihood, Parameters]:
    """The record's likelihood, and its mode with contagion switched off."""
    likelihood = Likelihood(record_situation(case, mechanisms={"contagion": False}))
    return likelihood, best_fit(Problem(likelihood, priors)).parameters


def placebos(case: Case, priors: Priors, *, seed: int) -> pd.DataFrame:
    """A row for each exposure: the real one, future acts, unrelated states, and peers drawn at random."""
    likelihood, p = without_contagion(case, priors)
    weights, size = attention(likelihood.situation), len(likelihood.situation.population.iso3)
    acts = acted(likelihood.moves, likelihood.until, size)
    rows = [(name, *slope(likelihood, p, exposed)) for name, exposed in exposures(weights, acts).items()]
    rng = np.random.default_rng(seed)
    drawn = []
    for _ in range(PERMUTATIONS):
        order = rng.permutation(size)
        drawn.append(slope(likelihood, p, exposure(weights[np.ix_(order, order)], acts)))
    slopes = np.array([one for one, _ in drawn])
    at_random = f"peers at random, {PERMUTATIONS} times: mean and spread"
    rows.append((at_random, float(slopes.mean()), float(slopes.std(ddof=1))))
    return pd.DataFrame(rows, columns=["exposure", "slope", "error"])


# ---- stratified by week

CONFIDENT: Final = 1.96
"""Standard errors to either side of a 95 % interval."""


def stratified(case: Case, priors: Priors) -> pd.DataFrame:
    """A row for each exposure: its coefficient given how many states acted in each week, with its 95 % interval.

    All other terms of the rule that differ between states are an offset, at their mode without contagion.
    """
    likelihood, p = without_contagion(case, priors)
    situation, until = likelihood.situation, likelihood.until
    with np.errstate(divide="ignore"):  # a state without a tie has no odds
        odds = np.log(np.expm1(likelihood.hazards(p)[:until]))
    acts = acted(likelihood.moves, until, len(situation.population.iso3))
    at_risk = np.asarray(see(situation, likelihood.moves, 0, until).standing.any(axis=2))
    rows = []
    for name, exposed in exposures(attention(situation), acts).items():
        estimate, error = stratified_slope(odds, exposed, acts > 0.0, at_risk)
        rows.append((name, estimate, error, estimate - CONFIDENT * error, estimate + CONFIDENT * error))
    return pd.DataFrame(rows, columns=["exposure, stratified by week", "slope", "error", "from", "to"])


def stratified_slope(offset: Floats, exposed: Floats, acting: Bools, at_risk: Bools) -> tuple[float, float]:
    """The coefficient of an exposure in a logit conditional on the number of acts a week, and its standard error.

    All are (T, N): log odds of an act without the exposure, the exposure, who acted, who could.
    """

    def loss(beta: float) -> float:
        logits = offset + beta * exposed
        return -sum(
            float(logits[week, acting[week]].sum()) - log_ways(logits[week, at_risk[week]], int(acts))
            for week, acts in enumerate(acting.sum(axis=1))
            if acts
        )

    return _lowest(loss)


def log_ways(logits: Floats, acts: int) -> float:
    """log of the sum, over all sets of so many states, of the product of their odds."""
    scale = float(logits.max())
    ways = np.zeros(acts + 1)
    ways[0] = 1.0
    for odds in np.exp(logits - scale).tolist():
        ways[1:] += odds * ways[:-1]
    return float(np.log(ways[acts])) + acts * scale
