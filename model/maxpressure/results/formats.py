"""Tables as files of other programs: CSV, Excel, Stata, Parquet and JSON, each with what its columns mean.

A writer takes tables whose rows come in pieces and writes one file. CSV, Parquet, JSON and Excel hold one piece in
memory at a time, Stata a whole table.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from maxpressure.base.errors import InputError, Wrong
from maxpressure.base.text import csv_bytes, visible
from maxpressure.experiments.schema import parquet
from maxpressure.results.meanings import Meaning

SCHEMA: Final = 1
"""The version of the form of JSON; it goes up when a reader of the earlier one would fail."""

MOST_ROWS: Final = 1_048_576
"""Of a sheet of Excel, the heading included."""

LONGEST_NAME, LONGEST_LABEL = 32, 80
"""Characters of a variable's name and of its label in Stata."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A table to be written: its name, its columns, how many rows, and the rows in pieces of equal columns."""

    name: str
    columns: tuple[Meaning, ...]
    rows: int
    pieces: Iterable[pd.DataFrame]


def dictionary(tables: Sequence[Exported]) -> Exported:
    """The table ``columns``: a row for each column of each table, what it means, and its unit."""
    rows = pd.DataFrame(
        [(table.name, *column) for table in tables for column in table.columns],
        columns=["table", "column", "meaning", "unit"],
    )
    return Exported(
        name="columns",
        columns=tuple(Meaning(str(name), "", "") for name in rows),
        rows=len(rows),
        pieces=[rows],
    )


# ---- the writers


def write_csv(path: Path, table: Exported) -> None:
    """Rows as text with every digit; a cell that a spreadsheet might run has an apostrophe before it."""
    with path.open("wb") as file:
        for number, piece in enumerate(_pieces(table)):
            text = csv_bytes(piece, digits=None)
            file.write(text.partition(b"\n")[2] if number else text)


def write_parquet(path: Path, table: Exported) -> None:
    """Columns in Arrow's types, with meaning and unit in the metadata of each field."""
    writer: pq.ParquetWriter | None = None
    try:
        for piece in _pieces(table):
            rows = pa.Table.from_pandas(piece, preserve_index=False)
            if writer is None:
                noted = pa.schema(
                    field.with_metadata({"meaning": column.meaning, "unit": column.unit})
                    for field, column in zip(rows.schema, table.columns, strict=True)
                )
                writer = pq.ParquetWriter(path, noted, **parquet(noted))
            writer.write_table(rows.cast(noted))
    finally:
        if writer is not None:
            writer.close()


def write_json(path: Path, table: Exported) -> None:
    """One object: what it is, its columns, its rows. Numbers are not rounded; a number that is not finite is null."""
    head = {
        "schema": SCHEMA,
        "table": table.name,
        "columns": [column._asdict() for column in table.columns],
    }
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(json.dumps(head, ensure_ascii=False)[:-1] + ', "rows": [')
        first = True
        for piece in table.pieces:
            for row in records(piece):
                file.write(("\n" if first else ",\n") + json.dumps(row, ensure_ascii=False, allow_nan=False))
                first = False
        file.write("\n]}\n")


def write_stata(path: Path, table: Exported) -> None:
    """A data set of Stata 14 or later: names with value labels, dates as days, meaning and unit as labels."""
    frame = pd.concat(list(_pieces(table)), ignore_index=True)
    labels, names = {}, _stata_names(frame.columns)
    for column, name in zip(table.columns, names, strict=True):
        unit = f" ({column.unit})" if column.unit else ""
        labels[name] = f"{_shortened(column.meaning, LONGEST_LABEL - len(unit))}{unit}"[:LONGEST_LABEL]
    frame.columns = pd.Index(names)
    for name in names:
        frame[name] = _for_stata(frame[name])
    dates: Any = {name: "td" for name in names if pd.api.types.is_datetime64_any_dtype(frame[name].dtype)}
    texts = [name for name in names if frame[name].dtype.kind == "O" and not hasattr(frame[name], "cat")]
    frame.to_stata(
        path,
        write_index=False,
        version=118,
        convert_dates=dates,
        variable_labels=labels,
        data_label=_shortened(f"maxpressure: {table.name}", LONGEST_LABEL),
        convert_strl=texts,
    )


