"""Twins: random numbers within the bounds of the record, what counts as gone, what is concluded."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maxpressure.base.errors import InputError
from maxpressure.base.ties import TIE_INDEX
from maxpressure.engine.chunks import Chunk
from maxpressure.engine.twins import TwinEnsemble
from maxpressure.evidence.parameters import Parameters
from maxpressure.explanations.twin_tables import (
    GAINED,
    LOST_BY_END,
    LOST_LATER,
    UNSETTLED,
    Span,
    act_table,
    agreed,
    recorded_acts,
    sentence,
    total_table,
    twin_lines,
)
from maxpressure.explanations.twins import TwinActs, Twins
from maxpressure.model import rules
from maxpressure.model.abduction import (
    FIRST,
    GUMBEL,
    JOINING,
    SECOND,
    above,
    below,
    infer_step,
    leading,
    resistance_beyond,
    resistance_within,
)
from maxpressure.model.case import Case, Situation
from maxpressure.model.history import Change
from maxpressure.model.twin_situations import LATER, first_difference, twin_situations
from world_twins import Seen, infer_act, worlds
from worlds import OFF, Row, as_record, forget, per_tie, plain, situation

near = pytest.approx
open_unit = st.integers(0, 2**52 - 1).map(lambda whole: (whole + 0.5) * 2.0**-52)
strains = st.floats(0.0, 1e4)
hazards = st.floats(1e-9, 50.0)

DIPLOMATIC, TRADE, TRAVEL = (TIE_INDEX[tie] for tie in ("diplomatic", "trade", "travel"))


# ---- random numbers within bounds


@given(strains, hazards, open_unit)
def test_a_resistance_is_passed_in_the_week_of_the_act_and_not_before(strain, hazard, uniform):
    drawn = resistance_within(strain, hazard, uniform)
    if strain + hazard > strain:
        assert strain < drawn <= strain + hazard


@given(strains, open_unit)
def test_a_resistance_that_no_act_revealed_lies_above_the_strain(strain, uniform):
    assert resistance_beyond(strain, uniform) > strain


def test_a_resistance_lies_in_its_week_as_the_exponential_says() -> None:
    """P(R < S + x | S < R ≤ S + Λ) = (1 − e^−x)/(1 − e^−Λ)."""
    for uniform in (0.1, 0.5, 0.9):
        drawn = resistance_within(2.0, 3.0, uniform)
        assert -math.expm1(-(drawn - 2.0)) / -math.expm1(-3.0) == near(uniform)


@given(st.floats(0.0, 1.0, exclude_min=True), open_unit)
def test_a_uniform_stays_on_its_side_of_a_bound(bound, uniform):
    assert 0.0 <= below(bound, uniform) < bound
    assert bound <= above(bound, uniform) <= 1.0


@given(st.integers(1, 3), st.floats(0.01, 0.99), open_unit, open_unit)
def test_inferred_depths_give_the_depth_that_was_recorded(before, psi, first, second):
    for after in range(before):
        further = infer_step(before - 1, after, psi, first), infer_step(before - 2, after, psi, second)
        assert rules.lowered(before, psi, *further) == after


@given(
    st.lists(st.one_of(st.just(OFF), st.floats(-12.0, 2.0)), min_size=6, max_size=6),
    st.lists(st.booleans(), min_size=6, max_size=6),
    st.integers(0, 1000),
    st.floats(0.01, 0.99),
)
def test_an_inferred_act_is_led_by_a_tie_that_fell_and_joined_by_just_the_others(odds, fell, number, chi):
    possible = [tie for tie in range(6) if odds[tie] > OFF]
    taken = [tie for tie in possible if fell[tie]] or possible[:1]
    if not taken:
        return
    seen = Seen(3, 0.1, 0.2, tuple(odds), (1.0,) * 6, tuple(Change(tie, 3, 1, None) for tie in taken))
    p = plain(chi=chi, psi=per_tie(0.4))
    numbers = infer_act(1, 2, 3, number, seen, p)
    lead = max(possible, key=lambda tie: odds[tie] + numbers[tie][GUMBEL])
    assert lead == leading(odds, numbers)
    assert lead in taken
    assert {tie for tie in possible if numbers[tie][JOINING] < chi} | {lead} == set(taken)
    assert all(rules.lowered(3, 0.4, numbers[tie][FIRST], numbers[tie][SECOND]) == 1 for tie in taken)


# ---- frailty


def test_a_quiet_state_is_less_frail_than_one_that_acted(case: Case, pilot: Parameters) -> None:
    factual, scenario, until = twin_situations(
        case,
        case.scenario("no-campaign").but(record="broad", risk_set="ex-ante", mechanisms={"frailty": True}),
    )
    p = pilot._replace(sigma=1.0)
    twins = Twins(factual=factual, scenario=scenario, until=until, draws=(p,), seed=1)
    posterior = twins.posterior(TwinEnsemble(factual, scenario, until), p)
    grid = np.linspace(-8.0, 8.0, posterior.shape[1])
    shares = (np.arange(1000) + 0.5) / 1000
    means = [float(np.interp(shares, row, grid).mean()) for row in posterior]
    mean = dict(zip(factual.population.iso3, means, strict=True))
    acted = set(factual.record.iso3)
    assert mean["MEX"] > 0.3
    assert max(mean[iso3] for iso3 in mean if iso3 not in acted) <= 1e-3
    assert min(mean[iso3] for iso3 in mean if iso3 not in acted) < -0.1


def test_without_frailty_a_twin_has_none(case: Case, pilot: Parameters) -> None:
    factual, scenario, until = twin_situations(case, case.scenario("no-campaign"))
    p = pilot._replace(sigma=0.0)
    twins = Twins(factual=factual, scenario=scenario, until=until, draws=(p,), seed=1)
    assert not twins.frailties(TwinEnsemble(factual, scenario, until), range(4, 6), [p, p]).any()


# ---- the inputs of a twin


def test_a_twin_runs_from_the_origin_to_half_a_year_past_the_record_whatever_the_window(case: Case) -> None:
    late = case.scenario("no-campaign").but(window={"start": date(2017, 6, 5), "weeks": 4})
    factual, scenario, until = twin_situations(case, late)
    for line in (factual.timeline, scenario.timeline):
        assert (line.first, line.weeks) == (0, until + LATER)
    assert until == 104


def test_levers_count_from_the_scenarios_own_start(case: Case, pilot: Parameters) -> None:
    start = date(2017, 6, 5)
    late = case.scenario("max-pressure-2017").but(window={"start": start}, requests={"scale": 0.0})
    factual, scenario, _ = twin_situations(case, late)
    week = first_difference(factual, scenario, pilot)
    assert factual.timeline.monday(week) >= start
    assert (scenario.timeline.request[:week] == factual.timeline.request[:week]).all()
    assert scenario.timeline.request[week:].sum() < factual.timeline.request[week:].sum()


@pytest.mark.parametrize(
    ("changes", "week"),
    [
        ({}, 130),
        ({"china": {"enforcement": 1.0}}, 130),
        ({"without": ["Sixth nuclear test"]}, 86),
        ({"mechanisms": {"contagion": True}}, 0),
        ({"target": {"courtship": "courting"}}, 0),
        ({"sender": {"escalation": 0.1}}, 0),
    ],
)
def test_the_first_week_in_which_a_scenario_can_matter(case: Case, pilot: Parameters, changes, week):
    factual, scenario, _ = twin_situations(case, case.scenario("max-pressure-2017").but(**changes))
    assert first_difference(factual, scenario, pilot) == week


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"target": {"tests": "drawn"}}, "target.tests"),
        ({"target": {"courtship": "courting"}, "window": {"start": date(2017, 6, 5)}}, "target.courtship"),
        ({"parameters": {"sigma": {"value": 1.0, "reason": "wide"}}}, "parameters.sigma"),
        ({"window": {"start": date(2018, 1, 8), "weeks": 4}}, "window.start"),
    ],
)
def test_what_a_twin_cannot_follow_is_refused(case: Case, changes, key):
    with pytest.raises(InputError) as refusal:
        twin_situations(case, case.scenario("max-pressure-2017").but(**changes))
    assert refusal.value.key == key


def test_parameters_under_which_the_record_cannot_have_come_about_are_refused(
    case: Case, pilot: Parameters
) -> None:
    factual, scenario, until = twin_situations(case, case.scenario("no-campaign"))
    p = pilot._replace(chi=0.0)
    twins = Twins(factual=factual, scenario=scenario, until=until, draws=(p,), seed=1)
    with pytest.raises(InputError, match="can have happened"):
        twins(Chunk("twins", 0, 1))


def test_a_recorded_rise_comes_again_only_on_a_tie_that_stands_lower(case: Case, pilot: Parameters) -> None:
    """Malaysia's ban on leaving was lifted in March 2017: no rise where the ban never came."""
    factual, quiet, until = twin_situations(
        case,
        case.scenario("max-pressure-2017").but(
            mechanisms={"packages": False}, parameters={"alpha.travel": {"value": -40.0, "reason": "never"}}
        ),
    )
    twins = Twins(factual=factual, scenario=quiet, until=until, draws=(pilot,), seed=1)
    for situation_, rises in ((factual, 1), (quiet, 0)):
        for world in worlds(twins, 0, situation_).values():
            forget(world.run())
            rows = [row for row in world.recorder.changes if row.week < until and row.kind == "restoration"]
            assert [(row.iso3, row.tie) for row in rows] == [("MYS", TRAVEL)] * rises
            assert not [row for row in world.recorder.changes if row.week < until and row.kind == "attrition"
                        and row.iso3 in factual.population.iso3]  # fmt: skip


