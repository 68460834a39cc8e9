"""The rule, function by function, against numbers worked by hand."""

from __future__ import annotations

import itertools
import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from maxpressure.base import rng
from maxpressure.base.ties import TIE_INDEX, TIES
from maxpressure.model import rules
from worlds import OFF, per_tie, plain

E = math.e
near = pytest.approx

# ---- when


def test_sensitivity_is_relative_to_the_mean_of_the_reference_states():
    assert rules.sensitivity(0.5, 2.0, 4.0) == near(E / 4.0)
    assert rules.sensitivity(0.0, 2.0, 1.0) == 1.0


def test_the_mean_sensitivity_of_the_reference_states_is_one():
    levels = [-1.0, 0.0, 0.25, 2.0]
    mean = rules.leverage_mean(0.7, levels)
    assert sum(rules.sensitivity(0.7, level, mean) for level in levels) / 4 == near(1.0)


def test_affinity_is_a_baseline_of_all_ties():
    p = plain(beta_mission=1.25, beta_affinity=-0.5)
    assert rules.standing(p, 2.0) == near(-1.0)


def test_pressure_is_campaign_and_requests_times_sensitivity():
    p = plain(beta_campaign=0.5, beta_request=2.0, beta_incident=3.0, beta_courtship=0.25)
    # 1.5·(0.5·0.8 + 2·0.25) + 3·0.1 − 0.25·4
    assert rules.addressed(p, 1.5, 0.8, 0.25, 0.1, 4.0) == near(1.35 + 0.3 - 1.0)


def test_incidents_and_courtship_do_not_depend_on_sensitivity():
    p = plain(beta_incident=3.0, beta_courtship=0.25)
    assert rules.addressed(p, 9.0, 0.8, 0.25, 0.1, 4.0) == rules.addressed(p, 0.1, 0.8, 0.25, 0.1, 4.0)


def test_shocks_raise_and_thaw_lowers_everybodys_hazard():
    p = plain(beta_shock=0.8, beta_thaw=0.5, beta_news=0.3)
    assert rules.climate(p, 2.0, 3.0, 1.5) == near(1.6 - 1.5 + 0.45)


def test_own_acts_has_falling_returns():
    p = plain(beta_own=2.0)
    assert rules.momentum(p, 0.1, 0) == near(0.1)
    assert rules.momentum(p, 0.1, 1) == near(0.1 + 2.0 * math.log(2.0))
    gains = [rules.momentum(p, 0.0, acts + 1) - rules.momentum(p, 0.0, acts) for acts in range(5)]
    assert gains == sorted(gains, reverse=True)


def test_frailty_multiplies_the_hazard_by_one_on_average():
    sigma = 0.8
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    mean = sum(w * math.exp(rules.log_frailty(sigma, z)) for z, w in zip(nodes, weights, strict=True))
    assert mean / math.sqrt(2.0 * math.pi) == near(1.0)
    assert rules.log_frailty(sigma, 1.0) == near(0.8 - 0.32)


def test_exposure_counts_each_ten_per_cent_of_weighted_peers():
    assert rules.noticed(0.25) == near(2.5)
    assert rules.imitation(plain(beta_peer=0.2), rules.noticed(0.25)) == near(0.5)


def test_the_common_part_adds_up_its_four_terms():
    assert rules.log_common(0.1, 0.2, 0.3, 0.4) == near(1.0)


# ---- on what


def test_the_tie_part_is_alpha_mission_dependence_and_the_offset_of_doubtful_trade():
    p = plain(alpha=per_tie(-5.0, trade=-3.0), beta_mission=1.25, beta_dependence=-0.5, doubtful=-1.0)
    base = {name: rules.tie_base(p, index, 0.0, 0.0, 0.0, 0.0) for name, index in TIE_INDEX.items()}
    assert base == near(dict.fromkeys(TIES, -5.0) | {"trade": -3.0})
    assert rules.tie_base(p, TIE_INDEX["diplomatic"], 1.0, 0.0, 0.0, 0.0) == near(-3.75)
    assert rules.tie_base(p, TIE_INDEX["trade"], 0.0, 2.0, 0.0, 0.0) == near(-4.0)
    assert rules.tie_base(p, TIE_INDEX["trade"], 0.0, 2.0, 1.0, 0.0) == near(-5.0)
    assert rules.tie_base(p, TIE_INDEX["trade"], 1.0, 2.0, 0.5, 0.0) == near(-3.25)


