"""Rivals of the rule, fitted to the same record: rates by kind of tie, the rule with other terms, and Cox.

Each gives a forecast one week ahead, and cuts in worlds simulated from the span's start. Those that are the rule
with fewer terms, or with more, are averaged over their posteriors and simulated by the model itself. Nothing thawed in
the weeks of a fit, so that what lowers a rival's chances in a thaw is the rule's own assumption, at its prior's
median.

The Cox rival is a penalised proportional-hazards fit with covariates that change week by week. What is
the same for all states in a week cancels in its partial likelihood, so it ranks states and gives no probability of a
week.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np
from scipy import optimize, special

from maxpressure.base.numerics import Bools, Floats, Ints
from maxpressure.base.ties import TIE_INDEX
from maxpressure.engine.engines import Ensemble
from maxpressure.engine.record import ACT
from maxpressure.evidence.parameters import Parameters, from_numbers
from maxpressure.evidence.priors import Priors
from maxpressure.inference.compared import Prediction
from maxpressure.inference.forecast import forecast_of
from maxpressure.inference.likelihood import Likelihood
from maxpressure.inference.moves import MEMORY, Seen, acted, attention, exposure, see
from maxpressure.inference.posterior import Problem, fits
from maxpressure.inference.rates import RATES, THAWING, constant, forecast_at, simulate_at, thawing
from maxpressure.inference.sampling import sample
from maxpressure.model.case import Situation

PUSHES: Final = (
    "beta_shock", "beta_incident", "beta_mandate", "beta_campaign", "beta_request", "beta_peer", "beta_own",
    "beta_thaw", "beta_courtship", "beta_news",
)  # fmt: skip
BASELINE: Final = ("beta_mission", "beta_dependence", "beta_affinity", "unlisted_close", "kappa", "sigma")


DRAWS, STEPS = 200, 120
"""Draws from the posterior of a forecast's earlier weeks, and the steps of their chains."""

WORLDS: Final = 2000
"""Worlds simulated for the cuts of a span."""

CHUNK: Final = 200
"""So many at a time."""


def only(*terms: str) -> dict[str, float]:
    """What is held so that the rule has these terms alone: others at zero, and their memory at any value."""
    held = dict.fromkeys((name for name in (*PUSHES, *BASELINE) if name not in terms), 0.0)
    if "beta_shock" not in terms:
        held |= {"delay_shock": 0.0, "tau_shock": MEMORY}
    return held if "beta_peer" in terms else held | {"tau_peer": MEMORY}


class Terms(NamedTuple):
    """A rule with other terms: parameters held at numbers, and mechanisms switched on and estimated."""

    held: Mapping[str, float] = {}
    on: tuple[str, ...] = ()


OPTIONAL: Final[Mapping[str, Mapping[str, float]]] = {
    "dependence": {"beta_dependence": 0.0},
    "affinity": {"beta_affinity": 0.0},
    "own_acts": {"beta_own": 0.0},
    "contagion": {"beta_peer": 0.0, "tau_peer": MEMORY},
    "frailty": {"sigma": 0.0},
}
"""Mechanisms that a rule may have, with their parameters where they are off."""

OTHERS: Final[Mapping[str, Terms]] = {
    "trade alone": Terms(only("beta_dependence"), ("dependence",)),
    "baseline alone": Terms(only(*BASELINE)),
    "shocks": Terms(only("beta_shock")),
    "shocks and requests": Terms(only("beta_shock", "beta_request")),
    "shocks, requests and thaw": Terms(only("beta_shock", "beta_request", "beta_thaw")),
    "the rule and five more terms": Terms(on=tuple(OPTIONAL)),
}
"""Rules with fewer terms or more, fitted as the rule is."""


class Split(NamedTuple):
    """A history split at week ``first``: fits have seen the weeks before, forecasts are of those up to ``until`` − 1.

    ``whole`` runs from the record's origin, ``late`` from week ``first`` on; ``moves`` are of all weeks.
    """

    whole: Situation
    late: Situation
    moves: Ints
    first: int
    until: int

    def seen(self) -> Seen:
        """What happened from week ``first`` on."""
        return see(self.whole, self.moves, self.first, self.until)


