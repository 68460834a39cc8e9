"""Terminals of every kind: encodings without our letters, closed pipes, full disks, odd widths."""

from __future__ import annotations

import errno
import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from tqdm import tqdm

import maxpressure
from batches import short
from maxpressure.base.text import hidden, visible
from maxpressure.cli.main import app
from maxpressure.cli.terminal import READABLE, Stream, readable
from maxpressure.inference.rivals import OTHERS
from maxpressure.model.case import Case
from part_folders import laid_out, planned

ENCODINGS = ("cp1252", "cp437", "ascii")
LETTERS = "ψ − ± × “π” … – ’ → ≤ ✓ █ é ß 朝 😀"
SWEEP = ("--worlds", "2", "--workers", "1")
CASE = str(Path(__file__).parents[2] / "cases" / "harbour")
EVENTS = str(Path(maxpressure.__file__).parents[2] / "calibration" / "evidence" / "events.csv")

COMMANDS: dict[str, tuple[str, ...]] = {
    "run": ("run", "--worlds", "2", "--workers", "1"),
    "batch": ("batch", "class", "--worlds", "2", "--workers", "1", "--out", "class"),
    "describe": ("describe", "results"),
    "export": ("export", "results", "--force"),
    "inputs": ("inputs", "--kind", "request"),
    "compare": ("compare", "results"),
    "plot": ("plot", "results", "--picture", "trade"),
    "report": ("report", "results"),
    "explain": ("explain", "results", "--world", "1"),
    "explain a state": ("explain", "results", "--state", "ESP", "--worlds", "1", "--twins", "0", "--workers", "1"),
    "twin": ("twin", "no-september-test", "--worlds", "2", "--workers", "1"),
    "calibrate": ("calibrate", "--out", "fit"),
    "evidence": ("evidence",),
    "validate": ("validate", "--events", EVENTS, "--from", "2018-02-05", "--to", "2018-02-18", "--draws", "2"),
    "validate the fit": ("validate", "--out", "fit"),
    "app": ("app",),
    "scenarios": ("scenarios",),
    "scenarios show": ("scenarios", "show", "no-september-test"),
    "scenarios new": ("scenarios", "new", "new"),
    "scenarios check": ("scenarios", "check", "mine.toml", "bad.toml"),
    "sweep morris": ("sweep", "morris", "--paths", "2", *SWEEP),
    "sweep sobol": ("sweep", "sobol", "--points", "2", *SWEEP),
    "sweep prim": ("sweep", "prim", "--outcome", "acts", "--below", "39", "--points", "100", *SWEEP),
    "sweep regret": ("sweep", "regret", "--outcome", "acts", "--better", "lower", "--points", "10", *SWEEP),
    "case check": ("case", "check", CASE),
    "case new": ("case", "new", "begun", "--target", "CUB"),
}  # fmt: skip


def commands(command: Any, *path: str) -> Iterator[str]:
    """Every command that is no group, by the words that call it."""
    children = getattr(command, "commands", {})
    if not children or (command.invoke_without_command and path):
        yield " ".join(path)
    for name, child in children.items():
        yield from commands(child, *path, name)


def ended(words: Sequence[str], encoding: str, monkeypatch: pytest.MonkeyPatch) -> tuple[object, str, str]:
    """The exit code of a command, and what it prints on streams of an encoding that fail for other letters."""
    streams = [io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="") for _ in range(2)]
    for name, stream in zip(("stdout", "stderr"), streams, strict=True):
        monkeypatch.setattr(sys, name, stream)
    with pytest.raises(SystemExit) as end:
        app(list(words), prog_name="maxpressure")
    monkeypatch.undo()
    out, errors = (cast(io.BytesIO, one.buffer).getvalue().decode(encoding) for one in streams)
    return end.value.code, out, errors


