"""What a world of the Mesa model leaves behind: a row for each tie that moved, for each week and for the whole.

Also Mesa's own collector, for those who ask for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import mesa

from maxpressure.base.errors import InputError, nearest
from maxpressure.base.ties import FULL, TIES
from maxpressure.model import rules
from maxpressure.model.agents import TRADE, Patron, State, Week
from maxpressure.model.economy import effective_partners, isolation, kept, share
from maxpressure.model.history import TRAVEL, Change
from maxpressure.model.rows import ChangeRow, WeekRow, WorldRow
from maxpressure.model.trade import Ledger, TradeWeek


class Observed(Protocol):
    """What the recorder reads of a world."""

    states: list[State]
    patrons: list[Patron]
    ledger: Ledger
    needed: float

    @property
    def first(self) -> int:
        """The first week of the scenario's window."""

    @property
    def log_probability(self) -> float:
        """log P of what happened, given the frailties."""


class Recorder:
    """Notes what happens in a world; it reads and never writes there, so recording changes nothing."""

    def __init__(self, world: Observed, *, keeping: bool) -> None:
        self.world = world
        self.keeping = keeping
        self.changes: list[ChangeRow] = []
        self.weeks: list[WeekRow] = []
        self.began: tuple[tuple[int, ...], ...] = ()
        self._from_peers = 0.0

    def note_changes(self, week: Week) -> None:
        """Note what states are about to do, each with its attribution, before it takes effect."""
        if not self.keeping:
            return
        if not self.began:
            self.began = tuple(tuple(state.levels) for state in self.world.states)
        for state in self.world.states:
            if state.act or state.rise is not None or state.thinning:
                self._note(state, week)
        for patron in self.world.patrons:
            if patron.thinning:
                route = Change(TRAVEL, patron.travel, patron.travel - 1, None)
                self.changes.append(ChangeRow(week.number, patron.iso3, "attrition", *route, None))

    def _note(self, state: State, week: Week) -> None:
        falling = state.levels[TRAVEL]
        if state.act:
            attribution = state.attribution(week)
            self._from_peers += rules.attributable_to_peers(state.p, state.exposure)
            for change in state.act:
                self._add(week, state, "act", change, attribution)
                falling = change.after if change.tie == TRAVEL else falling
        if state.rise is not None:
            self._add(week, state, "restoration", state.rise)
            falling = state.rise.after if state.rise.tie == TRAVEL else falling
        if state.thinning and falling > 0:
            self._add(week, state, "attrition", Change(TRAVEL, falling, falling - 1, None))

    def _add(
        self,
        week: Week,
        state: State,
        kind: str,
        change: Change,
        attribution: tuple[float, ...] | None = None,
    ) -> None:
        self.changes.append(ChangeRow(week.number, state.iso3, kind, *change, attribution))

    def note_week(self, week: Week, moved: list[State], trade: TradeWeek) -> None:
        """Note how things stand when the week's decisions have taken effect and trade is settled."""
        if not self.keeping:
            return
        today = self._newest(week.number)
        states = self.world.states
        columns = list(zip(*(state.listed_levels for state in states), strict=True))
        alive = tuple(sum(1 for level in column if level > 0) for column in columns)
        standing = sum(sum(column) for column in columns)
        before = self.weeks[-1].acts_total if self.weeks else 0
        self.weeks.append(
            WeekRow(
                week=week.number,
                acts=len(moved),
                cuts=sum(1 for row in today if row.kind == "act"),
                restorations=sum(1 for row in today if row.kind == "restoration"),
                attritions=sum(1 for row in today if row.kind == "attrition"),
                acts_total=before + len(moved),
                ties_alive=alive,
                mean_level=tuple(share(sum(column), len(states)) for column in columns),
                embassies=sum(1 for state in states if state.embassy),
                trade_kusd=trade.total,
                exports_kusd=trade.exports,
                backfill_kusd=trade.backfill,
                declared_isolation=trade.declared,
                enforced_isolation=trade.enforced,
                hhi=trade.hhi,
                effective_partners=effective_partners(trade.hhi),
                first_patron_share=trade.leading_share,
                need=self.world.needed,
                weighted_degree=share(standing, FULL * len(states) * len(TIES)),
                kusd_per_trade_tie=share(trade.total, alive[TRADE] + len(self.world.patrons)),
            )
        )

    def _newest(self, week: int) -> list[ChangeRow]:
        newest: list[ChangeRow] = []
        for row in reversed(self.changes):
            if row.week != week:
                break
            newest.append(row)
        return newest

    def world_row(self) -> WorldRow:
        """The world as a whole, once its last week is over."""
        last, states, first = self.weeks[-1], self.world.states, self.world.first
        ledger, weeks = self.world.ledger, len(self.weeks)
        reached = {
            count: next((row.week - first for row in self.weeks if row.acts_total >= count), None)
            for count in (10, 20, 30)
        }
        acted = sorted({row.iso3 for row in self.changes if row.kind == "act"})
        cut = tuple(
            sum(1 for state, began in zip(states, self.began, strict=True) if state.levels[tie] < began[tie])
            for tie in range(len(TIES))
        )
        return WorldRow(
            acts=last.acts_total,
            cuts=sum(row.cuts for row in self.weeks),
            restorations=sum(row.restorations for row in self.weeks),
            attritions=sum(row.attritions for row in self.weeks),
            states_acted=len(acted),
            cut=cut,
            week_of_act_10=reached[10],
            week_of_act_20=reached[20],
            week_of_act_30=reached[30],
            embassies=last.embassies,
            trade_left=1.0 - last.enforced_isolation,
            exports_left=kept(last.exports_kusd, ledger.sold_2016),
            trade_lost=isolation(sum(row.trade_kusd for row in self.weeks), weeks * ledger.total_2016),
            exports_lost=isolation(sum(row.exports_kusd for row in self.weeks), weeks * ledger.sold_2016),
            hhi=last.hhi,
            effective_partners=last.effective_partners,
            first_patron_share=last.first_patron_share,
            reproduction=self._from_peers / last.acts_total if last.acts_total else 0.0,
            log_probability=self.world.log_probability,
        )


