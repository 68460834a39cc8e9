"""Requests are read and checked, counted by their answers, and count in a run where the assumptions say so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import two_codings
from maxpressure.base.errors import InputError
from maxpressure.base.numerics import weekly_decay
from maxpressure.base.paths import folder
from maxpressure.evidence.assumptions import Assumptions
from maxpressure.evidence.counts import compliance, count_evidence
from maxpressure.evidence.requests import ANSWERS, FAILED, FOLLOWED
from maxpressure.model.case import Case, load_case, prepare


@pytest.fixture(scope="module")
def coded(tmp_path_factory) -> Case:
    return load_case(two_codings.make(tmp_path_factory.mktemp("case") / "harbour"))


@pytest.fixture(scope="module")
def asking(case) -> Case:
    """The case that ships, its requests those of requests.csv."""
    assumed = case.assumptions.model_copy(update={"request_table": "requests.csv"})
    return replace(case, assumptions=assumed)


def requested(case: Case, **edits: object) -> np.ndarray:
    return prepare(case, case.record(**edits)).timeline.request


@pytest.mark.parametrize(
    ("line", "old", "new", "column"),
    [
        (2, ",QOT,", ",QXX,", "iso3"),
        (2, ",QPV,", ",QXX,", "sender"),
        (2, ",QOT,", ",,", "strength"),
        (2, ",1,Invented", ",2,Invented", "strength"),
        (2, ",E002,", ",E001,", "answer_event"),
        (2, ",E002,", ",,", "answer_event"),
        (2, "1991-05-21", "1991-12-21", "answer_date"),
        (2, "Envoy in Otterfell", "Envoy in Otterfel", "pressure_row"),
        (2, "complied", "obeyed", "answer"),
        (3, "1992-01-14,day", "1999-01-14,day", "date"),
        (3, "1992-01-14,day", "1992-01-15,day", "date"),
        (3, "Q002", "Q001", "request_id"),
    ],
)
def test_a_request_that_breaks_a_rule_is_refused_where_it_stands(tmp_path, line, old, new, column):
    place = two_codings.make(tmp_path / "harbour")
    path: Path = place / "evidence/requests.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    assert old in lines[line - 1]
    lines[line - 1] = lines[line - 1].replace(old, new)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(InputError) as refused:
        load_case(place)
    assert (refused.value.file, refused.value.key) == ("requests.csv", f"line {line}, column {column}")


def test_a_case_cannot_count_requests_that_it_does_not_have(tmp_path):
    place = two_codings.make(tmp_path / "harbour")
    (place / "evidence/requests.csv").unlink()
    with pytest.raises(InputError, match="request_table"):
        load_case(place)


def test_requests_count_by_their_own_strength_in_place_of_their_contact_alone(coded):
    states = prepare(coded, coded.record()).population.iso3
    felt = requested(coded)
    here, there = states.index("QOT"), states.index("QML")
    before = replace(
        coded, assumptions=coded.assumptions.model_copy(update={"request_table": "pressure.csv"})
    )
    assert np.array_equal(felt[:, here], requested(before)[:, here])
    week = (coded.evidence.requests[1].date - coded.assumptions.record.origin).days // 7
    assert felt[week, there] == pytest.approx(1.0 + 0.5 * 6 / 7)


def test_a_scenario_edits_requests_by_their_contact_and_by_their_id(asking):
    contact, states = "Park Geun-hye's Africa tour", prepare(asking, asking.record()).population.iso3
    touched = {
        iso3
        for iso3, here, there in zip(
            states, requested(asking).T, requested(asking, without=[contact]).T, strict=True
        )
        if not np.array_equal(here, there)
    }
    assert touched == {"ETH", "KEN", "UGA"}
    uganda = (
        requested(asking)[:, states.index("UGA")]
        - requested(asking, scale={"Q004": 0.5})[:, states.index("UGA")]
    )
    assert uganda.max() == pytest.approx(0.5 * weekly_decay(6.0))  # of a Sunday, so felt a week later
    later = requested(asking, shift={contact: 7})
    assert np.array_equal(later, requested(asking, shift={"Q003": 7, "Q004": 7, "Q005": 7}))
    assert "Q004" in asking.vocabulary().inputs


def test_requests_of_requests_csv_count_in_the_case_that_ships(case, asking):
    assert case.assumptions.request_table == "requests.csv"
    assert np.array_equal(requested(case), requested(asking))
    rows = [row for row in case.evidence.requests if row.request_id == "Q004"]
    assert [row.pressure_row for row in rows] == ["Park Geun-hye's Africa tour"]
    assert "Q004" in case.vocabulary().inputs


def test_a_case_that_names_no_table_counts_requests_of_pressure_csv_and_ids_are_no_inputs(case):
    text = (folder("calibration") / "assumptions.toml").read_text(encoding="utf-8")
    assert Assumptions.model_fields["request_table"].default == "pressure.csv"
    assert 'request_table = "requests.csv"' in text
    old = replace(case, assumptions=case.assumptions.model_copy(update={"request_table": "pressure.csv"}))
    assert "Q004" not in old.vocabulary().inputs
    assert not [mark for mark in prepare(old, old.record()).timeline.marks if mark.name.startswith("Q0")]
    assert not np.array_equal(requested(old), requested(case))


def test_requests_with_other_answers_are_left_out_and_their_contacts_stay_silent(asking):
    followed = replace(asking, evidence=asking.evidence.answered(FOLLOWED))
    unfailed = replace(
        asking, evidence=asking.evidence.answered([one for one in ANSWERS if one not in FAILED])
    )
    totals = [requested(one).sum() for one in (followed, unfailed, asking)]
    assert totals == sorted(totals)
    assert len(set(totals)) == 3
    asked = {row.iso3 for row in asking.evidence.requests if row.answer in FOLLOWED and row.date.year < 2018}
    states = prepare(followed, followed.record()).population.iso3
    designated = {
        iso3
        for row in asking.evidence.pressure
        if row.kind in ("us_designation", "eu_measure", "rok_japan_measure")
        for iso3 in row.targets
    }
    felt = {iso3 for iso3, column in zip(states, requested(followed).T, strict=True) if column.any()}
    assert asked <= felt <= asked | designated


def test_answers_are_counted_by_strength_and_by_sender(case):
    by_strength, by_sender = (compliance(case.evidence.requests, by) for by in ("strength", "sender"))
    assert by_strength.set_index("strength").loc[1.0].tolist() == [24, 6, 3, 6, 7, 2, 0]
    assert by_sender.set_index("sender")["requests"].to_dict() == {"USA": 75, "KOR": 19, "JPN": 15}
    assert int(by_strength["requests"].sum()) == int(by_sender["requests"].sum()) == 109


def test_both_records_are_counted_as_the_readme_says(case):
    table = count_evidence(case.evidence, case.assumptions).tables["counts"]
    found = {(row[0], row[1]): tuple(row[2:6]) for row in table.itertuples(index=False)}
    assert found == {
        ("strict", "2017-12-31"): (39, 43, 29, 4),
        ("strict", "2018-12-31"): (43, 47, 32, 6),
        ("broad", "2017-12-31"): (54, 60, 36, 7),
        ("broad", "2018-12-31"): (60, 66, 38, 11),
    }


def test_a_case_with_one_record_has_counts_alone(coded, tmp_path):
    alone = load_case(two_codings.HARBOUR)
    assert list(count_evidence(alone.evidence, alone.assumptions).tables) == ["counts"]
    found = count_evidence(coded.evidence, coded.assumptions)
    assert list(found.tables) == ["counts", "breaks", "agreement", "strength", "sender"]
    assert sorted(path.name for path in found.save(tmp_path).iterdir()) == [
        "agreement.csv", "breaks.csv", "counts.csv", "result.md", "sender.csv", "strength.csv",
    ]  # fmt: skip
