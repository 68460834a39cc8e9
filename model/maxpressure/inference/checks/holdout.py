"""Leave one state out, leave one region out: who acts, said by a fit that never saw them act.

What the states left out did stays in the others' exposure, and their own probability of acting at all by the
record's end is worked out as if they had kept quiet until then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from maxpressure.base.numerics import Floats
from maxpressure.engine.engines import Chunk
from maxpressure.evidence.priors import Priors
from maxpressure.experiments.executors import spread
from maxpressure.inference.fit import Fit, best_fit, fit
from maxpressure.inference.likelihood import Likelihood, record_situation
from maxpressure.inference.posterior import Problem
from maxpressure.inference.rivals import PUSHES, WHO
from maxpressure.inference.scoring import Measured, auc, brier, over_states
from maxpressure.model import rules
from maxpressure.model.case import Case

BLOCK: Final = 20
CONSTANT: Final[Mapping[str, float]] = {
    **dict.fromkeys((*PUSHES, *WHO), 0.0),
    "tau_shock": 8.0,
    "tau_peer": 8.0,
}
"""What is held so that every tie of a kind has the same hazard in every week."""


@dataclass(frozen=True, slots=True)
class Left:
    """P(each state acts by the record's end), (N,), by a fit without it, and whether it did."""

    name: str
    at_risk: Floats
    acted: Floats
    given: Floats

    def measured(self) -> tuple[Measured, Measured, float]:
        """AUC and Brier score with intervals over states, and the mean log score."""
        risk = self.at_risk.astype(bool)
        given, acted = self.given[risk], self.acted[risk].astype(bool)
        logs = np.where(acted, np.log(given), np.log1p(-given))
        return over_states(auc, given, acted), over_states(brier, given, acted), float(logs.mean())


@dataclass(frozen=True, slots=True)
class Leaver:
    """Fits without each group of states in turn, in any process."""

    case: Case
    priors: Priors
    held: Mapping[str, float]
    groups: tuple[tuple[int, ...], ...]
    whole: Fit

    def __call__(self, chunk: Chunk) -> list[tuple[int, float]]:
        """The probabilities of the states of groups ``chunk.first`` onwards."""
        situation = record_situation(self.case)
        found = []
        for group in self.groups[chunk.first : chunk.first + chunk.worlds]:
            counted = np.ones(len(situation.population.iso3), dtype=bool)
            counted[list(group)] = False
            problem = Problem(Likelihood(situation, counted=counted.tolist()), self.priors, held=self.held)
            p = fit(problem, self.whole.cell, self.whole).parameters
            moves = problem.likelihood.moves
            for place in group:
                quiet = Likelihood(situation, moves[moves[:, 1] != place])
                strain = float(quiet.hazards(p)[:, place].sum())
                nodes, weights = quiet.sums.nodes, np.exp(quiet.sums.weights)
                frailty = np.array([np.exp(rules.log_frailty(p.sigma, node)) for node in nodes])
                acting = [rules.acting_probability(one * strain) for one in frailty]
                found.append((place, float(weights @ acting)))
        return found


def leave_out(case: Case, priors: Priors, *, workers: int) -> list[Left]:
    """One state out, one region out, and one state out under a constant hazard by tie."""
    situation = record_situation(case)
    population = situation.population
    risk = (population.start > 0).any(axis=1)
    alone = tuple((place,) for place in np.flatnonzero(risk).tolist())
    regions: dict[str, list[int]] = {}
    for place in np.flatnonzero(risk).tolist():
        regions.setdefault(case.evidence.state(population.iso3[place]).region, []).append(place)
    together = tuple(tuple(places) for _, places in sorted(regions.items()))
    free: Mapping[str, float] = {}
    tasks = (
        ("one state out", free, alone),
        ("one region out", free, together),
        ("constant by tie", CONSTANT, alone),
    )
    return [_left(case, priors, name, held, groups, workers) for name, held, groups in tasks]


def _left(
    case: Case,
    priors: Priors,
    name: str,
    held: Mapping[str, float],
    groups: tuple[tuple[int, ...], ...],
    workers: int,
) -> Left:
    situation = record_situation(case)
    whole = Problem(Likelihood(situation), priors, held=held)
    job = Leaver(case, priors, held, groups, best_fit(whole))
    chunks = [Chunk("left", first, BLOCK) for first in range(0, len(groups), BLOCK)]
    given = np.zeros(len(situation.population.iso3))
    for block in spread(job, chunks, compiled=False, workers=workers):
        for place, probability in block:
            given[place] = probability
    acted = np.isin(situation.population.iso3, list(situation.record.iso3))
    return Left(name, (situation.population.start > 0).any(axis=1).astype(float), acted.astype(float), given)


def table(lefts: list[Left]) -> pd.DataFrame:
    """A row for each way of leaving out."""
    rows = []
    for left in lefts:
        rank, square, logs = left.measured()
        rows.append(
            {
                "left out": left.name,
                "AUC": rank.value,
                "AUC from": rank.low,
                "AUC to": rank.high,
                "Brier": square.value,
                "mean log score": logs,
            }
        )
    return pd.DataFrame(rows)
