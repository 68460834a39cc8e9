"""The pictures of several scenarios week by week: the fan of acts, ties left, trade, concentration.

Lines are medians over worlds, with bands while there are few scenarios; the record is drawn as steps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D

from maxpressure.base.cautions import TRADE_BANDS
from maxpressure.base.ties import TIES
from maxpressure.report.picture import CaseResults, Picture
from maxpressure.report.plot_style import (
    LETTERS,
    OBSERVED,
    RECORD_COLOUR,
    Look,
    date_axis,
    legend,
    looks,
    signs,
    wave,
    weekly_lines,
)
from maxpressure.report.plot_wave import ACT_NOTE, Wave, marks_of, wave_figure, wave_of
from maxpressure.report.strips import draw_mark_lines, mark_signs, rising
from maxpressure.results.weekly import (
    RECORD,
    acts_table,
    at_the_end,
    cautions,
    concentration_table,
    customs_table,
    finding,
    last_day,
    ties_table,
    trade_table,
    worlds_in_words,
)

WIDE: Final = 11.0
PANEL: Final = 2.5
"""Inches: the width of a picture, the height of a panel."""

LOWEST, NAME = 4.6, 0.185
"""Inches: the least height of the fan, and what the name of each line needs."""

DATES_SHOWN: Final = 5
"""Dates in the short table beside a picture."""

CUSTOMS_SIGNS: Final = ("D", "o", "s")
CUSTOMS_NOTE: Final = (
    "Points with bars are figures of those who counted, over their months, in % of their own yearly rate of 2016; "
    "China's customs counted what China bought, not all exports."
)

BANDS_NOTE: Final = "Lines are medians over worlds; the wide band holds 90 % of worlds, the narrow one 50 %."


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
            f"Acts of breaking off since the start; {_each(worlds_in_words(shown.found), len(shown.found))}."
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


def ties_picture(source: CaseResults) -> Picture | None:
    """Ties that exist (above level 0) by kind, with the record."""
    until = source.case.assumptions.record.acts_until
    table = ties_table(source.results, source.situations, until)
    if table["worlds"].isna().all():
        return None
    kinds = [tie for tie in TIES if tie in set(table["measure"])]
    population = next(iter(source.situations.values())).population
    began = {tie: int((population.listed_start[:, index] > 0).sum()) for index, tie in enumerate(TIES)}
    headings: dict[str, str] = {tie: f"{tie} ({began[tie]} ties at the start)" for tie in kinds}
    return _panels(
        source,
        table,
        headings,
        name="ties",
        title=_ties_finding(table, kinds),
        subtitle=(
            f"Ties of third states alive, in % of those of {source.case.assumptions.record.origin:%B %Y}, by kind; "
            "the axis does not begin at 0."
        ),
        unit="% alive",
        notes=[
            "A tie is alive while its level is above 0.",
            "In simulated worlds ties come back (restoration) and routes thin (attrition) by assumed rules.",
        ],
        shared=True,
    )


def _ties_finding(table: pd.DataFrame, kinds: Sequence[str]) -> str:
    ends = at_the_end(table)["median"]
    first = table["scenario"].iloc[0]
    worst = min(
        (tie for tie in kinds if (tie, first) in ends.index), key=lambda tie: float(ends[(tie, first)])
    )
    most = f"{worst.capitalize()} ties fall most: under {first} the median world keeps {ends[(worst, first)]:.0f} %"
    return f"{most}, the record {ends[(worst, RECORD)]:.0f} %" if (worst, RECORD) in ends.index else most


def trade_picture(source: CaseResults) -> Picture | None:
    """Trade and exports left under each scenario."""
    table = trade_table(source.results, source.situations)
    if not len(table):
        return None
    year = source.case.base_year
    counted = customs_table(source.case.evidence, source.situations) if source.case.ships else None
    headings = {"trade": "trade, exports and imports", "exports": "exports of the target"}
    return _panels(
        source,
        table,
        headings,
        name="trade",
        title=_trade_finding(table, year),
        subtitle=f"At yearly rates, in % of {year}, as the model computes them; all partners, patrons included.",
        unit=f"% of {year}",
        floor=0.0,
        notes=[
            "Patrons follow the path of enforcement that a scenario sets, not the rule.",
            TRADE_BANDS,
            *(
                ["The path of the record was set so that trade fits customs data of 2017.", CUSTOMS_NOTE]
                if source.case.ships
                else []
            ),
        ],
        shared=True,
        counted=counted,
    )


def _trade_finding(table: pd.DataFrame, year: int) -> str:
    ends = at_the_end(table)["median"]["trade"]
    first, *others = list(ends.index)
    words = f"The median world has {ends[first]:.0f} % of the trade of {year} left under {first}"
    if not others:
        return words
    low, high = min(others, key=lambda name: ends[name]), max(others, key=lambda name: ends[name])
    parts = [f"{ends[name]:.0f} % under {name}" for name in dict.fromkeys((low, high))]
    return f"{words}, {' and '.join(parts)}"


def concentration_picture(source: CaseResults) -> Picture | None:
    """The first patron's share of trade and the Herfindahl index of partners."""
    table = concentration_table(source.results, source.situations)
    if not len(table):
        return None
    patron = next(iter(source.situations.values())).population.patrons[0].name
    first = table["scenario"].iloc[0]
    own = table[table["scenario"] == first].groupby("measure")["median"].agg(["first", "last"])
    headings = {"share": f"{patron}’s share of trade, %", "hhi": "Herfindahl index of partners, 0 to 1"}
    return _panels(
        source,
        table,
        headings,
        name="concentration",
        title=(
            f"{patron} has {own.loc['share', 'first']:.0f} % of trade at the start; under {first} the index of "
            f"partners goes from {own.loc['hhi', 'first']:.2f} to {own.loc['hhi', 'last']:.2f} in the median world"
        ),
        subtitle="Of the worlds whose weeks were kept; the axes do not begin at 0.",
        unit="",
        notes=[
            "An index that starts this near to 1 has little room to rise, so a small change is no finding.",
        ],
        shared=False,
    )


