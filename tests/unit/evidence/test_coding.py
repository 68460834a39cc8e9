"""The coding table agrees with its README and the events; the tables beside the record fit the record's."""

from __future__ import annotations

import csv
import math
import re
import shutil
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from maxpressure.base import paths
from maxpressure.base.errors import InputError
from maxpressure.evidence.assumptions import load_assumptions
from maxpressure.evidence.coding import agreement, dates_agree, load_coding, weighted_kappa
from maxpressure.evidence.evidence import Evidence, load_evidence

OURS = paths.folder("calibration") / "evidence"
CODING = load_coding(OURS / "events_coding.csv")
BY_ID = {row.event_id: row for row in CODING}
OLD = [row for row in CODING if row.event_id < "E127"]
CODED_TWICE = [row for row in CODING if row.first_direction]
Cells = dict[str, str]


def cells_of(name: str) -> list[Cells]:
    with (OURS / name).open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    return load_evidence(span=load_assumptions().record)


# ---- agreement


def test_kappa_is_one_for_equals_zero_for_chance_and_weighs_the_distance():
    assert weighted_kappa([(0, 0), (3, 3), (1, 1)]) == 1
    assert weighted_kappa([(0, 0), (0, 1), (1, 0), (1, 1)]) == 0
    near, far = [(0, 0), (3, 3), (0, 1), (3, 3)], [(0, 0), (3, 3), (0, 3), (3, 3)]
    assert weighted_kappa(near) > weighted_kappa(far)
    assert math.isnan(weighted_kappa([(1, 1), (1, 1)]))
    assert math.isnan(weighted_kappa([]))


@pytest.mark.parametrize(
    ("rows", "one", "other", "events", "agree", "breaks", "levels"),
    [
        (OLD, "first", "second", 126, 0.802, 0.516, 0.719),
        (CODED_TWICE, "first", "second", 155, 0.806, 0.575, 0.750),
        (CODED_TWICE, "first", "adjudicated", 155, 0.787, 0.544, 0.691),
        (CODED_TWICE, "second", "adjudicated", 155, 0.968, 0.934, 0.914),
    ],
)
def test_the_codings_agree_as_far_as_the_readme_says(rows, one, other, events, agree, breaks, levels):
    found = agreement(rows, one, other)
    measured = (found.events, found.breaks_agree, found.breaks_kappa, found.level_kappa)
    assert measured == pytest.approx((events, agree, breaks, levels), abs=5e-4)
    years = "2016 and 2017" if rows is OLD else "2016 to 2018"
    share, kappas = f"{found.breaks_agree:.0%}".replace("%", " %"), (found.breaks_kappa, found.level_kappa)
    shown = " | ".join(f"{kappa:.2f}".removeprefix("0") for kappa in kappas)
    claimed = f"| {one}, {other}, {years} | {events} | {share} | {shown} |"
    assert claimed in (OURS / "README.md").read_text(encoding="utf-8")


def test_dates_agree_by_substance():
    assert dates_agree(CODED_TWICE, "first", "second") == {
        "decided": (74, 62), "executed": (4, 4), "reported": (10, 9),
    }  # fmt: skip
    assert dates_agree(CODED_TWICE, "first", "adjudicated") == {
        "decided": (74, 61), "executed": (5, 2), "reported": (11, 8),
    }  # fmt: skip


def test_every_disagreement_is_an_event_that_the_first_coder_calls_a_break():
    differ = [
        row for row in CODED_TWICE if (row.first_direction == "down") != (row.second_direction == "down")
    ]
    assert {row.first_direction for row in differ} == {"down"}


def test_breaks_and_cuts_are_as_many_as_the_readme_says():
    readme = (OURS / "README.md").read_text(encoding="utf-8")
    for label, rows in (("2016 and 2017", OLD), ("2018", [r for r in CODED_TWICE if r not in OLD])):
        counts = []
        for coder in ("first", "second", "adjudicated"):
            codes = [code for row in rows if (code := row.code(coder)) and code.direction == "down"]
            cuts = sum(code.level_after < code.level_before for code in codes)
            counts.append(f"{len(codes)} ({cuts})")
        assert f"| {label} | {len(rows)} | {' | '.join(counts)} |" in readme


