"""The two engines behind one door: a chunk of worlds goes in, a book of what came of them comes out.

The unit of work of a run: some worlds of one scenario.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

import mesa

from maxpressure.engine.ensemble import Ensemble, Simulated, new_book
from maxpressure.engine.record import WORLD_INTS
from maxpressure.evidence.parameters import Parameters
from maxpressure.model.agents import State
from maxpressure.model.case import Situation
from maxpressure.model.recorder import CHANGES, Recorder, flat
from maxpressure.model.world import World


class Chunk(NamedTuple):
    """Worlds ``first`` to ``first + count − 1`` of a scenario."""

    scenario: str
    first: int
    worlds: int

    @property
    def name(self) -> str:
        """The name of the chunk's files: sorted by it, chunks lie in the order of their worlds."""
        return f"{self.scenario}-{self.first:010d}-{self.first + self.worlds - 1:010d}"


class Keep(NamedTuple):
    """Of how many worlds of each scenario weekly rows and account shares are kept, counted from world 0."""

    weeks: int = 2000
    attributions: int = 2000


FAULTS: Final = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NameError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What a rule that somebody wrote may raise: the world fails, the batch goes on."""


class Engine(Protocol):
    """Lives chunks of worlds, none larger than ``chunk_worlds``."""

    @property
    def chunk_worlds(self) -> int:
        """How many worlds a chunk holds at most; chunks lie on a grid of this width."""

    def simulate(self, chunk: Chunk) -> Simulated:
        """What came of the chunk's worlds."""


@dataclass(frozen=True, slots=True)
class CompiledEngine:
    """The ensemble: many worlds at once, compiled."""

    situations: Mapping[str, Situation]
    draws: Sequence[Parameters]
    seed: int
    keep: Keep
    chunk_worlds: int = 1000

    def simulate(self, chunk: Chunk) -> Simulated:
        """What came of the chunk's worlds."""
        ensemble = Ensemble(self.situations[chunk.scenario], self.draws)
        attributions = chunk.first < self.keep.attributions
        return ensemble.simulate(chunk.first, chunk.worlds, seed=self.seed, attributions=attributions)


@dataclass(frozen=True, slots=True)
class WorldEngine:
    """The Mesa model, world by world; it takes any State class, and a world that fails is noted as such."""

    situations: Mapping[str, Situation]
    draws: Sequence[Parameters]
    seed: int
    keep: Keep
    state_class: type[State] = State
    chunk_worlds: int = 20

    def simulate(self, chunk: Chunk) -> Simulated:
        """What came of the chunk's worlds."""
        situation = self.situations[chunk.scenario]
        recorders: dict[int, Recorder] = {}
        faults: dict[int, str] = {}
        for number in range(chunk.first, chunk.first + chunk.worlds):
            try:
                recorders[number] = self._simulated(situation, number)
            except FAULTS as fault:
                faults[number] = f"{type(fault).__name__}: {fault}"
        return _written(situation, chunk, recorders, faults)

    def _simulated(self, situation: Situation, number: int) -> Recorder:
        draw = self.draws[number % len(self.draws)]
        world = World(situation, draw, seed=self.seed, number=number, state_class=self.state_class)
        try:
            return world.run().recorder
        finally:
            release(world)


def release(world: World) -> None:
    """Let a finished world go: Mesa below 3.4 keeps every model in a dictionary of its agents' class."""
    getattr(mesa.Agent, "_ids", {}).pop(world, None)


def _written(
    situation: Situation, chunk: Chunk, recorders: Mapping[int, Recorder], faults: Mapping[int, str]
) -> Simulated:
    """The notes of finished worlds as a book, in the indices that compiled code would have used."""
    population = situation.population
    who = [*population.iso3, *(patron.iso3 for patron in population.patrons)]
    changes = [(number, change) for number, recorder in recorders.items() for change in recorder.changes]
    book = new_book(situation, chunk.worlds, len(changes), attributions=True)
    for number, recorder in recorders.items():
        index = number - chunk.first
        whole = _numbers(recorder.world_row())
        book.world_ints[index], book.world_floats[index] = whole[:WORLD_INTS], whole[WORLD_INTS:]
        for week, row in enumerate(recorder.weeks):
            flat = _numbers(row[1:])  # counts, ties alive, mean levels, embassies and money, shares
            book.week_ints[index, week] = [*flat[:11], *flat[17:21]]
            book.week_floats[index, week] = [*flat[11:17], *flat[21:]]
    for line, (number, change) in enumerate(changes):
        kind, lead = CHANGES.index(change.kind), -1 if change.lead is None else int(change.lead)
        levels = change.level_before, change.level_after
        book.changes[line] = (number, change.week, who.index(change.iso3), kind, change.tie, *levels, lead)
        if change.attribution is not None:
            book.attributions[line] = change.attribution
    book.filled[0] = len(changes)
    return Simulated(chunk.first, book, faults)


def _numbers(row: Sequence[object]) -> list[float]:
    """A row's numbers, −1 for a milestone that was never reached."""
    return [-1 if cell is None else cell for cell in flat(row)]
