"""What came of twins: which recorded acts are gone under a scenario, in two tables and in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from maxpressure.base.ties import TIES
from maxpressure.explanations.abduction import CONSTRUCTIONS
from maxpressure.explanations.twins import Life
from maxpressure.model.case import Situation
from maxpressure.results.quantiles import quantiles

CLOSE: Final = 0.2
RULE: Final = (
    "The two constructions of luck agree on an act if, both by the record's end and half a year later, they put the "
    "share of twins in which it is gone on the same side of 50 % and less than 20 points apart."
)
LOST_BY_END, LOST_LATER, GAINED = (
    "lost by the record's end",
    "lost half a year later",
    "gained by the record's end",
)

COLUMNS: Final = (
    "iso3", "state", "act", "week", "ties", "construction", "twins", "gone_by_end", "gone_later", "delay_weeks",
    "agree",
)  # fmt: skip

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The weeks that count, from the record's origin.

    ``touched`` is the first in which the scenario can tell on a state, ``until`` the one after the record's
    last, ``weeks`` the one after the twin's last.
    """

    origin: dt.date
    touched: int
    until: int
    weeks: int

    def monday(self, week: int) -> dt.date:
        """The first day of a week."""
        return self.origin + dt.timedelta(weeks=week)

    def last_day(self, week: int) -> dt.date:
        """The day before a week begins."""
        return self.monday(week) - dt.timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedActs:
    """The recorded acts that the scenario can tell on, in the order of week and ISO3."""

    place: tuple[int, ...]
    number: tuple[int, ...]  # among the acts of its state, from 1
    week: tuple[int, ...]
    ties: tuple[str, ...]


def recorded_acts(situation: Situation, span: Span) -> RecordedActs:
    """The acts from the first week on in which the scenario can tell: earlier ones cannot be lost."""
    place = {iso3: index for index, iso3 in enumerate(situation.population.iso3)}
    before: dict[str, int] = {}
    rows = []
    for act in situation.record.acts:
        before[act.iso3] = before.get(act.iso3, 0) + 1
        if act.week >= span.touched:
            ties = ", ".join(TIES[drop.tie] for drop in act.drops)
            rows.append((place[act.iso3], before[act.iso3], act.week, ties))
    places, numbers, weeks, ties_ = zip(*rows, strict=True) if rows else ((), (), (), ())
    return RecordedActs(place=places, number=numbers, week=weeks, ties=ties_)


def act_table(lives: Sequence[Life], situation: Situation, span: Span) -> pd.DataFrame:
    """A row for each recorded act and construction.

    The n-th act of a state is gone by a day if by then the state has acted fewer than n times. The delay is
    that of the median twin in weeks, below 0 where the act comes earlier, infinite where it does not come.
    """
    acts, people = recorded_acts(situation, span), situation.population
    came = {name: _weeks_of(lives, name, acts, span) for name in CONSTRUCTIONS}
    gone = {name: _gone(weeks, span) for name, weeks in came.items()}
    agree = agreed(*(gone[name] for name in CONSTRUCTIONS))
    rows = (
        {
            "iso3": people.iso3[place],
            "state": people.names[place],
            "act": acts.number[row],
            "week": span.monday(acts.week[row]).isoformat(),
            "ties": acts.ties[row],
            "construction": name,
            "twins": len(came[name]),
            "gone_by_end": gone[name][0, row],
            "gone_later": gone[name][1, row],
            "delay_weeks": _delay(came[name][:, row], acts.week[row], span),
            "agree": agree[row],
        }
        for row, place in enumerate(acts.place)
        for name in CONSTRUCTIONS
    )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _weeks_of(lives: Sequence[Life], construction: str, acts: RecordedActs, span: Span) -> Ints:
    """The week in which each act came in each twin, that of the end where it did not, (twins, acts)."""
    weeks = [
        [
            life.acted[place][number - 1] if len(life.acted[place]) >= number else span.weeks
            for place, number in zip(acts.place, acts.number, strict=True)
        ]
        for life in lives
        if life.construction == construction
    ]
    return np.array(weeks, dtype=np.int64).reshape(len(weeks), len(acts.place))


def _gone(came: Ints, span: Span) -> NDArray[np.float64]:
    """The share of twins in which each act is gone by the record's end and by the twin's, (2, acts)."""
    return np.stack([(came >= span.until).mean(axis=0), (came >= span.weeks).mean(axis=0)])


def _delay(came: Ints, recorded: int, span: Span) -> float:
    """The median delay in weeks."""
    middle = int(quantiles(came, (50,))[0])
    return float("inf") if middle >= span.weeks else float(middle - recorded)


def agreed(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether two sets of probabilities (horizons, acts) agree act by act, by the RULE."""
    agreeing: NDArray[np.bool_] = (((one > 0.5) == (other > 0.5)) & (np.abs(one - other) < CLOSE)).all(axis=0)
    return agreeing


def total_table(lives: Sequence[Life], situation: Situation, span: Span) -> pd.DataFrame:
    """Acts lost and gained, a row for each quantity and construction: mean, its error, 5–95 % of twins.

    What a state does beyond the number of its recorded acts is gained; past the record's end there is none
    to compare with.
    """
    acts, people = recorded_acts(situation, span), situation.population
    recorded = np.zeros(len(people.iso3), dtype=np.int64)
    for act in situation.record.acts:
        recorded[people.iso3.index(act.iso3)] += 1
    rows = []
    for name in CONSTRUCTIONS:
        came = _weeks_of(lives, name, acts, span)
        done = [[sum(week < span.until for week in weeks) for weeks in life.acted]
                for life in lives if life.construction == name]  # fmt: skip
        counts = {
            LOST_BY_END: (came >= span.until).sum(axis=1),
            LOST_LATER: (came >= span.weeks).sum(axis=1),
            GAINED: np.maximum(np.array(done) - recorded, 0).sum(axis=1),
        }
        for quantity, count in counts.items():
            of = "" if quantity == GAINED else len(acts.place)
            rows.append({"quantity": quantity, "of": of, "construction": name, **_spread(count)})
    return pd.DataFrame(rows)


def _spread(counts: Ints) -> dict[str, Any]:
    low, high = quantiles(counts, (5, 95)).tolist()
    size = len(counts)
    error = float(counts.std(ddof=1)) / size**0.5 if size > 1 else float("nan")
    return {"twins": size, "mean": float(counts.mean()), "error": error, "low": low, "high": high}
