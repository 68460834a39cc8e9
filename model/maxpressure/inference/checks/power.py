"""Power: how often a record of this size would show contagion, were there any; and how often, were there none.

Records are simulated with contagion of several strengths, all of the same size, and fitted with the shocks in
and with the shocks left out, as somebody would who forgot them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter
from scipy.special import ndtri

from maxpressure.base.numerics import Floats, Ints
from maxpressure.engine.arrays import parameter_row
from maxpressure.evidence.parameters import Parameters, from_numbers
from maxpressure.evidence.priors import Priors
from maxpressure.inference.calibrate import identity
from maxpressure.inference.checks.sbc import problem_of, record_of, sized
from maxpressure.inference.fit import Fit, fit
from maxpressure.inference.likelihood import acts_in, record_situation
from maxpressure.inference.posterior import Numbers, all_runs
from maxpressure.model.case import Case, Situation
from maxpressure.report.plot_style import COLOURS, LETTERS, QUIET

CONTAGION: Final = (0.0, 0.4, 0.8)
ACTS: Final = 50.0
ONE_SIDE: Final = float(ndtri(0.95))
"""Standard deviations from the middle of a normal distribution to either end of its 90 % interval."""


@dataclass(frozen=True, slots=True)
class OneRun:
    """A record with contagion of some strength, and three fits of it."""

    situation: Situation
    priors: Priors
    truths: Floats
    runs: int
    seed: int

    def __call__(self, run: int) -> Numbers:
        """Estimates of beta_peer with their errors, with shocks in and without, and the log Bayes factor."""
        truth = self.truths[run // self.runs]
        moves = record_of(self.situation, from_numbers(truth.tolist()), seed=self.seed, world=run)

        def fitted(**held: float) -> Fit:
            return fit(problem_of(self.situation, self.priors, moves, truth, **held), ())

        free = fitted()
        estimate, error = _contagion(free)
        blind_estimate, blind_error = _contagion(fitted(beta_shock=0.0))
        numbers = {
            "estimate": estimate,
            "error": error,
            "blind_estimate": blind_estimate,
            "blind_error": blind_error,
            "log_bayes": free.evidence - fitted(beta_peer=0.0).evidence,
            "acts": acts_in(moves),
        }
        return {name: np.array(number) for name, number in numbers.items()}


def _contagion(fitted: Fit) -> tuple[float, float]:
    place = fitted.names.index("beta_peer")
    return float(fitted.mode[place]), float(fitted.errors[place])


@dataclass(frozen=True, slots=True, eq=False)
class Power:
    """What was found at each strength of contagion, each (strengths, runs); ``blind`` is without the shocks."""

    contagion: tuple[float, ...]
    estimate: Floats
    error: Floats
    blind_estimate: Floats
    blind_error: Floats
    log_bayes: Floats
    acts: Ints

    def table(self) -> pd.DataFrame:
        """One row for each strength: estimates, and the shares of records that show contagion."""
        strength = np.array(self.contagion)
        return pd.DataFrame(
            {
                "beta_peer": strength,
                "hazard_ratio": np.exp(strength),
                "mean_estimate": self.estimate.mean(axis=1),
                "posterior_sd": self.error.mean(axis=1),
                "above_zero": _above_zero(self.estimate, self.error),
                "without_shocks_estimate": self.blind_estimate.mean(axis=1),
                "without_shocks_above_zero": _above_zero(self.blind_estimate, self.blind_error),
                "log_bayes_above_one": (self.log_bayes > 1.0).mean(axis=1),
                "acts": self.acts.mean(axis=1),
            }
        )


def _above_zero(estimate: Floats, error: Floats) -> Floats:
    """The share of 90 % intervals that lie above zero."""
    share: Floats = (estimate - ONE_SIDE * error > 0.0).mean(axis=1)
    return share


def run(
    case: Case,
    priors: Priors,
    parameters: Parameters,
    *,
    contagion: Sequence[float] = CONTAGION,
    acts: float = ACTS,
    runs: int = 200,
    seed: int = 2017,
    workers: int = 1,
    progress: bool = False,
    work: Path | None = None,
) -> Power:
    """Fit so many records for each strength of contagion, simulated under the parameters but for their level."""
    situation = record_situation(case)
    truths = [
        sized(situation, parameters._replace(beta_peer=strength), acts, seed=seed) for strength in contagion
    ]
    rows = np.stack([parameter_row(situation, truth) for truth in truths])
    found = all_runs(
        "power",
        OneRun(situation, priors, rows, runs, seed),
        runs * len(rows),
        identity=identity(case, priors, rows.tolist(), runs, seed),
        work=work,
        workers=workers,
        progress=progress,
    )
    by_strength = {name: numbers.reshape(len(rows), runs) for name, numbers in found.items()}
    return Power(tuple(contagion), **by_strength)


def draw(axes: Axes, result: Power) -> Axes:
    """The share of records that show contagion, by its true strength, with one standard error either way."""
    table, runs = result.table(), result.estimate.shape[1]
    drawn = (
        ("above_zero", "90 % interval above zero"),
        ("without_shocks_above_zero", "the same, shocks left out"),
        ("log_bayes_above_one", "log Bayes factor above one"),
    )
    for (name, told), colour in zip(drawn, COLOURS, strict=True):
        share = table[name].to_numpy()
        error = np.sqrt(share * (1.0 - share) / runs)
        axes.errorbar(table["beta_peer"], share, error, marker="o", color=colour, capsize=2, label=told)
    axes.axhline(0.05, color=QUIET, linewidth=0.8, linestyle=":")
    axes.set_ylim(0.0, 1.0)
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    axes.set_xlabel("true log hazard ratio for a tenth of a state's peers", fontsize=LETTERS)
    axes.set_ylabel("share of records", fontsize=LETTERS)
    axes.legend(fontsize=LETTERS, frameon=False)
    axes.tick_params(labelsize=LETTERS)
    axes.spines[["top", "right"]].set_visible(False)
    return axes
