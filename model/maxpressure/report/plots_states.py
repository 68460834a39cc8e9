"""Pictures of single states: when each had acted, and what acts were due to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

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


def account_stacks(axes: Axes, table: pd.DataFrame) -> Axes:
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
