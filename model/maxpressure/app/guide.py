"""The ten exercises as steps beside the page: what is read, asked and set in each, from one file an exercise.

A step sets the page by the words of an address. An answer is a choice or some words; a guess and a paired range are
asked by the page itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from urllib.parse import parse_qsl

from pydantic import BaseModel, ConfigDict, Field

from maxpressure.base.toml import read_toml

FOLDER: Final = Path(__file__).with_name("exercises")
MINUTES: Final = 20
"""Of the short form of each exercise."""

Words = Annotated[str, Field(min_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Ask(_Part):
    """A question of a step; `lock` hands the answer in at once, so that it cannot be changed after the run."""

    kind: Literal["choice", "words"]
    question: Words
    choices: tuple[Words, ...] = ()
    lock: bool = False


class Step(_Part):
    """A step: what it is, its minutes, its text, what it sets of the page's address, and what it asks."""

    part: Words
    minutes: int
    text: Words
    set: str = ""
    ask: tuple[Ask, ...] = ()


class Exercise(_Part):
    """An exercise with its steps."""

    title: Words
    question: Words
    careful: Words
    step: tuple[Step, ...]


@cache
def exercises() -> Mapping[int, Exercise]:
    """The exercises by their numbers, as their files are called."""
    paths = sorted(FOLDER.glob("*.toml"))
    return {
        int(path.name.partition("-")[0]): Exercise.model_validate(dict(read_toml(path))) for path in paths
    }


def address_of(step: Step) -> dict[str, str]:
    """The fields of the page's address that a step sets.

    >>> address_of(Step(part="Run", minutes=2, text="Look.", set="view=many&b-test=no test"))
    {'view': 'many', 'b-test': 'no test'}
    """
    return dict(parse_qsl(step.set, keep_blank_values=True))


def taken_away() -> tuple[str, ...]:
    """The inputs that the exercises do without, in their order.

    >>> sorted(taken_away())
    ['Pence in Latin America', 'Sixth nuclear test']
    """
    asked = (address_of(step) for one in exercises().values() for step in one.step)
    return tuple(dict.fromkeys(fields["without"] for fields in asked if "without" in fields))


def first_query(number: int) -> dict[str, str]:
    """The fields of a link that opens an exercise at its first step."""
    return {**address_of(exercises()[number].step[0]), "guide": str(number), "step": "1"}


def choices(number: int, step: int, ask: int) -> tuple[str, ...]:
    """The choices of a question by exercise and step, counted from 1, and its index; none where there is none.

    >>> choices(4, 1, 0)
    ('Class X', 'Class Y', 'cannot be seen')
    >>> choices(4, 9, 0)
    ()
    """
    exercise = exercises().get(number)
    steps = exercise.step[step - 1 : step] if exercise and step > 0 else ()
    return next((asked.choices for one in steps for asked in one.ask[ask : ask + 1]), ())


def guide() -> dict[str, Any]:
    """All exercises as plain values.

    Returns
    -------
    dict
        ``exercises``: of each ``number``, ``title``, ``question``, ``careful``, ``minutes`` and ``steps``; of a step
        ``part``, ``minutes``, ``text`` (a list of paragraphs; what stands between two stars is a control of the page),
        ``set`` (fields of the address) and ``asks`` (``kind``, ``question``, ``choices``, ``lock``).

    Examples
    --------
    >>> [one["number"] for one in guide()["exercises"]]
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    """
    return {
        "exercises": [
            {
                "number": number,
                "title": one.title,
                "question": one.question,
                "careful": one.careful,
                "minutes": sum(step.minutes for step in one.step),
                "steps": [_step(step) for step in one.step],
            }
            for number, one in exercises().items()
        ]
    }


def _step(step: Step) -> dict[str, Any]:
    paragraphs = [" ".join(part.split()) for part in step.text.strip().split("\n\n")]
    asks = [ask.model_dump(mode="json") for ask in step.ask]
    return {
        "part": step.part,
        "minutes": step.minutes,
        "text": paragraphs,
        "set": address_of(step),
        "asks": asks,
    }
