"""The agents: a third state that decides week by week which ties to keep, and a patron that follows its path."""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import NamedTuple

import mesa

from maxpressure.base import rng
from maxpressure.base.shown import Sheet
from maxpressure.base.text import plural
from maxpressure.base.ties import FULL, LEVEL_WORDS, TIE_INDEX, TIES, Tie
from maxpressure.evidence.parameters import Parameters
from maxpressure.model import economy, rules
from maxpressure.model.case import Situation
from maxpressure.model.history import TRAVEL, Change, ceiling
from maxpressure.model.population import PatronFigures

TRADE = TIE_INDEX["trade"]


class Week(NamedTuple):
    """The inputs of a week that are common to all states.

    ``number`` counts weeks from the record's origin. ``climate`` is what the memories of provocations (``shock``), of
    engagement (``thaw``) and of Council resolutions (``news``) add to every log hazard. ``forbidden`` holds the share
    of each tie that the Council has forbidden, trade also by its two flows; ``enforcement`` is what third states stop
    of it. In a ``recorded`` week events are taken from a history and nothing is drawn.
    """

    number: int
    shock: float
    thaw: float
    news: float
    climate: float
    campaign: float
    forbidden: tuple[float, ...]
    forbidden_exports: float
    forbidden_imports: float
    enforcement: float
    recorded: bool


class Surroundings(mesa.Model):
    """What an agent may read of its world; :class:`maxpressure.model.world.World` provides it."""

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


class Level:
    """The level of one tie of a state, 0 (none) to 3 (full), read as an attribute."""

    def __init__(self, tie: Tie) -> None:
        self.index = TIE_INDEX[tie]

    def __get__(self, state: State, _: type[State]) -> int:
        return state.levels[self.index]


