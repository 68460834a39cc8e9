"""TOML read and written.

A file that cannot be used is refused by its name and line; it never crashes the reader. The standard library does not
write TOML, and the tables of the package are plain enough for a few lines.
"""

from __future__ import annotations

import json
import math
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

from maxpressure.base.errors import MOST_BITS, InputError, Remedy, Wrong, cut, written
from maxpressure.base.text import hidden

LARGEST_FILE: Final = 100_000
"""Bytes; a scenario takes a few thousand, the assumptions about eleven thousand."""

MOST_DOTS: Final = 500
"""On one line. Python's reader needs memory that grows with the square of a dotted key's parts."""

LONGEST_SHOWN: Final = 80
"""Characters of a line or a value that a message repeats."""

LARGEST_WHOLE: Final = 2**63
"""Whole numbers lie below it: a seed is the largest that any file holds."""

FEW_DOTS: Final = f"a line with at most {MOST_DOTS} dots"
SEEN: Final = "text without control characters or other letters that nobody sees"

Steps = tuple[str | int, ...]
"""The way to a value in nested tables and lists: keys and indices."""

BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")


def read_toml(path: Path, *, off: bool = False) -> dict[str, Any]:
    """The file's keys and tables, unchecked but for what no file may hold.

    Raises InputError where the file is missing, cannot be read, is too long, or is no TOML in UTF-8, and where it holds
    nan, inf, a whole number beyond 64 bits or text with control characters. With ``off`` it may hold -inf, by which a
    file of parameters switches a tie off.
    """
    given = content(path, LARGEST_FILE)
    try:
        text = given.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = given.count(b"\n", 0, error.start) + 1
        raise _refused(path, f"line {line}", given[error.start : error.end], "text in UTF-8") from None
    return parsed(text, path, off=off)


def content(path: Path, largest: int) -> bytes:
    """The bytes of a file; raises InputError where it is missing, cannot be read, or holds more than ``largest``."""
    try:
        with path.open("rb") as stream:
            given = stream.read(largest + 1)
    except (OSError, ValueError) as fault:  # ValueError for a name with a null character
        gone = isinstance(fault, FileNotFoundError)
        wrong = Wrong(
            "is not there" if gone else f"cannot be read: {getattr(fault, 'strerror', '') or fault}"
        )
        raise _refused(path, "file", wrong, "a file that can be read") from None
    if len(given) > largest:
        raise _refused(
            path, "file", Wrong(f"has more than {largest} bytes"), f"a file of at most {largest // 1000} kB"
        )
    return given


def parsed(text: str, path: str | Path, *, off: bool = False) -> dict[str, Any]:
    """The keys and tables of a text, as :func:`read_toml` gives those of a file."""
    lines = text.split("\n")
    for number, line in enumerate(lines, start=1):
        if line.count(".") > MOST_DOTS:
            raise _refused(path, f"line {number}", cut(line.strip(), LONGEST_SHOWN), FEW_DOTS)
        if hidden(line, kept="\t\r"):  # in a comment too
            raise _refused(path, f"line {number}", cut(line.strip(), LONGEST_SHOWN), SEEN)
    try:
        table = tomllib.loads(text)
    except RecursionError:
        endless = Wrong("holds lists in lists without end")
        raise _refused(path, "file", endless, "TOML with fewer of them") from None
    except ValueError as error:
        place = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)", str(error))
        line = lines[int(place[1]) - 1] if place and place[1] else text.rstrip().rpartition("\n")[2]
        key = place[0].removeprefix(" (at ").removesuffix(")") if place else "file"
        fault = str(error).removesuffix(place[0] if place else "")
        not_toml = Remedy(f"This is not TOML ({fault})")
        raise _refused(path, key, cut(line.strip(), LONGEST_SHOWN), not_toml) from None
    for steps, value, allowed in unreadable(table, off=off):
        raise _refused(path, dotted(steps) or "file", shown(value), allowed)
    return table


def unreadable(table: dict[str, Any], *, off: bool = False) -> Iterator[tuple[Steps, Any, str]]:
    """Numbers that are not finite or do not fit, and texts that nobody sees as they are: where, what, what is allowed.

    With ``off`` a number may be -inf.
    """
    left: list[tuple[Steps, Any]] = [((), table)]
    while left:
        steps, value = left.pop()
        allowed = ""
        if isinstance(value, dict):
            left += [((*steps, key), inner) for key, inner in reversed(value.items())]
            value = "".join(value)
        elif isinstance(value, list):
            left += [((*steps, index), inner) for index, inner in reversed(list(enumerate(value)))]
        if isinstance(value, str):
            allowed = SEEN if hidden(value) else ""
        elif isinstance(value, float):
            allowed = "" if math.isfinite(value) or (off and value == -math.inf) else "a finite number"
        elif isinstance(value, int):
            allowed = "" if abs(value) < LARGEST_WHOLE else "a whole number of at most 18 digits"
        if allowed:
            yield steps, value, allowed


def _refused(path: str | Path, key: str, given: object, allowed: str) -> InputError:
    return InputError(file=path, key=key, given=given, allowed=allowed)


def dotted(steps: Steps) -> str:
    """The steps as one key: `campaign.scale`, `add[0].date`, `shift."UNSCR 2375"`."""
    key = ""
    for step in steps:
        if isinstance(step, int):
            key += f"[{step}]"
        else:
            key += f".{toml_key(step)}" if key else toml_key(step)
    return key


def shown(given: object) -> object:
    """The given value, cut where it is long; dates and lists as they are written."""
    if isinstance(given, date):
        return given.isoformat()
    if isinstance(given, tuple):
        return shown(list(given))
    text = given if isinstance(given, str) else written(given)
    vast = isinstance(given, int) and given.bit_length() > MOST_BITS
    return cut(text, LONGEST_SHOWN) if vast or len(text) > LONGEST_SHOWN else given


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
