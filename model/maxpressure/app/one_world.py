"""The view of one world without its frame: its weeks, its states, and the map of levels, a tile for each state."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from maxpressure.app.levers import base_named, refused
from maxpressure.app.many_worlds import SEED
from maxpressure.base import rng
from maxpressure.base.ties import LEVEL_WORDS, TIE_INDEX, TIES
from maxpressure.evidence.parameters import Parameters
from maxpressure.evidence.tiles import Tile, stored_tiles
from maxpressure.explanations.attribution import in_words
from maxpressure.model import rules
from maxpressure.model.agents import State, Week
from maxpressure.model.case import Case, Situation, prepare
from maxpressure.model.inputs import DatedInput, edited_inputs
from maxpressure.model.rows import ChangeRow
from maxpressure.model.world import World
from maxpressure.results.weekly import last_day, recorded

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
    Shade(fill="#fdd49e", ink="#1a1a1a", means="1 level lost"),
    Shade(fill="#fc8d59", ink="#1a1a1a", means="2 or 3 levels lost"),
    Shade(fill="#a63603", ink="#ffffff", means="4 or more levels lost"),
)
LEVEL: Final = (
    Shade(fill="#a63603", ink="#ffffff", means="cut: none left"),
    Shade(fill="#deebf7", ink="#1a1a1a", means="residual"),
    Shade(fill="#9ecae1", ink="#1a1a1a", means="reduced"),
    Shade(fill="#2171b5", ink="#ffffff", means="full"),
)


def shades(tie: str) -> tuple[Shade, ...]:
    """The shades of the map, for its legend."""
    return (*(LOST if tie == ALL else reversed(LEVEL)), NEVER, OTHER)


def shade_of(state: State, tie: str) -> Shade:
    """How a state's tile looks."""
    if tie == ALL:
        if sum(state.start) == 0:
            return NEVER
        lost = sum(state.start) - sum(state.levels)
        return LOST[0 if lost <= 0 else 1 if lost == 1 else 2 if lost <= 3 else 3]
    index = TIE_INDEX[tie]
    untouched = state.start[index] == state.levels[index]
    if untouched and (state.start[index] == 0 or state.unlisted[index]):
        return NEVER
    return LEVEL[state.levels[index]]


def tile_order() -> list[dict[str, Any]]:
    """The row and column of each tile, in order from the north-west."""
    laid: dict[str, Tile] = stored_tiles()
    ordered = sorted(laid.values(), key=lambda tile: (tile.row, tile.column))
    return [{"iso3": tile.iso3, "column": tile.column, "row": tile.row} for tile in ordered]


def looks(world: OneWorld, tie: str, order: list[dict[str, Any]]) -> list[list[str]]:
    """Of each tile in `order`: fill, ink, a sign where its state moved last week, and its words."""
    states = {state.iso3: state for state in world.world.states}
    return [_look(world, states.get(tile["iso3"]), tie, tile["iso3"]) for tile in order]


def _look(world: OneWorld, state: State | None, tie: str, iso3: str) -> list[str]:
    if state is None:
        return [OTHER.fill, OTHER.ink, "", f"{world.names.get(iso3, iso3)}: {OTHER.means}"]
    shade = shade_of(state, tie)
    moved = "moved last week" if iso3 in world.moved else ""
    words = f"{world.names[iso3]}: {shade.means}" + (f", {moved}" if moved else "")
    if tie != ALL:
        words += f" ({tie} {LEVEL_WORDS[state.levels[TIE_INDEX[tie]]]})"
    return [shade.fill, shade.ink, moved, words]


MOST_WORLDS: Final = 10_000
KINDS: Final = {"restoration": "restored", "attrition": "route thins"}


class RememberingState(State):
    """A state that remembers what its hazard was due to in the week that it planned last."""

    def __init__(self, world: World, index: int, frailty: float | None = None) -> None:
        super().__init__(world, index, frailty)
        self.last: tuple[float, ...] = ()

    def plan(self, week: Week, request: float, incident: float, courtship: float) -> None:
        """As every state does; the attribution is taken before anything takes effect."""
        super().plan(week, request, incident, courtship)
        self.last = self.attribution(week) if self.hazard > 0.0 else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """A week's dated inputs, then its acts with their attribution and other moves, each a line."""

    week: str
    inputs: tuple[str, ...]
    acts: tuple[str, ...]


