"""The record as one world: its acts, levels and inputs are those of the tables."""

from __future__ import annotations

import pytest

from maxpressure.app.figures.basis import Basis
from maxpressure.app.figures.observed import record
from maxpressure.base.ties import TIES


@pytest.fixture(scope="module")
def answer(basis: Basis) -> dict:
    return record(basis)


def test_it_has_the_acts_of_the_record(answer: dict, basis: Basis) -> None:
    line = basis.record.timeline
    acts = {(row["week"], row["iso3"]) for row in answer["changes"] if row["kind"] == "act"}
    assert acts == {
        (act.week - line.first, act.iso3) for act in basis.record.record.acts if act.week >= line.first
    }
    assert answer["record"][-1] == len(acts) == 43


def test_its_levels_follow_from_start_and_changes(answer: dict) -> None:
    levels = {state["iso3"]: list(state["start"]) for state in answer["states"]}
    for row in answer["changes"]:
        index = TIES.index(row["tie"])
        assert levels[row["iso3"]][index] == row["before"] != row["after"]
        levels[row["iso3"]][index] = row["after"]


def test_it_gives_no_reasons(answer: dict) -> None:
    assert {row["due"] for row in answer["changes"]} == {None}
