"""Strips of dated words beside a picture: marked inputs above it, the states that acted below it.

Words stand at their dates. Where they would overlap they are moved or set on another line; their widths are measured.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, count
from typing import Final

import matplotlib.dates as mdates
import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.textpath import TextPath

from maxpressure.base.numerics import Floats
from maxpressure.model.timeline import Mark

POINTS_PER_INCH: Final = 72.0
LINE: Final = 1.25
"""The height of a line of words, in sizes of its letters."""

LEADER: Final = "#9a9a9a"
LEADER_LENGTH: Final = 14.0
"""Points from a date to its words."""

ROW_STEP: Final = 1.6
"""From the top line of a row of marks to the next row, in lines."""


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


def draw_mark_lines(axes: Axes, marks: Collection[Mark]) -> None:
    """A dotted line down through the picture at the day of each marked input."""
    for mark in marks:
        row = mark_row(mark)
        if row is not None:
            day = mdates.date2num(mark.date)
            axes.axvline(day, color=row.colour, linewidth=0.8, linestyle=(0, (1, 2)), zorder=0.5)


def mark_signs() -> list[tuple[Line2D, str]]:
    """The dotted lines at marked inputs with the words for a legend."""
    tests, _, resolutions = MARK_ROWS
    named = ((tests, "nuclear or ICBM test"), (resolutions, "Council resolution"))
    return [(Line2D([], [], color=row.colour, linestyle=":"), words) for row, words in named]


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


def draw_names(axes: Axes, names: Sequence[tuple[dt.date, str]], size: float) -> float:
    """Write the names below the axes' top, upright under their dates; returns the inches that the longest needs.

    Names of one date follow one another. Where dates are too near for that, words stand beside their date, at the end
    of a line that begins there.
    """
    together: dict[dt.date, list[str]] = {}
    for day, name in names:
        together.setdefault(day, []).append(name)
    words = [", ".join(own) for own in together.values()]
    days = [across(axes, day) for day in together]
    for day, at, place, own in zip(together, days, spaced(days, size * LINE), words, strict=True):
        axes.annotate(
            own, (mdates.date2num(day), 1), (place - at, -LEADER_LENGTH), ("data", "axes fraction"),
            "offset points", ha="center", va="top", rotation=90, fontsize=size, annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": LEADER, "linewidth": 0.6, "shrinkA": 0.0, "shrinkB": 0.0,
                        "relpos": (0.5, 1.0)},
        )  # fmt: skip
    axes.set_ylim(0, 1)
    longest = max((width(own, size) for own in words), default=0.0)
    return (longest + LEADER_LENGTH + size / 2) / POINTS_PER_INCH if words else 0.0


def spaced(places: Sequence[float], least: float) -> list[float]:
    """Rising places moved as little as needed (in squares) for each to be at least so far from the one before."""
    steps = least * np.arange(len(places))
    moved: list[float] = (rising(np.asarray(places, dtype=float) - steps) + steps).tolist()
    return moved


def apart(axes: Axes, levels: Sequence[float], lines: float = 1.5, size: float = 8.5) -> list[float]:
    """Rising levels moved as little as needed for words at them not to overlap."""
    bottom, top = axes.get_ylim()
    figure = axes.get_figure(root=True)
    if figure is None:
        raise ValueError("axes without a figure have no height")
    points = axes.bbox.height / figure.dpi * POINTS_PER_INCH
    gap = size * lines / points * (top - bottom)
    steps = gap * np.arange(len(levels))
    heights = rising(np.asarray(levels) - steps)
    placed: list[float] = (np.clip(heights, bottom, max(top - steps[-1], bottom)) + steps).tolist()
    return placed


def rising(numbers: Floats) -> Floats:
    """The rising numbers nearest to these in squares: isotonic regression by its max-min formula, for few numbers.

    It is that of scipy.optimize, which takes longer to load than a picture to draw.
    """
    every = range(len(numbers))
    return np.array(
        [max(min(np.mean(numbers[i : k + 1]) for k in every[at:]) for i in every[: at + 1]) for at in every]
    )


def draw_marks(axes: Axes, marks: Sequence[Mark], hollow: Collection[Mark], size: float) -> float:
    """A row for each kind of mark, each mark named beside it or on a line above it; returns the inches needed."""
    line, bottom, ticks = size * LINE, 0.0, []
    for row in reversed(MARK_ROWS):
        own = [mark for mark in marks if mark.kind == row.kind]
        ticks.append((bottom, f"{row.title}s"))
        for mark in own:
            (sign,) = axes.plot(mdates.date2num(mark.date), bottom, row.sign, color=row.colour, ms=size * 0.9)
            sign.set(clip_on=False, fillstyle="none" if mark in hollow else "full")
        lines = 0
        for mark, words, level, shift in _placed(axes, own, row.spare, size):
            if level:
                day = mdates.date2num(mark.date)
                axes.plot([day] * 2, [bottom, bottom + level - 0.4], color=row.colour, linewidth=0.6)
            axes.annotate(
                words, (mdates.date2num(mark.date), bottom), (shift, level * line), textcoords="offset points",
                va="center_baseline", annotation_clip=False, color=row.colour, fontsize=size,
            )  # fmt: skip
            lines = max(lines, level)
        bottom += lines + ROW_STEP
    axes.set_ylim(-0.8, bottom - ROW_STEP + 0.8)
    axes.set_yticks([at for at, _ in ticks], [words for _, words in ticks], fontsize=size)
    axes.tick_params(which="both", length=0, pad=size, labelbottom=False)
    axes.spines[:].set_visible(False)
    return (bottom - ROW_STEP + 1.6) * line / POINTS_PER_INCH


def _placed(
    axes: Axes, marks: Sequence[Mark], spare: Sequence[str], size: float
) -> Iterator[tuple[Mark, str, int, float]]:
    """For each mark its name, on which line above the sign it stands (0: beside it), and how far to the right.

    The last mark comes first, so that no name above lies across the line that leads to another.
    """
    figure = axes.get_figure(root=True)
    edge = np.inf if figure is None else (figure.bbox.x1 - axes.bbox.x0) / figure.dpi * POINTS_PER_INCH
    signs = [across(axes, mark.date) for mark in marks]
    taken = [(0, at - size / 2, at + size / 2) for at in signs]
    for at, mark in reversed(list(zip(signs, marks, strict=True))):
        words = _short(mark.name, spare)
        wide = width(words, size)
        above = size * 0.35 if at + size * 0.35 + wide < edge else -wide - size * 0.35
        sides = chain([(0, size * 0.85), (0, -wide - size * 0.85)], ((level, above) for level in count(1)))
        for level, shift in sides:
            left, right = at + shift - size * 0.3, at + shift + wide + size * 0.3
            free = all(level != one or right <= start or left >= end for one, start, end in taken)
            if free and (level or right < edge):
                break
        taken.append((level, left, right))
        yield mark, words, level, shift


def _short(name: str, spare: Sequence[str]) -> str:
    """A name without the words that its row's title says already."""
    for words in spare:
        name = name.removesuffix(words).removeprefix(words).strip()
    return name
