"""Whatever is wrong with a TOML file, each of its readers says the same about it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from maxpressure.base.errors import InputError
from maxpressure.base.toml import SEEN, read_toml
from maxpressure.evidence.assumptions import load_assumptions
from maxpressure.evidence.parameters import load_parameters
from maxpressure.model.case import Case

FAULTS = {
    "not TOML": (
        b"[a]\nb 1\n",
        "line 2, column 3",
        "This is not TOML (Expected '=' after a key in a key/value pair)",
    ),
    "another encoding": (b"a = 1\nb = '\xf1'\n", "line 2", "text in UTF-8"),
    "too long": (b"#" * 100_001, "file", "a file of at most 100 kB"),
    "nested without end": (b"a = " + b"[" * 50_000, "file", "TOML with fewer of them"),
    "an escape in a text": (b'[a]\nb = "x\\u001b[2J"\n', "a.b", SEEN),
    "a change of direction in a list": (b'a = ["x", {c = "\\u202e"}]', "a[1].c", SEEN),
    "an invisible letter of a key": (b'"a\\u200b" = 1', "file", SEEN),
    "a change of direction in a comment": ("a = 1 # \u2066x\n".encode(), "line 1", SEEN),
    "a mark of byte order within": ("a = 1\nb = '\ufeff'\n".encode(), "line 2", SEEN),
    "a key of thousands of parts": (b"a" + b".a" * 501 + b" = 1", "line 1", "a line with at most 500 dots"),
}


@pytest.fixture(params=["parameters", "assumptions", "a scenario"])
def read(request: pytest.FixtureRequest, case: Case) -> Callable[[Path], object]:
    readers: dict[str, Callable[[Path], object]] = {
        "parameters": load_parameters,
        "assumptions": load_assumptions,
        "a scenario": case.scenario,
    }
    return readers[request.param]


@pytest.mark.parametrize(("content", "key", "allowed"), FAULTS.values(), ids=FAULTS.keys())
def test_every_reader_refuses_a_faulty_file_with_the_line_and_what_is_allowed(
    tmp_path: Path, read: Callable[[Path], object], content: bytes, key: str, allowed: str
) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(content)
    with pytest.raises(InputError) as refusal:
        read(path)
    assert (refusal.value.file, refusal.value.key, refusal.value.allowed) == (str(path), key, allowed)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"is not there\. Allowed is a file that can be read"):
        read_toml(tmp_path / "nowhere.toml")
    with pytest.raises(InputError, match="Allowed is a file that can be read"):
        read_toml(tmp_path)


def test_the_mark_of_a_windows_editor_is_no_part_of_the_first_key(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(b"\xef\xbb\xbfa = 1\r\n")
    assert read_toml(path) == {"a": 1}
