"""Starting levels follow rules blind to the outcome, and the record is replayed from them without loss."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from maxpressure.base.ties import TIE_INDEX, TIES
from maxpressure.evidence.assumptions import Assumptions, load_assumptions
from maxpressure.evidence.evidence import Evidence, load_evidence
from maxpressure.evidence.record import Record, StartingLevels, code_record, starting_levels
from maxpressure.evidence.schema import RECORDS, EventRow, RecordName, StateRow

ORIGIN = date(2016, 1, 4)


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    return load_evidence()


@pytest.fixture(scope="module")
def assumptions() -> Assumptions:
    return load_assumptions()


@pytest.fixture(scope="module")
def by_rule(evidence, assumptions) -> StartingLevels:
    return starting_levels(evidence, assumptions)


@pytest.fixture(scope="module")
def no_doubtful(evidence, assumptions) -> StartingLevels:
    return starting_levels(evidence, assumptions, doubtful_trade=False)


@pytest.fixture(scope="module")
def with_unlisted(evidence, assumptions) -> StartingLevels:
    return starting_levels(evidence, assumptions, unlisted=True)


@pytest.fixture(scope="module")
def by_record(evidence, assumptions) -> dict[RecordName, StartingLevels]:
    """The override of each record."""
    return {name: starting_levels(evidence, assumptions, override=True, record=name) for name in RECORDS}


both = pytest.mark.parametrize("name", RECORDS)


def fitted(evidence: Evidence, name: RecordName) -> list[EventRow]:
    return [row for row in evidence.events_of(name) if row.date.year < 2018]


def coded(evidence: Evidence, starting: StartingLevels, name: RecordName) -> Record:
    return code_record(evidence, starting, ORIGIN, record=name)


def level(starting: StartingLevels, iso3: str, tie: str) -> int:
    return int(starting.levels[starting.iso3.index(iso3), TIE_INDEX[tie]])


def flag(starting: StartingLevels, iso3: str, tie: str) -> bool:
    return bool(starting.flagged[starting.iso3.index(iso3), TIE_INDEX[tie]])


def ids(rows: tuple[EventRow, ...]) -> list[str]:
    return [row.event_id for row in rows]


def path(record: Record, iso3: str, tie: str) -> list[tuple[int, int]]:
    """The steps of one tie in the order of their dates, (level before, level after)."""
    steps = [
        (cut.date, cut.level_before, cut.level_after)
        for act in record.acts
        for cut in act.cuts
        if (act.iso3, TIES[cut.tie]) == (iso3, tie)
    ]
    steps += [
        (rise.date, rise.level_before, rise.level_after)
        for rise in record.rises
        if (rise.iso3, TIES[rise.tie]) == (iso3, tie)
    ]
    return [(before, after) for _, before, after in sorted(steps)]


# ---- starting levels


def test_patrons_principals_and_the_target_are_no_third_states(by_rule, evidence, assumptions):
    case = assumptions.case
    others = {case.target, *case.patrons, *case.principals}
    assert by_rule.iso3 == tuple(iso3 for iso3 in evidence.iso3s if iso3 not in others)
    assert len(by_rule.iso3) == 191


@pytest.mark.parametrize(
    ("iso3", "tie", "start", "reason"),
    [
        ("DEU", "diplomatic", 3, "an embassy on each side"),
        ("ESP", "diplomatic", 3, "a DPRK embassy in Madrid"),
        ("PRT", "diplomatic", 2, "relations, nobody resident"),
        ("EST", "diplomatic", 0, "no relations"),
        ("IND", "trade", 3, "141.6 m"),
        ("SGP", "trade", 2, "13.1 m"),
        ("ALB", "trade", 0, "0.035 m"),
        ("AGO", "trade", 0, "no figure found"),
        ("BGD", "trade", 3, "71 m in 2014"),
        ("BRA", "trade", 2, "10.8 m of quality C"),
        ("IND", "finance", 2, "trade at risk"),
        ("ALB", "finance", 0, "no trade at risk"),
        ("SDN", "military", 3, "described by the panel"),
        ("PAK", "military", 2, "older or alleged"),
        ("FRA", "military", 0, "not named"),
        ("KWT", "labour", 3, "a known host"),
        ("FRA", "labour", 0, "not known as a host"),
        ("PRT", "travel", 2, "relations"),
        ("EST", "travel", 0, "no relations"),
    ],
)
def test_each_tie_starts_on_the_level_that_its_rule_gives(iso3, tie, start, reason, by_rule):
    assert level(by_rule, iso3, tie) == start, reason


def test_the_money_that_makes_a_tie_full_or_modest_comes_from_the_assumptions(evidence, assumptions):
    rule = assumptions.starting_rungs.model_copy(update={"full_trade_musd": 13.0, "modest_trade_musd": 0.03})
    starting = starting_levels(evidence, assumptions.model_copy(update={"starting_rungs": rule}))
    assert (level(starting, "SGP", "trade"), level(starting, "ALB", "trade")) == (3, 2)


def test_a_doubtful_figure_makes_a_tie_modest_at_most_or_none_at_all(evidence, assumptions):
    brazil = evidence.state("BRA").model_copy(update={"target_trade_musd": 5000.0})
    states = tuple(brazil if state.iso3 == "BRA" else state for state in evidence.states)
    rich = replace(evidence, states=states)
    assert level(starting_levels(rich, assumptions), "BRA", "trade") == 2
    assert level(starting_levels(rich, assumptions, doubtful_trade=False), "BRA", "trade") == 0


def test_states_are_doubtful_where_a_figure_of_quality_c_alone_puts_them_at_risk(
    by_rule, no_doubtful, evidence
):
    doubtful = {iso3 for iso3, marked in zip(by_rule.iso3, by_rule.doubtful, strict=True) if marked}
    assert doubtful == {
        state.iso3
        for state in evidence.states
        if state.target_trade_quality == "C" and (state.target_trade_musd or 0) >= 1
    }
    changed = (by_rule.levels != no_doubtful.levels).any(axis=1)
    assert np.array_equal(changed, by_rule.doubtful)
    assert not no_doubtful.doubtful.any()


def test_a_trade_figure_of_2014_is_used_and_flagged_with_the_finance_that_follows_it(by_rule, evidence):
    old = [state.iso3 for state in evidence.states if state.target_trade_quality == "D"]
    assert [iso3 for iso3 in by_rule.iso3 if flag(by_rule, iso3, "trade")] == old
    assert np.array_equal(by_rule.flagged[:, TIE_INDEX["trade"]], by_rule.flagged[:, TIE_INDEX["finance"]])
    assert by_rule.flagged.sum() == 2 * len(old)


def test_levels_by_rule_do_not_know_what_happened_later(by_rule, evidence, assumptions):
    blind = starting_levels(evidence.edited(lambda _: ()), assumptions)
    assert np.array_equal(blind.levels, by_rule.levels)
    assert np.array_equal(blind.flagged, by_rule.flagged)


@both
def test_the_override_takes_the_level_before_the_first_recorded_row_and_flags_it(
    name, by_rule, by_record, evidence
):
    first: dict[tuple[str, str], int] = {}
    override = by_record[name]
    for row in fitted(evidence, name):
        first.setdefault((row.iso3, row.tie), row.level_before)
    for place, iso3 in enumerate(override.iso3):
        for tie in TIES:
            by_rules, used = level(by_rule, iso3, tie), level(override, iso3, tie)
            assert used == first.get((iso3, tie), by_rules)
            if used != by_rules:
                assert flag(override, iso3, tie)
                assert not (tie == "trade" and override.doubtful[place])


def test_the_record_is_the_strict_one_where_none_is_named(evidence, assumptions, by_rule, by_record):
    assert code_record(evidence, by_rule, ORIGIN) == coded(evidence, by_rule, "strict")
    assert code_record(evidence, by_rule, ORIGIN) != coded(evidence, by_rule, "broad")
    unnamed = starting_levels(evidence, assumptions, override=True)
    assert np.array_equal(unnamed.levels, by_record["strict"].levels)
    assert not np.array_equal(unnamed.levels, by_record["broad"].levels)


def test_starting_levels_cannot_be_changed(by_rule):
    for array in (by_rule.levels, by_rule.flagged, by_rule.doubtful):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


# ---- the record


def counts(record: Record) -> tuple[int, int, int, int]:
    return len(record.acts), record.cuts, len(record.iso3), len(record.outside)


def test_the_record_has_as_many_acts_cuts_states_and_outsiders_as_the_readme_says(
    evidence, by_rule, no_doubtful, with_unlisted, by_record
):
    measured = [
        *(counts(coded(evidence, one, "strict")) for one in (no_doubtful, by_rule, with_unlisted)),
        counts(coded(evidence, by_record["strict"], "strict")),
        *(counts(coded(evidence, one, "broad")) for one in (no_doubtful, by_rule, by_record["broad"])),
    ]
    assert measured == [
        (36, 40, 26, 7), (39, 43, 29, 4), (43, 47, 30, 0), (43, 47, 30, 0),
        (49, 54, 31, 13), (54, 60, 36, 7), (59, 67, 37, 0),
    ]  # fmt: skip
    readme = (evidence.folder / "README.md").read_text(encoding="utf-8")
    claimed = re.findall(
        r"^\| (?:strict: |by rule|override).*\| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", readme, re.MULTILINE
    )
    assert [tuple(map(int, row)) for row in claimed] == measured


@pytest.mark.parametrize(("name", "nowhere"), [("broad", {"E050"}), ("strict", set())])
def test_every_row_of_the_events_goes_to_one_place_but_a_rise_within_a_level_goes_nowhere(
    name, nowhere, evidence, by_rule
):
    """E050, a new building of the target's embassy, is a rise in the first code and words in the adjudicated one."""
    record = coded(evidence, by_rule, name)
    placed = [event_id for act in record.acts for cut in act.cuts for event_id in cut.event_ids]
    placed += [rise.event_id for rise in record.rises]
    for rows in (record.outside, record.sub_level, record.statements, record.elsewhere):
        placed += ids(rows)
    assert max(Counter(placed).values()) == 1
    assert {row.event_id for row in fitted(evidence, name)} - set(placed) == nowhere


