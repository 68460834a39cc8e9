"""What vanishes with an act: states that note what they do, such that leave one act out, and what becomes of others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final, NamedTuple

from maxpressure.engine.chunks import Chunk
from maxpressure.engine.engines import release
from maxpressure.experiments.progress import bar
from maxpressure.model.agents import Change, State, Week
from maxpressure.model.rules import GROUPS
from maxpressure.model.world import World

PEERS: Final = GROUPS.index("peers")


class Noted(NamedTuple):
    """An act as its state noted it: ``number`` counts the state's acts from 1, those before the window too.

    ``exposure`` is what it had seen of peers' acts when it decided, ``peers_share`` their share of its hazard.
    """

    place: int
    number: int
    week: int
    changes: tuple[Change, ...]
    exposure: float
    peers_share: float


class Noting(State):
    """A state that does what every state does, and notes its acts."""

    def __init__(self, world: World, place: int, frailty: float | None = None) -> None:
        super().__init__(world, place, frailty)
        self.noted: list[Noted] = []

    def plan(self, week: Week, request: float, incident: float, courtship: float) -> None:
        """As every state does, and note the act before it takes effect."""
        super().plan(week, request, incident, courtship)
        if self.act:
            share = self.account(week)[PEERS]
            self.noted.append(Noted(self.place, self.acts + 1, week.number, self.act, self.exposure, share))


class Without(Noting):
    """A state that, if it is the one named, leaves one act out: when its time comes, nothing falls.

    The luck of that act is used up, so that each later act keeps its own: strain starts again against the next
    resistance. No rung falls, no peer sees anything, and the act counts for nothing in the state's own momentum.
    """

    def __init__(
        self, world: World, place: int, frailty: float | None = None, *, deleted: tuple[int, int]
    ) -> None:
        super().__init__(world, place, frailty)
        self.left_out = deleted[1] if deleted[0] == place else -1
        self.leaving_out = False
        self.skipped = 0

    @property
    def number(self) -> int:
        """The number under which the luck of the next act is kept: acts before it and the one left out."""
        return self.acts + self.skipped

    def _choose(self) -> tuple[Change, ...]:
        if self.number == self.left_out and not self.skipped:
            self.leaving_out = True
            return ()
        return super()._choose()

    def commit(self) -> None:
        """As every state does; where the act is left out, strain starts again as after any act."""
        super().commit()
        if self.leaving_out:
            self.strain, self.skipped, self.leaving_out = 0.0, 1, False


def deletions(
    world: World, acts: Sequence[Noted], name: str, *, progress: bool = False
) -> list[dict[str, Any]]:
    """For each act, what becomes of the others when it is deleted and everything else has the luck it had."""
    base = {state.place: _weeks(state.noted) for state in world.states if isinstance(state, Noting)}
    chunks = [
        Chunk(f"{name}, world {world.replicate}, one act deleted", place, 1) for place in range(len(acts))
    ]
    found = []
    with bar(chunks, progress=progress) as shown:
        for chunk, note in zip(chunks, acts, strict=True):
            other = World(
                world.situation,
                world.parameters,  # with the scenario’s overrides, which hold again as they are
                seed=world.seed,
                replicate=world.replicate,
                record=False,
                state_class=partial(Without, deleted=(note.place, note.number - 1)),
            ).run()
            release(other)
            found.append(_fate(base, other, note))
            shown.note(chunk)
    return found


def _fate(base: Mapping[int, list[int]], other: World, note: Noted) -> dict[str, Any]:
    """How the acts of a world without one act differ from those of the world that had it."""
    fate = dict.fromkeys(("gone", "own_gone", "new", "own_new", "moved"), 0)
    who = []
    for state in other.states:
        assert isinstance(state, Noting)
        had, has = base[state.place], _weeks(state.noted)
        if state.place == note.place:
            fate["own_gone"] = max(0, len(had) - 1 - len(has))
            fate["own_new"] = max(0, len(has) - len(had) + 1)
            continue
        fate["gone"] += max(0, len(had) - len(has))
        fate["new"] += max(0, len(has) - len(had))
        fate["moved"] += sum(one != two for one, two in zip(had, has, strict=False))
        if len(has) != len(had):
            count = abs(len(has) - len(had))
            who.append(f"{'−' if len(has) < len(had) else '+'}{f'{count}×' if count > 1 else ''}{state.iso3}")
    size = fate["gone"] + fate["own_gone"]
    return fate | {"size": size, "net": fate["new"] + fate["own_new"] - size, "who": " ".join(who)}


def _weeks(noted: Sequence[Noted]) -> list[int]:
    return [note.week for note in noted]
