"""The canonical form of a result folder's tables: the same bytes, however the worlds were cut, lived or resumed.

Under one version of Arrow two folders hold the same results if, and only if, the SHA-256 of these agree.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from maxpressure.experiments.schema import TABLES
from maxpressure.results.results import Results

GROUP: Final = 1 << 16
"""Rows of a row group; only the last one has fewer."""


def canonical(results: Results) -> dict[str, str]:
    """The SHA-256 of each table's canonical form.

    It is an uncompressed Parquet file: rows by scenario, world and week, tallies added up over all chunks, names
    as plain strings, row groups of a fixed size. It is never held whole.
    """
    return {name: digest_of(name, _pieces(results, name)) for name in TABLES}


def _pieces(results: Results, name: str) -> Iterator[pa.Table]:
    if name == "tallies":
        yield results.files.tallies()
    else:
        yield from results.files.pieces(name, TABLES[name].names)


def digest_of(name: str, pieces: Iterable[pa.Table]) -> str:
    """The SHA-256 of a table's canonical form, from its rows in order, in pieces of any size."""
    schema = pa.schema([field.with_type(_plain(field.type)) for field in TABLES[name]])
    sink = Digest()
    with pq.ParquetWriter(pa.PythonFile(sink, mode="w"), schema, compression="none") as writer:
        for group in _groups(pieces, schema):
            writer.write_table(group, row_group_size=GROUP)
    return sink.total.hexdigest()


def _plain(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _groups(pieces: Iterable[pa.Table], schema: pa.Schema) -> Iterator[pa.Table]:
    """The rows in groups of a fixed size, each column in one piece, since pages end where pieces do."""
    held = schema.empty_table()
    for piece in pieces:
        held = pa.concat_tables([held, piece.cast(schema)])
        while len(held) >= GROUP:
            yield held.slice(0, GROUP).combine_chunks()
            held = held.slice(GROUP)
    if len(held):
        yield held.combine_chunks()


class Digest:
    """A file to write to that keeps nothing but the SHA-256 of what was written."""

    def __init__(self) -> None:
        self.total = hashlib.sha256()
        self.closed = False

    def write(self, content: Any) -> int:
        """Take in some bytes."""
        self.total.update(content)
        return len(content)

    def flush(self) -> None:
        """There is nothing to flush."""

    def close(self) -> None:
        """No more is to come."""
        self.closed = True
