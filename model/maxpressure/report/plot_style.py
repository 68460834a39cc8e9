"""What pictures are drawn with, on any axes: colours, dates, lines and bands over weeks.

Colours are those of Okabe and Ito, which colour-blind readers distinguish. Scenarios differ by dashes and hatches as
well, so that a grey print distinguishes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import matplotlib as mpl
import matplotlib.dates as mdates
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from maxpressure.base.numerics import Floats
from maxpressure.base.text import filled
from maxpressure.results.weekly import RECORD, Band, Curve, scenarios_of, standouts

COLOURS: Final = ("#0072B2", "#E69F00", "#009E73")
WORD_COLOURS: Final = ("#005A8E", "#8F6300", "#00674B")
"""The colours of up to three scenarios, and darker ones for words about them."""

RECORD_COLOUR: Final = "#000000"
OBSERVED: Final = "observed"
"""What the record is called in a legend."""

QUIET: Final = "#555555"
GRID: Final = "#e2e2e2"
SCALE: Final = "YlGnBu"
"""From light to dark in steps that colour-blind readers, and a grey printer, distinguish."""

LETTERS: Final = 8.5
"""The size of plain words in points."""

MOST_DATES, SEASON, DATE_WIDTH = 9, 155, 0.7
"""Dates on an axis; days from which on months are enough to name them; inches that a date needs."""

as_written: Final = mpl.rc_context({"text.parse_math": False})
"""Decorates what draws texts of a user's files: a $ in them is a dollar, not the beginning of a formula."""


def wave(
    axes: Axes, found: Mapping[str, Band], record: Curve, look: Mapping[str, Look] | None = None
) -> Axes:
    """Draw the bands of a few scenarios and the record's curve: acts counted up by each week's end.

    The wide band holds 90 % of the worlds, the narrow one 50 %; the line is the median. Where there are several, each
    band has an outline in its scenario's dashes, and from the second on a hatch.
    """
    look = look or looks_of(list(found))
    for name, band in found.items():
        _band(axes, mdates.date2num(band.days), band.levels[[0, 1, 3, 4]], look[name], alone=len(found) == 1)
        (line,) = axes.plot(mdates.date2num(band.days), band.levels[2], color=look[name].colour, label=name)
        line.set(linewidth=2.2, linestyle=look[name].dashes)
    days = mdates.date2num(record.days)
    colour = look[RECORD].colour
    axes.step(days, record.counts, where="post", color=colour, linewidth=1.8, label=OBSERVED)
    every = [*record.days, *(day for band in found.values() for day in band.days)]
    axes.set_xlim(*mdates.date2num((min(every), max(every))))
    axes.set_ylim(0, max(1.0, axes.get_ylim()[1]))
    axes.set_xlabel("end of the week", fontsize=LETTERS)
    axes.set_ylabel("acts of breaking off since the start", fontsize=LETTERS)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=7, integer=True, steps=[1, 2, 5, 10]))
    date_axis(axes)
    plain(axes)
    return axes


def _band(axes: Axes, days: Floats, levels: Floats, look: Look, *, alone: bool) -> None:
    """The wide and the narrow band of a scenario between its 5, 25, 75 and 95 % levels."""
    wide, narrow = (0.18, 0.32) if alone else (0.08, 0.2)
    edge: dict[str, Any] = {"linewidth": 0.0, "hatch": look.hatch, "edgecolor": to_rgba(look.colour, 0.4)}
    axes.fill_between(days, levels[0], levels[3], facecolor=to_rgba(look.colour, wide), **edge)
    axes.fill_between(days, levels[1], levels[2], color=look.colour, alpha=narrow, linewidth=0)
    if not alone:
        axes.plot(days, levels[[0, 3]].T, color=look.colour, linewidth=0.9, linestyle=look.dashes)


def date_axis(axes: Axes, most: int = MOST_DATES) -> None:
    """At most so many dates on the axis of time, fewer where it is short, by month where it covers many weeks."""
    left, right = axes.get_xlim()
    figure = axes.get_figure(root=True)
    room = most if figure is None else int(axes.bbox.width / figure.dpi / DATE_WIDTH)
    dates = "%b %Y" if right - left > SEASON else "%d %b %Y"
    axes.xaxis.set_major_locator(dates_at_most(max(2, min(most, room))))
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

