"""The agents: a third state that weighs its ties week by week, and a patron that follows its path."""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import NamedTuple

import mesa

from maxpressure.base import rng
from maxpressure.base.ties import FULL, TIE_INDEX, TIES
from maxpressure.evidence.parameters import Parameters
from maxpressure.model import economy, rules
from maxpressure.model.case import Situation
from maxpressure.model.population import PatronFigures

TRADE, TRAVEL = TIE_INDEX["trade"], TIE_INDEX["travel"]


class Week(NamedTuple):
    """What a week brings to everybody. ``recorded``: what happens is taken from a history, not from luck."""

    number: int
    shock: float
    thaw: float
    climate: float  # what shock and thaw do to everybody's log hazard
    campaign: float
    forbidden: tuple[float, ...]
    forbidden_exports: float
    forbidden_imports: float
    enforcement: float  # of third states
    recorded: bool


class Change(NamedTuple):
    """One tie that moved: on which level it stood and stands, and whether it led the act."""

    tie: int
    before: int
    after: int
    lead: bool | None


class Surroundings(mesa.Model):
    """What an agent may ask of the world around it; :class:`maxpressure.model.world.World` answers."""

    situation: Situation
    parameters: Parameters
    leverage_mean: float
    seed: int
    number: int
    week: int

    @abstractmethod
    def recorded_changes(self, state: State) -> tuple[tuple[Change, ...], Change | None, bool]:
        """What the history holds for a state this week: its act, a rise, a travel route that thins."""

    @abstractmethod
    def recorded_thinning(self, patron: str) -> bool:
        """Whether the history holds a travel route of this patron that thins this week."""


