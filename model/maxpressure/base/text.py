"""Numbers, lists, lines and tables as text: each form stands here once, for terminals, pages and pictures."""

from __future__ import annotations

import math
import re
import textwrap
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:  # the command line starts without pandas
    import pandas as pd

DASH: Final = "—"
"""What stands where there is no number."""

_NO_BREAK: Final = "\N{NO-BREAK SPACE}"


# ---- numbers


def percent(share: float, *, unit: bool = True) -> str:
    """A share as a whole percentage, which is 0 or 100 only where the share is exactly that.

    Without ``unit`` it is short, for the cells of a table: "<1", "12", ">99".

    >>> percent(0.123), percent(0.002), percent(0.002, unit=False), percent(float("nan"))
    ('12 %', 'under 1 %', '<1', '—')
    """
    if math.isnan(share):
        return DASH
    if 0.0 < abs(share) < 0.005:
        return "under 1 %" if unit else "<1"
    if 0.995 < share < 1.0:
        return "over 99 %" if unit else ">99"
    return f"{round(100 * share)} %" if unit else f"{round(100 * share)}"


def percent_range(one: float, other: float) -> str:
    """Two shares as a range of percentages, or as one where they read the same: "3 to 5 %"."""
    low, high = percent(min(one, other), unit=False), percent(max(one, other), unit=False)
    return f"{low} %" if low == high else f"{low} to {high} %"


def significant(number: float, digits: int = 4) -> str:
    """A number to so many significant digits, whole where it is that large; a dash where there is none.

    >>> significant(1234.567), significant(0.0123456), significant(12.3456, 3)
    ('1,235', '0.01235', '12.3')
    """
    if math.isnan(number):
        return DASH
    return f"{number:,.0f}" if abs(number) >= 10 ** (digits - 1) else f"{number:.{digits}g}"


def signed(number: float, places: int) -> str:
    """A difference with its sign; a dash where there is none. What rounds to zero has no sign.

    >>> signed(-8.123, 1), signed(0.001, 1)
    ('-8.1', '0.0')
    """
    if math.isnan(number):
        return DASH
    rounded = round(number, places)
    return f"{rounded:+.{places}f}" if rounded else f"{0:.{places}f}"


def plural(count: int, noun: str, many: str = "") -> str:
    """A count and its noun: "1 world", "1,200 worlds". ``many`` is the plural where it is not noun + s."""
    return f"{count:,} {noun if count == 1 else many or f'{noun}s'}"


def day_text(day: date) -> str:
    """A day as a reader writes it: "3 September 2017"."""
    return f"{day.day} {day:%B %Y}"


# ---- words and lines


def joined(words: Sequence[str], last: str = "and") -> str:
    """Words as a list: "a, b and c"."""
    return f" {last} ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode's categories of letters that nobody sees: controls, formats, lone surrogates, separators of lines."""


def hidden(text: str, *, kept: str = "\n\t") -> str:
    """The first letter of the text that nobody sees, such as an escape or a change of direction; else ""."""
    if text.isprintable():
        return ""
    seen = (one for one in text if one not in kept and unicodedata.category(one) in HIDDEN)
    return next(seen, "")


def visible(text: str, *, kept: str = "\n\t") -> str:
    r"""The text with its invisible letters, but for those kept, escaped.

    >>> visible("rev\u202eersed")
    'rev\\u202eersed'
    """
    if not hidden(text, kept=kept):
        return text
    return "".join(one.encode("unicode_escape").decode() if hidden(one, kept=kept) else one for one in text)


def wrapped(
    notes: str | Iterable[str], width: int, *, first: str = "", indent: str = "  ", whole: bool = False
) -> list[str]:
    """Notes as lines of at most ``width`` characters.

    Each note begins with ``first``; its further lines begin with ``indent``. No line begins with a per cent sign.
    ``whole`` keeps a word that is longer than a line, such as a path, in one piece.
    """
    lines = []
    for note in [notes] if isinstance(notes, str) else notes:
        lines += textwrap.wrap(
            note.replace(" %", f"{_NO_BREAK}%"),
            width,
            initial_indent=first,
            subsequent_indent=indent,
            break_on_hyphens=False,
            break_long_words=not whole,
        )
    return [line.replace(_NO_BREAK, " ") for line in lines]


def filled(note: str, width: int) -> str:
    """A note as one text of lines without indent, as pictures hold it."""
    return "\n".join(wrapped(note, width, indent=""))


def from_here(path: str | Path) -> str:
    """A path as seen from the current folder, where it lies below that."""
    here = Path.cwd()
    return str(Path(path).relative_to(here)) if Path(path).is_relative_to(here) else str(path)


# ---- tables


def cells(table: pd.DataFrame) -> list[list[str]]:
    """The headings and the rows of a table as text."""
    rows = ([str(cell) for cell in row] for row in table.itertuples(index=False))
    return [list(map(str, table.columns)), *rows]


