"""A twin repeats what the record holds, and inferred random numbers are distributed as those before."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from made_up import WEEKS, numbers, parameters, seeds, situations
from maxpressure.base import rng
from maxpressure.engine.chunks import Chunk
from maxpressure.engine.engines import written
from maxpressure.engine.record import Output
from maxpressure.evidence.parameters import Parameters
from maxpressure.explanations.twins import COUPLINGS, Twins
from maxpressure.model.abduction import FIRST, GUMBEL, JOINING
from maxpressure.model.case import Case, Situation
from maxpressure.model.rows import CHANGES
from maxpressure.model.twin_situations import twin_situations
from maxpressure.model.world import World
from world_twins import ThresholdTwin, worlds
from worlds import ALL_ON, OFF, Row, Step, acts, as_record, forget, per_tie, plain, simulated, situation

FULL = bool(os.environ.get("MAXPRESSURE_FULL_LAWS"))
DRAWS = 200 if FULL else 5


def twins_of(factual: Situation, p: Parameters, seed: int, scenario: Situation | None = None) -> Twins:
    """Twins of a situation's record, under itself unless a scenario is given."""
    return Twins(
        factual=factual,
        scenario=scenario or factual,
        until=factual.timeline.weeks,
        draws=(p,),
        seed=seed,
    )


def jittered(p: Parameters, count: int) -> list[Parameters]:
    """Parameters around p, as draws from a posterior would lie."""
    random = np.random.default_rng(3)
    names = (
        "beta_shock",
        "beta_request",
        "beta_mandate",
        "beta_peer",
        "beta_own",
        "sigma",
        "chi",
        "tau_shock",
    )
    return [
        p._replace(**{name: getattr(p, name) * float(random.lognormal(0.0, 0.3)) for name in names})
        for _ in range(count)
    ]


def moves_in(twins: Twins, twin: int, *kinds: str) -> list[list[Step]]:
    """What happened in the two worlds of a compiled twin: every tie that moved by the kinds given, or by any."""
    return [_steps(output, twins.scenario, *kinds) for output in twins.outputs(Chunk("twins", twin, 1))]


def _steps(output: Output, scenario: Situation, *kinds: str) -> list[Step]:
    population = scenario.population
    names = [*population.iso3, *(patron.iso3 for patron in population.patrons)]
    rows = output.changes[: output.filled[0]].tolist()
    return sorted(
        (week, names[index], tie, before, after)
        for _, week, index, kind, tie, before, after, _ in rows
        if not kinds or CHANGES[kind] in kinds
    )


def by_worlds(twins: Twins, twin: int) -> list[World]:
    """The two worlds of a twin by the Mesa model."""
    made = [world.run() for world in worlds(twins, twin).values()]
    for world in made:
        forget(world)
    return made


# ---- both engines agree


def agree(twins: Twins, twin: int) -> None:
    """Every tie that moves and every number of every week, to the last bit."""
    chunk = Chunk("twins", twin, 1)
    for output, world in zip(twins.outputs(chunk), by_worlds(twins, twin), strict=True):
        expected = written(twins.scenario, chunk, {twin: world.recorder}, {}).output
        assert output.changes[: output.filled[0]].tolist() == expected.changes.tolist()
        for name in ("week_ints", "week_floats"):
            assert getattr(output, name).tobytes() == getattr(expected, name).tobytes(), name


@pytest.mark.parametrize("sigma", [0.0, 0.7])
@pytest.mark.parametrize(
    "changes",
    [
        {"without": ["Sixth nuclear test"]},
        {"campaign": {"scale": 0.0}, "mechanisms": {"contagion": True, "own_acts": True}},
        {"target": {"courtship": "courting"}, "sender": {"escalation": 0.2}},
        {"restoration": {"reach": "any"}, "requests": {"scale": 0.0}, "risk_set": "with-unlisted"},
    ],
)
def test_compiled_twins_are_the_twins_of_the_mesa_model(
    case: Case, pilot: Parameters, changes: dict[str, object], sigma: float
) -> None:
    factual, scenario, until = twin_situations(case, case.scenario("max-pressure-2017").but(**changes))
    frail = {"frailty": sigma > 0.0}
    factual, scenario = (
        replace(one, scenario=one.scenario.but(mechanisms=frail)) for one in (factual, scenario)
    )
    draws = tuple(p._replace(sigma=sigma) for p in jittered(pilot, 40 if FULL else 2))
    twins = Twins(factual=factual, scenario=scenario, until=until, draws=draws, seed=5)
    for twin in range(len(draws)):
        agree(twins, twin)


# ---- the record comes again


@pytest.mark.parametrize(
    ("edits", "cuts"),
    [({"record": "broad", "mechanisms": {"frailty": True}}, 60), ({"record": "strict"}, 43)],
    ids=["broad, with frailty", "strict"],
)
@pytest.mark.parametrize("risk_set", ["ex-ante", "with-unlisted", "override"])
def test_under_the_record_itself_a_twin_does_what_the_record_holds(
    case: Case, pilot: Parameters, risk_set: str, edits: dict[str, object], cuts: int
) -> None:
    """Every act, tie, level and week, for each draw of parameters and both couplings."""
    scenario = case.scenario("max-pressure-2017").but(risk_set=risk_set, **edits)
    factual, again, until = twin_situations(case, scenario)
    draws = jittered(pilot, DRAWS)
    twins = Twins(factual=factual, scenario=again, until=until, draws=tuple(draws), seed=5)
    recorded = [
        (act.week, act.iso3, cut.tie, cut.level_before, cut.level_after)
        for act in factual.record.acts
        for cut in act.cuts
    ]
    assert len(recorded) >= cuts
    for twin in range(len(draws)):
        for happened in moves_in(twins, twin, "act"):
            assert [row for row in happened if row[0] < until] == sorted(recorded)


