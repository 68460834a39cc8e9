"""The record's inputs, week by week, and what a scenario's edits and levers do to them."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import replace

import numpy as np
import pytest

from maxpressure.base.ties import TIE_INDEX
from maxpressure.evidence.schema import PROVOCATIONS
from maxpressure.model.case import Situation
from maxpressure.model.inputs import ADDRESSED, REQUESTS, edited_inputs
from maxpressure.model.timeline import Timeline
from maxpressure.scenario import Scenario

ORIGIN = dt.date(2016, 1, 4)
DESIGNATING = ("us_designation", "eu_measure")
near = pytest.approx


def week_of(day: dt.date) -> int:
    return (day - ORIGIN).days // 7


@pytest.fixture
def line(recorded: Situation) -> Timeline:
    return recorded.timeline


def place(given: Situation, iso3: str) -> int:
    return given.population.iso3.index(iso3)


def inputs(case, **changes):
    scenario = case.scenario("max-pressure-2017").but(**changes)
    return {one.name: one for one in edited_inputs(case.evidence, case.assumptions, scenario).inputs}


@pytest.fixture(scope="module")
def unasked(case, edited) -> Timeline:
    """The record without anybody having asked: designations and packages of measures are what is left."""
    asking = [row.name for row in case.evidence.pressure if row.kind in REQUESTS]
    return edited(without=[*asking, *(row.request_id for row in case.evidence.requests)]).timeline


# ---- weeks


def test_the_record_runs_from_the_first_monday_of_2016_for_104_weeks(line):
    assert (line.origin, line.first, line.weeks) == (ORIGIN, 0, 104)
    assert line.monday(0) == ORIGIN
    assert line.monday(103) == dt.date(2017, 12, 25)


def test_the_arrays_cover_all_weeks_states_ties_and_patrons_and_cannot_be_written_to(recorded, line):
    states = len(recorded.population.iso3)
    assert line.request.shape == line.incident.shape == line.outreach.shape == (104, states)
    assert line.forbidden.shape == (104, 6)
    assert line.enforcement.shape == line.offered.shape == (104, 2)
    with pytest.raises(ValueError, match="read-only"):
        line.shock_now[0] = 1.0


@pytest.mark.parametrize("weekday", range(7))
def test_a_test_on_day_d_counts_for_the_days_left_and_whole_from_the_next_week(edited, line, weekday):
    day = dt.date(2017, 6, 5) + dt.timedelta(days=weekday)
    test = {"date": day, "kind": "nuclear_test", "name": "A test in June", "reason": "a test"}
    shocked = edited(add=[test]).timeline
    week = week_of(day)
    now, whole = shocked.shock_now - line.shock_now, shocked.shock_whole - line.shock_whole
    assert now[week] == near((7 - weekday) / 7)
    assert whole[week] == near(1.0)
    assert np.flatnonzero(np.abs(now) + np.abs(whole) > 1e-12).tolist() == [week]


@pytest.mark.parametrize("weekday", [0, 3, 6])
def test_a_request_counts_for_the_days_left_and_fades_from_its_whole(edited, line, weekday):
    day = dt.date(2017, 6, 5) + dt.timedelta(days=weekday)
    asked = edited(requests={"add": [{"date": day, "states": ["AGO"], "strength": 2.0}]})
    week = week_of(day)
    added = (asked.timeline.request - line.request)[:, place(asked, "AGO")]
    assert added[:week] == near(np.zeros(week))
    assert added[week] == near(2.0 * (7 - weekday) / 7)
    assert added[week + 1 :] == near(2.0 * np.exp(-np.arange(1, 104 - week) / 6.0))


def test_only_those_who_are_named_remember_a_request(edited, line):
    asked = edited(requests={"add": [{"date": dt.date(2017, 6, 7), "states": ["AGO", "UGA"]}]})
    touched = np.flatnonzero(np.abs(asked.timeline.request - line.request).sum(axis=0))
    assert {asked.population.iso3[index] for index in touched} == {"AGO", "UGA"}


# ---- the record as it stands


def test_each_provocation_counts_with_its_assumed_magnitude(case, line):
    by_kind = {kind: case.assumptions.shocks[kind].magnitude for kind in PROVOCATIONS}
    counted = sum(
        by_kind[row.kind]
        for row in case.evidence.pressure
        if row.kind in by_kind and 0 <= week_of(row.date) < 104
    )
    assert line.shock_whole.sum() == near(counted)


def test_the_sixth_nuclear_test_came_on_a_sunday_after_a_missile_on_tuesday(line):
    assert line.shock_whole[86] == near(1.0 + 0.4)
    assert line.shock_now[86] == near(1 / 7 + 0.4 * 6 / 7)


def test_an_incident_that_is_itself_a_recorded_act_does_not_count(recorded, line):
    malaysia = line.incident[:, place(recorded, "MYS")]
    killing = week_of(dt.date(2017, 2, 13))
    assert malaysia[:killing].max() == 0.0
    assert malaysia[killing:] == near(np.exp(-np.arange(104 - killing) / 4.0))
    assert np.delete(line.incident, place(recorded, "MYS"), axis=1).max() == 0.0


def test_the_council_forbids_more_and_more_and_never_more_than_all(line):
    assert (np.diff(line.forbidden, axis=0) >= 0.0).all()
    assert line.forbidden.min() == 0.0
    assert line.forbidden.max() <= 1.0
    assert line.forbidden[-1, TIE_INDEX["labour"]] == near(1.0)


def test_forbidden_trade_is_the_mean_of_both_flows_weighted_by_the_trade_of_2016(case, recorded, line):
    population = recorded.population
    sold = population.exports.sum() + sum(one.exports for one in population.patrons)
    bought = population.imports.sum() + sum(one.imports for one in population.patrons)
    mean = (sold * line.forbidden_exports + bought * line.forbidden_imports) / (sold + bought)
    assert line.forbidden[:, TIE_INDEX["trade"]] == near(mean)
    assert population.reference.all()  # the states whose trade weighs, and the patrons'
    mandates = case.assumptions.mandates.values()
    assert line.forbidden_exports[-1] == near(min(1.0, sum(one.exports for one in mandates)))
    assert line.forbidden_imports[-1] == near(min(1.0, sum(one.imports for one in mandates)))


def test_the_campaign_is_the_sum_of_its_steps_and_never_below_zero(case, line):
    day = dt.date(2017, 10, 2)
    dates = {row.name: row.date for row in case.evidence.pressure}
    expected = sum(step.adds for step in case.assumptions.campaign if dates[step.name] < day)
    assert line.campaign[week_of(day)] == near(expected)
    assert line.campaign.min() == 0.0


def test_a_patrons_enforcement_follows_its_dated_levels(case, line):
    for patron, iso3 in enumerate(case.assumptions.case.patrons):
        for level in case.assumptions.patrons[iso3].enforcement:
            week = week_of(level.since)
            assert line.enforcement[week, patron] == near(level.level)  # all begin on Mondays
            assert line.enforcement[week - 1, patron] != line.enforcement[week, patron] or week == 0


def test_tests_come_in_chance_at_the_frequency_of_the_record(case, line):
    seen = [row.kind for row in case.evidence.pressure if ORIGIN <= row.date <= dt.date(2017, 12, 31)]
    for kind, (magnitude, rate) in zip(PROVOCATIONS, line.test_rates, strict=True):
        assert magnitude == case.assumptions.shocks[kind].magnitude
        assert rate * 104 == near(seen.count(kind), rel=0.01)


# ---- edits by name


def test_without_takes_an_input_away_with_all_it_does(edited, line):
    gone = edited(without=["Sixth nuclear test", "UNSCR 2375", "Executive Order 13810"]).timeline
    assert (line.shock_whole - gone.shock_whole).sum() == near(1.0)
    assert line.forbidden[-1, TIE_INDEX["labour"]] > gone.forbidden[-1, TIE_INDEX["labour"]]
    assert line.campaign[-1] - gone.campaign[-1] == near(0.2)
    assert line.secondary[-1] - gone.secondary[-1] == near(0.2)
    assert {mark.name for mark in line.marks} - {mark.name for mark in gone.marks} == {
        "Sixth nuclear test", "UNSCR 2375", "Executive Order 13810"
    }  # fmt: skip


def test_shift_moves_an_input_by_days(edited, line):
    moved = edited(shift={"Sixth nuclear test": -27}).timeline  # from Sunday 3 September to Monday 7 August
    there, here = week_of(dt.date(2017, 8, 7)), week_of(dt.date(2017, 9, 3))
    assert moved.shock_whole[there] - line.shock_whole[there] == near(1.0)
    assert moved.shock_now[there] - line.shock_now[there] == near(1.0)
    assert line.shock_whole[here] - moved.shock_whole[here] == near(1.0)


def test_scale_makes_an_input_count_more_or_less(edited, line):
    weak = edited(scale={"Sixth nuclear test": 0.5, "UNSCR 2397": 0.5, "Executive Order 13810": 2.0}).timeline
    assert (line.shock_whole - weak.shock_whole).sum() == near(0.5)
    assert weak.campaign[-1] - line.campaign[-1] == near(0.2)
    assert line.forbidden_imports[-1] > weak.forbidden_imports[-1] > 0.0


def test_an_input_scaled_to_nothing_does_as_little_as_one_taken_away(edited):
    names = ["Sixth nuclear test", "UNSCR 2375", "Pence in Latin America", "Test moratorium"]
    scaled = edited(scale=dict.fromkeys(names, 0.0)).timeline
    gone = edited(without=names).timeline
    for name in Timeline.__dataclass_fields__:
        if isinstance(getattr(gone, name), np.ndarray):
            assert getattr(scaled, name) == near(getattr(gone, name), abs=1e-12), name


def test_an_added_resolution_forbids_what_it_says(edited, line):
    ban = {
        "date": dt.date(2017, 1, 2), "kind": "un_resolution", "name": "Ban",
        "forbids": {"travel": 0.4, "trade": 0.1}, "reason": "a draft",
    }  # fmt: skip
    banned = edited(add=[ban]).timeline
    week = week_of(dt.date(2017, 1, 2))
    travel = TIE_INDEX["travel"]
    assert banned.forbidden[week, travel] - line.forbidden[week, travel] == near(0.4)
    assert banned.forbidden_exports[week] - line.forbidden_exports[week] == near(0.1)
    assert banned.forbidden_imports[week] - line.forbidden_imports[week] == near(0.1)
    assert banned.forbidden[: week - 1] == near(line.forbidden[: week - 1])


def test_an_added_input_counts_as_its_kind_does_unless_it_says_how_much(case):
    plain = {"date": dt.date(2017, 1, 2), "kind": "icbm_test", "reason": "a launch"}
    found = inputs(case, add=[plain | {"name": "Usual"}, plain | {"name": "Huge", "magnitude": 3.0}])
    assert found["Usual"].strength == case.assumptions.shocks["icbm_test"].magnitude
    assert found["Huge"].strength == 3.0


# ---- levers


def test_the_campaign_is_scaled_from_its_day_on(edited, line):
    weak = edited(campaign={"scale": 0.5, "from": dt.date(2017, 9, 4)}).timeline
    week = week_of(dt.date(2017, 9, 4))
    assert weak.campaign[:week] == near(line.campaign[:week])
    assert weak.campaign[week:] == near(0.5 * line.campaign[week:])
    assert edited(campaign={"scale": 0.0}).timeline.campaign.max() == 0.0


def test_requests_are_scaled_all_alike_and_designations_stay(edited, line, unasked):
    asked = line.request - unasked.request
    assert (asked > 0.1).sum() > 100
    assert (unasked.request > 0.1).sum() > 40
    for scale in (2.0, 0.0):
        scaled = edited(requests={"scale": scale}).timeline
        assert scaled.request == near(unasked.request + scale * asked)
        assert scaled.campaign == near(line.campaign)


def test_those_who_ask_are_the_principals_and_the_rest_are_measures():
    assert set(REQUESTS) == {"us_campaign_diplomacy", "rok_japan_measure"}
    assert set(ADDRESSED) - set(REQUESTS) == {"us_designation", "eu_measure"}


def test_no_campaign_leaves_designations_as_they_were(situation_of, unasked):
    """As its text says: tests, resolutions, designations and the terrorism listing stay."""
    line = situation_of("no-campaign").timeline
    assert line.request == near(unasked.request)
    assert line.request.max() > 0.1
    assert line.campaign.max() == 0.0


def test_a_state_that_is_spared_keeps_its_designations(edited, unasked):
    designated = ["ARE", "SGP"]
    spared = edited(requests={"spare": designated})
    for iso3 in designated:
        here = place(spared, iso3)
        assert spared.timeline.request[:, here] == near(unasked.request[:, here])
        assert unasked.request[:, here].max() > 0.1


def test_a_spared_state_is_not_asked_and_all_others_are(edited, line):
    spared = edited(requests={"spare": ["MYS", "SDN"]})
    untouched = spared.timeline.request.copy()
    for iso3 in ("MYS", "SDN"):
        assert line.request[:, place(spared, iso3)].max() > 0.0
        assert spared.timeline.request[:, place(spared, iso3)].max() == 0.0
        untouched[:, place(spared, iso3)] = line.request[:, place(spared, iso3)]
    assert untouched == near(line.request)


def test_only_some_are_asked_where_the_scenario_says_so(edited, line, unasked):
    few = edited(requests={"only": ["MYS"]})
    asked = np.flatnonzero(np.abs(few.timeline.request - unasked.request).max(axis=0) > 1e-12)
    assert [few.population.iso3[index] for index in asked] == ["MYS"]
    assert few.timeline.request[:, asked[0]] == near(line.request[:, asked[0]])
    assert edited(requests={"only": []}).timeline.request == near(unasked.request)


@pytest.mark.parametrize("weeks", [1, 4])
def test_requests_tell_later_by_whole_weeks(edited, line, weeks):
    late = edited(requests={"lag_weeks": weeks}).timeline
    assert late.request[weeks:] == near(line.request[:-weeks])
    assert late.request[:weeks].max() == 0.0
    assert late.campaign == near(line.campaign)


def test_a_request_by_seoul_counts_like_one_by_washington(edited):
    asked = {"date": dt.date(2017, 6, 5), "states": ["AGO"]}
    by_seoul = edited(requests={"add": [asked | {"by": "KOR"}]}).timeline
    assert by_seoul.request == near(edited(requests={"add": [asked]}).timeline.request)


def test_requests_added_by_the_scenario_count_as_written(edited):
    asked = {"date": dt.date(2017, 6, 5), "states": ["AGO"], "strength": 3.0}
    few = edited(requests={"scale": 0.0, "add": [asked]})
    assert few.timeline.request[week_of(asked["date"]), place(few, "AGO")] == near(3.0)


def test_secondary_sanctions_can_be_one_level_or_dated_ones(edited, line):
    assert edited(secondary_sanctions=0.7).timeline.secondary == near(np.full(104, 0.7))
    stepped = edited(secondary_sanctions=[{"from": dt.date(2017, 9, 4), "level": 1.0}]).timeline.secondary
    week = week_of(dt.date(2017, 9, 4))
    assert stepped[:week] == near(line.secondary[:week])
    assert stepped[week:] == near(np.ones(104 - week))


def test_the_terrorism_listing_can_come_earlier_or_never(edited, line):
    never = edited(sst_listing="never").timeline
    assert line.campaign[-1] - never.campaign[-1] == near(0.1)
    early = edited(sst_listing=dt.date(2017, 2, 6)).timeline
    week = week_of(dt.date(2017, 2, 6))
    assert (early.campaign - line.campaign)[week : week + 30] == near(np.full(30, 0.1))
    assert early.campaign[:week] == near(line.campaign[:week])


def test_mandates_are_scaled_and_never_beyond_all(edited, line):
    assert edited(mandates={"scale": 0.0}).timeline.forbidden.max() == 0.0
    half = edited(mandates={"scale": 0.5}).timeline
    assert half.forbidden == near(0.5 * line.forbidden)
    twice = edited(mandates={"scale": 2.0}).timeline
    ties = [index for tie, index in TIE_INDEX.items() if tie != "trade"]
    assert twice.forbidden[:, ties] == near(np.minimum(1.0, 2.0 * line.forbidden[:, ties]))


def test_a_patrons_course_replaces_its_recorded_path(edited, line):
    full = edited(china={"enforcement": 1.0}).timeline
    assert full.enforcement[:, 0] == near(np.ones(104))
    assert full.enforcement[:, 1] == near(line.enforcement[:, 1])
    less = edited(russia={"trade": [{"from": dt.date(2017, 1, 2), "level": 0.25}]}).timeline
    week = week_of(dt.date(2017, 1, 2))
    assert less.offered[:week, 1] == near(np.ones(week))
    assert less.offered[week:, 1] == near(np.full(104 - week, 0.25))


@pytest.mark.parametrize("weekday", range(7))
def test_a_course_that_steps_in_midweek_blends_the_record_and_its_level_by_days(edited, line, weekday):
    day = dt.date(2017, 6, 5) + dt.timedelta(days=weekday)
    week, left = week_of(day), (7 - weekday) / 7
    stepped = edited(
        secondary_sanctions=[{"from": day, "level": 1.0}],
        china={
            "trade": [{"from": day, "level": 0.2}, {"from": day + dt.timedelta(days=14), "level": 0.6}],
            "enforcement": [{"from": day, "level": 0.9}],
        },
    ).timeline
    for path, recorded, level in (
        (stepped.secondary, line.secondary, 1.0),
        (stepped.enforcement[:, 0], line.enforcement[:, 0], 0.9),
        (stepped.offered[:, 0], np.ones(104), 0.2),
    ):
        assert path[:week] == near(recorded[:week])
        assert path[week] == near((1.0 - left) * recorded[week] + left * level)
        assert path[week + 1] == near(level)
    assert stepped.offered[week + 2, 0] == near((1.0 - left) * 0.2 + left * 0.6)
    assert stepped.offered[week + 3 :, 0] == near(np.full(101 - week, 0.6))


def test_a_course_that_says_what_is_so_anyway_changes_nothing(edited, line):
    """With a step in midweek, where a path used to dip towards nothing."""
    day = dt.date(2017, 9, 6)
    same = edited(china={"trade": [{"from": day, "level": 1.0}]}).timeline
    assert same.offered == near(line.offered)
    late = edited(russia={"trade": [{"from": dt.date(2018, 6, 6), "level": 0.0}]}).timeline
    assert late.offered == near(line.offered)  # beyond the window


def test_engagement_is_remembered_and_scaled(edited):
    longer = {"window": {"start": ORIGIN, "weeks": 140}}
    line = edited(**longer).timeline
    assert line.thaw[: week_of(dt.date(2018, 1, 1))].max() == 0.0
    assert line.thaw[110] > 0.5
    assert line.thaw.max() < 1.0
    scaled = edited(thaw={"scale": 3.0}, **longer).timeline.thaw
    assert scaled == near(1.0 - (1.0 - line.thaw) ** 3)  # memories are scaled, then they saturate
    assert edited(thaw={"scale": 0.0}, **longer).timeline.thaw.max() == 0.0


def test_engagement_saturates_so_that_the_tenth_handshake_adds_less_than_the_first(case, edited):
    day = dt.date(2017, 6, 5)  # a Monday
    talks = [
        {"date": day, "kind": "summit", "name": f"Talks {number}", "magnitude": 0.5, "reason": "a test"}
        for number in range(10)
    ]
    fading = math.exp(-1.0 / case.assumptions.memory_weeks.engagement.weeks)
    for count in (1, 10):
        thaw = edited(add=talks[:count]).timeline.thaw
        week = week_of(day)
        assert thaw[week - 1] == 0.0
        assert thaw[week] == near(1.0 - math.exp(-0.5 * count))
        assert thaw[week + 4] == near(1.0 - math.exp(-0.5 * count * fading**4))


def test_a_resolution_is_remembered_as_news_by_the_factor_that_the_scenario_gives_it(case, edited, line):
    name, week = "UNSCR 2375", week_of(dt.date(2017, 9, 11))  # a Monday
    fading = math.exp(-1.0 / case.assumptions.memory_weeks.news.weeks)
    gone = edited(without=[name]).timeline.news
    alone = line.news - gone
    assert alone[:week].max() == 0.0
    assert alone[[week, week + 4]] == near([1.0, fading**4])
    assert edited(scale={name: 0.5}).timeline.news - gone == near(0.5 * alone)
    assert (edited(shift={name: -28}).timeline.news - gone)[week - 4] == near(1.0)
    assert (edited(mandates={"scale": 0.0}).timeline.news == line.news).all()


def test_a_withdrawn_target_pays_no_visits(edited, line):
    assert line.outreach.max() > 0.9
    assert edited(target={"courtship": "withdrawn"}).timeline.outreach.max() == 0.0
    assert edited(target={"courtship": "courting"}).timeline.outreach.max() == 0.0


def test_an_envoy_that_the_scenario_sends_comes_however_the_target_courts(edited):
    visit = {
        "date": dt.date(2017, 6, 5), "kind": "target_outreach", "name": "June", "targets": ["CUB"],
        "reason": "a test",
    }  # fmt: skip
    for courtship in ("withdrawn", "courting"):
        sent = edited(target={"courtship": courtship}, add=[visit])
        visited = np.flatnonzero(sent.timeline.outreach.max(axis=0))
        assert [sent.population.iso3[index] for index in visited] == ["CUB"]
        assert sent.timeline.outreach[: week_of(visit["date"])].max() == 0.0


def test_drawn_tests_take_the_place_of_the_recorded_ones(edited):
    assert edited(target={"tests": "drawn"}).timeline.shock_whole.max() == 0.0


def test_a_test_that_the_scenario_adds_counts_under_drawn_tests_too(edited):
    added = {"date": dt.date(2017, 6, 8), "kind": "nuclear_test", "name": "June", "reason": "a test"}
    line = edited(target={"tests": "drawn"}, add=[added]).timeline
    assert np.flatnonzero(line.shock_whole).tolist() == [week_of(added["date"])]
    assert (line.shock_whole.sum(), line.shock_now.sum()) == (near(1.0), near(4 / 7))


def test_what_is_drawn_instead_leaves_no_mark(edited, line):
    """Recorded tests and visits are gone from the window on, not there with nothing to them."""
    start = dt.date(2017, 8, 28)
    drawn = edited(window={"start": start, "weeks": 18}, target={"tests": "drawn", "courtship": "withdrawn"})
    gone = {mark for mark in line.marks if mark not in drawn.timeline.marks}
    replaced = (*PROVOCATIONS, "target_outreach")
    assert gone == {mark for mark in line.marks if mark.kind in replaced and mark.date >= start}
    assert {mark.kind for mark in drawn.timeline.marks if mark.date < start} >= {"nuclear_test"}


def test_levers_work_from_the_first_day_of_the_window_and_leave_what_came_before(case, edited, line):
    start = dt.date(2017, 8, 28)
    pulled = edited(
        window={"start": start, "weeks": 18},
        mandates={"scale": 0.0},
        requests={"scale": 0.0},
        target={"tests": "drawn", "courtship": "withdrawn"},
        without=[row.name for row in case.evidence.pressure if row.kind in DESIGNATING and row.date >= start],
    ).timeline
    first = week_of(start)
    assert (pulled.first, pulled.weeks) == (first, 104)
    assert pulled.forbidden[:first] == near(line.forbidden[:first])
    assert pulled.forbidden[first:] == near(np.tile(line.forbidden[first - 1], (104 - first, 1)), abs=0.03)
    assert pulled.request[:first] == near(line.request[:first])
    faded = math.exp(-1.0 / 6.0)
    assert pulled.request[first + 1 :] == near(faded * pulled.request[first:-1])
    assert pulled.shock_whole[:first] == near(line.shock_whole[:first])
    assert pulled.shock_whole[first:].max() == 0.0


def test_the_window_may_run_on_into_2018(edited, line):
    longer = edited(window={"start": ORIGIN, "weeks": 150}).timeline
    assert longer.weeks == 150
    assert longer.request[:104] == near(line.request)
    assert longer.campaign[-1] < line.campaign[-1]


def test_inputs_stand_in_the_order_of_their_dates(case):
    found = edited_inputs(case.evidence, case.assumptions, Scenario()).inputs
    assert [one.date for one in found] == sorted(one.date for one in found)
    asked = [row for row in case.evidence.requests if row.strength > 0.0]
    assert (len(case.evidence.pressure), len(asked)) == (100, 109)
    assert len(found) == 100 + 109


def test_every_kind_that_names_states_counts_as_a_request(case):
    assert set(ADDRESSED) == set(case.assumptions.requests)
    found = inputs(case)
    assert all(one.strength > 0.0 for one in found.values() if one.kind in ADDRESSED)


def test_a_timeline_is_frozen(line):
    with pytest.raises(AttributeError):
        line.first = 3
    assert replace(line, first=3).first == 3
