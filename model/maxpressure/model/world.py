"""The Mesa model: one simulated history, week by week, from luck or from a record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise

from maxpressure.base import rng
from maxpressure.base.errors import InputError
from maxpressure.base.numerics import remember, weekly_decay
from maxpressure.evidence.parameters import Parameters
from maxpressure.model import economy, rules
from maxpressure.model.agents import Change, Patron, State, Surroundings, Week
from maxpressure.model.case import Situation, under
from maxpressure.model.history import History, recorded_history
from maxpressure.model.recorder import Recorder
from maxpressure.model.trade import Ledger

MakesState = Callable[["World", int, float | None], State]
"""A State class, or whatever else makes a state of a world, its index and its log frailty."""


class World(Surroundings):
    """One history of the third states of a situation.

    ``seed`` and ``world`` key every draw. With a ``history`` nothing is drawn: what happens is told by
    it, and the world works out every hazard on the way (the replay that gives the likelihood). ``frailties``
    sets log frailties by ISO3, 0 where none is named. Weeks before the window are replayed from the record.
    """

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
            raise ValueError(f"frailties name states that are not there: {', '.join(sorted(unknown))}")
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
        self.tests: dict[int, float] = {}
        self.courted = [0.0] * len(self.states)
        self.needed = 0.0
        self.recorder = Recorder(self, keeping=record)
        self._forbidden = _shared_rows(situation.timeline.forbidden.tolist())
        self._peers = _listed_peers(situation)
        while self.week < situation.timeline.first:
            self.step()
        for state in self.states:
            state.begin(reach=situation.scenario.restoration.reach)

    @property
    def first(self) -> int:
        """The first week of the scenario's window."""
        return self.situation.timeline.first

    def run(self) -> World:
        """Live through all weeks that are left; returns itself."""
        while self.week < self.situation.timeline.weeks:
            self.step()
        return self

    def step(self) -> None:
        """One week: inputs, plans from last week's world, what follows from them, and the record of it."""
        if self.week >= self.situation.timeline.weeks:
            raise RuntimeError("the run is over: there is no week left to step through")
        week = self._open()
        line = self.situation.timeline
        asked, quarrels = line.request[week.number].tolist(), line.incident[week.number].tolist()
        courting = self._courtship(week.number)
        for state in self.states:
            state.plan(week, asked[state.index], quarrels[state.index], courting[state.index])
        for patron in self.patrons:
            patron.plan(week)
        moved = self._commit(week)
        enforced, offered = line.enforcement[week.number].tolist(), line.offered[week.number].tolist()
        trade = self.ledger.settle(week, enforced, offered)
        self.needed = economy.need(trade.revenue_index, self.situation.buffer)
        if week.number >= self.first:
            self.recorder.note_week(week, moved, trade)
        self.week += 1
        if self.week >= line.weeks:
            self.running = False

    @property
    def log_probability(self) -> float:
        """log P(every act and every quiet week of the run | frailties), states summed in ISO3 order."""
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
        """What happened in this world, to be replayed: its acts, rises and thinned routes from the window on.

        Raises ValueError where the world kept no record of its changes.
        """
        if not self.recorder.keeping:
            raise ValueError("a world that kept no record cannot be replayed")
        acts: dict[tuple[int, str], list[tuple[int, int]]] = {}
        rises: dict[tuple[int, str], list[tuple[int, int]]] = {}
        thinned = set()
        for row in self.recorder.changes:
            key = (row.week, row.iso3)
            if row.kind == "attrition":
                thinned.add(key)
            else:
                (acts if row.kind == "act" else rises).setdefault(key, []).append((row.tie, row.level_after))
        return History(
            acts={key: tuple(levels) for key, levels in acts.items()},
            rises={key: tuple(levels) for key, levels in rises.items()},
            thinned=frozenset(thinned),
            tests=dict(self.tests),
        )

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
        shock = remember(self.shock_kept, decay, now)
        self.shock_kept = remember(self.shock_kept, decay, whole)
        return Week(
            number=number,
            shock=shock,
            thaw=float(line.thaw[number]),
            climate=rules.climate(self.parameters, shock, float(line.thaw[number])),
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
        """The magnitude of the tests that luck brings this week, at the frequencies of the record."""
        target = rng.state_code(self.situation.target)
        total = 0.0
        for kind, (magnitude, rate) in enumerate(self.situation.timeline.test_rates):
            chance = rng.uniforms(self.seed, self.number, target, number, rng.TEST, kind)[0]
            if chance < rules.acting_probability(rate):
                total += magnitude
        return total

    def _courtship(self, number: int) -> list[float]:
        """K: the target's courtship of each state, as recorded or, from the window on, out of need."""
        recorded: list[float] = self.situation.timeline.outreach[number].tolist()
        if self.situation.scenario.target.courtship != "courting" or number < self.first:
            return recorded
        pulls = [economy.pull(state.affinity, state.levels) for state in self.states]
        total = economy.total(pulls)
        decay = self.situation.courtship_decay
        effort = self.parameters.courtship_effort
        for index, pulled in enumerate(pulls):
            received = economy.courtship(effort, self.needed, pulled, total)
            self.courted[index] = remember(self.courted[index], decay, received)
        return [old + new for old, new in zip(recorded, self.courted, strict=True)]

    def _commit(self, week: Week) -> list[State]:
        """Let decisions take effect, in ISO3 order; peers' exposure fades, then takes in this week's acts."""
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


def check_key(seed: int, number: int) -> None:
    """Refuse a seed or replicate that the counter of the generator cannot hold."""
    if not 0 <= seed < rng.SEED_LIMIT:
        allowed = f"a whole number from 0 to {rng.SEED_LIMIT - 1}"
        raise InputError(file="run", key="seed", given=seed, allowed=allowed)
    if not 0 <= number < rng.WORLD_LIMIT:
        allowed = f"a whole number from 0 to {rng.WORLD_LIMIT - 1}"
        raise InputError(file="run", key="world", given=number, allowed=allowed)


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
