"""The evidence: its tables loaded, checked against each other, typed and frozen.

What the tables mean and how far to trust them stands in calibration/evidence/README.md. A row that breaks a
rule is refused with its file, line, column, what was given and what is allowed.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from operator import attrgetter
from pathlib import Path
from typing import Final

from maxpressure.base import paths
from maxpressure.base.errors import InputError, Wrong, going_on, nearest, settle
from maxpressure.base.refusal import parts
from maxpressure.base.tables import RowType, heads, read_table, refuse_repeats, refuse_unknown, refused_cell
from maxpressure.evidence.assumptions import SIZED, Assumptions, RecordSpan
from maxpressure.evidence.events import CODING, Events, check_day, in_order, read_events
from maxpressure.evidence.requests import REQUESTS, Answer, RequestRow, load_requests
from maxpressure.evidence.schema import (
    BLOCS,
    BlocRow,
    EventRow,
    NeighbourRow,
    PressureRow,
    RecordName,
    SourceRow,
    StateRow,
    TradeTotalRow,
)

SOURCES_TABLE: Final = "states_sources.csv"
TABLES: Final = (
    "blocs.csv",
    "events.csv",
    "neighbours.csv",
    "pressure.csv",
    "states.csv",
    SOURCES_TABLE,
    "trade_totals.csv",
)
"""The tables that every case has."""

MORE_TABLES: Final = (CODING, REQUESTS)
"""Those that a case may have besides."""

FIGURES: Final = [
    name
    for name, field in StateRow.model_fields.items()
    if {bool, int, float}.intersection(parts(field.annotation))
]
"""The columns of states.csv that hold numbers, of which an index can be made."""

CODES_WITHOUT_A_ROW: Final = {"HKG": "part of China; the shipping list of 23 February 2018 names its firms"}
"""Codes allowed among the targets of an input although states.csv has no such state, with the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All tables of one folder.

    States and neighbours stand in ISO3 order, the events of both records in the order of their dates and ids, the
    inputs of `pressure` and `requests` in that of their dates, blocs by name. `fitted` is the last day of what is
    fitted, if a span was given. `digest` is the SHA-256 of the tables' bytes.
    """

    folder: Path
    states: tuple[StateRow, ...]
    events: Events
    pressure: tuple[PressureRow, ...]
    requests: tuple[RequestRow, ...]
    blocs: tuple[BlocRow, ...]
    neighbours: tuple[NeighbourRow, ...]
    trade_totals: tuple[TradeTotalRow, ...]
    digest: str
    fitted: date | None = None

    @property
    def iso3s(self) -> tuple[str, ...]:
        """The codes of all states in the table, in order."""
        return tuple(state.iso3 for state in self.states)

    def state(self, iso3: str) -> StateRow:
        """The row of one state; KeyError for a code that has none."""
        index = bisect_left(self.states, iso3, key=attrgetter("iso3"))
        if index == len(self.states) or self.states[index].iso3 != iso3:
            raise KeyError(iso3)
        return self.states[index]

    def events_of(self, record: RecordName) -> tuple[EventRow, ...]:
        """The events as one record codes them."""
        return self.events.strict if record == "strict" else self.events.broad

    def edited(self, edit: Callable[[tuple[EventRow, ...]], Iterable[EventRow]]) -> Evidence:
        """The evidence with the events of each record edited, and put in order again."""
        broad, strict = (in_order(edit(rows)) for rows in (self.events.broad, self.events.strict))
        return replace(self, events=replace(self.events, broad=broad, strict=strict))

    def answered(self, answers: Collection[Answer]) -> Evidence:
        """The evidence with only the requests that had these answers; the others keep their rows, at strength 0."""
        requests = tuple(
            row if row.answer in answers else row.model_copy(update={"strength": 0.0})
            for row in self.requests
        )
        return replace(self, requests=requests)


def load_evidence(folder: Path | None = None, span: RecordSpan | None = None) -> Evidence:
    """Load and check the tables of a folder (ours, if none is given); InputError at the first bad row.

    With a ``span`` events and inputs outside its days are refused.
    """
    folder = paths.folder("calibration") / "evidence" if folder is None else folder
    states = _states(folder)
    settle()  # a state whose row is refused would be unknown in every other table
    iso3s = [state.iso3 for state in states]
    acts = None if span is None else (span.origin, span.acts_until)
    days = None if span is None else (span.origin, span.inputs_until)
    events = Events((), ())
    with going_on():
        events = read_events(folder, states, acts)
    pressure = _read(lambda: _pressure(folder / "pressure.csv", iso3s, days))
    blocs = _read(lambda: _blocs(folder / "blocs.csv", iso3s))
    neighbours = _read(lambda: _neighbours(folder / "neighbours.csv", iso3s))
    trade_totals = _read(lambda: _trade_totals(folder / "trade_totals.csv"))
    settle()  # requests name events and inputs
    asked, names = folder / REQUESTS, [row.name for row in pressure]
    return Evidence(
        folder=folder,
        states=states,
        events=events,
        pressure=pressure,
        requests=load_requests(asked, iso3s, events.strict, names, days) if asked.is_file() else (),
        blocs=blocs,
        neighbours=neighbours,
        trade_totals=trade_totals,
        digest=_digest(folder),
        fitted=None if span is None else span.fitted,
    )


def _read(table: Callable[[], tuple[RowType, ...]]) -> tuple[RowType, ...]:
    """The rows of a table; none where it is refused and the next table can be read all the same."""
    rows: list[RowType] = []
    with going_on():
        rows += table()
    return tuple(rows)


def _states(folder: Path) -> tuple[StateRow, ...]:
    path = folder / "states.csv"
    lined = read_table(path, StateRow)
    for column in ("iso3", "name"):
        refuse_repeats(path, lined, column, attrgetter(column))
    for line, row in lined:
        with going_on():
            _check_trade_figure(path, line, row)
    _check_sources(folder / SOURCES_TABLE, heads(path))
    return tuple(sorted((row for _, row in lined), key=attrgetter("iso3")))


def _check_trade_figure(path: Path, line: int, row: StateRow) -> None:
    """A trade figure has a quality, and only those of quality A, B or Z are repeated in the clean column."""
    trade, quality, clean = row.target_trade_musd, row.target_trade_quality, row.target_trade_clean_musd
    if (trade is None) != (quality is None):
        allowed = "a quality where there is a trade figure, and only there"
        raise refused_cell(path, line, "target_trade_quality", given=quality or "", allowed=allowed)
    expected = trade if quality in ("A", "B", "Z") else None
    if clean != expected:
        allowed = f"{'a blank' if expected is None else expected}, by the quality {quality or 'left blank'}"
        given = "" if clean is None else clean
        raise refused_cell(path, line, "target_trade_clean_musd", given=given, allowed=allowed)


def _check_sources(path: Path, columns: Sequence[str]) -> None:
    """Every column of states.csv has one row that says where it comes from."""
    lined = read_table(path, SourceRow)
    refuse_repeats(path, lined, "column", lambda row: row.column)
    for line, row in lined:
        if row.column not in columns:
            allowed = "a column of states.csv"
            with going_on():
                raise refused_cell(path, line, "column", given=row.column, allowed=allowed, words=columns)
    described = {row.column for _, row in lined}
    for column in columns:
        if column not in described:
            key, allowed = f"column {column} of states.csv", "one row for each column of states.csv"
            with going_on():
                raise InputError(file=path.name, key=key, given=Wrong("has no row"), allowed=allowed)


def _pressure(path: Path, iso3s: Sequence[str], days: tuple[date, date] | None) -> tuple[PressureRow, ...]:
    lined = read_table(path, PressureRow)
    refuse_repeats(path, lined, "name", lambda row: row.name)
    for line, row in lined:
        with going_on():
            check_day(path, line, "date", row.date, days)
        for target in row.targets:
            with going_on():
                refuse_unknown(path, line, "targets", iso3=target, known=[*iso3s, *CODES_WITHOUT_A_ROW])
    return tuple(sorted((row for _, row in lined), key=attrgetter("date")))


def _blocs(path: Path, iso3s: Sequence[str]) -> tuple[BlocRow, ...]:
    lined = read_table(path, BlocRow)
    refuse_repeats(path, lined, "bloc", lambda row: (row.bloc, row.iso3))
    for line, row in lined:
        with going_on():
            refuse_unknown(path, line, "iso3", iso3=row.iso3, known=iso3s)
    return tuple(sorted((row for _, row in lined), key=attrgetter("bloc", "iso3")))


def _neighbours(path: Path, iso3s: Sequence[str]) -> tuple[NeighbourRow, ...]:
    lined = read_table(path, NeighbourRow)
    refuse_repeats(path, lined, "iso3_b", lambda row: frozenset((row.iso3_a, row.iso3_b)))
    for line, row in lined:
        with going_on():
            refuse_unknown(path, line, "iso3_a", iso3=row.iso3_a, known=iso3s)
        with going_on():
            refuse_unknown(path, line, "iso3_b", iso3=row.iso3_b, known=iso3s)
            if row.iso3_a == row.iso3_b:
                raise refused_cell(
                    path, line, "iso3_b", given=row.iso3_b, allowed="another state than iso3_a"
                )
    return tuple(sorted((row for _, row in lined), key=attrgetter("iso3_a", "iso3_b")))


def _trade_totals(path: Path) -> tuple[TradeTotalRow, ...]:
    lined = read_table(path, TradeTotalRow)
    refuse_repeats(path, lined, "flow", lambda row: (row.period, row.reporter, row.flow))
    for line, row in lined:
        if row.flow == "patron_share" and row.value_musd > 1:
            with going_on():
                raise refused_cell(
                    path, line, "value_musd", given=row.value_musd, allowed="a share from 0 to 1"
                )
    return tuple(row for _, row in lined)


def _digest(folder: Path) -> str:
    """SHA-256 over every table's name and bytes, with line ends as in the repository on every platform."""
    digest = hashlib.sha256()
    for name in (*TABLES, *(name for name in MORE_TABLES if (folder / name).is_file())):
        content = (folder / name).read_bytes().replace(b"\r\n", b"\n")
        digest.update(f"{name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


# ---- the assumptions against the tables


def check_against(path: Path, assumptions: Assumptions, evidence: Evidence) -> None:
    """Raise InputError where a named input, kind, column or state is not in the tables.

    A misspelled one would silently have no effect. A kind of input without a size is refused too.
    """
    if assumptions.request_table == REQUESTS and not evidence.requests:
        allowed = "pressure.csv, as the case has no requests.csv"
        with going_on():
            raise InputError(file=path, key="request_table", given=REQUESTS, allowed=allowed)
    inputs = [row.name for row in evidence.pressure]
    steps = [*assumptions.campaign, *assumptions.secondary_sanctions]
    columns = [
        *assumptions.leverage.components,
        *assumptions.leverage.logarithm,
        *assumptions.affinity.weights,
    ]
    here = heads(evidence.folder / "states.csv")
    others = [*assumptions.case.patrons, *assumptions.case.principals, *assumptions.reference.states]
    named: tuple[tuple[str, list[str], list[str]], ...] = (
        ("the name of a step", [step.name for step in steps], inputs),
        ("mandates", list(assumptions.mandates), inputs),
        ("incidents.recorded_acts", list(assumptions.incidents.recorded_acts), inputs),
        *(
            (table, list(getattr(assumptions, table)), [kind for kind in SIZED if SIZED[kind] == table])
            for table in ("shocks", "requests", "engagement", "outreach")
        ),
        ("a column of states.csv", columns, [name for name in FIGURES if name in here]),
        ("leverage.logarithm", list(assumptions.leverage.logarithm), list(assumptions.leverage.components)),
        ("a state", others, list(evidence.iso3s)),
        ("peers.excluded_blocs", list(assumptions.peers.excluded_blocs), list(BLOCS)),
    )
    for key, words, known in named:
        for word in words:
            if word not in known:
                allowed, close = "a name that stands in the evidence", nearest(word, known)
                with going_on():
                    raise InputError(file=path, key=key, given=word, allowed=allowed, nearest=close)
    for name in FIGURES:
        if name not in assumptions.leverage.logarithm:
            continue
        lowest = min((getattr(state, name) or 0.0) for state in evidence.states)
        if lowest < 0.0:
            given, allowed = (
                Wrong(f"has {name}, where a state has {lowest:g}"),
                "a column of figures of zero or more",
            )
            with going_on():
                raise InputError(file=path, key="leverage.logarithm", given=given, allowed=allowed)
    for row in evidence.pressure:
        if row.kind not in assumptions.kinds:
            key = SIZED[row.kind] if row.kind == "incident" else f"{SIZED[row.kind]}.{row.kind}"
            allowed = f"what an input of this kind counts for, since pressure.csv has {row.name}"
            with going_on():
                raise InputError(file=path, key=key, given=Wrong("is missing"), allowed=allowed)
