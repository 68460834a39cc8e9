"""The pictures of sweeps: tornado.png, box.png and regret.png. Each is drawn on the axes that it is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from maxpressure.base.cautions import CONTAGION, REQUESTS
from maxpressure.base.errors import InputError, Wrong
from maxpressure.base.text import percent
from maxpressure.report.plot_style import COLOURS, LETTERS, QUIET, as_written, frame, plain
from maxpressure.report.plotting import Plots, axes_or_new, check_style, not_one_of, restyle
from maxpressure.sweep.analysis import Better, Found, floor_of
from maxpressure.sweep.files import DUMMY, Input, Sweep
from maxpressure.sweep.text import amount, box_finding, named, ranking, regret_finding, restrictions

WIDE, LEFT, RIGHT = 10.0, 2.6, 0.5
ABOVE, ROW, BELOW = 1.3, 0.32, 1.3
"""Inches."""

FRAME: Final[dict[str, Any]] = {"letters": (80, 125), "corner": (0.25, 0.92), "columns": 4}
LOW, HIGH, OTHER = COLOURS
BOTH: Final = "#8c8c8c"
MIXED: Final = 0.5
"""An effect whose mean is less than this share of its mean size goes both ways."""
BANDS: Final = "#e2e2e2"


class SweptPlots(Plots):
    """The pictures of a sweep, as ``swept.plot`` hands them out; called itself, the one of the sweep's method."""

    def __init__(
        self, sweep: Sweep, method: str, tables: Mapping[str, pd.DataFrame], box: Found | None
    ) -> None:
        self._sweep, self._method, self._tables, self._box = sweep, method, tables, box

    def __call__(self, ax: Axes | None = None, **options: Any) -> Axes:
        """Draw the picture of the sweep's method."""
        drawn: Axes = getattr(self, PICTURES.get(self._method, "tornado"))(ax, **options)
        return drawn

    def tornado(
        self, ax: Axes | None = None, *, outcome: str | None = None, statistic: str = "mean", **style: Any
    ) -> Axes:
        """Draw a bar for each input of ``morris`` or ``sobol``, the strongest on top, with its 95 % interval.

        ``outcome`` is by default the first of the sweep; ``style`` is that of the bars.
        """
        table = self._made("indices", "morris or sobol")
        outcomes, statistics = ([str(one) for one in table[key].unique()] for key in ("outcome", "statistic"))
        for key, given, known in (
            ("outcome", outcome or outcomes[0], outcomes),
            ("statistic", statistic, statistics),
        ):
            if given not in known:
                raise not_one_of(key, given, known)
        check_style(Rectangle, style, self.tornado)
        own = table[(table["outcome"] == (outcome or outcomes[0])) & (table["statistic"] == statistic)]
        axes = axes_or_new(ax, (8.0, 1.0 + ROW * len(own)))
        before = set(axes.patches)
        tornado(axes, own, self._sweep.inputs, self._method)
        restyle([one for one in axes.patches if one not in before], style)
        axes.set_xlabel(f"{'mu*' if self._method == 'morris' else 'ST'}, {named(outcome or outcomes[0])}")
        return axes

    def box(self, ax: Axes | None = None, **style: Any) -> Axes:
        """Draw what the box of ``prim`` leaves of the range of each input; ``style`` is that of the bars."""
        self._made("box", "prim")
        check_style(Rectangle, style, self.box)
        box = self._box
        if box is None:
            raise InputError(
                file="plot", key="box", given=Wrong("is missing"), allowed="a sweep that found one"
            )
        axes = axes_or_new(ax, (8.0, 1.0 + 2 * ROW * max(len(box.limits), 1)))
        before = set(axes.patches)
        box_ranges(axes, box, self._sweep.inputs)
        restyle([one for one in axes.patches if one not in before], style)
        return axes

    def regret(self, ax: Axes | None = None, **style: Any) -> Axes:
        """Draw the matrix of regret, a line for each policy, a column for each point; ``style`` is of the image."""
        table, wide = self._made("regret", "regret"), self._made("regrets", "regret")
        check_style(AxesImage, style, self.regret)
        axes = axes_or_new(ax, (9.0, 1.6 + 1.3 * ROW * len(table)))
        before = set(axes.images)
        regret_matrix(axes, table, wide, {policy.name: policy.label for policy in self._sweep.policies})
        restyle([one for one in axes.images if one not in before], style)
        return axes

    def _made(self, table: str, method: str) -> pd.DataFrame:
        if table not in self._tables:
            allowed = f"a sweep by {method}"
            raise InputError(
                file="plot", key="sweep", given=Wrong(f"is one by {self._method}"), allowed=allowed
            )
        return self._tables[table]


PICTURES: Final = {"morris": "tornado", "sobol": "tornado", "prim": "box", "regret": "regret"}
"""The picture of each method."""


