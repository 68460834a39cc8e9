"""CSV tables read: into typed rows, or into rows of numbers. A bad cell is refused by file, line and column.

Both readers refuse a table that is missing, is not UTF-8, or has a row of another length than its header.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from maxpressure.base.errors import InputError, nearest

RowType = TypeVar("RowType", bound=BaseModel)
Lined = Sequence[tuple[int, RowType]]
"""The rows of a table, each with the line it stands on (the header is line 1)."""


def read_table(path: Path, row_type: type[RowType]) -> Lined[RowType]:
    """The rows of a table in the file's order, each checked against ``row_type``.

    The header must be the fields of ``row_type``, in their order; blank cells become None. Raises InputError.
    """
    columns = list(row_type.model_fields)
    header, rows = _read(path)
    _check_header(path, header, columns)
    lined = []
    for line, cells in rows:
        written = {column: cell or None for column, cell in zip(columns, cells, strict=True)}
        try:
            lined.append((line, row_type.model_validate(written)))
        except ValidationError as refusal:
            raise _refused_row(path, line, refusal, row_type) from None
    return lined


def read_numbers(path: Path, largest: int) -> list[tuple[int, dict[str, float]]]:
    """The rows of a table of numbers, each with its line; the header names the columns, each once.

    Raises InputError for a table of more than ``largest`` bytes, without rows, or with a cell that is no number.
    """
    if path.is_file() and path.stat().st_size > largest:
        allowed = f"at most {largest} bytes"
        raise InputError(file=path.name, key="file", given="a larger file", allowed=allowed)
    header, rows = _read(path)
    for index, name in enumerate(header):
        if name in header[:index]:
            raise refused_cell(path, 1, str(index + 1), given=name, allowed="each column once")
    lined = [
        (line, {name: _number(path, line, name, cell) for name, cell in zip(header, cells, strict=True)})
        for line, cells in rows
    ]
    if not lined:
        allowed = "a header and at least one row of numbers"
        raise InputError(file=path.name, key="file", given="no rows", allowed=allowed)
    return lined


def _number(path: Path, line: int, column: str, cell: str) -> float:
    try:
        number = float(cell)
    except ValueError:
        number = math.nan
    if math.isnan(number):
        raise refused_cell(path, line, column, given=cell, allowed="a number")
    return number


def _read(path: Path) -> tuple[list[str], Iterator[tuple[int, list[str]]]]:
    """The header of a table, and its rows with their lines, each as long as the header."""
    reader = csv.reader(io.StringIO(_text(path), newline=""))
    header = next(reader, [])
    return header, _rows(path, reader, len(header))


def _rows(path: Path, reader: Any, count: int) -> Iterator[tuple[int, list[str]]]:
    for cells in reader:
        if len(cells) != count:
            key, allowed = f"line {reader.line_num}", f"{count} cells, as in the header"
            raise InputError(file=path.name, key=key, given=f"{len(cells)} cells", allowed=allowed)
        yield reader.line_num, cells


def refused_cell(
    path: Path, line: int, column: str, *, given: object, allowed: str, words: Sequence[str] = ()
) -> InputError:
    """The error for one cell of a table; ``words`` are the accepted ones, of which the nearest is suggested."""
    close = nearest(given, words) if isinstance(given, str) else ""
    key = f"line {line}, column {column}"
    return InputError(file=path.name, key=key, given=given, allowed=allowed, nearest=close)


def refuse_unknown(path: Path, line: int, column: str, *, iso3: str, known: Iterable[str]) -> None:
    """Refuse a code that is none of the known ones."""
    if iso3 not in known:
        allowed = "the ISO3 code of a state in states.csv"
        raise refused_cell(path, line, column, given=iso3, allowed=allowed, words=sorted(known))


def refuse_repeats(
    path: Path, lined: Lined[RowType], column: str, identity: Callable[[RowType], Hashable]
) -> None:
    """Refuse a second row of the same identity; ``column`` is where the message points."""
    first_line: dict[Hashable, int] = {}
    for line, row in lined:
        known_as = identity(row)
        if known_as in first_line:
            allowed = f"what no other row has; line {first_line[known_as]} has it already"
            raise refused_cell(path, line, column, given=getattr(row, column), allowed=allowed)
        first_line[known_as] = line


def _text(path: Path) -> str:
    """The file's text, with or without the mark that spreadsheets put before UTF-8."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as fault:
        wrong = "no such file" if isinstance(fault, FileNotFoundError) else fault.strerror
        raise InputError(file=path, key="file", given=wrong, allowed="a file that can be read") from None
    except UnicodeDecodeError as fault:
        line = fault.object.count(b"\n", 0, fault.start) + 1
        given = fault.object[fault.start : fault.end]
        raise InputError(file=path.name, key=f"line {line}", given=given, allowed="text in UTF-8") from None


def _check_header(path: Path, header: Sequence[str], columns: Sequence[str]) -> None:
    for index, column in enumerate(columns):
        given = header[index] if index < len(header) else ""
        if given != column:
            allowed = f"the heading {column!r}"
            raise refused_cell(path, 1, str(index + 1), given=given, allowed=allowed, words=columns)
    if len(header) > len(columns):
        given, allowed = header[len(columns)], "no further column"
        raise refused_cell(path, 1, str(len(columns) + 1), given=given, allowed=allowed)


def _refused_row(path: Path, line: int, refusal: ValidationError, row_type: type[BaseModel]) -> InputError:
    """Say of the row's first bad cell what its type allows: the known words, or the type's description."""
    first = refusal.errors()[0]
    column, *within = first["loc"]
    schema = row_type.model_json_schema()["properties"][column]
    if within:  # one word of a list
        schema = schema["items"]
    words: Sequence[str] = _find(schema, "enum") or ()
    allowed = f"one of {', '.join(words)}" if words else _find(schema, "description")
    given = "" if first["input"] is None else first["input"]
    return refused_cell(path, line, str(column), given=given, allowed=allowed, words=words)


def _find(schema: Mapping[str, Any], word: str) -> Any:
    """The entry called `word` in a JSON schema or in the first of its alternatives that has it."""
    alternatives = [schema, *schema.get("anyOf", ())]
    return next((part[word] for part in alternatives if word in part), None)
