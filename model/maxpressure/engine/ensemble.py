"""Many worlds at once: chunks of worlds lived by compiled code, draw for draw the same as :class:`World`.

The memory that a chunk needs does not depend on how many worlds there are in all. The compiled code holds no
lock, so that threads live chunks side by side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from maxpressure.base.numerics import Floats
from maxpressure.engine.arrays import parameter_row, sheet_of
from maxpressure.engine.precompute import new_table
from maxpressure.engine.record import CHANGE_INTS, WEEK_FLOATS, WEEK_INTS, WORLD_FLOATS, WORLD_INTS, Book
from maxpressure.engine.state import new_life
from maxpressure.engine.week import simulate_worlds
from maxpressure.evidence.parameters import Parameters
from maxpressure.model.case import Situation
from maxpressure.model.rules import GROUPS

CHANGES_A_WORLD = 128
"""Room for so many level changes a world at first; a chunk that needs more is lived again with more room."""


@dataclass(frozen=True, slots=True)
class Simulated:
    """A chunk of lived worlds: numbers ``first`` onwards, one row of the book each.

    ``faults`` says of worlds that failed what went wrong; their rows in the book are empty.
    """

    first: int
    book: Book
    faults: Mapping[int, str] = field(default_factory=dict)

    @property
    def changes(self) -> int:
        """How many level changes there were; so many rows of ``book.changes`` are in use."""
        return int(self.book.filled[0])


class Ensemble:
    """The worlds of one situation under one or more parameter draws; world w has draw w mod D."""

    def __init__(self, situation: Situation, draws: Sequence[Parameters]) -> None:
        self.situation = situation
        self.sheet = sheet_of(situation)
        self.rows: Floats = np.stack([parameter_row(situation, draw) for draw in draws])

    def simulate(self, first: int, count: int, *, seed: int, attributions: bool = True) -> Simulated:
        """Live ``count`` worlds from number ``first`` on; with ``attributions`` each act keeps its shares."""
        table, life = new_table(self.sheet), new_life(self.sheet)
        room = CHANGES_A_WORLD * count
        while True:
            book = new_book(self.situation, count, room, attributions=attributions)
            simulate_worlds(self.sheet, self.rows, seed, first, table, life, book)
            if book.filled[0] <= room:
                return Simulated(first, book)
            room = int(book.filled[0])


def new_book(situation: Situation, count: int, room: int, *, attributions: bool) -> Book:
    """An empty book for ``count`` worlds with ``room`` level changes."""
    weeks = situation.timeline.weeks - situation.timeline.first
    return Book(
        world_ints=np.zeros((count, WORLD_INTS), dtype=np.int64),
        world_floats=np.zeros((count, WORLD_FLOATS)),
        week_ints=np.zeros((count, weeks, WEEK_INTS), dtype=np.int32),
        week_floats=np.zeros((count, weeks, WEEK_FLOATS)),
        changes=np.zeros((room, CHANGE_INTS), dtype=np.int32),
        attributions=np.zeros((room if attributions else 0, len(GROUPS))),
        filled=np.zeros(1, dtype=np.int64),
    )