# ---- the table against its sources


def test_the_first_codes_are_those_of_the_events(evidence):
    events = {row.event_id: row for row in evidence.events_of("broad")}
    assert set(events) == {row.event_id for row in CODED_TWICE}
    for row in CODED_TWICE:
        event = events[row.event_id]
        assert (row.iso3, row.tie) == (event.iso3, event.tie)
        assert row.code("first") == (event.direction, event.level_before, event.level_after, event.date)


def test_the_strict_record_is_the_adjudicated_code_between_its_bounds(evidence):
    strict = {row.event_id: row for row in evidence.events_of("strict")}
    assert set(strict) == set(BY_ID)
    for row in CODING:
        event = strict[row.event_id]
        assert (event.direction, event.level_before, event.level_after, event.confidence) == (
            row.direction, row.level_before, row.level_after, row.confidence,
        )  # fmt: skip
        if row.decided is not None:
            assert (event.date, event.bounds) == (row.decided, (row.decided_from, row.decided_to))


def test_an_event_without_a_first_code_is_in_the_strict_record_alone(evidence):
    broad = {row.event_id for row in evidence.events_of("broad")}
    assert set(BY_ID) - broad == {row.event_id for row in CODING if row.event_id >= "E200"}


def test_nobody_knew_of_a_step_before_it_can_have_been_taken():
    for row in CODING:
        assert row.decided_from is None or row.visible is None or row.visible >= row.decided_from, (
            row.event_id
        )


# ---- refusals


def _with(copy: Path, event_id: str, cells: Cells) -> Path:
    rows = cells_of("events_coding.csv")
    for row in rows:
        if row["event_id"] == event_id:
            row.update(cells)
    with copy.open("w", encoding="utf-8", newline="") as text:
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return copy


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for path in OURS.glob("*.csv"):
        shutil.copyfile(path, tmp_path / path.name)
    return tmp_path


@pytest.mark.parametrize(
    ("event_id", "cells", "file", "column"),
    [
        ("E064", {"iso3": "PER"}, "events_coding.csv", "iso3"),
        ("E064", {"event_id": "E999"}, "events_coding.csv", "event_id"),
        ("E116", {"level_before": "2", "level_after": "2"}, "events_coding.csv", "level_before"),
    ],
)
def test_a_code_that_does_not_fit_the_events_is_refused(copy, event_id, cells, file, column):
    _with(copy / "events_coding.csv", event_id, cells)
    with pytest.raises(InputError) as refused:
        load_evidence(copy)
    assert refused.value.file == file
    assert refused.value.key.endswith(f"column {column}")


