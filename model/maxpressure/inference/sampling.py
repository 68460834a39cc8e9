"""Draws from a posterior by emcee, with proposals that know roughly where it lies.

Most proposals come from multivariate t distributions, one for each cell of the grids, so that a walker forgets
at one jump where it was; the rest are differential evolution, which needs no such knowledge.

Whether draws can be trusted: R-hat and effective sample sizes (Vehtari and others 2021), by arviz-stats.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import arviz_stats.base
import emcee
import numpy as np
import pandas as pd
from scipy import special, stats

from maxpressure.base.numerics import Floats
from maxpressure.inference.posterior import Fit, Problem

TAILS = (0.05, 0.95)


def convergence(points: Floats, names: Sequence[str]) -> pd.DataFrame:
    """R-hat, bulk and tail effective sample size of each coordinate of (chains, draws, coordinates)."""
    diagnose: Any = arviz_stats.base.array_stats  # type: ignore[attr-defined]
    axes = {"chain_axis": 0, "draw_axis": 1}
    return pd.DataFrame(
        {
            "r_hat": np.atleast_1d(diagnose.rhat(points, **axes, method="rank")),
            "ess_bulk": np.atleast_1d(diagnose.ess(points, **axes, method="bulk")),
            "ess_tail": np.atleast_1d(diagnose.ess(points, **axes, method="tail", prob=TAILS)),
        },
        index=pd.Index(list(names), name="parameter"),
    )


FREEDOM = 30.0
"""Degrees of freedom of the proposals: tails a little heavier than normal ones. At 7 too few of 20 coordinates fit."""

WARM_UP = 200
"""Steps before those that count."""


@dataclass(frozen=True, slots=True)
class Chains:
    """Draws on the sampling scale, (walkers, steps, coordinates), with the share of proposals accepted."""

    points: Floats
    accepted: float

    def thinned(self, count: int) -> Floats:
        """So many points, evenly from all steps and walkers, (count, coordinates)."""
        in_turn = self.points.swapaxes(0, 1).reshape(-1, self.points.shape[-1])
        found: Floats = in_turn[np.linspace(0, len(in_turn) - 1, count).astype(int)]
        return found


class Mixture:
    """Multivariate t distributions, one for each cell of the grids: what is known of a posterior beforehand."""

    def __init__(
        self, problem: Problem, shares: Floats, means: Sequence[Floats], spreads: Sequence[Floats]
    ) -> None:
        self.problem, self.shares = problem, shares
        self.shapes = [
            stats.multivariate_t(mean, spread, df=FREEDOM)
            for mean, spread in zip(means, spreads, strict=True)
        ]
        self.corners = np.array([problem.at(cell) for cell in problem.cells()])
        self.sizes = np.array([len(values) for values in problem.grids.values()])

    def draw(self, count: int, rng: np.random.RandomState) -> Floats:
        """Points of the mixture; a grid's coordinate is uniform within its cell."""
        which = rng.choice(len(self.shapes), size=count, p=self.shares)
        free = np.zeros((count, len(self.problem.names)))
        for cell, shape in enumerate(self.shapes):
            mine = which == cell
            if mine.any():
                free[mine] = shape.rvs(size=int(mine.sum()), random_state=rng)
        grid = self.corners[which] + (rng.uniform(size=(count, len(self.sizes))) - 0.5) / self.sizes
        return np.concatenate([free, grid], axis=1)

    def log_density(self, points: Floats) -> Floats:
        """The log density of points; cells are equally large, so that the share of a cell is what counts."""
        count = len(self.problem.names)
        density = np.full(len(points), -np.inf)
        places = np.floor(points[:, count:] * self.sizes)
        for share, shape, corner in zip(self.shares, self.shapes, self.corners, strict=True):
            mine = np.all(places == np.floor(corner * self.sizes), axis=1)
            density[mine] = np.log(share) + np.atleast_1d(shape.logpdf(points[mine, :count]))
        return density


def around_modes(problem: Problem, modes: Sequence[Fit]) -> Mixture:
    """The mixture of Laplace's approximations, cells by their evidence."""
    evidence = np.array([mode.evidence for mode in modes])
    shares = np.exp(evidence - special.logsumexp(evidence))
    return Mixture(problem, shares, [mode.mode for mode in modes], [mode.covariance for mode in modes])


def learned(problem: Problem, points: Floats) -> Mixture:
    """The mixture whose means are those of points drawn so far, cells by how often they were visited."""
    free, grid = np.split(points.reshape(-1, problem.size), [len(problem.names)], axis=1)
    sizes = np.array([len(values) for values in problem.grids.values()])
    visited = [
        np.all(np.floor(grid * sizes) == np.floor(problem.at(cell) * sizes), axis=1)
        for cell in problem.cells()
    ]
    counts = np.array([mine.sum() for mine in visited]) + 1.0
    spread = np.cov(free, rowvar=False)
    means = [
        free[mine].mean(axis=0) if mine.sum() > 10 * free.shape[1] else free.mean(axis=0) for mine in visited
    ]
    return Mixture(problem, counts / counts.sum(), means, [spread] * len(means))


def sample(
    problem: Problem, modes: Sequence[Fit], *, steps: int, seed: Sequence[int], warm_up: int = WARM_UP
) -> Chains:
    """Draw from a problem's posterior.

    The walkers warm up with proposals around the modes; what they have seen by then makes the proposals of the
    steps that count, which stay as they are from then on.
    """
    rng = np.random.RandomState(np.random.SeedSequence(list(seed)).generate_state(8))
    first = around_modes(problem, modes)
    state = emcee.State(first.draw(2 * (problem.size + 1), rng), random_state=rng.get_state())
    warm = _run(problem, first, state, warm_up)
    chain = warm.get_chain()[warm_up // 2 :]
    last = warm.get_last_sample()
    cold = _run(problem, learned(problem, chain), last, steps)
    points: Floats = np.moveaxis(cold.get_chain(), 1, 0)
    return Chains(points, float(np.mean(cold.acceptance_fraction)))


def _run(problem: Problem, known: Mixture, state: emcee.State, steps: int) -> emcee.EnsembleSampler:
    moves = [
        (emcee.moves.MHMove(_proposal(known)), 0.7),
        (emcee.moves.DEMove(), 0.2),
        (emcee.moves.DESnookerMove(), 0.1),
    ]
    walkers = state.coords.shape[0]
    sampler = emcee.EnsembleSampler(walkers, problem.size, problem, vectorize=True, moves=moves)
    # without emcee's wrapper, which prints a traceback when Ctrl-C comes within
    sampler.log_prob_fn = problem
    sampler.run_mcmc(state, steps)
    return sampler


def _proposal(known: Mixture) -> Callable[[Floats, np.random.RandomState], tuple[Floats, Floats]]:
    """A proposal that does not depend on where a walker is, and the log ratio that makes up for it."""

    def propose(points: Floats, rng: np.random.RandomState) -> tuple[Floats, Floats]:
        drawn = known.draw(len(points), rng)
        return drawn, known.log_density(points) - known.log_density(drawn)

    return propose
