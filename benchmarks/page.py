"""Measure the classroom page: thirty students who move levers at once, beside the page of an earlier commit.

    python benchmarks/page.py                              everything: a quarter of an hour
    python benchmarks/page.py --parts students             only these: about six minutes
    python benchmarks/page.py --old none --seconds 20      only this checkout, briefly
    python benchmarks/page.py --environment DIR            keep the old page's environment there for the next time

Both pages are served on this machine, one after the other, each by a process of its own in which one student has
been before. The students are light (page_students.py): no browser is started for them, and both pages are asked the
same settings, none of which was asked before. Seconds depend on the machine and on what else it does, so that is said
beside them; ratios are more reliable. What is found is kept in page.json and written as tables into README.md.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.request import urlopen

import page_browser
import page_report
import report
from page_served import Installed, Served, busy_seconds, installed, served
from waits import checked_out, commit_of

HERE = Path(__file__).resolve().parent
ROOT, README, KEPT, STUDENTS = HERE.parent, HERE / "README.md", HERE / "page.json", HERE / "page_students.py"
OLD = "9d77785"
"""The last commit whose page was Solara's."""

BACK_WITHIN = 40.0
"""Seconds until the memory of those who have left is looked at for the last time."""

FIRST_QUESTION = "Hwasong-12 over Japan"
"""Asked before anything is measured, so that the code of twins is compiled."""

NEW_QUESTIONS = ("Hwasong-14 first test", "Hwasong-14 second test")
"""Two inputs of like kind and date of which no exercise asks, so that their twins are not computed before the class."""

Found = dict[str, Any]


class Page:
    """One of the two pages, and how its students are started."""

    def __init__(self, kind: str, page: Installed, place: Path) -> None:
        place.mkdir(exist_ok=True)
        self.kind, self.page, self.place = kind, page, place

    @contextmanager
    def open(self) -> Iterator[Served]:
        """Served, with one student having been there; what is computed before the class is computed."""
        with served(self.page, self.place) as running:
            sys.stderr.write(f"{self.kind} page: it prepares itself\n")
            self.prepared = running.rest()
            sys.stderr.write(f"{self.kind} page: ready after {self.prepared:.0f} s more\n")
            self.students(running, "--students", "1", "--seconds", "1", "--seed", "1")
            running.rest()
            yield running

    def students(self, running: Served, *words: str) -> Found:
        """What light students saw, once they have left; ``begin`` is called when all have opened the page."""
        return dict(json.loads(self._start(running, words).communicate()[0].splitlines()[-1]))

    def _start(self, running: Served, words: Sequence[str]) -> subprocess.Popen[str]:
        command = [str(self.page.python), str(STUDENTS), self.kind, running.url, *words]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=self.place)

    def lesson(self, running: Served, words: Sequence[str]) -> Found:
        """What students saw, with what the server used from when all had opened the page until the last picture."""
        before = running.memory
        running.forget_peak()
        students = self._start(running, words)
        assert students.stdout is not None
        if not students.stdout.readline():
            raise RuntimeError("the students did not get to the page")
        used, busy, began = running.cpu, busy_seconds(), time.monotonic()
        seen = json.loads(students.stdout.readline())
        used, busy, took = running.cpu - used, busy_seconds() - busy, time.monotonic() - began
        if students.wait() != 0:
            raise RuntimeError("the students' process failed")
        memory = {"before": before, "peak": running.peak, "after": self._after(running, before)}
        other = max(0.0, busy - used - seen["cpu"]) / took
        return seen | {"server_cpu": used, "other_cores": other, "memory": memory, "prepared": self.prepared}

    @staticmethod
    def _after(running: Served, before: float) -> float:
        until = time.monotonic() + BACK_WITHIN
        while (now := running.memory) > before and time.monotonic() < until:
            time.sleep(1.0)
        return now


def sit(pages: Sequence[Page], turns: int, words: Sequence[str]) -> Iterator[tuple[str, Found]]:
    """A lesson on each page in turns, other settings in each turn."""
    for turn in range(turns):
        for page in pages:
            load = os.getloadavg()[0]
            with page.open() as running:
                found = page.lesson(running, [*words, "--seed", str(2017 + turn)])
            yield page.kind, found | {"load": load}


