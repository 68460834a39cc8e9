"""Twins of every state at once: the tables of `maxpressure twin`, digit by digit."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

import maxpressure
from maxpressure.app.figures.basis import Basis
from maxpressure.app.figures.book import TWINS
from maxpressure.app.figures.twins import twins
from maxpressure.base.cautions import CONTAGION, REQUESTS
from maxpressure.base.errors import InputError
from maxpressure.explanations.twin_tables import RULE, sentence
from pilot import PILOT

WITHOUT = "Sixth nuclear test"


@pytest.fixture(scope="module")
def answer(basis: Basis) -> dict:
    return twins(basis, WITHOUT, 40)


@pytest.fixture(scope="module")
def theirs(basis: Basis, tmp_path_factory: pytest.TempPathFactory) -> maxpressure.TwinResults:
    scenario = basis.case.record().but(name="without-it", without=[WITHOUT])
    place: Path = tmp_path_factory.mktemp("twins") / "twins"
    return maxpressure.twin(scenario, worlds=40, parameters=PILOT, out=place, progress=False)


def test_every_act_is_as_in_the_table_of_the_command(answer: dict, theirs: maxpressure.TwinResults) -> None:
    rows = [
        (state["iso3"], act["day"], act["ties"], coupling, gone["by_end"], gone["later"], gone["delay"], act["agree"])
        for state in answer["states"]
        for act in state["acts"]
        for coupling, gone in act["gone"].items()
    ]  # fmt: skip
    table = [
        (row.iso3, row.week, row.ties, row.coupling, row.gone_by_end, row.gone_later,
         row.delay_weeks if math.isfinite(row.delay_weeks) else None, row.agree)
        for row in theirs.acts.itertuples()
    ]  # fmt: skip
    assert sorted(rows) == sorted(table)
    sentences = [sentence(pair, theirs.span) for _, pair in theirs.acts.groupby(["week", "iso3"])]
    assert sorted(act["sentence"] for state in answer["states"] for act in state["acts"]) == sorted(sentences)


def test_the_totals_hold_the_numbers_of_the_command(answer: dict, theirs: maxpressure.TwinResults) -> None:
    for line, (_, both) in zip(answer["totals"], theirs.totals.groupby("quantity", sort=False), strict=True):
        for row in both.itertuples():
            assert f"{row.coupling} {row.mean:.1f} ± {row.mcse:.1f} ({row.p05:.0f} to {row.p95:.0f}" in line


def test_it_is_plain_values_with_what_must_be_said(answer: dict) -> None:
    assert json.loads(json.dumps(answer, allow_nan=False)) == answer
    said = " ".join(answer["cautions"])
    assert all(words in said for words in (RULE, CONTAGION, REQUESTS, "± 8 points"))


def test_an_input_that_moves_no_state_is_said_to_affect_nothing(basis: Basis) -> None:
    idle = twins(basis, "Bank of Dandong action", 40)
    assert idle["states"] == []
    assert "affects no recorded act" in idle["totals"][0]


@pytest.mark.parametrize(
    "given", ["", "sixth nuclear test", "../x", "Sixth nuclear test\x00", "Ｓixth", "x" * 10_000]
)
def test_an_input_that_the_record_does_not_have_is_refused(basis: Basis, given: str) -> None:
    with pytest.raises(InputError) as refusal:
        twins(basis, given, 40)
    assert refusal.value.key == "without"
    assert len(str(refusal.value)) < 400


def test_the_nearest_input_is_named(basis: Basis) -> None:
    with pytest.raises(InputError) as refusal:
        twins(basis, "Sixth nuklear test", 40)
    assert refusal.value.nearest == WITHOUT


@pytest.mark.parametrize("given", ["41", "0", "-40", "40.0", "NaN", "٤٠", "1e400", "9" * 10_000, 41])
def test_another_number_of_twins_is_refused(basis: Basis, given: str | int) -> None:
    with pytest.raises(InputError) as refusal:
        twins(basis, WITHOUT, given)
    assert refusal.value.key == "twins"
    assert str(TWINS[0]) in str(refusal.value)
