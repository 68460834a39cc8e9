"""Pictures of results. They are drawn on the axes they are given, so that they fit any figure or page.

Colours are those of Okabe and Ito, which colour-blind readers tell apart.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final, Literal

import matplotlib.dates as mdates
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from maxpressure.model.timeline import Mark
from maxpressure.report.strips import mark_row
from maxpressure.results.weekly import Band, Curve

COLOURS: Final = ("#0072B2", "#E69F00", "#009E73")
WORD_COLOURS: Final = ("#005A8E", "#8F6300", "#00674B")
"""The colours of up to three scenarios, and darker ones for words about them."""

RECORD_COLOUR: Final = "#000000"
QUIET: Final = "#555555"
GRID: Final = "#e2e2e2"
LETTERS: Final = 8.5
"""The size of plain words in points."""

MOST_DATES, SEASON = 9, 155
"""Dates on an axis; days from which on months are enough to name them."""


def wave(axes: Axes, found: Mapping[str, Band], record: Curve) -> Axes:
    """Draw the bands of up to three scenarios and the record's curve: acts counted up by each week's end.

    The wide band holds nine of ten worlds, the narrow one half of them, the line is the median.
    """
    faint = 1.0 if len(found) == 1 else 0.5
    for (name, band), colour in zip(found.items(), COLOURS, strict=False):
        days = mdates.date2num(band.days)
        for low, high, alpha in ((0, 4, 0.18), (1, 3, 0.32)):
            levels = band.levels[low], band.levels[high]
            axes.fill_between(days, *levels, color=colour, alpha=alpha * faint, linewidth=0)
        if len(found) > 1:
            axes.plot(days, band.levels[[0, 4]].T, color=colour, linewidth=0.8)
        axes.plot(days, band.levels[2], color=colour, linewidth=2.2, label=name)
    days = mdates.date2num(record.days)
    axes.step(days, record.counts, where="post", color=RECORD_COLOUR, linewidth=1.8, label="record")
    every = [*record.days, *(day for band in found.values() for day in band.days)]
    axes.set_xlim(*mdates.date2num((min(every), max(every))))
    axes.set_ylim(0, max(1.0, axes.get_ylim()[1]))
    axes.set_xlabel("end of the week", fontsize=LETTERS)
    axes.set_ylabel("acts of breaking off since the start", fontsize=LETTERS)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=7, integer=True, steps=[1, 2, 5, 10]))
    date_axis(axes)
    plain(axes)
    return axes


def draw_mark_lines(axes: Axes, marks: Collection[Mark]) -> None:
    """A dotted line down through the picture at the day of each marked input."""
    for mark in marks:
        row = mark_row(mark)
        if row is not None:
            day = mdates.date2num(mark.date)
            axes.axvline(day, color=row.colour, linewidth=0.8, linestyle=(0, (1, 2)), zorder=0.5)


def date_axis(axes: Axes, most: int = MOST_DATES) -> None:
    """At most so many dates on the axis of time, by month where it is long."""
    left, right = axes.get_xlim()
    dates = "%b %Y" if right - left > SEASON else "%d %b %Y"
    axes.xaxis.set_major_locator(dates_at_most(most))
    axes.xaxis.set_minor_locator(mdates.MonthLocator())
    axes.xaxis.set_major_formatter(mdates.DateFormatter(dates))


def dates_at_most(most: int) -> mdates.AutoDateLocator:
    """At most so many dates on an axis: every so many months, or years where the weeks run over several."""
    locator = mdates.AutoDateLocator(maxticks=most)
    locator.intervald[mdates.MONTHLY] = [1, 2, 3, 4, 6, 12]
    return locator


def plain(axes: Axes, *, grid: Literal["x", "y"] = "y") -> None:
    """No more lines than needed: those of the grid across one axis, behind what is drawn."""
    axes.tick_params(labelsize=LETTERS)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis=grid, color=GRID, linewidth=0.6)
    axes.set_axisbelow(True)
