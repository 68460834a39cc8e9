"""What pictures are drawn with, on any axes: colours, dates, lines and bands over weeks, marks of dated inputs.

Colours are those of Okabe and Ito, which colour-blind readers distinguish. Words stand at their dates and are stacked
or shortened where they would overlap; their widths are measured.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Literal

import matplotlib as mpl
import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.textpath import TextPath
from matplotlib.ticker import MaxNLocator

from maxpressure.base.text import filled
from maxpressure.model.timeline import Mark
from maxpressure.results.weekly import RECORD, Band, Curve, scenarios_of, standouts

COLOURS: Final = ("#0072B2", "#E69F00", "#009E73")
WORD_COLOURS: Final = ("#005A8E", "#8F6300", "#00674B")
"""The colours of up to three scenarios, and darker ones for words about them."""

RECORD_COLOUR: Final = "#000000"
QUIET: Final = "#555555"
GRID: Final = "#e2e2e2"
SCALE: Final = "YlGnBu"
"""From light to dark in steps that colour-blind readers, and a grey printer, distinguish."""

LETTERS: Final = 8.5
"""The size of plain words in points."""

MOST_DATES, SEASON = 9, 155
"""Dates on an axis; days from which on months are enough to name them."""

as_written: Final = mpl.rc_context({"text.parse_math": False})
"""Decorates what draws texts of a user's files: a $ in them is a dollar, not the beginning of a formula."""


def wave(axes: Axes, found: Mapping[str, Band], record: Curve) -> Axes:
    """Draw the bands of up to three scenarios and the record's curve: acts counted up by each week's end.

    The wide band holds 90 % of the worlds, the narrow one 50 %; the line is the median.
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


def frame(
    figure: Figure,
    title: str,
    notes: str,
    signs: Sequence[Artist],
    *,
    letters: tuple[int, int],
    corner: tuple[float, float],
    columns: int = 3,
) -> None:
    """The finding above a picture, its signs at a corner (inches from left and top), how to read it below.

    ``letters`` are those in a line of the title and of the notes.
    """
    wide, high = figure.get_size_inches()
    at, words = 0.25 / wide, filled(title, letters[0])
    figure.text(at, 1 - 0.2 / high, words, fontsize=13, fontweight="bold", va="top", linespacing=1.15)
    below = filled(notes, letters[1])
    figure.text(at, 0.12 / high, below, fontsize=LETTERS, color=QUIET, va="bottom", linespacing=1.3)
    if signs:
        figure.legend(
            handles=list(signs), loc="upper left", bbox_to_anchor=(corner[0] / wide, 1 - corner[1] / high),
            ncols=columns, frameon=False, fontsize=LETTERS, borderaxespad=0.0, columnspacing=1.6,
        )  # fmt: skip


# ---- several scenarios week by week

MORE_COLOURS: Final = (*COLOURS, "#D55E00", "#CC79A7", "#56B4E9")
MORE_WORD_COLOURS: Final = (*WORD_COLOURS, "#A84800", "#A0527C", "#1F78A8")
"""Six of the colours of Okabe and Ito, and darker ones for words."""

DASHED: Final = (0, (5, 1.6))
FAINT: Final = "#bdbdbd"
BANDED: Final = 3
"""Up to so many scenarios are drawn with their bands; of more only the first one's band is."""

NAMED: Final = 8
"""So many scenarios are distinguished by colour and dashes; others are faint."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a scenario's line and the words about it are drawn."""

    colour: str
    words: str
    dashes: Any = "-"
    width: float = 1.5

    @property
    def faint(self) -> bool:
        """Whether the line is one of the many that are not distinguished."""
        return self.colour == FAINT


def looks(table: pd.DataFrame) -> dict[str, Look]:
    """A look for each scenario of a table: colours for the first and for those that differ most from it."""
    named = standouts(table, NAMED)
    colours = list(zip(MORE_COLOURS, MORE_WORD_COLOURS, strict=True))
    found: dict[str, Look] = {}
    for name in scenarios_of(table):
        if name not in named:
            found[name] = Look(FAINT, QUIET, width=0.9)
            continue
        index = named.index(name)
        colour, words = colours[index % len(colours)]
        found[name] = Look(colour, words, DASHED if index >= len(colours) else "-", 1.5 if index else 2.4)
    return found | {RECORD: Look(RECORD_COLOUR, RECORD_COLOUR, width=1.6)}


