"""What a visitor asks of the page becomes a setting, or is refused before anything is run."""

from __future__ import annotations

import math
import tomllib
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from maxpressure.app.figures.book import scenarios
from maxpressure.app.figures.levers import (
    LEVERS,
    MOST_SHOWN,
    NO_TEST,
    NUMBER,
    SHOWN_AT_FIRST,
    TALKS,
    UNMOVED,
    Setting,
    link_of,
    setting_of_link,
    value_of,
    written,
)
from maxpressure.app.figures.shelf import shelf
from maxpressure.base.errors import InputError
from maxpressure.model.case import Case, load_case, prepare
from maxpressure.scenario.scenario import validated

CASE = load_case()


def test_a_setting_without_a_moved_lever_is_its_scenario(case: Case) -> None:
    assert setting_of_link(case, "") == UNMOVED
    assert UNMOVED.scenario(case) == case.scenario("max-pressure-2017")


@pytest.mark.parametrize(
    ("link", "key", "expected"),
    [
        ("campaign=0", ("campaign", "scale"), 0.0),
        ("requests=0,5", ("requests", "scale"), 0.5),
        ("mandates=2", ("mandates", "scale"), 2.0),
        ("china=0.9", ("china", "enforcement"), 0.9),
        ("russia=0.15", ("russia", "backfill"), 0.15),
        ("contagion=on", ("mechanisms", "contagion"), True),
        ("asked=mex+per", ("requests", "only"), ("MEX", "PER")),
        ("asked=nobody", ("requests", "only"), ()),
    ],
)
def test_each_lever_moves_the_key_of_the_scenario_that_it_says(
    case: Case, link: str, key: tuple[str, str], expected: object
) -> None:
    scenario = setting_of_link(case, link).scenario(case)
    assert getattr(getattr(scenario, key[0]), key[1]) == expected


def test_the_september_test_goes_with_the_resolution_that_answered_it(case: Case) -> None:
    assert setting_of_link(case, "test=no+test").scenario(case).without == (
        "Sixth nuclear test",
        "UNSCR 2375",
    )
    assert setting_of_link(case, "test=as+recorded").scenario(case).without == ()


def test_an_earlier_thaw_is_felt_within_the_weeks_of_the_run(case: Case) -> None:
    felt = {weeks: prepare(case, setting_of_link(case, f"thaw={weeks}").scenario(case)) for weeks in (0, 20)}
    assert felt[20].timeline.thaw.sum() > felt[0].timeline.thaw.sum()
    assert setting_of_link(case, "thaw=20").scenario(case).shift["Singapore summit"] == -140


@pytest.mark.parametrize("base", CASE.scenarios)
def test_the_test_is_as_recorded_on_every_scenario_that_lets_it_be_said(case: Case, base: str) -> None:
    goes, whole = set(case.scenario(NO_TEST).without), case.scenario(base)
    link = f"scenario={base}&test=as+recorded"
    if goes & {*whole.without, *whole.shift, *whole.scale}:
        with pytest.raises(InputError, match="unmoved") as refusal:
            setting_of_link(case, link)
        assert refusal.value.given == "as recorded"
    else:
        assert setting_of_link(case, link).scenario(case).edits() == whole.edits()
    assert goes <= set(setting_of_link(case, f"scenario={base}&test=no+test").scenario(case).without)


def test_a_scenario_without_the_test_says_so_where_it_is_asked_for(case: Case) -> None:
    with pytest.raises(InputError, match="no-september-test edits Sixth nuclear test and UNSCR 2375 itself"):
        setting_of_link(case, f"scenario={NO_TEST}&test=as recorded")


@pytest.mark.parametrize("base", CASE.scenarios)
@pytest.mark.parametrize("weeks", [0, 1, 52])
def test_the_thaw_is_earlier_than_on_every_scenario_by_just_these_weeks(
    case: Case, base: str, weeks: int
) -> None:
    before, after = case.scenario(base), setting_of_link(case, f"scenario={base}&thaw={weeks}").scenario(case)
    talks = [row for row in case.evidence.pressure if row.kind in TALKS and row.date.year == 2018]
    assert len(talks) == 13
    for row in talks:
        assert after.shift.get(row.name, 0) == before.shift.get(row.name, 0) - 7 * weeks
    if weeks == 0:
        assert after.edits() == before.edits()


