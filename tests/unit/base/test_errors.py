"""An InputError survives whatever it is given, and its message drives no terminal."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from maxpressure import InputError
from maxpressure.base.errors import Remedy, Wrong, nearest
from maxpressure.base.toml import shown


class Broken:
    def __repr__(self) -> str:
        raise RuntimeError("no repr")


class BrokenText(str):
    __slots__ = ()

    def __repr__(self) -> str:
        raise KeyError("no repr")


def nested(depth: int) -> list[Any]:
    inside: list[Any] = []
    for _ in range(depth):
        inside = [inside]
    return inside


circle: dict[str, Any] = {}
circle["itself"] = circle

GIVEN = {
    "5,000 digits": 10**5000,
    "5,000 digits in a list": [1, [-(10**5000)]],
    "a key of 5,000 digits": {10**5000: 1},
    "controls": "\x1b[2J\x07\r\n\x9b\x7f\0",
    "right to left": "a\u202eb\u2066c\u2069\u200f",
    "a lone surrogate": "\ud800",
    "a million numbers": list(range(10**6)),
    "a million letters": "x" * 10**6,
    "a million bytes": b"\xff" * 10**6,
    "a set of controls": {"\x1b"},
    "lists in lists": nested(50_000),
    "a circle": circle,
    "no repr": Broken(),
    "no repr in a list": [Broken()],
    "no repr of text": BrokenText("a"),
    "not a number": float("nan"),
    "a type": int,
    "a series": pd.Series([1.5, 2.5]),
}


@pytest.mark.parametrize("given", GIVEN.values(), ids=GIVEN.keys())
def test_a_refusal_is_one_short_line_of_printable_text_whatever_was_given(given: object) -> None:
    refused = InputError(file="mine.toml", key="scale", given=given, allowed="a number")
    assert str(refused).startswith("mine.toml: scale is ")
    assert str(refused).endswith(". Allowed is a number.")
    assert str(refused).isprintable()
    assert len(str(refused)) < 300
    assert "mine.toml" in repr(refused)
    assert refused.given is given
    assert isinstance(shown(given), object)


@pytest.mark.parametrize("text", ["\x1b]0;title\x07", "a\nb", "\u202eexe", "\ud800", "\u2028", "k" * 10**6])
def test_text_of_a_file_in_any_part_of_a_refusal_is_printed_with_escapes(text: str) -> None:
    refused = InputError(file=text[:10], key=text, given=text, allowed=text[:10], nearest=text[:10])
    line, question = str(refused).split("\n")
    assert line.isprintable()
    assert question.isprintable()
    assert len(line) < 500
    str(refused).encode("utf-8")


def test_a_refusal_passes_between_processes_with_all_it_says() -> None:
    refused = InputError(file="a", key="b", given=10**5000, allowed="c", nearest="d")
    passed = pickle.loads(pickle.dumps(refused))
    assert (passed.file, passed.key, passed.given, str(passed)) == ("a", "b", 10**5000, str(refused))


def test_no_word_is_near_to_a_text_without_end() -> None:
    assert nearest("campaign" * 100_000, ["campaign"]) == ""


def test_a_fault_in_words_and_a_remedy_make_sentences_and_pass_between_processes() -> None:
    refused = InputError(
        file="outputs/x",
        key="folder",
        given=Wrong("holds one scenario"),
        allowed=Remedy("Run it again with a second"),
    )
    assert str(refused) == "outputs/x holds one scenario. Run it again with a second."
    assert str(pickle.loads(pickle.dumps(refused))) == str(refused)


def test_what_is_given_as_its_own_name_is_said_to_be_unknown() -> None:
    refused = InputError(file="nope", key="scenario", given="nope", allowed="a name")
    assert str(refused) == "nope is not known. Allowed is a name."
    refused = InputError(file="a.toml", key='shift."X 1"', given="X 1", allowed="a name")
    assert str(refused) == 'a.toml: shift."X 1" is not known. Allowed is a name.'


def test_a_path_is_shown_as_seen_from_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    refused = InputError(file=tmp_path / "a" / "b.toml", key="x", given=1, allowed="2")
    assert str(refused) == f"{Path('a', 'b.toml')}: x is 1. Allowed is 2."
    assert refused.file == str(tmp_path / "a" / "b.toml")


def test_python_shows_the_argument_where_a_command_shows_the_option() -> None:
    fault = InputError(
        file="a",
        key="out",
        given=Wrong("is there"),
        allowed=Remedy("Replace it by --force or `maxpressure run --force`, or take another place by --out"),
    )
    assert fault.typed() == f"a is there. {fault.allowed}."
    assert str(fault) == (
        "a is there. Replace it by force=True or `maxpressure run --force`, or take another place by out=."
    )
    assert str(pickle.loads(pickle.dumps(fault))) == str(fault)


def test_only_whole_options_become_arguments() -> None:
    fault = InputError(file="a", key="b", given=1, allowed="--outcome, --outer or --by--out")
    assert str(fault).endswith("outcome=, --outer or --by--out.")
