"""The files behind the tables of a result folder: found in order, checked, and seen as one Arrow dataset.

`maxpressure run` writes each table as one file, whose SHA-256 is in the manifest; a batch writes a part for each
chunk of worlds, whose SHA-256 is in the chunk's receipt. Whatever reads a table need not know which it was.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from pyarrow import fs

from maxpressure.base.errors import InputError, Wrong
from maxpressure.base.reading import reading
from maxpressure.experiments.manifest import Manifest, again
from maxpressure.experiments.parts import check_part, check_scenarios, check_worlds, row_groups
from maxpressure.experiments.receipts import Receipt, part_name
from maxpressure.experiments.schema import CATEGORIES, TABLES
from maxpressure.experiments.store import RemoteStore, Store
from maxpressure.experiments.tallies import added_up

BLOCK: Final = 1 << 20
"""Bytes read at once where a file is checked."""


@dataclass(frozen=True, slots=True)
class TableFiles:
    """Where each table lies. Every file is checked once, when it is about to be read for the first time."""

    store: Store
    manifest: Manifest
    receipts: tuple[Receipt, ...]
    _sound: set[str] = field(default_factory=set, repr=False, compare=False)

    @property
    def worlds(self) -> int:
        """How many worlds there are, of all scenarios together."""
        if self.manifest.tables:
            return self.manifest.tables["worlds"].rows
        return sum(receipt.worlds for receipt in self.receipts)

    def dataset(self, table: str, scenario: str | None = None) -> Any:
        """A table, or a scenario's rows of it, as an Arrow dataset in the order of scenarios and worlds.

        Raises InputError where a file is missing or is not, byte for byte, the one that was written.
        """
        found = self._found(table, scenario)
        return found if scenario is None else found.filter(ds.field("scenario") == scenario)

    def pieces(
        self, table: str, columns: Sequence[str], *, scenario: str | None = None, where: Any = None
    ) -> Iterator[pa.Table]:
        """The rows in order, a chunk of worlds at a time, so that memory does not grow with their number.

        A scanner over the whole dataset would read on while its caller is busy, without bound.
        """
        if scenario is not None:
            only = ds.field("scenario") == scenario
            where = only if where is None else where & only
        found = self._found(table, scenario)
        for file in found.get_fragments():
            for group in file.split_by_row_group():
                rows = group.to_table(schema=found.schema, columns=list(columns), filter=where)
                if len(rows):
                    yield rows

    def frame(self, rows: pa.Table, table: str) -> pd.DataFrame:
        """Some rows and columns of a table as pandas, each column in the type that it has in every folder."""
        frame: pd.DataFrame = rows.unify_dictionaries().to_pandas(date_as_object=False)
        for column in rows.column_names:
            frame[column] = typed(frame[column], TABLES[table].field(column), self.manifest.names)
        return frame

    def tallies(self, *, scenario: str | None = None, outcome: str | None = None) -> pa.Table:
        """The tallies of all chunks added up, or only those of a scenario or an outcome."""
        where = None if outcome is None else ds.field("outcome") == outcome
        pieces = self.pieces("tallies", TABLES["tallies"].names, scenario=scenario, where=where)
        return added_up(pieces, self.manifest.names)

    def digests(self) -> dict[str, str]:
        """The SHA-256 of each table's canonical form: tallies added up, other rows by scenario, world and week."""
        return {
            name: digest_of(
                name, [self.tallies()] if name == "tallies" else self.pieces(name, TABLES[name].names)
            )
            for name in TABLES
        }

    def check(self) -> None:
        """Raise InputError where any file of any table is not the one that was written."""
        for table in TABLES:
            self._found(table, None)

    def _found(self, table: str, scenario: str | None) -> Any:
        """The dataset of the table's files, checked; of parts only those of the scenario."""
        if self.manifest.tables:
            names = [self._whole(table)]
        else:
            parts = {self._part(table, receipt): receipt.parts[table] for receipt in self._written(scenario)}
            names = [name for name, part in parts.items() if part.rows]
        system, root = self._filesystem()
        paths = [f"{root}/{name}" for name in names]
        files = ds.ParquetFileFormat()
        return ds.FileSystemDataset(
            [files.make_fragment(path, system) for path in paths], TABLES[table], files, system
        )

    def _written(self, scenario: str | None) -> list[Receipt]:
        """The receipts of the scenario's chunks."""
        return [receipt for receipt in self.receipts if scenario in (None, receipt.scenario)]

    def _part(self, table: str, receipt: Receipt) -> str:
        name = part_name(table, receipt.chunk)
        if name not in self._sound:
            check_part(self.store, self.manifest, receipt, table)
            self._sound.add(name)
        return name

    def _whole(self, table: str) -> str:
        name = f"{table}.parquet"
        if name not in self._sound:
            file, known = f"{self.store.place}/{name}", self.manifest.tables[table]
            command = again(self.manifest, self.store.place, worlds=self.manifest.worlds)
            allowed = f"the table that was written, SHA-256 {known.sha256}. It is made anew by: {command}"
            self.store.path(name)
            with reading(file, allowed=allowed):
                given = self._digest(name)
                if given != known.sha256:
                    wrong = Wrong(f"has the SHA-256 {given}" if given else "is not there")
                    raise InputError(file=file, key="file", given=wrong, allowed=allowed)
                self._check_whole(table, name)
            self._sound.add(name)
        return name

    def _check_whole(self, table: str, name: str) -> None:
        """Raise InputError where a table in one file has other columns, scenarios or worlds than the manifest."""
        system, root = self._filesystem()
        file, rows = f"{self.store.place}/{name}", self.manifest.tables[table].rows
        with system.open_input_file(f"{root}/{name}") as source:
            keys, most = [], len(self.manifest.names) * self.manifest.worlds
            for group in row_groups(source, table, rows, most, file):
                check_scenarios(group, self.manifest, file)
                keys.append(group.select(["scenario", "world"] if table == "worlds" else ["scenario"]))
        if table == "worlds":
            check_worlds(pa.concat_tables(keys), self.manifest, file)

    def _digest(self, name: str) -> str:
        """The SHA-256 of a file that may be larger than memory, or "" where there is none."""
        system, root = self._filesystem()
        total = hashlib.sha256()
        try:
            with system.open_input_stream(f"{root}/{name}") as stream:
                while block := stream.read(BLOCK):
                    total.update(block)
        except FileNotFoundError:
            return ""
        return total.hexdigest()

    def _filesystem(self) -> tuple[Any, str]:
        """The store as Arrow sees it, and the folder's path there."""
        if isinstance(self.store, RemoteStore):
            return fs.PyFileSystem(fs.FSSpecHandler(self.store.filesystem)), self.store.root
        return fs.LocalFileSystem(), str(self.store.root)


