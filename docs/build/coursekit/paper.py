"""Markdown as sheets, slides and documents: pages of HTML that hold all they need, and the same as PDF."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import jinja2
import markdown as python_markdown
from markupsafe import Markup

from coursekit.exercises import Exercise
from coursekit.wave import wave
from manual.pages import made_page
from maxpressure.app.figures.game import Role, Round
from maxpressure.report.pdf import write_pdf

TEMPLATES: Final = Path(__file__).parent / "templates"
EXTENSIONS: Final = ["tables", "def_list", "attr_list", "fenced_code", "sane_lists", "md_in_html"]
LINK: Final = re.compile(r"(?<!!)\[((?:[^\[\]]|\[[^\]]*\])*)\]\((?!https?://)[^)\s]+\)")
WAVE: Final = 'src="wave.svg"'
"""Where a page shows the wave, which is drawn for it."""


def html(text: str) -> Markup:
    """Markdown as HTML. Links into the manual become plain words, since on paper they lead nowhere."""
    shown = python_markdown.markdown(LINK.sub(r"\1", made_page(text)), extensions=EXTENSIONS)
    return Markup(shown.replace(WAVE, f'src="{_inside(wave())}"') if WAVE in shown else shown)


def line(text: str) -> Markup:
    """Markdown of one line as HTML, without a paragraph around it."""
    return Markup(re.sub(r"^<p>|</p>$", "", str(html(text)).strip()))  # our own text


def document(title: str, text: str, *, compact: bool = False) -> str:
    """A document of some pages; a compact one has smaller letters."""
    return _page("document.html", title=title, body=html(text), compact=compact)


def sheet(shown: Exercise) -> str:
    """The sheet of an exercise, for one page."""
    return _page("sheet.html", title=shown.title, exercise=shown)


def role_card(role: Role, rounds: Sequence[Round]) -> str:
    """The card of a role in the negotiation game, for one page."""
    return _page("role.html", title=role.title, role=role, rounds=rounds)


def slides(title: str, text: str) -> str:
    """Slides, from Markdown with ``---`` between them: arrow keys lead through them, and each is a page on paper."""
    return _page(
        "slides.html",
        title=title,
        slides=[html(part) for part in re.split(r"^---$", text, flags=re.MULTILINE)],
    )


def pdf(page: str, path: Path) -> None:
    """Write a page as a PDF."""
    write_pdf(page, path)


def joined(pages: Sequence[str]) -> str:
    """Sheets after one another in one file: the bodies of all, in the frame of the first."""
    bodies = [re.search(r"<body>(.*)</body>", page, re.DOTALL) for page in pages]
    first, _, rest = pages[0].partition("<body>")
    return f"{first}<body>{''.join(body[1] for body in bodies if body)}</body>{rest.rpartition('</body>')[2]}"


def _inside(picture: bytes) -> str:
    """A drawing as an address that holds it."""
    return f"data:image/svg+xml;base64,{base64.b64encode(picture).decode('ascii')}"


def _page(template: str, **shown: Any) -> str:
    return _environment().get_template(template).render(**shown)


@cache
def _environment() -> jinja2.Environment:
    loader = jinja2.FileSystemLoader(TEMPLATES)
    environment = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)
    environment.filters |= {"html": html, "line": line}
    return environment
