"""The pictures of one scenario's states: two maps, the weeks in which each had acted, what acts were due to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import pandas as pd
from matplotlib.cm import ScalarMappable
from matplotlib.figure import SubFigure

from maxpressure.evidence.tiles import Tile, rectangle_of_tiles, stored_tiles
from maxpressure.report.maps import (
    GROUP_COLOURS,
    GROUP_WORDS,
    attribution_stacks,
    heat,
    map_legend,
    stepped,
    tile_map,
)
from maxpressure.report.picture import Picture, Told
from maxpressure.report.plot_style import LETTERS
from maxpressure.results.states import Fates, attribution_table
from maxpressure.results.weekly import NOT_SEPARATED, last_day

MAP: Final = (13.0, 6.3)
STEP, LEAST, LEGEND = 0.42, (8.0, 3.4), 1.3
"""Inches of a tile, and of a map of few tiles at least, with what its legend needs below it."""
WIDE: Final = 11.0
ROWS: Final = 60
"""States in the picture of weeks: those that acted on record and the likeliest others."""

CHANCES: Final = (0, 2, 5, 10, 20, 40, 60, 80, 100)
LEFT: Final = (0, 2, 4, 5, 6, 7, 8, 10, 12, 18)
"""The edges of the colours, in per cent and in levels."""

SHOWN: Final = 25
"""States in the short table beside a picture."""


def chance_map(told: Told, scenario: str, simulated: Fates) -> Picture:
    """How likely each state is to have acted by the end."""
    states = simulated.states
    numbers, tiles = _numbers(states, 100 * states["chance"]), tiles_of(told)
    acted = states["acts_on_record"] > 0
    mean, others = 100 * states["chance"][acted].mean(), 100 * states["chance"][~acted].mean()
    end = last_day(simulated.days[-1])
    title = (
        f"By {end} the {int(acted.sum())} states that acted on record have acted in {mean:.0f} % of simulated "
        f"worlds, the other {int((~acted).sum())} in {others:.0f} %"
        if acted.any()
        else f"By {end} a third state has acted in {others:.0f} % of simulated worlds on average"
    )
    return Picture(
        name=f"map-acts-{scenario}",
        title=title,
        under=f"{scenario}: share of worlds in which a state has acted, in %. {_worlds(simulated)}",
        notes=(
            "Every state is one agent, so all tiles are of one size. A Monte Carlo error is at most "
            f"{100 * states['chance_error'].max():.1f} points. It is no forecast."
        ),
        rests_on=told.parameters(),
        alt="A map made of equal tiles, one for each state, darker where acts are likelier.",
        size=_size(tiles),
        draw=_map(told, tiles, numbers, CHANCES, "share of worlds in which it acted, %"),
        table=states.drop(columns=["rungs_start", "rungs_left", "rungs_error"]).assign(
            worlds=simulated.worlds
        ),
        shown=_likeliest(states),
    )


def levels_map(told: Told, scenario: str, simulated: Fates) -> Picture:
    """How many levels each state's ties still stand on at the end."""
    states = simulated.states
    numbers, tiles = _numbers(states, states["rungs_left"]), tiles_of(told)
    left, began = states["rungs_left"].sum(), states["rungs_start"].sum()
    most = states.nlargest(10, "rungs_left", keep="all")
    end = last_day(simulated.days[-1])
    return Picture(
        name=f"map-levels-{scenario}",
        title=(
            f"By {end} {100 * left / began:.0f} % of all levels are left in the mean world; the {len(most)} states "
            f"with most hold {100 * most['rungs_left'].sum() / left:.0f} % of them"
        ),
        under=(
            f"{scenario}: levels on which a state’s six ties stand together, 0 to 18, mean over worlds. "
            f"{_worlds(simulated)}"
        ),
        notes=(
            "Each tie stands on level 3 (full), 2 (reduced), 1 (residual) or 0 (none). What is left is mostly what "
            "was there at the start, by rules that know nothing of later acts. A Monte Carlo error is at most "
            f"{states['rungs_error'].max():.2f} levels."
        ),
        rests_on=told.parameters(),
        alt="A map made of equal tiles, one for each state, darker where more is left of its ties.",
        size=_size(tiles),
        draw=_map(told, tiles, numbers, LEFT, "levels left, sum over six ties", "{:.1f}"),
        table=states.drop(columns=["chance", "chance_error"]).assign(worlds=simulated.worlds),
        shown=_most_lost(states),
    )