def tornado(axes: Axes, own: pd.DataFrame, inputs: Sequence[Input], method: str) -> Axes:
    """A bar for each input, the strongest on top, with its 95 % interval, and the dummy's upper end as a line.

    ``own`` is the indices of one outcome and statistic. Morris: the mean effect across the range, coloured by
    whether more of the input means more or less of the outcome. Sobol: ST, with S1 as a point.
    """
    labels = {one.name: one.label for one in inputs}
    ranked = "mu_star" if method == "morris" else "ST"
    rows = own[own["input"] != DUMMY].sort_values(ranked, kind="stable").reset_index(drop=True)
    colours = [OTHER if method == "sobol" else _sign(row) for row in rows.itertuples()]
    height = np.arange(len(rows))
    axes.barh(height, rows[ranked], 0.62, color=colours, zorder=2)
    axes.errorbar(
        rows[ranked],
        height,
        xerr=rows[f"{ranked}_conf"],
        fmt="none",
        ecolor="black",
        elinewidth=1,
        capsize=2.5,
    )
    if method == "sobol":
        axes.plot(
            rows["S1"].clip(lower=0),
            height,
            "D",
            color="white",
            markeredgecolor="black",
            markersize=5,
            zorder=4,
            clip_on=False,
        )
    floor = floor_of(own, ranked)
    if np.isfinite(floor):
        axes.axvline(floor, color="black", linewidth=1.1, linestyle=(0, (4, 2)), zorder=3)
    axes.set_yticks(height, [labels[name] for name in rows["input"]])
    axes.set_xlim(left=0)
    plain(axes, grid="x")
    axes.tick_params(left=False)
    axes.spines["left"].set_visible(False)
    return axes


def _sign(row: Any) -> str:
    """The colour of an effect: up, down, or either."""
    if abs(row.mu) < MIXED * row.mu_star:
        return BOTH
    return HIGH if row.mu > 0 else LOW


@as_written
def save_tornado(
    path: Path, own: pd.DataFrame, inputs: Sequence[Input], outcome: str, method: str, notes: str
) -> None:
    """Draw the indices of one outcome's mean into a PNG."""
    figure, axes = _page(len(own) - 1)
    tornado(axes, own, inputs, method)
    dash = Line2D(
        [],
        [],
        color="black",
        linestyle=(0, (4, 2)),
        linewidth=1.1,
        label="the dummy",
    )
    if method == "morris":
        signs: list[Artist] = [
            Patch(color=HIGH, label="more of it, higher outcome"),
            Patch(color=LOW, label="more of it, lower outcome"),
            Patch(color=BOTH, label="either, depending on the others"),
            dash,
        ]
        axis = f"mean effect of crossing the whole range (mu*), {named(outcome)}"
        reading = (
            "An input is moved while the others stay, from many points of their ranges; black lines are 95 % intervals "
            "over paths. "
        )
    else:
        first = Line2D(
            [], [], color="white", marker="D", markeredgecolor="black", linestyle="", label="alone (S1)"
        )
        signs = [Patch(color=OTHER, label="with interactions (ST)"), first, dash]
        axis = f"share of the variance of {named(outcome)} over all points"
        reading = (
            "Bars add up to more than 1 where inputs interact; black lines are 95 % intervals over points. "
        )
    axes.set_xlabel(axis, fontsize=LETTERS)
    peers = f" {CONTAGION}" if any("peer" in one.name for one in inputs) else ""
    below = f"{reading}The ranges are judgements of the sweep's file. {notes}. {REQUESTS}{peers}"
    frame(figure, ranking(own, inputs, outcome, method), below, signs, **FRAME)
    FigureCanvasAgg(figure).print_png(path)


def box_ranges(axes: Axes, box: Found, inputs: Sequence[Input]) -> Axes:
    """A line for each restricted input: its whole range in grey, what the box leaves of it in colour."""
    held = restrictions(box, inputs)[::-1]
    for height, (one, low, high) in enumerate(held):
        first, last = one.value(0.0), one.value(1.0)
        begin, end = ((edge - first) / (last - first) for edge in (low, high))
        axes.barh(height, 1.0, 0.3, color=BANDS, zorder=1)
        axes.barh(height, max(end - begin, 0.01), 0.3, left=begin, color=LOW, zorder=2)
        axes.text(-0.01, height, amount(first), ha="right", va="center", fontsize=LETTERS, color=QUIET)
        axes.text(1.01, height, amount(last), ha="left", va="center", fontsize=LETTERS, color=QUIET)
        words = f"{amount(low)} to {amount(high)}"
        axes.text((begin + end) / 2, height + 0.2, words, ha="center", va="bottom", fontsize=LETTERS)
        stable = f"{100 * box.stability[one.name]:.0f} %"
        axes.text(1.22, height, stable, ha="center", va="center", fontsize=LETTERS)
    axes.text(
        1.22, len(held) - 0.35, "in boxes\non halves", ha="center", va="bottom", fontsize=LETTERS, color=QUIET
    )
    axes.set_yticks(range(len(held)), [f"{one.label}\n({one.role})" for one, _, _ in held])
    axes.set_xlim(-0.1, 1.3)
    axes.set_ylim(-0.6, max(len(held), 1) - 0.05)
    axes.tick_params(labelsize=LETTERS, left=False, bottom=False, labelbottom=False)
    axes.tick_params(axis="y", pad=14)
    axes.spines[:].set_visible(False)
    return axes


