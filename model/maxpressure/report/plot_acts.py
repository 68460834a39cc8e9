"""The pictures of the acts counted up: the wave, and the fan of many scenarios on one pair of axes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from maxpressure.report.picture import CaseResults, Picture
from maxpressure.report.plot_style import (
    LETTERS,
    OBSERVED,
    Look,
    date_axis,
    legend,
    looks,
    signs,
    wave,
    weekly_lines,
)
from maxpressure.report.plot_wave import ACT_NOTE, Wave, marks_of, wave_figure, wave_of
from maxpressure.report.plot_weeks import BANDS_NOTE, WIDE, cell, each
from maxpressure.report.strips import apart, draw_mark_lines, mark_signs
from maxpressure.results.weekly import (
    RECORD,
    acts_table,
    cautions,
    finding,
    last_day,
    worlds_in_words,
)

LOWEST, NAME = 4.6, 0.185
"""Inches: the least height of the fan, and what the name of each line needs."""

DATES_SHOWN: Final = 5
"""Dates in the short table beside a picture."""


def wave_picture(source: CaseResults) -> Picture | None:
    """The wave against the record, as every run leaves it."""
    shown = wave_of(source.results, source.situations, source.case, colours=source.colours)
    if not shown.found:
        return None
    marks, _ = marks_of(source.situations)

    def draw(axes: Axes) -> Axes:
        draw_mark_lines(axes, marks)
        return wave(axes, shown.found, shown.record, shown.look)

    def whole(figure: Figure, words: bool) -> Figure:  # noqa: FBT001 with words or without
        return wave_figure(replace(shown, words=words), figure)

    return _acts_picture(
        source,
        shown,
        draw,
        name="wave",
        alt="The acts of breaking off counted up over time: bands of simulated worlds, the record as steps, "
        "tests and resolutions as marks.",
        whole=whole,
        legend=lambda axes: legend(
            axes, [*signs(acts_table(shown.found, shown.record), shown.look), *mark_signs()]
        ),
    )


def fan_picture(source: CaseResults) -> Picture | None:
    """The acts counted up under each scenario, on one pair of axes."""
    shown = wave_of(source.results, source.situations, source.case)
    if not shown.found:
        return None
    table = acts_table(shown.found, shown.record)
    return _acts_picture(
        source,
        shown,
        lambda axes: fan(axes, table, looks(table, source.colours)),
        name="fan",
        alt="Lines that rise over time, one for each scenario, and the record’s steps.",
        notes=[BANDS_NOTE, "In brackets at the lines’ ends: 5 and 95 % of worlds."],
    )


def _acts_picture(
    source: CaseResults,
    shown: Wave,
    panel: Callable[[Axes], Axes],
    *,
    name: str,
    alt: str,
    notes: Sequence[str] = (),
    whole: Callable[[Figure, bool], Figure] | None = None,
    legend: Callable[[Axes], object] | None = None,
) -> Picture:
    """A picture of the acts counted up."""
    table = acts_table(shown.found, shown.record)
    high = max(LOWEST, NAME * (len(shown.found) + 1) + 1.0)

    def draw(figure: SubFigure) -> None:
        axes = figure.subplots()
        figure.subplots_adjust(left=0.07, right=0.66, top=0.97, bottom=0.6 / high)
        panel(axes)

    return Picture(
        name=name,
        title=finding(shown.found, shown.record),
        subtitle=(
            f"Acts of breaking off since the start; {each(worlds_in_words(shown.found), len(shown.found))}."
        ),
        notes=" ".join([*notes, ACT_NOTE, *cautions(source.situations)]),
        parameters=source.parameters(),
        alt=alt,
        size=(WIDE, high),
        draw=draw,
        panels={"acts": panel},
        legend=legend,
        whole=whole,
        table=table,
        excerpt=_at_dates(table),
    )


def _at_dates(table: pd.DataFrame) -> pd.DataFrame:
    """The median and the 5–95 % range of a table's one measure at a few dates, a row for each scenario."""
    every = sorted(table["date"].unique())
    chosen = [every[index] for index in np.linspace(0, len(every) - 1, DATES_SHOWN).round().astype(int)]
    rows = []
    for scenario, own in table.groupby("scenario", sort=False):
        cells, by_date = {"scenario": str(scenario)}, own.set_index("date")
        for date in dict.fromkeys(chosen):
            day = last_day(pd.Timestamp(date).date())
            cells[f"by {day}"] = cell(by_date.loc[date]) if date in by_date.index else "—"
        rows.append(cells)
    return pd.DataFrame(rows)


def fan(axes: Axes, table: pd.DataFrame, look: Mapping[str, Look]) -> Axes:
    """Draw the acts counted up under each scenario; each line is named at its end, with its 5–95 % range."""
    weekly_lines(axes, table, look, "acts of breaking off since the start")
    axes.set_ylim(0, None)
    axes.set_xlabel("end of the week", fontsize=LETTERS)
    date_axis(axes)
    ends = table.groupby("scenario", sort=False).tail(1).set_index("scenario")
    labels = []
    for name, row in ends.iterrows():
        span = "" if np.isnan(row["p05"]) else f" ({row['p05']:.0f}–{row['p95']:.0f})"
        words = OBSERVED if name == RECORD else name
        labels.append((float(row["median"]), f"{row['median']:.0f}{span}  {words}", look[str(name)].words))
    labels.sort()
    for height, (level, words, colour) in zip(apart(axes, [one[0] for one in labels]), labels, strict=True):
        (line,) = axes.plot([1.0, 1.015], [level, height], color=colour, linewidth=0.7)
        line.set(transform=axes.get_yaxis_transform(), clip_on=False)
        axes.annotate(
            words, (1.015, height), (3, 0), ("axes fraction", "data"), "offset points",
            va="center", fontsize=LETTERS, color=colour, annotation_clip=False,
        )  # fmt: skip
    return axes
