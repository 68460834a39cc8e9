"""What happened, week by week: taken from the record or from a finished world, to be replayed in a world."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from maxpressure.base.ties import FULL, NONE, TIE_INDEX
from maxpressure.evidence.record import Record
from maxpressure.model.rows import ChangeRow

TRAVEL = TIE_INDEX["travel"]

Key = tuple[int, str]
"""A week, counted from the record's origin, and a state."""

Levels = tuple[tuple[int, int], ...]
"""Ties with the level on which each comes to stand."""


class Change(NamedTuple):
    """One tie that moved: its level before and after, and whether it led the act."""

    tie: int
    before: int
    after: int
    lead: bool | None


def ceiling(levels: Sequence[int], reach: str) -> tuple[int, ...]:
    """The levels up to which ties may rise once the window has begun: what is lost from then on, or any."""
    return tuple(levels) if reach == "lost" else (FULL,) * len(levels)


@dataclass(frozen=True, slots=True)
class History:
    """Acts, rises and thinned travel routes by week and state, to be replayed.

    A world with a history draws nothing: it takes the events from here and works out every hazard on the way.

    Parameters
    ----------
    acts : mapping of (week, ISO3) to ((tie, level), …)
        The level to which an act takes each of its ties. Weeks count from the record's origin; a tie is an index of
        :data:`TIES`; levels run from 0 (none) to 3 (full).
    rises : mapping of (week, ISO3) to ((tie, level), …), optional
        Ties restored.
    thinned : frozenset of (week, ISO3), optional
        Travel routes that lose a level.
    tests : mapping of week to float, optional
        The magnitude of the tests that were drawn at random.

    Examples
    --------
    >>> import maxpressure as mp
    >>> History(acts={(88, "MEX"): ((mp.TIES.index("diplomatic"), 2),)}).acts[88, "MEX"]
    ((0, 2),)
    """

    acts: Mapping[Key, Levels]
    rises: Mapping[Key, Levels] = field(default_factory=dict)
    thinned: frozenset[Key] = frozenset()
    tests: Mapping[int, float] = field(default_factory=dict)

    def of(
        self, week: int, iso3: str, levels: Sequence[int], ceiling: Sequence[int]
    ) -> tuple[tuple[Change, ...], Change | None, bool]:
        """What a state on these levels does in a week: its act, a rise, and whether a travel route thins.

        A tie rises only where it stands below the level of the rise and below the ceiling.
        """
        key = (week, iso3)
        act = tuple(
            Change(tie, levels[tie], level, None)
            for tie, level in self.acts.get(key, ())
            if level < levels[tie]
        )
        rises = [
            Change(tie, levels[tie], min(level, ceiling[tie]), None)
            for tie, level in self.rises.get(key, ())
            if levels[tie] < min(level, ceiling[tie])
        ]
        return act, rises[0] if rises else None, key in self.thinned and levels[TRAVEL] > NONE


def recorded_history(record: Record) -> History:
    """The record as a history, to be replayed.

    Parameters
    ----------
    record : Record
        The coded record of a situation.

    Returns
    -------
    History
        The recorded acts and rises.

    Examples
    --------
    >>> import maxpressure as mp
    >>> case = mp.load_case()
    >>> situation = mp.prepare(case, case.scenario("max-pressure-2017"))
    >>> len(recorded_history(situation.record).acts) == len(situation.record.acts)
    True
    """
    return History(
        acts={
            (act.week, act.iso3): tuple((cut.tie, cut.level_after) for cut in act.cuts) for act in record.acts
        },
        rises={(rise.week, rise.iso3): ((rise.tie, rise.level_after),) for rise in record.rises},
    )


def history_of(changes: Iterable[ChangeRow], tests: Mapping[int, float]) -> History:
    """The changes and the drawn tests of a world as a history, to be replayed."""
    acts: dict[Key, list[tuple[int, int]]] = {}
    rises: dict[Key, list[tuple[int, int]]] = {}
    thinned = set()
    for row in changes:
        key = (row.week, row.iso3)
        if row.kind == "attrition":
            thinned.add(key)
        else:
            (acts if row.kind == "act" else rises).setdefault(key, []).append((row.tie, row.level_after))
    return History(
        acts={key: tuple(levels) for key, levels in acts.items()},
        rises={key: tuple(levels) for key, levels in rises.items()},
        thinned=frozenset(thinned),
        tests=dict(tests),
    )