@pytest.fixture(scope="module")
def place(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of results of two short scenarios, and scenario files, for all commands."""
    place = tmp_path_factory.mktemp("terminals")
    laid_out(
        planned(case, [short(title=LETTERS), short("other", requests={"scale": 0.0})], worlds=3),
        place / "results",
    )
    (place / "mine.toml").write_text(
        f'title = "{LETTERS}"\nwhy = "{LETTERS}"\nrequests.scale = 0.5\n', "utf-8"
    )
    (place / "bad.toml").write_text(f'title = "bad"\nwithout = ["{LETTERS}"]\n', "utf-8")
    return place


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Put what takes minutes, or never ends, out of the way: its words are still printed."""

    def put() -> None:
        fitted = SimpleNamespace(text=lambda _: LETTERS)
        monkeypatch.setattr("maxpressure.inference.calibrate.calibrate", lambda *_, **__: fitted)
        monkeypatch.setattr("maxpressure.inference.checks.report.make", lambda *_, **__: [LETTERS])
        monkeypatch.setattr("maxpressure.inference.validate.WORLDS", 200)
        for name in [*OTHERS][1:]:
            monkeypatch.delitem(OTHERS, name)  # type: ignore[arg-type]
        monkeypatch.setattr("maxpressure.app.server.serve", lambda _site, ready, **_: ready(0))

    return put


def test_every_command_has_its_case_here() -> None:
    assert set(commands(typer.main.get_command(app))) <= set(COMMANDS)


@pytest.fixture(scope="module")
def said() -> dict[str, list[str]]:
    """What each command has printed, before any letter was replaced."""
    return {}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_ends_well_in_ascii(
    command: str,
    place: Path,
    quick: Callable[[], None],
    said: dict[str, list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(place)
    quick()
    written: list[str] = []
    whole = Stream.write
    monkeypatch.setattr(Stream, "write", lambda stream, text: written.append(text) or whole(stream, text))
    code, out, errors = ended(COMMANDS[command], "ascii", monkeypatch)
    assert code == (2 if command == "scenarios check" else 0), errors
    assert out.strip()
    assert "?" * 2 not in out
    said[command] = written


@pytest.mark.parametrize("encoding", ["cp1252", "cp437", "latin-1", "utf-16", "utf-8", "cp037"])
def test_what_the_commands_print_has_a_form_in_every_encoding(
    encoding: str, said: dict[str, list[str]]
) -> None:
    for texts in said.values():
        under = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="")
        stream = Stream(under, kept="\n\t")
        for text in [*texts, LETTERS]:
            print(text, end="", file=stream)
        stream.flush()
        back = cast(io.BytesIO, under.buffer).getvalue().decode(encoding)
        assert readable(back).strip() == readable("".join([*texts, LETTERS])).strip()
        assert stream.fault is None


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_bar_is_drawn_in_every_encoding(encoding: str) -> None:
    under = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    stream = Stream(under, kept="\n\r")
    for _ in tqdm(range(3), desc=LETTERS, file=stream, mininterval=0.0):
        pass
    stream.flush()
    drawn = cast(io.BytesIO, under.buffer).getvalue().decode(encoding)
    assert "3/3" in drawn
    assert "psi" in drawn


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_help_of_every_command_is_printed_in_every_encoding(
    encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in commands(typer.main.get_command(app)):
        code, out, errors = ended([*path.split(), "--help"], encoding, monkeypatch)
        assert (code, errors) == (0, "")
        assert "Exit codes" in out
        code, _, errors = ended([*path.split(), f"--{LETTERS}"], encoding, monkeypatch)
        assert code == 2
        assert "psi" in errors


@given(st.text())
def test_any_text_has_a_readable_form_without_invisible_letters(text: str) -> None:
    shown = visible(text)
    assert not hidden(shown)
    assert readable(shown).isascii()
    for encoding in ENCODINGS:
        assert shown.encode(encoding, READABLE).decode(encoding).isascii() or encoding != "ascii"


@pytest.mark.parametrize("word", ["--for=a\u202eb", "a\x1b[2Jb", "out\udcff", "zero\u200bwidth"])
def test_an_argument_with_letters_that_nobody_sees_is_refused(
    word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, errors = ended(["scenarios", "show", word], "utf-8", monkeypatch)
    assert (code, out) == (2, "")
    assert repr(word) in errors


# ---- streams that fail


class Full(io.RawIOBase):
    """A disk without space, or a pipe whose reader has left."""

    def __init__(self, number: int) -> None:
        self.number = number

    def writable(self) -> bool:
        return True

    def write(self, _: object, /) -> int:
        raise OSError(self.number, os.strerror(self.number))


@pytest.mark.parametrize(("number", "code"), [(errno.ENOSPC, 1), (errno.EPIPE, 141), (errno.EIO, 1)])
@pytest.mark.parametrize("size", [1, 100_000])
def test_work_is_done_though_its_words_are_lost(
    number: int, code: int, size: int, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(place)
    made = f"lost-{number}-{size}"
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BufferedWriter(Full(number), size)))
    errors = io.StringIO()
    monkeypatch.setattr(sys, "stderr", errors)
    with pytest.raises(SystemExit) as end:
        app(["scenarios", "new", made], prog_name="maxpressure")
    sys.stdout = io.StringIO()  # whose end is not that of a broken stream
    assert end.value.code == code
    assert (place / f"{made}.toml").is_file()
    assert len(errors.getvalue().splitlines()) == (0 if number == errno.EPIPE else 1)


SHELL = sys.platform != "win32" and Path("/dev/full").exists()


@pytest.mark.skipif(not SHELL, reason="needs a shell and /dev/full")
@pytest.mark.parametrize(
    ("redirected", "code", "lines"),
    [
        (">/dev/full", 1, 1),
        ("--help >/dev/full", 1, 1),
        ("| :", 141, 0),
        (">&-", 0, 0),
        ("<&- >&- 2>&-", 0, 0),
        ("nope 2>/dev/full", 2, 0),
    ],
)
def test_a_process_ends_without_traceback(redirected: str, code: int, lines: int) -> None:
    command = f"{sys.executable} -m maxpressure scenarios {redirected}; exit ${{PIPESTATUS[0]}}"
    place = os.environ | {"PYTHONPATH": str(Path(maxpressure.__file__).parents[1])}
    done = subprocess.run(["bash", "-c", command], env=place, capture_output=True, text=True, check=False)
    assert (done.returncode, len(done.stderr.splitlines())) == (code, lines), done.stderr


@pytest.mark.parametrize("columns", ["0", "1", "many", "100000"])
def test_no_width_of_a_terminal_ends_a_command(
    columns: str, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for words in (
        ["scenarios"],
        ["scenarios", "show", "mine.toml"],
        ["compare", "results"],
        ["run", "--help"],
    ):
        monkeypatch.chdir(place)
        monkeypatch.setenv("COLUMNS", columns)
        monkeypatch.setenv("TERM", "dumb")
        code, out, errors = ended(words, "utf-8", monkeypatch)
        assert (code, errors) == (0, "")
        assert max(map(len, out.splitlines())) <= 120
