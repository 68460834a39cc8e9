"""What a world leaves behind, counted by hand in worlds small enough for that."""

from __future__ import annotations

import math
from collections import Counter

import pytest

from maxpressure.base.errors import InputError
from maxpressure.base.ties import FULL, TIE_INDEX, TIES
from maxpressure.model import rules
from maxpressure.model.history import History
from maxpressure.model.world import World
from worlds import OFF, Row, on, patron, per_tie, plain, simulated, situation

near = pytest.approx
DIPLOMATIC, TRADE, TRAVEL = (TIE_INDEX[tie] for tie in ("diplomatic", "trade", "travel"))
THREE = [
    Row(iso3="AAA", exports=600, imports=400, watches={"BBB": 1.0}),
    Row(iso3="BBB", levels=on(diplomatic=3, travel=2), watches={"AAA": 1.0}),
    Row(iso3="CCC", levels=on(diplomatic=2), watches={"AAA": 0.5, "BBB": 0.5}),
]
STORY = History(
    acts={
        (2, "AAA"): ((DIPLOMATIC, 2), (TRADE, 1)),
        (2, "BBB"): ((DIPLOMATIC, 0),),
        (5, "AAA"): ((DIPLOMATIC, 0),),
        (7, "CCC"): ((DIPLOMATIC, 1),),
    },
    rises={(6, "AAA"): ((DIPLOMATIC, 1),)},
    thinned=frozenset({(8, "AAA"), (4, "CHN")}),
)
P = plain(alpha=per_tie(-3.0), beta_peer=0.2, beta_own=0.4, enforcement=1.0, tau_peer=4.0)


@pytest.fixture(scope="module")
def world() -> World:
    given = situation(THREE, weeks=10, patrons=[patron("CHN", 5000, 4000)])
    return simulated(given, P, history=STORY, frailties={})


def column(world: World, name: str) -> list:
    return [getattr(row, name) for row in world.recorder.weeks]


# ---- changes


def test_every_tie_that_moved_has_a_row_in_the_order_of_weeks_and_states(world):
    rows = [
        (row.week, row.iso3, row.kind, row.tie, row.level_before, row.level_after)
        for row in world.recorder.changes
    ]
    assert rows == [
        (2, "AAA", "act", DIPLOMATIC, 3, 2),
        (2, "AAA", "act", TRADE, 3, 1),
        (2, "BBB", "act", DIPLOMATIC, 3, 0),
        (4, "CHN", "attrition", TRAVEL, 3, 2),
        (5, "AAA", "act", DIPLOMATIC, 2, 0),
        (6, "AAA", "restoration", DIPLOMATIC, 0, 1),
        (7, "CCC", "act", DIPLOMATIC, 2, 1),
        (8, "AAA", "attrition", TRAVEL, 3, 2),
    ]


def test_only_an_act_has_an_attribution_and_it_adds_up_to_one(world):
    for row in world.recorder.changes:
        if row.kind == "act":
            assert sum(row.attribution) == near(1.0)
        else:
            assert (row.attribution, row.lead) == (None, None)


def test_an_attribution_is_that_of_the_week_before_the_act_took_effect(world):
    first, again = (next(row for row in world.recorder.changes if (row.week, row.iso3) == key)
                    for key in ((2, "AAA"), (5, "AAA")))  # fmt: skip
    groups = rules.GROUPS
    assert first.attribution[groups.index("own_acts")] == 0.0
    assert first.attribution[groups.index("baseline")] == near(1.0)
    momentum, peers = 2.0**0.4, math.exp(0.2 * 10.0 * math.exp(-2.0 / 4.0))
    assert again.attribution[groups.index("baseline")] == near(1.0 / (momentum * peers))


def test_the_lead_of_a_drawn_act_is_marked_once():
    given, p = situation(THREE, weeks=40), P._replace(chi=0.5)
    leads, cuts = Counter(), Counter()
    for number in range(20):
        for row in simulated(given, p, number=number).recorder.changes:
            leads[number, row.week, row.iso3] += row.lead
            cuts[number, row.week, row.iso3] += 1
    assert max(cuts.values()) > 2
    assert set(leads.values()) == {1}


# ---- weeks


def test_acts_cuts_rises_and_routes_are_counted_week_by_week(world):
    assert column(world, "acts") == [0, 0, 2, 0, 0, 1, 0, 1, 0, 0]
    assert column(world, "cuts") == [0, 0, 3, 0, 0, 1, 0, 1, 0, 0]
    assert column(world, "restorations") == [0, 0, 0, 0, 0, 0, 1, 0, 0, 0]
    assert column(world, "attritions") == [0, 0, 0, 0, 1, 0, 0, 0, 1, 0]
    assert column(world, "acts_total") == [0, 0, 2, 2, 2, 3, 3, 4, 4, 4]


def test_ties_alive_and_mean_levels_are_those_at_the_weeks_end(world):
    alive = [row.ties_alive[DIPLOMATIC] for row in world.recorder.weeks]
    assert alive == [3, 3, 2, 2, 2, 1, 2, 2, 2, 2]
    mean = [row.mean_level[DIPLOMATIC] for row in world.recorder.weeks]
    assert mean == near([8 / 3, 8 / 3, 4 / 3, 4 / 3, 4 / 3, 2 / 3, 1.0, 2 / 3, 2 / 3, 2 / 3])


def test_an_embassy_counts_while_the_diplomatic_tie_is_full(world):
    assert column(world, "embassies") == [2, 2, 0, 0, 0, 0, 0, 0, 0, 0]


