"""The exact probability of a dated history, by compiled replay, with frailty integrated out.

What a state does in a week depends on inputs, on parameters and on what happened before, so the probability of
the whole history is a product over states and weeks, and the very rules that simulate it give each factor.
Frailty u ~ N(−σ²/2, σ²) is integrated state by state by the trapezoidal rule, which converges exponentially for
such integrands (Trefethen and Weideman 2014).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Final

import numpy as np

from maxpressure.base.numerics import Floats, Ints
from maxpressure.engine.arrays import inputs_of, parameter_row
from maxpressure.engine.replay import Sums, log_likelihoods, new_replay, replay
from maxpressure.evidence.parameters import Parameters
from maxpressure.evidence.priors import column
from maxpressure.inference.moves import acts_in, moves_of
from maxpressure.model import rules
from maxpressure.model.case import Case, Situation, as_fitted, fixed, prepare, under
from maxpressure.model.history import recorded_history

NODES: Final = 71

FARTHEST: Final = 8.0
"""Equally spaced nodes from −8 to 8 err by less than 10⁻⁶ at σ = 1.5; Gauss–Hermite errs by 3·10⁻⁴ with 63 nodes."""


class Likelihood:
    """The log-likelihood of one history under one situation, for any parameters.

    ``first`` and ``until`` bound the weeks that count, from the record's origin; weeks before are replayed
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
        self.fixed = fixed(situation.scenario)
        if (
            self.inputs.first != 0
            or self.inputs.drawn_tests
            or self.inputs.courting
            or self.inputs.escalation
        ):
            raise ValueError("a likelihood needs a situation from the record's origin on, with given inputs")
        weeks = self.inputs.n_weeks
        all_moves = moves_of(situation, recorded_history(situation.record)) if moves is None else moves
        self.moves = all_moves[all_moves[:, 0] < weeks]
        self.first, self.until = first, weeks if until is None else min(until, weeks)
        size = len(self.inputs.states)
        everybody = np.ones(size, dtype=np.int64)
        self.counted = everybody if counted is None else np.array(counted, dtype=np.int64)
        nodes, weights = _quadrature(NODES)
        self.sums = Sums(nodes, weights, np.zeros(size), np.zeros((size, NODES)), np.zeros(size))
        self.replayed = new_replay(self.inputs, acts_in(self.moves))

    @property
    def counted_moves(self) -> Ints:
        """The moves up to the last week that counts."""
        found: Ints = self.moves[self.moves[:, 0] < self.until]
        return found

    def of_rows(self, rows: Floats) -> Floats:
        """The log-likelihood of each row of parameters, in the order of :func:`inputs.parameter_row`.

        What the scenario fixes, mechanisms switched off among it, counts as the scenario has it, whatever the rows say.
        """
        found, rows = np.zeros(len(rows)), rows.copy()
        for name, value in self.fixed.items():
            rows[:, column(name)] = value
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
        return float(self.by_week(parameters, frailties)[self.first : self.until].sum())

    def by_week(self, parameters: Parameters, frailties: Floats | float = 0.0) -> Floats:
        """log P(what a state did in a week | all before, log frailties) of every week and state, (T, N)."""
        hazard, replayed = self.hazards(parameters) * np.exp(frailties), self.replayed
        found: Floats = -hazard
        for act, (week, state) in enumerate(zip(replayed.act_week, replayed.act_state, strict=True)):
            acting = rules.log_acting(float(hazard[week, state]))
            found[week, state] = acting + float(replayed.marks[act].sum())
        return found

    def hazards(self, parameters: Parameters) -> Floats:
        """Λ of every week and state at log frailty 0, (T, N), for the history as it went."""
        replay(self.inputs, self.moves, under(self.situation.scenario, parameters), self.replayed)
        return self.replayed.hazard.copy()


def record_situation(case: Case, **changes: object) -> Situation:
    """The record from its origin to the last day that is fitted."""
    return as_fitted(case, prepare(case, case.record(**changes)))


@cache
def _quadrature(nodes: int) -> tuple[Floats, Floats]:
    """Equally spaced nodes and their log weights for a standard normal."""
    at, step = np.linspace(-FARTHEST, FARTHEST, nodes, retstep=True)
    return at, -0.5 * at**2 + np.log(step) - 0.5 * np.log(2.0 * np.pi)