@both
def test_under_the_override_every_recorded_level_is_reproduced(name, evidence, by_record):
    override = by_record[name]
    record = coded(evidence, override, name)
    rows = {row.event_id: row for row in evidence.events_of(name)}
    for act in record.acts:
        for cut in act.cuts:
            first, last = rows[cut.event_ids[0]], rows[cut.event_ids[-1]]
            assert (first.iso3, first.tie) == (act.iso3, TIES[cut.tie])
            assert (cut.level_before, cut.level_after) == (first.level_before, last.level_after)
    for rise in record.rises:
        row = rows[rise.event_id]
        assert (rise.level_before, rise.level_after) == (row.level_before, row.level_after)
    counted = {event_id for act in record.acts for cut in act.cuts for event_id in cut.event_ids}
    for row in fitted(evidence, name):
        if row.iso3 in override.iso3 and row.direction == "down":
            assert (row.event_id in counted) == (row.level_after < row.level_before)


CODED_OTHERWISE: dict[RecordName, dict[str, str]] = {
    "broad": {
        "E005 TZA labour": "2>1 as 3>1",
        "E014 UKR travel": "3>2 as 2>1",
        "E015 MLT labour": "2>0 as 3>0",
        "E018 KWT travel": "3>2 as 2>1",
        "E019 SGP travel": "3>2 as 2>1",
        "E020 SEN labour": "2>1 as 3>1",
        "E021 OMN labour": "2>0 as 3>0",
        "E027 MYS travel": "3>1 as 2>1",
        "E053 THA trade": "2>1 as 3>1",
        "E056 KWT travel": "2>0 as 1>0",
        "E068 EGY military": "2>1 as 3>1",
        "E070 FJI trade": "1>0 as 2>0",
        "E071 LKA travel": "3>1 as 2>1",
        "E073 TZA military": "1>0 as 3>0",
        "E093 MYS trade": "3>1 as 2>1",
        "E101 NAM labour": "2>0 as 3>0",
        "E105 SGP trade": "3>0 as 2>0",
    },
    "strict": {
        "E014 UKR travel": "3>2 as 2>1",
        "E018 KWT travel": "3>2 as 2>1",
        "E019 SGP travel": "3>2 as 2>1",
        "E027 MYS travel": "3>2 as 2>1",
        "E028 MYS travel": "2>1 as 1>0",
        "E056 KWT travel": "2>1 as 1>0",
        "E071 LKA travel": "3>2 as 2>1",
        "E078 QAT labour": "2>1 as 3>1",
        "E105 SGP trade": "3>0 as 2>0",
        "E121 THA trade": "2>1 as 3>1",
    },
}


