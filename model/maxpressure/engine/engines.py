"""Both engines behind one protocol: a chunk of worlds goes in, their output comes out.

:class:`CompiledEngine` simulates a chunk by compiled code (:class:`Ensemble`), :class:`WorldEngine` world by world with
the Mesa model, which is loaded by its first world; their outputs hold the same bits. The memory of a chunk does not
depend on how many worlds there are in all, and compiled code holds no lock, so that threads simulate chunks side by
side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from maxpressure.base.numerics import Floats
from maxpressure.engine.arrays import alone, inputs_of, parameter_rows
from maxpressure.engine.chunks import Chunk, Keep, Simulated
from maxpressure.engine.precompute import new_precomputed
from maxpressure.engine.record import CHANGE_INTS, WEEK_FLOATS, WEEK_INTS, WORLD_FLOATS, WORLD_INTS, Output
from maxpressure.engine.state import new_world_state
from maxpressure.engine.week import simulate_worlds
from maxpressure.evidence.parameters import Parameters, parameter_names
from maxpressure.model.case import Situation
from maxpressure.model.rows import CHANGES, flat
from maxpressure.model.rules import GROUPS

if TYPE_CHECKING:
    from maxpressure.model.agents import State
    from maxpressure.model.recorder import Recorder


CHANGES_A_WORLD = 128
"""Room for so many level changes a world at first; a chunk that needs more is simulated again with more room."""

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
"""The errors that a user's own rule may raise: the world fails, the batch continues."""


class Ensemble:
    """The worlds of one situation under one or more parameter draws, compiled; world w uses draw w mod D."""

    def __init__(self, situation: Situation, draws: Sequence[Parameters]) -> None:
        self.situation = situation
        self.inputs = inputs_of(situation)
        self.rows: Floats = parameter_rows(situation, draws)

    def narrowed(self, state: int) -> int:
        """Simulate one state without the others, if these can move it under none of the draws; its index then."""
        peers = self.rows[:, parameter_names().index("beta_peer")]
        if self.inputs.courting or peers.any():
            return state
        self.inputs = alone(self.inputs, state)
        return 0

    def simulate(
        self,
        first: int,
        count: int,
        *,
        seed: int,
        attributions: bool = True,
        without: tuple[int, int] = (-1, -1),
    ) -> Simulated:
        """Simulate ``count`` worlds from number ``first`` on; with ``attributions`` each act has its shares.

        ``without`` is an act that is left out while every random number stays the same: the index of its state and
        its number from 0.
        """
        fixed, world = new_precomputed(self.inputs), new_world_state(self.inputs)
        room = CHANGES_A_WORLD * count
        while True:
            output = new_output(self.situation, count, room, attributions=attributions)
            simulate_worlds(self.inputs, self.rows, seed, first, without, fixed, world, output)
            if output.filled[0] <= room:
                return Simulated(first, output)
            room = int(output.filled[0])


def new_output(situation: Situation, count: int, room: int, *, attributions: bool) -> Output:
    """An empty output for ``count`` worlds with ``room`` level changes."""
    weeks = situation.timeline.weeks - situation.timeline.first
    return Output(
        world_ints=np.zeros((count, WORLD_INTS), dtype=np.int64),
        world_floats=np.zeros((count, WORLD_FLOATS)),
        week_ints=np.zeros((count, weeks, WEEK_INTS), dtype=np.int32),
        week_floats=np.zeros((count, weeks, WEEK_FLOATS)),
        changes=np.zeros((room, CHANGE_INTS), dtype=np.int32),
        attributions=np.zeros((room if attributions else 0, len(GROUPS))),
        filled=np.zeros(1, dtype=np.int64),
    )


@dataclass(frozen=True, slots=True)
class CompiledEngine:
    """Compiled code, many worlds at once."""

    situations: Mapping[str, Situation]
    draws: Sequence[Parameters]
    seed: int
    keep: Keep
    chunk_worlds: int = 1000

    def simulate(self, chunk: Chunk) -> Simulated:
        """The output of the chunk's worlds."""
        ensemble = Ensemble(self.situations[chunk.scenario], self.draws)
        attributions = chunk.first < self.keep.attributions
        return ensemble.simulate(chunk.first, chunk.worlds, seed=self.seed, attributions=attributions)


@dataclass(frozen=True, slots=True)
class WorldEngine:
    """The Mesa model, world by world; it takes any State class, and records the error of a world that fails.

    Without a State class of its own it takes the model's.
    """

    situations: Mapping[str, Situation]
    draws: Sequence[Parameters]
    seed: int
    keep: Keep
    state_class: type[State] | None = None
    chunk_worlds: int = 20

    def simulate(self, chunk: Chunk) -> Simulated:
        """The output of the chunk's worlds."""
        situation = self.situations[chunk.scenario]
        recorders: dict[int, Recorder] = {}
        faults: dict[int, str] = {}
        for number in range(chunk.first, chunk.first + chunk.worlds):
            try:
                recorders[number] = self._simulated(situation, number)
            except FAULTS as fault:
                faults[number] = f"{type(fault).__name__}: {fault}"
        return written(situation, chunk, recorders, faults)

    def _simulated(self, situation: Situation, number: int) -> Recorder:
        from maxpressure.model.agents import State
        from maxpressure.model.world import World

        draw, state_class = self.draws[number % len(self.draws)], self.state_class or State
        world = World(situation, draw, seed=self.seed, number=number, state_class=state_class)
        try:
            return world.run().recorder
        finally:
            world.release()


def written(
    situation: Situation, chunk: Chunk, recorders: Mapping[int, Recorder], faults: Mapping[int, str]
) -> Simulated:
    """What the recorders of finished worlds hold, in the columns and indices of compiled code."""
    population = situation.population
    names = [*population.iso3, *(patron.iso3 for patron in population.patrons)]
    changes = [(number, change) for number, recorder in recorders.items() for change in recorder.changes]
    output = new_output(situation, chunk.worlds, len(changes), attributions=True)
    for number, recorder in recorders.items():
        index = number - chunk.first
        whole = _numbers(recorder.world_row())
        output.world_ints[index], output.world_floats[index] = whole[:WORLD_INTS], whole[WORLD_INTS:]
        for week, row in enumerate(recorder.weeks):
            flat = _numbers(row[1:])  # counts, ties alive, mean levels, embassies and money, shares
            output.week_ints[index, week] = [*flat[:11], *flat[17:21]]
            output.week_floats[index, week] = [*flat[11:17], *flat[21:]]
    for line, (number, change) in enumerate(changes):
        kind, lead = CHANGES.index(change.kind), -1 if change.lead is None else int(change.lead)
        levels = change.level_before, change.level_after
        output.changes[line] = (
            number,
            change.week,
            names.index(change.iso3),
            kind,
            change.tie,
            *levels,
            lead,
        )
        if change.attribution is not None:
            output.attributions[line] = change.attribution
    output.filled[0] = len(changes)
    return Simulated(chunk.first, output, faults)


def _numbers(row: Sequence[object]) -> list[float]:
    """A row's numbers, −1 for a milestone that was never reached."""
    return [-1 if cell is None else cell for cell in flat(row)]
