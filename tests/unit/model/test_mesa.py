"""What users of Mesa expect of a world: one line to make it, Mesa's own collector, its batch runner."""

from __future__ import annotations

import math
import warnings
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import mesa
import pytest

import maxpressure as mp
from maxpressure.base.errors import InputError
from maxpressure.base.ties import TIES
from maxpressure.model.agents import Patron
from maxpressure.model.rows import ChangeRow, WeekRow, WorldRow
from mesa_worlds import WINDOW, acts, make_world, trade

NAME = "no-september-test"
MESA = tuple(int(part) for part in mesa.__version__.split(".")[:2])


@cache
def late() -> mp.Scenario:
    return mp.load_case().scenario(NAME).but(name="late", window=WINDOW)


def left(world: mp.World) -> tuple[list[ChangeRow], list[WeekRow], WorldRow]:
    return world.recorder.changes, world.recorder.weeks, world.recorder.world_row()


# ---- one line


def test_a_world_made_of_a_name_is_the_world_made_step_by_step() -> None:
    case = mp.load_case()
    situation = mp.prepare(case, case.scenario(NAME))
    mode = mp.load_parameters().values
    assert left(mp.World.of(NAME, seed=1).run()) == left(mp.World(situation, mode, seed=1).run())


def test_a_draw_is_that_of_the_result_tables(tmp_path: Path) -> None:
    results = mp.run(NAME, worlds=4, seed=7, out=tmp_path / "out", progress=False)
    rows = results.worlds.set_index("world")
    for number in (0, 3):
        draw = int(rows.loc[number, "draw"])
        world = mp.World.of(NAME, seed=7, number=number, draw=draw).run()
        row = world.recorder.world_row()
        assert row.acts == rows.loc[number, "acts"]
        assert row.trade_left == rows.loc[number, "trade_left"]
        assert row.log_probability == rows.loc[number, "log_probability"]


def test_a_scenario_may_be_a_path_or_a_value_and_parameters_those_of_a_run() -> None:
    path = mp.shipped_scenarios()[NAME]
    by_name = mp.World.of(NAME, seed=1, parameters="prior", draw=2)
    by_path = mp.World.of(path, seed=1, parameters="prior", draw=2)
    by_value = mp.World.of(mp.load_case().scenario(NAME), seed=1, parameters="prior", draw=2)
    assert by_name.parameters == by_path.parameters == by_value.parameters
    assert by_name.parameters != mp.World.of(NAME, seed=1, draw=2).parameters
    assert by_name.situation.scenario == by_path.situation.scenario == by_value.situation.scenario
    for world in (by_name, by_path, by_value):
        world.release()


@pytest.mark.parametrize(
    ("how", "key", "near"),
    [
        ({"scenario": "no-septembre-test"}, "scenario", NAME),
        ({"parameters": "posteriour"}, "name", "posterior"),
        ({"draw": -1}, "draw", ""),
        ({"draw": 10**6}, "draw", ""),
        ({"draw": 1.5}, "draw", ""),
        ({"draw": 1, "parameters": "map"}, "draw", ""),
        ({"seed": -1}, "seed", ""),
        ({"number": -1}, "world", ""),
    ],
)
def test_what_does_not_exist_is_refused(how: dict[str, Any], key: str, near: str) -> None:
    given = {"scenario": NAME, "seed": 1} | how
    with pytest.raises(InputError) as refused:
        mp.World.of(given.pop("scenario"), **given)
    assert refused.value.nearest == near
    assert refused.value.key == key


def test_a_scenario_as_a_value_is_checked() -> None:
    wrong = mp.load_case().scenario(NAME).but(without=["no-such-input"])
    with pytest.raises(InputError):
        mp.World.of(wrong, seed=1)


# ---- Mesa's collector


def test_without_reporters_there_is_no_collector_and_with_them_no_result_changes() -> None:
    plain = mp.World.of(NAME, seed=3).run()
    assert not hasattr(plain, "datacollector")
    read = ("strain", "threshold", "acts", "acted", "hazard", "iso3")
    collected = mp.World.of(NAME, seed=3).collect(
        model_reporters={"acts": acts, "week": "week"},
        agent_reporters={name: name for name in read},
        agenttype_reporters={mp.State: {name: name for name in TIES}, Patron: {"travel": "travel"}},
    )
    assert left(collected.run()) == left(plain)


