"""Bids of the negotiation game come to a setting, or are refused before anything is run."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maxpressure.app.figures.game import (
    COURSES,
    ENVOYS,
    ONCE,
    ROUNDS,
    STATES,
    VOTES,
    Aim,
    Table,
    roles,
    rules,
    table,
)
from maxpressure.app.figures.levers import LEVERS, setting_of_link
from maxpressure.base.errors import InputError
from maxpressure.model.case import Case, load_case

CASE = load_case()


def bid(*fields: tuple[str, str]) -> Table:
    return table(CASE, fields)


def test_there_are_three_rounds_in_the_window_of_the_record_and_ten_roles(case: Case) -> None:
    record = case.assumptions.record
    days = [one.date for one in ROUNDS]
    assert days == sorted(set(days))
    assert all(record.origin <= day <= record.acts_until for day in days)
    assert len(ROUNDS) == 3
    assert [role.key for role in roles(case)] == ["USA", "CHN", "RUS", "PRK", *STATES]
    assert len(STATES) == 6 == len([role for role in roles(case) if role.third])


def test_the_opening_is_the_record_with_nobody_asked(case: Case) -> None:
    opening = bid().agreed(case, 0)
    assert opening.setting == setting_of_link(case, "asked=nobody")
    assert opening.requests == {}
    assert bid().agreed(case, 3).setting == opening.setting


def test_a_course_stands_until_it_is_bid_again(case: Case) -> None:
    given = bid(("1-campaign", "1.4"), ("3-campaign", "0,5"), ("2-china", "0.5"))
    assert [given.agreed(case, number).setting.moved for number in range(4)] == [
        {},
        {"campaign": 1.4},
        {"campaign": 1.4, "china": 0.5},
        {"campaign": 0.5, "china": 0.5},
    ]


def test_the_lowest_bid_on_the_mandates_stands_and_no_bid_is_the_record(case: Case) -> None:
    three = bid(("1-mandates-USA", "2"), ("1-mandates-CHN", "1.5"), ("1-mandates-RUS", "1.2"))
    assert three.agreed(case, 1).setting.moved == {"mandates": 1.2}
    two = bid(("1-mandates-USA", "2"), ("1-mandates-CHN", "1.5"))
    assert two.agreed(case, 1).setting.moved == {"mandates": 1.0}
    veto = bid(("1-mandates-USA", "2"), ("2-mandates-RUS", "0"))
    assert veto.agreed(case, 2).setting.moved == {"mandates": 0.0}


def test_an_envoy_who_is_not_received_makes_no_request(case: Case) -> None:
    agreed = bid(("1-offer", "MEX PER"), ("1-receive", "EGY")).agreed(case, 1)
    assert agreed.requests == {}
    assert agreed.turned_away == ("MEX", "PER")
    assert agreed.setting.asked == ()


def test_requests_have_the_day_of_their_round_and_stand_in_later_rounds(case: Case) -> None:
    given = bid(
        ("1-offer", "MEX PER"),
        ("1-receive", "MEX PER UGA"),
        ("2-offer", "mex, uga"),
        ("2-receive", "MEX"),
    )
    agreed = given.agreed(case, 2)
    first, second = dt.date(2017, 7, 10), dt.date(2017, 9, 11)
    assert agreed.requests == {"MEX": (first, second), "PER": (first,)}
    assert agreed.turned_away == ("UGA",)
    scenario = agreed.setting.scenario(case)
    assert scenario.requests.only == ()
    asked = sorted((day, iso3) for one in scenario.requests.add for iso3 in one.states for day in [one.date])
    assert asked == [(first, "MEX"), (first, "PER"), (second, "MEX")]


def test_a_round_may_move_every_course_at_once(case: Case) -> None:
    given = bid(
        ("1-campaign", "2"),
        ("1-mandates-USA", "0.5"),
        ("1-china", "1"),
        ("1-russia", "0.15"),
        ("1-test", "no test"),
        ("1-thaw", "26"),
        ("1-offer", "THA"),
        ("1-receive", "THA"),
    )
    agreed = given.agreed(case, 1)
    assert set(agreed.setting.moved) == {"campaign", "mandates", "test", "china", "russia", "thaw"}
    assert setting_of_link(case, agreed.setting.link()) == agreed.setting


@pytest.mark.parametrize(
    ("key", "given", "words"),
    [
        ("1-campaign", "4", "0 to 3"),
        ("1-mandates-CHN", "-1", "0 to 2"),
        ("1-mandates-PRK", "1", "mandates-RUS"),
        ("4-campaign", "1", "1 to 3"),
        ("campaign", "1", "1-campaign"),
        ("1-camp", "1", "campaign"),
        ("2-test", "no test", "first round"),
        ("1-offer", "MEX PER EGY UGA", f"at most {ENVOYS}"),
        ("1-offer", "DEU", "six states"),
        ("1-receive", "../etc", "six states"),
        ("aim-XXX", "acts more", "USA"),
        ("aim-USA", "acts", "more or fewer"),
        ("aim-USA", "own fewer", "more or fewer"),
    ],
)
def test_a_bid_that_is_none_is_refused_in_a_sentence(key: str, given: str, words: str) -> None:
    with pytest.raises(InputError) as refusal:
        bid((key, given))
    assert words in refusal.value.said(refusal.value.key)


def test_a_bid_given_twice_is_refused() -> None:
    with pytest.raises(InputError, match="once"):
        bid(("1-china", "1"), ("1-china", "0"))


def test_an_aim_is_an_outcome_and_a_direction_and_a_third_state_may_name_its_own_acts() -> None:
    given = bid(("aim-CHN", "trade_left more"), ("aim-MEX", "own fewer"), ("aim-RUS", " "))
    assert given.aims == {
        "CHN": Aim(outcome="trade_left", direction="more"),
        "MEX": Aim(outcome="own", direction="fewer"),
    }


def test_bids_have_one_spelling() -> None:
    one = bid(("2-russia", "0,10"), ("1-offer", "per  mex"), ("aim-USA", "acts more"), ("1-thaw", ""))
    assert one.fields() == [("1-offer", "PER MEX"), ("2-russia", "0.1"), ("aim-USA", "acts more")]
    assert bid(*one.fields()) == one


def test_every_bid_belongs_to_one_role_and_the_test_to_the_first_round(case: Case) -> None:
    told = rules(case)
    fields = [field for role in told["roles"] for field in role["fields"]]
    assert sorted(fields) == sorted([*COURSES, *VOTES])
    assert ONCE in COURSES
    assert set(COURSES) <= set(LEVERS)


@given(st.lists(st.tuples(st.text(max_size=12), st.text(max_size=12)), max_size=4))
def test_whatever_is_bid_is_a_table_or_refused(fields: list[tuple[str, str]]) -> None:
    try:
        found = table(CASE, fields)
    except InputError:
        return
    assert len(found.bids) == len(ROUNDS)
