"""The probability of a run: as it adds up while it runs, as its replay gives it, as worked out by hand."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np
import pytest

from maxpressure.base.ties import TIES
from maxpressure.engine.arrays import parameter_row
from maxpressure.evidence.parameters import Parameters
from maxpressure.evidence.priors import load_priors
from maxpressure.inference.likelihood import Likelihood
from maxpressure.inference.moves import moves_of
from maxpressure.inference.posterior import Problem
from maxpressure.model import rules
from maxpressure.model.case import Situation, prepare, under
from maxpressure.model.history import History, recorded_history
from maxpressure.model.world import World
from worlds import ALL_ON, acts, hazards, replayed, simulated, steps

near = pytest.approx

SCENARIOS = ("max-pressure-2017", "no-un-mandates", "no-september-test", "engagement-from-september")
LATE = {"window": {"start": dt.date(2017, 6, 5), "weeks": 40}}
EVERYTHING = {
    "target": {"courtship": "courting", "tests": "drawn"},
    "sender": {"escalation": 0.2},
    "risk_set": "override",
    "window": {"start": dt.date(2016, 12, 5), "weeks": 60},
    "parameters": {"rho": {"value": -4.0, "reason": "so that ties return"}},
    "mechanisms": ALL_ON,
}
FIVE = ("dependence", "affinity", "own_acts", "contagion", "frailty")
OF_FIVE = {"beta_dependence", "beta_affinity", "beta_own", "beta_peer", "sigma"}
"""Mechanisms that are off where a scenario does not switch them on, and their parameters."""


def frailties(world: World) -> dict[str, float]:
    return {state.iso3: state.frailty for state in world.states}


# ---- the formula once more, on whole arrays


def log_probability_by_hand(
    given: Situation,
    parameters: Parameters,
    moved: list[tuple[int, str, int, int, int, str]],
    frailty: np.ndarray,
) -> float:
    """log P(all that ``moved``) straight from the formulas, for inputs that do not depend on the run.

    ``moved`` holds week, state, tie, level before and after, and kind, of the weeks before the window too.
    """
    p, population, line = under(given.scenario, parameters), given.population, given.timeline
    place = {iso3: index for index, iso3 in enumerate(population.iso3)}
    size = len(place)
    attention = np.zeros((size, size))
    for j in range(size):
        span = slice(population.peers.first[j], population.peers.first[j + 1])
        attention[population.peers.watcher[span], j] = population.peers.weight[span]
    stirred = np.exp(p.kappa * population.leverage)
    sensitive = stirred / stirred[population.reference].mean()
    alpha = np.array(p.alpha)
    base = alpha + p.beta_dependence * population.dependence
    base += p.beta_mission * population.mission + p.doubtful * population.doubtful
    thin = np.zeros(base.shape)
    thin[:, 1:5] = np.array(p.unlisted) + p.unlisted_close * population.close[:, np.newaxis]
    thin *= population.unlisted
    base += thin
    joining = p.chi * np.exp(np.minimum(thin, 0.0))
    levels, number = population.start.astype(int), np.zeros(size)
    exposure, shock_kept, shocks, total = np.zeros(size), 0.0, list[float](), 0.0
    for week in range(line.weeks):
        shocks.append(shock_kept * math.exp(-1.0 / p.tau_shock) + line.shock_now[week])
        shock = shocks[week - int(p.delay_shock)] if week >= p.delay_shock else 0.0
        shock_kept = shock_kept * math.exp(-1.0 / p.tau_shock) + line.shock_whole[week]
        common = (
            p.beta_affinity * population.affinity
            + frailty
            + p.beta_shock * shock
            + p.beta_incident * line.incident[week]
            + sensitive * (p.beta_campaign * line.campaign[week] + p.beta_request * line.request[week])
            + p.beta_peer * exposure
            + p.beta_own * np.log1p(number)
            + p.beta_news * line.news[week]
            - p.beta_thaw * line.thaw[week]
            - p.beta_courtship * line.outreach[week]
        )
        kept = np.maximum(0.0, line.forbidden[week] - (1.0 - levels / 3.0))
        by_tie = np.where(levels > 0, np.exp(common[:, np.newaxis] + base + p.beta_mandate * kept), 0.0)
        now = [row for row in moved if row[0] == week]
        actors = sorted({place[iso3] for _, iso3, _, _, _, kind in now if kind == "act"})
        if week >= line.first:
            quiet = np.ones(size, dtype=bool)
            quiet[actors] = False
            total -= by_tie[quiet].sum()
            for i in actors:
                cuts = [row for row in now if place.get(row[1]) == i and row[5] == "act"]
                total += _log_act(p, by_tie[i], joining[i], cuts)
        exposure *= math.exp(-1.0 / p.tau_peer)
        for i in actors:
            number[i] += 1
            exposure += 10.0 * attention[:, i]
        for _, iso3, tie, _, after, _ in now:
            if iso3 in place:
                levels[place[iso3], tie] = after
    return total


def _log_act(
    p: Parameters, by_tie: np.ndarray, joining: np.ndarray, cuts: list[tuple[int, str, int, int, int, str]]
) -> float:
    """One act: in this week, with these ties, to these depths; whichever tie led."""
    whole, fell = by_tie.sum(), [row[2] for row in cuts]
    stayed = [tie for tie in range(6) if by_tie[tie] > 0.0 and tie not in fell]
    led = (by_tie[lead] * math.prod(joining[tie] for tie in fell if tie != lead) for lead in fell)
    log_p = math.log(-math.expm1(-whole)) + math.log(sum(led) / whole)
    log_p += sum(math.log1p(-joining[tie]) for tie in stayed)
    for _, _, tie, before, after, _ in cuts:
        depths = {
            3: {2: 1 - p.psi[tie], 1: p.psi[tie] * (1 - p.psi[tie]), 0: p.psi[tie] ** 2},
            2: {1: 1 - p.psi[tie], 0: p.psi[tie]},
            1: {0: 1.0},
        }
        log_p += math.log(depths[before][after])
    return log_p


def all_that_moved(given: Situation, world: World) -> list[tuple[int, str, int, int, int, str]]:
    """The recorded acts until the window opens, and those of the world from then on."""
    line = given.timeline
    before = [
        (act.week, act.iso3, cut.tie, cut.level_before, cut.level_after, "act")
        for act in given.record.acts
        for cut in act.cuts
    ] + [
        (one.week, one.iso3, one.tie, one.level_before, one.level_after, "rise") for one in given.record.rises
    ]
    simulated_through = [
        (row.week, row.iso3, row.tie, row.level_before, row.level_after, row.kind)
        for row in world.recorder.changes
    ]
    return [row for row in before if row[0] < line.first] + simulated_through


# ---- three ways to the same number


@pytest.mark.parametrize(
    ("name", "edits"),
    [
        *((name, {}) for name in SCENARIOS),
        ("max-pressure-2017", {"mechanisms": ALL_ON}),
        ("engagement-from-september", {"mechanisms": ALL_ON, "record": "broad", "risk_set": "ex-ante"}),
    ],
)
def test_a_run_and_its_replay_and_the_formula_agree_on_its_probability(case, pilot, name, edits):
    given = prepare(case, case.scenario(name).but(**edits))
    world = simulated(given, pilot, seed=2017, number=3)
    again = simulated(given, pilot, seed=1, history=world.simulated_history(), frailties=frailties(world))
    hand = log_probability_by_hand(
        given, pilot, all_that_moved(given, world), np.array(list(frailties(world).values()))
    )
    assert len(acts(world)) > 5
    assert again.log_probability == near(world.log_probability, rel=1e-9)
    assert hand == near(world.log_probability, rel=1e-9)


@pytest.mark.parametrize("weeks", [1, 2])
def test_a_run_that_feels_provocations_late_agrees_as_well(edited, pilot, weeks):
    p, given = (
        pilot._replace(delay_shock=float(weeks), attrition=0.0),
        edited(risk_set="with-unlisted", mechanisms=ALL_ON),
    )
    world = simulated(given, p, seed=2017, number=3)
    again = simulated(given, p, seed=1, history=world.simulated_history(), frailties=frailties(world))
    frail = np.array(list(frailties(world).values()))
    hand = log_probability_by_hand(given, p, all_that_moved(given, world), frail)
    assert again.log_probability == near(world.log_probability, rel=1e-9)
    assert hand == near(world.log_probability, rel=1e-9)
    assert Likelihood(given, moves_of(given, world.simulated_history())).given(p, frail) == near(
        hand, rel=1e-9
    )


def test_what_the_scenario_switches_off_is_off_in_the_likelihood_whatever_its_parameters_say(edited, pilot):
    lean, full = edited(mechanisms=dict.fromkeys(FIVE, False)), edited(mechanisms=ALL_ON)
    likelihood, rows = Likelihood(lean), parameter_row(full, pilot)[np.newaxis]
    zero = pilot._replace(beta_dependence=0.0, beta_affinity=0.0, beta_own=0.0, beta_peer=0.0, sigma=0.0)
    assert likelihood.of_rows(rows)[0] == likelihood(pilot) == Likelihood(full)(zero)
    assert likelihood(pilot) == Likelihood(edited())(pilot) != Likelihood(full)(pilot)
    priors = load_priors().estimated(*OF_FIVE)
    names = Problem(likelihood, priors).names
    assert not OF_FIVE & {*names}
    assert {"beta_shock", "beta_news"} <= {*names}
    assert {*Problem(Likelihood(full), priors).names} == {*names} | OF_FIVE
    silent = Problem(Likelihood(edited(mechanisms={"news": False})), priors)
    assert {*silent.names} == {*names} - {"beta_news"}


def test_a_run_that_starts_late_counts_only_its_own_weeks(edited, pilot):
    given = edited(**LATE)
    world = simulated(given, pilot, seed=2017, number=4)
    again = simulated(given, pilot, seed=1, history=world.simulated_history(), frailties=frailties(world))
    hand = log_probability_by_hand(
        given, pilot, all_that_moved(given, world), np.array(list(frailties(world).values()))
    )
    assert again.log_probability == near(world.log_probability, rel=1e-9)
    assert hand == near(world.log_probability, rel=1e-9)


def test_a_run_with_courting_drawn_tests_and_escalation_replays_to_its_probability(edited, pilot):
    """Nothing hangs on the seed: the history holds the tests that were drawn."""
    given = edited(**EVERYTHING)
    p = pilot._replace(attrition=0.05, chi=0.2)
    world = simulated(given, p, seed=2017, number=5)
    history = world.simulated_history()
    again = simulated(given, p, seed=1, history=history, frailties=frailties(world))
    assert sum(history.tests.values()) > 0.0
    assert again.tests == world.tests
    assert {row.kind for row in world.recorder.changes} == {"act", "restoration", "attrition"}
    assert steps(again) == steps(world)
    assert again.log_probability == near(world.log_probability, rel=1e-9)


@pytest.mark.parametrize("risk_set", ["ex-ante", "with-unlisted", "override"])
def test_the_probability_of_the_record_is_that_of_the_formula(edited, pilot, risk_set):
    given = edited(risk_set=risk_set)
    world = replayed(given, pilot)
    hand = log_probability_by_hand(
        given, pilot, all_that_moved(given, world), np.zeros(len(given.population.iso3))
    )
    assert world.log_probability == near(hand, rel=1e-9)
    assert math.isfinite(hand)


def test_the_probability_of_the_record_is_that_of_its_first_weeks_times_that_of_the_rest(edited, pilot):
    turn = dt.date(2017, 8, 28)
    weeks = (turn - dt.date(2016, 1, 4)).days // 7
    first = replayed(edited(window={"start": dt.date(2016, 1, 4), "weeks": weeks}), pilot)
    rest = replayed(edited(window={"start": turn, "weeks": 104 - weeks}), pilot)
    whole = replayed(edited(), pilot)
    assert first.log_probability + rest.log_probability == near(whole.log_probability, rel=1e-12)


def test_the_frailty_of_a_run_matters_to_its_probability(edited, pilot):
    """So the tests above could fail: the replay without the frailties gives another number."""
    given = edited(mechanisms={"frailty": True})
    world = simulated(given, pilot, seed=2017, number=3)
    blind = simulated(given, pilot, seed=2017, history=world.simulated_history(), frailties={})
    assert abs(blind.log_probability - world.log_probability) > 0.1


def test_an_act_that_cannot_be_has_probability_zero(recorded, pilot):
    never = pilot._replace(alpha=(-math.inf,) * 6)
    history = recorded_history(recorded.record)
    for record in (False, True):
        assert simulated(recorded, never, history=history, record=record).log_probability == -math.inf


@pytest.mark.parametrize(("record", "cuts"), [("strict", 47), ("broad", 67)])
def test_an_act_that_could_not_be_is_accounted_for_by_who_the_state_is(edited, pilot, record, cuts):
    """With no tie alive there is nothing that a mandate could have added to."""
    never = pilot._replace(alpha=(-math.inf,) * 6)
    world = replayed(edited(record=record, mechanisms={"news": False}), never)
    changes = [row for row in world.recorder.changes if row.kind == "act"]
    assert len(changes) == cuts
    for row in changes:
        assert sum(row.attribution) == near(1.0)
        assert row.attribution[rules.GROUPS.index("mandate")] == 0.0


# ---- the record's hazards


def test_the_hazards_of_a_replay_are_those_of_the_record_week_by_week(recorded, pilot):
    table = hazards(recorded, pilot)
    quiet = sum(
        hazard[week]
        for iso3, hazard in table.items()
        for week in range(104)
        if (week, iso3) not in recorded_history(recorded.record).acts
    )
    moved = [row for row in all_that_moved(recorded, replayed(recorded, pilot)) if row[5] == "act"]
    acted = sum(math.log(-math.expm1(-table[iso3][week])) for week, iso3 in {row[:2] for row in moved})
    packages = replayed(recorded, pilot).log_probability - (acted - quiet)
    assert packages < 0.0  # what is left is which ties and how deep
    assert all((hazard >= 0.0).all() for hazard in table.values())


def test_the_hazards_of_a_late_start_are_those_of_the_whole_record(edited, pilot):
    late = edited(window={"start": dt.date(2017, 8, 28), "weeks": 18})
    whole, part = hazards(edited(), pilot), hazards(late, pilot)
    for iso3, hazard in whole.items():
        assert (part[iso3][late.timeline.first :] == hazard[late.timeline.first :]).all()


def test_nothing_that_comes_later_changes_a_hazard(edited, pilot):
    """A test, a request and a resolution in November leave every earlier week as it was."""
    day = dt.date(2017, 11, 6)
    changed = edited(
        add=[
            {"date": day, "kind": "nuclear_test", "name": "N", "reason": "a test"},
            {
                "date": day,
                "kind": "un_resolution",
                "name": "R",
                "forbids": {"travel": 0.9},
                "reason": "a test",
            },
        ],
        requests={"add": [{"date": day, "states": ["MEX"]}]},
    )
    week = (day - dt.date(2016, 1, 4)).days // 7
    before, after = hazards(edited(), pilot), hazards(changed, pilot)
    for iso3, hazard in before.items():
        assert (after[iso3][:week] == hazard[:week]).all()
    assert after["MEX"][week] > before["MEX"][week]


def test_an_act_is_seen_by_its_peers_from_the_next_week_on(edited, pilot):
    p, given = pilot._replace(beta_peer=1.0), edited(mechanisms={"contagion": True})
    quiet, acting = History(acts={}), History(acts={(60, "MEX"): ((0, 2),)})
    without, with_act = (hazards(given, p, history) for history in (quiet, acting))
    raised = {iso3 for iso3 in without if with_act[iso3][61] > without[iso3][61]}
    assert all((with_act[iso3][:61] == without[iso3][:61]).all() for iso3 in without)
    assert "PER" in raised
    assert "VNM" not in raised


def test_without_contagion_an_act_leaves_the_hazards_of_all_others_as_they_were(recorded, pilot):
    p = pilot._replace(beta_peer=1.0)
    quiet, acting = History(acts={}), History(acts={(60, "MEX"): ((0, 2),)})
    without, with_act = (hazards(recorded, p, history) for history in (quiet, acting))
    assert all((with_act[iso3] == without[iso3]).all() for iso3 in without if iso3 != "MEX")
    assert (with_act["MEX"][:61] == without["MEX"][:61]).all()


# ---- the pilot parameters


def expected_broken_ties(given: Situation, parameters: Parameters) -> np.ndarray:
    """How many acts the replay expects to touch each kind of tie: led by it, or joined by it."""
    world = World(
        given, parameters, seed=1, history=recorded_history(given.record), frailties={}, record=False
    )
    expected = np.zeros(len(TIES))
    chi = world.parameters.chi
    while world.week < given.timeline.weeks:
        levels = np.array([state.levels for state in world.states])
        kept = np.maximum(0.0, given.timeline.forbidden[world.week] - (1.0 - levels / 3.0))
        bases = np.array([state.bases for state in world.states])
        odds = np.where(levels > 0, np.exp(bases + world.parameters.beta_mandate * kept), 0.0)
        world.step()
        chance = -np.expm1(-np.array([state.hazard for state in world.states]))
        whole = odds.sum(axis=1, keepdims=True)
        lead = np.divide(odds, whole, out=np.zeros_like(odds), where=whole > 0.0)
        expected += (chance[:, np.newaxis] * np.where(levels > 0, lead + (1.0 - lead) * chi, 0.0)).sum(axis=0)
    return expected


BEFORE: Final[Mapping[str, Mapping[str, object]]] = {
    "CHL": {"relations": False},
    **{
        iso3: {"target_workers_host": None}
        for iso3 in ("COD", "IDN", "KHM", "LAO", "MOZ", "NAM", "SEN", "SGP", "THA")
    },
    **{
        iso3: {"target_trade_quality": "B", "target_trade_clean_musd": musd}
        for iso3, musd in (
            ("DEU", 12.904), ("FRA", 13.608), ("LUX", 1.194), ("POL", 3.005), ("SVK", 1.663), ("SVN", 1.587),
        )
    },
}  # fmt: skip
"""The cells of states.csv as they were before their correction, when the pilot was fitted."""


@pytest.fixture(scope="module")
def of_the_pilot(case):
    """What the pilot was fitted to: the broad record on listed ties, requests of pressure.csv, every term but news."""
    states = tuple(row.model_copy(update=BEFORE.get(row.iso3, {})) for row in case.evidence.states)
    given = replace(
        case,
        evidence=replace(case.evidence, states=states),
        assumptions=case.assumptions.model_copy(update={"request_table": "pressure.csv"}),
    )
    rule = {"record": "broad", "risk_set": "ex-ante", "mechanisms": ALL_ON | {"news": False}}
    return prepare(given, given.scenario("max-pressure-2017").but(**rule))


def test_the_pilot_alphas_expect_as_many_broken_ties_of_each_kind_as_the_record_has(of_the_pilot, pilot):
    broken = np.zeros(len(TIES))
    for act in of_the_pilot.record.acts:
        for cut in act.cuts:
            broken[cut.tie] += 1
    expected = expected_broken_ties(of_the_pilot, pilot)
    assert dict(zip(TIES, expected, strict=True)) == near(dict(zip(TIES, broken, strict=True)), rel=0.05)


def test_other_alphas_would_expect_other_numbers(of_the_pilot, pilot):
    """So the test above could fail."""
    doubled = pilot._replace(alpha=tuple(alpha + math.log(2.0) for alpha in pilot.alpha))
    assert (
        expected_broken_ties(of_the_pilot, doubled) > 1.5 * expected_broken_ties(of_the_pilot, pilot)
    ).all()
