"""Compiled: what moves ties besides acts: a rung that comes back, and a route that thins."""

from __future__ import annotations

import math
from typing import Any

from maxpressure.base import rng
from maxpressure.engine.arrays import Floats, Sheet
from maxpressure.engine.jit import inlined, kernel
from maxpressure.engine.precompute import N_TIES, TRADE
from maxpressure.engine.record import ATTRITION, Book, note_change
from maxpressure.engine.state import TRAVEL, WEEK_THINNED, Life, Now
from maxpressure.evidence.parameters import Parameters
from maxpressure.model import economy, rules


@inlined
def considered_return(
    p: Parameters,
    who: Any,
    lived: Any,
    options: Floats,
    sensitive: float,
    request: float,
    courtship: float,
    now: Now,
) -> int:
    """The tie that would rise a rung this week, or −1."""
    if lived.open_ties == 0:
        return -1
    lived.return_strain += rules.restoration_hazard(
        p, sensitive, now.campaign, request, now.shock, now.thaw, courtship
    )
    if math.isnan(lived.return_resistance):
        lived.return_resistance = rng.exponential(
            now.seed, now.world, who.code, lived.returns, rng.RESTORATION
        )
    if lived.return_strain < lived.return_resistance:
        return -1
    for k in range(N_TIES):
        options[k] = 0.0 if lived.rungs[k] < lived.ceiling[k] else -math.inf
    return rules.lead_tie(now.seed, now.world, who.code, lived.returns, options, rng.RESTORED_TIE)


@inlined
def route_thins(
    trade_left: tuple[float, ...], p: Parameters, who: Any, lived: Any, route: Any, now: Now
) -> bool:
    """Whether the travel route of a state that has cut its own trade loses a rung."""
    if lived.rungs[TRAVEL] == 0 or lived.rungs[TRADE] >= who.start[TRADE]:
        return False
    own = economy.own_share(trade_left[lived.rungs[TRADE]], trade_left[who.start[TRADE]])
    return strained(p, route, who.code, 1.0 - own, now)


@kernel
def strained(p: Parameters, route: Any, code: int, lost: float, now: Now) -> bool:
    """Add a week's wear to a route; whether it passes the route's resistance."""
    route.strain += rules.attrition_hazard(p, lost)
    if math.isnan(route.resistance):
        route.resistance = rng.exponential(now.seed, now.world, code, route.closures, rng.ATTRITION)
    return bool(route.strain >= route.resistance)


@kernel
def close_route(route: Any) -> None:
    """A route has thinned: it wears anew."""
    route.closures += 1
    route.strain = 0.0
    route.resistance = math.nan


@inlined
def thin_patrons(sheet: Sheet, p: Parameters, life: Life, now: Now, book: Book) -> None:
    """Patrons' travel routes, worn by last week's lost trade."""
    for one in range(len(sheet.patron)):
        place = len(sheet.state) + one
        route = life.route[place]
        if route.travel == 0 or route.lost <= 0.0:
            continue
        if strained(p, route, sheet.patron[one].code, route.lost, now):
            note_change(book, now.world, now.t, place, ATTRITION, TRAVEL, route.travel, route.travel - 1, -1)
            route.travel -= 1
            close_route(route)
            life.tally[WEEK_THINNED] += 1
