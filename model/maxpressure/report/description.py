"""What came of the worlds of each scenario, in lines for a terminal."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from typing import Any, Final

from maxpressure.results.results import Results

FIGURES: Final = 4
"""Digits of a number."""

HEADINGS: Final = ("", "mean", "± error", "median", "5–95 %")


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
        words += columns([HEADINGS, *(_cells(row) for row in rows.to_dict("records"))], width)
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
