"""The parts of a batch: one of each table for each finished chunk, and a receipt that says what they are.

    manifest.json                     what is run
    worlds.parquet/S-FIRST-LAST.parquet, and so for weeks, acts and tallies
    receipts/S-FIRST-LAST.json        the experiment, rows and SHA-256 of each part, and the worlds that failed

The receipt is written last. A chunk without one is run again, so an interrupted batch loses no more than the chunks
in flight.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Annotated, Any, Final, Self

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import Field, ValidationError, model_validator

from maxpressure.base.errors import InputError
from maxpressure.base.ranges import refused
from maxpressure.base.refusal import refusal
from maxpressure.base.rng import WORLD_LIMIT
from maxpressure.engine.chunks import Chunk
from maxpressure.experiments import seal
from maxpressure.experiments.manifest import Entry, Manifest, Sha256
from maxpressure.experiments.schema import TABLES, parquet
from maxpressure.experiments.store import Store
from maxpressure.scenario.scenario import Name

RECEIPTS: Final = "receipts"
MOST_WORLDS: Final = 100_000
"""In one chunk; no engine takes more than a thousand at once."""

MOST_ROWS: Final = 10_000_000
"""In one part; those of a thousand worlds have some hundred thousand."""

REMOVE: Final = "remove the file, and its chunk is run again"


class Part(Entry):
    """One part's rows and the SHA-256 of its bytes; without rows there is no file."""

    rows: Annotated[int, Field(ge=0, le=MOST_ROWS)]
    sha256: Sha256


class Receipt(Entry):
    """A finished chunk: its experiment, its worlds, those that failed, and the part of every table."""

    experiment: Sha256
    scenario: Name
    first: Annotated[int, Field(ge=0, lt=WORLD_LIMIT)]
    worlds: Annotated[int, Field(ge=1, le=MOST_WORLDS)]
    failed: tuple[int, ...]
    parts: dict[str, Part]

    @model_validator(mode="after")
    def _complete(self) -> Self:
        """Every table has its entry, rows are 0 only where that is possible, and failed worlds are the chunk's."""
        if list(self.parts) != list(TABLES):
            raise refused(("parts",), ", ".join(self.parts), f"an entry for each of {', '.join(TABLES)}")
        if self.parts["worlds"].rows != self.worlds:
            given, allowed = self.parts["worlds"].rows, f"{self.worlds}, a row for each world"
            raise refused(("parts", "worlds", "rows"), given, allowed)
        if list(self.failed) != sorted({world for world in self.failed if world in self.numbers}):
            allowed = f"numbers of the chunk's worlds from {self.first}, each once and rising"
            raise refused(("failed",), list(self.failed), allowed)
        if bool(self.parts["tallies"].rows) != (len(self.failed) < self.worlds):
            allowed = "rows unless every world failed"
            raise refused(("parts", "tallies", "rows"), self.parts["tallies"].rows, allowed)
        return self

    @property
    def chunk(self) -> Chunk:
        """The chunk it is for."""
        return Chunk(self.scenario, self.first, self.worlds)

    @property
    def numbers(self) -> range:
        """The numbers of its worlds."""
        return range(self.first, self.first + self.worlds)

    def text(self) -> bytes:
        """The receipt as it is written, sealed."""
        return seal.sealed(self.model_dump(mode="json"))


def part_name(table: str, chunk: Chunk) -> str:
    """Where a chunk's part of a table lies."""
    return f"{table}.parquet/{chunk.name}.parquet"


def receipt_name(chunk: Chunk) -> str:
    """Where a chunk's receipt lies."""
    return f"{RECEIPTS}/{chunk.name}.json"


def encoded(batch: pa.RecordBatch) -> bytes:
    """A part as Parquet: compressed, with a checksum on each page."""
    stream = io.BytesIO()
    rows = pa.Table.from_batches([batch])
    pq.write_table(rows, stream, **parquet(batch.schema))
    return stream.getvalue()


def store_chunk(
    store: Store, experiment: str, chunk: Chunk, parts: Mapping[str, tuple[int, bytes]], failed: Sequence[int]
) -> Receipt:
    """Write a chunk's parts, then its receipt; empty parts are not written."""
    receipt = Receipt(
        experiment=experiment,
        scenario=chunk.scenario,
        first=chunk.first,
        worlds=chunk.worlds,
        failed=tuple(failed),
        parts={
            table: Part(rows=rows, sha256=hashlib.sha256(content).hexdigest())
            for table, (rows, content) in parts.items()
        },
    )
    for table, (rows, content) in parts.items():
        if rows:
            store.put(part_name(table, chunk), content)
    store.put(receipt_name(chunk), receipt.text())
    return receipt


