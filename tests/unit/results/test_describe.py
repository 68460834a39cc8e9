"""Results in a few numbers: what is counted, how sure the means are, and the table as text."""

from __future__ import annotations

import datetime as dt
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from maxpressure.base.errors import InputError
from maxpressure.base.text import significant
from maxpressure.experiments.schema import OUTCOMES
from maxpressure.model.case import Case
from maxpressure.results.quantiles import quantiles
from maxpressure.results.results import Results
from maxpressure.results.statistics import KEY_OUTCOMES, error_of_mean
from part_folders import TWO, Fragile, laid_out, planned
from pilot import PILOT


@pytest.fixture(scope="module")
def results(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Two scenarios in 25 worlds each, in parts of 10."""
    return laid_out(planned(case, worlds=25), tmp_path_factory.mktemp("describe") / "a", width=10)


def test_there_is_a_row_for_each_scenario_and_outcome(results: Results) -> None:
    table = results.describe()
    assert list(zip(table["scenario"], table["outcome"], strict=True)) == [
        (name, outcome) for name in TWO for outcome in OUTCOMES
    ]
    assert (table["worlds"] == 25).all()
    assert (table["failed"] == 0).all()


def test_the_numbers_are_those_of_the_worlds(results: Results) -> None:
    row = results.describe().set_index(["scenario", "outcome"]).loc[("no-campaign", "acts")]
    acts = results.table("worlds", ["acts"], "no-campaign")["acts"].to_numpy(dtype=float)
    assert [row["p05"], row["median"], row["p95"]] == list(quantiles(acts, (5, 50, 95)))
    assert row["mean"] == pytest.approx(acts.mean())
    assert row["mcse"] == pytest.approx(acts.std(ddof=1) / 5)


def test_the_median_at_the_end_is_that_of_the_bands(results: Results) -> None:
    table, bands = results.describe(), results.bands("embassies")
    for name in TWO:
        row = table[(table["scenario"] == name) & (table["outcome"] == "embassies")].iloc[0]
        last = bands[bands["scenario"] == name].iloc[-1]
        assert [row["p05"], row["median"], row["p95"]] == [last["p05"], last["median"], last["p95"]]


def test_the_description_does_not_depend_on_the_parts(results: Results, case: Case, tmp_path: Path) -> None:
    other = laid_out(planned(case, worlds=25), tmp_path / "a", width=4)
    assert other.describe().equals(results.describe())
    assert other.text(80).partition("\nIn ")[0] == results.text(80).partition("\nIn ")[0]


def test_a_milestone_never_reached_is_later_than_all_others(case: Case, tmp_path: Path) -> None:
    window = {"start": dt.date(2016, 1, 4), "weeks": 84}
    short = case.scenario("no-campaign").but(name="short", window=window)
    results = laid_out(planned(case, [short], worlds=25), tmp_path / "a", width=10)
    row = results.describe().set_index("outcome").loc["week_of_act_30"]
    weeks = results.table("worlds", ["week_of_act_30"], "short")["week_of_act_30"]
    reached = weeks.dropna().to_numpy(dtype=float)
    assert 0 < row["blank"] == weeks.isna().sum() < 13
    assert row["mean"] == pytest.approx(reached.mean())
    assert row["median"] == sorted(reached)[12]
    assert math.isnan(row["p95"])


def test_failed_worlds_are_counted_and_in_no_number(case: Case, tmp_path: Path) -> None:
    window = {"start": dt.date(2016, 1, 4), "weeks": 6}
    short = case.scenario("max-pressure-2017").but(name="short", window=window)
    half = laid_out(planned(case, [short], worlds=6, state_class=Fragile), tmp_path / "a")
    row = half.describe().set_index("outcome").loc["cuts"]
    fine = half.worlds.query("status == 'fine'")["cuts"].to_numpy(dtype=float)
    assert (row["worlds"], row["failed"], row["blank"]) == (6, 3, 0)
    assert row["mean"] == pytest.approx(fine.mean())
    assert "3 worlds that failed" in half.text(80)


def test_the_error_of_a_mean_of_independent_worlds_is_the_usual_one() -> None:
    numbers = np.array([1.0, 2.0, 4.0, 7.0])
    for draws in ([0, 0, 0, 0], [0, 1, 2, 3]):
        assert error_of_mean(numbers, np.array(draws)) == pytest.approx(numbers.std(ddof=1) / 2)


def test_worlds_of_one_draw_that_are_all_alike_count_as_one() -> None:
    few, draws = np.array([1.0, 5.0, 6.0]), np.arange(3)
    many = error_of_mean(np.repeat(few, 1000), np.repeat(draws, 1000))
    assert many == pytest.approx(error_of_mean(few, draws))


def test_the_error_says_how_far_means_of_drawn_worlds_scatter() -> None:
    random = np.random.default_rng(5)
    draws = np.arange(60) % 12
    means, errors = [], []
    for _ in range(2000):
        numbers = random.normal(size=12)[draws] + 0.5 * random.normal(size=60)
        means.append(numbers.mean())
        errors.append(error_of_mean(numbers, draws))
    assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(np.std(means), rel=0.06)


@pytest.mark.parametrize("numbers", [[], [3.0]])
def test_fewer_than_two_worlds_have_no_error(numbers: list[float]) -> None:
    assert math.isnan(error_of_mean(np.array(numbers), np.zeros(len(numbers), dtype=int)))


def test_draws_are_what_counts_where_there_are_several(case: Case, tmp_path: Path) -> None:
    draws = [PILOT.values._replace(beta_shock=shock) for shock in (0.2, 0.8, 1.4)]
    results = laid_out(planned(case, TWO[:1], worlds=12, draws=draws), tmp_path / "a")
    row = results.describe().set_index("outcome").loc["acts"]
    of_draw = results.worlds.astype({"acts": float}).groupby("draw")["acts"].mean()
    assert row["mcse"] == pytest.approx(of_draw.std(ddof=1) / math.sqrt(3))


@pytest.mark.parametrize(
    ("number", "shown"),
    [(48.0, "48"), (0.40494, "0.4049"), (1234.5, "1,234"), (-362.46, "-362.5"), (0.0, "0")],
)
def test_numbers_are_shown_to_four_digits(number: float, shown: str) -> None:
    assert significant(number) == shown


def test_no_number_is_a_dash() -> None:
    assert significant(math.nan) == "—"


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_text_keeps_to_the_width_and_shows_the_mean(results: Results, width: int) -> None:
    lines = results.text(width).splitlines()
    acts = next(line for line in lines if line.startswith("no-campaign") and "acts" in line)
    mean = results.table("worlds", ["acts"], "no-campaign")["acts"].mean()
    assert float(acts.split("acts of breaking off")[1].split()[0]) == pytest.approx(mean, abs=0.05)
    assert [line for line in lines if len(line) > width and " " in line.strip()] == []


def test_the_text_has_the_folder_and_the_seed(results: Results) -> None:
    written = results.text(200)
    assert str(results.folder) in written
    assert "seed 11" in written


def test_an_unfinished_batch_is_marked(case: Case, tmp_path: Path) -> None:
    results = laid_out(planned(case, worlds=6), tmp_path / "a", width=2, last=4)
    assert "8 of 12 worlds are finished" in results.text(200)


def test_results_are_shown_and_saved_by_their_key_outcomes(results: Results, tmp_path: Path) -> None:
    every = results.describe().astype({"outcome": str})
    table = results.tables["outcomes"].astype({"outcome": str})
    planned = every[every["outcome"].isin(KEY_OUTCOMES)].reset_index(drop=True)
    columns = ["scenario", "worlds", "failed", "blank", "mean", "mcse", "p05", "median", "p95"]
    both = [
        one.sort_values(["scenario", "outcome"])[columns].reset_index(drop=True) for one in (table, planned)
    ]
    pd.testing.assert_frame_equal(*both)
    text = results.text(100)
    assert all(len(line) <= 100 for line in text.splitlines())
    assert all(name in text for name in results.manifest.names)
    assert sorted(path.name for path in results.save(tmp_path / "a").iterdir()) == [
        "outcomes.csv",
        "result.md",
    ]
    with pytest.raises(InputError):
        results.save(tmp_path / "a")
