"""Folders of one batch made into one: worlds that were lived on several machines, or in several goes.

The canonical form of a result folder's tables: the same bytes, however the worlds were cut, lived or resumed.

Under one version of Arrow two folders hold the same results if, and only if, the SHA-256 of these agree.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from maxpressure.base.errors import InputError
from maxpressure.experiments.folder import new_folder
from maxpressure.experiments.manifest import MANIFEST, Manifest
from maxpressure.experiments.schema import TABLES
from maxpressure.experiments.store import (
    RECEIPTS,
    LocalStore,
    Receipt,
    RemoteStore,
    check_part,
    open_store,
    part_name,
)
from maxpressure.results.dataset import in_order
from maxpressure.results.results import Results, load

United = dict[str, tuple[Results, Receipt]]
"""Each chunk's receipt by the chunk's name, with the results that it is taken from."""


def merge(folders: Sequence[str | Path], out: str | Path) -> Results:
    """Put the finished chunks of several batch folders into the new folder or URL `out`, and open it.

    The folders must be of the same scenarios, seed, parameters, evidence and code, and may differ in their
    worlds; a chunk that several have must be the same in all. They stay as they are, each part is checked as
    it is copied, and a local `out` appears when all is done, or not at all. Raises InputError where they do not
    fit together, and where anything is at `out`.
    """
    opened = [load(folder) for folder in folders]
    if not opened:
        raise InputError(file="merge", key="folders", given="nothing", allowed="at least one folder")
    for results in opened:
        _check_fits(results, opened[0])
    united = _united(opened)
    manifest = _together([results.manifest for results in opened])
    ordered = in_order(manifest, [receipt for _, receipt in united.values()], "merge")
    with _new(out) as store:
        for receipt in ordered:
            _copy(united[receipt.chunk.name][0], receipt, store)
        store.put(MANIFEST, manifest.text())
    return load(out)


def _check_fits(results: Results, first: Results) -> None:
    """Batches of the same experiment fit; whole tables hold no parts that could be put beside others."""
    if results.manifest.tables:
        allowed = "folders that `maxpressure batch` wrote; run the same worlds as a batch"
        raise InputError(file=results.place, key="layout", given="a table in one file", allowed=allowed)
    differences = first.manifest.as_batch().differences(results.manifest.as_batch())
    if differences:
        allowed = f"a batch of the same experiment as {first.place}"
        raise InputError(file=results.place, key=MANIFEST, given=differences, allowed=allowed)


def _united(opened: Sequence[Results]) -> United:
    united: United = {}
    for results in opened:
        for receipt in results.files.receipts:
            name = receipt.chunk.name
            source, known = united.setdefault(name, (results, receipt))
            if known != receipt:
                parts = {**known.parts, **receipt.parts}
                parted = [table for table in parts if known.parts.get(table) != receipt.parts.get(table)]
                given = f"{', '.join(parted)} other than in {source.place}"
                allowed = (
                    "the same worlds with the same bytes in every folder; leave out the one that is wrong"
                )
                raise InputError(file=results.place, key=name, given=given, allowed=allowed)
    return united


def _together(manifests: Sequence[Manifest]) -> Manifest:
    """The first manifest with the most worlds asked for, all commands, and the span of all times."""
    return manifests[0].model_copy(
        update={
            "worlds": max(manifest.worlds for manifest in manifests),
            "command": " && ".join(dict.fromkeys(manifest.command for manifest in manifests)),
            "started": min(manifest.started for manifest in manifests),
            "ended": max(manifest.ended for manifest in manifests),
        }
    )


@contextmanager
def _new(out: str | Path) -> Iterator[LocalStore | RemoteStore]:
    """A store that is empty: locally a temporary folder, which takes the name of `out` when all went well."""
    store = open_store(out)
    present = _present(store)
    if present:
        allowed = "a new or an empty folder"
        raise InputError(
            file=store.place, key="out", given=f"a folder with {present[0]!r} in it", allowed=allowed
        )
    if isinstance(store, LocalStore):
        with new_folder(Path(os.path.realpath(store.root)), replacing=False) as folder:
            yield LocalStore(folder)
    else:
        yield store


def _present(store: LocalStore | RemoteStore) -> list[str]:
    """What is at a place, hidden files too."""
    if isinstance(store, RemoteStore):
        return store.names()
    if store.root.is_dir():
        return sorted(entry.name for entry in store.root.iterdir())
    return [store.root.name] if store.root.exists() else []


def _copy(source: Results, receipt: Receipt, store: LocalStore | RemoteStore) -> None:
    """A chunk's parts, checked, then its receipt."""
    for table in receipt.parts:
        store.put(part_name(table, receipt.chunk), check_part(source.files.store, receipt, table))
    store.put(f"{RECEIPTS}/{receipt.chunk.name}.json", receipt.model_dump_json().encode())


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
