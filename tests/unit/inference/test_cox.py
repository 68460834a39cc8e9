"""The Cox rival: its partial likelihood against the product written out, and covariates that are far apart."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import optimize

from maxpressure.base.numerics import Floats
from maxpressure.inference.rivals import PENALTY, partial_likelihood

near = pytest.approx
rng = np.random.default_rng(5)
COVARIATES = rng.normal(size=(6, 5, 2))
AT_RISK = rng.random((6, 5)) < 0.9
ACT = AT_RISK & (rng.random((6, 5)) < 0.3)


def written_out(beta: Floats) -> float:
    """Minus the mean log of each act's odds among those at risk in its week, and the ridge."""
    total, acts = 0.0, 0
    for week, state in np.argwhere(ACT).tolist():
        odds = [math.exp(float(COVARIATES[week, other] @ beta)) for other in range(5) if AT_RISK[week, other]]
        total += math.log(math.exp(float(COVARIATES[week, state] @ beta)) / sum(odds))
        acts += 1
    return -total / acts + 0.5 * PENALTY * float(beta @ beta)


def test_the_coefficients_are_those_of_the_product_written_out() -> None:
    slow = optimize.minimize(
        written_out, np.zeros(2), method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-12}
    )
    assert partial_likelihood(COVARIATES, ACT, AT_RISK) == near(slow.x, abs=1e-4)


def test_who_is_not_at_risk_counts_for_nothing() -> None:
    elsewhere = np.where(AT_RISK[:, :, np.newaxis], COVARIATES, 1e6)
    found = partial_likelihood(elsewhere, ACT, AT_RISK)
    assert found == near(partial_likelihood(COVARIATES, ACT, AT_RISK), abs=1e-6)


def test_a_covariate_that_one_state_has_in_one_week_loses_no_digits() -> None:
    rare = np.zeros((200, 50, 1))
    rare[7, 3, 0] = 100.0  # standard deviations: an incident
    act = np.zeros((200, 50), dtype=bool)
    act[7, 3] = act[100, 20] = True
    found = partial_likelihood(rare, act, np.ones((200, 50), dtype=bool))
    assert np.isfinite(found).all()
    assert found[0] > 0.0