def weekly_lines(axes: Axes, table: pd.DataFrame, look: Mapping[str, Look], unit: str) -> Axes:
    """Draw each scenario's median week by week, the record as steps, and bands while there are few.

    The wide band holds 90 % of the worlds, the narrow one 50 %. ``table`` is of one measure.
    """
    own = {str(name): rows for name, rows in table.groupby("scenario", sort=False)}
    simulated = [name for name in look if name in own and name != RECORD]
    for name in simulated:
        days = mdates.date2num(own[name]["date"])
        if name == simulated[0] or len(simulated) <= BANDED:
            for low, high, alpha in (("p05", "p95", 0.14), ("p25", "p75", 0.26)):
                levels = own[name][low], own[name][high]
                axes.fill_between(days, *levels, color=look[name].colour, alpha=alpha, linewidth=0)
        (line,) = axes.plot(days, own[name]["median"], color=look[name].colour, label=name)
        line.set(
            linestyle=look[name].dashes, linewidth=look[name].width, zorder=1.5 if look[name].faint else 2
        )
    if RECORD in own:
        days = mdates.date2num(own[RECORD]["date"])
        axes.step(days, own[RECORD]["median"], where="post", color=RECORD_COLOUR, linewidth=1.6, label=RECORD)
    left, right = mdates.date2num((table["date"].min(), table["date"].max()))
    axes.set_xlim(left if left < right else left - 7, right)
    axes.set_ylabel(unit, fontsize=LETTERS)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10]))
    date_axis(axes, most=5)
    plain(axes)
    return axes


def signs(table: pd.DataFrame, look: Mapping[str, Look]) -> Iterator[tuple[Any, str]]:
    """The lines and bands of a picture with the words for a legend."""
    simulated = [name for name in look if name in scenarios_of(table)]
    shown = [name for name in simulated if not look[name].faint]
    for name in shown:
        style = look[name]
        yield Line2D([], [], color=style.colour, linestyle=style.dashes, linewidth=style.width), name
    if len(shown) < len(simulated):
        yield Line2D([], [], color=FAINT, linewidth=0.9), f"the other {len(simulated) - len(shown)} scenarios"
    if (table["scenario"] == RECORD).any():
        yield Line2D([], [], color=RECORD_COLOUR, linewidth=1.6), "record"
    whose = "" if len(simulated) <= BANDED else f" of {simulated[0]}"
    if simulated:
        colour = look[simulated[0]].colour
        yield Patch(color=colour, alpha=0.38, linewidth=0), f"50 % of worlds{whose}"
        yield Patch(color=colour, alpha=0.14, linewidth=0), f"90 % of worlds{whose}"


# ---- strips of dated words beside a picture: inputs, and the states that acted

POINTS_PER_INCH: Final = 72.0
LINE: Final = 1.25
"""The height of a line of words, in sizes of its letters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkRow:
    """A row of marks: the kind of input, the row's title, its sign, and words that its names may leave out."""

    kind: str
    title: str
    sign: str
    colour: str
    spare: tuple[str, ...]


MARK_ROWS: Final = (
    MarkRow(kind="nuclear_test", title="nuclear test", sign="*", colour="#D55E00", spare=("nuclear test",)),
    MarkRow(
        kind="icbm_test", title="ICBM test", sign="^", colour="#D55E00", spare=("first test", "second test")
    ),
    MarkRow(kind="un_resolution", title="Council resolution", sign="s", colour="#8E4585", spare=("UNSCR",)),
)
"""The kinds of input that are marked; the sender's own steps are too many to show."""


def mark_row(mark: Mark) -> MarkRow | None:
    """The row of a mark, if its kind has one."""
    return next((row for row in MARK_ROWS if row.kind == mark.kind), None)


@lru_cache(maxsize=4096)
def width(words: str, size: float) -> float:
    """The width of words in points, in letters of that size, whose outlines have a point wherever they turn back."""
    outline = TextPath((0, 0), words, size=size)
    points = outline.vertices[outline.codes != TextPath.CLOSEPOLY, 0]
    return float(np.ptp(points)) if points.size else 0.0


def across(axes: Axes, day: dt.date) -> float:
    """Where a day lies, in points from the left side of axes that have their final width and limits."""
    figure = axes.get_figure(root=True)
    if figure is None:
        raise ValueError("axes without a figure have no width")
    left, right = axes.get_xlim()
    inches = axes.bbox.width / figure.dpi
    return float((mdates.date2num(day) - left) / (right - left) * inches * POINTS_PER_INCH)


