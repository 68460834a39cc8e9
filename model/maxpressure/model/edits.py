"""What a scenario edits, in words: which input is removed, moved or added, which lever changes from what to what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Final

from pydantic import BaseModel

from maxpressure.base.refusal import keys
from maxpressure.base.text import day_text, joined, plural
from maxpressure.base.toml import dotted
from maxpressure.model.case import Case
from maxpressure.model.library import Described
from maxpressure.scenario import Scenario

MOST_NAMED: Final = 6
"""Entries of a list that are named one by one; of a longer one the first of them, and the number of the others."""


def edits_in_words(case: Case, found: Described) -> list[str]:
    """A phrase for each edit of a scenario against the one that it extends, or against the record."""
    days, parent = case.vocabulary().inputs, found.parent or found.record
    return [phrase for key, edit in found.edit.items() for phrase in _phrases(key, edit, days, parent)]


def _phrases(key: str, edit: Any, days: Mapping[str, date], parent: Scenario) -> Iterator[str]:
    match key:
        case "without":
            yield from (f"removes {name}{_of(days, name)}" for name in edit)
        case "shift":
            yield from (_moved(name, by, days) for name, by in edit.items())
        case "scale":
            yield from (f"counts {name}{_of(days, name)} {factor:g} times" for name, factor in edit.items())
        case "add":
            yield from (f"adds {one['name']}, {one['kind']}, on {day_text(one['date'])}" for one in edit)
        case "parameters":
            yield from (f"sets the parameter {name} to {_said(one['value'])}" for name, one in edit.items())
        case _ if isinstance(edit, Mapping):
            for inner, value in edit.items():
                if (key, inner) == ("requests", "add"):
                    yield from (
                        f"adds a request to {joined(one['states'])} on {day_text(one['date'])}"
                        for one in value
                    )
                else:
                    yield _changed((key, inner), value, parent)
        case _:
            yield _changed((key,), edit, parent)


def _of(days: Mapping[str, date], name: str) -> str:
    return f" ({day_text(days[name])})" if name in days else ""


def _moved(name: str, by: int, days: Mapping[str, date]) -> str:
    count = f"{plural(abs(by), 'day')} {'later' if by > 0 else 'earlier'}"
    if name not in days:
        return f"moves {name} {count}"
    return f"moves {name} from {day_text(days[name])} to {day_text(days[name] + timedelta(days=by))}, {count}"


def _changed(steps: tuple[str, ...], value: Any, parent: Scenario) -> str:
    before = _value(parent, steps)
    return f"sets {dotted(steps)} to {_said(value)}, in place of {_said(before)}"


def _value(section: Any, steps: tuple[str, ...]) -> Any:
    """The value at the keys of a file; None where nothing is set."""
    for step in steps:
        if isinstance(section, BaseModel):
            section = getattr(section, dict(_named(section))[step])
        else:
            section = section.get(step) if isinstance(section, Mapping) else None
    return section


def _said(value: Any) -> str:
    """A value as a file has it, long lists cut."""
    if isinstance(value, BaseModel):
        value = {key: getattr(value, name) for key, name in _named(value)}
    match value:
        case bool():
            text = "true" if value else "false"
        case float():
            text = f"{value:g}"
        case list() | tuple():
            named = [_said(one) for one in value[:MOST_NAMED]]
            more = len(value) - len(named)
            text = joined([*named, *([f"{more} more"] if more else [])]) if named else "none"
        case Mapping():
            text = ", ".join(f"{key} {_said(one)}" for key, one in value.items()) or "nothing"
        case _:
            text = "nothing" if value is None else str(value)
    return text


def _named(section: BaseModel) -> Iterator[tuple[str, str]]:
    """Each key as a file has it, with the name of its field."""
    return zip(keys(type(section)), type(section).model_fields, strict=True)
