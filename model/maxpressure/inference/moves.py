"""A history as moves, and what can be counted in it.

Moves are rows of week, index of the state, tie, level after and kind (:mod:`maxpressure.engine.replay`), in the
order in which they happened. The likelihood replays them; forecasts, rivals and checks count in them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from maxpressure.base.numerics import Bools, Floats, Ints, remember, weekly_decay
from maxpressure.base.ties import TIES
from maxpressure.engine.arrays import IN_WEEK, INDEX, KIND, TIE
from maxpressure.engine.replay import ACT, RISE, ROUTE
from maxpressure.model.case import Situation
from maxpressure.model.history import History
from maxpressure.model.rules import noticed


def moves_of(situation: Situation, history: History) -> Ints:
    """A history as rows of week, index, tie, level after, kind; by week and index, acts before rises."""
    index = {iso3: number for number, iso3 in enumerate(situation.population.iso3)}
    rows = [
        (week, index[iso3], tie, level, kind)
        for kind, happened in ((ACT, history.acts), (RISE, history.rises))
        for (week, iso3), levels in happened.items()
        for tie, level in levels
        if iso3 in index
    ]
    return _moves(rows)


def moves_simulated(changes: Ints, states: int) -> Ints:
    """The level changes of one world of the ensemble (rows of its output) as moves; patrons' routes left out."""
    rows = [
        (week, index, tie, after, kind)
        for _, week, index, kind, tie, _, after, _ in changes.tolist()
        if index < states
    ]
    order = {0: ACT, 1: RISE, 2: ROUTE}
    return _moves([(week, index, tie, after, order[kind]) for week, index, tie, after, kind in rows])


def _moves(rows: Sequence[tuple[int, int, int, int, int]]) -> Ints:
    ordered = sorted(rows, key=lambda row: (row[0], row[1], row[4], row[2]))
    return np.array(ordered, dtype=np.int64).reshape(len(ordered), 5)


def acts_in(moves: Ints) -> int:
    """How many acts the moves are: a state's ties that fall in one week are one."""
    return len({(week, index) for week, index, _, _, kind in moves.tolist() if kind == ACT})


# ---- acts


class Acts(NamedTuple):
    """A acts in the order of week and index: ``ties`` (A, 6) marks those that fell."""

    week: Ints
    state_index: Ints
    ties: Bools


def acts_of(moves: Ints) -> Acts:
    """The acts among the moves of a history: ties that one state lets fall in one week are one act."""
    cuts = moves[moves[:, KIND] == ACT]
    keys, act = np.unique(cuts[:, [IN_WEEK, INDEX]], axis=0, return_inverse=True)
    ties = np.zeros((len(keys), len(TIES)), dtype=bool)
    ties[act.ravel(), cuts[:, TIE]] = True
    return Acts(keys[:, 0], keys[:, 1], ties)


def first_weeks(acts: Acts, states: int, weeks: int) -> Floats:
    """The week of each state's first act, ``weeks`` if it never acted."""
    first = np.full(states, float(weeks))
    np.minimum.at(first, acts.state_index, acts.week)
    return first


def mix_by_quarter(acts: Acts, quarter: Ints) -> Floats:
    """How many ties of each kind fell in each quarter."""
    mix = np.zeros((int(quarter.max()) + 1, len(TIES)))
    np.add.at(mix, quarter[acts.week], acts.ties)
    return mix


# ---- exposure to peers

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
    for week, index, _, _, kind in moves.tolist():
        if week < weeks and kind == ACT:
            found[week, index] = 1.0
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


# ---- ties at risk, week by week


@dataclass(frozen=True, slots=True)
class Seen:
    """``levels`` (W, N, 6) are those on which ties stood before each week; ``fell``, alike, the ties that fell.

    ``unlisted`` (N, 6) marks ties at risk that no column shows beforehand.
    """

    levels: Ints
    fell: Bools
    unlisted: Bools

    @property
    def standing(self) -> Bools:
        """The ties that could fall, week by week."""
        return self.levels > 0

    @property
    def acted(self) -> Bools:
        """The states that acted, (N,)."""
        return np.asarray(self.fell.any(axis=(0, 2)))

    @property
    def at_risk(self) -> Bools:
        """The states that had a tie to lose when the span began, (N,)."""
        return np.asarray(self.standing[0].any(axis=1))


def see(situation: Situation, moves: Ints, first: int, until: int) -> Seen:
    """The weeks ``first`` to ``until`` − 1 of a history, given as rows of week, index, tie, level after, kind."""
    now = situation.population.start.astype(np.int64)
    levels = np.zeros((until - first, *now.shape), dtype=np.int64)
    fell = np.zeros(levels.shape, dtype=np.bool_)
    line = 0
    for week in range(until):
        if week >= first:
            levels[week - first] = now
        while line < len(moves) and moves[line, 0] == week:
            _, index, tie, after, kind = moves[line].tolist()
            if week >= first and kind == ACT:
                fell[week - first, index, tie] = True
            now[index, tie] = after
            line += 1
    return Seen(levels, fell, situation.population.unlisted == 1)