def test_an_unlisted_tie_is_thinner_by_its_kind_and_less_so_where_the_state_is_close():
    p = plain(unlisted=(-3.0, -2.0, -1.0, -4.0), unlisted_close=1.5)
    kinds = [TIE_INDEX[tie] for tie in ("trade", "finance", "military", "labour")]
    assert [rules.unlisted_offset(p, tie, 1, 0.0) for tie in kinds] == [-3.0, -2.0, -1.0, -4.0]
    assert [rules.unlisted_offset(p, tie, 1, 1.0) for tie in kinds] == [-1.5, -0.5, 0.5, -2.5]
    assert [rules.unlisted_offset(p, tie, 0, 1.0) for tie in range(6)] == [0.0] * 6
    assert [rules.readiness(thin) for thin in (-1.5, 0.0, 0.5)] == near([math.exp(-1.5), 1.0, 1.0])


def test_a_tie_switched_off_stays_off_whatever_else_pushes():
    base = rules.tie_base(plain(beta_mission=9.0, beta_dependence=9.0, doubtful=9.0), 0, 1.0, 9.0, 1.0, 0.0)
    assert base == OFF
    assert rules.log_tie(plain(beta_mandate=9.0), base, 1.0, 3) == OFF


@pytest.mark.parametrize(
    ("forbidden", "level", "still_kept"),
    [
        (0.0, 3, 0.0),
        (0.4, 3, 0.4),
        (1.0, 3, 1.0),
        (0.4, 2, 0.4 - 1 / 3),
        (0.3, 2, 0.0),
        (1.0, 2, 2 / 3),
        (1.0, 1, 1 / 3),
        (2 / 3, 1, 0.0),
        (1.0, 0, 0.0),
    ],
)
def test_a_mandate_weighs_by_the_forbidden_part_still_kept(forbidden, level, still_kept):
    assert rules.outstanding(forbidden, level) == near(still_kept, abs=1e-15)
    if level > 0:
        p = plain(beta_mandate=1.5)
        assert rules.log_tie(p, -4.0, forbidden, level) == near(-4.0 + 1.5 * still_kept)


def test_a_tie_that_is_gone_has_no_hazard():
    assert rules.log_tie(plain(), -1.0, 1.0, 0) == OFF


def test_the_tie_sum_is_over_live_ties():
    assert rules.tie_sum([0.0, OFF, math.log(2.0)]) == near(3.0)
    assert rules.tie_sum([OFF] * 6) == 0.0


def test_the_hazard_is_the_common_part_times_the_tie_sum():
    assert rules.hazard(math.log(2.0), 0.25) == near(0.5)


def test_the_chance_to_act_in_a_week_is_one_minus_exp_of_minus_the_hazard():
    assert rules.acting_probability(0.5) == near(1.0 - math.exp(-0.5))
    assert rules.acting_probability(1e-12) == near(1e-12)
    assert rules.acting_probability(1e9) == 1.0
    assert rules.acting_probability(0.0) == 0.0


# ---- how: lead, companions, depth


def test_the_lead_is_drawn_with_the_odds_of_the_hazards():
    log_ties = [math.log(1.0), OFF, math.log(2.0), math.log(5.0), OFF, OFF]
    leads = Counter(rules.lead_tie(5, number, 700, 0, log_ties, rng.LEAD) for number in range(4000))
    assert set(leads) == {0, 2, 3}
    assert stats.chisquare([leads[0], leads[2], leads[3]], [500, 1000, 2500]).pvalue > 0.001