class State(mesa.Agent):
    """A third state that weighs, week by week, which of its ties with the target to keep.

    ``levels`` are its ties in the order of TIES; ``strain`` builds up by the hazard of each week until it
    passes the state's resistance, and then it acts. Restoration and attrition have strains of their own.
    """

    def __init__(self, world: Surroundings, index: int, frailty: float | None = None) -> None:
        super().__init__(world)
        population, self.p = world.situation.population, world.parameters
        self.world = world
        self.index = index
        self.iso3 = population.iso3[index]
        self.code = int(population.codes[index])
        self.levels = [int(level) for level in population.start[index]]
        self.start = tuple(self.levels)
        self.ceiling = self.start
        self.acts = 0
        self.exposure = 0.0
        self.strain = 0.0
        self.endured = 0.0  # strain that earlier acts released, but for their own weeks
        self.log_acts = 0.0
        self.return_strain, self.returns = 0.0, 0
        self.route_strain, self.closures = 0.0, 0
        self.sensitive = rules.sensitivity(
            self.p.kappa, float(population.leverage[index]), world.leverage_mean
        )
        self.standing = rules.standing(self.p, float(population.affinity[index]))
        self.affinity = float(population.affinity[index])
        self.bases = tuple(
            rules.tie_base(
                self.p,
                tie,
                float(population.mission[index, tie]),
                float(population.dependence[index, tie]),
                float(population.doubtful[index, tie]),
            )
            for tie in range(len(TIES))
        )
        self.request = self.incident = self.courtship = self.hazard = 0.0
        self.act: tuple[Change, ...] = ()
        self.rise: Change | None = None
        self.thinning = False
        self.trade_2016 = (int(population.exports[index]), int(population.imports[index]))
        self.frailty = self._draw_frailty() if frailty is None else frailty
        self.carried = rules.momentum(self.p, self.frailty, self.acts)
        self._thresholds: dict[tuple[int, int], float] = {}
        self._weighed: tuple[float, ...] | None = None
        self.log_ties: list[float] = []
        self.ties = 0.0

    # ---- plan: everything is read from last week's world

    def plan(self, week: Week, request: float, incident: float, courtship: float) -> None:
        """Decide from last week's world, so that the order of states never matters."""
        self.request, self.incident, self.courtship = request, incident, courtship
        self.hazard = self._weigh(week)
        self.act, self.rise, self.thinning = (), None, False
        if week.recorded:
            self.act, self.rise, self.thinning = self.world.recorded_changes(self)
            return
        if self.hazard > 0.0 and self.strain + self.hazard >= self._resistance(rng.RESISTANCE, self.number):
            self.act = self._choose()
        self.rise = self._consider_return(week)
        self.thinning = self._route_thins()

    def _weigh(self, week: Week) -> float:
        """Λ of this week."""
        if week.forbidden is not self._weighed:
            self._weighed = week.forbidden
            self.log_ties = [
                rules.log_tie(self.p, base, forbidden, level)
                for base, forbidden, level in zip(self.bases, week.forbidden, self.levels, strict=True)
            ]
            self.ties = rules.tie_sum(self.log_ties)
        if self.ties == 0.0:
            return 0.0
        settled = self.standing + rules.addressed(
            self.p, self.sensitive, week.campaign, self.request, self.incident, self.courtship
        )
        common = rules.log_common(
            settled,
            week.climate,
            self.carried,
            rules.imitation(self.p, self.exposure),
        )
        return rules.hazard(common, self.ties)

    @property
    def number(self) -> int:
        """The number under which the luck of the next act is kept: how many acts came before it."""
        return self.acts

    def _choose(self) -> tuple[Change, ...]:
        """The act: a lead tie, those that join it, and how far each falls."""
        lead = self._leading()
        return tuple(
            Change(tie, self.levels[tie], self._fallen(tie), tie == lead)
            for tie in range(len(TIES))
            if self.log_ties[tie] > -math.inf and (tie == lead or self._joins(tie))
        )

    def _leading(self) -> int:
        return rules.lead_tie(*self._key(), self.log_ties, rng.LEAD)

    def _joins(self, tie: int) -> bool:
        return rules.joins(*self._key(), tie, self.p.chi)

    def _fallen(self, tie: int) -> int:
        return rules.fallen(*self._key(), tie, self.levels[tie], self.p.psi[tie])

    def _key(self) -> tuple[int, int, int, int]:
        """Whose luck it is that the next act draws."""
        return self.world.seed, self.world.number, self.code, self.number

    def _consider_return(self, week: Week) -> Change | None:
        """A tie that rises a level; in a week of an act it waits."""
        options = [
            0.0 if level < top else -math.inf for level, top in zip(self.levels, self.ceiling, strict=True)
        ]
        if max(options) == -math.inf:
            return None
        self.return_strain += rules.restoration_hazard(
            self.p, self.sensitive, week.campaign, self.request, week.shock, week.thaw, self.courtship
        )
        if self.act or self.return_strain < self._resistance(rng.RESTORATION, self.returns):
            return None
        key = (self.world.seed, self.world.number, self.code, self.returns)
        tie = rules.lead_tie(*key, options, rng.RESTORED_TIE)
        return Change(tie, self.levels[tie], self.levels[tie] + 1, None)

    def _route_thins(self) -> bool:
        """Whether a travel route loses a level because the state's own cuts have ended its trade."""
        if self.levels[TRAVEL] == 0 or self.levels[TRADE] >= self.start[TRADE]:
            return False
        self.route_strain += rules.attrition_hazard(self.p, 1.0 - self.own_trade_left())
        return self.route_strain >= self._resistance(rng.ATTRITION, self.closures)

    def _resistance(self, purpose: int, number: int) -> float:
        """The threshold of this purpose's next event, drawn when it is first needed."""
        key = (purpose, number)
        if key not in self._thresholds:
            world = self.world
            self._thresholds[key] = rng.exponential(world.seed, world.number, self.code, number, purpose)
        return self._thresholds[key]

    def _draw_frailty(self) -> float:
        """This state's log frailty, from its own luck."""
        drawn = rng.normal(self.world.seed, self.world.number, self.code, rng.FRAILTY)
        return rules.log_frailty(self.p.sigma, drawn)

    # ---- commit: what was decided takes effect

    def commit(self) -> None:
        """Lower and raise the levels that were decided on, and start to build up strain anew."""
        if self.act:
            self.endured += self.strain
            self.log_acts += self._log_act()
            for change in self.act:
                self.levels[change.tie] = change.after
            self.acts += 1
            self.carried = rules.momentum(self.p, self.frailty, self.acts)
            self.strain = 0.0
        else:
            self.strain += self.hazard
        if self.rise is not None:
            self.levels[self.rise.tie] = self.rise.after
            self.returns += 1
            self.return_strain = 0.0
        if self.thinning and self.levels[TRAVEL] > 0:
            self.levels[TRAVEL] -= 1
            self.closures += 1
            self.route_strain = 0.0
        if self.act or self.rise is not None or self.thinning:
            self._weighed = None

    def _log_act(self) -> float:
        """log P(this act in this week | the hazard), the unseen lead summed over."""
        taken = [False] * len(TIES)
        depth = 0.0
        for change in self.act:
            taken[change.tie] = True
            depth += rules.log_depth(change.before, change.after, self.p.psi[change.tie])
        return rules.log_acting(self.hazard) + rules.log_package(self.log_ties, taken, self.p.chi) + depth

    def log_probability(self) -> float:
        """log P(all this state has done since the run began | its frailty and the world it saw).

        A quiet week counts −Λ, so quiet weeks together count minus the strain that they built up.
        """
        return self.log_acts - (self.endured + self.strain)

    def begin(self, *, reach: str) -> None:
        """The run begins: strain and account are fresh; only what is lost from now on may come back."""
        self.ceiling = tuple(self.levels) if reach == "lost" else (FULL,) * len(TIES)
        self.strain = self.endured = self.log_acts = 0.0

    def attribution(self, week: Week) -> tuple[float, ...]:
        """What the hazard of the week just planned was due to, as shares in the order of ``rules.GROUPS``."""
        simulate = [
            base if log > -math.inf else -math.inf
            for base, log in zip(self.bases, self.log_ties, strict=True)
        ]
        return rules.attribution(
            self.p,
            self.sensitive,
            week.campaign,
            self.request,
            self.incident,
            self.courtship,
            week.shock,
            week.thaw,
            self.exposure,
            self.acts,
            self.ties,
            rules.tie_sum(simulate),
        )

    # ---- trade

    def own_trade_left(self) -> float:
        """The share of its 2016 trade that its own level leaves."""
        left = self.world.situation.trade_left
        return economy.own_share(left[self.levels[TRADE]], left[self.start[TRADE]])

    @property
    def embassy(self) -> bool:
        """Whether the diplomatic tie still stands on its full level: a resident mission with an ambassador."""
        return self.levels[TIE_INDEX["diplomatic"]] == FULL


