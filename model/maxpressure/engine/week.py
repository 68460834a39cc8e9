"""Compiled: worlds simulated week by week, by the same rules in the same order as :mod:`maxpressure.model.world`.

Read from the top. :func:`simulate_worlds` takes the worlds of a chunk one after another, :func:`simulate` takes one
world through its weeks, and the functions below it are the steps of a week that stand in this file, in the order of
their calls. In a week of the window

1. memories of shocks fade and take in this week's tests (:func:`drawn_tests`, where a scenario draws them);
2. the target courts (:func:`update_courtship`), new mandates change the sums over ties (:func:`update_mandates`), and
   every state's hazard Λ is computed (:func:`update_hazards`);
3. every state with something to decide acts or gains a level back, never both in a week, and may lose a level of its
   travel route (:func:`decide_all`, and :mod:`maxpressure.engine.decide` for one state); patrons' routes thin. All
   hazards were computed before, so no state sees this week's acts;
4. peers notice the week's acts (:func:`spread_exposure`);
5. trade is settled and the week recorded (:func:`maxpressure.engine.record.end_week`).

Weeks before the window repeat what was recorded (:func:`replay_recorded_week`); shocks and peers' exposure run as in
the window, and so does trade in the last of them.

Five arguments recur: ``inputs`` is the situation, the same for all worlds (:class:`maxpressure.engine.arrays.Inputs`);
its patrons are trade partners that follow a course of their own and do not act. ``p`` are the parameters of one
posterior draw; ``fixed`` is what that draw fixes for all its worlds
(:class:`maxpressure.engine.precompute.Precomputed`); ``world`` is the world at hand
(:class:`maxpressure.engine.state.WorldState`); ``output`` takes the results
(:class:`maxpressure.engine.record.Output`). Of state ``i``, ``given`` are its inputs and
``state`` is its condition in this world.
"""

from __future__ import annotations

from maxpressure.base import rng
from maxpressure.base.numerics import Floats, Ints, remember, weekly_decay
from maxpressure.engine.arrays import AFTER, IN_WEEK, INDEX, KIND, TIE, Inputs
from maxpressure.engine.decide import (
    act,
    attribution,
    keep_attribution,
    restore,
    strain_return,
    thin,
    thin_patron_routes,
    wear_route,
)
from maxpressure.engine.jit import inlined, kernel
from maxpressure.engine.precompute import (
    INCIDENT,
    OUTREACH,
    REQUEST,
    Precomputed,
    add_signals,
    parameters_of,
    precompute,
    tie_sum_of,
)
from maxpressure.engine.record import Output, end_week, record_world
from maxpressure.engine.state import (
    ALL_ACTS,
    WEEK_ACTS,
    WEEK_THINNED,
    Now,
    WorldState,
    begin_world,
    open_window,
    set_level,
    update_active,
    update_mandates,
)
from maxpressure.evidence.parameters import Parameters
from maxpressure.model import economy, rules


@kernel
def simulate_worlds(
    inputs: Inputs, rows: Floats, seed: int, first_number: int, without: tuple[int, int], fixed: Precomputed,
    world: WorldState, output: Output,
) -> None:  # fmt: skip
    """Simulate the worlds ``first_number`` onwards, one for each row of the output.

    World w uses posterior draw w mod D, where D is the number of draws (``rows``). ``without`` names an act that is
    left out (:func:`leave_out`), by its state and its number from 0; the state is −1 for none.
    """
    p = parameters_of(rows[0])
    draw = -1
    for index in range(len(output.world_ints)):
        number = first_number + index
        if number % len(rows) != draw:
            draw = number % len(rows)
            p = parameters_of(rows[draw])
            precompute(inputs, p, fixed)
        simulate(inputs, p, fixed, world, seed, number, without, index, output)


