"""Weekly bands from tallies that are added up. Money is tallied by whole millions of USD, rounded down."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import Final

import pandas as pd
import pyarrow as pa

from maxpressure.results.quantiles import LEVELS, PERCENTS
from maxpressure.results.statistics import half_width

WEEK: Final = ["scenario", "week"]
KEY: Final = (*WEEK, "date", "mean", "mcse")


def weekly_bands(total: pa.Table, starts: Mapping[str, dt.date], *, independent: bool) -> pd.DataFrame:
    """Mean with its error, and quantiles over worlds, for each scenario and week of one outcome.

    `total` are the tallies, added up; `starts` has the Monday on which each scenario's first week begins. `worlds`
    counts those that were tallied. Tallies do not say which worlds share a posterior draw: where some do, they are not
    `independent`, and the error is blank.
    """
    rows = total.select([*WEEK, "value", "worlds"]).to_pandas()
    rows = rows.astype({"scenario": "str", "week": "int64", "value": "int64", "worlds": "int64"})
    rows["sum"] = rows["value"] * rows["worlds"]
    each = rows.groupby(WEEK, sort=False)
    enough = 100 * each["worlds"].cumsum(), each["worlds"].transform("sum")
    sums = each[["sum", "worlds"]].sum()
    table = pd.DataFrame({"mean": sums["sum"] / sums["worlds"]})
    table["mcse"] = _errors(rows, table["mean"], sums["worlds"]) if independent else math.nan
    for name, percent in zip(LEVELS, PERCENTS, strict=True):
        reached = rows[enough[0] >= percent * enough[1]]
        table[name] = reached.groupby(WEEK, sort=False)["value"].first()
    table = table.assign(worlds=sums["worlds"]).reset_index()
    since = table["week"] - table.groupby("scenario")["week"].transform("min")
    first = pd.to_datetime(table["scenario"].map(dict(starts)))
    table.insert(2, "date", (first + pd.to_timedelta(7 * since, unit="D")).astype("datetime64[ms]"))
    return table


def with_interval(bands: pd.DataFrame) -> pd.DataFrame:
    """The bands with the 95 % interval of each mean beside its error."""
    half = [half_width(error, units) for error, units in zip(bands["mcse"], bands["worlds"], strict=True)]
    table = bands.assign(ci_low=bands["mean"] - half, ci_high=bands["mean"] + half)
    others = [name for name in bands.columns if name not in KEY]
    return table[[*KEY, "ci_low", "ci_high", *others]]


def _errors(rows: pd.DataFrame, means: pd.Series[float], worlds: pd.Series[int]) -> pd.Series[float]:
    """The standard error of each week's mean over independent worlds, s/√n; NaN of a single world."""
    off = rows["value"] - means.reindex(pd.MultiIndex.from_frame(rows[WEEK])).to_numpy()
    squares = (rows["worlds"] * off**2).groupby([rows["scenario"], rows["week"]], sort=False).sum()
    return (squares / (worlds - 1).where(worlds > 1) / worlds) ** 0.5
