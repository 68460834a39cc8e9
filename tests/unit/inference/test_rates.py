"""Rivals that are rates by kind of tie: worked by hand, in simulated worlds, and laid beside each other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from maxpressure.base.ties import TIE_INDEX, TIES
from maxpressure.inference.compared import Prediction, compare
from maxpressure.inference.forecast import scores_of
from maxpressure.inference.moves import Seen
from maxpressure.inference.rates import RATES, Fit, Past, forecast_at, hawkes, past_of, simulate_at, thawing
from maxpressure.model.timeline import Timeline
from worlds import Row, situation

near = pytest.approx
TRADE, TRAVEL = TIE_INDEX["trade"], TIE_INDEX["travel"]


def line(weeks: int, *tests: int, states: int = 2) -> Timeline:
    """Weekly inputs of a few quiet states, with tests in some weeks."""
    rows = [Row(iso3=iso3) for iso3 in ("AAA", "BBB", "CCC")[:states]]
    return situation(rows, weeks=weeks, shock=[float(week in tests) for week in range(weeks)]).timeline


def chances(fit: Fit, seen: Seen, first: int, *tests: int) -> np.ndarray:
    """The first state's chances in each week of the span, (W, 6)."""
    pace, past = fit(seen, first, line(len(seen.levels), *tests)), past_of(seen)
    weeks = range(first, len(seen.levels))
    return np.array([np.broadcast_to(pace(week, past.before(week)), (2, 6))[0] for week in weeks])


def history(fell: Sequence[Sequence[int]]) -> Seen:
    """Two states with trade and travel; in each week so many of the four ties fall, all standing on."""
    levels = np.zeros((len(fell), 2, len(TIES)), dtype=np.int64)
    levels[:, :, [TRADE, TRAVEL]] = 3
    marks = np.zeros(levels.shape, dtype=bool)
    for week, (trade, travel) in enumerate(fell):
        marks[week, :trade, TRADE] = True
        marks[week, :travel, TRAVEL] = True
    return Seen(levels, marks, np.zeros(levels.shape[1:], dtype=bool))


def test_rivals_that_know_no_cause_worked_by_hand() -> None:
    before = [(0, 0)] * 6 + [(1, 0)] * 3 + [(0, 1)]
    seen = history([*before, (2, 0), (0, 0)])
    constant, recent, trend = (
        chances(RATES[name], seen, 10) for name in ("constant by tie", "last 8 weeks by tie", "linear trend")
    )
    assert constant.shape == recent.shape == trend.shape == (2, 6)
    assert constant[:, TRADE] == near([3.5 / 21] * 2)
    assert constant[:, TRAVEL] == near([1.5 / 21] * 2)
    assert constant[0, TIE_INDEX["labour"]] == near(0.5)  # nothing known: as likely as not
    assert recent[:, TRADE] == near([3.5 / 17, 5.5 / 17])  # the span's own cuts count once they are past
    slope, level = np.polyfit(range(10), [0.0] * 6 + [1.0] * 4, 1)
    line = 3.5 / 21 * (level + slope * np.array([10, 11])) / 0.4
    assert trend[:, TRADE] == near([line[0], 0.5])  # and no further
    assert line[1] > 0.5


def test_a_trend_that_points_below_nought_keeps_half_a_drop_in_all() -> None:
    seen = history([(2, 2)] * 3 + [(0, 0)] * 9)
    rates = chances(RATES["linear trend"], seen, 10)
    assert rates[0, TRADE] == near(6.5 / 21 * (0.5 / 10) / 1.2)
    flat = history([(0, 0)] * 9)
    assert (chances(RATES["linear trend"], flat, 8) == chances(RATES["constant by tie"], flat, 8)).all()


def test_a_rate_makes_a_forecast_of_ties_that_stand_and_states_that_have_them() -> None:
    seen = history([(0, 0), (1, 0)])
    seen.levels[:, 1, TRAVEL] = 0
    forecast = forecast_at(lambda _week, _past: np.full((2, 6), 0.1), seen, 0)
    assert forecast.ties[seen.standing] == near(0.1)
    assert (forecast.ties[~seen.standing] == 0.0).all()
    assert forecast.states == near([1 - 0.9**4, 1 - 0.9**2])
    found = scores_of("a rate", forecast, seen)
    assert found.log_score == near(math.log(0.1) + 5 * math.log(0.9))
    assert found.joint == near(found.log_score)


def test_an_unlisted_tie_has_the_rate_of_its_own_kind() -> None:
    seen = history([(2, 0)] + [(0, 0)] * 10)
    seen.unlisted[1, TRADE] = True
    rate = RATES["constant by tie"](seen, 10, line(11))(10, past_of(seen))
    assert rate[0, TRADE] == rate[1, TRADE] == near(1.5 / 11)  # one cut each in ten weeks
    seen.fell[0, 0, TRADE] = False
    rate = RATES["constant by tie"](seen, 10, line(11))(10, past_of(seen))
    assert (rate[0, TRADE], rate[1, TRADE]) == (near(0.5 / 11), near(1.5 / 11))


