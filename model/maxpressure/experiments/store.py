"""The files of a batch: one part of each table for each finished chunk, and a receipt that says it is whole.

They lie in a local folder, or wherever fsspec reaches, such as an object store. A file appears whole or not at all:
locally by a temporary name and a rename, elsewhere by the store's own put.

    manifest.json                     what is run
    worlds.parquet/S-FIRST-LAST.parquet, and so for weeks, acts and tallies
    receipts/S-FIRST-LAST.json        rows and SHA-256 of each part, and the worlds that failed

The receipt is written last. A chunk without one is run again, so an interrupted batch loses no more than the chunks
in flight.
"""

from __future__ import annotations

import hashlib
import io
import os
import uuid
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict, ValidationError

from maxpressure.base.errors import InputError
from maxpressure.base.paths import user_path
from maxpressure.engine.engines import Chunk
from maxpressure.experiments.schema import parquet

RECEIPTS: Final = "receipts"


class Part(BaseModel):
    """One part's rows and the SHA-256 of its bytes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rows: int
    sha256: str


class Receipt(BaseModel):
    """A finished chunk: its worlds, its parts, and the numbers of the worlds that failed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    scenario: str
    first: int
    worlds: int
    failed: tuple[int, ...]
    parts: dict[str, Part]

    @property
    def chunk(self) -> Chunk:
        """The chunk it is for."""
        return Chunk(self.scenario, self.first, self.worlds)


def part_name(table: str, chunk: Chunk) -> str:
    """Where a chunk's part of a table lies."""
    return f"{table}.parquet/{chunk.name}.parquet"


def encoded(batch: pa.RecordBatch) -> bytes:
    """A part as Parquet: compressed, with a checksum on each page."""
    stream = io.BytesIO()
    rows = pa.Table.from_batches([batch])
    pq.write_table(rows, stream, **parquet(batch.schema))
    return stream.getvalue()


def store_chunk(
    store: Store, chunk: Chunk, parts: Mapping[str, tuple[int, bytes]], failed: Sequence[int]
) -> Receipt:
    """Write a chunk's parts, then its receipt; empty parts are not written."""
    receipt = Receipt(
        scenario=chunk.scenario,
        first=chunk.first,
        worlds=chunk.worlds,
        failed=tuple(failed),
        parts={
            table: Part(rows=rows, sha256=hashlib.sha256(content).hexdigest())
            for table, (rows, content) in parts.items()
            if rows
        },
    )
    for table in receipt.parts:
        store.put(part_name(table, chunk), parts[table][1])
    store.put(f"{RECEIPTS}/{chunk.name}.json", receipt.model_dump_json().encode())
    return receipt


def receipts(store: Store) -> list[Receipt]:
    """The receipts of a folder, by scenario and world; raises InputError where one is damaged."""
    found = []
    for name in store.names():
        if name.startswith(f"{RECEIPTS}/"):
            try:
                found.append(Receipt.model_validate_json(store.get(name) or b""))
            except ValidationError:
                allowed = "a receipt that a batch wrote; remove the file, and its chunk is run again"
                raise InputError(
                    file=f"{store.place}/{name}", key="file", given="damaged", allowed=allowed
                ) from None
    return sorted(found, key=lambda receipt: (receipt.scenario, receipt.first))


def remove_chunk(store: Store, receipt: Receipt) -> None:
    """Remove a chunk, its receipt first, so that it counts as missing whatever happens next."""
    store.remove(f"{RECEIPTS}/{receipt.chunk.name}.json")
    for table in receipt.parts:
        store.remove(part_name(table, receipt.chunk))


def check_part(store: Store, receipt: Receipt, table: str) -> bytes:
    """A part's bytes, if they are those that were written."""
    name = part_name(table, receipt.chunk)
    content = store.get(name)
    if content is not None and hashlib.sha256(content).hexdigest() == receipt.parts[table].sha256:
        return content
    given = "nothing there" if content is None else "other bytes than were written"
    allowed = (
        f"the part of SHA-256 {receipt.parts[table].sha256}; run the batch again with --repair to replace it"
    )
    raise InputError(file=f"{store.place}/{name}", key="file", given=given, allowed=allowed)