def test_a_tie_more_or_less_shifts_no_random_number():
    """With one tie gone the lead is the same, unless it was that tie."""
    log_ties = [0.0, 0.3, -0.2, 0.1, 0.5, -0.4]
    for number in range(200):
        lead = rules.lead_tie(5, number, 700, 0, log_ties, rng.LEAD)
        for gone in set(range(6)) - {lead}:
            fewer = [OFF if tie == gone else log_hazard for tie, log_hazard in enumerate(log_ties)]
            assert rules.lead_tie(5, number, 700, 0, fewer, rng.LEAD) == lead


def test_no_live_tie_leads_nothing():
    assert rules.lead_tie(5, 0, 700, 0, [OFF] * 6, rng.LEAD) == -1


def test_each_other_tie_joins_with_probability_chi():
    joined = sum(rules.joins(5, number, 700, 0, 3, 0.3) for number in range(4000))
    assert stats.binomtest(joined, 4000, 0.3).pvalue > 0.001
    assert not any(rules.joins(5, number, 700, 0, 3, 0.0) for number in range(100))
    assert all(rules.joins(5, number, 700, 0, 3, 1.0) for number in range(100))


@pytest.mark.parametrize("level", [1, 2, 3])
def test_a_tie_falls_as_deep_as_psi_says(level):
    psi = 0.4
    reached = Counter(rules.fallen(5, number, 700, 0, 2, level, psi) for number in range(4000))
    expected = {after: 4000 * math.exp(rules.log_depth(level, after, psi)) for after in range(level)}
    assert set(reached) == set(expected)
    if level > 1:
        assert stats.chisquare([reached[after] for after in expected], [*expected.values()]).pvalue > 0.001


# ---- how likely


def test_the_probabilities_of_depth_are_those_of_the_model():
    psi = 0.3
    assert math.exp(rules.log_depth(3, 2, psi)) == near(1 - psi)
    assert math.exp(rules.log_depth(3, 1, psi)) == near(psi * (1 - psi))
    assert math.exp(rules.log_depth(3, 0, psi)) == near(psi**2)
    assert math.exp(rules.log_depth(2, 1, psi)) == near(1 - psi)
    assert math.exp(rules.log_depth(2, 0, psi)) == near(psi)
    assert rules.log_depth(1, 0, psi) == 0.0


@pytest.mark.parametrize("psi", [0.0, 0.2, 1.0])
@pytest.mark.parametrize("level", [1, 2, 3])
def test_the_probabilities_of_all_depths_add_up_to_one(level, psi):
    assert sum(math.exp(rules.log_depth(level, after, psi)) for after in range(level)) == near(1.0)


LISTED = (1.0,) * len(TIES)
"""How readily listed ties join an act."""


def packages(kept):
    """Every set of the ties that are kept, the empty one too."""
    for chosen in itertools.product([False, True], repeat=len(TIES)):
        if not any(take and tie not in kept for tie, take in enumerate(chosen)):
            yield chosen


@pytest.mark.parametrize("chi", [0.0, 0.04, 0.7, 1.0])
@pytest.mark.parametrize("kept", [(0,), (1, 4), (0, 2, 3, 5), (0, 1, 2, 3, 4, 5)])
def test_the_probabilities_of_all_packages_add_up_to_one(kept, chi):
    log_ties = [0.3 * tie - 2.0 if tie in kept else OFF for tie in range(6)]
    total = sum(math.exp(rules.log_package(log_ties, chosen, chi, LISTED)) for chosen in packages(kept))
    assert total == near(1.0)


@pytest.mark.parametrize("chi", [0.0, 0.04, 0.7, 1.0])
@pytest.mark.parametrize("ready", [(1.0, 0.05, 1.0, 0.2, 1.0, 1.0), (0.3, 0.05, 0.6, 0.2, 1e-9, 1.0)])
def test_the_probabilities_of_all_packages_with_unlisted_ties_add_up_to_one(chi, ready):
    log_ties = [0.3 * tie - 2.0 for tie in range(6)]
    total = sum(math.exp(rules.log_package(log_ties, chosen, chi, ready)) for chosen in packages(range(6)))
    assert total == near(1.0)


