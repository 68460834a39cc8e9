"""What a shell may complete: names of scenarios, states, inputs, kinds, experiments.

The names are those of the shipped case and of the files in the current folder. They are read from file names and first
columns alone, since a shell asks at each press of a key.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from maxpressure.base.paths import folder


def scenario_names(incomplete: str) -> list[str]:
    """Shipped scenarios by name, and files of the current folder."""
    return _files(folder("scenarios"), incomplete)


def experiment_names(incomplete: str) -> list[str]:
    """Shipped experiments by name, and files of the current folder."""
    return _files(folder("scenarios") / "experiments", incomplete)


def state_names(incomplete: str) -> list[tuple[str, str]]:
    """States by code or by a name of one word, in the case that was typed, each with its name."""
    named = [(word, row["name"]) for row in _rows("states") for word in (row["iso3"], row["name"])]
    if incomplete.islower():
        named = [(word.lower(), name) for word, name in named]
    return [(word, name) for word, name in named if word.startswith(incomplete) and " " not in word]


def input_names(incomplete: str) -> list[tuple[str, str]]:
    """Names of dated inputs and ids of requests, each with its day."""
    named = [(row["name"], row["date"]) for row in _rows("pressure")]
    named += [(row["request_id"], row["date"]) for row in _rows("requests")]
    return [(name, day) for name, day in named if name.startswith(incomplete)]


def kind_names(incomplete: str) -> list[str]:
    """Kinds of dated inputs, and their words."""
    kinds = {row["kind"] for row in _rows("pressure")} | {"request"}
    words = sorted({*kinds, *(word for kind in kinds for word in kind.split("_"))})
    return [word for word in words if word.startswith(incomplete)]


def _files(shipped: Path, incomplete: str) -> list[str]:
    """The names of the shipped files, and the files of the current folder."""
    here = sorted(file.name for file in Path().glob("*.toml"))
    return [
        name
        for name in (*sorted(file.stem for file in shipped.glob("*.toml")), *here)
        if name.startswith(incomplete)
    ]


def _rows(table: str) -> Iterator[dict[str, str]]:
    """The rows of a table of the shipped evidence, unchecked."""
    with (folder("calibration") / "evidence" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