def missing(done: Iterable[Receipt], scenarios: Sequence[str], worlds: int, chunk_worlds: int) -> list[Chunk]:
    """The chunks still to be run: worlds without a receipt, cut at a fixed grid of world numbers."""
    covered: dict[str, list[tuple[int, int]]] = {name: [] for name in scenarios}
    for receipt in done:
        if receipt.scenario in covered:
            covered[receipt.scenario].append((receipt.first, receipt.first + receipt.worlds))
    chunks = []
    for name in scenarios:
        start = 0
        for first, end in [*sorted(covered[name]), (worlds, worlds)]:
            while start < min(first, worlds):
                stop = min(first, worlds, (start // chunk_worlds + 1) * chunk_worlds)
                chunks.append(Chunk(name, start, stop - start))
                start = stop
            start = max(start, end)
    return chunks


# ---- folders of small files, named by paths relative to them with forward slashes


class LocalStore:
    """A folder on this machine."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def place(self) -> str:
        """The folder as the user knows it."""
        return str(self.root)

    def put(self, name: str, content: bytes) -> None:
        """Write under a temporary name, flush to disk, rename."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.partial")
        try:
            with partial.open("wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)

    def clear(self) -> None:
        """Remove files that a process that is gone left half-written; the caller is alone in the folder."""
        for partial in [*self.root.glob(".*.partial"), *self.root.glob("*/.*.partial")]:
            partial.unlink(missing_ok=True)

    def get(self, name: str) -> bytes | None:
        """A file's content, or None where there is none."""
        path = self.root / name
        return path.read_bytes() if path.is_file() else None

    def names(self) -> list[str]:
        """The names of all finished files, sorted; what was left half-written is not one."""
        paths = (path for path in self.root.rglob("*") if path.is_file() and not path.name.startswith("."))
        return sorted(path.relative_to(self.root).as_posix() for path in paths)

    def remove(self, name: str) -> None:
        """Remove a file."""
        (self.root / name).unlink(missing_ok=True)


class RemoteStore:
    """A folder in a file system of fsspec."""

    def __init__(self, filesystem: Any, root: str, place: str) -> None:
        self.filesystem = filesystem
        self.root = root.rstrip("/")
        self._place = place

    @property
    def place(self) -> str:
        """The folder as the user knows it."""
        return self._place

    def put(self, name: str, content: bytes) -> None:
        """Write with one put, which object stores finish whole."""
        path = f"{self.root}/{name}"
        self.filesystem.makedirs(path.rpartition("/")[0], exist_ok=True)
        self.filesystem.pipe_file(path, content)

    def get(self, name: str) -> bytes | None:
        """A file's content, or None where there is none."""
        try:
            content: bytes = self.filesystem.cat_file(f"{self.root}/{name}")
        except FileNotFoundError:
            return None
        return content

    def names(self) -> list[str]:
        """The names of all files, sorted."""
        found = (str(path).lstrip("/") for path in self.filesystem.find(self.root))
        return sorted(path.removeprefix(self.root.lstrip("/")).lstrip("/") for path in found)

    def remove(self, name: str) -> None:
        """Remove a file."""
        if self.filesystem.exists(f"{self.root}/{name}"):
            self.filesystem.rm_file(f"{self.root}/{name}")


Store = LocalStore | RemoteStore


def open_store(out: str | Path) -> Store:
    """The store at a path, or at a URL such as s3://bucket/folder when the extra `cluster` is installed."""
    if "://" not in str(out):
        return LocalStore(user_path(out, file="results", key="folder"))
    try:
        import fsspec
    except ImportError:
        allowed = "a local folder, or a URL once the extra is there: pip install 'maxpressure[cluster]'"
        raise InputError(file="batch", key="out", given=str(out), allowed=allowed) from None
    try:
        filesystem, root = fsspec.core.url_to_fs(str(out))
    except (ImportError, ValueError) as fault:
        raise InputError(
            file="batch", key="out", given=str(out), allowed=f"a URL fsspec can open ({fault})"
        ) from None
    return RemoteStore(filesystem, root, str(out))
