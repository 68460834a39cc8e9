"""Reading a TOML file with suspicion: what is wrong with it is refused by file and line, never a crash."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, Final

from maxpressure.base.errors import InputError

LARGEST_FILE: Final = 100_000
"""Bytes; a scenario takes a few thousand, the assumptions about eleven thousand."""

MOST_DOTS: Final = 500
"""On one line. Python's reader needs memory that grows with the square of a dotted key's parts."""

LONGEST_SHOWN: Final = 80
"""Characters of a line that a message repeats."""


def read_toml(path: Path) -> dict[str, Any]:
    """The file's keys and tables, unchecked.

    Raises InputError where the file is missing, cannot be read, is too long, or is no TOML in UTF-8.
    """
    try:
        with path.open("rb") as stream:
            content = stream.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        raise _refused(path, "file", "no such file", "a file that can be read") from None
    except OSError as error:
        raise _refused(path, "file", str(error.strerror), "a file that can be read") from None
    if len(content) > LARGEST_FILE:
        raise _refused(path, "file", f"more than {LARGEST_FILE} bytes", "a file of at most 100 kB")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _refused(path, f"line {line}", content[error.start : error.end], "text in UTF-8") from None
    return _parsed(text, path)


def _parsed(text: str, path: Path) -> dict[str, Any]:
    lines = text.split("\n")
    for number, line in enumerate(lines, start=1):
        if line.count(".") > MOST_DOTS:
            raise _refused(path, f"line {number}", _cut(line), f"a line with at most {MOST_DOTS} dots")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise _refused(path, "file", "lists in lists without end", "TOML") from None
    except ValueError as error:
        place = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)", str(error))
        line = lines[int(place[1]) - 1] if place and place[1] else lines[-1]
        key = place[0].removeprefix(" (at ").removesuffix(")") if place else "file"
        fault = str(error).removesuffix(place[0] if place else "")
        raise _refused(path, key, _cut(line), f"TOML ({fault})") from None


def _cut(line: str) -> str:
    """The line without the space around it, cut where it is long."""
    line = line.strip()
    return line if len(line) <= LONGEST_SHOWN else line[: LONGEST_SHOWN - 1] + "…"


def _refused(path: Path, key: str, given: str | bytes, allowed: str) -> InputError:
    return InputError(file=path, key=key, given=given, allowed=allowed)
