"""TOML read and written.

A file that cannot be used is refused by its name and line; it never crashes the reader. The standard library does not
write TOML, and the tables of the package are plain enough for a few lines.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

from maxpressure.base.errors import InputError

LARGEST_FILE: Final = 100_000
"""Bytes; a scenario takes a few thousand, the assumptions about eleven thousand."""

MOST_DOTS: Final = 500
"""On one line. Python's reader needs memory that grows with the square of a dotted key's parts."""

LONGEST_SHOWN: Final = 80
"""Characters of a line or a value that a message repeats."""

BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")


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
            raise _refused(path, f"line {number}", cut(line.strip()), f"a line with at most {MOST_DOTS} dots")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise _refused(path, "file", "lists in lists without end", "TOML") from None
    except ValueError as error:
        place = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)", str(error))
        line = lines[int(place[1]) - 1] if place and place[1] else lines[-1]
        key = place[0].removeprefix(" (at ").removesuffix(")") if place else "file"
        fault = str(error).removesuffix(place[0] if place else "")
        raise _refused(path, key, cut(line.strip()), f"TOML ({fault})") from None


def cut(text: str) -> str:
    """The text, cut where it is long."""
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"


def _refused(path: Path, key: str, given: str | bytes, allowed: str) -> InputError:
    return InputError(file=path, key=key, given=given, allowed=allowed)


def toml_text(entries: Mapping[str, Any]) -> str:
    """The entries in their order: first what stands alone, then one [section] for each table.

    Handles text, booleans, finite numbers, dates, lists and tables of these.
    """
    alone = {key: entry for key, entry in entries.items() if not isinstance(entry, Mapping)}
    sections = {key: entry for key, entry in entries.items() if isinstance(entry, Mapping)}
    parts = [_lines(alone), *(f"[{toml_key(key)}]\n{_lines(section)}" for key, section in sections.items())]
    return "\n".join(parts)


def toml_key(key: str) -> str:
    """The key as TOML spells it: in quotes where it holds more than letters, digits, - and _."""
    return key if BARE_KEY.fullmatch(key) else _quoted(key)


def _lines(entries: Mapping[str, Any]) -> str:
    return "".join(f"{toml_key(key)} = {_written(entry)}\n" for key, entry in entries.items())


def _written(entry: Any) -> str:
    if isinstance(entry, str):
        return _text(entry)
    if isinstance(entry, bool):
        return str(entry).lower()
    if isinstance(entry, date):
        return entry.isoformat()
    if isinstance(entry, Mapping):
        return "{ " + ", ".join(f"{toml_key(key)} = {_written(value)}" for key, value in entry.items()) + " }"
    if isinstance(entry, Sequence):
        return _listed(entry)
    return repr(entry + 0)  # 0.0 also for −0.0, which equals it


def _listed(entries: Sequence[Any]) -> str:
    """Short entries on one line, tables on a line each."""
    written = [_written(entry) for entry in entries]
    if any(isinstance(entry, Mapping) for entry in entries):
        return "[\n" + "".join(f"    {entry},\n" for entry in written) + "]"
    return "[" + ", ".join(written) + "]"


def _text(text: str) -> str:
    """On one line, or over several as the author wrote it."""
    lines = text.split("\n")
    return (
        _quoted(text)
        if len(lines) == 1
        else '"""\n' + "\n".join(_quoted(line)[1:-1] for line in lines) + '"""'
    )


def _quoted(text: str) -> str:
    """JSON's escapes are TOML's, except for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
