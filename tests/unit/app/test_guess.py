"""A guess of the wave is read as numbers, and scored by CRPS as the worlds are."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maxpressure.app.guess import Seen, crps, days_of, in_words, read_guess, scored, spread_of
from maxpressure.app.levers import UNMOVED, Setting, setting_of_link
from maxpressure.app.many_worlds import record_of, simulate
from maxpressure.base.errors import InputError
from maxpressure.model.case import Case
from pilot import PILOT

DAYS = (dt.date(2017, 1, 2), dt.date(2017, 7, 3), dt.date(2018, 1, 1))


def fields(*numbers: tuple[object, object, object]) -> dict[str, str]:
    marks = ("low", "middle", "high")
    return {
        f"{mark}-{place}": str(number)
        for place, row in enumerate(numbers)
        for mark, number in zip(marks, row, strict=True)
    }


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


@pytest.mark.parametrize(
    "written",
    [
        fields((1, 2, 3), (4, 5, 6)),
        fields((1, 2, 3), (4, 5, 6), (9, 8, 7)),
        fields((1, 2, 3), (4, 5, 6), (7, 8, "many")),
        fields((1, 2, 3), (4, 5, 6), (7, 8, "1e3")),
        fields((1, 2, 3), (4, 5, 6), (7, 8, 501)),
        fields((1, 2, 3), (4, 5, 6), (7, 8, -9)),
        fields((1, 20, 30), (4, 5, 6), (7, 8, 9)),
    ],
)
def test_what_is_no_guess_is_refused_with_what_is_allowed(written: dict[str, str]) -> None:
    with pytest.raises(InputError) as refusal:
        read_guess(DAYS, written)
    assert refusal.value.allowed


def test_a_guess_of_the_record_is_scored_against_the_record(case: Case) -> None:
    lot = simulate(case, (PILOT.values,), UNMOVED, 40)
    days, record = days_of(lot), record_of(case, {"A": lot})
    assert days == DAYS
    came = [dict(zip(record.days, record.counts, strict=True))[day] for day in days]
    exact = read_guess(days, fields(*((count, count, count) for count in came)))
    score = scored(case, lot, exact)
    assert (score.guess, score.against) == (0.0, "the record")
    assert score.model > 0.0
    assert "better than the model" in in_words(score)


def test_a_guess_of_what_did_not_happen_is_scored_against_the_worlds(case: Case) -> None:
    lot = simulate(case, (PILOT.values,), setting_of_link(case, "scenario=no-campaign"), 40)
    medians = np.median(lot.counted[:, [51, 77, 103]], axis=0).astype(int)
    near = scored(case, lot, read_guess(DAYS, fields(*((m, m, m) for m in medians.tolist()))))
    far = scored(case, lot, read_guess(DAYS, fields(*((m + 40,) * 3 for m in medians.tolist()))))
    assert near.against == "each of 40 worlds in turn"
    assert near.model <= near.guess < far.guess


@pytest.mark.parametrize("link", ["campaign=1", "contagion=off", "thaw=0&requests=1", "test=as+recorded"])
def test_the_record_is_scored_alike_however_it_is_written(case: Case, link: str) -> None:
    setting = setting_of_link(case, link)
    guess = read_guess(DAYS, fields((5, 10, 20), (15, 20, 30), (30, 50, 60)))
    plain, written = (
        scored(case, simulate(case, (PILOT.values,), one, 20), guess) for one in (UNMOVED, setting)
    )
    assert setting != UNMOVED
    assert plain.against == "the record"
    assert written == plain


def test_a_guess_after_the_worlds_were_seen_says_so(case: Case) -> None:
    seen, without = Seen(), Setting(base="no-campaign")
    assert seen.before(case, UNMOVED) == seen.before(case, without) == ""
    seen.show(case, [without])
    assert seen.before(case, without) == "the worlds were seen"
    assert seen.before(case, UNMOVED) == "the record was seen"  # the picture of any setting draws it
    assert seen.before(case, setting_of_link(case, "mandates=0")) == ""
    seen.show(case, [setting_of_link(case, "campaign=1")])  # the record, otherwise written
    assert seen.before(case, UNMOVED) == "the worlds were seen"


def test_a_score_after_the_worlds_were_seen_says_so(case: Case) -> None:
    lot = simulate(case, (PILOT.values,), UNMOVED, 20)
    score = scored(case, lot, read_guess(DAYS, fields((5, 10, 20), (15, 20, 30), (30, 50, 60))))
    assert in_words(score).endswith("fitted to the record.")
    assert in_words(score, "the worlds were seen").endswith("It was locked after the worlds were seen.")