# ---- Mesa's own collector

Reporters = Mapping[str, Any]
"""Mesa's reporters: names of attributes, or functions, by the names of columns."""


def new_collector(
    model: mesa.Model,
    model_reporters: Reporters | None,
    agent_reporters: Reporters | None,
    agenttype_reporters: Mapping[type[mesa.Agent], Reporters] | None,
) -> mesa.DataCollector:
    """Mesa's collector; raises InputError for an attribute that the model, or one of the agents, does not have."""
    every = ", or a function; for states alone, agenttype_reporters={maxpressure.State: …}"
    _check_names("model_reporters", model_reporters, [model], "an attribute of the world, or a function")
    _check_names("agent_reporters", agent_reporters, model.agents, f"an attribute of every agent{every}")
    for kind, reporters in (agenttype_reporters or {}).items():
        agents = [agent for agent in model.agents if isinstance(agent, kind)]
        _check_names(
            "agenttype_reporters", reporters, agents, f"an attribute of {kind.__name__}, or a function"
        )
    return mesa.DataCollector(model_reporters, agent_reporters, agenttype_reporters)


def _check_names(key: str, reporters: Reporters | None, those: Iterable[object], allowed: str) -> None:
    """Refuse the name of an attribute that one of those does not have."""
    named = {reporter for reporter in (reporters or {}).values() if isinstance(reporter, str)}
    for one in those if named else ():
        for name in sorted(named):
            if not hasattr(one, name):
                given = f"{name}, which {type(one).__name__} does not have"
                known = [word for word in dir(one) if not word.startswith("_")]
                raise InputError(
                    file="collect", key=key, given=given, allowed=allowed, nearest=nearest(name, known)
                )
