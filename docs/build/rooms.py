"""Draw the map of the rooms and write its table into CONTRIBUTING.md.

    make rooms

The order of the rooms is that of the import contract in pyproject.toml. What a room holds is the beginning of its
contents page (``__init__.py``). The imports are those that Grimp finds in the code.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import grimp
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

ROOT: Final = Path(__file__).parents[2]
PACKAGE: Final = ROOT / "model" / "maxpressure"
PAGE: Final = ROOT / "CONTRIBUTING.md"
PICTURE: Final = ROOT / "docs" / "pictures" / "rooms.png"
BEGIN, END = "<!-- rooms -->\n", "<!-- /rooms -->"
INK, SHADE, GRID = "#1f2937", "#4f6bb3", "#d7dbe3"


@dataclass(frozen=True)
class Room:
    """A room: its name, its layer counted from the top, and what its contents page says that it holds."""

    name: str
    layer: int
    holds: str

    @property
    def files(self) -> int:
        """How many Python files it has."""
        folder = PACKAGE / self.name
        return len(list(folder.rglob("*.py"))) if folder.is_dir() else 1


def rooms() -> list[Room]:
    """The rooms from the top layer down, without the two lines of ``__main__``."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    layers = next(one["layers"] for one in contracts["contracts"] if one["type"] == "layers")
    return [
        Room(name, number, holds(name))
        for number, layer in enumerate(layers)
        for name in layer.split(" | ")
        if not name.startswith("(")
    ]


def holds(name: str) -> str:
    """The first sentence of a room's docstring, and the second if it says more on what the room holds."""
    path = PACKAGE / name / "__init__.py"
    source = path if path.exists() else PACKAGE / f"{name}.py"
    text = " ".join((ast.get_docstring(ast.parse(source.read_text(encoding="utf-8"))) or "").split())
    first, *more = re.split(r"(?<=[.:])\s(?=[A-Z-])", text)
    second = more[0] if more and not more[0].startswith(("It ", "Read ", "-")) else ""
    return re.sub(r":\w+:`", "`", f"{first} {second}".strip())


def links() -> Counter[tuple[str, str]]:
    """For each pair of rooms, how many imports lead from the first to the second, type-only ones included."""
    graph = grimp.build_graph("maxpressure")
    counted: Counter[tuple[str, str]] = Counter()
    for module in graph.modules:
        for imported in graph.find_modules_directly_imported_by(module):
            here, there = (name.split(".")[1] if "." in name else "" for name in (module, imported))
            if here and there and here != there:
                counted[here, there] += 1
    return counted


def table(listed: list[Room]) -> str:
    """A row for each room: what it holds and what it may import."""
    rows = ["| room | what it holds | may import |", "|---|---|---|"]
    for room in listed:
        below = [other.name for other in listed if other.layer > room.layer]
        allowed = (
            f"`{below[0]}` and all below it"
            if len(below) > 1
            else f"`{below[0]}`"
            if below
            else "no other room"
        )
        if sum(other.layer == room.layer + 1 for other in listed) > 1:
            allowed = f"`{below[0]}`, `{below[1]}` and all below them"
        link = f"model/maxpressure/{room.name}" + ("" if (PACKAGE / room.name).is_dir() else ".py")
        rows.append(f"| [`{room.name}`]({link}) | {room.holds} | {allowed} |")
    return "\n".join(rows) + "\n"


def written(page: str, listed: list[Room]) -> str:
    """The page with its table made anew."""
    before, rest = page.split(BEGIN)
    return before + BEGIN + table(listed) + END + rest.split(END)[1]


def drawn(listed: list[Room], counted: Counter[tuple[str, str]]) -> Figure:
    """The rooms from top to bottom; in a room's row a dot for each room that it imports, larger for more imports."""
    figure = Figure(figsize=(9, 5.4), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    index = {room.name: number for number, room in enumerate(listed)}
    last = len(listed) - 1
    axes.plot([0, last], [0, last], color=GRID, lw=12, solid_capstyle="round", zorder=1)
    for (here, there), count in counted.items():
        if here in index and there in index:
            axes.scatter(index[there], index[here], s=14 + 9 * count**0.8, color=SHADE, zorder=3)
    labels = [f"{room.name}  ({room.files})" for room in listed]
    axes.set_yticks(range(len(listed)), labels, color=INK)
    axes.set_xticks(range(len(listed)), [room.name for room in listed], rotation=40, ha="left", color=INK)
    axes.xaxis.tick_top()
    axes.xaxis.set_label_position("top")
    axes.set_xlabel("imports", color=INK)
    axes.set_ylabel("room (number of files)", color=INK)
    axes.text(
        0, last, "No dot lies below the diagonal:\nimports run one way.", color=INK, va="bottom", ha="left"
    )
    axes.set(xlim=(-0.6, last + 0.6), ylim=(last + 0.6, -0.6))
    axes.grid(color=GRID, lw=0.6)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return figure


def main() -> int:
    """Write the table and the picture."""
    listed = rooms()
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), listed), encoding="utf-8", newline="\n")
    drawn(listed, links()).savefig(PICTURE, dpi=110, metadata={"Software": None})
    return 0


if __name__ == "__main__":
    sys.exit(main())
