"""A parameter set is complete, within its bounds, marked for what it is, and changed one number at a time."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

import pilot
from maxpressure.base.errors import InputError
from maxpressure.base.ties import TIES, UNLISTED
from maxpressure.evidence.parameters import (
    TIE_PARAMETERS,
    Parameters,
    check_parameter,
    load_parameters,
    override,
    parameter_names,
)
from maxpressure.model.case import under
from worlds import plain

PILOT_TEXT = Path(pilot.__file__).with_name("pilot.toml").read_text(encoding="utf-8")


def write(tmp_path, old, new):
    assert old in PILOT_TEXT
    path = tmp_path / "parameters.toml"
    path.write_text(PILOT_TEXT.replace(old, new, 1), encoding="utf-8")
    return path


# ---- what ships


def test_the_shipped_parameters_say_what_they_are():
    shipped = load_parameters()
    assert shipped.status == "map"
    assert "Maximum a posteriori" in shipped.source


def test_the_shipped_depths_are_the_posterior_means_of_the_records(recorded):
    """Beta(1, 1) and the record's further levels and stops, tie by tie."""
    further, stopped = np.zeros(len(TIES)), np.zeros(len(TIES))
    for act in recorded.record.acts:
        for cut in act.cuts:
            further[cut.tie] += cut.level_before - cut.level_after - 1
            stopped[cut.tie] += cut.level_after > 0
    means = (1.0 + further) / (2.0 + further + stopped)
    assert load_parameters().values.psi == pytest.approx(means, abs=1e-12)
    assert means[TIES.index("travel")] == 0.125


def test_every_number_is_read_into_the_place_of_its_name():
    p = load_parameters().values
    assert len(p.alpha) == len(p.psi) == len(TIES)
    assert all(
        isinstance(getattr(p, name), float) for name in Parameters._fields if name not in TIE_PARAMETERS
    )


# ---- overrides


def test_every_single_number_has_a_name():
    names = parameter_names()
    assert len(names) == len(set(names)) == len(Parameters._fields) - 3 + 2 * len(TIES) + len(UNLISTED)
    assert {"alpha.trade", "psi.travel", "beta_shock"} <= set(names)


@pytest.mark.parametrize("name", parameter_names())
def test_an_override_changes_one_number_and_no_other(name):
    before = load_parameters().values
    after = override(before, name, 0.123)
    field, _, tie = name.partition(".")
    for other in Parameters._fields:
        if other != field:
            assert getattr(after, other) == getattr(before, other)
    if tie:
        changed = [a != b for a, b in zip(getattr(after, field), getattr(before, field), strict=True)]
        assert changed == [other == tie for other in TIE_PARAMETERS[field]]
        assert getattr(after, field)[TIE_PARAMETERS[field].index(tie)] == 0.123
    else:
        assert getattr(after, field) == 0.123


def test_a_scenario_sets_parameters_by_name(case):
    scenario = case.scenario("max-pressure-2017").but(
        mechanisms={"contagion": True},
        parameters={
            "beta_peer": {"value": 0.7, "reason": "a strong contagion"},
            "alpha.trade": {"value": -3.0, "reason": "trade breaks easily"},
        },
    )
    p = under(scenario, plain())
    assert p.beta_peer == 0.7
    assert p.alpha[TIES.index("trade")] == -3.0
    assert p._replace(beta_peer=0.0, alpha=plain().alpha) == plain()


def test_a_mechanism_switched_off_outweighs_an_override(case):
    scenario = case.scenario("max-pressure-2017").but(
        parameters={"beta_peer": {"value": 0.7, "reason": "a test"}}
    )
    assert under(scenario, plain(beta_peer=0.1)).beta_peer == 0.0


# ---- bounds


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("beta_campaign", -0.1),
        ("beta_shock", math.inf),
        ("beta_shock", math.nan),
        ("beta_shock", -math.inf),
        ("beta_shock", True),
        ("beta_shock", "0.5"),
        ("beta_shock", None),
        ("chi", 1.5),
        ("chi", -0.1),
        ("psi.trade", 1.01),
        ("enforcement", 2.0),
        ("tau_shock", 0.0),
        ("tau_peer", 0.05),
        ("sigma", -1.0),
        ("alpha.trade", math.inf),
        ("alpha.trade", math.nan),
        ("beta_dependence", -math.inf),
    ],
)
def test_a_number_that_a_parameter_cannot_take_is_refused(name, value):
    with pytest.raises(InputError) as refusal:
        check_parameter(name, value, file="somewhere.toml")
    assert refusal.value.key == name
    assert refusal.value.allowed


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("beta_shock", 0),
        ("beta_dependence", -3.0),
        ("beta_affinity", 0.4),
        ("alpha.trade", -math.inf),
        ("rho", -math.inf),
        ("chi", 1),
        ("tau_shock", 0.1),
        ("doubtful", 2.0),
    ],
)
def test_a_number_within_the_bounds_is_taken_as_it_is(name, value):
    assert check_parameter(name, value, file="somewhere.toml") == value


def test_a_refused_share_says_what_is_allowed():
    with pytest.raises(InputError, match="a number from 0 to 1"):
        check_parameter("chi", 3.0, file="somewhere.toml")


# ---- bad files


@pytest.mark.parametrize(
    ("old", "new", "key", "word"),
    [
        ("beta_shock = 0.79", "beta_shok = 0.79", "parameters.beta_shok", "beta_shock"),
        ("beta_shock = 0.79\n", "", "parameters.beta_shock", "a number"),
        ("beta_campaign = 0.34", "beta_campaign = -1", "beta_campaign", "from 0 to 1000"),
        ("beta_shock = 0.79", 'beta_shock = "much"', "beta_shock", "a number"),
        ("chi = 0.04", "chi = 4", "chi", "from 0 to 1"),
        ("travel = 0.125", "travl = 0.125", "psi", "travel"),
        ("travel = 0.125", "travel = 1.25", "psi.travel", "from 0 to 1"),
        ("[parameters.psi]", "[parameters.psy]", "parameters.psy", "psi"),
        ("[parameters]", "[parameters", "line 4, column 12", "TOML ("),
    ],
)
def test_a_bad_parameter_file_is_refused_with_its_key_and_what_is_allowed(tmp_path, old, new, key, word):
    path = write(tmp_path, old, new)
    with pytest.raises(InputError) as refusal:
        load_parameters(path)
    assert refusal.value.key == key
    assert str(path) in str(refusal.value)
    assert word in str(refusal.value)


@pytest.mark.parametrize("given", ["3", "'x'", "[1]", "true"])
def test_parameters_that_are_no_table_are_refused(tmp_path, given):
    path = tmp_path / "parameters.toml"
    path.write_text(f"parameters = {given}\n", encoding="utf-8")
    with pytest.raises(InputError, match="a table of parameters") as refusal:
        load_parameters(path)
    assert refusal.value.key == "parameters"


def test_a_parameter_file_that_does_not_exist_is_refused(tmp_path):
    with pytest.raises(InputError, match="is not there"):
        load_parameters(tmp_path / "nowhere.toml")


def test_a_file_of_another_encoding_is_refused(tmp_path):
    path = tmp_path / "parameters.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="text in UTF-8"):
        load_parameters(path)


def test_a_tie_may_be_switched_off_in_a_file(tmp_path):
    shipped = pilot.PILOT.values.alpha[TIES.index("trade")]
    p = load_parameters(write(tmp_path, f"trade = {shipped}", "trade = -inf")).values
    assert p.alpha[TIES.index("trade")] == -math.inf
