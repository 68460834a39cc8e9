"""Where a sweep looks: Morris's paths, Sobol's pairs of samples, a Latin hypercube. Places lie between 0 and 1.

The points of a sweep, lived: so many worlds at each, the same worlds wherever the set of luck is the same.

World r of a point has the same luck and the same parameter draw at every point with the same set, so what differs
between two such points is the inputs' doing. The worlds of set 0 are the first worlds of ``maxpressure run``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from maxpressure.base.errors import InputError
from maxpressure.engine.engines import Chunk, Ensemble, Simulated
from maxpressure.experiments.executors import bar, spread
from maxpressure.experiments.schema import OUTCOMES
from maxpressure.model.case import Situation, prepare
from maxpressure.sweep.files import DUMMY, Input, Policy, Sweep, changed

Floats = NDArray[np.float64]

LEVELS: Final = 4
"""Places on each axis that Morris's paths step between."""

INSTALL: Final = (
    "the extra `explore`: pip install 'maxpressure[explore]', or in a checkout `make test` once, "
    "which installs all extras"
)


def problem(names: Sequence[str]) -> dict[str, Any]:
    """The inputs as SALib wants them told: each between 0 and 1."""
    return {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}


def paths(names: Sequence[str], count: int, seed: int) -> Floats:
    """``count`` paths that move each input once, by two thirds of its range: (count × (inputs + 1), inputs)."""
    try:
        from SALib.sample import morris
    except ImportError:
        raise not_installed("SALib") from None
    _at_least(count, 2, "paths")
    return np.asarray(morris.sample(problem(names), count, num_levels=LEVELS, seed=seed), dtype=np.float64)


def pairs(names: Sequence[str], count: int, seed: int) -> Floats:
    """Sobol's two samples of ``count`` points and the crossings between them: (count × (inputs + 2), inputs)."""
    try:
        from SALib.sample import sobol
    except ImportError:
        raise not_installed("SALib") from None
    if count < 2 or count & (count - 1):
        raise InputError(
            file="sweep", key="points", given=count, allowed="a power of 2 of 2 or more, such as 512"
        )
    sampled = sobol.sample(problem(names), count, calc_second_order=False, seed=seed)
    return np.asarray(sampled, dtype=np.float64)


def hypercube(inputs: int, count: int, seed: int) -> Floats:
    """``count`` points of which one lies in each of as many slices of every axis, (count, inputs)."""
    _at_least(count, 2, "points")
    return np.asarray(qmc.LatinHypercube(inputs, rng=seed).random(count), dtype=np.float64)


def not_installed(library: str) -> InputError:
    """The refusal of a command whose libraries are not there."""
    return InputError(file="sweep", key="explore", given=f"{library} is not installed", allowed=INSTALL)


def _at_least(count: int, least: int, key: str) -> None:
    if count < least:
        raise InputError(file="sweep", key=key, given=count, allowed=f"a whole number of {least} or more")


Sets = NDArray[np.int64]

TOGETHER: Final = 8
"""Points in a chunk."""


def luck_sets(inputs: Sequence[Input], places: Floats) -> Sets:
    """Which set of worlds is lived at each point, (points,): one for each place of the dummy, in rising order.

    Points of a hypercube thus share no luck, and those of Sobol's pairs share it where they share the dummy.
    """
    _, sets = np.unique(_dummy(inputs, places), return_inverse=True)
    return sets.astype(np.int64)


def luck_of_paths(inputs: Sequence[Input], places: Floats) -> Sets:
    """The same for Morris's paths: each path has two sets of its own, and the dummy's step changes one for the other.

    The dummy takes the same four places on every path, so by its place alone all paths would share four sets.
    """
    path = np.arange(len(places)) // (len(inputs) + 1)
    return 2 * path + (_dummy(inputs, places) > 0.5)  # a step of two thirds crosses the middle


def _dummy(inputs: Sequence[Input], places: Floats) -> Floats:
    """The dummy's place at each point, 0 where there is none."""
    column = [number for number, one in enumerate(inputs) if one.role == DUMMY]
    return places[:, column[0]] if column else np.zeros(len(places))


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """Lives points: (n, inputs) places between 0 and 1 under one policy; threads may share it."""

    sweep: Sweep
    policy: Policy
    inputs: tuple[Input, ...]
    places: Floats
    sets: Sets
    replicates: int
    like: Situation

    def __call__(self, chunk: Chunk) -> Floats:
        """The outcomes at each of the chunk's points, (points, outcomes, replicates)."""
        own = slice(chunk.first, chunk.first + chunk.worlds)
        rows = zip(self.places[own].tolist(), self.sets[own].tolist(), strict=True)
        return np.stack([self._at(row, luck) for row, luck in rows])

    def _at(self, places: Sequence[float], luck: int) -> Floats:
        case, scenario = changed(self.sweep, self.policy.scenario, self.inputs, places)
        first = luck * self.replicates
        draws = self.sweep.chosen.draws
        own = [draws[world % len(draws)] for world in range(first, first + self.replicates)]
        ensemble = Ensemble(prepare(case, scenario, like=self.like), own)
        simulated = ensemble.simulate(first, self.replicates, seed=self.sweep.file.seed, attributions=False)
        return measured(simulated, self.sweep.file.outcomes)


def measured(simulated: Simulated, outcomes: Sequence[str]) -> Floats:
    """Outcomes of each lived world, (outcomes, worlds)."""
    output = simulated.output
    columns = dict(zip(OUTCOMES, (*output.world_ints.T, *output.world_floats.T), strict=True))
    return np.stack([columns[name].astype(np.float64) for name in outcomes])


def simulate_points(
    sweep: Sweep,
    policies: Sequence[Policy],
    inputs: Sequence[Input],
    places: Floats,
    sets: Sets,
    *,
    replicates: int,
    workers: int | None = None,
    progress: bool = True,
) -> Floats:
    """The outcomes of every policy at every point, (policies, points, outcomes, replicates).

    ``sets`` says which set of worlds each point lives. The bits do not depend on the number of workers, which are
    threads.
    """
    chunks = [
        Chunk(policy.name, first, min(TOGETHER, len(places) - first))
        for policy in policies
        for first in range(0, len(places), TOGETHER)
    ]
    jobs = {
        policy.name: Points(
            sweep=sweep,
            policy=policy,
            inputs=tuple(inputs),
            places=places,
            sets=sets,
            replicates=replicates,
            like=prepare(sweep.case, policy.scenario),
        )
        for policy in policies
    }
    rows = []
    with bar(chunks, progress=progress, unit=" points") as shown:
        work = spread(lambda chunk: jobs[chunk.scenario](chunk), chunks, compiled=True, workers=workers)
        for chunk, simulated in zip(chunks, work, strict=True):
            rows.append(simulated)
            shown.note(chunk)
    found = np.concatenate(rows)
    return found.reshape(len(policies), len(places), *found.shape[1:])


def base_policy(sweep: Sweep) -> Policy:
    """The base of the sweep, as the one policy of a design in which levers are inputs."""
    return Policy(name=sweep.name, label=sweep.file.title, scenario=sweep.base)