def test_each_week_of_the_window_is_collected_once_and_equals_the_recorder() -> None:
    world = mp.World.of(late(), seed=3)
    assert (world.steps, world.week) == (0, world.first)
    world.collect(
        model_reporters={"acts": acts, "trade": trade},
        agenttype_reporters={mp.State: {"iso3": "iso3", "levels": "levels", "acted": "acted"}},
    ).run()
    assert (world.steps, world.running) == (WINDOW["weeks"], False)
    table = world.datacollector.get_model_vars_dataframe()
    assert table["acts"].tolist() == [row.acts_total for row in world.recorder.weeks]
    assert table["trade"].tolist() == [row.trade_kusd for row in world.recorder.weeks]
    states = world.datacollector.get_agenttype_vars_dataframe(mp.State).reset_index()
    assert sorted(set(states["Step"])) == list(range(1, WINDOW["weeks"] + 1))
    acted = states[states["acted"]]
    assert {
        (world.first + int(step) - 1, iso3) for step, iso3 in zip(acted["Step"], acted["iso3"], strict=True)
    } == {(row.week, row.iso3) for row in world.recorder.changes if row.kind == "act"}


@pytest.mark.parametrize(
    ("reporters", "near"),
    [
        ({"model_reporters": {"a": "weak"}}, "week"),
        ({"agent_reporters": {"a": "hazzard"}}, "hazard"),
        ({"agent_reporters": {"a": "embassy"}}, ""),
        ({"agenttype_reporters": {mp.State: {"a": "strein"}}}, "strain"),
    ],
)
def test_the_name_of_an_attribute_that_is_not_there_is_refused(reporters: Any, near: str) -> None:
    world = mp.World.of(NAME, seed=1)
    with pytest.raises(InputError) as refused:
        world.collect(**reporters)
    assert refused.value.nearest == near
    assert not hasattr(world, "datacollector")
    world.release()


# ---- agents


def test_agents_are_selected_aggregated_and_grouped_by_their_attributes() -> None:
    world = mp.World.of(NAME, seed=3)
    for _ in range(90):
        world.step()
    states = world.agents.select(agent_type=mp.State)
    assert len(states) == len(world.states)
    assert len(world.agents) == len(world.states) + len(world.patrons)
    assert world.agents.agg("acts", sum) == world.recorder.weeks[-1].acts_total > 0
    assert world.agents.agg("threshold", max) == math.inf
    assert states.agg("strain", max) < math.inf
    for index, tie in enumerate(TIES):
        assert states.get(tie) == [state.levels[index] for state in world.states]
        counts = states.groupby(tie).count()
        assert counts == Counter(state.levels[index] for state in world.states)
    closed = world.agents.select(lambda one: isinstance(one, mp.State) and one.diplomatic < one.start[0])
    assert {state.iso3 for state in closed} == {
        state.iso3 for state in world.states if state.levels[0] < state.start[0]
    }
    world.release()


def test_a_state_acts_in_the_week_in_which_its_strain_passes_the_threshold_it_showed() -> None:
    world = mp.World.of(NAME, seed=3)
    acted = 0
    while world.running:
        before = {state.iso3: (state.strain, state.threshold) for state in world.states}
        world.step()
        for state in world.states:
            strain, threshold = before[state.iso3]
            passed = state.hazard > 0.0 and strain + state.hazard >= threshold
            assert state.acted == passed
            acted += passed
    assert acted == world.recorder.weeks[-1].acts_total > 0


def test_a_finished_or_released_world_is_kept_nowhere_by_mesa() -> None:
    finished, stopped = mp.World.of(late(), seed=1).run(), mp.World.of(late(), seed=1)
    stopped.release()
    kept = getattr(mesa.Agent, "_ids", {})
    assert finished not in kept
    assert stopped not in kept


# ---- Mesa's batch runner


@pytest.mark.parametrize("processes", [1, 2])
def test_the_batch_runner_gives_the_worlds_of_a_run(tmp_path: Path, processes: int) -> None:
    scenarios, worlds = ["max-pressure-2017", NAME], 2
    results = mp.run(scenarios, worlds=worlds, out=tmp_path / "out", progress=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rows = mesa.batch_run(
            make_world,
            {"scenario": scenarios, "number": range(worlds)},
            number_processes=processes,
            display_progress=False,
        )
    final = results.weeks.groupby(["scenario", "world"], observed=True)[["acts_total", "trade_kusd"]].last()
    assert {(row["scenario"], row["number"]): (row["acts"], row["trade"]) for row in rows} == {
        key: tuple(values) for key, values in zip(final.index, final.to_numpy().tolist(), strict=True)
    }


def test_reporters_by_week_reach_the_batch_runner() -> None:
    rows = mesa.batch_run(
        make_world, {"scenario": NAME, "number": 1}, data_collection_period=1, display_progress=False
    )
    world = make_world(NAME, 1).run()
    assert [row["acts"] for row in rows] == [row.acts_total for row in world.recorder.weeks]