@pytest.mark.parametrize(("name", "cuts"), [("broad", 17), ("strict", 10)])
def test_by_rule_some_cuts_begin_or_end_on_other_levels_than_their_rows_say(name, cuts, evidence, by_rule):
    rows = {row.event_id: row for row in evidence.events_of(name)}
    otherwise = {}
    for act in coded(evidence, by_rule, name).acts:
        for cut in act.cuts:
            first, last = rows[cut.event_ids[0]], rows[cut.event_ids[-1]]
            if (cut.level_before, cut.level_after) != (first.level_before, last.level_after):
                recorded = f"{first.level_before}>{last.level_after}"
                changed = f"{cut.level_before}>{cut.level_after}"
                otherwise[f"{first.event_id} {act.iso3} {TIES[cut.tie]}"] = f"{recorded} as {changed}"
    assert otherwise == CODED_OTHERWISE[name]
    assert len(otherwise) == cuts


@pytest.mark.parametrize(
    ("name", "unseen", "doubtful"),
    [
        (
            "broad",
            ["E006", "E043", "E046", "E055", "E096", "E106", "E109"],
            {"E037", "E039", "E070", "E091", "E123", "E125"},
        ),
        ("strict", ["E046", "E055", "E128", "E106"], {"E037", "E123", "E125"}),
    ],
)
def test_the_acts_outside_the_risk_set_are_those_on_ties_that_the_rules_do_not_see(
    name, unseen, doubtful, evidence, by_rule, no_doubtful, with_unlisted
):
    assert ids(coded(evidence, by_rule, name).outside) == unseen
    without_doubtful = ids(coded(evidence, no_doubtful, name).outside)
    assert set(without_doubtful) - set(unseen) == doubtful
    assert coded(evidence, with_unlisted, name).outside == ()


