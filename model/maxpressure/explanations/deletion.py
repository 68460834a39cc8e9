"""A world without one of its acts: what becomes of the other acts when every random number stays the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final, NamedTuple

from maxpressure.engine.engines import Chunk, release
from maxpressure.experiments.executors import bar
from maxpressure.model.agents import Change, State, Week
from maxpressure.model.rules import GROUPS
from maxpressure.model.world import World

PEERS: Final = GROUPS.index("peers")


class Noted(NamedTuple):
    """An act as its state recorded it: ``number`` counts the state's acts from 1, those before the window too.

    ``exposure`` is the state's exposure to peers' acts when it decided, ``peers_share`` their share of its hazard.
    """

    state_index: int
    number: int
    week: int
    changes: tuple[Change, ...]
    exposure: float
    peers_share: float


class Noting(State):
    """A state that acts as every state does, and records its acts."""

    def __init__(self, world: World, index: int, frailty: float | None = None) -> None:
        super().__init__(world, index, frailty)
        self.noted: list[Noted] = []

    def plan(self, week: Week, request: float, incident: float, courtship: float) -> None:
        """As every state does, and record the act before it takes effect."""
        super().plan(week, request, incident, courtship)
        if self.act:
            share = self.attribution(week)[PEERS]
            self.noted.append(Noted(self.index, self.acts + 1, week.number, self.act, self.exposure, share))


class Without(Noting):
    """A state that, if it is the one named, leaves one act out: in its week no tie is cut.

    The random numbers of that act are used up, so that each later act keeps its own: strain starts again against the
    next resistance. No level falls, no peer is exposed, and the act does not count among the state's earlier acts.
    """

    def __init__(
        self, world: World, index: int, frailty: float | None = None, *, deleted: tuple[int, int]
    ) -> None:
        super().__init__(world, index, frailty)
        self.left_out = deleted[1] if deleted[0] == index else -1
        self.leaving_out = False
        self.skipped = 0

    @property
    def number(self) -> int:
        """The number under which the random numbers of the next act are kept: acts before it and the one left out."""
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
    """For each act, what becomes of the others when it is deleted and every random number stays the same."""
    base = {state.index: _weeks(state.noted) for state in world.states if isinstance(state, Noting)}
    chunks = [Chunk(f"{name}, world {world.number}, one act deleted", row, 1) for row in range(len(acts))]
    found = []
    with bar(chunks, progress=progress) as shown:
        for chunk, note in zip(chunks, acts, strict=True):
            other = World(
                world.situation,
                world.parameters,  # they include the scenario’s overrides
                seed=world.seed,
                number=world.number,
                record=False,
                state_class=partial(Without, deleted=(note.state_index, note.number - 1)),
            ).run()
            release(other)
            found.append(_fate(base, other, note))
            shown.note(chunk)
    return found


def _fate(base: Mapping[int, list[int]], other: World, note: Noted) -> dict[str, Any]:
    """How the acts of a world without one act differ from those of the world with it."""
    fate = dict.fromkeys(("gone", "own_gone", "new", "own_new", "moved"), 0)
    others = []
    for state in other.states:
        assert isinstance(state, Noting)
        had, has = base[state.index], _weeks(state.noted)
        if state.index == note.state_index:
            fate["own_gone"] = max(0, len(had) - 1 - len(has))
            fate["own_new"] = max(0, len(has) - len(had) + 1)
            continue
        fate["gone"] += max(0, len(had) - len(has))
        fate["new"] += max(0, len(has) - len(had))
        fate["moved"] += sum(one != two for one, two in zip(had, has, strict=False))
        if len(has) != len(had):
            count = abs(len(has) - len(had))
            others.append(
                f"{'−' if len(has) < len(had) else '+'}{f'{count}×' if count > 1 else ''}{state.iso3}"
            )
    size = fate["gone"] + fate["own_gone"]
    return fate | {"size": size, "net": fate["new"] + fate["own_new"] - size, "others": " ".join(others)}


def _weeks(noted: Sequence[Noted]) -> list[int]:
    return [note.week for note in noted]
