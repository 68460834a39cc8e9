"""twin.png: how often each recorded act is gone under a scenario, under both constructions of luck."""

from __future__ import annotations

import datetime as dt
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter

from maxpressure.explanations.abduction import CONSTRUCTIONS
from maxpressure.explanations.twin_tables import RULE, Span
from maxpressure.report.plot_style import COLOURS, LETTERS, QUIET, plain

WIDE, LEFT, RIGHT, BETWEEN = 11.0, 3.3, 0.3, 0.3
ABOVE, ROW, BELOW = 1.45, 0.225, 1.35
"""Inches."""

LETTERS_IN_A_LINE: Final = 150
SIGNS: Final = {"strain": "o", "weekly": "D"}
TOLD: Final = {
    "strain": "strain: a resistance for each act",
    "weekly": "weekly: a resistance for each week",
}


def save_twins(path: Path, acts: pd.DataFrame, span: Span, title: str, notes: str) -> None:
    """Draw the table of acts into a PNG: a line from one construction's probability to the other's."""
    order = acts.groupby(["week", "iso3"])["gone_by_end"].mean().sort_values(kind="stable").index
    wide = acts.pivot_table(
        index=["week", "iso3"], columns="construction", values=["gone_by_end", "gone_later"]
    )
    named = acts.drop_duplicates(["week", "iso3"]).set_index(["week", "iso3"], drop=False)
    high = ABOVE + ROW * (len(order) + 1) + BELOW
    figure = Figure(figsize=(WIDE, high), dpi=150)
    across = (WIDE - LEFT - RIGHT - BETWEEN) / 2
    for column, (value, until) in enumerate((("gone_by_end", span.until), ("gone_later", span.weeks))):
        left = (LEFT + column * (across + BETWEEN)) / WIDE
        axes = figure.add_axes((left, BELOW / high, across / WIDE, 1 - (ABOVE + BELOW) / high))
        day = span.last_day(until)
        axes.set_title(f"gone by {day.day} {day:%B %Y}", fontsize=LETTERS + 1, loc="left")
        if len(order):
            wide = acts.pivot_table(index=["week", "iso3"], columns="construction", values=value)
            _draw_pairs(axes, wide.loc[order], named["agree"].loc[order].tolist())
        axes.set_yticks(range(len(order)), [_label(named.loc[key]) for key in order] if not column else [])
        _scale(axes, len(order))
    _write_around(figure, title, notes if len(order) else f"The scenario touches no recorded act. {notes}")
    FigureCanvasAgg(figure).print_png(path)


def _label(row: pd.Series) -> str:
    day = dt.date.fromisoformat(row["week"])
    return f"{row['state']}, {day.day} {day:%b %Y}" + (f" (act {row['act']})" if row["act"] > 1 else "")


def _draw_pairs(axes: Axes, chances: pd.DataFrame, agree: Sequence[bool]) -> None:
    """Both constructions on one line for each act; a broken line where they disagree."""
    for height, (one, other, agreeing) in enumerate(
        zip(chances[CONSTRUCTIONS[0]], chances[CONSTRUCTIONS[1]], agree, strict=True)
    ):
        style = "-" if agreeing else (0, (2, 2))
        axes.plot([one, other], [height, height], color=QUIET, linewidth=1.1, linestyle=style, zorder=1)
    for name, colour in zip(CONSTRUCTIONS, COLOURS, strict=False):
        axes.scatter(chances[name], range(len(chances)), 22, color=colour, marker=SIGNS[name], zorder=2)


def _scale(axes: Axes, rows: int) -> None:
    axes.set_xlim(-0.03, 1.03)
    axes.set_ylim(-0.8, max(rows, 1) - 0.2)
    axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=" %"))
    axes.axvline(0.5, color=QUIET, linewidth=0.8, linestyle=(0, (1, 2)), zorder=0)
    plain(axes, grid="x")
    axes.tick_params(left=False)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("share of twins", fontsize=LETTERS)


def _write_around(figure: Figure, title: str, notes: str) -> None:
    """Title above, what the signs are, how to read it and what it rests on below."""
    wide, high = figure.get_size_inches()
    at, words = 0.25 / wide, textwrap.fill(title, 90)
    figure.text(at, 1 - 0.2 / high, words, fontsize=13, fontweight="bold", va="top", linespacing=1.15)
    signs = [
        Line2D([], [], color=colour, marker=SIGNS[name], linestyle="", label=TOLD[name])
        for name, colour in zip(CONSTRUCTIONS, COLOURS, strict=False)
    ]
    dashes = (0, (2, 2))
    signs.append(Line2D([], [], color=QUIET, linestyle=dashes, linewidth=1.1, label="they disagree"))
    corner = (LEFT / wide, 1 - 0.72 / high)
    figure.legend(
        handles=signs, loc="upper left", bbox_to_anchor=corner, ncols=3, frameon=False, fontsize=LETTERS,
        borderaxespad=0.0,
    )  # fmt: skip
    below = textwrap.fill(f"{RULE} {notes}", LETTERS_IN_A_LINE, break_on_hyphens=False)
    figure.text(at, 0.12 / high, below, fontsize=LETTERS, color=QUIET, va="bottom", linespacing=1.3)