@pytest.mark.parametrize(
    "link",
    [
        "campaign=nan",
        "campaign=inf",
        "campaign=1e400",
        "campaign=-1",
        "campaign=3.01",
        "campaign=__import__('os')",
        "china=1.5",
        "russia=0.31",
        "thaw=3.5",
        "thaw=53",
        "test=maybe",
        "contagion=True",
        "asked=XXX",
        "asked=CHN",
        "asked=PRK",
        "scenario=../../etc/passwd",
        "scenario=/etc/passwd",
        "scenario=no-campaign.toml",
        "scenario=",
        "weight=1",
        "campaign=1&campaign=2",
        "view=many",
        "b-campaign=1",
        "campaign=" + "1" * 5000,
        "\ud800",
        "scenario=\udcff",
    ],
)
def test_a_bad_link_is_refused_with_what_is_allowed(case: Case, link: str) -> None:
    with pytest.raises(InputError) as refusal:
        setting_of_link(case, link)
    assert refusal.value.allowed


numbers = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True).map(str),
    st.floats(0, 3).map(lambda number: f"{number:.3f}"),
    st.text(max_size=12),
)


@given(key=st.sampled_from(sorted(LEVERS)), written=numbers)
def test_whatever_is_written_is_in_range_or_refused(key: str, written: str) -> None:
    lever = LEVERS[key]
    with suppress(InputError):
        value = value_of(lever, written)
        assert math.isfinite(value)
        assert lever.low <= float(value) <= lever.high


moved = st.dictionaries(st.sampled_from(sorted(LEVERS)), st.integers(0, 100), max_size=MOST_SHOWN)


@given(shares=moved, asked=st.sampled_from([None, (), ("MEX",), ("KWT", "PER")]))
def test_a_link_carries_its_setting_whole(shares: dict[str, int], asked: tuple[str, ...] | None) -> None:
    values = {
        key: bool(share % 2)
        if (lever := LEVERS[key]).choices
        else (share % 53 if lever.whole else round(lever.high * share / 100, 4))
        for key, share in shares.items()
    }
    setting = Setting(moved={key: values[key] for key in LEVERS if key in values}, asked=asked)
    first, second = link_of(setting, setting).removeprefix("?").split("&b-scenario=")
    assert setting_of_link(CASE, first) == setting
    assert setting_of_link(CASE, f"scenario={second}".replace("&b-", "&")) == setting


@given(key=st.sampled_from(sorted(LEVERS)), words=st.from_regex(NUMBER, fullmatch=True))
@example(key="campaign", words="1.234567")
@example(key="russia", words="0.000001")
@example(key="campaign", words="-0")
def test_a_link_and_the_field_keep_every_decimal_that_may_be_written(key: str, words: str) -> None:
    with suppress(InputError):
        setting = Setting().but(CASE, key, words)
        again = setting_of_link(CASE, setting.link())
        assert again == setting
        assert all("-" not in written(LEVERS[name], value) for name, value in again.moved.items())


def test_the_scenario_file_of_a_setting_gives_it_again(case: Case) -> None:
    scenario = setting_of_link(case, "campaign=0.3&requests=2&test=no+test&asked=MEX&thaw=4").scenario(case)
    again = validated({"name": scenario.name} | tomllib.loads(scenario.text()), file="again")
    assert again.edits() == scenario.edits()


def test_an_eighth_lever_is_not_moved() -> None:
    assert len(SHOWN_AT_FIRST) == MOST_SHOWN < len(LEVERS)
    every = "&".join(f"{key}={lever.choices[0] if lever.choices else 0}" for key, lever in LEVERS.items())
    with pytest.raises(InputError, match="at most 7"):
        setting_of_link(CASE, every)


def test_a_refused_field_leaves_the_setting_as_it_was(case: Case) -> None:
    setting = Setting().but(case, "campaign", "0.5")
    with pytest.raises(InputError, match="from 0 to 3"):
        setting.but(case, "campaign", "a lot")
    assert setting.but(case, "campaign", "").moved == {}


def test_every_scenario_on_the_shelf_can_be_chosen_and_the_record_comes_first(case: Case) -> None:
    listed = [one["name"] for one in scenarios(case)]
    assert listed[0] == "max-pressure-2017"
    assert sorted(listed) == sorted(shelf(case))
    assert set(case.scenarios) < set(listed)
    for name in listed:
        assert setting_of_link(case, f"scenario={name}") == Setting(base=name)


