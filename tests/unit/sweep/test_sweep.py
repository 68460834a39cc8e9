"""Sweep files, the points they make, the folders they fill."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from typer.testing import CliRunner

import maxpressure
from maxpressure import sweep
from maxpressure.base.cautions import NOT_DISARMAMENT, REQUESTS
from maxpressure.base.errors import InputError, not_installed
from maxpressure.base.text import percent
from maxpressure.cli.main import app
from maxpressure.engine.arrays import inputs_of
from maxpressure.model.case import Case, prepare
from maxpressure.sweep import analysis, design
from maxpressure.sweep.design import Design, base_policy, simulate_points, world_sets, world_sets_of_paths
from maxpressure.sweep.files import DUMMY, Input, Policy, Sweep, changed, number_of, shipped_sweeps
from maxpressure.sweep.text import index_notes, ranking, regret_finding

SMALL = """
title = "Two inputs"
question = "Which moves the acts of half a year?"
worlds = 4
regret_worlds = 5
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
label = "ICBM"
low = 0.3
high = 1.0
what = "A nuclear test being 1."
why = "Assumed 0.6."

[policies.recorded]
label = "as recorded"
scenario = "max-pressure-2017"

[policies.none]
label = "no campaign"
levers = { "campaign.scale" = 0 }
"""
RUN = CliRunner()
HOW: dict[str, Any] = {"progress": False, "workers": 1}


@pytest.fixture(autouse=True)
def _few_halves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer halves of the points of PRIM than in use: each is a search for a box."""
    monkeypatch.setattr(analysis, "BOX_RESAMPLES", 4)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.toml"
    path.write_text(SMALL, encoding="utf-8")
    return path


# ---- the file


def test_the_shipped_sweep_has_about_13_inputs_a_reason_for_each_and_a_dummy(case: Case) -> None:
    assert list(shipped_sweeps()) == ["levers"]
    found = sweep.read_sweep("levers", case=case)
    assert 13 <= len(found.inputs) - 1 <= 15
    assert [one.name for one in found.inputs if one.role == DUMMY] == ["dummy"]
    ranges = [*found.file.levers.values(), *found.file.uncertainties.values()]
    assert all(len(one.what) > 20 and len(one.why) > 20 for one in ranges)
    assert {one.role for one in found.inputs} == {"lever", "uncertainty", "dummy"}
    assert len(found.policies) >= 3


def test_a_place_between_0_and_1_becomes_a_value_between_the_ends(small: Path, case: Case) -> None:
    found = sweep.read_sweep(small, case=case)
    campaign, lag, shock, size, dummy = found.inputs
    assert [campaign.value(place) for place in (0.0, 0.5, 1.0)] == [0.0, 1.0, 2.0]
    assert [lag.value(place) for place in (0.0, 0.3, 0.34, 0.66, 0.67, 1.0)] == [0, 0, 1, 1, 2, 2]
    drawn = [number_of(draw, "beta_shock") for draw in found.chosen.draws]
    assert shock.value(0.5) == pytest.approx(np.median(drawn))
    assert shock.value(0.0) == pytest.approx(np.quantile(drawn, 0.05))
    assert size.value(1.0) == 1.0
    assert dummy.role == DUMMY


def test_a_point_changes_what_its_inputs_name_and_nothing_else(small: Path, case: Case) -> None:
    found = sweep.read_sweep(small, case=case)
    at, scenario = changed(found, found.base, found.inputs, (0.25, 1.0, 0.5, 0.0, 0.7))
    assert scenario.campaign.scale == 0.5
    assert scenario.requests.lag_weeks == 2
    assert set(scenario.parameters) == {"beta_shock"}
    assert at.assumptions.shocks["icbm_test"].magnitude == 0.3
    assert at.assumptions.model_dump(exclude={"shocks"}) == case.assumptions.model_dump(exclude={"shocks"})
    assert case.assumptions.shocks["icbm_test"].magnitude == 0.6
    assert scenario.but(campaign={"scale": 1.0}, requests={"lag_weeks": 0}).window == found.base.window