def typed(column: pd.Series, field: pa.Field, scenarios: Sequence[str]) -> pd.Series:
    """The column in the type it has in every folder, whether or not a cell is blank or a name occurs."""
    if pa.types.is_dictionary(field.type):
        known = scenarios if field.name == "scenario" else CATEGORIES.get(field.name)
        found = sorted(column.cat.remove_unused_categories().cat.categories) if known is None else known
        return column.cat.set_categories(list(found))
    if field.nullable and pa.types.is_integer(field.type):
        return column.astype("Int32")
    return column.astype("boolean") if pa.types.is_boolean(field.type) else column


# ---- digests: equal where two folders hold the same results, whatever files these lie in

GROUP: Final = 1 << 16
"""Rows of a row group of the canonical form; only the last one has fewer."""


def digest_of(name: str, pieces: Iterable[pa.Table]) -> str:
    """The SHA-256 of a table's canonical form, from its rows in order, in pieces of any size.

    The form is an uncompressed Parquet file with names as plain strings and row groups of a fixed size. It is never
    held whole. Arrow's IPC format would not do: it also writes the bytes below blanks and between batches.
    """
    schema = pa.schema([field.with_type(_plain(field.type)) for field in TABLES[name]])
    sink = _Digest()
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


class _Digest(io.RawIOBase):
    """A file to write to that keeps nothing but the SHA-256 of what was written."""

    def __init__(self) -> None:
        self.total = hashlib.sha256()

    def writable(self) -> bool:
        """It can be written to."""
        return True

    def write(self, content: Any) -> int:
        """Take in some bytes."""
        self.total.update(content)
        return len(content)
