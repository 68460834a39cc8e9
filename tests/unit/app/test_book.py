"""The book of the page: what stands at rest, who was asked, and that its words are those of the manual."""

from __future__ import annotations

import json

import pytest

from maxpressure.app.figures.basis import Basis
from maxpressure.app.figures.book import book
from maxpressure.app.figures.levers import LEVERS
from maxpressure.model.inputs import REQUESTS, edited_inputs


@pytest.fixture(scope="module")
def whole(basis: Basis) -> dict:
    return book(basis)


def test_it_is_plain_values(whole: dict) -> None:
    assert json.loads(json.dumps(whole, allow_nan=False)) == whole


def test_each_lever_has_the_value_of_the_record(whole: dict) -> None:
    record = {lever["key"]: lever["record"] for lever in whole["levers"]}
    assert record == {
        "campaign": 1.0, "requests": 1.0, "mandates": 1.0, "test": "as recorded", "china": None, "russia": 0.003,
        "thaw": 0, "contagion": "off",
    }  # fmt: skip
    assert list(record) == list(LEVERS)
    (china,) = [lever["record_words"] for lever in whole["levers"] if lever["key"] == "china"]
    assert china == "0.1 from 4 January 2016, 0.65 from 20 February 2017, 0.86 from 4 December 2017"


def test_each_scenario_says_where_its_levers_stand(whole: dict) -> None:
    own = {scenario["name"]: scenario["own"] for scenario in whole["scenarios"]}
    assert own["no-campaign"]["campaign"] == 0.0
    assert own["no-september-test"]["test"] == "no test"
    assert own["veto-at-the-council"]["test"] is None
    assert own["china-shields"]["china"] == 0.0
    assert own["with-contagion"]["contagion"] == "on"
    assert own["russia-backfill"]["russia"] == 0.15


def test_requests_are_those_that_the_record_holds(whole: dict, basis: Basis) -> None:
    case = basis.case
    asking = edited_inputs(case.evidence, case.assumptions, case.scenario("max-pressure-2017")).of(REQUESTS)
    recorded = whole["requests"]["recorded"]
    assert sum(one["times"] for one in recorded) == sum(len(one.targets) for one in asking)
    assert all(one["times"] == len(one["dates"]) == len(one["asked"]) for one in recorded)
    (mexico,) = [one for one in recorded if one["iso3"] == "MEX"]
    assert [row["input"] for row in mexico["asked"]] == [one.name for one in asking if "MEX" in one.targets]


def test_every_tile_has_a_name_and_a_part(whole: dict) -> None:
    parts = {tile["iso3"]: tile["part"] for tile in whole["tiles"]}
    assert (parts["PRK"], parts["CHN"], parts["USA"]) == ("target", "patron", "principal")
    assert sum(part == "third state" for part in parts.values()) == len(whole["requests"]["states"])
    assert all(tile["name"] != tile["iso3"] for tile in whole["tiles"])