def test_an_event_without_a_code_and_an_interval_without_bounds_are_refused(copy):
    lines = (copy / "events_coding.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (copy / "events_coding.csv").write_text("".join(lines[:-1]), encoding="utf-8")
    with pytest.raises(InputError, match=r"events\.csv: line 176, column event_id"):
        load_evidence(copy)
    (copy / "events_coding.csv").unlink()
    with pytest.raises(InputError, match="column date_precision is 'interval'"):
        load_evidence(copy)


@pytest.mark.parametrize(
    ("event_id", "cells", "column"),
    [
        ("E064", {"level_after": "3", "level_before": "2"}, "level_after"),
        ("E063", {"level_after": "2"}, "level_after"),
        ("E064", {"substance": "declared"}, "substance"),
        ("E064", {"decided": ""}, "decided"),
        ("E064", {"decided_from": "2017-09-08"}, "decided"),
        ("E063", {"decided": "2017-09-03"}, "decided"),
        ("E064", {"decided_precision": ""}, "decided_precision"),
        ("E100", {"carries_out": "E011"}, "carries_out"),
        ("E100", {"carries_out": "E999"}, "carries_out"),
        ("E064", {"carries_out": "E064"}, "carries_out"),
        ("E064", {"substance": "rumoured"}, "substance"),
        ("E064", {"event_id": "E063"}, "event_id"),
        ("E064", {"event_id": "E٠٦٤"}, "event_id"),  # the digits of another script
    ],
)
def test_a_row_against_the_codebook_is_refused_where_it_stands(tmp_path, event_id, cells, column):
    path = _with(tmp_path / "events_coding.csv", event_id, cells)
    line = 1 + [row.event_id for row in CODING].index(event_id) + 1
    with pytest.raises(InputError) as refused:
        load_coding(path)
    assert (refused.value.key, refused.value.given) == (
        f"line {line}, column {column}",
        _given(cells, column),
    )


def _given(cells: Cells, column: str) -> object:
    """What the refusal shows: a level as a number, a day as a day, an unknown word as it stands."""
    as_typed: dict[str, Callable[[str], object]] = {
        "level_after": int,
        "decided": lambda cell: date.fromisoformat(cell) if cell else "",
    }
    given = cells.get(column, "2017-09-07")
    return as_typed.get(column, str)(given)


# ---- requests, corrections, memberships


def test_each_request_names_a_known_state_an_answer_and_a_present_input(evidence):
    rows, inputs = cells_of("requests.csv"), {row.name: row for row in evidence.pressure}
    answers = {"complied", "partly", "refused", "words", "none_90", "unknown"}
    assert [row["request_id"] for row in rows] == [f"Q{number:03d}" for number in range(1, len(rows) + 1)]
    for row in rows:
        first, day, last = (date.fromisoformat(row[key]) for key in ("date_from", "date", "date_to"))
        assert first <= day <= last
        assert row["iso3"] in {"", *evidence.iso3s}
        assert row["sender"] in {"USA", "KOR", "JPN"}
        assert row["answer"] in answers
        assert float(row["strength"]) in {0, 0.25, 0.5, 1}
        assert not row["pressure_row"] or row["pressure_row"] in inputs
        if not row["iso3"]:
            assert row["strength"] == "0"


def test_a_request_is_complied_with_by_a_break_of_that_state_within_ninety_days():
    for row in cells_of("requests.csv"):
        if row["answer"] in ("complied", "partly"):
            event = BY_ID[row["answer_event"]]
            gap = date.fromisoformat(row["answer_date"]) - date.fromisoformat(row["date"])
            assert (event.iso3, event.direction) == (row["iso3"], "down")
            assert timedelta(0) <= gap <= timedelta(90)


def test_every_input_that_asks_a_third_state_has_its_requests(evidence):
    asked = {(row["pressure_row"], row["iso3"]) for row in cells_of("requests.csv")}
    lists = {"Japan freezes Chinese and Namibian assets", "Japan freezes 35 more assets"}
    not_there = {("Vancouver ministers' meeting", iso3) for iso3 in ("CAN", "ETH", "LUX", "ZAF")}
    for row in evidence.pressure:
        if row.kind in ("us_campaign_diplomacy", "rok_japan_measure") and row.name not in lists:
            named = {(row.name, iso3) for iso3 in row.targets if iso3 not in ("USA", "JPN", "KOR")}
            assert named - not_there <= asked


def test_answers_are_as_many_as_the_readme_says():
    rows = [row for row in cells_of("requests.csv") if float(row["strength"])]
    words = ("complied", "partly", "refused", "words", "none_90", "unknown")
    readme = (OURS / "README.md").read_text(encoding="utf-8")
    for strength in ("1", "0.5", "0.25"):
        of_it = Counter(row["answer"] for row in rows if row["strength"] == strength)
        assert (
            f"| {strength} | {of_it.total()} | {' | '.join(str(of_it[word]) for word in words)} |" in readme
        )


def test_memberships_name_states_once_for_each_body_and_year(evidence):
    rows = [(row["iso3"], row["body"], row["from_year"]) for row in cells_of("memberships.csv")]
    assert len(set(rows)) == len(rows)
    assert {iso3 for iso3, _, _ in rows} <= set(evidence.iso3s)


def test_the_tables_of_the_readme_have_no_row_twice():
    readme = (OURS / "README.md").read_text(encoding="utf-8")
    tables = re.findall(r"^\| `(\w+\.csv)` \|", readme, re.MULTILINE)
    assert len(set(tables)) == len(tables)
