"""What may be said of twins: acts lost and gained, and of single acts only what both constructions of luck say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from maxpressure.explanations.abduction import CONSTRUCTIONS
from maxpressure.explanations.twin_tables import GAINED, LOST_BY_END, LOST_LATER, Span


def words(acts: pd.DataFrame, totals: pd.DataFrame, span: Span, states: Sequence[str]) -> Iterator[str]:
    """The totals, the acts of the states named (or of all), and what may be said of each.

    Where no state is named, a sentence stands only for acts on which the constructions agree.
    """
    yield from _total_lines(totals, span)
    shown = acts[acts["iso3"].isin(states)] if states else acts
    if not len(shown):
        yield from ("", "The scenario can tell on no recorded act that was asked for.")
        return
    yield from ("", *_act_lines(shown), "")
    told = shown if states else shown[shown["agree"]]
    yield from (sentence(pair, span) for _, pair in told.groupby(["week", "iso3"]))
    untold = (len(shown) - len(told)) // len(CONSTRUCTIONS)
    if untold:
        yield f"Of {untold} acts nothing is said one by one: the two constructions of luck disagree on them."


def _total_lines(totals: pd.DataFrame, span: Span) -> Iterator[str]:
    of = totals["of"].iloc[0]
    end, later = span.last_day(span.until), span.last_day(span.weeks)
    told = {
        LOST_BY_END: f"of the {of} acts recorded from {span.monday(span.touched)} on, lost by {end}",
        LOST_LATER: f"  still lost by {later}",
        GAINED: f"acts gained by {end}",
    }
    wide = max(map(len, told.values()))
    yield " " * wide + "".join(f"{name:>24}" for name in CONSTRUCTIONS)
    yield " " * wide + "".join(f"{'mean ± error (5–95 %)':>24}" for _ in CONSTRUCTIONS)
    for quantity, rows in totals.groupby("quantity", sort=False):
        cells = "".join(f"{_cell(row):>24}" for row in rows.itertuples())
        yield told[str(quantity)].ljust(wide) + cells


def _cell(row: Any) -> str:
    return f"{row.mean:.1f} ± {row.error:.1f} ({row.low:.0f}–{row.high:.0f})"


def _act_lines(acts: pd.DataFrame) -> Iterator[str]:
    """A line for each act: probability gone by both days and median delay, under both constructions."""
    name = max(len("act of the week of"), *(len(_named(row)) for row in acts.itertuples()))
    yield " " * name + f"{'gone by the end':>18}{'half a year later':>20}{'median delay, weeks':>22}"
    yield (
        "act of the week of".ljust(name)
        + f"{'strain':>9}{'weekly':>9}{'strain':>11}{'weekly':>9}"
        + (f"{'strain':>13}{'weekly':>9}")
    )
    for _, pair in acts.groupby(["week", "iso3"]):
        strain, weekly = _both(pair)
        cells = f"{_percent(strain.gone_by_end):>9}{_percent(weekly.gone_by_end):>9}"
        cells += f"{_percent(strain.gone_later):>11}{_percent(weekly.gone_later):>9}"
        cells += f"{_weeks(strain.delay_weeks):>13}{_weeks(weekly.delay_weeks):>9}"
        yield _named(strain).ljust(name) + cells + ("" if strain.agree else "  disagree")


def _both(pair: pd.DataFrame) -> list[Any]:
    """The rows of one act under strain and weekly luck."""
    return list(pair.itertuples())


def _named(row: Any) -> str:
    return f"{row.week} {row.state}: {row.ties}"


def _weeks(delay: float) -> str:
    return "never" if delay == float("inf") else f"{delay:.0f}"


def sentence(pair: pd.DataFrame, span: Span) -> str:
    """What may be said about one act: a probability where both constructions agree, else that they do not."""
    strain, weekly = _both(pair)
    act = f"{strain.state}, week of {strain.week} ({strain.ties})"
    if not strain.agree:
        shares = f"{_percent(strain.gone_by_end)} and {_percent(weekly.gone_by_end)} gone by the record's end"
        half_a_year = f"{_percent(strain.gone_later)} and {_percent(weekly.gone_later)} half a year later"
        return f"{act}: the two constructions of luck disagree: {shares}, {half_a_year}."
    by_end = f"by {span.last_day(span.until)} in {_range(strain.gone_by_end, weekly.gone_by_end)}"
    later = f"by {span.last_day(span.weeks)} in {_range(strain.gone_later, weekly.gone_later)}"
    return f"{act}: gone {by_end} of twins, {later}."


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _range(one: float, other: float) -> str:
    low, high = _percent(min(one, other)), _percent(max(one, other))
    return low if low == high else f"{low.removesuffix(' %')} to {high}"
