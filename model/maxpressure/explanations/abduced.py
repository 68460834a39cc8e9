"""Abduction: the luck behind a recorded act, drawn within the bounds that the record sets.

A resistance lies between the strain before and after the recorded act, or above the final strain where none
came; lead, companions and depth were such that just the recorded ties fell as far as they did.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from maxpressure.base import rng
from maxpressure.base.ties import TIES
from maxpressure.evidence.parameters import Parameters
from maxpressure.model.agents import Change


class Package(NamedTuple):
    """The luck of what an act is, tie by tie: who leads, who joins, how far each falls."""

    gumbels: tuple[float, ...]
    companions: tuple[float, ...]
    depths: tuple[tuple[float, float], ...]


class Abducted(NamedTuple):
    """The luck of one state as far as the record tells it, by the number under which it is kept."""

    resistances: Mapping[int, float]
    packages: Mapping[int, Package]


class Seen(NamedTuple):
    """A recorded act as the state came to it."""

    week: int
    strain: float  # before the week of the act
    hazard: float
    log_ties: tuple[float, ...]
    act: tuple[Change, ...]


class Key(NamedTuple):
    """Whose luck: seed, replicate and state."""

    seed: int
    replicate: int
    code: int

    def uniforms(self, number: int, purpose: int, slot: int = 0) -> tuple[float, float]:
        """Two uniforms for one purpose of one numbered act or week."""
        return rng.uniforms(*self, number, purpose, slot)


def resistance_within(strain: float, hazard: float, uniform: float) -> float:
    """A resistance that the strain passes in this very week: a truncated exponential above ``strain``."""
    drawn = strain - math.log1p(uniform * math.expm1(-hazard))
    return min(max(drawn, math.nextafter(strain, math.inf)), strain + hazard)


def resistance_beyond(strain: float, uniform: float) -> float:
    """A resistance that the strain has not passed."""
    return max(strain - math.log(uniform), math.nextafter(strain, math.inf))


def below(bound: float, uniform: float) -> float:
    """A uniform known to lie below the bound."""
    return min(uniform * bound, math.nextafter(bound, 0.0))


def above(bound: float, uniform: float) -> float:
    """A uniform known to lie at the bound or above."""
    return bound + uniform * (1.0 - bound)


def infer_package(key: Key, number: int, seen: Seen, p: Parameters) -> Package:
    """Luck that makes an act of just the recorded ties, each as deep as recorded.

    The lead, which no record names, is drawn with the odds of the ties that fell. Its score is the largest of
    all, hence that of their sum; every other score is a Gumbel known to lie below it (top-down sampling).
    """
    live = [tie for tie, log in enumerate(seen.log_ties) if log > -math.inf]
    fell = {change.tie: change for change in seen.act}
    lead = _drawn_lead(seen.log_ties, tuple(fell), key.uniforms(number, rng.LEAD, len(TIES))[0])
    gumbels = [rng.gumbel(*key, number, rng.LEAD, tie) for tie in range(len(TIES))]
    companions = [key.uniforms(number, rng.COMPANION, tie)[0] for tie in range(len(TIES))]
    depths = [key.uniforms(number, rng.DEPTH, tie) for tie in range(len(TIES))]
    largest = math.log(math.fsum(math.exp(seen.log_ties[tie]) for tie in live)) + gumbels[lead]
    for tie in live:
        score = largest
        if tie != lead:
            score = -math.log(math.exp(-largest) + math.exp(-(seen.log_ties[tie] + gumbels[tie])))
            companions[tie] = (below if tie in fell else above)(p.chi, companions[tie])
        gumbels[tie] = score - seen.log_ties[tie]
    for tie, change in fell.items():
        depths[tie] = infer_depth(change.before, change.after, p.psi[tie], *depths[tie])
    return Package(tuple(gumbels), tuple(companions), tuple(depths))


def _drawn_lead(log_ties: Sequence[float], fell: Sequence[int], uniform: float) -> int:
    """One of the ties that fell, with their odds."""
    odds = np.cumsum([math.exp(log_ties[tie]) for tie in fell])
    return fell[int(np.searchsorted(odds[:-1], uniform * odds[-1], side="right"))]


def infer_depth(before: int, after: int, psi: float, first: float, second: float) -> tuple[float, float]:
    """The two uniforms of a fall from rung to rung: below ψ for each further rung, above where it stopped."""
    drawn = [first, second]
    for step in range(2):
        rung = before - 1 - step
        if rung > 0 and rung >= after:
            drawn[step] = (below if after < rung else above)(psi, drawn[step])
    return drawn[0], drawn[1]
