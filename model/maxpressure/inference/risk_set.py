"""What a span of the record held: which ties stood, which of them fell, who acted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maxpressure.base.numerics import Ints
from maxpressure.engine.replay import ACT
from maxpressure.model.case import Situation

Marks = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Seen:
    """``levels`` (W, N, 6) are those on which ties stood before each week; ``fell``, alike, the ties that fell."""

    levels: Ints
    fell: Marks

    @property
    def simulate(self) -> Marks:
        """The ties that could fall, week by week."""
        return self.levels > 0

    @property
    def acted(self) -> Marks:
        """The states that acted, (N,)."""
        return np.asarray(self.fell.any(axis=(0, 2)))

    @property
    def at_risk(self) -> Marks:
        """The states that had a tie to lose when the span began, (N,)."""
        return np.asarray(self.simulate[0].any(axis=1))


def see(situation: Situation, moves: Ints, first: int, until: int) -> Seen:
    """The weeks ``first`` to ``until`` − 1 of a history, given as rows of week, place, tie, level after, kind."""
    now = situation.population.start.astype(np.int64)
    levels = np.zeros((until - first, *now.shape), dtype=np.int64)
    fell = np.zeros(levels.shape, dtype=np.bool_)
    line = 0
    for week in range(until):
        if week >= first:
            levels[week - first] = now
        while line < len(moves) and moves[line, 0] == week:
            _, place, tie, after, kind = moves[line].tolist()
            if week >= first and kind == ACT:
                fell[week - first, place, tie] = True
            now[place, tie] = after
            line += 1
    return Seen(levels, fell)
