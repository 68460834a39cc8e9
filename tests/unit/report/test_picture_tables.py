"""The numbers behind the pictures, against ones computed by hand from a few made-up rows."""

from __future__ import annotations

import datetime as dt
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from maxpressure.base.ties import TIES
from maxpressure.engine.chunks import Keep
from maxpressure.experiments.schema import TALLIED
from maxpressure.model.case import Case, Situation
from maxpressure.results.customs import checked, customs_table, verdict
from maxpressure.results.results import Results
from maxpressure.results.states import attribution_table, fates
from maxpressure.results.statistics import DrawSums, error_of_mean
from maxpressure.results.weekly import (
    RECORD,
    at_the_end,
    concentration_table,
    ties_table,
    trade_table,
)
from part_folders import TWO, laid_out, planned
from written_results import act, tally, written

UNTIL = dt.date(2017, 12, 31)
BASE = "max-pressure-2017"


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-4, 4)), min_size=2, max_size=40))
def test_sums_by_draw_give_the_mean_and_the_error_of_all_worlds(worlds: list[tuple[int, int]]) -> None:
    draws = np.array([draw for draw, _ in worlds])
    numbers = np.array([float(number) for _, number in worlds])
    found, counts = np.unique(draws, return_counts=True)
    sums = DrawSums(dict(zip(found.tolist(), counts.tolist(), strict=True)), 1)
    for start in range(0, len(worlds), 7):
        piece = slice(start, start + 7)
        sums.add(draws[piece], np.zeros(len(draws[piece]), dtype=int), numbers[piece])
    assert sums.means()[0] == pytest.approx(numbers.mean())
    assert sums.errors()[0] == pytest.approx(error_of_mean(numbers, draws), nan_ok=True, abs=1e-7)


def test_without_worlds_there_is_no_mean_and_no_error() -> None:
    sums = DrawSums({}, 2)
    assert np.isnan(sums.means()).all()
    assert np.isnan(sums.errors()).all()


def test_a_state_that_acts_twice_in_a_world_counts_from_its_first_act(
    case: Case, recorded: Situation, tmp_path: Path
) -> None:
    rows = [
        *act(0, 3, "ESP", "diplomatic"),
        *act(0, 5, "ESP", "trade", "travel"),
        *act(2, 5, "ESP", "diplomatic", fall=(3, 0)),
        *act(3, 4, "MEX", "diplomatic"),
    ]
    results = written(case, tmp_path / "a", worlds=5, acts=rows, failed=[4])
    simulated = fates(results, BASE, recorded)
    states = simulated.states.set_index("iso3")
    index = list(simulated.states["iso3"]).index("ESP")
    assert simulated.worlds == 4
    assert list(simulated.acted[index, 2:7]) == [0.0, 0.25, 0.25, 0.5, 0.5]
    assert simulated.days[3] == dt.date(2016, 2, 1)
    assert states.loc["ESP", "chance"] == 0.5
    assert states.loc["ESP", "chance_error"] == pytest.approx(math.sqrt(0.25 / 3))
    assert states.loc["MEX", "chance"] == 0.25
    assert states.loc["CUB", "chance"] == 0.0
    fell = states.loc["ESP", "levels_start"] - states.loc["ESP", "levels_left"]
    assert fell == pytest.approx((3 + 3) / 4)
    assert states.loc["ESP", "levels_start"] == sum(recorded.population.start[index])


def test_recorded_acts_are_counted_by_weeks(case: Case, recorded: Situation, tmp_path: Path) -> None:
    simulated = fates(written(case, tmp_path / "a", worlds=1), BASE, recorded)
    assert simulated.states["acts_on_record"].sum() == len(recorded.record.acts)
    assert simulated.states["chance"].sum() == 0.0
    weekly = simulated.weekly()
    assert len(weekly) == len(recorded.population.iso3) * recorded.timeline.weeks
    assert set(weekly["worlds"]) == {1}


def test_the_fate_of_a_state_does_not_depend_on_the_parts(
    case: Case, recorded: Situation, tmp_path: Path
) -> None:
    plan = planned(case, [BASE], worlds=20)
    one, other = laid_out(plan, tmp_path / "a", width=3), laid_out(plan, tmp_path / "b", width=20)
    first, second = fates(one, BASE, recorded), fates(other, BASE, recorded)
    pd.testing.assert_frame_equal(first.states, second.states)
    assert (first.acted == second.acted).all()
    acts = one.acts[one.acts["lead"].notna()]
    naive = acts.drop_duplicates(["world", "iso3"])["iso3"].value_counts() / 20
    assert first.states.set_index("iso3")["chance"].to_dict() == {
        iso3: naive.get(iso3, 0.0) for iso3 in recorded.population.iso3
    }


def listed(situation: Situation) -> NDArray[np.int_]:
    """The starting levels, at 0 for ties that no table lists: these count as no tie that is left."""
    population = situation.population
    assert (population.unlisted == 1).any()
    return np.where(population.unlisted == 0, population.start, 0)


