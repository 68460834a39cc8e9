"""The protocol by which a rule is chosen: several rules scored on later weeks, on states and on weeks left out.

*Forward*: a rule is fitted to the weeks before a day and scored on those after it, as in the check of that name.
*Left out*: the expected log density of a state, or of a week, given the rest of the record, from draws of its
posterior by Pareto-smoothed importance sampling (Vehtari, Gelman and Gabry 2017). What was left out stays in the
exposure of others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Unpack

import arviz_stats.base
import numpy as np
import pandas as pd
from scipy import special

from maxpressure.base.numerics import Floats
from maxpressure.evidence.parameters import Parameters, from_numbers
from maxpressure.evidence.priors import Priors
from maxpressure.inference.calibrate import identity
from maxpressure.inference.checks.holdout import ORIGINS, split_at
from maxpressure.inference.checks.options import FIVE, Rule
from maxpressure.inference.checks.sbc import How, Numbers, simulate_and_fit
from maxpressure.inference.compared import totals_of, weekly_cuts
from maxpressure.inference.forecast import scores_of, week_scores
from maxpressure.inference.likelihood import Likelihood
from maxpressure.inference.moves import see
from maxpressure.inference.posterior import evidence_of, fits
from maxpressure.inference.rivals import DRAWS, STEPS, drawn_before, predicted
from maxpressure.inference.sampling import sample
from maxpressure.model.case import Case

NEW: Final = ("delay", "news")


def rules() -> list[Rule]:
    """The rules that are compared, each on listed ties and with unlisted ones in the risk set."""
    on_listed = [
        Rule("full, with frailty", FIVE),
        Rule("lean"),
        Rule("lean + delay", ("delay",)),
        Rule("lean + news", ("news",)),
        Rule("lean + delay + news", NEW),
        Rule("lean + delay + news, requests a week late", NEW, scenario={"requests": {"lag_weeks": 1}}),
        Rule("lean + delay + news, no requests", NEW, {"beta_request": 0.0}),
    ]
    with_unlisted = [Rule(one.name, (*one.options, "unlisted"), one.held, one.scenario) for one in on_listed]
    return on_listed + with_unlisted


PLACES: Final = len(ORIGINS) + 1
"""Where a rule is scored: from each day on, and on the whole record."""

FORWARD: Final = ("log score", "listed", "joint score", "CRPS", "CRPS a week")
"""Scores of a rule from a day on, in their order."""

ON_RECORD: Final = ("log evidence", "states left out", "k of states", "weeks left out", "k of weeks")
"""Its scores on the whole record."""


@dataclass(frozen=True, slots=True)
class Scorer:
    """Scores a rule at one place, in any process."""

    case: Case
    priors: Priors
    seed: int

    def __call__(self, run: int) -> Numbers:
        """The numbers of rule ``run // PLACES`` at place ``run % PLACES``."""
        rule, place = rules()[run // PLACES], run % PLACES
        found = self.on_record(rule) if place == len(ORIGINS) else self.forward(rule, place)
        return {"scores": np.array(found)}

    def forward(self, rule: Rule, place: int) -> list[float]:
        """The scores ``FORWARD``: of all ties, of listed ones, jointly; CRPS of the total and of a week."""
        split = split_at(self.case, rule.situation(self.case), ORIGINS[place])
        draws = drawn_before(split, rule.priors(self.priors), self.seed, rule.off)
        found, span = predicted(draws, split, self.seed), split.seen()
        scores = scores_of(rule.name, found.forecast, span)
        totals = totals_of(found.counts, weekly_cuts(span))
        return [scores.log_score, scores.listed, scores.joint, totals.crps, totals.crps_week]

    def on_record(self, rule: Rule) -> list[float]:
        """The scores ``ON_RECORD``: evidence, densities of what is left out, as logarithms; the largest Pareto k."""
        problem = rule.problem(self.case, self.priors)
        modes = fits(problem)
        chains = sample(problem, modes, steps=STEPS, seed=[self.seed])
        draws = [from_numbers(row) for row in problem.rows(chains.thinned(DRAWS)).tolist()]
        by_state, by_week = densities(problem.likelihood, draws)
        return [evidence_of(modes), *left_out(by_state), *left_out(by_week)]


def densities(likelihood: Likelihood, draws: Sequence[Parameters]) -> tuple[Floats, Floats]:
    """The log density of each state's history, (D, N), and of each week, (D, T), under each draw."""
    seen = see(likelihood.situation, likelihood.moves, likelihood.first, likelihood.until)
    by_state = np.array([likelihood.by_state(draw) for draw in draws])
    return by_state, week_scores(likelihood, draws, seen, likelihood.first, likelihood.until)


def left_out(logs: Floats) -> tuple[float, float]:
    """Σ log density of each column left out of the fit, from its densities under draws, and the largest Pareto k."""
    weigh: Any = arviz_stats.base.array_stats.psislw  # type: ignore[attr-defined]
    varies = np.ptp(logs, axis=0) > 0.0  # a state without a tie is alike under all draws
    weights, k = weigh(logs.T[varies])
    found = special.logsumexp(weights + logs.T[varies], axis=1).sum() + logs[0, ~varies].sum()
    return float(found), float(np.max(k))


def score_rules(case: Case, priors: Priors, *, seed: int, **how: Unpack[How]) -> Floats:
    """The scores of every rule at every place, (rules, PLACES, 5); finished ones are kept in the work folder."""
    found = simulate_and_fit(
        "rules",
        Scorer(case, priors, seed),
        len(rules()) * PLACES,
        block=1,
        identity=identity(case, priors, seed),
        **how,
    )
    return np.asarray(found["scores"]).reshape(len(rules()), PLACES, -1)


def _ties(rule: Rule) -> str:
    return "all" if "unlisted" in rule.options else "listed"


def rules_table(scores: Floats) -> pd.DataFrame:
    """A row for each rule, on the whole record; log evidence against the first with the same ties at risk."""
    table = pd.DataFrame(scores[:, -1], columns=list(ON_RECORD))
    table.insert(0, "rule", [rule.name for rule in rules()])
    table.insert(1, "ties", [_ties(rule) for rule in rules()])
    table["log evidence"] -= table.groupby("ties")["log evidence"].transform("first")
    return table


def later_table(scores: Floats) -> pd.DataFrame:
    """A row for each day and rule: its scores from that day on."""
    return pd.DataFrame(
        [
            {"from": str(day), "rule": rule.name, "ties": _ties(rule)} | dict(zip(FORWARD, one, strict=True))
            for place, day in enumerate(ORIGINS)
            for rule, one in zip(rules(), scores[:, place].tolist(), strict=True)
        ]
    )
