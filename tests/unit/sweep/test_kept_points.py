"""Points of a sweep that lie in a folder are numbers, or refused by column."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from maxpressure import InputError
from maxpressure.sweep.swept import read_points


def lists(numbers: list[float | None], worlds: int = 2, kind: pa.DataType | None = None) -> pa.Array:
    return pa.FixedSizeListArray.from_arrays(pa.array(numbers, kind or pa.float64()), worlds)


KEPT_WRONG = {
    "no such column": pa.table({"point": [0, 1]}),
    "numbers": pa.table({"acts": [1.0, 2.0]}),
    "text": pa.table({"acts": ["1", "2"]}),
    "nothing": pa.table({"acts": pa.nulls(2)}),
    "lists of any length": pa.table({"acts": pa.array([[1.0, 2.0], [3.0]])}),
    "whole numbers": pa.table({"acts": lists([1, 2, 3, 4], kind=pa.int64())}),
    "a blank number": pa.table({"acts": lists([1.0, None, 3.0, 4.0])}),
    "a blank list": pa.table({"acts": pa.array([[1.0, 2.0], None], pa.list_(pa.float64(), 2))}),
    "a column twice": pa.table([lists([1.0, 2.0]), lists([1.0, 2.0])], names=["acts", "acts"]),
}


@pytest.mark.parametrize("table", KEPT_WRONG.values(), ids=KEPT_WRONG.keys())
def test_points_of_others_that_hold_no_numbers_are_refused_by_column(tmp_path: Path, table: pa.Table) -> None:
    pq.write_table(table, tmp_path / "points.parquet")
    with pytest.raises(InputError) as refused:
        read_points(tmp_path / "points.parquet", ["acts"])
    assert (refused.value.file, refused.value.key) == (str(tmp_path / "points.parquet"), "acts")


@pytest.mark.parametrize("content", [b"", b"PAR1PAR1", b"acts\n1\n"])
def test_points_that_are_no_parquet_file_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "points.parquet").write_bytes(content)
    with pytest.raises(InputError) as refused:
        read_points(tmp_path / "points.parquet", ["acts"])
    assert (refused.value.file, refused.value.key) == (str(tmp_path / "points.parquet"), "file")
