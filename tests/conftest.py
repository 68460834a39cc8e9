"""What tests share: the case as it ships, its scenarios laid out once, and how Hypothesis searches."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest
from hypothesis import HealthCheck, settings

from maxpressure.evidence.parameters import Parameters
from maxpressure.model.case import Case, Situation, load_case, prepare
from pilot import PILOT

settings.register_profile(
    "steady",  # the same examples in the same order on every machine
    deadline=None,
    derandomize=True,
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("steady")


@pytest.fixture(scope="session")
def case() -> Case:
    """North Korea 2016-2017, as it ships."""
    return load_case()


@pytest.fixture(scope="session")
def pilot() -> Parameters:
    """The parameters that stand in until the calibration replaces them."""
    return PILOT.values


@pytest.fixture(scope="session")
def situation_of(case: Case) -> Callable[[str], Situation]:
    """A shipped scenario by its name, laid out once."""

    @cache
    def lay_out(name: str) -> Situation:
        return prepare(case, case.scenario(name))

    return lay_out


@pytest.fixture(scope="session")
def recorded(situation_of: Callable[[str], Situation]) -> Situation:
    """The record, edited in nothing."""
    return situation_of("max-pressure-2017")


@pytest.fixture(scope="session")
def edited(case: Case) -> Callable[..., Situation]:
    """The record with edits, given as the tables of a scenario file."""

    def lay_out(**changes: object) -> Situation:
        return prepare(case, case.scenario("max-pressure-2017").but(**changes))

    return lay_out
