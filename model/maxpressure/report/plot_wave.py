"""wave.png: the wave of break-offs in simulated worlds and on record, with all words needed to read it.

Up to three scenarios lie over one another, with the marked inputs above and the names of the states below;
more stand side by side. Positions are set in inches, so that words can be measured before they are drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import matplotlib.dates as mdates
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from maxpressure.base.text import filled
from maxpressure.experiments.manifest import Manifest
from maxpressure.model.case import Case, Situation
from maxpressure.model.timeline import Mark
from maxpressure.report.plot_style import (
    COLOURS,
    LETTERS,
    OBSERVED,
    QUIET,
    RECORD_COLOUR,
    Look,
    as_written,
    dates_at_most,
    looks_of,
    wave,
)
from maxpressure.report.strips import (
    LEADER_LENGTH,
    LINE,
    POINTS_PER_INCH,
    draw_mark_lines,
    draw_marks,
    draw_names,
    mark_row,
    mark_signs,
)
from maxpressure.results.results import Results
from maxpressure.results.weekly import (
    RECORD,
    Band,
    Curve,
    bands,
    busiest,
    cautions,
    farthest,
    finding,
    last_day,
    recorded,
    weeks_within,
    worlds_in_words,
)

ACT_NOTE: Final = "An act is everything that one third state cuts of its ties in one week."

DPI: Final = 150
NAMES, TITLE = 7.0, 14.0
"""Sizes of letters in points."""

TITLE_LENGTH, NOTE_LENGTH = 95, 175
"""Letters in a line."""

Situations = Mapping[str, Situation]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Wave:
    """Everything that a picture of the wave shows."""

    found: Mapping[str, Band]
    record: Curve
    situations: Situations
    manifest: Manifest
    words: bool = True
    colours: Mapping[str, str] = field(default_factory=dict)

    @property
    def look(self) -> dict[str, Look]:
        """How each scenario is drawn."""
        return looks_of(list(self.found), colours=self.colours)


@as_written
def save_wave(path: Path, results: Results, case: Case) -> None:
    """Draw the results against the record of their case into a PNG."""
    FigureCanvasAgg(wave_figure(wave_of(results, results.situations(case), case))).print_png(path)


def wave_of(
    results: Results,
    situations: Situations,
    case: Case,
    *,
    words: bool = True,
    colours: Mapping[str, str] | None = None,
) -> Wave:
    """What a picture of these scenarios against the record of their case shows."""
    return Wave(
        found=bands(results, situations),
        record=recorded(situations.values(), case.assumptions.record.acts_until),
        situations=situations,
        manifest=results.manifest,
        words=words,
        colours=colours or {},
    )


def wave_figure(shown: Wave, figure: Figure | None = None) -> Figure:
    """The wave, with its words around it or without, in a figure, by default a new one."""
    figure = figure or Figure(dpi=DPI)
    draw = overlaid if len(shown.found) <= len(COLOURS) else side_by_side
    return draw(shown, figure) if shown.found else words_alone(shown, figure)


def marks_of(situations: Situations) -> tuple[list[Mark], set[Mark]]:
    """The marked inputs of any scenario, by date, and those of them that not every scenario has."""
    having: dict[Mark, int] = {}
    for situation in situations.values():
        line = situation.timeline
        start, end = line.monday(line.first), line.monday(line.weeks)
        for mark in line.marks:
            if mark_row(mark) is not None and start <= mark.date < end:
                having[mark] = having.get(mark, 0) + 1
    marks = sorted(having, key=lambda mark: (mark.date, mark.name))
    return marks, {mark for mark in marks if having[mark] < len(situations)}


def words_alone(shown: Wave, figure: Figure) -> Figure:
    """The title alone, where no world came to its end."""
    figure.set_size_inches(WIDE, ABOVE + _foot(shown, []))
    _write_around(figure, shown, LEFT, [])
    return figure


# ---- up to three scenarios in one picture

WIDE, LEFT, RIGHT = 13.0, 1.35, 2.45
ABOVE, HIGH, BETWEEN, EDGE = 1.2, 4.3, 0.5, 0.1
"""Inches: the figure's width and margins; the height of title, picture, dates; the edge of a picture without words."""


