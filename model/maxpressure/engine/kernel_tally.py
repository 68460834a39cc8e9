"""Compiled: how many worlds stood where at the end of each week, added up as worlds stream by.

Counts are exact and add up in any order, so that the bands drawn from them do not depend on chunks or workers.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from maxpressure.engine.arrays import Ints
from maxpressure.engine.jit import kernel


@kernel
def tally_weeks(week_ints: NDArray[np.int32], columns: Ints, width: int, counts: NDArray[np.int32]) -> None:
    """Add a chunk's weekly numbers, (W, T, 15), to ``counts`` (columns, T, bins): x falls in bin x // width."""
    for world in range(week_ints.shape[0]):
        for week in range(week_ints.shape[1]):
            for c in range(len(columns)):
                counts[c, week, week_ints[world, week, columns[c]] // width] += 1
