"""A history holds what happens in a world; a finished world is one, and so is the record."""

from __future__ import annotations

import datetime as dt
import math

import pytest

from maxpressure.base.ties import TIE_INDEX
from maxpressure.evidence.record import Record, RecordedAct, RecordedRise, TieCut
from maxpressure.evidence.schema import RECORDS
from maxpressure.model.history import Change, History, recorded_history
from worlds import Row, acts, on, per_tie, plain, simulated, situation, steps

DIPLOMATIC, TRADE, TRAVEL = (TIE_INDEX[tie] for tie in ("diplomatic", "trade", "travel"))
TOP = (3,) * 6
DAY = dt.date(2016, 2, 1)


def record(*steps_taken: tuple[int, str, int, int, int]) -> Record:
    """A record of acts and rises, each as week, state, tie, level before and after."""
    falls = [entry for entry in steps_taken if entry[4] < entry[3]]
    return Record(
        acts=tuple(
            RecordedAct(
                week=week,
                iso3=iso3,
                cuts=(TieCut(tie=tie, level_before=before, level_after=after, event_ids=("E1",), date=DAY),),
            )
            for week, iso3, tie, before, after in falls
        ),
        rises=tuple(
            RecordedRise(
                week=week, iso3=iso3, tie=tie, level_before=before, level_after=after, event_id="E2", date=DAY
            )
            for week, iso3, tie, before, after in steps_taken
            if after > before
        ),
        outside=(), sub_level=(), statements=(), elsewhere=(),
    )  # fmt: skip


# ---- what a history says


def test_an_act_takes_each_tie_to_its_level():
    history = History(acts={(4, "AAA"): ((DIPLOMATIC, 1), (TRADE, 0))})
    act, rise, thins = history.of(4, "AAA", [3, 2, 0, 0, 0, 0], TOP)
    assert act == (Change(DIPLOMATIC, 3, 1, None), Change(TRADE, 2, 0, None))
    assert (rise, thins) == (None, False)


def test_a_tie_that_already_stands_as_low_is_left_alone():
    history = History(acts={(4, "AAA"): ((DIPLOMATIC, 1), (TRADE, 1))})
    assert history.of(4, "AAA", [1, 2, 0, 0, 0, 0], TOP)[0] == (Change(TRADE, 2, 1, None),)
    assert history.of(4, "AAA", [0, 1, 0, 0, 0, 0], TOP)[0] == ()


def test_other_weeks_and_other_states_are_quiet():
    history = History(acts={(4, "AAA"): ((DIPLOMATIC, 1),)}, thinned=frozenset({(4, "AAA")}))
    assert history.of(5, "AAA", list(TOP), TOP) == ((), None, False)
    assert history.of(4, "BBB", list(TOP), TOP) == ((), None, False)


def test_a_rise_needs_a_tie_below_its_level_and_below_the_ceiling():
    history = History(acts={}, rises={(4, "AAA"): ((TRAVEL, 2),)})
    assert history.of(4, "AAA", [0, 0, 0, 0, 0, 1], TOP)[1] == Change(TRAVEL, 1, 2, None)
    assert history.of(4, "AAA", [0, 0, 0, 0, 0, 2], TOP)[1] is None
    assert history.of(4, "AAA", [0, 0, 0, 0, 0, 3], TOP)[1] is None
    assert history.of(4, "AAA", [0, 0, 0, 0, 0, 0], (0, 0, 0, 0, 0, 1))[1] == Change(TRAVEL, 0, 1, None)
    assert history.of(4, "AAA", [0, 0, 0, 0, 0, 1], (0, 0, 0, 0, 0, 1))[1] is None


def test_a_route_thins_while_any_of_it_is_left():
    history = History(acts={}, thinned=frozenset({(4, "AAA")}))
    assert history.of(4, "AAA", [0, 0, 0, 0, 0, 1], TOP)[2]
    assert not history.of(4, "AAA", [3, 3, 3, 3, 3, 0], TOP)[2]


