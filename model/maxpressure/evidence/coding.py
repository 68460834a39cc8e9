"""Two codings of the events beside the adjudicated one: the table read and checked, and how far the codings agree.

The codebook is calibration/evidence/README.md.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from pathlib import Path
from typing import Final, Literal, NamedTuple, get_args

from maxpressure.base.errors import going_on
from maxpressure.base.ranges import Day
from maxpressure.base.tables import Lined, read_table, refuse_repeats, refused_cell
from maxpressure.base.ties import Tie
from maxpressure.evidence.schema import Direction, EventId, Iso3, Level, Row, Text

Coder = Literal["first", "second", "adjudicated"]
CODERS: Final[tuple[Coder, ...]] = get_args(Coder)
Substance = Literal["decided", "executed", "reported", "declared", "commercial", "unrelated"]
STEPS: Final[tuple[Substance, ...]] = ("decided", "executed", "reported")
"""What a change of a tie by the state's own step can be; the other words are never a step."""


class Code(NamedTuple):
    """What one coder says of an event; a break is the direction down."""

    direction: Direction
    level_before: int
    level_after: int
    dated: date | None


class CodingRow(Row):
    """An event as the first coder, the second coder and the adjudicator see it.

    Attributes
    ----------
    event_id, iso3, tie
        The event in events.csv, its state and its tie.
    first_direction, first_before, first_after, first_date
        The first code; blank for an event that the first coder does not have.
    second_direction, second_substance, second_before, second_after, second_date
        The second code, likewise.
    direction, substance, level_before, level_after
        The adjudicated code.
    decided, decided_precision, decided_from, decided_to
        The day of the step and the days between which it lies; blank where there is none. The day stands in the
        middle of a month or an interval.
    visible
        The day from which others could know of it; blank where it was not found.
    confidence
        high, medium or low.
    carries_out
        The event whose step is carried out here, on the same tie; such a row is no step of its own.
    reason, source_url
        Why it is coded so, and what was looked up beyond the event's own source.
    """

    event_id: EventId
    iso3: Iso3
    tie: Tie
    first_direction: Direction | None
    first_before: Level | None
    first_after: Level | None
    first_date: Day | None
    second_direction: Direction | None
    second_substance: Substance | None
    second_before: Level | None
    second_after: Level | None
    second_date: Day | None
    direction: Direction
    substance: Substance
    level_before: Level
    level_after: Level
    decided: Day | None
    decided_precision: Literal["day", "week", "month", "interval"] | None
    decided_from: Day | None
    decided_to: Day | None
    visible: Day | None
    confidence: Literal["high", "medium", "low"]
    carries_out: EventId | None
    reason: Text
    source_url: Text | None

    def code(self, coder: Coder) -> Code | None:
        """What this coder says, or None for an event that he does not have."""
        if coder == "adjudicated":
            return Code(self.direction, self.level_before, self.level_after, self.decided)
        direction, before, after, dated = (
            getattr(self, f"{coder}_{column}") for column in ("direction", "before", "after", "date")
        )
        return None if direction is None else Code(direction, before, after, dated)


def load_coding(path: Path) -> tuple[CodingRow, ...]:
    """Load events_coding.csv, in the order of its rows; raises InputError as :func:`read_coding` does."""
    return tuple(row for _, row in read_coding(path))


def read_coding(path: Path) -> Lined[CodingRow]:
    """The rows of events_coding.csv with their lines.

    Raises
    ------
    InputError
        At the first row that breaks a rule of the codebook: an id twice, levels that do not fit the direction, a step
        without days in order or with a substance that is no step, days on a row that is no step, or a row that
        carries out no other event of its tie.
    """
    lined = read_table(path, CodingRow)
    refuse_repeats(path, lined, "event_id", attrgetter("event_id"))
    rows = {row.event_id: row for _, row in lined}
    for line, row in lined:
        for column, allowed in _faults(row, rows):
            given = getattr(row, column)
            with going_on():
                raise refused_cell(path, line, column, given="" if given is None else given, allowed=allowed)
    return lined