def test_acts_stand_in_the_order_of_week_and_state_with_one_act_a_state_and_week(evidence, by_rule):
    acts = code_record(evidence, by_rule, ORIGIN).acts
    order = [(act.week, act.iso3) for act in acts]
    assert order == sorted(set(order))
    for act in acts:
        assert [cut.tie for cut in act.cuts] == sorted({cut.tie for cut in act.cuts})
        for cut in act.cuts:
            assert timedelta(0) <= cut.date - (ORIGIN + timedelta(weeks=act.week)) < timedelta(days=7)


@pytest.mark.parametrize(
    ("name", "cut"),
    [
        ("broad", [("diplomatic", "E089"), ("trade", "E091"), ("labour", "E090")]),
        ("strict", [("diplomatic", "E089"), ("labour", "E090")]),
    ],
)
def test_the_ties_cut_by_the_emirates_on_one_day_are_one_act(name, cut, evidence, by_rule):
    """An end of new licences alone is a small step in the strict record."""
    record = coded(evidence, by_rule, name)
    (act,) = [act for act in record.acts if act.iso3 == "ARE"]
    assert act.week == (date(2017, 10, 12) - ORIGIN).days // 7
    assert [(TIES[one.tie], one.event_ids) for one in act.cuts] == [(tie, (event,)) for tie, event in cut]
    assert ("E091" in ids(record.sub_level)) == (name == "strict")


def test_the_two_travel_steps_of_malaysia_in_one_week_are_added_in_one_cut(evidence, by_record):
    acts = [act for act in coded(evidence, by_record["broad"], "broad").acts if act.iso3 == "MYS"]
    (travel,) = [d for act in acts for d in act.cuts if TIES[d.tie] == "travel" and d.date < date(2017, 4, 1)]
    assert (travel.level_before, travel.level_after, travel.event_ids) == (3, 1, ("E027", "E028"))
    assert travel.date == date(2017, 3, 6)


