"""One world of the page: the world of a run, shown week by week, on a map that can be read aloud."""

from __future__ import annotations

from collections.abc import Iterator

import mesa
import pytest

from maxpressure.app.many_worlds import SEED
from maxpressure.app.one_world import (
    ALL,
    NEVER,
    OTHER,
    SHOWN,
    OneWorld,
    begun_anew,
    due_to,
    looks,
    number_of,
    shades,
    tile_order,
)
from maxpressure.base import rng
from maxpressure.base.errors import InputError
from maxpressure.base.ties import TIES
from maxpressure.engine.engines import Ensemble
from maxpressure.model.case import Case, prepare
from maxpressure.model.rules import GROUPS
from pilot import PILOT

DRAWS = (PILOT.values,)
RECORD = "max-pressure-2017"


@pytest.fixture(scope="module")
def over(case: Case) -> Iterator[OneWorld]:
    world = OneWorld(case, DRAWS, RECORD, 3)
    while not world.over:
        world.step()
    yield world
    world.leave()


@pytest.fixture
def fresh(case: Case) -> Iterator[OneWorld]:
    world = OneWorld(case, DRAWS, RECORD, 3)
    yield world
    world.leave()


def test_a_world_stepped_by_hand_is_that_of_many_worlds(over: OneWorld, case: Case) -> None:
    situation = prepare(case, case.scenario(RECORD))
    simulated = Ensemble(situation, DRAWS).simulate(3, 1, seed=SEED)
    assert over.counts[1:] == simulated.output.week_ints[0, :, 4].tolist()


def test_after_the_last_week_a_step_changes_nothing(over: OneWorld) -> None:
    before = list(over.counts)
    over.step()
    assert over.counts == before


def test_each_act_stands_in_its_week_with_its_cause(over: OneWorld) -> None:
    rows = [row for row in over.world.recorder.changes if row.kind == "act"]
    acts = {(row.week, row.iso3) for row in rows}
    lines = [line for week in over.simulated for line in week.acts if " Due " in line]
    assert len(lines) == len(acts) == over.counts[-1]
    week, iso3 = min(acts)
    monday = over.situation.timeline.monday(week)
    (shown,) = [one for one in over.simulated if one.week == f"week of {monday.day} {monday:%B %Y}"]
    assert any(line.startswith(f"{over.names[iso3]}: ") for line in shown.acts)


def test_the_dated_inputs_stand_in_their_weeks_with_whom_they_name(over: OneWorld) -> None:
    (week,) = [one for one in over.simulated if one.week == "week of 28 August 2017"]
    assert "3 Sep: Sixth nuclear test (nuclear test)" in week.inputs
    (week,) = [one for one in over.simulated if one.week == "week of 11 September 2017"]
    assert "12 Sep: Q059 (ROK or Japan measure; names Egypt)" in week.inputs
    assert "12 Sep: Seoul asks Egypt (ROK or Japan measure)" in week.inputs, (
        "the row of the campaign names nobody"
    )


def test_a_scenario_takes_its_inputs_off_the_list(case: Case) -> None:
    world = OneWorld(case, DRAWS, "no-september-test", 0)
    assert "Sixth nuclear test" not in [one.name for one in world.inputs]
    world.leave()


def test_a_state_is_shown_with_its_ties_its_strain_and_its_attribution(over: OneWorld) -> None:
    state = next(one for one in over.world.states if one.acts == 1 and sum(one.levels) > 0)
    shown = over.about(state.iso3)
    assert [row["tie"] for row in shown["ties"]] == list(TIES)
    assert any(row["fell"] for row in shown["ties"])
    resistance = rng.exponential(SEED, 3, state.code, 1, rng.RESISTANCE)
    assert f"Strain {state.strain:.3f} of the {resistance:.3f}" in shown["lines"][0]
    assert state.strain < resistance
    assert "chance of acting" in shown["lines"][1]


def test_a_state_that_does_not_decide_is_named_as_such(fresh: OneWorld) -> None:
    assert "target" in fresh.about("PRK")["lines"][0]
    assert "patron" in fresh.about("CHN")["lines"][0]
    assert "principals" in fresh.about("USA")["lines"][0]


def test_a_world_begun_anew_is_the_same_world_again(case: Case) -> None:
    world = OneWorld(case, DRAWS, RECORD, 5)
    for _ in range(30):
        world.step()
    before = list(world.counts)
    again = begun_anew(world)
    assert again.counts == [0]
    for _ in range(30):
        again.step()
    assert again.counts == before
    again.leave()


def test_a_world_that_is_left_is_kept_by_nobody(case: Case) -> None:
    world = OneWorld(case, DRAWS, RECORD, 0)
    world.leave()
    assert world.world not in getattr(mesa.Agent, "_ids", {})


@pytest.mark.parametrize("written", ["-1", "10000", "1e3", "ten", "", "٣", "3.5"])
def test_a_number_that_is_no_world_is_refused(written: str) -> None:
    with pytest.raises(InputError, match="0 to 9999"):
        number_of(written)


def test_a_scenario_is_named_and_never_a_path(fresh: OneWorld) -> None:
    with pytest.raises(InputError, match="scenario"):
        begun_anew(fresh, "../calibration/map")


def test_every_state_has_one_tile_with_its_own_words(fresh: OneWorld) -> None:
    order = tile_order()
    assert len({(one["column"], one["row"]) for one in order}) == len(order)
    assert {one["iso3"] for one in order} >= set(fresh.situation.population.iso3)
    for tie in SHOWN:
        shown = looks(fresh, tie, order)
        means = {shade.means for shade in shades(tie)}
        assert len({words.partition(":")[0] for *_, words in shown}) == len(order)
        assert all(any(mean in words for mean in means) for *_, words in shown)


def test_the_map_shows_what_has_been_lost(over: OneWorld) -> None:
    order = tile_order()
    shown = dict(zip((one["iso3"] for one in order), looks(over, ALL, order), strict=True))
    for state in over.world.states:
        lost = sum(state.start) - sum(state.levels)
        words = shown[state.iso3][3]
        if sum(state.start) == 0:
            assert NEVER.means in words
        elif lost == 1:
            assert "1 level lost" in words
        elif lost >= 4:
            assert "4 or more" in words
    assert OTHER.means in shown["CHN"][3]


def test_a_cause_reads_as_a_sentence() -> None:
    half = [0.0] * len(GROUPS)
    half[GROUPS.index("shock")], half[GROUPS.index("baseline")] = 0.7, 0.3
    assert due_to(half) == "mostly to tests (70 %) and the baseline (30 %)"
