"""The parts of an exercise's page, so that its sheet needs no text of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from coursekit.figures import ROOT

TEACHING: Final = ROOT / "docs" / "teaching"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exercise:
    """A page of an exercise; its parts are Markdown."""

    title: str
    lead: dict[str, str]
    """Question, Learning goals, Prior knowledge, Careful."""

    parts: dict[str, str]
    """What stands below each heading."""

    @property
    def written(self) -> list[str]:
        """What a student writes down: each item gets lines on the sheet."""
        return [line.removeprefix("- ") for line in self.parts["Write down"].splitlines() if line.strip()]

    def ruled(self, item: str) -> int:
        """How many empty lines an item has: a form to be filled in takes fewer than a sentence of one's own."""
        own = 0 if "…" in item or "Material" in self.parts else 1
        return own + (1 if "Material" in self.parts or len(self.written) > 5 else 2)

    @property
    def minutes(self) -> list[tuple[str, str]]:
        """The steps with their minutes; the last row has the sum."""
        rows = [line for line in self.parts["Minutes"].splitlines() if line.startswith("|")][2:]
        cells = [[cell.strip(" *") for cell in row.strip("|").split("|")] for row in rows]
        return [(step, minutes) for step, minutes in cells]

    @property
    def short(self) -> str:
        """The mark of the short form, which the page leads through."""
        return self.parts["Minutes"].rpartition("\n\n")[2]

    @property
    def rubric(self) -> list[tuple[str, str]]:
        """Points, and what they are for."""
        rows = [line for line in self.parts["Marking rubric"].splitlines() if line.startswith("|")][2:]
        cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
        return [(points, what) for points, what in cells]


def exercise(page: Path) -> Exercise:
    """The exercise on a page."""
    head, *sections = re.split(r"^## (.+)\n", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    title = head.split("\n", 1)[0].removeprefix("# ").strip()
    lead = re.findall(r"^\*\*(.+?)\.\*\* (.*?)(?=\n\n|\Z)", head, re.MULTILINE | re.DOTALL)
    parts = {name.strip(): text.strip() for name, text in zip(sections[::2], sections[1::2], strict=True)}
    return Exercise(title=title, lead=dict(lead), parts=parts)


def exercises() -> list[Exercise]:
    """The ten exercises in their order; the game, which follows them, has no sheet of this kind."""
    return [exercise(page) for page in pages()]


def pages() -> list[Path]:
    """The pages of the ten exercises."""
    return sorted(TEACHING.glob("[01]*.md"))[:10]
