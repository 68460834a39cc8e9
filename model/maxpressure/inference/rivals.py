"""Rivals of the rule, fitted to the same record: four without causes, five that are the rule with fewer terms, and Cox.

The Cox rival is a penalised proportional-hazards fit with covariates that change week by week (statsmodels). What is
the same for all states in a week cancels in its partial likelihood, so it ranks states and gives no probability of a
week.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import numpy as np
from scipy import optimize
from statsmodels.duration.hazard_regression import PHReg

from maxpressure.base.numerics import Bools, Floats, Ints
from maxpressure.base.ties import TIE_INDEX, TIES
from maxpressure.evidence.parameters import Parameters, from_numbers
from maxpressure.evidence.priors import Priors
from maxpressure.inference.forecast import Forecast, forecast_of
from maxpressure.inference.likelihood import Likelihood
from maxpressure.inference.moves import Seen, acted, attention, exposure, see
from maxpressure.inference.posterior import Problem, fits
from maxpressure.inference.sampling import sample
from maxpressure.model.case import Situation

RECENT: Final = 8
"""Weeks that the rival of recent rates looks back on."""

HALF: Final = 0.5
"""Cuts added to each count, and again to the weeks without: no rate is zero (Jeffreys' prior)."""

MOST: Final = 0.5
"""The highest weekly rate to which a straight line may rise."""

PUSHES: Final = (
    "beta_shock", "beta_incident", "beta_mandate", "beta_campaign", "beta_request", "beta_peer", "beta_own",
    "beta_thaw", "beta_courtship",
)  # fmt: skip
BASELINE: Final = ("beta_mission", "beta_dependence", "beta_affinity", "kappa", "sigma")


def _off(*names: str) -> dict[str, float]:
    return dict.fromkeys(names, 0.0)


DRAWS, STEPS = 200, 120
"""Draws from the posterior of a forecast's earlier weeks, and the steps of their chains."""

LESS: Final[Mapping[str, Mapping[str, float]]] = {
    "trade alone": _off(*PUSHES, *(name for name in BASELINE if name != "beta_dependence"))
    | {"tau_shock": 8.0, "tau_peer": 8.0},
    "baseline alone": _off(*PUSHES) | {"tau_shock": 8.0},
    "shocks": _off(*BASELINE, *(push for push in PUSHES if push != "beta_shock")) | {"tau_peer": 8.0},
    "shocks and requests": _off(
        *BASELINE, *(push for push in PUSHES if push not in ("beta_shock", "beta_request"))
    )
    | {"tau_peer": 8.0},
    "no contagion": _off("beta_peer") | {"tau_peer": 8.0},
}
"""What is held where: terms at zero, and at any value the memory of a term that is at zero."""


def rivals(
    situation: Situation, moves: Ints, first: int, until: int, priors: Priors, seed: int
) -> Iterator[tuple[str, Forecast]]:
    """Each rival's forecast for weeks ``first`` to ``until`` − 1, fitted to the weeks before."""
    history, span = see(situation, moves, 0, until), see(situation, moves, first, until)
    for name, rates in RATES.items():
        yield name, at_rates(rates(history, first), span)
    for name, held in LESS.items():
        draws = drawn_before(situation, moves, first, priors, seed, held)
        yield name, forecast_of(draws, situation, moves, first, until)


# ---- rivals without causes: a weekly rate for each tie that stands


def at_rates(rates: Floats, span: Seen) -> Forecast:
    """The forecast when each tie that stands falls at its kind's rate of the week, (W, 6)."""
    ties = np.where(span.standing, rates[:, np.newaxis, :], 0.0)
    quiet = np.where(span.standing[:1], 1.0 - rates[:, np.newaxis, :], 1.0)
    return Forecast(ties, 1.0 - quiet.prod(axis=(0, 2)))


def constant(history: Seen, first: int) -> Floats:
    """The rate of all weeks before the span."""
    rates = _rates(history, slice(0, first))
    return np.broadcast_to(rates, (len(history.levels) - first, len(TIES))).copy()


def recent(history: Seen, first: int) -> Floats:
    """The rate of the last eight weeks before each week, those of the span once they are past."""
    weeks = range(first, len(history.levels))
    return np.array([_rates(history, slice(max(week - RECENT, 0), week)) for week in weeks])


def trend(history: Seen, first: int) -> Floats:
    """The rates of all weeks, times a straight line through the cuts a week (least squares), extrapolated."""
    counts = history.fell[:first].sum(axis=(1, 2))
    if first < 2 or not counts.any():
        return constant(history, first)
    slope, level = np.polyfit(np.arange(first), counts, 1)
    line = level + slope * np.arange(first, len(history.levels))
    factor = np.maximum(line, HALF / first) / counts.mean()
    rates: Floats = np.minimum(constant(history, first) * factor[:, np.newaxis], MOST)
    return rates


def bass(history: Seen, first: int) -> Floats:
    """Bass (1969): each tie's rate times p + q·F, F the share of ties fallen so far; by maximum likelihood."""
    counts = history.fell.sum(axis=(1, 2)).astype(float)
    fallen = np.concatenate([[0.0], np.cumsum(counts)[:-1]]) / float(history.standing[0].sum())
    base = constant(history, first)[0]
    standing = (history.standing.sum(axis=1) * base).sum(axis=1)

    def loss(logs: Floats) -> float:
        rate = standing[:first] * (np.exp(logs[0]) + np.exp(logs[1]) * fallen[:first])
        return float((rate - counts[:first] * np.log(rate + 1e-12)).sum())

    found = optimize.minimize(loss, np.array([0.0, 0.0]), method="Nelder-Mead")
    factor = np.exp(found.x[0]) + np.exp(found.x[1]) * fallen[first:]
    rates: Floats = np.minimum(base * factor[:, np.newaxis], MOST)
    return rates


def _rates(history: Seen, weeks: slice) -> Floats:
    fell = history.fell[weeks].sum(axis=(0, 1))
    stood = history.standing[weeks].sum(axis=(0, 1))
    return np.asarray((fell + HALF) / (stood + 2.0 * HALF))


RATES: Final[Mapping[str, Callable[[Seen, int], Floats]]] = {
    "constant by tie": constant,
    f"last {RECENT} weeks by tie": recent,
    "linear trend": trend,
    "Bass": bass,
}


# ---- the rule, or the rule with terms held at zero


def drawn_before(
    situation: Situation,
    moves: Ints,
    first: int,
    priors: Priors,
    seed: int,
    held: Mapping[str, float] | None = None,
) -> list[Parameters]:
    """Draws from the posterior of the weeks before ``first``, with some parameters held.

    A mode would not do beside forecasts that are averaged over draws: from July 2017 "no contagion" at its mode
    scores 8 less than over its posterior, and contagion would seem to have earned it.
    """
    problem = Problem(Likelihood(situation, moves, until=first), priors, held=held)
    chains = sample(problem, fits(problem), steps=STEPS, seed=[seed, first])
    return [from_numbers(row) for row in problem.rows(chains.thinned(DRAWS)).tolist()]


# ---- the Cox rival

PENALTY = 0.05
"""Of the ridge, per state-week and standard deviation of a covariate."""


def cox_risk(situation: Situation, moves: Ints, first: int, until: int) -> Floats:
    """Each state's summed relative hazard over weeks ``first`` to ``until`` − 1, fitted to those before, (N,)."""
    covariates, act, standing = _covariates(situation, moves, until)
    early = np.zeros(standing.shape, dtype=bool)
    early[:first] = True
    used = early & standing
    scale = covariates[used].std(axis=0)
    scale[scale == 0.0] = 1.0
    centred = (covariates - covariates[used].mean(axis=0)) / scale
    week = np.broadcast_to(np.arange(until)[:, np.newaxis], standing.shape)
    model = PHReg(week[used] + 1.0, centred[used], status=act[used].astype(float), entry=week[used] + 0.0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # statsmodels warns that a penalised fit has no standard errors
        found = model.fit_regularized(alpha=PENALTY * act[used].sum() / used.sum(), L1_wt=0.0)
    hazard = np.where(standing, np.exp(centred @ np.asarray(found.params)), 0.0)
    return np.asarray(hazard[first:until].sum(axis=0))


def _covariates(situation: Situation, moves: Ints, until: int) -> tuple[Floats, Bools, Bools]:
    """What is observed of each state before each week, (T, N, 8); whether it acted, and had a tie to cut, (T, N)."""
    population, line = situation.population, situation.timeline
    seen = see(situation, moves, 0, until)
    acts = acted(moves, until, len(population.iso3))
    exposed = exposure(attention(situation), acts)
    own = np.cumsum(acts, axis=0) - acts
    still = np.ones(until)[:, np.newaxis]
    covariates = np.stack(
        [
            still * population.mission[:, TIE_INDEX["diplomatic"]],
            still * population.affinity,
            still * population.leverage,
            seen.standing.sum(axis=2),
            line.request[:until],
            line.incident[:until],
            np.log1p(own),
            exposed,
        ],
        axis=2,
    )
    return covariates, acts > 0.0, np.asarray(seen.standing.any(axis=2))
