"""One step ahead: the probability that each tie falls in each week, given all earlier weeks, and how it is scored.

A state's frailty is not observed. Each state has a belief about it: the prior of the draw, updated by every week in
which the state did not act and every week in which it acted. A probability is a mean over the belief.

The log score of a tie in a week is the logarithm of the probability that was given to what it did, fall or stay.
The joint score of a week is the logarithm of the probability that was given to all that its ties did together: the
mean over draws of the product over states. It can reward a shock that is common to states, which the first cannot.
The Brier score is the mean squared error of P(a state acts in the span). The AUC is the probability that a state
that acted had been given more than one that did not: it ranks, and does not depend on size.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np
from scipy import special, stats

from maxpressure.base.numerics import Bools, Floats, Ints, exp, log
from maxpressure.engine.arrays import N_TIES, Inputs, parameter_row
from maxpressure.engine.jit import kernel
from maxpressure.engine.precompute import parameters_of, readiness_of, tie_sum_of
from maxpressure.engine.replay import Replay, replay
from maxpressure.evidence.parameters import Parameters
from maxpressure.inference.likelihood import Likelihood
from maxpressure.inference.moves import Seen, acts_in, see
from maxpressure.model import rules
from maxpressure.model.case import Situation


class Forecast(NamedTuple):
    """P(a tie falls in a week), (W, N, 6), all earlier weeks known; P(a state acts in the span at all), (N,).

    The latter knows what others did in the span, and of the state itself only what it did before. ``weeks`` (W,)
    is log P(which ties fell in a week and which did not), all at once.
    """

    ties: Floats
    states: Floats
    weeks: Floats


class Ahead(NamedTuple):
    """Room for the forecast of one draw. W weeks, N states, n nodes of the quadrature of frailty."""

    nodes: Floats  # (n,), as the next two
    weights: Floats  # their logarithms
    frailty: Floats
    belief: Floats  # (N, n), log weights
    levels: Ints  # (W, N, 6), before each week's acts
    log_ties: Floats  # (6,), as the next
    ready: Floats
    strain: Floats  # (N,): strain of the span if the state does not act; −1 where the replay has it
    ties: Floats  # (W, N, 6)
    states: Floats  # (N,)
    weeks: Floats  # (W,)


def forecast_of(
    draws: Sequence[Parameters], situation: Situation, moves: Ints, first: int, until: int
) -> Forecast:
    """The forecast of parameter draws for weeks ``first`` to ``until`` − 1 of a history."""
    likelihood = Likelihood(situation, moves, first=first, until=until)
    return forecast_weeks(likelihood, draws, see(situation, likelihood.moves, first, until), first, until)


def forecast_weeks(
    likelihood: Likelihood, draws: Sequence[Parameters], seen: Seen, first: int, until: int
) -> Forecast:
    """The forecast for weeks ``first`` to ``until`` − 1: its mean over the draws, which count alike."""
    indices = np.flatnonzero(seen.acted).tolist()
    alone = {index: _without(likelihood.moves, index, first) for index in indices}
    ties, states, weeks = np.zeros(seen.levels.shape), np.zeros(seen.levels.shape[1]), []
    for ahead in _looked_ahead(likelihood, draws, seen, first, until, alone):
        ties += ahead.ties
        states += ahead.states
        weeks.append(ahead.weeks.copy())
    together = np.asarray(special.logsumexp(weeks, axis=0)) - np.log(len(draws))
    return Forecast(ties / len(draws), states / len(draws), together)


def week_scores(
    likelihood: Likelihood, draws: Sequence[Parameters], seen: Seen, first: int, until: int
) -> Floats:
    """The joint log score of each week under each draw by itself, (D, W)."""
    found = _looked_ahead(likelihood, draws, seen, first, until, {})
    return np.array([ahead.weeks.copy() for ahead in found])


def _looked_ahead(
    likelihood: Likelihood,
    draws: Sequence[Parameters],
    seen: Seen,
    first: int,
    until: int,
    alone: Mapping[int, Ints],
) -> Iterator[Ahead]:
    """What each draw expects, in the same room; ``alone`` holds the moves without those of a state that acted."""
    inputs, moves, replayed = likelihood.inputs, likelihood.moves, likelihood.replayed
    ahead = _room(likelihood, seen)
    for draw in draws:
        row = parameter_row(likelihood.situation, draw)
        ahead.strain[:] = -1.0
        for index, others in alone.items():
            ahead.strain[index] = built_up(inputs, others, row, replayed, first, until, index)
        look_ahead(inputs, moves, row, replayed, acts_in(moves), first, until, ahead)
        yield ahead


def _without(moves: Ints, index: int, first: int) -> Ints:
    """The moves but for those of one state from a week on."""
    left: Ints = moves[(moves[:, 1] != index) | (moves[:, 0] < first)]
    return left


def _room(likelihood: Likelihood, seen: Seen) -> Ahead:
    nodes, weights = likelihood.sums.nodes, likelihood.sums.weights
    size = len(likelihood.inputs.states)
    return Ahead(
        nodes, weights, np.zeros(len(nodes)), np.zeros((size, len(nodes))), seen.levels, np.zeros(N_TIES),
        np.zeros(N_TIES), np.zeros(size), np.zeros(seen.levels.shape), np.zeros(size), np.zeros(len(seen.levels)),
    )  # fmt: skip


@kernel
def built_up(
    inputs: Inputs, moves: Ints, row: Floats, replayed: Replay, first: int, until: int, index: int
) -> float:
    """The strain that a state builds up in the weeks of a span under these moves, at log frailty 0."""
    replay(inputs, moves, parameters_of(row), replayed)
    strain = 0.0
    for t in range(first, until):
        strain += replayed.hazard[t, index]
    return strain


@kernel
def look_ahead(
    inputs: Inputs,
    moves: Ints,
    row: Floats,
    replayed: Replay,
    acts: int,
    first: int,
    until: int,
    ahead: Ahead,
) -> None:
    """Replay the moves, update beliefs after each week, and compute the probabilities of each week of the span.

    Without frailty (σ = 0) there is nothing to learn, and one node holds the whole belief.
    """
    p = parameters_of(row)
    replay(inputs, moves, p, replayed)
    nodes = 1 if p.sigma == 0.0 else len(ahead.nodes)
    for node in range(nodes):
        ahead.frailty[node] = exp(rules.log_frailty(p.sigma, ahead.nodes[node]))
        for i in range(len(ahead.belief)):
            ahead.belief[i, node] = ahead.weights[node]
    frailty, belief, act = ahead.frailty[:nodes], ahead.belief[:, :nodes], 0
    for t in range(until):
        if t == first:
            expect_states(replayed, first, until, frailty, belief, ahead)
        if t >= first:
            ahead.weeks[t - first] = expect_ties(
                inputs, p, replayed, t, ahead.levels[t - first], act, acts, frailty, belief, ahead,
                ahead.ties[t - first],
            )  # fmt: skip
        act = learn(replayed, t, act, acts, frailty, belief)


@kernel
def learn(replayed: Replay, t: int, act: int, acts: int, frailty: Floats, belief: Floats) -> int:
    """Update what is believed of each state by what it did in a week; returns the number of acts so far."""
    for i in range(len(belief)):
        acted = act < acts and replayed.act_week[act] == t and replayed.act_state[act] == i
        for node in range(len(frailty)):
            hazard = frailty[node] * replayed.hazard[t, i]
            belief[i, node] += rules.log_acting(hazard) if acted else -hazard
        if acted:
            act += 1
    return act


@kernel
def expect_states(
    replayed: Replay, first: int, until: int, frailty: Floats, belief: Floats, ahead: Ahead
) -> None:
    """P(each state acts in the span), by the strain that builds up in it while the state keeps quiet."""
    for i in range(len(ahead.states)):
        strain = ahead.strain[i]
        if strain < 0.0:
            strain = 0.0
            for t in range(first, until):
                strain += replayed.hazard[t, i]
        ahead.states[i] = believed(belief[i], frailty, strain)


@kernel
def expect_ties(
    inputs: Inputs, p: Parameters, replayed: Replay, t: int, levels: Ints, act: int, acts: int, frailty: Floats,
    belief: Floats, ahead: Ahead, ties: Floats,
) -> float:  # fmt: skip
    """P(each tie falls in a week); returns log P(what all of them did), ``act`` being the week's first if any."""
    forbidden, together = inputs.forbidden[inputs.weeks[t].epoch], 0.0
    for i in range(len(levels)):
        readiness_of(p, inputs.states[i], ahead.ready)
        whole = tie_sum_of(p, replayed.bases[i], forbidden, levels[i], ahead.log_ties)
        acting = believed(belief[i], frailty, replayed.hazard[t, i])
        for k in range(N_TIES):
            ties[i, k] = rules.tie_chance(acting, ahead.log_ties[k], whole, p.chi * ahead.ready[k])
        if act < acts and replayed.act_week[act] == t and replayed.act_state[act] == i:
            together += (log(acting) if acting > 0.0 else -math.inf) + replayed.marks[act, 0]
            act += 1
        else:
            together += log(1.0 - acting) if acting < 1.0 else -math.inf
    return together


