"""A later table of events: the weeks that it is scored on, and the record with its events in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from maxpressure.base.errors import InputError
from maxpressure.base.numerics import Ints
from maxpressure.evidence.record import Record, code_record, starting_levels
from maxpressure.evidence.schema import EventRow
from maxpressure.inference.likelihood import moves_of, record_situation
from maxpressure.model.case import Case, Situation, prepare
from maxpressure.model.history import recorded_history

EARLIEST: Final = 26
"""Weeks of record before a span, at least: with less there is nothing to fit rivals to."""

SCORED = "scored"
OUTSIDE = "outside: the tie stands on no level"
NO_DROP = "not scored: no drop"
SUB_LEVEL = "not scored: smaller than a level"
ELSEWHERE = "not scored: a patron's or a principal's"
COMMAND: Final = "maxpressure validate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The weeks from a Monday to a Sunday; ``first`` and ``until`` count them from the record's origin."""

    start: dt.date
    end: dt.date
    first: int
    until: int

    @property
    def weeks(self) -> int:
        """How many they are."""
        return self.until - self.first


def read_span(case: Case, start: str, end: str) -> Span:
    """The whole weeks that two dates, as written on the command line, lie in; raises InputError for what is none.

    The last week is the last of which all days are in the tables of inputs.
    """
    record = case.assumptions.record
    earliest = record.origin + dt.timedelta(weeks=EARLIEST)
    first = _day(start, "--from", earliest, record.inputs_until)
    last = _day(end, "--to", first, record.inputs_until)
    monday = first - dt.timedelta(days=first.weekday())
    sunday = last + dt.timedelta(days=6 - last.weekday())
    if sunday > record.inputs_until:
        sunday -= dt.timedelta(weeks=1)
    if sunday < monday:
        allowed = f"a day up to {sunday}, the last whole week of the inputs"
        raise InputError(file=COMMAND, key="--from", given=start, allowed=allowed)
    return Span(
        start=monday,
        end=sunday,
        first=(monday - record.origin).days // 7,
        until=(sunday - record.origin).days // 7 + 1,
    )


def _day(given: str, key: str, earliest: dt.date, latest: dt.date) -> dt.date:
    """A day within bounds."""
    allowed = f"a day from {earliest} to {latest}, as YYYY-MM-DD"
    try:
        day = dt.date.fromisoformat(given)
    except ValueError:
        raise InputError(file=COMMAND, key=key, given=given, allowed=allowed) from None
    if not earliest <= day <= latest:
        raise InputError(file=COMMAND, key=key, given=given, allowed=allowed)
    return day


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The record up to a span and a table's events in it, coded as one history.

    ``whole`` runs from the record's origin, ``late`` from the span's start; both know all events up to its end.
    ``rows`` are the table's rows in the span with what becomes of each. ``earlier`` counts its rows before the
    span that the record has not, which are history; ``not_in_table`` the record's rows in the span that the
    table has not, which are left out.
    """

    span: Span
    whole: Situation
    late: Situation
    moves: Ints
    rows: tuple[tuple[EventRow, str], ...]
    earlier: int
    not_in_table: int

    @property
    def record(self) -> Record:
        """The record as coded."""
        return self.whole.record


def told(case: Case, events: Sequence[EventRow], span: Span) -> Told:
    """Code the record before a span together with the rows of a later table, as the record itself is coded.

    Of the record only rows before the span count, of the table all up to its end that the record has not.
    """
    before = [row for row in case.evidence.events if row.date < span.start]
    known = {_what(row) for row in before}
    new = [row for row in events if row.date <= span.end and _what(row) not in known]
    both = replace(case, evidence=replace(case.evidence, events=(*before, *new)))
    origin = case.assumptions.record.origin
    record = code_record(
        both.evidence, starting_levels(case.evidence, case.assumptions), origin, weeks=span.until
    )
    window = {"start": origin, "weeks": span.until}
    whole = replace(record_situation(both, window=window), record=record)
    late = {"start": span.start, "weeks": span.weeks}
    scenario = whole.scenario.but(name="from-the-span-on", window=late)
    in_table = {_what(row) for row in events}
    inside = [row for row in case.evidence.events if span.start <= row.date <= span.end]
    return Told(
        span=span,
        whole=whole,
        late=replace(prepare(both, scenario), record=record),
        moves=moves_of(whole, recorded_history(record)),
        rows=tuple((row, _becomes(row, record)) for row in new if row.date >= span.start),
        earlier=sum(1 for row in new if row.date < span.start),
        not_in_table=sum(1 for row in inside if _what(row) not in in_table),
    )


def _what(row: EventRow) -> tuple[object, ...]:
    """What a row says happened: ids are a table's own."""
    return row.date, row.iso3, row.tie, row.action, row.level_before, row.level_after


def _becomes(row: EventRow, record: Record) -> str:
    kinds = (
        (OUTSIDE, record.outside),
        (NO_DROP, record.statements),
        (SUB_LEVEL, record.sub_level),
        (ELSEWHERE, record.elsewhere),
    )
    for name, rows in kinds:
        if row in rows:
            return name
    return SCORED if row.direction == "down" else NO_DROP
