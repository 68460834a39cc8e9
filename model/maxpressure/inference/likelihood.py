"""The exact probability of a dated history, by compiled replay, with frailty integrated out.

What a state does in a week depends on inputs, on parameters and on what happened before, so the probability of
the whole history is a product over states and weeks, and the very rules that simulate it give each factor.
Frailty u ~ N(−σ²/2, σ²) is integrated state by state by the trapezoidal rule, which converges exponentially for
such integrands (Trefethen and Weideman 2014).

Who watches whom as a matrix, and what each state has seen of others' acts week by week.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Final

import numpy as np

from maxpressure.base.numerics import Floats, Ints, remember, weekly_decay
from maxpressure.base.ties import TIES
from maxpressure.engine.arrays import Inputs, inputs_of, parameter_row
from maxpressure.engine.replay import ACT, RISE, ROUTE, Replay, Sums, log_likelihoods, replay
from maxpressure.evidence.parameters import Parameters
from maxpressure.model import rules
from maxpressure.model.case import Case, Situation, prepare, under
from maxpressure.model.history import History, recorded_history
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


NODES: Final = 71
FARTHEST: Final = 8.0
"""Equally spaced nodes from −8 to 8 err by less than 10⁻⁶ at σ = 1.5; Gauss–Hermite errs by 3·10⁻⁴ with 63 nodes."""


class Likelihood:
    """The log-likelihood of one history under one situation, for any parameters.

    ``first`` and ``until`` bound the weeks that count, from the record's origin; weeks before are lived through
    all the same. ``counted`` (N) marks the states that count. Not to be shared between threads: it has
    scratch room of its own.
    """

    def __init__(
        self,
        situation: Situation,
        moves: Ints | None = None,
        *,
        first: int = 0,
        until: int | None = None,
        counted: Sequence[bool] | None = None,
    ) -> None:
        self.situation = situation
        self.inputs = inputs_of(situation)
        if (
            self.inputs.first != 0
            or self.inputs.drawn_tests
            or self.inputs.courting
            or self.inputs.escalation
        ):
            raise ValueError("a likelihood needs a situation from the record's origin on, with given inputs")
        weeks = self.inputs.n_weeks
        told = moves_of(situation, recorded_history(situation.record)) if moves is None else moves
        self.moves = told[told[:, 0] < weeks]
        self.first, self.until = first, weeks if until is None else min(until, weeks)
        size = len(self.inputs.states)
        everybody = np.ones(size, dtype=np.int64)
        self.counted = everybody if counted is None else np.array(counted, dtype=np.int64)
        nodes, weights = _quadrature(NODES)
        self.sums = Sums(nodes, weights, np.zeros(size), np.zeros((size, NODES)), np.zeros(size))
        self.replayed = _replay_room(self.inputs, acts_in(self.moves))

    @property
    def counted_moves(self) -> Ints:
        """The moves up to the last week that counts."""
        found: Ints = self.moves[self.moves[:, 0] < self.until]
        return found

    def of_rows(self, rows: Floats) -> Floats:
        """The log-likelihood of each row of parameters, in the order of :func:`inputs.parameter_row`."""
        found = np.zeros(len(rows))
        log_likelihoods(
            self.inputs,
            self.moves,
            rows,
            self.replayed,
            self.first,
            self.until,
            self.counted,
            self.sums,
            found,
        )
        return found

    def __call__(self, parameters: Parameters) -> float:
        """The log-likelihood of one set of parameters."""
        return float(self.of_rows(parameter_row(self.situation, parameters)[np.newaxis])[0])

    def by_state(self, parameters: Parameters) -> Floats:
        """Each state's own log-likelihood, in ISO3 order."""
        self(parameters)
        return self.sums.each.copy()

    def given(self, parameters: Parameters, frailties: Floats) -> float:
        """log P(the history | log frailties): what World and ensemble add up while they run."""
        hazard = self.hazards(parameters) * np.exp(frailties)
        replayed, total = self.replayed, 0.0
        inside = (self.first <= replayed.act_week) & (replayed.act_week < self.until)
        acting = np.zeros(hazard.shape, dtype=bool)
        acting[replayed.act_week[inside], replayed.act_state[inside]] = True
        span = slice(self.first, self.until)
        total -= float(hazard[span][~acting[span]].sum())
        for act in np.flatnonzero(inside):
            now = hazard[replayed.act_week[act], replayed.act_state[act]]
            total += rules.log_acting(float(now)) + float(replayed.marks[act].sum())
        return total

    def hazards(self, parameters: Parameters) -> Floats:
        """Λ of every week and state at log frailty 0, (T, N), for the history as it went."""
        replay(self.inputs, self.moves, under(self.situation.scenario, parameters), self.replayed)
        return self.replayed.hazard.copy()


def record_situation(case: Case, **changes: object) -> Situation:
    """The record from its origin to the last day of its acts, for fitting."""
    return prepare(case, case.record(**changes))


def moves_of(situation: Situation, history: History) -> Ints:
    """A history as rows of week, place, tie, level after, kind; by week and place, acts before rises."""
    place = {iso3: number for number, iso3 in enumerate(situation.population.iso3)}
    rows = [
        (week, place[iso3], tie, level, kind)
        for kind, happened in ((ACT, history.acts), (RISE, history.rises))
        for (week, iso3), levels in happened.items()
        for tie, level in levels
        if iso3 in place
    ]
    return _moves(rows)


def moves_simulated(changes: Ints, states: int) -> Ints:
    """The level changes of one world of the ensemble (rows of its output) as moves; patrons' routes left out."""
    rows = [
        (week, place, tie, after, kind)
        for _, week, place, kind, tie, _, after, _ in changes.tolist()
        if place < states
    ]
    order = {0: ACT, 1: RISE, 2: ROUTE}
    return _moves([(week, place, tie, after, order[kind]) for week, place, tie, after, kind in rows])


def _moves(rows: Sequence[tuple[int, int, int, int, int]]) -> Ints:
    ordered = sorted(rows, key=lambda row: (row[0], row[1], row[4], row[2]))
    return np.array(ordered, dtype=np.int64).reshape(len(ordered), 5)


def acts_in(moves: Ints) -> int:
    """How many acts the moves are: a state's ties that fall in one week are one."""
    return len({(week, place) for week, place, _, _, kind in moves.tolist() if kind == ACT})


@cache
def _quadrature(nodes: int) -> tuple[Floats, Floats]:
    """Equally spaced nodes and their log weights for a standard normal."""
    at, step = np.linspace(-FARTHEST, FARTHEST, nodes, retstep=True)
    return at, -0.5 * at**2 + np.log(step) - 0.5 * np.log(2.0 * np.pi)


def _replay_room(inputs: Inputs, acts: int) -> Replay:
    size, weeks, ties = len(inputs.states), inputs.n_weeks, len(TIES)
    return Replay(
        signals=np.ascontiguousarray(np.moveaxis(inputs.signals, 2, 0)),
        sensitive=np.zeros(size),
        standing=np.zeros(size),
        bases=np.zeros((size, ties)),
        hazard=np.zeros((weeks, size)),
        exposure=np.zeros(size),
        momentum=np.zeros(size),
        tie_sums=np.zeros(size),
        levels=np.zeros((size, ties), np.int64),
        acts=np.zeros(size, np.int64),
        log_ties=np.zeros(ties),
        taken=np.zeros(ties, np.int64),
        act_state=np.zeros(acts, np.int64),
        act_week=np.zeros(acts, np.int64),
        act_hazard=np.zeros(acts),
        marks=np.zeros((acts, 2)),
    )
