"""Over many worlds, acts are as frequent as the hazards imply, by week, tie, companions and depth."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from scipy import stats

from maxpressure.base.ties import TIE_INDEX
from maxpressure.evidence.parameters import Parameters
from maxpressure.model.case import Situation
from maxpressure.model.world import World
from worlds import Row, acts, forget, on, per_tie, plain, simulated, situation

WORLDS = 1500
WEEKS = 16
RARE = 1e-4
"""With the seeds fixed a test below this chance never comes up green or red by accident."""

ROWS = [
    Row(iso3="AAA", mission=1.0, leverage=1.0, watches={"BBB": 0.6, "CCC": 0.4}),
    Row(iso3="BBB", levels=on(diplomatic=2, trade=3, labour=1), affinity=-0.5, watches={"AAA": 1.0}),
    Row(iso3="CCC", levels=on(trade=2, military=3), leverage=-1.0, watches={"AAA": 0.5, "BBB": 0.5}),
]
INPUTS = {
    "weeks": WEEKS,
    "shock": [0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.6, *[0.0] * 9],
    "campaign": [0.0] * 5 + [0.8] * 11,
    "request": {"AAA": [0.0] * 8 + [1.0, 0.8, 0.6, 0.4, 0.3, 0.2, 0.1, 0.0]},
    "incident": {"CCC": [0.0, 1.0, 0.5, 0.2, *[0.0] * 12]},
    "forbidden": {"trade": [0.0] * 10 + [0.6] * 6, "military": 0.5},
    "thaw": [0.0] * 13 + [1.0, 0.9, 0.8],
}
P = plain(
    alpha=(-4.5, -4.0, -5.0, -4.2, -4.6, -5.0), psi=per_tie(0.3), chi=0.15, beta_mission=0.5,
    beta_affinity=-0.4, beta_shock=0.8, beta_incident=1.5, beta_mandate=1.2, beta_campaign=0.5,
    beta_request=1.2, beta_thaw=0.7,
    kappa=0.4, tau_shock=4.0,
)  # fmt: skip
SPREADING = P._replace(beta_peer=0.15, beta_own=0.5, sigma=0.6, rho=-2.5, tau_peer=3.0)


def by_hand(given: Situation) -> dict[str, np.ndarray]:
    """Λ of each state while it has not acted, written out from the formula, without peers and frailty."""
    mean = np.mean([math.exp(0.4 * row.leverage) for row in ROWS])
    line, table = given.timeline, {}
    remembered = 0.0
    shocks = np.zeros(WEEKS)
    for week in range(WEEKS):
        remembered = remembered * math.exp(-1.0 / 4.0) + line.shock_whole[week]
        shocks[week] = remembered
    for place, row in enumerate(ROWS):
        sensitive = math.exp(0.4 * row.leverage) / mean
        pushed = sensitive * (0.5 * line.campaign + 1.2 * line.request[:, place])
        common = -0.4 * row.affinity + 0.8 * shocks + 1.5 * line.incident[:, place] + pushed
        ties = np.zeros(WEEKS)
        for tie, level in enumerate(row.levels):
            if level > 0:
                kept = np.maximum(0.0, line.forbidden[:, tie] - (1.0 - level / 3.0))
                expelled = 0.5 * row.mission if tie == TIE_INDEX["diplomatic"] else 0.0
                ties += np.exp(P.alpha[tie] + expelled + 1.2 * kept)
        table[row.iso3] = np.exp(common - 0.7 * line.thaw) * ties
    return table


@pytest.fixture(scope="module")
def given() -> Situation:
    return situation(ROWS, **INPUTS)


def counted(given: Situation, p: Parameters, seed: int, number: int, enough: int) -> dict[str, list[int]]:
    """The weeks of each state's acts, until every state has acted often enough; nothing else is recorded."""
    world = World(given, p, seed=seed, number=number, record=False)
    weeks: dict[str, list[int]] = {state.iso3: [] for state in world.states}
    while world.week < given.timeline.weeks and min(len(own) for own in weeks.values()) < enough:
        world.step()
        for state in world.states:
            if state.act:
                weeks[state.iso3].append(world.week - 1)
    forget(world)
    return weeks


