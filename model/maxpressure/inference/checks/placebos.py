"""Placebos for contagion: exposures that cannot cause anything, given the same chance as the real one.

Each exposure's slope is fitted with all other coefficients at their mode without contagion, so that slopes can be
laid side by side. A placebo whose slope is as large as the real one says that what looks like contagion is not.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from scipy import optimize

from maxpressure.engine.arrays import Floats
from maxpressure.engine.replay import log_likelihood
from maxpressure.evidence.parameters import Parameters
from maxpressure.evidence.priors import Priors
from maxpressure.inference.exposure import MEMORY, acted, attention, exposure
from maxpressure.inference.fit import best_fit
from maxpressure.inference.likelihood import Likelihood, record_situation
from maxpressure.inference.posterior import Problem
from maxpressure.model.case import Case

PERMUTATIONS: Final = 20


def slope(likelihood: Likelihood, p: Parameters, exposed: Floats) -> tuple[float, float]:
    """The coefficient of an exposure and its standard error, all else as it is."""
    hazard = likelihood.hazards(p)
    room = likelihood.room

    def log_probability(beta: float) -> float:
        room.hazard[:] = hazard * np.exp(beta * exposed)
        room.act_hazard[:] = room.hazard[room.act_week, room.act_state]
        return float(
            log_likelihood(p, room, likelihood.first, likelihood.until, likelihood.counted, likelihood.sums)
        )

    found = optimize.minimize_scalar(
        lambda beta: -log_probability(beta), bounds=(-5.0, 5.0), method="bounded"
    )
    best, step = float(found.x), 0.01
    curvature = (
        log_probability(best + step) - 2.0 * log_probability(best) + log_probability(best - step)
    ) / step**2
    return best, float(1.0 / np.sqrt(max(-curvature, 1e-12)))


def placebos(case: Case, priors: Priors, *, seed: int) -> pd.DataFrame:
    """A row for each exposure: the real one, acts to come, unrelated regions, and peers drawn by lot."""
    likelihood = Likelihood(record_situation(case))
    p = best_fit(Problem(likelihood, priors, held={"beta_peer": 0.0, "tau_peer": MEMORY})).parameters
    weights, size = attention(likelihood.situation), len(likelihood.situation.population.iso3)
    acts = acted(likelihood.moves, likelihood.until, size)
    strangers = np.where((weights > 0.0) | np.eye(size, dtype=bool), 0.0, 1.0)
    strangers /= np.maximum(strangers.sum(axis=1, keepdims=True), 1.0)
    rows = [
        ("peers, as they are", *slope(likelihood, p, exposure(weights, acts))),
        ("peers' acts to come", *slope(likelihood, p, exposure(weights, acts[::-1])[::-1])),
        ("states that are no peers", *slope(likelihood, p, exposure(strangers, acts))),
    ]
    luck = np.random.default_rng(seed)
    drawn = []
    for _ in range(PERMUTATIONS):
        order = luck.permutation(size)
        drawn.append(slope(likelihood, p, exposure(weights[np.ix_(order, order)], acts)))
    slopes = np.array([one for one, _ in drawn])
    rows.append(
        (
            f"peers by lot, {PERMUTATIONS} times: mean and spread",
            float(slopes.mean()),
            float(slopes.std(ddof=1)),
        )
    )
    return pd.DataFrame(rows, columns=["exposure", "slope", "error"])