def receipts(store: Store, manifest: Manifest) -> tuple[Receipt, ...]:
    """The receipts of a folder in the order of the manifest's scenarios and of worlds.

    Raises InputError for one that is damaged, was edited, lies under another name or is of another experiment, and
    where two hold the same world.
    """
    experiment = manifest.experiment
    found = [_read(store, name, manifest, experiment) for name in _names(store)]
    return in_order(manifest, found, store.place)


def remove_damaged(store: Store, manifest: Manifest) -> None:
    """Remove the receipts that are not as they were written, so that their chunks count as missing.

    A file that is not called as a receipt of one of the manifest's scenarios stays.
    """
    scenarios = "|".join(map(re.escape, manifest.names))
    ours = re.compile(rf"{RECEIPTS}/({scenarios})-[0-9]{{10}}-[0-9]{{10}}\.json")
    for name in filter(ours.fullmatch, _names(store)):
        content = store.get(name) or b""
        try:
            _entries(content, name)
        except InputError:
            store.remove(name)


def _names(store: Store) -> list[str]:
    return [name for name in store.names() if name.startswith(f"{RECEIPTS}/")]


def _entries(content: bytes, file: str) -> dict[str, Any]:
    """What is in a receipt; raises InputError where it is not as it was written."""
    allowed = f"a receipt as a batch wrote it; {REMOVE}, or run the batch again with --repair"
    entries = seal.parsed(content, file, allowed=allowed)
    seal.check_seal(content, file, allowed=allowed)
    return entries


def _read(store: Store, name: str, manifest: Manifest, experiment: str) -> Receipt:
    file = f"{store.place}/{name}"
    entries = _entries(store.get(name) or b"", file)
    try:
        receipt = Receipt.model_validate(entries)
    except ValidationError as fault:
        raise refusal(fault, Receipt, file) from None
    if receipt.experiment != experiment or receipt.scenario not in manifest.names:
        given = f"a receipt of another experiment ({receipt.experiment[:12]}…)"
        allowed = f"receipts of the experiment of the manifest ({experiment[:12]}…); {REMOVE}"
        raise InputError(file=file, key="experiment", given=given, allowed=allowed)
    if receipt_name(receipt.chunk) != name:
        given, allowed = receipt.chunk.name, f"the chunk by which the file is called; {REMOVE}"
        raise InputError(file=file, key="chunk", given=given, allowed=allowed)
    if receipt.numbers.stop > WORLD_LIMIT:
        allowed = f"worlds below {WORLD_LIMIT}"
        raise InputError(file=file, key="worlds", given=receipt.worlds, allowed=allowed)
    kept = any(world < manifest.keep_weeks and world not in receipt.failed for world in receipt.numbers)
    if bool(receipt.parts["weeks"].rows) != kept:
        allowed = "rows if weeks were kept of any world, else none"
        rows = receipt.parts["weeks"].rows
        raise InputError(file=file, key="parts.weeks.rows", given=rows, allowed=allowed)
    return receipt


def in_order(manifest: Manifest, found: Iterable[Receipt], place: str) -> tuple[Receipt, ...]:
    """The receipts in the order of the manifest's scenarios and of worlds.

    Raises InputError where two hold the same world.
    """
    rank = {name: number for number, name in enumerate(manifest.names)}
    ordered = sorted(found, key=lambda receipt: (rank[receipt.scenario], receipt.first))
    for one, other in pairwise(ordered):
        if one.scenario == other.scenario and other.first < one.numbers.stop:
            given = f"{one.chunk.name} and {other.chunk.name}, which share worlds"
            allowed = "each world once; remove one of the two receipts, with its parts"
            raise InputError(file=place, key="receipts", given=given, allowed=allowed)
    return tuple(ordered)


def remove_chunk(store: Store, receipt: Receipt) -> None:
    """Remove a chunk, its receipt first, so that it counts as missing whatever happens next."""
    names = [receipt_name(receipt.chunk), *(part_name(table, receipt.chunk) for table in receipt.parts)]
    for name in names:
        store.path(name)  # refused before anything is removed
    for name in names:
        store.remove(name)


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