def stacked(centres: Sequence[float], widths: Sequence[float], gap: float) -> list[int]:
    """For words with these centres, from left to right, the lowest line that each fits into, from 0."""
    ends: list[float] = []
    lines = []
    for centre, wide in zip(centres, widths, strict=True):
        fits = (line for line, end in enumerate(ends) if centre - wide / 2 >= end + gap)
        line = next(fits, len(ends))
        ends[line : line + 1] = [centre + wide / 2]
        lines.append(line)
    return lines


def draw_names(axes: Axes, names: Sequence[tuple[dt.date, str]], size: float) -> int:
    """Stack the names at their dates, from the bottom of `axes`; returns the number of lines."""
    lines = stacked(
        [across(axes, day) for day, _ in names], [width(name, size) for _, name in names], size / 2
    )
    for (day, name), line in zip(names, lines, strict=True):
        _write(axes, name, day, 0.0, (0.0, (line + 0.7) * size * LINE), ha="center", fontsize=size)
    axes.set_ylim(0, 1)
    return max(lines, default=-1) + 1


def draw_marks(axes: Axes, marks: Sequence[Mark], hollow: Collection[Mark], size: float) -> list[Mark]:
    """A row for each kind of mark, named beside each or above it; returns those that no name fits beside."""
    named = []
    for height, row in enumerate(reversed(MARK_ROWS)):
        own = [mark for mark in marks if mark.kind == row.kind]
        for mark in own:
            (sign,) = axes.plot(mdates.date2num(mark.date), height, row.sign, color=row.colour, ms=size * 0.9)
            sign.set(clip_on=False, fillstyle="none" if mark in hollow else "full")
        for mark, words, side in _fitted(axes, own, row.spare, size):
            shift = (side * size * 0.7, 0.0 if side else size)
            _write(axes, words, mark.date, height, shift, ha=BESIDE[side], color=row.colour, fontsize=size)
            named.append(mark)
    axes.set_ylim(-0.5, len(MARK_ROWS) - 0.5)
    axes.set_yticks(range(len(MARK_ROWS)), [f"{row.title}s" for row in reversed(MARK_ROWS)], fontsize=size)
    axes.tick_params(which="both", length=0, pad=size, labelbottom=False)
    axes.spines[:].set_visible(False)
    return [mark for mark in marks if mark not in named]


BESIDE: Final = {1: "left", -1: "right", 0: "center"}
"""How words are aligned that stand on the right of their mark, on its left, or above it."""


def _write(
    axes: Axes, words: str, day: dt.date, height: float, shift: tuple[float, float], **style: Any
) -> None:
    """Write words at a day and a height of the axes' own scale, shifted by points."""
    axes.annotate(
        words, (mdates.date2num(day), height), shift, textcoords="offset points", va="center_baseline",
        annotation_clip=False, **style,
    )  # fmt: skip


def _fitted(
    axes: Axes, marks: Sequence[Mark], spare: Sequence[str], size: float
) -> Iterator[tuple[Mark, str, int]]:
    """For each mark that can be named: the words that fit, and whether right (1), left (-1) or above (0)."""
    distances = [across(axes, mark.date) for mark in marks]
    taken = above = -POINTS_PER_INCH
    for at, mark, following in zip(distances, marks, [*distances, float("inf")][1:], strict=True):
        name = mark.name
        for words in spare:
            name = name.removesuffix(words).removeprefix(words).strip()
        sides = ((1, following - at), (-1, at - taken), (0, 2 * (at - above)))
        fitting = ((_first_words(name, room, size), side) for side, room in sides)
        words, side = next((fit for fit in fitting if fit[0]), ("", 0))
        taken = at + (width(words, size) + size if side > 0 else 0.0)
        if words:
            above = above if side else at + width(words, size) / 2
            yield mark, words, side


def _first_words(name: str, room: float, size: float) -> str:
    """A name, or its first words but no fewer than two, where they fit into the room between two signs."""
    words = name.split()
    shorter = (" ".join(words[:count]) for count in range(len(words), min(2, len(words)) - 1, -1))
    return next((part for part in shorter if width(part, size) + 1.5 * size <= room), "")
