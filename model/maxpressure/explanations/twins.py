"""Twin worlds: the world that happened, its luck inferred from the record, lived again under another policy.

Given the record and a set of parameters, much is known about the luck behind it. A state's frailty has a posterior;
a resistance lies between the strain before and after the recorded act, or above the final strain where none
came; lead, companions and depth were such that just the recorded ties fell as far as they did. A twin draws
luck within those bounds (abduction), and the rule is run again with that luck under a scenario. Acts beyond
the recorded ones have fresh luck. Under the record itself a twin does again exactly what the record holds.

What a twin cannot know is how luck carries over to other weeks. Two constructions have the same likelihood:
``strain`` keeps one resistance for each act, whenever the strain passes it; ``weekly`` keeps one for each week,
so that an act stays where its week's hazard still passes it, and any other week has luck of its own. They
agree on the record, and may disagree on what would have been, so every twin is lived under both.

Until the record ends, ties rise as recorded and nothing else restores or thins a tie; from then on the rule
does, with fresh luck. Levers count from the scenario's own start, though a twin lives from the record's origin.
Overridden parameters and switched mechanisms count in the scenario alone, not in what is inferred.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from maxpressure.base import rng
from maxpressure.base.errors import InputError
from maxpressure.engine.engines import Chunk, release
from maxpressure.evidence.parameters import Parameters
from maxpressure.explanations.abduction import CLASSES, COUPLINGS, Key, StrainTwin, Witness
from maxpressure.model import rules
from maxpressure.model.case import Situation
from maxpressure.model.history import recorded_history
from maxpressure.model.world import World

Floats = NDArray[np.float64]

_GRID: Final = np.linspace(-8.0, 8.0, 801)
"""Standard normal values between which a frailty is drawn."""


class Life(NamedTuple):
    """When each state acted, in the order of states: in one twin under one construction of luck."""

    twin: int
    coupling: str
    acted: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Twins:
    """Lives chunks of twins; it travels to other processes. Twin w has replicate w and draw w mod D."""

    factual: Situation
    scenario: Situation
    until: int  # the week after the record's last
    draws: tuple[Parameters, ...]
    seed: int

    def __call__(self, chunk: Chunk) -> list[Life]:
        """The chunk's twins, each under both constructions."""
        lives = []
        posteriors: dict[int, Floats] = {}
        for twin in range(chunk.first, chunk.first + chunk.worlds):
            draw = twin % len(self.draws)
            if draw not in posteriors:
                posteriors[draw] = self.posterior(self.draws[draw])
            lives += self.simulate(twin, posteriors[draw])
        return lives

    def simulate(self, twin: int, posterior: Floats) -> list[Life]:
        """One twin under both constructions."""
        lives = []
        for coupling, world in self.worlds(twin, posterior, self.scenario).items():
            world.run()
            acted = tuple(tuple(state.acted) for state in world.states if isinstance(state, StrainTwin))
            lives.append(Life(twin, coupling, acted))
            release(world)
        return lives

    def worlds(
        self, twin: int, posterior: Floats, situation: Situation, *, record: bool = False
    ) -> dict[str, World]:
        """The worlds of a twin before their first week, by construction."""
        p = self.draws[twin % len(self.draws)]
        frailties = self.frailties(twin, p, posterior)
        witnessed = self._witnessed(p, twin, frailties)
        states = [state for state in witnessed.states if isinstance(state, Witness)]
        release(witnessed)
        return {
            name: World(
                situation,
                p,
                seed=self.seed,
                number=twin,
                frailties=frailties,
                record=record,
                state_class=partial(
                    CLASSES[name], abducted=[state.infer(name) for state in states], until=self.until
                ),
            )
            for name in COUPLINGS
        }

    def posterior(self, p: Parameters) -> Floats:
        """Each state's distribution of standard frailty given its part of the record, cumulated over the grid.

        The density is that of N(0, 1) times exp(−e^u·H)·Π(1 − exp(−e^u·Λ)), with H the hazard of its quiet
        weeks and Λ that of each act, both at frailty one.
        """
        witnessed = self._witnessed(p, 0, dict.fromkeys(self.factual.population.iso3, 0.0))
        e_u = np.exp([rules.log_frailty(witnessed.parameters.sigma, z) for z in _GRID.tolist()])
        rows = []
        for state in witnessed.states:
            assert isinstance(state, Witness)
            acts = [seen.hazard for seen in state.seen]
            log_density = -0.5 * _GRID**2 - e_u * (math.fsum(state.hazards) - math.fsum(acts))
            for hazard in acts:
                log_density += np.log(-np.expm1(-e_u * hazard))
            weights = np.exp(log_density - log_density.max())
            rows.append((np.cumsum(weights) - 0.5 * weights) / weights.sum())
        release(witnessed)
        return np.array(rows)

    def frailties(self, twin: int, p: Parameters, posterior: Floats) -> dict[str, float]:
        """A log frailty for each state from its posterior."""
        population = self.factual.population
        drawn = [Key(self.seed, twin, code).uniforms(0, rng.FRAILTY)[0] for code in population.codes.tolist()]
        at = [float(np.interp(u, row, _GRID)) for u, row in zip(drawn, posterior, strict=True)]
        return {iso3: rules.log_frailty(p.sigma, z) for iso3, z in zip(population.iso3, at, strict=True)}

    def _witnessed(self, p: Parameters, twin: int, frailties: Mapping[str, float]) -> World:
        """The record lived again, to its end, by states that remember."""
        world = World(
            self.factual,
            p,
            seed=self.seed,
            number=twin,
            history=recorded_history(self.factual.record),
            frailties=frailties,
            record=False,
            state_class=Witness,
        )
        while world.week < self.until:
            world.step()
        if world.log_probability == -math.inf:
            given, allowed = (
                "a draw that gives the record no chance",
                "draws under which it can have happened",
            )
            raise InputError(file="parameters", key="draws", given=given, allowed=allowed)
        return world
