"""Compiled: what moves a state's ties in a week: an act of its own, a level that returns, a route that thins.

Each function follows the method of the same purpose in :mod:`maxpressure.model.agents` step by step, so that both
engines give the same bits. The formulas are in :mod:`maxpressure.model.rules` and :mod:`maxpressure.model.economy`.
"""

from __future__ import annotations

import math
from typing import Any

from maxpressure.base import rng
from maxpressure.base.numerics import Floats
from maxpressure.engine.arrays import N_TIES, Inputs
from maxpressure.engine.jit import inlined, kernel
from maxpressure.engine.precompute import (
    TRADE,
    Precomputed,
    readiness_of,
    tie_sum_of,
)
from maxpressure.engine.record import ACT, ATTRITION, RESTORATION, Output, record_change
from maxpressure.engine.state import (
    TRAVEL,
    WEEK_ACTS,
    WEEK_CUTS,
    WEEK_RETURNS,
    WEEK_THINNED,
    Now,
    WorldState,
    set_level,
)
from maxpressure.evidence.parameters import Parameters
from maxpressure.model import economy, rules

# ---- an act


@inlined
def act(
    inputs: Inputs, p: Parameters, fixed: Precomputed, world: WorldState, now: Now, output: Output, i: int
) -> None:
    """One state's act: leading tie, companions, depths and its probability; ``log_ties`` holds the ties before it."""
    given, state = inputs.states[i], world.states[i]
    tie_sum_of(p, fixed.bases[i], inputs.forbidden[now.epoch], state.levels, world.log_ties)
    readiness_of(p, given, world.ready)
    lead = choose(p, given, state, world, now, state.acts + state.left_out)
    cut(inputs, p, world, now, output, i, lead)
    following = state.acts + state.left_out  # cut has counted the act
    world.resistance[i] = rng.exponential(now.seed, now.number, given.code, following, rng.RESISTANCE)


@inlined
def choose(p: Parameters, given: Any, state: Any, world: WorldState, now: Now, act_number: int) -> int:
    """Draw which ties an act takes (``taken``) and how far (``after``), keyed by its number; returns the lead."""
    code, log_ties = given.code, world.log_ties
    lead = rules.lead_tie(now.seed, now.number, code, act_number, log_ties, rng.LEAD)
    for k in range(N_TIES):
        world.taken[k] = 0
        if log_ties[k] > -math.inf and (
            k == lead or rules.joins(now.seed, now.number, code, act_number, k, p.chi * world.ready[k])
        ):
            level = state.levels[k]
            world.taken[k] = 1
            world.after[k] = rules.fallen(now.seed, now.number, code, act_number, k, level, p.psi[k])
    return lead


@inlined
def cut(
    inputs: Inputs, p: Parameters, world: WorldState, now: Now, output: Output, i: int, lead: int
) -> None:
    """Put an act into effect: the ties ``taken`` fall to their levels ``after``, and its probability is noted."""
    given, state = inputs.states[i], world.states[i]
    depth = 0.0
    for k in range(N_TIES):
        if world.taken[k] == 1:
            depth += rules.log_depth(state.levels[k], world.after[k], p.psi[k])
    package = rules.log_package(world.log_ties, world.taken, p.chi, world.ready)
    state.spent_strain += world.strain[i]
    state.log_acts += rules.log_acting(world.hazard[i]) + package + depth
    for k in range(N_TIES):
        if world.taken[k] == 1:
            leads = 1 if k == lead else 0
            record_change(output, now.number, now.t, i, ACT, k, state.levels[k], world.after[k], leads)
            set_level(world, given, i, k, world.after[k])
            world.tally[WEEK_CUTS] += 1
    state.acts += 1
    world.momentum[i] = rules.momentum(p, state.frailty, state.acts)
    world.actors[world.tally[WEEK_ACTS]] = i
    world.tally[WEEK_ACTS] += 1


@inlined
def attribution(
    p: Parameters, fixed: Precomputed, world: WorldState, request: float, incident: float, courtship: float,
    now: Now, i: int, ties: float,
) -> tuple[float, ...]:  # fmt: skip
    """The attribution of an act just done, from the log hazards of its ties as they stood before it."""
    for k in range(N_TIES):
        world.options[k] = fixed.bases[i, k] if world.log_ties[k] > -math.inf else -math.inf
    return rules.attribution(
        p,
        fixed.sensitive[i],
        now.campaign,
        request,
        incident,
        courtship,
        now.shock,
        now.thaw,
        now.news,
        world.exposure[i],
        world.states[i].acts - 1,
        ties,
        rules.tie_sum(world.options),
    )


