"""Simulated worlds and the record week by week: the wave of acts, and tables of ties, trade and concentration.

The wave is the number of acts up to each day, as bands over worlds and as the record's curve; `finding` states it in a
sentence. All tables have one shape, a row for each measure, scenario and week: measure, scenario, date (the Monday
after the week), p05, p25, median, p75, p95 and worlds. The record is a scenario called "record" with a median alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from maxpressure.base.cautions import (
    BANS_DIFFER,
    BROAD_RECORD,
    CONTAGION_CHANGED,
    PATRONS_EDITED,
    RECORDS_DIFFER,
    REQUESTS_DIFFER,
)
from maxpressure.base.text import day_text, plural
from maxpressure.base.ties import TIES
from maxpressure.evidence.schema import DEFAULT_RECORD
from maxpressure.model.case import Situation
from maxpressure.results.quantiles import LEVELS, PERCENTS, quantiles
from maxpressure.results.recorded import recorded_world
from maxpressure.results.results import Results
from maxpressure.scenario import PatronCourse
from maxpressure.scenario.fields import Mechanisms

ASKED, PEERS = "beta_request", "beta_peer"
DAY: Final = dt.timedelta(days=1)
BUSIEST: Final = 4
"""Weeks over which the height of a wave is measured."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Band:
    """Acts in the worlds of one scenario before each day: the start and the end of each week.

    `levels` is (5, days): the 5, 25, 50, 75 and 95 % quantiles of the acts over the `worlds` that did not fail.
    `busiest` (5) are those of the most acts that a world sees within any four weeks, over the worlds whose weeks
    were kept; it is empty where none were.
    """

    days: tuple[dt.date, ...]
    levels: NDArray[np.float64]
    busiest: NDArray[np.float64]
    worlds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Acts on record before each day, as for a band; and the day by which each state's act had come."""

    days: tuple[dt.date, ...]
    counts: tuple[int, ...]
    states: tuple[tuple[dt.date, str], ...]


def bands(results: Results, situations: Mapping[str, Situation]) -> dict[str, Band]:
    """The band of each scenario of which a world came to its end.

    A scenario that starts later than others takes over the record's count up to its own start.
    """
    table = results.bands("acts_total", interval=False)
    first = min(situation.timeline.first for situation in situations.values())
    found = {}
    for name, situation in situations.items():
        own, line = table[table["scenario"] == name], situation.timeline
        if own.empty:
            continue
        levels = own[list(LEVELS)].to_numpy(dtype=np.float64).T
        busy = _busiest(results, name, line.weeks - line.first)
        found[name] = band_of(situation, first, levels, busy, int(own["worlds"].iloc[0]))
    return found


def band_of(
    situation: Situation,
    first: int,
    levels: NDArray[np.float64],
    busy: NDArray[np.float64],
    worlds: int,
) -> Band:
    """The band from its levels at each week's end, (5, weeks); from week ``first`` to its start the record's count."""
    line = situation.timeline
    before = float(sum(1 for act in situation.record.acts if first <= act.week < line.first))
    return Band(
        days=tuple(line.monday(week) for week in range(line.first, line.weeks + 1)),
        levels=np.hstack([np.full((len(PERCENTS), 1), before), levels + before]),
        busiest=busy,
        worlds=worlds,
    )


def busiest_of(counts: NDArray[np.int32]) -> NDArray[np.float64]:
    """The quantiles of the most acts within any few weeks, from what each world had counted, (W, weeks)."""
    before = np.pad(counts, ((0, 0), (BUSIEST, 0)))[:, : counts.shape[1]]
    most = (counts - before).max(axis=1).astype(np.float64) if counts.size else np.zeros(0)
    return quantiles(most) if len(most) else most


def _busiest(results: Results, scenario: str, weeks: int) -> NDArray[np.float64]:
    kept = results.table("weeks", ["acts_total"], scenario)["acts_total"].to_numpy()
    return busiest_of(kept.reshape(-1, weeks))