# ---- the record as a history


def test_the_record_holds_every_act_of_the_tables(recorded):
    history = recorded_history(recorded.record)
    assert set(history.acts) == {(act.week, act.iso3) for act in recorded.record.acts}
    assert len(history.rises) == len(recorded.record.rises)
    assert history.thinned == frozenset()


@pytest.mark.parametrize("coding", RECORDS)
@pytest.mark.parametrize("risk_set", ["ex-ante", "with-unlisted", "override"])
def test_replaying_the_record_leads_every_tie_along_its_recorded_path(edited, pilot, risk_set, coding):
    given = edited(risk_set=risk_set, record=coding)
    world = simulated(given, pilot, history=recorded_history(given.record))
    falls = [
        (act.week, act.iso3, cut.tie, cut.level_before, cut.level_after)
        for act in given.record.acts
        for cut in act.cuts
    ]
    rises = [(one.week, one.iso3, one.tie, one.level_before, one.level_after) for one in given.record.rises]
    assert steps(world, "act") == sorted(falls)
    assert steps(world, "restoration") == sorted(rises)
    assert steps(world, "attrition") == []


@pytest.mark.parametrize(("coding", "ties"), [("broad", 51), ("strict", 38)])
def test_under_the_override_a_replay_ends_on_the_levels_that_the_tables_name(
    edited, pilot, case, coding, ties
):
    given = edited(risk_set="override", record=coding)
    world = simulated(given, pilot, history=recorded_history(given.record))
    levels = {state.iso3: state.levels for state in world.states}
    last = {}
    for row in sorted(case.evidence.events_of(coding), key=lambda row: (row.date, row.event_id)):
        if row.iso3 in levels and row.direction != "none" and row.date <= case.assumptions.record.fitted:
            last[row.iso3, TIE_INDEX[row.tie]] = row.level_after
    assert len(last) >= ties
    assert {key: levels[key[0]][key[1]] for key in last} == last


def test_a_run_that_starts_late_finds_ties_as_the_record_had_left_them(edited, pilot):
    start = dt.date(2017, 10, 2)
    late = simulated(edited(window={"start": start, "weeks": 1}), pilot._replace(alpha=per_tie()))
    whole = edited(window={"start": dt.date(2016, 1, 4), "weeks": 91})
    early = simulated(whole, pilot, history=recorded_history(whole.record))
    assert [state.levels for state in late.states] == [state.levels for state in early.states]
    assert [state.acts for state in late.states] == [state.acts for state in early.states]
    assert sum(state.acts for state in late.states) > 20


def test_acts_before_the_window_are_simulated_through_but_not_counted():
    before = record((3, "AAA", DIPLOMATIC, 3, 1), (12, "AAA", DIPLOMATIC, 1, 0))
    world = simulated(situation([Row(iso3="AAA")], record=before, first=10, weeks=20), plain())
    assert world.states[0].levels[DIPLOMATIC] == 1
    assert (world.states[0].acts, world.recorder.weeks[-1].acts_total) == (1, 0)
    assert [row.week for row in world.recorder.weeks] == list(range(10, 20))


# ---- a simulated world as a history

BUSY = plain(
    alpha=per_tie(-2.5), psi=per_tie(0.4), chi=0.3, sigma=0.5, beta_peer=0.3, beta_own=0.3,
    rho=-2.0, attrition=0.3,
)  # fmt: skip
PAIR = [
    Row(iso3="AAA", watches={"BBB": 1.0}, exports=500, imports=500),
    Row(iso3="BBB", watches={"AAA": 1.0}, levels=on(trade=2, travel=3, labour=1), exports=80, imports=20),
]