def test_ties_left_are_shares_of_those_alive_in_january_2016(
    case: Case, recorded: Situation, tmp_path: Path
) -> None:
    began = int((listed(recorded)[:, TIES.index("military")] > 0).sum())
    rows = []
    for week in range(recorded.timeline.weeks):
        for tie in TIES:
            rows += tally(week, f"ties_{tie}", {began: 3, began - 2: 1} if tie == "military" else {10: 4})
    results = written(case, tmp_path / "a", worlds=4, tallies=rows)
    table = ties_table(results, {BASE: recorded}, UNTIL)
    end = at_the_end(table).loc[("military", BASE)]
    assert end["p05"] == pytest.approx(100 * (began - 2) / began)
    assert end["median"] == 100.0
    assert end["worlds"] == 4
    assert end["date"] == pd.Timestamp("2018-01-01")


def test_the_records_ties_start_whole_and_end_as_its_acts_left_them(
    case: Case, recorded: Situation, tmp_path: Path
) -> None:
    rows = [row for tie in TIES for row in tally(0, f"ties_{tie}", {1: 1})]
    table = ties_table(written(case, tmp_path / "a", worlds=1, tallies=rows), {BASE: recorded}, UNTIL)
    own = table[table["scenario"] == RECORD]
    assert (own.groupby("measure")["median"].first() == 100.0).all()
    assert own["p05"].isna().all()
    began = listed(recorded)
    levels = {tie: began[:, index].astype(int).copy() for index, tie in enumerate(TIES)}
    rows_of = {iso3: row for row, iso3 in enumerate(recorded.population.iso3)}
    moves = [
        (act.week, act.iso3, cut.tie, cut.level_after) for act in recorded.record.acts for cut in act.cuts
    ]
    moves += [(rise.week, rise.iso3, rise.tie, rise.level_after) for rise in recorded.record.rises]
    for _, iso3, tie, after in sorted(move for move in moves if move[0] < 103):
        if not recorded.population.unlisted[rows_of[iso3], tie]:
            levels[TIES[tie]][rows_of[iso3]] = after
    for tie, end in own.groupby("measure")["median"].last().items():
        start = began[:, TIES.index(tie)]
        assert end == pytest.approx(100 * (levels[tie] > 0).sum() / (start > 0).sum())
    assert own["date"].max() == pd.Timestamp("2017-12-25")


def test_trade_is_in_per_cent_of_all_trade_of_2016(case: Case, recorded: Situation, tmp_path: Path) -> None:
    population = recorded.population
    sold = int(population.exports.sum()) + sum(patron.exports for patron in population.patrons)
    bought = int(population.imports.sum()) + sum(patron.imports for patron in population.patrons)
    rows = [*tally(0, "trade_kusd", {1_000_000: 1}), *tally(0, "exports_kusd", {500_000: 1})]
    table = at_the_end(trade_table(written(case, tmp_path / "a", worlds=1, tallies=rows), {BASE: recorded}))
    assert table.loc[("trade", BASE), "median"] == pytest.approx(100 * 1_000_000 / (sold + bought))
    assert table.loc[("exports", BASE), "median"] == pytest.approx(100 * 500_000 / sold)


def test_trade_left_at_the_end_is_that_of_the_worlds(case: Case, tmp_path: Path) -> None:
    results = laid_out(planned(case, worlds=8), tmp_path / "a", width=5)
    situations = results.situations(case)
    end = at_the_end(trade_table(results, situations))
    worlds = results.worlds.groupby("scenario", observed=True)["trade_left"]
    for name, lowest in (100 * worlds.min()).items():
        assert end.loc[("trade", name), "p05"] == pytest.approx(lowest, abs=0.05)


def test_what_was_counted_stands_in_per_cent_of_its_reporters_2016_over_its_months(
    case: Case, recorded: Situation
) -> None:
    table = customs_table(case.evidence, {BASE: recorded})
    assert table["date"].max() == pd.Timestamp("2018-01-01")  # nothing of 2018 within the weeks to 2017's end
    of_year = table[table["since"] == "2017-01-01"].set_index(["measure", "scenario", "date"])["median"]
    assert of_year[("trade", "KOTRA", "2018-01-01")] == pytest.approx(100 * 5550 / 6550)
    assert of_year[("exports", "KOTRA", "2018-01-01")] == pytest.approx(100 * (1 - 0.372))
    december = table[table["since"] == "2017-12-01"]
    assert december["median"].item() == pytest.approx(100 * 12 * 54.34 / (1720 / 0.67))


