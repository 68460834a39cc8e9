"""The small real case beside the made-up one: read, simulated, and scored beside rivals."""

from __future__ import annotations

import datetime as dt
import math
from pathlib import Path

import numpy as np
import pytest

from maxpressure.engine.chunks import Chunk, Keep
from maxpressure.engine.engines import CompiledEngine, WorldEngine
from maxpressure.evidence.posterior import choose
from maxpressure.experiments.job import batches
from maxpressure.experiments.schema import TABLES
from maxpressure.inference.likelihood import Likelihood, record_situation
from maxpressure.inference.validate import validate
from maxpressure.model.case import Case, load_case, prepare
from worlds import forget, replayed

QATAR = Path(__file__).parents[2] / "cases" / "qatar"
KEEP = Keep(weeks=2**31, attributions=2**31)
BREAK = dt.date(2017, 6, 5)


@pytest.fixture(scope="module")
def qatar() -> Case:
    return load_case(QATAR)


def test_the_acts_of_the_four_are_no_acts_of_third_states(qatar: Case) -> None:
    situation = prepare(qatar, qatar.record())
    record, named = situation.record, qatar.assumptions.case
    assert (len(situation.population.iso3), len(record.acts), record.cuts, len(record.rises)) == (
        50,
        10,
        10,
        2,
    )
    assert {row.iso3 for row in record.elsewhere} == {*named.principals, "TUR"}
    assert len(record.statements) == 11
    week = (BREAK - qatar.assumptions.record.origin).days // 7
    assert [act.week for act in record.acts].count(week) == 9


def test_who_is_at_risk_follows_from_membership_and_not_from_what_a_state_did(qatar: Case) -> None:
    members = {row.iso3 for row in qatar.evidence.blocs if row.bloc == "OIC"}
    assert set(qatar.evidence.iso3s) == members
    assert len({tuple(levels) for levels in prepare(qatar, qatar.record()).population.start.tolist()}) == 1


def test_every_row_names_where_it_was_read_and_requests_that_failed_are_among_them(qatar: Case) -> None:
    for row in (*qatar.evidence.events.broad, *qatar.evidence.pressure):
        assert row.source_url.startswith("http")
    acted = {act.iso3 for act in prepare(qatar, qatar.record()).record.acts}
    asked = {iso3 for row in qatar.evidence.pressure for iso3 in row.targets if row.kind != "target_outreach"}
    assert asked - acted == {"KWT", "OMN", "MAR", "DZA", "TUN", "SDN", "NGA", "SOM", "PAK"}
    assert acted - asked == {"YEM", "MDV", "MRT", "JOR"}


def test_both_engines_simulate_the_case_alike_and_replay_its_record_with_one_probability(qatar: Case) -> None:
    situation = prepare(qatar, qatar.record())
    draws, chunk = choose("dprk-posterior", 3, qatar.place).draws, Chunk("as-recorded", 0, 3)
    engines = [engine({"as-recorded": situation}, draws, 5, KEEP) for engine in (CompiledEngine, WorldEngine)]
    one, other = [batches(chunk, 3, situation, engine.simulate(chunk), KEEP) for engine in engines]
    for table in TABLES:
        assert one[table].equals(other[table])
    recorded = record_situation(qatar)
    world = replayed(recorded, draws[0])
    frailties = np.array([state.frailty for state in world.states])
    assert Likelihood(recorded).given(draws[0], frailties) == pytest.approx(world.log_probability, rel=1e-9)
    forget(world)


@pytest.mark.slow
def test_borrowed_coefficients_are_scored_beside_rivals_and_said_to_be_borrowed(qatar: Case) -> None:
    table = QATAR / "evidence" / "events.csv"
    scored = validate(
        qatar, table, "2017-06-12", "2018-06-03", parameters="dprk-posterior", draws=2, progress=False
    )
    assert scored.compared.scores[0].cuts == 1  # Chad in August; the rest lie in the week before
    assert all(math.isfinite(one.log_score) for one in scored.compared.scores)
    assert "posterior of another case, North Korea 2016-2017" in scored.markdown()
