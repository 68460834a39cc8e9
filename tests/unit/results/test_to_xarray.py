"""Results as xarray data sets: every cell is that of the table, with its unit."""

from __future__ import annotations

import sys

import numpy as np
import pytest

import maxpressure as mp
from maxpressure.experiments.schema import TABLES, meaning_of

xarray = pytest.importorskip("xarray")
PAIR = ("with-contagion", "no-campaign")
WORLDS = 3


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> mp.Results:
    out = tmp_path_factory.mktemp("arrays") / "pair"
    return mp.run(PAIR, worlds=WORLDS, out=out, progress=False)


def test_each_cell_of_weeks_is_that_of_the_table(results: mp.Results) -> None:
    found = results.to_xarray()
    assert found.acts_total.dims == ("scenario", "world", "week")
    assert tuple(found.scenario.values) == PAIR  # in the order of the run
    rows = results.weeks.set_index(["scenario", "world", "week"])
    for scenario, world, week in (("no-campaign", 2, 60), ("with-contagion", 0, 103)):
        cell = found.sel(scenario=scenario, world=world, week=week)
        row = rows.loc[(scenario, world, week)]
        for name in found.data_vars:
            assert cell[name].item() == row[name]
        assert (cell.draw.item(), cell.date.values) == (row["draw"], np.datetime64(row["date"]))
    assert found.acts.dtype == np.int64
    assert found.trade_kusd.attrs == {
        "long_name": "trade, including patrons' backfill",
        "units": "thousand USD a year",
    }


def test_worlds_have_no_weeks_and_a_blank_is_nan(results: mp.Results) -> None:
    found = results.to_xarray("acts", "week_of_act_30", table="worlds")
    assert found.acts.dims == ("scenario", "world")
    assert list(found.data_vars) == ["acts", "week_of_act_30"]
    table = results.worlds.set_index(["scenario", "world"])["week_of_act_30"]
    blank = table.isna().to_numpy().reshape(2, WORLDS)
    assert (np.isnan(found.week_of_act_30.values) == blank).all()
    assert blank.any()


def test_it_is_what_a_netcdf_file_can_hold(results: mp.Results) -> None:
    found = results.to_xarray("acts_total")
    assert all(isinstance(value, str | int) for value in found.attrs.values())
    assert found.mean("world").acts_total.sel(scenario="no-campaign").shape == found.week.shape


@pytest.mark.parametrize(
    ("columns", "table", "key"),
    [
        ((), "acts", "table"),
        (("act_total",), "weeks", "a column of weeks"),
        (("status",), "worlds", "a column of worlds"),
    ],
)
def test_what_is_no_array_is_refused(
    results: mp.Results, columns: tuple[str, ...], table: str, key: str
) -> None:
    with pytest.raises(mp.InputError) as refused:
        results.to_xarray(*columns, table=table)
    assert refused.value.key == key


def test_without_xarray_it_is_said_which_extra_brings_it(
    results: mp.Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "xarray", None)
    with pytest.raises(mp.InputError, match=r"pip install 'maxpressure\[bayes\]'"):
        results.to_xarray()


def test_every_column_of_a_result_table_has_a_meaning() -> None:
    for table, schema in TABLES.items():
        for column in schema.names:
            meaning, unit = meaning_of(table, column)
            assert meaning
            assert unit
