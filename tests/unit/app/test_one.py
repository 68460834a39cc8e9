"""One world as plain values: the changes, causes and strains of the Mesa model, to the bit."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest

from maxpressure.app.figures.basis import Basis
from maxpressure.app.figures.one import due_to, one
from maxpressure.app.figures.strain import strain, strains
from maxpressure.base.errors import InputError
from maxpressure.base.ties import TIES
from maxpressure.model.world import World

NUMBER = 3
SCENARIO = "with-contagion"


@pytest.fixture(scope="module")
def answer(basis: Basis) -> dict:
    return one(basis, SCENARIO, NUMBER)


@pytest.fixture(scope="module")
def world(basis: Basis) -> World:
    from maxpressure.model.case import prepare

    situation = prepare(basis.case, basis.case.scenario(SCENARIO))
    return World(situation, basis.draws[0], seed=basis.seed, number=NUMBER).run()


def test_its_changes_and_causes_are_those_of_the_mesa_model(answer: dict, world: World) -> None:
    theirs = [
        (row.week, row.iso3, row.kind, TIES[row.tie], row.level_before, row.level_after,
         due_to(list(row.attribution)) if row.attribution else None)
        for row in world.recorder.changes
    ]  # fmt: skip
    ours = [
        tuple(row[key] for key in ("week", "iso3", "kind", "tie", "before", "after", "due"))
        for row in (*answer["changes"], *answer["patrons"])
    ]
    assert sorted(ours, key=str) == sorted(theirs, key=str)
    assert answer["acts"] == [0, *(row.acts_total for row in world.recorder.weeks)]


def test_its_levels_follow_from_start_and_changes(answer: dict, world: World) -> None:
    levels = {state["iso3"]: list(state["start"]) for state in answer["states"]}
    for row in answer["changes"]:
        index = TIES.index(row["tie"])
        assert levels[row["iso3"]][index] == row["before"]
        levels[row["iso3"]][index] = row["after"]
    assert levels == {state.iso3: state.levels for state in world.states}


def test_its_record_and_inputs_lie_in_the_window(answer: dict) -> None:
    days = answer["days"]
    assert answer["record"][-1] == 43
    assert all(days[row["week"]] <= row["date"] < days[row["week"] + 1] for row in answer["inputs"])
    assert set(answer["others"]) == {"PRK", "CHN", "RUS", "USA", "KOR", "JPN"}
    assert json.loads(json.dumps(answer, allow_nan=False)) == answer


def test_an_act_comes_where_the_strain_reaches_its_threshold(basis: Basis, answer: dict) -> None:
    paths = strains(basis, SCENARIO, NUMBER)
    acted = {(row["iso3"], row["week"]) for row in answer["changes"] if row["kind"] == "act"}
    assert {(iso3, week) for iso3, path in paths.items() for week in path["acted"]} == acted
    for path in paths.values():
        reached = [week for week in range(104) if path["strain"][week] >= path["threshold"][week]]
        assert reached == path["acted"]
        for week, (before, after) in enumerate(pairwise(path["threshold"])):
            assert (before == after) is (week not in path["acted"])


def test_the_path_of_a_state_is_the_same_alone_and_among_all(basis: Basis) -> None:
    assert strain(basis, SCENARIO, NUMBER, "MEX") == strains(basis, SCENARIO, NUMBER)["MEX"]


def test_what_an_act_was_due_to_is_that_of_its_week(basis: Basis, answer: dict) -> None:
    acts = [row for row in answer["changes"] if row["kind"] == "act"]
    path = strain(basis, SCENARIO, NUMBER, acts[-1]["iso3"])
    assert path["due"][acts[-1]["week"]] == acts[-1]["due"]


@pytest.mark.parametrize("given", ["-1", "1.5", "1e3", "٣", "10000", "", "NaN", "1" * 10_000, "1\n2"])
def test_a_world_that_is_none_is_refused(basis: Basis, given: str) -> None:
    with pytest.raises(InputError) as refusal:
        one(basis, SCENARIO, given)
    assert refusal.value.key == "world"
    assert len(str(refusal.value)) < 300


@pytest.mark.parametrize("given", ["../secrets", "", "with contagion", "x" * 10_000, "WITH-CONTAGION"])
def test_a_scenario_that_is_none_is_refused(basis: Basis, given: str) -> None:
    with pytest.raises(InputError) as refusal:
        one(basis, given, 0)
    assert refusal.value.key == "scenario"


@pytest.mark.parametrize("given", ["PRK", "CHN", "mex", "", "MEX PER", "x" * 10_000])
def test_a_state_that_does_not_decide_has_no_strain(basis: Basis, given: str) -> None:
    with pytest.raises(InputError) as refusal:
        strain(basis, SCENARIO, 0, given)
    assert refusal.value.key == "state"
