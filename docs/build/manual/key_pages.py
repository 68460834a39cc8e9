"""The reference of a scenario's keys, from the fields that read them."""

from __future__ import annotations

import datetime as dt
import types
from collections.abc import Iterator
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from maxpressure.scenario import Scenario

NOT_KEYS = ("name",)
"""A scenario's name is that of its file."""


def scenario_keys() -> str:
    """The keys of the file, then those of each table and of each entry in a list."""
    parts = [_section("The file", Scenario)]
    parts += [_section(f"`{title}`", section) for title, section in sections()]
    return "\n\n".join(parts)


def keys() -> Iterator[str]:
    """Every key with the table that it stands in: ``campaign.scale``."""
    for field in _fields(Scenario):
        yield field[0]
    for title, section in sections():
        yield from (f"{title}.{name}" for name, _ in _fields(section))


def sections() -> Iterator[tuple[str, type[BaseModel]]]:
    """The tables within a scenario and within these, each under its name in the file."""
    yield from _sections_of(Scenario, "")


def _sections_of(section: type[BaseModel], within: str) -> Iterator[tuple[str, type[BaseModel]]]:
    for name, field in _fields(section):
        for inner in _models(field.annotation):
            title = f"{within}{name}"
            if inner.__name__ == "Override":
                title += ".NAME"
            if name == "patrons":
                title += ".CODE"
            if inner.__name__ != "Dated":  # the steps of a course, which its description spells out
                yield title, inner
                yield from _sections_of(inner, f"{title}.")


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The sections that a field may hold, itself or in a list."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) in (Annotated, tuple, Union, types.UnionType) or get_args(annotation):
        for part in get_args(annotation):
            yield from _models(part)


def _fields(section: type[BaseModel]) -> Iterator[tuple[str, FieldInfo]]:
    for name, field in section.model_fields.items():
        if section is not Scenario or name not in NOT_KEYS:
            yield str(field.validation_alias or name), field


def _section(title: str, section: type[BaseModel]) -> str:
    about = " ".join((section.__doc__ or "").split("\n\n")[0].split())
    rows = [f"| `{name}` | {_allowed(field)} | {_default(field)} |" for name, field in _fields(section)]
    lines = [f"## {title}", "", about, "", "| key | what is allowed | default |", "|---|---|---|", *rows]
    return "\n".join(lines)


def _allowed(field: FieldInfo) -> str:
    if field.description is None:
        return "a table, below"
    return field.description.replace("|", "\\|")


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "must be given"
    default = field.get_default(call_default_factory=True)
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if (
        default is None
        or isinstance(default, BaseModel)
        or (not isinstance(default, int | float) and not default)
    ):
        return "the record" if isinstance(default, BaseModel) else "none"
    return f"`{default.isoformat()}`" if isinstance(default, dt.date) else f"`{default}`"
