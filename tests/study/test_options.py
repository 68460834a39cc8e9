"""Rules with and without optional terms: what each poses, how their evidence adds up, how they are scored."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial

import numpy as np
import pytest

from maxpressure.evidence.parameters import Parameters, parameter_names
from maxpressure.evidence.priors import IN_LIKELIHOOD, load_priors
from maxpressure.inference import rivals
from maxpressure.inference.checks.options import (
    FIVE,
    OPTIONS,
    Rule,
    best_table,
    combinations,
    inclusion_table,
)
from maxpressure.inference.checks.protocol import (
    PLACES,
    Scorer,
    densities,
    later_table,
    left_out,
    rules,
    rules_table,
)
from maxpressure.inference.checks.ratios import UNITS, ratios_table
from maxpressure.inference.likelihood import Likelihood
from maxpressure.model.case import Case

near = pytest.approx


@pytest.fixture(scope="module", autouse=True)
def _short_chains() -> Iterator[None]:
    """Rules fitted by a few steps: what is done with their draws is tested here, not how well they are drawn."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rivals, "STEPS", 20)
        patch.setattr(rivals, "DRAWS", 20)
        patch.setattr(rivals, "WORLDS", 200)
        patch.setattr(rivals, "sample", partial(rivals.sample, warm_up=20))
        yield


# ---- what a rule poses


def test_a_rule_estimates_its_options_and_holds_the_others_where_they_have_no_effect(case: Case) -> None:
    priors, row = load_priors(), parameter_names().index
    for name, option in OPTIONS.items():
        without, one = Rule("lean"), Rule("one", (name,))
        posed, held = one.problem(case, priors), without.problem(case, priors)
        sampled = {*posed.names, *posed.grids}
        assert set(option.off) <= sampled
        assert not set(option.off) & {*held.names, *held.grids}
        assert all(held.row[row(parameter)] == value for parameter, value in option.off.items())
        assert all(
            one.priors(priors).by_name[parameter].standing in IN_LIKELIHOOD for parameter in option.off
        )


def test_a_rules_likelihood_has_its_options_alone(case: Case, pilot: Parameters) -> None:
    shaken = pilot._replace(beta_peer=0.4, beta_own=0.5, sigma=0.6, beta_dependence=-0.4, beta_news=0.5)
    with_all = Likelihood(Rule("", (*FIVE, "news")).situation(case))
    lean = Likelihood(Rule("").situation(case))
    bare = shaken._replace(
        beta_peer=0.0, beta_own=0.0, sigma=0.0, beta_dependence=0.0, beta_news=0.0, beta_affinity=0.0
    )
    assert lean(shaken) == lean(bare) == with_all(bare)
    assert with_all(shaken) != lean(shaken)


def test_a_rule_leaves_alone_what_it_does_not_decide_on(case: Case) -> None:
    rule = Rule("", ("peers",), decides=FIVE)
    assert set(rule.off) == {"beta_dependence", "beta_affinity", "beta_own", "sigma"}
    scenario = rule.situation(case).scenario
    assert scenario.risk_set == case.record().risk_set
    assert scenario.mechanisms.news
    assert scenario.mechanisms.contagion
    assert not scenario.mechanisms.frailty
    assert "delay_shock" in rule.problem(case, load_priors()).grids
    assert Rule("", ("unlisted",)).situation(case).scenario.risk_set == "with-unlisted"
    lean = Rule("").situation(case).scenario
    assert lean.risk_set == "ex-ante"
    assert not lean.mechanisms.news


# ---- every combination


def test_terms_that_add_up_are_in_the_rule_with_the_odds_of_each() -> None:
    gains = dict(zip(FIVE, (1.0, -2.0, 0.0, 0.5, -4.0), strict=True))
    evidence = np.array([-300.0 + sum(gains[name] for name in rule.options) for rule in combinations()])
    table = inclusion_table(evidence).set_index("option")
    assert len({rule.options for rule in combinations()}) == 32
    for name, gain in gains.items():
        assert table.loc[name, "log Bayes factor"] == near(gain)
        assert table.loc[name, "P(in the rule)"] == near(1.0 / (1.0 + math.exp(-gain)))
    best = best_table(evidence)
    assert best.loc[0, "options"] in ("dependence, peers", "dependence, own acts, peers")
    assert best.loc[0, "log evidence"] == near(1.5)
    assert best["options"].iloc[-1] == ", ".join(FIVE)
    assert best["log evidence"].iloc[-1] == near(-4.5)