@kernel
def believed(belief: Floats, frailty: Floats, strain: float) -> float:
    """P(a state acts against so much strain), as its frailty is believed to be."""
    largest = belief[0]
    for weight in belief:
        largest = max(largest, weight)
    acting, whole = 0.0, 0.0
    for node in range(len(frailty)):
        weight = exp(belief[node] - largest)
        whole += weight
        acting += weight * rules.acting_probability(frailty[node] * strain)
    return acting / whole


# ---- scores

RESAMPLES: Final = 2000

LEVEL: Final = 0.95
"""Of the bootstrap over states: how often they are resampled, and the level of its interval."""

Measure = Callable[[Floats, Bools], float]


class Measured(NamedTuple):
    """A number with its interval over states; NaN where the states do not determine it."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """How one forecast did in one span.

    ``cells`` are the weeks in which a tie stood and could fall, ``cuts`` those in which it did, ``expected``
    the sum of their probabilities and ``log_score`` that of the logarithms, ``listed`` the part of listed ties;
    ``joint`` is the sum of the weeks' joint scores.
    """

    name: str
    cells: int
    cuts: int
    expected: float
    log_score: float
    listed: float
    joint: float
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
    and are used week by week: no probability uses its own week or a later one.
    """
    forecast = forecast_of(draws, situation, moves, first, until)
    return scores_of(name, forecast, see(situation, moves, first, until))