def write_excel(path: Path, tables: Sequence[Exported]) -> None:
    """A workbook with a sheet for each table, and one that says what the columns mean; text is never a formula."""
    for table in tables:
        if table.rows >= MOST_ROWS:
            given = Wrong(f"cannot hold the table {table.name}, which has {table.rows:,} rows")
            allowed = (
                f"at most {MOST_ROWS - 1:,} rows in a sheet of Excel; take csv or parquet for this table"
            )
            raise InputError(file="export", key="--format xlsx", given=given, allowed=allowed)
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    for table in (*tables, dictionary(tables)):
        sheet = book.create_sheet(table.name)
        sheet.freeze_panes = "A2"
        sheet.append([_cell(sheet, column.column) for column in table.columns])
        for piece in table.pieces:
            for row in records(piece, dates=True):
                sheet.append([_cell(sheet, value) for value in row.values()])
    book.save(path)


# ---- cells


def records(frame: pd.DataFrame, *, dates: bool = False) -> Iterator[dict[str, Any]]:
    """The rows as plain values under the names of the columns; blanks and numbers that are not finite are None.

    A date is text as YYYY-MM-DD, or with ``dates`` a date.
    """
    columns = [_plain(frame.iloc[:, index], dates=dates) for index in range(frame.shape[1])]
    names = list(map(str, frame.columns))
    for row in zip(*columns, strict=True):
        yield dict(zip(names, row, strict=True))


def _plain(column: pd.Series, *, dates: bool) -> list[Any]:
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        days = [None if pd.isna(day) else day.date() for day in column]
        return days if dates else [day and day.isoformat() for day in days]
    values = column.astype(object).tolist()
    return [_value(value) for value in values]


def _value(value: Any) -> Any:
    """A value as JSON has it."""
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value.isoformat() if isinstance(value, date) else value


def _cell(sheet: Any, value: Any) -> Any:
    """A cell of a workbook; text stays text, whatever it begins with."""
    if not isinstance(value, str):
        return value
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(sheet, visible(value))
    cell.data_type = "s"
    return cell


def _for_stata(column: pd.Series) -> pd.Series:
    """The column in a type that Stata has: blanks are missing, true is 1, a number that is not finite is missing."""
    kind = column.dtype
    if isinstance(kind, pd.CategoricalDtype):
        return column.cat.rename_categories([str(word) for word in column.cat.categories])
    if pd.api.types.is_datetime64_any_dtype(kind):
        return column
    if not pd.api.types.is_numeric_dtype(kind):  # which true and false are
        return column.astype(object).map(lambda value: "" if _value(value) is None else visible(str(value)))
    if pd.api.types.is_float_dtype(kind) or column.isna().any():
        numbers = column.astype("Float64").to_numpy(dtype=float, na_value=math.nan)
        return pd.Series(np.where(np.isfinite(numbers), numbers, math.nan), index=column.index)
    plain = "int8" if pd.api.types.is_bool_dtype(kind) else str(kind).lower()
    return pd.Series(column.to_numpy(dtype=np.dtype(plain)), index=column.index)


def _stata_names(columns: Iterable[str]) -> list[str]:
    """Names that Stata takes, each once: letters, digits and _, at most 32 of them."""
    names: list[str] = []
    for column in columns:
        plain = "".join(one if one.isascii() and one.isalnum() else "_" for one in column)
        plain = plain if plain[:1].isalpha() or plain[:1] == "_" else f"_{plain}"
        name, number = plain[:LONGEST_NAME], 1
        while name in names:
            number += 1
            name = f"{plain[: LONGEST_NAME - len(str(number)) - 1]}_{number}"
        names.append(name)
    return names


def _shortened(label: str, longest: int) -> str:
    return label if len(label) <= longest else f"{label[: max(longest - 1, 0)]}…"


def _pieces(table: Exported) -> Iterator[pd.DataFrame]:
    """The pieces, or a single one without rows."""
    none = True
    for piece in table.pieces:
        none = False
        yield piece
    if none:
        yield pd.DataFrame({column.column: [] for column in table.columns})
