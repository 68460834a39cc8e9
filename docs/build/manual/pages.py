"""A Markdown extension for the manual: it puts pages of the repository and tables made from the code at marks.

``<!-- made: NAME -->`` alone on a line becomes the table of that name (:mod:`manual.made`), and
``<!-- page: PATH -->`` the Markdown file of the repository at that path, with its links changed to the manual's pages.
As an extension of Python-Markdown it works in MkDocs and in Zensical alike.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any, Final

from markdown import Markdown
from markdown.extensions import Extension
from markdown.preprocessors import Preprocessor

from maxpressure.base.paths import PACKAGE

ROOT: Final = PACKAGE.parents[1]
"""The checkout: the manual is built from one, never from a wheel."""

PAGES: Final = {
    "calibration/README.md": "explanation/calibration.md",
    "calibration/evidence/README.md": "explanation/evidence.md",
    "scenarios/README.md": "how-to/own-scenario.md",
    "CONTRIBUTING.md": "how-to/contribute.md",
    "SECURITY.md": "explanation/security.md",
    "docs/cluster.md": "cluster.md",
    "outputs/README.md": "reference/tables.md",
    "benchmarks/README.md": "reference/benchmarks.md",
    "CHANGELOG.md": "reference/changelog.md",
    "README.md": "index.md",
}
"""Files of the repository that the manual shows, and the page on which each stands."""

_MARK: Final = re.compile(r"^<!-- (made|page): (\S+) -->$")
_LINK: Final = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)")


def made_page(text: str) -> str:
    """A page with its marks replaced; raises KeyError for a name that nothing makes."""
    return "\n".join(_replaced(line) for line in text.split("\n"))


def included(path: str) -> str:
    """A file of the repository as a part of the manual's page for it."""
    text = (ROOT / path).read_text(encoding="utf-8")
    text = re.sub(r"^<!-- .*? -->\n", "\n", text, flags=re.MULTILINE)
    return led(text, path, PAGES[path])


def led(text: str, path: str, page: str) -> str:
    """The text of a repository file, its links changed to the pages that show their targets, as seen from ``page``.

    A link to a file that no page shows becomes plain text. A link to nothing stays, so that the build refuses it.
    """
    return _LINK.sub(lambda link: _led(path, page, link), text)


def _replaced(line: str) -> str:
    mark = _MARK.match(line)
    if mark is None:
        return line
    from manual.made import MADE

    kind, name = mark.groups()
    return included(name) if kind == "page" else MADE[name]()


def _led(path: str, page: str, link: re.Match[str]) -> str:
    picture, words, goal = link.groups()
    target, _, anchor = goal.partition("#")
    there = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
    if "://" in goal or not target or (picture and not there.startswith("docs/")):
        return link.group()
    shown = PAGES.get(there) or PAGES.get(posixpath.join(there, "README.md"))
    if shown is None and there.startswith("docs/"):
        shown = there.removeprefix("docs/")
    if shown is None:
        return words if (ROOT / there).exists() else link.group()
    led_there = posixpath.relpath(shown, posixpath.dirname(page) or ".")
    return f"{picture}[{words}]({led_there}{'#' + anchor if anchor else ''})"


class Marks(Preprocessor):
    """Replaces the marks before anything else of Markdown is read."""

    def run(self, lines: list[str]) -> list[str]:
        """The lines of the page with its marks replaced."""
        return made_page("\n".join(lines)).split("\n")


class Made(Extension):
    """Registers the marks."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802  # Python-Markdown's name
        """Put the marks first, before lists, code and HTML are recognised."""
        md.preprocessors.register(Marks(md), "maxpressure_marks", 40)


def makeExtension(**options: Any) -> Made:  # noqa: N802  # Python-Markdown's name
    """What ``markdown_extensions: [manual.pages]`` asks for."""
    return Made(**options)


def pictures(folder: str) -> list[Path]:
    """The pictures of a folder of the repository."""
    return sorted((ROOT / folder).glob("*.png"))