def test_the_weighted_degree_is_the_share_of_all_levels_that_stand(world):
    levels = 18 + 5 + 2
    assert world.recorder.weeks[0].weighted_degree == near(levels / (FULL * 3 * len(TIES)))
    assert world.recorder.weeks[2].weighted_degree == near((levels - 6) / (FULL * 3 * len(TIES)))


def test_trade_follows_the_level_of_the_same_week(world):
    assert column(world, "trade_kusd") == [10000, 10000, *[9150] * 8]


def test_the_weight_of_a_trade_tie_is_trade_over_partners_left(world):
    assert world.recorder.weeks[0].kusd_per_trade_tie == near(10000 / 2)
    assert world.recorder.weeks[-1].kusd_per_trade_tie == near(9150 / 2)


# ---- the whole


def test_the_row_of_a_world_sums_up_its_weeks(world):
    row = world.recorder.world_row()
    assert (row.acts, row.cuts, row.restorations, row.attritions, row.states_acted) == (4, 5, 1, 2, 3)
    assert row.trade_left == near(0.915)
    assert row.exports_left == near((5000 + 600 * 0.15) / 5600)
    assert row.embassies == 0


def test_the_loss_of_a_window_adds_up_its_weeks_against_the_rate_of_2016(world):
    row = world.recorder.world_row()
    assert row.trade_lost == near(8 * (10000 - 9150) / (10 * 10000))
    sold = sum(week.exports_kusd for week in world.recorder.weeks)
    assert row.exports_lost == 1.0 - sold / (10 * 5600)
    assert row.exports_lost == near(8 * 600 * 0.85 / (10 * 5600))


def test_a_tie_is_cut_where_it_stands_lower_than_when_the_run_began(world):
    cut = dict(zip(TIES, world.recorder.world_row().cut, strict=True))
    assert cut == dict.fromkeys(TIES, 0) | {"diplomatic": 3, "trade": 1, "travel": 1}


def test_the_time_to_the_tenth_act_is_counted_from_the_runs_start():
    rows = [Row(iso3=f"{letter}AA") for letter in "ABCDEFGHIJKL"]
    story = History(acts={(14 + place, row.iso3): ((DIPLOMATIC, 0),) for place, row in enumerate(rows)})
    given = situation(rows, weeks=30, first=12)
    row = simulated(given, P, history=story, frailties={}).recorder.world_row()
    assert row.week_of_act_10 == (14 + 9) - 12
    assert (row.week_of_act_20, row.week_of_act_30) == (None, None)


def test_reproduction_is_the_part_of_the_acts_that_is_due_to_peers(world):
    decay = math.exp(-1.0 / 4.0)
    of_aaa = 10.0 * decay**2  # BBB acted in week 2, seen whole from week 3
    of_ccc = 5.0 * (decay**4 + decay**4 + decay)  # AAA and BBB in week 2, AAA again in week 5
    due = (1.0 - math.exp(-0.2 * of_aaa)) + (1.0 - math.exp(-0.2 * of_ccc))
    assert world.recorder.world_row().reproduction == near(due / 4)


def test_a_world_without_acts_has_no_reproduction():
    row = simulated(situation(THREE), plain()).recorder.world_row()
    assert (row.acts, row.reproduction, row.log_probability) == (0, 0.0, 0.0)
    assert (row.trade_left, row.trade_lost, row.exports_lost) == (1.0, 0.0, 0.0)


def test_concentration_grows_where_the_smaller_partner_leaves(world):
    hhi = column(world, "hhi")
    assert hhi[0] == near((1000**2 + 9000**2) / 10000**2)
    assert hhi[-1] == near((150**2 + 9000**2) / 9150**2)
    assert column(world, "effective_partners")[-1] == near(1 / hhi[-1])
    assert column(world, "first_patron_share")[-1] == near(9000 / 9150)


# ---- keys


@pytest.mark.parametrize(
    ("seed", "number", "key"),
    [(-1, 0, "seed"), (2**63, 0, "seed"), (1, -1, "world"), (1, 2**31, "world")],
)
def test_a_key_that_the_generator_cannot_hold_is_refused(seed, number, key):
    with pytest.raises(InputError) as refusal:
        World(situation(THREE), plain(), seed=seed, number=number)
    assert refusal.value.key == key


def test_frailties_of_a_state_that_is_not_there_are_refused():
    with pytest.raises(ValueError, match="AAX, ZZZ"):
        World(situation(THREE), plain(), seed=1, frailties={"ZZZ": 1.0, "AAA": 0.5, "AAX": 1.0})
    world = World(situation(THREE), plain(), seed=1, frailties={"BBB": 0.5})
    assert [state.frailty for state in world.states] == [0.0, 0.5, 0.0]


def test_every_state_draws_a_frailty_of_its_own_even_with_nothing_left_to_cut():
    """Where any tie may return, the state that it returns to must be somebody."""
    rows = [*THREE, Row(iso3="NUL", levels=on())]
    given = situation(rows, weeks=30, scenario={"restoration": {"reach": "any"}})
    world = simulated(given, plain(sigma=1.0, rho=0.0))
    frailties = {state.iso3: state.frailty for state in world.states}
    assert len(set(frailties.values())) == len(rows)
    assert 0.0 not in frailties.values()
    assert sum(world.states[3].levels) > 0


def test_a_world_that_is_over_takes_no_further_step():
    world = simulated(situation(THREE, weeks=2), plain())
    with pytest.raises(RuntimeError, match="no week left"):
        world.step()


def test_the_largest_keys_are_taken():
    world = simulated(situation(THREE, weeks=2), plain(alpha=per_tie(OFF)), seed=2**63 - 1, number=2**31 - 1)
    assert world.week == 2
