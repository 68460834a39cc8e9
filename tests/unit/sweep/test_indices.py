"""Designs and indices on functions whose answers are known."""

from __future__ import annotations

import builtins
import math
import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest
from SALib.analyze import morris

from maxpressure.base.errors import InputError
from maxpressure.sweep import design
from maxpressure.sweep.analysis import floor_of, morris_indices, sobol_indices
from maxpressure.sweep.files import Input

ISHIGAMI = ["x1", "x2", "x3", "dummy"]
A, B = 7.0, 0.1


def ishigami(places: np.ndarray) -> np.ndarray:
    """Ishigami's function of three inputs from −π to π; the fourth does nothing."""
    one, two, three = (math.pi * (2 * places[:, column] - 1) for column in range(3))
    return np.sin(one) + A * np.sin(two) ** 2 + B * three**4 * np.sin(one)


def twice(numbers: np.ndarray) -> np.ndarray:
    """Two worlds at each point, one apart on either side: (points, 1 outcome, 2 worlds)."""
    return np.stack([numbers - 1.0, numbers + 1.0], axis=1)[:, np.newaxis, :]


def of_mean(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["statistic"] == "mean"].set_index("input")


def test_sobol_finds_the_known_shares_of_ishigamis_function() -> None:
    places = design.pairs(ISHIGAMI, 1024, 1)
    found = of_mean(sobol_indices(ISHIGAMI, twice(ishigami(places)), ["y"], 1))
    first = 0.5 * (1 + B * math.pi**4 / 5) ** 2
    second, third = A**2 / 8, B**2 * math.pi**8 * (1 / 18 - 1 / 50)
    whole = first + second + third
    assert found["S1"][["x1", "x2", "x3"]].to_numpy() == pytest.approx(
        np.array([first, second, 0.0]) / whole, abs=0.04
    )
    assert found["ST"][["x1", "x2", "x3"]].to_numpy() == pytest.approx(
        np.array([first + third, second, third]) / whole, abs=0.04
    )


def test_the_dummy_that_does_nothing_has_no_share_and_the_others_stand_out() -> None:
    places = design.pairs(ISHIGAMI, 512, 1)
    found = of_mean(sobol_indices(ISHIGAMI, twice(ishigami(places)), ["y"], 1))
    assert found["ST"]["dummy"] == pytest.approx(0.0, abs=1e-12)
    assert found["seen"][["x1", "x2", "x3"]].all()
    assert not found["seen"]["dummy"]


def test_a_dummy_that_is_noise_hides_an_input_weaker_than_it() -> None:
    names = ["strong", "weak", "dummy"]
    places = design.pairs(names, 512, 1)
    numbers = places @ np.array([10.0, 0.3, 3.0])
    found = of_mean(sobol_indices(names, twice(numbers), ["y"], 1))
    assert found["seen"].to_dict() == {"strong": True, "dummy": False, "weak": False}
    assert floor_of(found.reset_index(), "ST") >= found["ST"]["dummy"] > found["ST"]["weak"]


def test_morris_gives_the_slopes_of_a_linear_function_exactly() -> None:
    names = ["up", "down", "dummy"]
    places = design.paths(names, 10, 1)
    numbers = places @ np.array([3.0, -2.0, 0.0])
    found = of_mean(morris_indices(names, places, twice(numbers), ["y"], 1))
    assert found["mu"].to_dict() == pytest.approx({"up": 3.0, "down": -2.0, "dummy": 0.0}, abs=1e-9)
    assert found["mu_star"].to_dict() == pytest.approx({"up": 3.0, "down": 2.0, "dummy": 0.0}, abs=1e-9)
    assert found["sigma"].to_numpy() == pytest.approx(0.0, abs=1e-9)


def test_morris_measures_whole_numbers_by_the_steps_that_they_make() -> None:
    names = ["switch", "three_valued", "even", "dummy"]
    inputs = [
        Input(name=name, role="lever", label=name, low=0, high=high, whole=whole)
        for name, high, whole in zip(names, (1, 2, 3, 1), (True, True, False, False), strict=True)
    ]
    places = design.paths(names, 20, 1)
    each = [list(zip(inputs, row, strict=True)) for row in places]
    reached = np.array([[one.reached(at) for one, at in row] for row in each])
    values = np.array([[one.value(at) for one, at in row] for row in each])
    numbers = values @ np.array([10.0, 5.0, 1.0, 0.0])
    found = of_mean(morris_indices(names, reached, twice(numbers), ["y"], 1))
    whole = {"switch": 10.0, "three_valued": 10.0, "even": 3.0, "dummy": 0.0}
    assert found["mu_star"].to_dict() == pytest.approx(whole, abs=1e-9)
    assert found["sigma"].to_numpy() == pytest.approx(0.0, abs=1e-9)


