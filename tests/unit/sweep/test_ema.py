"""The ensemble as a model of EMA Workbench: the numbers of a sweep and of a run, many designs in one call."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import maxpressure as mp
from maxpressure.sweep.design import Design, base_policy, simulate_points
from maxpressure.sweep.files import DUMMY, read_sweep

ema = pytest.importorskip("ema_workbench")
near = pytest.approx

SMALL = """
title = "Two levers"
question = "What do they do to the acts of half a year?"
worlds = 6
outcomes = ["acts", "trade_left"]

[edits.window]
start = 2017-07-03
weeks = 26

[levers."campaign.scale"]
label = "campaign"
low = 0
high = 2
what = "The campaign, as a factor."
why = "From none to twice the recorded one."

[levers."scale.Q060"]
label = "one request"
low = 0
high = 1
whole = true
what = "Whether one request is made."
why = "Made, or not."

[uncertainties."requests.lag_weeks"]
label = "lag"
low = 0
high = 2
whole = true
what = "Weeks."
why = "A few weeks are plausible."

[uncertainties."parameters.beta_shock"]
label = "tests"
quantiles = [0.05, 0.95]
what = "Log hazard ratio."
why = "Nine tenths of the posterior."

[uncertainties."assumptions.shocks.icbm_test.magnitude"]
label = "tests of missiles"
low = 0.3
high = 1.0
what = "How much a test counts."
why = "From half to as much as a nuclear test."
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ema") / "small.toml"
    path.write_text(SMALL, encoding="utf-8")
    return path


def experiment(values: Mapping[str, float], model: Any, name: str = "0") -> tuple[Any, Any]:
    """The workbench's scenario and policy with these values."""
    levers = {lever.name for lever in model.levers}
    scenario = ema.Scenario(name, **{key: value for key, value in values.items() if key not in levers})
    return scenario, ema.Policy(name, **{key: value for key, value in values.items() if key in levers})


def test_a_design_has_the_numbers_of_a_sweep_at_the_same_point(small: Path) -> None:
    sweep, model = read_sweep(small), mp.ema_model(small)
    points = np.array([[0.2, 0.9, 0.5, 0.3, 0.7, 0.0], [0.8, 0.1, 0.9, 0.9, 0.0, 0.0]])
    design = Design(
        sweep=sweep,
        method="prim",
        policies=[base_policy(sweep)],
        inputs=sweep.inputs,
        points=points,
        sets=np.zeros(2, dtype=np.int64),
        worlds=6,
    )
    swept = simulate_points(design, progress=False)[0].mean(axis=2)
    for point, means in zip(points, swept, strict=True):
        values = {
            one.name: one.value(at) for one, at in zip(sweep.inputs, point, strict=True) if one.role != DUMMY
        }
        scenario, policy = experiment(values, model)
        with model.evaluator() as evaluator:
            _, outcomes = evaluator.perform_experiments(scenarios=[scenario], policies=[policy])
        assert [outcomes["acts"].item(), outcomes["trade_left"].item()] == means.tolist()


def test_named_scenarios_have_the_numbers_of_a_run_and_differ_by_policy_alone(tmp_path: Path) -> None:
    names = ["max-pressure-2017", "no-campaign", "no-september-test"]
    bare = tmp_path / "bare.toml"
    bare.write_text(SMALL[: SMALL.index("[edits")] + SMALL[SMALL.index("[uncertainties") :], encoding="utf-8")
    model = mp.ema_model(bare, scenarios=names, worlds=8)
    assert [lever.name for lever in model.levers] == ["named_scenario"]
    model.uncertainties.clear()
    policies = [ema.Policy(name, named_scenario=name) for name in names]
    with model.evaluator() as evaluator:
        experiments, outcomes = evaluator.perform_experiments(policies=policies)
    worlds = mp.run(names, worlds=8, out=tmp_path / "run", progress=False).worlds
    for row, name in enumerate(experiments["policy"]):
        own = worlds[worlds["scenario"] == name]
        assert outcomes["acts"][row] == own["acts"].mean()
        assert outcomes["trade_left"][row] == own["trade_left"].to_numpy().mean()
        assert outcomes["acts_mcse"][row] == near(own["acts"].std() / np.sqrt(8))


