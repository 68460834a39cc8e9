"""CSV tables read: into typed rows, or into rows of numbers. A bad cell is refused by file, line and column.

Both readers refuse a table that is missing or too large, is not UTF-8, has a quote that does not close, or has a row of
another length than its header. Numbers and days are read as :mod:`maxpressure.base.ranges` says, in one form only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from maxpressure.base.errors import InputError, Wrong, going_on, nearest
from maxpressure.base.ranges import day_of, flag_of, number_of, whole_of
from maxpressure.base.refusal import parts
from maxpressure.base.text import hidden
from maxpressure.base.toml import SEEN, content, shown

RowType = TypeVar("RowType", bound=BaseModel)
Lined = Sequence[tuple[int, RowType]]
"""The rows of a table, each with the line it begins on (the header is line 1)."""

LARGEST_TABLE: Final = 10_000_000
"""Bytes. The largest table that ships has 43,000; 4,000 draws of all parameters take about 3 million."""

MOST_ROWS, MOST_COLUMNS = 100_000, 1000
"""So many points or draws take days to simulate; a scenario has some hundred keys."""

LONGEST_CELL: Final = 10_000
"""Characters; a note takes some hundreds."""

CELL: Final = re.compile(r'(?:"([^"]*(?:""[^"]*)*)"|([^",\r\n]*))(,|\r\n|\r|\n|\Z)')
QUOTED: Final = re.compile(r'"[^"]*(?:""[^"]*)*"(?!")')
BREAK: Final = re.compile(r"\r\n|\r|\n")
NOT_UTF_8: Final = re.compile("[\udc80-\udcff]")
"""What Python decodes bytes to that are no UTF-8."""

OF_TEXT: Final[Mapping[Any, Callable[[str], object]]] = {
    bool: flag_of,
    int: whole_of,
    float: number_of,
    date: day_of,
}


def read_table(path: Path, row_type: type[RowType]) -> Lined[RowType]:
    """The rows of a table in the file's order, each checked against ``row_type``.

    The header must be the fields of ``row_type`` in their order; those with a default may be missing. Blank cells
    become None. Raises InputError.
    """
    kinds = {column: _kind(field.annotation) for column, field in row_type.model_fields.items()}
    header, rows = _read(path)
    _check_header(path, header, row_type)
    lined = []
    for line, cells in rows:
        given = {column: _typed(cell, kinds[column]) for column, cell in zip(header, cells, strict=True)}
        try:
            lined.append((line, row_type.model_validate(given, strict=True)))
        except ValidationError as refusal:
            for fault in refusal.errors(include_url=False):
                with going_on():
                    raise _refused(path, line, header, cells, fault, row_type) from None
    return lined


def _kind(annotation: Any) -> Any:
    """The first kind of number or day in the annotation of a column; text, where there is none."""
    return next((part for part in parts(annotation) if part in OF_TEXT), str)


def _typed(cell: str, kind: Any) -> object:
    """The value of a cell, None where it is blank; a cell that is none of its kind stays text and is then refused."""
    if kind is str or not cell:
        return cell or None
    try:
        return OF_TEXT[kind](cell)
    except ValueError:
        return cell


def read_numbers(path: Path) -> list[tuple[int, dict[str, float | bool]]]:
    """The rows of a table of numbers, each with its line; the header names the columns, each once.

    A cell may also be true, false, or -inf, which switches a tie off; whoever uses the column says which are allowed.
    Raises InputError for a table without rows, or with a cell that is none of these.
    """
    header, rows = _read(path)
    if len(set(header)) < len(header):
        index = next(index for index, name in enumerate(header) if name in header[:index])
        raise refused_cell(path, 1, str(index + 1), given=header[index], allowed="each column once")
    lined = [
        (
            line,
            {name: _number(path, line, cells, index, name) for index, name in enumerate(header)},
        )
        for line, cells in rows
    ]
    if not lined:
        allowed = "a header and at least one row of numbers"
        raise InputError(file=path.name, key="file", given=Wrong("has no rows"), allowed=allowed)
    return lined


WORDS: Final = {"true": True, "false": False, "-inf": float("-inf")}


def _number(path: Path, line: int, cells: Sequence[str], index: int, column: str) -> float | bool:
    cell = cells[index]
    if cell in WORDS:
        return WORDS[cell]
    try:
        return number_of(cell)
    except ValueError:
        allowed = "a number such as 12, -0.5 or 1e-3"
        raise refused_cell(path, _line_of(line, cells, index), column, given=cell, allowed=allowed) from None


# ---- rows of cells


def _read(path: Path) -> tuple[list[str], Iterator[tuple[int, list[str]]]]:
    """The header of a table, and its rows with their lines, each as long as the header."""
    text = content(path, LARGEST_TABLE).decode("utf-8-sig", "surrogateescape")
    header: list[str] = []
    records = _records(path, text, header)
    header += next(records, (1, []))[1]
    return header, _rows(path, records, len(header))


def _rows(
    path: Path, records: Iterator[tuple[int, list[str]]], count: int
) -> Iterator[tuple[int, list[str]]]:
    for number, (line, cells) in enumerate(records):
        if number == MOST_ROWS:
            allowed = f"at most {MOST_ROWS} rows"
            raise InputError(
                file=path.name, key=f"line {line}", given=Wrong("is a row too many"), allowed=allowed
            )
        if len(cells) != count:
            given = Wrong(
                f"has {len(cells)} cell{'s' if len(cells) != 1 else ''}" if any(cells) else "is blank"
            )
            allowed = f"{count} cells, as in the header"
            raise InputError(file=path.name, key=f"line {line}", given=given, allowed=allowed)
        yield line, cells


def _records(path: Path, text: str, header: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """Cells row by row, each row with the line it begins on; ``header`` names the columns once it is known."""
    at, line, begun = 0, 1, 1
    cells: list[str] = []
    while at < len(text) or cells:
        found = CELL.match(text, at)
        column = header[len(cells)] if len(cells) < len(header) else str(len(cells) + 1)
        if found is None:
            raise _refused_quote(path, line, column, text, at)
        if len(cells) == MOST_COLUMNS:
            allowed = f"at most {MOST_COLUMNS} cells"
            raise refused_cell(path, line, column, given=Wrong("is a cell too many"), allowed=allowed)
        quoted, bare, ending = found.groups()
        cell = bare if quoted is None else quoted.replace('""', '"')
        _check_cell(path, line, column, cell)
        cells.append(cell)
        at, line = found.end(), line + _breaks(cell)
        if ending != ",":
            yield begun, cells
            line += 1
            begun, cells = line, []


def _breaks(cell: str) -> int:
    """The line breaks in a cell, which only one in quotes may hold."""
    return 0 if cell.isprintable() else len(BREAK.findall(cell))


def _line_of(line: int, cells: Sequence[str], index: int) -> int:
    """The line on which a cell begins, in a row that begins on ``line``."""
    return line + sum(map(_breaks, cells[:index]))


def _refused_quote(path: Path, line: int, column: str, text: str, at: int) -> InputError:
    """The error for a quote that does not close, closes in the middle of a cell, or stands in a cell without quotes."""
    given = BREAK.split(text[at : at + LONGEST_CELL])[0]
    allowed = 'a cell without ", or in quotes with "" for each "'
    if text[at] == '"':
        closed = QUOTED.match(text, at)
        allowed = 'a cell whose quote closes before the next comma, with "" for each " in it'
        if closed:
            allowed += f"; it closes on line {line + _breaks(closed[0])}"
    return refused_cell(path, line, column, given=shown(given), allowed=allowed)


def _check_cell(path: Path, line: int, column: str, cell: str) -> None:
    if len(cell) > LONGEST_CELL:
        given, allowed = Wrong(f"has {len(cell)} characters"), f"at most {LONGEST_CELL} characters"
        raise refused_cell(path, line, column, given=given, allowed=allowed)
    if cell.isascii() and cell.isprintable():
        return
    if NOT_UTF_8.search(cell):
        written = cell.encode("utf-8", "surrogateescape")
        raise refused_cell(path, line, column, given=written, allowed="text in UTF-8")
    if unseen := hidden(cell, kept="\n\t\r"):
        raise refused_cell(path, line, column, given=unseen, allowed=SEEN)


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
            with going_on():
                raise refused_cell(path, line, column, given=getattr(row, column), allowed=allowed)
        first_line[known_as] = line


def _check_header(path: Path, header: Sequence[str], row_type: type[BaseModel]) -> None:
    columns = list(row_type.model_fields)
    needed = {name for name, field in row_type.model_fields.items() if field.is_required()}
    left = list(columns)
    for index, given in enumerate(header):
        begins = left.index(given) if given in left else len(left)
        passed = [column for column in left[:begins] if column in needed]
        if begins == len(left) or passed:
            due = left[:1] if begins == len(left) else passed
            allowed = f"the heading {due[0]!r}" if due else "no further column"
            raise refused_cell(path, 1, str(index + 1), given=given, allowed=allowed, words=columns)
        del left[: begins + 1]
    for column in left:
        if column in needed:
            allowed = f"the heading {column!r}"
            raise refused_cell(path, 1, str(len(header) + 1), given="", allowed=allowed, words=columns)


def heads(path: Path) -> list[str]:
    """The columns that a table has."""
    return _read(path)[0]


def _refused(
    path: Path,
    line: int,
    header: Sequence[str],
    cells: Sequence[str],
    fault: ErrorDetails,
    row_type: type[BaseModel],
) -> InputError:
    """Say of a bad cell what its type allows: the known words, or the type's description."""
    column, *within = fault["loc"]
    schema = row_type.model_json_schema()["properties"][column]
    if within:  # one word of a list
        schema = schema["items"]
    words: Sequence[str] = _find(schema, "enum") or ()
    allowed = f"one of {', '.join(words)}" if words else _find(schema, "description")
    index = header.index(str(column))
    given = fault["input"] if within else cells[index]
    return refused_cell(
        path, _line_of(line, cells, index), str(column), given=given, allowed=allowed, words=words
    )


def _find(schema: Mapping[str, Any], word: str) -> Any:
    """The entry called `word` in a JSON schema or in the first of its alternatives that has it."""
    alternatives = [schema, *schema.get("anyOf", ())]
    return next((part[word] for part in alternatives if word in part), None)
