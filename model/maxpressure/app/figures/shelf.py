"""The scenarios that the page offers by name: those of the case, and where the case ships those of its course."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from maxpressure.base.paths import folder
from maxpressure.model.case import Case
from maxpressure.scenario import Scenario
from maxpressure.scenario.files import scenarios_in

COURSE: Final = "course"
"""The folder of the course's scenarios below that of the shipped ones."""


@cache
def course() -> Mapping[str, Path]:
    """The files of the course's scenarios by name.

    >>> "from-august" in course()
    True
    """
    return scenarios_in(folder("scenarios") / COURSE)


def shelf(case: Case) -> Mapping[str, Path]:
    """The file of each scenario that may be named; a name of the case comes before one of the course."""
    return {**course(), **case.scenarios} if case.ships else case.scenarios


def scenario_of(case: Case, name: str) -> Scenario:
    """A scenario by its name on the shelf, or as the case knows it."""
    return case.scenario(shelf(case).get(name, name))