def test_all_designs_of_a_call_are_simulated_together_and_none_twice(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = mp.ema_model(small, worlds=2)
    calls: list[int] = []
    simulate = model._simulate

    def counted(designs: Any, workers: int | None) -> Any:
        calls.append(len(designs))
        return simulate(designs, workers)

    monkeypatch.setattr(model, "_simulate", counted)
    with model.evaluator(workers=2) as evaluator:
        experiments, together = evaluator.perform_experiments(scenarios=3, policies=4)
    assert calls == [12]
    again = mp.ema_model(small, worlds=2)
    rows = experiments.to_dict("records")
    names = [one.name for one in (*again.levers, *again.uncertainties)]
    for index, row in enumerate(rows):
        scenario, policy = experiment({name: row[name] for name in names}, again, str(index))
        _, alone = ema.perform_experiments(again, scenarios=[scenario], policies=[policy])
        assert alone["acts"].item() == together["acts"][index]
        _, known = ema.perform_experiments(model, scenarios=[scenario], policies=[policy])
        assert known["trade_left"].item() == together["trade_left"][index]
    assert calls == [12]


def test_another_seed_is_another_simulation(small: Path) -> None:
    model = mp.ema_model(small, worlds=4)
    scenario, policy = experiment({}, model)
    model.uncertainties.clear()
    model.levers.clear()
    _, first = ema.perform_experiments(model, scenarios=[scenario], policies=[policy])
    model.constants["seed"].value = 1
    _, other = ema.perform_experiments(model, scenarios=[scenario], policies=[policy])
    assert first["trade_left"].item() != other["trade_left"].item()


def test_a_parameter_between_quantiles_is_sampled_from_its_posterior(small: Path) -> None:
    model = mp.ema_model(small)
    one = next(one for one in read_sweep(small).inputs if one.name == "parameters.beta_shock")
    parameter = model.uncertainties["parameters.beta_shock"]
    shares = np.array([0.0, 0.25, 0.5, 1.0])
    assert parameter.dist.ppf(shares).tolist() == [one.value(share) for share in shares.tolist()]
    assert (parameter.lower_bound, parameter.upper_bound) == (one.value(0.0), one.value(1.0))
    designs = ema.em_framework.samplers.sample_uncertainties(model, 50)
    drawn = np.array([design["parameters.beta_shock"] for design in designs])
    assert one.value(0.0) <= drawn.min() < one.value(0.1)
    assert one.value(0.9) < drawn.max() <= one.value(1.0)
    assert "parameters.beta_shock" in repr(parameter)


def test_scoring_and_optimisation_of_the_workbench_run(small: Path) -> None:
    pytest.importorskip("platypus")
    from ema_workbench.analysis import feature_scoring

    model = mp.ema_model(small, worlds=2, better={"acts": "higher", "trade_left": "higher"})
    with model.evaluator() as evaluator:
        experiments, outcomes = evaluator.perform_experiments(scenarios=4, policies=4)
        front = evaluator.optimize(nfe=20, searchover="levers", epsilons=[0.5, 0.01], population_size=10)
    inputs = experiments.drop(columns=["scenario", "policy", "model"])
    scores = feature_scoring.get_feature_scores_all(inputs, {"acts": outcomes["acts"]})
    assert set(scores.index) == set(inputs.columns)
    assert {"campaign.scale", "scale.Q060", "acts", "trade_left"} <= set(front.columns)


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ({"worlds": 1}, "worlds"),
        ({"worlds": 2.5}, "worlds"),
        ({"better": {"act": "lower"}}, "better"),
        ({"better": {"acts": "up"}}, "better"),
        ({"scenarios": ["no-campaign"]}, "scenarios"),
        ({"scenarios": "no-campaign"}, "scenarios"),
        ({"scenarios": []}, "scenarios"),
    ],
)
def test_what_is_no_model_is_refused(small: Path, words: dict[str, Any], key: str) -> None:
    with pytest.raises(mp.InputError) as refused:
        mp.ema_model(small, **words)
    assert refused.value.key == key


def test_an_unknown_scenario_and_an_unknown_input_are_refused(small: Path) -> None:
    with pytest.raises(mp.InputError, match="no-campaign"):
        mp.ema_model(small, scenarios=["no-campain", "no-un-mandates"])
    model = mp.ema_model(small)
    model.levers = [ema.RealParameter("campaign.scal", 0.0, 1.0)]
    with pytest.raises(mp.InputError, match=r"campaign\.scale"), model.evaluator() as evaluator:
        evaluator.perform_experiments(policies=2, scenarios=1)


def test_without_the_workbench_it_is_said_which_extra_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ema_workbench", None)
    with pytest.raises(mp.InputError, match=r"pip install 'maxpressure\[explore\]'"):
        mp.ema_model()