DASHES: Final[tuple[Any, ...]] = ("-", (0, (6, 2)), (0, (6, 1.6, 1.2, 1.6)), (0, (1.4, 1.4)))
HATCHES: Final = ("", "////", "....")
"""Dashes and hatches go by the scenario's index, as colours do."""

FAINT: Final = "#bdbdbd"
BANDED: Final = 3
"""Up to so many scenarios are drawn with their bands; of more only the first one's band is."""

NAMED: Final = 8
"""So many scenarios are distinguished by colour and dashes; others are faint."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a scenario's line and band and the words about it are drawn."""

    colour: str
    words: str
    dashes: Any = "-"
    width: float = 1.5
    hatch: str = ""

    @property
    def faint(self) -> bool:
        """Whether the line is one of the many that are not distinguished."""
        return self.colour == FAINT


def looks(table: pd.DataFrame, colours: Mapping[str, str] | None = None) -> dict[str, Look]:
    """A look for each scenario of a table: colours for the first and for those that differ most from it."""
    return looks_of(scenarios_of(table), standouts(table, NAMED), colours)


def looks_of(
    names: Sequence[str], named: Sequence[str] | None = None, colours: Mapping[str, str] | None = None
) -> dict[str, Look]:
    """A look for each of these scenarios and the record; those that are not ``named`` are faint.

    ``colours``, by scenario or ``record``, come before those of the house.
    """
    own, named = colours or {}, [*(named or names)]
    found: dict[str, Look] = {}
    for name in names:
        if name not in named and name not in own:
            found[name] = Look(FAINT, QUIET, width=0.9)
            continue
        index = named.index(name) if name in named else len(named)
        found[name] = Look(
            own.get(name, MORE_COLOURS[index % len(MORE_COLOURS)]),
            own.get(name, MORE_WORD_COLOURS[index % len(MORE_COLOURS)]),
            DASHES[index % len(DASHES)],
            1.5 if index else 2.4,
            HATCHES[index % len(HATCHES)],
        )
    observed = own.get(RECORD, RECORD_COLOUR)
    return found | {RECORD: Look(observed, observed, width=1.6)}


def weekly_lines(axes: Axes, table: pd.DataFrame, look: Mapping[str, Look], unit: str) -> Axes:
    """Draw each scenario's median week by week, the record as steps, and bands while there are few.

    The wide band holds 90 % of the worlds, the narrow one 50 %. ``table`` is of one measure.
    """
    own = {str(name): rows for name, rows in table.groupby("scenario", sort=False)}
    simulated = [name for name in look if name in own and name != RECORD]
    for name in simulated:
        days = mdates.date2num(own[name]["date"])
        if name == simulated[0] or len(simulated) <= BANDED:
            levels = own[name][["p05", "p25", "p75", "p95"]].to_numpy(dtype=float).T
            _band(axes, days, levels, look[name], alone=not 1 < len(simulated) <= BANDED)
        (line,) = axes.plot(days, own[name]["median"], color=look[name].colour, label=name)
        line.set(
            linestyle=look[name].dashes, linewidth=look[name].width, zorder=1.5 if look[name].faint else 2
        )
    if RECORD in own:
        days, style = mdates.date2num(own[RECORD]["date"]), look[RECORD]
        axes.step(
            days,
            own[RECORD]["median"],
            where="post",
            color=style.colour,
            linewidth=style.width,
            label=OBSERVED,
        )
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
        yield Line2D([], [], color=look[RECORD].colour, linewidth=1.6), OBSERVED
    whose = "" if len(simulated) <= BANDED else f" of {simulated[0]}"
    if simulated:
        colour = look[simulated[0]].colour
        yield Patch(color=colour, alpha=0.38, linewidth=0), f"50 % of worlds{whose}"
        yield Patch(color=colour, alpha=0.14, linewidth=0), f"90 % of worlds{whose}"


def legend(axes: Axes, handles: Iterable[tuple[Any, str]]) -> None:
    """Explain lines and bands in a legend within the axes."""
    drawn, words = zip(*handles, strict=True)
    axes.legend(drawn, words, frameon=False, fontsize=LETTERS)
