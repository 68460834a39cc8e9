"""Chunks of worlds, the unit of work of a run, and the protocol of the engines that simulate them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from maxpressure.engine.record import Output


class Chunk(NamedTuple):
    """Worlds ``first`` to ``first + count − 1`` of a scenario."""

    scenario: str
    first: int
    worlds: int

    @property
    def name(self) -> str:
        """The name of the chunk's files: sorted by it, chunks lie in the order of their worlds."""
        return f"{self.scenario}-{self.first:010d}-{self.first + self.worlds - 1:010d}"

    def pieces(self, most: int) -> list[Chunk]:
        """The chunk cut at multiples of ``most`` worlds."""
        last = self.first + self.worlds
        starts = [self.first, *range((self.first // most + 1) * most, last, most)]
        return [
            Chunk(self.scenario, start, stop - start)
            for start, stop in zip(starts, [*starts[1:], last], strict=True)
        ]


class Keep(NamedTuple):
    """How many worlds of each scenario keep weekly rows and attributions, counted from world 0."""

    weeks: int = 2000
    attributions: int = 2000


@dataclass(frozen=True, slots=True)
class Simulated:
    """A simulated chunk: worlds ``first`` onwards, one row of the output each.

    ``faults`` holds the error of each world that failed; its rows in the output are empty.
    """

    first: int
    output: Output
    faults: Mapping[int, str] = field(default_factory=dict)

    @property
    def changes(self) -> int:
        """How many level changes there were; so many rows of ``output.changes`` are in use."""
        return int(self.output.filled[0])


class Engine(Protocol):
    """Simulates chunks of worlds, none larger than ``chunk_worlds``."""

    @property
    def chunk_worlds(self) -> int:
        """How many worlds a chunk holds at most; chunks lie on a grid of this width."""

    def simulate(self, chunk: Chunk) -> Simulated:
        """The output of the chunk's worlds."""
