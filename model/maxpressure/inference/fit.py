"""The mode of a posterior and the normal approximation around it (Laplace)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import optimize

from maxpressure.inference.problem import Cell, Problem
from maxpressure.parameters import Parameters
from maxpressure.sheet import Floats

STEP = 1e-4
"""Of central differences; coordinates are of the order of one."""


@dataclass(frozen=True, slots=True)
class Fit:
    """A mode at one cell of the grids, on the sampling scale, with the covariance around it.

    ``evidence`` is Laplace's log marginal likelihood of the cell, up to the constant of the priors.
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


def fit(problem: Problem, cell: Cell, start: Floats | None = None) -> Fit:
    """Climb to the mode at one cell of the grids and measure the curvature there."""
    at = problem.at(cell)

    def densities(points: Floats) -> Floats:
        grids = np.broadcast_to(at, (len(points), len(at)))
        return problem(np.concatenate([points, grids], axis=1))

    def slope(point: Floats) -> Floats:
        steps = STEP * np.eye(len(point))
        both = densities(np.concatenate([point + steps, point - steps]))
        return np.asarray(both[: len(point)] - both[len(point) :]) / (2.0 * STEP)

    begun = problem.start() if start is None else start
    found = optimize.minimize(
        lambda point: -densities(point[np.newaxis])[0],
        begun,
        jac=lambda point: -slope(point),
        method="BFGS",
        options={"gtol": 1e-4},
    )
    mode = np.asarray(found.x)
    curvature = np.stack([(slope(mode + step) - slope(mode - step)) for step in STEP * np.eye(len(mode))])
    return Fit(
        names=problem.names,
        cell=cell,
        mode=mode,
        covariance=_inverse(-curvature / (2.0 * STEP)),
        density=float(-found.fun),
        parameters=problem.parameters(np.concatenate([mode, at])),
    )


def best_fit(problem: Problem) -> Fit:
    """The mode over all cells of the grids."""
    return max(fits(problem), key=lambda one: one.density)


def fits(problem: Problem, start: Floats | None = None) -> list[Fit]:
    """A fit for each cell of the grids, each started where the one before ended."""
    found: list[Fit] = []
    for cell in problem.cells():
        found.append(fit(problem, cell, found[-1].mode if found else start))
    return found


def _inverse(curvature: Floats) -> Floats:
    """The inverse of a symmetric matrix; directions without curvature get the width of their prior's scale."""
    values, vectors = np.linalg.eigh(0.5 * (curvature + curvature.T))
    inverse: Floats = (vectors / np.maximum(values, 1e-2)) @ vectors.T
    return inverse
