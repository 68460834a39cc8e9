"""What happened, week by week: taken from the record or from a finished world, to be lived through again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from maxpressure.base.ties import NONE
from maxpressure.evidence.record import Record
from maxpressure.model.agents import TRAVEL, Change

if TYPE_CHECKING:
    from maxpressure.model.world import World

Key = tuple[int, str]
"""A week, counted from the record's origin, and a state."""

Levels = tuple[tuple[int, int], ...]
"""Ties with the rung on which each comes to stand."""


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
        self, week: int, iso3: str, rungs: Sequence[int], ceiling: Sequence[int]
    ) -> tuple[tuple[Change, ...], Change | None, bool]:
        """What a state on these rungs does in a week: its act, a rise, a travel route that thins.

        A rise happens only on a tie that stands below its level and below the ceiling.
        """
        key = (week, iso3)
        act = tuple(
            Change(tie, rungs[tie], level, None)
            for tie, level in self.acts.get(key, ())
            if level < rungs[tie]
        )
        rises = [
            Change(tie, rungs[tie], min(level, ceiling[tie]), None)
            for tie, level in self.rises.get(key, ())
            if rungs[tie] < min(level, ceiling[tie])
        ]
        return act, rises[0] if rises else None, key in self.thinned and rungs[TRAVEL] > NONE


def recorded_history(record: Record) -> History:
    """The record's own acts and rises."""
    return History(
        acts={
            (act.week, act.iso3): tuple((drop.tie, drop.rung_after) for drop in act.drops)
            for act in record.acts
        },
        rises={(rise.week, rise.iso3): ((rise.tie, rise.rung_after),) for rise in record.rises},
    )


def lived_history(world: World) -> History:
    """What happened in a finished world that kept its record."""
    acts: dict[Key, list[tuple[int, int]]] = {}
    rises: dict[Key, list[tuple[int, int]]] = {}
    thinned = set()
    if not world.recorder.keeping:
        raise ValueError("a world that kept no record cannot be lived through again")
    for row in world.recorder.changes:
        key = (row.week, row.iso3)
        if row.kind == "attrition":
            thinned.add(key)
        else:
            (acts if row.kind == "act" else rises).setdefault(key, []).append((row.tie, row.rung_after))
    return History(
        acts={key: tuple(levels) for key, levels in acts.items()},
        rises={key: tuple(levels) for key, levels in rises.items()},
        thinned=frozenset(thinned),
        tests=dict(world.tests),
    )