given_inputs = st.fixed_dictionaries(
    {},
    optional={
        "target": st.fixed_dictionaries({"courtship": st.sampled_from(["observed", "courting"])}),
        "sender": st.fixed_dictionaries({"escalation": numbers(0.0, 1.0)}),
        "restoration": st.fixed_dictionaries({"reach": st.sampled_from(["lost", "any"])}),
    },
)
"""Everything that a scenario may hold but drawn tests, whose random numbers no record bounds."""


@given(situations(given_inputs), parameters(rho=OFF, attrition=0.0), seeds)
@settings(max_examples=400 if FULL else 40)
def test_any_world_comes_again_as_its_own_twin(made_up, p, seed):
    happened = simulated(made_up, p, seed)
    factual = replace(made_up, record=as_record(acts(happened)))
    twins = twins_of(factual, p, seed ^ 1)
    assert moves_in(twins, 7, "act") == [acts(happened)] * 2


@given(situations(given_inputs), parameters(rho=OFF, attrition=0.0), st.integers(1, WEEKS - 1), seeds)
def test_until_a_policy_differs_a_twin_does_what_the_record_holds(made_up, p, week, seed):
    happened = simulated(made_up, p, seed)
    factual = replace(made_up, record=as_record(acts(happened)))
    campaign = factual.timeline.campaign.copy()
    campaign[week:] += 1.0
    scenario = replace(factual, timeline=replace(factual.timeline, campaign=campaign))
    twins = twins_of(factual, p, seed ^ 1, scenario)
    for output in moves_in(twins, 7, "act"):
        assert [row for row in output if row[0] < week] == [row for row in acts(happened) if row[0] < week]


@given(situations(given_inputs), parameters(), st.integers(1, WEEKS - 1), seeds)
@settings(max_examples=400 if FULL else 40)
def test_compiled_twins_of_any_record_are_the_twins_of_the_mesa_model(made_up, p, week, seed):
    """Whatever happened, twins of its acts agree, also where the rule takes over before the end."""
    happened = simulated(made_up, p._replace(rho=OFF, attrition=0.0), seed)
    record = as_record([row for row in acts(happened) if row[0] < week])
    factual = replace(made_up, record=record)
    campaign = factual.timeline.campaign + 1.0
    scenario = replace(factual, timeline=replace(factual.timeline, campaign=campaign))
    agree(replace(twins_of(factual, p, seed ^ 1, scenario), until=week), 7)


@pytest.mark.parametrize(
    "edits", [{"record": "broad", "risk_set": "ex-ante", "mechanisms": ALL_ON}, {}], ids=["broad", "default"]
)
def test_the_law_says_something(case: Case, pilot: Parameters, edits: dict[str, object]) -> None:
    """Under another policy a twin does other things."""
    factual, scenario, until = twin_situations(case, case.scenario("no-campaign").but(**edits))
    twins = Twins(factual=factual, scenario=scenario, until=until, draws=(pilot,), seed=5)
    for output in twins(Chunk("twins", 0, 1)):
        assert sum(week < until for weeks in output.acted for week in weeks) < 0.83 * len(factual.record.acts)


# ---- inferred random numbers, over all that might have happened, are random numbers

ROWS = [Row(iso3="AAA", levels=(3, 3, 2, 0, 0, 0))]
P = plain(alpha=per_tie(diplomatic=-4.0, trade=-3.5, finance=-3.0), psi=per_tie(0.4), chi=0.3, sigma=0.8)
RARE = 1e-4
"""With the seeds fixed a test below this chance never comes up green or red by accident."""


def witnessed(count: int) -> dict[str, list[tuple[float, ThresholdTwin]]]:
    """For each coupling the frailties and states of twins, one for each of many worlds that might have been."""
    found: dict[str, list[tuple[float, ThresholdTwin]]] = {name: [] for name in COUPLINGS}
    for number in range(count):
        made_up = situation(ROWS, weeks=12, campaign=0.0)
        factual = replace(made_up, record=as_record(acts(simulated(made_up, P, seed=1, number=number))))
        twins = twins_of(factual, P, seed=2)
        for name, world in worlds(twins, number).items():
            (state,) = world.states
            assert isinstance(state, ThresholdTwin)
            found[name].append((state.frailty, state))
            forget(world)
    return found


def test_inferred_random_numbers_over_all_possible_records_are_distributed_as_drawn() -> None:
    """A posterior averaged over data from the prior is the prior: nothing is lost or bent by the inference."""
    found = witnessed(1000)
    for name, states in found.items():
        frailties = [(frailty + 0.5 * P.sigma**2) / P.sigma for frailty, _ in states]
        assert stats.kstest(frailties, "norm").pvalue > RARE
        assert 0.85 < np.var(frailties) < 1.15
        for number in (0,) if name == "threshold" else range(12):
            resistances = [state._resistance(rng.RESISTANCE, number) for _, state in states]
            assert stats.kstest(resistances, "expon").pvalue > RARE
        inferred = [next(iter(state.inferred_acts.values())) for _, state in states if state.inferred_acts]
        assert len(inferred) > 400
        for tie in range(3):
            lead = [act[tie][GUMBEL] for act in inferred]
            assert stats.kstest(lead, "gumbel_r").pvalue > RARE
            for which in (JOINING, FIRST):
                assert stats.kstest([act[tie][which] for act in inferred], "uniform").pvalue > RARE
