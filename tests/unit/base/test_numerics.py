"""Exponentials, logarithms and memories agree with the exact ones to their last digits."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from maxpressure.base.numerics import BOUND, exp, expm1, log, log1p, remember, weekly_decay

EVERYWHERE = [float(x) for x in np.linspace(-50.0, 50.0, 20_001)]
SMALL = [sign * 10.0**power for power in range(-18, 0) for sign in (-1.0, 1.0)]


def test_exp_is_right_to_thirteen_digits_within_its_bounds():
    for x in EVERYWHERE:
        assert exp(x) == pytest.approx(math.exp(x), rel=1e-13)


def test_exp_never_falls_where_its_argument_rises():
    values = [exp(x) for x in EVERYWHERE]
    assert all(before < after for before, after in pairwise(values))


def test_exp_of_zero_is_one_exactly():
    assert exp(0.0) == 1.0
    assert exp(-0.0) == 1.0


@pytest.mark.parametrize("x", [BOUND, 51.0, 709.0, 1e300, math.inf])
def test_an_exponent_beyond_fifty_counts_as_fifty(x):
    assert exp(x) == exp(50.0)
    assert exp(-x) == exp(-50.0)
    assert 0.0 < exp(-x) < 2e-22


def test_expm1_keeps_its_digits_near_zero():
    for x in [*SMALL, *EVERYWHERE, 0.3499999, 0.35, 0.3500001, -0.3499999, -0.35, -0.3500001]:
        assert expm1(x) == pytest.approx(math.expm1(min(max(x, -BOUND), BOUND)), rel=1e-12, abs=0.0)
    assert expm1(0.0) == 0.0
    assert expm1(-1e-40) == -1e-40


def test_log_is_right_to_two_units_in_the_last_place():
    points = [2.0**-53, 1e-300, 1e300, *(float(x) for x in np.geomspace(1e-20, 1e20, 10_001))]
    for x in points:
        assert abs(log(x) - math.log(x)) <= 2.0 * math.ulp(math.log(x))


def test_log_keeps_its_digits_near_one():
    for step in SMALL:
        x = 1.0 + step
        if x not in {0.0, 1.0}:
            assert log(x) == pytest.approx(math.log(x), rel=1e-15)
    assert log(1.0) == 0.0


def test_log_of_the_number_just_below_one_is_below_zero():
    assert log(math.nextafter(1.0, 0.0)) == math.log(math.nextafter(1.0, 0.0))


def test_log1p_keeps_its_digits_on_either_side_of_zero():
    for x in (-0.9999999, -0.7, -0.1, -1e-9, -1e-300, 0.0, 1e-300, 1e-17, 1e-9, 0.3, 1.0):
        assert log1p(x) == pytest.approx(math.log1p(x), rel=1e-15, abs=0.0)


def test_log_undoes_exp():
    for x in EVERYWHERE[::7]:
        assert log(exp(x)) == pytest.approx(x, abs=1e-13)


def test_a_memory_decays_before_it_takes_in_what_is_new():
    assert remember(4.0, 0.25, 3.0) == 4.0
    assert remember(1.0, 0.5, 0.0) == 0.5


def test_a_memory_of_tau_weeks_is_down_to_one_over_e_after_tau_weeks():
    for tau in (0.5, 1.0, 6.0, 26.0):
        assert weekly_decay(tau) ** tau == pytest.approx(1.0 / math.e, rel=1e-12)


def test_a_steady_input_is_remembered_as_the_sum_of_a_geometric_series():
    decay = Fraction(3, 4)
    memory = 0.0
    for _ in range(200):
        memory = remember(memory, float(decay), 1.0)
    assert memory == pytest.approx(float(1 / (1 - decay)))
