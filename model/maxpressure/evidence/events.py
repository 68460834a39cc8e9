"""The events of the record read and checked: as the first coder has them, and as adjudicated.

A case without events_coding.csv has one record, which serves as both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from maxpressure.base.errors import going_on, settle
from maxpressure.base.tables import Lined, read_table, refuse_repeats, refuse_unknown, refused_cell
from maxpressure.evidence.coding import CodingRow, read_coding
from maxpressure.evidence.schema import CodedEvent, EventRow, StateRow

EVENTS: Final = "events.csv"
CODING: Final = "events_coding.csv"


@dataclass(frozen=True, slots=True)
class Events:
    """The events of both records in the order of their dates and ids, and the coding that they come from.

    `broad` has the first code, `strict` the adjudicated one; `coding` is empty where a case has one record only.
    """

    broad: tuple[EventRow, ...]
    strict: tuple[EventRow, ...]
    coding: tuple[CodingRow, ...] = ()


def read_events(folder: Path, states: Sequence[StateRow], days: tuple[date, date] | None = None) -> Events:
    """Both records of a folder about these states, none outside the `days`, if given; raises InputError."""
    path, coded = folder / EVENTS, folder / CODING
    lined = _rows(path, states, days)
    codes = read_coding(coded) if coded.is_file() else None
    settle()  # a row that is refused would be missing in its chain and in the other table
    if codes is None:
        rows = _in_order(path, lined)
        return Events(broad=rows, strict=rows)
    _check_ids(coded, path, codes, lined)
    by_id = {row.event_id: row for _, row in codes}
    broad = _in_order(
        path, [(line, row) for line, row in lined if by_id[row.event_id].first_direction is not None]
    )
    events = {row.event_id: row for _, row in lined}
    _check_codes(coded, codes, events)
    adjudicated = [(line, _adjudicated(events[code.event_id], code)) for line, code in codes]
    for line, row in adjudicated:
        with going_on():
            check_day(coded, line, "decided" if row.earliest else "visible", row.date, days)
    strict = _in_order(coded, adjudicated)
    return Events(broad=broad, strict=strict, coding=tuple(row for _, row in codes))


def load_events(
    path: Path, states: Sequence[StateRow], days: tuple[date, date] | None = None
) -> tuple[EventRow, ...]:
    """Load one file of events about these states, in the order of dates and ids; none outside the `days`, if given.

    Beyond each cell it is checked that ids are unique, that the code and the name of a state agree, that the
    direction agrees with the levels, that a date known to the month stands on the 15th, and that the levels of
    each state's tie form a chain: every row begins where the one before it ended. Raises InputError.
    """
    return _in_order(path, _rows(path, states, days))


def in_order(rows: Iterable[EventRow]) -> tuple[EventRow, ...]:
    """The rows by their dates, those of one day by their ids."""
    return tuple(sorted(rows, key=lambda row: (row.date, row.event_id)))


# ---- rows alone


def _rows(path: Path, states: Sequence[StateRow], days: tuple[date, date] | None) -> Lined[EventRow]:
    """The rows of a file in its order, each checked for itself."""
    lined = read_table(path, EventRow)
    refuse_repeats(path, lined, "event_id", lambda row: row.event_id)
    names = {state.iso3: state.name for state in states}
    for line, row in lined:
        with going_on():
            refuse_unknown(path, line, "iso3", iso3=row.iso3, known=names)
            if row.state != names[row.iso3]:
                allowed = f"{names[row.iso3]}, the name of {row.iso3} in states.csv"
                raise refused_cell(path, line, "state", given=row.state, allowed=allowed)
        with going_on():
            check_day(path, line, "date", row.date, days)
            if row.date_precision == "month" and row.date.day != 15:
                allowed = "the 15th, where only the month is known"
                raise refused_cell(path, line, "date", given=str(row.date), allowed=allowed)
        with going_on():
            _check_direction(path, line, row)
    return lined


def check_day(path: Path, line: int, column: str, day: date, days: tuple[date, date] | None) -> None:
    """Refuse a day outside the span, if one is given."""
    if days is not None and not days[0] <= day <= days[1]:
        raise refused_cell(path, line, column, given=str(day), allowed=f"a day from {days[0]} to {days[1]}")


def _check_direction(path: Path, line: int, row: EventRow) -> None:
    """A step smaller than a level (fewer staff, a new embassy building) leaves the level where it was."""
    agrees = {
        "down": row.level_after <= row.level_before,
        "up": row.level_after >= row.level_before,
        "none": row.level_after == row.level_before,
    }
    if not agrees[row.direction]:
        fitting = [direction for direction, fits in agrees.items() if fits]
        allowed = f"{', '.join(fitting)} from level {row.level_before} to level {row.level_after}"
        raise refused_cell(path, line, "direction", given=row.direction, allowed=allowed)


# ---- rows of one record


def _in_order(path: Path, lined: Lined[EventRow]) -> tuple[EventRow, ...]:
    """The rows of one record in order, the levels of each tie checked to form a chain, and intervals to have bounds."""
    for line, row in lined:
        if row.date_precision == "interval" and row.direction != "none" and not isinstance(row, CodedEvent):
            allowed = "day, week or month: an interval has its bounds in events_coding.csv"
            with going_on():
                raise refused_cell(path, line, "date_precision", given="interval", allowed=allowed)
    ordered = sorted(lined, key=lambda pair: (pair[1].date, pair[1].event_id))
    previous: dict[tuple[str, str], tuple[int, EventRow]] = {}
    for line, row in ordered:
        tie_before = previous.get((row.iso3, row.tie))
        if tie_before is not None and row.level_before != tie_before[1].level_after:
            left_on, earlier = tie_before
            left = f"{earlier.event_id} on line {left_on} left this tie of {row.state}"
            allowed = f"{earlier.level_after}, where {left}"
            with going_on():
                raise refused_cell(path, line, "level_before", given=row.level_before, allowed=allowed)
        previous[row.iso3, row.tie] = (line, row)
    return tuple(row for _, row in ordered)


# ---- the coding beside the events


def _check_ids(coded: Path, path: Path, codes: Lined[CodingRow], lined: Lined[EventRow]) -> None:
    """Each event has a row in both tables."""
    events, known = ([row.event_id for _, row in rows] for rows in (lined, codes))
    for line, code in codes:
        if code.event_id not in events:
            allowed = "an event of events.csv"
            with going_on():
                raise refused_cell(
                    coded, line, "event_id", given=code.event_id, allowed=allowed, words=events
                )
    for line, row in lined:
        if row.event_id not in known:
            allowed = "an event with a row in events_coding.csv; without that table this one is the record"
            with going_on():
                raise refused_cell(path, line, "event_id", given=row.event_id, allowed=allowed)
    settle()


def _check_codes(coded: Path, codes: Lined[CodingRow], events: Mapping[str, EventRow]) -> None:
    """State and tie are those of the event. Its levels in events.csv may be edited; the first code stays as it was."""
    for line, code in codes:
        event = events[code.event_id]
        for column, given, expected in (("iso3", code.iso3, event.iso3), ("tie", code.tie, event.tie)):
            if given != expected:
                allowed = f"{expected}, as events.csv has it"
                with going_on():
                    raise refused_cell(coded, line, column, given=given, allowed=allowed)


def _adjudicated(event: EventRow, code: CodingRow) -> CodedEvent:
    """The event with its adjudicated code; what is no step stands on the day from which it was known."""
    changed: dict[str, object] = {
        "direction": code.direction,
        "level_before": code.level_before,
        "level_after": code.level_after,
        "date": code.decided or code.visible or event.date,
        "date_precision": code.decided_precision or "day",
        "confidence": code.confidence,
        "earliest": code.decided_from,
        "latest": code.decided_to,
        "visible": code.visible,
    }
    return CodedEvent.model_validate(event.model_dump() | changed)