def test_first_acts_come_each_week_as_often_as_one_minus_exp_of_minus_the_hazard(given):
    hazards = by_hand(given)
    first = [counted(given, P, 11, number, enough=1) for number in range(WORLDS)]
    chances = []
    for iso3, hazard in hazards.items():
        weeks = [min(weeks[iso3], default=WEEKS) for weeks in first]
        for week in range(WEEKS):
            at_risk, acted = sum(w >= week for w in weeks), sum(w == week for w in weeks)
            chances.append(stats.binomtest(acted, at_risk, -math.expm1(-hazard[week])).pvalue)
    assert len(chances) == 3 * WEEKS
    assert min(chances) > RARE
    assert sum(chance < 0.05 for chance in chances) < 8


@pytest.mark.parametrize("p", [P, SPREADING], ids=["alone", "with peers, momentum, frailty and returns"])
def test_acts_come_as_often_as_hazards_say_whatever_happened_before(given, p):
    """Every state-week, later acts too, grouped by its own hazard: observed against expected."""
    chance, acted = [], []
    for number in range(600):
        world = World(given, p, seed=12, number=number, record=False)
        while world.week < WEEKS:
            before = [state.acts for state in world.states]
            world.step()
            for state, acts_before in zip(world.states, before, strict=True):
                chance.append(-math.expm1(-state.hazard))
                acted.append(state.acts - acts_before)
        forget(world)
    chance, acted = np.array(chance), np.array(acted)
    assert not acted[chance == 0.0].any()
    chance, acted = chance[chance > 0.0], acted[chance > 0.0]
    groups = np.array_split(np.argsort(chance, kind="stable"), 12)
    for group in groups:
        spread = math.sqrt((chance[group] * (1.0 - chance[group])).sum())
        assert abs(acted[group].sum() - chance[group].sum()) < 4.0 * spread
    whole = math.sqrt((chance * (1.0 - chance)).sum())
    assert abs(acted.sum() - chance.sum()) < 3.0 * whole
    assert chance.max() > 3.0 * np.median(chance)


def test_later_acts_wait_for_a_resistance_of_their_own():
    """With one hazard throughout, the weeks between acts are geometric, the second wait as the first."""
    given, hazard = situation([Row(iso3="AAA", levels=on(trade=3, labour=3))], weeks=60), 0.4
    p = plain(alpha=per_tie(trade=math.log(hazard / 2), labour=math.log(hazard / 2)))
    first, second = [], []
    for number in range(WORLDS):
        weeks = counted(given, p, 13, number, enough=2)["AAA"]
        first.append(weeks[0] + 1)
        second.append(weeks[1] - weeks[0])
    chance = -math.expm1(-hazard)
    for waits in (first, second):
        seen = Counter(min(wait, 10) for wait in waits)
        expected = [WORLDS * chance * (1.0 - chance) ** (wait - 1) for wait in range(1, 10)]
        expected.append(WORLDS - sum(expected))
        assert stats.chisquare([seen[wait] for wait in range(1, 11)], expected).pvalue > RARE
    assert abs(stats.spearmanr(first, second).statistic) < 4.0 / math.sqrt(WORLDS)


