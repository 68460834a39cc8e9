"""What happened, week by week: taken from the record or from a finished world, to be lived through again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from maxpressure.base.ties import NONE
from maxpressure.evidence.record import Record
from maxpressure.model.agents import TRAVEL, Change

Key = tuple[int, str]
"""A week, counted from the record's origin, and a state."""

Levels = tuple[tuple[int, int], ...]
"""Ties with the level on which each comes to stand."""


@dataclass(frozen=True, slots=True)
class History:
    """Acts, rises and thinned routes by week and state."""

    acts: Mapping[Key, Levels]
    rises: Mapping[Key, Levels] = field(default_factory=dict)
    thinned: frozenset[Key] = frozenset()
    tests: Mapping[int, float] = field(
        default_factory=dict
    )  # magnitude of the tests that luck brought, by week

    def of(
        self, week: int, iso3: str, levels: Sequence[int], ceiling: Sequence[int]
    ) -> tuple[tuple[Change, ...], Change | None, bool]:
        """What a state on these levels does in a week: its act, a rise, a travel route that thins.

        A rise happens only on a tie that stands below its level and below the ceiling.
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
    """The record's own acts and rises."""
    return History(
        acts={
            (act.week, act.iso3): tuple((cut.tie, cut.level_after) for cut in act.cuts) for act in record.acts
        },
        rises={(rise.week, rise.iso3): ((rise.tie, rise.level_after),) for rise in record.rises},
    )