# ---- what is gone


ORIGIN = date(2016, 1, 4)
SPAN = Span(origin=ORIGIN, touched=5, until=20, weeks=30)


@pytest.fixture(scope="module")
def factual() -> Situation:
    """AAA acted in weeks 3 and 8, BBB in week 10."""
    happened = [
        (3, "AAA", TRADE, 3, 2),
        (8, "AAA", TRADE, 2, 0),
        (8, "AAA", TRAVEL, 3, 2),
        (10, "BBB", TRADE, 3, 1),
    ]
    return replace(situation([Row(iso3="AAA"), Row(iso3="BBB")], weeks=30), record=as_record(happened))


def simulated(
    threshold: list[tuple[tuple[int, ...], ...]], weekly: list[tuple[tuple[int, ...], ...]]
) -> list[TwinActs]:
    """Twins by the weeks in which each state acts."""
    return [
        TwinActs(twin, name, acted)
        for name, twins in (("threshold", threshold), ("weekly", weekly))
        for twin, acted in enumerate(twins)
    ]


SOME = simulated(
    threshold=[((3, 8), (10,)), ((3, 12), (25,)), ((3,), ()), ((3, 19, 19), (20,))],
    weekly=[((3, 8), (10,)), ((3, 8), (25,)), ((3, 20), ()), ((3, 21), (20,))],
)


