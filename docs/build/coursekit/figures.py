"""Figures of the solutions by name, for the slides and the key: they are written once, by `make course`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import jinja2

from maxpressure.base.paths import PACKAGE

ROOT: Final = PACKAGE.parents[1]
SOLUTIONS: Final = ROOT / "docs" / "course" / "solutions.md"
MEASURED: Final = re.compile(r"<!-- measured: (\w+) -->\n(.*?)<!-- /measured: \1 -->", re.DOTALL)

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Figures:
    """The measured tables of a page of solutions, by the name of their mark."""

    rows: Mapping[str, tuple[Row, ...]]

    @classmethod
    def of(cls, text: str) -> Figures:
        """The figures of a page."""
        return cls({name: tuple(_rows(part)) for name, part in MEASURED.findall(text)})

    def figure(self, name: str, *words: str, column: str) -> str:
        """The cell of the one row that has all of `words` among its cells, with a true minus sign.

        Raises
        ------
        KeyError
            Where no row or several rows have these words, or no table has the name or the column.
        """
        found = [row for row in self.rows[name] if set(words) <= set(row.values()) and column in row]
        if len(found) != 1:
            raise KeyError(f"{len(found)} rows of “{name}” have {', '.join(words)} and a column “{column}”")
        return re.sub(r"^-(?=\d)", "−", found[0][column])

    def filled(self, text: str) -> str:
        """A text with its figures put in: ``{{ figure("predict", "test-alone", "acts", column="mean") }}``."""
        return _environment().from_string(text).render(figure=self.figure)


def figures() -> Figures:
    """The figures of the solutions in this checkout."""
    return Figures.of(SOLUTIONS.read_text(encoding="utf-8"))


def _rows(part: str) -> Iterator[Row]:
    """The rows of every Markdown table in a text, by column; the line above a table is a cell of its rows."""
    head: list[str] = []
    above = ""
    for line in part.splitlines():
        if not line.startswith("|"):
            head, above = [], line.strip() or above
        elif not head:
            head = _cells(line)
        elif not set(line) <= set("|-: "):
            yield {"": above} | dict(zip(head, _cells(line), strict=True))


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _environment() -> jinja2.Environment:
    return jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False, keep_trailing_newline=True)
