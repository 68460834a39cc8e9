"""Result folders with made-up rows, so that what a picture shows can be reckoned by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from maxpressure.engine.chunks import Keep
from maxpressure.experiments.experiment import new_manifest
from maxpressure.experiments.schema import TABLES, TableWriters
from maxpressure.model.case import Case
from maxpressure.model.rules import GROUPS
from maxpressure.results.results import Results, load
from part_folders import planned

ORIGIN = dt.date(2016, 1, 4)
Rows = Sequence[Mapping[str, object]]


def written(
    case: Case,
    folder: Path,
    *,
    worlds: int,
    acts: Rows = (),
    weeks: Rows = (),
    tallies: Rows = (),
    failed: Sequence[int] = (),
    draws: int = 1,
    keep: Keep | None = None,
) -> Results:
    """A folder of one scenario, the record, with these rows; what a row does not name is nothing."""
    experiment = planned(case, ["max-pressure-2017"], worlds=worlds, keep=keep or Keep())
    manifest = new_manifest(experiment)
    status = [
        {"world": world, "draw": world % draws, "status": "failed" if world in failed else "fine"}
        for world in range(worlds)
    ]
    folder.mkdir(parents=True)
    with TableWriters(folder, {}) as tables:
        for name, rows in {"worlds": status, "acts": acts, "weeks": weeks, "tallies": tallies}.items():
            tables.write({name: batch(name, rows)})
    manifest.finished(folder, tables.counts).write(folder)
    return load(folder)


def batch(name: str, rows: Rows) -> pa.RecordBatch:
    """Rows of a table in its own types; a column that is not named is 0, a blank or the scenario."""
    schema = TABLES[name]
    filled = [{field.name: row.get(field.name, _nothing(field)) for field in schema} for row in rows]
    return pa.RecordBatch.from_pylist(filled, schema=schema)


def _nothing(field: pa.Field) -> object:
    if field.name == "scenario":
        return "max-pressure-2017"
    if field.nullable:
        return None
    return "" if pa.types.is_dictionary(field.type) else ORIGIN if field.name == "date" else 0


def act(
    world: int,
    week: int,
    iso3: str,
    *ties: str,
    fall: tuple[int, int] = (3, 2),
    draw: int = 0,
    shares: Mapping[str, float] | None = None,
) -> list[dict[str, object]]:
    """The rows of one act: a row for each tie, the first one the lead; the account on each."""
    attribution = {f"share_{group}": shares.get(group, 0.0) if shares else None for group in GROUPS}
    return [
        {
            "world": world, "draw": draw, "week": week, "date": ORIGIN + dt.timedelta(weeks=week),
            "iso3": iso3, "kind": "act", "tie": tie, "level_before": fall[0], "level_after": fall[1],
            "lead": place == 0, **attribution,
        }
        for place, tie in enumerate(ties)
    ]  # fmt: skip


def tally(week: int, outcome: str, counts: Mapping[int, int]) -> list[dict[str, object]]:
    """So many worlds stood at each value of an outcome at the end of a week."""
    return [
        {"week": week, "outcome": outcome, "value": value, "worlds": worlds}
        for value, worlds in counts.items()
    ]