# ---- scored


def test_the_density_of_what_is_left_out_is_that_of_a_fit_without_it() -> None:
    """Normal data with known spread: the density of each number given the others has a closed form."""
    rng = np.random.default_rng(5)
    seen = rng.normal(1.0, 1.0, size=12)
    middle = rng.normal(seen.sum() / 13.0, math.sqrt(1.0 / 13.0), size=4000)  # the prior is N(0, 1)
    found, k = left_out(-0.5 * (seen - middle[:, np.newaxis]) ** 2 - 0.5 * math.log(2.0 * math.pi))
    spread = math.sqrt(1.0 + 1.0 / 12.0)
    others = (seen.sum() - seen) / 12.0
    exact = (-0.5 * ((seen - others) / spread) ** 2 - math.log(spread) - 0.5 * math.log(2.0 * math.pi)).sum()
    assert found == near(exact, abs=0.05)
    assert k < 0.7


def test_states_and_weeks_have_the_same_density_in_all(case: Case, pilot: Parameters) -> None:
    """Given the draw and no frailty, states multiply as weeks do, but for depth, which only states have."""
    rule = Rule("lean")
    likelihood = Likelihood(rule.situation(case))
    by_state, by_week = densities(likelihood, [pilot._replace(psi=(0.5,) * 6)])
    depth = likelihood.replayed.marks[:, 1].sum()
    assert by_state.sum() - depth == near(by_week.sum(), rel=1e-9)


def test_a_rule_is_scored_on_listed_and_on_all_ties(case: Case) -> None:
    rule = Rule("lean", ("unlisted",))
    every, listed, joint, crps, week = Scorer(case, load_priors(), 1).forward(rule, 2)
    assert -100.0 < every < listed < -30.0
    assert abs(joint - every) < 5.0
    assert 0.0 < week < crps < 20.0


def test_every_rule_has_a_row_with_evidence_against_the_first_of_its_ties() -> None:
    several = rules()
    scores = np.arange(len(several) * PLACES * 5, dtype=float).reshape(len(several), PLACES, 5)
    table = rules_table(scores)
    assert table["rule"].to_list() == [rule.name for rule in several]
    assert table["ties"].value_counts().to_dict() == {"listed": len(several) // 2, "all": len(several) // 2}
    for half in (0, len(several) // 2):
        assert table.loc[half, "log evidence"] == 0.0
        assert table.loc[half + 1, "log evidence"] == PLACES * 5
    assert table.loc[3, "k of weeks"] == scores[3, -1, 4]
    later = later_table(scores).set_index(["from", "ties", "rule"])
    assert len(later) == 3 * len(several)
    assert later.loc[("2017-07-03", "listed", several[3].name), "log score"] == scores[3, 0, 0]
    assert later.loc[("2017-10-30", "listed", several[3].name), "CRPS"] == scores[3, 2, 3]


# ---- hazard ratios


def test_hazard_ratios_are_the_draws_in_the_units_that_are_named(pilot: Parameters) -> None:
    draws = [pilot._replace(beta_request=value, beta_own=value, beta_thaw=value) for value in (0.5, 1.0, 1.5)]
    table = ratios_table(draws, load_priors()).set_index("parameter")
    assert table.loc["beta_request", "median"] == near(math.exp(1.0))
    assert table.loc["beta_own", "median"] == near(2.0)
    assert table.loc["beta_thaw", "median"] == near(math.exp(-1.0))
    assert table.loc["beta_request", "p025"] == near(math.exp(0.525))
    assert table.loc["beta_thaw", "standing"] == "assumed"
    assert [unit.parameter for unit in UNITS] == list(table.index)
    assert set(table.index) <= set(parameter_names())