@pytest.mark.parametrize("number", range(12))
def test_a_simulated_world_simulated_through_again_is_the_same_world(number):
    given = situation(PAIR, weeks=60)
    world = simulated(given, BUSY, number=number)
    again = simulated(
        given, BUSY, seed=99, history=world.simulated_history(),
        frailties={state.iso3: state.frailty for state in world.states},
    )  # fmt: skip
    assert steps(again) == steps(world)
    assert [state.levels for state in again.states] == [state.levels for state in world.states]
    assert again.recorder.weeks == world.recorder.weeks


def test_these_worlds_hold_acts_rises_and_thinned_routes():
    """So the test above says something."""
    given = situation(PAIR, weeks=60)
    kinds = {
        row.kind for number in range(12) for row in simulated(given, BUSY, number=number).recorder.changes
    }
    assert kinds == {"act", "restoration", "attrition"}


def test_a_patrons_thinned_route_is_simulated_through_again(edited, pilot):
    given = edited(china={"enforcement": 1.0})
    world = simulated(given, pilot._replace(attrition=0.1))
    closed = [step for step in steps(world, "attrition") if step[1] == "CHN"]
    assert closed
    again = simulated(given, pilot, history=world.simulated_history())
    assert [step for step in steps(again, "attrition") if step[1] == "CHN"] == closed


def test_a_replay_draws_no_random_number():
    given = situation(PAIR, weeks=60)
    history = simulated(given, BUSY).simulated_history()
    first, second = (simulated(given, BUSY, seed=seed, history=history) for seed in (3, 4))
    assert steps(first) == steps(second)
    assert first.log_probability == second.log_probability
    assert [state.frailty for state in first.states] == [0.0, 0.0]


DRAWING = {"scenario": {"target": {"tests": "drawn"}}, "weeks": 60}


def test_a_replay_takes_drawn_tests_from_the_history():
    given, p = situation(PAIR, **DRAWING), BUSY._replace(beta_shock=1.0)
    world = simulated(given, p)
    history = world.simulated_history()
    assert len({*history.tests.values()} - {0.0}) > 1
    for seed in (3, 4):
        again = simulated(
            given, p, seed=seed, history=history, frailties={s.iso3: s.frailty for s in world.states}
        )
        assert (again.tests, again.shock_kept) == (world.tests, world.shock_kept)
        assert again.log_probability == pytest.approx(world.log_probability, rel=1e-12)


def test_a_replay_of_a_record_draws_no_tests():
    given = situation(PAIR, record=record((3, "AAA", TRADE, 3, 1)), **DRAWING)
    p = BUSY._replace(beta_shock=1.0)
    history = recorded_history(given.record)
    first, second = (simulated(given, p, seed=seed, history=history) for seed in (1, 2))
    assert first.log_probability == second.log_probability
    assert (first.shock_kept, sum(first.tests.values())) == (0.0, 0.0)


def test_tests_of_a_history_come_in_their_weeks():
    given, p = situation(PAIR, **DRAWING), plain(tau_shock=2.0)
    world = simulated(given, p, history=History(acts={}, tests={50: 1.0, 57: 0.4}))
    assert {week: size for week, size in world.tests.items() if size} == {50: 1.0, 57: 0.4}
    assert world.shock_kept == pytest.approx(math.exp(-9 / 2) + 0.4 * math.exp(-2 / 2))


def test_a_world_that_kept_no_record_cannot_be_simulated_through_again():
    with pytest.raises(ValueError, match="kept no record"):
        simulated(situation(PAIR), BUSY, record=False).simulated_history()


def test_a_history_may_come_from_another_scenario():
    """The acts of a harsh world in a mild one: only their hazards differ."""
    harsh, mild = situation(PAIR, weeks=40, campaign=1.0), situation(PAIR, weeks=40)
    p = BUSY._replace(beta_campaign=1.0)
    world = simulated(harsh, p)
    again = simulated(
        mild, p, history=world.simulated_history(), frailties={s.iso3: s.frailty for s in world.states}
    )
    assert acts(again) == acts(world)
    assert again.log_probability != world.log_probability
