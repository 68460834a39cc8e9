"""Writing TOML. Python reads it but does not write it, and our tables are plain enough for a few lines."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")


def toml_text(entries: Mapping[str, Any]) -> str:
    """The entries in their order: first what stands alone, then one [section] for each table.

    Handles text, booleans, finite numbers, dates, lists and tables of these.
    """
    alone = {key: entry for key, entry in entries.items() if not isinstance(entry, Mapping)}
    sections = {key: entry for key, entry in entries.items() if isinstance(entry, Mapping)}
    parts = [_lines(alone), *(f"[{toml_key(key)}]\n{_lines(section)}" for key, section in sections.items())]
    return "\n".join(parts)


def toml_key(key: str) -> str:
    """The key as TOML wants it, in quotes where it is more than letters, digits, - and _."""
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
    """JSON's escapes are TOML's, but for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
