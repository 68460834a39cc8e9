"""A world of the Mesa model without one act: what the compiled deletion must equal to the bit."""

from __future__ import annotations

from functools import partial

from maxpressure.explanations.rerun import Noting
from maxpressure.model.history import Change
from maxpressure.model.world import World
from worlds import forget


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


def world_without(world: World, state: int, number: int) -> World:
    """The same world simulated again without one act of a state, by its number from 0."""
    other = World(
        world.situation,
        world.parameters,
        seed=world.seed,
        number=world.number,
        state_class=partial(Without, deleted=(state, number)),
    ).run()
    forget(other)
    return other
