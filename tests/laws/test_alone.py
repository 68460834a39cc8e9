"""A state that no other can move does the same when it is simulated alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from made_up import numbers, parameters, seeds, situations
from maxpressure.engine.arrays import parameter_rows
from maxpressure.engine.engines import Ensemble
from maxpressure.evidence.parameters import Parameters
from maxpressure.model.case import Case, Situation, prepare, under
from maxpressure.scenario.fields import Mechanisms

uncourted = st.fixed_dictionaries(
    {},
    optional={
        "target": st.fixed_dictionaries({"tests": st.sampled_from(["observed", "drawn"])}),
        "sender": st.fixed_dictionaries({"escalation": numbers(0, 1)}),
    },
)


def moved(ensemble: Ensemble, seed: int, index: int) -> list[list[int]]:
    """The ties that a state moved in some worlds: world, week, kind, tie, levels and lead."""
    simulated = ensemble.simulate(0, 3, seed=seed)
    changes = simulated.output.changes[: simulated.changes]
    own: list[list[int]] = changes[changes[:, 2] == index][:, [0, 1, 3, 4, 5, 6, 7]].tolist()
    return own


@given(situations(uncourted), parameters(beta_peer=0.0), seeds)
def test_without_contagion_and_courtship_a_state_does_the_same_alone(
    made_up: Situation, p: Parameters, seed: int
) -> None:
    whole = Ensemble(made_up, [p])
    for index in range(len(made_up.population.iso3)):
        narrowed = Ensemble(made_up, [p])
        assert narrowed.narrowed(index) == 0
        assert moved(narrowed, seed, 0) == moved(whole, seed, index)


@pytest.mark.parametrize("changes", [{"beta_peer": 0.5}, {}])
def test_a_state_that_others_can_move_is_simulated_with_them(
    case: Case, pilot: Parameters, changes: dict[str, float]
) -> None:
    scenario = case.scenario("max-pressure-2017").but(
        mechanisms={"contagion": bool(changes)},
        target={"courtship": "observed" if changes else "courting"},
    )
    ensemble = Ensemble(prepare(case, scenario), [pilot._replace(**changes)])
    assert ensemble.narrowed(5) == 5
    assert len(ensemble.inputs.states) > 100


def test_rows_of_parameters_are_those_that_the_scenario_leaves(case: Case, pilot: Parameters) -> None:
    """Overrides and switches, each as the World applies them."""
    off = dict.fromkeys(Mechanisms.model_fields, False)
    number = {"beta_shock": {"value": 0.25, "reason": "made up"}}
    scenario = case.scenario("max-pressure-2017").but(mechanisms=off, parameters=number)
    situation, draws = prepare(case, scenario), [pilot, pilot._replace(kappa=0.7)]
    for row, draw in zip(parameter_rows(situation, draws), draws, strict=True):
        leaves = [np.ravel(value) for value in under(scenario, draw)]
        assert row.tolist() == np.concatenate(leaves).tolist()
