"""The spread over worlds in two parts: what parameters do, and what chance does."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from batches import short
from maxpressure.api import run
from maxpressure.base.errors import InputError
from maxpressure.base.paths import folder
from maxpressure.evidence.posterior import POSTERIOR, choose, read_draws
from maxpressure.model.case import Case
from maxpressure.results.results import Results, load
from maxpressure.results.statistics import split
from maxpressure.scenario import Scenario
from part_folders import laid_out, planned


def test_the_parts_are_those_reckoned_by_hand() -> None:
    found = split(np.array([1.0, 3.0, 6.0, 8.0]), np.array([0, 0, 1, 1]))
    assert found.chance == 2.0  # (1 + 1 + 1 + 1) / (4 − 2)
    assert found.parameters == (25.0 - 2.0) / 2  # the mean square between is 2·(2.5² + 2.5²) / 1
    assert found.share == 11.5 / 13.5
    assert math.isnan(found.parameters_error)


def test_the_ratio_of_mean_squares_is_that_of_an_analysis_of_variance_whatever_the_sizes() -> None:
    random = np.random.default_rng(2)
    draws = np.repeat(np.arange(5), [2, 7, 3, 4, 4])
    numbers = random.normal(size=5)[draws] + random.normal(size=20)
    found = split(numbers, draws)
    f = stats.f_oneway(*(numbers[draws == draw] for draw in range(5))).statistic
    size = (20 - (4 + 49 + 9 + 16 + 16) / 20) / 4
    assert found.parameters == pytest.approx((f - 1) * found.chance / size)


def test_the_order_of_worlds_does_not_matter() -> None:
    random = np.random.default_rng(6)
    draws, numbers = np.arange(40) % 8, random.normal(size=40)
    order = random.permutation(40)
    assert split(numbers[order], draws[order]) == pytest.approx(split(numbers, draws))


def test_the_parts_come_out_true_on_average_and_their_errors_say_how_far_they_scatter() -> None:
    random = np.random.default_rng(8)
    draws = np.arange(200) % 20
    found = np.array(
        [split(2 * random.normal(size=20)[draws] + random.normal(size=200) * 3, draws) for _ in range(1500)]
    )
    parameters, parameters_error, chance, chance_error, share, share_error = found.T
    assert parameters.mean() == pytest.approx(4.0, rel=0.03)
    assert chance.mean() == pytest.approx(9.0, rel=0.02)
    for estimate, error in ((parameters, parameters_error), (chance, chance_error), (share, share_error)):
        assert np.sqrt(np.mean(error**2)) == pytest.approx(estimate.std(), rel=0.12)


def test_where_draws_do_not_matter_their_variance_is_about_nothing() -> None:
    random = np.random.default_rng(9)
    found = np.array([split(random.normal(size=100), np.arange(100) % 10) for _ in range(500)])
    assert abs(found[:, 0].mean()) < 0.01
    assert (found[:, 0] < 0).any()  # without bias, hence at times below nothing


def test_numbers_that_do_not_vary_have_no_share() -> None:
    found = split(np.full(6, 8.66), np.arange(6) % 3)
    assert (found.parameters, found.chance) == (0.0, 0.0)
    assert math.isnan(found.share)


# ---- of a folder


def two() -> list[Scenario]:
    return [short(), short("quiet", secondary_sanctions=0.0, campaign={"scale": 0.2})]


@pytest.fixture(scope="module")
def nested(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Six draws of the posterior, four worlds of each."""
    return run(
        two(), worlds=24, draws=6, out=tmp_path_factory.mktemp("nested") / "a", case=case, progress=False
    )


def test_each_draw_is_simulated_in_as_many_worlds(nested: Results) -> None:
    assert nested.manifest.draws == 6
    assert (nested.worlds.groupby(["scenario", "draw"], observed=True).size() == 4).all()
    assert (nested.worlds["draw"] == nested.worlds["world"] % 6).all()


def test_draws_are_spaced_equally_over_the_posterior() -> None:
    """Of the file's own order, which lists imputation by imputation; worlds then take them in another."""
    listed, some = read_draws(folder("calibration") / POSTERIOR)[0], choose("posterior", 50)
    assert sorted(some.draws) == sorted(listed[::40])
    assert some.parameters.source.startswith("50, equally spaced, of 2000 draws")
    assert choose("posterior", len(listed)) == choose("posterior")


@pytest.mark.parametrize(("source", "count"), [("posterior", 2001), ("posterior", 0), ("map", 2)])
def test_more_draws_than_there_are_are_refused(source: str, count: int) -> None:
    with pytest.raises(InputError, match="the draws that there are"):
        choose(source, count)


def test_the_difference_and_both_scenarios_are_split(nested: Results) -> None:
    row = nested.compare("acts", split=True).iloc[0]
    worlds = nested.worlds.pivot_table(index="world", columns="scenario", values="acts", observed=True)
    numbers = worlds.astype(float)
    draws = numbers.index.to_numpy() % 6
    parts = {
        "difference": numbers["quiet"] - numbers["short"],
        "scenario": numbers["quiet"],
        "against": numbers["short"],
    }
    for part, column in parts.items():
        expected = split(column.to_numpy(), draws)
        assert [row[f"{part}_{name}"] for name in expected._fields] == pytest.approx(list(expected))


def test_a_split_leaves_all_other_numbers_as_they_are(nested: Results) -> None:
    plain, apart = nested.compare(), nested.compare(split=True)
    assert apart[plain.columns].equals(plain)


def test_one_world_a_draw_is_refused_with_the_command_that_makes_a_split_possible(
    case: Case, tmp_path: Path
) -> None:
    single = laid_out(planned(case, two(), worlds=5, draws=choose("posterior", 5).draws), tmp_path / "a")
    with pytest.raises(InputError) as refusal:
        single.compare(split=True)
    said = str(refusal.value)
    assert "several worlds of each draw" in said
    assert "draws=50" in said
    assert f"{tmp_path / 'a'}-50x20" in said


def test_worlds_of_one_draw_are_refused(case: Case, tmp_path: Path) -> None:
    laid_out(planned(case, two(), worlds=5), tmp_path / "a")
    with pytest.raises(InputError, match="needs several draws"):
        load(tmp_path / "a").compare(split=True)
