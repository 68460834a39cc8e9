"""The Mesa model: one simulated history, week by week, from random numbers or from a recorded history."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Self

import mesa

from maxpressure.base import rng
from maxpressure.base.errors import InputError
from maxpressure.base.numerics import remember, weekly_decay
from maxpressure.base.rng import check_key
from maxpressure.evidence.parameters import Parameters, ParameterSet
from maxpressure.evidence.posterior import choose
from maxpressure.model import economy, rules
from maxpressure.model.agents import Patron, State, Surroundings, Week
from maxpressure.model.case import Case, Situation, case_or_shipped, prepare, under
from maxpressure.model.history import Change, History, history_of, recorded_history
from maxpressure.model.recorder import Recorder, Reporters, new_collector
from maxpressure.model.trade import Ledger
from maxpressure.model.world_sheet import sheet_of
from maxpressure.scenario import Scenario, check

MakesState = Callable[["World", int, float | None], State]
"""A State class, or a function that makes a state of a world, its index and its log frailty."""


class World(Surroundings):
    """One history of the third states of a situation: the Mesa model. :meth:`of` makes it from a scenario's name.

    Weeks before the scenario's window are replayed from the record when the world is made, and Mesa's ``steps`` count
    the weeks since then. The same situation, parameters, seed and number give the same history on every machine.

    Parameters
    ----------
    situation : Situation
        What :func:`prepare` lays out for a scenario.
    parameters : Parameters
        One set of parameters; the scenario's overrides and switches are applied to it.
    seed : int
        The key of all random numbers, from 0 to 2⁶³ − 1.
    number : int, optional
        The number of the world, from 0 to 2³¹ − 1. Worlds of the same number have common random numbers in every
        scenario.
    history : History, optional
        Events to be replayed. Nothing is drawn then, and every hazard is worked out on the way: this is the replay
        that gives the likelihood.
    frailties : mapping of str to float, optional
        Log frailties by ISO3 code, 0 for states not named. Without it and without a history they are drawn.
    record : bool, optional
        Whether ``recorder`` keeps changes and weeks.
    state_class : type of State, optional
        A class of your own in place of :class:`State`.

    Attributes
    ----------
    states, patrons : list
        The agents: third states in ISO3 order, and patrons.
    recorder : Recorder
        ``changes`` (a row for each tie that moved), ``weeks`` (a row for each week), and ``world_row()``.
    week : int
        The next week to be simulated, counted from the record's origin.
    datacollector : mesa.DataCollector
        What Mesa collects, where :meth:`collect` has been called.

    Raises
    ------
    InputError
        For a seed or a number out of its range.
    ValueError
        Where ``frailties`` names a state that the situation does not have.

    Examples
    --------
    >>> import maxpressure as mp
    >>> case = mp.load_case()
    >>> situation = mp.prepare(case, case.scenario("max-pressure-2017"))
    >>> p = mp.load_parameters().values
    >>> world = mp.World(situation, p, seed=2017).run()
    >>> again = mp.World(situation, p, seed=1, history=world.simulated_history()).run()
    >>> [state.levels for state in again.states] == [state.levels for state in world.states]
    True
    """

    datacollector: mesa.DataCollector

    def __init__(
        self,
        situation: Situation,
        parameters: Parameters,
        *,
        seed: int,
        number: int = 0,
        history: History | None = None,
        frailties: Mapping[str, float] | None = None,
        record: bool = True,
        state_class: MakesState = State,
    ) -> None:
        check_key(seed, number)
        super().__init__(rng=int(seed))
        self.situation = situation
        self.parameters = under(situation.scenario, parameters)
        self.seed, self.number = int(seed), int(number)
        self.history = history
        self.before = recorded_history(situation.record)
        levels = situation.population.reference_leverage.tolist()
        self.leverage_mean = rules.leverage_mean(self.parameters.kappa, levels)
        unknown = set(frailties or {}) - set(situation.population.iso3)
        if unknown:
            raise ValueError(
                f"frailties name states that the situation does not have: {', '.join(sorted(unknown))}"
            )
        given = None
        if frailties is not None or history is not None:
            given = [(frailties or {}).get(iso3, 0.0) for iso3 in situation.population.iso3]
        self.states = [
            state_class(self, index, None if given is None else given[index])
            for index in range(len(situation.population.iso3))
        ]
        self.patrons = [Patron(self, one, index) for index, one in enumerate(situation.population.patrons)]
        self.ledger = Ledger(situation, self.states, self.patrons)
        self.week = 0
        self.shock_kept = 0.0
        self.shocks: list[float] = []
        self.tests: dict[int, float] = {}
        self.courted = [0.0] * len(self.states)
        self.needed = 0.0
        self.recorder = Recorder(self, keeping=record)
        self._forbidden = _shared_rows(situation.timeline.forbidden.tolist())
        self._peers = _listed_peers(situation)
        while self.week < situation.timeline.first:
            self._simulate_week()
        for state in self.states:
            state.begin(reach=situation.scenario.restoration.reach)

    @classmethod
    def of(
        cls,
        scenario: str | Path | Scenario,
        *,
        seed: int,
        number: int = 0,
        draw: int | None = None,
        parameters: str | Path | ParameterSet | None = None,
        case: Case | None = None,
        state_class: MakesState = State,
    ) -> Self:
        """Make a world from the name of a scenario.

        Parameters
        ----------
        scenario : str, Path or Scenario
            The name of a scenario, the path of its file, or a scenario as a value.
        seed : int
            The key of all random numbers.
        number : int, optional
            The number of the world.
        draw : int, optional
            Which posterior draw, as in column ``draw`` of the result tables: world w of :func:`run` with D draws uses
            draw w mod D. Without it, the posterior's mode.
        parameters : str, Path or ParameterSet, optional
            Other parameters, as in :func:`run`.
        case : Case, optional
            The case, by default the shipped one.
        state_class : type of State, optional
            A class of your own in place of :class:`State`.

        Returns
        -------
        World
            At the first week of the scenario's window.

        Raises
        ------
        InputError
            For a scenario, parameters, draw, seed or number that do not exist.

        Examples
        --------
        >>> import maxpressure as mp
        >>> world = mp.World.of("no-september-test", seed=1).run()
        >>> world.agents.agg("acts", sum) == world.recorder.weeks[-1].acts_total
        True
        """
        case = case_or_shipped(case)
        if isinstance(scenario, Scenario):
            check(scenario, case.vocabulary())
        else:
            scenario = case.scenario(scenario)
        if parameters is None:
            parameters = "map" if draw is None else "posterior"
        chosen = choose(parameters, place=case.place)
        values = chosen.parameters.values  # no column of a table
        if draw is not None:
            if draw not in range(len(chosen.draws)):
                allowed = f"a whole number from 0 to {len(chosen.draws) - 1}"
                raise InputError(file="world", key="draw", given=draw, allowed=allowed)
            values = chosen.draws[draw]
        return cls(prepare(case, scenario), values, seed=seed, number=number, state_class=state_class)

    def collect(
        self,
        *,
        model_reporters: Reporters | None = None,
        agent_reporters: Reporters | None = None,
        agenttype_reporters: Mapping[type[mesa.Agent], Reporters] | None = None,
    ) -> Self:
        """Let Mesa's ``DataCollector`` collect after each week from now on, and return the world itself.

        Collecting changes no result.

        Parameters
        ----------
        model_reporters, agent_reporters : mapping, optional
            Names of attributes, or functions of the world or of an agent, by the names of columns.
        agenttype_reporters : mapping, optional
            The same for each class of agents.

        Returns
        -------
        World

        Raises
        ------
        InputError
            For the name of an attribute that is not there.

        Examples
        --------
        >>> import maxpressure as mp
        >>> world = mp.World.of("no-campaign", seed=1)
        >>> world = world.collect(agenttype_reporters={mp.State: {"strain": "strain"}})
        >>> world.step()
        >>> table = world.datacollector.get_agenttype_vars_dataframe(mp.State)
        >>> len(table) == len(world.states)
        True
        """
        self.datacollector = new_collector(self, model_reporters, agent_reporters, agenttype_reporters)
        return self

    def __repr__(self) -> str:
        line = self.situation.timeline
        passed = f"{self.week - line.first} of {line.weeks - line.first} weeks"
        return f"<{type(self).__name__} {self.number} of {self.situation.scenario.name}, {passed} simulated>"

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return sheet_of(self, self.states, self.recorder.changes).html()

    def release(self) -> None:
        """Let a world go that stops early: Mesa below 3.4 keeps every model until its agents' class forgets it."""
        getattr(mesa.Agent, "_ids", {}).pop(self, None)

    @property
    def first(self) -> int:
        """The first week of the scenario's window."""
        return self.situation.timeline.first

    def run(self) -> World:
        """Simulate all weeks that are left, and return the world itself."""
        while self.week < self.situation.timeline.weeks:
            self.step()
        return self

    def step(self) -> None:
        """Simulate one week: inputs, plans, commitments, trade. Raises RuntimeError after the last week."""
        if self.week >= self.situation.timeline.weeks:
            raise RuntimeError("the run is over: there is no week left to step through")
        self._simulate_week()
        if self.week >= self.situation.timeline.weeks:
            self.running = False
            self.release()
        if hasattr(self, "datacollector"):
            self.datacollector.collect(self)

    def _simulate_week(self) -> None:
        week = self._open()
        line = self.situation.timeline
        asked, quarrels = line.request[week.number].tolist(), line.incident[week.number].tolist()
        courting = self._courtship(week.number)
        for state in self.states:
            state.plan(week, asked[state.index], quarrels[state.index], courting[state.index])
        for patron in self.patrons:
            patron.plan(week)
        moved = self._commit(week)
        offered, enforced = line.offered[week.number].tolist(), self._enforced_by_patrons(week.number)
        trade = self.ledger.settle(week, enforced, offered)
        self.needed = economy.need(trade.revenue_index, self.situation.buffer)
        if week.number >= self.first:
            self.recorder.note_week(week, moved, trade)
        self.week += 1

    def _enforced_by_patrons(self, number: int) -> list[float]:
        """What each patron stops in a week: its path, off by the drawn error while its last step holds."""
        line, error = self.situation.timeline, self.parameters.enforcement_error
        levels, held = line.enforcement[number].tolist(), line.held[number].tolist()
        return [economy.misjudged(level, error * weight) for level, weight in zip(levels, held, strict=True)]

    @property
    def log_probability(self) -> float:
        """log P(all acts and quiet weeks of the run | frailties), summed over states in ISO3 order."""
        total = 0.0
        for state in self.states:
            total += state.log_probability()
        return total

    def recorded_changes(self, state: State) -> tuple[tuple[Change, ...], Change | None, bool]:
        """What the history holds for a state this week: its act, a rise, a travel route that thins."""
        return self._followed().of(self.week, state.iso3, state.levels, state.ceiling)

    def recorded_thinning(self, patron: str) -> bool:
        """Whether the history holds a travel route of this patron that thins this week."""
        return (self.week, patron) in self._followed().thinned

    def _followed(self) -> History:
        return self.history if self.history is not None and self.week >= self.first else self.before

    def simulated_history(self) -> History:
        """What happened in this world, to be replayed in another.

        Returns
        -------
        History
            Acts, rises, thinned routes and drawn tests, from the scenario's window on.

        Raises
        ------
        ValueError
            Where the world was made with ``record=False``.
        """
        if not self.recorder.keeping:
            raise ValueError("a world that kept no record cannot be replayed")
        return history_of(self.recorder.changes, self.tests)

    # ---- parts of a week

    def _open(self) -> Week:
        """The inputs of the week, with what the scenario lets sender and target add to them."""
        line, scenario = self.situation.timeline, self.situation.scenario
        number = self.week
        now, whole = float(line.shock_now[number]), float(line.shock_whole[number])
        if scenario.target.tests == "drawn" and number >= self.first:
            drawn = self._drawn_tests(number) if self.history is None else self.history.tests.get(number, 0.0)
            self.tests[number] = drawn
            now, whole = now + drawn, whole + drawn
        decay = weekly_decay(self.parameters.tau_shock)
        self.shocks.append(remember(self.shock_kept, decay, now))
        shock = rules.felt(self.parameters, self.shocks, number)
        self.shock_kept = remember(self.shock_kept, decay, whole)
        return Week(
            number=number,
            shock=shock,
            thaw=float(line.thaw[number]),
            news=float(line.news[number]),
            climate=rules.climate(self.parameters, shock, float(line.thaw[number]), float(line.news[number])),
            campaign=float(line.campaign[number]) + scenario.sender.escalation * shock,
            forbidden=self._forbidden[number],
            forbidden_exports=float(line.forbidden_exports[number]),
            forbidden_imports=float(line.forbidden_imports[number]),
            enforcement=economy.enforcement(
                self.parameters.enforcement, self.parameters.enforcement_gain, float(line.secondary[number])
            ),
            recorded=number < self.first or self.history is not None,
        )

    def _drawn_tests(self, number: int) -> float:
        """The magnitude of the tests drawn for this week, at the frequencies of the record."""
        target = rng.state_code(self.situation.target)
        total = 0.0
        for kind, (magnitude, rate) in enumerate(self.situation.timeline.test_rates):
            chance = rng.uniforms(self.seed, self.number, target, number, rng.TEST, kind)[0]
            if chance < rules.acting_probability(rate):
                total += magnitude
        return total

    def _courtship(self, number: int) -> list[float]:
        """K: the target's courtship of each state, as recorded or, from the window on, by its need."""
        recorded: list[float] = self.situation.timeline.outreach[number].tolist()
        if self.situation.scenario.target.courtship != "courting" or number < self.first:
            return recorded
        pulls = [economy.pull(state.affinity, state.levels, state.unlisted) for state in self.states]
        total = economy.total(pulls)
        decay = self.situation.courtship_decay
        effort = self.parameters.courtship_effort
        for index, pulled in enumerate(pulls):
            received = economy.courtship(effort, self.needed, pulled, total)
            self.courted[index] = remember(self.courted[index], decay, received)
        return [old + new for old, new in zip(recorded, self.courted, strict=True)]

    def _commit(self, week: Week) -> list[State]:
        """Put plans into effect, in ISO3 order; peers' exposure fades, then takes in this week's acts."""
        if week.number >= self.first:
            self.recorder.note_changes(week)
        moved = [state for state in self.states if state.act]
        for state in self.states:
            state.commit()
        for patron in self.patrons:
            patron.commit()
        decay = weekly_decay(self.parameters.tau_peer)
        for state in self.states:
            state.exposure = remember(state.exposure, decay, 0.0)
        for state in moved:
            for watcher, weight in self._peers[state.index]:
                self.states[watcher].exposure += rules.noticed(weight)
        return moved


def lived_history(world: World) -> History:
    """``world.simulated_history()`` under its name of version 0.1; leaves with the next version."""
    return world.simulated_history()


def _shared_rows(rows: list[list[float]]) -> list[tuple[float, ...]]:
    """Rows as tuples; an unchanged week shares last week's, so that states need not weigh their ties anew."""
    shared: list[tuple[float, ...]] = []
    for row in rows:
        now = tuple(row)
        shared.append(shared[-1] if shared and shared[-1] == now else now)
    return shared


def _listed_peers(situation: Situation) -> list[list[tuple[int, float]]]:
    """For each state, those that watch it, with their weights."""
    peers = situation.population.peers
    watchers, weights, first = peers.watcher.tolist(), peers.weight.tolist(), peers.first.tolist()
    return [list(zip(watchers[a:b], weights[a:b], strict=True)) for a, b in pairwise(first)]
