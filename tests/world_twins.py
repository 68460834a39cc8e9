"""Twins lived by the Mesa model: what compiled twins must equal to the bit."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from maxpressure.base import rng
from maxpressure.base.ties import TIES
from maxpressure.evidence.parameters import Parameters
from maxpressure.explanations.twins import THRESHOLD, WEEKLY, Twins, drawn_frailties, frailty_given
from maxpressure.model import abduction, rules
from maxpressure.model.agents import State, Week
from maxpressure.model.case import Situation
from maxpressure.model.history import Change, recorded_history
from maxpressure.model.world import World

Numbers = list[list[float]]
"""The random numbers of one act, a row for each tie, as in abduction."""


class Inferred(NamedTuple):
    """The random numbers of one state as far as the record bounds them, by the number under which they are kept."""

    resistances: Mapping[int, float]
    acts: Mapping[int, Numbers]


class Seen(NamedTuple):
    """A recorded act and what the state's hazard was made of in its week."""

    week: int
    strain: float  # before the week of the act
    hazard: float
    log_ties: tuple[float, ...]
    ready: tuple[float, ...]
    act: tuple[Change, ...]


def infer_act(seed: int, world: int, code: int, number: int, seen: Seen, p: Parameters) -> Numbers:
    """Random numbers that make an act of just the recorded ties, each cut as deep as recorded."""
    levels = {change.tie: change for change in seen.act}
    before = [levels[tie].before if tie in levels else 0 for tie in range(len(TIES))]
    after = [levels[tie].after if tie in levels else 0 for tie in range(len(TIES))]
    numbers = [[0.0] * abduction.PER_TIE for _ in TIES]
    how = p.chi, p.psi, seen.log_ties, seen.ready, before, after
    abduction.infer_act(seed, world, code, number, *how, numbers)
    return numbers


class FactualState(State):
    """A state that repeats the record and keeps what its random numbers must explain."""

    world: World

    def __init__(self, world: World, index: int, frailty: float | None = None) -> None:
        super().__init__(world, index, frailty)
        self.hazards: list[float] = []
        self.seen: list[Seen] = []

    def plan(self, week: Week, request: float, incident: float, courtship: float) -> None:
        super().plan(week, request, incident, courtship)
        self.hazards.append(self.hazard)
        if self.act:
            seen = Seen(week.number, self.strain, self.hazard, tuple(self.log_ties), self.ready, self.act)
            self.seen.append(seen)

    def infer(self, coupling: str) -> Inferred:
        """Random numbers under which the record would come again."""
        weekly = coupling == WEEKLY
        numbered = [(seen.week if weekly else number, seen) for number, seen in enumerate(self.seen)]
        key = self.world.seed, self.world.number, self.code
        acts = {number: infer_act(*key, number, seen, self.p) for number, seen in numbered}
        return Inferred(self._for_each_week() if weekly else self._for_each_act(), acts)

    def _uniform(self, number: int) -> float:
        return rng.uniforms(self.world.seed, self.world.number, self.code, number, rng.RESISTANCE, 0)[0]

    def _for_each_act(self) -> dict[int, float]:
        """A resistance for each act: between the strains around it, the next above the final strain."""
        found = {
            number: abduction.resistance_within(seen.strain, seen.hazard, self._uniform(number))
            for number, seen in enumerate(self.seen)
        }
        last = len(self.seen)
        return found | {last: abduction.resistance_beyond(self.strain, self._uniform(last))}

    def _for_each_week(self) -> dict[int, float]:
        """A resistance for each week: below its hazard in the week of an act, above it otherwise."""
        acted = {seen.week for seen in self.seen}
        return {
            week: abduction.resistance_within(0.0, hazard, self._uniform(week))
            if week in acted
            else abduction.resistance_beyond(hazard, self._uniform(week))
            for week, hazard in enumerate(self.hazards)
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
        resistances, self.inferred_acts = inferred[index]
        self._thresholds |= {(rng.RESISTANCE, number): drawn for number, drawn in resistances.items()}

    def _leading(self) -> int:
        known = self.inferred_acts.get(self.number)
        if known is None:
            return super()._leading()
        scores = [log + one[abduction.GUMBEL] for log, one in zip(self.log_ties, known, strict=True)]
        return scores.index(max(scores))

    def _joins(self, tie: int) -> bool:
        known = self.inferred_acts.get(self.number)
        if known is None:
            return super()._joins(tie)
        return known[tie][abduction.JOINING] < self.p.chi * self.ready[tie]

    def _fallen(self, tie: int) -> int:
        known = self.inferred_acts.get(self.number)
        if known is None:
            return super()._fallen(tie)
        further = known[tie][abduction.FIRST], known[tie][abduction.SECOND]
        return rules.lowered(self.levels[tie], self.p.psi[tie], *further)

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
    """A state with inferred random numbers: a resistance for each week, against that week's hazard alone."""

    lost = False

    def plan(self, week: Week, request: float, incident: float, courtship: float) -> None:
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
        super().commit()
        self.endured += self.strain
        self.strain = 0.0


CLASSES: dict[str, type[ThresholdTwin]] = {THRESHOLD: ThresholdTwin, WEEKLY: WeeklyTwin}


def worlds(twins: Twins, twin: int, situation: Situation | None = None) -> dict[str, World]:
    """The worlds of a twin before their first week, by coupling; under the twins' own scenario unless one is given."""
    p = twins.draws[twin % len(twins.draws)]
    frailties = _frailties(twins, p, twin)
    factual = followed(twins, p, twin, frailties)
    states: list[Any] = list(factual.states)
    return {
        name: World(
            situation or twins.scenario,
            p,
            seed=twins.seed,
            number=twin,
            frailties=frailties,
            state_class=partial(made, inferred=[state.infer(name) for state in states], until=twins.until),
        )
        for name, made in CLASSES.items()
    }


def _frailties(twins: Twins, p: Parameters, twin: int) -> dict[str, float]:
    """A log frailty for each state from its posterior."""
    iso3 = twins.factual.population.iso3
    factual = followed(twins, p, 0, dict.fromkeys(iso3, 0.0))
    states: list[Any] = list(factual.states)
    hazards = np.array([state.hazards for state in states]).T
    sigma, own = factual.parameters.sigma, [[seen.hazard for seen in state.seen] for state in states]
    drawn = drawn_frailties(sigma, frailty_given(sigma, hazards, own), twins.seed, twin, twins.factual)
    return dict(zip(iso3, drawn, strict=True))


def followed(twins: Twins, p: Parameters, twin: int, frailties: Mapping[str, float]) -> World:
    """The record repeated to its end by states that keep their hazards."""
    world = World(
        twins.factual,
        p,
        seed=twins.seed,
        number=twin,
        history=recorded_history(twins.factual.record),
        frailties=frailties,
        record=False,
        state_class=FactualState,
    )
    while world.week < twins.until:
        world.step()
    world.release()
    assert world.log_probability > -math.inf
    return world
