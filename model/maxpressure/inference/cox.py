"""The Cox rival: a penalised proportional-hazards fit with covariates that change week by week (statsmodels).

What is the same for all states in a week cancels in its partial likelihood, so it ranks states and gives no
probability of a week.
"""

from __future__ import annotations

import warnings

import numpy as np
from statsmodels.duration.hazard_regression import PHReg

from maxpressure.base.ties import TIE_INDEX
from maxpressure.engine.arrays import Floats, Ints
from maxpressure.inference.exposure import acted, attention, exposure
from maxpressure.inference.risk_set import Marks, see
from maxpressure.model.case import Situation

PENALTY = 0.05
"""Of the ridge, per state-week and standard deviation of a covariate."""


def cox_risk(situation: Situation, moves: Ints, first: int, until: int) -> Floats:
    """Each state's summed relative hazard over weeks ``first`` to ``until`` − 1, fitted to those before, (N,)."""
    covariates, act, live = _covariates(situation, moves, until)
    early = np.zeros(live.shape, dtype=bool)
    early[:first] = True
    used = early & live
    scale = covariates[used].std(axis=0)
    scale[scale == 0.0] = 1.0
    centred = (covariates - covariates[used].mean(axis=0)) / scale
    week = np.broadcast_to(np.arange(until)[:, np.newaxis], live.shape)
    model = PHReg(week[used] + 1.0, centred[used], status=act[used].astype(float), entry=week[used] + 0.0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # statsmodels says that a penalised fit has no standard errors
        found = model.fit_regularized(alpha=PENALTY * act[used].sum() / used.sum(), L1_wt=0.0)
    hazard = np.where(live, np.exp(centred @ np.asarray(found.params)), 0.0)
    return np.asarray(hazard[first:until].sum(axis=0))


def _covariates(situation: Situation, moves: Ints, until: int) -> tuple[Floats, Marks, Marks]:
    """What is known of each state before each week, (T, N, 8); whether it acted, and had a tie to cut, (T, N)."""
    people, line = situation.population, situation.timeline
    seen = see(situation, moves, 0, until)
    acts = acted(moves, until, len(people.iso3))
    exposed = exposure(attention(situation), acts)
    own = np.cumsum(acts, axis=0) - acts
    still = np.ones(until)[:, np.newaxis]
    covariates = np.stack(
        [
            still * people.mission[:, TIE_INDEX["diplomatic"]],
            still * people.affinity,
            still * people.leverage,
            seen.live.sum(axis=2),
            line.request[:until],
            line.incident[:until],
            np.log1p(own),
            exposed,
        ],
        axis=2,
    )
    return covariates, acts > 0.0, np.asarray(seen.live.any(axis=2))
