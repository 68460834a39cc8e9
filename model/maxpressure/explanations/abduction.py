"""States of twins: one that lives the record and remembers, and those that live again with the luck inferred.

Abduction: the luck behind a recorded act, drawn within the bounds that the record sets.

A resistance lies between the strain before and after the recorded act, or above the final strain where none
came; lead, companions and depth were such that just the recorded ties fell as far as they did.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from maxpressure.base import rng
from maxpressure.base.ties import TIES
from maxpressure.evidence.parameters import Parameters
from maxpressure.model import rules
from maxpressure.model.agents import Change, State, Week
from maxpressure.model.world import World


class Package(NamedTuple):
    """The luck of what an act is, tie by tie: who leads, who joins, how far each falls."""

    gumbels: tuple[float, ...]
    companions: tuple[float, ...]
    depths: tuple[tuple[float, float], ...]


class Abducted(NamedTuple):
    """The luck of one state as far as the record tells it, by the number under which it is kept."""

    resistances: Mapping[int, float]
    packages: Mapping[int, Package]


class Seen(NamedTuple):
    """A recorded act as the state came to it."""

    week: int
    strain: float  # before the week of the act
    hazard: float
    log_ties: tuple[float, ...]
    act: tuple[Change, ...]


class Key(NamedTuple):
    """Whose luck: seed, replicate and state."""

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


def infer_package(key: Key, number: int, seen: Seen, p: Parameters) -> Package:
    """Luck that makes an act of just the recorded ties, each as deep as recorded.

    The lead, which no record names, is drawn with the odds of the ties that fell. Its score is the largest of
    all, hence that of their sum; every other score is a Gumbel known to lie below it (top-down sampling).
    """
    simulate = [tie for tie, log in enumerate(seen.log_ties) if log > -math.inf]
    fell = {change.tie: change for change in seen.act}
    lead = _drawn_lead(seen.log_ties, tuple(fell), key.uniforms(number, rng.LEAD, len(TIES))[0])
    gumbels = [rng.gumbel(*key, number, rng.LEAD, tie) for tie in range(len(TIES))]
    companions = [key.uniforms(number, rng.COMPANION, tie)[0] for tie in range(len(TIES))]
    depths = [key.uniforms(number, rng.DEPTH, tie) for tie in range(len(TIES))]
    largest = math.log(math.fsum(math.exp(seen.log_ties[tie]) for tie in simulate)) + gumbels[lead]
    for tie in simulate:
        score = largest
        if tie != lead:
            score = -math.log(math.exp(-largest) + math.exp(-(seen.log_ties[tie] + gumbels[tie])))
            companions[tie] = (below if tie in fell else above)(p.chi, companions[tie])
        gumbels[tie] = score - seen.log_ties[tie]
    for tie, change in fell.items():
        depths[tie] = infer_depth(change.before, change.after, p.psi[tie], *depths[tie])
    return Package(tuple(gumbels), tuple(companions), tuple(depths))


def _drawn_lead(log_ties: Sequence[float], fell: Sequence[int], uniform: float) -> int:
    """One of the ties that fell, with their odds."""
    odds = np.cumsum([math.exp(log_ties[tie]) for tie in fell])
    return fell[int(np.searchsorted(odds[:-1], uniform * odds[-1], side="right"))]


def infer_depth(before: int, after: int, psi: float, first: float, second: float) -> tuple[float, float]:
    """The two uniforms of a fall from level to level: below ψ for each further level, above where it stopped."""
    drawn = [first, second]
    for step in range(2):
        level = before - 1 - step
        if level > 0 and level >= after:
            drawn[step] = (below if after < level else above)(psi, drawn[step])
    return drawn[0], drawn[1]


COUPLINGS: Final = ("strain", "weekly")


class Witness(State):
    """A state that lives the record again and remembers what its luck must explain."""

    world: World

    def __init__(self, world: World, index: int, frailty: float | None = None) -> None:
        super().__init__(world, index, frailty)
        self.hazards: list[float] = []
        self.seen: list[Seen] = []

    def plan(self, week: Week, request: float, incident: float, courtship: float) -> None:
        """As every state does, and remember the hazard and, in the week of an act, all that it rests on."""
        super().plan(week, request, incident, courtship)
        self.hazards.append(self.hazard)
        if self.act:
            seen = Seen(week.number, self.strain, self.hazard, tuple(self.log_ties), self.act)
            self.seen.append(seen)

    def infer(self, coupling: str) -> Abducted:
        """Luck by which the record would come again."""
        key = Key(self.world.seed, self.world.number, self.code)
        weekly = coupling == "weekly"
        numbered = [(seen.week if weekly else number, seen) for number, seen in enumerate(self.seen)]
        packages = {number: infer_package(key, number, seen, self.p) for number, seen in numbered}
        return Abducted(self._weekly(key) if weekly else self._strained(key), packages)

    def _strained(self, key: Key) -> dict[int, float]:
        """A resistance for each act: between the strains around it, the next above the final strain."""
        found = {
            number: resistance_within(seen.strain, seen.hazard, key.uniforms(number, rng.RESISTANCE)[0])
            for number, seen in enumerate(self.seen)
        }
        last = len(self.seen)
        found[last] = resistance_beyond(self.strain, key.uniforms(last, rng.RESISTANCE)[0])
        return found

    def _weekly(self, key: Key) -> dict[int, float]:
        """A resistance for each week: below its hazard in the week of an act, above it otherwise."""
        acted = {seen.week for seen in self.seen}
        weeks: Any = np.arange(
            len(self.hazards)
        )  # keyed luck is plain arithmetic, so all weeks are drawn at once
        drawn: Any = key.uniforms(weeks, rng.RESISTANCE)[0]
        return {
            week: resistance_within(0.0, hazard, u) if week in acted else resistance_beyond(hazard, u)
            for week, (hazard, u) in enumerate(zip(self.hazards, drawn.tolist(), strict=True))
        }


class StrainTwin(State):
    """A state with inferred luck: a resistance for each act."""

    world: World

    def __init__(
        self,
        world: World,
        index: int,
        frailty: float | None = None,
        *,
        abducted: Sequence[Abducted],
        until: int,
    ) -> None:
        super().__init__(world, index, frailty)
        self.until = until
        self.acted: list[int] = []
        resistances, self.packages = abducted[index]
        self._thresholds |= {(rng.RESISTANCE, number): drawn for number, drawn in resistances.items()}

    def plan(self, week: Week, request: float, incident: float, courtship: float) -> None:
        """As every state does, and remember the weeks of acts."""
        super().plan(week, request, incident, courtship)
        if self.act:
            self.acted.append(week.number)

    def _leading(self) -> int:
        package = self.packages.get(self.number)
        if package is None:
            return super()._leading()
        scores = [log + gumbel for log, gumbel in zip(self.log_ties, package.gumbels, strict=True)]
        return scores.index(max(scores))

    def _joins(self, tie: int) -> bool:
        package = self.packages.get(self.number)
        return super()._joins(tie) if package is None else package.companions[tie] < self.p.chi

    def _fallen(self, tie: int) -> int:
        package = self.packages.get(self.number)
        if package is None:
            return super()._fallen(tie)
        return rules.lowered(self.levels[tie], self.p.psi[tie], *package.depths[tie])

    def _consider_return(self, week: Week) -> Change | None:
        """The recorded rises, and after the record's end the rule; a tie that falls this week does not rise."""
        if week.number >= self.until:
            return super()._consider_return(week)
        _, rise, _ = self.world.before.of(week.number, self.iso3, self.levels, self.ceiling)
        falling = {change.tie for change in self.act}
        return None if rise is None or rise.tie in falling else rise

    def _route_thins(self) -> bool:
        return self.world.week >= self.until and super()._route_thins()


class WeeklyTwin(StrainTwin):
    """A state with inferred luck: a resistance for each week, against that week's hazard alone.

    A recorded act is kept with probability p′/p in its week. Once one is lost, the weeks that the record knows
    as quiet say nothing more, and their luck is drawn afresh.
    """

    lost = False

    def plan(self, week: Week, request: float, incident: float, courtship: float) -> None:
        """As every state does, and notice when a recorded act does not come."""
        super().plan(week, request, incident, courtship)
        self.lost = self.lost or (week.number in self.packages and not self.act)

    def _resistance(self, purpose: int, number: int) -> float:
        if purpose == rng.RESISTANCE and self.lost and number not in self.packages:
            self._thresholds.pop((purpose, number), None)
        return super()._resistance(purpose, number)

    @property
    def number(self) -> int:
        """The number under which the luck of an act is kept: its week's."""
        return self.world.week

    def commit(self) -> None:
        """As every state does, and let no strain wait for the next week."""
        super().commit()
        self.endured += self.strain
        self.strain = 0.0


CLASSES: Final[dict[str, type[StrainTwin]]] = {"strain": StrainTwin, "weekly": WeeklyTwin}
"""A construction of luck is a class of states."""
