"""Rivals of the rule, fitted to the same record: three that know no cause, four that are the rule with less in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

import numpy as np

from maxpressure.inference.fit import best_fit
from maxpressure.inference.foresight import Forecast, forecast_of
from maxpressure.inference.likelihood import Likelihood
from maxpressure.inference.marks import marks, updated
from maxpressure.inference.priors import Priors, column
from maxpressure.inference.problem import Problem
from maxpressure.inference.seen import Seen, see
from maxpressure.parameters import Parameters
from maxpressure.sheet import Floats, Ints
from maxpressure.situation import Situation
from maxpressure.ties import TIES

RECENT: Final = 8
"""Weeks that the rival without memory of more looks back on."""

HALF: Final = 0.5
"""Drops added to each count, and again to the weeks without: no rate is nought (Jeffreys' prior)."""

MOST: Final = 0.5
"""The highest weekly rate to which a straight line may rise."""

PUSHES: Final = (
    "beta_shock", "beta_incident", "beta_mandate", "beta_campaign", "beta_request", "beta_peer", "beta_own",
    "beta_thaw", "beta_courtship",
)  # fmt: skip
WHO: Final = ("beta_mission", "beta_dependence", "beta_affinity", "kappa", "sigma")


def _off(*names: str) -> dict[str, float]:
    return dict.fromkeys(names, 0.0)


LESS: Final[Mapping[str, Mapping[str, float]]] = {
    "who states are": _off(*PUSHES) | {"tau_shock": 8.0},
    "shocks": _off(*WHO, *(push for push in PUSHES if push != "beta_shock")) | {"tau_peer": 8.0},
    "shocks and requests": _off(
        *WHO, *(push for push in PUSHES if push not in ("beta_shock", "beta_request"))
    )
    | {"tau_peer": 8.0},
    "no contagion": _off("beta_peer") | {"tau_peer": 8.0},
}
"""What is held where: terms at zero, and at any value the memory of a term that is at zero."""


def rivals(
    situation: Situation, moves: Ints, first: int, until: int, priors: Priors
) -> Iterator[tuple[str, Forecast]]:
    """Each rival's forecast for weeks ``first`` to ``until`` − 1, fitted to the weeks before."""
    history, span = see(situation, moves, 0, until), see(situation, moves, first, until)
    for name, rates in RATES.items():
        yield name, at_rates(rates(history, first), span)
    for name, held in LESS.items():
        mode = fitted(situation, moves, first, priors, held)
        yield name, forecast_of([mode], situation, moves, first, until)


# ---- rivals that know no cause: a weekly rate for each tie that stands


def at_rates(rates: Floats, span: Seen) -> Forecast:
    """The forecast when each tie that stands falls at its kind's rate of the week, (W, 6)."""
    ties = np.where(span.live, rates[:, np.newaxis, :], 0.0)
    quiet = np.where(span.live[:1], 1.0 - rates[:, np.newaxis, :], 1.0)
    return Forecast(ties, 1.0 - quiet.prod(axis=(0, 2)))


def constant(history: Seen, first: int) -> Floats:
    """The rate of all weeks before the span."""
    rates = _rates(history, slice(0, first))
    return np.broadcast_to(rates, (len(history.rungs) - first, len(TIES))).copy()


def recent(history: Seen, first: int) -> Floats:
    """The rate of the last eight weeks before each week, those of the span as they come to be known."""
    weeks = range(first, len(history.rungs))
    return np.array([_rates(history, slice(max(week - RECENT, 0), week)) for week in weeks])


def trend(history: Seen, first: int) -> Floats:
    """The rates of all weeks, times a straight line through the drops a week (least squares), drawn on."""
    counts = history.fell[:first].sum(axis=(1, 2))
    if first < 2 or not counts.any():
        return constant(history, first)
    slope, level = np.polyfit(np.arange(first), counts, 1)
    line = level + slope * np.arange(first, len(history.rungs))
    factor = np.maximum(line, HALF / first) / counts.mean()
    rates: Floats = np.minimum(constant(history, first) * factor[:, np.newaxis], MOST)
    return rates


def _rates(history: Seen, weeks: slice) -> Floats:
    fell = history.fell[weeks].sum(axis=(0, 1))
    stood = history.live[weeks].sum(axis=(0, 1))
    return np.asarray((fell + HALF) / (stood + 2.0 * HALF))


RATES: Final[Mapping[str, Callable[[Seen, int], Floats]]] = {
    "constant by tie": constant,
    f"last {RECENT} weeks by tie": recent,
    "linear trend": trend,
}


# ---- the rule, or the rule with terms held at zero


def fitted(
    situation: Situation, moves: Ints, first: int, priors: Priors, held: Mapping[str, float] | None = None
) -> Parameters:
    """The mode of the posterior of the weeks before ``first``, with some parameters held.

    The mode stands for the posterior: drawn from by importance, the posterior of the weeks up to November
    2017 gives these scores within 0.2. The normal approximation does not: its tails expect twice the drops.
    """
    problem = Problem(Likelihood(situation, moves, until=first), priors, held=held)
    exact = updated(priors, marks(situation, moves[moves[:, 0] < first]))
    problem.row[column("chi")] = exact["chi"].law().mean()
    return best_fit(problem).parameters
