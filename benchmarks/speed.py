"""World against the ensemble on the same worlds, and what the ensemble's time goes on."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from typing import Any

import numpy as np
from clock import medians

from maxpressure.engine.chunks import Chunk, Keep
from maxpressure.engine.engines import CompiledEngine, Ensemble, WorldEngine
from maxpressure.evidence.parameters import Parameters, load_parameters
from maxpressure.experiments.executors import in_threads
from maxpressure.model.case import Situation, load_case, prepare

SCENARIO = "max-pressure-2017"
SEED = 2017
CHUNK = 1000
ATTRIBUTIONS, NO_ATTRIBUTIONS = Keep(0, 10**9), Keep(0, 0)


@cache
def recorded() -> Situation:
    """The record, edited in nothing."""
    case = load_case()
    return prepare(case, case.scenario(SCENARIO))


def parameters() -> Parameters:
    """The parameters that every measurement uses."""
    return load_parameters().values


def compiled_engine(keep: Keep) -> CompiledEngine:
    """The ensemble on the record, its code compiled."""
    engine = CompiledEngine({SCENARIO: recorded()}, (parameters(),), SEED, keep)
    engine.simulate(Chunk(SCENARIO, 0, 1))
    return engine


def world_engine() -> WorldEngine:
    """World on the record."""
    return WorldEngine({SCENARIO: recorded()}, (parameters(),), SEED, ATTRIBUTIONS)


def engines(worlds: int, chunk: int, repeats: int) -> dict[str, float]:
    """Seconds a world of World and of the ensemble, on one core, and of the ensemble on two.

    Both begin with the same worlds, and it is checked that these came out the same.
    """
    world, full, plain = world_engine(), compiled_engine(ATTRIBUTIONS), compiled_engine(NO_ATTRIBUTIONS)
    few, many = Chunk(SCENARIO, 0, worlds), [Chunk(SCENARIO, 0, chunk), Chunk(SCENARIO, chunk, chunk)]
    check_same(few, world, full)
    taken = medians(
        {
            "World": partial(world.simulate, few),
            "ensemble": partial(_one_by_one, full, many),
            "ensemble, two threads": partial(_in_threads, full, many),
            "ensemble without attributions": partial(_one_by_one, plain, many),
            "ensemble without attributions, two threads": partial(_in_threads, plain, many),
        },
        repeats,
    )
    return {name: time / (worlds if name == "World" else 2 * chunk) for name, time in taken.items()}


def check_same(chunk: Chunk, world: WorldEngine, compiled: CompiledEngine) -> None:
    """Raise RuntimeError unless both engines simulated the chunk alike: then their times may be compared."""
    one, other = world.simulate(chunk), compiled.simulate(chunk)
    rows = one.output.changes[: one.changes], other.output.changes[: other.changes]
    if one.faults or not np.array_equal(*rows):
        raise RuntimeError(f"World and the ensemble differ in {chunk}")


def _one_by_one(engine: CompiledEngine, chunks: list[Chunk]) -> None:
    for chunk in chunks:
        engine.simulate(chunk)


def _in_threads(engine: CompiledEngine, chunks: list[Chunk]) -> None:
    for _ in in_threads(engine.simulate, chunks, 2):
        pass


def world_alone(worlds: int, repeats: int) -> float:
    """Seconds a world of World; run in two processes side by side it says what two cores give."""
    engine = world_engine()
    engine.simulate(Chunk(SCENARIO, 0, 1))
    work = {"World": partial(engine.simulate, Chunk(SCENARIO, 0, worlds))}
    return medians(work, repeats)["World"] / worlds


NEVER = -math.inf
NOBODY = (NEVER, NEVER, NEVER, NEVER, NEVER, NEVER)


def breakdown(worlds: int, repeats: int) -> dict[str, float]:
    """Seconds a world of the ensemble on one core as it is, with more to do, and with less and less."""
    p, situation = parameters(), recorded()
    quiet = p._replace(alpha=NOBODY)
    works = {
        "as it is": _simulated(situation, [p], worlds),
        "with attributions": _simulated(situation, [p], worlds, attributions=True),
        "a draw for each world": _simulated(situation, [p] * worlds, worlds),
        "without restoration": _simulated(situation, [p._replace(rho=NEVER)], worlds),
        "nobody acts": _simulated(situation, [quiet], worlds),
        "nobody acts, one week": _simulated(cut_short(situation, 1), [quiet], worlds),
    }
    taken = {name: time / worlds for name, time in medians(works, repeats).items()}
    laying_out = medians({"laying out": lambda: Ensemble(situation, [p])}, repeats)["laying out"]
    return {**taken, "laying out the chunk": laying_out / worlds}


def _simulated(
    situation: Situation, draws: list[Parameters], worlds: int, *, attributions: bool = False
) -> Callable[[], object]:
    """Living these worlds, once everything is compiled and laid out."""
    ensemble = Ensemble(situation, draws)
    ensemble.simulate(0, 1, seed=SEED)
    return partial(ensemble.simulate, 0, worlds, seed=SEED, attributions=attributions)


def cut_short(situation: Situation, weeks: int) -> Situation:
    """The same situation, over sooner."""
    line = situation.timeline
    paths = {name: getattr(line, name) for name in line.__dataclass_fields__}
    cut: dict[str, Any] = {name: path[:weeks] for name, path in paths.items() if isinstance(path, np.ndarray)}
    return replace(situation, timeline=replace(line, weeks=weeks, **cut))
