"""The columns of the result tables, and how batches of rows are written to them.

What the recorder notes is spread to one plain column each: a number for every tie becomes six columns, and
the account of an act one share for each group of causes. Names are dictionary columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, get_type_hints

import pyarrow as pa
import pyarrow.parquet as pq

from maxpressure.base.ties import TIES
from maxpressure.model.recorder import WeekRow, WorldRow
from maxpressure.model.rules import GROUPS

STATUSES: Final = ("fine", "failed")
"""What a row of ``worlds`` says of its world."""

TALLIED: Final = ("acts_total", *(f"ties_{tie}" for tie in TIES), "embassies", "trade_kusd", "exports_kusd")
"""Weekly outcomes of which ``tallies`` counts how many worlds stood where."""

NAME: Final = pa.dictionary(pa.int16(), pa.string())
BY_TIE: Final = {"ties_alive": "ties", "mean_rung": "rung", "cut": "cut"}
"""Fields with a number for each tie, and how their six columns are called: ties_diplomatic and so on."""


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

STATUS: Final = (_each("status", NAME), pa.field("message", pa.string()))
TALLY: Final = (_each("outcome", NAME), _each("value", pa.int32()), _each("worlds", pa.int32()))
"""So many worlds had an outcome of this value, or of the bin of a million USD that begins there."""

TABLES: Final[Mapping[str, pa.Schema]] = {
    "worlds": pa.schema(
        [*KEY, *STATUS, *(field.with_nullable(nullable=True) for field in _outcomes(WorldRow))]
    ),
    "weeks": pa.schema([*KEY, *WHEN, *_outcomes(WeekRow)]),
    "acts": pa.schema([*KEY, *WHEN, *CHANGE]),
    "tallies": pa.schema([_each("scenario", NAME), _each("week", pa.int16()), *TALLY]),
}
"""The columns of each table. Weeks are counted from the record's origin, a date is their Monday.

A world that failed has a message and no outcomes.
"""

OUTCOMES: Final = tuple(field.name for field in _outcomes(WorldRow))


def parquet(schema: pa.Schema) -> dict[str, Any]:
    """How a table is written: a checksum on each page; the outcomes of worlds, which seldom repeat, byte by byte."""
    options: dict[str, Any] = {"compression": "zstd", "write_page_checksum": True}
    if "week" not in schema.names:
        pointed = [field.name for field in schema if pa.types.is_floating(field.type)]
        others = [name for name in schema.names if name not in pointed]
        options |= {"use_dictionary": others, "use_byte_stream_split": pointed}
    return options


class TableWriters:
    """The tables of a folder as one file each, open for writing: a row group for each batch."""

    def __init__(self, folder: Path, metadata: Mapping[str, str]) -> None:
        self.counts = dict.fromkeys(TABLES, 0)
        self.writers = {
            name: pq.ParquetWriter(
                folder / f"{name}.parquet", schema.with_metadata(dict(metadata)), **parquet(schema)
            )
            for name, schema in TABLES.items()
        }

    def __enter__(self) -> TableWriters:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the files, whatever happened."""
        for writer in self.writers.values():
            writer.close()

    def write(self, batches: Mapping[str, pa.RecordBatch]) -> None:
        """Write a chunk's rows of every table."""
        for name, batch in batches.items():
            if batch.num_rows:
                self.writers[name].write_batch(batch)
                self.counts[name] += batch.num_rows
