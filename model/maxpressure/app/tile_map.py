"""The map of rungs: a tile for each state, its colour and what a screen reader says of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from maxpressure.app.one_world import RUNGS, OneWorld
from maxpressure.base.ties import TIE_INDEX, TIES
from maxpressure.evidence.tiles import Tile, stored_tiles
from maxpressure.model.agents import State

ALL: Final = "all ties"
SHOWN: Final = (ALL, *TIES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shade:
    """How a tile looks and what that means."""

    fill: str
    ink: str
    means: str


NEVER: Final = Shade(fill="#f2f2f2", ink="#595959", means="no such tie at the start")
OTHER: Final = Shade(fill="#444444", ink="#ffffff", means="target, patron or principal: no third state")
LOST: Final = (
    Shade(fill="#c6dbef", ink="#1a1a1a", means="as at the start"),
    Shade(fill="#fdd49e", ink="#1a1a1a", means="1 rung lost"),
    Shade(fill="#fc8d59", ink="#1a1a1a", means="2 or 3 rungs lost"),
    Shade(fill="#a63603", ink="#ffffff", means="4 or more rungs lost"),
)
RUNG: Final = (
    Shade(fill="#a63603", ink="#ffffff", means="cut: none left"),
    Shade(fill="#deebf7", ink="#1a1a1a", means="residual"),
    Shade(fill="#9ecae1", ink="#1a1a1a", means="reduced"),
    Shade(fill="#2171b5", ink="#ffffff", means="full"),
)


def shades(tie: str) -> tuple[Shade, ...]:
    """The shades of the map, for its legend."""
    return (*(LOST if tie == ALL else reversed(RUNG)), NEVER, OTHER)


def shade_of(state: State, tie: str) -> Shade:
    """How a state's tile looks."""
    if tie == ALL:
        if sum(state.start) == 0:
            return NEVER
        lost = sum(state.start) - sum(state.rungs)
        return LOST[0 if lost <= 0 else 1 if lost == 1 else 2 if lost <= 3 else 3]
    place = TIE_INDEX[tie]
    if state.start[place] == 0 and state.rungs[place] == 0:
        return NEVER
    return RUNG[state.rungs[place]]


def places() -> list[dict[str, Any]]:
    """Where each tile lies, row by row from the north-west, in which order the arrow keys go on."""
    laid: dict[str, Tile] = stored_tiles()
    ordered = sorted(laid.values(), key=lambda tile: (tile.row, tile.column))
    return [{"iso3": tile.iso3, "column": tile.column, "row": tile.row} for tile in ordered]


def looks(world: OneWorld, tie: str, order: list[dict[str, Any]]) -> list[list[str]]:
    """Of each tile in its place: fill, ink, a sign where it moved last week, and its words."""
    states = {state.iso3: state for state in world.world.states}
    return [_look(world, states.get(place["iso3"]), tie, place["iso3"]) for place in order]


def _look(world: OneWorld, state: State | None, tie: str, iso3: str) -> list[str]:
    if state is None:
        return [OTHER.fill, OTHER.ink, "", f"{world.names.get(iso3, iso3)}: {OTHER.means}"]
    shade = shade_of(state, tie)
    moved = "moved last week" if iso3 in world.moved else ""
    words = f"{world.names[iso3]}: {shade.means}" + (f", {moved}" if moved else "")
    if tie != ALL:
        words += f" ({tie} {RUNGS[state.rungs[TIE_INDEX[tie]]]})"
    return [shade.fill, shade.ink, moved, words]
