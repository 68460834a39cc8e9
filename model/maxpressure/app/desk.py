"""The teacher's desk: what a class has handed in, without names, and whether its pages show the worlds yet.

Everything is kept in memory and is gone when the server ends. A student is a random number of a browser's tab, which
the desk turns into a short alias. Nothing here knows of the web: `desk_routes` reads and answers requests.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import secrets
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import pandas as pd

from maxpressure.base.errors import InputError, Wrong, nearest
from maxpressure.base.text import csv_bytes, visible

MOST_STUDENTS: Final = 200
MOST_EACH: Final = 60
"""Answers of one student that are kept; a second answer to the same question takes the place of the first."""

LONGEST_BODY: Final = 4000
"""Bytes of a hand-in."""

LONGEST_WORDS: Final = 600
LONGEST_CHOICE: Final = 60
MOST_NUMBER: Final = 500
MOST_DAYS: Final = 5
MOST_EXERCISES: Final = 10
MOST_STEPS: Final = 12
MOST_ASKS: Final = 12
EACH_MINUTE: Final = 30
"""Hand-ins of one student a minute."""

ALL_MINUTE: Final = 900
"""Hand-ins of all a minute: a class of thirty needs about a hundred."""

MINUTE: Final = 60.0
STUDENT: Final = re.compile("[0-9a-f]{16,32}")
KINDS: Final = ("guess", "range", "choice", "words")
FIELDS: Final = (
    "code", "student", "kind", "exercise", "step", "ask", "setting", "second", "numbers", "worlds", "choice", "words",
    "seen",
)  # fmt: skip

OF_QUESTION: Final = ("question", "kind", "exercise", "step", "ask", "setting", "second")
"""What all answers to one question share."""

COLUMNS: Final = (
    "alias", "exercise", "step", "ask", "kind", "low", "middle", "high", "worlds", "choice", "words", "score", "seen",
    "late", "at", "setting", "second",
)  # fmt: skip
"""Of the table for marking."""

ANIMALS: Final = (
    "badger", "bear", "beaver", "bee", "bison", "camel", "cat", "cobra", "condor", "crab", "crane", "crow",
    "deer", "dingo", "dog", "dove", "duck", "eagle", "eel", "elk", "falcon", "finch", "fox", "frog", "gecko",
    "goat", "goose", "gull", "hare", "hawk", "heron", "horse", "ibex", "ibis", "jackal", "jay", "koala", "lark",
    "lemur", "lion", "llama", "lynx", "magpie", "mole", "moose", "moth", "mouse", "newt", "orca", "otter",
    "owl", "panda", "parrot", "pelican", "pike", "puffin", "puma", "quail", "rabbit", "raven", "robin", "seal",
    "shrew", "sloth", "snail", "stork", "swan", "swift", "tapir", "tiger", "toad", "trout", "turtle", "viper",
    "vole", "walrus", "wasp", "whale", "wolf", "wren", "yak", "zebra",
)  # fmt: skip
"""Aliases, which say nothing of whoever bears them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandIn:
    """One answer of a student, checked.

    ``numbers`` are low, middle and high: of each day of a guess, or of a difference; ``worlds`` of ten are those in
    which B was held to have more. ``seen`` is what the student's page had shown of it before; ``late`` whether the
    teacher had revealed the worlds by then.
    """

    alias: str
    kind: str
    exercise: int
    step: int
    ask: int
    setting: str
    second: str
    numbers: tuple[tuple[int, int, int], ...]
    worlds: int | None
    choice: str
    words: str
    seen: str
    late: bool
    at: str

    @property
    def question(self) -> str:
        """What was asked: equal for the answers that belong in one picture."""
        return "|".join(
            (self.kind, str(self.exercise), str(self.step), str(self.ask), self.setting, self.second)
        )


@dataclass(slots=True, kw_only=True)
class _Student:
    alias: str
    answers: dict[str, HandIn] = field(default_factory=dict)
    times: deque[float] = field(default_factory=deque)