def scores_of(name: str, forecast: Forecast, seen: Seen) -> Scores:
    """Any forecast against what was seen."""
    chance, fell = forecast.ties[seen.standing], seen.fell[seen.standing]
    listed = seen.standing & ~seen.unlisted
    given, acted = forecast.states[seen.at_risk], seen.acted[seen.at_risk]
    return Scores(
        name=name,
        cells=len(chance),
        cuts=int(fell.sum()),
        expected=float(chance.sum()),
        log_score=log_score(chance, fell),
        listed=log_score(forecast.ties[listed], seen.fell[listed]),
        joint=float(forecast.weeks.sum()),
        auc=over_states(auc, given, acted),
        brier=over_states(brier, given, acted),
    )


def log_score(chance: Floats, fell: Bools) -> float:
    """Σ log P(what each tie did in each week)."""
    with np.errstate(divide="ignore"):  # what had probability 0 and happened has −∞
        return float(np.log(chance[fell]).sum() + np.log1p(-chance[~fell]).sum())


def auc(given: Floats, acted: Bools) -> float:
    """P(a state that acted was given more than one that did not), ties counted half; NaN without both kinds."""
    yes, no = int(acted.sum()), int((~acted).sum())
    if yes == 0 or no == 0:
        return float("nan")
    ranks = stats.rankdata(given)
    return float((ranks[acted].sum() - yes * (yes + 1) / 2.0) / (yes * no))


def brier(given: Floats, acted: Bools) -> float:
    """The mean squared error of the probabilities."""
    return float(np.mean((given - acted) ** 2))


def paired(forecast: Forecast, other: Forecast, seen: Seen) -> Measured:
    """How much better a forecast's log score is than another's, with its bootstrap interval over states."""
    return summed(_by_state(forecast, seen) - _by_state(other, seen))


def paired_listed(forecast: Forecast, other: Forecast, seen: Seen) -> Measured:
    """As :func:`paired`, of listed ties alone."""
    return paired(forecast, other, replace(seen, levels=np.where(seen.unlisted, 0, seen.levels)))


def summed(gains: Floats) -> Measured:
    """The sum of gains, with its bootstrap interval: whatever they are of, states or weeks, is resampled."""
    again = gains[resampled(len(gains))].sum(axis=1)
    return Measured(float(gains.sum()), *interval(again))


def resampled(size: int) -> Ints:
    """Which of so many are drawn in each resample, (RESAMPLES, size), from a fixed seed."""
    return np.random.default_rng(0).integers(size, size=(RESAMPLES, size))


def interval(values: Floats) -> tuple[float, float]:
    """The two ends between which LEVEL of the values lie."""
    low, high = np.quantile(values, [(1.0 - LEVEL) / 2.0, (1.0 + LEVEL) / 2.0])
    return float(low), float(high)


def log_chances(ties: Floats, seen: Seen) -> Floats:
    """log P(what each tie did in each week), (W, N, 6); 0 where none stood."""
    with np.errstate(divide="ignore"):
        logs = np.where(seen.fell, np.log(ties), np.log1p(-ties))
    return np.where(seen.standing, logs, 0.0)


def _by_state(forecast: Forecast, seen: Seen) -> Floats:
    return np.asarray(log_chances(forecast.ties, seen).sum(axis=(0, 2)))


def over_states(measure: Measure, given: Floats, acted: Bools) -> Measured:
    """A measure with its bootstrap interval: states resampled with replacement, from a fixed seed."""
    values = np.array([measure(given[states], acted[states]) for states in resampled(len(given))])
    known = values[~np.isnan(values)]
    if not len(known):
        return Measured(measure(given, acted), float("nan"), float("nan"))
    return Measured(measure(given, acted), *interval(known))