def test_packages_and_depths_come_as_often_as_their_probabilities():
    rows = [Row(iso3="AAA", levels=on(diplomatic=3, trade=3, military=2))]
    p = plain(alpha=per_tie(diplomatic=1.0, trade=2.0, military=1.5), psi=per_tie(0.35), chi=0.25)
    seen: Counter[tuple[tuple[int, int], ...]] = Counter()
    given = situation(rows, weeks=1)
    for number in range(3000):
        world = simulated(given, p, seed=14, number=number)
        if acts(world):
            seen[tuple((tie, after) for _, _, tie, _, after in acts(world))] += 1
    total = sum(seen.values())
    expected = {}
    weight = {
        TIE_INDEX["diplomatic"]: math.e,
        TIE_INDEX["trade"]: math.e**2,
        TIE_INDEX["military"]: math.e**1.5,
    }
    start = {TIE_INDEX["diplomatic"]: 3, TIE_INDEX["trade"]: 3, TIE_INDEX["military"]: 2}
    depth = {3: {2: 0.65, 1: 0.35 * 0.65, 0: 0.35**2}, 2: {1: 0.65, 0: 0.35}}
    ties = sorted(weight)
    for taken in range(1, 8):
        chosen = [tie for place, tie in enumerate(ties) if taken >> place & 1]
        company = 0.25 ** (len(chosen) - 1) * 0.75 ** (3 - len(chosen))
        odds = sum(weight[tie] for tie in chosen) / sum(weight.values()) * company
        outcomes = [((), odds)]
        for tie in chosen:
            outcomes = [
                ((*so_far, (tie, after)), chance * deep)
                for so_far, chance in outcomes
                for after, deep in depth[start[tie]].items()
            ]
        expected |= dict(outcomes)
    assert sum(expected.values()) == pytest.approx(1.0)
    common = [outcome for outcome in expected if total * expected[outcome] >= 5.0]
    counts = [seen[outcome] for outcome in common] + [total - sum(seen[outcome] for outcome in common)]
    chances = [total * expected[outcome] for outcome in common]
    chances.append(total - sum(chances))
    assert stats.chisquare(counts, chances).pvalue > RARE


def test_returns_and_thinned_routes_come_as_often_as_their_hazards():
    rows = [Row(iso3="AAA", levels=on(trade=3, travel=3), exports=100)]
    sure = plain(alpha=per_tie(trade=50.0), psi=per_tie(1.0))
    weeks = 40
    given = situation(rows, weeks=weeks)
    for changes, kind, hazard in (
        ({"rho": math.log(0.1)}, "restoration", 0.1),
        ({"attrition": 0.08}, "attrition", 0.08),
    ):
        waits = []
        for number in range(600):
            world = World(given, sure._replace(**changes), seed=15, number=number, record=False)
            state = world.states[0]
            while world.week < weeks and not (state.returns if kind == "restoration" else state.closures):
                world.step()
            happened = state.returns + state.closures
            waits.append(world.week - 1 if happened else weeks)
            forget(world)
        seen = [sum(lo <= wait < lo + 5 for wait in waits) for lo in range(1, 36, 5)]
        expected = [600 * (math.exp(-hazard * lo) - math.exp(-hazard * (lo + 5))) for lo in range(0, 35, 5)]
        seen.append(600 - sum(seen))
        expected.append(600 - sum(expected))
        assert stats.chisquare(seen, expected).pvalue > RARE, kind


def test_drawn_tests_come_as_often_as_in_the_record():
    """One in twenty weeks of the large kind, one in five of the small, each on its own."""
    given = situation([Row(iso3="AAA")], weeks=100, scenario={"target": {"tests": "drawn"}})
    p, decay = plain(tau_shock=2.0), math.exp(-1.0 / 2.0)
    seen: Counter[float] = Counter()
    for number in range(60):
        world, kept = World(given, p, seed=16, number=number, record=False), 0.0
        while world.week < 100:
            world.step()
            seen[round(world.shock_kept - kept * decay, 6)] += 1
            kept = world.shock_kept
        forget(world)
    large, small = -math.expm1(-0.05), -math.expm1(-0.2)
    expected = {
        0.0: (1 - large) * (1 - small),
        1.0: large * (1 - small),
        0.15: (1 - large) * small,
        1.15: large * small,
    }
    assert set(seen) == set(expected)
    counts, chances = [seen[size] for size in expected], [6000 * expected[size] for size in expected]
    assert stats.chisquare(counts, chances).pvalue > RARE
