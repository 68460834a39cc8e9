"""Golden worlds: a few of three scenarios, kept as exact text; run as a program, it writes them anew.

    python tests/golden_worlds.py      (or: make goldens)

The parameters are those of tests/pilot.toml, so that a new calibration changes nothing here; a change of the rule,
the evidence, the assumptions or a scenario does, and is printed as a diff. Numbers are written as Python writes
them, which is exact: nothing is rounded.
"""

from __future__ import annotations

import difflib
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from maxpressure.engine.chunks import Chunk, Engine, Keep
from maxpressure.engine.engines import CompiledEngine, WorldEngine
from maxpressure.experiments.job import batches
from maxpressure.experiments.schema import OUTCOMES
from maxpressure.model.case import load_case, prepare
from maxpressure.model.rules import GROUPS
from pilot import PILOT

FOLDER: Final = Path(__file__).with_name("goldens")
SCENARIOS: Final = ("max-pressure-2017", "engagement-from-september", "patrons-played-off")
"""The record; talks, by which ties return; a patron lost, with backfill and courtship out of need."""
SEED, WORLDS = 2017, 3
KEEP: Final = Keep(weeks=WORLDS, attributions=WORLDS)
ENGINES: Final[Mapping[str, Any]] = {"ensemble": CompiledEngine, "world": WorldEngine}


def simulated(name: str, engine: str) -> dict[str, Any]:
    """Some worlds of a scenario: outcomes, every tie that moved, the account of each act, the last week."""
    case = load_case()
    situation = prepare(case, case.scenario(name))
    chunk = Chunk(name, 0, WORLDS)
    alive: Engine = ENGINES[engine]({name: situation}, [PILOT.values], SEED, KEEP)
    rows = batches(chunk, 1, situation, alive.simulate(chunk), KEEP)
    worlds = [_world(number, rows) for number in range(WORLDS)]
    return {"scenario": name, "seed": SEED, "parameters": "tests/pilot.toml", "worlds": worlds}


def _world(number: int, rows: Mapping[str, pa.RecordBatch]) -> dict[str, Any]:
    own = {
        table: [row for row in rows[table].to_pylist() if row["world"] == number]
        for table in ("worlds", "weeks", "acts")
    }
    last = own["weeks"][-1]
    return {
        "world": number,
        "outcomes": {name: own["worlds"][0][name] for name in OUTCOMES},
        "last week": {name: last[name] for name in last if name not in ("scenario", "draw", "world", "date")},
        "changes": [_change(row) for row in own["acts"]],
        "attributions": {
            f"{row['week']} {row['iso3']}": [row[f"share_{group}"] for group in GROUPS]
            for row in own["acts"]
            if row["lead"]
        },
    }


def _change(row: Mapping[str, Any]) -> str:
    """``91 ESP act diplomatic 3>2 lead``: week, state, kind, tie and levels."""
    lead = " lead" if row["lead"] else ""
    return f"{row['week']} {row['iso3']} {row['kind']} {row['tie']} {row['level_before']}>{row['level_after']}{lead}"


def text(name: str, engine: str) -> str:
    """The golden text of a scenario as an engine lives it; lists of numbers stand on a line each."""
    written = json.dumps(simulated(name, engine), indent=1, ensure_ascii=False, allow_nan=False)
    return _lists_on_one_line(written) + "\n"


def _lists_on_one_line(written: str) -> str:
    lines: list[str] = []
    open_list = False
    for line in written.split("\n"):
        begins = (
            line.endswith("[") and ": [" in line and not line.strip().startswith(('"changes"', '"worlds"'))
        )
        if open_list:
            lines[-1] += line.strip() + ("" if line.strip().startswith("]") else " " * line.endswith(","))
            open_list = not line.strip().startswith("]")
        else:
            lines.append(line)
            open_list = begins
    return "\n".join(lines)


def path(name: str) -> Path:
    """Where a scenario's golden text stands."""
    return FOLDER / f"{name}.json"


def update() -> int:
    """Write every golden text anew, print what changed, and refuse where the engines differ."""
    for name in SCENARIOS:
        new = text(name, "ensemble")
        if new != text(name, "world"):
            sys.stderr.write(f"{name}: the two engines differ, so nothing was written\n")
            return 1
        old = path(name).read_text(encoding="utf-8") if path(name).is_file() else ""
        told = difflib.unified_diff(
            old.splitlines(),
            new.splitlines(),
            f"{path(name).name} before",
            f"{path(name).name} now",
            lineterm="",
            n=1,
        )
        lines = list(told)
        sys.stdout.write(("\n".join(lines) if lines else f"{path(name).name}: as before") + "\n")
        path(name).write_text(new, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(update())
