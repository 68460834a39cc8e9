"""A table's file checked when it is first read: its bytes, then its columns and rows, then its keys.

The SHA-256 shows damage. The rest shows a file that is sound and yet not what its receipt says, such as one that was
made elsewhere: other columns, other types, other worlds, a row twice or missing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from maxpressure.base.errors import InputError, Wrong
from maxpressure.base.reading import reading
from maxpressure.experiments.manifest import Manifest
from maxpressure.experiments.receipts import MOST_ROWS, Receipt, part_name
from maxpressure.experiments.schema import CATEGORIES, TABLES, TALLIED
from maxpressure.experiments.store import Store

REPAIR: Final = "run the batch again with --repair to replace it"
MOST_BYTES: Final = 4 << 30
"""Of the rows of one row group, unpacked."""

GROUP: Final = 1 << 20
"""Rows of a row group of a part, which is written at once; only the last one has fewer."""

MOVED: Final = ("cuts", "restorations", "attritions")
"""Columns of ``worlds`` that count a world's rows in ``acts``."""


def check_part(store: Store, manifest: Manifest, receipt: Receipt, table: str) -> bytes:
    """A part's bytes, if they are those that were written and hold the rows of the receipt's worlds.

    Raises InputError where they are not. A part without rows has no file and no bytes.
    """
    rows, file = receipt.parts[table].rows, f"{store.place}/{part_name(table, receipt.chunk)}"
    content = _written(store, receipt, table) if rows else b""
    with reading(file, allowed=f"a Parquet file that a batch wrote; {REPAIR}"):
        if rows:
            found = pa.concat_tables(
                row_groups(pa.BufferReader(content), table, rows, -(-rows // GROUP), file)
            )
            _check_keys(found, table, manifest, receipt, file)
        if table == "acts":
            worlds = pa.BufferReader(_written(store, receipt, "worlds"))
            moved = pq.read_table(worlds, columns=list(MOVED))
            expected = sum(moved[name].fill_null(0).to_numpy().sum().item() for name in MOVED)
            _expect(rows == expected, file, "rows", f"{expected} rows, as many as ties moved in these worlds")
    return content


def _written(store: Store, receipt: Receipt, table: str) -> bytes:
    name, known = part_name(table, receipt.chunk), receipt.parts[table].sha256
    content = store.get(name)
    if content is not None and hashlib.sha256(content).hexdigest() == known:
        return content
    given = Wrong("is not there" if content is None else "has other bytes than were written")
    allowed = f"the part of SHA-256 {known}; {REPAIR}"
    raise InputError(file=f"{store.place}/{name}", key="file", given=given, allowed=allowed)


def row_groups(source: Any, table: str, rows: int, most: int, file: str) -> Iterator[pa.Table]:
    """The rows of a table's file, a row group at a time; each costs time, so there are at most ``most``.

    Raises InputError where columns, the number of rows or that of row groups are not as they should be.
    """
    opened = pq.ParquetFile(source)
    for index, field in enumerate(TABLES[table]):
        given = opened.schema_arrow.field(index) if index < len(opened.schema_arrow) else "nothing"
        if given != field:
            key = f"column {index + 1}"
            raise InputError(file=file, key=key, given=str(given), allowed=f"{field}; {REPAIR}")
    _expect(len(opened.schema_arrow) == len(TABLES[table]), file, "columns", f"{len(TABLES[table])} columns")
    _expect(opened.metadata.num_rows == rows, file, "rows", f"{rows} rows")
    _expect(opened.num_row_groups <= most, file, "row groups", f"at most {most} row groups")
    for index in range(opened.num_row_groups):
        group = opened.metadata.row_group(index)
        if group.num_rows > MOST_ROWS or group.total_byte_size > MOST_BYTES:
            given_size = f"{group.num_rows} rows of {group.total_byte_size} bytes"
            allowed = f"at most {MOST_ROWS} rows of {MOST_BYTES} bytes"
            raise InputError(file=file, key=f"row group {index}", given=given_size, allowed=allowed)
        yield opened.read_row_group(index)


def check_scenarios(found: pa.Table, manifest: Manifest, file: str) -> None:
    """Raise InputError where rows are of a scenario that was not run."""
    known = set(found["scenario"].unique().to_pylist()) <= set(manifest.names)
    _expect(known, file, "column scenario", f"one of {', '.join(manifest.names)}")


def check_worlds(found: pa.Table, manifest: Manifest, file: str) -> None:
    """Raise InputError where a whole table ``worlds`` does not hold each scenario's worlds, in order."""
    names, count = list(manifest.names), manifest.worlds
    _expect(len(found) == len(names) * count, file, "rows", f"{len(names) * count} rows")
    scenario = found["scenario"].cast(pa.string()).to_numpy()
    in_turn = np.array_equal(scenario, np.repeat(np.array(names, object), count))
    _expect(in_turn, file, "column scenario", f"{', '.join(names)}, in this order")
    world = np.array_equal(found["world"].to_numpy(), np.tile(np.arange(count), len(names)))
    _expect(world, file, "column world", f"each world from 0 to {count - 1} of each scenario, in order")


def _check_keys(found: pa.Table, table: str, manifest: Manifest, receipt: Receipt, file: str) -> None:
    """Raise InputError where the rows are not those of the receipt's worlds, each once and in order."""
    scenarios = found["scenario"].unique().to_pylist()
    _expect(scenarios == [receipt.scenario], file, "column scenario", f"{receipt.scenario} alone")
    for name, words in CATEGORIES.items():
        known = name not in found.column_names or set(found[name].unique().to_pylist()) <= set(words)
        _expect(known, file, f"column {name}", f"one of {', '.join(words)}")
    fine = np.array(sorted({*receipt.numbers} - {*receipt.failed}))
    if table == "tallies":
        sums = found.group_by(["week", "outcome"]).aggregate([("worlds", "sum")])
        weeks = np.unique(found["week"].to_numpy())
        in_turn = np.array_equal(weeks, weeks[0] + np.arange(len(weeks)))
        every = in_turn and len(sums) == len(weeks) * len(TALLIED)
        _expect(every, file, "column week", "every outcome in each week, one week after the other")
        counted = (sums["worlds_sum"].to_numpy() == len(fine)).all()
        _expect(counted, file, "column worlds", f"{len(fine)} worlds for each week and outcome")
        return
    world = found["world"].to_numpy().astype(np.int64)
    drawn = np.array_equal(found["draw"].to_numpy(), world % manifest.draws)
    _expect(drawn, file, "column draw", f"the world's number modulo {manifest.draws} draws")
    if table == "worlds":
        failed = world[found["status"].cast(pa.string()).to_numpy() == "failed"].tolist()
        _expect(
            failed == list(receipt.failed), file, "column status", f"failed worlds {list(receipt.failed)}"
        )
        holds = np.array_equal(world, np.array(receipt.numbers))
    elif table == "weeks":
        holds = _in_weeks(world, found["week"].to_numpy().astype(np.int64), fine[fine < manifest.keep_weeks])
    else:
        keys = found.select(["world", "week", "iso3", "kind", "tie"]).to_pandas()
        rising = keys["world"].is_monotonic_increasing and keys["world"].isin(fine).all()
        holds = rising and not keys.duplicated().any()
    allowed = f"worlds {receipt.first} to {receipt.numbers[-1]} in order, each row once"
    _expect(holds, file, "column world", allowed)


def _in_weeks(world: NDArray[np.int64], week: NDArray[np.int64], kept: NDArray[np.int64]) -> bool:
    """Whether every world that was kept has the same weeks, one after the other."""
    weeks = len(week) // max(len(kept), 1)
    expected = week[:1] + np.arange(weeks)
    return np.array_equal(world, np.repeat(kept, weeks)) and np.array_equal(
        week, np.tile(expected, len(kept))
    )


def _expect(holds: object, file: str, key: str, allowed: str) -> None:
    if not holds:
        raise InputError(file=file, key=key, given=Wrong("are others"), allowed=f"{allowed}; {REPAIR}")
