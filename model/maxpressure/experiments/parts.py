"""A batch's folder: one part of each table for each finished chunk, and a receipt that says it is whole.

    manifest.json                     what is run
    worlds.parquet/S-FIRST-LAST.parquet, and so for weeks, acts and tallies
    receipts/S-FIRST-LAST.json        rows and SHA-256 of each part, and the worlds that failed

The receipt is written last. A chunk without one is lived again, so whatever is interrupted loses no more than
the chunks in flight.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict, ValidationError

from maxpressure.base.errors import InputError
from maxpressure.engine.chunks import Chunk
from maxpressure.experiments.schema import parquet
from maxpressure.experiments.store import Store

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
                allowed = "a receipt that a batch wrote; remove the file, and its chunk is lived again"
                raise InputError(
                    file=f"{store.place}/{name}", key="file", given="damaged", allowed=allowed
                ) from None
    return sorted(found, key=lambda receipt: (receipt.scenario, receipt.first))


def remove_chunk(store: Store, receipt: Receipt) -> None:
    """Forget a chunk: its receipt first, so that it counts as missing whatever happens next."""
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
    allowed = f"the part of SHA-256 {receipt.parts[table].sha256}; run the batch again with --repair to live it anew"
    raise InputError(file=f"{store.place}/{name}", key="file", given=given, allowed=allowed)


def missing(done: Iterable[Receipt], scenarios: Sequence[str], worlds: int, chunk_worlds: int) -> list[Chunk]:
    """The chunks still to be lived: worlds without a receipt, cut where the fixed grid of world numbers cuts."""
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
