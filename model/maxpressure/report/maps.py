"""The maps of a scenario: how likely each state is to act, with or without that of the baseline, and the levels left.

A map is made of tiles of one size, since every state is one agent and small states must be visible.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import BoundaryNorm, Colormap, to_hex, to_rgb
from matplotlib.figure import SubFigure
from matplotlib.patches import Patch, Rectangle

from maxpressure.base.cautions import NO_FORECAST
from maxpressure.base.errors import InputError
from maxpressure.base.text import plural, signed
from maxpressure.base.ties import FULL, TIES
from maxpressure.evidence.tiles import Tile, rectangle_of_tiles, stored_tiles
from maxpressure.model.case import Case
from maxpressure.report.picture import CaseResults, Picture
from maxpressure.report.plot_causes import WITHOUT_WITH, difference_in_words
from maxpressure.report.plot_differences import minus
from maxpressure.report.plot_states import SHOWN, likeliest
from maxpressure.report.plot_style import LETTERS, QUIET, SCALE
from maxpressure.results.beside import clear
from maxpressure.results.weekly import last_day

CODE, FIGURE = 6.6, 6.0
"""Sizes of letters on a tile in points."""

SIDE: Final = 0.94
"""Of a tile, in steps of the grid."""

TARGET_COLOUR, PATRON_COLOUR, PRINCIPAL_COLOUR = "#000000", "#D55E00", "#CC79A7"
EMPTY: Final = "#ececec"
DARK: Final = 0.55
"""Of the light of white: on darker colours white letters are read more easily."""


# ---- the two maps of a scenario

MAP: Final = (13.0, 6.3)
STEP, LEAST, LEGEND = 0.42, (8.0, 3.4), 1.3
"""Inches of a tile, and of a map of few tiles at least, with what its legend needs below it."""

CHANCES: Final = (0, 2, 5, 10, 20, 40, 60, 80, 100)
LEFT: Final = (0, 2, 4, 5, 6, 7, 8, 10, 12, FULL * len(TIES))
"""The edges of the colours, in per cent and in levels."""


def chance_map(source: CaseResults, scenario: str) -> Picture:
    """How likely each state is to have acted by the end."""
    simulated = source.fates(scenario)
    states = simulated.states
    numbers, tiles = _numbers(states, 100 * states["chance"]), tiles_of(source)
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
        subtitle=f"{scenario}: share of worlds in which a state has acted, in %. {simulated.worlds:,} worlds.",
        notes=(
            "Every state is one agent, so all tiles are of one size. A Monte Carlo error is at most "
            f"{100 * states['chance_error'].max():.1f} points. This is not a forecast."
        ),
        parameters=source.parameters(),
        alt="A map of equal tiles, one for each state; darker tiles are states that are likelier to act.",
        size=_size(tiles),
        **_map(source, tiles, numbers, CHANCES, "share of worlds in which it acted, %"),
        table=states.drop(columns=["levels_start", "levels_left", "levels_error"]).assign(
            worlds=simulated.worlds
        ),
        excerpt=likeliest(states),
    )


def levels_map(source: CaseResults, scenario: str) -> Picture:
    """The sum of the levels of each state's ties at the end."""
    simulated = source.fates(scenario)
    states = simulated.states
    numbers, tiles = _numbers(states, states["levels_left"]), tiles_of(source)
    left, began = states["levels_left"].sum(), states["levels_start"].sum()
    most = states.nlargest(10, "levels_left", keep="all")
    end = last_day(simulated.days[-1])
    return Picture(
        name=f"map-levels-{scenario}",
        title=(
            f"By {end} {100 * left / began:.0f} % of all levels are left in the mean world; the {len(most)} states "
            f"with most have {100 * most['levels_left'].sum() / left:.0f} % of them"
        ),
        subtitle=(
            f"{scenario}: sum of the levels of a state’s ties, 0 to {LEFT[-1]}, mean over worlds. "
            f"{simulated.worlds:,} worlds."
        ),
        notes=(
            "Each tie has level 3 (full), 2 (reduced), 1 (residual) or 0 (none). The levels left depend mostly on "
            "those at the start. A Monte Carlo error is at most "
            f"{states['levels_error'].max():.2f} levels."
        ),
        parameters=source.parameters(),
        alt="A map of equal tiles, one for each state; darker tiles are states with more levels left.",
        size=_size(tiles),
        **_map(source, tiles, numbers, LEFT, "levels left, sum over ties", "{:.1f}"),
        table=states.drop(columns=["chance", "chance_error"]).assign(worlds=simulated.worlds),
        excerpt=_most_lost(states),
    )


