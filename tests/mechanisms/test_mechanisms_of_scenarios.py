"""The mechanisms of the source documents that are scenarios or ways of counting: rows 15, 16, 20, 21 and 22."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from maxpressure.base.ties import RESIDUAL, TIE_INDEX
from maxpressure.engine.chunks import Simulated
from maxpressure.engine.engines import Ensemble
from maxpressure.engine.record import ACT, RESTORATION
from maxpressure.evidence.parameters import Parameters
from maxpressure.model.case import Case, Situation
from maxpressure.model.history import History
from maxpressure.model.rows import WeekRow
from worlds import acts, hazards, per_tie, simulated

near = pytest.approx
SituationOf = Callable[[str], Situation]
Edited = Callable[..., Situation]
RECORD = "max-pressure-2017"
NOTHING = History(acts={})
DIPLOMATIC = TIE_INDEX["diplomatic"]
EMBASSIES, TRADE_LEFT = -1, 0
"""Columns of an output's whole numbers and of its shares, a row for each world."""


def week(day: dt.date) -> int:
    return (day - dt.date(2016, 1, 4)).days // 7


def weeks_of(given: Situation, p: Parameters) -> list[WeekRow]:
    return list(simulated(given, p).recorder.weeks)


def many(given: Situation, p: Parameters, worlds: int = 40) -> Simulated:
    return Ensemble(given, [p]).simulate(0, worlds, seed=5, attributions=False)


def kinds(found: Simulated, kind: int) -> int:
    return int((found.output.changes[: found.changes, 3] == kind).sum())


# ---- 15


def test_row_15_a_patron_that_goes_takes_its_trade_along_and_moves_nobody(
    situation_of: SituationOf, pilot: Parameters
) -> None:
    """As in 1990: from the day it stops, its share and the whole fall, and need rises; no state is informed."""
    gone = week(dt.date(2017, 1, 2))
    here, there = (simulated(situation_of(name), pilot) for name in (RECORD, "patron-collapse"))
    before, after = here.recorder.weeks, there.recorder.weeks
    assert acts(here) == acts(there)
    assert [row.trade_kusd for row in after[:gone]] == [row.trade_kusd for row in before[:gone]]
    for one, other in zip(before[gone:], after[gone:], strict=True):
        assert other.trade_kusd < 0.35 * one.trade_kusd
        assert other.first_patron_share < one.first_patron_share
        assert other.need > one.need


def test_row_15_the_other_patron_fills_only_what_its_cap_allows(
    situation_of: SituationOf, pilot: Parameters
) -> None:
    quiet = pilot._replace(alpha=per_tie())
    alone, helped = (
        weeks_of(situation_of(name), quiet) for name in ("patron-collapse", "patrons-played-off")
    )
    total = simulated(situation_of(RECORD), quiet).ledger.total_2016
    assert helped[-1].backfill_kusd == round(0.15 * total)
    assert helped[-1].trade_kusd > alone[-1].trade_kusd
    assert helped[-1].need < alone[-1].need
    assert helped[-1].trade_kusd < 0.5 * weeks_of(situation_of(RECORD), quiet)[0].trade_kusd


# ---- 16


def test_row_16_those_whom_seoul_asks_are_likelier_to_cut_and_nobody_else(
    situation_of: SituationOf, pilot: Parameters
) -> None:
    here, there = (hazards(situation_of(name), pilot, NOTHING) for name in ("rok-competition", RECORD))
    asked = {iso3 for one in situation_of("rok-competition").scenario.requests.add for iso3 in one.states}
    moved = {iso3 for iso3 in here if not np.array_equal(here[iso3], there[iso3])}
    assert moved == asked
    for request in situation_of("rok-competition").scenario.requests.add:
        for iso3 in request.states:
            pushed = here[iso3] / there[iso3]
            assert pushed[: week(request.date)] == near(np.ones(week(request.date)))
            assert pushed[week(request.date) + 1] > 1.5**request.strength


def test_row_16_seoul_asks_as_strongly_as_washington(edited: Edited, pilot: Parameters) -> None:
    day = dt.date(2017, 5, 1)

    def by(sender: str) -> np.ndarray:
        asked = {"requests": {"add": [{"date": day, "states": ["CUB"], "by": sender}]}}
        return hazards(edited(**asked), pilot, NOTHING)["CUB"]

    assert (by("KOR") == by("USA")).all()
    assert by("KOR")[week(day) + 1] > hazards(edited(), pilot, NOTHING)["CUB"][week(day) + 1]


