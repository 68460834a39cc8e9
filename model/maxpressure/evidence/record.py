"""How the evidence is coded: the levels that every tie starts on, and the record's acts week by week.

Starting levels are set by rules that use nothing of what came later: a state must not count as at risk only
because it acted. The record is then replayed from those levels, so a recorded act may begin on another
level than the one its row names (calibration/evidence/README.md says where, and why both codings are kept). Ties of
which no table says anything are at risk in all states alike, unless a scenario takes listed ties alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from maxpressure.base.ties import FULL, NONE, REDUCED, TIE_INDEX, TIES, UNLISTED
from maxpressure.evidence.assumptions import Assumptions
from maxpressure.evidence.evidence import Evidence
from maxpressure.evidence.schema import DEFAULT_RECORD, EventRow, RecordName, StateRow

TRADE, FINANCE = TIE_INDEX["trade"], TIE_INDEX["finance"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StartingLevels:
    """The level of each tie of N third states in January 2016; states in ISO3 order, ties in that of TIES.

    `levels` is (N, 6). `flagged`, of the same shape, marks levels that rest on a trade figure of 2014 or, under
    the override, on the record itself. `doubtful` (N) marks states whose trade, and finance with it, is at
    risk only by a figure of quality C: North and South Korea are often confused there. `unlisted`, of the shape of
    `levels`, marks ties that no table lists and that stand on level 2. Arrays are read-only.
    """

    iso3: tuple[str, ...]
    levels: NDArray[np.int8]
    flagged: NDArray[np.bool_]
    doubtful: NDArray[np.bool_]
    unlisted: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class TieCut:
    """What one act does to one tie; steps recorded in the same week are added. `date` is the first step's."""

    tie: int
    level_before: int
    level_after: int
    event_ids: tuple[str, ...]
    date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedAct:
    """All that one state cut in one week; cuts in the order of TIES."""

    week: int
    iso3: str
    cuts: tuple[TieCut, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRise:
    """A tie restored, never above the level on which it started."""

    week: int
    iso3: str
    tie: int
    level_before: int
    level_after: int
    event_id: str
    date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The acts of third states in week and ISO3 order, and the evidence rows that are not acts, grouped by the reason.

    `outside` holds cuts of ties that were on level 0 already, `sub_level` real steps down smaller
    than a level, `statements` refusals, declarations and visits, `elsewhere` the rows of patrons and
    principals. A row of any kind after the last week is left out.
    """

    acts: tuple[RecordedAct, ...]
    rises: tuple[RecordedRise, ...]
    outside: tuple[EventRow, ...]
    sub_level: tuple[EventRow, ...]
    statements: tuple[EventRow, ...]
    elsewhere: tuple[EventRow, ...]

    def until(self, last: date) -> Record:
        """The record as far as that day, which ends a week."""

        def rows(those: tuple[EventRow, ...]) -> tuple[EventRow, ...]:
            return tuple(row for row in those if row.date <= last)

        return replace(
            self,
            acts=tuple(act for act in self.acts if act.cuts[0].date <= last),
            rises=tuple(rise for rise in self.rises if rise.date <= last),
            outside=rows(self.outside),
            sub_level=rows(self.sub_level),
            statements=rows(self.statements),
            elsewhere=rows(self.elsewhere),
        )

    @property
    def cuts(self) -> int:
        """The number of ties that fell, counted once for each act."""
        return sum(len(act.cuts) for act in self.acts)

    @property
    def iso3(self) -> tuple[str, ...]:
        """The states that acted, in ISO3 order."""
        return tuple(sorted({act.iso3 for act in self.acts}))


def starting_levels(
    evidence: Evidence,
    assumptions: Assumptions,
    *,
    override: bool = False,
    unlisted: bool = False,
    doubtful_trade: bool = True,
    record: RecordName = DEFAULT_RECORD,
) -> StartingLevels:
    """Code the level of every tie of every third state in January 2016, by rule.

    diplomatic: 3 with a resident mission on either side, 2 with relations only. trade: 3 from
    `full_trade_musd`, 2 from `modest_trade_musd`; a figure of quality C counts as modest at most, or, without
    `doubtful_trade`, not at all. finance: 2 where trade is at risk. military: 3 for cooperation that the UN
    panel described in 2015-17, 2 for older or alleged. labour: 3 for known hosts. travel: 2 with relations.
    Everything else is 0.

    With `override` the level before a tie's first row in the `record` that is fitted replaces the rule's, and is
    flagged. With `unlisted`, as in a scenario that says nothing else, each tie of the kinds of `UNLISTED` that the
    rules do not see stands on 2, and is marked.
    """
    case = assumptions.case
    others = {case.target, *case.patrons, *case.principals}
    states = [state for state in evidence.states if state.iso3 not in others]
    trade = [_trade_level(state, assumptions, doubtful_trade=doubtful_trade) for state in states]
    levels = np.array(
        [_levels(state, level) for state, level in zip(states, trade, strict=True)], dtype=np.int8
    )
    old_figure = np.array([state.target_trade_quality == "D" for state in states])
    flagged = np.zeros(levels.shape, dtype=np.bool_)
    flagged[:, [TRADE, FINANCE]] = old_figure[:, np.newaxis]
    doubtful = np.array([state.target_trade_quality == "C" for state in states]) & (levels[:, TRADE] > NONE)
    iso3 = tuple(state.iso3 for state in states)
    if override:
        last = assumptions.record.fitted
        rows = [row for row in evidence.events_of(record) if row.date <= last]
        _override(rows, iso3, levels, flagged)
        doubtful &= ~flagged[:, TRADE]
    thin = np.zeros(levels.shape, dtype=np.bool_)
    if unlisted:
        kinds = [TIE_INDEX[tie] for tie in UNLISTED]
        thin[:, kinds] = levels[:, kinds] == NONE
        levels[thin] = REDUCED
    for array in (levels, flagged, doubtful, thin):
        array.setflags(write=False)
    return StartingLevels(iso3=iso3, levels=levels, flagged=flagged, doubtful=doubtful, unlisted=thin)


def _trade_level(state: StateRow, assumptions: Assumptions, *, doubtful_trade: bool) -> int:
    rule, traded = assumptions.starting_rungs, state.target_trade_musd or 0.0
    doubtful = state.target_trade_quality == "C"
    if traded < rule.modest_trade_musd or (doubtful and not doubtful_trade):
        return NONE
    return REDUCED if doubtful or traded < rule.full_trade_musd else FULL


def _levels(state: StateRow, trade: int) -> list[int]:
    """One state's levels in the order of TIES."""
    related = REDUCED if state.relations else NONE
    resident = state.target_embassy_in_state or state.state_embassy_in_target
    by_tie = {
        "diplomatic": FULL if resident else related,
        "trade": trade,
        "finance": REDUCED if trade > NONE else NONE,
        "military": {0: NONE, 1: REDUCED, 2: FULL}[state.military_tie],
        "labour": FULL if state.target_workers_host else NONE,
        "travel": related,
    }
    return [by_tie[tie] for tie in TIES]


def _override(
    rows: Sequence[EventRow], iso3: tuple[str, ...], levels: NDArray[np.int8], flagged: NDArray[np.bool_]
) -> None:
    """Put the level before each tie's first recorded row in place of another that the rules gave."""
    index = {code: number for number, code in enumerate(iso3)}
    seen = set()
    for row in rows:
        tie = (row.iso3, row.tie)
        if row.iso3 in index and tie not in seen:
            cell = index[row.iso3], TIE_INDEX[row.tie]
            if levels[cell] != row.level_before:
                levels[cell], flagged[cell] = row.level_before, True
        seen.add(tie)


def code_record(
    evidence: Evidence,
    starting: StartingLevels,
    origin: date,
    weeks: int = 104,
    *,
    record: RecordName = DEFAULT_RECORD,
) -> Record:
    """Replay the events of a record from the starting levels, in the order of their dates and ids.

    Week 0 begins on `origin`, a Monday. A recorded cut of a tie on level r leads to the recorded level, or
    to r - 1 where that is lower: it always costs a level. Steps of one week on one tie are one cut. A rise
    leads to the recorded level but not above the start. All cuts of one state in one week are one act.
    Raises ValueError if a row is older than `origin`.
    """
    replay = _Replay(starting)
    for row in evidence.events_of(record):
        week = (row.date - origin).days // 7
        if week < 0:
            raise ValueError(f"{row.event_id} of {row.date} is older than the record's first day, {origin}")
        if week < weeks:
            replay.take(row, week)
    return replay.record()


class _Replay:
    """The levels as the record moves them, and where each row of it went."""

    def __init__(self, starting: StartingLevels) -> None:
        self.starting = starting
        self.levels = starting.levels.copy()
        self.index = {iso3: index for index, iso3 in enumerate(starting.iso3)}
        self.cuts: dict[tuple[int, str], dict[int, TieCut]] = {}
        self.rises: list[RecordedRise] = []
        self.outside: list[EventRow] = []
        self.sub_level: list[EventRow] = []
        self.statements: list[EventRow] = []
        self.elsewhere: list[EventRow] = []

    def take(self, row: EventRow, week: int) -> None:
        """Apply one row to the tie it names, or keep it for what it is."""
        if row.iso3 not in self.index:
            self.elsewhere.append(row)
        elif row.direction == "none":
            self.statements.append(row)
        elif row.direction == "up":
            self._rise(row, week)
        elif row.level_after == row.level_before:
            self.sub_level.append(row)
        elif self.levels[self._cell(row)] == NONE:
            self.outside.append(row)
        else:
            self._cut(row, week)

    def _cell(self, row: EventRow) -> tuple[int, int]:
        return self.index[row.iso3], TIE_INDEX[row.tie]

    def _cut(self, row: EventRow, week: int) -> None:
        cell = self._cell(row)
        ties = self.cuts.setdefault((week, row.iso3), {})
        earlier = ties.get(cell[1])
        before = earlier.level_before if earlier else int(self.levels[cell])
        after = min(row.level_after, before - 1)
        ties[cell[1]] = TieCut(
            tie=cell[1],
            level_before=before,
            level_after=after,
            event_ids=(*(earlier.event_ids if earlier else ()), row.event_id),
            date=earlier.date if earlier else row.date,
        )
        self.levels[cell] = after

    def _rise(self, row: EventRow, week: int) -> None:
        cell = self._cell(row)
        before = int(self.levels[cell])
        after = min(row.level_after, int(self.starting.levels[cell]))
        if after > before:
            rise = RecordedRise(
                week=week,
                iso3=row.iso3,
                tie=cell[1],
                level_before=before,
                level_after=after,
                event_id=row.event_id,
                date=row.date,
            )
            self.rises.append(rise)
            self.levels[cell] = after

    def record(self) -> Record:
        """All that was taken, the acts in the order of week and ISO3."""
        return Record(
            acts=tuple(
                RecordedAct(week=week, iso3=iso3, cuts=tuple(ties[tie] for tie in sorted(ties)))
                for (week, iso3), ties in sorted(self.cuts.items())
            ),
            rises=tuple(self.rises),
            outside=tuple(self.outside),
            sub_level=tuple(self.sub_level),
            statements=tuple(self.statements),
            elsewhere=tuple(self.elsewhere),
        )
