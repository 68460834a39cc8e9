"""The page of many worlds without its frame: what a visitor has chosen, and how each event changes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from maxpressure.app.levers import LEVERS, SHOWN_AT_FIRST, Lever
from maxpressure.app.link import Opened, link_of
from maxpressure.app.many_worlds import FIRST, SECOND
from maxpressure.app.setting import UNMOVED, Setting, shown_after, written
from maxpressure.base.errors import InputError
from maxpressure.model.case import Case

NEUTRAL: Final = {"campaign": 1.0, "requests": 1.0, "mandates": 1.0, "china": 0.5}
"""Where a slider stands that is not moved; 0 for all others."""

LONGEST_WORD: Final = 400
"""Characters of what a visitor writes into a field that are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What was written into a field and refused, and why."""

    given: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The settings A and, where there is a second, B; the levers on show; and what was refused, by field."""

    first: Setting = UNMOVED
    second: Setting | None = None
    shown: tuple[str, ...] = SHOWN_AT_FIRST
    faults: Mapping[str, Fault] = field(default_factory=dict)

    @property
    def settings(self) -> dict[str, Setting]:
        """The settings by the name of their column."""
        return {FIRST: self.first} | ({SECOND: self.second} if self.second is not None else {})

    def moved(self, case: Case, which: str, key: str, given: str) -> Chosen:
        """After a visitor has written into a field; what cannot be is refused there and changes nothing else."""
        setting, place, given = self.settings.get(which), f"{which}.{key}", given[:LONGEST_WORD]
        if setting is None:
            return self
        faults = {name: fault for name, fault in self.faults.items() if name != place}
        try:
            after = setting.but(case, key, given)
            after.scenario(case)
        except InputError as refusal:
            return replace(self, faults=faults | {place: Fault(given=given, why=helped(refusal))})
        return self._with(which, after, faults)

    def compared(self, *, wanted: bool) -> Chosen:
        """With a second setting, the first's to begin with, or without one."""
        faults = {name: fault for name, fault in self.faults.items() if not name.startswith(SECOND)}
        return replace(self, second=self.first if wanted else None, faults=faults)

    def put_back(self, which: str) -> Chosen:
        """All levers of a column as its scenario has them."""
        if which not in self.settings:
            return self
        after = Setting(base=self.settings[which].base)
        faults = {name: fault for name, fault in self.faults.items() if not name.startswith(which)}
        return self._with(which, after, faults)

    def _with(self, which: str, setting: Setting, faults: Mapping[str, Fault]) -> Chosen:
        if which == FIRST:
            return replace(self, first=setting, faults=faults)
        return replace(self, second=setting, faults=faults)

    def showing(self, key: str, *, visible: bool) -> Chosen:
        """With a lever more or less on show; one that is put away is no longer moved."""
        faults = {name: fault for name, fault in self.faults.items() if name != "shown"}
        try:
            shown = shown_after(self.shown, key, visible=visible)
        except InputError as refusal:
            return replace(self, faults=faults | {"shown": Fault(given=key, why=helped(refusal))})
        first, second = (_without(setting, key) if setting and not visible else setting
                         for setting in (self.first, self.second))  # fmt: skip
        return replace(self, shown=shown, first=first or UNMOVED, second=second, faults=faults)

    @property
    def link(self) -> str:
        """The link that carries what is chosen."""
        return link_of(self.first, self.second)


def _without(setting: Setting, key: str) -> Setting:
    moved = {name: value for name, value in setting.moved.items() if name != key}
    return replace(setting, moved=moved, asked=None if key == "requests" else setting.asked)


def chosen_by(link: Opened) -> Chosen:
    """What a link chose, its levers on show."""
    settings = [setting for setting in (link.first, link.second) if setting is not None]
    moved = {key for setting in settings for key in setting.moved}
    spare = [key for key in SHOWN_AT_FIRST if key not in moved]
    while len(moved) + len(spare) > len(SHOWN_AT_FIRST):
        spare.pop()
    shown = tuple(key for key in LEVERS if key in moved or key in spare)
    return Chosen(first=link.first, second=link.second, shown=shown)


def helped(refusal: InputError) -> str:
    """What was wrong, in words for the page."""
    near = f" Did you mean {refusal.nearest}?" if refusal.nearest else ""
    return f"{refusal.key}: “{refusal.given}” cannot be. Allowed: {refusal.allowed}.{near}"


def columns(case: Case, chosen: Chosen) -> list[dict[str, Any]]:
    """What the page shows of each setting: plain words and numbers."""
    return [
        {
            "which": which,
            "scenario": setting.base,
            "title": case.scenario(setting.base).title,
            "question": case.scenario(setting.base).question,
            "levers": [_shown(which, LEVERS[key], setting, chosen) for key in chosen.shown],
            "fault": _why(chosen, f"{which}.scenario"),
            "words": "; ".join(setting.words()) or "no lever moved",
        }
        for which, setting in chosen.settings.items()
    ]


def scenarios(case: Case) -> list[dict[str, str]]:
    """The scenarios of the case, with their titles; the record first."""
    names = sorted(case.shelf, key=lambda name: (name != UNMOVED.base, name))
    return [{"name": name, "title": case.scenario(name).title} for name in names]


def _shown(which: str, lever: Lever, setting: Setting, chosen: Chosen) -> dict[str, Any]:
    value, fault = setting.moved.get(lever.key), chosen.faults.get(f"{which}.{lever.key}")
    row: dict[str, Any] = {
        "key": lever.key,
        "label": lever.label,
        "hint": lever.hint,
        "unset": lever.unset,
        "choices": list(lever.choices),
        "low": lever.low,
        "high": lever.high,
        "step": lever.step,
        "unit": lever.unit,
        "slider": NEUTRAL.get(lever.key, 0.0) if value is None else float(value),
        "given": fault.given if fault else "" if value is None else written(lever, value),
        "moved": value is not None,
        "fault": fault.why if fault else "",
        "asked": None,
    }
    if lever.key == "requests":
        asked = chosen.faults.get(f"{which}.asked")
        listed = "" if setting.asked is None else " ".join(setting.asked) or "nobody"
        row |= {"asked": asked.given if asked else listed, "asked_fault": asked.why if asked else ""}
    return row


def _why(chosen: Chosen, place: str) -> str:
    return chosen.faults[place].why if place in chosen.faults else ""