def test_a_figure_of_customs_is_inside_where_it_lies_in_the_band_averaged_over_its_months(
    case: Case, recorded: Situation
) -> None:
    counted = customs_table(case.evidence, {BASE: recorded})
    days = pd.date_range("2016-01-11", "2018-01-01", freq="7D")
    levels = {"p05": 60.0, "p25": 61.0, "median": 65.0, "p75": 70.0, "p95": 80.0}
    table = pd.concat(
        [
            pd.DataFrame({"measure": measure, "scenario": BASE, "date": days, **levels, "worlds": 9})
            for measure in ("trade", "exports")
        ]
    )
    table.loc[(table["date"] > "2017-12-05") & (table["measure"] == "exports"), ["p05", "p95"]] = 10.0, 30.0
    found = checked(counted, table)
    december = found[found["since"] == "2017-12-01"].iloc[0]
    # the week that ends with Sunday, 3 December, has three of its days
    assert december["band_low"] == pytest.approx(60 * (3 / 31) + 10 * (28 / 31))
    assert december["band_high"] == pytest.approx(80 * (3 / 31) + 30 * (28 / 31))
    within = (found["band_low"] <= found["median"]) & (found["median"] <= found["band_high"])
    assert (found["inside"] == np.where(within, "yes", "no")).all()
    assert {"yes", "no"} == set(found["inside"])
    said = " ".join(verdict(found))
    assert f"{int(within.sum())} of {len(found)} observed figures" in said
    assert all(f"{row.number} {row.scenario.partition(':')[0]}" in said for row in found.itertuples())


def test_a_figure_whose_months_are_not_all_simulated_is_not_checked(case: Case, recorded: Situation) -> None:
    counted = customs_table(case.evidence, {BASE: recorded})
    days = pd.date_range("2017-06-05", "2018-01-01", freq="7D")
    table = pd.DataFrame({"measure": "exports", "scenario": BASE, "date": days, "p05": 1.0, "p95": 99.0})
    found = checked(counted, table)
    assert found.loc[found["inside"] != "", "since"].tolist() == [pd.Timestamp("2017-12-01")]


def test_concentration_is_of_the_worlds_whose_weeks_were_kept(case: Case, tmp_path: Path) -> None:
    results = laid_out(planned(case, worlds=6, keep=Keep(weeks=4, attributions=0)), tmp_path / "a")
    table = concentration_table(results, results.situations(case))
    assert set(table["worlds"]) == {4}
    weeks = results.table("weeks", ["week", "hhi"], TWO[1])
    last = weeks[weeks["week"] == weeks["week"].max()]["hhi"]
    end = at_the_end(table).loc[("hhi", TWO[1])]
    assert [end["p05"], end["p95"]] == [last.min(), last.max()]


def test_concentration_is_empty_where_no_weeks_were_kept(case: Case, tmp_path: Path) -> None:
    results = laid_out(planned(case, worlds=2, keep=Keep(weeks=0, attributions=0)), tmp_path / "a")
    assert concentration_table(results, results.situations(case)).empty


def test_attributions_are_means_over_the_acts_of_a_month(case: Case, tmp_path: Path) -> None:
    january = [
        *act(0, 0, "ESP", "diplomatic", "trade", shares={"shock": 0.5, "baseline": 0.5}),
        *act(0, 3, "MEX", "diplomatic", shares={"shock": 0.25, "baseline": 0.75}),
        *act(1, 0, "MEX", "diplomatic", shares={"shock": 1.2, "engagement": -0.2}),
    ]
    february = act(1, 5, "PER", "diplomatic", shares={"request": 1.0})
    without_shares = act(3, 5, "PER", "diplomatic")
    rows = [*january, *february, *without_shares]
    results = written(
        case, tmp_path / "a", worlds=5, acts=rows, failed=[2], keep=Keep(weeks=0, attributions=3)
    )
    table = attribution_table(results, BASE).set_index(["month", "group"])
    january_shock = table.loc[(pd.Timestamp("2016-01-01"), "shock")]
    assert january_shock["share"] == pytest.approx((0.5 + 0.25 + 1.2) / 3)
    assert january_shock["acts"] == 3
    assert january_shock["worlds"] == 2
    assert january_shock["acts_per_world"] == pytest.approx((0.5 + 0.25 + 1.2) / 2)
    assert table.loc[(pd.Timestamp("2016-02-01"), "request"), "acts"] == 1
    assert table.groupby("month")["share"].sum().to_list() == pytest.approx([1.0, 1.0])


def test_without_attributions_the_table_of_attributions_is_empty(case: Case, tmp_path: Path) -> None:
    results = written(case, tmp_path / "a", worlds=1, acts=act(0, 0, "ESP", "trade"), keep=Keep(0, 0))
    assert attribution_table(results, BASE).empty


def test_every_tallied_tie_has_a_curve(results_of_two: Results, case: Case) -> None:
    table = ties_table(results_of_two, results_of_two.situations(case), UNTIL)
    tallied = {name.removeprefix("ties_") for name in TALLIED if name.startswith("ties_")}
    assert set(table["measure"]) == tallied
    assert set(table["scenario"]) == {*TWO, RECORD}


@pytest.fixture(scope="module")
def results_of_two(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Results:
    return laid_out(planned(case, worlds=3), tmp_path_factory.mktemp("tables") / "a")
