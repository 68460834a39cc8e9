"""A guess is read as numbers and scored by CRPS, as the worlds and the rival forecasts are."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maxpressure.app.figures.basis import Basis, load_basis
from maxpressure.app.figures.levers import setting_of_link
from maxpressure.app.figures.lots import Lot, simulate
from maxpressure.app.figures.scores import days, guess, paired_range, read_guess, spread_of
from maxpressure.app.figures.shelf import course, shelf
from maxpressure.base.errors import InputError
from maxpressure.model.case import Case
from maxpressure.results.quantiles import crps

DAYS = (dt.date(2017, 1, 2), dt.date(2017, 7, 3), dt.date(2018, 1, 1))
KEY = Path(__file__).parents[3] / "docs" / "course" / "solutions.md"


def fields(*numbers: tuple[object, object, object]) -> dict[str, str]:
    marks = ("low", "middle", "high")
    return {
        f"{mark}-{place}": str(number)
        for place, row in enumerate(numbers)
        for mark, number in zip(marks, row, strict=True)
    }


@pytest.fixture(scope="module")
def autumn() -> Lot:
    """The question of exercise 2, with the parameters that ship."""
    basis = load_basis()
    return simulate(basis, setting_of_link(basis.case, "scenario=from-august"))


# ---- the score


def test_a_sure_guess_scores_its_distance() -> None:
    assert crps(np.array([7.0, 7.0, 7.0]), 12.0) == pytest.approx(5.0)
    assert crps(np.array([7.0]), 7.0) == 0.0


def test_two_values_score_as_by_the_integral() -> None:
    # F steps to 1/2 at 0 and to 1 at 2: ∫(F − 1{x ≥ 1})² = 1·(1/2)² + 1·(1/2)²
    assert crps(np.array([0.0, 2.0]), 1.0) == pytest.approx(0.5)


@given(values=st.lists(st.integers(0, 90), min_size=1, max_size=12), came=st.integers(0, 90))
def test_the_score_is_the_integral_of_the_squared_distance(values: list[int], came: int) -> None:
    grid = np.arange(0, 91)
    share = np.array([np.mean(np.array(values) <= x) for x in grid])
    integral = float((((share - (grid >= came)) ** 2)[:-1]).sum())
    assert crps(np.array(values, dtype=float), came) == pytest.approx(integral, abs=1e-9)


def test_a_guess_has_its_middle_in_the_middle() -> None:
    values = spread_of((10, 20, 60))
    assert values.min() >= 10
    assert values.max() <= 60
    assert (values < 20).mean() == pytest.approx(0.5, abs=0.02)


# ---- what is no guess


@pytest.mark.parametrize(
    "written",
    [
        fields((1, 2, 3), (4, 5, 6)),
        fields((1, 2, 3), (4, 5, 6), (9, 8, 7)),
        fields((1, 2, 3), (4, 5, 6), (1, 4, 7)),
        fields((1, 2, 3), (4, 5, 6), (1, 6, 501)),
        fields((1, 2, 3), (4, 5, 6), (-1, 6, 7)),
        fields((1, 2, 3), (4, 5, 6), ("1e1", 6, 7)),
        fields((1, 2, 3), (4, 5, 6), ("", 6, 7)),
        fields((1, 2, 3), (4, 5, 6), ("６", 6, 7)),
    ],
)
def test_what_is_no_guess_is_refused(written: dict[str, str]) -> None:
    with pytest.raises(InputError):
        read_guess(DAYS, written)


def test_a_guess_may_not_fall() -> None:
    with pytest.raises(InputError, match="at least 5, the middle before"):
        read_guess(DAYS, fields((1, 2, 3), (4, 5, 6), (1, 4, 7)))


# ---- of the wave


def test_two_years_are_asked_for_on_three_days_and_a_short_window_on_its_last(
    both: tuple[Lot, Lot], autumn: Lot
) -> None:
    assert days(both[0].situation)["days"] == ["2017-01-02", "2017-07-03", "2018-01-01"]
    assert days(autumn.situation)["days"] == ["2018-01-01"]


def test_the_record_is_scored_against_what_came_and_another_policy_against_its_worlds(
    both: tuple[Lot, Lot],
) -> None:
    first, second = both
    written = fields((0, 2, 5), (5, 9, 15), (25, 40, 60))
    ours, theirs = guess(first, written), guess(second, written)
    assert ours["against"] == "the record"
    assert theirs["against"] == "each of 40 worlds in turn"
    assert "were fitted to the record" in ours["sentence"]
    worlds = second.counted[:, -1].astype(float)
    last = np.mean([crps(worlds, one) for one in worlds])
    assert (
        guess(second, fields(*[(int(w), int(w), int(w)) for w in (3, 8, 20)]))["model"] == theirs["model"] > 0
    )
    assert last > 0


def test_the_question_of_exercise_two_is_scored_as_in_the_key(autumn: Lot) -> None:
    found = guess(autumn, fields((5, 12, 30)))
    key = {}
    for name, *numbers in re.findall(r"^\| (.+?) \|" + 5 * r" ([\d.]+) \|", KEY.read_text(), re.MULTILINE):
        key[name] = tuple(float(number) for number in numbers)
    assert found["score"] == pytest.approx(key["a guess of 5, 12 and 30"][-1], abs=0.005)
    assert len(found["rivals"]) == 4
    for one in found["rivals"]:
        shown = (one["n"], *(round(one[name] + 1e-9, 2) for name in ("median", "p05", "p95", "score")))
        assert shown == pytest.approx(key[one["name"]], abs=0.0051)


def test_the_record_from_its_first_day_has_no_rivals(both: tuple[Lot, Lot]) -> None:
    assert guess(both[0], fields((0, 2, 5), (5, 9, 15), (25, 40, 60)))["rivals"] == []


# ---- of a difference


def test_a_range_is_scored_against_every_pair(both: tuple[Lot, Lot]) -> None:
    first, second = both
    apart = second.ends["acts"] - first.ends["acts"]
    found = paired_range(first, second, {**fields((-30, -20, -10)), "worlds": "1"})
    assert found["score"] == pytest.approx(np.mean([crps(spread_of((-30, -20, -10)), one) for one in apart]))
    assert found["inside"] == pytest.approx(np.mean((apart >= -30) & (apart <= -10)))
    assert found["more"] == pytest.approx(np.mean(apart > 0))
    assert f"{40} pairs of worlds lie from −30 to −10" in found["sentence"]


@pytest.mark.parametrize(
    "change",
    [
        {"worlds": "11"},
        {"worlds": "-1"},
        {"worlds": ""},
        {"low-0": "0"},
        {"high-0": "9999"},
        {"middle-0": "x"},
    ],
)
def test_what_is_no_range_is_refused(both: tuple[Lot, Lot], change: dict[str, str]) -> None:
    with pytest.raises(InputError):
        paired_range(*both, {**fields((-5, -2, 4)), "worlds": "3", **change})


# ---- the shelf


def test_the_course_is_on_the_shelf_of_the_case_that_ships_and_of_no_other(case: Case, basis: Basis) -> None:
    assert set(course()) <= set(shelf(case))
    assert set(case.scenarios) <= set(shelf(basis.case))
    assert not set(course()) & set(case.scenarios)
    with pytest.raises(InputError, match="scenario"):
        setting_of_link(case, "scenario=course/from-august")