@kernel
def keep_attribution(output: Output, first_row: int, shares: tuple[float, ...]) -> None:
    """Write an act's attribution beside each of its rows."""
    for row in range(first_row, min(output.filled[0], len(output.attributions))):
        for group in range(len(shares)):
            output.attributions[row, group] = shares[group]


# ---- a level that returns


@inlined
def strain_return(
    p: Parameters, given: Any, state: Any, options: Floats, sensitive: float, request: float,
    courtship: float, now: Now,
) -> int:  # fmt: skip
    """Add the week's restoration hazard to its strain; the tie that is to rise a level this week, or −1."""
    if state.open_ties == 0:
        return -1
    state.return_strain += rules.restoration_hazard(
        p, sensitive, now.campaign, request, now.shock, now.thaw, courtship
    )
    if math.isnan(state.return_resistance):
        state.return_resistance = rng.exponential(
            now.seed, now.number, given.code, state.returns, rng.RESTORATION
        )
    if state.return_strain < state.return_resistance:
        return -1
    for k in range(N_TIES):
        options[k] = 0.0 if state.levels[k] < state.ceiling[k] else -math.inf
    return rules.lead_tie(now.seed, now.number, given.code, state.returns, options, rng.RESTORED_TIE)


@inlined
def restore(world: WorldState, given: Any, now: Now, output: Output, i: int, k: int, after: int) -> None:
    """A tie returns to a level."""
    state = world.states[i]
    record_change(output, now.number, now.t, i, RESTORATION, k, state.levels[k], after, -1)
    set_level(world, given, i, k, after)
    state.returns += 1
    state.return_strain = 0.0
    state.return_resistance = math.nan
    world.tally[WEEK_RETURNS] += 1


# ---- a travel route that thins


@inlined
def wear_route(
    trade_left: tuple[float, ...], p: Parameters, given: Any, state: Any, route: Any, now: Now
) -> bool:
    """Add a week's wear to the travel route of a state that has cut its own trade; whether it loses a level."""
    if state.levels[TRAVEL] == 0 or state.levels[TRADE] >= given.trade_start:
        return False
    own = economy.own_share(trade_left[state.levels[TRADE]], trade_left[given.trade_start])
    return add_wear(p, route, given.code, 1.0 - own, now)


@inlined
def thin(world: WorldState, given: Any, now: Now, output: Output, i: int) -> None:
    """A travel route loses a level, if an act of this week has left it one."""
    level = world.states[i].levels[TRAVEL]
    if level > 0:
        record_change(output, now.number, now.t, i, ATTRITION, TRAVEL, level, level - 1, -1)
        set_level(world, given, i, TRAVEL, level - 1)
        reset_route(world.routes[i])
        world.tally[WEEK_THINNED] += 1


@kernel
def add_wear(p: Parameters, route: Any, code: int, lost: float, now: Now) -> bool:
    """Add a week's wear to a route; whether it passes the route's resistance."""
    route.strain += rules.attrition_hazard(p, lost)
    if math.isnan(route.resistance):
        route.resistance = rng.exponential(now.seed, now.number, code, route.thinned, rng.ATTRITION)
    return bool(route.strain >= route.resistance)


@kernel
def reset_route(route: Any) -> None:
    """Start a route's wear again after it has thinned."""
    route.thinned += 1
    route.strain = 0.0
    route.resistance = math.nan


@inlined
def thin_patron_routes(inputs: Inputs, p: Parameters, world: WorldState, now: Now, output: Output) -> None:
    """Patrons' travel routes, worn by last week's lost trade."""
    for one in range(len(inputs.patrons)):
        index = len(inputs.states) + one
        route = world.routes[index]
        if route.travel == 0 or route.lost <= 0.0:
            continue
        if add_wear(p, route, inputs.patrons[one].code, route.lost, now):
            record_change(
                output, now.number, now.t, index, ATTRITION, TRAVEL, route.travel, route.travel - 1, -1
            )
            route.travel -= 1
            reset_route(route)
            world.tally[WEEK_THINNED] += 1
