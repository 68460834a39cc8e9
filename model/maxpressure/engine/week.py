"""Compiled: one world lived week by week, with the same rules in the same order as :class:`World`.

Compiled: a state's act, ties and depth, and the account of it.

Compiled: what moves ties besides acts: a level that comes back, and a route that thins.
"""

from __future__ import annotations

import math
from typing import Any

from maxpressure.base import rng
from maxpressure.base.numerics import Floats, Ints, remember, weekly_decay
from maxpressure.engine.arrays import Sheet
from maxpressure.engine.jit import inlined, kernel
from maxpressure.engine.precompute import (
    INCIDENT,
    N_TIES,
    OUTREACH,
    REQUEST,
    TRADE,
    Table,
    draw_up,
    parameters_of,
    tie_sum_of,
)
from maxpressure.engine.record import ACT, ATTRITION, RESTORATION, Book, close_week, note_change, note_world
from maxpressure.engine.state import (
    ALL_ACTS,
    TRAVEL,
    WEEK_ACTS,
    WEEK_DROPS,
    WEEK_RETURNS,
    WEEK_THINNED,
    Life,
    Now,
    begin,
    move,
    open_window,
    tie_up,
    watched,
)
from maxpressure.evidence.parameters import Parameters
from maxpressure.model import economy, rules


@inlined
def act(sheet: Sheet, p: Parameters, table: Table, life: Life, now: Now, book: Book, i: int) -> None:
    """One state's act: lead, companions, depth and its probability; ``log_ties`` keeps how it stood before."""
    code, simulated, log_ties = sheet.state[i].code, life.state[i], life.log_ties
    number = simulated.acts
    tie_sum_of(p, table.state[i].bases, sheet.forbidden[now.epoch], simulated.levels, log_ties)
    lead = rules.lead_tie(now.seed, now.world, code, number, log_ties, rng.LEAD)
    depth = 0.0
    for k in range(N_TIES):
        life.taken[k] = 0
        if log_ties[k] > -math.inf and (
            k == lead or rules.joins(now.seed, now.world, code, number, k, p.chi)
        ):
            level = simulated.levels[k]
            life.taken[k] = 1
            life.after[k] = rules.fallen(now.seed, now.world, code, number, k, level, p.psi[k])
            depth += rules.log_depth(level, life.after[k], p.psi[k])
    package = rules.log_package(log_ties, life.taken, p.chi)
    simulated.endured += life.strain[i]
    simulated.log_acts += rules.log_acting(life.hazard[i]) + package + depth
    for k in range(N_TIES):
        if life.taken[k] == 1:
            leads = 1 if k == lead else 0
            note_change(book, now.world, now.t, i, ACT, k, simulated.levels[k], life.after[k], leads)
            move(life, i, k, life.after[k])
            life.tally[WEEK_DROPS] += 1
    simulated.acts += 1
    life.carried[i] = rules.momentum(p, simulated.frailty, simulated.acts)
    life.resistance[i] = rng.exponential(now.seed, now.world, code, simulated.acts, rng.RESISTANCE)
    life.moved[life.tally[WEEK_ACTS]] = i
    life.tally[WEEK_ACTS] += 1


@inlined
def attribution(
    p: Parameters, drawn: Any, life: Life, said: Floats, courtship: float, now: Now, i: int, ties: float
) -> tuple[float, ...]:
    """The account of an act just done, from the log hazards of its ties as they stood before it."""
    for k in range(N_TIES):
        life.options[k] = drawn.bases[k] if life.log_ties[k] > -math.inf else -math.inf
    return rules.attribution(
        p,
        drawn.sensitive,
        now.campaign,
        said[REQUEST],
        said[INCIDENT],
        courtship,
        now.shock,
        now.thaw,
        life.exposure[i],
        life.state[i].acts - 1,
        ties,
        rules.tie_sum(life.options),
    )


@kernel
def keep_attribution(book: Book, first_row: int, shares: tuple[float, ...]) -> None:
    """Write an act's account beside each of its rows."""
    for row in range(first_row, min(book.filled[0], len(book.attributions))):
        for group in range(len(shares)):
            book.attributions[row, group] = shares[group]


@inlined
def considered_return(
    p: Parameters,
    who: Any,
    simulated: Any,
    options: Floats,
    sensitive: float,
    request: float,
    courtship: float,
    now: Now,
) -> int:
    """The tie that would rise a level this week, or −1."""
    if simulated.open_ties == 0:
        return -1
    simulated.return_strain += rules.restoration_hazard(
        p, sensitive, now.campaign, request, now.shock, now.thaw, courtship
    )
    if math.isnan(simulated.return_resistance):
        simulated.return_resistance = rng.exponential(
            now.seed, now.world, who.code, simulated.returns, rng.RESTORATION
        )
    if simulated.return_strain < simulated.return_resistance:
        return -1
    for k in range(N_TIES):
        options[k] = 0.0 if simulated.levels[k] < simulated.ceiling[k] else -math.inf
    return rules.lead_tie(now.seed, now.world, who.code, simulated.returns, options, rng.RESTORED_TIE)


