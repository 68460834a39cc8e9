"""Put the course kit together: two archives in outputs/kit, one for students and one for teachers.

    make kit

Sheets come from the exercises of docs/teaching, everything else from docs/course. Figures on slides and in the key come
from the solutions, which `make course` measures.
"""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from coursekit import exercises, paper, quiz
from coursekit.figures import ROOT, SOLUTIONS, figures
from maxpressure.app.figures import game, glossary
from maxpressure.model.case import load_case

OUT: Final = ROOT / "outputs" / "kit"
COURSE: Final = ROOT / "docs" / "course"
SESSIONS: Final = {1: "How to read a run", 2: "What the data cannot show"}
STAMP: Final = (2017, 1, 1, 0, 0, 0)
"""The date of every file in an archive, so that the same kit is the same file."""

STUDENTS: Final = """maxpressure: what students get

sheets.pdf         a page for each exercise
game.pdf           the rules of the negotiation game
role-cards.pdf     a page for each of its ten roles
dataset-card.pdf   what the record is, how it was coded, what is missing
glossary.pdf       one word for one thing
"""
TEACHERS: Final = """maxpressure: what teachers get. Keep it from students until the course is over.

solutions.pdf          measured figures, how to read them, likely misconceptions
run-of-show.pdf        both sessions minute by minute: what to click, what to say, what goes wrong
slides-1.html, .pdf    first session; the HTML opens in any browser, arrow keys lead through it, f fills the screen
slides-2.html, .pdf    second session
quiz.pdf               ten questions on paper
quiz-key.pdf           the same with the key
quiz-qti.zip           the same for Canvas and other platforms that import QTI 1.2
quiz-moodle.xml        the same for Moodle
students/              what students get
"""


def students(folder: Path) -> list[Path]:
    """Write what students get."""
    pages = [paper.sheet(shown) for shown in exercises.exercises()]
    rules = exercises.TEACHING / "11-negotiation.md"
    documents = {
        "sheets.pdf": paper.joined(pages),
        "game.pdf": paper.document("A negotiation game", rules.read_text(encoding="utf-8"), compact=True),
        "role-cards.pdf": paper.joined(role_cards()),
        "dataset-card.pdf": paper.document(
            "Card of the data set", text("dataset-card.md", exercises.TEACHING)
        ),
        "glossary.pdf": paper.document("Glossary", f"# Glossary\n\n{glossary.markdown()}"),
    }
    return written(folder, documents, {"README.txt": STUDENTS.encode()})


def teachers(folder: Path) -> list[Path]:
    """Write what teachers get."""
    questions = quiz.quiz(figures())
    documents = {
        "solutions.pdf": paper.document("Solutions", SOLUTIONS.read_text(encoding="utf-8")),
        "run-of-show.pdf": paper.document("Run of show", text("run-of-show.md")),
        "quiz.pdf": paper.document(questions.title, quiz.on_paper(questions, key=False)),
        "quiz-key.pdf": paper.document(questions.title, quiz.on_paper(questions, key=True)),
    }
    others = {
        "README.txt": TEACHERS.encode(),
        "quiz-qti.zip": quiz.qti(questions),
        "quiz-moodle.xml": quiz.moodle(questions),
    }
    for session, title in SESSIONS.items():
        page = paper.slides(title, text(f"slides-{session}.md"))
        documents[f"slides-{session}.pdf"] = page
        others[f"slides-{session}.html"] = page.encode()
    return written(folder, documents, others)


def role_cards() -> list[str]:
    """The card of each role of the game."""
    return [paper.role_card(role, game.ROUNDS) for role in game.roles(load_case())]


def text(name: str, folder: Path = COURSE) -> str:
    """A file of the course, its figures put in."""
    return figures().filled((folder / name).read_text(encoding="utf-8"))


def written(folder: Path, documents: Mapping[str, str], others: Mapping[str, bytes]) -> list[Path]:
    """Write documents as PDF and other files as they are; returns the files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, page in documents.items():
        paper.pdf(page, folder / name)
    for name, content in others.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in sorted({*documents, *others})]


def packed(path: Path, files: Mapping[str, Path]) -> None:
    """Write an archive of files under the names given."""
    with zipfile.ZipFile(path, "w", compression=zipfile.ZIP_DEFLATED) as archive:
        for name, file in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, STAMP), file.read_bytes(), zipfile.ZIP_DEFLATED)


def main() -> int:
    """Write both archives and the files in them."""
    theirs = {file.name: file for file in students(OUT / "students")}
    ours = {file.name: file for file in teachers(OUT / "teachers")}
    packed(OUT / "students.zip", theirs)
    packed(OUT / "teachers.zip", ours | {f"students/{name}": file for name, file in theirs.items()})
    sys.stdout.write(f"Written to {OUT.relative_to(ROOT)}: students.zip, teachers.zip\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
