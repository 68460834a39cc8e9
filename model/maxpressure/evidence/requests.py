"""Requests with their answers: the table read and checked.

Whether the table counts as the requests of a run says ``request_table`` in the assumptions.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from operator import attrgetter
from pathlib import Path
from typing import Annotated, Final, Literal, get_args

from pydantic import Field

from maxpressure.base.errors import going_on
from maxpressure.base.ranges import Day
from maxpressure.base.tables import read_table, refuse_repeats, refuse_unknown, refused_cell
from maxpressure.evidence.events import check_day
from maxpressure.evidence.schema import EventId, EventRow, Iso3, Row, Text

REQUESTS: Final = "requests.csv"
Answer = Literal["complied", "partly", "refused", "words", "none_90", "unknown"]
ANSWERS: Final[tuple[Answer, ...]] = get_args(Answer)
FOLLOWED: Final[tuple[Answer, ...]] = ("complied", "partly")
FAILED: Final[tuple[Answer, ...]] = ("refused", "none_90")
DAYS_TO_ANSWER: Final = timedelta(days=90)


class RequestRow(Row):
    """A state asked by a sender to loosen a tie, and its answer.

    Attributes
    ----------
    request_id
        Q and three digits.
    date, date_precision, date_from, date_to
        The day, how exactly it is known, and the days between which it lies.
    sender, iso3
        Who asked whom; a blank for all states.
    asked, channel
        What was asked, and how.
    strength, strength_reason
        How far it was a demand, 0 to 1, and why; 0 is no request.
    answer, answer_date, answer_event, answer_detail
        The answer, its day, the event in which the state complied, and remarks.
    source_title, source_publisher, source_date, source_url
        Where the row comes from.
    confidence
        high, medium or low.
    second_id
        The second coder's request, if any.
    pressure_row
        The input of pressure.csv of which this is a part, if any.
    """

    request_id: Annotated[str, Field(pattern="^Q[0-9]{3}$", description="Q and three digits")]
    date: Day
    date_precision: Literal["day", "week", "month", "interval"]
    date_from: Day
    date_to: Day
    sender: Iso3
    iso3: Iso3 | None
    asked: Text
    channel: Text
    strength: Annotated[float, Field(ge=0, le=1, description="a strength from 0 to 1")]
    strength_reason: Text
    answer: Answer
    answer_date: Day | None
    answer_event: EventId | None
    answer_detail: Text
    source_title: Text
    source_publisher: Text
    source_date: Day | None
    source_url: Text
    confidence: Literal["high", "medium", "low"]
    second_id: Text | None
    pressure_row: Text | None


def load_requests(
    path: Path,
    iso3s: Collection[str],
    events: Iterable[EventRow],
    inputs: Sequence[str],
    days: tuple[date, date] | None = None,
) -> tuple[RequestRow, ...]:
    """Load requests.csv in the order of dates and ids; raises InputError at the first row that breaks a rule.

    Codes are those of states, ``inputs`` the names of dated inputs. A request to all states has strength 0. Where a
    state complied, an event of its own, a break, within 90 days says so.
    """
    lined = read_table(path, RequestRow)
    refuse_repeats(path, lined, "request_id", attrgetter("request_id"))
    by_id = {row.event_id: row for row in events}
    for line, row in lined:
        with going_on():
            check_day(path, line, "date", row.date, days)
            if not row.date_from <= row.date <= row.date_to:
                allowed = "a day from date_from to date_to"
                raise refused_cell(path, line, "date", given=str(row.date), allowed=allowed)
        with going_on():
            refuse_unknown(path, line, "sender", iso3=row.sender, known=iso3s)
        with going_on():
            if row.iso3 is not None:
                refuse_unknown(path, line, "iso3", iso3=row.iso3, known=iso3s)
            elif row.strength:
                allowed = "0, where no state is named"
                raise refused_cell(path, line, "strength", given=row.strength, allowed=allowed)
        if row.pressure_row is not None and row.pressure_row not in inputs:
            given, allowed = row.pressure_row, "the name of an input in pressure.csv"
            with going_on():
                raise refused_cell(path, line, "pressure_row", given=given, allowed=allowed, words=inputs)
        for column, allowed in _wrong_answer(row, by_id):
            found = getattr(row, column)
            with going_on():
                raise refused_cell(
                    path, line, column, given="" if found is None else str(found), allowed=allowed
                )
    return tuple(sorted((row for _, row in lined), key=attrgetter("date", "request_id")))


def _wrong_answer(row: RequestRow, events: Mapping[str, EventRow]) -> Iterable[tuple[str, str]]:
    """The columns of an answer that break a rule, each with what it should hold."""
    event = None if row.answer_event is None else events.get(row.answer_event)
    if row.answer_event is not None and (event is None or event.iso3 != row.iso3):
        yield "answer_event", "an event of the same state"
    if row.answer in FOLLOWED:
        if event is None or event.direction != "down":
            yield "answer_event", "the break in which the state complied"
        if row.answer_date is None or not row.date <= row.answer_date <= row.date + DAYS_TO_ANSWER:
            yield "answer_date", "a day within 90 days of the request"
