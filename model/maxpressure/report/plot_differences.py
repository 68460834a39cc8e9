"""Differences between scenarios as a forest: compare.png and the picture of the report."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from maxpressure.base.text import signed, wrapped
from maxpressure.report.differences import EXPLORATORY, places_of, rows_of
from maxpressure.report.plot_style import COLOURS, LETTERS, QUIET, as_written, plain
from maxpressure.report.plotting import (
    Colours,
    Plots,
    axes_or_new,
    check_style,
    coloured,
    not_one_of,
    restyle,
)
from maxpressure.report.strips import LINE, POINTS_PER_INCH, width
from maxpressure.results.statistics import KEY_OUTCOMES, shown_as

BAND: Final = "#f3f3f3"
WORLDS_WIDTH, INTERVAL_WIDTH, DOT = 1.1, 6.0, 4.2
INTERVAL: Final = "#7FB8DA"


def forest(axes: Axes, rows: pd.DataFrame, colours: Mapping[str, str] | None = None) -> Axes:
    """Draw one outcome's row of a comparison for each scenario, the first on top.

    The dot is the mean difference, the thick bar its 95 % interval, the thin one holds 90 % of the worlds. A hollow
    dot marks too few worlds for the outcome's precision. The numbers stand on the right.
    """
    for height, row in enumerate(rows_of(rows)):
        if height % 2 == 0:
            axes.axhspan(height - 0.5, height + 0.5, color=BAND, linewidth=0, zorder=0)
        _draw(axes, row, height, (colours or {}).get(str(row.scenario)))
    axes.axvline(0.0, color=QUIET, linewidth=0.9, linestyle=(0, (4, 2)), zorder=1)
    _write_numbers(axes, rows)
    _plain(axes, rows)
    return axes


def _draw(axes: Axes, row: Any, height: int, own: str | None = None) -> None:
    """One scenario: 90 % of its worlds, the interval of the mean, and the mean."""
    colour, interval = own or COLOURS[0], to_rgba(own, 0.5) if own else INTERVAL
    if not (math.isnan(row.p05) or math.isnan(row.p95)):
        axes.plot(
            [row.p05, row.p95], [height] * 2, color=colour, linewidth=WORLDS_WIDTH, alpha=0.75, zorder=2
        )
        axes.plot([row.p05, row.p95], [height] * 2, "|", color=colour, markersize=6, alpha=0.75, zorder=2)
    if not math.isnan(row.ci_low):
        axes.plot(
            [row.ci_low, row.ci_high], [height] * 2, color=interval, linewidth=INTERVAL_WIDTH,
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
        words = f"{mean}  (the same in every world)" if row.same == 1 else words
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
    plain(axes, grid="x")
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


ACROSS: Final = 2
PANEL, NUMBERS, BETWEEN, RIGHT = 3.3, 1.95, 0.2, 0.1
TITLE_LINE, RUN_LINE, ROW, PANEL_ABOVE, PANEL_BELOW, EDGE = 0.24, 0.35, 0.235, 0.45, 0.55, 0.25
"""Inches: a panel's width, that of the numbers beside it and the space around; the height of words and rows."""

TITLE: Final = 13.0
LETTERS_AN_INCH, TITLE_AN_INCH = 16.0, 7.9
"""Letters of plain words and of the title in an inch."""


@as_written
def save_comparison(path: Path, table: pd.DataFrame, title: str, run: str, notes: Sequence[str]) -> None:
    """Draw a comparison into a PNG: the finding as its title, what was run below it, the notes at the foot."""
    FigureCanvasAgg(comparison_figure(table, title, run, notes)).print_png(path)


def outcome_forest(axes: Axes, rows: pd.DataFrame, colours: Mapping[str, str] | None = None) -> Axes:
    """Draw the forest of one outcome under its name, with what is compared below it."""
    forest(axes, rows, colours)
    outcome = str(rows["outcome"].iloc[0])
    shown = shown_as(outcome)
    mark = "" if outcome in KEY_OUTCOMES else f"\n{EXPLORATORY}"
    axes.set_title(f"{shown.words}{mark}", fontsize=LETTERS + 1, loc="left", fontweight="bold", pad=5)
    unit = f", {shown.unit}" if shown.unit else ""
    axes.set_xlabel(f"difference from {rows['against'].iloc[0]}{unit}", fontsize=LETTERS)
    return axes


class ComparisonPlots(Plots):
    """The picture of a comparison, as ``comparison.plot`` hands it out."""

    FIRST = "differences"

    def __init__(self, table: pd.DataFrame) -> None:
        self._table = table

    def differences(
        self,
        ax: Axes | None = None,
        *,
        outcome: str = "acts",
        scenarios: str | Iterable[str] | None = None,
        colours: Colours = None,
        **style: Any,
    ) -> Axes:
        """Draw one outcome's differences as a forest: a row for each scenario, the first on top.

        The dot is the mean, the thick bar its 95 % interval, the thin one holds 90 % of worlds; ``style`` is that of
        the dots.
        """
        return draw_differences(self, ax, self._table, outcome, scenarios, colours, style)


