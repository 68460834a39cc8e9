"""How well a forecast met what came: proper scores of ties and states, with intervals over states.

The log score of a tie in a week is the logarithm of the probability that was given to what it did, fall or stay.
The Brier score is the mean squared error of P(a state acts in the span), the AUC the probability that a state
that acted had been given more than one that did not: it ranks, and says nothing of size.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from maxpressure.base.numerics import Floats, Ints
from maxpressure.evidence.parameters import Parameters
from maxpressure.inference.forecast import Forecast, forecast_of
from maxpressure.inference.risk_set import Seen, see
from maxpressure.model.case import Situation

RESAMPLES: Final = 2000
LEVEL: Final = 0.95
"""Of the bootstrap over states: how often they are drawn anew, and how much its interval holds."""

Measure = Callable[[Floats, NDArray[np.bool_]], float]


class Measured(NamedTuple):
    """A number with its interval over states; NaN where the states cannot tell."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """How one forecast did in one span.

    ``cells`` are the weeks in which a tie stood and could fall, ``cuts`` those in which it did, ``expected``
    the sum of their probabilities and ``log_score`` that of the logarithms.
    """

    name: str
    cells: int
    cuts: int
    expected: float
    log_score: float
    auc: Measured
    brier: Measured

    @property
    def log_score_per_cell(self) -> float:
        """The mean log score of a tie in a week."""
        return self.log_score / self.cells


def score(
    draws: Sequence[Parameters],
    situation: Situation,
    moves: Ints,
    first: int,
    until: int,
    *,
    name: str = "the rule",
) -> Scores:
    """Score parameter draws, which count alike, on weeks ``first`` to ``until`` − 1 of a history.

    The situation runs from the record's origin; ``moves`` (:func:`likelihood.moves_of`) are the whole history
    and are told week by week: no probability knows its own week or a later one.
    """
    forecast = forecast_of(draws, situation, moves, first, until)
    return scores_of(name, forecast, see(situation, moves, first, until))


def scores_of(name: str, forecast: Forecast, seen: Seen) -> Scores:
    """Any forecast against what was seen."""
    chance, fell = forecast.ties[seen.simulate], seen.fell[seen.simulate]
    given, acted = forecast.states[seen.at_risk], seen.acted[seen.at_risk]
    return Scores(
        name=name,
        cells=len(chance),
        cuts=int(fell.sum()),
        expected=float(chance.sum()),
        log_score=log_score(chance, fell),
        auc=over_states(auc, given, acted),
        brier=over_states(brier, given, acted),
    )


def log_score(chance: Floats, fell: NDArray[np.bool_]) -> float:
    """Σ log P(what each tie did in each week)."""
    with np.errstate(divide="ignore"):  # what was held impossible and came has −∞
        return float(np.log(chance[fell]).sum() + np.log1p(-chance[~fell]).sum())


def auc(given: Floats, acted: NDArray[np.bool_]) -> float:
    """P(a state that acted was given more than one that did not), ties counted half; NaN without both kinds."""
    yes, no = int(acted.sum()), int((~acted).sum())
    if yes == 0 or no == 0:
        return float("nan")
    ranks = stats.rankdata(given)
    return float((ranks[acted].sum() - yes * (yes + 1) / 2.0) / (yes * no))


def brier(given: Floats, acted: NDArray[np.bool_]) -> float:
    """The mean squared error of the probabilities."""
    return float(np.mean((given - acted) ** 2))


def paired(forecast: Forecast, other: Forecast, seen: Seen) -> Measured:
    """How much better a forecast's log score is than another's, with its bootstrap interval over states."""
    gain = _by_state(forecast, seen) - _by_state(other, seen)
    luck = np.random.default_rng(0)
    again = gain[luck.integers(len(gain), size=(RESAMPLES, len(gain)))].sum(axis=1)
    low, high = np.quantile(again, [(1.0 - LEVEL) / 2.0, (1.0 + LEVEL) / 2.0])
    return Measured(float(gain.sum()), float(low), float(high))


def _by_state(forecast: Forecast, seen: Seen) -> Floats:
    with np.errstate(divide="ignore"):
        log = np.where(seen.fell, np.log(forecast.ties), np.log1p(-forecast.ties))
    return np.asarray(np.where(seen.simulate, log, 0.0).sum(axis=(0, 2)))


def over_states(measure: Measure, given: Floats, acted: NDArray[np.bool_]) -> Measured:
    """A measure with its bootstrap interval: states drawn anew with replacement, by the same luck always."""
    luck = np.random.default_rng(0)
    again = luck.integers(len(given), size=(RESAMPLES, len(given)))
    values = np.array([measure(given[states], acted[states]) for states in again])
    known = values[~np.isnan(values)]
    if not len(known):
        return Measured(measure(given, acted), float("nan"), float("nan"))
    low, high = np.quantile(known, [(1.0 - LEVEL) / 2.0, (1.0 + LEVEL) / 2.0])
    return Measured(measure(given, acted), float(low), float(high))