def test_the_two_travel_steps_of_malaysia_in_two_weeks_are_two_cuts(evidence, by_record):
    """The strict record has the day of the decision, 2 March, not that of its effect, the 6th."""
    acts = [act for act in coded(evidence, by_record["strict"], "strict").acts if act.iso3 == "MYS"]
    travel = [d for act in acts for d in act.cuts if TIES[d.tie] == "travel" and d.date < date(2017, 4, 1)]
    assert [(cut.level_before, cut.level_after, cut.event_ids) for cut in travel] == [
        (3, 2, ("E027",)),
        (2, 1, ("E028",)),
    ]
    assert [cut.date for cut in travel] == [date(2017, 3, 2), date(2017, 3, 7)]


@pytest.mark.parametrize(
    ("name", "rule", "override"),
    [
        ("broad", [(2, 1), (1, 2), (2, 1)], [(3, 1), (1, 2), (2, 1)]),
        ("strict", [(2, 1), (1, 0), (0, 2), (2, 1)], [(3, 2), (2, 1), (1, 2), (2, 1)]),
    ],
)
def test_a_tie_restored_returns_at_most_to_its_start(name, rule, override, evidence, by_rule, by_record):
    assert path(coded(evidence, by_rule, name), "MYS", "travel") == rule
    assert path(coded(evidence, by_record[name], name), "MYS", "travel") == override


def row_of(evidence: Evidence, event_id: str) -> EventRow:
    return next(row for row in evidence.events_of("broad") if row.event_id == event_id)


def test_a_recorded_drop_always_costs_a_level_even_if_the_tie_already_stands_there(evidence, by_rule):
    visas = row_of(evidence, "E014")  # Ukraine, 3 to 2 in the record, but the rule starts it on 2
    record = code_record(evidence.edited(lambda _: (visas,)), by_rule, ORIGIN)
    assert path(record, "UKR", "travel") == [(2, 1)]


def test_a_recorded_rise_above_the_start_stops_at_the_start(evidence, by_rule):
    visas = row_of(evidence, "E014")
    waived = visas.model_copy(
        update={
            "event_id": "E901",
            "direction": "up",
            "level_after": 3,
            "date": visas.date + timedelta(weeks=1),
        }
    )
    record = code_record(evidence.edited(lambda _: (visas, waived)), by_rule, ORIGIN)
    assert path(record, "UKR", "travel") == [(2, 1), (1, 2)]


def test_a_drop_of_a_tie_that_earlier_cuts_used_up_is_outside(evidence, by_rule):
    visas = row_of(evidence, "E014")
    again = [
        visas.model_copy(update={"event_id": f"E90{n}", "date": visas.date + timedelta(weeks=n)})
        for n in (1, 2)
    ]
    record = code_record(evidence.edited(lambda _: (*again, visas)), by_rule, ORIGIN)
    assert path(record, "UKR", "travel") == [(2, 1), (1, 0)]
    assert ids(record.outside) == ["E902"]


def test_rows_are_replayed_by_date_whatever_order_they_come_in(evidence, by_rule):
    backwards = evidence.edited(reversed)
    assert code_record(backwards, by_rule, ORIGIN) == code_record(evidence, by_rule, ORIGIN)


def test_a_shorter_record_is_the_beginning_of_the_longer_one(evidence, by_rule):
    whole, short = (code_record(evidence, by_rule, ORIGIN, weeks) for weeks in (104, 60))
    assert short.acts == tuple(act for act in whole.acts if act.week < 60)
    assert 0 < len(short.acts) < len(whole.acts)


def test_the_record_ends_in_its_last_week_and_holds_nothing_older_than_its_first(evidence, by_rule):
    assert max(act.week for act in code_record(evidence, by_rule, ORIGIN).acts) < 104
    with pytest.raises(ValueError, match=r"E001 of 2016-02-10 is older"):
        code_record(evidence, by_rule, date(2016, 2, 15))


def test_coding_leaves_the_starting_levels_as_they_were(evidence, by_rule):
    before = by_rule.levels.copy()
    code_record(evidence, by_rule, ORIGIN)
    assert np.array_equal(by_rule.levels, before)


def test_adding_a_state_moves_nobody_elses_levels(evidence, assumptions, by_rule):
    newcomer: StateRow = evidence.state("FRA").model_copy(update={"iso3": "AAA", "name": "Newcomer"})
    wider = starting_levels(replace(evidence, states=(newcomer, *evidence.states)), assumptions)
    assert np.array_equal(wider.levels[1:], by_rule.levels)
