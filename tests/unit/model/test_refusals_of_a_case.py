"""All that is wrong with a case is said at once by its check; every other reader stops at the first."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

import two_codings
from maxpressure.base.errors import InputError, collected, going_on, settle
from maxpressure.cli.main import app
from maxpressure.model.case import load_case, refusals_of

HARBOUR = Path(__file__).parents[2] / "cases" / "harbour"
STATES = ("evidence/states.csv", "QML,Marlund", "Qml,Marlund")
MANY: Sequence[tuple[str, str, str]] = (
    ("assumptions.toml", "width = 0.5", "widht = 0.5"),
    ("assumptions.toml", "travel = 3", "travel = 4"),
    ("evidence/events.csv", "QTB,Tolbeck", "QTX,Tolbeck"),
    ("evidence/events.csv", "end_military_contract,2,1", "end_contract,2,7"),
    ("evidence/pressure.csv", ",QOT,A", ",QXX,A"),
    ("evidence/pressure.csv", "1993-05-10,summit", "1993-05-10,summits"),
    ("evidence/blocs.csv", "QML,OAS", "QML,League"),
)


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(HARBOUR, tmp_path / "case"))


def spoil(place: Path, faults: Sequence[tuple[str, str, str]]) -> None:
    for file, old, new in faults:
        text = (place / file).read_text(encoding="utf-8")
        assert old in text
        (place / file).write_text(text.replace(old, new, 1), encoding="utf-8")


def test_every_fault_of_all_tables_and_assumptions_has_its_file_and_place(copied: Path) -> None:
    spoil(copied, MANY)
    (copied / "evidence" / "neighbours.csv").unlink()
    found = [(Path(fault.file).name, fault.key) for fault in refusals_of(copied)]
    assert sorted(found) == [
        ("assumptions.toml", "patrons.QSK.travel"),
        ("assumptions.toml", "peers.widht"),
        ("assumptions.toml", "peers.width"),
        ("blocs.csv", "line 2, column bloc"),
        ("events.csv", "line 2, column iso3"),
        ("events.csv", "line 5, column action"),
        ("events.csv", "line 5, column level_after"),
        ("neighbours.csv", "file"),
        ("pressure.csv", "line 16, column kind"),
        ("pressure.csv", "line 4, column targets"),
    ]
    said = CliRunner().invoke(app, ["case", "check", str(copied)])
    assert said.exit_code == 2
    assert "10 faults" in said.stderr
    with pytest.raises(InputError, match=r"assumptions\.toml"):
        load_case(copied)


def test_every_fault_of_a_second_coding_and_of_requests_is_said(tmp_path: Path) -> None:
    place = two_codings.make(tmp_path / "case")
    coding, asked = place / "evidence" / "events_coding.csv", place / "evidence" / "requests.csv"
    right = coding.read_text(encoding="utf-8")
    coding.write_text(right.replace("down,decided", "down,declared"), encoding="utf-8")
    steps = right.count("down,decided")
    found = refusals_of(place)
    assert [fault.key.partition(", ")[2] for fault in found] == ["column substance"] * steps
    lines = right.splitlines(keepends=True)
    coding.write_text("".join([*lines[:2], *lines[4:]]), encoding="utf-8")
    assert [(fault.file, fault.key) for fault in refusals_of(place)] == [
        ("events.csv", "line 3, column event_id"), ("events.csv", "line 4, column event_id"),
    ]  # fmt: skip
    coding.write_text(right, encoding="utf-8")
    asked.write_text(asked.read_text(encoding="utf-8").replace(",QPV,", ",QXX,"), encoding="utf-8")
    assert [(fault.file, fault.key) for fault in refusals_of(place)] == [
        ("requests.csv", "line 2, column sender"), ("requests.csv", "line 3, column sender"),
    ]  # fmt: skip


def test_what_follows_from_a_refused_state_alone_is_not_said(copied: Path) -> None:
    spoil(copied, [STATES])
    assert [(fault.file, fault.key) for fault in refusals_of(copied)] == [
        ("states.csv", "line 2, column iso3")
    ]


def test_assumptions_are_compared_with_the_tables_once_both_are_right(copied: Path) -> None:
    spoil(
        copied,
        [
            ("assumptions.toml", '"League resolution 21"', '"League resolution 22"'),
            ("assumptions.toml", '"QML", "QMS"', '"QMX", "QMS"'),
            ("assumptions.toml", "nuclear_test = {", "# nuclear_test = {"),
        ],
    )
    assert [fault.given for fault in refusals_of(copied)] == [
        "League resolution 22",
        "QMX",
        "is missing",
        "is missing",
    ]


def test_a_right_case_has_no_fault() -> None:
    assert refusals_of(HARBOUR) == []


def test_without_a_collection_the_first_refusal_ends_the_reading() -> None:
    fault = InputError(file="here", key="there", given=1, allowed="2")
    with pytest.raises(InputError), going_on():
        raise fault
    settle()
    with collected() as faults:
        with going_on():
            raise fault
        settle()
        raise AssertionError
    assert faults == [fault]
