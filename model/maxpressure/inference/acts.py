"""The acts of a history, laid out to be counted."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from maxpressure.base.ties import TIES
from maxpressure.engine.arrays import Floats, Ints
from maxpressure.engine.replay import ACT, KIND, PLACE, TIE, WEEK


class Acts(NamedTuple):
    """A acts in the order of week and place: ``ties`` (A, 6) marks those that fell."""

    week: Ints
    place: Ints
    ties: NDArray[np.bool_]


def acts_of(moves: Ints) -> Acts:
    """The acts among the moves of a history: ties that one state lets fall in one week are one act."""
    drops = moves[moves[:, KIND] == ACT]
    keys, act = np.unique(drops[:, [WEEK, PLACE]], axis=0, return_inverse=True)
    ties = np.zeros((len(keys), len(TIES)), dtype=bool)
    ties[act.ravel(), drops[:, TIE]] = True
    return Acts(keys[:, 0], keys[:, 1], ties)


def first_weeks(acts: Acts, states: int, weeks: int) -> Floats:
    """The week of each state's first act, ``weeks`` if it never acted."""
    first = np.full(states, float(weeks))
    np.minimum.at(first, acts.place, acts.week)
    return first


def mix_by_quarter(acts: Acts, quarter: Ints) -> Floats:
    """How many ties of each kind fell in each quarter."""
    mix = np.zeros((int(quarter.max()) + 1, len(TIES)))
    np.add.at(mix, quarter[acts.week], acts.ties)
    return mix
