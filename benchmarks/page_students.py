"""Light students of the classroom page: each opens it, moves a lever, waits for the picture, and moves the next one.

    python page_students.py new http://127.0.0.1:8765/ --students 30 --seconds 120 --every 5
    python page_students.py new http://127.0.0.1:8765/ --students 30 --twins "Sixth nuclear test"
    python page_students.py old http://127.0.0.1:8765/ …     by the Python of the old page, which has `websockets`

No browser is started: page_http.py and page_solara.py speak to the two pages as their scripts would. Every answer is
read and compared with what was asked. The server is measured by whoever started it. Printed is JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Awaitable
from dataclasses import asdict
from importlib import import_module
from typing import Any, Protocol
from urllib.parse import urlsplit

from page_settings import Move, Setting, moves

PATIENCE, PATIENCE_AT_FIRST, PATIENCE_WITH_TWINS = 90.0, 240.0, 400.0
"""Seconds until a student who has no answer gives up, which is a failure; at first all open the page at once."""


class Student(Protocol):
    """What both pages' students do."""

    received: int

    async def open(self, setting: Setting) -> None:
        """Open the page with a setting."""

    async def move(self, move: Move, before: Setting) -> None:
        """Move a lever and wait for the picture."""

    async def twins(self, without: str, twins: int = 40) -> None:
        """Ask a twin question and wait for the answer."""

    async def leave(self) -> None:
        """Close the tab."""


KINDS = {"new": ("page_http", "NewStudent"), "old": ("page_solara", "OldStudent")}


def person(kind: str, url: str) -> Student:
    """A student of that page; the module of the other page is not loaded."""
    module, name = KINDS[kind]
    made: Student = getattr(import_module(module), name)(url)
    return made


async def lesson(
    kind: str, url: str, *, students: int, seconds: float, every: float, seed: int
) -> dict[str, Any]:
    """All students open the page, then move levers at their own beats; one without a picture waits for it."""
    walks = moves(seed, students, int(seconds / every) + 1)
    people = [person(kind, url) for _ in range(students)]
    done: list[Move] = []
    before = time.monotonic()
    first: list[tuple[float, str]] = list(
        await asyncio.gather(
            *(_timed(who.open(walk[0]), PATIENCE_AT_FIRST) for who, walk in zip(people, walks, strict=True))
        )
    )
    opened_received = sum(who.received for who in people)
    used, began = time.process_time(), time.monotonic()
    sys.stdout.write(json.dumps({"began": began - before}) + "\n")
    sys.stdout.flush()

    async def sits(number: int, who: Student, walk: list[Setting]) -> None:
        last = walk[0]
        await asyncio.sleep(every * number / students)
        for setting in walk[1:]:
            if time.monotonic() - began >= seconds or first[number][1]:
                return
            move = Move(student=number, setting=setting, began=time.monotonic())
            received = who.received
            _, move.fault = await _timed(who.move(move, last))
            move.received, last = who.received - received, setting
            done.append(move)
            if move.fault:
                return
            await asyncio.sleep(max(0.0, move.began + every - time.monotonic()))

    await asyncio.gather(*(sits(n, *one) for n, one in enumerate(zip(people, walks, strict=True))))
    took, used = time.monotonic() - began, time.process_time() - used
    await asyncio.gather(*(_timed(who.leave()) for who in people))
    return {
        "opened": [seconds for seconds, _ in first],
        "opened_faults": [fault for _, fault in first if fault],
        "opened_received": opened_received,
        "moves": [asdict(move) | {"began": move.began - began} for move in done],
        "took": took,
        "cpu": used,
    }


async def question(kind: str, url: str, names: list[str], *, students: int) -> dict[str, Any]:
    """Twin questions one after the other; each is asked by all students at once, and the last answer counts."""
    people = [person(kind, url) for _ in range(students)]
    walks = moves(1, students, 1)
    await asyncio.gather(*(who.open(walk[0]) for who, walk in zip(people, walks, strict=True)))
    found: dict[str, list[tuple[float, str]]] = {}
    for name in names:
        found[name] = list(
            await asyncio.gather(*(_timed(who.twins(name), PATIENCE_WITH_TWINS) for who in people))
        )
    await asyncio.gather(*(_timed(who.leave()) for who in people))
    return {
        name: {"seconds": [took for took, _ in one], "faults": [fault for _, fault in one if fault]}
        for name, one in found.items()
    }


async def _timed(work: Awaitable[None], patience: float = PATIENCE) -> tuple[float, str]:
    """Seconds, and what went wrong."""
    began = time.monotonic()
    try:
        await asyncio.wait_for(work, patience)
    except TimeoutError:
        return time.monotonic() - began, f"no answer within {patience:.0f} s"
    except Exception as fault:  # noqa: BLE001  # one student's failure is counted, not raised
        return time.monotonic() - began, repr(fault)[:200]
    return time.monotonic() - began, ""


def main() -> None:
    """Sit through a lesson and print what was seen."""
    asked = argparse.ArgumentParser(description="Light students of the classroom page.")
    asked.add_argument("kind", choices=KINDS)
    asked.add_argument("url")
    asked.add_argument("--students", type=int, default=30)
    asked.add_argument("--seconds", type=float, default=120.0)
    asked.add_argument("--every", type=float, default=5.0)
    asked.add_argument("--seed", type=int, default=2017)
    asked.add_argument("--twins", nargs="+", metavar="INPUT", help="twin questions instead of levers")
    given = asked.parse_args()
    if urlsplit(given.url).hostname != "127.0.0.1":
        asked.error("only a server on 127.0.0.1 is asked")
    if given.twins:
        work = question(given.kind, given.url, given.twins, students=given.students)
    else:
        how = {"students": given.students, "seconds": given.seconds, "every": given.every, "seed": given.seed}
        work = lesson(given.kind, given.url, **how)
    found = asyncio.run(work)
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
