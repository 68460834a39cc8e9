"""Companions and depth: they factor out of the likelihood, so that their beta posteriors are exact.

The acts of a history, laid out to be counted.
"""

from __future__ import annotations

from itertools import groupby
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from maxpressure.base.numerics import Floats, Ints
from maxpressure.base.ties import TIES
from maxpressure.engine.replay import ACT, INDEX, KIND, TIE, WEEK
from maxpressure.evidence.priors import Beta, Priors
from maxpressure.model.case import Situation


class Marks(NamedTuple):
    """Out of how many chances companions joined, and ties fell a further level."""

    joined: int
    stayed: int
    further: tuple[int, ...]
    stopped: tuple[int, ...]


def marks(situation: Situation, moves: Ints) -> Marks:
    """Count the marks of a history's acts, as ``rules.log_package`` and ``rules.log_depth`` see them."""
    levels = situation.population.start.astype(int)
    joined = stayed = 0
    further, stopped = [0] * len(TIES), [0] * len(TIES)
    for _, group in groupby(moves.tolist(), key=lambda move: (move[0], move[1])):
        rows = list(group)
        index = rows[0][1]
        cuts = [row for row in rows if row[4] == ACT]
        if cuts:
            joined += len(cuts) - 1
            stayed += int((levels[index] > 0).sum()) - len(cuts)
        for _, _, tie, after, _ in cuts:
            further[tie] += int(levels[index, tie]) - after - 1
            stopped[tie] += after > 0
        for _, _, tie, after, _ in rows:
            levels[index, tie] = after
    return Marks(joined, stayed, tuple(further), tuple(stopped))


def updated(priors: Priors, seen: Marks) -> dict[str, Beta]:
    """The exact posteriors of chi and of each psi."""
    chances = {"chi": (seen.joined, seen.stayed)}
    chances |= {f"psi.{tie}": (seen.further[k], seen.stopped[k]) for k, tie in enumerate(TIES)}
    found = {}
    for name, (yes, no) in chances.items():
        prior = priors.by_name[name]
        if not isinstance(prior, Beta):
            raise TypeError(f"{name} has an exact posterior only under a beta prior")
        found[name] = prior.model_copy(update={"a": prior.a + yes, "b": prior.b + no})
    return found


class Acts(NamedTuple):
    """A acts in the order of week and index: ``ties`` (A, 6) marks those that fell."""

    week: Ints
    state_index: Ints
    ties: NDArray[np.bool_]


def acts_of(moves: Ints) -> Acts:
    """The acts among the moves of a history: ties that one state lets fall in one week are one act."""
    cuts = moves[moves[:, KIND] == ACT]
    keys, act = np.unique(cuts[:, [WEEK, INDEX]], axis=0, return_inverse=True)
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
