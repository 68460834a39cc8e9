"""The columns of the three result tables, and how rows are written to them without piling up in memory.

What the recorder notes is spread to one plain column each: a number for every tie becomes six columns, and
the account of an act one share for each group of causes. Names are dictionary columns.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, NamedTuple, get_type_hints

import pyarrow as pa
import pyarrow.parquet as pq

from maxpressure.outcomes import ChangeRow, WeekRow, WorldRow
from maxpressure.rules import GROUPS
from maxpressure.ties import TIES

CHANGES: Final = ("act", "restoration", "attrition")
"""The kinds of row in ``acts``: a decision to cut, a rung that came back, a route that thinned."""

NAME: Final = pa.dictionary(pa.int16(), pa.string())
BY_TIE: Final = {"ties_alive": "ties", "mean_rung": "rung", "cut": "cut"}
"""Fields with a number for each tie, and how their six columns are called: ties_diplomatic and so on."""

Cell = str | int | float | bool | dt.date | None
Row = tuple[Cell, ...]


class WorldKey(NamedTuple):
    """Which world a row belongs to: the first three columns of every table."""

    scenario: str
    draw: int
    replicate: int


def _each(name: str, kind: pa.DataType) -> pa.Field:
    """A column in which no cell is blank."""
    return pa.field(name, kind, nullable=False)


def _outcomes(row_type: type[WeekRow] | type[WorldRow]) -> Iterator[pa.Field]:
    """A column for each number of a recorder's row, six for a field with one for each tie."""
    kinds = {int: pa.int32(), float: pa.float64()}
    kinds |= {tuple[int, ...]: pa.int32(), tuple[float, ...]: pa.float64()}
    for field, kind in get_type_hints(row_type).items():
        if field in BY_TIE:
            yield from (_each(f"{BY_TIE[field]}_{tie}", kinds[kind]) for tie in TIES)
        elif kind == int | None:
            yield pa.field(field, pa.int32())
        elif field != "week":
            yield _each(field, kinds[kind])


KEY: Final = (_each("scenario", NAME), _each("draw", pa.int32()), _each("replicate", pa.int32()))
WHEN: Final = (_each("week", pa.int16()), _each("date", pa.date32()))
CHANGE: Final = (
    _each("iso3", NAME),
    _each("kind", NAME),
    _each("tie", NAME),
    _each("rung_before", pa.int8()),
    _each("rung_after", pa.int8()),
    pa.field("lead", pa.bool_()),
    *(pa.field(f"share_{group}", pa.float64()) for group in GROUPS),
)

TABLES: Final[Mapping[str, pa.Schema]] = {
    "worlds": pa.schema([*KEY, *_outcomes(WorldRow)]),
    "weeks": pa.schema([*KEY, *WHEN, *_outcomes(WeekRow)]),
    "acts": pa.schema([*KEY, *WHEN, *CHANGE]),
}
"""The columns of each table. Weeks are counted from the record's origin, a date is their Monday."""


def world_row(key: WorldKey, outcome: WorldRow) -> Row:
    """A row of ``worlds``."""
    return (*key, *_flat(outcome))


def week_row(key: WorldKey, monday: dt.date, outcome: WeekRow) -> Row:
    """A row of ``weeks``: how things stood when the week had ended."""
    return (*key, outcome.week, monday, *_flat(outcome[1:]))


def act_row(key: WorldKey, monday: dt.date, change: ChangeRow) -> Row:
    """A row of ``acts``: one tie that moved. Only an act has a lead and an account; else they are blank."""
    shares = change.account if change.account is not None else (None,) * len(GROUPS)
    tie = TIES[change.tie]
    rungs = change.rung_before, change.rung_after
    return (*key, change.week, monday, change.iso3, change.kind, tie, *rungs, change.lead, *shares)


def _flat(outcome: Sequence[Any]) -> Iterator[Cell]:
    for cell in outcome:
        if isinstance(cell, tuple):
            yield from cell
        else:
            yield cell


class TableWriters:
    """The three tables of a folder, open for writing. Rows go to disk at each `flush`, as a row group."""

    def __init__(self, folder: Path, metadata: Mapping[str, str]) -> None:
        self.schemas = {name: schema.with_metadata(dict(metadata)) for name, schema in TABLES.items()}
        self.rows: dict[str, list[Row]] = {name: [] for name in TABLES}
        self.counts = dict.fromkeys(TABLES, 0)
        self.writers = {
            name: pq.ParquetWriter(folder / f"{name}.parquet", schema, compression="zstd")
            for name, schema in self.schemas.items()
        }

    def __enter__(self) -> TableWriters:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write what is left, unless something went wrong, and close the files."""
        try:
            if kind is None:
                self.flush()
        finally:
            for writer in self.writers.values():
                writer.close()

    def flush(self) -> None:
        """Write the rows that have gathered since the last time."""
        for name, rows in self.rows.items():
            if rows:
                schema = self.schemas[name]
                columns = zip(schema, zip(*rows, strict=True), strict=True)
                arrays = [pa.array(cells, type=field.type) for field, cells in columns]
                self.writers[name].write_batch(pa.record_batch(arrays, schema=schema))
                self.counts[name] += len(rows)
                rows.clear()
