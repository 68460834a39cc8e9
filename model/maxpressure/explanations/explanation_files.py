"""Explanations on disk: a folder for one state or one world, whole or not at all."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pandas as pd

from maxpressure.base.paths import VERSION
from maxpressure.experiments.folder import EXPLAINED, lies_there, new_folder
from maxpressure.experiments.manifest import utc_now
from maxpressure.explanations.cascade_figure import save_cascade
from maxpressure.explanations.cascade_words import sentences
from maxpressure.explanations.cascades import Cascade
from maxpressure.explanations.explanation import Explanation
from maxpressure.explanations.rerun import Conditions
from maxpressure.explanations.story import Story

ABOUT: Final = "explain.json"
OF_A_STATE: Final = ("explanation.md", "account.csv", "switch_off.csv", "twins.csv")
OF_A_WORLD: Final = ("story.md", "cascade.csv", "exposures.csv", "cascade.png")
OURS: Final = frozenset({ABOUT, *OF_A_STATE, *OF_A_WORLD})

Writers = Mapping[str, Callable[[Path], None]]


def own_folder(given: Conditions, what: str) -> Path:
    """Where an explanation lands unless another place is named: explain/SCENARIO/WHAT within the results.

    Raises InputError where the results are not in a folder of this machine.
    """
    return given.results.folder / EXPLAINED / given.name / what


def write_state(found: Explanation, place: Path) -> Path:
    """Leave the page about a state and its tables in a folder; returns it."""
    tables = {"account.csv": found.account, "switch_off.csv": found.switches.table}
    if found.twin.acts is not None:
        tables["twins.csv"] = found.twin.acts
    writers = {"explanation.md": _text(found.page())} | {
        name: _table(table) for name, table in tables.items()
    }
    return _write(place, writers, found.given, {"state": found.iso3, "worlds": found.switches.worlds})


def write_world(told: Story, found: Cascade, place: Path) -> Path:
    """Leave a world's story, its cascades as tables and their picture in a folder; returns it."""
    cascades = "\n".join(f"{sentence}\n" for sentence in sentences(found))
    writers = {
        "story.md": _text(
            f"{told.page()}\n## Who was exposed to whom\n\n{cascades}\n![The acts](cascade.png)\n"
        ),
        "cascade.csv": _table(found.acts),
        "exposures.csv": _table(found.exposures),
        "cascade.png": lambda path: save_cascade(path, found),
    }
    return _write(place, writers, found.given, {"world": found.number})


def _write(place: Path, writers: Writers, given: Conditions, what: Mapping[str, Any]) -> Path:
    """Write the files and what they are of; an earlier explanation at the place is replaced, nothing else ever."""
    manifest = given.results.manifest
    about = {
        "kind": "maxpressure explanation",
        **what,
        "scenario": given.name,
        "results": {
            "seed": manifest.seed,
            "worlds": manifest.worlds,
            "code": manifest.code,
            "evidence": manifest.evidence,
            "assumptions": manifest.assumptions,
            "draws": manifest.draws_digest,
        },
        "maxpressure": VERSION,
        "same_code": given.same_code,
        "command": shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]]),
        "written": f"{utc_now():%Y-%m-%dT%H:%M:%SZ}",
    }
    replacing = lies_there(place, OURS, ABOUT)
    with new_folder(place, replacing=replacing) as folder:
        for name, write in writers.items():
            write(folder / name)
        _text(json.dumps(about, indent=2, ensure_ascii=False) + "\n")(folder / ABOUT)
    return place


def _text(words: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_text(words, encoding="utf-8", newline="\n")

    return write


def _table(table: pd.DataFrame) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        table.to_csv(path, index=False, lineterminator="\n", float_format="%.6g")

    return write