def columns(rows: Sequence[Sequence[str]], width: int | None = None, *, indent: str = "") -> list[str]:
    """Rows of cells as lines: the first column to the left, the others to the right, two spaces between.

    Columns that do not fit into ``width`` are left out, but never the first two.

    >>> columns([("", "acts"), ("A", "12"), ("Longer", "3")])
    ['        acts', 'A         12', 'Longer     3']
    """
    wide = [max(map(len, column)) for column in zip(*rows, strict=True)]
    fitting = [
        index
        for index in range(len(wide))
        if index < 2 or width is None or len(indent) + sum(wide[: index + 1]) + 2 * index <= width
    ]
    return [
        "  ".join(
            row[index].rjust(wide[index]) if index else indent + row[index].ljust(wide[index])
            for index in fitting
        ).rstrip()
        for row in rows
    ]


MARKUP: Final = re.compile(r"\\(?=[^\w\s])|\||<(?=[A-Za-z/!?])|(?<=])\(")


def as_markdown(text: str) -> str:
    r"""A text of a user's file as one line of Markdown: no HTML, link or picture in it, no end of a table's cell.

    >>> as_markdown("a|b <img src=x> ![p](http://q), p < 0.1")
    'a\\|b \\<img src=x> ![p]\\(http://q), p < 0.1'
    """
    return MARKUP.sub(r"\\\g<0>", visible(text.replace("\n", " ")))


def markdown_rows(head: Sequence[str], rows: Iterable[Sequence[str]], *, words: int = 1) -> list[str]:
    """The lines of a Markdown table: its first columns hold ``words``, the others numbers.

    >>> markdown_rows(("state", "acts"), [("A", "12")])
    ['| state | acts |', '|---|---:|', '| A | 12 |']
    """
    safe = (list(map(as_markdown, row)) for row in rows)
    return _markdown(list(map(as_markdown, head)), safe, [index >= words for index in range(len(head))])


def markdown(table: pd.DataFrame, places: int = 2) -> str:
    """A table in Markdown: numbers to so many places and to the right, blanks where there is none."""
    head = [as_markdown(str(name).replace("_", " ")) for name in table.columns]
    numbers = [kind.kind in "iufc" for kind in table.dtypes]
    rows = ([_cell(value, places) for value in row] for row in table.itertuples(index=False))
    return "\n".join(_markdown(head, rows, numbers)) + "\n"


def _cell(value: Any, places: int) -> str:
    match value.item() if hasattr(value, "item") else value:
        case bool():
            return "yes" if value else "no"
        case float():
            return "" if math.isnan(value) else f"{value:,.{places}f}"
    return as_markdown(str(value))


def _markdown(head: Sequence[str], rows: Iterable[Sequence[str]], numbers: Sequence[bool]) -> list[str]:
    sides = ["---:" if number else "---" for number in numbers]
    first, *others = (f"| {' | '.join(row)} |" for row in (head, *rows))
    return [first, f"|{'|'.join(sides)}|", *others]


FORMULA: Final = re.compile(r"'*[=+\-@\t\n＝＋－＠]")
"""How a cell begins that a spreadsheet may run, with any apostrophes before it."""
NUMBER: Final = re.compile(r"[+-]([\d.,]*\d([eE][+-]?\d+)?( ?%)?)?", re.ASCII)
"""What may begin with a sign: a number as text, or the sign alone."""


def csv_bytes(table: pd.DataFrame, digits: int | None = 6) -> bytes:
    """A table as CSV with dates as YYYY-MM-DD, and numbers to so many digits (None: all of them).

    No spreadsheet runs a cell or a heading of it: :func:`inert`. :func:`as_given` takes the apostrophes off again.
    """
    safe = table.rename(columns=inert)
    for index, kind in enumerate(table.dtypes):
        if kind.kind in "OUS":
            safe.isetitem(index, table.iloc[:, index].astype(object).map(inert).to_numpy())
    numbers = None if digits is None else f"%.{digits}g"
    text = safe.to_csv(index=False, lineterminator="\n", date_format="%Y-%m-%d", float_format=numbers)
    return text.encode()


def inert(cell: Any) -> Any:
    """The cell; if it is text, its invisible letters escaped, and an apostrophe before what a spreadsheet may run.

    >>> inert("=1+1"), inert("-8.1"), inert("a=b")
    ("'=1+1", '-8.1', 'a=b')
    """
    if not isinstance(cell, str):
        return cell
    shown = visible(cell)
    return f"'{shown}" if FORMULA.match(shown) and not NUMBER.fullmatch(shown) else shown


def as_given(cell: Any) -> Any:
    """The cell as it was before :func:`inert`.

    >>> as_given("'=1+1"), as_given("'tis")
    ('=1+1', "'tis")
    """
    marked = isinstance(cell, str) and cell.startswith("'") and FORMULA.match(cell)
    return cell[1:] if marked else cell