def _faults(row: CodingRow, rows: Mapping[str, CodingRow]) -> Iterator[tuple[str, str]]:
    """The columns that break a rule, each with what it should hold."""
    step = row.direction != "none"
    change = row.level_after - row.level_before
    if (change > 0 and row.direction != "up") or (change < 0 and row.direction != "down"):
        yield "level_after", "a level that fits the direction"
    if step and row.substance not in STEPS:
        yield "substance", f"one of {', '.join(STEPS)}, as the row is a step"
    days = [row.decided_from, row.decided, row.decided_to]
    known = [day for day in days if day is not None]
    if step and (len(known) < len(days) or known != sorted(known)):
        yield "decided", "a day from decided_from to decided_to"
    if not step and known:
        yield "decided", "a blank, as the row is no step"
    if (row.decided_precision is not None) != step:
        yield "decided_precision", "a precision for a step, and only there"
    if row.carries_out is not None:
        origin = rows.get(row.carries_out)
        if step or origin is None or (origin.iso3, origin.tie) != (row.iso3, row.tie):
            yield "carries_out", "an event of the same state and tie, on a row that is no step"


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How far two coders agree on the events that both have.

    Attributes
    ----------
    events
        How many events both coders have.
    breaks_agree, breaks_kappa
        Share of events on which they agree whether it is a break, and Cohen's kappa of that.
    level_kappa
        Kappa of the level after, with linear weights.
    """

    events: int
    breaks_agree: float
    breaks_kappa: float
    level_kappa: float


def agreement(coding: Sequence[CodingRow], one: Coder, other: Coder) -> Agreement:
    """Agreement of two coders; NaN where they share no event or leave nothing to chance."""
    codes = [(row.code(one), row.code(other)) for row in coding]
    both = [(a, b) for a, b in codes if a is not None and b is not None]
    breaks = [(int(a.direction == "down"), int(b.direction == "down")) for a, b in both]
    return Agreement(
        events=len(both),
        breaks_agree=sum(a == b for a, b in breaks) / len(both) if both else math.nan,
        breaks_kappa=weighted_kappa(breaks),
        level_kappa=weighted_kappa([(a.level_after, b.level_after) for a, b in both]),
    )


def weighted_kappa(pairs: Sequence[tuple[int, int]]) -> float:
    """Cohen's kappa with linear weights; of two categories it is the plain one.

    Notes
    -----
    One minus the mean distance of the pairs over the mean distance under independence. NaN where the latter is zero.

    References
    ----------
    Cohen, J. (1968). Weighted kappa. Psychological Bulletin 70(4), 213-220.

    Examples
    --------
    >>> weighted_kappa([(1, 1), (1, 1), (0, 0), (1, 0)])
    0.5
    """
    ones, others = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    by_chance = sum(abs(a - b) * m * n for a, m in ones.items() for b, n in others.items())
    if not by_chance:
        return math.nan
    return 1 - len(pairs) * sum(abs(a - b) for a, b in pairs) / by_chance


def dates_agree(coding: Sequence[CodingRow], one: Coder, other: Coder) -> dict[Substance, tuple[int, int]]:
    """Count, for each substance, the adjudicated steps that both coders date, and those on which the dates agree.

    Two coders' dates agree when they are the same day; a coder's and the adjudicator's when the coder's day lies
    within the adjudicated bounds.
    """
    counted: dict[Substance, list[bool]] = {word: [] for word in STEPS}
    for row in coding:
        a, b = row.code(one), row.code(other)
        if row.direction != "none" and a is not None and b is not None and a.dated and b.dated:
            same = a.dated == b.dated
            if "adjudicated" in (one, other) and row.decided_from and row.decided_to:
                same = all(row.decided_from <= day <= row.decided_to for day in (a.dated, b.dated))
            counted[row.substance].append(same)
    return {word: (len(agreed), sum(agreed)) for word, agreed in counted.items()}
