"""The posterior of one history: its density, its mode, and the normal approximation there (Laplace).

A point has one coordinate for each sampled parameter: the parameter itself, its logarithm where the prior is
log-normal, a number whose size it is where the prior is half-normal; and, last, a coordinate in (0, 1) for each
parameter on a grid, which picks one of its values. Companions (chi) and depth (psi) factor out of the likelihood,
so that their beta posteriors are exact.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, product
from typing import Final, NamedTuple

import numpy as np
from scipy import optimize
from scipy.special import logsumexp, ndtri

from maxpressure.base.numerics import Floats, Ints
from maxpressure.base.ties import TIES
from maxpressure.engine.record import ACT
from maxpressure.evidence.parameters import Parameters, from_numbers, parameter_names
from maxpressure.evidence.priors import (
    IN_LIKELIHOOD,
    Beta,
    Grid,
    HalfNormal,
    LogNormal,
    Normal,
    Priors,
    column,
)
from maxpressure.inference.likelihood import Likelihood
from maxpressure.model.case import Situation

# ---- companions and depth


class Marks(NamedTuple):
    """Out of how many chances companions joined, and ties fell a further level."""

    joined: int
    stayed: int
    further: tuple[int, ...]
    stopped: tuple[int, ...]


def marks(situation: Situation, moves: Ints) -> Marks:
    """Count the marks of a history's acts, as ``rules.log_package`` and ``rules.log_depth`` see them.

    Companions count in acts on listed ties alone. There the lead is a listed tie, the others joined or stayed at χ, and
    whether unlisted ties stay is independent of them. Where an unlisted tie falls, it may have led or joined at χe_k:
    such an act has no count. It is left out of χ's posterior, as is that unlisted ties stayed. Both enter the
    likelihood with χ at its posterior mean.
    """
    levels, listed = situation.population.start.astype(int), situation.population.unlisted == 0
    joined = stayed = 0
    further, stopped = [0] * len(TIES), [0] * len(TIES)
    for _, group in groupby(moves.tolist(), key=lambda move: (move[0], move[1])):
        rows = list(group)
        index = rows[0][1]
        cuts = [row for row in rows if row[4] == ACT]
        if cuts and all(listed[index, row[2]] for row in cuts):
            joined += len(cuts) - 1
            stayed += int(((levels[index] > 0) & listed[index]).sum()) - len(cuts)
        for _, _, tie, after, _ in cuts:
            further[tie] += int(levels[index, tie]) - after - 1
            stopped[tie] += after > 0
        for _, _, tie, after, _ in rows:
            levels[index, tie] = after
    return Marks(joined, stayed, tuple(further), tuple(stopped))


def updated(priors: Priors, seen: Marks) -> dict[str, Beta]:
    """The exact posteriors of chi and of each psi."""
    chances = {"chi": (seen.joined, seen.stayed)}
    chances |= {f"psi.{tie}": (seen.further[k], seen.stopped[k]) for k, tie in enumerate(TIES)}
    found = {}
    for name, (yes, no) in chances.items():
        prior = priors.by_name[name]
        if not isinstance(prior, Beta):
            raise TypeError(f"{name} has an exact posterior only under a beta prior")
        found[name] = prior.model_copy(update={"a": prior.a + yes, "b": prior.b + no})
    return found


# ---- the density

Cell = tuple[float, ...]
"""A value for each parameter that is on a grid."""

MEDIAN_OF_HALF: Final = float(ndtri(0.75))


class Problem:
    """Likelihood times prior density of a history, as a logarithm: the posterior density but for its constant.

    Chi and psi stand at the means of their exact posteriors. ``held`` fixes parameters at a number and takes them
    out of the sampled ones: a term held at zero is a rival without it. So are those that the scenario fixes.
    """

    def __init__(
        self, likelihood: Likelihood, priors: Priors, *, held: Mapping[str, float] | None = None
    ) -> None:
        self.likelihood, self.priors = likelihood, priors
        self.held = dict(held or {})
        known = {**likelihood.fixed, **self.held}
        sampled = [name for name in priors.of(*IN_LIKELIHOOD) if name not in known]
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
        for index, (at, values) in enumerate(zip(self.grid_columns, self.grids.values(), strict=True)):
            rows[:, at] = values[(points[:, count + index] * len(values)).astype(int)]
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


# ---- the mode

STEP = 1e-4

BEND = 1e-3
"""Of central first and second differences; coordinates are of the order of one."""

Density = Callable[[Floats], Floats]
"""Log densities of points, (n, coordinates)."""


@dataclass(frozen=True, slots=True)
class Fit:
    """A mode at one cell of the grids, on the sampling scale, with the covariance around it.

    ``evidence`` is Laplace's log marginal likelihood of the cell; of two fits to one history, the difference is the
    log Bayes factor.
    """

    names: tuple[str, ...]
    cell: Cell
    mode: Floats
    covariance: Floats
    density: float
    parameters: Parameters

    @property
    def evidence(self) -> float:
        """log ∫ density, if it were normal around its mode."""
        _, log_volume = np.linalg.slogdet(self.covariance)
        return self.density + 0.5 * float(log_volume) + 0.5 * len(self.mode) * math.log(2.0 * math.pi)

    @property
    def errors(self) -> Floats:
        """Standard deviations around the mode."""
        return np.sqrt(np.diag(self.covariance))

    def draw(self, count: int, rng: np.random.Generator) -> Floats:
        """Points of the normal approximation, (count, coordinates without grids)."""
        return rng.multivariate_normal(self.mode, self.covariance, size=count)


def fit(problem: Problem, cell: Cell, near: Fit | None = None) -> Fit:
    """Climb to the mode at one cell of the grids, from a fit thought to be near, and measure the curvature there."""
    at = problem.at(cell)

    def densities(points: Floats) -> Floats:
        grids = np.broadcast_to(at, (len(points), len(at)))
        return problem(np.concatenate([points, grids], axis=1))

    def away(whitened: Floats) -> Floats:
        return np.asarray(problem.middle + problem.spread * whitened)

    begun = problem.start() if near is None else near.mode
    width = None if near is None else near.covariance / np.outer(problem.spread, problem.spread)
    found = optimize.minimize(
        lambda whitened: -densities(away(whitened)[np.newaxis])[0],
        (begun - problem.middle) / problem.spread,
        jac=lambda whitened: -slope(densities, away(whitened)) * problem.spread,
        method="BFGS",
        options={"gtol": 1e-4, "hess_inv0": width},
    )
    mode = away(found.x)
    return Fit(
        names=problem.names,
        cell=cell,
        mode=mode,
        covariance=_covariance(problem, curvature(densities, mode)),
        density=float(-found.fun),
        parameters=problem.parameters(np.concatenate([mode, at])),
    )


def slope(density: Density, point: Floats) -> Floats:
    """The gradient by central differences."""
    steps = STEP * np.eye(len(point))
    up, down = np.split(density(np.concatenate([point + steps, point - steps])), 2)
    gradient: Floats = (up - down) / (2.0 * STEP)
    return gradient


def curvature(density: Density, point: Floats) -> Floats:
    """The matrix of second derivatives by central differences: each pair of coordinates moved up and down together."""
    steps = BEND * np.eye(len(point))
    i, j = np.triu_indices(len(point))
    moved = np.concatenate([point[np.newaxis], point + steps, point - steps])
    both = steps[i] + steps[j]
    together = np.concatenate([point + both, point - both])
    middle, up, down = np.split(density(moved), [1, 1 + len(point)])
    far_up, far_down = np.split(density(together), 2)
    matrix = np.zeros((len(point), len(point)))
    matrix[i, j] = far_up + far_down - up[i] - up[j] - down[i] - down[j] + 2.0 * middle
    matrix[j, i] = matrix[i, j]
    found: Floats = matrix / (2.0 * BEND**2)
    return found


def best_fit(problem: Problem) -> Fit:
    """The mode over all cells of the grids."""
    return max(fits(problem), key=lambda one: one.density)


def fits(problem: Problem, near: Fit | None = None) -> list[Fit]:
    """A fit for each cell of the grids, each started where the one before ended."""
    found: list[Fit] = []
    for cell in problem.cells():
        found.append(fit(problem, cell, found[-1] if found else near))
    return found


def evidence_of(found: Sequence[Fit]) -> float:
    """Laplace's log evidence of a problem from the fits of all its cells, which are equally likely beforehand."""
    return float(logsumexp([one.evidence for one in found]) - np.log(len(found)))


def _covariance(problem: Problem, bend: Floats) -> Floats:
    """The inverse of the curvature, turned round, but in no direction wider than the prior.

    At a mode without frailty the posterior is nearly flat in sigma and falls off more steeply farther out.
    """
    spread = problem.spread
    values, vectors = np.linalg.eigh(-0.5 * (bend + bend.T) * np.outer(spread, spread))
    inverse: Floats = (vectors / np.maximum(values, 1.0)) @ vectors.T * np.outer(spread, spread)
    return 0.5 * (inverse + inverse.T)