class BusyError(Exception):
    """More hand-ins in a minute than a class has; to be sent again after so many seconds."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(f"Too many answers within a minute. Send it again in {seconds} seconds.")


class Desk:
    """What the class has handed in.

    Parameters
    ----------
    canonical : callable
        From the link of a setting to its one spelling; raises InputError for what is none.
    choices : callable
        The choices of an exercise's step and question, by their numbers; none where there is no such question.
    clock, now : callable, optional
        Seconds that never go back, and the time of day, for tests.

    Attributes
    ----------
    code : str
        The class code, four digits: what a student's page sends with every answer.
    held : bool
        Whether pages keep the worlds hidden after the guess is locked, until the teacher reveals them.
    revealed : bool
        Whether the teacher has revealed the worlds; an answer that comes later is marked late.
    version : int
        Changes with everything that is handed in, locked, revealed or cleared.
    """

    def __init__(
        self,
        canonical: Callable[[str], str],
        choices: Callable[[int, int, int], Sequence[str]],
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], dt.datetime] = dt.datetime.now,
    ) -> None:
        self._canonical = canonical
        self._choices = choices
        self._clock = clock
        self._now = now
        self._students: dict[str, _Student] = {}
        self._times: deque[float] = deque()
        self.held = False
        self.revealed = False
        self.version = 0
        self.code = _new_code()

    # ---- the teacher

    def lock(self) -> None:
        """From now on pages keep the worlds hidden after the guess."""
        self.held, self.revealed = True, False
        self.version += 1

    def reveal(self) -> None:
        """Every page may show the worlds; answers from now on are late."""
        self.held, self.revealed = False, True
        self.version += 1

    def clear(self) -> None:
        """Forget all students and answers, and take a new class code."""
        self._students.clear()
        self._times.clear()
        self.held = self.revealed = False
        self.code = _new_code()
        self.version += 1

    # ---- the students

    def hand_in(self, body: bytes) -> HandIn:
        """Take an answer; raises InputError for what is none, and BusyError where they come too fast."""
        given = _read(body)
        if not secrets.compare_digest(
            str(given.get("code", "")).encode(errors="replace"), self.code.encode()
        ):
            raise _refused("class code", given.get("code", ""), "the four digits that the teacher shows")
        number = given.get("student", "")
        if not isinstance(number, str) or not STUDENT.fullmatch(number):
            raise _refused("student", number, "the random number of a tab")
        student = self._student(number)
        answer = self._answer(given, student.alias)
        if answer.question not in student.answers and len(student.answers) >= MOST_EACH:
            raise _refused("answers", f"{MOST_EACH + 1}", f"at most {MOST_EACH} of one student")
        student.answers[answer.question] = answer
        self._students[number] = student
        self.version += 1
        return answer

    def _student(self, number: str) -> _Student:
        """The student of a number, once its rate is checked; a new one is not kept before an answer is taken."""
        moment = self._clock()
        _pace(self._times, moment, ALL_MINUTE)
        known = self._students.get(number)
        if known is None:
            if len(self._students) >= MOST_STUDENTS:
                raise _refused(
                    "students", f"{MOST_STUDENTS + 1}", f"at most {MOST_STUDENTS} until the desk is cleared"
                )
            known = _Student(alias=_alias(number, {one.alias for one in self._students.values()}))
        _pace(known.times, moment, EACH_MINUTE)
        return known

    def _answer(self, given: Mapping[str, Any], alias: str) -> HandIn:
        kind = given.get("kind", "")
        if kind not in KINDS:
            raise _refused("kind", kind, f"one of {', '.join(KINDS)}", KINDS)
        setting, second = (self._link(given, key) for key in ("setting", "second"))
        numbers = _numbers(given.get("numbers", []), signed=kind == "range")
        worlds = given.get("worlds")
        if kind == "range":
            worlds = _whole(worlds, "worlds of ten", 0, 10)
            if len(numbers) != 1:
                raise _refused("numbers", f"{len(numbers)} ranges", "one range: low, middle and high")
        elif kind == "guess" and not numbers:
            raise _refused("numbers", "no numbers", "low, middle and high of each day")
        answer = HandIn(
            alias=alias,
            kind=kind,
            exercise=_whole(given.get("exercise", 0), "exercise", 0, MOST_EXERCISES),
            step=_whole(given.get("step", 0), "step", 0, MOST_STEPS),
            ask=_whole(given.get("ask", 0), "ask", 0, MOST_ASKS),
            setting=setting,
            second=second,
            numbers=numbers,
            worlds=worlds if kind == "range" else None,
            choice=_text(given, "choice", LONGEST_CHOICE),
            words=_text(given, "words", LONGEST_WORDS),
            seen=_text(given, "seen", LONGEST_CHOICE),
            late=self.revealed,
            at=self._now().strftime("%H:%M:%S"),
        )
        if kind == "choice":
            known = self._choices(answer.exercise, answer.step, answer.ask)
            if answer.choice not in known:
                raise _refused("choice", answer.choice, "one of the choices of the step", known)
        if kind == "words" and not answer.words:
            raise _refused("words", "", "an answer")
        return answer

    def _link(self, given: Mapping[str, Any], key: str) -> str:
        link = given.get(key, "")
        if not isinstance(link, str):
            raise _refused(key, link, "the link of a setting")
        return self._canonical(link) if link else ""

    # ---- what is shown

    @property
    def answers(self) -> list[HandIn]:
        """All answers, by question, each in the order of the aliases."""
        found = [answer for student in self._students.values() for answer in student.answers.values()]
        return sorted(
            found,
            key=lambda answer: (answer.exercise, answer.step, answer.ask, answer.question, answer.alias),
        )

    def public(self) -> dict[str, Any]:
        """What every page may know: whether worlds are held back, and how many have handed in."""
        return {"held": self.held, "revealed": self.revealed, "students": len(self._students)}

    def private(self) -> dict[str, Any]:
        """What the teacher sees: also the class code and all answers, by question."""
        questions: dict[str, list[HandIn]] = {}
        for answer in self.answers:
            questions.setdefault(answer.question, []).append(answer)
        return {
            **self.public(),
            "code": self.code,
            "most": MOST_STUDENTS,
            "questions": [
                {
                    **{
                        key: getattr(own[0], key)
                        for key in ("question", "kind", "exercise", "step", "ask", "setting", "second")
                    },
                    "answers": [asdict(answer) for answer in own],
                }
                for own in questions.values()
            ],
        }


def csv_of(answers: Sequence[HandIn], score: Callable[[HandIn], float | None]) -> bytes:
    """Answers as a table for marking, one row each; no cell of it is run by a spreadsheet."""
    rows = []
    for answer in answers:
        row = asdict(answer)
        numbers = row.pop("numbers")
        for place, mark in enumerate(("low", "middle", "high")):
            row[mark] = " ".join(str(one[place]) for one in numbers)
        row["score"] = score(answer)
        rows.append(row)
    return csv_bytes(pd.DataFrame(rows, columns=list(COLUMNS)))


# ---- reading


def _new_code() -> str:
    return f"{secrets.randbelow(9000) + 1000}"


def _read(body: bytes) -> Mapping[str, Any]:
    """The fields of a hand-in; nothing but a JSON object of known fields."""
    if len(body) > LONGEST_BODY:
        raise _refused("answer", f"{len(body)} bytes", f"at most {LONGEST_BODY}")
    try:
        given = json.loads(body.decode("utf-8"))
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise _refused("answer", Wrong("is no JSON"), "the fields of an answer as JSON") from None
    if not isinstance(given, dict):
        raise _refused("answer", Wrong("is no JSON object"), "the fields of an answer as JSON")
    for key in given:
        if key not in FIELDS:
            raise _refused("answer", key, f"one of {', '.join(FIELDS)}", FIELDS)
    return given


def _pace(times: deque[float], moment: float, most: int) -> None:
    """Note the moment; raises BusyError where so many came within the last minute."""
    while times and moment - times[0] >= MINUTE:
        times.popleft()
    if len(times) >= most:
        raise BusyError(max(1, round(MINUTE - (moment - times[0]))))
    times.append(moment)


def _alias(number: str, taken: set[str]) -> str:
    """The animal that follows from the number, or the next that is free; numbered once all are taken."""
    first = int.from_bytes(hashlib.sha256(number.encode()).digest()[:4]) % len(ANIMALS)
    ring = ANIMALS[first:] + ANIMALS[:first]
    again = range(1, MOST_STUDENTS + 1)
    names = (word if count == 1 else f"{word} {count}" for count in again for word in ring)
    return next(name for name in names if name not in taken)


def _whole(given: object, key: str, low: int, high: int) -> int:
    if isinstance(given, bool) or not isinstance(given, int) or not low <= given <= high:
        raise _refused(key, given, f"a whole number from {low} to {high}")
    return given


def _numbers(given: object, *, signed: bool) -> tuple[tuple[int, int, int], ...]:
    """Rows of low, middle and high in rising order."""
    if not isinstance(given, list) or len(given) > MOST_DAYS:
        raise _refused("numbers", given, f"at most {MOST_DAYS} rows of low, middle and high")
    rows = []
    for row in given:
        if not isinstance(row, list) or len(row) != len(("low", "middle", "high")):
            raise _refused("numbers", row, "low, middle and high")
        low, middle, high = (
            _whole(one, "numbers", -MOST_NUMBER if signed else 0, MOST_NUMBER) for one in row
        )
        if not low <= middle <= high:
            raise _refused("numbers", f"{low}, {middle}, {high}", "low, middle and high in rising order")
        rows.append((low, middle, high))
    return tuple(rows)


def _text(given: Mapping[str, Any], key: str, most: int) -> str:
    text = given.get(key, "")
    if not isinstance(text, str) or len(text) > most:
        raise _refused(key, text, f"text of at most {most} characters")
    return visible(text.strip())


def _refused(key: str, given: object, allowed: str, known: Sequence[str] = ()) -> InputError:
    shown = given if isinstance(given, Wrong) else str(given)[:80]
    return InputError(
        file="desk", key=key, given=shown, allowed=allowed, nearest=nearest(str(given)[:80], known)
    )
