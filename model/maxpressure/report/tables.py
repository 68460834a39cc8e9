"""A comparison of scenarios as a table for a terminal or for a page of Markdown.

What came of the worlds of each scenario, in lines for a terminal.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any, Final

import pandas as pd

from maxpressure.results.results import Results
from maxpressure.results.statistics import KEY_OUTCOMES, shown_as

MOST_PLACES: Final = 2
"""Decimal places of a key outcome: a hundredth of an act is far below its precision."""

MOST_PLACES_EXPLORED: Final = 8
MOST_TIMES: Final = 1e9
"""More than this comes of differences that are all the same but for the last digit of a float."""

HEADINGS: Final = (
    "mean",
    "± error",
    "95 % interval",
    "enough",
    "nine of ten worlds",
    "more/same/fewer",
)
PARTS: Final = {"difference": "difference", "scenario": "scenario", "against": "baseline"}
EXPLORATORY: Final = "exploratory, not fixed in advance"


def table_lines(table: pd.DataFrame, width: int) -> list[str]:
    """A block for each outcome with a line for each scenario; columns beyond the width are left out."""
    ordered = table.sort_values("outcome", kind="stable")
    cells = [(str(row.scenario), *row_cells(row)) for row in rows_of(ordered)]
    head, *written = columns([("", *HEADINGS), *cells], width)
    lines, last = [head], ""
    for outcome, line in zip(ordered["outcome"], written, strict=True):
        lines += [line] if outcome == last else [heading(outcome), line]
        last = outcome
    absent = [words for words in HEADINGS if words not in head]
    if absent:
        told = f"(no room here for: {', '.join(absent)}; they are in compare.md, or in a wider terminal)"
        lines += textwrap.wrap(told, width)
    return lines


def rows_of(table: pd.DataFrame) -> list[Any]:
    """The rows of a comparison, each with its columns as attributes."""
    return list(table.itertuples())


def heading(outcome: str) -> str:
    """What an outcome is called above its lines, with its unit, and whether it was fixed in advance."""
    shown = shown_as(outcome)
    unit = f", {shown.unit}" if shown.unit and shown.unit not in shown.words else ""
    return f"{shown.words}{unit}" + ("" if outcome in KEY_OUTCOMES else f" ({EXPLORATORY})")


def row_cells(row: Any) -> tuple[str, ...]:
    """The numbers of one scenario and outcome under their headings."""
    places = places_of(row)
    return (
        signed(row.mean, places),
        "" if math.isnan(row.error) else f"{row.error:.{places}f}",
        f"{signed(row.ci_low, places)} to {signed(row.ci_high, places)}",
        enough(row),
        f"{signed(row.low, places_of_worlds(row))} to {signed(row.high, places_of_worlds(row))}",
        " / ".join(percent(share) for share in (row.more, row.same, row.fewer)) + " %",
    )


def enough(row: Any) -> str:
    """Whether the worlds are enough for the precision of the outcome, or how many are needed."""
    if pd.isna(row.enough):
        return "—"
    return "yes" if row.enough else f"no: {row.needed:,}"


def places_of(row: Any) -> int:
    """The decimal places that the error leaves standing, of a key outcome not more than are of use."""
    most = MOST_PLACES if row.planned else MOST_PLACES_EXPLORED
    places = standing(row.error)
    if places is not None:
        return min(places, most)
    return 0 if math.isnan(row.mean) or float(row.mean).is_integer() else most


def places_of_worlds(row: Any) -> int:
    """The decimal places of the difference in a single world: none of what is counted."""
    whole = all(math.isnan(mark) or float(mark).is_integer() for mark in (row.low, row.median, row.high))
    return 0 if whole else min(places_of(row), 4)


def signed(number: float, places: int) -> str:
    """A difference with its sign, or a dash where there is none; what rounds to nothing has no sign."""
    if math.isnan(number):
        return "—"
    rounded = round(number, places)
    return f"{rounded:+.{places}f}" if rounded else f"{0:.{places}f}"


def percent(share: float) -> str:
    """A share as a whole percentage, which is 0 or 100 only where it is just that."""
    if math.isnan(share):
        return "—"
    if 0 < share < 0.005:
        return "<1"
    return ">99" if 0.995 < share < 1 else f"{100 * share:.0f}"


# ---- where the spread comes from


def split_lines(table: pd.DataFrame, width: int) -> list[str]:
    """The parameters' share of the variance over worlds: of each difference, of its scenario and of the baseline."""
    cells = [("share due to parameters, %", *PARTS.values())]
    cells += [
        (f"{row['scenario']}: {shown_as(row['outcome']).words}", *split_cells(row))
        for row in table.to_dict("records")
    ]
    return columns(cells, width)


def split_cells(row: dict[Any, Any]) -> Iterator[str]:
    """The share of each part with its Monte Carlo error."""
    for part in PARTS:
        share, error = 100 * row[f"{part}_share"], 100 * row[f"{part}_share_error"]
        plus = "" if math.isnan(error) else f" ± {error:.0f}"
        yield "—" if math.isnan(share) else f"{share:.0f}{plus}"


