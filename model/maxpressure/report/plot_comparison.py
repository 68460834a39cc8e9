"""Paired differences as a forest: a line for each scenario, to the left or right of no difference."""

from __future__ import annotations

import math
from typing import Any, Final

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from maxpressure.report.plot_style import COLOURS, LETTERS, QUIET
from maxpressure.report.tables import places_of, rows_of, signed

BAND: Final = "#f3f3f3"
WORLDS_WIDTH, INTERVAL_WIDTH, DOT = 1.1, 6.0, 4.2
INTERVAL: Final = "#7FB8DA"


def forest(axes: Axes, rows: pd.DataFrame) -> Axes:
    """Draw one outcome's row of a comparison for each scenario, the first on top.

    The dot is the mean difference, the thick bar its 95 % interval, the thin one holds nine of ten worlds. A hollow
    dot says that the worlds are too few for the outcome's precision. The numbers stand on the right.
    """
    for height, row in enumerate(rows_of(rows)):
        if height % 2 == 0:
            axes.axhspan(height - 0.5, height + 0.5, color=BAND, linewidth=0, zorder=0)
        _draw(axes, row, height)
    axes.axvline(0.0, color=QUIET, linewidth=0.9, linestyle=(0, (4, 2)), zorder=1)
    _write_numbers(axes, rows)
    _plain(axes, rows)
    return axes


def _draw(axes: Axes, row: Any, height: int) -> None:
    """One scenario: where its worlds lie, how sure the mean is, and the mean."""
    colour = COLOURS[0]
    if not (math.isnan(row.low) or math.isnan(row.high)):
        axes.plot(
            [row.low, row.high], [height] * 2, color=colour, linewidth=WORLDS_WIDTH, alpha=0.75, zorder=2
        )
        axes.plot([row.low, row.high], [height] * 2, "|", color=colour, markersize=6, alpha=0.75, zorder=2)
    if not math.isnan(row.ci_low):
        axes.plot(
            [row.ci_low, row.ci_high], [height] * 2, color=INTERVAL, linewidth=INTERVAL_WIDTH,
            solid_capstyle="butt", zorder=3,
        )  # fmt: skip
    hollow = not pd.isna(row.enough) and not row.enough
    face = "white" if hollow else colour
    axes.plot(
        row.mean,
        height,
        "o",
        color=colour,
        markersize=DOT,
        markerfacecolor=face,
        markeredgewidth=1.3,
        zorder=4,
    )


def _write_numbers(axes: Axes, rows: pd.DataFrame) -> None:
    """The mean and its interval beside each line."""
    for height, row in enumerate(rows_of(rows)):
        places = places_of(row)
        mean, low, high = (minus(signed(one, places)) for one in (row.mean, row.ci_low, row.ci_high))
        words = mean if math.isnan(row.ci_low) else f"{mean}  ({low} to {high})"
        words = f"{mean}  (the same in each world)" if row.same == 1 else words
        axes.annotate(
            words, (1.0, height), (6, 0), ("axes fraction", "data"), "offset points", va="center_baseline",
            fontsize=LETTERS - 0.5, annotation_clip=False,
        )  # fmt: skip
    axes.annotate(
        "mean (95 % interval)", (1.0, -0.5), (6, 4), ("axes fraction", "data"), "offset points",
        fontsize=LETTERS - 1, color=QUIET, annotation_clip=False,
    )  # fmt: skip


def minus(words: str) -> str:
    """A number with the sign that printers use."""
    return words.replace("-", "\N{MINUS SIGN}")


def _plain(axes: Axes, rows: pd.DataFrame) -> None:
    """Names on the left, few numbers below, nothing outside the rows."""
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_yticks(range(len(rows)), list(rows["scenario"].astype(str)))
    axes.margins(x=0.06)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10]))
    axes.tick_params(labelsize=LETTERS)
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.grid(axis="x", color="#e2e2e2", linewidth=0.6)
    axes.set_axisbelow(True)
