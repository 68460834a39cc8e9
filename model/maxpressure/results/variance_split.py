"""How much of the spread over worlds is due to not knowing the parameters, and how much to chance.

A one-way random-effects split: numbers of the same parameter draw differ by chance alone, and what the means of
draws scatter beyond that is due to the parameters. It needs several draws and at least two worlds of each.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Split(NamedTuple):
    """Two variances and the parameters' share of their sum, each with its Monte Carlo standard error.

    The variance due to parameters is estimated without bias, so that it may come out below 0 where it is small.
    """

    parameters: float
    parameters_error: float
    chance: float
    chance_error: float
    share: float
    share_error: float


class _Sums(NamedTuple):
    """What the estimates are made of; without one draw each is less by that draw's part."""

    draws: Floats
    worlds: Floats
    squares: Floats
    totals: Floats
    between: Floats
    within: Floats


def split(numbers: Floats, draws: NDArray[np.int64]) -> Split:
    """The split of numbers by their draws; the errors are jackknifed over draws, NaN for fewer than three.

    With n_d worlds of draw d, N in all and n₀ = (N − Σ n_d²/N)/(D − 1): chance is the mean square within draws,
    the parameters' variance is (mean square between − within)/n₀, which for equal n_d = R is the usual one.
    """
    place = np.unique(draws, return_inverse=True)[1]
    count = np.bincount(place).astype(np.float64)
    centred = numbers - numbers[0]  # first, so that numbers that are all the same vary by just 0
    centred -= centred.mean()
    total: Floats = np.bincount(place, weights=centred).astype(np.float64)
    within: Floats = np.bincount(place, weights=(centred - (total / count)[place]) ** 2).astype(np.float64)
    parts = _Sums(np.ones(len(count)), count, count**2, total, total**2 / count, within)
    whole = _Sums(*(np.array([part.sum()]) for part in parts))
    found = _estimates(whole)[:, 0]
    if len(count) > 2:
        without = _estimates(_Sums(*(all_ - part for all_, part in zip(whole, parts, strict=True))))
        spread = ((without - without.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
        errors = np.sqrt((len(count) - 1) / len(count) * spread)
    else:
        errors = np.full(len(found), math.nan)
    return Split(*np.ravel(np.column_stack([found, errors])).tolist())


def _estimates(sums: _Sums) -> Floats:
    """Parameters' variance, chance's, and the share of the first, (3, K) for K columns of sums."""
    with np.errstate(divide="ignore", invalid="ignore"):
        chance = sums.within / (sums.worlds - sums.draws)
        between = (sums.between - sums.totals**2 / sums.worlds) / (sums.draws - 1)
        size = (sums.worlds - sums.squares / sums.worlds) / (sums.draws - 1)
        parameters = (between - chance) / size
        return np.stack([parameters, chance, parameters / (parameters + chance)])
