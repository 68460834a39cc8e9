"""The quiz of the course, from one file: on paper, as a QTI package, and as Moodle XML.

QTI 1.2 is what Canvas and other learning platforms import; text2qti writes it. Moodle has no importer for it, and takes
its own XML.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

from coursekit.figures import ROOT, Figures
from coursekit.paper import line
from maxpressure.base.toml import parsed

FILE: Final = ROOT / "docs" / "course" / "quiz.toml"
LETTERS: Final = "abcdef"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question with one right choice; texts are Markdown of one line."""

    title: str
    ask: str
    choices: tuple[str, ...]
    right: int
    """The index of the right choice."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiz:
    """The quiz."""

    title: str
    about: str
    questions: tuple[Question, ...]


def quiz(figures: Figures, path: Path = FILE) -> Quiz:
    """The quiz of a file, its figures put in from the solutions."""
    read = parsed(figures.filled(path.read_text(encoding="utf-8")), path)
    questions = []
    for row in read["question"]:
        right = LETTERS.index(row["right"])
        if right >= len(row["choices"]):
            raise ValueError(f"{path.name}: {row['title']} has no choice {row['right']}")
        one_line = {key: " ".join(row[key].split()) for key in ("title", "ask", "why")}
        questions.append(Question(choices=tuple(row["choices"]), right=right, **one_line))
    return Quiz(title=read["title"], about=read["about"], questions=tuple(questions))


def on_paper(shown: Quiz, *, key: bool) -> str:
    """The quiz as Markdown, with or without its key."""
    parts = [f"# {shown.title}{': key' if key else ''}\n\n{shown.about}\n"]
    for number, question in enumerate(shown.questions, start=1):
        parts.append(
            f'<div class="together" markdown="1">\n\n### {number}. {question.title}\n\n{question.ask}\n'
        )
        for index, choice in enumerate(question.choices):
            mark = "**" if key and index == question.right else ""
            parts.append(f"{mark}{LETTERS[index]})&ensp;{choice}{mark}\n")
        if key:
            parts.append(f"> {LETTERS[question.right]}. {question.why}\n")
        parts.append("</div>\n")
    return "\n".join(parts)


def qti(shown: Quiz) -> bytes:
    """The quiz as a QTI 1.2 package: a ZIP with a manifest, the questions, and settings for Canvas."""
    from text2qti.config import Config  # noqa: PLC0415  # of the extra docs, for this package alone
    from text2qti.qti import QTI  # noqa: PLC0415
    from text2qti.quiz import Quiz as Text  # noqa: PLC0415

    lines = [f"Quiz title: {shown.title}", f"Quiz description: {shown.about}", "shuffle answers: true", ""]
    for number, question in enumerate(shown.questions, start=1):
        lines += [f"Title: {question.title}", "Points: 1", f"{number}. {question.ask}", f"... {question.why}"]
        for index, choice in enumerate(question.choices):
            lines.append(f"{'*' if index == question.right else ''}{LETTERS[index]}) {choice}")
        lines.append("")
    return QTI(Text("\n".join(lines), config=Config(), source_name=FILE.name)).zip_bytes()


def moodle(shown: Quiz) -> bytes:
    """The quiz in Moodle's own XML, by its page “Moodle XML format”."""
    root = ET.Element("quiz")
    category = ET.SubElement(root, "question", type="category")
    _text(ET.SubElement(category, "category"), f"$course$/{shown.title}")
    for question in shown.questions:
        item = ET.SubElement(root, "question", type="multichoice")
        _text(ET.SubElement(item, "name"), question.title)
        _text(ET.SubElement(item, "questiontext", format="html"), str(line(question.ask)))
        _text(ET.SubElement(item, "generalfeedback", format="html"), str(line(question.why)))
        for name, value in (("defaultgrade", "1"), ("single", "true"), ("shuffleanswers", "true")):
            ET.SubElement(item, name).text = value
        ET.SubElement(item, "answernumbering").text = "abc"
        for index, choice in enumerate(question.choices):
            answer = ET.SubElement(
                item, "answer", fraction="100" if index == question.right else "0", format="html"
            )
            _text(answer, str(line(choice)))
    ET.indent(root)
    return ET.tostring(root, encoding="utf-8", xml_declaration=True)


def _text(parent: ET.Element, words: str) -> None:
    ET.SubElement(parent, "text").text = words