def rivals(split: Split, priors: Priors, seed: int) -> Iterator[tuple[str, Prediction]]:
    """Each rival's prediction, fitted to the weeks before the split."""
    first, line = split.first, split.whole.timeline
    history = see(split.whole, split.moves, 0, split.until)
    thaw = {THAWING: thawing(constant, priors.centre("beta_thaw"))}
    for name, fit in {**RATES, **thaw}.items():
        pace = fit(history, first, line)
        yield (
            name,
            Prediction(forecast_at(pace, history, first), simulate_at(pace, history, first, WORLDS, seed)),
        )
    for name, terms in OTHERS.items():
        yield name, with_terms(terms, split, priors, seed)


# ---- the rule, or the rule with other terms


def with_terms(terms: Terms, split: Split, priors: Priors, seed: int) -> Prediction:
    """The prediction of the rule with other terms, fitted to the weeks before the split."""
    on = {"mechanisms": dict.fromkeys(terms.on, True)}
    whole, late = (replace(one, scenario=one.scenario.but(**on)) for one in (split.whole, split.late))
    split = split._replace(whole=whole, late=late)
    priors = priors.estimated(*(name for mechanism in terms.on for name in OPTIONAL[mechanism]))
    return predicted(drawn_before(split, priors, seed, terms.held), split, seed)


def drawn_before(
    split: Split, priors: Priors, seed: int, held: Mapping[str, float] | None = None
) -> list[Parameters]:
    """Draws from the posterior of the weeks before the split, with some parameters held.

    A mode would not do beside forecasts that are averaged over draws: from July 2017 the rule without contagion, on
    the broad record, scored 8 less at its mode than over its posterior, and contagion would seem to have earned it.
    """
    problem = Problem(Likelihood(split.whole, split.moves, until=split.first), priors, held=held)
    chains = sample(problem, fits(problem), steps=STEPS, seed=[seed, split.first])
    return [from_numbers(row) for row in problem.rows(chains.thinned(DRAWS)).tolist()]


def predicted(draws: Sequence[Parameters], split: Split, seed: int) -> Prediction:
    """The prediction of parameter draws: their forecast, and cuts in worlds that they simulate."""
    forecast = forecast_of(draws, split.whole, split.moves, split.first, split.until)
    return Prediction(forecast, simulated(split.late, draws, seed))


def simulated(late: Situation, draws: Sequence[Parameters], seed: int) -> Ints:
    """Cuts a week in many worlds that start from the record before a span and are simulated through it, (worlds, W)."""
    ensemble, line = Ensemble(late, draws), late.timeline
    counts = np.zeros((WORLDS, line.weeks - line.first), dtype=np.int64)
    for first in range(0, WORLDS, CHUNK):
        chunk = ensemble.simulate(first, CHUNK, seed=seed, attributions=False)
        changes = chunk.output.changes[: chunk.changes]
        cuts = changes[changes[:, 3] == ACT]
        np.add.at(counts, (cuts[:, 0], cuts[:, 1] - line.first), 1)
    return counts


# ---- the Cox rival

PENALTY = 0.05
"""Of the ridge, per act and standard deviation of a covariate."""


def cox_risk(situation: Situation, moves: Ints, first: int, until: int) -> Floats:
    """Each state's summed relative hazard over weeks ``first`` to ``until`` − 1, fitted to those before, (N,)."""
    covariates, act, standing = _covariates(situation, moves, until)
    used = standing[:first]
    scale = covariates[:first][used].std(axis=0)
    scale[scale == 0.0] = 1.0
    centred = (covariates - covariates[:first][used].mean(axis=0)) / scale
    beta = partial_likelihood(centred[:first], act[:first] & used, used)
    hazard = np.where(standing, np.exp(centred @ beta), 0.0)
    return np.asarray(hazard[first:until].sum(axis=0))


def partial_likelihood(covariates: Floats, act: Bools, at_risk: Bools) -> Floats:
    """The coefficients that maximise Cox's partial likelihood with a ridge, acts of one week tied (Breslow 1974)."""
    acts = act.sum(axis=1)

    def loss(beta: Floats) -> tuple[float, Floats]:
        logits = np.where(at_risk, covariates @ beta, -np.inf)
        total = special.logsumexp(logits, axis=1)
        mean = np.einsum("ti,tik->tk", np.exp(logits - total[:, np.newaxis]), covariates)
        value = float(acts @ total) - float(logits[act].sum())
        slope = acts @ mean - covariates[act].sum(axis=0)
        size = acts.sum()
        return value / size + 0.5 * PENALTY * float(beta @ beta), slope / size + PENALTY * beta

    found = optimize.minimize(loss, np.zeros(covariates.shape[-1]), jac=True)
    return np.asarray(found.x)


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
