"""States that take notes of their acts, and such that leave one act out."""

from __future__ import annotations

from typing import Final, NamedTuple

from maxpressure.rules import GROUPS
from maxpressure.states import Change, State, Week
from maxpressure.world import World

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
