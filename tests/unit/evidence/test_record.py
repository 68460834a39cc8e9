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
from maxpressure.evidence.schema import EventRow, StateRow

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
def strict(evidence, assumptions) -> StartingLevels:
    return starting_levels(evidence, assumptions, doubtful_trade=False)


@pytest.fixture(scope="module")
def by_record(evidence, assumptions) -> StartingLevels:
    return starting_levels(evidence, assumptions, override=True)


def fitted(evidence: Evidence) -> list[EventRow]:
    return [row for row in evidence.events_of("broad") if row.date.year < 2018]


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
    brazil = evidence.state("BRA").model_copy(update={"dprk_trade_2016_musd": 5000.0})
    states = tuple(brazil if state.iso3 == "BRA" else state for state in evidence.states)
    rich = replace(evidence, states=states)
    assert level(starting_levels(rich, assumptions), "BRA", "trade") == 2
    assert level(starting_levels(rich, assumptions, doubtful_trade=False), "BRA", "trade") == 0


def test_states_are_doubtful_where_a_figure_of_quality_c_alone_puts_them_at_risk(by_rule, strict, evidence):
    doubtful = {iso3 for iso3, marked in zip(by_rule.iso3, by_rule.doubtful, strict=True) if marked}
    assert doubtful == {
        state.iso3
        for state in evidence.states
        if state.dprk_trade_quality == "C" and (state.dprk_trade_2016_musd or 0) >= 1
    }
    changed = (by_rule.levels != strict.levels).any(axis=1)
    assert np.array_equal(changed, by_rule.doubtful)
    assert not strict.doubtful.any()


def test_a_trade_figure_of_2014_is_used_and_flagged_with_the_finance_that_follows_it(by_rule, evidence):
    old = [state.iso3 for state in evidence.states if state.dprk_trade_quality == "D"]
    assert [iso3 for iso3 in by_rule.iso3 if flag(by_rule, iso3, "trade")] == old
    assert np.array_equal(by_rule.flagged[:, TIE_INDEX["trade"]], by_rule.flagged[:, TIE_INDEX["finance"]])
    assert by_rule.flagged.sum() == 2 * len(old)


def test_levels_by_rule_do_not_know_what_happened_later(by_rule, evidence, assumptions):
    blind = starting_levels(evidence.edited(lambda _: ()), assumptions)
    assert np.array_equal(blind.levels, by_rule.levels)
    assert np.array_equal(blind.flagged, by_rule.flagged)


def test_the_override_takes_the_level_before_the_first_recorded_row_and_flags_it(
    by_rule, by_record, evidence
):
    first: dict[tuple[str, str], int] = {}
    for row in fitted(evidence):
        first.setdefault((row.iso3, row.tie), row.level_before)
    for place, iso3 in enumerate(by_record.iso3):
        for tie in TIES:
            by_rules, used = level(by_rule, iso3, tie), level(by_record, iso3, tie)
            assert used == first.get((iso3, tie), by_rules)
            if used != by_rules:
                assert flag(by_record, iso3, tie)
                assert not (tie == "trade" and by_record.doubtful[place])


def test_starting_levels_cannot_be_changed(by_rule):
    for array in (by_rule.levels, by_rule.flagged, by_rule.doubtful):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


# ---- the record


def counts(record: Record) -> tuple[int, int, int, int]:
    return len(record.acts), record.cuts, len(record.iso3), len(record.outside)


def test_the_record_has_as_many_acts_cuts_states_and_outsiders_as_the_readme_says(
    evidence, by_rule, strict, by_record
):
    measured = [counts(code_record(evidence, starting, ORIGIN)) for starting in (strict, by_rule, by_record)]
    assert measured == [(48, 53, 31, 14), (52, 58, 35, 9), (59, 67, 37, 0)]
    readme = (evidence.folder / "README.md").read_text(encoding="utf-8")
    claimed = re.findall(
        r"^\| (?:by rule|override).*\| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", readme, re.MULTILINE
    )
    assert [tuple(map(int, row)) for row in claimed] == measured


def test_every_row_of_the_events_goes_to_one_place_but_a_rise_within_a_level_goes_nowhere(evidence, by_rule):
    record = code_record(evidence, by_rule, ORIGIN)
    placed = [event_id for act in record.acts for cut in act.cuts for event_id in cut.event_ids]
    placed += [rise.event_id for rise in record.rises]
    for rows in (record.outside, record.sub_level, record.statements, record.elsewhere):
        placed += ids(rows)
    assert max(Counter(placed).values()) == 1
    assert {row.event_id for row in fitted(evidence)} - set(placed) == {"E050"}