def draw_differences(
    plots: Plots,
    ax: Axes | None,
    table: pd.DataFrame,
    outcome: str,
    scenarios: str | Iterable[str] | None,
    colours: Colours,
    style: Mapping[str, Any],
) -> Axes:
    """Draw one outcome of a comparison on the caller's axes, for the method ``differences`` of ``plots``."""
    outcomes, names = (
        [str(one) for one in dict.fromkeys(table["outcome"])],
        list(dict.fromkeys(table["scenario"])),
    )
    if outcome not in outcomes:
        raise not_one_of("outcome", outcome, outcomes)
    wanted = [scenarios] if isinstance(scenarios, str) else list(names if scenarios is None else scenarios)
    for name in wanted:
        if name not in names:
            raise not_one_of("scenario", str(name), [str(one) for one in names])
    check_style(Line2D, style, plots.differences)
    chosen = coloured(colours, wanted)
    axes = axes_or_new(ax, (8.0, 1.4 + 0.35 * len(wanted)))
    before = set(axes.lines)
    rows = table[table["outcome"] == outcome].set_index("scenario", drop=False).loc[wanted]
    outcome_forest(axes, rows, chosen)
    restyle([line for line in axes.lines if line not in before and line.get_marker() == "o"], style)
    return axes


def comparison_figure(table: pd.DataFrame, title: str, run: str, notes: Sequence[str]) -> Figure:
    """Two panels a row; scenarios in the order of the first outcome's means, the lowest on top.

    Without a title nothing is written above the panels.
    """
    outcomes = list(table["outcome"].cat.categories)
    first = table[table["outcome"] == outcomes[0]]
    order = list(first.sort_values("mean", kind="stable")["scenario"].astype(str))
    left = EDGE + 0.1 + max(width(name, LETTERS) for name in order) / POINTS_PER_INCH
    wide = left + ACROSS * (PANEL + NUMBERS) + BETWEEN + RIGHT
    below = wrapped(" ".join(notes), int((wide - 2 * EDGE) * LETTERS_AN_INCH), indent="")
    foot = len(below) * LETTERS * LINE * 1.1 / POINTS_PER_INCH + 0.55
    rows = -(-len(outcomes) // ACROSS)
    panel = PANEL_ABOVE + ROW * len(order) + PANEL_BELOW
    above = wrapped(title, int((wide - 2 * EDGE) * TITLE_AN_INCH), indent="")
    top = EDGE + len(above) * TITLE_LINE + RUN_LINE if title else 0.0
    high = top + rows * panel + foot
    figure = Figure(figsize=(wide, high), dpi=150)
    for index, outcome in enumerate(outcomes):
        down, along = divmod(index, ACROSS)
        start = left + along * (PANEL + NUMBERS + BETWEEN)
        bottom = high - top - (down + 1) * panel + PANEL_BELOW
        axes = figure.add_axes((start / wide, bottom / high, PANEL / wide, ROW * len(order) / high))
        own = table[table["outcome"] == outcome].set_index("scenario", drop=False)
        outcome_forest(axes, own.loc[order])
        axes.tick_params(labelleft=along == 0)
    _write_around(figure, above, run, below)
    return figure


def _write_around(figure: Figure, title: Sequence[str], run: str, below: Sequence[str]) -> None:
    """Title and what was run above; what the signs are and the notes below."""
    wide, high = figure.get_size_inches()
    at, under = EDGE / wide, EDGE + len(title) * TITLE_LINE
    words = "\n".join(title)
    figure.text(at, 1 - EDGE / high, words, fontsize=TITLE, fontweight="bold", va="top", linespacing=1.15)
    figure.text(at, 1 - under / high, run, fontsize=LETTERS + 0.5, color=QUIET, va="top")
    foot = len(below) * LETTERS * LINE * 1.1 / POINTS_PER_INCH + 0.2
    figure.legend(
        handles=_signs(), loc="lower left", bbox_to_anchor=(at, foot / high), ncols=5, frameon=False,
        fontsize=LETTERS, borderaxespad=0.0, columnspacing=1.6,
    )  # fmt: skip
    figure.text(
        at, 0.12 / high, "\n".join(below), fontsize=LETTERS, color=QUIET, va="bottom", linespacing=LINE
    )


def _signs() -> list[Line2D]:
    """The meaning of dots and bars."""
    dot: dict[str, Any] = {"color": COLOURS[0], "marker": "o", "linestyle": "", "markersize": DOT}
    return [
        Line2D([], [], **dot, label="mean"),
        Line2D([], [], **dot, markerfacecolor="white", label="mean, too few worlds for its precision"),
        Line2D([], [], color=INTERVAL, linewidth=INTERVAL_WIDTH, label="95 % interval of the mean"),
        Line2D([], [], color=COLOURS[0], linewidth=WORLDS_WIDTH, alpha=0.75, label="90 % of worlds"),
        Line2D([], [], color=QUIET, linewidth=0.9, linestyle=(0, (4, 2)), label="no difference"),
    ]
