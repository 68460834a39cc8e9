"""SECURITY.md against the code: its limits, and the files that it names."""

from __future__ import annotations

import re

import pytest

from maxpressure.app import desk, guard, server
from maxpressure.base import tables, toml
from maxpressure.base.paths import PACKAGE

ROOT = PACKAGE.parents[1]
PAGE = (ROOT / "SECURITY.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "limit",
    [
        f"{toml.LARGEST_FILE // 1000} kB a file",
        f"{tables.LARGEST_TABLE // 1_000_000} MB, {tables.MOST_ROWS:,} rows and {tables.MOST_COLUMNS:,} columns",
        f"{tables.LONGEST_CELL:,} characters a cell",
        f"{server.MOST_CONNECTIONS} connections, {guard.LONGEST_QUERY:,} characters a link",
        f"{desk.MOST_STUDENTS} students, {desk.LONGEST_BODY:,} bytes an answer, {desk.EACH_MINUTE} answers a minute",
        f"of one student and {desk.ALL_MINUTE} of all",
    ],
)
def test_a_limit_is_that_of_the_code(limit: str) -> None:
    assert limit in " ".join(PAGE.split())


def test_every_file_that_is_named_is_there() -> None:
    named = re.findall(r"`(tests/[\w/.]+)`", PAGE) + re.findall(r"\]\(([\w/.]+)\)", PAGE)
    assert len(named) > 4
    assert [path for path in named if not (ROOT / path).exists()] == []
    assert "fuzz:" in (ROOT / "Makefile").read_text(encoding="utf-8")
