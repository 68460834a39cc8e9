"""The world as tiles of one size, since every state is one agent and the small ones must be seen.

Pictures of single states: when each had acted, and what acts were due to.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import matplotlib as mpl
import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import BoundaryNorm
from matplotlib.patches import Patch, Rectangle
from numpy.typing import NDArray

from maxpressure.base.errors import InputError
from maxpressure.evidence.tiles import Tile
from maxpressure.report.plot_style import LETTERS, QUIET, date_axis, plain

SCALE: Final = "YlGnBu"
"""From light to dark in steps that colour-blind readers, and a grey printer, keep apart."""

NAMES: Final = 7.0
"""The size of the names of states in points."""

GROUP_COLOURS: Final = {
    "shock": "#D55E00",
    "mandate": "#8E4585",
    "request": "#0072B2",
    "campaign": "#56B4E9",
    "peers": "#009E73",
    "own momentum": "#8FD3B6",
    "incident": "#F0E442",
    "engagement": "#000000",
    "who": "#BBBBBB",
}
"""A colour for each group of causes, after Okabe and Ito."""

GROUP_WORDS: Final = {
    "shock": "provocations",
    "mandate": "Council mandates",
    "request": "requests",
    "campaign": "the general campaign",
    "peers": "peers’ acts",
    "own momentum": "own earlier acts",
    "incident": "incidents",
    "engagement": "engagement",
    "who": "who the state is",
}
"""What the groups are called in a picture."""


def heat(
    axes: Axes,
    names: Sequence[str],
    acted: NDArray[np.float64],
    days: Sequence[dt.date],
    marks: Sequence[tuple[int, dt.date]],
) -> Axes:
    """Draw a row for each state: the share of worlds (rows, weeks) in which it had acted by the week's end.

    ``days`` are the Mondays after the weeks; ``marks`` are recorded acts, as row and Monday of the week.
    """
    edges = mdates.date2num(days[0]) - 7, mdates.date2num(days[-1])
    axes.imshow(
        100 * acted, aspect="auto", cmap=SCALE, vmin=0, vmax=100, interpolation="nearest",
        extent=(*edges, len(names) - 0.5, -0.5),
    )  # fmt: skip
    if marks:
        rows, when = zip(*marks, strict=True)
        middle = mdates.date2num(when) + 3.5
        axes.scatter(middle, rows, 24, color="#D55E00", marker="D", edgecolor="white", linewidth=0.7)
    axes.set_yticks(range(len(names)), names, fontsize=NAMES)
    axes.set_xlim(*edges)
    date_axis(axes)
    plain(axes, grid="x")
    axes.grid(visible=False)
    axes.tick_params(axis="y", length=0, labelsize=NAMES)
    return axes


def attribution_stacks(axes: Axes, table: pd.DataFrame) -> Axes:
    """Draw a bar for each month, as high as the acts of a world in it, cut by what they were due to.

    A group that held back is drawn below zero.
    """
    wide = table.pivot_table(index="month", columns="group", values="acts_per_world", sort=True)
    left = mdates.date2num(wide.index)
    width = np.array([month.days_in_month for month in wide.index], dtype=float)
    above, below = np.zeros(len(wide)), np.zeros(len(wide))
    for group, colour in GROUP_COLOURS.items():
        part = wide[group].to_numpy() if group in wide else np.zeros(len(wide))
        bottom = np.where(part >= 0, above, below)
        axes.bar(
            left, part, 0.9 * width, bottom, align="edge", color=colour, label=GROUP_WORDS[group], linewidth=0
        )
        above, below = above + np.maximum(part, 0), below + np.minimum(part, 0)
    axes.axhline(0, color=QUIET, linewidth=0.8)
    axes.set_xlim(left[0] - 4, left[-1] + width[-1] + 4)
    axes.set_ylabel("acts of a world in the month (mean)", fontsize=LETTERS)
    axes.set_xlabel("month", fontsize=LETTERS)
    date_axis(axes)
    plain(axes)
    return axes


CODE, FIGURE = 6.6, 6.0
"""Sizes of letters on a tile in points."""

SIDE: Final = 0.94
"""Of a tile, in steps of the grid."""

TARGET_COLOUR, PATRON_COLOUR, PRINCIPAL_COLOUR = "#000000", "#D55E00", "#CC79A7"
EMPTY: Final = "#ececec"
DARK: Final = 0.55
"""Of the light of white: on darker colours white letters are read more easily."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """Who is no third state: the target, its patrons, and the principals of the campaign, by ISO3."""

    target: str
    patrons: Collection[str]
    principals: Collection[str]

    def colour(self, iso3: str) -> str | None:
        """The colour of the frame of such a state's tile; None for a third state."""
        if iso3 == self.target:
            return TARGET_COLOUR
        if iso3 in self.patrons:
            return PATRON_COLOUR
        return PRINCIPAL_COLOUR if iso3 in self.principals else None