class OneWorld:
    """A world of a scenario that is stepped by hand; ``number`` is the world's number, as in a run."""

    def __init__(self, case: Case, draws: Sequence[Parameters], scenario: str, number: int) -> None:
        self.case, self.draws = case, draws
        self.scenario, self.number = scenario, number
        self.situation: Situation = prepare(case, case.scenario(base_named(case, scenario)))
        self.inputs = edited_inputs(case.evidence, case.assumptions, self.situation.scenario).inputs
        self.names = {row.iso3: row.name for row in case.evidence.states}
        self.record = recorded([self.situation], case.assumptions.record.acts_until)
        self.world = World(
            self.situation,
            draws[number % len(draws)],
            seed=SEED,
            number=number,
            state_class=RememberingState,
        )
        self.counts = [0]
        self.simulated: list[Simulated] = []
        self.moved: frozenset[str] = frozenset()

    @property
    def over(self) -> bool:
        """Whether no week is left."""
        return self.world.week >= self.situation.timeline.weeks

    @property
    def today(self) -> dt.date:
        """The day on which the week to come begins."""
        return self.situation.timeline.monday(self.world.week)

    def step(self) -> None:
        """Simulate a week, if one is left."""
        if self.over:
            return
        number, monday = self.world.week, self.today
        self.world.step()
        changes = [row for row in self.world.recorder.changes if row.week == number]
        self.moved = frozenset(row.iso3 for row in changes)
        self.counts.append(self.world.recorder.weeks[-1].acts_total)
        self.simulated.append(
            Simulated(
                week=f"week of {monday.day} {monday:%B %Y}",
                inputs=tuple(self._inputs(monday)),
                acts=tuple(self._moves(changes)),
            )
        )

    def leave(self) -> None:
        """Release the world."""
        self.world.release()

    def _inputs(self, monday: dt.date) -> Iterator[str]:
        for one in self.inputs:
            if monday <= one.date < monday + dt.timedelta(weeks=1):
                yield input_line(one, self.names)

    def _moves(self, changes: Sequence[ChangeRow]) -> Iterator[str]:
        ordered = sorted(changes, key=lambda row: (row.kind != "act", row.kind, row.iso3, row.tie))
        for (kind, iso3), rows in groupby(ordered, key=lambda row: (row.kind, row.iso3)):
            listed = list(rows)
            ties = ", ".join(fall(row.tie, row.level_before, row.level_after) for row in listed)
            attribution = listed[0].attribution
            why = f" Due {due_to(attribution)}." if attribution else ""
            yield f"{self.names[iso3]}: {KINDS[kind] + ', ' if kind in KINDS else ''}{ties}.{why}"

    # ---- what is shown

    def wave(self) -> dict[str, Any]:
        """Acts counted up in this world and on record, by the week, for a small picture."""
        record = self.record.counts[: len(self.counts)]
        return {
            "weeks": self.situation.timeline.weeks - self.world.first,
            "world": list(self.counts),
            "record": list(self.record.counts),
            "first": self.situation.timeline.monday(self.world.first).isoformat(),
            "alt": (
                f"Acts of breaking off by {last_day(self.today)}: {self.counts[-1]} in this world"
                + (f", {record[-1]} on record." if record else ".")
            ),
        }

    def about(self, iso3: str) -> dict[str, Any]:
        """A state's ties, strain and attribution; for a state that does not decide, the reason."""
        if iso3 not in self.situation.population.iso3:
            return {"iso3": iso3, "name": self.names.get(iso3, iso3), "ties": [], "lines": [self._part(iso3)]}
        state = self.world.states[self.situation.population.iso3.index(iso3)]
        assert isinstance(state, RememberingState)
        ties = [
            {"tie": tie, "start": LEVEL_WORDS[began], "now": LEVEL_WORDS[now], "fell": now < began}
            for tie, began, now in zip(TIES, state.start, state.levels, strict=True)
        ]
        return {"iso3": iso3, "name": self.names[iso3], "ties": ties, "lines": list(self._strain(state))}

    def _part(self, iso3: str) -> str:
        part = self.case.assumptions.case
        if iso3 == part.target:
            return "The target of the campaign."
        if iso3 in part.patrons:
            return "A patron: it follows the scenario’s path and not the rule."
        return "One of the principals of the campaign: it presses and is not pressed."

    def _strain(self, state: RememberingState) -> Iterator[str]:
        """How near the state is to its next act, and what last week's hazard was due to."""
        if sum(state.levels) == 0:
            yield "It has no tie left to cut."
            return
        resistance = rng.exponential(SEED, self.number, state.code, state.number, rng.RESISTANCE)
        acts = f"It has acted {state.acts} time{'s' if state.acts != 1 else ''}. " if state.acts else ""
        yield (
            f"{acts}Strain {state.strain:.3f} of the {resistance:.3f} at which it acts next "
            f"({min(1.0, state.strain / resistance):.0%}). Strain is the cumulated hazard; the threshold is random."
        )
        if state.last:
            chance = rules.acting_probability(state.hazard)
            yield f"Last week its chance of acting was {chance:.2%}, due {due_to(state.last)}."
        else:
            yield (
                "No week has been simulated yet."
                if not self.simulated
                else "Nothing pressed on it last week."
            )


def due_to(attribution: Sequence[float]) -> str:
    """What a hazard was due to, as it follows the word due."""
    words = in_words(attribution)
    return f"mostly to {words.removeprefix('mostly ')}" if words.startswith("mostly ") else f"to {words}"


def fall(tie: int, before: int, after: int) -> str:
    """A tie that moved, in words."""
    return f"{TIES[tie]} from {LEVEL_WORDS[before]} to {LEVEL_WORDS[after]}"


def input_line(one: DatedInput, names: dict[str, str]) -> str:
    """A dated input as a line: its day, name, kind and the states it names."""
    to = ", ".join(names.get(iso3, iso3) for iso3 in one.targets)
    kind = (
        one.kind.replace("_", " ")
        .replace("us ", "US ")
        .replace("un ", "UN ")
        .replace("rok japan", "ROK or Japan")
    )
    return f"{one.date.day} {one.date:%b}: {one.name} ({kind}{f'; names {to}' if to else ''})"


def number_of(written: str) -> int:
    """The number of a world as a visitor wrote it."""
    digits = written.strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) < 6 and int(digits) < MOST_WORLDS):
        raise refused("World number", written[:20], f"a whole number from 0 to {MOST_WORLDS - 1}")
    return int(digits)


def begun_anew(earlier: OneWorld, scenario: str | None = None, number: int | None = None) -> OneWorld:
    """A new world at its first week, of another scenario or number where one is given; the earlier one is released."""
    new = OneWorld(
        earlier.case,
        earlier.draws,
        earlier.scenario if scenario is None else scenario,
        earlier.number if number is None else number,
    )
    earlier.leave()
    return new
