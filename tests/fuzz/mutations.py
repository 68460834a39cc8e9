"""Sound files made wrong: their bytes, their lines, their numbers, the cells of a table, the values of a tree.

A file that is parsed before it is mutated stays well formed, so that what is wrong reaches the deeper checks. Each
mutation chooses by Hypothesis, which finds the smallest of those that break a reader.
"""

from __future__ import annotations

import copy
import csv
import datetime as dt
import io
import json
import re
import tomllib
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from hypothesis import strategies as st

from fuzz import odd

Draw = Callable[..., Any]

PLACE: Final = st.integers(0, 2**20)
EDITS: Final = st.sampled_from((1, 1, 1, 2, 3))
CHANCE: Final = st.integers(0, 3)
NUMBER: Final = re.compile(rb"-?\d+(?:[.\-]\d+)*")
PIECES: Final = (
    b"\0", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\r", b"\r\n", b"\n", b'"', b"'", b'"""', b"\x1a",
    b"\\", b",",
    b";", b"#", b"=", b"[", b"]", b"{", b"}", b".", b"\t", b"\xc2\xa0", b"\xe2\x80\xae", b"\x1b[0m", b"." * 600,
    b"[" * 3000, b"a." * 450, b" " * 5000,
)  # fmt: skip


# ---- bytes and lines


def flipped(draw: Draw, content: bytes, _: Sequence[bytes]) -> bytes:
    at = draw(PLACE) % (len(content) or 1)
    return content[:at] + bytes([draw(st.integers(0, 255))]) + content[at + 1 :]


def inserted(draw: Draw, content: bytes, _: Sequence[bytes]) -> bytes:
    at = draw(PLACE) % (len(content) + 1)
    return content[:at] + draw(st.sampled_from(PIECES)) + content[at:]


def cut_off(draw: Draw, content: bytes, _: Sequence[bytes]) -> bytes:
    return content[: draw(PLACE) % (len(content) + 1)]


def cut_out(draw: Draw, content: bytes, _: Sequence[bytes]) -> bytes:
    at = draw(PLACE) % (len(content) + 1)
    return content[:at] + content[at + draw(st.integers(1, 40)) :]


def spliced(draw: Draw, content: bytes, seeds: Sequence[bytes]) -> bytes:
    other = draw(st.sampled_from(seeds))
    return content[: draw(PLACE) % (len(content) + 1)] + other[draw(PLACE) % (len(other) + 1) :]


def renumbered(draw: Draw, content: bytes, _: Sequence[bytes]) -> bytes:
    """One of its numbers or dates is an odd one."""
    found = list(NUMBER.finditer(content))
    if not found:
        return content
    start, end = found[draw(PLACE) % len(found)].span()
    return content[:start] + draw(st.sampled_from((*odd.NUMBERS, *odd.DATES))).encode() + content[end:]


def relined(draw: Draw, content: bytes, _: Sequence[bytes]) -> bytes:
    """A line is doubled, lost, moved, or all end otherwise."""
    lines = content.splitlines(keepends=True) or [b""]
    at, to = draw(PLACE) % len(lines), draw(PLACE) % len(lines)
    match draw(st.integers(0, 6)):
        case 0:
            lines.insert(at, lines[at])
        case 1:
            del lines[at]
        case 2:
            lines[at], lines[to] = lines[to], lines[at]
        case 3:
            return content.replace(b"\n", b"\r\n")
        case 4:
            return content.replace(b"\n", b"\r")
        case 5:
            return b"\xef\xbb\xbf" + content
        case 6:
            lines.insert(at, lines[at] * draw(st.sampled_from((10, 500))))
    return b"".join(lines)


def sized(draw: Draw, content: bytes, _: Sequence[bytes]) -> bytes:
    """As long as a reader takes at most, or one byte more."""
    most = 100_000 + draw(st.integers(-1, 1))
    return content + b"\n#" + b"x" * (most - len(content) - 2)


BYTES: Final = (renumbered, relined, inserted, flipped, cut_off, cut_out, spliced, sized)


def edited(draw: Draw, content: bytes, seeds: Sequence[bytes]) -> bytes:
    """A few edits of bytes and lines."""
    for _ in range(draw(EDITS)):
        content = draw(st.sampled_from(BYTES))(draw, content, seeds)
    return content


@st.composite
def texts(draw: Draw, seeds: Sequence[bytes]) -> bytes:
    """A file of text, its bytes and lines edited."""
    return edited(draw, draw(st.sampled_from(seeds)), seeds)


# ---- tables


@st.composite
def tables(draw: Draw, seeds: Sequence[bytes]) -> bytes:
    """A table in CSV with odd cells, rows and columns; now and then its bytes are edited as well."""
    content = draw(st.sampled_from(seeds))
    if draw(CHANCE):
        rows = list(csv.reader(io.StringIO(content.decode(), newline="")))
        for _ in range(draw(EDITS)):
            _edit_rows(draw, rows)
        stream = io.StringIO(newline="")
        quoting = draw(st.sampled_from((csv.QUOTE_MINIMAL, csv.QUOTE_ALL)))
        csv.writer(stream, lineterminator="\n", quoting=quoting).writerows(rows)
        content = stream.getvalue().encode()
    return content if draw(CHANCE) else edited(draw, content, seeds)