def tile_map(
    axes: Axes,
    numbers: Mapping[str, float],
    tiles: Mapping[str, Tile],
    roles: Roles,
    scale: ScalarMappable,
    *,
    form: str = "{:.0f}",
) -> Axes:
    """Draw a tile for each state with its ISO3 and its number, coloured by the number; grey without one.

    Target, patrons and principals are no third states: their tiles are framed and carry no number.
    Raises InputError for a state that has no tile.
    """
    for iso3 in numbers:
        if iso3 not in tiles:
            allowed = "a state with a tile; `maxpressure tiles` lays the map out anew"
            raise InputError(file="tiles.csv", key="iso3", given=iso3, allowed=allowed)
    for iso3, tile in tiles.items():
        number, frame = numbers.get(iso3), roles.colour(iso3)
        place = tile.column - SIDE / 2, tile.row - SIDE / 2
        if frame is not None:
            fill = frame if iso3 == roles.target else "white"
            axes.add_patch(Rectangle(place, SIDE, SIDE, facecolor=fill, edgecolor=frame, linewidth=1.6))
            words = "white" if iso3 == roles.target else frame
            _word(axes, tile, 0.0, iso3, CODE, words, bold=True)
            continue
        if number is None:
            axes.add_patch(Rectangle(place, SIDE, SIDE, facecolor=EMPTY, edgecolor="#d0d0d0", linewidth=0.4))
            _word(axes, tile, 0.0, iso3, CODE, QUIET, bold=False)
            continue
        red, green, blue, _ = (float(part) for part in scale.to_rgba(np.array([number]))[0])
        axes.add_patch(
            Rectangle(place, SIDE, SIDE, facecolor=(red, green, blue), edgecolor="#d0d0d0", linewidth=0.4)
        )
        words = "white" if 0.299 * red + 0.587 * green + 0.114 * blue < DARK else "#111111"
        _word(axes, tile, -0.17, iso3, CODE, words, bold=True)
        _word(axes, tile, 0.24, form.format(number), FIGURE, words, bold=False)
    columns, rows = [tile.column for tile in tiles.values()], [tile.row for tile in tiles.values()]
    axes.set_xlim(min(columns) - 0.6, max(columns) + 0.6)
    axes.set_ylim(max(rows) + 0.6, min(rows) - 0.6)
    axes.set_aspect("equal")
    axes.set_axis_off()
    return axes


def stepped(steps: Sequence[float]) -> ScalarMappable:
    """Colours from light to dark for the steps between rising edges."""
    return ScalarMappable(BoundaryNorm(steps, mpl.colormaps[SCALE].N), mpl.colormaps[SCALE])


def map_legend(axes: Axes, *, target: bool = True) -> Axes:
    """Say at the lower left whose tiles are framed or grey; a ``target`` without a tile is left out."""
    kinds = [
        *([Patch(facecolor=TARGET_COLOUR, edgecolor=TARGET_COLOUR, label="target")] if target else []),
        Patch(facecolor="white", edgecolor=PATRON_COLOUR, linewidth=1.6, label="patrons"),
        Patch(
            facecolor="white", edgecolor=PRINCIPAL_COLOUR, linewidth=1.6, label="principals of the campaign"
        ),
        Patch(facecolor=EMPTY, edgecolor="#d0d0d0", label="no tie at the start"),
    ]
    axes.set_axis_off()
    axes.legend(
        handles=kinds, loc="lower left", bbox_to_anchor=(0.0, 0.0), frameon=False, fontsize=LETTERS,
        labelcolor=QUIET, handlelength=1.1, handleheight=1.1, borderaxespad=0.0,
    )  # fmt: skip
    return axes


def _word(axes: Axes, tile: Tile, down: float, word: str, size: float, colour: str, *, bold: bool) -> None:
    weight = "bold" if bold else "normal"
    axes.text(
        tile.column,
        tile.row + down,
        word,
        ha="center",
        va="center",
        fontsize=size,
        color=colour,
        weight=weight,
    )
