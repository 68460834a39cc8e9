"""The exact likelihood: against runs, against adaptive quadrature, against numbers worked out by hand."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pytest
from scipy import integrate

from maxpressure.base import rng
from maxpressure.base.ties import TIE_INDEX
from maxpressure.engine.engines import Ensemble
from maxpressure.engine.replay import ACT, RISE
from maxpressure.evidence.parameters import Parameters, from_numbers, parameter_names
from maxpressure.evidence.priors import load_priors
from maxpressure.evidence.schema import WEEK_SLACK
from maxpressure.inference.calibrate import imputed
from maxpressure.inference.likelihood import Likelihood, record_situation
from maxpressure.inference.moves import moves_of, moves_simulated
from maxpressure.inference.posterior import marks, updated
from maxpressure.model import rules
from maxpressure.model.case import under
from maxpressure.model.history import History
from worlds import ALL_ON, Row, on, per_tie, plain, simulated, situation

near = pytest.approx
SEED = 2017
WORLDS = 100
LOG_PROBABILITY = -1
"""The last of the numbers that the output holds of a world."""


BROAD = {"record": "broad", "risk_set": "ex-ante", "mechanisms": ALL_ON}
FRAIL = {"mechanisms": {"frailty": True}}


@pytest.fixture(scope="module", params=[{}, BROAD], ids=["default", "broad, every mechanism"])
def given(case, request):
    """The record as it is fitted, and the broad one on listed ties with every mechanism switched on."""
    return record_situation(case, **request.param)


@pytest.fixture(scope="module", params=[FRAIL, BROAD], ids=["default with frailty", "broad, every mechanism"])
def frail(case, request):
    """The same, both with frailty."""
    return record_situation(case, **request.param)


@pytest.fixture(scope="module")
def believed() -> list[Parameters]:
    """Parameters drawn from the priors: a wider range of histories than any fitted ones would give."""
    rows = load_priors().draw(parameter_names(), WORLDS, np.random.default_rng(SEED))
    return [from_numbers(row) for row in rows.tolist()]


def frailties(given, parameters: Parameters, world: int) -> np.ndarray:
    drawn = [rng.normal(SEED, world, int(code), rng.FRAILTY) for code in given.population.codes]
    sigma = under(given.scenario, parameters).sigma
    return np.array([rules.log_frailty(sigma, standard) for standard in drawn])


# ---- (a) the probability that a run adds up


def test_worlds_of_the_ensemble_add_up_the_likelihood_of_what_they_did(given, believed):
    simulated = Ensemble(given, believed).simulate(0, WORLDS, seed=SEED)
    changes = simulated.output.changes[: simulated.changes]
    size, moved = len(given.population.iso3), 0
    for world, parameters in enumerate(believed):
        moves = moves_simulated(changes[changes[:, 0] == world], size)
        again = Likelihood(given, moves).given(parameters, frailties(given, parameters, world))
        assert again == near(simulated.output.world_floats[world, LOG_PROBABILITY], rel=1e-9)
        moved += len(moves)
    assert moved > 10 * WORLDS


def test_a_world_of_agents_adds_up_the_likelihood_of_what_it_did(given, believed):
    for number in range(3):
        parameters = believed[number]
        world = simulated(given, parameters, seed=SEED, number=number)
        likelihood = Likelihood(given, moves_of(given, world.simulated_history()))
        again = likelihood.given(parameters, frailties(given, parameters, number))
        assert again == near(world.log_probability, rel=1e-9)


def test_another_frailty_gives_another_probability(frail, believed):
    """So the tests above could fail."""
    likelihood, parameters = Likelihood(frail), believed[0]
    first, second = (likelihood.given(parameters, frailties(frail, parameters, world)) for world in (0, 1))
    assert abs(first - second) > 0.1


def test_by_default_there_is_no_frailty_to_integrate(case, believed):
    given = record_situation(case)
    likelihood, parameters = Likelihood(given), believed[0]._replace(sigma=1.5)
    nobody = np.zeros(len(given.population.iso3))
    assert (frailties(given, parameters, 0) == nobody).all()
    assert likelihood(parameters) == near(likelihood.given(parameters, nobody), rel=1e-12)
    assert likelihood(parameters) == likelihood(parameters._replace(sigma=0.0))


# ---- (b) frailty integrated out


@pytest.mark.parametrize("sigma", [0.2, 0.8, 1.5])
def test_the_integral_over_frailty_is_that_of_adaptive_quadrature_state_by_state(frail, believed, sigma):
    likelihood = Likelihood(frail)
    parameters = believed[0]._replace(sigma=sigma, beta_peer=0.2, beta_shock=0.4)
    found = likelihood.by_state(parameters)
    hazards = likelihood.hazards(parameters)
    room = likelihood.replayed
    actors = sorted(set(room.act_state.tolist()))
    quiet = [state for state in range(0, len(found), 20) if state not in actors]
    assert len(actors) == len(set(frail.record.iso3)) >= 30
    for state in [*actors, *quiet]:
        mine = room.act_state == state
        acted = hazards[room.act_week[mine], state]
        strain = hazards[:, state].sum() - acted.sum()
        marked = room.marks[mine].sum()
        assert found[state] - marked == near(log_integral(sigma, strain, acted.tolist()), abs=1e-6)


def test_without_frailty_one_node_is_the_whole_integral(frail, believed):
    likelihood, parameters = Likelihood(frail), believed[0]._replace(sigma=0.0)
    nobody = np.zeros(len(frail.population.iso3))
    assert likelihood(parameters) == near(likelihood.given(parameters, nobody), rel=1e-12)
    assert likelihood(parameters) == near(likelihood(parameters._replace(sigma=1e-9)), rel=1e-6)


def log_integral(sigma: float, strain: float, acted: list[float]) -> float:
    """log ∫ φ(z) exp(−f·strain) Π (1 − exp(−f·Λ)) dz with f = exp(σz − σ²/2)."""

    def log_of(z: float) -> float:
        frailty = math.exp(sigma * z - sigma * sigma / 2.0)
        acting = sum(math.log(-math.expm1(-frailty * hazard)) for hazard in acted)
        return acting - frailty * strain - z * z / 2.0 - 0.5 * math.log(2.0 * math.pi)

    top = max(log_of(z) for z in np.linspace(-8.0, 8.0, 161).tolist())
    area, _ = integrate.quad(lambda z: math.exp(log_of(z) - top), -12.0, 12.0, epsabs=1e-12, limit=400)
    return top + math.log(area)


# ---- (c) three states by hand

THREE = [
    Row(iso3="AAA", levels=on(diplomatic=3, trade=2), mission=1.0, affinity=0.5, leverage=1.0),
    Row(iso3="BBB", levels=on(diplomatic=2, trade=3), leverage=-1.0, watches={"AAA": 0.6, "CCC": 0.4}),
    Row(iso3="CCC", levels=on(trade=1)),
]
P = plain(
    alpha=per_tie(diplomatic=-3.0, trade=-2.0), psi=per_tie(0.25), chi=0.1, beta_mission=0.7,
    beta_affinity=-0.4, beta_shock=0.5, beta_mandate=1.1, beta_campaign=0.3, beta_request=0.8,
    beta_peer=0.2, beta_own=0.6, kappa=0.5, tau_shock=4.0, tau_peer=2.0,
)  # fmt: skip


def test_the_likelihood_of_three_states_is_what_a_pencil_gives():
    """AAA halves trade in week 1; BBB cuts both its ties in week 2, trade by two levels; CCC keeps still."""
    shown = situation(
        THREE,
        weeks=3,
        shock=[1.0, 0.0, 0.0],
        campaign=[0.0, 0.0, 1.0],
        request={"BBB": [0.0, 0.0, 0.5]},
        forbidden={"trade": [0.0, 0.0, 0.9]},
    )
    diplomatic, trade = TIE_INDEX["diplomatic"], TIE_INDEX["trade"]
    history = History(acts={(1, "AAA"): ((trade, 1),), (2, "BBB"): ((diplomatic, 1), (trade, 1))})
    found = Likelihood(shown, moves_of(shown, history)).by_state(P)

    mean = (math.exp(0.5) + math.exp(-0.5) + 1.0) / 3.0
    shock = [1.0, math.exp(-0.25), math.exp(-0.5)]  # fades by a factor e in four weeks
    # AAA: a mission on its diplomatic tie, an affinity, one act, then trade at level 1 of which 0.9 is forbidden
    who, sensitive = -0.4 * 0.5, math.exp(0.5) / mean
    alone = math.exp(-3.0 + 0.7) + math.exp(-2.0)
    aaa = [math.exp(who + 0.5 * shock[0]) * alone, math.exp(who + 0.5 * shock[1]) * alone]
    pushed = math.exp(who + 0.5 * shock[2] + sensitive * 0.3 + 0.6 * math.log(2.0))
    kept = 0.9 - (1.0 - 1 / 3)
    aaa += [pushed * (math.exp(-2.3) + math.exp(-2.0 + 1.1 * kept))]
    trade_leads = math.exp(-2.0) / alone
    by_hand = -aaa[0] + math.log(1.0 - math.exp(-aaa[1])) - aaa[2]
    by_hand += math.log(trade_leads) + math.log(1.0 - 0.1) + math.log(1.0 - 0.25)
    assert found[0] == near(by_hand, rel=1e-12)
    # BBB: it saw AAA act a week ago, with 0.6 of its attention, counted per tenth; both ties fall, so either leads
    sensitive = math.exp(-0.5) / mean
    both = math.exp(-3.0) + math.exp(-2.0)
    bbb = [math.exp(0.5 * shock[0]) * both, math.exp(0.5 * shock[1]) * both]
    address = sensitive * (0.3 + 0.8 * 0.5)
    bbb += [math.exp(address + 0.5 * shock[2] + 0.2 * 6.0) * (math.exp(-3.0) + math.exp(-2.0 + 1.1 * 0.9))]
    by_hand = -bbb[0] - bbb[1] + math.log(1.0 - math.exp(-bbb[2]))
    by_hand += math.log(0.1) + math.log(1.0 - 0.25) + math.log(0.25 * (1.0 - 0.25))
    assert found[1] == near(by_hand, rel=1e-12)
    # CCC: one tie at level 1, of which 0.9 is forbidden in the last week
    base = math.exp(-2.0)
    ccc = [math.exp(0.5 * shock[0]) * base, math.exp(0.5 * shock[1]) * base]
    ccc += [math.exp(0.5 * shock[2] + 0.3 / mean) * math.exp(-2.0 + 1.1 * kept)]
    assert found[2] == near(-sum(ccc), rel=1e-12)


def test_an_act_under_a_huge_hazard_leaves_a_quiet_week_before_it_as_it_was():
    """A tenth that is added to 10¹⁶ is lost, and does not come back when 10¹⁶ is taken off again."""
    shown = situation([Row(iso3="AAA", levels=on(trade=1))], weeks=3, incident={"AAA": [0.0, 1.0, 0.0]})
    parameters = plain(alpha=per_tie(trade=math.log(0.1)), beta_incident=40.0)
    history = History(acts={(1, "AAA"): ((TIE_INDEX["trade"], 0),)})
    assert Likelihood(shown, moves_of(shown, history))(parameters) == near(-0.1, rel=1e-9)


# ---- (d) companions and depth


def test_marks_are_counted_as_by_hand():
    """AAA: trade from 3 to 1 with labour from 2 to 0; trade returns to 2; trade from 2 to 1 alone, two ties kept."""
    shown = situation([Row(iso3="AAA", levels=on(diplomatic=2, trade=3, labour=2))], weeks=30)
    trade, labour, diplomatic = (TIE_INDEX[tie] for tie in ("trade", "labour", "diplomatic"))
    moves = np.array(
        [(3, 0, trade, 1, ACT), (3, 0, labour, 0, ACT), (5, 0, trade, 2, RISE), (9, 0, trade, 1, ACT)]
    )
    seen = marks(shown, moves)
    assert (seen.joined, seen.stayed) == (1, 1 + 1)  # labour joined; the diplomatic tie stayed out twice
    assert (seen.further[trade], seen.stopped[trade]) == (1, 1 + 1)
    assert (seen.further[labour], seen.stopped[labour]) == (1, 0)  # at level 0 nothing was left to stop at
    assert (seen.further[diplomatic], seen.stopped[diplomatic]) == (0, 0)


def test_the_posteriors_of_marks_add_what_was_seen_to_the_prior():
    shown = situation([Row(iso3="AAA", levels=on(trade=3, labour=2))], weeks=30)
    moves = np.array([(3, 0, TIE_INDEX["trade"], 0, ACT)])
    found = updated(load_priors(), marks(shown, moves))
    assert (found["chi"].a, found["chi"].b) == (1.0, 2.0)
    assert (found["psi.trade"].a, found["psi.trade"].b) == (3.0, 1.0)
    assert (found["psi.labour"].a, found["psi.labour"].b) == (1.0, 1.0)


@pytest.mark.parametrize("record", ["strict", "broad"])
def test_chi_and_psi_shift_the_likelihood_only_by_what_their_counts_say(case, believed, record):
    """So their posteriors are exact on listed ties: the rest of the likelihood does not know them."""
    given = record_situation(case, record=record, risk_set="ex-ante")
    likelihood = Likelihood(given)
    seen = marks(given, likelihood.moves)
    p = believed[0]._replace(chi=0.3, psi=(0.2,) * 6)
    q = p._replace(chi=0.1, psi=(0.6,) * 6)
    shift = seen.joined * math.log(0.1 / 0.3) + seen.stayed * math.log(0.9 / 0.7)
    shift += sum(seen.further) * math.log(0.6 / 0.2) + sum(seen.stopped) * math.log(0.4 / 0.8)
    assert likelihood(q) - likelihood(p) == near(shift, abs=1e-8)


@pytest.mark.parametrize("record", ["strict", "broad"])
def test_with_unlisted_ties_at_risk_psi_alone_is_apart_from_all_else(case, believed, record):
    """Acts in which an unlisted tie fell depend on chi as well, and have no count."""
    given = record_situation(case, record=record, risk_set="with-unlisted")
    likelihood = Likelihood(given)
    seen = marks(given, likelihood.moves)
    p = believed[0]._replace(chi=0.3, psi=(0.2,) * 6)
    shift = sum(seen.further) * math.log(0.6 / 0.2) + sum(seen.stopped) * math.log(0.4 / 0.8)
    assert likelihood(p._replace(psi=(0.6,) * 6)) - likelihood(p) == near(shift, abs=1e-8)
    of_chi = seen.joined * math.log(0.1 / 0.3) + seen.stayed * math.log(0.9 / 0.7)
    q = p._replace(chi=0.1)
    assert abs(likelihood(q) - likelihood(p) - of_chi) > 0.1


# ---- (e) imputed dates


def test_imputation_number_0_changes_nothing(case):
    assert imputed(case.evidence, case.assumptions.record, 0, SEED) is case.evidence


def test_imputed_dates_stay_within_their_month_or_week(case):
    table = {row.event_id: row for row in case.evidence.events_of("broad")}
    moved = set()
    for number in range(1, 21):
        for row in imputed(case.evidence, case.assumptions.record, number, SEED).events_of("broad"):
            listed = table[row.event_id]
            if row.date != listed.date:
                moved.add(listed.date_precision)
            if listed.date_precision == "month":
                assert (row.date.year, row.date.month) == (listed.date.year, listed.date.month)
            elif listed.date_precision == "week":
                assert abs(row.date - listed.date) <= WEEK_SLACK
            else:
                assert row == listed
    assert moved == {"month", "week"}


def test_imputed_rows_of_a_state_keep_their_order_and_all_others_their_text(case):
    def order(evidence):
        by_state: dict[str, list[str]] = {}
        for row in evidence.events_of("broad"):
            by_state.setdefault(row.iso3, []).append(row.event_id)
        return by_state

    dates = {}
    for number in range(1, 11):
        drawn = imputed(case.evidence, case.assumptions.record, number, SEED)
        assert [row.date for row in drawn.events_of("broad")] == sorted(
            row.date for row in drawn.events_of("broad")
        )
        assert order(drawn) == order(case.evidence)
        dates[number] = tuple(row.date for row in drawn.events_of("broad"))
    assert len(set(dates.values())) == 10


def test_the_strict_record_draws_dates_between_their_bounds_and_those_of_one_source_together(case):
    table = {row.event_id: row for row in case.evidence.events_of("strict")}
    seen: dict[str, set[dt.date]] = {}
    for number in range(1, 21):
        drawn = imputed(case.evidence, case.assumptions.record, number, SEED).events_of("strict")
        for row in drawn:
            first, last = table[row.event_id].bounds
            assert first <= row.date <= last
            seen.setdefault(row.event_id, set()).add(row.date)
        days = {row.event_id: row.date for row in drawn}
        assert days["E075"] == days["E076"]
        assert days["E147"] == days["E148"]
        levels: dict[tuple[str, str], int] = {}
        for row in drawn:
            assert row.level_before == levels.get((row.iso3, row.tie), row.level_before)
            levels[row.iso3, row.tie] = row.level_after
    assert len(seen["E064"]) == 1
    assert len(seen["E128"]) > 10
    assert min(seen["E128"]).year == 2017


def test_the_same_seed_and_number_impute_the_same_dates(case):
    first, again, other = (
        imputed(case.evidence, case.assumptions.record, 3, seed).events_of("broad")
        for seed in (SEED, SEED, SEED + 1)
    )
    assert first == again
    assert first != other
