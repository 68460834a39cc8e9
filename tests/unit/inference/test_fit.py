"""Slopes, curvatures and modes by finite differences, where the answer is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from maxpressure.evidence.priors import load_priors
from maxpressure.inference.likelihood import Likelihood
from maxpressure.inference.posterior import Problem, curvature, fit, slope
from worlds import Row, situation

near = pytest.approx
BOWL = np.array([[2.0, 0.6, 0.0], [0.6, 1.0, -0.3], [0.0, -0.3, 4.0]])


def density(points: np.ndarray) -> np.ndarray:
    """A bowl with a wave in its first direction."""
    return -400.0 - 0.5 * np.einsum("ni,ij,nj->n", points, BOWL, points) + np.sin(points[:, 0])


@pytest.fixture
def silent() -> Problem:
    """States without any tie, whose history is empty: the posterior is the prior."""
    given = situation([Row(iso3="AAA", levels=(0,) * 6)], weeks=4)
    grids = {"tau_shock": 8.0, "tau_peer": 4.0, "delay_shock": 0.0}
    return Problem(Likelihood(given, np.zeros((0, 5), dtype=np.int64)), load_priors(), held=grids)


def test_the_slope_is_that_of_the_formula():
    point = np.array([0.3, -1.0, 2.0])
    by_hand = -BOWL @ point + np.array([math.cos(0.3), 0.0, 0.0])
    assert slope(density, point) == near(by_hand, abs=1e-7)


def test_the_curvature_is_that_of_the_formula():
    point = np.array([0.3, -1.0, 2.0])
    by_hand = -BOWL + np.diag([-math.sin(0.3), 0.0, 0.0])
    assert curvature(density, point) == near(by_hand, abs=1e-5)


def test_without_a_word_from_the_history_the_fit_is_the_prior(silent):
    found = fit(silent, ())
    assert found.mode == near(silent.middle, abs=1e-3)
    assert found.errors == near(silent.spread, rel=1e-4)


def test_evidence_counts_the_whole_prior_so_that_a_silent_history_has_probability_one(silent):
    assert fit(silent, ()).evidence == near(0.0, abs=1e-3)


def test_a_problem_without_grids_has_one_cell(silent):
    assert silent.cells() == [()]
