"""Who watches whom as a matrix, and what each state has seen of others' acts week by week."""

from __future__ import annotations

from typing import Final

import numpy as np

from maxpressure.base.numerics import remember, weekly_decay
from maxpressure.engine.arrays import Floats, Ints
from maxpressure.engine.replay import ACT
from maxpressure.model.case import Situation
from maxpressure.model.rules import noticed

MEMORY: Final = 4.0
"""Weeks in which an example fades where it is not estimated: the middle of the grid in the priors."""


def attention(situation: Situation) -> Floats:
    """w_ij as a matrix: row i watches column j."""
    peers, size = situation.population.peers, len(situation.population.iso3)
    weights = np.zeros((size, size))
    weights[peers.watcher, np.repeat(np.arange(size), np.diff(peers.first))] = peers.weight
    return weights


def acted(moves: Ints, weeks: int, size: int) -> Floats:
    """1 where a state acted in a week, (T, N)."""
    found = np.zeros((weeks, size))
    for week, place, _, _, kind in moves.tolist():
        if week < weeks and kind == ACT:
            found[week, place] = 1.0
    return found


def exposure(weights: Floats, acts: Floats) -> Floats:
    """Exposure to earlier acts, strictly lagged, (T, N)."""
    found, now, decay = np.zeros(acts.shape), np.zeros(acts.shape[1]), weekly_decay(MEMORY)
    for week in range(len(acts)):
        found[week] = now
        seen = (weights @ acts[week]).tolist()
        now = np.array(
            [remember(old, decay, noticed(new)) for old, new in zip(now.tolist(), seen, strict=True)]
        )
    return found
