"""What holds for every world, however it is made up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from made_up import NAMES, WEEKS, inputs, levels, parameters, population, seeds, situations
from maxpressure.base.ties import FULL, NONE
from maxpressure.evidence.parameters import Parameters, override, parameter_names
from maxpressure.model.case import Situation
from maxpressure.model.world import World
from maxpressure.scenario.fields import Mechanisms
from worlds import OFF, Row, acts, forget, per_tie, plain, simulated, situation, steps

ELSEWHERE_TOO = settings(max_examples=20)
"""Fewer examples for laws that unit tests, the study or whole runs check as well."""

# ---- order


def in_another_order(given: Situation, order: Sequence[int]) -> Situation:
    """The same situation with its states in another order, so planned and committed in that order."""
    population, line = given.population, given.timeline
    at = {old: new for new, old in enumerate(order)}
    peers, entries = population.peers, []
    for old in order:
        start, end = int(peers.first[old]), int(peers.first[old + 1])
        entries.append([(at[int(peers.watcher[k])], float(peers.weight[k])) for k in range(start, end)])
    flat = [pair for watchers in entries for pair in watchers]
    columns = ("codes", "mission", "affinity", "leverage", "dependence", "reference", "doubtful", "start",
               "unlisted", "close", "exports", "imports")  # fmt: skip
    moved = {name: getattr(population, name)[list(order)] for name in columns}
    weights = replace(
        peers,
        first=peers.first * 0
        + [0, *(sum(len(watchers) for watchers in entries[: n + 1]) for n in range(len(order)))],
        watcher=peers.watcher * 0 + [i for i, _ in flat],
        weight=peers.weight * 0 + [weight for _, weight in flat],
    )
    return replace(
        given,
        population=replace(
            population,
            iso3=tuple(population.iso3[old] for old in order),
            names=tuple(population.names[old] for old in order),
            peers=weights,
            **moved,
        ),
        timeline=replace(
            line,
            **{name: getattr(line, name)[:, list(order)] for name in ("request", "incident", "outreach")},
        ),
    )


@given(situations(), parameters(), seeds, st.randoms(use_true_random=False))
def test_the_order_of_states_never_matters(given, p, seed, shuffler):
    order = list(range(len(given.population.iso3)))
    shuffler.shuffle(order)
    here, there = simulated(given, p, seed), simulated(in_another_order(given, order), p, seed)
    assert steps(here) == steps(there)
    assert here.log_probability == pytest.approx(there.log_probability, rel=1e-12)
    assert here.recorder.weeks[-1].trade_kusd == there.recorder.weeks[-1].trade_kusd


# ---- random numbers


@ELSEWHERE_TOO
@given(situations(), parameters(), seeds, st.integers(0, 2**31 - 1))
def test_the_same_seed_gives_the_same_acts(given, p, seed, number):
    here, there = (simulated(given, p, seed, number) for _ in range(2))
    assert steps(here) == steps(there)
    assert here.recorder.weeks == there.recorder.weeks
    assert here.log_probability == there.log_probability


def test_another_seed_or_world_gives_other_acts():
    given = situation([Row(iso3=name) for name in NAMES], weeks=40)
    p = plain(alpha=per_tie(-4.0), psi=per_tie(0.5), chi=0.2)
    histories = [
        acts(simulated(given, p, seed, number)) for seed in (1, 2, 2**40) for number in (0, 1, 2**31 - 1)
    ]
    assert all(a != b for place, a in enumerate(histories) for b in histories[:place])


@given(population(), levels, parameters(), seeds, st.sampled_from(["AAB", "CCD", "ZZZ"]), st.data())
def test_a_bystander_changes_nobody_elses_draws_or_acts(rows, standing, p, seed, name, data):
    """A state more that nobody watches, wherever it comes in the order, acting or not."""
    paths_of_all = data.draw(inputs(rows))
    bystander = Row(iso3=name, levels=standing, watches={rows[0].iso3: 1.0}, exports=70, imports=30)
    more = sorted([*rows, bystander], key=lambda row: row.iso3)
    there_situation = situation(more, **paths_of_all)
    reference = [row.iso3 != name for row in more]
    frozen = replace(there_situation.population, reference=there_situation.population.reference & reference)
    here = simulated(situation(rows, **paths_of_all), p, seed)
    there = simulated(replace(there_situation, population=frozen), p, seed)
    assert [step for step in steps(there) if step[1] != name] == steps(here)
    frailties = {state.iso3: state.frailty for state in there.states}
    assert all(frailties[state.iso3] == state.frailty for state in here.states)


@ELSEWHERE_TOO
@given(situations(), parameters(), seeds)
def test_recording_changes_nothing(given, p, seed):
    watched, unwatched = simulated(given, p, seed), simulated(given, p, seed, record=False)
    assert [state.levels for state in watched.states] == [state.levels for state in unwatched.states]
    assert [state.strain for state in watched.states] == [state.strain for state in unwatched.states]
    assert [state.exposure for state in watched.states] == [state.exposure for state in unwatched.states]
    assert [one.travel for one in watched.patrons] == [one.travel for one in unwatched.patrons]
    assert watched.log_probability == unwatched.log_probability
    assert watched.needed == unwatched.needed


# ---- bounds


@ELSEWHERE_TOO
@given(situations(), parameters(), seeds)
def test_levels_stay_between_none_and_full(given, p, seed):
    world = World(given, p, seed=seed)
    while world.week < WEEKS:
        world.step()
        for state in world.states:
            assert all(NONE <= level <= FULL for level in state.levels)
        assert all(NONE <= one.travel <= FULL for one in world.patrons)
    forget(world)


@given(situations(st.just({})), parameters(), seeds)
def test_no_tie_returns_above_the_level_on_which_the_run_began(given, p, seed):
    world = World(given, p, seed=seed)
    while world.week < WEEKS:
        world.step()
        for state in world.states:
            assert all(level <= top for level, top in zip(state.levels, state.start, strict=True))
    forget(world)


@ELSEWHERE_TOO
@given(situations(), parameters(), seeds)
def test_an_act_lowers_live_ties_only_and_a_state_acts_once_a_week(given, p, seed):
    world = simulated(given, p, seed)
    for week, iso3, tie, before, after in acts(world):
        assert NONE <= after < before, (week, iso3)
        assert p.alpha[tie] > OFF
    for earlier, later in pairwise(row for row in world.recorder.changes if row.kind == "act"):
        if (earlier.week, earlier.iso3) == (later.week, later.iso3):
            assert earlier.tie < later.tie


@ELSEWHERE_TOO
@given(situations(), parameters(), seeds)
def test_in_the_week_of_an_act_nothing_returns(given, p, seed):
    world = simulated(given, p, seed)
    acted, returned = (
        {(row.week, row.iso3) for row in world.recorder.changes if row.kind == kind}
        for kind in ("act", "restoration")
    )
    assert not acted & returned


@ELSEWHERE_TOO
@given(situations(st.just({})), parameters(alpha=per_tie(OFF)), seeds)
def test_with_every_alpha_at_minus_infinity_nothing_happens(given, p, seed):
    world = simulated(given, p, seed)
    assert [step for step in steps(world) if step[1] != "CHN"] == []
    assert [list(state.start) for state in world.states] == [state.levels for state in world.states]
    assert world.log_probability == 0.0


@given(situations(), parameters(), seeds)
def test_shares_and_money_stay_within_their_bounds(given, p, seed):
    world = simulated(given, p, seed)
    most = world.ledger.total_2016
    for row in world.recorder.weeks:
        assert 0 <= row.trade_kusd <= most + row.backfill_kusd
        assert 0.0 <= row.enforced_isolation <= 1.0
        assert 0.0 <= row.declared_isolation <= 1.0
        assert 0.0 <= row.need <= 1.0 + 1e-12
        assert 0.0 <= row.hhi <= 1.0
        assert 0 <= row.exports_kusd <= row.trade_kusd
        assert row.backfill_kusd >= 0


# ---- switches

SWITCHES = {
    "contagion": {"beta_peer": 0.0},
    "own_acts": {"beta_own": 0.0},
    "shocks": {"beta_shock": 0.0, "rho_shock": 0.0},
    "mandates": {"beta_mandate": 0.0},
    "news": {"beta_news": 0.0},
    "requests": {"beta_request": 0.0},
    "campaign": {"beta_campaign": 0.0},
    "incidents": {"beta_incident": 0.0},
    "mission": {"beta_mission": 0.0},
    "dependence": {"beta_dependence": 0.0},
    "affinity": {"beta_affinity": 0.0},
    "frailty": {"sigma": 0.0},
    "thaw": {"beta_thaw": 0.0, "rho_thaw": 0.0},
    "courtship": {"beta_courtship": 0.0, "rho_courtship": 0.0},
    "restoration": {"rho": OFF},
    "attrition": {"attrition": 0.0},
    "packages": {"chi": 0.0},
    "depth": dict.fromkeys((name for name in parameter_names() if name.startswith("psi.")), 0.0),
}


def test_every_mechanism_that_can_be_switched_is_known_here():
    assert set(SWITCHES) == set(Mechanisms.model_fields)


@given(situations(), parameters(), seeds, st.sampled_from(sorted(SWITCHES)))
def test_a_mechanism_switched_off_is_its_parameters_at_zero(given, p, seed, mechanism):
    off = replace(given, scenario=given.scenario.but(mechanisms={mechanism: False}))
    zeroed = p
    for name, value in SWITCHES[mechanism].items():
        zeroed = override(zeroed, name, value)
    here, there = simulated(off, p, seed), simulated(given, zeroed, seed)
    assert steps(here) == steps(there)
    assert here.log_probability == there.log_probability


@ELSEWHERE_TOO
@given(situations(), parameters(), seeds)
def test_an_input_without_effect_is_as_good_as_none(given, p, seed):
    """With every coefficient at zero the inputs of the timeline change no act."""
    blind = p._replace(**{name: 0.0 for name in Parameters._fields if name.startswith(("beta_", "rho_"))})
    line = given.timeline
    names = (
        "shock_now",
        "shock_whole",
        "thaw",
        "news",
        "request",
        "incident",
        "outreach",
        "campaign",
        "forbidden",
    )
    silent = replace(given, timeline=replace(line, **{name: getattr(line, name) * 0.0 for name in names}))
    here, there = simulated(given, blind, seed), simulated(silent, blind, seed)
    assert acts(here) == acts(there)


def test_a_world_may_be_stepped_or_run():
    given = situation([Row(iso3="AAA")], weeks=5)
    p = plain(alpha=per_tie(-1.0))
    world = World(given, p, seed=4)
    for _ in range(5):
        world.step()
    forget(world)
    assert steps(world) == steps(simulated(given, p, 4))
    assert world.running is False
    assert given.timeline.monday(world.week) == dt.date(2016, 2, 8)