@kernel
def simulate(
    inputs: Inputs, p: Parameters, fixed: Precomputed, world: WorldState, seed: int, number: int,
    without: tuple[int, int], index: int, output: Output,
) -> None:  # fmt: skip
    """One world from the record's origin to the end of the window."""
    begin_world(inputs, p, world, seed, number)
    shock_decay, peer_decay = weekly_decay(p.tau_shock), weekly_decay(p.tau_peer)
    shock_memory, needed, row, from_peers = 0.0, 0.0, 0, 0.0
    for t in range(inputs.n_weeks):
        if t == inputs.first:
            open_window(inputs, world, seed, number)
        week = inputs.weeks[t]
        # a test counts in its own week for the days that are left of it, and in full from the next
        this_week, whole = week.shock_now, week.shock_whole
        if inputs.drawn_tests and t >= inputs.first:
            tests = drawn_tests(inputs, seed, number, t)
            this_week, whole = this_week + tests, whole + tests
        world.shocks[t] = remember(shock_memory, shock_decay, this_week)
        shock = rules.felt(p, world.shocks, t)
        shock_memory = remember(shock_memory, shock_decay, whole)
        for count in range(WEEK_ACTS, WEEK_THINNED + 1):
            world.tally[count] = 0
        if t < inputs.first:
            row = replay_recorded_week(inputs, p, world, t, row)
        else:
            if inputs.courting:
                update_courtship(inputs, p, world, needed)
            endogenous = inputs.courting or inputs.escalation > 0.0
            climate = rules.climate(p, shock, week.thaw, week.news)
            campaign = week.campaign + inputs.escalation * shock
            now = Now(
                seed,
                number,
                t,
                week.epoch,
                shock,
                week.thaw,
                week.news,
                climate,
                campaign,
                endogenous,
                without,
            )
            update_mandates(inputs, p, fixed, world, week.epoch)
            update_hazards(inputs, p, fixed, world, now)
            from_peers = decide_all(inputs, p, fixed, world, now, output, from_peers)
            thin_patron_routes(inputs, p, world, now, output)
            for count in range(WEEK_ACTS, WEEK_THINNED + 1):
                world.tally[ALL_ACTS + count] += world.tally[count]
        if p.beta_peer != 0.0:
            spread_exposure(inputs, world, peer_decay)
        if t >= inputs.first - 1:  # the first week needs the need and the patrons' losses of the week before
            needed = end_week(inputs, fixed, world, t, index, output)
    record_world(inputs, fixed, world, index, output, from_peers)


@kernel
def drawn_tests(inputs: Inputs, seed: int, number: int, t: int) -> float:
    """The magnitude of the tests of this week, at random by the rates of the record."""
    total = 0.0
    for kind in range(len(inputs.tests)):
        magnitude, rate = inputs.tests[kind]
        drawn = rng.uniforms(seed, number, inputs.target, t, rng.TEST, kind)[0]
        if drawn < rules.acting_probability(rate):
            total += magnitude
    return total


@kernel
def replay_recorded_week(inputs: Inputs, p: Parameters, world: WorldState, t: int, row: int) -> int:
    """A week before the window: its recorded acts and rises; returns the first row of a later week."""
    recorded = inputs.earlier
    while row < len(recorded) and recorded[row, IN_WEEK] == t:
        i, k, level = recorded[row, INDEX], recorded[row, TIE], recorded[row, AFTER]
        given, state = inputs.states[i], world.states[i]
        if recorded[row, KIND] == 1:
            top = min(level, state.ceiling[k])
            if state.levels[k] < top:
                set_level(world, given, i, k, top)
                state.returns += 1
        elif level < state.levels[k]:
            set_level(world, given, i, k, level)
            if world.tally[WEEK_ACTS] == 0 or world.actors[world.tally[WEEK_ACTS] - 1] != i:
                world.actors[world.tally[WEEK_ACTS]] = i
                world.tally[WEEK_ACTS] += 1
                state.acts += 1
                world.momentum[i] = rules.momentum(p, state.frailty, state.acts)
        row += 1
    return row


@kernel
def update_courtship(inputs: Inputs, p: Parameters, world: WorldState, needed: float) -> None:
    """The target courts out of need: each state remembers its share of the effort."""
    total = 0.0
    for i in range(len(inputs.states)):
        given = inputs.states[i]
        total += economy.pull(given.affinity, world.states[i].levels, given.unlisted)
    for i in range(len(inputs.states)):
        given, state = inputs.states[i], world.states[i]
        pulled = economy.pull(given.affinity, state.levels, given.unlisted)
        received = economy.courtship(p.courtship_effort, needed, pulled, total)
        state.courted = remember(state.courted, inputs.courtship_decay, received)


@inlined
def update_hazards(inputs: Inputs, p: Parameters, fixed: Precomputed, world: WorldState, now: Now) -> None:
    """Λ of every state this week."""
    exogenous = fixed.exogenous[now.t]
    if now.endogenous:
        exogenous = world.exogenous
        for i in range(len(exogenous)):
            # outreach at first; add_signals reads each entry before it writes it
            exogenous[i] = inputs.signals[OUTREACH, now.t, i] + world.states[i].courted
        add_signals(
            p, now.campaign, inputs.signals[REQUEST, now.t], inputs.signals[INCIDENT, now.t], exogenous,
            fixed.sensitive, fixed.standing, exogenous,
        )  # fmt: skip
    compute_hazards(p, now.climate, exogenous, world.momentum, world.exposure, world.tie_sums, world.hazard)


