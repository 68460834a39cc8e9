"""The record counted from its levels: what the Mesa model counts when it replays the record."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from maxpressure.base.errors import InputError
from maxpressure.evidence.parameters import load_parameters
from maxpressure.experiments.schema import OUTCOMES
from maxpressure.model.case import Case, load_case, prepare
from maxpressure.model.history import recorded_history
from maxpressure.model.rows import flat
from maxpressure.model.world import World
from maxpressure.results.recorded import WEEKLY, record_as_world, recorded_world
from maxpressure.results.results import Results
from maxpressure.results.weekly import recorded
from part_folders import TWO, laid_out, planned


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


@pytest.fixture(scope="module")
def results(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Two scenarios in two worlds each, one of which begins later."""
    late = case.scenario(TWO[0]).but(name="late", window={"start": dt.date(2017, 1, 2), "weeks": 52})
    return laid_out(planned(case, [*TWO, late], worlds=2), tmp_path_factory.mktemp("observed") / "a")


@pytest.mark.parametrize("outcome", WEEKLY)
def test_the_record_stands_in_the_shape_of_the_bands(results: Results, outcome: str) -> None:
    bands, observed = results.bands(outcome), results.observed(outcome)
    both = bands.merge(observed)
    assert len(both) == len(bands) == len(observed)
    pd.testing.assert_frame_equal(both[list(bands.columns)], bands)


def test_the_record_by_weeks_is_the_curve_of_the_wave(results: Results, case: Case) -> None:
    curve = recorded(results.situations(case).values(), case.assumptions.record.acts_until)
    table = results.observed()
    assert (0, *table[table["scenario"] == TWO[0]]["observed"]) == curve.counts
    late = table[table["scenario"] == "late"]["observed"]
    assert late.iloc[-1] == curve.counts[-1] - curve.counts[52]


def test_acts_on_record_are_rows_as_those_of_worlds_and_add_up(results: Results) -> None:
    acts = results.observed("acts")
    pd.testing.assert_series_equal(acts.dtypes.drop("iso3"), results.acts.dtypes[acts.columns].drop("iso3"))
    for name, rows in acts[acts["kind"] == "act"].groupby("scenario", observed=True):
        weekly = results.observed()
        last = weekly[weekly["scenario"] == name]["observed"].iloc[-1]
        assert len(rows.drop_duplicates(["week", "iso3"])) == last
        assert (rows["level_after"] < rows["level_before"]).all()


@pytest.mark.parametrize(
    ("outcome", "said"),
    [("trade_kusd", "trade_totals.csv"), ("act_total", "Did you mean 'acts_total'?"), (3, "is 3")],
)
def test_what_no_record_has_is_refused(results: Results, outcome: str, said: str) -> None:
    with pytest.raises(InputError) as refusal:
        results.observed(outcome)
    assert said in str(refusal.value)
