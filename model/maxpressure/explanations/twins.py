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
``threshold`` keeps one resistance for each act, whenever the strain passes it; ``weekly`` keeps one for each week, so
that an act stays where its week's hazard still passes it, and any other week has random numbers of its own. They
agree on the record and may disagree on a counterfactual, so every twin is simulated under both.

Until the record ends, ties rise as recorded and nothing else restores or thins a tie; from then on the rule does, with
fresh random numbers. Levers count from the scenario's own start, though a twin starts at the record's origin.
Overridden parameters and switched mechanisms count in the scenario alone, not in what is inferred.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, NamedTuple

import numpy as np

from maxpressure.base import rng
from maxpressure.base.errors import InputError
from maxpressure.base.numerics import Floats
from maxpressure.base.ties import TIES
from maxpressure.engine.chunks import Chunk
from maxpressure.engine.engines import release
from maxpressure.evidence.parameters import Parameters
from maxpressure.model import rules
from maxpressure.model.agents import State, Week
from maxpressure.model.case import Situation, under
from maxpressure.model.history import Change, recorded_history
from maxpressure.model.world import World

# ---- random numbers within the bounds that the record sets


class ActNumbers(NamedTuple):
    """The random numbers of one act, tie by tie: which tie leads, which join, how far each is cut."""

    gumbels: tuple[float, ...]
    companions: tuple[float, ...]
    depths: tuple[tuple[float, float], ...]


class Inferred(NamedTuple):
    """The random numbers of one state as far as the record bounds them, by the number under which they are kept."""

    resistances: Mapping[int, float]
    acts: Mapping[int, ActNumbers]


class Seen(NamedTuple):
    """A recorded act and what the state's hazard was made of in its week."""

    week: int
    strain: float  # before the week of the act
    hazard: float
    log_ties: tuple[float, ...]
    ready: tuple[float, ...]
    act: tuple[Change, ...]


class Key(NamedTuple):
    """The key of a state's random numbers: seed, world and the state's code."""

    seed: int
    world: int
    code: int

    def uniforms(self, number: int, purpose: int, slot: int = 0) -> tuple[float, float]:
        """Two uniforms for one purpose of one numbered act or week."""
        return rng.uniforms(*self, number, purpose, slot)


def resistance_within(strain: float, hazard: float, uniform: float) -> float:
    """A resistance that the strain passes in this very week: a truncated exponential above ``strain``."""
    drawn = strain - math.log1p(uniform * math.expm1(-hazard))
    return min(max(drawn, math.nextafter(strain, math.inf)), strain + hazard)


def resistance_beyond(strain: float, uniform: float) -> float:
    """A resistance that the strain has not passed."""
    return max(strain - math.log(uniform), math.nextafter(strain, math.inf))


def below(bound: float, uniform: float) -> float:
    """A uniform known to lie below the bound."""
    return min(uniform * bound, math.nextafter(bound, 0.0))


def above(bound: float, uniform: float) -> float:
    """A uniform known to lie at the bound or above."""
    return bound + uniform * (1.0 - bound)


def infer_act(key: Key, number: int, seen: Seen, p: Parameters) -> ActNumbers:
    """Random numbers that make an act of just the recorded ties, each cut as deep as recorded.

    The lead, which no record names, is drawn with the odds of the ties that were cut. Its score is the largest of
    all, hence that of their sum; every other score is a Gumbel known to lie below it (top-down sampling).
    """
    possible = [tie for tie, log in enumerate(seen.log_ties) if log > -math.inf]
    fell = {change.tie: change for change in seen.act}
    lead = _drawn_lead(seen, tuple(fell), key.uniforms(number, rng.LEAD, len(TIES))[0])
    gumbels = [rng.gumbel(*key, number, rng.LEAD, tie) for tie in range(len(TIES))]
    companions = [key.uniforms(number, rng.COMPANION, tie)[0] for tie in range(len(TIES))]
    depths = [key.uniforms(number, rng.DEPTH, tie) for tie in range(len(TIES))]
    largest = math.log(math.fsum(math.exp(seen.log_ties[tie]) for tie in possible)) + gumbels[lead]
    for tie in possible:
        score = largest
        if tie != lead:
            score = -math.log(math.exp(-largest) + math.exp(-(seen.log_ties[tie] + gumbels[tie])))
            companions[tie] = (below if tie in fell else above)(p.chi * seen.ready[tie], companions[tie])
        gumbels[tie] = score - seen.log_ties[tie]
    for tie, change in fell.items():
        depths[tie] = infer_depth(change.before, change.after, p.psi[tie], *depths[tie])
    return ActNumbers(tuple(gumbels), tuple(companions), tuple(depths))


