"""Ties that no table lists: absent they change nothing, present they fall and return, and carry and count nothing."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from scipy import stats

from made_up import parameters, population, seeds, situations
from maxpressure.base.ties import NONE, REDUCED, TIE_INDEX, TIES, UNLISTED
from maxpressure.engine.chunks import Chunk, Keep
from maxpressure.engine.engines import CompiledEngine, Ensemble, WorldEngine
from maxpressure.engine.record import Output
from maxpressure.evidence.parameters import Parameters
from maxpressure.inference.likelihood import Likelihood
from maxpressure.inference.posterior import marks
from maxpressure.model.abduction import GUMBEL, JOINING
from maxpressure.model.case import Situation
from maxpressure.model.history import Change
from world_twins import Seen, infer_act
from worlds import Row, acts, as_record, forget, on, patron, per_tie, plain, simulated, situation

TRADE = TIE_INDEX["trade"]
Edited = Callable[..., Situation]


@pytest.fixture(scope="module")
def narrow(edited: Edited) -> Situation:
    """The record with listed ties alone at risk."""
    return edited(risk_set="ex-ante")


def test_unlisted_ties_are_at_risk_where_nothing_else_is_said(recorded: Situation, edited: Edited) -> None:
    asked_for = edited(risk_set="with-unlisted")
    assert np.array_equal(recorded.population.start, asked_for.population.start)
    assert np.array_equal(recorded.population.unlisted, asked_for.population.unlisted)
    assert recorded.record == asked_for.record
    assert recorded.population.unlisted.any()


def test_where_all_ties_are_listed_the_numbers_of_unlisted_ones_change_nothing(
    narrow: Situation, pilot: Parameters
) -> None:
    other = pilot._replace(unlisted=(2.0, -7.0, 0.0, 1.0), unlisted_close=9.0)
    one, two = (Ensemble(narrow, [p]).simulate(0, 20, seed=4).output for p in (pilot, other))
    for name in Output._fields:
        assert getattr(one, name).tobytes() == getattr(two, name).tobytes()
    assert Likelihood(narrow)(pilot) == Likelihood(narrow)(other)


def test_each_kind_that_a_state_is_not_listed_with_stands_on_two(narrow: Situation, edited: Edited) -> None:
    wide = edited(risk_set="with-unlisted").population
    listed = narrow.population
    kinds = np.array([tie in UNLISTED for tie in TIES])
    assert (listed.unlisted == 0).all()
    assert np.array_equal(wide.unlisted == 1, (listed.start == NONE) & kinds)
    assert (wide.start[wide.unlisted == 1] == REDUCED).all()
    assert np.array_equal(wide.listed_start, listed.start)
    for name in ("mission", "dependence", "doubtful", "close", "affinity", "leverage"):
        assert np.array_equal(getattr(wide, name), getattr(listed, name))
    military, labour = listed.start[:, 3] > 0, listed.start[:, 4] > 0
    assert np.array_equal(listed.close, (listed.start[:, 0] == 3) | military | labour)


@pytest.mark.parametrize(("coding", "cuts"), [("broad", 7), ("strict", 4)])
def test_the_record_takes_the_cuts_of_unlisted_ties(edited: Edited, coding: str, cuts: int) -> None:
    wide = edited(risk_set="with-unlisted", record=coding)
    narrow = edited(risk_set="ex-ante", record=coding)
    taken = {event for act in wide.record.acts for cut in act.cuts for event in cut.event_ids}
    outside = {row.event_id for row in narrow.record.outside if row.tie in UNLISTED}
    assert len(outside) == cuts
    assert outside <= taken
    assert not outside & {row.event_id for row in wide.record.outside}


@given(situations(), parameters(), seeds)
def test_both_engines_agree_on_made_up_worlds(made_up: Situation, p: Parameters, seed: int) -> None:
    keep = Keep(weeks=2, attributions=2)
    chunk, given = Chunk("made", 0, 2), {"made": made_up}
    compiled, world = (
        engine(given, [p], seed, keep).simulate(chunk) for engine in (CompiledEngine, WorldEngine)
    )
    assert not world.faults
    for name in ("world_ints", "world_floats", "week_ints", "week_floats"):
        assert getattr(compiled.output, name).tobytes() == getattr(world.output, name).tobytes(), name
    changes = (one.output.changes[: one.changes] for one in (compiled, world))
    assert next(changes).tobytes() == next(changes).tobytes()


@given(population(), parameters(rho=-2.0, attrition=0.5), seeds)
def test_unlisted_trade_carries_nothing(rows: list[Row], p: Parameters, seed: int) -> None:
    hidden = [replace(row, unlisted=("trade",)) for row in rows]
    world = simulated(situation(hidden, patrons=[patron("CHN", 5000, 5000)]), p, seed)
    assert {week.declared_isolation for week in world.recorder.weeks} == {0.0}
    assert {week.ties_alive[TRADE] for week in world.recorder.weeks} == {0}
    assert not [row for row in world.recorder.changes if row.kind == "attrition"]


def test_a_cut_of_an_unlisted_tie_is_an_act_and_takes_no_tie_that_is_counted() -> None:
    rows = [Row(iso3="AAA", levels=on(diplomatic=3, military=2), unlisted=("military",))]
    p = plain(alpha=per_tie(military=1.0), unlisted=(0.0, 0.0, 1.0, 0.0))
    world = simulated(situation(rows, weeks=6), p)
    last = world.recorder.weeks[-1]
    assert (last.acts_total, world.states[0].levels) == (2, on(diplomatic=3))
    assert (last.ties_alive, last.mean_level) == ((1, 0, 0, 0, 0, 0), (3.0, 0.0, 0.0, 0.0, 0.0, 0.0))


def test_an_unlisted_tie_may_return_to_where_it_stood() -> None:
    rows = [Row(iso3="AAA", levels=on(labour=2), unlisted=("labour",))]
    world = simulated(situation(rows, weeks=40), plain(alpha=per_tie(labour=-1.0), rho=-0.5), seed=3)
    risen = [row.level_after for row in world.recorder.changes if row.kind == "restoration"]
    assert REDUCED in risen
    assert max(risen) == REDUCED


def test_chi_is_learned_from_acts_on_listed_ties_alone() -> None:
    rows = [Row(iso3="AAA", levels=(3, 2, 2, 2, 2, 2), unlisted=UNLISTED)]
    for told, counted in (
        ([(4, "AAA", 0, 3, 2)], (0, 1)),  # travel stayed
        ([(4, "AAA", 0, 3, 2), (4, "AAA", 5, 2, 1)], (1, 0)),
        ([(4, "AAA", 0, 3, 2), (4, "AAA", 1, 2, 1)], (0, 0)),  # which of them led is not known
        ([(4, "AAA", 1, 2, 1)], (0, 0)),
    ):
        made_up = situation(rows, record=as_record(told))
        seen = marks(made_up, Likelihood(made_up).moves)
        assert (seen.joined, seen.stayed) == counted


def test_a_twin_lets_lead_a_tie_the_likelier_the_less_readily_it_would_have_joined() -> None:
    """Of an act of a listed and an unlisted tie either led: with odds λ/e, here one to one."""
    log_ties = (0.0, math.log(0.2), *[-math.inf] * 4)
    act = (Change(0, 3, 2, None), Change(1, 2, 1, None))
    seen, p = Seen(3, 0.1, 0.2, log_ties, (1.0, 0.2, 1.0, 1.0, 1.0, 1.0), act), plain(chi=0.3)
    led = 0
    for number in range(2000):
        numbers = infer_act(1, 2, 3, number, seen, p)
        scores = [log + one[GUMBEL] for log, one in zip(log_ties, numbers, strict=True)]
        led += scores[0] > scores[1]
        assert numbers[1][JOINING] < 0.3 * 0.2 or scores[1] > scores[0]
    assert stats.binomtest(led, 2000, 0.5).pvalue > 0.001


@given(situations(), parameters(), seeds)
def test_a_run_and_its_replay_agree_on_its_probability(made_up: Situation, p: Parameters, seed: int) -> None:
    world = simulated(made_up, p, seed)
    frailties = {state.iso3: state.frailty for state in world.states}
    again = simulated(made_up, p, 1, history=world.simulated_history(), frailties=frailties)
    assert acts(again) == acts(world)
    assert again.log_probability == pytest.approx(world.log_probability, rel=1e-9)
    forget(world)
