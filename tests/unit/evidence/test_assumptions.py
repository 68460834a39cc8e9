"""Every assumption is there with its reason, fits the evidence, and a bad file is refused."""

from __future__ import annotations

import datetime as dt
import shutil

import pytest
from pydantic import BaseModel, ValidationError

from maxpressure.base.errors import InputError
from maxpressure.base.paths import folder
from maxpressure.evidence.assumptions import Assumptions, load_assumptions
from maxpressure.evidence.evidence import check_against
from maxpressure.evidence.schema import KINDS, PROVOCATIONS
from maxpressure.model.case import load_case

SHIPPED = (folder("calibration") / "assumptions.toml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def assumptions() -> Assumptions:
    return load_assumptions()


def entries(value, name=""):
    """Every table of the file below a value, with its place."""
    if isinstance(value, BaseModel):
        yield name, value
        for field in type(value).model_fields:
            yield from entries(getattr(value, field), f"{name}.{field}")
    elif isinstance(value, dict):
        for key, entry in value.items():
            yield from entries(entry, f"{name}.{key}")
    elif isinstance(value, tuple):
        for place, entry in enumerate(value):
            yield from entries(entry, f"{name}.{place}")


# ---- what ships


def test_the_magnitudes_are_those_of_the_model(assumptions):
    magnitudes = {kind: one.magnitude for kind, one in assumptions.shocks.items()}
    assert magnitudes == {"nuclear_test": 1.0, "icbm_test": 0.6, "irbm_test": 0.4, "other_missile_test": 0.15}
    assert tuple(magnitudes) == PROVOCATIONS


def test_requests_are_remembered_for_six_weeks(assumptions):
    assert assumptions.memory_weeks.request.weeks == 6.0


def test_every_number_that_is_assumed_has_a_reason_in_words(assumptions):
    sized = (
        "magnitude",
        "strength",
        "weeks",
        "adds",
        "level",
        "left",
        "width",
        "buffer",
        "travel",
        "backfill",
    )
    for place, entry in entries(assumptions):
        fields = type(entry).model_fields
        if any(name in fields for name in sized):
            reasons = [getattr(entry, name) for name in fields if name.endswith("reason")]
            assert reasons, place
            assert all(len(reason.split()) >= 4 for reason in reasons), place


def test_every_input_that_an_assumption_names_is_in_the_evidence(case, assumptions):
    named = {
        *assumptions.mandates,
        *assumptions.incidents.recorded_acts,
        *(step.name for step in assumptions.campaign),
        *(step.name for step in assumptions.secondary_sanctions),
    }
    assert named <= {row.name for row in case.evidence.pressure}


def test_every_resolution_of_the_evidence_has_its_mandate(case, assumptions):
    resolutions = {row.name for row in case.evidence.pressure if row.kind == "un_resolution"}
    assert resolutions == set(assumptions.mandates)


def test_every_kind_that_is_sized_is_a_kind_of_input(assumptions):
    sized = {*assumptions.shocks, *assumptions.requests, *assumptions.engagement, *assumptions.outreach}
    assert sized <= set(KINDS)


def test_the_reference_states_are_in_the_evidence_and_named_once(case, assumptions):
    states = assumptions.reference.states
    assert len(states) == len(set(states))
    assert set(states) <= {row.iso3 for row in case.evidence.states}


def test_the_columns_of_the_indices_are_in_the_evidence(case, assumptions):
    columns = set(type(case.evidence.states[0]).model_fields)
    assert set(assumptions.leverage.components) <= columns
    assert set(assumptions.leverage.logarithm) <= set(assumptions.leverage.components)
    assert set(assumptions.affinity.weights) <= columns


def test_the_blocs_that_make_no_peers_are_in_the_evidence(case, assumptions):
    assert set(assumptions.peers.excluded_blocs) <= {row.bloc for row in case.evidence.blocs}


def test_a_full_tie_keeps_all_its_trade_and_each_lower_level_less(assumptions):
    left = assumptions.trade.left
    assert left[0] == 0.0
    assert left[3] == 1.0
    assert list(left) == sorted(set(left))


def test_assumptions_are_frozen(assumptions):
    with pytest.raises(ValidationError):
        assumptions.target = None


# ---- bad files


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("[peers]", "[peeers]", "peeers"),
        ("width = 0.5", "width = 0", "peers.width"),
        ("width = 0.5", "widht = 0.5", "peers.widht"),
        ("width = 0.5", "width = 0.5\nwidht = 0.5", "peers.widht"),
        ("magnitude = 1.0", "magnitude = -1.0", "shocks.nuclear_test.magnitude"),
        ("magnitude = 1.0", "magnitude = nan", "shocks.nuclear_test.magnitude"),
        ("magnitude = 1.0", "magnitude = inf", "shocks.nuclear_test.magnitude"),
        ("magnitude = 1.0, reason", 'magnitude = "big", reason', "shocks.nuclear_test.magnitude"),
        ("finance = 0.40", "finance = 1.40", 'mandates."UNSCR 2270".finance'),
        ("finance = 0.40", "finanse = 0.40", 'mandates."UNSCR 2270".finanse'),
        ("adds = 0.25", "adds = 3", "campaign[0].adds"),
        ("origin = 2016-01-04", "origin = 2016-01-05", "record"),
        ("acts_until = 2018-12-31", "acts_until = 2015-12-31", "record"),
        ("acts_until = 2018-12-31", "acts_until = 2017-12-30", "record"),
        ("acts_until = 2018-12-31", 'acts_until = "soon"', "record.acts_until"),
        ("fitted_until = 2017-12-31", "fitted_until = 2017-12-30", "record"),
        ("left = [0.0, 0.15, 0.5, 1.0]", "left = [0.0, 0.5, 1.0]", "trade.left[3]"),
        ("buffer = 0.25", "buffer = 1.0", "target.buffer"),
        ('target = "PRK"', 'target = "2017-10-30T00:00:00"', "case.target"),
        ('patrons = ["CHN", "RUS"]', 'patrons = ["CHN", "RU"]', "case.patrons[1]"),
        ("travel = 3", "travel = 4", "patrons.CHN.travel"),
        ("level = 0.10", "level = 10", "patrons.CHN.enforcement[0].level"),
        ("[patrons.RUS]", "[patrons.BLR]", "patrons.RUS"),
        ('"AFG", "AGO"', '"AFG", "CHN"', "reference.states[1]"),
        ('"AFG", "AGO"', '"PRK", "AGO"', "reference.states[0]"),
        (
            "Routine by 2016: seven in the record, few answered by anybody.",
            "No.",
            "shocks.other_missile_test.reason",
        ),
        ("[record]", "[record", f"line {SHIPPED.splitlines().index('[record]') + 1}, column 8"),
    ],
)
def test_a_bad_assumption_is_refused_with_its_key(tmp_path, old, new, key):
    assert old in SHIPPED
    text = SHIPPED.replace(old, new, 1)
    if key == "patrons.RUS":
        text = text.replace("[[patrons.RUS.enforcement]]", "[[patrons.BLR.enforcement]]")
    path = tmp_path / "assumptions.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as refusal:
        load_assumptions(path)
    assert refusal.value.key == key
    assert str(path) in str(refusal.value)
    assert refusal.value.allowed


