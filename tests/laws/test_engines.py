"""World and ensemble are one model: they agree to the last bit in every column of every table.

The default run takes some worlds of each kind; with MAXPRESSURE_FULL_LAWS=1 it takes 200 seeds of the record, 25 of
each other scenario, 50 made-up scenarios, and 300 with parameters at their extremes.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from maxpressure.base.ties import TIES
from maxpressure.engine.chunks import Chunk, Keep, Simulated
from maxpressure.engine.engines import CompiledEngine, WorldEngine
from maxpressure.engine.record import Output
from maxpressure.evidence.parameters import (
    MAY_BE_NEGATIVE,
    SHARES,
    TIE_PARAMETERS,
    Parameters,
    override,
    parameter_names,
)
from maxpressure.experiments.job import batches
from maxpressure.experiments.schema import TABLES
from maxpressure.model.case import Case, Situation, load_case, prepare
from maxpressure.scenario import Scenario, check, shipped_scenarios
from maxpressure.scenario.fields import Mechanisms
from pilot import PILOT

FULL = os.environ.get("MAXPRESSURE_FULL_LAWS") == "1"
RECORD_SEEDS, OTHER_SEEDS, MADE, EXTREME = (200, 25, 50, 300) if FULL else (40, 4, 15, 10)
RECORD = "max-pressure-2017"
KEEP = Keep(weeks=2**31, attributions=2**31)

SituationOf = Callable[[str], Situation]
Edited = Callable[..., Situation]


def simulated_by_both(
    situation: Situation, draws: Sequence[Parameters], seed: int, first: int, worlds: int = 1
) -> tuple[Chunk, Simulated, Simulated]:
    """The same worlds simulated by either engine."""
    chunk = Chunk(situation.scenario.name, first, worlds)
    situations = {situation.scenario.name: situation}
    engines = (engine(situations, draws, seed, KEEP) for engine in (CompiledEngine, WorldEngine))
    compiled, world = (engine.simulate(chunk) for engine in engines)
    return chunk, compiled, world


def used(simulated: Simulated) -> dict[str, np.ndarray]:
    """The rows of the output that are in use, by the names of its arrays."""
    rows = {"changes": simulated.changes, "attributions": simulated.changes}
    return {name: getattr(simulated.output, name)[: rows.get(name)] for name in Output._fields}


def must_agree(
    situation: Situation, draws: Sequence[Parameters], seed: int, first: int, worlds: int = 1
) -> Simulated:
    """Simulated by both engines, outputs and tables hold the same bits."""
    chunk, compiled, world = simulated_by_both(situation, draws, seed, first, worlds)
    assert not world.faults
    here, there = used(compiled), used(world)
    for name, column in here.items():
        assert column.dtype == there[name].dtype
        np.testing.assert_array_equal(column, there[name], err_msg=f"{name}, seed {seed}, world {first}")
        assert column.tobytes() == there[name].tobytes(), f"{name}: a zero of another sign, or another NaN"
    rows = [batches(chunk, len(draws), situation, simulated, KEEP) for simulated in (compiled, world)]
    for table in TABLES:
        assert rows[0][table].equals(rows[1][table])
    return compiled


EVERY_MECHANISM = {
    "record": "broad",
    "risk_set": "ex-ante",
    "mechanisms": dict.fromkeys(Mechanisms.model_fields, True),
}


@pytest.mark.parametrize("edits", [{}, EVERY_MECHANISM], ids=["default", "every mechanism"])
@pytest.mark.parametrize("tens", range(RECORD_SEEDS // 10))
def test_both_engines_live_the_record_alike(
    edited: Edited, pilot: Parameters, tens: int, edits: dict[str, object]
) -> None:
    given = edited(**edits)
    for seed in range(10 * tens, 10 * tens + 10):
        simulated = must_agree(given, [pilot], seed, first=seed * 7)
        assert simulated.changes > 0


@pytest.mark.parametrize("name", sorted(set(shipped_scenarios()) - {RECORD}))
def test_both_engines_live_every_other_scenario_alike(
    situation_of: SituationOf, pilot: Parameters, name: str
) -> None:
    for seed in range(OTHER_SEEDS):
        changes = must_agree(situation_of(name), [pilot], 1000 + seed, first=seed).changes
        assert changes > 0 or name == "nobody-cuts"


def test_both_engines_give_each_world_its_own_draw(edited: Edited, pilot: Parameters) -> None:
    draws = [
        pilot,
        override(pilot, "beta_peer", 0.0),
        override(override(pilot, "kappa", 1.1), "alpha.travel", -4.5),
    ]
    simulated = must_agree(edited(**EVERY_MECHANISM), draws, seed=5, first=1, worlds=4)
    assert len({row.tobytes() for row in simulated.output.world_ints}) > 1


@pytest.mark.parametrize("first", [2**31 - 2, 2**31 - 1])
def test_seeds_and_worlds_at_the_end_of_their_range_agree(
    recorded: Situation, pilot: Parameters, first: int
) -> None:
    must_agree(recorded, [pilot], seed=2**63 - 1, first=first)


# ---- made-up scenarios: every lever, alone and together

CASE = load_case()
KNOWN = CASE.vocabulary()
STATES = sorted(KNOWN.states)
INPUTS = sorted(KNOWN.inputs)
ORIGIN = dt.date(2016, 1, 4)
WEEKS = (KNOWN.last - ORIGIN).days // 7

seeds = st.one_of(st.sampled_from([0, 2**63 - 1]), st.integers(0, 2**63 - 1))
numbers = st.one_of(st.sampled_from([0, 2**31 - 1]), st.integers(0, 2**31 - 1))
factors = st.sampled_from([0.0, 0.3, 1.0, 2.5, 20.0])
shares = st.sampled_from([0.0, 0.015, 0.5, 0.97, 1.0])
days = st.dates(dt.date(2016, 1, 4), dt.date(2018, 6, 30))
several = st.lists(st.sampled_from(STATES), unique=True, min_size=1, max_size=40)


@st.composite
def steps(draw: st.DrawFn) -> list[dict[str, object]]:
    return [
        {"from": day, "level": draw(shares)} for day in sorted(draw(st.sets(days, min_size=1, max_size=3)))
    ]


courses = st.one_of(st.just("record"), shares, steps())
patrons = st.fixed_dictionaries(
    {}, optional={"enforcement": courses, "trade": courses, "backfill": st.one_of(st.just("record"), shares)}
)


@st.composite
def windows(draw: st.DrawFn) -> dict[str, object]:
    """Windows of any kind, from the last week alone to all weeks of which there are inputs."""
    first = draw(st.one_of(st.just(0), st.integers(0, WEEKS - 1)))
    longest = WEEKS - first
    weeks = draw(st.one_of(st.sampled_from([1, longest]), st.integers(1, longest)))
    return {"start": ORIGIN + dt.timedelta(weeks=first), "weeks": weeks}


@st.composite
def added(draw: st.DrawFn) -> list[dict[str, object]]:
    kinds = draw(st.lists(st.sampled_from(sorted(KNOWN.kinds)), max_size=4))
    entries = []
    for number, kind in enumerate(kinds):
        entry: dict[str, object] = {
            "date": draw(days),
            "kind": kind,
            "name": f"made {number}",
            "reason": "law",
        }
        entry["targets"] = draw(several)[:3]
        if kind == "un_resolution":
            entry["forbids"] = draw(st.dictionaries(st.sampled_from(TIES), shares))
        entries.append(entry)
    return entries


@st.composite
def overrides(draw: st.DrawFn) -> dict[str, dict[str, object]]:
    """Some numbers of the rule scaled, none to where World could not count."""
    chosen = draw(st.lists(st.sampled_from(parameter_names()), unique=True, max_size=5))
    values: dict[str, dict[str, object]] = {}
    for name in chosen:
        field, _, tie = name.partition(".")
        standing = getattr(PILOT.values, field)
        now = standing[TIE_PARAMETERS[field].index(tie)] if tie else standing
        values[name] = {"value": now * draw(st.sampled_from([0.5, 0.8, 1.0])), "reason": "law"}
    return values


LEVERS: Mapping[str, st.SearchStrategy[object]] = {
    "window": windows(),
    "without": st.lists(st.sampled_from(INPUTS), unique=True, max_size=6),
    "scale": st.dictionaries(st.sampled_from(INPUTS), factors, max_size=4),
    "add": added(),
    "campaign": st.fixed_dictionaries({"scale": factors}, optional={"from": days}),
    "requests": st.fixed_dictionaries(
        {},
        optional={
            "scale": factors,
            "lag_weeks": st.integers(0, 4),
            "only": several,
            "add": st.lists(
                st.fixed_dictionaries(
                    {"date": days, "states": several}, optional={"by": st.sampled_from(["USA", "KOR"])}
                ),
                max_size=2,
            ),
        },
    ),
    "secondary_sanctions": courses,
    "sst_listing": st.one_of(st.just("record"), st.just("never"), days),
    "mandates": st.fixed_dictionaries({"scale": factors}),
    "china": patrons,
    "russia": patrons,
    "target": st.fixed_dictionaries(
        {
            "courtship": st.sampled_from(["observed", "courting", "withdrawn"]),
            "tests": st.sampled_from(["observed", "drawn"]),
        },
        optional={"buffer": shares},
    ),
    "sender": st.fixed_dictionaries({"escalation": st.sampled_from([0.0, 0.2, 2.0])}),
    "thaw": st.fixed_dictionaries({"scale": factors}),
    "restoration": st.fixed_dictionaries({"reach": st.sampled_from(["lost", "any"])}),
    "mechanisms": st.dictionaries(
        st.sampled_from(sorted(Mechanisms.model_fields)), st.booleans(), max_size=4
    ),
    "risk_set": st.sampled_from(["ex-ante", "with-unlisted", "override"]),
    "parameters": overrides(),
}


def made(edits: dict[str, Any]) -> Scenario:
    """A scenario of these edits; what is taken away is not edited too."""
    gone = set(edits.get("without", []))
    scaled = {name: factor for name, factor in edits.get("scale", {}).items() if name not in gone}
    return Scenario(name="made").but(**edits | {"scale": scaled})


scenarios = st.fixed_dictionaries({}, optional=dict(LEVERS)).map(made)


def laid_out(scenario: Scenario, case: Case) -> Situation:
    check(scenario, case.vocabulary())
    return prepare(case, scenario)


@settings(
    max_examples=MADE, phases=(Phase.explicit, Phase.generate)
)  # to shrink worlds of 0.1 s takes minutes
@given(scenarios, seeds, numbers)
def test_both_engines_live_any_scenario_alike(scenario: Scenario, seed: int, number: int) -> None:
    must_agree(laid_out(scenario, CASE), [PILOT.values], seed, first=number)


@st.composite
def extremes(draw: st.DrawFn) -> Parameters:
    """Some numbers of the rule far beyond what a fit could come to, to hazards that are certainty or nothing."""
    parameters = PILOT.values
    for name in draw(st.lists(st.sampled_from(parameter_names()), unique=True, min_size=1, max_size=8)):
        field = name.partition(".")[0]
        if field in SHARES:
            value = draw(st.sampled_from([0.0, 1e-300, 0.5, 1.0 - 2**-53, 1.0]))
        elif field in ("tau_shock", "tau_peer"):
            value = draw(st.sampled_from([0.1, 4.0, 1e4]))
        else:
            value = draw(st.sampled_from([0.0, 1e-9, 1.0, 40.0, 800.0]))
            value *= draw(st.sampled_from([-1.0, 1.0])) if field in MAY_BE_NEGATIVE else 1.0
        parameters = override(parameters, name, value)
    return parameters


OTHERS = {name: lever for name, lever in LEVERS.items() if name != "window"}


@settings(max_examples=EXTREME, phases=(Phase.explicit, Phase.generate))
@given(st.fixed_dictionaries({"window": windows()}, optional=OTHERS).map(made), extremes(), seeds, numbers)
@example(Scenario(name="made"), override(PILOT.values, "sigma", 40.0), 2**63 - 1, 2**31 - 1)
@example(Scenario(name="made"), PILOT.values._replace(alpha=(800.0,) * 6), 2**63 - 1, 2**31 - 1)
@example(Scenario(name="made"), PILOT.values._replace(alpha=(-800.0,) * 6, sigma=40.0), 0, 0)
def test_both_engines_live_under_any_parameters_alike(
    scenario: Scenario, parameters: Parameters, seed: int, number: int
) -> None:
    must_agree(laid_out(scenario, CASE), [parameters], seed, first=number)


EACH_LEVER: Mapping[str, Mapping[str, object]] = {
    "courting": {"target": {"courtship": "courting", "buffer": 0.0}},
    "withdrawn": {"target": {"courtship": "withdrawn"}},
    "drawn tests": {"target": {"tests": "drawn"}},
    "escalation": {"sender": {"escalation": 1.5}},
    "all at once": {
        "target": {"courtship": "courting", "tests": "drawn", "buffer": 0.1},
        "sender": {"escalation": 0.5},
        "restoration": {"reach": "any"},
        "risk_set": "override",
        "window": {"start": dt.date(2017, 1, 2), "weeks": 60},
    },
    "any restoration": {
        "restoration": {"reach": "any"},
        "parameters": {"rho": {"value": -2.0, "reason": "law"}},
    },
    "override": {"risk_set": "override"},
    "unlisted": {
        "risk_set": "with-unlisted",
        "restoration": {"reach": "any"},
        "target": {"courtship": "courting", "buffer": 0.0},
        "parameters": {
            name: {"value": value, "reason": "law"}
            for name, value in {"unlisted.trade": 1.0, "unlisted_close": 2.0, "chi": 0.3, "rho": -3.0}.items()
        },
    },
    "delayed": {
        "target": {"tests": "drawn"},
        "sender": {"escalation": 0.5},
        "parameters": {"delay_shock": {"value": 2, "reason": "law"}},
    },
    "news": {"mechanisms": {"news": True}, "parameters": {"beta_news": {"value": 1.5, "reason": "law"}}},
    "late": {"window": {"start": dt.date(2017, 9, 4), "weeks": 69}},
    "one week": {"window": {"start": dt.date(2018, 12, 24), "weeks": 1}},
    "patrons": {"china": {"enforcement": 1.0, "trade": 0.2, "backfill": 0.3}, "russia": {"backfill": 1.0}},
    "thinning": {"parameters": {"attrition": {"value": 0.5, "reason": "law"}}, "russia": {"trade": 0.0}},
    "nothing": {"mechanisms": dict.fromkeys(Mechanisms.model_fields, False)},
    "every mechanism": {"mechanisms": dict.fromkeys(Mechanisms.model_fields, True)},
    "collapse": {"parameters": {f"alpha.{tie}": {"value": 0.5, "reason": "law"} for tie in TIES}},
}


@pytest.mark.parametrize("lever", EACH_LEVER)
def test_both_engines_pull_each_lever_alike(case: Case, pilot: Parameters, lever: str) -> None:
    scenario = Scenario(name="made").but(**EACH_LEVER[lever])
    must_agree(laid_out(scenario, case), [pilot], seed=11, first=3)
