"""Weekly bands from tallies that are added up; the quantiles used everywhere.

One rule for all quantiles: the q-quantile of n numbers is the smallest that at least q·n of them do not exceed,
so it is always one of them and counts stay counts. Money is tallied by whole millions of USD, rounded down.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

PERCENTS: Final = (5, 25, 50, 75, 95)


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


def weekly_bands(total: pa.Table, starts: Mapping[str, dt.date]) -> pd.DataFrame:
    """Quantiles and mean over worlds for each scenario and week of one outcome's tallies, added up.

    `starts` has the Monday on which each scenario's first week begins; `worlds` counts those that were tallied.
    """
    rows = total.select(["scenario", "week", "value", "worlds"]).to_pandas()
    rows = rows.astype({"scenario": "str", "week": "int64", "value": "int64", "worlds": "int64"})
    rows["sum"] = rows["value"] * rows["worlds"]
    each = rows.groupby(["scenario", "week"], sort=False)
    enough = 100 * each["worlds"].cumsum(), each["worlds"].transform("sum")
    sums = each[["sum", "worlds"]].sum()
    bands = {}
    for percent in PERCENTS:
        reached = rows[enough[0] >= percent * enough[1]]
        bands[f"p{percent:02d}"] = reached.groupby(["scenario", "week"], sort=False)["value"].first()
    table = pd.DataFrame(
        {**bands, "mean": sums["sum"] / sums["worlds"], "worlds": sums["worlds"]}
    ).reset_index()
    since = table["week"] - table.groupby("scenario")["week"].transform("min")
    first = pd.to_datetime(table["scenario"].map(dict(starts)))
    table.insert(2, "date", (first + pd.to_timedelta(7 * since, unit="D")).astype("datetime64[ms]"))
    return table
