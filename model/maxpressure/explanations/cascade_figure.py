"""cascade.png: the acts of one world, each on a line of its own, below the earlier act of a peer that it leans on.

The picture is drawn from anything that has the acts, the graph and the tree of a cascade.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Protocol

import matplotlib.dates as mdates
import networkx as nx
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from maxpressure.base.text import percent
from maxpressure.explanations.attribution import LEANS
from maxpressure.explanations.rerun import Conditions
from maxpressure.model.timeline import Mark
from maxpressure.report.plot_style import COLOURS, LETTERS, QUIET, SEASON, as_written, dates_at_most, frame
from maxpressure.report.plotting import Colours, Plots, axes_or_new, check_style, coloured, restyle
from maxpressure.report.strips import POINTS_PER_INCH, draw_mark_lines, draw_marks, mark_row, width

Key = tuple[str, int]
"""An act: the state and its number among the acts of the state, from 1, those before the window included."""


class Drawn(Protocol):
    """What the picture needs of a cascade."""

    @property
    def given(self) -> Conditions:
        """The scenario, its parameters and its results."""

    @property
    def acts(self) -> pd.DataFrame:
        """A row for each act."""

    @property
    def graph(self) -> Any:
        """An edge from each earlier act to each later one that was exposed to it."""

    @property
    def tree(self) -> Any:
        """Each act below the earlier one that weighed most in it."""


WIDE, LEFT, ABOVE, ROW, BELOW = 12.5, 1.35, 0.8, 0.19, 1.4
"""Inches: the figure's width and left margin; the height of title, an act and notes."""

COLUMN: Final = 0.85
"""Inches for each column of figures at the right."""

LETTERS_IN_A_LINE: Final = 165
ALONE: Final = "#9a9a9a"
"""The colour of an act that leans on no other."""


LEANING, VANISHING = COLOURS[:2]


class CascadePlots(Plots):
    """The picture of a cascade, as ``cascade.plot`` hands it out."""

    FIRST = "tree"

    def __init__(self, found: Drawn) -> None:
        self._found = found

    def tree(
        self, ax: Axes | None = None, *, colours: Colours = None, marks: bool = True, **style: Any
    ) -> Axes:
        """Draw each act on a line of its own, below the earlier act of a peer that it leans on.

        ``colours`` are of acts that lean (``leans``), that do not (``alone``), and of rings around acts without which
        another act vanishes (``vanishes``). ``marks`` draws a dotted line at each test and resolution;
        ``style`` is that of the dots.
        """
        check_style(Line2D, style, self.tree)
        chosen = coloured(colours, ("leans", "alone", "vanishes"))
        axes = axes_or_new(ax, (10.0, 1.2 + ROW * max(len(_rows(self._found)), 1)))
        before = set(axes.lines)
        cascade_tree(axes, self._found, chosen)
        restyle([line for line in axes.lines if line not in before and line.get_marker() == "o"], style)
        if marks:
            draw_mark_lines(axes, _marks(self._found))
        return axes


def cascade_tree(axes: Axes, found: Drawn, colours: Mapping[str, str] | None = None) -> Axes:
    """Draw the tree of leanings: time runs to the right, each act has a line, below the one that it leans on."""
    own = {"leans": LEANING, "alone": ALONE, "vanishes": VANISHING} | dict(colours or {})
    rows = _rows(found)
    days = {key: mdates.date2num(day) for key, day in _dates(found).items()}
    acts = {(act.iso3, act.act): act for act in _acts(found)}
    for one, other in found.tree.edges:
        bend = [days[one], days[one], days[other]], [rows[one], rows[other], rows[other]]
        axes.plot(*bend, color=own["leans"], linewidth=1.2, solid_joinstyle="round", zorder=1)
    for key, row in rows.items():
        act = acts.get(key)
        leans = act is not None and act.leans_on != ""
        axes.plot(
            days[key], row, "o", ms=5, color=own["leans" if leans else "alone"], clip_on=False, zorder=2
        )
        if act is not None and act.size:
            axes.plot(
                days[key], row, "o", ms=9, mfc="none", mec=own["vanishes"], mew=1.8, clip_on=False, zorder=3
            )
        _beside(axes, _label(found, key), days[key], row)
    _plain(axes, found, len(rows))
    return axes


