"""What customs and statisticians counted of trade beside the simulated bands: which figures lie inside.

A figure covers months, a band is of a week. So the band is averaged over the days of the figure's months, and the
figure is inside where it lies between the averages. Both are in per cent of their own 2016.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from maxpressure.base.text import plural
from maxpressure.evidence.customs import BASE, ratio_of, span_of
from maxpressure.evidence.evidence import Evidence
from maxpressure.model.case import Situation
from maxpressure.results.quantiles import LEVELS
from maxpressure.results.weekly import DAY, HUNDRED, WEEK, rows_of, scenarios_of, together

CUSTOMS: Final = {
    "total": ("trade", ""),
    "target_exports": ("exports", ""),
    "patron_imports": ("exports", ": purchases from the target"),
}
"""The flows of ``trade_totals.csv`` that are drawn: their measure, and what was counted where it is less."""


def customs_table(evidence: Evidence, situations: Mapping[str, Situation]) -> pd.DataFrame:
    """What was counted of trade and exports in the weeks of the scenarios, in per cent of its reporter's own 2016.

    The same columns as the weekly tables, with the reporter as ``scenario`` and the day after the period as ``date``;
    ``since`` is the period's first day, ``period`` its name.
    """
    lines = [one.timeline for one in situations.values()]
    start, end = min(one.monday(one.first) for one in lines), max(one.monday(one.weeks) for one in lines)
    parts = []
    for row in evidence.trade_totals:
        first, last = span_of(row.period)
        if row.flow in CUSTOMS and row.period != BASE and first < end and last >= start:
            measure, words = CUSTOMS[row.flow]
            level = np.full((len(LEVELS), 1), np.nan)
            level[2] = HUNDRED * ratio_of(row, evidence.trade_totals)
            figure = rows_of(measure, f"{row.reporter}{words}", [last + DAY], level, None)
            parts.append(figure.assign(since=pd.Timestamp(first), period=row.period))
    return together(parts)


def checked(counted: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """The figures with the first scenario's band over their months.

    Added are ``number`` (from 1), ``against`` (the scenario), ``band_low`` and ``band_high`` (its 5 and 95 % levels,
    averaged over the days), and ``inside``: ``yes``, ``no``, or blank where the weeks do not cover the months.
    """
    (first, *_) = scenarios_of(table)
    bands = [_band(row, table[table["scenario"] == first]) for row in counted.to_dict("records")]
    low, high = (np.array([band[side] for band in bands], dtype=float) for side in (0, 1))
    level = counted["median"].to_numpy(dtype=float)
    within = np.where((low <= level) & (level <= high), "yes", "no")
    return counted.assign(
        number=range(1, len(counted) + 1),
        against=first,
        band_low=low,
        band_high=high,
        inside=np.where(np.isnan(low), "", within),
    )


def _band(figure: Mapping[Any, Any], own: pd.DataFrame) -> tuple[float, float]:
    """The mean of the weekly levels over a figure's days; NaN where some day is in no week."""
    weeks = own[own["measure"] == figure["measure"]]
    begin = np.maximum(weeks["date"] - WEEK, figure["since"])
    days = (np.minimum(weeks["date"], figure["date"]) - begin) / pd.Timedelta(DAY)
    days = days.clip(lower=0.0)
    if days.sum() < (figure["date"] - figure["since"]) / pd.Timedelta(DAY):
        return np.nan, np.nan
    return tuple(float(np.average(weeks[level], weights=days)) for level in ("p05", "p95"))  # type: ignore[return-value]


def verdict(figures: pd.DataFrame) -> Iterator[str]:
    """How many figures are inside, and each one with its band, in sentences."""
    known = figures[figures["inside"] != ""]
    if known.empty:
        return
    inside = int((known["inside"] == "yes").sum())
    count = plural(len(known), "observed figure")
    yield (
        f"Check: {inside or 'none'} of {count} {'is' if inside == 1 else 'are'} inside the 90 % band of "
        f"{known['against'].iloc[0]}, averaged over the figure’s months (the boxes)."
    )
    for words, answer in (("Inside", "yes"), ("Outside", "no")):
        named = [_figure(row) for row in known[known["inside"] == answer].to_dict("records")]
        if named:
            yield f"{words}: {'; '.join(named)}."


def _figure(row: Mapping[Any, Any]) -> str:
    reporter, _, what = str(row["scenario"]).partition(": ")
    counted = what or ("all trade" if row["measure"] == "trade" else "all exports")
    period = str(row["period"]).replace("..", " to ")
    return (
        f"{row['number']} {reporter}, {counted}, {period}: {row['median']:.1f} % observed, "
        f"{row['band_low']:.1f} to {row['band_high']:.1f} % simulated"
    )
