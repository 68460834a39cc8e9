"""Parameter recovery: what a fit says of records that were simulated under known parameters.

The truths are those that the record itself makes likely, so that the simulated records are of its size. A fit
shrinks what so few acts say towards the priors: bias towards them is expected, and shown. Draws from the posterior
make better truths than its mode, whose frailty may be zero: no interval holds that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from maxpressure.base.numerics import Floats, Ints
from maxpressure.engine.arrays import parameter_row
from maxpressure.evidence.parameters import Parameters, from_numbers
from maxpressure.evidence.priors import Priors, column
from maxpressure.inference.calibrate import identity
from maxpressure.inference.checks.sbc import problem_of, record_of
from maxpressure.inference.fit import fit
from maxpressure.inference.likelihood import acts_in, record_situation
from maxpressure.inference.posterior import Numbers, all_runs
from maxpressure.model.case import Case, Situation
from maxpressure.report.plot_style import COLOURS, LETTERS, QUIET

DRAWS: Final = 999
INTERVAL: Final = (5.0, 95.0)


@dataclass(frozen=True, slots=True)
class OneRun:
    """A record simulated under one of the truths, and its fit."""

    situation: Situation
    priors: Priors
    truths: Floats
    seed: int

    def __call__(self, run: int) -> Numbers:
        """The truth, the posterior mean and the 90 % interval of each sampled parameter."""
        truth = self.truths[run % len(self.truths)]
        moves = record_of(self.situation, from_numbers(truth.tolist()), seed=self.seed, world=run)
        problem = problem_of(self.situation, self.priors, moves, truth)
        points = fit(problem, ()).draw(DRAWS, np.random.default_rng([self.seed, run]))
        drawn = problem.natural(points)
        low, high = np.percentile(drawn, INTERVAL, axis=0)
        columns = [column(name) for name in problem.names]
        found = {"truth": truth[columns], "estimate": drawn.mean(axis=0), "low": low, "high": high}
        return found | {"acts": np.array(acts_in(moves))}


@dataclass(frozen=True, slots=True, eq=False)
class Recovery:
    """Truths, estimates and 90 % intervals, each (runs, parameters), and the acts of each record."""

    names: tuple[str, ...]
    prior_sd: Floats
    truth: Floats
    estimate: Floats
    low: Floats
    high: Floats
    acts: Ints

    def table(self) -> pd.DataFrame:
        """For each parameter the truth, what is estimated on average, and how far off; ``sd`` is that of the errors."""
        error = self.estimate - self.truth
        return pd.DataFrame(
            {
                "parameter": self.names,
                "truth": self.truth.mean(axis=0),
                "mean_estimate": self.estimate.mean(axis=0),
                "sd": error.std(axis=0),
                "bias": error.mean(axis=0),
                "rmse": np.sqrt((error**2).mean(axis=0)),
                "coverage": ((self.low <= self.truth) & (self.truth <= self.high)).mean(axis=0),
                "prior_sd": self.prior_sd,
            }
        )


def run(
    case: Case,
    priors: Priors,
    truths: Sequence[Parameters],
    *,
    runs: int = 200,
    seed: int = 2017,
    workers: int = 1,
    progress: bool = False,
    work: Path | None = None,
) -> Recovery:
    """Fit so many simulated records; run r is simulated under truth r mod D, grid parameters held at it."""
    situation = record_situation(case)
    rows = np.stack([parameter_row(situation, truth) for truth in truths])
    found = all_runs(
        "recovery",
        OneRun(situation, priors, rows, seed),
        runs,
        identity=identity(case, priors, rows.tolist(), seed),
        work=work,
        workers=workers,
        progress=progress,
    )
    names = problem_of(situation, priors, np.zeros((0, 5), dtype=np.int64), rows[0]).names
    return Recovery(names, np.array([priors.sd(name) for name in names]), **found)


def draw(axes: Axes, result: Recovery) -> Axes:
    """Each parameter's errors in standard deviations of its prior: the mean, and nine of ten runs."""
    error = (result.estimate - result.truth) / result.prior_sd
    low, high = np.percentile(error, INTERVAL, axis=0)
    places = np.arange(len(result.names))[::-1]
    axes.axvline(0.0, color=QUIET, linewidth=0.6)
    axes.hlines(places, low, high, color=COLOURS[0], linewidth=1.6)
    axes.plot(error.mean(axis=0), places, "o", color=COLOURS[0], markersize=4)
    axes.set_yticks(places, result.names)
    axes.set_xlabel("estimate less truth, in standard deviations of the prior", fontsize=LETTERS)
    axes.tick_params(labelsize=LETTERS)
    axes.spines[["top", "right"]].set_visible(False)
    return axes