def test_a_self_exciting_rate_rises_after_acts_and_fades() -> None:
    bursts = [(2, 2) if week % 20 in (5, 6, 7) else (0, 0) for week in range(60)]
    seen = history([*bursts, (2, 2), *[(0, 0)] * 6])
    rates = chances(hawkes, seen, 60)[:, TRADE]
    assert rates[1] > 2.0 * rates[0]
    assert (np.diff(rates[1:]) < 0.0).all()
    assert (rates > 0.0).all()


def test_tests_and_requests_raise_the_hawkes_rivals_rate() -> None:
    hit = [(2, 2) if week in (10, 30, 50) else (0, 0) for week in range(64)]
    quiet, shaken = (chances(hawkes, history(hit), 60, 10, 30, 50, *last)[:, TRADE] for last in ((), (61,)))
    assert shaken[0] == near(quiet[0])
    assert (shaken[1:] > quiet[1:]).all()


def test_a_thaw_lowers_a_rivals_chance_by_the_assumed_coefficient() -> None:
    seen = history([(1, 0)] * 12)
    warm = replace(line(12), thaw=np.array([0.0] * 11 + [0.5]))
    flat, thawed = RATES["constant by tie"], thawing(RATES["constant by tie"], 1.2)
    ratio = thawed(seen, 10, warm)(11, past_of(seen)) / flat(seen, 10, warm)(11, past_of(seen))
    assert ratio == near(math.exp(-0.6))


def test_a_rivals_worlds_fall_as_often_as_its_chance_and_lose_a_level_at_a_time() -> None:
    seen = history([(0, 0)] * 6)
    seen.levels[:, :, TRAVEL] = 0
    seen.levels[:, 1, TRADE] = 1
    counts = simulate_at(lambda _week, _past: np.full((2, 6), 0.2), seen, 2, 20_000, 7)
    assert counts.shape == (20_000, 4)
    chance = 0.2 + 0.2 * 0.8 ** np.arange(4)  # three levels last; the one of BBB is gone once it fell
    expected = [0.4, *(chance[1:])]
    assert counts.mean(axis=0)[:3] == near(expected[:3], abs=0.012)
    assert counts.sum(axis=1).max() <= 4
    sure = simulate_at(lambda _week, _past: np.ones((2, 6)), seen, 2, 3, 7)
    assert (sure == [2, 1, 1, 0]).all()


def test_a_rivals_worlds_see_their_own_past() -> None:
    def after_a_cut(_week: int, past: Past) -> np.ndarray:
        quiet = past.fell.sum(axis=(-3, -2, -1)) == 0.0
        return np.where(quiet, 0.1, 0.0)[..., np.newaxis, np.newaxis] + np.zeros((2, 6))

    counts = simulate_at(after_a_cut, history([(0, 0)] * 12), 2, 500, 7)
    weeks = (counts > 0).sum(axis=1)
    assert set(weeks.tolist()) == {0, 1}


def test_bass_never_expects_more_cuts_than_ties_were_at_risk() -> None:
    for burst in ([(0, 0), (1, 0), (2, 2), (2, 2)], [(2, 2)] * 4, [(0, 0)] * 3 + [(2, 2)]):
        seen = history([*burst, *[(2, 2)] * 40])
        assert forecast_at(RATES["Bass"](seen, 4, line(44)), seen, 4).ties.sum() <= 4.0
        simulated = simulate_at(RATES["Bass"](seen, 4, line(44)), seen, 4, 50, 1)
        assert (simulated.sum(axis=1) <= 12).all()


def test_gains_are_differences_and_totals_are_those_of_the_worlds() -> None:
    seen = history([(0, 0)] * 6 + [(1, 0), (2, 0), (0, 0)])
    one, other = (
        Prediction(forecast_at(pace, seen, 6), simulate_at(pace, seen, 6, 400, 3))
        for pace in (lambda _week, _past: np.full((2, 6), 0.2), lambda _week, _past: np.full((2, 6), 0.05))
    )
    span = Seen(seen.levels[6:], seen.fell[6:], seen.unlisted)
    found = compare({"one": one, "other": other}, span)
    gains, totals = found.gains["other"], found.totals
    scores = {score.name: score for score in found.scores}
    assert gains.joint.value == near(scores["one"].joint - scores["other"].joint)
    assert gains.ties == gains.listed
    assert gains.total.value == near(totals["other"].crps - totals["one"].crps)
    assert gains.week.value == near(totals["other"].crps_week - totals["one"].crps_week)
    by_hand = np.abs(one.counts.sum(axis=1) - 3).mean()
    by_hand -= np.abs(np.subtract.outer(*[one.counts.sum(axis=1)] * 2)).mean() / 2.0
    assert totals["one"].crps == near(by_hand)
    for gain in gains:
        assert gain.low <= gain.value <= gain.high
    assert [row["forecast"] for row in found.rows()] == ["one", "other"]
    assert math.isnan(found.rows()[0]["joint_gain"])