def test_points_share_their_worlds_where_they_share_the_dummy_and_nowhere_else(
    small: Path, case: Case
) -> None:
    inputs = sweep.read_sweep(small, case=case).inputs
    places = np.full((5, 5), 0.5)
    places[:, -1] = (0.0, 0.7, 0.7001, 1.0, 0.7)
    assert world_sets(inputs, places).tolist() == [0, 1, 2, 3, 1]
    assert world_sets(inputs[:-1], places[:, :-1]).tolist() == [0] * 5


def test_no_two_points_of_a_hypercube_share_random_numbers_so_held_out_points_are_new(
    small: Path, case: Case
) -> None:
    inputs = sweep.read_sweep(small, case=case).inputs
    places = design.hypercube(len(inputs), 3000, 1)
    assert len(np.unique(world_sets(inputs, places))) == 3000


def test_each_of_morris_paths_has_two_sets_of_worlds_of_its_own(small: Path, case: Case) -> None:
    inputs = sweep.read_sweep(small, case=case).inputs
    places = design.paths([one.name for one in inputs], 40, 1)
    sets = world_sets_of_paths(inputs, places).reshape(40, len(inputs) + 1)
    assert [np.unique(path).tolist() for path in sets] == [[2 * path, 2 * path + 1] for path in range(40)]
    steps = np.diff(places[:, -1].reshape(40, -1), axis=1) != 0.0
    assert ((np.diff(sets, axis=1) != 0) == steps).all()


def test_morris_says_how_many_sets_of_worlds_it_simulated(small: Path, tmp_path: Path) -> None:
    sweep.morris(small, paths=6, out=tmp_path / "m", **HOW)
    assert json.loads((tmp_path / "m" / "sweep.json").read_text())["world_sets"] == 12


REFUSED = [
    ('[levers."campaign.scale"]', '[levers."campagne.scale"]', 'levers."campagne.scale"', "campaign"),
    ('[levers."campaign.scale"]', '[levers."campaign.skale"]', 'levers."campaign.skale"', "scale"),
    ('high = 2\nwhat = "The c', 'high = 4000\nwhat = "The c', 'levers."campaign.scale".high', ""),
    ("low = 0\nhigh = 2", "low = 2\nhigh = 2", 'levers."campaign.scale".high', ""),
    ("whole = true", "whole = false", 'uncertainties."requests.lag_weeks".whole', ""),
    ('[levers."campaign.scale"]', '[levers."window.weeks"]', 'levers."window.weeks".whole', ""),
    ('[levers."campaign.scale"]', '[levers."mechanisms.contagion"]', 'levers."mechanisms.contagion".whole', ""),
    ('"requests.lag_weeks"]', '"mechanisms.contagion"]', 'uncertainties."mechanisms.contagion".high', ""),
    ("low = 0.3", "low = -0.3", 'uncertainties."assumptions.shocks.icbm_test.magnitude".low', ""),
    ("high = 1.0", "high = 1e8", 'uncertainties."assumptions.shocks.icbm_test.magnitude".high', ""),
    ("high = 1.0", "high = 1e308", 'uncertainties."assumptions.shocks.icbm_test.magnitude".high', ""),
    ("high = 1.0", "high = inf", 'uncertainties."assumptions.shocks.icbm_test.magnitude".high', ""),
    ("high = 1.0", "high = " + "9" * 400, 'uncertainties."assumptions.shocks.icbm_test.magnitude".high', ""),
    ("worlds = 4", "seed = 9223372036854775808", "seed", ""),
    ("worlds = 4", "worlds = " + "9" * 4000, "worlds", ""),
    ("start = 2017-07-03", "start = 9999-12-27", "window.start", ""),
    ("high = 2\nwhole", "high = 2.5\nwhole", 'uncertainties."requests.lag_weeks".whole', ""),
    ("parameters.beta_shock", "parameters.beta_shok", 'uncertainties."parameters.beta_shok".quantiles', "beta_shock"),
    ("quantiles = [0.05, 0.95]", "quantiles = [0.95, 0.05]", 'uncertainties."parameters.beta_shock".quantiles', ""),
    ("\nquantiles =", "\nwhole = true\nquantiles =", 'uncertainties."parameters.beta_shock".whole', ""),
    ("shocks.icbm_test", "shocks.icbm_tset", 'uncertainties."assumptions.shocks.icbm_tset.magnitude"', "icbm_test"),
    ('"acts", "trade_left"', '"acts", "trade_leff"', "outcomes[1]", "trade_left"),
    ('label = "campaign"', 'lable = "campaign"', 'levers."campaign.scale".lable', "label"),
    ('scenario = "max-pressure-2017"', 'scenario = "max-presure-2017"', "scenario", "max-pressure-2017"),
    ('{ "campaign.scale" = 0 }', '{ "campaign.skale" = 0 }', 'policies.none.levers."campaign.skale"', "campaign.scale"),
    ('{ "campaign.scale" = 0 }', '{ "campaign.scale" = 9 }', 'policies.none.levers."campaign.scale"', ""),
    ("worlds = 4", "worlds = 1", "worlds", ""),
    ('[levers."campaign.scale"]', "[levers.dummy]", "levers.dummy", ""),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "key", "close"), REFUSED)
