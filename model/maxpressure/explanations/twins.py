"""Counterfactual twins: the record's random numbers inferred, then the rule run with them under another policy.

A counterfactual is computed in three steps (Pearl 2009, section 7.1). *Abduction*: given the record and a set of
parameters, draw the random numbers behind it within the bounds that the record sets. *Action*: replace the policy
by a scenario. *Prediction*: run the rule again with the same random numbers.

What the record says of the random numbers. A state's frailty has a posterior. Strain is the hazard cumulated since
the last act, and the state acts when it passes its resistance, a unit exponential threshold (Sellke 1983): so a
resistance lies between the strain before and after a recorded act, or above the final strain where none came. Lead,
companions and depth were such that just the recorded ties were cut as far as they were. Acts beyond the recorded
ones have fresh random numbers. Under the record itself a twin repeats exactly what the record holds.

What the record cannot say is how a random number carries over to other weeks. Two couplings have the same likelihood:
``threshold`` keeps one resistance for each act, whenever the strain passes it; ``weekly`` keeps one for each week,
against that week's hazard alone, so that an act stays where its week's hazard still passes it, and any other week has
random numbers of its own; once a recorded act is lost, the record's quiet weeks bound nothing more. The couplings
agree on the record and may disagree on a counterfactual, so every twin is simulated under both.

Until the record ends, ties rise as recorded and nothing else restores or thins a tie; from then on the rule does, with
fresh random numbers. Levers count from the scenario's own start, though a twin starts at the record's origin.
Overridden parameters and switched mechanisms count in the scenario alone, not in what is inferred.

The bounds are in :mod:`maxpressure.model.abduction`, the worlds of twins in :mod:`maxpressure.engine.twins`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from maxpressure.base import rng
from maxpressure.base.numerics import Floats
from maxpressure.engine.chunks import Chunk
from maxpressure.engine.record import ACT, Output
from maxpressure.engine.twins import TwinEnsemble
from maxpressure.evidence.parameters import Parameters
from maxpressure.model import rules
from maxpressure.model.case import Situation, under

THRESHOLD, WEEKLY = "threshold", "weekly"
COUPLINGS: Final[tuple[str, ...]] = (THRESHOLD, WEEKLY)
COUPLINGS_IN_WORDS: Final = {
    THRESHOLD: "threshold: a resistance for each act",
    WEEKLY: "weekly: a resistance for each week",
}


class TwinActs(NamedTuple):
    """The weeks in which each state acted, in the order of states: in one twin under one coupling."""

    twin: int
    coupling: str
    acted: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Twins:
    """Simulates chunks of twins; it travels to workers. Twin w has world w and posterior draw w mod D."""

    factual: Situation
    scenario: Situation
    until: int  # the week after the record's last
    draws: tuple[Parameters, ...]
    seed: int

    def __call__(self, chunk: Chunk) -> list[TwinActs]:
        """The chunk's twins, each under both couplings."""
        acted = [_acted(output, chunk, len(self.factual.population.iso3)) for output in self.outputs(chunk)]
        return [
            TwinActs(chunk.first + index, coupling, weeks[index])
            for index in range(chunk.worlds)
            for coupling, weeks in zip(COUPLINGS, acted, strict=True)
        ]

    def outputs(self, chunk: Chunk) -> tuple[Output, Output]:
        """All that happens in the chunk's twins, by coupling.

        Raises InputError for a draw under which the record cannot have come about.
        """
        ensemble = TwinEnsemble(self.factual, self.scenario, self.until)
        twins = range(chunk.first, chunk.first + chunk.worlds)
        draws = [self.draws[twin % len(self.draws)] for twin in twins]
        frailties = self.frailties(ensemble, twins, draws)
        return ensemble.simulate(draws, frailties, first=chunk.first, seed=self.seed)

    def frailties(self, ensemble: TwinEnsemble, twins: Sequence[int], draws: Sequence[Parameters]) -> Floats:
        """A log frailty for each twin and state, from its posterior; 0 under draws without frailty."""
        found = np.zeros((len(twins), len(self.factual.population.iso3)))
        posteriors: dict[int, Floats] = {}
        for row, twin, p in zip(found, twins, draws, strict=True):
            sigma = under(self.factual.scenario, p).sigma
            if sigma > 0.0:
                draw = twin % len(self.draws)
                if draw not in posteriors:
                    posteriors[draw] = self.posterior(ensemble, p)
                row[:] = drawn_frailties(sigma, posteriors[draw], self.seed, twin, self.factual)
        return found

    def posterior(self, ensemble: TwinEnsemble, p: Parameters) -> Floats:
        """Each state's distribution of standard frailty given its part of the record (:func:`frailty_given`)."""
        known = ensemble.followed(p)
        acts = [
            known.seen["hazard"][first : first + count].tolist()
            for first, count in zip(known.first[:-1], known.acts, strict=True)
        ]
        return frailty_given(under(self.factual.scenario, p).sigma, known.hazard, acts)


_GRID: Final = np.linspace(-8.0, 8.0, 801)
"""Standard normal values between which a frailty is drawn."""


def frailty_given(sigma: float, hazards: Floats, acts: Sequence[Sequence[float]]) -> Floats:
    """Each state's distribution of standard frailty given what it did, cumulated over the grid, (states, 801).

    The density is that of N(0, 1) times exp(−e^u·H)·Π(1 − exp(−e^u·Λ)), with H the hazard of its quiet weeks and Λ
    that of each act, both at frailty one; ``hazards`` (weeks, states) holds all weeks, ``acts`` those of each act.
    """
    e_u = np.exp([rules.log_frailty(sigma, z) for z in _GRID.tolist()])
    rows = []
    for every, own in zip(hazards.T.tolist(), acts, strict=True):
        log_density = -0.5 * _GRID**2 - e_u * (math.fsum(every) - math.fsum(own))
        for hazard in own:
            log_density += np.log(-np.expm1(-e_u * hazard))
        weights = np.exp(log_density - log_density.max())
        rows.append((np.cumsum(weights) - 0.5 * weights) / weights.sum())
    return np.array(rows)


def drawn_frailties(
    sigma: float, posterior: Floats, seed: int, twin: int, situation: Situation
) -> list[float]:
    """A log frailty for each state of a twin from its posterior."""
    codes = situation.population.codes.tolist()
    drawn = [rng.uniforms(seed, twin, code, 0, rng.FRAILTY, 0)[0] for code in codes]
    standard = [float(np.interp(u, row, _GRID)) for u, row in zip(drawn, posterior, strict=True)]
    return [rules.log_frailty(sigma, z) for z in standard]


def _acted(output: Output, chunk: Chunk, states: int) -> list[tuple[tuple[int, ...], ...]]:
    """The weeks in which each state acted, twin by twin."""
    world, week, index, kind = output.changes[: output.filled[0], :4].T
    acts = np.unique(np.stack([world, index, week])[:, kind == ACT], axis=1)
    found: list[list[list[int]]] = [[[] for _ in range(states)] for _ in range(chunk.worlds)]
    for twin, state, when in acts.T.tolist():
        found[twin - chunk.first][state].append(when)
    return [tuple(map(tuple, weeks)) for weeks in found]