STEPS_APART: Final = (-100, -40, -20, -10, -5, -1, 1, 5, 10, 20, 40, 100)
"""The edges of the colours of a difference, in points."""
APART: Final = "PuOr"


def difference_map(source: CaseResults, scenario: str) -> Picture | None:
    """How much more or less often each state acts than under the baseline; None where there is none to compare with."""
    table = source.state_differences(scenario)
    if table.empty:
        return None
    against, tiles = source.results.manifest.names[0], tiles_of(source)
    points, sure = 100 * table["difference"], clear(table)
    tied = (source.fates(scenario).states["levels_start"] > 0).to_numpy()
    numbers = dict(zip(table["iso3"][tied], points[tied], strict=True))
    labels = {iso3: minus(signed(numbers[iso3], 0)) for iso3 in table["iso3"][sure & tied]}
    return Picture(
        name=f"map-difference-{scenario}",
        title=f"By {last_day(source.fates(scenario).days[-1])} {states_changed(table, against)}",
        subtitle=(
            f"{scenario} minus {against}: share of worlds in which a state acts, points. "
            f"{plural(int(table['worlds'].iloc[0]), 'pair')} of worlds with common random numbers."
        ),
        notes=(
            "A number stands where the whole 95 % interval of the difference is on one side of zero. Of so many states "
            "some differ by chance. " + NO_FORECAST
        ),
        parameters=source.parameters(),
        alt="A map of equal tiles, one for each state; orange tiles act less often than under the baseline, "
        "purple ones more often.",
        size=_size(tiles),
        **_map(
            source,
            tiles,
            numbers,
            STEPS_APART,
            "acts less or more often, points",
            colours=APART,
            labels=labels,
        ),
        table=table,
        excerpt=most_changed(table),
    )


def states_changed(table: pd.DataFrame, against: str) -> str:
    """How many states act clearly less or more often, as the end of a sentence without a full stop."""
    sure = table["difference"][clear(table)]
    fewer, more = int((sure < 0).sum()), int((sure > 0).sum())
    if not fewer and not more:
        return f"no state acts clearly less or more often than under {against}"
    counts = [(fewer, "less"), (more, "more")] if fewer >= more else [(more, "more"), (fewer, "less")]
    (first, which), (second, other) = counts
    return (
        f"{plural(first, 'state')} {'acts' if first == 1 else 'act'} clearly {which} often than under {against}, and "
        f"{second or 'none'} clearly {other} often"
    )


def most_changed(table: pd.DataFrame, most: int = SHOWN) -> pd.DataFrame:
    """The states whose probability of acting differs most and clearly from the baseline's, in words."""
    order = table["difference"].abs().sort_values(ascending=False, kind="stable").index
    shown = table.loc[[row for row in order if clear(table).loc[row]]].head(most)
    rows: list[Any] = list(shown.itertuples())
    return pd.DataFrame(
        {
            "state": shown["name"],
            f"{WITHOUT_WITH}, %": [f"{100 * row.baseline:.1f} → {100 * row.scenario:.1f}" for row in rows],
            "difference (95 % interval)": [difference_in_words(row, 1, 100.0) for row in rows],
        }
    )


def frames_of(case: Case) -> dict[str, str]:
    """The colour of the frame of each state that is no third state: target, patrons, principals of the campaign."""
    named = case.assumptions.case
    patrons = dict.fromkeys(named.patrons, PATRON_COLOUR)
    return dict.fromkeys(named.principals, PRINCIPAL_COLOUR) | patrons | {named.target: TARGET_COLOUR}


