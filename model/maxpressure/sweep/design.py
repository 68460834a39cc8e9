"""The points of a sweep: where they lie, and which worlds are simulated at each.

A point has a number between 0 and 1 for each input: Morris's paths, Sobol's pairs of samples or a Latin hypercube.
Worlds come in sets. World w of a point has the same random numbers and the same posterior draw at every point with the
same set (common random numbers), so that the difference between two such points is due to the inputs. The worlds of
set 0 are the first worlds of ``maxpressure run``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from maxpressure.base.errors import InputError, not_installed
from maxpressure.base.numerics import Floats
from maxpressure.engine.chunks import Chunk, Simulated
from maxpressure.engine.engines import Ensemble
from maxpressure.experiments.executors import bar, spread
from maxpressure.experiments.schema import OUTCOMES
from maxpressure.model.case import Situation, prepare
from maxpressure.sweep.files import DUMMY, Input, Policy, Sweep, changed

LEVELS: Final = 4
"""Values on each axis between which Morris's paths step."""


def problem(names: Sequence[str]) -> dict[str, Any]:
    """The inputs as SALib takes them: each between 0 and 1."""
    return {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}


def paths(names: Sequence[str], count: int, seed: int) -> Floats:
    """``count`` paths that move each input once, by two thirds of its range: (count × (inputs + 1), inputs)."""
    try:
        from SALib.sample import morris
    except ImportError:
        raise not_installed("SALib", "explore", "sweep") from None
    _at_least(count, 2, "paths")
    return np.asarray(morris.sample(problem(names), count, num_levels=LEVELS, seed=seed), dtype=np.float64)


def pairs(names: Sequence[str], count: int, seed: int) -> Floats:
    """Sobol's two samples of ``count`` points and the crossings between them: (count × (inputs + 2), inputs)."""
    try:
        from SALib.sample import sobol
    except ImportError:
        raise not_installed("SALib", "explore", "sweep") from None
    if count < 2 or count & (count - 1):
        allowed = "a power of 2 of 2 or more, such as 512"
        raise InputError(file="sweep", key="points", given=count, allowed=allowed)
    sampled = sobol.sample(problem(names), count, calc_second_order=False, seed=seed)
    return np.asarray(sampled, dtype=np.float64)


def hypercube(inputs: int, count: int, seed: int) -> Floats:
    """``count`` points of which one lies in each of as many slices of every axis, (count, inputs)."""
    _at_least(count, 2, "points")
    return np.asarray(qmc.LatinHypercube(inputs, rng=seed).random(count), dtype=np.float64)


def _at_least(count: int, least: int, key: str) -> None:
    if count < least:
        raise InputError(file="sweep", key=key, given=count, allowed=f"a whole number of {least} or more")


# ---- which worlds

Sets = NDArray[np.int64]


def world_sets(inputs: Sequence[Input], points: Floats) -> Sets:
    """The set of worlds simulated at each point, (points,): one for each value of the dummy, in rising order.

    Points of a hypercube thus share no random numbers, and those of Sobol's pairs share them where they share the
    dummy.
    """
    _, sets = np.unique(_dummy(inputs, points), return_inverse=True)
    return sets.astype(np.int64)


def world_sets_of_paths(inputs: Sequence[Input], points: Floats) -> Sets:
    """The same for Morris's paths: each has two sets of its own, and the dummy's step changes one for the other.

    The dummy takes the same four values on every path, so by its value alone all paths would share four sets.
    """
    path = np.arange(len(points)) // (len(inputs) + 1)
    return 2 * path + (_dummy(inputs, points) > 0.5)  # a step of two thirds crosses the middle


def _dummy(inputs: Sequence[Input], points: Floats) -> Floats:
    """The dummy's value at each point, 0 where there is none."""
    column = [number for number, one in enumerate(inputs) if one.role == DUMMY]
    return points[:, column[0]] if column else np.zeros(len(points))


# ---- simulated


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """What is simulated: every policy at every point, (n, inputs) from 0 to 1, in the set of worlds of the point."""

    sweep: Sweep
    method: str
    policies: Sequence[Policy]
    inputs: Sequence[Input]
    points: Floats
    sets: Sets
    worlds: int  # at each point


TOGETHER: Final = 8
"""Points in a chunk."""


def simulate_points(design: Design, *, workers: int | None = None, progress: bool = True) -> Floats:
    """The outcomes of every policy at every point, (policies, points, outcomes, worlds).

    The bits do not depend on the number of workers, which are threads.
    """
    count, policies = len(design.points), {policy.name: policy for policy in design.policies}
    like = {name: prepare(design.sweep.case, policy.scenario) for name, policy in policies.items()}

    def at(name: str, point: int) -> Floats:
        sweep, scenario = design.sweep, policies[name].scenario
        case, edited = changed(sweep, scenario, design.inputs, design.points[point].tolist())
        first = int(design.sets[point]) * design.worlds
        return outcomes_of(
            sweep, prepare(case, edited, like=like[name]), first, design.worlds, sweep.file.seed
        )

    found = simulate_each(at, list(policies), count, workers=workers, progress=progress)
    return found.reshape(len(policies), count, *found.shape[1:])


def simulate_each(
    at: Callable[[str, int], Floats], names: Sequence[str], count: int, *, workers: int | None, progress: bool
) -> Floats:
    """What ``at`` gives for each name and each number below ``count``, in this order, simulated on several threads."""
    chunks = [
        Chunk(name, first, min(TOGETHER, count - first))
        for name in names
        for first in range(0, count, TOGETHER)
    ]

    def simulated(chunk: Chunk) -> Floats:
        return np.stack([at(chunk.scenario, chunk.first + number) for number in range(chunk.worlds)])

    rows = []
    with bar(chunks, progress=progress, unit=" points") as shown:
        parts = spread(simulated, chunks, compiled=True, workers=workers)
        for chunk, part in zip(chunks, parts, strict=True):
            rows.append(part)
            shown.note(chunk)
    return np.concatenate(rows)


def outcomes_of(sweep: Sweep, situation: Situation, first: int, worlds: int, seed: int) -> Floats:
    """The sweep's outcomes in so many worlds of a situation from the world ``first`` on, (outcomes, worlds)."""
    draws = sweep.chosen.draws
    own = [draws[world % len(draws)] for world in range(first, first + worlds)]
    simulated = Ensemble(situation, own).simulate(first, worlds, seed=seed, attributions=False)
    return measured(simulated, sweep.file.outcomes)


def measured(simulated: Simulated, outcomes: Sequence[str]) -> Floats:
    """Outcomes of each simulated world, (outcomes, worlds)."""
    output = simulated.output
    columns = dict(zip(OUTCOMES, (*output.world_ints.T, *output.world_floats.T), strict=True))
    return np.stack([columns[name].astype(np.float64) for name in outcomes])


def base_policy(sweep: Sweep) -> Policy:
    """The base of the sweep, as the one policy of a design in which levers are inputs."""
    return Policy(name=sweep.name, label=sweep.file.title, scenario=sweep.base)