def _edit_rows(draw: Draw, rows: list[list[str]]) -> None:
    line, other = (draw(PLACE) % (len(rows) or 1) for _ in range(2))
    if not rows or not rows[line]:
        rows.append([draw(odd.OF_TEXT)])
        return
    row, at = rows[line], draw(PLACE) % len(rows[line])
    match draw(st.integers(0, 8)):
        case 0 | 1:
            row[at] = draw(odd.OF_TEXT)
        case 2:
            _make_extreme(draw, rows)
        case 3:
            row[at] = rows[other][at % len(rows[other])] if rows[other] else ""
        case 4:
            rows.insert(line, list(rows[other]))
        case 5:
            del rows[line]
        case 6:
            row.insert(at, draw(odd.OF_TEXT))
        case 7:
            del row[at]
        case 8:
            del rows[1 + draw(st.integers(0, 3)) :]


def _make_extreme(draw: Draw, rows: list[list[str]]) -> None:
    """A cell that holds a number or a day holds another one."""
    found = [
        (row, at)
        for row in rows[1:]
        for at, cell in enumerate(row)
        if NUMBER.fullmatch(cell.encode("utf-8", "replace"))
    ]
    if found:
        row, at = found[draw(PLACE) % len(found)]
        row[at] = draw(st.sampled_from(odd.EDGES if row[at].count("-") > 1 else odd.EXTREME))


# ---- trees: TOML and JSON


class Source(str):
    """A value as it is to stand in the file, whether or not it is one."""


Steps = tuple[str | int, ...]


@st.composite
def toml(draw: Draw, seeds: Sequence[bytes]) -> bytes:
    """A file in TOML with odd keys and values; now and then its bytes are edited instead or as well."""
    content = draw(st.sampled_from(seeds))
    if draw(CHANCE):
        tree = _edited_tree(draw, tomllib.loads(content.decode()), odd.OF_TOML)
        content = "".join(f"{_quoted(key)} = {_toml(value)}\n" for key, value in tree.items()).encode()
    return content if draw(CHANCE) else edited(draw, content, seeds)


@st.composite
def jsons(draw: Draw, seeds: Sequence[bytes]) -> bytes:
    """A file in JSON with odd keys and values; now and then its bytes are edited instead or as well."""
    content = draw(st.sampled_from(seeds))
    if draw(CHANCE):
        content = _json(_edited_tree(draw, json.loads(content), odd.OF_JSON)).encode()
    return content if draw(CHANCE) else edited(draw, content, seeds)


def _edited_tree(draw: Draw, tree: Any, values: st.SearchStrategy[str]) -> Any:
    for _ in range(draw(EDITS)):
        ways = list(_ways(tree))
        if not ways:
            return tree
        way, other = (ways[draw(PLACE) % len(ways)] for _ in range(2))
        _edit_at(draw, tree, way, _at(tree, other), values)
    return tree


def _edit_at(draw: Draw, tree: Any, way: Steps, other: Any, values: st.SearchStrategy[str]) -> None:
    """One value is odd, another's, within a list or a table, doubled, gone, or has another key."""
    above, last = _at(tree, way[:-1]), way[-1]
    match draw(st.integers(0, 8)):
        case 0:
            above[last] = Source(draw(values))
        case 1 | 2:
            above[last] = _like(draw, above[last], values)
        case 3:
            above[last] = copy.deepcopy(other)
        case 4:
            above[last] = draw(st.sampled_from(([above[last]], {"a": above[last]})))
        case 5:
            del above[last]
        case 6 if isinstance(above, list):
            above.insert(draw(PLACE) % (len(above) + 1), above[last])
        case 7 if isinstance(above, list):
            above[:] = above * 50
        case 6 | 7:
            above[draw(st.one_of(st.sampled_from(odd.KEYS), odd.OF_TEXT))] = copy.deepcopy(other)
        case 8 if isinstance(above, dict):
            above[draw(st.one_of(st.sampled_from(odd.KEYS), odd.OF_TEXT))] = above.pop(last)


def _like(draw: Draw, value: Any, values: st.SearchStrategy[str]) -> Any:
    """Another value of the same type."""
    match value:
        case bool():
            return not value
        case int() | float():
            return Source(draw(st.sampled_from(odd.EXTREME)))
        case dt.date():
            return Source(draw(st.sampled_from(odd.EDGES)))
        case str():
            return draw(odd.OF_TEXT)
    return Source(draw(values))


def _ways(node: Any, above: Steps = ()) -> Iterator[Steps]:
    """The ways to all values within a tree."""
    if isinstance(node, dict | list):
        for step, inner in node.items() if isinstance(node, dict) else enumerate(node):
            yield (*above, step)
            yield from _ways(inner, (*above, step))


def _at(node: Any, way: Steps) -> Any:
    for step in way:
        node = node[step]
    return node


def _toml(node: Any) -> str:
    match node:
        case Source():
            return node
        case dict():
            return "{" + ", ".join(f"{_quoted(key)} = {_toml(value)}" for key, value in node.items()) + "}"
        case list():
            return "[" + ", ".join(map(_toml, node)) + "]"
        case str():
            return _quoted(node)
        case dt.date() | dt.time():
            return node.isoformat()
    return str(node).lower()


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _json(node: Any) -> str:
    match node:
        case Source():
            return node
        case dict():
            return "{" + ",\n".join(f"{json.dumps(key)}: {_json(value)}" for key, value in node.items()) + "}"
        case list():
            return "[" + ",\n".join(map(_json, node)) + "]"
    return json.dumps(node)