def _drawn_lead(seen: Seen, fell: Sequence[int], uniform: float) -> int:
    """One of the ties that were cut: by its hazard, and the more likely the less readily it would have joined."""
    odds = np.cumsum([math.exp(seen.log_ties[tie]) / seen.ready[tie] for tie in fell])
    return fell[int(np.searchsorted(odds[:-1], uniform * odds[-1], side="right"))]


def infer_depth(before: int, after: int, psi: float, first: float, second: float) -> tuple[float, float]:
    """The two uniforms of a cut from level to level: below ψ for each further level, above where it stopped."""
    drawn = [first, second]
    for step in range(2):
        level = before - 1 - step
        if level > 0 and level >= after:
            drawn[step] = (below if after < level else above)(psi, drawn[step])
    return drawn[0], drawn[1]


# ---- states


class FactualState(State):
    """A state that repeats the record and keeps what its random numbers must explain."""

    world: World

    def __init__(self, world: World, index: int, frailty: float | None = None) -> None:
        super().__init__(world, index, frailty)
        self.hazards: list[float] = []
        self.seen: list[Seen] = []

    def plan(self, week: Week, request: float, incident: float, courtship: float) -> None:
        """Plan as `State.plan` does; also store the hazard and, in a week with an act, the inputs of the decision."""
        super().plan(week, request, incident, courtship)
        self.hazards.append(self.hazard)
        if self.act:
            seen = Seen(week.number, self.strain, self.hazard, tuple(self.log_ties), self.ready, self.act)
            self.seen.append(seen)

    def infer(self, coupling: str) -> Inferred:
        """Random numbers under which the record would come again."""
        key = Key(self.world.seed, self.world.number, self.code)
        weekly = coupling == WEEKLY
        numbered = [(seen.week if weekly else number, seen) for number, seen in enumerate(self.seen)]
        acts = {number: infer_act(key, number, seen, self.p) for number, seen in numbered}
        return Inferred(self._for_each_week(key) if weekly else self._for_each_act(key), acts)

    def _for_each_act(self, key: Key) -> dict[int, float]:
        """A resistance for each act: between the strains around it, the next above the final strain."""
        found = {
            number: resistance_within(seen.strain, seen.hazard, key.uniforms(number, rng.RESISTANCE)[0])
            for number, seen in enumerate(self.seen)
        }
        last = len(self.seen)
        found[last] = resistance_beyond(self.strain, key.uniforms(last, rng.RESISTANCE)[0])
        return found

    def _for_each_week(self, key: Key) -> dict[int, float]:
        """A resistance for each week: below its hazard in the week of an act, above it otherwise."""
        acted = {seen.week for seen in self.seen}
        weeks: Any = np.arange(len(self.hazards))  # keyed random numbers of all weeks are drawn at once
        drawn: Any = key.uniforms(weeks, rng.RESISTANCE)[0]
        return {
            week: resistance_within(0.0, hazard, u) if week in acted else resistance_beyond(hazard, u)
            for week, (hazard, u) in enumerate(zip(self.hazards, drawn.tolist(), strict=True))
        }


