"""States of twins: one that lives the record and remembers, and those that live again with the luck inferred."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from maxpressure.base import rng
from maxpressure.explanations.abduced import (
    Abducted,
    Key,
    Seen,
    infer_package,
    resistance_beyond,
    resistance_within,
)
from maxpressure.model import rules
from maxpressure.model.agents import Change, State, Week
from maxpressure.model.world import World

CONSTRUCTIONS: Final = ("strain", "weekly")


class Witness(State):
    """A state that lives the record again and remembers what its luck must explain."""

    def __init__(self, world: World, place: int, frailty: float | None = None) -> None:
        super().__init__(world, place, frailty)
        self.hazards: list[float] = []
        self.seen: list[Seen] = []

    def plan(self, week: Week, request: float, incident: float, courtship: float) -> None:
        """As every state does, and remember the hazard and, in the week of an act, all that it rests on."""
        super().plan(week, request, incident, courtship)
        self.hazards.append(self.hazard)
        if self.act:
            seen = Seen(week.number, self.strain, self.hazard, tuple(self.log_ties), self.act)
            self.seen.append(seen)

    def infer(self, construction: str) -> Abducted:
        """Luck by which the record would come again."""
        key = Key(self.world.seed, self.world.replicate, self.code)
        weekly = construction == "weekly"
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

    def __init__(
        self,
        world: World,
        place: int,
        frailty: float | None = None,
        *,
        abducted: Sequence[Abducted],
        until: int,
    ) -> None:
        super().__init__(world, place, frailty)
        self.until = until
        self.acted: list[int] = []
        resistances, self.packages = abducted[place]
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
        return rules.lowered(self.rungs[tie], self.p.psi[tie], *package.depths[tie])

    def _consider_return(self, week: Week) -> Change | None:
        """The recorded rises, and after the record's end the rule; a tie that falls this week does not rise."""
        if week.number >= self.until:
            return super()._consider_return(week)
        _, rise, _ = self.world.before.of(week.number, self.iso3, self.rungs, self.ceiling)
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
