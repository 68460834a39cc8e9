"""The pictures of several scenarios week by week: the fan of acts, ties left, trade, concentration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import pandas as pd
from matplotlib.figure import Figure, SubFigure

from maxpressure.base.ties import TIES
from maxpressure.report.picture import Picture, Told
from maxpressure.report.plot_bands import fan, looks, signs, weekly_lines
from maxpressure.report.plot_style import LETTERS
from maxpressure.report.plot_wave import wave_figure
from maxpressure.results.weekly import (
    RECORD,
    Band,
    Curve,
    acts_table,
    at_the_end,
    bands,
    cautions,
    concentration_table,
    finding,
    last_day,
    recorded,
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

BANDS_NOTE: Final = (
    "Lines are medians over worlds; nine worlds in ten lie in the wide band, half of them in the narrow one."
)


def wave_picture(told: Told) -> Picture | None:
    """The wave against the record, as every run leaves it."""
    found, record = _acts(told)
    if not found:
        return None
    table = acts_table(found, record)

    def whole(words: bool) -> Figure:  # noqa: FBT001 with words or without
        return wave_figure(told.results, told.situations, told.case, words=words)

    return Picture(
        name="wave",
        title=finding(found, record),
        under=f"Acts of breaking off since the start; {_each(worlds_in_words(found), len(found))}.",
        notes="An act is all that one third state cuts of its ties in one week.",
        rests_on=told.parameters(),
        alt="The acts of breaking off counted up over time: bands of simulated worlds, the record as steps, "
        "tests and resolutions as marks.",
        size=(WIDE, PANEL),
        draw=_nothing,
        whole=whole,
        table=table,
        shown=_at_dates(table),
    )


def _nothing(_figure: SubFigure) -> None:
    """What is left to draw of a picture that draws itself whole."""


def _acts(told: Told) -> tuple[dict[str, Band], Curve]:
    until = told.case.assumptions.record.acts_until
    return bands(told.results, told.situations), recorded(told.situations.values(), until)


def fan_picture(told: Told) -> Picture | None:
    """The acts counted up under each scenario, on one pair of axes."""
    found, record = _acts(told)
    if not found:
        return None
    table = acts_table(found, record)
    look = looks(table)

    def draw(figure: SubFigure) -> None:
        axes = figure.subplots()
        figure.subplots_adjust(
            left=0.07, right=0.66, top=0.97, bottom=0.6 / max(LOWEST, NAME * len(look) + 1.0)
        )
        fan(axes, table, look)

    notes = [
        BANDS_NOTE,
        "In brackets at the lines’ ends: 5 and 95 % of worlds.",
        "An act is all that one third state cuts of its ties in one week.",
        *cautions(told.situations),
    ]
    return Picture(
        name="fan",
        title=finding(found, record),
        under=f"Acts of breaking off since the start; {_each(worlds_in_words(found), len(found))}.",
        notes=" ".join(notes),
        rests_on=told.parameters(),
        alt=f"Lines that rise over time, one for each of {len(found)} scenarios, and the record’s steps.",
        size=(WIDE, max(LOWEST, NAME * len(look) + 1.0)),
        draw=draw,
        table=table,
        shown=_at_dates(table),
    )


def ties_picture(told: Told) -> Picture | None:
    """Ties alive by kind, with the record."""
    until = told.case.assumptions.record.acts_until
    table = ties_table(told.results, told.situations, until)
    if table["worlds"].isna().all():
        return None
    kinds = [tie for tie in TIES if tie in set(table["measure"])]
    population = next(iter(told.situations.values())).population
    began = {tie: int((population.start[:, place] > 0).sum()) for place, tie in enumerate(TIES)}
    headings: dict[str, str] = {tie: f"{tie} ({began[tie]} ties at the start)" for tie in kinds}
    return _panels(
        told,
        table,
        headings,
        name="ties",
        title=_ties_finding(table, kinds),
        under=(
            f"Ties of third states alive, in % of those of {told.case.assumptions.record.origin:%B %Y}, by kind; "
            "the axis does not begin at 0."
        ),
        unit="% alive",
        notes=[
            BANDS_NOTE,
            "A tie is alive while it stands above level 0.",
            "Ties come back (restoration) and routes thin (attrition) in simulated worlds, by rules that are assumed.",
        ],
        shared=True,
    )


def _ties_finding(table: pd.DataFrame, kinds: Sequence[str]) -> str:
    ends = at_the_end(table)["p50"]
    first = table["scenario"].iloc[0]
    worst = min(
        (tie for tie in kinds if (tie, first) in ends.index), key=lambda tie: float(ends[(tie, first)])
    )
    most = f"Ties end most among the {worst} ones: under {first} the median world keeps {ends[(worst, first)]:.0f} %"
    return f"{most}, the record {ends[(worst, RECORD)]:.0f} %" if (worst, RECORD) in ends.index else most


def trade_picture(told: Told) -> Picture | None:
    """Trade and exports left under each scenario."""
    table = trade_table(told.results, told.situations)
    if not len(table):
        return None
    year = told.case.base_year
    headings = {"trade": "trade, exports and imports", "exports": "exports of the target"}
    return _panels(
        told,
        table,
        headings,
        name="trade",
        title=_trade_finding(table, year),
        under=f"At yearly rates, in % of {year}, as the model reckons them; with all partners, patrons included.",
        unit=f"% of {year}",
        floor=0.0,
        notes=[
            BANDS_NOTE,
            "Patrons follow the path of enforcement that a scenario sets, not the rule.",
            *(["The factual path was set so that customs data come out."] if told.case.ships else []),
        ],
        shared=True,
    )


def _trade_finding(table: pd.DataFrame, year: int) -> str:
    ends = at_the_end(table)["p50"]["trade"]
    first, *others = list(ends.index)
    words = f"Of the trade of {year} the median world has {ends[first]:.0f} % left under {first}"
    if not others:
        return words
    low, high = min(others, key=lambda name: ends[name]), max(others, key=lambda name: ends[name])
    parts = [f"{ends[name]:.0f} % under {name}" for name in dict.fromkeys((low, high))]
    return f"{words}, {' and '.join(parts)}"


def concentration_picture(told: Told) -> Picture | None:
    """The first patron's share of trade and the Herfindahl index of partners."""
    table = concentration_table(told.results, told.situations)
    if not len(table):
        return None
    patron = next(iter(told.situations.values())).population.patrons[0].name
    first = table["scenario"].iloc[0]
    own = table[table["scenario"] == first].groupby("measure")["p50"].agg(["first", "last"])
    headings = {"share": f"{patron}’s share of trade, %", "hhi": "Herfindahl index of partners, 0 to 1"}
    return _panels(
        told,
        table,
        headings,
        name="concentration",
        title=(
            f"{patron} has {own.loc['share', 'first']:.0f} % of the trade from the start; under {first} the index of "
            f"partners goes from {own.loc['hhi', 'first']:.2f} to {own.loc['hhi', 'last']:.2f} in the median world"
        ),
        under="Of the worlds whose weeks were kept; the axes do not begin at 0.",
        unit="",
        notes=[
            BANDS_NOTE,
            "An index that starts this near to 1 can hardly rise, so a small change is no finding.",
        ],
        shared=False,
    )