def overlaid(shown: Wave, figure: Figure) -> Figure:
    """One picture with marks above it, and below it the names of the states that acted, stacked at their dates."""
    figure.set_size_inches(WIDE, 8.0)
    left, across = LEFT / WIDE, (WIDE - LEFT - RIGHT) / WIDE
    axes = figure.add_axes((left, 0.1, across, 0.5), label="wave")
    names, strip = (
        figure.add_axes((left, 0.1, across, 0.5), label=part, sharex=axes) for part in ("names", "marks")
    )
    wave(axes, shown.found, shown.record, shown.look)
    marks, hollow = marks_of(shown.situations)
    notes = ["Hollow signs: not in every scenario."] if hollow else []
    listed, marked = draw_names(names, shown.record.states, NAMES), draw_marks(strip, marks, hollow, LETTERS)
    above, below = (ABOVE, _foot(shown, notes)) if shown.words else (EDGE, EDGE)
    high, bottom = below + listed + BETWEEN + HIGH + marked + above, below
    figure.set_figheight(high)
    for part, tall, space in ((names, listed, BETWEEN), (axes, HIGH, 0.0), (strip, marked, 0.0)):
        part.set_position((left, bottom / high, across, tall / high))
        bottom += tall + space
    draw_mark_lines(axes, marks)
    _name_ends(axes, shown)
    names.set_axis_off()
    if shown.record.states:
        names.annotate(
            "states that acted,\nas observed, at the\nend of the week", (0, 1), (-LETTERS, -LEADER_LENGTH),
            "axes fraction", "offset points", ha="right", va="top", fontsize=LETTERS,
        )  # fmt: skip
    _write_around(figure, shown, LEFT, notes)
    return figure


def _name_ends(axes: Axes, shown: Wave) -> None:
    """Write at the right end of each curve its name and its last value, without overlaps."""
    look = shown.look
    labels = [(float(have), f"{have}  {OBSERVED}", look[RECORD].words) for have in shown.record.counts[-1:]]
    for name, band in shown.found.items():
        colour = look[name].words
        p05, p25, p50, p75, p95 = band.levels[:, -1]
        if len(shown.found) > 1:
            labels.append((p50, f"{p50:.0f}  {name}\n      90 % of worlds: {p05:.0f} to {p95:.0f}", colour))
        else:
            half = f"{p50:.0f}  the median world; 50 % of\n      worlds end with {p25:.0f} to {p75:.0f}"
            labels += [
                (p95, f"{p95:.0f}  5 % of worlds have more", colour),
                (p50, half, colour),
                (p05, f"{p05:.0f}  5 % of worlds have fewer", colour),
            ]
    labels.sort()
    lines = [1 + words.count("\n") for _, words, _ in labels]
    heights = _apart(axes, [level for level, _, _ in labels], lines)
    for (_, words, colour), height in zip(labels, heights, strict=True):
        axes.annotate(
            words, (1.0, height), (6, 0), ("axes fraction", "data"), "offset points",
            va="center", fontsize=LETTERS, color=colour, annotation_clip=False,
        )  # fmt: skip


def _apart(axes: Axes, levels: Sequence[float], lines: Sequence[int]) -> list[float]:
    """The levels in rising order, moved up as far as words of so many lines need."""
    bottom, top = axes.get_ylim()
    line = LETTERS * LINE * 1.1 / (HIGH * POINTS_PER_INCH) * (top - bottom)
    heights: list[float] = []
    for index, level in enumerate(levels):
        needed = heights[-1] + line * (lines[index] + lines[index - 1]) / 2 if heights else level
        heights.append(max(level, needed))
    return heights


# ---- more scenarios side by side

COLUMNS: Final = 3
MOST_PANELS: Final = 12
PANEL_WIDE, PANEL_HIGH, AROUND = 4.2, 2.7, 0.65