def test_under_the_override_every_recorded_level_is_reproduced(evidence, by_record):
    record = code_record(evidence, by_record, ORIGIN)
    rows = {row.event_id: row for row in evidence.events_of("broad")}
    for act in record.acts:
        for cut in act.cuts:
            first, last = rows[cut.event_ids[0]], rows[cut.event_ids[-1]]
            assert (first.iso3, first.tie) == (act.iso3, TIES[cut.tie])
            assert (cut.level_before, cut.level_after) == (first.level_before, last.level_after)
    for rise in record.rises:
        row = rows[rise.event_id]
        assert (rise.level_before, rise.level_after) == (row.level_before, row.level_after)
    counted = {event_id for act in record.acts for cut in act.cuts for event_id in cut.event_ids}
    for row in fitted(evidence):
        if row.iso3 in by_record.iso3 and row.direction == "down":
            assert (row.event_id in counted) == (row.level_after < row.level_before)


CODED_OTHERWISE = {
    "E005 TZA labour": "2>1 as 3>1",
    "E014 UKR travel": "3>2 as 2>1",
    "E015 MLT labour": "2>0 as 3>0",
    "E018 KWT travel": "3>2 as 2>1",
    "E019 SGP travel": "3>2 as 2>1",
    "E021 OMN labour": "2>0 as 3>0",
    "E027 MYS travel": "3>1 as 2>1",
    "E053 THA trade": "2>1 as 3>1",
    "E056 KWT travel": "2>0 as 1>0",
    "E068 EGY military": "2>1 as 3>1",
    "E070 FJI trade": "1>0 as 2>0",
    "E071 LKA travel": "3>1 as 2>1",
    "E073 TZA military": "1>0 as 3>0",
    "E093 MYS trade": "3>1 as 2>1",
    "E105 SGP trade": "3>0 as 2>0",
}


def test_by_rule_fifteen_cuts_begin_or_end_on_other_levels_than_their_rows_say(evidence, by_rule):
    rows = {row.event_id: row for row in evidence.events_of("broad")}
    otherwise = {}
    for act in code_record(evidence, by_rule, ORIGIN).acts:
        for cut in act.cuts:
            first, last = rows[cut.event_ids[0]], rows[cut.event_ids[-1]]
            if (cut.level_before, cut.level_after) != (first.level_before, last.level_after):
                recorded = f"{first.level_before}>{last.level_after}"
                coded = f"{cut.level_before}>{cut.level_after}"
                otherwise[f"{first.event_id} {act.iso3} {TIES[cut.tie]}"] = f"{recorded} as {coded}"
    assert otherwise == CODED_OTHERWISE


def test_the_acts_outside_the_risk_set_are_those_on_ties_that_the_rules_do_not_see(evidence, by_rule, strict):
    outside = ids(code_record(evidence, by_rule, ORIGIN).outside)
    assert outside == ["E006", "E020", "E043", "E046", "E055", "E096", "E101", "E106", "E109"]
    without_doubtful = ids(code_record(evidence, strict, ORIGIN).outside)
    assert set(without_doubtful) - set(outside) == {"E037", "E070", "E091", "E123", "E125"}


def test_acts_stand_in_the_order_of_week_and_state_with_one_act_a_state_and_week(evidence, by_rule):
    acts = code_record(evidence, by_rule, ORIGIN).acts
    order = [(act.week, act.iso3) for act in acts]
    assert order == sorted(set(order))
    for act in acts:
        assert [cut.tie for cut in act.cuts] == sorted({cut.tie for cut in act.cuts})
        for cut in act.cuts:
            assert timedelta(0) <= cut.date - (ORIGIN + timedelta(weeks=act.week)) < timedelta(days=7)


def test_three_ties_cut_by_the_emirates_on_one_day_are_one_act(evidence, by_rule):
    (act,) = [act for act in code_record(evidence, by_rule, ORIGIN).acts if act.iso3 == "ARE"]
    assert act.week == (date(2017, 10, 12) - ORIGIN).days // 7
    assert [(TIES[cut.tie], cut.event_ids) for cut in act.cuts] == [
        ("diplomatic", ("E089",)),
        ("trade", ("E091",)),
        ("labour", ("E090",)),
    ]


def test_the_two_travel_steps_of_malaysia_in_one_week_are_added_in_one_drop(evidence, by_record):
    acts = [act for act in code_record(evidence, by_record, ORIGIN).acts if act.iso3 == "MYS"]
    (travel,) = [d for act in acts for d in act.cuts if TIES[d.tie] == "travel" and d.date < date(2017, 4, 1)]
    assert (travel.level_before, travel.level_after, travel.event_ids) == (3, 1, ("E027", "E028"))
    assert travel.date == date(2017, 3, 6)


def test_a_tie_restored_returns_at_most_to_its_start(evidence, by_rule, by_record):
    assert path(code_record(evidence, by_rule, ORIGIN), "MYS", "travel") == [(2, 1), (1, 2), (2, 1)]
    assert path(code_record(evidence, by_record, ORIGIN), "MYS", "travel") == [(3, 1), (1, 2), (2, 1)]


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