class State(mesa.Agent):
    """A third state that decides, week by week, which of its ties with the target to keep.

    It is a Mesa agent. Each week the world calls :meth:`plan` on every state, then :meth:`commit` on every state. The
    hazard of each week adds to ``strain`` (the cumulated hazard); the state acts when strain passes its threshold, a
    unit exponential drawn for each act (Sellke 1983). Restoration and attrition have strains of their own. To try
    another rule, subclass it and pass the class as ``state_class`` to :func:`maxpressure.run` or :class:`World`.

    Parameters
    ----------
    world : World
        The world that the state is part of.
    index : int
        Its index among the third states, which stand in ISO3 order.
    frailty : float, optional
        Its log frailty; drawn where it is not given.

    Attributes
    ----------
    iso3 : str
        Its ISO 3166-1 code.
    levels : list of 6 ints
        The level of each tie, 0 (none) to 3 (full), in the order of :data:`TIES`.
    diplomatic, trade, finance, military, labour, travel : int
        The same, each by its name.
    embassy : bool
        Whether the diplomatic tie is full: a resident mission with an ambassador.
    hazard, strain : float
        Its hazard of acting this week; the hazard cumulated since its last act.
    threshold : float
        The strain at which its next act comes.
    acts : int
        Its acts so far.
    acted : bool
        Whether it acted in the week just simulated.
    exposure : float
        Remembered acts of its peers, per 10 % of weighted peers.
    act, rise, thinning : tuple of Change, Change or None, bool
        The plan of this week: ties to cut, a tie to restore, a travel route that loses a level.
    request, incident, courtship : float
        The memories of inputs addressed to it, this week.

    References
    ----------
    Sellke, T. (1983). On the asymptotic distribution of the size of a stochastic epidemic. Journal of Applied
    Probability 20, 390-394.

    Examples
    --------
    A state with an ambassador of the target in its own capital that ignores requests:

    >>> import maxpressure as mp
    >>> class Deaf(mp.State):
    ...     def plan(self, week, request, incident, courtship):
    ...         super().plan(week, 0.0 if self.embassy else request, incident, courtship)
    >>> case = mp.load_case()
    >>> situation = mp.prepare(case, case.scenario("max-pressure-2017"))
    >>> p = mp.load_parameters().values
    >>> world = mp.World(situation, p, seed=2017, state_class=Deaf).run()
    >>> sum(state.acts for state in world.states) == world.recorder.weeks[-1].acts_total
    True
    """

    diplomatic, trade, finance = Level("diplomatic"), Level("trade"), Level("finance")
    military, labour, travel = Level("military"), Level("labour"), Level("travel")

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
        self.trade_start = int(population.trade_start[index])
        self.acts = 0
        self.exposure = 0.0
        self.strain = 0.0
        self.endured = 0.0  # strain before earlier acts, without their own weeks
        self.log_acts = 0.0
        self.return_strain, self.returns = 0.0, 0
        self.route_strain, self.closures = 0.0, 0
        self.sensitive = rules.sensitivity(
            self.p.kappa, float(population.leverage[index]), world.leverage_mean
        )
        self.standing = rules.standing(self.p, float(population.affinity[index]))
        self.affinity = float(population.affinity[index])
        self.unlisted = tuple(population.unlisted[index].tolist())
        thin = [
            rules.unlisted_offset(self.p, tie, unlisted, float(population.close[index]))
            for tie, unlisted in enumerate(self.unlisted)
        ]
        self.bases = tuple(
            rules.tie_base(
                self.p,
                tie,
                float(population.mission[index, tie]),
                float(population.dependence[index, tie]),
                float(population.doubtful[index, tie]),
                thin[tie],
            )
            for tie in range(len(TIES))
        )
        self.ready = tuple(rules.readiness(one) for one in thin)
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
        """Decide what to do this week, from last week's world, so that the order of states never matters.

        It sets ``act``, ``rise`` and ``thinning``, and changes nothing that another state can read.

        Parameters
        ----------
        week : Week
            The inputs that are common to all states.
        request, incident, courtship : float
            The memories of inputs addressed to this state.
        """
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
        """The number of the next act, which keys its random numbers: how many acts came before it."""
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
        return rules.joins(*self._key(), tie, self.p.chi * self.ready[tie])

    def _fallen(self, tie: int) -> int:
        return rules.fallen(*self._key(), tie, self.levels[tie], self.p.psi[tie])

    def _key(self) -> tuple[int, int, int, int]:
        """The key of the random numbers of the next act."""
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
        if self.levels[TRAVEL] == 0 or self.levels[TRADE] >= self.trade_start:
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
        """This state's log frailty, drawn."""
        drawn = rng.normal(self.world.seed, self.world.number, self.code, rng.FRAILTY)
        return rules.log_frailty(self.p.sigma, drawn)

    # ---- commit: what was decided takes effect

    def commit(self) -> None:
        """Put the plan into effect: levels fall and rise, and after an act strain starts from zero."""
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
        package = rules.log_package(self.log_ties, taken, self.p.chi, self.ready)
        return rules.log_acting(self.hazard) + package + depth

    def log_probability(self) -> float:
        """log P(all acts and quiet weeks of this state since the run began | its frailty and the world it saw).

        A quiet week counts −Λ, so quiet weeks together count minus the strain that they cumulated.
        """
        return self.log_acts - (self.endured + self.strain)

    def begin(self, *, reach: str) -> None:
        """Begin the run: strain and log-probability start from zero; only what is lost from now on may come back."""
        self.ceiling = ceiling(self.levels, reach)
        self.strain = self.endured = self.log_acts = 0.0

    def attribution(self, week: Week) -> tuple[float, ...]:
        """What the hazard of the week just planned was due to.

        Returns
        -------
        tuple of 9 floats
            Shapley shares that add up to one, in the order of ``rules.GROUPS``.
        """
        unforbidden = [
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
            week.news,
            self.exposure,
            self.acts,
            self.ties,
            rules.tie_sum(unforbidden),
        )

    # ---- shown and read as attributes

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.iso3}: {plural(self.acts, 'act')}>"

    def _repr_html_(self) -> str:
        """What a notebook shows: the ties with their levels, and the strain against the threshold."""
        rows = [
            (tie, *(f"{LEVEL_WORDS[level]} ({level})" for level in levels))
            for tie, *levels in zip(TIES, self.start, self.levels, strict=True)
        ]
        return Sheet(
            title=f"{self.world.situation.population.names[self.index]} ({self.iso3})",
            facts=[
                ("acts so far", f"{self.acts}"),
                ("strain (hazard cumulated since its last act)", f"{self.strain:.3f}"),
                ("threshold at which its next act comes", f"{self.threshold:.3f}"),
            ],
            head=("tie", "at first", "now"),
            rows=rows,
            words=3,
        ).html()

    @property
    def acted(self) -> bool:
        """Whether it acted in the week just simulated."""
        return bool(self.act)

    @property
    def threshold(self) -> float:
        """The strain at which its next act comes; a replay of recorded acts makes no use of it."""
        return self._resistance(rng.RESISTANCE, self.number)

    def own_trade_left(self) -> float:
        """The share of its 2016 trade that its own level leaves."""
        left = self.world.situation.trade_left
        return economy.own_share(left[self.levels[TRADE]], left[self.trade_start])

    @property
    def listed_levels(self) -> list[int]:
        """The levels of listed ties, 0 for all others."""
        if not any(self.unlisted):
            return self.levels
        return [0 if hidden else level for level, hidden in zip(self.levels, self.unlisted, strict=True)]

    @property
    def embassy(self) -> bool:
        """Whether the diplomatic tie still stands on its full level: a resident mission with an ambassador."""
        return self.levels[TIE_INDEX["diplomatic"]] == FULL


class Patron(mesa.Agent):
    """China, Russia: trade follows the scenario's path; only the travel route can thin by itself.

    It never acts. ``acts``, ``acted``, ``strain`` and ``threshold`` say so, so that all agents can be read alike.
    """

    acts, acted = 0, False
    strain, threshold = 0.0, math.inf

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
        """Decide whether the travel route thins, by the trade that last week was lost."""
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
        """Put the plan into effect: the route loses a level."""
        if self.thinning:
            self.travel -= 1
            self.closures += 1
            self.route_strain = 0.0