def test_morris_agrees_with_salib_where_every_step_is_two_thirds() -> None:
    places = design.paths(ISHIGAMI, 200, 1)
    numbers = ishigami(places)
    found = of_mean(morris_indices(ISHIGAMI, places, twice(numbers), ["y"], 1)).loc[ISHIGAMI]
    salib = morris.analyze(
        design.problem(ISHIGAMI), places, numbers, num_resamples=1000, num_levels=4, seed=1
    )
    for column in ("mu", "mu_star", "sigma"):
        assert found[column].to_numpy() == pytest.approx(np.asarray(salib[column]), abs=1e-9)
    halves = np.asarray(salib["mu_star_conf"], dtype=float)
    assert found["mu_star_conf"].to_numpy() == pytest.approx(halves, rel=0.1, abs=1e-9)


def test_the_sum_of_first_shares_has_the_error_that_it_shows_over_many_designs() -> None:
    names = ["one", "other", "third", "dummy"]
    sums, halves = [], []
    for seed in range(60):
        places = np.random.default_rng(seed).random((128, 8))  # plain sampling, as the resampling supposes
        crossed = np.repeat(places[:, np.newaxis, :4], 6, axis=1)
        for column in range(4):
            crossed[:, column + 1, column] = places[:, 4 + column]
        crossed[:, 5] = places[:, 4:]
        numbers = crossed.reshape(-1, 4) @ np.array([3.0, 2.0, 1.0, 1.0])
        found = sobol_indices(names, twice(numbers), ["y"], seed)
        sums.append(float(found["S1_sum"].iloc[0]))
        halves.append(float(found["S1_sum_conf"].iloc[0]))
    assert np.mean(sums) == pytest.approx(14 / 15, abs=0.03)
    assert np.mean(halves) / 1.96 == pytest.approx(np.std(sums, ddof=1), rel=0.3)


def test_morris_shows_by_sigma_that_two_inputs_work_together() -> None:
    names = ["one", "other", "alone", "dummy"]
    places = design.paths(names, 30, 1)
    numbers = 4 * places[:, 0] * places[:, 1] + 2 * places[:, 2]
    found = of_mean(morris_indices(names, places, twice(numbers), ["y"], 1))
    assert found["sigma"]["one"] > 0.5
    assert found["sigma"]["alone"] == pytest.approx(0.0, abs=1e-9)


def test_the_spread_of_the_worlds_of_a_point_is_ranked_by_itself() -> None:
    names = ["mean", "spread", "dummy"]
    places = design.paths(names, 10, 1)
    middle, wide = places[:, 0], 1.0 + places[:, 1]
    simulated = np.stack([middle - wide, middle + wide], axis=1)[:, np.newaxis, :]
    table = morris_indices(names, places, simulated, ["y"], 1)
    spread = table[table["statistic"] == "sd"].set_index("input")
    assert spread["mu"].to_dict() == pytest.approx(
        {"mean": 0.0, "spread": math.sqrt(2.0), "dummy": 0.0}, abs=1e-9
    )


def test_an_outcome_that_never_varies_has_blanks_and_nothing_stands_out() -> None:
    places = design.pairs(ISHIGAMI, 4, 1)
    table = sobol_indices(ISHIGAMI, twice(np.zeros(len(places))), ["y"], 1)
    assert table["ST"].isna().all()
    assert not table["seen"].any()


def test_designs_lie_between_0_and_1_have_their_sizes_and_follow_from_the_seed() -> None:
    names = ["a", "b", "c"]
    for made, rows in (
        (lambda seed: design.paths(names, 5, seed), 5 * 4),
        (lambda seed: design.pairs(names, 8, seed), 8 * 5),
        (lambda seed: design.hypercube(3, 7, seed), 7),
    ):
        places = made(1)
        assert places.shape == (rows, 3)
        assert places.min() >= 0.0
        assert places.max() <= 1.0
        assert (places == made(1)).all()
        assert (places != made(2)).any()


def test_a_latin_hypercube_has_a_point_in_every_slice_of_every_axis() -> None:
    places = design.hypercube(4, 50, 1)
    assert (np.sort((places * 50).astype(int), axis=0) == np.arange(50)[:, np.newaxis]).all()


@pytest.mark.parametrize("points", [0, 1, 3, 100])
def test_sobol_refuses_samples_that_are_no_power_of_2(points: int) -> None:
    with pytest.raises(InputError, match="a power of 2"):
        design.pairs(ISHIGAMI, points, 1)


@pytest.mark.parametrize("way", [lambda: design.paths(["a"], 3, 1), lambda: design.pairs(["a"], 4, 1)])
def test_without_salib_the_refusal_says_what_to_install(monkeypatch: pytest.MonkeyPatch, way: Any) -> None:
    for name in [name for name in sys.modules if name.startswith("SALib")]:
        monkeypatch.delitem(sys.modules, name)
    real = builtins.__import__

    def missing(name: str, *rest: Any, **more: Any) -> Any:
        if name.startswith("SALib"):
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(
        InputError, match=r"SALib, which is not installed.*pip install 'maxpressure\[explore\]'"
    ):
        way()