# ---- Markdown

PAGE_HEADINGS: Final = ("outcome", "scenario", *HEADINGS, "worlds", "draws", "fewer worlds by")


def page_table(table: pd.DataFrame) -> list[str]:
    """The whole comparison as a Markdown table."""
    rows = [
        (heading(row.outcome), row.scenario, *row_cells(row), f"{row.worlds:,}", f"{row.draws:,}", times(row))
        for row in rows_of(table.sort_values("outcome", kind="stable"))
    ]
    return markdown(PAGE_HEADINGS, rows, words=2)


def page_split(table: pd.DataFrame) -> list[str]:
    """Where the spread comes from, as a Markdown table."""
    rows = [
        (shown_as(row["outcome"]).words, row["scenario"], *split_cells(row))
        for row in table.sort_values("outcome", kind="stable").to_dict("records")
    ]
    return markdown(("share due to parameters, %", "scenario", *PARTS.values()), rows, words=2)


def times(row: Any) -> str:
    """How many times fewer worlds a pair needs than independent runs, to two digits that count."""
    if math.isnan(row.fewer_worlds_by):
        return "—"
    if row.fewer_worlds_by > MOST_TIMES:
        return "no spread"
    return f"{row.fewer_worlds_by:.1f}" if row.fewer_worlds_by < 10 else f"{row.fewer_worlds_by:,.0f}"


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]], *, words: int = 1) -> list[str]:
    """A Markdown table whose first columns hold words and whose others hold numbers."""
    line = ["---"] * words + ["---:"] * (len(head) - words)
    return [f"| {' | '.join(cells)} |" for cells in (head, line, *rows)]


FIGURES: Final = 4
"""Digits of a number."""

SINGLE_HEADINGS: Final = ("", "mean", "± error", "median", "5–95 %")


def description(results: Results, width: int) -> list[str]:
    """What was run, then a block for each scenario with a line for each outcome.

    Columns that the width has no room for are left out, but never the mean. `error` is the Monte Carlo standard
    error of the mean.
    """
    words = []
    for note in _what_was_run(results):
        words += textwrap.wrap(note, width, subsequent_indent="  ", break_on_hyphens=False)
    for scenario, rows in results.describe().groupby("scenario", observed=True):
        worlds, failed = int(rows["worlds"].iloc[0]), int(rows["failed"].iloc[0])
        lost = f", {failed:,} of them failed" if failed else ""
        words += ["", f"{scenario}: {worlds:,} world{'s' if worlds != 1 else ''}{lost}"]
        words += columns([SINGLE_HEADINGS, *(_cells(row) for row in rows.to_dict("records"))], width)
    return words


def _what_was_run(results: Results) -> list[str]:
    """Where the results are, what they are of, and how far a batch is."""
    manifest = results.manifest
    notes = [
        f"{results.place}: {manifest.case}, from {manifest.started:%Y-%m-%d %H:%M} UTC, seed {manifest.seed}",
        f"Parameters, {manifest.parameters.standing}",
    ]
    asked, finished = manifest.worlds * len(manifest.names), results.files.worlds
    if finished < asked:
        notes.append(
            f"Unfinished: {finished:,} of {asked:,} worlds are finished; run the batch again for the rest."
        )
    return notes


def _cells(row: dict[Any, Any]) -> tuple[str, ...]:
    """One outcome's line; the mean to the digits that its error leaves standing."""
    mean, error = row["mean"], row["error"]
    places = standing(error)
    exact = figure(mean) if places is None else f"{mean:,.{places}f}"
    plus = "" if places is None else f"± {error:.{places}f}"
    share = f" (never in {row['blank']:,})" if row["blank"] else ""
    return (
        row["outcome"],
        exact,
        plus,
        figure(row["median"]),
        f"{figure(row['p05'])} to {figure(row['p95'])}{share}",
    )


def standing(error: float) -> int | None:
    """The decimal places of a number that its error leaves standing; None where it has no error."""
    return min(max(1 - math.floor(math.log10(error)), 0), 2 * FIGURES) if error > 0 else None


def figure(number: float) -> str:
    """A number to four digits, or a dash where there is none."""
    if math.isnan(number):
        return "—"
    return f"{number:,.0f}" if abs(number) >= 10**FIGURES else f"{number:,.{FIGURES}g}"


def columns(cells: Sequence[Sequence[str]], width: int) -> list[str]:
    """Cells under one another, words to the left and numbers to the right; columns beyond the width are left out."""
    wide = [max(len(line[place]) for line in cells) for place in range(len(cells[0]))]
    fitting = [
        place for place in range(len(wide)) if sum(wide[: place + 1]) + 2 * (place + 1) <= width or place < 2
    ]
    written = []
    for line in cells:
        first, *others = (
            "  " + line[place].ljust(wide[place]) if place == 0 else line[place].rjust(wide[place])
            for place in fitting
        )
        written.append("  ".join([first, *others]).rstrip())
    return written
