"""From pydantic's complaint to ours: the key as the file has it, what was given, what is allowed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final, Literal, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from maxpressure.base.errors import InputError, nearest
from maxpressure.base.toml import toml_key

LONGEST_SHOWN: Final = 80
"""Characters of a given value that a message repeats."""

Place = tuple[str | int, ...]


def refusal(error: ValidationError, model: type[BaseModel], file: str) -> InputError:
    """The complaint that lies deepest, since where several types are allowed each one not meant complains.

    Of two as deep, a key that does not exist goes first: the key that was meant will be missing as well.
    """
    complaints = (_complaint(model, fault, file) for fault in error.errors())
    return max(complaints, key=lambda complaint: complaint[0])[1]


def _complaint(model: type[BaseModel], fault: ErrorDetails, file: str) -> tuple[tuple[int, bool], InputError]:
    """How deep the fault lies and whether it is an unknown key, with the refusal that says so."""
    place, field, section = _place(model, fault)
    given: Any = fault["input"]
    allowed = field.description or "" if field else ""
    words: list[str] = []
    closest = ""
    match fault["type"]:
        case _ if key := _misplaced(place, model, fault["type"]):
            given, allowed = key, top_level_only(key)
        case "extra_forbidden":
            given, words = str(place[-1]), keys(section)
            allowed = f"one of the keys {', '.join(words)}"
            closest = _in_a_table(model, given) if len(place) == 1 else ""
        case "refused":
            found = fault["ctx"]
            place, given, allowed = (*place, *found["at"]), found["given"], found["allowed"]
        case "missing":
            given = "nothing"
        case "model_type":
            allowed = f"a table with the keys {', '.join(keys(section))}"
        case _:
            words = list(_literals(field.annotation)) if field else []
    if not closest and isinstance(given, str):
        closest = nearest(given, words)
    refused = InputError(file=file, key=dotted(place), given=shown(given), allowed=allowed, nearest=closest)
    return (len(place), fault["type"] == "extra_forbidden"), refused


def top_level_only(key: str) -> str:
    """What is allowed in place of a top-level key that has slipped into a table."""
    return f"keys of this table; {key} is a top-level key, and those must stand above the first [table]"


def _misplaced(place: Place, model: type[BaseModel], fault: str) -> str:
    """The top-level key that stands in a table, or "": one that the table lacks, or where names should be."""
    if len(place) < 2:
        return ""
    root = _field(model, str(place[0]))
    named = root is not None and _holds(root.annotation, Mapping)
    key = place[1] if named else place[-1] if fault == "extra_forbidden" else ""
    return str(key) if key in keys(model) else ""


def _in_a_table(model: type[BaseModel], key: str) -> str:
    """The same key where a table has it, such as window.start for start, else ""."""
    for name in keys(model):
        annotation = model.model_fields[name].annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel) and key in keys(annotation):
            return f"{name}.{key}"
    return ""


def keys(section: type[BaseModel]) -> list[str]:
    """The keys of a section as a file spells them, in order."""
    return [str(field.validation_alias or name) for name, field in section.model_fields.items()]


def dotted(place: Place) -> str:
    """The place as one key: `campaign.scale`, `add[0].date`, `shift."UNSCR 2375"`."""
    key = ""
    for step in place:
        if isinstance(step, int):
            key += f"[{step}]"
        else:
            key += f".{toml_key(step)}" if key else toml_key(step)
    return key


def shown(given: object) -> object:
    """What was given, cut where it is long; dates and lists as they are written."""
    if isinstance(given, date):
        return given.isoformat()
    if isinstance(given, tuple):
        return shown(list(given))
    try:
        text = given if isinstance(given, str) else repr(given)
    except ValueError:
        return "a number of thousands of digits"
    return given if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"


def _place(model: type[BaseModel], fault: ErrorDetails) -> tuple[Place, FieldInfo | None, type[BaseModel]]:
    """Follow pydantic's trail, leaving out its notes on which type of several it tried.

    Returns the place as a file spells it, the last field on the way, and the section it lies in or leads to.
    """
    place: list[str | int] = []
    section, field, named_by_the_author = model, None, False
    for step in fault["loc"]:
        found = None if isinstance(step, int) else _field(section, step)
        if isinstance(step, int) or named_by_the_author:
            place.append(step)
            named_by_the_author = False
        elif found is not None:
            place.append(step)
            field, named_by_the_author = found, _holds(found.annotation, Mapping)
            section = next(_sections(found.annotation), section)
    if fault["type"] == "extra_forbidden":
        place.append(fault["loc"][-1])
    return tuple(place), field, section


def _field(section: type[BaseModel], key: str) -> FieldInfo | None:
    return dict(zip(keys(section), section.model_fields.values(), strict=True)).get(key)


def _parts(annotation: Any) -> Iterator[Any]:
    """The annotation and everything nested in it."""
    yield annotation
    if get_origin(annotation) is not Literal:
        for inner in get_args(annotation):
            yield from _parts(inner)


def _holds(annotation: Any, kind: type) -> bool:
    return any(get_origin(part) is kind for part in _parts(annotation))


def _sections(annotation: Any) -> Iterator[type[BaseModel]]:
    return (part for part in _parts(annotation) if isinstance(part, type) and issubclass(part, BaseModel))


def _literals(annotation: Any) -> Iterator[str]:
    return (word for part in _parts(annotation) if get_origin(part) is Literal for word in get_args(part))
