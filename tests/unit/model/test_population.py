"""Third states as arrays: who they are, by scores that a new state does not change."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from maxpressure.base.rng import state_code
from maxpressure.base.ties import TIE_INDEX, TIES
from maxpressure.evidence.assumptions import Assumptions
from maxpressure.evidence.evidence import Evidence
from maxpressure.evidence.record import starting_levels
from maxpressure.model.case import Case, Situation, prepare
from maxpressure.model.population import Population, populate

near = pytest.approx
NEWCOMERS = ("IND", "VUT")
"""States with much and with little to the case, taken out of the reference to arrive later."""


@pytest.fixture(scope="module")
def population(recorded: Situation) -> Population:
    return recorded.population


def place(population: Population, iso3: str) -> int:
    return population.iso3.index(iso3)


def weights(population: Population) -> dict[tuple[str, str], float]:
    """w by watcher and watched."""
    table = {}
    for acting, iso3 in enumerate(population.iso3):
        for entry in range(population.peers.first[acting], population.peers.first[acting + 1]):
            watcher = population.iso3[population.peers.watcher[entry]]
            table[watcher, iso3] = float(population.peers.weight[entry])
    return table


# ---- who is in it


def test_states_stand_in_iso3_order_with_their_numbers(population):
    assert list(population.iso3) == sorted(population.iso3)
    assert population.codes.tolist() == [state_code(iso3) for iso3 in population.iso3]
    assert {"PRK", "CHN", "RUS", "USA", "KOR", "JPN"}.isdisjoint(population.iso3)


def test_the_shipped_reference_is_every_third_state(population):
    assert population.reference.all()


def test_patrons_bring_their_trade_of_2016(case, population):
    assert [patron.iso3 for patron in population.patrons] == ["CHN", "RUS"]
    china = case.evidence.state("CHN")
    assert population.patrons[0].exports == round(1000 * china.target_exports_to_state_musd)
    assert population.patrons[0].imports == round(1000 * china.target_imports_from_state_musd)
    assert population.patrons[0].travel == 3


def test_the_arrays_cannot_be_written_to(population):
    with pytest.raises(ValueError, match="read-only"):
        population.start[0, 0] = 0


# ---- scores


def test_a_mission_on_either_side_counts_on_the_diplomatic_tie_alone(case, population):
    assert population.mission.shape == (len(population.iso3), len(TIES))
    for row in case.evidence.states:
        if row.iso3 in population.iso3:
            has_one = bool(row.target_embassy_in_state) or bool(row.state_embassy_in_target)
            expected = [float(has_one and tie == "diplomatic") for tie in TIES]
            assert population.mission[place(population, row.iso3)].tolist() == expected
    assert 0 < population.mission.sum() < len(population.iso3)


def test_leverage_is_the_mean_of_z_scores_and_a_blank_counts_as_the_mean(case, population):
    rows = [case.evidence.state(iso3) for iso3 in population.iso3]
    columns = [
        [row.us_trade_share for row in rows],
        [None if row.us_aid_musd is None else math.log1p(row.us_aid_musd) for row in rows],
        [None if row.us_ally_core is None else float(row.us_ally_core) for row in rows],
        [None if row.us_troops is None else math.log1p(row.us_troops) for row in rows],
    ]
    scores = []
    for column in columns:
        known = np.array([figure for figure in column if figure is not None])
        scores.append([0.0 if figure is None else (figure - known.mean()) / known.std() for figure in column])
    assert population.leverage == near(np.mean(scores, axis=0))


def test_affinity_is_votes_and_fellowship(case, population):
    rows = [case.evidence.state(iso3) for iso3 in population.iso3]
    score = np.zeros(len(rows))
    for name, weight in (("unga_agreement_target", 0.7), ("communist_legacy", 0.3)):
        known = np.array(
            [np.nan if getattr(row, name) is None else getattr(row, name) for row in rows], float
        )
        score += weight * np.nan_to_num((known - np.nanmean(known)) / np.nanstd(known))
    assert population.affinity == near(score)
    assert population.affinity[place(population, "CUB")] > 1.0
    assert population.affinity[place(population, "FRA")] < 0.0


def test_dependence_is_scored_among_states_that_keep_the_tie(population):
    for tie in ("trade", "finance", "military", "labour"):
        index = TIE_INDEX[tie]
        kept = population.start[:, index] > 0
        assert population.dependence[~kept, index] == near(np.zeros((~kept).sum()))
        known = population.dependence[kept, index]
        assert known.mean() == near(0.0, abs=1e-9)
        assert known.max() > 0.0
    for tie in ("diplomatic", "travel"):
        assert np.abs(population.dependence[:, TIE_INDEX[tie]]).max() == 0.0


def test_active_military_customers_depend_more_than_older_ones(case, population):
    military = {
        row.military_tie: population.dependence[place(population, row.iso3), TIE_INDEX["military"]]
        for row in case.evidence.states
        if row.iso3 in population.iso3 and row.military_tie
    }
    assert military[2] > 0.0 > military[1]


def test_trade_of_a_doubtful_figure_is_at_risk_but_carries_no_money(case, population):
    doubtful = [
        place(population, iso3)
        for iso3 in population.iso3
        if case.evidence.state(iso3).target_trade_quality == "C"
    ]
    assert population.exports[doubtful].sum() == population.imports[doubtful].sum() == 0
    assert population.doubtful.shape == population.start.shape
    assert population.doubtful[:, TIE_INDEX["trade"]].sum() == population.doubtful.sum() > 0
    assert (population.start[population.doubtful > 0] > 0).all()


def test_money_is_in_whole_thousands(case, population):
    india = case.evidence.state("IND")
    assert population.exports[place(population, "IND")] == round(1000 * india.target_exports_to_state_musd)
    assert population.exports.dtype == population.imports.dtype == np.int64


# ---- peers


def test_the_weights_of_each_state_add_up_to_one(population):
    sums = dict.fromkeys(population.iso3, 0.0)
    for (watcher, _), weight in weights(population).items():
        sums[watcher] += weight
    assert list(sums.values()) == near([1.0] * len(sums))


def test_nobody_watches_itself_and_no_weight_is_negative(population):
    for (watcher, watched), weight in weights(population).items():
        assert watcher != watched
        assert 0.0 <= weight <= 1.0


def test_a_state_watches_only_those_of_its_region_or_a_bloc(case, population):
    table = weights(population)
    assert ("MEX", "PER") in table  # OAS
    assert ("ESP", "DEU") in table  # EU
    assert ("ESP", "VNM") not in table
    assert ("CUB", "VNM") not in table  # the Non-Aligned Movement is too wide to make peers
    excluded = case.assumptions.peers.excluded_blocs
    blocs = {
        iso3: {row.bloc for row in case.evidence.blocs if row.iso3 == iso3 and row.bloc not in excluded}
        for iso3 in population.iso3
    }
    for watcher, watched in table:
        same_region = case.evidence.state(watcher).region == case.evidence.state(watched).region
        assert same_region or blocs[watcher] & blocs[watched]


def test_a_state_gives_more_of_its_attention_to_those_that_vote_alike(case, population):
    table = weights(population)
    points = {iso3: case.evidence.state(iso3).ideal_point for iso3 in population.iso3}
    spread = np.std([point for point in points.values() if point is not None])
    near_one, far_one = table["ESP", "DEU"], table["ESP", "BGR"]
    gaps = [(points["ESP"] - points[peer]) / spread for peer in ("DEU", "BGR")]
    assert near_one / far_one == near(math.exp(-2.0 * (gaps[0] ** 2 - gaps[1] ** 2)))


# ---- what a newcomer changes


def smaller(evidence: Evidence, gone: tuple[str, ...]) -> Evidence:
    """The tables without some states."""
    return replace(
        evidence.edited(lambda rows: (row for row in rows if row.iso3 not in gone)),
        states=tuple(row for row in evidence.states if row.iso3 not in gone),
        blocs=tuple(row for row in evidence.blocs if row.iso3 not in gone),
        neighbours=tuple(row for row in evidence.neighbours if not {row.iso3_a, row.iso3_b} & set(gone)),
    )


def without_newcomers(assumptions: Assumptions) -> Assumptions:
    """The assumptions with a reference that was frozen before the newcomers came."""
    states = tuple(iso3 for iso3 in assumptions.reference.states if iso3 not in NEWCOMERS)
    return assumptions.model_copy(
        update={"reference": assumptions.reference.model_copy(update={"states": states})}
    )


@pytest.fixture(scope="module")
def before_and_after(case) -> tuple[Population, Population]:
    """The population without the newcomers and with them, by the same frozen reference."""
    frozen = without_newcomers(case.assumptions)
    few = smaller(case.evidence, NEWCOMERS)
    return tuple(
        populate(evidence, frozen, starting_levels(evidence, frozen)) for evidence in (few, case.evidence)
    )


@pytest.mark.parametrize(
    "column", ["mission", "affinity", "leverage", "dependence", "doubtful", "start", "exports"]
)
def test_a_state_that_joins_recomputes_nothing_for_the_others(before_and_after, column):
    before, after = before_and_after
    kept = [place(after, iso3) for iso3 in before.iso3]
    assert (getattr(after, column)[kept] == getattr(before, column)).all()


def test_a_state_that_joins_changes_no_weight_between_the_others(before_and_after):
    before, after = (weights(population) for population in before_and_after)
    assert {pair: after[pair] for pair in before} == before
    assert {pair for pair in after if not set(pair) & set(NEWCOMERS)} == set(before)


def test_a_state_that_joins_changes_nobodys_forbidden_trade(case):
    """What the Council forbids of trade is weighted by the trade of the reference states and the patrons."""
    reference = tuple(iso3 for iso3 in case.assumptions.reference.states if iso3 not in NEWCOMERS)
    frozen = case.assumptions.model_copy(
        update={"reference": case.assumptions.reference.model_copy(update={"states": reference})}
    )
    scenario = case.scenario("max-pressure-2017")
    few, all_of_them, counted = (
        prepare(given, scenario)
        for given in (
            Case(smaller(case.evidence, NEWCOMERS), frozen), Case(case.evidence, frozen), case,
        )
    )  # fmt: skip
    assert (few.timeline.forbidden == all_of_them.timeline.forbidden).all()
    assert not (few.timeline.forbidden == counted.timeline.forbidden).all()


def test_a_state_that_joins_leaves_the_mean_sensitivity_alone(before_and_after):
    before, after = before_and_after
    assert (before.reference_leverage == after.reference_leverage).all()
    assert len(after.iso3) - len(before.iso3) == len(NEWCOMERS)


def test_a_reference_state_that_leaves_does_change_the_scores(case):
    """So the tests above could fail: without frozen means a state more does change the others."""
    few = smaller(case.evidence, NEWCOMERS)
    whole = populate(case.evidence, case.assumptions, starting_levels(case.evidence, case.assumptions))
    part = populate(few, case.assumptions, starting_levels(few, case.assumptions))
    kept = [place(whole, iso3) for iso3 in part.iso3]
    assert not (whole.leverage[kept] == part.leverage).all()


def test_ties_stand_in_the_order_of_their_names(population):
    assert population.start.shape == (len(population.iso3), len(TIES))
    assert population.start[place(population, "EGY"), TIE_INDEX["military"]] > 0
    assert population.start[place(population, "FRA"), TIE_INDEX["diplomatic"]] == 0