def test_only_acts_that_the_scenario_can_affect_are_counted(factual: Situation) -> None:
    counted = recorded_acts(factual, SPAN)
    assert (counted.state_index, counted.number, counted.week) == ((0, 1), (2, 1), (8, 10))
    assert counted.ties == ("trade, travel", "trade")


def test_an_act_is_gone_while_its_state_has_acted_fewer_times(factual: Situation) -> None:
    table = act_table(SOME, factual, SPAN).set_index(["iso3", "coupling"])
    assert table["gone_by_end"].to_dict() == {
        ("AAA", "threshold"): 0.25, ("AAA", "weekly"): 0.5, ("BBB", "threshold"): 0.75, ("BBB", "weekly"): 0.75,
    }  # fmt: skip
    assert table["gone_later"].to_dict() == {
        ("AAA", "threshold"): 0.25, ("AAA", "weekly"): 0.0, ("BBB", "threshold"): 0.25, ("BBB", "weekly"): 0.25,
    }  # fmt: skip
    assert table["week"].loc["BBB"].tolist() == ["2016-03-14"] * 2


def test_the_delay_is_that_of_the_median_twin(factual: Situation) -> None:
    table = act_table(SOME, factual, SPAN).set_index(["iso3", "coupling"])["delay_weeks"]
    assert table["AAA", "threshold"] == 4
    assert table["AAA", "weekly"] == 0
    never = act_table(simulated([((3,), (9,))], [((3, 8), ())]), factual, SPAN).set_index(
        ["iso3", "coupling"]
    )
    assert never["delay_weeks"].to_dict() == {
        ("AAA", "threshold"): math.inf, ("AAA", "weekly"): 0, ("BBB", "threshold"): -1, ("BBB", "weekly"): math.inf,
    }  # fmt: skip


