"""Compiled: how many worlds stood where at the end of each week, added up as worlds stream by.

Counts are exact and add up in any order, so that the bands drawn from them do not depend on chunks or workers.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from maxpressure.compiled import kernel
from maxpressure.sheet import Ints


@kernel
def tally_weeks(
    week_ints: Ints, columns: Ints, widths: Ints, counts: NDArray[np.int32], excess: Ints
) -> None:
    """Add a chunk's weekly numbers, (W, T, 15), to ``counts`` (columns, T, bins).

    A number x of column c falls in bin x // width; one beyond the last bin is counted in ``excess[0]``.
    """
    for world in range(week_ints.shape[0]):
        for week in range(week_ints.shape[1]):
            for c in range(len(columns)):
                place = week_ints[world, week, columns[c]] // widths[c]
                if place < counts.shape[2]:
                    counts[c, week, place] += 1
                else:
                    excess[0] += 1