def test_a_fault_is_refused_with_its_place_what_is_allowed_and_the_nearest_word(
    tmp_path: Path, case: Case, old: str, new: str, key: str, close: str
) -> None:
    assert old in SMALL
    path = tmp_path / "small.toml"
    path.write_text(SMALL.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        sweep.read_sweep(path, case=case)
    assert caught.value.key == key
    assert caught.value.allowed
    assert close in caught.value.nearest


def test_a_sweep_may_move_a_switch_and_the_length_of_the_window(tmp_path: Path, case: Case) -> None:
    text = SMALL.replace('"requests.lag_weeks"]', '"mechanisms.contagion"]').replace(
        "high = 2\nwhole", "high = 1\nwhole"
    )
    text = text.replace('[levers."campaign.scale"]', '[levers."window.weeks"]\nwhole = true').replace(
        "low = 0\n", "low = 1\n", 1
    )
    text = text.replace('levers = { "campaign.scale" = 0 }', 'levers = { "window.weeks" = 2 }')
    (tmp_path / "small.toml").write_text(text, encoding="utf-8")
    found = sweep.read_sweep(tmp_path / "small.toml", case=case)
    for place, weeks, contagion in ((0.0, 1, False), (0.9, 2, True)):
        _, scenario = changed(found, found.base, found.inputs[:2], (place, place))
        assert (scenario.window.weeks, scenario.mechanisms.contagion) == (weeks, contagion)
    assert found.policies[1].scenario.window.weeks == 2
    sweep.morris(tmp_path / "small.toml", paths=2, out=tmp_path / "m", **HOW)
    assert (tmp_path / "m" / "points.parquet").is_file()


def test_a_policy_whose_scenario_edits_an_uncertain_key_is_refused(tmp_path: Path, case: Case) -> None:
    (tmp_path / "lagged.toml").write_text('extends = "max-pressure-2017"\n[requests]\nlag_weeks = 1\n')
    path = tmp_path / "small.toml"
    path.write_text(SMALL.replace('scenario = "max-pressure-2017"', 'scenario = "lagged.toml"'))
    with pytest.raises(InputError, match=r"leaves requests\.lag_weeks alone"):
        sweep.read_sweep(path, case=case)


def test_edits_hold_under_the_scenario_of_a_policy_but_for_keys_that_it_sets(
    tmp_path: Path, case: Case
) -> None:
    (tmp_path / "half.toml").write_text('extends = "max-pressure-2017"\n[campaign]\nscale = 0.5\n')
    edits = "[edits.mandates]\nscale = 0\n\n[edits.campaign]\nscale = 0.25\n\n[edits.window]"
    text = SMALL.replace("[edits.window]", edits)
    text += '\n[policies.half]\nlabel = "half"\nscenario = "half.toml"\n'
    text += '\n[policies.both]\nlabel = "both"\nscenario = "half.toml"\nlevers = { "campaign.scale" = 2 }\n'
    path = tmp_path / "small.toml"
    path.write_text(text)
    found = sweep.read_sweep(path, case=case)
    simulated = {
        one.name: (one.scenario.mandates.scale, one.scenario.campaign.scale) for one in found.policies
    }
    assert simulated == {"recorded": (0, 0.25), "none": (0, 0), "half": (0, 0.5), "both": (0, 2)}
    assert {one.scenario.window for one in found.policies} == {found.base.window}


def test_the_shipped_policy_of_talks_has_its_talks_and_the_others_have_none(case: Case) -> None:
    policies = sweep.read_sweep("levers", case=case).policies
    talks = {one.name: one.scenario.thaw.scale for one in policies}
    assert talks.pop("engagement") == 1
    assert set(talks.values()) == {0}


def test_a_policy_that_edits_make_impossible_is_refused_under_its_own_key(tmp_path: Path, case: Case) -> None:
    (tmp_path / "without.toml").write_text('extends = "max-pressure-2017"\nwithout = ["Hwasong-15"]\n')
    text = SMALL.replace("[edits.window]", '[edits.shift]\n"Hwasong-15" = 7\n\n[edits.window]')
    path = tmp_path / "small.toml"
    path.write_text(text.replace('scenario = "max-pressure-2017"', 'scenario = "without.toml"'))
    with pytest.raises(InputError, match=r"policies\.recorded"):
        sweep.read_sweep(path, case=case)


# ---- points


def planned(
    found: Sweep, policies: Sequence[Policy], inputs: Sequence[Input], points: np.ndarray, *, worlds: int
) -> Design:
    """A design with the sets of worlds that its dummy picks."""
    return Design(
        sweep=found,
        method="prim",
        policies=policies,
        inputs=inputs,
        points=points,
        sets=world_sets(inputs, points),
        worlds=worlds,
    )


def test_the_base_at_dummy_0_is_the_first_worlds_of_a_run(small: Path, case: Case, tmp_path: Path) -> None:
    found = sweep.read_sweep(small, case=case)
    dummy = found.of()
    base = planned(found, [base_policy(found)], dummy, np.zeros((1, 1)), worlds=4)
    simulated = simulate_points(base, **HOW)[0, 0]
    window = {"start": found.base.window.start, "weeks": found.base.window.weeks}
    same = case.scenario("max-pressure-2017").but(window=window)
    ran = maxpressure.run([same], worlds=4, case=case, out=tmp_path / "run", progress=False)
    table = ran.worlds.sort_values("world")
    assert simulated[0].tolist() == table["acts"].tolist()
    assert simulated[1].tolist() == table["trade_left"].tolist()


@pytest.mark.parametrize("risk_set", ["ex-ante", "override"])
def test_a_situation_that_borrows_its_states_is_laid_out_like_one_that_does_not(
    case: Case, risk_set: str
) -> None:
    base = case.scenario("max-pressure-2017")
    edited = base.but(campaign={"scale": 0.5}, requests={"lag_weeks": 1}, risk_set=risk_set)
    borrowed, own = (inputs_of(prepare(case, edited, like=like)) for like in (prepare(case, base), None))
    for one, other in zip(borrowed, own, strict=True):
        assert np.array_equal(one, other)


def test_any_number_of_workers_and_any_company_of_points_gives_the_same_bits(small: Path, case: Case) -> None:
    found = sweep.read_sweep(small, case=case)
    places = np.random.default_rng(1).random((20, len(found.inputs)))
    whole = planned(found, found.policies, found.inputs, places, worlds=3)
    one, two = (simulate_points(whole, workers=workers, progress=False) for workers in (1, 2))
    assert (one == two).all()
    single = replace(whole, points=places[7:8], sets=whole.sets[7:8])
    alone = simulate_points(single, **HOW)
    assert (alone[:, 0] == one[:, 7]).all()


def test_only_the_dummy_changes_random_numbers_and_it_changes_nothing_else(small: Path, case: Case) -> None:
    found = sweep.read_sweep(small, case=case)
    dummy = found.of()
    places = np.array([[0.0], [0.0], [0.5]])
    simulated = simulate_points(planned(found, [base_policy(found)], dummy, places, worlds=6), **HOW)
    assert (simulated[0, 0] == simulated[0, 1]).all()
    assert (simulated[0, 0] != simulated[0, 2]).any()


# ---- the four methods and their folders


def test_morris_ranks_the_campaign_above_the_dummy_and_leaves_a_whole_folder(
    small: Path, tmp_path: Path
) -> None:
    found = sweep.morris(small, paths=6, worlds=30, out=tmp_path / "m", **HOW)
    own = found.table[(found.table["outcome"] == "acts") & (found.table["statistic"] == "mean")].set_index(
        "input"
    )
    assert own["mu_star"].idxmax() == "campaign.scale"
    assert own["seen"]["campaign.scale"]
    assert own["mu"]["campaign.scale"] > 0
    assert sorted(path.name for path in (tmp_path / "m").iterdir()) == [
        "indices.csv", "points.parquet", "sweep.json", "tornado.png",
    ]  # fmt: skip
    about = json.loads((tmp_path / "m" / "sweep.json").read_text())
    assert about["text"] == small.read_text()
    assert about["worlds"] == 30
    assert len(found.points) == 6 * 6
    printed = " ".join(found.text().split())
    assert "(the dummy)" in printed
    copy = found.save(tmp_path / "copy")
    for path in (tmp_path / "m").iterdir():
        assert (copy / path.name).read_bytes() == path.read_bytes()
    with pytest.raises(InputError, match="sweep results of another run"):
        found.save(copy)
    assert REQUESTS in printed


def test_points_of_the_same_run_are_kept_and_those_of_another_refused(small: Path, tmp_path: Path) -> None:
    first = sweep.sobol(small, points=4, out=tmp_path / "s", **HOW)
    again = sweep.sobol(small, points=4, outcome="trade_left", out=tmp_path / "s", **HOW)
    assert not first.reused
    assert again.reused
    assert again.table.equals(first.table)
    with pytest.raises(InputError, match="sweep results of another run: other points"):
        sweep.sobol(small, points=8, out=tmp_path / "s", **HOW)
    assert not sweep.sobol(small, points=8, out=tmp_path / "s", force=True, **HOW).reused
    with (tmp_path / "s" / "points.parquet").open("ab") as stream:
        stream.write(b"x")
    with pytest.raises(InputError, match="missing or changed"):
        sweep.sobol(small, points=8, out=tmp_path / "s", **HOW)


def test_a_folder_of_something_else_is_never_replaced(small: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match="thesis"):
        sweep.morris(small, paths=2, out=tmp_path / "mine", force=True, **HOW)
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"


def test_prim_finds_that_many_acts_need_the_campaign(small: Path, tmp_path: Path) -> None:
    points = {"points": 300, "out": tmp_path / "p", **HOW}
    numbers = sweep.prim(small, outcome="acts", above=30, **points).points["acts"]
    found = sweep.prim(small, outcome="acts", above=float(numbers.median()), **points)
    assert found.reused
    assert found.box is not None
    low, high = found.box.limits["campaign.scale"]
    assert low > 0.5
    assert high == np.inf
    assert found.box.stability["campaign.scale"] > 0.5
    assert found.box.training.points + found.box.held_out.points == 300
    assert set(found.table["restricted"]) == {True, False}
    assert "300 points" in found.text()


def test_prim_over_uncertainties_leaves_the_levers_as_in_the_base(small: Path, tmp_path: Path) -> None:
    found = sweep.prim(small, above=28, over="uncertainties", points=100, out=tmp_path / "p", **HOW)
    assert "campaign.scale" not in found.points.columns
    assert found.table["role"].tolist() == ["uncertainty"] * 3 + ["dummy"]


def test_prim_refuses_a_limit_that_parts_nothing_and_says_where_the_outcome_lies(
    small: Path, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=r"at 0 of 100 points.*median.*90 % lie from"):
        sweep.prim(small, below=-1, points=100, out=tmp_path / "p", **HOW)
    with pytest.raises(InputError, match="are both there"):
        sweep.prim(small, below=1, above=2, points=100, out=tmp_path / "p", **HOW)


@pytest.mark.parametrize("limit", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("side", ["below", "above"])
def test_prim_refuses_a_limit_that_is_no_finite_number_before_it_simulates(
    small: Path, tmp_path: Path, side: str, limit: float
) -> None:
    with pytest.raises(InputError) as refused:
        sweep.prim(small, points=100, out=tmp_path / "p", **{side: limit}, **HOW)
    assert refused.value.key == side
    assert not (tmp_path / "p").exists()


def test_the_points_of_a_refused_limit_are_kept_for_the_next_one(small: Path, tmp_path: Path) -> None:
    how = {"points": 100, "out": tmp_path / "p", **HOW}
    with pytest.raises(InputError, match="the points are kept") as refused:
        sweep.prim(small, below=-1, **how)
    middle = float(str(refused.value.allowed).partition("the median ")[2].partition(",")[0])
    assert sweep.prim(small, below=middle, **how).reused


def test_regret_compares_policies_in_the_same_worlds(small: Path, tmp_path: Path) -> None:
    found = sweep.regret(
        small, outcome="acts", better="lower", whom="the target", points=12, out=tmp_path / "r", **HOW
    )
    assert found.table["policy"].tolist() == ["none", "recorded"]
    points = found.points.pivot_table(index="point", columns="policy", values="acts", observed=True)
    far = points["recorded"] - points.min(axis=1)
    assert found.table.set_index("policy")["regret_max"]["recorded"] == pytest.approx(far.max())
    printed = " ".join(found.text().split())
    assert "the target" in printed
    assert NOT_DISARMAMENT in printed


@pytest.mark.parametrize(("outcome", "better"), [(None, "lower"), ("acts", None), ("acts", "more")])
def test_regret_refuses_to_guess_what_is_better_and_says_why(small: Path, outcome: str, better: str) -> None:
    with pytest.raises(
        InputError, match="no outcome counts as success by itself: more break-offs are not disarmament"
    ):
        sweep.regret(small, outcome=outcome, better=better, **HOW)


# ---- the command line


@pytest.mark.parametrize("method", ["morris", "sobol", "prim", "regret"])
def test_help_teaches_with_examples_files_and_exit_codes(method: str) -> None:
    printed = RUN.invoke(app, ["sweep", method, "--help"]).stdout
    assert f"maxpressure sweep {method} " in printed
    assert "Examples:" in printed
    assert "Exit codes:" in printed
    assert "points.parquet" in printed
    assert "_TIME" not in printed


def test_the_sweep_command_alone_lists_its_four_methods() -> None:
    printed = RUN.invoke(app, ["sweep", "--help"]).stdout
    for method in ("morris", "sobol", "prim", "regret"):
        assert f"maxpressure sweep {method}" in printed
    assert "pip install 'maxpressure[explore]'" in printed


def test_bad_input_ends_with_2_and_no_trace(small: Path) -> None:
    for words in (
        ["morris", "no-such-file"],
        ["regret", str(small)],
        ["prim", str(small), "--outcome", "deeds", "--below", "3"],
        ["sobol", str(small), "--points", "100"],
    ):
        ended = RUN.invoke(app, ["sweep", *words])
        assert ended.exit_code == 2, words
        assert "Traceback" not in ended.stderr


def test_a_missing_extra_ends_with_2_and_says_how_to_install_it(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*_: object) -> None:
        raise design_fault

    from maxpressure.sweep import design

    design_fault = not_installed("SALib", "explore", "sweep")
    monkeypatch.setattr(design, "paths", missing)
    ended = RUN.invoke(app, ["sweep", "morris", str(small)])
    assert ended.exit_code == 2
    assert "pip install 'maxpressure[explore]'" in ended.stderr


def test_the_command_prints_the_table_and_writes_the_folder(small: Path, tmp_path: Path) -> None:
    words = ["sweep", "regret", str(small), "--outcome", "acts", "--better", "higher", "--points", "10"]
    ended = RUN.invoke(app, [*words, "--out", str(tmp_path / "r")])
    assert ended.exit_code == 0, ended.stderr
    assert "within 10 % of best" in ended.stdout
    assert (tmp_path / "r" / "regret.png").stat().st_size > 10_000


# ---- words


def test_shares_are_0_or_100_per_cent_only_where_they_are() -> None:
    assert [percent(share) for share in (0.0, 0.001, 0.5, 0.999, 1.0)] == [
        "0 %", "under 1 %", "50 %", "over 99 %", "100 %",
    ]  # fmt: skip


def table_of(**indices: tuple[float, float]) -> pd.DataFrame:
    """Indices of Sobol by input, with their half intervals, the dummy's floor at 0.1."""
    rows = {**indices, "dummy": (0.06, 0.04)}
    table = pd.DataFrame({"input": list(rows)})
    table["ST"], table["ST_conf"] = zip(*rows.values(), strict=True)
    table["seen"] = table["ST"] - table["ST_conf"] > 0.1
    return table


@pytest.mark.parametrize(("alone", "said"), [(0.8, "0.20"), (1.02, "")])
def test_what_inputs_do_alone_is_added_up_without_the_dummy_and_with_its_error(
    small: Path, case: Case, alone: float, said: str
) -> None:
    found = sweep.read_sweep(small, case=case)
    names = [one.name for one in found.inputs]
    table = pd.DataFrame({"outcome": "acts", "statistic": "mean", "input": names, "ST": 0.3, "ST_conf": 0.01})
    table = table.assign(S1=0.2, S1_conf=0.01, S1_sum=alone, S1_sum_conf=0.07, seen=False)
    printed = " ".join(index_notes(table, found, "acts", "sobol"))
    assert f"{alone:.2f} ± 0.07" in printed
    assert "1.20" in printed
    assert (said in printed) if said else ("missing" not in printed)


def test_the_finding_gives_the_first_place_to_all_that_reach_it_and_to_no_more() -> None:
    names = ("one", "two", "three", "faint", "dummy")
    inputs = [Input(name=name, role="lever", label=name, low=0.0, high=1.0) for name in names]
    level = table_of(one=(0.5, 0.05), two=(0.44, 0.05), three=(0.2, 0.05), faint=(0.1, 0.4))
    printed = ranking(level, inputs, "acts", "sobol")
    assert "one and two (50 % and 44 %)" in printed
    assert "3 of 4 inputs" in printed
    nothing = table_of(one=(np.nan, np.nan))
    assert ranking(nothing, inputs, "acts", "sobol") == "Nothing moves acts of breaking off"


def test_a_table_of_regret_names_together_the_policies_that_it_cannot_part() -> None:
    table = pd.DataFrame(
        {
            "policy": ["a", "b", "c"],
            "regret_p90": [5.0, 6.0, 20.0],
            "regret_max": [7.0, 8.0, 25.0],
            "p90_from": [4.0, 5.0, 18.0],
            "p90_to": [6.0, 7.0, 22.0],
            "near_best": [1.0, 0.5, 0.0],
            "points": [100, 100, 100],
        }
    )
    printed = regret_finding(table, {name: name.upper() for name in "abc"}, "acts", "lower")
    assert "“A” and “B”" in printed
    assert "(5 and 6)" in printed
    assert "“C”" not in printed
    alike = regret_finding(table.assign(regret_max=0.0), {}, "acts", "lower")
    assert alike.startswith("No policy differs")
    assert "100 points" in alike


def test_a_sweep_is_drawn_on_the_callers_axes(small: Path, tmp_path: Path) -> None:
    found = sweep.morris(small, paths=4, out=tmp_path / "m", **HOW)
    axes = Figure().add_subplot()
    assert found.plot(axes, color="red") is axes
    table = found.table
    first = table[(table["outcome"] == table["outcome"].iloc[0]) & (table["statistic"] == "mean")]
    widths = sorted(patch.get_width() for patch in axes.patches)
    assert widths == sorted(first[first["input"] != "dummy"]["mu_star"])
    with pytest.raises(InputError, match="regret"):
        found.plot.regret(axes)
    with pytest.raises(InputError):
        found.plot.tornado(axes, outcome="actz")