@pytest.mark.parametrize(
    ("old", "new", "nearest"),
    [
        ('[mandates."UNSCR 2371"]', '[mandates."UNSCR 23711"]', "UNSCR 2371"),
        ('name = "Pence in Latin America"', 'name = "Pence in Latin Amerika"', "Pence in Latin America"),
        (
            "Malaysia-DPRK expulsions and mutual exit bans",
            "Malasia-DPRK expulsions and mutual exit bans",
            "Malaysia-DPRK expulsions and mutual exit bans",
        ),
        ('components = ["us_trade_share"', 'components = ["us_trade_shares"', "us_trade_share"),
        ("other_missile_test = {", "other_misile_test = {", "other_missile_test"),
        ("us_designation = {", "us_designations = {", "us_designation"),
        ('"AFG", "AGO"', '"AFX", "AGO"', "AFG"),
    ],
)
def test_a_name_that_the_evidence_does_not_have_is_refused_with_the_nearest_one(
    case, tmp_path, old, new, nearest
):
    """A misspelt name would silently count for nothing."""
    assert old in SHIPPED
    path = tmp_path / "assumptions.toml"
    path.write_text(SHIPPED.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError) as refusal:
        check_against(path, load_assumptions(path), case.evidence)
    assert refusal.value.given in new
    assert refusal.value.nearest == nearest
    assert str(path) in str(refusal.value)


def test_a_case_checks_its_assumptions_against_its_own_evidence(tmp_path):
    shutil.copytree(folder("calibration"), tmp_path / "case")
    assert load_case(tmp_path / "case").assumptions == load_case().assumptions
    text = SHIPPED.replace('[mandates."UNSCR 2371"]', '[mandates."UNSCR 23711"]', 1)
    (tmp_path / "case" / "assumptions.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="Did you mean 'UNSCR 2371'"):
        load_case(tmp_path / "case")


def test_a_misspelt_table_is_answered_with_the_nearest_name(tmp_path):
    path = tmp_path / "assumptions.toml"
    path.write_text(SHIPPED + "\n[shoks]\n", encoding="utf-8")
    with pytest.raises(InputError, match="Did you mean 'shocks'"):
        load_assumptions(path)


def test_a_file_that_does_not_exist_is_refused(tmp_path):
    with pytest.raises(InputError, match="is not there"):
        load_assumptions(tmp_path / "nowhere.toml")


def test_the_days_are_read_as_dates(assumptions):
    assert assumptions.record.origin == dt.date(2016, 1, 4)
    assert assumptions.record.fitted == dt.date(2017, 12, 31)
    assert assumptions.record.acts_until == dt.date(2018, 12, 31)