def test_totals_are_the_acts_lost_and_gained_in_each_twin(factual: Situation) -> None:
    table = total_table(SOME, factual, SPAN).set_index(["quantity", "coupling"])
    assert table.loc[(LOST_BY_END, "threshold"), "mean"] == near((0 + 1 + 2 + 1) / 4)
    assert table.loc[(LOST_LATER, "threshold"), "mean"] == near((0 + 0 + 2 + 0) / 4)
    assert table.loc[(GAINED, "threshold"), "mean"] == near(1 / 4)
    assert table.loc[(GAINED, "weekly"), "mean"] == 0.0
    row = table.loc[(LOST_BY_END, "threshold")]
    assert (row["of"], row["twins"], row["p05"], row["p95"]) == (2, 4, 0, 2)
    assert row["mcse"] == near(np.std([0, 1, 2, 1], ddof=1) / 2)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ((0.9, 0.8), (0.95, 0.7), True),
        ((0.9, 0.8), (0.6, 0.7), False),  # too far apart
        ((0.55, 0.52), (0.45, 0.52), False),  # on two sides
        ((0.1, 0.9), (0.1, 0.3), False),  # later they part
        ((0.0, 0.0), (0.19, 0.0), True),
    ],
)
def test_couplings_agree_by_side_and_distance_at_both_horizons(one, other, expected):
    assert agreed(np.array([one]).T, np.array([other]).T).tolist() == [expected]


# ---- what is concluded


def test_a_sentence_about_an_act_stands_only_where_the_couplings_agree(factual: Situation) -> None:
    table = act_table(SOME, factual, SPAN)
    said = {iso3: sentence(pair, SPAN) for iso3, pair in table.groupby("iso3")}
    assert re.findall(r"\d+ %", said["BBB"]) == ["75 %", "25 %"]
    assert re.findall(r"\d+ %", said["AAA"]) == ["50 %", "25 %"]
    assert "in between 25 and 50 % of twins" in said["AAA"]
    assert "in between 0 and 25 %" in said["AAA"]
    assert [UNSETTLED in said[iso3] for iso3 in ("AAA", "BBB")] == [True, False]


def test_the_lines_give_totals_and_acts_and_count_what_is_not_concluded(factual: Situation) -> None:
    acts_, totals = act_table(SOME, factual, SPAN), total_table(SOME, factual, SPAN)
    lines = "\n".join(twin_lines(acts_, totals, SPAN, [], 80))
    assert max(map(len, lines.splitlines())) <= 80
    for numbers in ("2 acts recorded from 2016-02-08", "2016-05-22", "1.0 ± 0.4 (0–2)", "1 of 2 acts"):
        assert numbers in " ".join(lines.split())
    assert "between 25 and 50 %" not in lines
    asked = "\n".join(twin_lines(acts_, totals, SPAN, ["AAA"], 80))
    assert "between 25 and 50 %" in " ".join(asked.split())
    assert "Bbb" not in asked


def test_a_scenario_that_affects_no_state_has_lines_too(factual: Situation) -> None:
    never = replace(SPAN, touched=30)
    lines = list(
        twin_lines(act_table(SOME, factual, never), total_table(SOME, factual, never), never, [], 80)
    )
    assert "Of the 0 acts" in lines[0]
    assert not any("2016-03-14" in line for line in lines)
