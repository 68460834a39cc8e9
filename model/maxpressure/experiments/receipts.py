"""The parts of a batch: one of each table for each finished chunk, and a receipt that says what they are.

    manifest.json                     what is run
    worlds.parquet/S-FIRST-LAST.parquet, and so for weeks, acts and tallies
    receipts/S-FIRST-LAST.json        the experiment, rows and SHA-256 of each part, and the worlds that failed
    receipts/table.DIGEST.json        many receipts in one file, once there are many

The receipt is written last. A chunk without one is run again, so an interrupted batch loses no more than the chunks
in flight.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Annotated, Final, Self

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import Field, model_validator

from maxpressure.base.errors import InputError, Wrong
from maxpressure.base.ranges import refused
from maxpressure.base.rng import WORLD_LIMIT
from maxpressure.engine.chunks import Chunk
from maxpressure.experiments import seal
from maxpressure.experiments.manifest import Entry, Manifest, Sha256
from maxpressure.experiments.schema import TABLES, parquet
from maxpressure.experiments.store import Store
from maxpressure.scenario.scenario import Name

RECEIPTS: Final = "receipts"
MOST_WORLDS: Final = 100_000
"""In one chunk; a batch cuts none of more than sixteen thousand."""

MOST_ROWS: Final = 10_000_000
"""In one part; those of sixteen thousand worlds have about a million."""


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


def encoded(rows: pa.Table) -> bytes:
    """A part as Parquet: compressed, with a checksum on each page."""
    stream = io.BytesIO()
    pq.write_table(rows, stream, **parquet(rows.schema))
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


def in_order(manifest: Manifest, found: Iterable[Receipt], place: str) -> tuple[Receipt, ...]:
    """The receipts in the order of the manifest's scenarios and of worlds.

    Raises InputError where two hold the same world.
    """
    rank = {name: number for number, name in enumerate(manifest.names)}
    ordered = sorted(found, key=lambda receipt: (rank[receipt.scenario], receipt.first))
    for one, other in pairwise(ordered):
        if one.scenario == other.scenario and other.first < one.numbers.stop:
            given = Wrong(f"of {one.chunk.name} and {other.chunk.name} share worlds")
            allowed = "each world once; remove one of the two receipts, with its parts"
            raise InputError(file=place, key="receipts", given=given, allowed=allowed)
    return tuple(ordered)


def chunk_end(start: int, least: int, most: int) -> int:
    """Where the chunk that begins at world ``start`` ends.

    A chunk holds ``least`` times a power of two: at most a quarter of the worlds before it, at least ``least``, at
    most ``most``. So the grid depends on the number of the world alone, and a batch that is enlarged keeps it.
    """
    width = least << max(0, (start // (4 * least)).bit_length() - 1)
    while width > max(most, least):
        width //= 2
    return (start // width + 1) * width


def missing(
    done: Iterable[Receipt | Chunk], scenarios: Sequence[str], worlds: int, least: int, most: int = 0
) -> list[Chunk]:
    """The chunks still to be run: worlds that are not done, cut at a fixed grid of world numbers.

    Chunks hold ``least`` worlds, or grow with the number of the world up to ``most``.
    """
    covered: dict[str, list[tuple[int, int]]] = {name: [] for name in scenarios}
    for receipt in done:
        if receipt.scenario in covered:
            covered[receipt.scenario].append((receipt.first, receipt.first + receipt.worlds))
    chunks = []
    for name in scenarios:
        start = 0
        for first, end in [*sorted(covered[name]), (worlds, worlds)]:
            while start < min(first, worlds):
                stop = min(first, worlds, chunk_end(start, least, most))
                chunks.append(Chunk(name, start, stop - start))
                start = stop
            start = max(start, end)
    return chunks
