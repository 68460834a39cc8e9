"""Differences between scenarios as rows: a table in lines or in Markdown."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Final

import pandas as pd

from maxpressure.base.text import DASH, columns, markdown_rows, percent, signed, wrapped
from maxpressure.results.statistics import KEY_OUTCOMES, LOSSES, shown_as

MOST_PLACES: Final = 2
"""Decimal places of a planned outcome: a hundredth of an act is far below its precision."""

MOST_PLACES_EXPLORED: Final = 8
MOST_TIMES: Final = 1e9
"""More than this comes from differences that are equal but for the last digit of a float."""

DIGITS: Final = 4
HEADINGS: Final = ("mean", "± error", "95 % interval", "enough", "90 % of worlds", "more/same/fewer")
PAGE_HEADINGS: Final = ("outcome", "scenario", *HEADINGS, "worlds", "draws", "fewer worlds by")
PARTS: Final = {"difference": "difference", "scenario": "scenario", "against": "baseline"}
SHARE: Final = "share due to parameters, %"
EXPLORATORY: Final = "exploratory"


# ---- the numbers as text


def rows_of(table: pd.DataFrame) -> list[Any]:
    """The rows of a comparison, each with its columns as attributes."""
    return list(table.itertuples())


def heading(outcome: str) -> str:
    """The heading of an outcome, with its unit, and marked where it is exploratory."""
    shown = shown_as(outcome)
    unit = f", {shown.unit}" if shown.unit and shown.unit not in shown.words else ""
    return f"{shown.words}{unit}" + ("" if outcome in KEY_OUTCOMES else f" ({EXPLORATORY})")


def row_cells(row: Any) -> tuple[str, ...]:
    """The numbers of one scenario and outcome under their headings."""
    places = places_of(row)
    return (
        signed(row.mean, places),
        "" if math.isnan(row.mcse) else f"{row.mcse:.{places}f}",
        f"{signed(row.ci_low, places)} to {signed(row.ci_high, places)}",
        enough(row),
        f"{signed(row.p05, places_of_worlds(row))} to {signed(row.p95, places_of_worlds(row))}",
        " / ".join(percent(share, unit=False) for share in (row.more, row.same, row.fewer)) + " %",
    )


def enough(row: Any) -> str:
    """Whether there are enough worlds for the precision of the outcome, or how many are needed."""
    if pd.isna(row.enough):
        return DASH
    return "yes" if row.enough else f"no: {row.needed:,}"


def places_of(row: Any) -> int:
    """The decimal places that the error supports, for a planned outcome not more than are useful."""
    most = MOST_PLACES if row.planned or row.outcome in LOSSES else MOST_PLACES_EXPLORED
    if row.mcse > 0:
        return min(supported(row.mcse), most)
    return 0 if math.isnan(row.mean) or float(row.mean).is_integer() else most


def places_of_worlds(row: Any) -> int:
    """Decimal places of a difference in one world: 0 for counts."""
    whole = all(math.isnan(mark) or float(mark).is_integer() for mark in (row.p05, row.median, row.p95))
    return 0 if whole else min(places_of(row), 4)


def supported(error: float) -> int:
    """The decimal places of a number that its error, above 0, supports: two significant digits of the error."""
    return min(max(1 - math.floor(math.log10(error)), 0), 2 * DIGITS)


def times(row: Any) -> str:
    """How many times fewer worlds pairs need than independent runs, to two significant digits."""
    if math.isnan(row.fewer_worlds_by):
        return DASH
    if row.fewer_worlds_by > MOST_TIMES:
        return "no spread"
    return f"{row.fewer_worlds_by:.1f}" if row.fewer_worlds_by < 10 else f"{row.fewer_worlds_by:,.0f}"


def split_cells(row: dict[Any, Any]) -> Iterator[str]:
    """The share of each part with its Monte Carlo error."""
    for part in PARTS:
        share, error = 100 * row[f"{part}_share"], 100 * row[f"{part}_share_error"]
        plus = "" if math.isnan(error) else f" ± {error:.0f}"
        yield DASH if math.isnan(share) else f"{share:.0f}{plus}"


# ---- as a table


def table_lines(table: pd.DataFrame, wide: int) -> list[str]:
    """A block for each outcome with a line for each scenario; columns beyond the width are left out."""
    ordered = table.sort_values("outcome", kind="stable")
    cells = [(str(row.scenario), *row_cells(row)) for row in rows_of(ordered)]
    head, *written = columns([("", *HEADINGS), *cells], wide, indent="  ")
    lines, last = [head], ""
    for outcome, line in zip(ordered["outcome"], written, strict=True):
        lines += [line] if outcome == last else [*wrapped(heading(outcome), wide), line]
        last = outcome
    absent = [words for words in HEADINGS if words not in head]
    if absent:
        lines += wrapped(
            f"(Not shown here: {', '.join(absent)}. See compare.md, or widen the terminal.)", wide
        )
    return lines


def page_table(table: pd.DataFrame) -> list[str]:
    """The whole comparison as a Markdown table."""
    rows = [
        (heading(row.outcome), row.scenario, *row_cells(row), f"{row.worlds:,}", f"{row.draws:,}", times(row))
        for row in rows_of(table.sort_values("outcome", kind="stable"))
    ]
    return markdown_rows(PAGE_HEADINGS, rows, words=2)


def split_lines(table: pd.DataFrame, wide: int) -> list[str]:
    """The parameters' share of the variance over worlds: of each difference, of its scenario and of the baseline."""
    cells = [
        (f"{row['scenario']}: {shown_as(row['outcome']).words}", *split_cells(row))
        for row in table.to_dict("records")
    ]
    return columns([(SHARE, *PARTS.values()), *cells], wide, indent="  ")


def page_split(table: pd.DataFrame) -> list[str]:
    """The parameters' share of the variance, as a Markdown table."""
    rows = [
        (shown_as(row["outcome"]).words, row["scenario"], *split_cells(row))
        for row in table.sort_values("outcome", kind="stable").to_dict("records")
    ]
    return markdown_rows((SHARE, "scenario", *PARTS.values()), rows, words=2)
