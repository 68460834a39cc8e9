"""What acts are due to under a scenario, less what they are due to under the baseline, as a forest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import SubFigure
from matplotlib.ticker import MaxNLocator

from maxpressure.base.cautions import NOT_SEPARATED
from maxpressure.base.text import signed
from maxpressure.report.picture import CaseResults, Picture
from maxpressure.report.plot_differences import minus
from maxpressure.report.plot_states import GROUP_COLOURS
from maxpressure.report.plot_style import LETTERS, QUIET, plain
from maxpressure.results.beside import ALL, clear
from maxpressure.results.states import GROUP_WORDS

WIDE, ROW, EDGES = 11.0, 0.3, 0.95
"""Inches: the width, the height of a row, and what stands above and below."""
ATTRIBUTION_DIFFERS: Final = (
    "An attribution divides the hazard at the moment of an act among its causes (Shapley), so this divides the acts of "
    "both scenarios and not the effect of the edit: a state that acts later has other causes."
)
"""Stands wherever two attributions are compared."""


def causes_picture(source: CaseResults, scenario: str) -> Picture | None:
    """The difference of attributions; None without a baseline, or where no attribution was kept."""
    table = source.cause_differences(scenario)
    if table.empty or not table["worlds"].iloc[0]:
        return None
    against = source.results.manifest.names[0]
    shown = in_play(table)
    causes = shown[(shown["group"] != ALL) & clear(shown)]
    most = causes.loc[causes["difference"].abs().nlargest(1).index]
    title = f"No cause brings clearly more or fewer acts than under {against}"
    if len(most):
        one = most.iloc[0]
        which = "fewer" if one["difference"] < 0 else "more"
        title = (
            f"{abs(one['difference']):.1f} {which} acts of a mean world are due to {GROUP_WORDS[one['group']]} than "
            f"under {against}"
        )

    def panel(axes: Axes) -> Axes:
        return causes_forest(axes, shown, {**GROUP_COLOURS, **source.colours})

    def draw(figure: SubFigure) -> None:
        axes = figure.subplots()
        high = EDGES + ROW * len(shown)
        figure.subplots_adjust(left=0.2, right=0.66, top=1 - 0.3 / high, bottom=0.62 / high)
        panel(axes)

    return Picture(
        name=f"attribution-difference-{scenario}",
        title=title,
        subtitle=(
            f"{scenario} minus {against}: acts of a mean world by what they are due to. "
            f"{int(table['worlds'].iloc[0]):,} pairs of worlds with common random numbers."
        ),
        notes=(
            f"The dot is the mean difference, the bar its 95 % interval. {ATTRIBUTION_DIFFERS}"
            + (f" Peers stand for contagion, but {NOT_SEPARATED}." if "peers" in set(shown["group"]) else "")
            + " The effect of requests is an upper bound."
        ),
        parameters=source.parameters(),
        alt="A line for each cause of acts, left or right of no difference.",
        size=(WIDE, EDGES + ROW * len(shown)),
        draw=draw,
        panels={"causes": panel},
        table=table,
        excerpt=causes_in_words(table),
    )


def in_play(table: pd.DataFrame) -> pd.DataFrame:
    """The causes to which any act is due, in the order of the pictures, and their sum."""
    there = table[(table["baseline"] != 0.0) | (table["scenario"] != 0.0) | (table["group"] == ALL)]
    return there.set_index("group").reindex([*GROUP_COLOURS, ALL]).dropna(subset="worlds").reset_index()


WITHOUT_WITH: Final = "without → with"
"""Heads the means without the edit and with it; a cause is called baseline too."""


def difference_in_words(row: Any, places: int, scale: float = 1.0) -> str:
    """A mean difference and its 95 % interval."""
    mean, low, high = (signed(scale * one, places) for one in (row.difference, row.ci_low, row.ci_high))
    return f"{mean} ({low} to {high})"


def causes_in_words(table: pd.DataFrame, scale: float = 1.0) -> pd.DataFrame:
    """The causes in play with both means and their difference, in words; ``scale`` 100 for points."""
    rows: list[Any] = list(in_play(table).itertuples())
    places, unit = (1, ", points") if scale > 1.0 else (2, "")
    return pd.DataFrame(
        {
            "due to": [GROUP_WORDS.get(row.group, row.group) for row in rows],
            f"{WITHOUT_WITH}{unit}": [
                f"{scale * row.baseline:.{places}f} → {scale * row.scenario:.{places}f}" for row in rows
            ],
            "difference (95 % interval)": [difference_in_words(row, places, scale) for row in rows],
        }
    )


def causes_forest(axes: Axes, shown: pd.DataFrame, colours: Mapping[str, str] = GROUP_COLOURS) -> Axes:
    """Draw a row for each cause: the mean difference, its 95 % interval, and both means on the right."""
    names, both, differences = (column.tolist() for _, column in causes_in_words(shown).items())
    for height, row in enumerate(shown.to_dict("records")):
        colour = colours.get(row["group"], "#000000")
        axes.plot(
            [row["ci_low"], row["ci_high"]], [height] * 2, color=colour, linewidth=6.0, alpha=0.45,
            solid_capstyle="butt",
        )  # fmt: skip
        axes.plot(
            row["difference"],
            height,
            "o",
            color=colour,
            markersize=5,
            markeredgecolor=QUIET,
            markeredgewidth=0.5,
        )
        axes.annotate(
            minus(f"{differences[height]}   {both[height]}"), (1.0, height), (8, 0),
            ("axes fraction", "data"), "offset points", va="center_baseline", fontsize=LETTERS,
            annotation_clip=False,
        )  # fmt: skip
    axes.annotate(
        f"difference (95 % interval)   {WITHOUT_WITH} the edit", (1.0, -0.6), (8, 4),
        ("axes fraction", "data"), "offset points", fontsize=LETTERS - 1, color=QUIET, annotation_clip=False,
    )  # fmt: skip
    axes.axvline(0.0, color=QUIET, linewidth=0.9, linestyle=(0, (4, 2)), zorder=0)
    axes.set_ylim(len(shown) - 0.5, -0.5)
    axes.set_yticks(range(len(shown)), names, fontsize=LETTERS)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10]))
    plain(axes, grid="x")
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("acts of a mean world", fontsize=LETTERS)
    return axes