@inlined
def route_thins(
    trade_left: tuple[float, ...], p: Parameters, who: Any, simulated: Any, route: Any, now: Now
) -> bool:
    """Whether the travel route of a state that has cut its own trade loses a level."""
    if simulated.levels[TRAVEL] == 0 or simulated.levels[TRADE] >= who.start[TRADE]:
        return False
    own = economy.own_share(trade_left[simulated.levels[TRADE]], trade_left[who.start[TRADE]])
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
        index = len(sheet.state) + one
        route = life.route[index]
        if route.travel == 0 or route.lost <= 0.0:
            continue
        if strained(p, route, sheet.patron[one].code, route.lost, now):
            note_change(book, now.world, now.t, index, ATTRITION, TRAVEL, route.travel, route.travel - 1, -1)
            route.travel -= 1
            close_route(route)
            life.tally[WEEK_THINNED] += 1


@kernel
def simulate_worlds(
    sheet: Sheet,
    rows: Floats,
    seed: int,
    first_world: int,
    table: Table,
    life: Life,
    book: Book,
) -> None:
    """Live the worlds ``first_world`` onwards, one for each row of the book; world w has draw w mod D."""
    p = parameters_of(rows[0])
    drawn = -1
    for index in range(len(book.world_ints)):
        world = first_world + index
        if world % len(rows) != drawn:
            drawn = world % len(rows)
            p = parameters_of(rows[drawn])
            draw_up(sheet, p, table, life.log_ties)
        simulate(sheet, p, table, life, seed, world, index, book)


@kernel
def simulate(
    sheet: Sheet, p: Parameters, table: Table, life: Life, seed: int, world: int, index: int, book: Book
) -> None:
    """One world from the record's origin to the end of the window."""
    begin(sheet, p, life, seed, world)
    shock_decay, peer_decay = weekly_decay(p.tau_shock), weekly_decay(p.tau_peer)
    kept, needed, told, from_peers = 0.0, 0.0, 0, 0.0
    for t in range(sheet.weeks):
        if t == sheet.first:
            open_window(sheet, life, seed, world)
        week = sheet.week[t]
        brought, whole = week.shock_now, week.shock_whole
        if sheet.drawn_tests and t >= sheet.first:
            drawn = drawn_tests(sheet, seed, world, t)
            brought, whole = brought + drawn, whole + drawn
        shock = remember(kept, shock_decay, brought)
        kept = remember(kept, shock_decay, whole)
        for count in range(WEEK_ACTS, WEEK_THINNED + 1):
            life.tally[count] = 0
        if t < sheet.first:
            told = follow_record(sheet, p, life, t, told)
        else:
            if sheet.courting:
                court(sheet, p, life, needed)
            fresh = sheet.courting or sheet.escalation > 0.0
            climate = rules.climate(p, shock, week.thaw)
            campaign = week.campaign + sheet.escalation * shock
            now = Now(seed, world, t, week.epoch, shock, week.thaw, climate, campaign, fresh)
            tie_up(sheet, p, table, life, week.epoch)
            weigh(sheet, p, table, life, now)
            from_peers = decide(sheet, p, table, life, now, book, from_peers)
            thin_patrons(sheet, p, life, now, book)
            for count in range(WEEK_ACTS, WEEK_THINNED + 1):
                life.tally[ALL_ACTS + count] += life.tally[count]
        spread(sheet, life, peer_decay)
        if t >= sheet.first - 1:
            needed = close_week(sheet, table, life, t, index, book)
    note_world(sheet, table, life, index, book, from_peers)


@kernel
def drawn_tests(sheet: Sheet, seed: int, world: int, t: int) -> float:
    """The magnitude of the tests that luck brings this week."""
    total = 0.0
    for kind in range(len(sheet.tests)):
        magnitude, rate = sheet.tests[kind]
        chance = rng.uniforms(seed, world, sheet.target, t, rng.TEST, kind)[0]
        if chance < rules.acting_probability(rate):
            total += magnitude
    return total


@kernel
def follow_record(sheet: Sheet, p: Parameters, life: Life, t: int, told: int) -> int:
    """A week before the window: the record's acts and rises; returns the first line of the record to come."""
    while told < len(sheet.told) and sheet.told[told, 0] == t:
        i, k, level = sheet.told[told, 1], sheet.told[told, 2], sheet.told[told, 3]
        simulated = life.state[i]
        if sheet.told[told, 4] == 1:
            top = min(level, simulated.ceiling[k])
            if simulated.levels[k] < top:
                move(life, i, k, top)
                simulated.returns += 1
        elif level < simulated.levels[k]:
            move(life, i, k, level)
            if life.tally[WEEK_ACTS] == 0 or life.moved[life.tally[WEEK_ACTS] - 1] != i:
                life.moved[life.tally[WEEK_ACTS]] = i
                life.tally[WEEK_ACTS] += 1
                simulated.acts += 1
                life.carried[i] = rules.momentum(p, simulated.frailty, simulated.acts)
        told += 1
    return told


