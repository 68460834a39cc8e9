"""Parameter recovery and power: what fits find in records that were simulated under known parameters.

*Recovery*: the truths are draws from the posterior, so that the simulated records have the size of the real one. A fit
shrinks what so few acts determine towards the priors: bias towards them is expected, and shown. Draws make better
truths than the mode, whose frailty may be zero, which no interval contains.

*Power*: records are simulated with contagion of several strengths, all of the same size, and fitted with the shocks
included and with the shocks left out. The check counts how often contagion would be found, where there is any and
where there is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Unpack

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter
from scipy.special import ndtri

from maxpressure.base.numerics import Floats, Ints
from maxpressure.engine.arrays import parameter_row
from maxpressure.evidence.parameters import Parameters
from maxpressure.evidence.priors import Priors, column
from maxpressure.inference.calibrate import identity
from maxpressure.inference.checks.sbc import (
    CheckTable,
    How,
    Numbers,
    OneRun,
    SimulatedRecord,
    problem_of,
    simulate_and_fit,
    sized,
)
from maxpressure.inference.likelihood import record_situation
from maxpressure.inference.posterior import Fit, fit
from maxpressure.inference.rivals import OPTIONAL
from maxpressure.model.case import Case
from maxpressure.report.plot_style import COLOURS, LETTERS, QUIET

# ---- recovery

DRAWS: Final = 999

INTERVAL: Final = (5.0, 95.0)


@dataclass(frozen=True, slots=True)
class GivenTruth:
    """Truths given in advance: each is used for ``together`` runs in a row, and the first again after the last."""

    rows: Floats
    together: int = 1

    def __call__(self, run: int, _: np.random.Generator) -> Floats:
        """The truth of a run."""
        row: Floats = self.rows[run // self.together % len(self.rows)]
        return row


def recovered(record: SimulatedRecord, rng: np.random.Generator) -> Numbers:
    """The truth, the posterior mean and the 90 % interval of each sampled parameter."""
    problem = record.problem()
    drawn = problem.natural(fit(problem, ()).draw(DRAWS, rng))
    low, high = np.percentile(drawn, INTERVAL, axis=0)
    columns = [column(name) for name in problem.names]
    return {"truth": record.truth[columns], "estimate": drawn.mean(axis=0), "low": low, "high": high}


@dataclass(frozen=True, slots=True, eq=False)
class Recovery(CheckTable):
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


def recover(
    case: Case,
    priors: Priors,
    truths: Sequence[Parameters],
    *,
    runs: int = 200,
    seed: int = 2017,
    **how: Unpack[How],
) -> Recovery:
    """Fit so many simulated records; run r is simulated under truth r mod D, grid parameters held at it."""
    situation = record_situation(case)
    rows = np.stack([parameter_row(situation, truth) for truth in truths])
    one = OneRun(situation, priors, seed, GivenTruth(rows), recovered)
    found = simulate_and_fit(
        "recovery", one, runs, identity=identity(case, priors, rows.tolist(), seed), **how
    )
    names = problem_of(situation, priors, np.zeros((0, 5), dtype=np.int64), rows[0]).names
    return Recovery(names, np.array([priors.sd(name) for name in names]), **found)


def draw_recovery(axes: Axes, result: Recovery) -> Axes:
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


# ---- power

CONTAGION: Final = (0.0, 0.4, 0.8)

ACTS: Final = 50.0

ONE_SIDE: Final = float(ndtri(0.95))
"""Standard deviations from the middle of a normal distribution to either end of its 90 % interval."""


def contagion_found(record: SimulatedRecord, _: np.random.Generator) -> Numbers:
    """Estimates of beta_peer with their errors, with shocks in and without, and the log Bayes factor."""
    free = fit(record.problem(), ())
    estimate, error = _contagion(free)
    blind_estimate, blind_error = _contagion(fit(record.problem(beta_shock=0.0), ()))
    numbers = {
        "estimate": estimate,
        "error": error,
        "blind_estimate": blind_estimate,
        "blind_error": blind_error,
        "log_bayes": free.evidence - fit(record.problem(beta_peer=0.0), ()).evidence,
    }
    return {name: np.array(number) for name, number in numbers.items()}


def _contagion(fitted: Fit) -> tuple[float, float]:
    index = fitted.names.index("beta_peer")
    return float(fitted.mode[index]), float(fitted.errors[index])


@dataclass(frozen=True, slots=True, eq=False)
class Power(CheckTable):
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


def contagion_power(
    case: Case,
    priors: Priors,
    parameters: Parameters,
    *,
    contagion: Sequence[float] = CONTAGION,
    acts: float = ACTS,
    runs: int = 200,
    seed: int = 2017,
    **how: Unpack[How],
) -> Power:
    """Fit so many records for each strength of contagion, simulated under the parameters but for their level.

    The rule has contagion in simulation and fit, whether or not the record's scenario has it.
    """
    situation = record_situation(case, mechanisms={"contagion": True})
    priors = priors.estimated(*OPTIONAL["contagion"])
    truths = [
        sized(situation, parameters._replace(beta_peer=strength), acts, seed=seed) for strength in contagion
    ]
    rows = np.stack([parameter_row(situation, truth) for truth in truths])
    one = OneRun(situation, priors, seed, GivenTruth(rows, runs), contagion_found)
    known = identity(case, priors, rows.tolist(), runs, seed)
    found = simulate_and_fit("power", one, runs * len(rows), identity=known, **how)
    by_strength = {name: numbers.reshape(len(rows), runs) for name, numbers in found.items()}
    return Power(tuple(contagion), **by_strength)


def draw_power(axes: Axes, result: Power) -> Axes:
    """The share of records that show contagion, by its true strength, with one standard error either way."""
    table, runs = result.table(), result.estimate.shape[1]
    drawn = (
        ("above_zero", "90 % interval above zero"),
        ("without_shocks_above_zero", "the same, shocks left out"),
        ("log_bayes_above_one", "log Bayes factor above one"),
    )
    for (name, label), colour in zip(drawn, COLOURS, strict=True):
        share = table[name].to_numpy()
        error = np.sqrt(share * (1.0 - share) / runs)
        axes.errorbar(table["beta_peer"], share, error, marker="o", color=colour, capsize=2, label=label)
    axes.axhline(0.05, color=QUIET, linewidth=0.8, linestyle=":")
    axes.set_ylim(0.0, 1.0)
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    axes.set_xlabel("true log hazard ratio for a tenth of a state's peers", fontsize=LETTERS)
    axes.set_ylabel("share of records", fontsize=LETTERS)
    axes.legend(fontsize=LETTERS, frameon=False)
    axes.tick_params(labelsize=LETTERS)
    axes.spines[["top", "right"]].set_visible(False)
    return axes
