"""Scenarios × parameter draws × replicates: what is to be run, checked before anything is.

World w of every scenario has replicate w and draw w mod D, so that scenarios share their luck and their
parameters and differ by policy alone.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa

from maxpressure.base import rng
from maxpressure.base.errors import InputError, nearest
from maxpressure.base.paths import code_digest
from maxpressure.engine.chunks import Chunk, Keep
from maxpressure.engine.engines import CompiledEngine, Engine, WorldEngine
from maxpressure.evidence.parameters import Parameters, ParameterSet, named_numbers
from maxpressure.experiments.columns import batches
from maxpressure.experiments.manifest import (
    Manifest,
    ParametersUsed,
    ScenarioText,
    assumptions_digest,
    draws_digest,
    utc_now,
    versions,
)
from maxpressure.experiments.parts import encoded
from maxpressure.model.agents import State
from maxpressure.model.case import Case, Situation, prepare
from maxpressure.model.world import check_key
from maxpressure.scenario import Scenario, check

ENGINES: Final = ("ensemble", "world")
KEPT: Final = Keep()

Source = str | Path | Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """What is to be run: each scenario in as many worlds, from one seed, under one or more parameter draws."""

    case: Case
    scenarios: tuple[Scenario, ...]
    worlds: int
    seed: int
    engine: str
    parameters: ParameterSet
    draws: tuple[Parameters, ...]
    keep: Keep
    state_class: type[State] = State

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the scenarios."""
        return tuple(scenario.name for scenario in self.scenarios)

    def situations(self) -> dict[str, Situation]:
        """What the worlds of each scenario are told, by its name."""
        return {scenario.name: prepare(self.case, scenario) for scenario in self.scenarios}

    def job(self) -> Job:
        """The work that a chunk of worlds is, for any worker."""
        situations = self.situations()
        engine: Engine = CompiledEngine(situations, self.draws, self.seed, self.keep)
        if self.engine == "world":
            engine = WorldEngine(situations, self.draws, self.seed, self.keep, self.state_class)
        return Job(engine, situations, len(self.draws), self.keep)


@dataclass(frozen=True, slots=True)
class Job:
    """Lives chunks of worlds and lays them out as columns; it travels to workers of any kind."""

    engine: Engine
    situations: dict[str, Situation]
    draws: int
    keep: Keep

    @property
    def compiled(self) -> bool:
        """Whether threads can live it side by side."""
        return isinstance(self.engine, CompiledEngine)

    @property
    def portable(self) -> bool:
        """Whether another process can load the class of its states."""
        return not (isinstance(self.engine, WorldEngine) and self.engine.state_class.__module__ == "__main__")

    def live(self, chunk: Chunk) -> dict[str, pa.RecordBatch]:
        """The chunk's rows of every table."""
        return batches(chunk, self.draws, self.situations[chunk.scenario], self.engine.live(chunk), self.keep)

    def encode(self, chunk: Chunk) -> EncodedChunk:
        """The chunk's rows as the bytes of its parts."""
        rows = self.live(chunk)
        failed = [
            world.as_py()
            for world, status in zip(rows["worlds"]["replicate"], rows["worlds"]["status"], strict=True)
            if status.as_py() == "failed"
        ]
        parts = {table: (batch.num_rows, encoded(batch)) for table, batch in rows.items()}
        return EncodedChunk(chunk, parts, tuple(failed))


@dataclass(frozen=True, slots=True)
class EncodedChunk:
    """A finished chunk: rows and bytes of each part, and the numbers of the worlds that failed."""

    chunk: Chunk
    parts: dict[str, tuple[int, bytes]]
    failed: tuple[int, ...]


def plan(
    case: Case,
    sources: Sequence[Source],
    *,
    worlds: int,
    seed: int,
    engine: str,
    parameters: ParameterSet,
    draws: Sequence[Parameters] = (),
    keep: Keep = KEPT,
    state_class: type[State] = State,
) -> Experiment:
    """Read and check what is asked for; raises InputError naming what cannot be run."""
    if engine not in ENGINES:
        close, allowed = nearest(engine, ENGINES), f"one of {', '.join(ENGINES)}"
        raise InputError(file="run", key="engine", given=engine, allowed=allowed, nearest=close)
    if not 1 <= worlds <= rng.REPLICATE_LIMIT:
        allowed = f"a whole number from 1 to {rng.REPLICATE_LIMIT}"
        raise InputError(file="run", key="worlds", given=worlds, allowed=allowed)
    check_key(seed, worlds - 1)
    if not sources:
        raise InputError(file="run", key="scenario", given="nothing", allowed="at least one scenario")
    scenarios = tuple(_scenario(case, source) for source in sources)
    names = [scenario.name for scenario in scenarios]
    for place, name in enumerate(names):
        if name in names[:place]:
            raise InputError(file="run", key="scenario", given=name, allowed="each name once")
    return Experiment(
        case=case,
        scenarios=scenarios,
        worlds=worlds,
        seed=seed,
        engine="world" if state_class is not State else engine,
        parameters=parameters,
        draws=tuple(draws) or (parameters.values,),
        keep=keep,
        state_class=state_class,
    )


def _scenario(case: Case, source: Source) -> Scenario:
    if not isinstance(source, Scenario):
        return case.scenario(source)
    check(source, case.vocabulary())
    return source


def code_of_runs() -> str:
    """The SHA-256 of this module and all that it imports: the engines, the rule, the columns."""
    return code_digest(("experiments/experiment",))


def new_manifest(experiment: Experiment) -> Manifest:
    """The manifest of a run of this experiment that starts now."""
    status, now = experiment.parameters, utc_now()
    return Manifest(
        case=experiment.case.assumptions.case.name,
        scenarios=tuple(ScenarioText(name=one.name, text=one.text()) for one in experiment.scenarios),
        worlds=experiment.worlds,
        seed=experiment.seed,
        engine=experiment.engine,
        state_class=experiment.state_class.__qualname__,
        draws=len(experiment.draws),
        draws_digest=draws_digest(experiment.draws),
        keep_weeks=experiment.keep.weeks,
        keep_accounts=experiment.keep.accounts,
        parameters=ParametersUsed(
            status=status.status, source=status.source, values=dict(named_numbers(status.values))
        ),
        evidence=experiment.case.evidence.digest,
        assumptions=assumptions_digest(experiment.case),
        code=code_of_runs(),
        versions=versions(),
        command=shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]]),
        started=now,
        ended=now,
    )