def test_an_unlisted_tie_leads_by_its_hazard_and_joins_by_its_readiness():
    log_ties, chosen = (
        [math.log(3.0), math.log(1.0), math.log(2.0), OFF, OFF, OFF],
        [True, True] + [False] * 4,
    )
    either = 3 / 6 * (0.1 * 0.2) + 1 / 6 * 0.1  # listed tie 0 led and 1 joined, or the other way round
    stayed = 1.0 - 0.1 * 0.5
    ready = (1.0, 0.2, 0.5, 1.0, 1.0, 1.0)
    assert math.exp(rules.log_package(log_ties, chosen, 0.1, ready)) == near(either * stayed)


def test_the_probability_of_a_package_is_the_formula_of_the_model():
    log_ties = [math.log(1.0), math.log(2.0), OFF, math.log(5.0), OFF, OFF]
    chosen = [True, False, False, True, False, False]
    assert math.exp(rules.log_package(log_ties, chosen, 0.1, LISTED)) == near(6 / 8 * 0.1 * 0.9)


def test_a_package_of_one_without_companions_has_the_odds_of_its_lead():
    log_ties = [math.log(1.0), OFF, OFF, OFF, OFF, math.log(3.0)]
    assert math.exp(rules.log_package(log_ties, [False] * 5 + [True], 0.0, LISTED)) == near(0.75)


def test_an_act_without_any_tie_is_impossible():
    assert rules.log_package([0.0] * 6, [False] * 6, 0.1, LISTED) == OFF


@pytest.mark.parametrize("chi", [0.0, 0.1, 1.0])
def test_a_package_with_a_tie_that_cannot_break_is_impossible(chi):
    assert rules.log_package([0.0, OFF], [True, True], chi, LISTED) == OFF
    assert rules.log_package([0.0, OFF], [False, True], chi, LISTED) == OFF
    assert rules.log_package([OFF, OFF], [True, True], chi, LISTED) == OFF
    assert rules.log_package([0.0, OFF], [True, False], chi, LISTED) == 0.0


def test_a_companion_is_impossible_where_none_ever_joins():
    assert rules.log_package([0.0] * 6, [True, True, False, False, False, False], 0.0, LISTED) == OFF


def test_the_log_chance_to_act_keeps_its_digits():
    assert rules.log_acting(1e-30) == near(math.log(1e-30))
    assert rules.log_acting(0.7) == near(math.log(1 - math.exp(-0.7)))
    assert rules.log_acting(80.0) == 0.0
    assert rules.log_acting(0.0) == OFF


# ---- the way back, and commerce


def test_thaw_and_courtship_bring_ties_back_and_shocks_and_pressure_hold_them_down():
    p = plain(rho=-2.0, rho_thaw=1.0, rho_courtship=0.5, rho_shock=0.25, rho_pressure=2.0)
    # −2 + 1·0.6 + 0.5·0.4 − 0.25·0.8 − 2·(1.5·(0.1 + 0.3))
    hazard = rules.restoration_hazard(
        p, sensitive=1.5, campaign=0.1, request=0.3, shock=0.8, thaw=0.6, courtship=0.4
    )
    assert hazard == near(math.exp(-2.6))


def test_a_request_holds_a_tie_down_as_the_campaign_does():
    p = plain(rho=-2.0, rho_pressure=0.7)
    asked, moved = (
        rules.restoration_hazard(p, 1.3, campaign, request, 0.0, 0.0, 0.0)
        for campaign, request in ((0.0, 0.4), (0.4, 0.0))
    )
    assert asked == moved == near(math.exp(-2.0 - 0.7 * 1.3 * 0.4))


def test_restoration_switched_off_has_no_hazard():
    p = plain(rho_thaw=9.0)
    assert rules.restoration_hazard(p, 1.0, 0.0, 0.0, 0.0, 9.0, 9.0) == 0.0


def test_attrition_is_in_proportion_to_the_trade_that_is_lost():
    assert rules.attrition_hazard(plain(attrition=0.02), 0.5) == near(0.01)


# ---- why: the attribution

factors = st.lists(st.floats(0.05, 20.0), min_size=1, max_size=8)


