"""Pages in HTML that hold text from files: whatever is not HTML of ours is escaped where it is put in."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Iterable, Sequence
from typing import Final

import pandas as pd

VOID: Final = frozenset({"img", "meta", "br", "col"})
"""Elements that have nothing within."""


class Html(str):
    """Text that is HTML already. Any other text is escaped by :func:`tag` and :func:`joined`."""

    __slots__ = ()


def tag(name: str, /, *within: str, **attributes: str | bool) -> Html:
    """An element with what is within; ``class_`` and ``for_`` stand for the words that Python keeps to itself.

    An attribute that is True stands alone, one that is False is left out; ``_`` in its name becomes ``-``.
    """
    written = "".join(_attribute(key, value) for key, value in attributes.items() if value is not False)
    if name in VOID:
        return Html(f"<{name}{written}>")
    return Html(f"<{name}{written}>{joined(within)}</{name}>")


def joined(parts: Iterable[str], between: str = "") -> Html:
    """Parts one after another, escaped unless they are HTML."""
    return Html(between.join(part if isinstance(part, Html) else html.escape(part) for part in parts))


def unbroken(text: str) -> Html:
    """Text in which words with hyphens, such as names of scenarios, and percentages are kept on one line."""
    parts = re.split(r"(\w+(?:-\w+)+)", text.replace(" %", "\N{NO-BREAK SPACE}%"))
    return joined(
        tag("span", part, class_="whole") if place % 2 else part for place, part in enumerate(parts)
    )


def _attribute(key: str, value: str | bool) -> str:  # noqa: FBT001 an attribute is text or there
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{html.escape(str(value))}"'


def data_uri(kind: str, content: bytes) -> str:
    """A file's content as an address of its own, so that a page needs no other file."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def html_table(table: pd.DataFrame, caption: str = "", *, numbers: bool = True) -> Html:
    """A table whose first column names its rows; with ``numbers``, columns that hold nothing else stand right."""
    cells = [[str(cell) for cell in row] for row in table.itertuples(index=False)]
    right = [
        bool(cells) and numbers and all(_is_number(row[place]) for row in cells)
        for place in range(table.shape[1])
    ]
    sides = ["number" if place and right[place] else False for place in range(len(right))]
    named = zip(table.columns, sides, strict=True)
    heads = tag("tr", *(tag("th", str(column), scope="col", class_=side) for column, side in named))
    rows = [_row(row, sides) for row in cells]
    title = [tag("caption", caption)] if caption else []
    return tag(
        "div",
        tag("table", *title, tag("thead", heads), tag("tbody", *rows)),
        class_="scroll",
        tabindex="0",
        role="region",
        aria_label=caption or "table",
    )


def _row(cells: Sequence[str], sides: Sequence[str | bool]) -> Html:
    first, *others = cells
    beside = (tag("td", cell, class_=side) for cell, side in zip(others, sides[1:], strict=True))
    return tag("tr", tag("th", first, scope="row"), *beside)


def _is_number(cell: str) -> bool:
    """Whether a cell holds a number, with a sign, an interval or a unit, or the dash for none."""
    return cell[:1].isdigit() or (cell != "" and cell[0] in "+−-—±<>")
