"""The pictures of several scenarios week by week in panels: ties left, trade, concentration.

Lines are medians over worlds, with bands while there are few scenarios; the record is drawn as steps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import SubFigure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from maxpressure.base.cautions import TRADE_BANDS
from maxpressure.base.ties import TIES
from maxpressure.report.picture import CaseResults, Picture
from maxpressure.report.plot_style import (
    LETTERS,
    RECORD_COLOUR,
    legend,
    looks,
    signs,
    weekly_lines,
)
from maxpressure.report.strips import apart
from maxpressure.results.customs import checked, customs_table, verdict
from maxpressure.results.weekly import (
    RECORD,
    at_the_end,
    cautions,
    concentration_table,
    scenarios_of,
    ties_table,
    trade_table,
)

WIDE: Final = 11.0
PANEL: Final = 2.5
"""Inches: the width of a picture, the height of a panel."""

CUSTOMS_SIGNS: Final = ("D", "o", "s")
CUSTOMS_NOTE: Final = (
    "Numbered bars are figures of those who counted, over their months, in % of their own yearly rate of 2016; a "
    "hollow sign is outside the band. China's customs counted what China bought, not all exports. A replay of the "
    "record is checked against more figures, those of 2018 among them, in calibration/README.md."
)

BANDS_NOTE: Final = "Lines are medians over worlds; the wide band holds 90 % of worlds, the narrow one 50 %."


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
    counted = None if counted is None or counted.empty else checked(counted, table)
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
                if counted is not None
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
    first = scenarios_of(table)[0]
    reporters = [] if counted is None else list(dict.fromkeys(counted["scenario"]))
    handles = [*signs(table, look), *((_customs_sign(index), name) for index, name in enumerate(reporters))]
    if counted is not None and (counted["inside"] != "").any():
        handles.append((_box(look[first].colour), "90 % band over the months of a figure"))
    lines = -(-len(handles) // 4)
    high = rows * PANEL + 0.35 + 0.22 * lines + (0.7 if rows == 1 else 0.0)

    def panel(axes: Axes, measure: str) -> Axes:
        weekly_lines(axes, table[table["measure"] == measure], look, unit)
        if counted is not None:
            _draw_customs(axes, counted[counted["measure"] == measure], reporters, look[first].colour)
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

    checks = () if counted is None else verdict(counted)
    counts = sorted({int(count) for count in table["worlds"].dropna()})
    worlds = f"{counts[0]:,}" if len(counts) == 1 else f"{counts[0]:,} to {counts[-1]:,}"
    return Picture(
        name=name,
        title=title,
        subtitle=f"{subtitle} {each(f'{worlds} worlds', len(look) - 1)}.",
        notes=" ".join([*checks, BANDS_NOTE, *notes, *cautions(source.situations)]),
        parameters=source.parameters(),
        alt=f"Panels with lines over time for {', '.join(headings.values())}, a line for each scenario.",
        size=(WIDE, high),
        draw=draw,
        panels=panels,
        legend=lambda axes: legend(axes, handles),
        table=table if counted is None else pd.concat([table, counted], ignore_index=True),
        excerpt=_at_the_end(table, headings),
    )


def _draw_customs(axes: Axes, counted: pd.DataFrame, reporters: Sequence[str], colour: str) -> None:
    """Each figure as a bar over its months with its number and a sign, hollow outside the band, whose box it has."""
    left, right = axes.get_xlim()
    first, last = (np.clip(mdates.date2num(counted[name]), left, right) for name in ("since", "date"))
    heights = apart(axes, sorted(counted["median"]), lines=1.05)
    beside = dict(zip(counted.sort_values("median")["number"], heights, strict=True))
    for since, until, row in zip(first, last, counted.to_dict("records"), strict=True):
        sign, level = _customs_sign(reporters.index(row["scenario"])), row["median"]
        sign.set_data([since, (since + until) / 2.0, until], [level] * 3)
        sign.set_markevery([1])
        sign.set_markerfacecolor("white" if row["inside"] == "no" else sign.get_color())
        axes.add_line(sign)
        if row["inside"]:
            box = _box(colour)
            box.set_bounds(since, row["band_low"], until - since, row["band_high"] - row["band_low"])
            axes.add_patch(box)
        axes.annotate(
            str(row["number"]), (since, beside[row["number"]]), (-3, 0), textcoords="offset points",
            ha="right", va="center_baseline", fontsize=LETTERS - 1,
        )  # fmt: skip
    axes.set_xlim(left, right)


def _customs_sign(index: int) -> Line2D:
    sign = CUSTOMS_SIGNS[index % len(CUSTOMS_SIGNS)]
    return Line2D([], [], color=RECORD_COLOUR, marker=sign, markersize=4.5, linewidth=1.0, zorder=3)


def _box(colour: str) -> Rectangle:
    return Rectangle((0.0, 0.0), 1.0, 1.0, facecolor=to_rgba(colour, 0.22), edgecolor=colour, linewidth=0.8)


# ---- the short tables


def each(worlds: str, scenarios: int) -> str:
    """The number of worlds, of each scenario where there are several."""
    return f"{worlds} for each scenario" if scenarios > 1 else worlds


def _at_the_end(table: pd.DataFrame, headings: Mapping[str, str]) -> pd.DataFrame:
    """The median and the 5–95 % range of each measure at the end, a row for each scenario."""
    ends = at_the_end(table)
    rows = []
    for scenario in dict.fromkeys(table["scenario"]):
        cells = {"at the end": str(scenario)}
        for measure, heading in headings.items():
            there = (measure, scenario) in ends.index
            cells[heading] = cell(ends.loc[(measure, scenario)]) if there else "—"
        rows.append(cells)
    return pd.DataFrame(rows)


def cell(row: pd.Series) -> str:
    """The median of a row, with its 5–95 % range in brackets."""
    places = 3 if abs(row["median"]) < 1 and row["median"] != 0 else 0
    span = "" if np.isnan(row["p05"]) else f" ({row['p05']:.{places}f}–{row['p95']:.{places}f})"
    return f"{row['median']:.{places}f}{span}"