class ThresholdTwin(State):
    """A state with inferred random numbers: a resistance for each act."""

    world: World

    def __init__(
        self,
        world: World,
        index: int,
        frailty: float | None = None,
        *,
        inferred: Sequence[Inferred],
        until: int,
    ) -> None:
        super().__init__(world, index, frailty)
        self.until = until
        self.acted: list[int] = []
        resistances, self.inferred_acts = inferred[index]
        self._thresholds |= {(rng.RESISTANCE, number): drawn for number, drawn in resistances.items()}

    def plan(self, week: Week, request: float, incident: float, courtship: float) -> None:
        """Plan as `State.plan` does; also store the weeks with an act."""
        super().plan(week, request, incident, courtship)
        if self.act:
            self.acted.append(week.number)

    def _leading(self) -> int:
        known = self.inferred_acts.get(self.number)
        if known is None:
            return super()._leading()
        scores = [log + gumbel for log, gumbel in zip(self.log_ties, known.gumbels, strict=True)]
        return scores.index(max(scores))

    def _joins(self, tie: int) -> bool:
        known = self.inferred_acts.get(self.number)
        if known is None:
            return super()._joins(tie)
        return known.companions[tie] < self.p.chi * self.ready[tie]

    def _fallen(self, tie: int) -> int:
        known = self.inferred_acts.get(self.number)
        if known is None:
            return super()._fallen(tie)
        return rules.lowered(self.levels[tie], self.p.psi[tie], *known.depths[tie])

    def _consider_return(self, week: Week) -> Change | None:
        """The recorded rises, and after the record's end the rule; a tie that falls this week does not rise."""
        if week.number >= self.until:
            return super()._consider_return(week)
        _, rise, _ = self.world.before.of(week.number, self.iso3, self.levels, self.ceiling)
        falling = {change.tie for change in self.act}
        return None if rise is None or rise.tie in falling else rise

    def _route_thins(self) -> bool:
        return self.world.week >= self.until and super()._route_thins()


class WeeklyTwin(ThresholdTwin):
    """A state with inferred random numbers: a resistance for each week, against that week's hazard alone.

    A recorded act is kept with probability p′/p in its week. Once one is lost, the record's quiet weeks bound
    nothing more, and their random numbers are drawn afresh.
    """

    lost = False

    def plan(self, week: Week, request: float, incident: float, courtship: float) -> None:
        """Plan as `State.plan` does; also note when a recorded act does not come."""
        super().plan(week, request, incident, courtship)
        self.lost = self.lost or (week.number in self.inferred_acts and not self.act)

    def _resistance(self, purpose: int, number: int) -> float:
        if purpose == rng.RESISTANCE and self.lost and number not in self.inferred_acts:
            self._thresholds.pop((purpose, number), None)
        return super()._resistance(purpose, number)

    @property
    def number(self) -> int:
        """The number under which the random numbers of an act are kept: its week's."""
        return self.world.week

    def commit(self) -> None:
        """Commit as `State.commit` does; also carry no strain over to the next week."""
        super().commit()
        self.endured += self.strain
        self.strain = 0.0


THRESHOLD, WEEKLY = "threshold", "weekly"
CLASSES: Final[dict[str, type[ThresholdTwin]]] = {THRESHOLD: ThresholdTwin, WEEKLY: WeeklyTwin}
"""Each coupling is a class of states."""

COUPLINGS: Final = tuple(CLASSES)
COUPLINGS_IN_WORDS: Final = {
    THRESHOLD: "threshold: a resistance for each act",
    WEEKLY: "weekly: a resistance for each week",
}

# ---- twins

_GRID: Final = np.linspace(-8.0, 8.0, 801)
"""Standard normal values between which a frailty is drawn."""


