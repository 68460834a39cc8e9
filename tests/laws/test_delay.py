"""Provocations felt δ weeks late: everything that remembers them moves by δ weeks."""

from __future__ import annotations

import numpy as np
import pytest

from maxpressure.base.errors import InputError
from maxpressure.evidence.parameters import check_parameter
from maxpressure.evidence.priors import load_priors
from worlds import Row, acts, hazards, on, per_tie, plain, simulated, situation

SHOCK = [0.0, 1.0, 0.0, 0.4, *[0.0] * 16]
STATES = [Row(iso3="AAA", levels=on(trade=3, military=2)), Row(iso3="BBB")]


def quiet(**changes: float) -> dict[str, np.ndarray]:
    given = situation(STATES, weeks=20, shock=SHOCK)
    return hazards(given, plain(alpha=per_tie(-9.0), beta_shock=1.5, **changes))


@pytest.mark.parametrize("weeks", [1, 3])
def test_the_hazards_of_a_delay_are_those_without_it_later(weeks: int) -> None:
    now, late, none = (
        quiet(),
        quiet(delay_shock=float(weeks)),
        hazards(situation(STATES, weeks=20), plain(alpha=per_tie(-9.0), beta_shock=1.5)),
    )
    for iso3, hazard in now.items():
        assert np.array_equal(late[iso3][weeks:], hazard[:-weeks])
        assert np.array_equal(late[iso3][:weeks], none[iso3][:weeks])


def test_restoration_and_escalation_feel_the_same_delayed_shock() -> None:
    given = situation(STATES, weeks=20, shock=SHOCK, scenario={"sender": {"escalation": 0.7}})
    campaigns = []
    for weeks in (0.0, 2.0):
        world = simulated(given, plain(beta_campaign=1.0, alpha=per_tie(-9.0), delay_shock=weeks))
        campaigns.append([state.hazard for state in world.states])
        assert not acts(world)
    shifted = situation(
        STATES, weeks=20, shock=[0.0, 0.0, *SHOCK[:-2]], scenario={"sender": {"escalation": 0.7}}
    )
    world = simulated(shifted, plain(beta_campaign=1.0, alpha=per_tie(-9.0)))
    assert campaigns[1] == [state.hazard for state in world.states]
    assert campaigns[0] != campaigns[1]


def test_drawn_tests_are_felt_late_too() -> None:
    given = situation(STATES, weeks=20, scenario={"target": {"tests": "drawn"}})
    p = plain(alpha=per_tie(-9.0), beta_shock=1.0, tau_shock=5.0)
    now, late = (simulated(given, p._replace(delay_shock=weeks), seed=8) for weeks in (0.0, 1.0))
    assert sum(now.tests.values()) > 0.0
    assert now.tests == late.tests
    assert now.shocks == late.shocks
    base = simulated(situation(STATES, weeks=20), p).states[0].hazard
    assert [world.states[0].hazard for world in (now, late)] == pytest.approx(
        [base * np.exp(now.shocks[-1]), base * np.exp(now.shocks[-2])]
    )


def test_a_delay_is_whole_weeks() -> None:
    assert check_parameter("delay_shock", 1, file="rule") == 1.0
    for wrong in (0.5, -1.0, 9.0):
        with pytest.raises(InputError, match="a whole number from 0 to 8"):
            check_parameter("delay_shock", wrong, file="rule")
    shipped = load_priors().by_name["delay_shock"]
    assert shipped.model_dump()["values"] == [0.0, 1.0]