class Patron(mesa.Agent):
    """China, Russia: trade follows the scenario's path; only a travel route thins by itself."""

    def __init__(self, world: Surroundings, figures: PatronFigures, index: int) -> None:
        super().__init__(world)
        self.world = world
        self.index = index
        self.iso3 = figures.iso3
        self.code = rng.state_code(figures.iso3)
        self.travel = figures.travel
        self.request = self.incident = self.courtship = self.hazard = 0.0
        self.act: tuple[Change, ...] = ()
        self.rise: Change | None = None
        self.thinning = False
        self.trade_2016 = (figures.exports, figures.imports)
        self.lost = 0.0
        self.route_strain, self.closures = 0.0, 0

    def plan(self, week: Week) -> None:
        """Let last week's lost trade wear on the travel route."""
        world = self.world
        self.thinning = False
        if week.recorded:
            self.thinning = self.travel > 0 and world.recorded_thinning(self.iso3)
            return
        if self.travel == 0 or self.lost <= 0.0:
            return
        self.route_strain += rules.attrition_hazard(world.parameters, self.lost)
        threshold = rng.exponential(world.seed, world.number, self.code, self.closures, rng.ATTRITION)
        self.thinning = self.route_strain >= threshold

    def commit(self) -> None:
        """Close a level of the route."""
        if self.thinning:
            self.travel -= 1
            self.closures += 1
            self.route_strain = 0.0
