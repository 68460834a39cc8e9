"""Forecasts one week ahead and their scores: worked by hand, and against simulated worlds."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import integrate, stats

from maxpressure.base.ties import TIE_INDEX
from maxpressure.engine.engines import Ensemble
from maxpressure.engine.record import ACT as ACT_SIMULATED
from maxpressure.engine.replay import ACT, RISE
from maxpressure.evidence.parameters import Parameters
from maxpressure.inference.forecast import (
    Forecast,
    auc,
    brier,
    forecast_of,
    log_score,
    over_states,
    paired,
    score,
    scores_of,
)
from maxpressure.inference.moves import moves_simulated, see
from maxpressure.model import rules
from maxpressure.model.case import Situation
from worlds import OFF, Row, on, per_tie, plain, situation

near = pytest.approx
TRADE, TRAVEL = TIE_INDEX["trade"], TIE_INDEX["travel"]
RARE = 1e-4
"""With the seeds fixed a test below this chance never comes up green or red by accident."""

PAIR = [
    Row(iso3="AAA", levels=on(trade=2), watches={"BBB": 1.0}),
    Row(iso3="BBB", levels=on(trade=2, travel=1), watches={"AAA": 1.0}),
]


def rows(*rows: tuple[int, int, int, int, int]) -> np.ndarray:
    """Moves: week, place, tie, level after, kind."""
    return np.array(rows, dtype=np.int64).reshape(len(rows), 5)


def ahead(
    given: Situation, p: Parameters, moves: np.ndarray, first: int, until: int, *more: Parameters
) -> Forecast:
    return forecast_of([p, *more], given, moves, first, until)


# ---- the probability of a tie


def test_a_tie_falls_as_the_lead_or_as_a_companion() -> None:
    one, other = math.log(0.03), math.log(0.01)
    chance = rules.tie_chance(0.2, one, 0.04, 0.1)
    assert chance == near(0.2 * (0.75 + 0.25 * 0.1))
    assert rules.tie_chance(0.2, other, 0.04, 0.0) == near(0.2 * 0.25)
    assert rules.tie_chance(0.2, one, 0.03, 0.1) == near(0.2)  # the only tie left
    assert rules.tie_chance(0.2, OFF, 0.04, 0.1) == 0.0


BUSY = [
    Row(iso3="AAA", mission=1.0, leverage=1.0, watches={"BBB": 0.6, "CCC": 0.4}),
    Row(iso3="BBB", levels=on(diplomatic=2, trade=3, labour=1), affinity=-0.5, watches={"AAA": 1.0}),
    Row(iso3="CCC", levels=on(trade=2, military=3), leverage=-1.0, watches={"AAA": 0.5, "BBB": 0.5}),
]
FRAIL = plain(
    alpha=(-3.0, -2.5, -3.5, -2.7, -3.1, -3.5), psi=per_tie(0.3), chi=0.15, beta_mission=0.5, sigma=0.8,
    beta_affinity=-0.4, beta_shock=0.8, beta_mandate=1.2, beta_request=1.2, beta_peer=0.15, beta_own=0.5,
    kappa=0.4, tau_shock=4.0, tau_peer=3.0,
)  # fmt: skip


def busy(weeks: int) -> Situation:
    return situation(
        BUSY,
        weeks=weeks,
        shock=[1.0, *[0.0] * (weeks - 1)],
        request={"AAA": 0.7},
        forbidden={"trade": 0.6, "military": 0.5},
    )


def simulated(given: Situation, worlds: int) -> np.ndarray:
    """All that moved in many worlds under FRAIL."""
    chunk = Ensemble(given, [FRAIL]).simulate(0, worlds, seed=5)
    return np.array(chunk.output.changes[: chunk.changes])


def test_ties_fall_in_simulated_worlds_as_often_as_foreseen_whatever_state_is_frail() -> None:
    worlds, given = 20_000, busy(1)
    chance = ahead(given, FRAIL, rows(), 0, 1).ties[0]
    changes, surprises = simulated(given, worlds), []
    for state, row in enumerate(BUSY):
        for tie, level in enumerate(row.levels):
            fell = int(((changes[:, 2] == state) & (changes[:, 4] == tie)).sum())
            assert (fell > 0) == (level > 0)
            if level:
                surprises.append(stats.binomtest(fell, worlds, chance[state, tie]).pvalue)
    assert len(surprises) == 11
    assert min(surprises) > RARE


def test_ties_fall_as_often_as_foreseen_after_whatever_happened_before() -> None:
    """What eight weeks taught about frailty, peers and momentum serves the eight after them."""
    worlds, given, first, until = 400, busy(16), 8, 16
    changes, chance, fell, chosen = simulated(given, worlds), [], [], []
    for world in range(worlds):
        moves = moves_simulated(changes[changes[:, 0] == world], len(BUSY))
        seen = see(given, moves, first, until)
        forecast = ahead(given, FRAIL, moves, first, until)
        chance.append(forecast.ties[seen.standing])
        fell.append(seen.fell[seen.standing])
        chosen.append((forecast.states.sum(), seen.acted.sum()))
    all_chances, all_fell = np.concatenate(chance), np.concatenate(fell)
    assert (changes[:, 3] == ACT_SIMULATED).all()
    for group in np.array_split(np.argsort(all_chances, kind="stable"), 10):
        spread = math.sqrt((all_chances[group] * (1.0 - all_chances[group])).sum())
        assert abs(all_fell[group].sum() - all_chances[group].sum()) < 4.0 * spread


# ---- what is known ahead


def test_without_frailty_a_forecast_is_the_rule_itself() -> None:
    given = situation(PAIR, weeks=6)
    p = plain(alpha=per_tie(trade=math.log(0.03), travel=math.log(0.01)), chi=0.2)
    forecast = ahead(given, p, rows((1, 0, TRADE, 1, ACT)), 2, 5)
    assert forecast.ties[:, 0, TRADE] == near([-math.expm1(-0.03)] * 3)
    acting = -math.expm1(-0.04)
    assert forecast.ties[0, 1] == near([0.0, acting * (0.75 + 0.05), 0.0, 0.0, 0.0, acting * (0.25 + 0.15)])
    assert forecast.states == near([-math.expm1(-0.09), -math.expm1(-0.12)])


def test_quiet_weeks_teach_that_a_state_is_sturdy_and_acts_that_it_is_frail() -> None:
    """Against the integral over frailty, done otherwise."""
    given, sigma, hazard = situation(PAIR, weeks=8), 1.1, 0.2
    p = plain(alpha=per_tie(trade=math.log(hazard)), sigma=sigma)
    forecast = ahead(given, p, rows((3, 1, TRADE, 1, ACT)), 6, 7)

    def over_frailty(quiet: int, acts: int) -> float:
        def weighed(z: float) -> float:
            frail = hazard * math.exp(sigma * z - sigma * sigma / 2.0)
            return math.exp(-quiet * frail) * (-math.expm1(-frail)) ** acts * math.exp(-z * z / 2.0)

        return float(integrate.quad(weighed, -9.0, 9.0, limit=200)[0])

    sturdy, frail = forecast.ties[0, :, TRADE]
    assert sturdy == near(over_frailty(6, 1) / over_frailty(6, 0), rel=1e-6)
    assert frail == near(over_frailty(5, 2) / over_frailty(5, 1), rel=1e-6)
    assert sturdy < over_frailty(0, 1) / over_frailty(0, 0)
    assert sturdy < frail


def test_no_week_knows_itself_or_a_later_one() -> None:
    given = situation(PAIR, weeks=10)
    p = plain(alpha=per_tie(-2.0), beta_peer=0.3, beta_own=0.4, sigma=0.5, tau_peer=3.0)
    before = rows((1, 0, TRADE, 1, ACT))
    after = rows((1, 0, TRADE, 1, ACT), (5, 1, TRADE, 0, ACT), (6, 0, TRADE, 0, ACT))
    one, other = (ahead(given, p, moves, 3, 8).ties for moves in (before, after))
    assert (one[:3] == other[:3]).all()
    assert not np.allclose(one[3:], other[3:])


def test_whether_a_state_acts_in_a_span_knows_what_others_did_and_nothing_of_its_own_doings_there() -> None:
    given = situation(PAIR, weeks=10)
    p = plain(alpha=per_tie(-2.0), beta_peer=0.3, beta_own=0.4, sigma=0.5, tau_peer=3.0)
    own = rows((1, 0, TRADE, 1, ACT), (4, 1, TRADE, 0, ACT))
    nobody, one = (ahead(given, p, moves, 3, 8).states for moves in (own[:1], own))
    assert one[1] == nobody[1]
    assert one[0] > nobody[0]  # it saw the other


def test_draws_count_alike() -> None:
    given = situation(PAIR, weeks=4)
    rare, often = (plain(alpha=per_tie(trade=log)) for log in (-6.0, -2.0))
    both, one, other = (
        ahead(given, *several[:1], rows(), 1, 3, *several[1:])
        for several in ((rare, often), (rare,), (often,))
    )
    assert both.ties == near((one.ties + other.ties) / 2.0)
    assert both.states == near((one.states + other.states) / 2.0)


# ---- scores


def test_the_score_of_a_span_worked_by_hand() -> None:
    """Two states, three weeks: AAA cuts its last trade in week 3, BBB keeps trade and travel."""
    given = situation(PAIR, weeks=6)
    p = plain(alpha=per_tie(trade=math.log(0.03), travel=math.log(0.01)))
    moves = rows((1, 0, TRADE, 1, ACT), (3, 0, TRADE, 0, ACT))
    found = score([p], given, moves, 2, 5)
    alone, acting = -math.expm1(-0.03), -math.expm1(-0.04)
    trade, travel = 0.75 * acting, 0.25 * acting
    by_hand = math.log1p(-alone) + math.log(alone) + 3 * (math.log1p(-trade) + math.log1p(-travel))
    assert (found.cells, found.cuts) == (8, 1)  # no tie is left to AAA in week 4
    assert found.log_score == near(by_hand)
    assert found.log_score_per_cell == near(by_hand / 8)
    assert found.expected == near(2 * alone + 3 * acting)
    assert found.brier.value == near((math.expm1(-0.12) ** 2 + math.exp(-0.09) ** 2) / 2)
    assert found.auc.value == 0.0  # the one that acted was given less


def test_a_span_in_which_nothing_came_has_a_score_and_no_ranking() -> None:
    given = situation(PAIR, weeks=6)
    found = score([plain(alpha=per_tie(trade=math.log(0.03)))], given, rows(), 2, 5)
    assert found.cuts == 0
    assert found.log_score == near(-6 * 0.03)
    assert all(math.isnan(number) for number in found.auc)
    assert found.brier.low <= found.brier.value <= found.brier.high


def test_what_was_held_impossible_and_came_costs_everything() -> None:
    given = situation(PAIR, weeks=6)
    found = score([plain(alpha=per_tie(travel=-3.0))], given, rows((3, 0, TRADE, 1, ACT)), 2, 5)
    assert found.log_score == -math.inf


def test_auc_counts_pairs_and_halves_of_those_that_are_level() -> None:
    given, acted = np.array([0.1, 0.4, 0.4, 0.9]), np.array([False, True, False, True])
    assert auc(given, acted) == near((1 + 0.5 + 2) / 4)
    assert auc(given, ~acted) == near(1 - 3.5 / 4)
    assert math.isnan(auc(given, np.zeros(4, dtype=bool)))
    assert brier(given, acted) == near((0.01 + 0.36 + 0.16 + 0.01) / 4)
    assert log_score(given, acted) == near(math.log(0.9 * 0.4 * 0.6 * 0.9))


def test_a_gain_is_the_difference_of_log_scores_and_its_interval_is_over_states() -> None:
    given = situation(PAIR, weeks=6)
    moves = rows((3, 0, TRADE, 0, ACT))
    seen = see(given, moves, 2, 5)
    one, other = (
        forecast_of([plain(alpha=per_tie(trade=log, travel=log))], given, moves, 2, 5) for log in (-2.0, -4.0)
    )
    gain, low, high = paired(one, other, seen)
    assert gain == near(scores_of("", one, seen).log_score - scores_of("", other, seen).log_score)
    assert paired(other, one, seen).value == near(-gain)
    assert low < gain < high  # AAA twice, or BBB twice
    assert paired(one, one, seen) == (0.0, 0.0, 0.0)


def test_intervals_are_over_states_and_narrow_with_their_number() -> None:
    rng = np.random.default_rng(1)
    few = rng.uniform(size=40)
    acted = rng.uniform(size=40) < few
    found, more = over_states(auc, few, acted), over_states(auc, np.tile(few, 9), np.tile(acted, 9))
    assert found.low < found.value < found.high
    assert more.high - more.low < 0.5 * (found.high - found.low)
    assert over_states(auc, few, acted) == found


def test_what_is_seen_are_levels_before_each_week_and_cuts_but_no_rises() -> None:
    given = situation(PAIR, weeks=6)
    seen = see(given, rows((1, 0, TRADE, 1, ACT), (2, 0, TRADE, 2, RISE), (3, 0, TRADE, 1, ACT)), 2, 5)
    assert seen.levels[:, 0, TRADE].tolist() == [1, 2, 1]
    assert seen.fell[:, 0, TRADE].tolist() == [False, True, False]
    assert seen.acted.tolist() == [True, False]
    assert seen.at_risk.tolist() == [True, True]


def test_the_joint_score_of_a_week_is_that_of_all_its_ties_and_averages_over_draws() -> None:
    """Without frailty: P(AAA's trade falls alone) P(BBB keeps quiet), and the mean of two draws."""
    given = situation(PAIR, weeks=4)
    draws = [plain(alpha=per_tie(trade=log, travel=log - 1.0), chi=0.2) for log in (-2.0, -4.0)]
    moves = rows((2, 1, TRADE, 1, ACT))
    found = ahead(given, draws[0], moves, 2, 4, draws[1])

    def week(hazard: float, *, falls: bool) -> float:
        travel = hazard * math.exp(-1.0)
        alone, both = math.exp(-hazard), -math.expm1(-(hazard + travel))
        package = hazard / (hazard + travel) * 0.8  # trade leads, travel stays
        return alone * (both * package if falls else 1.0 - both)

    hazards = [math.exp(-2.0), math.exp(-4.0)]
    for index, falls in enumerate((True, False)):
        assert found.weeks[index] == near(math.log(sum(week(one, falls=falls) for one in hazards) / 2.0))