def heat_picture(told: Told, scenario: str, simulated: Fates) -> Picture:
    """The share of worlds in which each state had acted, week by week, with the recorded acts."""
    situation = told.situations[scenario]
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
    return Picture(
        name=f"heat-{scenario}",
        title=(
            f"{len(often)} states have acted in at least half of the worlds by the end, {both} of the "
            f"{int(first.sum())} that acted on record among them"
        ),
        under=f"{scenario}: share of worlds in which a state had acted by the week’s end, in %. {_worlds(simulated)}",
        notes="Diamonds are acts on record, one for each week in which the state cut a tie."
        + (
            f" Not drawn: {len(hidden)} states, each below {100 * hidden.max():.0f} %; the table has them."
            if len(hidden)
            else ""
        ),
        rests_on=told.parameters(),
        alt="Rows of states over weeks, growing darker as more worlds have seen the state act; diamonds are "
        "acts on record.",
        size=(WIDE, 0.9 + 0.142 * len(chosen)),
        draw=_heat(chosen, simulated, marks),
        table=simulated.weekly(),
        shown=_likeliest(states),
    )


def attributions_picture(told: Told, scenario: str) -> Picture | None:
    """What the acts of each month were due to; None where no attribution was kept."""
    table = attribution_table(told.results, scenario)
    if table.empty:
        return None
    worlds = int(table["worlds"].iloc[0])
    by_group = table.groupby("group")["acts_per_world"].sum().sort_values(ascending=False)
    shares = 100 * by_group / by_group.sum()
    causes = shares.drop("who")
    listed = " and ".join(
        f"{GROUP_WORDS[str(group)]} ({share:.0f} %)" for group, share in causes.head(2).items()
    )

    def draw(figure: SubFigure) -> None:
        axes = figure.subplots()
        figure.subplots_adjust(left=0.07, right=0.74, top=0.97, bottom=0.13)
        attribution_stacks(axes, table)
        handles, _ = axes.get_legend_handles_labels()
        words = [
            f"{GROUP_WORDS[group]}, {round(shares[group])} %".replace("-", "−") for group in GROUP_COLOURS
        ]
        axes.legend(
            handles[::-1], words[::-1], loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False,
            fontsize=LETTERS, title="all months", title_fontsize=LETTERS,
        )  # fmt: skip

    return Picture(
        name=f"attributions-{scenario}",
        title=f"Beside who the state is, simulated acts are due most to {listed}",
        under=f"{scenario}: acts in the month, cut by the mean account of their hazard. {worlds:,} worlds.",
        notes=(
            "An account splits the hazard at the moment of the act among its causes (Shapley); who the state is "
            "takes what is left; what held back is drawn below zero and taken off the height of the bar. It is not "
            "what a run without the cause would lose. "
            f"Peers stand for contagion, but {NOT_SEPARATED}; the effect of requests is an upper bound."
        ),
        rests_on=told.parameters(),
        alt="Bars by month, as high as the acts of a world, cut into the causes of the hazard.",
        size=(WIDE, 4.4),
        draw=draw,
        table=table,
        shown=_attributions_shown(table),
    )


# ---- how they are drawn


def tiles_of(told: Told) -> dict[str, Tile]:
    """The tiles of the states of a case and its target; laid out anew where none of the states has a stored one."""
    stored, evidence = stored_tiles(), told.case.evidence
    if not any(iso3 in stored for iso3 in evidence.iso3s):
        return rectangle_of_tiles(evidence)
    known = dict.fromkeys([*evidence.iso3s, told.case.assumptions.case.target])
    return {iso3: stored[iso3] for iso3 in known if iso3 in stored}