@kernel
def court(sheet: Sheet, p: Parameters, life: Life, needed: float) -> None:
    """The target courts out of need: each state's share of its effort is remembered."""
    total = 0.0
    for i in range(len(sheet.state)):
        total += economy.pull(sheet.state[i].affinity, life.state[i].levels)
    for i in range(len(sheet.state)):
        simulated = life.state[i]
        pulled = economy.pull(sheet.state[i].affinity, simulated.levels)
        received = economy.courtship(p.courtship_effort, needed, pulled, total)
        simulated.courted = remember(simulated.courted, sheet.courtship_decay, received)


@inlined
def weigh(sheet: Sheet, p: Parameters, table: Table, life: Life, now: Now) -> None:
    """Λ of every state this week."""
    settled = table.settled[now.t]
    if now.fresh:
        settled = life.settled
        for i in range(len(settled)):
            said, drawn = sheet.said[now.t, i], table.state[i]
            courtship = said[OUTREACH] + life.state[i].courted
            settled[i] = drawn.standing + rules.addressed(
                p, drawn.sensitive, now.campaign, said[REQUEST], said[INCIDENT], courtship
            )
    work_out_hazards(p, now.climate, settled, life.carried, life.exposure, life.ties, life.hazard)


@kernel
def work_out_hazards(
    p: Parameters,
    climate: float,
    settled: Floats,
    carried: Floats,
    exposure: Floats,
    ties: Floats,
    hazard: Floats,
) -> None:
    """Λ of all states in one plain loop over arrays, which the compiler turns into vector instructions."""
    for i in range(len(hazard)):
        common = rules.log_common(settled[i], climate, carried[i], rules.imitation(p, exposure[i]))
        hazard[i] = rules.hazard(common, ties[i])


@kernel
def stirred(strain: Floats, hazard: Floats, resistance: Floats, active: Ints) -> int:
    """How many states have something to decide this week: most weeks, few."""
    number = 0
    for i in range(len(strain)):
        number += (strain[i] + hazard[i] >= resistance[i]) | (active[i] == 1)
    return number


@kernel
def build_up(strain: Floats, hazard: Floats) -> None:
    """Another week's strain for everybody."""
    for i in range(len(strain)):
        strain[i] += hazard[i]


@inlined
def decide(
    sheet: Sheet, p: Parameters, table: Table, life: Life, now: Now, book: Book, from_peers: float
) -> float:
    """Every state's week, in ISO3 order: act, return, thinning; returns the acts that peers account for so far."""
    strain, hazard, resistance, active = life.strain, life.hazard, life.resistance, life.active
    waiting = stirred(strain, hazard, resistance, active)
    i = -1
    while waiting > 0:
        i += 1
        acts = strain[i] + hazard[i] >= resistance[i]
        if not (acts or active[i] == 1):
            continue
        waiting -= 1
        who, simulated, drawn = sheet.state[i], life.state[i], table.state[i]
        said = sheet.said[now.t, i]
        courtship = said[OUTREACH] + simulated.courted
        thins = route_thins(sheet.trade_left, p, who, simulated, life.route[i], now)
        rising = considered_return(
            p, who, simulated, life.options, drawn.sensitive, said[REQUEST], courtship, now
        )
        if acts:
            from_peers += rules.attributable_to_peers(p, life.exposure[i])
            first_row, ties = book.filled[0], life.ties[i]
            act(sheet, p, table, life, now, book, i)
            if len(book.attributions) > 0:
                shares = attribution(p, drawn, life, said, courtship, now, i, ties)
                keep_attribution(book, first_row, shares)
        if rising >= 0 and not acts:  # in a week of an act it waits
            level = simulated.levels[rising]
            note_change(book, now.world, now.t, i, RESTORATION, rising, level, level + 1, -1)
            move(life, i, rising, level + 1)
            simulated.returns += 1
            simulated.return_strain = 0.0
            simulated.return_resistance = math.nan
            life.tally[WEEK_RETURNS] += 1
        if thins and simulated.levels[TRAVEL] > 0:
            level = simulated.levels[TRAVEL]
            note_change(book, now.world, now.t, i, ATTRITION, TRAVEL, level, level - 1, -1)
            move(life, i, TRAVEL, level - 1)
            close_route(life.route[i])
            life.tally[WEEK_THINNED] += 1
        if acts or thins or rising >= 0:
            active[i] = watched(who, simulated)
            life.ties[i] = tie_sum_of(
                p, drawn.bases, sheet.forbidden[now.epoch], simulated.levels, life.log_ties
            )
    build_up(strain, hazard)
    for number in range(life.tally[WEEK_ACTS]):
        strain[life.moved[number]] = 0.0
    return from_peers


@inlined
def spread(sheet: Sheet, life: Life, decay: float) -> None:
    """Peers' exposure fades, then takes in the week's acts, actors in ISO3 order."""
    exposure = life.exposure
    for i in range(len(exposure)):
        exposure[i] = remember(exposure[i], decay, 0.0)
    for number in range(life.tally[WEEK_ACTS]):
        j = life.moved[number]
        for link in range(sheet.peer_first[j], sheet.peer_first[j + 1]):
            exposure[sheet.peer_watcher[link]] += rules.noticed(sheet.peer_weight[link])
