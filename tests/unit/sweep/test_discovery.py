"""Scenario discovery on points among which a box was planted."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

from maxpressure.base.errors import InputError
from maxpressure.sweep import analysis
from maxpressure.sweep.analysis import Found, Quality, discover, inside

NAMES = ["a", "b", "c", "d", "dummy"]


def spread(count: int = 1000, seed: int = 1) -> pd.DataFrame:
    return pd.DataFrame(np.random.default_rng(seed).random((count, len(NAMES))), columns=NAMES)


@pytest.fixture(scope="module", autouse=True)
def _few_halves() -> Iterator[None]:
    """Fewer halves of the training points than in use: each is a search for a box."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(analysis, "BOX_RESAMPLES", 8)
        yield


@pytest.fixture
def no_halves(monkeypatch: pytest.MonkeyPatch) -> None:
    """One half, where nothing is said of how steady a box is."""
    monkeypatch.setattr(analysis, "BOX_RESAMPLES", 1)


@pytest.fixture(scope="module")
def planted() -> tuple[pd.DataFrame, np.ndarray, Found]:
    points = spread()
    wanted = ((points["a"] < 0.4) & (points["c"] > 0.5)).to_numpy()
    return points, wanted, discover(points, wanted, seed=1)


Planted = tuple[pd.DataFrame, np.ndarray, Found]


def test_a_planted_box_is_found_with_its_inputs_and_its_ends(planted: Planted) -> None:
    _, _, found = planted
    assert set(found.limits) == {"a", "c"}
    assert found.limits["a"] == (-np.inf, pytest.approx(0.4, abs=0.03))
    assert found.limits["c"] == (pytest.approx(0.5, abs=0.03), np.inf)
    assert found.held_out.coverage > 0.9
    assert found.held_out.density > 0.9


def test_the_box_is_judged_on_points_that_it_was_not_found_on(planted: Planted) -> None:
    points, wanted, found = planted
    assert found.training.points == 600
    assert found.held_out.points == 400
    held = found.holds(points)
    for of in ("wanted", "inside", "hits"):
        total = {"wanted": wanted, "inside": held, "hits": held & wanted}[of].sum()
        assert getattr(found.training, of) + getattr(found.held_out, of) == total


@pytest.mark.usefixtures("no_halves")
def test_what_is_wanted_among_held_out_points_alone_changes_no_box_but_its_judgement(
    planted: Planted,
) -> None:
    points, wanted, found = planted
    order = np.random.default_rng(1).permutation(len(points))
    held_out = order[round(analysis.TRAINING * len(points)) :]
    turned = wanted.copy()
    turned[held_out] = ~turned[held_out]
    again = discover(points, turned, seed=1)
    assert again.limits == found.limits
    assert again.training == found.training
    assert again.held_out.hits == found.held_out.inside - found.held_out.hits


def test_the_inputs_of_a_planted_box_are_steady_and_the_others_are_not(planted: Planted) -> None:
    _, _, found = planted
    assert found.stability["a"] == found.stability["c"] == 1.0
    assert max(found.stability[name] for name in ("b", "d", "dummy")) < 0.2


@pytest.mark.usefixtures("no_halves")
def test_where_chance_alone_decides_the_held_out_density_is_that_of_all_points() -> None:
    points = spread()
    wanted = np.random.default_rng(7).random(len(points)) < 0.3
    found = discover(points, wanted, seed=1)
    low, high = found.held_out.interval("density")
    assert low <= 0.3 <= high


@pytest.mark.usefixtures("no_halves")
def test_whole_numbers_are_marked_off_between_two_of_them() -> None:
    points = spread()
    points["weeks"] = np.random.default_rng(2).integers(0, 3, len(points))
    found = discover(points, (points["weeks"] == 1).to_numpy(), seed=1)
    assert set(found.limits) == {"weeks"}
    assert (found.holds(points) == (points["weeks"] == 1).to_numpy()).all()


def test_the_same_seed_finds_the_same_box(planted: Planted) -> None:
    points, wanted, found = planted
    assert discover(points, wanted, seed=1) == found


def test_ends_belong_to_the_box() -> None:
    points = pd.DataFrame({"a": [0.1, 0.2, 0.3, 0.4]})
    assert inside(points, {"a": (0.2, 0.3)}).tolist() == [False, True, True, False]


def test_coverage_density_and_their_intervals_by_hand() -> None:
    quality = Quality(points=100, wanted=20, inside=10, hits=8)
    assert (quality.coverage, quality.density) == (0.4, 0.8)
    assert quality.score == pytest.approx(2 * 0.4 * 0.8 / (0.4 + 0.8))
    assert quality.interval("density") == pytest.approx((0.4902, 0.9433), abs=1e-4)  # Wilson: 8 of 10


@pytest.mark.parametrize(
    "marked", [lambda points: np.zeros(len(points), bool), lambda points: np.arange(len(points)) > 5]
)
def test_no_box_is_looked_for_where_hardly_any_point_is_on_one_side(
    marked: Callable[[pd.DataFrame], np.ndarray],
) -> None:
    points = spread(100)
    with pytest.raises(InputError, match="at least 20 that are"):
        discover(points, marked(points), seed=1)


def test_without_the_workbench_the_refusal_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def missing(name: str, *rest: Any, **more: Any) -> Any:
        if name.startswith("ema_workbench"):
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", missing)
    points = spread(100)
    with pytest.raises(
        InputError, match=r"ema_workbench, which is not installed.*pip install 'maxpressure\[explore\]'"
    ):
        discover(points, (points["a"] < 0.5).to_numpy(), seed=1)