def _panels(
    told: Told,
    table: pd.DataFrame,
    headings: Mapping[str, str],
    *,
    name: str,
    title: str,
    under: str,
    unit: str,
    notes: Sequence[str],
    shared: bool,
    floor: float | None = None,
) -> Picture:
    """A panel for each measure of a table, with one legend below them."""
    look = looks(table)
    columns = min(len(headings), 3)
    rows = -(-len(headings) // columns)
    handles = list(signs(table, look))
    lines = -(-len(handles) // 4)
    high = rows * PANEL + 0.35 + 0.22 * lines + (0.7 if rows == 1 else 0.0)

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
        for axes, (measure, heading) in zip(grid.flat, headings.items(), strict=False):
            weekly_lines(axes, table[table["measure"] == measure], look, unit)
            if floor is not None:
                axes.set_ylim(bottom=floor)
            axes.set_title(heading, fontsize=LETTERS + 0.5, loc="left")
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
        under=f"{under} {_each(f'{worlds} worlds', len(look) - 1)}.",
        notes=" ".join([*notes, *cautions(told.situations)]),
        rests_on=told.parameters(),
        alt=f"Panels with lines over time for {', '.join(headings.values())}, a line for each scenario.",
        size=(WIDE, high),
        draw=draw,
        table=table,
        shown=_at_the_end(table, headings),
    )


def _each(worlds: str, scenarios: int) -> str:
    return f"{worlds} for each scenario" if scenarios > 1 else worlds


def _at_dates(table: pd.DataFrame) -> pd.DataFrame:
    """The median and the 5–95 % range of a table's one measure at a few dates, a row for each scenario."""
    every = sorted(table["date"].unique())
    chosen = [every[place] for place in np.linspace(0, len(every) - 1, DATES_SHOWN).round().astype(int)]
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
    places = 3 if abs(row["p50"]) < 1 and row["p50"] != 0 else 0
    span = "" if np.isnan(row["p05"]) else f" ({row['p05']:.{places}f}–{row['p95']:.{places}f})"
    return f"{row['p50']:.{places}f}{span}"