# ---- 20


def test_row_20_levers_used_in_2016_press_from_that_day_on(
    situation_of: SituationOf, pilot: Parameters
) -> None:
    """The listing joins the campaign, the bankers' hosts are warned, and secondary sanctions stop more trade."""
    used, record = (situation_of(name) for name in ("unused-levers-2016", RECORD))
    order, later = week(dt.date(2016, 3, 16)), week(dt.date(2017, 6, 5))
    assert (used.timeline.campaign[:order] == record.timeline.campaign[:order]).all()
    assert (used.timeline.campaign[order + 1 : later] > record.timeline.campaign[order + 1 : later]).all()
    assert (used.timeline.secondary[order + 1 : later] > record.timeline.secondary[order + 1 : later]).all()
    here, there = (hazards(given, pilot, NOTHING) for given in (used, record))
    risky = [iso3 for iso3 in here if there[iso3].min() > 0.0]
    assert all((here[iso3][order + 1 : later] > there[iso3][order + 1 : later]).all() for iso3 in risky)
    pushed = {iso3: (here[iso3] / there[iso3])[order + 1] for iso3 in risky}
    assert set(sorted(pushed, key=lambda iso3: -pushed[iso3])[:2]) == {"ARE", "LBY"}


def test_row_20_secondary_sanctions_stop_trade_and_move_no_decision(
    situation_of: SituationOf, pilot: Parameters
) -> None:
    full, record = (many(situation_of(name), pilot) for name in ("secondary-sanctions-full", RECORD))
    decided = [found.output.changes[: found.changes] for found in (full, record)]
    decided = [changes[changes[:, 3] == ACT] for changes in decided]
    assert np.array_equal(*decided)
    assert (full.output.world_floats[:, TRADE_LEFT] < record.output.world_floats[:, TRADE_LEFT]).all()


# ---- 21


def test_row_21_counted_relations_and_weighed_trade_part_ways(
    situation_of: SituationOf, pilot: Parameters
) -> None:
    """More ties are restored and more embassies stand, while trade and the share that is left fall."""
    warm = pilot._replace(rho=-5.5)
    more, record = (many(situation_of(name), warm) for name in ("more-relations-less-trade", RECORD))
    ties = [found.output.week_ints[:, -1, 5:11].sum(axis=1).mean() for found in (more, record)]
    assert kinds(more, RESTORATION) > 5 * kinds(record, RESTORATION)
    assert ties[0] > ties[1]
    assert more.output.world_ints[:, EMBASSIES].mean() > record.output.world_ints[:, EMBASSIES].mean()
    assert more.output.world_floats[:, TRADE_LEFT].max() < record.output.world_floats[:, TRADE_LEFT].min()


# ---- 22


@pytest.fixture(scope="module")
def members(case: Case, recorded: Situation) -> list[int]:
    """Fellow members of the movement of the non-aligned that had no relations with the target."""
    codes = {row.iso3 for row in case.evidence.states if row.nam_member and not row.relations}
    return [place for place, iso3 in enumerate(recorded.population.iso3) if iso3 in codes]


def test_row_22_a_shared_membership_is_listed_but_is_no_tie_that_could_be_cut(
    case: Case, recorded: Situation, pilot: Parameters, members: list[int]
) -> None:
    listed = {row.iso3 for row in case.evidence.blocs if row.bloc == "NAM"}
    assert {recorded.population.iso3[place] for place in members} <= listed
    assert len(members) == 9
    assert (recorded.population.start[members, DIPLOMATIC] == 0).all()
    certain = pilot._replace(alpha=per_tie(diplomatic=5.0), sigma=0.0)
    found = many(recorded, certain, 3)
    changes = found.output.changes[: found.changes]
    assert len(changes) > 300
    assert not np.isin(changes[changes[:, 3] == ACT][:, 2], members).any()


def test_row_22_coded_as_a_residual_tie_it_would_be_cut(
    recorded: Situation, pilot: Parameters, members: list[int]
) -> None:
    start = recorded.population.start.copy()
    start[members, DIPLOMATIC] = RESIDUAL
    at_risk = replace(recorded, population=replace(recorded.population, start=start))
    certain = pilot._replace(alpha=per_tie(diplomatic=5.0), sigma=0.0)
    found = many(at_risk, certain, 3)
    changes = found.output.changes[: found.changes]
    assert set(members) <= set(changes[changes[:, 3] == ACT][:, 2].tolist())