class TwinActs(NamedTuple):
    """The weeks in which each state acted, in the order of states: in one twin under one coupling."""

    twin: int
    coupling: str
    acted: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Twins:
    """Simulates chunks of twins; it travels to other processes. Twin w has world w and posterior draw w mod D."""

    factual: Situation
    scenario: Situation
    until: int  # the week after the record's last
    draws: tuple[Parameters, ...]
    seed: int

    def __call__(self, chunk: Chunk) -> list[TwinActs]:
        """The chunk's twins, each under both couplings."""
        simulated = []
        posteriors: dict[int, Floats] = {}
        for twin in range(chunk.first, chunk.first + chunk.worlds):
            draw = twin % len(self.draws)
            if draw not in posteriors:
                posteriors[draw] = self.posterior(self.draws[draw])
            simulated += self.simulate(twin, posteriors[draw])
        return simulated

    def simulate(self, twin: int, posterior: Floats) -> list[TwinActs]:
        """One twin under both couplings."""
        simulated = []
        for coupling, world in self.worlds(twin, posterior, self.scenario).items():
            world.run()
            acted = tuple(tuple(state.acted) for state in world.states if isinstance(state, ThresholdTwin))
            simulated.append(TwinActs(twin, coupling, acted))
            release(world)
        return simulated

    def worlds(
        self, twin: int, posterior: Floats, situation: Situation, *, record: bool = False
    ) -> dict[str, World]:
        """The worlds of a twin before their first week, by coupling."""
        p = self.draws[twin % len(self.draws)]
        frailties = self.frailties(twin, p, posterior)
        factual = self._factual(p, twin, frailties)
        states = [state for state in factual.states if isinstance(state, FactualState)]
        release(factual)
        return {
            name: World(
                situation,
                p,
                seed=self.seed,
                number=twin,
                frailties=frailties,
                record=record,
                state_class=partial(made, inferred=[state.infer(name) for state in states], until=self.until),
            )
            for name, made in CLASSES.items()
        }

    def posterior(self, p: Parameters) -> Floats:
        """Each state's distribution of standard frailty given its part of the record, cumulated over the grid.

        The density is that of N(0, 1) times exp(−e^u·H)·Π(1 − exp(−e^u·Λ)), with H the hazard of its quiet
        weeks and Λ that of each act, both at frailty one.
        """
        factual = self._factual(p, 0, dict.fromkeys(self.factual.population.iso3, 0.0))
        e_u = np.exp([rules.log_frailty(factual.parameters.sigma, z) for z in _GRID.tolist()])
        rows = []
        for state in factual.states:
            assert isinstance(state, FactualState)
            acts = [seen.hazard for seen in state.seen]
            log_density = -0.5 * _GRID**2 - e_u * (math.fsum(state.hazards) - math.fsum(acts))
            for hazard in acts:
                log_density += np.log(-np.expm1(-e_u * hazard))
            weights = np.exp(log_density - log_density.max())
            rows.append((np.cumsum(weights) - 0.5 * weights) / weights.sum())
        release(factual)
        return np.array(rows)

    def frailties(self, twin: int, p: Parameters, posterior: Floats) -> dict[str, float]:
        """A log frailty for each state from its posterior."""
        population = self.factual.population
        drawn = [Key(self.seed, twin, code).uniforms(0, rng.FRAILTY)[0] for code in population.codes.tolist()]
        at = [float(np.interp(u, row, _GRID)) for u, row in zip(drawn, posterior, strict=True)]
        sigma = under(self.factual.scenario, p).sigma
        return {iso3: rules.log_frailty(sigma, z) for iso3, z in zip(population.iso3, at, strict=True)}

    def _factual(self, p: Parameters, twin: int, frailties: Mapping[str, float]) -> World:
        """The record repeated to its end by states that keep their hazards."""
        world = World(
            self.factual,
            p,
            seed=self.seed,
            number=twin,
            history=recorded_history(self.factual.record),
            frailties=frailties,
            record=False,
            state_class=FactualState,
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
