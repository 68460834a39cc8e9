"""Pictures of how things stood week by week under several scenarios: medians, bands, the record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator
from scipy.optimize import isotonic_regression

from maxpressure.report.plot_style import (
    COLOURS,
    LETTERS,
    QUIET,
    RECORD_COLOUR,
    WORD_COLOURS,
    date_axis,
    plain,
)
from maxpressure.results.weekly import RECORD, scenarios_of, standouts

MORE_COLOURS: Final = (*COLOURS, "#D55E00", "#CC79A7", "#56B4E9")
MORE_WORD_COLOURS: Final = (*WORD_COLOURS, "#A84800", "#A0527C", "#1F78A8")
"""Six of the colours of Okabe and Ito, and darker ones for words."""

DASHED: Final = (0, (5, 1.6))
FAINT: Final = "#bdbdbd"
BANDED: Final = 3
"""Up to so many scenarios are drawn with their bands; of more only the first one's band is."""

NAMED: Final = 8
"""So many scenarios can be told apart by colour and dashes; others are faint."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a scenario's line and the words about it are drawn; a faint one stands for itself in a crowd."""

    colour: str
    words: str
    dashes: Any = "-"
    width: float = 1.5

    @property
    def faint(self) -> bool:
        """Whether the line is one of a crowd."""
        return self.colour == FAINT


def looks(table: pd.DataFrame) -> dict[str, Look]:
    """A look for each scenario of a table: colours for the first and for those that part farthest from it."""
    named = standouts(table, NAMED)
    colours = list(zip(MORE_COLOURS, MORE_WORD_COLOURS, strict=True))
    found: dict[str, Look] = {}
    for name in scenarios_of(table):
        place = named.index(name) if name in named else None
        if place is None:
            found[name] = Look(FAINT, QUIET, width=0.9)
        else:
            colour, words = colours[place % len(colours)]
            dashes = DASHED if place >= len(colours) else "-"
            found[name] = Look(colour, words, dashes, 1.5 if place else 2.4)
    return found | {RECORD: Look(RECORD_COLOUR, RECORD_COLOUR, width=1.6)}


def weekly_lines(axes: Axes, table: pd.DataFrame, look: Mapping[str, Look], unit: str) -> Axes:
    """Draw each scenario's median week by week, the record as steps, and bands while there are few.

    The wide band holds nine of ten worlds, the narrow one half of them. ``table`` is of one measure.
    """
    own = {str(name): rows for name, rows in table.groupby("scenario", sort=False)}
    simulated = [name for name in look if name in own and name != RECORD]
    for name in simulated:
        days = mdates.date2num(own[name]["date"])
        if name == simulated[0] or len(simulated) <= BANDED:
            for low, high, alpha in (("p05", "p95", 0.14), ("p25", "p75", 0.26)):
                levels = own[name][low], own[name][high]
                axes.fill_between(days, *levels, color=look[name].colour, alpha=alpha, linewidth=0)
        (line,) = axes.plot(days, own[name]["p50"], color=look[name].colour, label=name)
        line.set(
            linestyle=look[name].dashes, linewidth=look[name].width, zorder=1.5 if look[name].faint else 2
        )
    if RECORD in own:
        days = mdates.date2num(own[RECORD]["date"])
        axes.step(days, own[RECORD]["p50"], where="post", color=RECORD_COLOUR, linewidth=1.6, label=RECORD)
    left, right = mdates.date2num((table["date"].min(), table["date"].max()))
    axes.set_xlim(left if left < right else left - 7, right)
    axes.set_ylabel(unit, fontsize=LETTERS)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10]))
    date_axis(axes, most=5)
    plain(axes)
    return axes


def fan(axes: Axes, table: pd.DataFrame, look: Mapping[str, Look]) -> Axes:
    """Draw the acts counted up under each scenario; each line is named at its end, with its 5–95 % range."""
    weekly_lines(axes, table, look, "acts of breaking off since the start")
    axes.set_ylim(0, None)
    axes.set_xlabel("end of the week", fontsize=LETTERS)
    date_axis(axes)
    ends = table.groupby("scenario", sort=False).tail(1).set_index("scenario")
    said = []
    for name, row in ends.iterrows():
        span = "" if np.isnan(row["p05"]) else f" ({row['p05']:.0f}–{row['p95']:.0f})"
        said.append((float(row["p50"]), f"{row['p50']:.0f}{span}  {name}", look[str(name)].words))
    said.sort()
    for height, (level, words, colour) in zip(apart(axes, [one[0] for one in said]), said, strict=True):
        (line,) = axes.plot([1.0, 1.015], [level, height], color=colour, linewidth=0.7)
        line.set(transform=axes.get_yaxis_transform(), clip_on=False)
        axes.annotate(
            words, (1.015, height), (3, 0), ("axes fraction", "data"), "offset points",
            va="center", fontsize=LETTERS, color=colour, annotation_clip=False,
        )  # fmt: skip
    return axes


def apart(axes: Axes, levels: Sequence[float], lines: float = 1.5) -> list[float]:
    """Rising levels moved as little as parts them by a line, so that words at them do not overlap."""
    bottom, top = axes.get_ylim()
    figure = axes.get_figure(root=True)
    if figure is None:
        raise ValueError("axes without a figure have no height")
    points = axes.bbox.height / figure.dpi * 72
    gap = LETTERS * lines / points * (top - bottom)
    steps = gap * np.arange(len(levels))
    heights = isotonic_regression(np.asarray(levels) - steps).x
    placed: list[float] = (np.clip(heights, bottom, max(top - steps[-1], bottom)) + steps).tolist()
    return placed


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
        yield Patch(color=colour, alpha=0.38, linewidth=0), f"half of the worlds{whose}"
        yield Patch(color=colour, alpha=0.14, linewidth=0), f"nine of ten worlds{whose}"