@kernel
def compute_hazards(
    p: Parameters, climate: float, exogenous: Floats, momentum: Floats, exposure: Floats, tie_sums: Floats,
    hazard: Floats,
) -> None:  # fmt: skip
    """Λ of all states in one plain loop over arrays, which the compiler turns into vector instructions."""
    for i in range(len(hazard)):
        common = rules.log_common(exogenous[i], climate, momentum[i], rules.imitation(p, exposure[i]))
        hazard[i] = rules.hazard(common, tie_sums[i])


@inlined
def decide_all(
    inputs: Inputs, p: Parameters, fixed: Precomputed, world: WorldState, now: Now, output: Output,
    from_peers: float,
) -> float:  # fmt: skip
    """Every state's week, in ISO3 order: act, return, thinning; returns the acts attributed to peers so far."""
    strain, hazard, resistance, active = world.strain, world.hazard, world.resistance, world.active
    deciding = list_deciding(strain, hazard, resistance, active, world.deciding)
    for which in range(deciding):
        i = world.deciding[which]
        acts = strain[i] + hazard[i] >= resistance[i]
        given, state, bases = inputs.states[i], world.states[i], fixed.bases[i]
        if acts and i == now.without[0] and state.acts == now.without[1] and state.left_out == 0:
            leave_out(world, now, given.code, i)
            acts = False
        request, incident = inputs.signals[REQUEST, now.t, i], inputs.signals[INCIDENT, now.t, i]
        courtship = inputs.signals[OUTREACH, now.t, i] + state.courted
        thins = wear_route(inputs.trade_left, p, given, state, world.routes[i], now)
        rising = strain_return(p, given, state, world.options, fixed.sensitive[i], request, courtship, now)
        if acts:
            from_peers += rules.attributable_to_peers(p, world.exposure[i])
            first_row, ties = output.filled[0], world.tie_sums[i]
            act(inputs, p, fixed, world, now, output, i)
            if len(output.attributions) > 0:  # of log_ties, which act filled in
                shares = attribution(p, fixed, world, request, incident, courtship, now, i, ties)
                keep_attribution(output, first_row, shares)
        if rising >= 0 and not acts:  # in a week of an act it waits
            restore(world, given, now, output, i, rising, state.levels[rising] + 1)
        if thins:
            thin(world, given, now, output, i)
        if acts or thins or rising >= 0:
            active[i] = update_active(given, state)
            world.tie_sums[i] = tie_sum_of(
                p, bases, inputs.forbidden[now.epoch], state.levels, world.log_ties
            )
    accumulate_strain(strain, hazard)
    for which in range(world.tally[WEEK_ACTS]):
        strain[world.actors[which]] = 0.0
    return from_peers


@kernel
def list_deciding(
    strain: Floats, hazard: Floats, resistance: Floats, active: Ints, deciding: Ints
) -> int:  # fmt: skip
    """List the states that have something to decide this week, few in most weeks; returns how many there are."""
    count = 0
    for i in range(len(strain)):
        deciding[count] = i  # written over by the next, unless it counts: a branch here would cost more
        count += (strain[i] + hazard[i] >= resistance[i]) | (active[i] == 1)
    return count


@kernel
def leave_out(world: WorldState, now: Now, code: int, i: int) -> None:
    """Leave an act out: no tie is cut, but its random numbers are used up, so that each later act keeps its own.

    The log probability of such a world means nothing: the strain of the act that is left out is not in it.
    """
    world.states[i].left_out = 1
    world.strain[i] = -world.hazard[i]  # accumulate_strain adds it back, so that strain begins at exactly 0
    world.resistance[i] = rng.exponential(
        now.seed, now.number, code, world.states[i].acts + 1, rng.RESISTANCE
    )


@kernel
def accumulate_strain(strain: Floats, hazard: Floats) -> None:
    """Add the week's hazard to every state's strain (the cumulated hazard of Sellke 1983)."""
    for i in range(len(strain)):
        strain[i] += hazard[i]


@inlined
def spread_exposure(inputs: Inputs, world: WorldState, decay: float) -> None:
    """Every state's exposure to its peers fades, then takes in the week's acts, actors in ISO3 order."""
    exposure = world.exposure
    for i in range(len(exposure)):
        exposure[i] = remember(exposure[i], decay, 0.0)
    for which in range(world.tally[WEEK_ACTS]):
        j = world.actors[which]
        for link in range(inputs.peer_first[j], inputs.peer_first[j + 1]):
            exposure[inputs.peer_watcher[link]] += rules.noticed(inputs.peer_weight[link])
