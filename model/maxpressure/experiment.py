"""Scenarios × worlds: what is to be run, and running it into the tables of a folder.

World w of every scenario has replicate w, so that scenarios share their luck and differ by policy alone.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import mesa
from tqdm import tqdm

from maxpressure import luck
from maxpressure.errors import InputError, nearest
from maxpressure.manifest import (
    Manifest,
    ParametersUsed,
    ScenarioText,
    assumptions_digest,
    code_digest,
    utc_now,
    versions,
)
from maxpressure.parameters import Parameters, ParameterSet, parameter_names
from maxpressure.result_tables import TableWriters, WorldKey, act_row, week_row, world_row
from maxpressure.scenario import Scenario, check
from maxpressure.situation import Case, Situation, prepare
from maxpressure.ties import TIES
from maxpressure.world import World, check_key

ENGINES: Final = ("world",)
WORLDS_BETWEEN_WRITES: Final = 50
"""Rows of so many worlds are held in memory before they are written."""

Source = str | Path | Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """What is to be run: each scenario in as many worlds, from one seed."""

    case: Case
    scenarios: tuple[Scenario, ...]
    worlds: int
    seed: int
    engine: str
    parameters: ParameterSet

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the scenarios."""
        return tuple(scenario.name for scenario in self.scenarios)

    def situations(self) -> dict[str, Situation]:
        """What the worlds of each scenario are told, by its name."""
        return {scenario.name: prepare(self.case, scenario) for scenario in self.scenarios}


def plan(
    case: Case, sources: Sequence[Source], *, worlds: int, seed: int, engine: str, parameters: ParameterSet
) -> Experiment:
    """Read and check what is asked for; raises InputError naming what cannot be run."""
    if engine not in ENGINES:
        close, allowed = nearest(engine, ENGINES), f"one of {', '.join(ENGINES)}"
        raise InputError(file="run", key="engine", given=engine, allowed=allowed, nearest=close)
    if not 1 <= worlds <= luck.REPLICATE_LIMIT:
        allowed = f"a whole number from 1 to {luck.REPLICATE_LIMIT}"
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
        case=case, scenarios=scenarios, worlds=worlds, seed=seed, engine=engine, parameters=parameters
    )


def _scenario(case: Case, source: Source) -> Scenario:
    if not isinstance(source, Scenario):
        return case.scenario(source)
    check(source, case.vocabulary())
    return source


def new_manifest(experiment: Experiment) -> Manifest:
    """The manifest of a run of this experiment that starts now."""
    status, now = experiment.parameters, utc_now()
    return Manifest(
        case=experiment.case.assumptions.case.name,
        scenarios=tuple(ScenarioText(name=one.name, text=one.text()) for one in experiment.scenarios),
        worlds=experiment.worlds,
        seed=experiment.seed,
        engine=experiment.engine,
        parameters=ParametersUsed(
            status=status.status, source=status.source, values=dict(_numbers(status.values))
        ),
        evidence=experiment.case.evidence.digest,
        assumptions=assumptions_digest(experiment.case),
        code=code_digest(),
        versions=versions(),
        command=shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]]),
        started=now,
        ended=now,
    )


def _numbers(parameters: Parameters) -> Iterator[tuple[str, float]]:
    """Each single number under the name by which a scenario may override it."""
    for name in parameter_names():
        field, _, tie = name.partition(".")
        value = getattr(parameters, field)
        yield name, value[TIES.index(tie)] if tie else value


def live(experiment: Experiment, folder: Path, *, progress: bool = True) -> dict[str, int]:
    """Live through all worlds and write their tables into `folder`; returns the number of rows of each.

    With `progress` a bar runs on stderr, unless that is no terminal. Memory does not grow with the worlds.
    """
    status = {"parameters_status": experiment.parameters.status}
    total = len(experiment.scenarios) * experiment.worlds
    bar = tqdm(total=total, unit=" worlds", file=sys.stderr, disable=None if progress else True)
    with bar, TableWriters(folder, status) as tables:
        for name, situation in experiment.situations().items():
            bar.set_description(name)
            for replicate in range(experiment.worlds):
                _live_one(experiment, name, situation, replicate, tables)
                bar.update()
                if (replicate + 1) % WORLDS_BETWEEN_WRITES == 0:
                    tables.flush()
            tables.flush()
    return tables.counts


def _live_one(
    experiment: Experiment, name: str, situation: Situation, replicate: int, tables: TableWriters
) -> None:
    """One world and its rows."""
    key = WorldKey(scenario=name, draw=0, replicate=replicate)
    monday = situation.timeline.monday
    world = World(situation, experiment.parameters.values, seed=experiment.seed, replicate=replicate).run()
    tables.rows["worlds"].append(world_row(key, world.recorder.world_row()))
    tables.rows["weeks"].extend(week_row(key, monday(row.week), row) for row in world.recorder.weeks)
    tables.rows["acts"].extend(act_row(key, monday(row.week), row) for row in world.recorder.changes)
    release(world)


def release(world: World) -> None:
    """Let a finished world go: Mesa below 3.4 keeps every model in a dictionary of its agents' class."""
    getattr(mesa.Agent, "_ids", {}).pop(world, None)
