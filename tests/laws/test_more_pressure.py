"""More pressure never delays a state's first act with common random numbers, and what may delay all else.

The law holds with contagion and endogenous courtship off, restoration confined to ties lost in the run, and
effects that are not negative. Without these it does not, as the smallest counterexamples show.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from made_up import CHINA, inputs, numbers, parameters, paths, population, rising, seeds
from maxpressure.base.ties import TIE_INDEX
from maxpressure.model.case import Situation
from worlds import OFF, Row, acts, first_weeks, on, patron, per_tie, plain, simulated, situation

NEVER = 10**6


@st.composite
def mild_and_harsh(draw: st.DrawFn) -> tuple[Situation, Situation]:
    """Two situations that differ by pressure alone: more of what pushes, less of what holds back."""
    rows = draw(population())
    escalation = {"sender": {"escalation": draw(numbers(0.0, 1.0))}}
    mild = situation(rows, patrons=[CHINA], scenario=escalation, **draw(inputs(rows)))
    line = mild.timeline

    def more(table: np.ndarray, path: st.SearchStrategy[list[float]]) -> np.ndarray:
        added = np.array(draw(path))
        return table + (added if table.ndim == 1 else np.outer(added, draw(st.lists(
            st.sampled_from([0.0, 1.0]), min_size=table.shape[1], max_size=table.shape[1]
        ))))  # fmt: skip

    shock = np.array(draw(paths(1.0)))
    harsh = replace(
        line,
        campaign=more(line.campaign, paths(1.0)),
        request=more(line.request, paths(2.0)),
        incident=more(line.incident, paths(1.0)),
        shock_now=line.shock_now + shock * draw(numbers(0.0, 1.0)),
        shock_whole=line.shock_whole + shock,
        forbidden=np.minimum(1.0, more(line.forbidden, rising())),
        thaw=line.thaw * draw(numbers(0.0, 1.0)),
        outreach=line.outreach * draw(numbers(0.0, 1.0)),
    )
    return mild, replace(mild, timeline=harsh)


@given(mild_and_harsh(), parameters(beta_peer=0.0), seeds)
def test_more_pressure_never_delays_a_states_first_act(pair, p, seed):
    mild, harsh = (first_weeks(simulated(given, p, seed)) for given in pair)
    for iso3, week in mild.items():
        assert harsh.get(iso3, NEVER) <= week


@given(mild_and_harsh(), parameters(beta_peer=0.0), seeds)
def test_more_pressure_never_saves_a_state_from_acting_at_all(pair, p, seed):
    mild, harsh = (set(first_weeks(simulated(given, p, seed))) for given in pair)
    assert mild <= harsh


def test_the_law_says_something():
    """Pressure does bring first acts forward, for most random numbers."""
    rows = [Row(iso3="AAA")]
    p = plain(alpha=per_tie(-6.0), beta_campaign=2.0)
    earlier = 0
    for number in range(50):
        mild, harsh = (
            first_weeks(simulated(situation(rows, weeks=60, campaign=level), p, number=number))
            for level in (0.0, 1.0)
        )
        assert harsh.get("AAA", NEVER) <= mild.get("AAA", NEVER)
        earlier += harsh.get("AAA", NEVER) < mild.get("AAA", NEVER)
    assert earlier > 25


# ---- the smallest counterexamples


def test_more_mandates_can_delay_a_later_act():
    """An earlier act leaves less to forbid. Workers are barred at once, or only in week 20: where that comes
    late, the state may have cut trade on its own before, and then the ban drives a second act soon; where it
    comes at once the workers go first, and nothing is left that would hurry the second act."""
    rows = [Row(iso3="AAA", levels=on(trade=1, labour=1))]
    p = plain(alpha=per_tie(trade=-4.0, labour=-6.0), beta_mandate=12.0)
    late = situation(rows, weeks=80, forbidden={"labour": [0.0] * 20 + [1.0] * 60})
    at_once = situation(rows, weeks=80, forbidden={"labour": 1.0})
    delayed = 0
    for number in range(60):
        mild, harsh = (acts(simulated(given, p, number=number)) for given in (late, at_once))
        assert harsh[0][0] <= mild[0][0]
        seconds = [story[1][0] if len(story) > 1 else NEVER for story in (mild, harsh)]
        if seconds[1] > seconds[0]:
            delayed += 1
            assert mild[0][2] == TIE_INDEX["trade"]
            assert harsh[0][2] == TIE_INDEX["labour"]
    assert delayed > 10


def test_with_contagion_more_pressure_can_delay_a_first_act_by_a_fading_exposure():
    """A peer that is asked acts earlier, and is remembered less by the time a shock makes others listen."""
    rows = [Row(iso3="AAA", levels=on(trade=1)), Row(iso3="BBB", levels=on(labour=1), watches={"AAA": 1.0})]
    p = plain(
        alpha=per_tie(trade=-8.0, labour=-12.0),
        beta_request=20.0,
        beta_shock=8.0,
        beta_peer=1.0,
        tau_peer=1.5,
    )
    shock = [0.0] * 12 + [1.0] + [0.0] * 27
    pushes = {"shock": shock, "weeks": 40}
    mild = situation(rows, request={"AAA": [0.0] * 10 + [1.0] + [0.0] * 29}, **pushes)
    harsh = situation(rows, request={"AAA": [0.0, 1.0] + [0.0] * 8 + [1.0] + [0.0] * 29}, **pushes)
    delayed = 0
    for number in range(60):
        later, sooner = (first_weeks(simulated(given, p, number=number)) for given in (mild, harsh))
        assert sooner["AAA"] <= later["AAA"]
        delayed += sooner.get("BBB", NEVER) > later.get("BBB", NEVER)
        without = p._replace(beta_peer=0.0)
        alone = [first_weeks(simulated(given, without, number=number)) for given in (mild, harsh)]
        assert alone[1].get("BBB", NEVER) <= alone[0].get("BBB", NEVER)
    assert delayed > 10


def test_with_endogenous_courtship_more_pressure_can_delay_a_first_act_by_a_need_that_sends_envoys():
    """Pressure on one state costs the target its trade there; the need that follows sends envoys to another,
    and whom the target courts holds on longer."""
    rows = [
        Row(iso3="AAA", levels=on(trade=1), exports=1000, imports=0),
        Row(iso3="BBB", levels=on(diplomatic=3)),
    ]
    p = plain(
        alpha=per_tie(trade=-12.0, diplomatic=-3.0), beta_request=15.0, beta_courtship=2.0,
        courtship_effort=3.0, enforcement=1.0,
    )  # fmt: skip
    courting = {"scenario": {"target": {"courtship": "courting"}}, "buffer": 0.1, "weeks": 60}
    mild = situation(rows, **courting)
    harsh = situation(rows, request={"AAA": 1.0}, **courting)
    observed = [situation(rows, weeks=60), situation(rows, weeks=60, request={"AAA": 1.0})]
    delayed = 0
    for number in range(60):
        later, sooner = (first_weeks(simulated(given, p, number=number)) for given in (mild, harsh))
        assert sooner["AAA"] <= later.get("AAA", NEVER)
        delayed += sooner.get("BBB", NEVER) > later.get("BBB", NEVER)
        alone = [first_weeks(simulated(given, p, number=number)) for given in observed]
        assert alone[0].get("BBB", NEVER) == alone[1].get("BBB", NEVER)
    assert delayed > 10


def test_with_endogenous_courtship_envoys_turn_from_a_state_that_breaks_off_to_one_that_stays():
    """The other half of the same: what one friend cuts, the target's effort spends on the friends left."""
    rows = [Row(iso3="AAA", levels=on(travel=3), affinity=1.0), Row(iso3="BBB", levels=on(diplomatic=3))]
    p = plain(
        alpha=per_tie(travel=-12.0, diplomatic=-3.0), psi=per_tie(1.0), beta_request=15.0, beta_courtship=1.0,
        courtship_effort=0.3,
    )  # fmt: skip
    needy = {
        "scenario": {"target": {"courtship": "courting"}}, "buffer": 0.1, "weeks": 60,
        "patrons": [patron("CHN", 1000, 1000)], "forbidden_trade": 1.0, "enforcement": 1.0,
    }  # fmt: skip
    delayed = 0
    for number in range(60):
        later, sooner = (
            first_weeks(simulated(situation(rows, request=request, **needy), p, number=number))
            for request in ({}, {"AAA": 1.0})
        )
        delayed += sooner.get("BBB", NEVER) > later.get("BBB", NEVER)
        assert sooner.get("BBB", NEVER) >= later.get("BBB", NEVER)
    assert delayed > 10


def test_where_any_tie_may_return_thaw_can_bring_a_first_act_forward():
    """So the law confines restoration to ties lost in the run: a tie that returns is one more to cut."""
    rows = [Row(iso3="AAA", levels=on(trade=1))]
    p = plain(alpha=per_tie(trade=-7.0, diplomatic=-1.0), rho=-1.0, rho_thaw=1.0)
    anywhere = {"weeks": 40, "scenario": {"restoration": {"reach": "any"}}}
    without_thaw = p._replace(rho=OFF)
    forward = 0
    for number in range(40):
        warm = first_weeks(simulated(situation(rows, thaw=1.0, **anywhere), p, number=number))
        cold = first_weeks(simulated(situation(rows, thaw=0.0, **anywhere), without_thaw, number=number))
        forward += warm.get("AAA", NEVER) < cold.get("AAA", NEVER)
    assert forward > 10
