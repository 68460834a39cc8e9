"""The pictures of one scenario's states over time: when each had acted, and what acts were due to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Colormap
from matplotlib.figure import SubFigure
from numpy.typing import NDArray

from maxpressure.base.cautions import NOT_SEPARATED
from maxpressure.report.picture import CaseResults, Picture
from maxpressure.report.plot_style import LETTERS, QUIET, SCALE, date_axis, plain
from maxpressure.report.strips import POINTS_PER_INCH
from maxpressure.results.states import GROUP_WORDS, attribution_table

WIDE: Final = 11.0
ROWS: Final = 60
"""States in the picture of weeks: those that acted on record and the likeliest others."""

SHOWN: Final = 25
"""States in the short table beside a picture."""

NAMES: Final = 7.0
"""The size of the names of states in points."""

GROUP_COLOURS: Final = {
    "shock": "#D55E00",
    "mandate": "#8E4585",
    "request": "#0072B2",
    "campaign": "#56B4E9",
    "peers": "#009E73",
    "own acts": "#8FD3B6",
    "incident": "#F0E442",
    "engagement": "#000000",
    "baseline": "#BBBBBB",
}
"""A colour for each group of causes, after Okabe and Ito."""


def heat_picture(source: CaseResults, scenario: str) -> Picture:
    """The share of worlds in which each state had acted, week by week, with the recorded acts."""
    situation, simulated = source.situations[scenario], source.fates(scenario)
    line, states = situation.timeline, simulated.states
    first = states["acts_on_record"].gt(0)
    rest = states[~first].nlargest(max(ROWS - int(first.sum()), 0), "chance")
    chosen = pd.concat([states[first], rest]).sort_values("chance", ascending=False, kind="stable")
    rows = {iso3: row for row, iso3 in enumerate(chosen["iso3"])}
    marks = [
        (rows[act.iso3], line.monday(act.week))
        for act in situation.record.acts
        if line.first <= act.week < line.weeks
    ]
    often = states[states["chance"] >= 0.5]
    both = int((often["acts_on_record"] > 0).sum())
    hidden = states[~states["iso3"].isin(list(rows))]["chance"]
    names, acted = list(chosen["name"]), simulated.acted[chosen.index]

    def panel(axes: Axes) -> Axes:
        return heat(axes, names, acted, simulated.days, marks, source.scale or SCALE)

    return Picture(
        name=f"heat-{scenario}",
        title=(
            f"{len(often)} states have acted in at least half of the worlds by the end, among them {both} of the "
            f"{int(first.sum())} that acted on record"
        ),
        subtitle=(
            f"{scenario}: share of worlds in which a state had acted by the week’s end, in %. "
            f"{simulated.worlds:,} worlds."
        ),
        notes="Diamonds are acts on record, one for each week in which the state cut a tie."
        + (
            f" Not drawn: {len(hidden)} states, each below {100 * hidden.max():.0f} %; the table has them."
            if len(hidden)
            else ""
        ),
        parameters=source.parameters(),
        alt="A row for each state over weeks, darker as it has acted in more worlds; diamonds are acts on record.",
        size=(WIDE, 0.9 + 0.142 * len(chosen)),
        draw=_heat(panel, len(chosen)),
        panels={"states": panel},
        legend=lambda axes: axes.figure.colorbar(axes.images[0], ax=axes, shrink=0.6, label="% of worlds"),
        table=simulated.weekly(),
        excerpt=likeliest(states),
    )


def attributions_picture(source: CaseResults, scenario: str) -> Picture | None:
    """What the acts of each month were due to; None where no attribution was kept."""
    table = attribution_table(source.results, scenario)
    if table.empty:
        return None
    worlds = int(table["worlds"].iloc[0])
    by_group = table.groupby("group")["acts_per_world"].sum().sort_values(ascending=False)
    shares = 100 * by_group / by_group.sum()
    causes = shares.drop("baseline")
    listed = " and ".join(
        f"{GROUP_WORDS[str(group)]} ({share:.0f} %)" for group, share in causes.head(2).items()
    )

    colours = {group: source.colours.get(group, colour) for group, colour in GROUP_COLOURS.items()}

    def panel(axes: Axes) -> Axes:
        return attribution_stacks(axes, table, colours)

    def draw(figure: SubFigure) -> None:
        axes = figure.subplots()
        figure.subplots_adjust(left=0.07, right=0.74, top=0.97, bottom=0.13)
        panel(axes)
        handles, _ = axes.get_legend_handles_labels()
        shown = [
            (handle, f"{GROUP_WORDS[group]}, {round(shares[group])} %".replace("-", "−"))
            for handle, group in zip(handles, GROUP_COLOURS, strict=True)
            if shares[group]
        ]
        axes.legend(
            *zip(*shown[::-1], strict=True), loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False,
            fontsize=LETTERS, title="all months", title_fontsize=LETTERS,
        )  # fmt: skip

    return Picture(
        name=f"attributions-{scenario}",
        title=f"Besides the baseline, simulated acts are due most to {listed}",
        subtitle=f"{scenario}: acts in the month, divided by the mean attribution of their hazard. {worlds:,} worlds.",
        notes=(
            "An attribution divides the hazard at the moment of the act among its causes (Shapley). The baseline is "
            "the hazard without any dynamic term. What lowered the hazard is below zero and reduces the bar. A run "
            "without a cause may lose more or less. "
            + (f"Peers stand for contagion, but {NOT_SEPARATED}. " if shares["peers"] else "")
            + "The effect of requests is an upper bound."
        ),
        parameters=source.parameters(),
        alt="Bars by month, as high as the mean acts of a world, divided into the causes of the hazard.",
        size=(WIDE, 4.4),
        draw=draw,
        panels={"months": panel},
        legend=lambda axes: axes.legend(frameon=False, fontsize=LETTERS, reverse=True),
        table=table,
        excerpt=_attributions_shown(table),
    )


def _heat(panel: Callable[[Axes], Axes], states: int) -> Callable[[SubFigure], None]:
    def draw(figure: SubFigure) -> None:
        axes = figure.subplots()
        high = 0.9 + 0.142 * states
        figure.subplots_adjust(left=0.17, right=0.97, top=1 - 0.05 / high, bottom=0.72 / high)
        panel(axes)
        bar = figure.add_axes((0.67, 0.17 / high, 0.3, 0.1 / high))
        figure.colorbar(axes.images[0], cax=bar, orientation="horizontal")
        bar.tick_params(labelsize=LETTERS - 1.5, length=2)
        bar.set_title("% of worlds", fontsize=LETTERS - 0.5, loc="left", pad=2)

    return draw


def likeliest(states: pd.DataFrame) -> pd.DataFrame:
    """The states that acted in most worlds, in words."""
    most = states.nlargest(SHOWN, "chance")
    return pd.DataFrame(
        {
            "state": most["name"],
            "acted in % of worlds": [
                f"{100 * chance:.0f} ± {100 * error:.1f}"
                for chance, error in zip(most["chance"], most["chance_error"], strict=True)
            ],
            "acts on record": most["acts_on_record"].astype(str),
        }
    )


def _attributions_shown(table: pd.DataFrame) -> pd.DataFrame:
    shares = table.pivot_table(index="month", columns="group", values="share")[list(GROUP_COLOURS)]
    acts = table.groupby("month")["acts"].first() / table["worlds"].iloc[0]
    shown = (100 * shares).round().astype(int).astype(str) + " %"
    shown = shown.rename(columns=GROUP_WORDS)
    shown.insert(0, "acts of a world", acts.map("{:.2f}".format))
    shown.insert(0, "month", [f"{month:%b %Y}" for month in shares.index])
    return shown.reset_index(drop=True)


def heat(
    axes: Axes,
    names: Sequence[str],
    acted: NDArray[np.float64],
    days: Sequence[dt.date],
    marks: Sequence[tuple[int, dt.date]],
    scale: str | Colormap = SCALE,
) -> Axes:
    """Draw a row for each state: the share of worlds (rows, weeks) in which it had acted by the week's end.

    ``days`` are the Mondays after the weeks; ``marks`` are recorded acts, as row and Monday of the week.
    """
    edges = mdates.date2num(days[0]) - 7, mdates.date2num(days[-1])
    axes.imshow(
        100 * acted, aspect="auto", cmap=scale, vmin=0, vmax=100, interpolation="nearest",
        extent=(*edges, len(names) - 0.5, -0.5),
    )  # fmt: skip
    if marks:
        rows, when = zip(*marks, strict=True)
        middle = mdates.date2num(when) + 3.5
        axes.scatter(middle, rows, 24, color="#D55E00", marker="D", edgecolor="white", linewidth=0.7)
    figure = axes.get_figure(root=True)
    row = np.inf if figure is None else axes.bbox.height / figure.dpi * POINTS_PER_INCH / max(len(names), 1)
    size = float(min(NAMES, 0.8 * row))
    axes.set_yticks(range(len(names)), names, fontsize=size)
    axes.set_xlim(*edges)
    date_axis(axes)
    plain(axes, grid="x")
    axes.grid(visible=False)
    axes.tick_params(axis="y", length=0, labelsize=size)
    return axes


def attribution_stacks(axes: Axes, table: pd.DataFrame, colours: Mapping[str, str] = GROUP_COLOURS) -> Axes:
    """Draw a bar for each month, as high as the mean acts of a world in it, divided by what they were due to.

    A group that lowered the hazard is drawn below zero.
    """
    wide = table.pivot_table(index="month", columns="group", values="acts_per_world", sort=True)
    left = mdates.date2num(wide.index)
    width = np.array([month.days_in_month for month in wide.index], dtype=float)
    above, below = np.zeros(len(wide)), np.zeros(len(wide))
    for group, colour in colours.items():
        part = wide[group].to_numpy() if group in wide else np.zeros(len(wide))
        bottom = np.where(part >= 0, above, below)
        axes.bar(
            left, part, 0.9 * width, bottom, align="edge", color=colour, label=GROUP_WORDS[group], linewidth=0
        )
        above, below = above + np.maximum(part, 0), below + np.minimum(part, 0)
    axes.axhline(0, color=QUIET, linewidth=0.8)
    axes.set_xlim(left[0] - 4, left[-1] + width[-1] + 4)
    axes.set_ylabel("acts of a world in the month (mean)", fontsize=LETTERS)
    axes.set_xlabel("month", fontsize=LETTERS)
    date_axis(axes)
    plain(axes)
    return axes