def tiles_of(source: CaseResults) -> dict[str, Tile]:
    """The tiles of a case's states and its target; laid out by capitals where no state has a stored tile."""
    stored, evidence = stored_tiles(), source.case.evidence
    if not any(iso3 in stored for iso3 in evidence.iso3s):
        return rectangle_of_tiles(evidence)
    known = dict.fromkeys([*evidence.iso3s, source.case.assumptions.case.target])
    return {iso3: stored[iso3] for iso3 in known if iso3 in stored}


def _map(
    source: CaseResults,
    tiles: Mapping[str, Tile],
    numbers: Mapping[str, float],
    steps: Sequence[float],
    words: str,
    form: str = "{:.0f}",
    *,
    colours: str = SCALE,
    labels: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """What draws a map: the picture, its one panel, and the legend of this."""
    world = source.case.assumptions.case.target in tiles
    scale = stepped(steps, source.scale or colours)

    def panel(axes: Axes) -> Axes:
        return tile_map(axes, numbers, tiles, frames_of(source.case), scale, form=form, labels=labels)

    def legend(axes: Axes) -> None:
        below = 0.0 if world else -0.3
        size = LETTERS * max(_fit(axes), 0.4)
        map_legend(axes, size, target=world, below=below)
        _colour_bar(axes, scale, steps, words, size, (0.555, 0.065 + below, 0.25, 0.022))

    def draw(figure: SubFigure) -> None:
        below = 0.0 if world else LEGEND / _size(tiles)[1]
        axes = panel(figure.add_axes((0.01, 0.01 + below, 0.98, 0.98 - below)))
        legend(axes)

    return {"draw": draw, "panels": {"states": panel}, "legend": legend}


def _size(tiles: Mapping[str, Tile]) -> tuple[float, float]:
    """The map's size in inches: that of the world, or less where there are few tiles."""
    wide = STEP * (1 + max(tile.column for tile in tiles.values()))
    high = STEP * (1 + max(tile.row for tile in tiles.values()))
    return min(MAP[0], max(LEAST[0], wide)), min(MAP[1], max(LEAST[1], high + LEGEND))


def _numbers(states: pd.DataFrame, column: pd.Series) -> dict[str, float]:
    """The number of each state that had a tie to cut at the start, by ISO3."""
    tied = states["levels_start"] > 0
    return dict(zip(states["iso3"][tied], column[tied], strict=True))


def _colour_bar(
    axes: Axes,
    scale: ScalarMappable,
    steps: Sequence[float],
    words: str,
    size: float,
    box: tuple[float, float, float, float],
) -> None:
    """A bar of steps of equal width, its edges named, in a box of the axes."""
    bar = axes.inset_axes(box)
    axes.figure.colorbar(scale, cax=bar, orientation="horizontal", spacing="uniform", ticks=list(steps))
    bar.tick_params(labelsize=size, length=0, pad=size / 3)
    bar.set_title(words, fontsize=size, loc="left", pad=size / 2)


def _most_lost(states: pd.DataFrame) -> pd.DataFrame:
    lost = states.assign(lost=states["levels_start"] - states["levels_left"]).nlargest(SHOWN, "lost")
    return pd.DataFrame(
        {
            "state": lost["name"],
            "levels at the start": lost["levels_start"].astype(str),
            "levels left (mean)": [
                f"{left:.1f} ± {error:.2f}"
                for left, error in zip(lost["levels_left"], lost["levels_error"], strict=True)
            ],
        }
    )


# ---- what is drawn


def tile_map(
    axes: Axes,
    numbers: Mapping[str, float],
    tiles: Mapping[str, Tile],
    frames: Mapping[str, str],
    scale: ScalarMappable,
    *,
    form: str = "{:.0f}",
    labels: Mapping[str, str] | None = None,
) -> Axes:
    """Draw a tile for each state with its ISO3 and its number, coloured by the number; grey without one.

    With ``labels`` these stand in place of the numbers, and a tile without a label has its ISO3 alone.
    Target, patrons and principals are no third states: their tiles are framed and carry no number.
    Raises InputError for a state that has no tile.
    """
    for iso3 in numbers:
        if iso3 not in tiles:
            allowed = "a state with a tile in tiles.csv"
            raise InputError(file="tiles.csv", key="iso3", given=iso3, allowed=allowed)
    columns, rows = [tile.column for tile in tiles.values()], [tile.row for tile in tiles.values()]
    axes.set_xlim(min(columns) - 0.6, max(columns) + 0.6)
    axes.set_ylim(max(rows) + 0.6, min(rows) - 0.6)
    axes.set_aspect("equal")
    letters = _fit(axes)
    for iso3, tile in tiles.items():
        number, frame = numbers.get(iso3), frames.get(iso3)
        if frame is not None:
            edge, edge_width = frame, 1.6
            fill, ink = (frame, "white") if frame == TARGET_COLOUR else ("white", frame)
        elif number is None:
            fill, edge, edge_width, ink = EMPTY, "#d0d0d0", 0.4, QUIET
        else:
            fill, edge, edge_width = to_hex(scale.to_rgba(np.array([number]))[0]), "#d0d0d0", 0.4
            red, green, blue = to_rgb(fill)
            ink = "white" if 0.299 * red + 0.587 * green + 0.114 * blue < DARK else "#111111"
        corner = tile.column - SIDE / 2, tile.row - SIDE / 2
        axes.add_patch(Rectangle(corner, SIDE, SIDE, facecolor=fill, edgecolor=edge, linewidth=edge_width))
        label = "" if frame is not None or number is None else form.format(number)
        label = labels.get(iso3, "") if label and labels is not None else label
        _word(axes, tile, -0.17 if label else 0.0, iso3, CODE * letters, ink, bold=ink != QUIET)
        if label:
            _word(axes, tile, 0.24, label, FIGURE * letters, ink, bold=False)
    axes.set_axis_off()
    return axes


def _fit(axes: Axes) -> float:
    """How much smaller letters must be for the tiles of these axes, at most 1."""
    figure = axes.get_figure(root=True)
    if figure is None:
        raise ValueError("axes without a figure have no width")
    wide, high = abs(np.ptp(axes.get_xlim())), abs(np.ptp(axes.get_ylim()))
    inches = min(axes.bbox.width / wide, axes.bbox.height / high) / figure.dpi
    return float(min(1.0, inches / (0.95 * STEP)))


def stepped(steps: Sequence[float], scale: str | Colormap = SCALE) -> ScalarMappable:
    """Colours for the steps between rising edges, by default from light to dark."""
    colours = mpl.colormaps[scale] if isinstance(scale, str) else scale
    return ScalarMappable(BoundaryNorm(steps, colours.N), colours)


def map_legend(axes: Axes, size: float = LETTERS, *, target: bool = True, below: float = 0.0) -> Axes:
    """Add the legend of framed and grey tiles at the lower left; a ``target`` without a tile is left out."""
    kinds = [
        *([Patch(facecolor=TARGET_COLOUR, edgecolor=TARGET_COLOUR, label="target")] if target else []),
        Patch(facecolor="white", edgecolor=PATRON_COLOUR, linewidth=1.6, label="patrons"),
        Patch(
            facecolor="white", edgecolor=PRINCIPAL_COLOUR, linewidth=1.6, label="principals of the campaign"
        ),
        Patch(facecolor=EMPTY, edgecolor="#d0d0d0", label="no tie at the start"),
    ]
    axes.set_axis_off()
    axes.legend(
        handles=kinds, loc="lower left", bbox_to_anchor=(0.0, below), frameon=False, fontsize=size,
        labelcolor=QUIET, handlelength=1.1, handleheight=1.1, borderaxespad=0.0,
    )  # fmt: skip
    return axes


def _word(axes: Axes, tile: Tile, down: float, word: str, size: float, colour: str, *, bold: bool) -> None:
    axes.text(
        tile.column, tile.row + down, word, ha="center", va="center", fontsize=size, color=colour,
        weight="bold" if bold else "normal",
    )  # fmt: skip
