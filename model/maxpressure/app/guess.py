"""A guess of the wave as a few numbers, locked before the worlds are shown, and its score.

The score is the continuous ranked probability score (Gneiting and Raftery, JASA 102, 2007, §4.2): the mean of
|x − y| over what was held possible, less half its mean of |x − x′|; in acts, and 0 is best. A guess that is sure
and right scores better than one that is right and unsure, and a sure one that is wrong worst of all.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from maxpressure.app.levers import UNMOVED, Setting
from maxpressure.app.many_worlds import Lot, record_of
from maxpressure.base.errors import InputError
from maxpressure.base.numerics import Floats
from maxpressure.model.case import Case
from maxpressure.results.quantiles import crps
from maxpressure.results.weekly import last_day

MARKS: Final = ("low", "middle", "high")
MOST_ACTS: Final = 500
WHOLE: Final = re.compile("[0-9]{1,4}")
POINTS: Final = 100
"""Equally likely values by which a guess is represented."""

SHARES: Final = (1 / 2, 3 / 4, 1.0)
"""The shares of the weeks after which a guess is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """For each of a few days the fewest, the middle and the most acts that somebody holds possible."""

    days: tuple[dt.date, ...]
    numbers: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """A final guess, its setting, and what its author had seen by then."""

    setting: Setting
    guess: Guess
    seen: str


@dataclass(slots=True, kw_only=True)
class Seen:
    """What a visitor was shown since the page was opened: the policies whose worlds, and whether the record."""

    policies: set[str] = field(default_factory=set)
    record: bool = False

    def show(self, case: Case, settings: Iterable[Setting]) -> None:
        """The picture of settings was shown, and with it the record."""
        self.policies |= {setting.policy(case) for setting in settings}
        self.record = True

    def before(self, case: Case, setting: Setting) -> str:
        """What the visitor had seen that bears on a guess of this setting; empty if nothing."""
        policy = setting.policy(case)
        if policy in self.policies:
            return "the worlds were seen"
        return "the record was seen" if self.record and policy == UNMOVED.policy(case) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Mean scores over the days, in acts: of the guess and of the model's worlds, and against what."""

    guess: float
    model: float
    against: str


def days_of(lot: Lot) -> tuple[dt.date, ...]:
    """The days to guess for: those on which half, three quarters and all of the weeks are over."""
    weeks = lot.situation.timeline
    return tuple(weeks.monday(weeks.first + week) for week in _weeks(lot))


def _weeks(lot: Lot) -> list[int]:
    span = lot.counted.shape[1]
    return sorted({max(1, round(share * span)) for share in SHARES})


def read_guess(days: Sequence[dt.date], written: Mapping[str, str]) -> Guess:
    """The guess in the fields of the page, called ``low-0`` and so on; raises InputError for what is no guess."""
    numbers = []
    for index, day in enumerate(days):
        low, middle, high = (_number(written.get(f"{mark}-{index}", ""), mark, day) for mark in MARKS)
        if not low <= middle <= high:
            given, allowed = f"{low}, {middle}, {high}", "low, middle and high in rising order"
            raise InputError(file="guess", key=last_day(day), given=given, allowed=allowed)
        numbers.append((low, middle, high))
    for (_, earlier, _), (_, later, _), day in zip(numbers, numbers[1:], days[1:], strict=False):
        if later < earlier:
            allowed = f"at least {earlier}, the middle before, since acts are counted up"
            raise InputError(file="guess", key=last_day(day), given=later, allowed=allowed)
    return Guess(days=tuple(days), numbers=tuple(numbers))


def _number(written: str, mark: str, day: dt.date) -> int:
    if not WHOLE.fullmatch(written.strip()) or int(written) > MOST_ACTS:
        allowed = f"a whole number of acts from 0 to {MOST_ACTS}"
        raise InputError(file="guess", key=f"{mark} by {last_day(day)}", given=written[:20], allowed=allowed)
    return int(written)


def spread_of(numbers: tuple[int, int, int]) -> Floats:
    """A guess as equally likely values: half of them even between low and middle, half between middle and high."""
    share = (np.arange(POINTS) + 0.5) / POINTS
    values: Floats = np.interp(share, (0.0, 0.5, 1.0), np.array(numbers, dtype=np.float64))
    return values


def scored(case: Case, lot: Lot, guess: Guess) -> Score:
    """The guess against the record where the setting is the record, else against each of the model's worlds in turn.

    The model is scored beside it. Its parameters were fitted to the record.
    """
    worlds = lot.counted[:, [week - 1 for week in _weeks(lot)]].astype(np.float64)
    record = record_of(case, {"A": lot})
    known = dict(zip(record.days, record.counts, strict=True))
    moved = lot.situation.scenario.edits() != case.scenario(UNMOVED.base).edits()
    if moved or any(day not in known for day in guess.days):
        came, against = worlds, f"each of {lot.worlds} worlds in turn"
    else:
        came, against = np.array([[float(known[day]) for day in guess.days]]), "the record"
    guessed = [_mean(spread_of(numbers), came[:, index]) for index, numbers in enumerate(guess.numbers)]
    model = [_mean(worlds[:, index], came[:, index]) for index in range(worlds.shape[1])]
    return Score(guess=float(np.mean(guessed)), model=float(np.mean(model)), against=against)


def _mean(possible: Floats, came: Floats) -> float:
    values, counts = np.unique(came, return_counts=True)
    scores = [crps(possible, value) for value in values.tolist()]
    return float(np.average(scores, weights=counts))


def in_words(score: Score, seen: str = "") -> str:
    """The score in a sentence; ``seen`` is what was seen before the guess was locked."""
    better = "better than" if score.guess < score.model else "not better than"
    if seen:
        note = f" It was locked after {seen}."
    elif score.against == "the record":
        note = " The model’s parameters were fitted to the record."
    else:
        note = ""
    return (
        f"Your guess scores {score.guess:.1f} acts against {score.against} (CRPS: 0 is best), {better} the model’s "
        f"{score.model:.1f}.{note}"
    )
