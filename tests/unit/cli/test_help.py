"""What `--help` prints: every page as a snapshot, and what each must have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import typer
from syrupy.assertion import SnapshotAssertion
from typer.testing import CliRunner

from maxpressure.cli.main import app


def commands(command: Any, *path: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command with the words that call it."""
    yield path, command
    for name, child in getattr(command, "commands", {}).items():
        yield from commands(child, *path, name)


PAGES = dict(commands(typer.main.get_command(app)))


@pytest.fixture(autouse=True)
def width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def shown(path: tuple[str, ...]) -> str:
    return CliRunner().invoke(app, [*path, "--help"]).stdout


@pytest.mark.parametrize("path", PAGES, ids=" ".join)
def test_a_help_page_reads_as_it_did(path: tuple[str, ...], snapshot: SnapshotAssertion) -> None:
    assert shown(path) == snapshot


@pytest.mark.parametrize(
    "path", [path for path, one in PAGES.items() if not hasattr(one, "commands")], ids=" ".join
)
def test_every_command_teaches_by_examples_and_says_its_exit_codes(path: tuple[str, ...]) -> None:
    said = shown(path)
    assert f"    maxpressure {' '.join(path)}" in said.partition("Examples:\n")[2]
    codes = said.partition("Exit codes:\n")[2].splitlines()
    assert [line.split()[0] for line in codes][:3] == ["0", "1", "2"]
    assert [line for line in said.splitlines() if len(line) > 80 and "  maxpressure " not in line] == []
