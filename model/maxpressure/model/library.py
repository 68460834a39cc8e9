"""The library of scenarios: whose doings each one edits, and how it differs from the one it extends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from maxpressure.evidence.evidence import Evidence
from maxpressure.model.case import Case
from maxpressure.scenario import RECORD, Scenario, read_lineage
from maxpressure.scenario.errors import dotted
from maxpressure.scenario.scenario import OWN_KEYS, plain

THEMES: Final = (
    "The record",
    "The sender: campaign, requests, sanctions",
    "The Council: mandates",
    "The patrons",
    "The target: tests, quarrels, courtship",
    "Talks and summits",
    "The rule itself, and how its record is coded",
)
"""What scenarios are about, in the order in which they are listed."""

RECORDED, SENDER, COUNCIL, PATRONS, TARGET, TALKS, RULE = THEMES

BY_KEY: Final = {
    "mechanisms": RULE, "risk_set": RULE, "parameters": RULE,
    "thaw": TALKS, "restoration": TALKS,
    "china": PATRONS, "russia": PATRONS, "patrons": PATRONS,
    "target": TARGET,
    "mandates": COUNCIL,
    "campaign": SENDER, "requests": SENDER, "secondary_sanctions": SENDER, "sst_listing": SENDER, "sender": SENDER,
}  # fmt: skip
BY_KIND: Final = {
    "thaw": TALKS, "summit": TALKS,
    "nuclear_test": TARGET, "icbm_test": TARGET, "irbm_test": TARGET, "other_missile_test": TARGET,
    "incident": TARGET, "target_outreach": TARGET,
    "un_resolution": COUNCIL,
}  # fmt: skip
"""Whose doing a dated input is; all other kinds are the sender's and its allies'."""
FIRST: Final = (RULE, PATRONS, TALKS, TARGET, COUNCIL, SENDER)
"""A scenario that edits several parties' doings belongs to the first of these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelved:
    """A scenario of the library with the theme under which it is listed."""

    scenario: Scenario
    theme: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A scenario, the one it extends, and those that lead from there back to the record, nearest first."""

    scenario: Scenario
    parent: Scenario | None
    lineage: tuple[str, ...]
    record: Scenario

    @property
    def edit(self) -> dict[str, Any]:
        """What differs from the parent, or from the record where there is none."""
        return edit_of(self.scenario, self.parent or self.record)

    @property
    def edits(self) -> dict[str, Any]:
        """What differs from the record, by way of all that it extends."""
        return edit_of(self.scenario, self.record)


def library(case: Case) -> list[Shelved]:
    """Every shipped scenario, theme by theme, each in alphabetical order."""
    names = list(case.shelf) if case.ships else [RECORD, *case.shelf]
    read = [case.scenario(name) for name in names]
    shelved = [Shelved(scenario=one, theme=theme(one, case.evidence)) for one in read]
    return sorted(shelved, key=lambda one: (THEMES.index(one.theme), one.scenario.name))


def theme(scenario: Scenario, evidence: Evidence) -> str:
    """What a scenario is about, by the keys that it edits and the kinds of the inputs that it edits."""
    kinds = {row.name: row.kind for row in evidence.pressure}
    edited = {*scenario.without, *scenario.shift, *scenario.scale}
    touched = {BY_KIND.get(kinds[name], SENDER) for name in edited}
    touched |= {BY_KIND.get(added.kind, SENDER) for added in scenario.add}
    touched |= {BY_KEY[key] for key in scenario.edits() if key in BY_KEY}
    return next((one for one in FIRST if one in touched), RECORDED)


def shown(case: Case, source: str | Path) -> Shown:
    """A shipped scenario by its name, or one in a file, beside the one it extends; raises InputError."""
    if source == RECORD and RECORD not in case.shelf:
        return Shown(scenario=case.record(), parent=None, lineage=(), record=case.record())
    line = read_lineage(source, case.vocabulary())
    parent = line[1] if len(line) > 1 else None
    lineage = tuple(one.name for one in line[1:])
    return Shown(scenario=line[0], parent=parent, lineage=lineage, record=case.record())


# ---- how one differs from another


def edit_of(child: Scenario, parent: Scenario) -> dict[str, Any]:
    """What the child says that its parent does not, under the keys of a file: ``parent.but(**edit)`` is the child."""
    edit = _changed(child, parent)
    for key in OWN_KEYS:
        edit.pop(key, None)
    if "without" in edit:
        edit["without"] = [name for name in child.without if name not in parent.without]
    return edit


def _changed(child: BaseModel, parent: BaseModel) -> dict[str, Any]:
    """The fields that differ, section by section; a value that the child sets back stands as what it is now."""
    changed: dict[str, Any] = {}
    for name, field in type(child).model_fields.items():
        here, there = getattr(child, name), getattr(parent, name)
        if here == there:
            continue
        key = str(field.validation_alias or name)
        if type(here) is type(there) and isinstance(here, BaseModel):
            changed[key] = _changed(here, there)
        elif isinstance(here, Mapping):
            changed[key] = plain({word: entry for word, entry in here.items() if there.get(word) != entry})
        else:
            changed[key] = plain(here)
    return changed


def edited_keys(edit: Mapping[str, Any]) -> Iterator[str]:
    """What an edit says, key by key in a few words: ``campaign.scale = 0``, ``without (2)``."""
    for key, entry in edit.items():
        if isinstance(entry, Mapping) and key not in ("shift", "scale"):
            yield from (_said((key, inner), told) for inner, told in entry.items())
        else:
            yield _said((key,), entry)


def _said(place: tuple[str, ...], entry: Any) -> str:
    if isinstance(entry, Mapping) and "value" in entry:
        entry = entry["value"]
    if isinstance(entry, Mapping | list):
        return f"{dotted(place)} ({len(entry)})"
    if isinstance(entry, bool):
        return f"{dotted(place)} = {str(entry).lower()}"
    return f"{dotted(place)} = {entry:g}" if isinstance(entry, float) else f"{dotted(place)} = {entry}"