def side_by_side(shown: Wave, figure: Figure) -> Figure:
    """A panel for each scenario with its own marks; the first one's median as a broken line in the others.

    If there are more than fit, those that end farthest from the first are drawn and the others are named below.
    """
    found = farthest(shown.found, MOST_PANELS)
    rows = -(-len(found) // COLUMNS)
    left_out = _left_out(shown.found, found)
    words = _foot(shown, left_out) if shown.words else EDGE
    below = 0.65 + words
    top = ABOVE if shown.words else EDGE
    wide, high = COLUMNS * PANEL_WIDE, top + rows * PANEL_HIGH + below
    figure.set_size_inches(wide, high)
    grid = figure.subplots(rows, COLUMNS, sharex=True, sharey=True, squeeze=False)
    margins = {"left": AROUND / wide, "right": 1 - 0.35 / wide, "top": 1 - (top + 0.3) / high}
    figure.subplots_adjust(**margins, bottom=below / high, hspace=0.25, wspace=0.06)
    first = next(iter(found.values()))
    for index, (axes, (name, band)) in enumerate(zip(grid.flat, found.items(), strict=False)):
        wave(axes, {name: band}, shown.record)
        if band is not first:
            axes.plot(
                mdates.date2num(first.days), first.levels[2], color=QUIET, linewidth=1.2, linestyle="--"
            )
        draw_mark_lines(axes, marks_of({name: shown.situations[name]})[0])
        p05, _, p50, _, p95 = band.levels[:, -1]
        axes.set_title(f"{name}: {p50:.0f} acts ({p05:.0f} to {p95:.0f})", fontsize=LETTERS + 0.5, loc="left")
        axes.xaxis.set_major_locator(dates_at_most(5))
        axes.label_outer()
        axes.tick_params(labelbottom=index + COLUMNS >= len(found))
    for axes in grid.flat[len(found) :]:
        axes.set_axis_off()
    highest = max(band.levels.max() for band in found.values())
    grid[0, 0].set_ylim(0, 1.05 * max(1.0, highest, *shown.record.counts))
    _write_around(figure, shown, AROUND, left_out)
    _explain(figure, next(iter(shown.found)), words)
    return figure


def _left_out(all_found: Mapping[str, Band], drawn: Mapping[str, Band]) -> list[str]:
    """The scenarios without a panel, and how near their medians end to that of the first."""
    left = {name: band.levels[2, -1] for name, band in all_found.items() if name not in drawn}
    if not left:
        return []
    first = next(iter(all_found))
    near = max(abs(end - all_found[first].levels[2, -1]) for end in left.values())
    return [f"Not drawn, as their median ends within {near:.0f} acts of that of {first}: {', '.join(left)}."]


def _explain(figure: Figure, first: str, inches: float) -> None:
    """What each line and band of a panel stands for, written so many inches above the bottom."""
    wide, high = figure.get_size_inches()
    blue = COLOURS[0]
    signs = [
        (Line2D([], [], color=RECORD_COLOUR, linewidth=1.8), OBSERVED),
        (Line2D([], [], color=blue, linewidth=2.2), "median world"),
        (Patch(color=blue, alpha=0.45, linewidth=0), "50 % of worlds"),
        (Patch(color=blue, alpha=0.18, linewidth=0), "90 % of worlds (in brackets)"),
        (Line2D([], [], color=QUIET, linewidth=1.2, linestyle="--"), f"median of {first}"),
        *mark_signs(),
    ]
    handles, words = zip(*signs, strict=True)
    figure.legend(
        handles, words, ncols=len(signs), loc="lower left", bbox_to_anchor=(AROUND / wide, inches / high),
        borderaxespad=0.0, columnspacing=1.4, frameon=False, fontsize=LETTERS,
    )  # fmt: skip


# ---- the words around it


def _foot(shown: Wave, notes: Sequence[str]) -> float:
    """The height of the words below the picture in inches."""
    return (_below(shown, notes).count("\n") + 1) * LETTERS * LINE / POINTS_PER_INCH + 0.3


def _write_around(figure: Figure, shown: Wave, left: float, notes: Sequence[str]) -> None:
    """Title, what was run, and how to read it, where the picture stands alone."""
    if not shown.words:
        return
    wide, high = figure.get_size_inches()
    at, run = left / wide, _what_was_run(shown)
    title = filled(finding(shown.found, shown.record), TITLE_LENGTH)
    figure.text(at, 1 - 0.58 / high, title, fontsize=TITLE, fontweight="bold", va="bottom", linespacing=1.1)
    figure.text(at, 1 - 0.66 / high, run, fontsize=LETTERS + 0.5, color=QUIET, va="top", linespacing=1.4)
    figure.text(at, 0.15 / high, _below(shown, notes), fontsize=LETTERS, color=QUIET, va="bottom")


def _below(shown: Wave, notes: Sequence[str]) -> str:
    """The lines at the foot of the picture."""
    return filled(" ".join([*_notes(shown), *notes]), NOTE_LENGTH)


def _what_was_run(shown: Wave) -> str:
    """The scenarios, the number of worlds, and for one scenario how long the record stays in its band."""
    manifest = shown.manifest
    worlds, status = worlds_in_words(shown.found), f"{manifest.parameters.status} parameters"
    if len(shown.situations) > 1:
        return f"{manifest.case}: {worlds} for each scenario, with common random numbers; {status}."
    ((name, situation),) = shown.situations.items()
    lines = [f"{manifest.case}: {name}, “{situation.scenario.title}”; {worlds}; {status}."]
    for band in shown.found.values():
        inside, weeks = weeks_within(band, shown.record)
        agreement = f"The record is inside the wide band in {inside} of {weeks} weeks. " if weeks else ""
        lines.append(f"{agreement}{busiest(band, shown.record)}")
    return "\n".join(lines)


def _notes(shown: Wave) -> list[str]:
    """Where the parameters come from, what an act is, where the record ends."""
    notes = [f"Parameters, {shown.manifest.parameters.standing}", ACT_NOTE]
    ends = [band.days[-1] for band in shown.found.values()]
    if shown.record.days and any(shown.record.days[-1] < end for end in ends):
        notes.append(f"The record of acts ends on {last_day(shown.record.days[-1])}.")
    return notes + cautions(shown.situations)