def ask(page: Page, together: int, turns: int) -> Found:
    """A twin question by one student and another by several at once; in the next turn the other way round.

    On the new page the course's own questions come first.
    """
    found: Found = {"one": [], "together": [], "students": together}
    for mine, ours in (NEW_QUESTIONS, NEW_QUESTIONS[::-1])[:turns]:
        with page.open() as running:
            page.students(running, "--students", "1", "--twins", FIRST_QUESTION)
            if page.kind == "new" and not found["one"]:
                names = json.loads(_got(running.url + "api/book"))["course"]["twins"]
                if not names or set(names) & {FIRST_QUESTION, *NEW_QUESTIONS}:
                    raise RuntimeError(f"the course asks {names}: choose other new questions")
                found["course"] = page.students(running, "--students", "1", "--twins", *names)
            found["one"].append(page.students(running, "--students", "1", "--twins", mine))
            found["together"].append(page.students(running, "--students", str(together), "--twins", ours))
    return found


def _got(url: str) -> bytes:
    with urlopen(url, timeout=60) as answer:  # the server that was just started
        return bytes(answer.read())


def main(words: Sequence[str] | None = None) -> None:
    """Measure, keep, print, write."""
    asked = argparse.ArgumentParser(
        description="Measure the classroom page beside that of an earlier commit."
    )
    asked.add_argument("--old", default=OLD, help="the commit of the old page, or 'none'")
    asked.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    asked.add_argument("--students", type=int, default=30)
    asked.add_argument("--seconds", type=float, default=120.0, help="of a lesson")
    asked.add_argument("--every", type=float, default=5.0, help="seconds from a student's move to the next")
    asked.add_argument("--turns", type=int, default=1, help="lessons on each page")
    asked.add_argument("--environment", type=Path, help="a folder that keeps the old page's Python")
    asked.add_argument("--readme", type=Path, default=README, help="the file whose tables are written")
    asked.add_argument("--kept", type=Path, default=KEPT, help="the file that keeps what is found")
    given = asked.parse_args(words)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("called off"))  # so that no server is left
    found = json.loads(given.kept.read_text(encoding="utf-8")) if given.kept.exists() else {}
    with TemporaryDirectory() as folder:
        place = Path(folder)
        head = Installed(
            root=ROOT, python=Path(sys.executable), cache=(given.environment or place) / "cache-of-this"
        )
        new = Page("new", head, place / "new")
        if given.old == "none":
            measure([new], given, found)
        else:
            with checked_out(given.old, place) as root:
                page = installed(root, given.environment or place / "environment")
                measure([Page("old", page, place / "old"), new], given, found)
    given.kept.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    sections = page_report.sections(found)
    sys.stdout.write("\n\n".join(sections.values()) + "\n")
    report.put(given.readme, sections)


def measure(pages: Sequence[Page], given: argparse.Namespace, found: Found) -> None:
    """Each part, noted with the commits, the date and the load under which it was measured."""
    for part in given.parts:
        about = {
            "date": datetime.now(UTC).strftime("%-d %B %Y, %H:%M UTC"),
            "load": os.getloadavg()[0],
            "commits": {"new": commit_of("HEAD")} | ({"old": commit_of(given.old)} if len(pages) > 1 else {}),
        }
        found[part] = about | PARTS[part](pages, given)


def _lessons(pages: Sequence[Page], given: argparse.Namespace) -> Found:
    how = {"students": given.students, "seconds": given.seconds, "every": given.every}
    words = [word for key, value in how.items() for word in (f"--{key}", str(value))]
    lessons: Found = {page.kind: [] for page in pages}
    for kind, one in sit(pages, given.turns, words):
        lessons[kind].append(page_report.summary(one))
    found = {"how": how, "lessons": lessons, "agreed": page_report.agreed(lessons)}
    for one in (one for each in lessons.values() for one in each):
        del one["ends"]
    return found


def _questions(pages: Sequence[Page], given: argparse.Namespace) -> Found:
    """Thirty ask at once; in the second turn the two questions change places."""
    return {"pages": {page.kind: ask(page, given.students, 2) for page in pages}}


def _browser(pages: Sequence[Page], given: argparse.Namespace) -> Found:  # noqa: ARG001
    found: Found = {}
    for page in pages:
        with page.open() as running:
            found[page.kind] = page_browser.seen(page.kind, running.url)
    return {"pages": found}


PARTS: Mapping[str, Any] = {"students": _lessons, "twins": _questions, "browser": _browser}


if __name__ == "__main__":
    main()
