"""Trade, enforcement, need and courtship against numbers worked by hand."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maxpressure.base.ties import TIE_INDEX
from maxpressure.model import economy
from worlds import Row, on, patron, plain, simulated, situation

near = pytest.approx
TRADE = TIE_INDEX["trade"]
shares = st.floats(0.0, 1.0)
dollars = st.integers(0, 10**9)

# ---- functions


def test_a_states_own_cut_is_measured_from_where_it_started():
    assert economy.own_share(0.15, 0.5) == near(0.3)
    assert economy.own_share(0.5, 0.5) == 1.0


def test_a_tie_above_where_it_started_carries_no_more_than_in_2016():
    assert economy.own_share(1.0, 0.5) == 1.0
    assert economy.own_share(0.15, 0.0) == 1.0


def test_a_state_without_a_trade_tie_to_cut_keeps_its_figure():
    assert economy.own_share(0.0, 0.0) == 1.0


def test_what_is_declared_is_what_level_and_council_leave():
    assert economy.allowed_share(0.5, 0.2) == near(0.4)


def test_what_goes_on_is_what_is_allowed_and_what_leaks():
    assert economy.carried_share(0.4, 0.75) == near(0.4 + 0.25 * 0.6)
    assert economy.carried_share(0.4, 1.0) == 0.4
    assert economy.carried_share(0.4, 0.0) == 1.0


def test_secondary_sanctions_close_part_of_the_gap_in_enforcement():
    assert economy.enforcement(0.5, 0.5, 0.0) == 0.5
    assert economy.enforcement(0.5, 0.5, 0.4) == near(0.6)
    assert economy.enforcement(0.5, 1.0, 1.0) == 1.0


def test_money_is_rounded_to_whole_thousands():
    assert economy.money(1000, 0.0004) == 0
    assert economy.money(1000, 0.0006) == 1
    assert economy.money(7, 1.0) == 7


def test_a_share_of_nothing_is_nothing():
    assert economy.share(0, 0) == 0.0
    assert economy.share(1, 4) == 0.25


def test_all_is_kept_where_there_was_nothing_to_lose():
    assert economy.kept(0, 0) == 1.0
    assert economy.kept(1, 4) == 0.25


@given(cap=shares, total=dollars, lost=dollars)
def test_a_patron_takes_up_what_was_lost_but_no_more_than_its_cap(cap, total, lost):
    taken = economy.taken_up(cap, total, lost)
    assert 0 <= taken <= lost
    assert taken <= cap * total + 0.5
    assert taken in (lost, economy.money(total, cap))


def test_need_is_the_shortfall_beyond_the_buffer():
    assert economy.need(1.0, 0.25) == 0.0
    assert economy.need(0.76, 0.25) == 0.0
    assert economy.need(0.5, 0.25) == near(0.25 / 0.75)
    assert economy.need(0.0, 0.25) == near(1.0)
    assert economy.need(0.4, 0.0) == near(0.6)
    assert economy.need(0.0, 1.0) == 0.0


@given(revenue=shares, buffer=st.floats(0.0, 0.99))
def test_need_lies_between_zero_and_one(revenue, buffer):
    assert 0.0 <= economy.need(revenue, buffer) <= 1.0 + 1e-12


def test_a_state_attracts_courtship_by_affinity_and_by_the_ties_it_keeps():
    assert economy.pull(0.0, [3, 2, 0, 0, 0, 1], [0] * 6) == near(6.0)
    assert economy.pull(math.log(2.0), [3, 0, 0, 0, 0, 0], [0] * 6) == near(6.0)
    assert economy.pull(5.0, [0] * 6, [0] * 6) == 0.0
    assert economy.pull(0.0, [3, 2, 0, 0, 0, 1], [0, 1, 0, 0, 0, 0]) == near(4.0)


def test_an_effort_in_proportion_to_need_is_shared_out_by_pull():
    assert economy.courtship(4.0, 0.5, 1.0, 8.0) == near(0.25)
    assert economy.courtship(4.0, 0.0, 1.0, 8.0) == 0.0
    assert economy.courtship(4.0, 0.5, 0.0, 0.0) == 0.0


def test_concentration_is_the_sum_of_squared_shares():
    assert economy.concentration(3**2 + 1**2, 4) == near(10 / 16)
    assert economy.concentration(0, 0) == 0.0
    assert economy.effective_partners(0.25) == 4.0
    assert economy.effective_partners(0.0) == 0.0


def test_flows_are_what_each_side_buys_and_what_both_would_if_they_kept_their_word():
    # exports: 0.5·(1 − 0.4) = 0.3 allowed, 0.3 + 0.25·0.7 = 0.475 carried; imports: 0.5 and 0.625
    assert economy.flows(1000, 2000, 0.5, 0.4, 0.0, 0.75) == (475, 1250, 1300)


def test_a_patron_carries_of_what_it_offers_and_nothing_else():
    # offers 250 and 500; of these 0.4 and nothing are forbidden, of which 0.75 is stopped
    assert economy.offered_flows(1000, 2000, 0.25, 0.4, 0.0, 0.75) == (175, 500, 650)
    assert economy.offered_flows(1000, 2000, 0.0, 0.4, 0.2, 0.0) == (0, 0, 0)
    assert economy.offered_flows(1000, 2000, 1.0, 0.4, 0.0, 0.75) == economy.flows(
        1000, 2000, 1.0, 0.4, 0.0, 0.75
    )


@given(dollars, dollars, shares, shares, shares, shares)
def test_what_a_patron_does_not_offer_never_leaks(sold, bought, offered, out, into, enforced):
    buys, sells, allowed = economy.offered_flows(sold, bought, offered, out, into, enforced)
    assert 0 <= buys <= economy.money(sold, offered)
    assert 0 <= sells <= economy.money(bought, offered)
    assert 0 <= allowed <= buys + sells + 2


@given(dollars, dollars, shares, shares, shares, shares)
def test_trade_goes_on_between_what_is_allowed_and_what_there_was(sold, bought, own, out, into, enforced):
    buys, sells, allowed = economy.flows(sold, bought, own, out, into, enforced)
    assert 0 <= allowed <= buys + sells + 2
    assert buys <= sold
    assert sells <= bought


# ---- the books of a world

TWO_TRADERS = [
    Row(iso3="AAA", levels=on(trade=3), exports=400, imports=100),
    Row(iso3="BBB", levels=on(trade=2), exports=60, imports=40),
]
CHINA = patron("CHN", 2000, 3000)
RUSSIA = patron("RUS", 10, 90)


def last_week(**changes):
    p = plain(enforcement=changes.pop("third_states_enforce", 1.0))
    return simulated(situation(TWO_TRADERS, weeks=3, **changes), p).recorder.weeks[-1]


def test_without_cuts_or_mandates_all_trade_of_2016_goes_on():
    week = last_week(patrons=[CHINA, RUSSIA])
    assert week.trade_kusd == 5700
    assert week.exports_kusd == 2470
    assert (week.declared_isolation, week.enforced_isolation, week.need) == (0.0, 0.0, 0.0)
    assert week.hhi == near((500**2 + 100**2 + 5000**2 + 100**2) / 5700**2)
    assert week.effective_partners == near(1.0 / week.hhi)
    assert week.first_patron_share == near(5000 / 5700)


def test_a_mandate_is_declared_in_full_and_enforced_in_part():
    week = last_week(patrons=[CHINA], forbidden_trade=0.5, enforcement=0.2)
    # third states stop 300 of 600; China stops 0.2 of the 2500 that are forbidden to it
    assert week.trade_kusd == 300 + 4500
    assert week.declared_isolation == near(0.5)
    assert week.enforced_isolation == near(1.0 - 4800 / 5600)


def test_a_patron_that_offers_a_quarter_of_its_trade_carries_a_quarter_whatever_it_enforces():
    for enforcement in (0.0, 1.0):
        week = last_week(patrons=[CHINA], offered=0.25, enforcement=enforcement)
        assert week.trade_kusd == 600 + 1250
        assert week.declared_isolation == week.enforced_isolation == near(1.0 - 1850 / 5600)
    assert last_week(patrons=[CHINA], offered=0.0).first_patron_share == 0.0


def test_need_follows_from_exports_and_the_buffer():
    week = last_week(patrons=[CHINA], forbidden_trade=0.5, enforcement=1.0, buffer=0.2)
    assert week.exports_kusd == 1230
    assert week.need == near((0.5 - 0.2) / 0.8)


def test_a_patron_takes_up_at_most_its_cap_of_all_trade_of_2016():
    week = last_week(patrons=[CHINA, RUSSIA], forbidden_trade=0.5, enforcement=1.0, backfill=[0.0, 0.1])
    assert week.backfill_kusd == 570
    assert week.trade_kusd == 2850 + 570


def test_a_patron_takes_up_no_more_than_was_lost():
    week = last_week(patrons=[RUSSIA], forbidden_trade=0.5, enforcement=0.0, backfill=[1.0])
    assert week.backfill_kusd == 300
    assert week.enforced_isolation == near(0.0)


def test_what_one_patron_took_up_the_next_cannot():
    week = last_week(patrons=[CHINA, RUSSIA], forbidden_trade=0.1, enforcement=0.0, backfill=[0.005, 1.0])
    assert week.backfill_kusd == 60
    assert week.trade_kusd == 5700


@pytest.mark.parametrize("backfill", [0.0, 1.0])
def test_a_tie_restored_above_where_it_started_brings_no_more_trade_than_in_2016(backfill):
    """So nothing is taken up where nothing was lost, and isolation never falls below none."""
    given = situation(
        [Row(iso3="AAA", levels=on(trade=2), exports=400, imports=100), Row(iso3="BBB")],
        patrons=[RUSSIA],
        backfill=[backfill],
        weeks=40,
        scenario={"restoration": {"reach": "any"}},
    )
    world = simulated(given, plain(rho=0.0, enforcement=1.0))
    assert world.states[0].levels[TRADE] == 3
    assert {row.trade_kusd for row in world.recorder.weeks} == {600}
    assert {row.backfill_kusd for row in world.recorder.weeks} == {0}
    assert {row.enforced_isolation for row in world.recorder.weeks} == {0.0}


def test_taken_up_trade_is_sold_and_bought_as_the_lost_trade_was():
    week = last_week(patrons=[RUSSIA], forbidden_trade=0.5, backfill=[0.5])
    lost_sales, lost = 230, 300
    assert week.exports_kusd == 230 + 10 + round(week.backfill_kusd * lost_sales / lost)


# ---- an error of what patrons stop


@pytest.mark.parametrize("level", [0.0, 0.1, 0.86, 1.0])
def test_without_an_error_a_patron_stops_what_its_path_says(level):
    assert economy.misjudged(level, 0.0) == level


def test_an_error_shifts_the_odds_and_leaves_all_and_nothing_alone():
    stopped = economy.misjudged(0.8, math.log(2.0))
    assert stopped / (1.0 - stopped) == near(8.0)
    assert [economy.misjudged(level, 1.5) for level in (0.0, 1.0)] == [0.0, 1.0]
