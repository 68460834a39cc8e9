"""Weekly bands and quantiles: one rule, the same numbers from tallies as from every world's weeks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maxpressure.base.errors import InputError
from maxpressure.engine.chunks import Keep
from maxpressure.experiments.schema import TABLES, TALLIED
from maxpressure.experiments.tallies import added_up
from maxpressure.model.case import Case
from maxpressure.results.quantiles import LEVELS, quantiles
from maxpressure.results.results import Results
from part_folders import SEED, TWO, laid_out, planned
from pilot import PILOT

COLUMNS = list(LEVELS)


@pytest.fixture(scope="module")
def results(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Two scenarios in 30 worlds each, in parts of 7."""
    return laid_out(planned(case, worlds=30), tmp_path_factory.mktemp("bands") / "a", width=7)


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=60), st.integers(1, 100))
def test_a_quantile_is_the_smallest_number_that_enough_do_not_exceed(
    numbers: list[int], percent: int
) -> None:
    enough = [x for x in numbers if 100 * sum(1 for other in numbers if other <= x) >= percent * len(numbers)]
    assert quantiles(np.array(numbers), [percent])[0] == min(enough)


def test_quantiles_of_even_and_odd_numbers_of_worlds() -> None:
    assert list(quantiles(np.arange(1, 21))) == [1, 5, 10, 15, 19]
    assert list(quantiles(np.array([3, 1, 2]))) == [1, 1, 2, 3, 3]


@pytest.mark.parametrize("outcome", [name for name in TALLIED if not name.endswith("_kusd")])
def test_bands_of_counts_are_those_of_all_worlds_weeks(results: Results, outcome: str) -> None:
    bands = results.bands(outcome).set_index(["scenario", "week"])
    weeks = results.table("weeks", ["scenario", "week", "date", outcome])
    for place, rows in weeks.groupby(["scenario", "week"], observed=True):
        band = bands.loc[place]
        assert list(band[COLUMNS]) == list(quantiles(rows[outcome].to_numpy()))
        assert band["mean"] == pytest.approx(rows[outcome].mean())
        assert band["worlds"] == 30
        assert band["date"] == rows["date"].iloc[0]


@pytest.mark.parametrize("outcome", ["trade_kusd", "exports_kusd"])
def test_bands_of_money_are_exact_to_a_million_usd(results: Results, outcome: str) -> None:
    bands = results.bands(outcome).set_index(["scenario", "week"])
    weeks = results.table("weeks", ["scenario", "week", outcome])
    for place, rows in weeks.groupby(["scenario", "week"], observed=True):
        exact = quantiles(rows[outcome].to_numpy())
        assert list(bands.loc[place, COLUMNS]) == list(exact // 1000 * 1000)
        assert 0 <= rows[outcome].mean() - bands.loc[place, "mean"] < 1000


def test_the_error_and_interval_of_a_week_are_those_of_its_worlds(results: Results) -> None:
    last = results.bands("embassies").set_index(["scenario", "week"]).loc[("no-campaign", 103)]
    described = results.describe().set_index(["scenario", "outcome"]).loc[("no-campaign", "embassies")]
    for name in ("mean", "mcse", "ci_low", "ci_high", "p05", "median", "p95"):
        assert last[name] == pytest.approx(described[name])


def test_an_error_of_bands_is_blank_where_worlds_share_a_draw_or_are_alone(
    case: Case, tmp_path: Path
) -> None:
    two = [PILOT.values, PILOT.values._replace(beta_shock=0.4)]
    apart = laid_out(planned(case, TWO[:1], worlds=2, draws=two), tmp_path / "apart").bands()
    shared = laid_out(planned(case, TWO[:1], worlds=4, draws=two), tmp_path / "shared").bands()
    alone = laid_out(planned(case, TWO[:1], worlds=1), tmp_path / "alone").bands()
    assert apart["mcse"].notna().all()
    for bands in (shared, alone):
        assert bands["mean"].notna().all()
        assert bands[["mcse", "ci_low", "ci_high"]].isna().all(axis=None)


def test_bands_have_a_row_for_each_scenario_and_week_in_their_order(results: Results) -> None:
    bands = results.bands()
    means = ["mean", "mcse", "ci_low", "ci_high"]
    assert list(bands.columns) == ["scenario", "week", "date", *means, *COLUMNS, "worlds"]
    assert [tuple(place) for place in bands[["scenario", "week"]].to_numpy()] == [
        (name, week) for name in TWO for week in range(104)
    ]
    assert tuple(bands["scenario"].cat.categories) == TWO
    assert bands["date"].iloc[0] == pd.Timestamp("2016-01-04")


def test_bands_need_no_weekly_rows_and_do_not_depend_on_the_parts(
    results: Results, case: Case, tmp_path: Path
) -> None:
    bare = laid_out(planned(case, worlds=30, keep=Keep(weeks=0, attributions=0)), tmp_path / "bare", width=11)
    assert bare.weeks.empty
    for outcome in TALLIED:
        assert bare.bands(outcome).equals(results.bands(outcome))


def test_bands_cover_more_worlds_than_weekly_rows(results: Results, case: Case, tmp_path: Path) -> None:
    some = laid_out(planned(case, worlds=30, keep=Keep(weeks=10, attributions=0)), tmp_path / "some")
    assert some.weeks["world"].max() == 9
    assert (some.bands()["worlds"] == 30).all()
    assert some.bands().equals(results.bands())


def test_an_outcome_that_is_not_tallied_is_refused_with_the_nearest(results: Results) -> None:
    with pytest.raises(InputError) as refusal:
        results.bands("embasies")
    assert refusal.value.nearest == "embassies"


def test_tallies_have_one_row_for_each_place_whatever_the_parts(
    results: Results, case: Case, tmp_path: Path
) -> None:
    tallies = results.table("tallies")
    assert not tallies.duplicated(["scenario", "week", "outcome", "value"]).any()
    assert tuple(tallies["outcome"].cat.categories) == TALLIED
    assert tallies.equals(tallies.sort_values(["scenario", "week", "outcome", "value"], ignore_index=True))
    assert laid_out(planned(case, worlds=30), tmp_path / "b", width=30).table("tallies").equals(tallies)


def test_tallies_of_many_pieces_add_up_as_those_of_few(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(SEED)
    pieces = []
    for _ in range(20):
        names = pa.array(random.choice(["b", "a"], 50).tolist()).dictionary_encode()
        rows = [names, random.integers(0, 3, 50), pa.array(["embassies"] * 50), random.integers(0, 5, 50)]
        columns = [*rows, random.integers(1, 9, 50)]
        kinds = [field.type for field in TABLES["tallies"]]
        arrays = [pa.array(one).cast(kind) for one, kind in zip(columns, kinds, strict=True)]
        pieces.append(pa.table(arrays, schema=TABLES["tallies"]))
    at_once = added_up(pieces, ("b", "a"))
    monkeypatch.setattr("maxpressure.experiments.tallies.HELD", 60)
    assert added_up(pieces, ("b", "a")).to_pylist() == at_once.to_pylist()
    assert sum(at_once["worlds"].to_pylist()) == sum(sum(piece["worlds"].to_pylist()) for piece in pieces)
    assert at_once["scenario"][0].as_py() == "b"