@as_written
def save_box(path: Path, box: Found, inputs: Sequence[Input], limit: str, notes: str) -> None:
    """Draw the box into a PNG."""
    figure, axes = _page(2 * max(len(box.limits), 1))
    box_ranges(axes, box, inputs)
    signs = [Patch(color=BANDS, label="the whole range"), Patch(color=LOW, label="the box")]
    below = (
        "All inputs that are not shown run over their whole ranges. “In boxes on halves”: the share of boxes found "
        f"on halves of the training points that restrict the input as well. Found on {box.training.points} "
        f"points, judged on {box.held_out.points} others; on the first: coverage "
        f"{100 * box.training.coverage:.0f} %, density {100 * box.training.density:.0f} %. The box says "
        f"where within the ranges such points lie under the model's rule; it is no probability. {notes}."
    )
    frame(figure, box_finding(box, limit), below, signs, **FRAME)
    FigureCanvasAgg(figure).print_png(path)


def regret_matrix(axes: Axes, table: pd.DataFrame, wide: pd.DataFrame, labels: Mapping[str, str]) -> Axes:
    """A line of cells for each policy, a column for each point, dark where the regret is large.

    Points are in the order of the largest regret at them, so that those at which the choice matters are at the right.
    """
    names = list(table["policy"])
    cells = wide[names].to_numpy().T
    order = np.argsort(cells.max(axis=0), kind="stable")
    drawn = axes.imshow(cells[:, order], aspect="auto", cmap="cividis_r", vmin=0.0, interpolation="nearest")
    axes.set_yticks(range(len(names)), [labels[name] for name in names])
    axes.set_xticks([])
    axes.tick_params(labelsize=LETTERS, left=False)
    axes.spines[:].set_visible(False)
    for height in range(1, len(names)):
        axes.axhline(height - 0.5, color="white", linewidth=2)
    row: Any
    for height, row in enumerate(table.itertuples()):
        words = f"{amount(row.regret_p90)} ({amount(row.p90_from)}–{amount(row.p90_to)})"
        axes.text(1.03, height, words, transform=axes.get_yaxis_transform(), va="center", fontsize=LETTERS)
        near = percent(row.near_best)
        axes.text(1.46, height, near, transform=axes.get_yaxis_transform(), va="center", fontsize=LETTERS)
    heads = ((1.03, "90th percentile\n(95 % interval)"), (1.46, "within 10 %\nof the best"))
    for across, head in heads:
        axes.text(
            across,
            -0.65,
            head,
            transform=axes.get_yaxis_transform(),
            va="bottom",
            fontsize=LETTERS,
            color=QUIET,
        )
    bar = axes.inset_axes((0.0, -0.14, 1.0, 0.05))
    axes.figure.colorbar(drawn, cax=bar, orientation="horizontal")
    bar.tick_params(labelsize=LETTERS)
    return axes


@as_written
def save_regret(
    path: Path,
    table: pd.DataFrame,
    wide: pd.DataFrame,
    labels: Mapping[str, str],
    outcome: str,
    better: Better,
    notes: str,
) -> None:
    """Draw the matrix of regret into a PNG."""
    figure, axes = _page(1.3 * len(table), right=3.0, below=1.95, above=1.5)
    regret_matrix(axes, table, wide, labels)
    words = (
        f"Colour: regret in {named(outcome)}, light is none. A column is a point; points to the right are "
        "those at which the choice matters most. "
    )
    frame(figure, regret_finding(table, labels, outcome, better), f"{words}{notes}", [], **FRAME)
    FigureCanvasAgg(figure).print_png(path)


# ---- the page


def _page(
    rows: float, *, right: float = RIGHT, below: float = BELOW, above: float = ABOVE
) -> tuple[Figure, Axes]:
    high = above + ROW * (rows + 1) + below
    figure = Figure(figsize=(WIDE, high), dpi=150)
    axes = figure.add_axes((LEFT / WIDE, below / high, (WIDE - LEFT - right) / WIDE, ROW * (rows + 1) / high))
    return figure, axes