@as_written
def save_cascade(path: Path, found: Drawn, title: str, notes: str) -> None:
    """Draw the cascades of a world into a PNG: marked inputs above, the numbers of each act at the right."""
    rows, names = _rows(found), [width(_label(found, key), LETTERS - 1) for key in _rows(found)]
    beside = max(names, default=0.0) / POINTS_PER_INCH + 0.2
    listed = max(map(len, found.acts["others"]), default=0) * 0.065
    right = beside + 2 * COLUMN + max(listed, 1.2)
    tall = ROW * (max(len(rows), 1) + 1)
    figure = Figure(figsize=(WIDE, ABOVE + tall + BELOW), dpi=150)
    left, across = LEFT / WIDE, (WIDE - LEFT - right) / WIDE
    axes = figure.add_axes((left, 0.1, across, 0.5))
    strip = figure.add_axes((left, 0.7, across, 0.2), sharex=axes)
    cascade_tree(axes, found)
    marks = _marks(found)
    marked = draw_marks(strip, marks, set(), LETTERS)
    high = ABOVE + marked + tall + BELOW
    figure.set_figheight(high)
    axes.set_position((left, BELOW / high, across, tall / high))
    strip.set_position((left, (BELOW + tall) / high, across, marked / high))
    draw_mark_lines(axes, marks)
    _columns(axes, found, rows, beside)
    ring: dict[str, Any] = {"mec": COLOURS[1], "mfc": "none", "mew": 1.8, "ms": 9, "linestyle": ""}
    leaning = f"leans on an earlier act of a peer ({percent(LEANS)} of its attribution or more), by a line"
    signs = [
        Line2D([], [], color=COLOURS[0], marker="o", ms=5, label=leaning),
        Line2D([], [], color=ALONE, marker="o", ms=5, linestyle="", label="does not"),
        Line2D([], [], marker="o", label="another act vanishes when it is deleted", **ring),
    ]
    frame(figure, title, notes, signs, letters=(100, LETTERS_IN_A_LINE), corner=(0.25, high - 0.98))
    FigureCanvasAgg(figure).print_png(path)


def _rows(found: Drawn) -> dict[Key, int]:
    """The line of each act, from the top: those that lean on one follow it, the others stand in time.

    Acts on record before the window have a line only where one of the run leans on them.
    """
    tree = found.tree
    ours = set(zip(found.acts["iso3"], found.acts["act"], strict=True))
    order: list[Key] = []
    for key in tree.nodes:
        if tree.in_degree(key) == 0 and (key in ours or tree.out_degree(key)):
            order += nx.dfs_preorder_nodes(tree, key)
    return {key: row for row, key in enumerate(order)}


def _acts(found: Drawn) -> list[Any]:
    return list(found.acts.itertuples())


def _dates(found: Drawn) -> dict[Key, dt.date]:
    line = found.given.situation.timeline
    return {key: line.monday(node["week"]) for key, node in found.graph.nodes(data=True)}


def _label(found: Drawn, key: Key) -> str:
    """The state's name; which of its acts, from the second on."""
    population = found.given.situation.population
    name = population.names[population.iso3.index(key[0])]
    return name if key[1] == 1 else f"{name} ({key[1]})"


def _beside(axes: Axes, words: str, day: float, row: float) -> None:
    axes.annotate(
        words, (day, row), (7, 0), textcoords="offset points", va="center_baseline", fontsize=LETTERS - 1,
        annotation_clip=False, bbox={"boxstyle": "square,pad=0.1", "fc": "white", "ec": "none", "alpha": 0.8},
    )  # fmt: skip


def _plain(axes: Axes, found: Drawn, rows: int) -> None:
    """Dates below, nothing at the side: the order of lines is not a scale."""
    line = found.given.situation.timeline
    early = [day for key, day in _dates(found).items() if key in _rows(found)]
    first = min([line.monday(line.first), *early])
    axes.set_xlim(*mdates.date2num((first, line.monday(line.weeks))))
    axes.set_ylim(max(rows, 1) - 0.3, -0.8)
    axes.set_yticks([])
    axes.xaxis.set_major_locator(dates_at_most(7))
    left, right = axes.get_xlim()
    axes.xaxis.set_major_formatter(mdates.DateFormatter("%b %Y" if right - left > SEASON else "%d %b %Y"))
    axes.tick_params(labelsize=LETTERS)
    axes.set_xlabel("week of the act", fontsize=LETTERS)
    axes.spines[["top", "right", "left"]].set_visible(False)


def _columns(axes: Axes, found: Drawn, rows: dict[Key, int], beside: float) -> None:
    """At the right, for each act: peers' share of its attribution, and which acts of others go or come without it."""
    ends = [(beside + COLUMN * column) * POINTS_PER_INCH for column in (0.75, 1.75)]
    heads = (
        "peers’ share of\nits attribution",
        "acts that\nvanish with it",
        "others that go (−)\nor come (+)",
    )
    starts = [*ends, ends[1] + 14]
    for head, start, side in zip(heads, starts, ("right", "right", "left"), strict=True):
        _write(axes, head, start, -0.9, side, va="bottom", color=QUIET)
    for act in _acts(found):
        row = rows[act.iso3, act.act]
        _write(
            axes,
            f"{round(100 * act.peers_share, 1) + 0.0:.1f} %",
            starts[0],
            row,
            "right",
            va="center_baseline",
        )
        _write(axes, str(act.size or "·"), starts[1], row, "right", va="center_baseline")
        _write(axes, act.others, starts[2], row, "left", va="center_baseline")


def _write(axes: Axes, words: str, start: float, row: float, side: str, **style: Any) -> None:
    axes.annotate(
        words, (1, row), (start, 0), ("axes fraction", "data"), "offset points", ha=side,
        fontsize=LETTERS - 1, annotation_clip=False, **style,
    )  # fmt: skip


def _marks(found: Drawn) -> list[Mark]:
    line = found.given.situation.timeline
    start, end = line.monday(line.first), line.monday(line.weeks)
    return [mark for mark in line.marks if mark_row(mark) is not None and start <= mark.date < end]
