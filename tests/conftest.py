"""What tests share: the case as it ships, its scenarios laid out once, Hypothesis's search, the order of files."""

from __future__ import annotations

import signal
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from maxpressure.evidence.parameters import Parameters
from maxpressure.model.case import Case, Situation, load_case, prepare
from pilot import PILOT
from warm import warm

settings.register_profile(
    "steady",  # the same examples in the same order on every machine
    deadline=None,
    derandomize=True,
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("steady")

LONGEST = (
    "docs/test_notebooks.py",
    "unit/experiments/test_batch_faults.py",
    "docs/test_benchmarks.py",
    "unit/sweep/test_sweep.py",
    "unit/test_doctests.py",
    "study/test_validation.py",
    "fuzz/test_fuzz.py",
    "unit/explanations/test_explain.py",
    "unit/explanations/test_twin_folder.py",
    "unit/report/test_report.py",
    "unit/results/test_results.py",
    "study/test_calibration.py",
)
"""The files that take longest, first: no worker begins a long one when the others have nothing left to do."""

TESTS = Path(__file__).parent

# A shell starts what runs in the background with Ctrl-C ignored, nohup with SIGHUP, and so would be every command that
# the tests interrupt. What has a handler here is as usual there.
for _name in ("SIGINT", "SIGHUP"):
    if (_number := getattr(signal, _name, None)) and signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, signal.default_int_handler)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Before several workers start, compile for all of them."""
    if getattr(session.config.option, "numprocesses", None) and not session.config.option.collectonly:
        warm()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the checks of documents, and begin with the longest files."""
    order = {(TESTS / name).resolve(strict=True): rank for rank, name in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(item.path, len(order)))
    for item in items:
        if item.path.is_relative_to(TESTS / "docs"):
            item.add_marker("docs")


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
