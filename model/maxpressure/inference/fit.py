"""The mode of a posterior and the normal approximation around it (Laplace)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import optimize

from maxpressure.base.numerics import Floats
from maxpressure.evidence.parameters import Parameters
from maxpressure.inference.posterior import Cell, Problem

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

    def draw(self, count: int, luck: np.random.Generator) -> Floats:
        """Points of the normal approximation, (count, coordinates without grids)."""
        return luck.multivariate_normal(self.mode, self.covariance, size=count)


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


def _covariance(problem: Problem, bend: Floats) -> Floats:
    """The inverse of the curvature, turned round, but in no direction wider than the prior.

    At a mode without frailty the posterior is nearly flat in sigma and falls off more steeply farther out.
    """
    spread = problem.spread
    values, vectors = np.linalg.eigh(-0.5 * (bend + bend.T) * np.outer(spread, spread))
    inverse: Floats = (vectors / np.maximum(values, 1.0)) @ vectors.T * np.outer(spread, spread)
    return 0.5 * (inverse + inverse.T)
