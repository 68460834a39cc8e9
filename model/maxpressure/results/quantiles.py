"""The quantiles used everywhere, the score of a distribution, and the names of quantiles in tables.

One rule for all quantiles: the q-quantile of n numbers is the smallest that at least q·n of them do not exceed,
so it is always one of them and counts stay counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

PERCENTS: Final = (5, 25, 50, 75, 95)
LEVELS: Final = ("p05", "p25", "median", "p75", "p95")
"""The columns of these quantiles in every table."""


def quantiles(numbers: NDArray[Any], percents: Sequence[int] = PERCENTS, axis: int = 0) -> NDArray[Any]:
    """The quantiles of at least one number along an axis."""
    ordered = np.sort(numbers, axis=axis)
    ranks = [-(-percent * ordered.shape[axis] // 100) - 1 for percent in percents]
    return np.take(ordered, ranks, axis=axis)


def crps(possible: NDArray[Any], came: NDArray[Any] | float) -> NDArray[np.float64]:
    """The continuous ranked probability score of equally likely values, along the first axis, against what came."""
    ordered = np.sort(possible, axis=0).astype(np.float64)
    size = len(ordered)
    ranks = 2.0 * np.arange(1, size + 1) - size - 1.0
    apart = 2.0 * np.tensordot(ranks, ordered, axes=1) / size**2  # the mean of |x − x′|
    return np.asarray(np.abs(ordered - came).mean(axis=0) - apart / 2.0)
