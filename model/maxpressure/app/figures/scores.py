"""Guesses read and scored: of the wave, and of the difference between two settings.

The score is the continuous ranked probability score (Gneiting and Raftery, JASA 102, 2007, §4.2): the mean of
|x − y| over what was held possible, less half its mean of |x − x′|; in acts, and 0 is best. A guess that is sure
and right scores better than one that is right and unsure, and a sure one that is wrong worst of all.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from maxpressure.app.figures.basis import Basis
from maxpressure.app.figures.levers import UNMOVED
from maxpressure.app.figures.lots import Lot
from maxpressure.app.figures.outcomes import observed, observed_weeks
from maxpressure.app.figures.pairs import differences
from maxpressure.app.figures.rivals import rivals
from maxpressure.base.errors import InputError
from maxpressure.base.numerics import Floats
from maxpressure.model.case import Situation
from maxpressure.results.quantiles import crps
from maxpressure.results.recorded import recorded_world
from maxpressure.results.weekly import last_day

MARKS: Final = ("low", "middle", "high")
MOST_ACTS: Final = 500
WHOLE: Final = re.compile("[-−]?[0-9]{1,4}")
POINTS: Final = 100
"""Equally likely values by which a guess is represented."""

SHARES: Final = (1 / 2, 3 / 4, 1.0)
"""The shares of the weeks after which a guess is asked for."""

SHORT: Final = 26
"""Weeks; over fewer the last day alone is asked for."""

TEN: Final = 10
"""Worlds of which a guess says in how many B has more."""

Row = tuple[int, int, int]


# ---- of the wave


def weeks_asked(situation: Situation) -> list[int]:
    """How many weeks are over on the days that are asked for: half, three quarters and all, or all alone."""
    line = situation.timeline
    span = line.weeks - line.first
    shares = SHARES if span >= SHORT else SHARES[-1:]
    return sorted({max(1, round(share * span)) for share in shares})


def days_asked(situation: Situation) -> list[dt.date]:
    """The days to guess for: each the Monday after the weeks that are over."""
    line = situation.timeline
    return [line.monday(line.first + week) for week in weeks_asked(situation)]


def days(situation: Situation) -> dict[str, Any]:
    """What a guess is asked for: ``days``, of which acts before each are counted up from the first week on."""
    return {"days": [day.isoformat() for day in days_asked(situation)]}


def guess(lot: Lot, written: Mapping[str, str]) -> dict[str, Any]:
    """The score of a guess of the wave: ready for JSON.

    Where the setting edits nothing of the record but its weeks, and the record covers the days, what came is the
    record; else each of the model's worlds in turn. The model is scored beside it. Its parameters were fitted to the
    record.

    Parameters
    ----------
    lot : Lot
        The worlds of the setting.
    written : mapping
        ``low-0``, ``middle-0`` and ``high-0`` of the first day, and so on.

    Returns
    -------
    dict
        ``score`` and ``model``, the mean scores over the days; ``against`` what; ``numbers`` as they were read;
        ``rivals``, other forecasts of the record (see :func:`maxpressure.app.figures.rivals.rivals`); ``sentence``.

    Raises
    ------
    InputError
        For what is no guess.
    """
    numbers = read_guess(days_asked(lot.situation), written)
    weeks = weeks_asked(lot.situation)
    worlds = lot.counted[:, [week - 1 for week in weeks]].astype(np.float64)
    came, against = _came(lot, weeks)
    guessed = [_mean(spread_of(row), came[:, index]) for index, row in enumerate(numbers)]
    model = [_mean(worlds[:, index], came[:, index]) for index in range(worlds.shape[1])]
    score, own = float(np.mean(guessed)), float(np.mean(model))
    return {
        "score": score,
        "model": own,
        "against": against,
        "numbers": [list(row) for row in numbers],
        "rivals": rivals(lot) if against == RECORD else [],
        "sentence": in_words(score, own, against),
    }


RECORD: Final = "the record"


def is_record(basis: Basis, situation: Situation) -> bool:
    """Whether a setting edits nothing of the record but its weeks."""
    edits, own = (
        {key: edit for key, edit in one.edits().items() if key != "window"}
        for one in (situation.scenario, basis.case.scenario(UNMOVED.base))
    )
    return edits == own


def _came(lot: Lot, weeks: Sequence[int]) -> tuple[Floats, str]:
    """What a guess is scored against, a row a world, and what that is."""
    known = observed_weeks(lot.situation, lot.basis.case.assumptions.record.acts_until)
    if is_record(lot.basis, lot.situation) and known >= weeks[-1]:
        acts = observed("acts", recorded_world(lot.situation), known) or []
        return np.array([[float(acts[week]) for week in weeks]]), RECORD
    worlds = lot.counted[:, [week - 1 for week in weeks]].astype(np.float64)
    return worlds, f"each of {lot.worlds} worlds in turn"


def read_guess(days: Sequence[dt.date], written: Mapping[str, str]) -> list[Row]:
    """Low, middle and high of each day; raises InputError for what is no guess."""
    numbers = []
    for index, day in enumerate(days):
        numbers.append(_row(written, index, last_day(day), 0))
    for (_, earlier, _), (_, later, _), day in zip(numbers, numbers[1:], days[1:], strict=False):
        if later < earlier:
            allowed = f"at least {earlier}, the middle before, since acts are counted up"
            raise InputError(file="guess", key=last_day(day), given=later, allowed=allowed)
    return numbers


def _row(written: Mapping[str, str], index: int, what: str, least: int) -> Row:
    low, middle, high = (
        _number(written.get(f"{mark}-{index}", ""), f"{mark}, {what}", least, MOST_ACTS) for mark in MARKS
    )
    if not low <= middle <= high:
        given, allowed = f"{low}, {middle}, {high}", "low, middle and high in rising order"
        raise InputError(file="guess", key=what, given=given, allowed=allowed)
    return low, middle, high


def _number(written: str, key: str, least: int, most: int) -> int:
    plain = written.strip().replace("−", "-")
    if not WHOLE.fullmatch(plain) or not least <= int(plain) <= most:
        allowed = f"a whole number from {least} to {most}"
        raise InputError(file="guess", key=key, given=written[:20], allowed=allowed)
    return int(plain)


def spread_of(numbers: Row) -> Floats:
    """A guess as equally likely values: half of them even between low and middle, half between middle and high."""
    share = (np.arange(POINTS) + 0.5) / POINTS
    values: Floats = np.interp(share, (0.0, 0.5, 1.0), np.array(numbers, dtype=np.float64))
    return values


def _mean(possible: Floats, came: Floats) -> float:
    values, counts = np.unique(came, return_counts=True)
    scores = [crps(possible, value) for value in values.tolist()]
    return float(np.average(scores, weights=counts))


def in_words(score: float, model: float, against: str) -> str:
    """The score in a sentence."""
    better = "better than" if score < model else "not better than"
    note = " The model’s parameters were fitted to the record." if against == RECORD else ""
    return (
        f"Your guess scores {score:.1f} acts against {against} (CRPS: 0 is best), {better} the model’s "
        f"{model:.1f}.{note}"
    )


# ---- of a difference


def paired_range(first: Lot, second: Lot, written: Mapping[str, str]) -> dict[str, Any]:
    """The score of a guess of a difference in acts, the second setting minus the first: ready for JSON.

    What came is the difference of each pair of worlds in turn.

    Parameters
    ----------
    first, second : Lot
        The worlds of settings A and B over the same weeks.
    written : mapping
        ``low-0``, ``middle-0`` and ``high-0``, and ``worlds``, of ten those in which B has more acts.

    Returns
    -------
    dict
        ``score`` and ``model``, what the differences score against each other; ``inside``, the share of pairs from low
        to high; ``more``, the share in which B has more; ``numbers`` and ``worlds`` as they were read; ``sentence``.

    Raises
    ------
    InputError
        For what is no guess.
    """
    row = _row(written, 0, "difference in acts", -MOST_ACTS)
    said = _number(written.get("worlds", ""), "worlds of ten", 0, TEN)
    came = np.array(differences(first, second, "acts"), dtype=np.float64)
    score, own = _mean(spread_of(row), came), _mean(came, came)
    low, _, high = row
    inside = float(((came >= low) & (came <= high)).mean())
    more = float((came > 0).mean())
    sentence = (
        f"{100 * inside:.0f} % of {len(came)} pairs of worlds lie from {low} to {high}, and the mean difference is "
        f"{came.mean():.1f} acts. B has more acts in {TEN * more:.1f} of ten pairs; you said {said}. Your guess scores "
        f"{score:.1f} acts against each pair in turn (CRPS: 0 is best); the pairs themselves score {own:.1f}."
    )
    return {
        "score": score,
        "model": own,
        "inside": inside,
        "more": more,
        "numbers": [list(row)],
        "worlds": said,
        "sentence": sentence.replace("-", "−"),
    }
