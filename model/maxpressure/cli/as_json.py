"""Answers as JSON: one object on stdout, as docs/reference/json.md says. Refusals stay sentences on stderr."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from maxpressure.base.paths import VERSION

if TYPE_CHECKING:
    from maxpressure.results.results import Results

SCHEMA: Final = 1
"""The version of the shape; it goes up when a program that reads it would fail."""

JSON = Annotated[
    bool, typer.Option("--json", help="Print one JSON object in place of text (reference/json.md).")
]


def print_json(command: str, **content: Any) -> None:
    """Print the object of a command. Numbers are not rounded; NaN and infinite numbers are null."""
    head = {"schema": SCHEMA, "version": VERSION, "command": command}
    print(json.dumps(head | plain(content), allow_nan=False))


def plain(value: Any) -> Any:
    """The value in the types of JSON: a data frame as a list of its rows, a date and a path as text."""
    if isinstance(value, Mapping):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    if isinstance(value, date | Path):
        return str(value)
    if hasattr(value, "itertuples"):
        from maxpressure.results.formats import records

        return list(records(value if value.index.names == [None] else value.reset_index()))
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def about(results: Results) -> dict[str, Any]:
    """What every answer on a folder of results begins with."""
    manifest = results.manifest
    return {
        "place": results.place,
        "scenarios": manifest.names,
        "worlds": manifest.worlds,
        "seed": manifest.seed,
        "parameters": manifest.parameters.status,
    }