def _panels(
    source: CaseResults,
    table: pd.DataFrame,
    headings: Mapping[str, str],
    *,
    name: str,
    title: str,
    subtitle: str,
    unit: str,
    notes: Sequence[str],
    shared: bool,
    floor: float | None = None,
    counted: pd.DataFrame | None = None,
) -> Picture:
    """A panel for each measure of a table, with one legend below them; ``counted`` are figures of customs."""
    look = looks(table, source.colours)
    columns = min(len(headings), 3)
    rows = -(-len(headings) // columns)
    reporters = [] if counted is None else list(dict.fromkeys(counted["scenario"]))
    handles = [*signs(table, look), *((_customs_sign(index), name) for index, name in enumerate(reporters))]
    lines = -(-len(handles) // 4)
    high = rows * PANEL + 0.35 + 0.22 * lines + (0.7 if rows == 1 else 0.0)

    def panel(axes: Axes, measure: str) -> Axes:
        weekly_lines(axes, table[table["measure"] == measure], look, unit)
        if counted is not None:
            _draw_customs(axes, counted[counted["measure"] == measure], reporters)
        if floor is not None:
            axes.set_ylim(bottom=floor)
        axes.set_title(headings[measure], fontsize=LETTERS + 0.5, loc="left")
        return axes

    panels = {measure: partial(panel, measure=measure) for measure in headings}

    def draw(figure: SubFigure) -> None:
        grid = figure.subplots(rows, columns, sharex=True, sharey=shared, squeeze=False)
        below = (0.45 + 0.22 * lines) / high
        figure.subplots_adjust(
            left=0.06,
            right=0.965,
            top=1 - 0.25 / high,
            bottom=below,
            hspace=0.28,
            wspace=0.1 if shared else 0.16,
        )
        for axes, draw_one in zip(grid.flat, panels.values(), strict=False):
            draw_one(axes)
            if shared:
                axes.label_outer()
        for axes in grid.flat[len(headings) :]:
            axes.set_axis_off()
        figure.legend(
            *zip(*handles, strict=True), ncols=4, loc="lower left", bbox_to_anchor=(0.05, 0.0), frameon=False,
            fontsize=LETTERS, borderaxespad=0.0,
        )  # fmt: skip

    counts = sorted({int(count) for count in table["worlds"].dropna()})
    worlds = f"{counts[0]:,}" if len(counts) == 1 else f"{counts[0]:,} to {counts[-1]:,}"
    return Picture(
        name=name,
        title=title,
        subtitle=f"{subtitle} {_each(f'{worlds} worlds', len(look) - 1)}.",
        notes=" ".join([BANDS_NOTE, *notes, *cautions(source.situations)]),
        parameters=source.parameters(),
        alt=f"Panels with lines over time for {', '.join(headings.values())}, a line for each scenario.",
        size=(WIDE, high),
        draw=draw,
        panels=panels,
        legend=lambda axes: legend(axes, handles),
        table=table if counted is None else pd.concat([table, counted], ignore_index=True),
        excerpt=_at_the_end(table, headings),
    )


def _draw_customs(axes: Axes, counted: pd.DataFrame, reporters: Sequence[str]) -> None:
    """Each figure as a bar over its months with a point in the middle, within the weeks that are drawn."""
    left, right = axes.get_xlim()
    first, last = (np.clip(mdates.date2num(counted[name]), left, right) for name in ("since", "date"))
    for since, until, level, name in zip(first, last, counted["median"], counted["scenario"], strict=True):
        sign = _customs_sign(reporters.index(name))
        sign.set_data([since, (since + until) / 2.0, until], [level] * 3)
        sign.set_markevery([1])
        axes.add_line(sign)
    axes.set_xlim(left, right)


def _customs_sign(index: int) -> Line2D:
    sign = CUSTOMS_SIGNS[index % len(CUSTOMS_SIGNS)]
    return Line2D([], [], color=RECORD_COLOUR, marker=sign, markersize=4.5, linewidth=1.0, alpha=0.8)


# ---- the short tables


def _each(worlds: str, scenarios: int) -> str:
    return f"{worlds} for each scenario" if scenarios > 1 else worlds


def _at_dates(table: pd.DataFrame) -> pd.DataFrame:
    """The median and the 5–95 % range of a table's one measure at a few dates, a row for each scenario."""
    every = sorted(table["date"].unique())
    chosen = [every[index] for index in np.linspace(0, len(every) - 1, DATES_SHOWN).round().astype(int)]
    rows = []
    for scenario, own in table.groupby("scenario", sort=False):
        cells, by_date = {"scenario": str(scenario)}, own.set_index("date")
        for date in dict.fromkeys(chosen):
            day = last_day(pd.Timestamp(date).date())
            cells[f"by {day}"] = _cell(by_date.loc[date]) if date in by_date.index else "—"
        rows.append(cells)
    return pd.DataFrame(rows)


def _at_the_end(table: pd.DataFrame, headings: Mapping[str, str]) -> pd.DataFrame:
    """The median and the 5–95 % range of each measure at the end, a row for each scenario."""
    ends = at_the_end(table)
    rows = []
    for scenario in dict.fromkeys(table["scenario"]):
        cells = {"at the end": str(scenario)}
        for measure, heading in headings.items():
            there = (measure, scenario) in ends.index
            cells[heading] = _cell(ends.loc[(measure, scenario)]) if there else "—"
        rows.append(cells)
    return pd.DataFrame(rows)


def _cell(row: pd.Series) -> str:
    places = 3 if abs(row["median"]) < 1 and row["median"] != 0 else 0
    span = "" if np.isnan(row["p05"]) else f" ({row['p05']:.{places}f}–{row['p95']:.{places}f})"
    return f"{row['median']:.{places}f}{span}"


# ---- the fan


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


def apart(axes: Axes, levels: Sequence[float], lines: float = 1.5) -> list[float]:
    """Rising levels moved as little as needed for words at them not to overlap."""
    bottom, top = axes.get_ylim()
    figure = axes.get_figure(root=True)
    if figure is None:
        raise ValueError("axes without a figure have no height")
    points = axes.bbox.height / figure.dpi * 72
    gap = LETTERS * lines / points * (top - bottom)
    steps = gap * np.arange(len(levels))
    heights = rising(np.asarray(levels) - steps)
    placed: list[float] = (np.clip(heights, bottom, max(top - steps[-1], bottom)) + steps).tolist()
    return placed
