"""Random numbers inferred: drawn within the bounds that a record sets, so that the rule repeats it with them.

Pure functions on plain numbers, as those of :mod:`maxpressure.model.rules`: they run as Python and compile with Numba
unchanged. Each takes uniforms of its own, so that without the record's bounds the numbers are those that the rule
draws. Of one act four numbers belong to each tie, in a row: a Gumbel number by which the leading tie is chosen, the
uniform that lets it join, and the two that say how far it falls.
"""

from __future__ import annotations

import math
from collections.abc import MutableSequence, Sequence
from typing import TYPE_CHECKING, Any

from maxpressure.base import rng
from maxpressure.base.numerics import exp, expm1, log, log1p
from maxpressure.model import rules

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Row = Sequence[float] | NDArray[Any]
    Levels = Sequence[int] | NDArray[Any]
    Numbers = Sequence[MutableSequence[float]] | NDArray[Any]

GUMBEL, JOINING, FIRST, SECOND = range(4)
"""The numbers of a tie in an act."""

PER_TIE = 4

# ---- when


def resistance_within(strain: float, hazard: float, uniform: float) -> float:
    """A resistance that the strain passes in this very week: a truncated exponential above ``strain``."""
    drawn = strain - log1p(uniform * expm1(-hazard))
    return min(max(drawn, math.nextafter(strain, math.inf)), strain + hazard)


def resistance_beyond(strain: float, uniform: float) -> float:
    """A resistance that the strain has not passed."""
    return max(strain - log(uniform), math.nextafter(strain, math.inf))


# ---- how


def below(bound: float, uniform: float) -> float:
    """A uniform known to lie below the bound."""
    return min(uniform * bound, math.nextafter(bound, 0.0))


def above(bound: float, uniform: float) -> float:
    """A uniform known to lie at the bound or above."""
    return bound + uniform * (1.0 - bound)


def infer_act(
    seed: int,
    world: int,
    state: int,
    number: int,
    chi: float,
    psi: Row,
    log_ties: Row,
    ready: Row,
    before: Levels,
    after: Levels,
    numbers: Numbers,
) -> None:
    """Fill in random numbers that make an act of just the recorded ties, each cut as deep as recorded.

    The lead, which no record names, is drawn with the odds of the ties that were cut. Its score is the largest of
    all, hence that of their sum; every other score is a Gumbel known to lie below it (top-down sampling). ``before``
    and ``after`` are the levels of each tie, ``ready`` is e_k.
    """
    ties = len(log_ties)
    lead_draw = rng.uniforms(seed, world, state, number, rng.LEAD, ties)[0]
    lead = drawn_lead(lead_draw, log_ties, ready, before, after)
    largest = log(rules.tie_sum(log_ties)) + rng.gumbel(seed, world, state, number, rng.LEAD, lead)
    for tie in range(ties):
        gumbel = rng.gumbel(seed, world, state, number, rng.LEAD, tie)
        joining = rng.uniforms(seed, world, state, number, rng.COMPANION, tie)[0]
        first, second = rng.uniforms(seed, world, state, number, rng.DEPTH, tie)
        fell = after[tie] < before[tie]
        if log_ties[tie] > -math.inf:
            score = largest
            if tie != lead:
                score = score_below(largest, log_ties[tie] + gumbel)
                chance = chi * ready[tie]
                joining = below(chance, joining) if fell else above(chance, joining)
            gumbel = score - log_ties[tie]
        if fell:
            first = infer_step(before[tie] - 1, after[tie], psi[tie], first)
            second = infer_step(before[tie] - 2, after[tie], psi[tie], second)
        numbers[tie][GUMBEL] = gumbel
        numbers[tie][JOINING] = joining
        numbers[tie][FIRST] = first
        numbers[tie][SECOND] = second


def drawn_lead(uniform: float, log_ties: Row, ready: Row, before: Levels, after: Levels) -> int:
    """One of the ties that were cut: by its hazard, and the more likely the less readily it would have joined."""
    total = 0.0
    for tie in range(len(log_ties)):
        if after[tie] < before[tie]:
            total += exp(log_ties[tie]) / ready[tie]
    lead, reached = -1, 0.0
    for tie in range(len(log_ties)):
        if after[tie] < before[tie] and (lead < 0 or uniform * total >= reached):
            lead = tie
            reached += exp(log_ties[tie]) / ready[tie]
    return lead


def score_below(largest: float, free: float) -> float:
    """−log(exp(−largest) + exp(−free)): a Gumbel score that was drawn as ``free``, known to lie below the largest."""
    return min(largest, free) - log1p(exp(-abs(largest - free)))


def infer_step(level: int, after: int, psi: float, uniform: float) -> float:
    """The uniform of a further level of a cut, at this level: below ψ where it fell on, above where it stopped."""
    if level > 0 and level >= after:
        return below(psi, uniform) if after < level else above(psi, uniform)
    return uniform


# ---- an act with inferred numbers


def leading(log_ties: Row, numbers: Numbers) -> int:
    """The tie that leads, as in :func:`maxpressure.model.rules.lead_tie`."""
    lead, best = -1, -math.inf
    for tie in range(len(log_ties)):
        score = log_ties[tie] + numbers[tie][GUMBEL]
        if score > best:
            lead, best = tie, score
    return lead