def _map(
    told: Told,
    tiles: Mapping[str, Tile],
    numbers: Mapping[str, float],
    steps: Sequence[float],
    words: str,
    form: str = "{:.0f}",
) -> Callable[[SubFigure], None]:
    world = told.roles.target in tiles

    def draw(figure: SubFigure) -> None:
        below = 0.0 if world else LEGEND / _size(tiles)[1]
        axes = figure.add_axes((0.01, 0.01 + below, 0.98, 0.98 - below))
        scale = stepped(steps)
        tile_map(axes, numbers, tiles, told.roles, scale, form=form)
        if world:
            map_legend(axes)
            _colour_bar(figure, scale, steps, words, (0.555, 0.075, 0.25, 0.022))
        else:
            map_legend(figure.add_axes((0.01, 0.01, 0.4, below - 0.01), frameon=False), target=False)
            _colour_bar(figure, scale, steps, words, (0.5, 0.12, 0.45, 0.05))

    return draw


def _size(tiles: Mapping[str, Tile]) -> tuple[float, float]:
    """The map's size in inches: that of the world, or less where there are few tiles."""
    wide = STEP * (1 + max(tile.column for tile in tiles.values()))
    high = STEP * (1 + max(tile.row for tile in tiles.values()))
    return min(MAP[0], max(LEAST[0], wide)), min(MAP[1], max(LEAST[1], high + LEGEND))


def _numbers(states: pd.DataFrame, column: pd.Series) -> dict[str, float]:
    """The number of each state that had a tie to cut at the start, by ISO3."""
    tied = states["rungs_start"] > 0
    return dict(zip(states["iso3"][tied], column[tied], strict=True))


def _heat(
    chosen: pd.DataFrame, simulated: Fates, marks: Sequence[tuple[int, dt.date]]
) -> Callable[[SubFigure], None]:
    def draw(figure: SubFigure) -> None:
        axes = figure.subplots()
        high = 0.9 + 0.142 * len(chosen)
        figure.subplots_adjust(left=0.17, right=0.97, top=1 - 0.05 / high, bottom=0.72 / high)
        heat(axes, list(chosen["name"]), simulated.acted[chosen.index], simulated.days, marks)
        bar = figure.add_axes((0.67, 0.17 / high, 0.3, 0.1 / high))
        figure.colorbar(axes.images[0], cax=bar, orientation="horizontal")
        bar.tick_params(labelsize=LETTERS - 1.5, length=2)
        bar.set_title("% of worlds", fontsize=LETTERS - 0.5, loc="left", pad=2)

    return draw


def _colour_bar(
    figure: SubFigure,
    scale: ScalarMappable,
    steps: Sequence[float],
    words: str,
    box: tuple[float, float, float, float],
) -> None:
    """A bar of steps of equal width, its edges named."""
    bar = figure.add_axes(box)
    figure.colorbar(scale, cax=bar, orientation="horizontal", spacing="uniform", ticks=list(steps))
    bar.tick_params(labelsize=LETTERS, length=0)
    bar.set_title(words, fontsize=LETTERS, loc="left", pad=4)


# ---- the short tables


def _worlds(simulated: Fates) -> str:
    return f"{simulated.worlds:,} worlds."


def _likeliest(states: pd.DataFrame) -> pd.DataFrame:
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


def _most_lost(states: pd.DataFrame) -> pd.DataFrame:
    lost = states.assign(lost=states["rungs_start"] - states["rungs_left"]).nlargest(SHOWN, "lost")
    return pd.DataFrame(
        {
            "state": lost["name"],
            "levels at the start": lost["rungs_start"].astype(str),
            "levels left (mean)": [
                f"{left:.1f} ± {error:.2f}"
                for left, error in zip(lost["rungs_left"], lost["rungs_error"], strict=True)
            ],
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
