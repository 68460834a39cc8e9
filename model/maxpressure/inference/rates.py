"""Rivals that are rates by kind of tie, fitted to the weeks before a span: constant, recent, trend, Bass, Hawkes.

A rival is fitted once and gives a pace: the chance of each tie in a week, from what had happened before that week.
The same pace forecasts the record one week ahead and simulates worlds, in which it sees the world's own past.
Listed and unlisted ties of a kind have a rate each, estimated in the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product
from typing import Final, NamedTuple

import numpy as np
from scipy import optimize

from maxpressure.base.numerics import Bools, Floats, Ints
from maxpressure.base.ties import TIES
from maxpressure.inference.forecast import Forecast, log_chances
from maxpressure.inference.moves import Seen
from maxpressure.model.timeline import Timeline, remembered

RECENT: Final = 8
"""Weeks that the rival of recent rates looks back on."""

HALF: Final = 0.5
"""Cuts added to each count, and again to the weeks without: no rate is zero (Jeffreys' prior)."""

MOST: Final = 0.5
"""The highest weekly chance to which a straight line or a spread may rise."""

SHOCK_MEMORIES: Final = (4.0, 8.0)
"""Weeks in which the Hawkes rival's memory of a test may fade; it takes the likelier."""

BOUNDS: Final = ((0.0, 3.0), (0.0, 3.0), (0.0, 10.0), (1.0, 12.0))
"""Of the Hawkes rival: coefficients of shock and request, η by an act, τ in weeks."""


class Past(NamedTuple):
    """The weeks before a week, in one history or in many at once (leading axes).

    ``fell`` and ``stood`` (…, t, 2, 6) count cuts and ties at risk, listed and unlisted, by kind; ``acts`` (…, t)
    counts the states that acted.
    """

    fell: Floats
    stood: Floats
    acts: Floats

    def before(self, week: int) -> Past:
        """The weeks before one of these."""
        return Past(self.fell[..., :week, :, :], self.stood[..., :week, :, :], self.acts[..., :week])


Pace = Callable[[int, Past], Floats]
"""The chance of each tie in a week, (…, N, 6), given the weeks before."""

Fit = Callable[[Seen, int, Timeline], Pace]
"""Fits a rival to the weeks of a history before a first one."""


def past_of(history: Seen) -> Past:
    """All weeks of a history, counted."""
    return Past(
        _counted(history.fell, history.unlisted),
        _counted(history.standing, history.unlisted),
        history.fell.any(axis=2).sum(axis=1).astype(float),
    )


def _counted(marks: Bools, unlisted: Bools) -> Floats:
    """Ties marked in each week, listed and unlisted, by kind, (T, 2, 6)."""
    kinds = (marks & ~unlisted).sum(axis=1), (marks & unlisted).sum(axis=1)
    return np.stack(kinds, axis=1).astype(float)


def _rates(past: Past) -> Floats:
    """The share of ties that fell a week, (…, 2, 6)."""
    fell, stood = past.fell.sum(axis=-3), past.stood.sum(axis=-3)
    return np.asarray((fell + HALF) / (stood + 2.0 * HALF))


def _spread(rates: Floats, unlisted: Bools) -> Floats:
    """Each tie at the rate of its kind, (…, N, 6)."""
    return np.where(unlisted, rates[..., np.newaxis, 1, :], rates[..., np.newaxis, 0, :])


# ---- the rivals


def constant(history: Seen, first: int, _line: Timeline) -> Pace:
    """The rate of all weeks before the span."""
    chances = _spread(_rates(past_of(history).before(first)), history.unlisted)
    return lambda _week, _past: chances


def recent(history: Seen, _first: int, _line: Timeline) -> Pace:
    """The rate of the last eight weeks before each week, those of the span once they are past."""
    unlisted = history.unlisted

    def pace(week: int, past: Past) -> Floats:
        late = max(week - RECENT, 0)
        late_past = Past(past.fell[..., late:, :, :], past.stood[..., late:, :, :], past.acts)
        return _spread(_rates(late_past), unlisted)

    return pace


def trend(history: Seen, first: int, line: Timeline) -> Pace:
    """The rates of all weeks, times a straight line through the cuts a week (least squares), extrapolated."""
    flat = constant(history, first, line)
    counts = history.fell[:first].sum(axis=(1, 2))
    if first < 2 or not counts.any():
        return flat
    slope, level = np.polyfit(np.arange(first), counts, 1)

    def pace(week: int, past: Past) -> Floats:
        factor = max(level + slope * week, HALF / first) / counts.mean()
        return np.asarray(np.minimum(flat(week, past) * factor, MOST))

    return pace


def bass(history: Seen, first: int, line: Timeline) -> Pace:
    """Bass (1969): (p + q·F)·(M − N) cuts a week, N fallen so far of the M ties at risk at first, F = N/M.

    They are shared out among the ties in proportion to their constant rates. The ceiling is M; p and q, by maximum
    likelihood, lie between 0 and 1.
    """
    flat = constant(history, first, line)
    past = past_of(history).before(first)
    ceiling = float(past.stood[0].sum())
    rates = _rates(past)

    def spreading(fallen: Floats, p: float, q: float) -> Floats:
        left = np.maximum(ceiling - fallen, 0.0)
        return np.asarray((p + q * fallen / ceiling) * left)

    counts = past.fell.sum(axis=(1, 2))
    fallen = np.concatenate([[0.0], np.cumsum(counts)[:-1]])

    def loss(logs: Floats) -> float:
        expected = spreading(fallen, *np.exp(logs).tolist()) + 1e-12
        return float((expected - counts * np.log(expected)).sum())

    start = np.log([max(counts.sum(), HALF) / (first * ceiling), 1e-2])
    found = optimize.minimize(loss, start, method="L-BFGS-B", bounds=[(-20.0, 0.0)] * 2)
    p, q = np.exp(found.x).tolist()

    def pace(week: int, past: Past) -> Floats:
        left = past.stood[..., -1, :, :] - past.fell[..., -1, :, :]
        shared = np.maximum((left * rates).sum(axis=(-2, -1)), 1e-12)
        factor = spreading(past.fell.sum(axis=(-3, -2, -1)), p, q) / shared
        return np.asarray(np.minimum(flat(week, past) * factor[..., np.newaxis, np.newaxis], MOST))

    return pace


def hawkes(history: Seen, first: int, line: Timeline) -> Pace:
    """A self-exciting rate: each kind's constant, times 1 + η Σ past acts e^(−(t−s)/τ), tests and requests.

    By maximum likelihood within ``BOUNDS``; each kind's constant is the best given the rest, with half a cut added.
    """
    seen = Seen(history.levels[:first], history.fell[:first], history.unlisted)
    past = past_of(seen)
    by_kind = np.stack([seen.standing & ~seen.unlisted, seen.standing & seen.unlisted], axis=2)
    at_risk = by_kind.astype(float).reshape(first, len(seen.unlisted), -1)
    fell, cuts = past.fell.sum(axis=0).ravel(), seen.fell.sum(axis=2)

    def constants(weight: Floats) -> Floats:
        return np.asarray((fell + HALF) / (np.einsum("tn,tnc->c", weight, at_risk) + 2.0 * HALF))

    def weights(numbers: Floats, shock: Floats) -> Floats:
        stirred = np.array([_excited(past.acts[:week], *numbers[2:]) for week in range(first)])
        pushed = np.exp(numbers[0] * shock[:first, np.newaxis] + numbers[1] * line.request[:first])
        return np.asarray(pushed * (1.0 + stirred)[:, np.newaxis])

    def loss(numbers: Floats, shock: Floats) -> float:
        weight = weights(numbers, shock)
        exposed = np.einsum("tn,tnc->c", weight, at_risk)
        rates = (fell + HALF) / (exposed + 2.0 * HALF)
        return float((rates * exposed - fell * np.log(rates)).sum() - (cuts * np.log(weight)).sum())

    fits = []
    for memory, tau in product(SHOCK_MEMORIES, (2.0, 6.0)):
        shock = remembered(line.shock_now, line.shock_whole, memory)
        start = np.array([0.5, 0.5, 0.2, tau])
        found = optimize.minimize(loss, start, args=(shock,), method="L-BFGS-B", bounds=BOUNDS)
        fits.append((float(found.fun), found.x, shock))
    _, numbers, shock = min(fits, key=lambda one: one[0])
    flat = _spread(constants(weights(numbers, shock)).reshape(2, len(TIES)), history.unlisted)

    def pace(week: int, past: Past) -> Floats:
        pushed = np.exp(numbers[0] * shock[week] + numbers[1] * line.request[week])[:, np.newaxis]
        stirred = np.asarray(1.0 + _excited(past.acts, *numbers[2:]))[..., np.newaxis, np.newaxis]
        return np.asarray(-np.expm1(-flat * pushed * stirred))

    return pace


def _excited(acts: Floats, eta: float, tau: float) -> Floats:
    """η Σ acts e^(−(t−s)/τ) over the weeks s before a week t, along the last axis."""
    ages = np.arange(acts.shape[-1], 0, -1)
    return np.asarray(eta * (acts @ np.exp(-ages / tau)))


RATES: Final[Mapping[str, Fit]] = {
    "constant by tie": constant,
    f"last {RECENT} weeks by tie": recent,
    "linear trend": trend,
    "Bass": bass,
    "Hawkes, shocks and requests": hawkes,
}

THAWING: Final = "constant by tie, thaw"


def thawing(fit: Fit, beta_thaw: float) -> Fit:
    """A rival whose chances a thaw lowers as it lowers the rule's hazard; the coefficient is assumed, not fitted."""

    def with_thaw(history: Seen, first: int, line: Timeline) -> Pace:
        pace = fit(history, first, line)
        return lambda week, past: pace(week, past) * np.exp(-beta_thaw * line.thaw[week])

    return with_thaw


# ---- what a pace gives


def forecast_at(pace: Pace, history: Seen, first: int) -> Forecast:
    """The forecast for the weeks of a history from ``first`` on, each one week ahead; ties are independent."""
    past, span = past_of(history), Seen(history.levels[first:], history.fell[first:], history.unlisted)
    chances = np.array(
        [
            np.broadcast_to(pace(week, past.before(week)), span.levels.shape[1:])
            for week in range(first, len(history.levels))
        ]
    )
    ties = np.where(span.standing, chances, 0.0)
    quiet = np.where(span.standing[:1], 1.0 - chances, 1.0)
    return Forecast(ties, 1.0 - quiet.prod(axis=(0, 2)), log_chances(ties, span).sum(axis=(1, 2)))


CHUNK: Final = 200
"""Worlds simulated at once."""


def simulate_at(pace: Pace, history: Seen, first: int, worlds: int, seed: int) -> Ints:
    """Cuts a week in worlds that go on from the record before ``first``, (worlds, W).

    Each tie at risk falls at its chance of the week, by independent random numbers, and loses one level; the pace
    sees the world's own cuts.
    """
    rng = np.random.default_rng([seed, first])
    chunks = [
        _simulated(pace, history, first, min(CHUNK, worlds - done), rng) for done in range(0, worlds, CHUNK)
    ]
    return np.concatenate(chunks)


def _simulated(pace: Pace, history: Seen, first: int, worlds: int, rng: np.random.Generator) -> Ints:
    weeks, known = len(history.levels), past_of(history)
    state, kind = np.nonzero(history.standing[first])
    levels = np.repeat(history.levels[first, state, kind][np.newaxis], worlds, axis=0)
    member = np.zeros((len(state), 2 * len(TIES)))
    member[np.arange(len(state)), history.unlisted[state, kind] * len(TIES) + kind] = 1.0
    begins = np.flatnonzero(np.diff(state, prepend=-1))
    past = Past(*(np.repeat(counts[np.newaxis], worlds, axis=0) for counts in known))
    found = np.zeros((worlds, weeks - first), dtype=np.int64)
    for week in range(first, weeks):
        chances = pace(week, past.before(week))[..., state, kind]
        falls = (levels > 0) & (rng.random(levels.shape) < chances)
        past.stood[:, week] = ((levels > 0) @ member).reshape(worlds, 2, -1)
        past.fell[:, week] = (falls @ member).reshape(worlds, 2, -1)
        if len(state):
            past.acts[:, week] = np.logical_or.reduceat(falls, begins, axis=1).sum(axis=1)
        levels -= falls
        found[:, week - first] = falls.sum(axis=1)
    return found
