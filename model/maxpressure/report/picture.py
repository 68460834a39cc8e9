"""A picture with its words and its numbers: the finding, what was run, how to read it, the table beside it."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, cast

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Colormap
from matplotlib.figure import Figure, SubFigure

from maxpressure.base.text import filled
from maxpressure.model.case import Case, Situation
from maxpressure.report.plot_style import LETTERS, QUIET
from maxpressure.results.beside import beside, cause_differences, state_differences
from maxpressure.results.results import Results
from maxpressure.results.states import Fates, fates

TITLE: Final = 13.0
AT: Final = 0.3
"""Inches from the left side at which words begin."""

LETTERS_PER_INCH: Final = {TITLE: 9.0, LETTERS: 15.0}
"""So many letters of a size fit, on average, into an inch."""

SPACE: Final = 1.3
"""The height of a line, in sizes of its letters."""

DPI: Final = 150
SOFTWARE: Final = "maxpressure"
"""By this, in the entry Software of a PNG, a picture is known as one of ours."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CaseResults:
    """What pictures and reports are made of: results, their case, the situation of each scenario to be shown."""

    results: Results
    case: Case
    situations: Mapping[str, Situation]
    colours: Mapping[str, str] = field(default_factory=dict)
    """Colours of scenarios, of the record and of groups of causes that come before those of the house."""

    scale: str | Colormap | None = None
    """From which the colours of maps and heat maps are taken, in place of those of the house."""

    _fates: dict[str, Fates] = field(default_factory=dict, repr=False)
    _differences: dict[tuple[str, str], pd.DataFrame] = field(default_factory=dict, repr=False)

    def fates(self, scenario: str) -> Fates:
        """What happened to each state under a scenario, read once."""
        if scenario not in self._fates:
            self._fates[scenario] = fates(self.results, scenario, self.situations[scenario])
        return self._fates[scenario]

    def state_differences(self, scenario: str) -> pd.DataFrame:
        """How much more or less often each state acts than under the baseline, read once; empty without a baseline."""
        return self._against("states", scenario)

    def cause_differences(self, scenario: str) -> pd.DataFrame:
        """What acts are due to, less that of the baseline, read once; empty without a baseline."""
        return self._against("causes", scenario)

    def _against(self, what: str, scenario: str) -> pd.DataFrame:
        key = what, scenario
        if key not in self._differences:
            against = beside(self.results, scenario).against
            if against is None:
                return pd.DataFrame()
            self._differences[key] = (
                state_differences(self.results, scenario, against, self.situations[scenario])
                if what == "states"
                else cause_differences(self.results, scenario, against)
            )
        return self._differences[key]

    def parameters(self) -> str:
        """Where the parameters come from, in a sentence."""
        return f"Parameters, {self.results.manifest.parameters.standing}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Picture:
    """One picture. ``draw`` fills a figure of ``size`` inches; the words stand around it or in a page's text.

    ``title`` is the finding, ``subtitle`` the units and the number of worlds, ``notes`` how to read it and its
    limits, ``parameters`` the source of the parameters, ``alt`` a description for screen readers. ``table`` has all
    the numbers drawn, ``excerpt`` a short table of them for a reader. ``whole`` fills a figure with words of its own,
    or without them. ``panels`` draw one part each on any axes, by name, and ``legend`` explains such a part beside it.
    """

    name: str
    title: str
    subtitle: str
    notes: str
    parameters: str
    alt: str
    size: tuple[float, float]
    draw: Callable[[SubFigure], None]
    table: pd.DataFrame
    excerpt: pd.DataFrame
    panels: Mapping[str, Callable[[Axes], Axes]]
    legend: Callable[[Axes], object] | None = None
    whole: Callable[[Figure, bool], Figure] | None = None

    def _repr_png_(self) -> bytes:
        """What a notebook shows."""
        return self.file("png")

    def file(self, ending: Literal["png", "svg"], *, words: bool = True) -> bytes:
        """The picture as a file's content, with its words around it or without; the same bytes every time."""
        written = io.BytesIO()
        with mpl.rc_context({"svg.hashsalt": self.name, "text.parse_math": False}):
            about = {"Date": None} if ending == "svg" else {"Software": SOFTWARE}
            self.figure(words=words).savefig(written, format=ending, dpi=DPI, metadata=about)
        return written.getvalue()

    def figure(self, figure: Figure | None = None, *, words: bool = True) -> Figure:
        """The picture drawn in a figure, by default a new one; with ``words``, the title above and the notes below.

        The figure is given the size that the picture needs.
        """
        figure = Figure(dpi=DPI) if figure is None else figure
        if self.whole is not None:
            return self.whole(figure, words)
        wide, high = self.size
        if not words:
            figure.set_size_inches(wide, high)
            self.draw(cast(SubFigure, figure.subfigures()))
            return figure
        title = _filled(self.title, wide, TITLE)
        under = _filled(self.subtitle, wide, LETTERS)
        notes = _filled(f"{self.notes} {self.parameters}", wide, LETTERS)
        above = 0.2 + _height(title, TITLE) + 0.06 + _height(under, LETTERS) + 0.12
        below = 0.12 + _height(notes, LETTERS) + 0.1
        total = above + high + below
        figure.set_size_inches(wide, total)
        parts = cast(
            Sequence[SubFigure], figure.subfigures(3, height_ratios=(above, high, below), hspace=0.0)
        )
        at = AT / wide
        figure.text(at, 1 - 0.2 / total, title, fontsize=TITLE, fontweight="bold", va="top")
        under_at = 1 - (0.26 + _height(title, TITLE)) / total
        figure.text(at, under_at, under, fontsize=LETTERS, color=QUIET, va="top", linespacing=SPACE)
        figure.text(at, 0.1 / total, notes, fontsize=LETTERS, color=QUIET, va="bottom", linespacing=SPACE)
        self.draw(parts[1])
        return figure


def _filled(words: str, wide: float, size: float) -> str:
    return filled(words, int((wide - 2 * AT) * LETTERS_PER_INCH[size]))


def _height(words: str, size: float) -> float:
    """The height of lines in inches."""
    return (words.count("\n") + 1) * size * SPACE / 72 if words else 0.0
