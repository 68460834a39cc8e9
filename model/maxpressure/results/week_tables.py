"""How things stood week by week in the worlds of each scenario, and on record, as shares that can be compared.

All tables have one shape, a row for each measure, scenario and week: measure, scenario, date (the Monday after
the week), p05, p25, p50, p75, p95 and worlds. The record is a scenario called "record" with a p50 alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np
import pandas as pd

from maxpressure.base.ties import TIES
from maxpressure.model.case import Situation
from maxpressure.results.quantiles import PERCENTS, quantiles
from maxpressure.results.recorded_world import recorded_world
from maxpressure.results.results import Results
from maxpressure.results.weekly import Band, Curve

LEVELS: Final = [f"p{percent:02d}" for percent in PERCENTS]
COLUMNS: Final = ("measure", "scenario", "date", *LEVELS, "worlds")
RECORD: Final = "record"
WEEK: Final = pd.Timedelta(days=7)
HUNDRED: Final = 100.0

Situations = Mapping[str, Situation]


def acts_table(found: Mapping[str, Band], record: Curve) -> pd.DataFrame:
    """The acts counted up by each day, as the picture of the wave has them."""
    parts = [
        _rows("acts", name, band.days, band.levels, band.worlds)
        for name, band in found.items()
        if band.worlds
    ]
    alone = np.full((len(LEVELS), len(record.days)), np.nan)
    alone[2] = record.counts
    return _together([*parts, _rows("acts", RECORD, record.days, alone, None)])


def ties_table(results: Results, situations: Situations, until: dt.date) -> pd.DataFrame:
    """Of the ties of each kind that were alive at the record's origin, the percentage alive at each week's end.

    The record ends with its last whole week before the day after ``until``.
    """
    parts: list[pd.DataFrame] = []
    for place, tie in enumerate(TIES):
        bands = results.bands(f"ties_{tie}")
        for name, situation in situations.items():
            began = int((situation.population.start[:, place] > 0).sum())
            if began:
                parts.append(_percent(bands[bands["scenario"] == name], tie, began))
    return _together([*parts, *_recorded_ties(next(iter(situations.values())), until)])


def _recorded_ties(situation: Situation, until: dt.date) -> Iterator[pd.DataFrame]:
    line, starts = situation.timeline, situation.population.start
    weeks = [row for row in recorded_world(situation).recorder.weeks if line.monday(row.week + 1) <= until]
    days = [line.monday(row.week + 1) for row in weeks]
    for place, tie in enumerate(TIES):
        began = int((starts[:, place] > 0).sum())
        if began and weeks:
            alone = np.full((len(LEVELS), len(weeks)), np.nan)
            alone[2] = [HUNDRED * row.ties_alive[place] / began for row in weeks]
            yield _rows(tie, RECORD, days, alone, None)


def trade_table(results: Results, situations: Situations) -> pd.DataFrame:
    """The target's trade and exports at yearly rates, in per cent of 2016, as the model reckons them."""
    parts = []
    for measure, outcome in (("trade", "trade_kusd"), ("exports", "exports_kusd")):
        bands = results.bands(outcome)
        for name, situation in situations.items():
            ledger = recorded_world(situation).ledger
            whole = ledger.total_2016 if measure == "trade" else ledger.sold_2016
            parts.append(_percent(bands[bands["scenario"] == name], measure, whole))
    return _together(parts)


def concentration_table(results: Results, situations: Situations) -> pd.DataFrame:
    """The first patron's share of trade in per cent, and the Herfindahl index of partners (0 to 1).

    Of the worlds whose weeks were kept; empty where none were.
    """
    parts = []
    for name, situation in situations.items():
        line = situation.timeline
        days = [line.monday(week + 1) for week in range(line.first, line.weeks)]
        for measure, column, scale in (("share", "first_patron_share", HUNDRED), ("hhi", "hhi", 1.0)):
            kept = results.table("weeks", [column], name)[column].to_numpy().reshape(-1, len(days))
            if len(kept):
                parts.append(_rows(measure, name, days, scale * quantiles(kept), len(kept)))
    return _together(parts)


def at_the_end(table: pd.DataFrame) -> pd.DataFrame:
    """The last row of each measure and scenario, with those columns as its index."""
    return table.groupby(["measure", "scenario"], sort=False).tail(1).set_index(["measure", "scenario"])


def scenarios_of(table: pd.DataFrame) -> list[str]:
    """The scenarios of a table in their order, without the record."""
    return [str(name) for name in dict.fromkeys(table["scenario"]) if name != RECORD]


def standouts(table: pd.DataFrame, most: int) -> list[str]:
    """The first scenario and those whose median parts farthest from its own in any week, at most so many.

    They keep their order. A distance counts in parts of the largest one of its measure.
    """
    names = scenarios_of(table)
    if len(names) <= most:
        return names
    far = pd.Series(0.0, index=names)
    for _, rows in table.groupby("measure", sort=False):
        wide = rows.pivot_table(index="date", columns="scenario", values="p50", sort=False)
        apart = wide.sub(wide[names[0]], axis="index").abs().max().reindex(names).fillna(0.0)
        far = far.combine(apart / (apart.max() or 1.0), max)
    chosen = {names[0], *far.drop(names[0]).nlargest(most - 1).index}
    return [name for name in names if name in chosen]


def _percent(bands: pd.DataFrame, measure: str, whole: float) -> pd.DataFrame:
    """A scenario's bands in per cent of a whole, dated by the end of the week."""
    levels = HUNDRED * bands[LEVELS].to_numpy(dtype=np.float64).T / whole
    days = [day.date() for day in bands["date"] + WEEK]
    worlds = int(bands["worlds"].iloc[0]) if len(bands) else None
    return _rows(measure, str(bands["scenario"].iloc[0]) if len(bands) else "", days, levels, worlds)


def _rows(
    measure: str, scenario: str, days: Sequence[dt.date], levels: np.ndarray, worlds: int | None
) -> pd.DataFrame:
    """A measure's rows of one scenario; levels are (5, days)."""
    rows = pd.DataFrame(dict(zip(LEVELS, levels, strict=True)))
    rows.insert(0, "date", pd.to_datetime(list(days)))
    rows.insert(0, "scenario", scenario)
    rows.insert(0, "measure", measure)
    rows["worlds"] = pd.array([worlds] * len(rows), dtype="Int64")
    return rows


def _together(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=list(COLUMNS))
