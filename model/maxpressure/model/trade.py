"""The target's trade week by week: what each partner still carries, what patrons take up, what is left."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from maxpressure.model import economy
from maxpressure.model.agents import TRADE, Patron, State, Week

if TYPE_CHECKING:
    from maxpressure.model.case import Situation


class TradeWeek(NamedTuple):
    """The target's trade at a week's end, at yearly rates in thousand USD; shares are of the 2016 total.

    ``declared`` is the isolation that levels and resolutions announce, ``enforced`` the one that trade shows.
    """

    exports: int
    imports: int
    backfill: int
    declared: float
    enforced: float
    hhi: float
    leading_share: float  # the first patron's share: China's
    revenue_index: float

    @property
    def total(self) -> int:
        """Exports and imports."""
        return self.exports + self.imports


class Flow(NamedTuple):
    """What one partner buys from and sells to the target, and what it declares; thousand USD a year."""

    sold: int
    bought: int
    allowed: int


class Ledger:
    """Settles trade after the week's decisions. Sums are of whole thousand USD, so their order is free."""

    def __init__(self, situation: Situation, states: list[State], patrons: list[Patron]) -> None:
        self.situation = situation
        self.traders = [state for state in states if sum(state.trade_2016) > 0]
        self.patrons = patrons
        self.sold_2016, self.bought_2016 = situation.population.trade_2016
        self._kept: dict[int, tuple[tuple[float, ...], Flow]] = {}

    @property
    def total_2016(self) -> int:
        """The target's trade with all partners of the model in 2016, thousand USD."""
        return self.sold_2016 + self.bought_2016

    def settle(self, week: Week, enforcement: list[float], offered: list[float]) -> TradeWeek:
        """The trade of a week, with patrons enforcing and offering trade as on their paths."""
        flows = [self._of_state(state, week) for state in self.traders]
        of_patrons = [
            Flow(*economy.offered_flows(*patron.trade_2016, own, *_forbidden(week), enforced))
            for patron, own, enforced in zip(self.patrons, offered, enforcement, strict=True)
        ]
        sold = sum(flow.sold for flow in (*flows, *of_patrons))
        bought = sum(flow.bought for flow in (*flows, *of_patrons))
        allowed = sum(flow.allowed for flow in (*flows, *of_patrons))
        carried = [flow.sold + flow.bought for flow in of_patrons]
        lost_sales, lost = self.sold_2016 - sold, self.total_2016 - sold - bought
        backfill = 0
        for index, cap in enumerate(self.situation.backfill):
            taken = economy.taken_up(cap, self.total_2016, lost - backfill)
            carried[index] += taken
            backfill += taken
        taken_sales = economy.money(backfill, economy.share(lost_sales, lost))
        sold, bought = sold + taken_sales, bought + backfill - taken_sales
        for patron, now in zip(self.patrons, carried, strict=True):
            patron.lost = economy.isolation(now, sum(patron.trade_2016))
        squares = sum((flow.sold + flow.bought) ** 2 for flow in flows) + sum(now**2 for now in carried)
        return TradeWeek(
            exports=sold,
            imports=bought,
            backfill=backfill,
            declared=economy.isolation(allowed, self.total_2016),
            enforced=economy.isolation(sold + bought, self.total_2016),
            hhi=economy.concentration(squares, sold + bought),
            leading_share=economy.share(carried[0], sold + bought) if carried else 0.0,
            revenue_index=economy.kept(sold, self.sold_2016),
        )

    def _of_state(self, state: State, week: Week) -> Flow:
        """A third state's flows, worked out anew only when its level or the week's terms have changed."""
        terms = (state.levels[TRADE], week.forbidden_exports, week.forbidden_imports, week.enforcement)
        kept = self._kept.get(state.index)
        if kept is None or kept[0] != terms:
            flows = economy.flows(
                *state.trade_2016, state.own_trade_left(), *_forbidden(week), week.enforcement
            )
            kept = (terms, Flow(*flows))
            self._kept[state.index] = kept
        return kept[1]


def _forbidden(week: Week) -> tuple[float, float]:
    return week.forbidden_exports, week.forbidden_imports
