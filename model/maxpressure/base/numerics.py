"""Exponential, logarithm and decaying memory, written with plain arithmetic.

The system's own ``exp`` and ``log`` differ in their last bit between processors and between Python and
compiled code. These use additions, multiplications and divisions only, so every engine and every machine
with IEEE-754 doubles gives the same bits. ``exp`` is within 5·10⁻¹⁴ of the true value, relatively, as is
``expm1`` beyond ±0.35; nearer to zero it, and everywhere ``log``, is within two units in the last place.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
"""Arrays of numbers, of whole numbers and of truth values, as every room writes their types."""

BOUND = 50.0  # log hazards are kept within ±50: e^50 a week is certainty, e^-50 is never

_LN2_HIGH = 2977044471.0 / 4294967296.0  # the first 32 bits of ln 2, so that n·_LN2_HIGH is exact
_LN2_LOW = 1.9082149292705877e-10  # the rest of ln 2
_SQRT_HALF = 0.7071067811865476


def _growth(r: float) -> float:
    """(e^r − 1)/r for |r| ≤ 0.4, by its Taylor series to r¹², summed in two interleaved halves."""
    z = r * r
    even = 1.0 + z * (
        1.0 / 6.0
        + z
        * (
            1.0 / 120.0
            + z * (1.0 / 5040.0 + z * (1.0 / 362880.0 + z * (1.0 / 39916800.0 + z * (1.0 / 6227020800.0))))
        )
    )
    odd = 0.5 + z * (
        1.0 / 24.0 + z * (1.0 / 720.0 + z * (1.0 / 40320.0 + z * (1.0 / 3628800.0 + z * (1.0 / 479001600.0))))
    )
    return even + r * odd


def exp(x: float) -> float:
    """e^x with x first brought within ±50, as (e^(x/128))^128: without branches, so that loops vectorise."""
    if x > BOUND:
        x = BOUND
    elif x < -BOUND:
        x = -BOUND
    r = x * 0.0078125
    power = 1.0 + r * _growth(r)
    power *= power
    power *= power
    power *= power
    power *= power
    power *= power
    power *= power
    power *= power
    return power


def expm1(x: float) -> float:
    """e^x − 1 without losing digits near zero; x is brought within ±50 as in :func:`exp`."""
    if -0.35 < x < 0.35:
        return x * _growth(x)
    return exp(x) - 1.0


def log(x: float) -> float:
    """ln x for a finite x > 0, by the series of 2·artanh((m − 1)/(m + 1)) around the nearest power of two."""
    m, e = math.frexp(x)
    if m < _SQRT_HALF:
        m = m * 2.0
        e = e - 1
    s = (m - 1.0) / (m + 1.0)
    z = s * s
    series = z * (
        1.0 / 3.0
        + z
        * (
            1.0 / 5.0
            + z
            * (
                1.0 / 7.0
                + z
                * (
                    1.0 / 9.0
                    + z
                    * (
                        1.0 / 11.0
                        + z * (1.0 / 13.0 + z * (1.0 / 15.0 + z * (1.0 / 17.0 + z * (1.0 / 19.0 + z / 21.0))))
                    )
                )
            )
        )
    )
    return e * _LN2_HIGH + (2.0 * s + (2.0 * s * series + e * _LN2_LOW))


def log1p(x: float) -> float:
    """ln(1 + x) for a finite x > −1 without losing digits near zero: the error of 1 + x is taken out again (Kahan)."""
    whole = 1.0 + x
    if whole == 1.0:
        return x
    return log(whole) * x / (whole - 1.0)


def remember(memory: float, decay: float, pulse: float) -> float:
    """A memory one week on: what was left of it, decayed, and what the week added."""
    return memory * decay + pulse


def weekly_decay(weeks: float) -> float:
    """The share of a memory left after one week when it fades by a factor e in ``weeks`` weeks."""
    return exp(-1.0 / weeks)
