"""The levers of the page: what each moves, within which bounds, and what a student should know about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from maxpressure.base.errors import InputError
from maxpressure.model.case import Case
from maxpressure.scenario import Scenario

MOST_SHOWN: Final = 7
"""Levers that a page shows at once, and that a setting may move: more cannot be kept in mind."""

NO_TEST: Final = "no-september-test"
"""The shipped scenario that says what goes with the September test."""

TALKS: Final = ("thaw", "summit")
"""Kinds of dated input that the lever of the thaw moves."""

Number = float | int | bool
Edit = Callable[[Case, Scenario, Any], Mapping[str, Any]]
"""From the case, the scenario to be edited and a lever's value to the keys of a scenario file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lever:
    """One lever; `low` to `high` in steps of `step`, or for a switch one of its two `choices`.

    `unset` says what holds where the lever is not moved, `unit` what the number counts.
    """

    key: str
    label: str
    hint: str
    unset: str
    edit: Edit
    low: float = 0.0
    high: float = 1.0
    step: float = 0.1
    whole: bool = False
    unit: str = ""
    choices: tuple[str, ...] = ()
    """The words of a switch for no and yes; empty for a number."""

    @property
    def allowed(self) -> str:
        """What may be given, in words."""
        if self.choices:
            return f"{self.choices[0]} or {self.choices[1]}"
        kind = "a whole number" if self.whole else "a number"
        return f"{kind} from {self.low:g} to {self.high:g}{f' {self.unit}' if self.unit else ''}"


def _scaled(section: str) -> Edit:
    return lambda _case, _base, factor: {section: {"scale": factor}}


def _enforced(_case: Case, _base: Scenario, share: float) -> Mapping[str, Any]:
    return {"china": {"enforcement": share}}


def _backfilled(_case: Case, _base: Scenario, share: float) -> Mapping[str, Any]:
    return {"russia": {"backfill": share}}


def _tested(case: Case, base: Scenario, held: bool) -> Mapping[str, Any]:  # noqa: FBT001  # the value of a switch
    """Without the test and its answer; as recorded only where the base has both so, since an edit cannot bring back."""
    goes = case.scenario(NO_TEST).without
    if not held:
        return {"without": list(goes)}
    edited = [name for name in goes if name in base.without or name in base.shift or name in base.scale]
    if edited:
        allowed = f"no test, or the lever unmoved: {base.name} edits {' and '.join(edited)} itself"
        raise InputError(file="page", key="September test", given="as recorded", allowed=allowed)
    return {}


def _thawed(case: Case, base: Scenario, weeks: int) -> Mapping[str, Any]:
    """The talks of 2018 earlier than the base has them; those that it took away stay away."""
    if weeks == 0:
        return {}
    after = case.assumptions.record.acts_until
    talks = [row.name for row in case.evidence.pressure if row.kind in TALKS and row.date > after]
    return {
        "shift": {name: base.shift.get(name, 0) - 7 * weeks for name in talks if name not in base.without}
    }


def _followed(_case: Case, _base: Scenario, follow: bool) -> Mapping[str, Any]:  # noqa: FBT001  # the value of a switch
    return {"mechanisms": {"contagion": follow}}


LEVERS: Final = {
    lever.key: lever
    for lever in (
        Lever(
            key="campaign",
            label="Campaign",
            hint="How hard the United States and its allies press everybody: 1 as recorded, 0 not at all.",
            unset="as the scenario has it",
            edit=_scaled("campaign"),
            high=3.0,
            unit="times the record",
        ),
        Lever(
            key="requests",
            label="Requests",
            hint="How much each request to a named state weighs. Its effect is an upper bound: requests are made "
            "where success is near and reported when it came.",
            unset="as the scenario has it",
            edit=_scaled("requests"),
            high=3.0,
            unit="times the record",
        ),
        Lever(
            key="mandates",
            label="Mandates",
            hint="How much of each tie the Security Council forbids: 1 as recorded, 0 nothing.",
            unset="as the scenario has it",
            edit=_scaled("mandates"),
            high=2.0,
            unit="times the record",
        ),
        Lever(
            key="test",
            label="September test",
            hint="The sixth nuclear test of 3 September 2017, and the resolution that answered it.",
            unset="as the scenario has it",
            edit=_tested,
            choices=("no test", "as recorded"),
        ),
        Lever(
            key="china",
            label="China’s enforcement",
            hint="The share of the mandates that China enforces throughout. It moves trade; China follows this path "
            "and never the rule.",
            unset="as the scenario has it",
            edit=_enforced,
            step=0.05,
            unit="of the mandates",
        ),
        Lever(
            key="russia",
            label="Russia’s backfill",
            hint="The lost trade that Russia may take up, as a share of all trade in 2016; 0.012 was observed.",
            unset="as the scenario has it",
            edit=_backfilled,
            high=0.3,
            step=0.01,
            unit="of the trade of 2016",
        ),
        Lever(
            key="thaw",
            label="Thaw",
            hint="By how many weeks the talks of 2018 come earlier than the scenario has them. The record holds "
            "almost nothing on what talks do to third states, so their effect is assumed.",
            unset="as the scenario has it",
            edit=_thawed,
            high=52,
            step=1,
            whole=True,
            unit="weeks earlier",
        ),
        Lever(
            key="contagion",
            label="Contagion",
            hint="Whether states follow their peers. The data do not separate contagion from common shocks.",
            unset="as the scenario has it",
            edit=_followed,
            choices=("off", "on"),
        ),
    )
}
"""By their keys, in the order of the page."""

SHOWN_AT_FIRST: Final = tuple(key for key in LEVERS if key != "thaw")