def recorded(situations: Iterable[Situation], until: dt.date) -> Curve:
    """The record over the weeks that any of the scenarios covers, at most until its last day.

    Scenarios that code the record differently are shown against the coding of the first. Where all begin
    after the record's end the curve is empty.
    """
    every = list(situations)
    line, record, population = every[0].timeline, every[0].record, every[0].population
    first = min(one.timeline.first for one in every)
    end = min(max(one.timeline.weeks for one in every), (until - line.origin).days // 7 + 1)
    names = dict(zip(population.iso3, population.names, strict=True))
    acts = [act for act in record.acts if first <= act.week < end]
    mondays = range(first, end + 1) if first < end else range(0)
    return Curve(
        days=tuple(line.monday(week) for week in mondays),
        counts=tuple(sum(1 for act in acts if act.week < week) for week in mondays),
        states=tuple((line.monday(act.week + 1), names[act.iso3]) for act in acts),
    )


def most_within(counts: Sequence[int] | NDArray[np.int32]) -> int:
    """The most acts within any few weeks, from the acts up to the end of each week."""
    weekly = np.diff(counts, prepend=0)
    return int(np.convolve(weekly, np.ones(BUSIEST, dtype=int)).max())


def busiest(band: Band, record: Curve) -> str:
    """The height of the wave in simulated worlds and on record, in words; "" where no weeks were kept."""
    if not len(band.busiest):
        return ""
    low, _, middle, _, high = band.busiest
    observed = _observed(most_within(record.counts), low, high) if record.days else ""
    return f"Most acts within any {BUSIEST} weeks: {middle:.0f} (90 % interval {low:.0f} to {high:.0f}){observed}."


def _observed(count: int, low: float, high: float) -> str:
    """The count on record, and whether it is inside an interval, as the end of a sentence."""
    where = "below it" if count < low else "above it" if count > high else "inside it"
    return f"; {count} observed, {where}"


def at(band: Band, day: dt.date) -> NDArray[np.float64]:
    """The five levels when that day began: those of the last week's end, at least the band's first."""
    passed = sum(1 for one in band.days if one <= day)
    return band.levels[:, max(passed, 1) - 1]


def farthest(found: Mapping[str, Band], most: int) -> dict[str, Band]:
    """The first scenario and those whose median ends farthest from its own, ``most`` in all, in their order."""
    first, *others = found
    ends = {name: abs(float(found[name].levels[2, -1] - found[first].levels[2, -1])) for name in others}
    kept = {first, *sorted(others, key=lambda name: -ends[name])[: most - 1]}
    return {name: band for name, band in found.items() if name in kept}


def finding(found: Mapping[str, Band], record: Curve) -> str:
    """The number of acts when the record ends, or without one when the worlds end, in one sentence."""
    if not found:
        return "No world came to its end"
    end = record.days[-1] if record.days else max(band.days[-1] for band in found.values())
    levels = {name: at(band, end) for name, band in found.items()}
    first, *others = levels
    if others:
        far = max(others, key=lambda name: abs(levels[name][2] - levels[first][2]))
        medians = f"{levels[first][2]:.0f} acts under {first}, {levels[far][2]:.0f} under {far}"
        observed = f"; {record.counts[-1]} observed" if record.days else ""
        return f"By {last_day(end)}, median over worlds: {medians}{observed}"
    low, high = levels[first][0], levels[first][4]
    earlier = f" by {last_day(end)}" if record.days and end < found[first].days[-1] else ""
    observed = _observed(record.counts[-1], low, high) if record.days else ""
    return f"Acts of breaking off{earlier}: {low:.0f} to {high:.0f} in 90 % of worlds{observed}"


def weeks_within(band: Band, record: Curve) -> tuple[int, int]:
    """In how many weeks the record's count lies within the 5–95 % band, and of how many."""
    after = zip(record.days[1:], record.counts[1:], strict=True)
    both = [(count, at(band, day)) for day, count in after if day in band.days[1:]]
    return sum(1 for count, levels in both if levels[0] <= count <= levels[4]), len(both)


def worlds_in_words(found: Mapping[str, Band]) -> str:
    """How many worlds of each scenario came to their end."""
    counts = sorted({band.worlds for band in found.values()}) or [0]
    most = plural(counts[-1], "world")
    return most if len(counts) == 1 else f"{counts[0]:,} to {most}"


def cautions(situations: Mapping[str, Situation]) -> list[str]:
    """The cautions that apply to these scenarios."""
    every = list(situations.values())
    said = []
    usual = Mechanisms().contagion
    if any(PEERS in one.scenario.parameters or one.scenario.mechanisms.contagion != usual for one in every):
        said.append(CONTAGION_CHANGED)
    if _asked_otherwise(every):
        said.append(REQUESTS_DIFFER)
    if any(course != PatronCourse() for one in every for course in one.scenario.patron_courses().values()):
        said.append(PATRONS_EDITED)
    if _forbidden_otherwise(every):
        said.append(BANS_DIFFER)
    if len({(one.scenario.record, one.scenario.risk_set) for one in every}) > 1:
        said.append(RECORDS_DIFFER)
    if any(one.scenario.record != DEFAULT_RECORD for one in every):
        said.append(BROAD_RECORD)
    return said


def _forbidden_otherwise(every: Sequence[Situation]) -> bool:
    """Whether the Council forbids more or less trade, or at other times, in some of the scenarios."""
    weeks = min(one.timeline.weeks for one in every)
    flows = ("forbidden_exports", "forbidden_imports")
    return any(len({getattr(one.timeline, flow)[:weeks].tobytes() for one in every}) > 1 for flow in flows)


def _asked_otherwise(every: Sequence[Situation]) -> bool:
    """Whether requests weigh more or less, or reach other states, in some of the scenarios than in others."""
    weeks = min(one.timeline.weeks for one in every)
    memories = {one.timeline.request[:weeks].tobytes() for one in every}
    switches = {one.scenario.mechanisms.requests for one in every}
    weights = {str(one.scenario.parameters.get(ASKED)) for one in every}
    return len(memories) > 1 or len(switches) > 1 or len(weights) > 1


def last_day(end: dt.date) -> str:
    """The day before `end`, in words: the last of the week that ends as `end` begins."""
    return day_text(end - DAY)


# ---- tables by measure, scenario and week

COLUMNS: Final = ("measure", "scenario", "date", *LEVELS, "worlds")
RECORD: Final = "record"
WEEK: Final = pd.Timedelta(days=7)
HUNDRED: Final = 100.0

Situations = Mapping[str, Situation]


def acts_table(found: Mapping[str, Band], record: Curve) -> pd.DataFrame:
    """The acts counted up by each day, as the picture of the wave has them."""
    parts = [
        rows_of("acts", name, band.days, band.levels, band.worlds)
        for name, band in found.items()
        if band.worlds
    ]
    alone = np.full((len(LEVELS), len(record.days)), np.nan)
    alone[2] = record.counts
    return together([*parts, rows_of("acts", RECORD, record.days, alone, None)])


def ties_table(results: Results, situations: Situations, until: dt.date) -> pd.DataFrame:
    """Ties of each kind above level 0 at each week's end, as a percentage of those at the record's origin.

    The record ends with its last whole week before the day after ``until``.
    """
    parts: list[pd.DataFrame] = []
    for index, tie in enumerate(TIES):
        bands = results.bands(f"ties_{tie}", interval=False)
        for name, situation in situations.items():
            began = int((situation.population.listed_start[:, index] > 0).sum())
            if began:
                parts.append(_percent(bands[bands["scenario"] == name], tie, began))
    return together([*parts, *_recorded_ties(next(iter(situations.values())), until)])


def _recorded_ties(situation: Situation, until: dt.date) -> Iterator[pd.DataFrame]:
    line, starts = situation.timeline, situation.population.listed_start
    ends = (line.monday(week + 1) for week in range(line.first, line.weeks))
    days = [day for day in ends if day <= until]
    alive = recorded_world(situation).ties_alive[: len(days)]
    for index, tie in enumerate(TIES):
        began = int((starts[:, index] > 0).sum())
        if began and days:
            alone = np.full((len(LEVELS), len(days)), np.nan)
            alone[2] = HUNDRED * alive[:, index] / began
            yield rows_of(tie, RECORD, days, alone, None)


def trade_table(results: Results, situations: Situations) -> pd.DataFrame:
    """The target's trade and exports at yearly rates, in per cent of 2016, as the model computes them."""
    parts = []
    for measure, outcome in (("trade", "trade_kusd"), ("exports", "exports_kusd")):
        bands = results.bands(outcome, interval=False)
        for name, situation in situations.items():
            sold, bought = situation.population.trade_2016
            whole = sold + bought if measure == "trade" else sold
            parts.append(_percent(bands[bands["scenario"] == name], measure, whole))
    return together(parts)


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
                parts.append(rows_of(measure, name, days, scale * quantiles(kept), len(kept)))
    return together(parts)


def at_the_end(table: pd.DataFrame) -> pd.DataFrame:
    """The last row of each measure and scenario, with those columns as its index."""
    return table.groupby(["measure", "scenario"], sort=False).tail(1).set_index(["measure", "scenario"])


def scenarios_of(table: pd.DataFrame) -> list[str]:
    """The scenarios of a table in their order, without the record."""
    return [str(name) for name in dict.fromkeys(table["scenario"]) if name != RECORD]


def standouts(table: pd.DataFrame, most: int) -> list[str]:
    """The first scenario and those whose median differs most from its own in any week, at most so many.

    They keep their order. A difference counts relative to the largest one of its measure.
    """
    names = scenarios_of(table)
    if len(names) <= most:
        return names
    far = pd.Series(0.0, index=names)
    for _, rows in table.groupby("measure", sort=False):
        wide = rows.pivot_table(index="date", columns="scenario", values="median", sort=False)
        apart = wide.sub(wide[names[0]], axis="index").abs().max().reindex(names).fillna(0.0)
        far = far.combine(apart / (apart.max() or 1.0), max)
    chosen = {names[0], *far.drop(names[0]).nlargest(most - 1).index}
    return [name for name in names if name in chosen]


def _percent(bands: pd.DataFrame, measure: str, whole: float) -> pd.DataFrame:
    """A scenario's bands in per cent of a whole, dated by the end of the week; all is left of nothing."""
    left = bands[list(LEVELS)].to_numpy(dtype=np.float64).T
    levels = HUNDRED * left / whole if whole else np.full_like(left, HUNDRED)
    days = [day.date() for day in bands["date"] + WEEK]
    worlds = int(bands["worlds"].iloc[0]) if len(bands) else None
    return rows_of(measure, str(bands["scenario"].iloc[0]) if len(bands) else "", days, levels, worlds)


def rows_of(
    measure: str, scenario: str, days: Sequence[dt.date], levels: np.ndarray, worlds: int | None
) -> pd.DataFrame:
    """A measure's rows of one scenario; levels are (5, days)."""
    rows = pd.DataFrame(dict(zip(LEVELS, levels, strict=True)))
    rows.insert(0, "date", pd.to_datetime(list(days)))
    rows.insert(0, "scenario", scenario)
    rows.insert(0, "measure", measure)
    rows["worlds"] = pd.array([worlds] * len(rows), dtype="Int64")
    return rows


def together(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Tables of this shape as one; without rows the columns alone."""
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=list(COLUMNS))
