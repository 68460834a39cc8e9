"""The record counted from its levels: what the Mesa model counts when it replays the record."""

from __future__ import annotations

import pytest

from maxpressure.evidence.parameters import load_parameters
from maxpressure.experiments.schema import OUTCOMES
from maxpressure.model.case import load_case, prepare
from maxpressure.model.history import recorded_history
from maxpressure.model.rows import flat
from maxpressure.model.world import World
from maxpressure.results.recorded import record_as_world, recorded_world


@pytest.mark.parametrize("coding", ["strict", "broad"])
@pytest.mark.parametrize(
    "name", ["max-pressure-2017", "early-campaign-2016", "override-risk-set", "summit-first"]
)
def test_the_record_is_counted_as_a_world_that_replays_it(name: str, coding: str) -> None:
    case = load_case(record=coding)
    situation = prepare(case, case.scenario(name))
    history = recorded_history(situation.record)
    world = World(situation, load_parameters().values, seed=0, history=history).run()
    weeks, began = world.recorder.weeks, [list(levels) for levels in world.recorder.began]
    record = recorded_world(situation)
    assert record.ties_alive.tolist() == [list(week.ties_alive) for week in weeks]
    assert record.embassies.tolist() == [week.embassies for week in weeks]
    assert record.cuts.sum(axis=1).tolist() == [week.cuts for week in weeks]
    assert record.began.tolist() == began
    outcomes = dict(zip(OUTCOMES, flat(world.recorder.world_row()), strict=True))
    row = record_as_world(situation).iloc[0].to_dict()
    assert row == {name: outcomes[name] for name in row}
    assert row["acts"] > 0
    assert situation.population.trade_2016 == (world.ledger.sold_2016, world.ledger.bought_2016)