def by_all_orders(factors, group):
    """The Shapley value by its definition, over every set of the other groups, as a share of the product."""
    others = [other for other in range(len(factors)) if other != group]
    n, value = len(factors), 0.0
    for size in range(n):
        weight = math.factorial(size) * math.factorial(n - size - 1) / math.factorial(n)
        for coalition in itertools.combinations(others, size):
            before = math.prod(factors[member] for member in coalition)
            value += weight * before * (factors[group] - 1.0)
    return value / math.prod(factors)


@given(factors)
def test_a_share_is_the_shapley_value_over_all_subsets(factors):
    for group in range(len(factors)):
        assert rules.shapley_share(factors, group) == near(by_all_orders(factors, group), rel=1e-9, abs=1e-12)


@given(factors)
def test_a_share_has_the_sign_of_switching_its_group_off(factors):
    for group, factor in enumerate(factors):
        share = rules.shapley_share(factors, group)
        assert (share > 0.0) == (factor > 1.0)
        assert (share < 0.0) == (factor < 1.0)


situations = st.fixed_dictionaries(
    {
        "sensitive": st.floats(0.2, 3.0),
        "campaign": st.floats(0.0, 1.5),
        "request": st.floats(0.0, 3.0),
        "incident": st.floats(0.0, 1.0),
        "courtship": st.floats(0.0, 3.0),
        "shock": st.floats(0.0, 3.0),
        "thaw": st.floats(0.0, 2.0),
        "news": st.floats(0.0, 2.0),
        "exposure": st.floats(0.0, 5.0),
        "acts": st.integers(0, 4),
        "ties": st.floats(0.01, 0.04),
        "ties_unforbidden": st.floats(0.001, 0.01),
    }
)
PUSHED = plain(
    beta_shock=0.79, beta_incident=2.58, beta_mandate=1.3, beta_campaign=0.34, beta_request=1.6,
    beta_peer=0.11, beta_own=0.14, beta_thaw=0.5, beta_courtship=0.3,
    beta_news=0.2,
)  # fmt: skip


def factors_by_hand(s):
    """What each group multiplies the hazard by, straight from the formula, in the order of GROUPS."""
    return {
        "shock": math.exp(0.79 * s["shock"]),
        "mandate": s["ties"] / s["ties_unforbidden"] * math.exp(0.2 * s["news"]),
        "request": math.exp(s["sensitive"] * 1.6 * s["request"]),
        "campaign": math.exp(s["sensitive"] * 0.34 * s["campaign"]),
        "peers": math.exp(0.11 * s["exposure"]),
        "own_acts": (1.0 + s["acts"]) ** 0.14,
        "incident": math.exp(2.58 * s["incident"]),
        "engagement": math.exp(-0.5 * s["thaw"] - 0.3 * s["courtship"]),
    }


@given(situations)
def test_an_attribution_is_the_shapley_split_of_what_the_dynamic_terms_add(s):
    attribution = dict(zip(rules.GROUPS, rules.attribution(PUSHED, **s), strict=True))
    hand = factors_by_hand(s)
    values = list(hand.values())
    for place, group in enumerate(hand):
        assert attribution[group] == near(by_all_orders(values, place), rel=1e-9, abs=1e-12), group
    assert attribution["baseline"] == near(1.0 / math.prod(values), rel=1e-9)


@given(situations)
def test_the_shares_of_an_attribution_add_up_to_one(s):
    assert sum(rules.attribution(PUSHED, **s)) == near(1.0, abs=1e-9)


def test_with_nothing_going_on_an_act_is_all_due_to_the_baseline():
    quiet = dict.fromkeys(
        ("campaign", "request", "incident", "courtship", "shock", "thaw", "news", "exposure"), 0.0
    )
    for ties in (0.02, 0.0):  # with a tie to break, and with none
        attribution = rules.attribution(
            PUSHED, sensitive=1.0, acts=0, ties=ties, ties_unforbidden=ties, **quiet
        )
        assert dict(zip(rules.GROUPS, attribution, strict=True)) == {
            group: float(group == "baseline") for group in rules.GROUPS
        }


def test_the_share_gone_without_peers_is_one_minus_exp_of_minus_their_term():
    assert rules.attributable_to_peers(plain(beta_peer=0.2), 3.0) == near(1.0 - math.exp(-0.6))
