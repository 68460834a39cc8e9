"""Likelihood and priors together: the posterior density of one history, on a scale fit for climbing and sampling.

A point has one coordinate for each sampled parameter: the parameter itself, its logarithm where the prior is
log-normal, a number whose size it is where the prior is half-normal; and, last, a coordinate in (0, 1) for each
parameter on a grid, which picks one of its values.

Many runs of one check, in blocks on several processes, each block kept in a file of its own.

A check that was interrupted goes on where it was: what the blocks depend on is part of their files' names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from maxpressure.base.numerics import Floats
from maxpressure.engine.engines import Chunk
from maxpressure.evidence.parameters import Parameters, from_numbers, parameter_names
from maxpressure.evidence.priors import IN_LIKELIHOOD, Grid, HalfNormal, LogNormal, Normal, Priors, column
from maxpressure.experiments.executors import bar, spread
from maxpressure.inference.conjugate import marks, updated
from maxpressure.inference.likelihood import Likelihood

BLOCK: Final = 10
"""Runs of a block."""

Numbers = dict[str, NDArray[Any]]
"""What a run finds, by name."""


@dataclass(frozen=True, slots=True)
class Block:
    """Makes the runs of a block, or reads them where they are already kept."""

    one: Callable[[int], Numbers]
    identity: str
    folder: Path | None

    def __call__(self, chunk: Chunk) -> Numbers:
        """The numbers of all runs of a block, one row each."""
        path = None if self.folder is None else self.folder / f"{chunk.name}-{self.identity}.npz"
        if path is not None and path.is_file():
            with np.load(path, allow_pickle=False) as kept:
                return dict(kept)
        runs = [self.one(run) for run in range(chunk.first, chunk.first + chunk.worlds)]
        found = {name: np.stack([run[name] for run in runs]) for name in runs[0]}
        if path is not None:
            new = path.with_suffix(".new.npz")
            np.savez(new, **found)  # type: ignore[arg-type]  # an array may be named like a keyword
            new.replace(path)
        return found


def all_runs(
    name: str,
    one: Callable[[int], Numbers],
    count: int,
    *,
    identity: str,
    work: Path | None,
    workers: int,
    progress: bool,
) -> Numbers:
    """Runs 0 to ``count`` − 1 of a check; finished blocks are kept in ``work`` and read again from there."""
    if work is not None:
        work.mkdir(parents=True, exist_ok=True)
    chunks = [Chunk(name, first, min(BLOCK, count - first)) for first in range(0, count, BLOCK)]
    parts = []
    with bar(chunks, progress=progress) as shown:
        finished = spread(Block(one, identity, work), chunks, compiled=False, workers=workers)
        for chunk, part in zip(chunks, finished, strict=True):
            shown.note(chunk)
            parts.append(part)
    return {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}


Cell = tuple[float, ...]
"""A value for each parameter that is on a grid."""
MEDIAN_OF_HALF: Final = float(ndtri(0.75))


class Problem:
    """Likelihood times prior density of a history, as a logarithm: the posterior density but for its constant.

    Chi and psi stand at the means of their exact posteriors. ``held`` fixes parameters at a number and takes them
    out of the sampled ones: a term held at zero is a rival without it.
    """

    def __init__(
        self, likelihood: Likelihood, priors: Priors, *, held: Mapping[str, float] | None = None
    ) -> None:
        self.likelihood, self.priors = likelihood, priors
        self.held = dict(held or {})
        sampled = [name for name in priors.of(*IN_LIKELIHOOD) if name not in self.held]
        self.names = tuple(name for name in sampled if not isinstance(priors.by_name[name], Grid))
        self.grids = {
            name: np.array(prior.values)
            for name in sampled
            if isinstance(prior := priors.by_name[name], Grid)
        }
        self.size = len(self.names) + len(self.grids)
        self.row = np.array([self.held.get(name, priors.centre(name)) for name in parameter_names()])
        for name, law in updated(priors, marks(likelihood.situation, likelihood.counted_moves)).items():
            self.row[column(name)] = self.held.get(name, law.law().mean())
        self.columns = [column(name) for name in self.names]
        self.grid_columns = [column(name) for name in self.grids]
        families = [priors.by_name[name] for name in self.names]
        self.logarithm = np.array([family.on_log_scale for family in families], dtype=bool)
        self.half = np.array([isinstance(family, HalfNormal) for family in families], dtype=bool)
        self.middle, self.spread = np.array([_shape(family) for family in families]).reshape(-1, 2).T

    def cells(self) -> list[Cell]:
        """Every combination of the values on the grids."""
        return list(product(*(values.tolist() for values in self.grids.values())))

    def rows(self, points: Floats) -> Floats:
        """The parameters that points stand for, a row each (:func:`maxpressure.engine.arrays.parameter_row`)."""
        count = len(self.names)
        rows = np.repeat(self.row[np.newaxis], len(points), axis=0)
        rows[:, self.columns] = self.natural(points[:, :count])
        for place, (at, values) in enumerate(zip(self.grid_columns, self.grids.values(), strict=True)):
            rows[:, at] = values[(points[:, count + place] * len(values)).astype(int)]
        return rows

    def natural(self, free: Floats) -> Floats:
        """The parameters themselves from their coordinates, without grids."""
        size = np.where(self.half, np.abs(free), free)
        found: Floats = np.where(self.logarithm, np.exp(np.where(self.logarithm, free, 0.0)), size)
        return found

    def log_prior(self, points: Floats) -> Floats:
        """The log prior density of points; −inf where a grid's coordinate leaves (0, 1)."""
        count = len(self.names)
        normal = -0.5 * ((points[:, :count] - self.middle) / self.spread) ** 2
        normal -= np.log(self.spread) + 0.5 * np.log(2.0 * np.pi)
        grid = points[:, count:]
        inside = np.all((grid > 0.0) & (grid < 1.0), axis=1)
        density: Floats = np.where(inside, normal.sum(axis=1), -np.inf)
        return density

    def __call__(self, points: Floats) -> Floats:
        """The log posterior density of points, (n, coordinates)."""
        density = self.log_prior(points)
        fine = np.isfinite(density) & np.all(np.abs(points) < 100.0, axis=1)
        density[~fine] = -np.inf
        if fine.any():
            density[fine] += self.likelihood.of_rows(self.rows(points[fine]))
        density[np.isnan(density)] = -np.inf
        return density

    def shown(self, points: Floats) -> Floats:
        """Points of any shape with the sign of half-normal coordinates taken off, for diagnosing them."""
        sizes = np.concatenate([self.half, np.zeros(len(self.grids), dtype=bool)])
        return np.where(sizes, np.abs(points), points)

    def at(self, cell: Cell) -> Floats:
        """The grids' coordinates in the middle of a cell."""
        grids = self.grids.values()
        return np.array(
            [
                (float(np.flatnonzero(values == value)[0]) + 0.5) / len(values)
                for value, values in zip(cell, grids, strict=True)
            ]
        )

    def start(self) -> Floats:
        """The medians of the priors, on the sampling scale, without grids."""
        return np.array(self.middle + np.where(self.half, MEDIAN_OF_HALF * self.spread, 0.0))

    def parameters(self, point: Floats) -> Parameters:
        """One point as a set of parameters."""
        return from_numbers(self.rows(np.asarray(point)[np.newaxis])[0].tolist())


def _shape(family: object) -> tuple[float, float]:
    """Middle and spread on the sampling scale; a half-normal has its middle at 0."""
    if isinstance(family, Normal):
        return family.mean, family.sd
    if isinstance(family, LogNormal):
        return float(np.log(family.median)), family.sd
    if isinstance(family, HalfNormal):
        return 0.0, family.sd
    raise ValueError("a parameter in the likelihood has a normal, log-normal, half-normal or grid prior")
