"""Parquet files made wrong: columns of other types, blanks, numbers beyond bounds, rows and columns lost or doubled."""

from __future__ import annotations

import datetime as dt
import decimal
import io
import math
from collections.abc import Callable, Sequence
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import strategies as st

from fuzz import odd
from fuzz.mutations import CHANCE, EDITS, PLACE, edited

Draw = Callable[..., Any]

OTHER: Final = (
    pa.array([None]), pa.array([True]), pa.array([1], pa.int8()), pa.array([2**63 - 1]),
    pa.array([2**64 - 1], pa.uint64()),
    pa.array([1.5], pa.float16()), pa.array([math.nan]), pa.array([-math.inf]), pa.array([1e308]), pa.array([-1.0]),
    pa.array([None], pa.float64()), pa.array(["x"]), pa.array(["1.5"]), pa.array(["x"], pa.large_string()),
    pa.array([b"\xff\x00"]), pa.array([[1.0, 2.0]]), pa.array([[]], pa.list_(pa.float64())), pa.array([{"a": 1}]),
    pa.array([dt.date(1, 1, 1)]), pa.array([dt.datetime(9999, 12, 31, tzinfo=dt.UTC)]), pa.array([dt.timedelta(1)]),
    pa.array([decimal.Decimal("1.50")]), pa.array(["x"]).dictionary_encode(), pa.array([1.5]).dictionary_encode(),
    pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int64())), pa.array([1], pa.timestamp("ns", "Europe/Oslo")),
    pa.array([[1.0, 2.0]], pa.list_(pa.float64(), 2)), pa.array([dt.time(1)]),
)  # fmt: skip
"""A cell of each type that a column may have instead of its own."""

KINDS: Final = (
    pa.float32(), pa.float64(), pa.int16(), pa.int32(), pa.int64(), pa.string(), pa.large_string(), pa.binary(),
    pa.dictionary(pa.int32(), pa.string()), pa.dictionary(pa.int8(), pa.large_string()), pa.date64(), pa.bool_(),
)  # fmt: skip
NUMBERS: Final = st.one_of(st.floats(), st.sampled_from((0.0, -1.0, 0.5, 2.0, 800.0, 1e6, 1e308)))
WHOLE: Final = st.sampled_from((0, -1, 1, 2, 3, 4, 7, 127, 2**15 - 1, 2**31 - 1, -(2**31)))
WRITTEN: Final = (
    {},
    {"compression": "none"},
    {"row_group_size": 1},
    {"version": "1.0", "coerce_timestamps": "us", "allow_truncated_timestamps": True},
    {"use_dictionary": False},
)


@st.composite
def parquets(draw: Draw, seeds: Sequence[bytes]) -> bytes:
    """A file in Parquet with odd columns, cells and rows; now and then its bytes are edited as well."""
    content = draw(st.sampled_from(seeds))
    if draw(CHANCE):
        table = pq.read_table(io.BytesIO(content))
        for _ in range(draw(EDITS)):
            table = _edited_table(draw, table)
        content = encoded(table, **draw(st.sampled_from(WRITTEN)))
    return content if draw(CHANCE) else edited(draw, content, seeds)


def encoded(table: pa.Table, **how: Any) -> bytes:
    """The bytes of a table as a file."""
    stream = io.BytesIO()
    pq.write_table(table, stream, **how)
    return stream.getvalue()


def _edited_table(draw: Draw, table: pa.Table) -> pa.Table:  # noqa: PLR0911  # one for each edit
    rows, columns = len(table), table.num_columns
    if not columns:
        return pa.table({"a": [1]})
    at = draw(PLACE) % columns
    name = table.column_names[at]
    match draw(st.integers(0, 9)):
        case 0 | 1:
            return _with(table, at, _odd_cell(draw, table.column(at).combine_chunks()))
        case 2:
            return _with(table, at, pa.concat_arrays([draw(st.sampled_from(OTHER))] * rows) if rows else None)
        case 3:
            return _cast(table, at, draw(st.sampled_from(KINDS)))
        case 4:
            return table.remove_column(at)
        case 5:
            names = list(table.column_names)
            names[at] = draw(st.sampled_from((*odd.KEYS, *names)))
            return table.rename_columns(names)
        case 6:
            return table.append_column(name if draw(CHANCE) else "more", table.column(at))
        case 7:
            return table.slice(draw(PLACE) % (rows + 1), draw(st.integers(0, 3)))
        case 8:
            again = table.slice(draw(PLACE) % (rows + 1), 2)
            return pa.concat_tables([table, again] if draw(CHANCE) else [again, table])
    written = draw(odd.OF_JSON).encode("utf-8", "surrogatepass")
    return table.replace_schema_metadata({b"maxpressure": written} if draw(CHANCE) else None)


def _odd_cell(draw: Draw, column: Any) -> Any:
    """The column with one cell blank, or with an odd value of its own type."""
    cells = column.to_pylist()
    if not cells:
        return column
    at = draw(PLACE) % len(cells)
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    value: Any = None
    if draw(CHANCE):
        if pa.types.is_floating(kind):
            value = draw(NUMBERS)
        elif pa.types.is_integer(kind):
            value = draw(WHOLE)
        elif pa.types.is_string(kind):
            value = draw(odd.OF_TEXT)
        elif pa.types.is_date(kind):
            value = draw(st.dates())
        elif pa.types.is_boolean(kind):
            value = not cells[at]
    try:
        return pa.array([*cells[:at], value, *cells[at + 1 :]], column.type)
    except (pa.ArrowException, OverflowError):
        return column


def _with(table: pa.Table, at: int, column: Any) -> pa.Table:
    if column is None:
        return table
    return table.set_column(at, pa.field(table.column_names[at], column.type), column)


def _cast(table: pa.Table, at: int, kind: pa.DataType) -> pa.Table:
    try:
        return _with(table, at, table.column(at).cast(kind, safe=False))
    except pa.ArrowException:
        return table