def test_new_requests_become_those_of_a_scenario_file(case: Case) -> None:
    setting = setting_of_link(case, "ask=per@2017-09-10,MEX@2017-09-07 KWT@2017-09-10&asked=nobody")
    requests = setting.scenario(case).requests
    assert [(str(one.date), one.states, one.strength, one.by) for one in requests.add] == [
        ("2017-09-07", ("MEX",), 1.0, "USA"),
        ("2017-09-10", ("KWT", "PER"), 1.0, "USA"),
    ]
    assert requests.only == ()
    assert setting.words() == ["nobody asked", "new requests MEX@2017-09-07 KWT@2017-09-10 PER@2017-09-10"]
    assert setting_of_link(case, setting.link()) == setting


def test_new_requests_come_to_those_that_the_scenario_has(case: Case) -> None:
    before = case.scenario("rok-competition").requests.add
    link = "scenario=rok-competition&ask=MEX@2017-09-07"
    after = setting_of_link(case, link).scenario(case).requests.add
    assert (after[:-1], after[-1].states) == (before, ("MEX",))


def test_a_new_request_is_felt_by_its_state_alone(case: Case) -> None:
    before, after = (
        prepare(case, setting_of_link(case, link).scenario(case)) for link in ("", "ask=MEX@2017-09-07")
    )
    changed = (after.timeline.request != before.timeline.request).any(axis=0)
    assert [iso3 for iso3, one in zip(after.population.iso3, changed, strict=True) if one] == ["MEX"]


@pytest.mark.parametrize(
    "given",
    [
        "MEX",
        "MEX@",
        "@",
        "@2017-09-07",
        "MXE@2017-09-07",
        "CHN@2017-09-07",
        "PRK@2017-09-07",
        "USA@2017-09-07",
        "nobody",
        "MEX@2017-02-30",
        "MEX@2017-9-7",
        "MEX@17-09-07",
        "MEX@0000-00-00",
        "MEX@２０１７-09-07",
        "MEX@٢٠١٧-٠٩-٠٧",
        "MEX@NaN",
        "MEX@1e400",
        "MEX@2017-09-07@2017-09-08",
        "MEX@2017-09-07T00:00",
        "MEX\x00@2017-09-07",
        "MEX@2018-01-01",
        "MEX@2016-01-03",
        "MEX@9999-12-31",
        "MEX@2017-09-07 MEX@2017-09-07",
        " ".join(f"MEX@2017-{month:02}-{day:02}" for month in (9, 10) for day in range(1, 22)),
        "MEX@2017-09-07" * 100,
    ],
)
def test_a_new_request_that_is_none_is_refused_in_a_sentence(case: Case, given: str) -> None:
    with pytest.raises(InputError) as refusal:
        Setting().but(case, "ask", given).scenario(case)
    assert refusal.value.key == "ask"
    assert len(str(refusal.value)) < 300


@pytest.mark.parametrize(
    "link",
    [
        "ask=MEX@2017-09-07&ask=PER@2017-09-07",
        "campaign=1&campaign=1",
        "campaign=NaN",
        "campaign=1e400",
        "campaign=١",
        "china=0.5&china=0.5",
        "scenario=max-pressure-2017&scenario=no-campaign",
        "test=no test&test=no test",
        "asked=" + "x" * 10_000,
        "ask=" + "x" * 10_000,
        "campaign=" + "1" * 10_000,
        "x" * 10_000,
    ],
)
def test_what_is_no_setting_is_refused_before_anything_is_run(case: Case, link: str) -> None:
    with pytest.raises(InputError) as refusal:
        setting_of_link(case, link)
    assert len(str(refusal.value)) < 400


@pytest.mark.parametrize(("given", "meant"), [("MXE", "MEX"), ("CHN", ""), ("PRK", ""), ("USA", "")])
def test_another_state_is_meant_only_where_a_code_is_none(case: Case, given: str, meant: str) -> None:
    for key, words, near in (
        ("asked", given, meant),
        ("ask", f"{given}@2017-09-07", meant and f"{meant}@2017-09-07"),
    ):
        with pytest.raises(InputError) as refusal:
            Setting().but(case, key, words)
        assert refusal.value.nearest == near
