"""Where a lever stands that is not moved: the value that its scenario has, as a number, a word or a path in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from maxpressure.app.figures.levers import LEVERS, NO_TEST, Number, with_unit, written
from maxpressure.base.text import day_text
from maxpressure.model.case import Case
from maxpressure.scenario import Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """The value that a scenario has for a lever that is not moved: as a lever has it, or None; and in words."""

    value: float | str | None
    words: str


def own_value(case: Case, scenario: Scenario, key: str) -> Own:
    """Where a lever stands at rest; None where what the scenario has is no single number, as a path is none."""
    lever, found = LEVERS[key], _OWN[key](case, scenario)
    if isinstance(found, Own):
        return found
    shown = written(lever, found)
    return Own(value=shown if lever.choices else found, words=with_unit(lever, found))


def _test_held(case: Case, scenario: Scenario) -> Number | Own:
    """Whether the test and its answer come as recorded, or not at all; an edit of another kind is neither."""
    goes = case.scenario(NO_TEST).without
    if all(name in scenario.without for name in goes):
        return False
    edits = {*scenario.without, *scenario.shift, *scenario.scale}
    return Own(value=None, words="edited by the scenario") if edits.intersection(goes) else True


def _enforced(case: Case, scenario: Scenario) -> Number | Own:
    """China's enforcement: one height, or dated steps in words."""
    given = scenario.china.enforcement
    if isinstance(given, int | float):
        return given
    steps = case.assumptions.patrons["CHN"].enforcement if isinstance(given, str) else given
    words = ", ".join(f"{step.level:g} from {day_text(step.since)}" for step in steps)
    return Own(value=None, words=words)


def _backfilled(case: Case, scenario: Scenario) -> Number:
    given = scenario.russia.backfill
    return case.assumptions.patrons["RUS"].backfill if isinstance(given, str) else given


_OWN: Final[Mapping[str, Callable[[Case, Scenario], Number | Own]]] = {
    "campaign": lambda _, scenario: scenario.campaign.scale,
    "requests": lambda _, scenario: scenario.requests.scale,
    "mandates": lambda _, scenario: scenario.mandates.scale,
    "test": _test_held,
    "china": _enforced,
    "russia": _backfilled,
    "thaw": lambda _case, _scenario: 0,
    "contagion": lambda _, scenario: scenario.mechanisms.contagion,
}
