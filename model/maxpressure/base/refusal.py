"""From pydantic's complaints to one :class:`~maxpressure.base.errors.InputError`.

It names the key as the file spells it, what was given there, and what is allowed. Every room that checks a file or a
table of settings with pydantic refuses it by :func:`refusal`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, Final, Literal, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from maxpressure.base.errors import InputError, Wrong, nearest
from maxpressure.base.toml import Steps, dotted, shown

PREAMBLE: Final = re.compile(r"^(Value error, |Input should be |\w+ should have )")
"""What pydantic's messages begin with; the rest says what is allowed."""


PHRASES: Final = {
    "greater_than_equal": "{ge} or more",
    "greater_than": "more than {gt}",
    "less_than_equal": "{le} or less",
    "less_than": "less than {lt}",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "string_type": "text in quotes",
    "too_short": "a list of {min_length} or more",
    "list_type": "a list",
}
"""What is allowed, by pydantic's type of fault, where the field has no description."""

MOST_COMPLAINTS: Final = 100
"""Of which the deepest is sought; a file of 100 kB may raise tens of thousands."""


def refusal(
    error: ValidationError, model: type[BaseModel], file: str | Path, within: Steps = ()
) -> InputError:
    """The InputError for a file that pydantic refused: of all complaints, the deepest.

    Where several types are allowed, each type that was not meant complains; the one that was meant complains deepest.
    Of two equally deep, an unknown key goes first: the key that was meant is then missing as well. ``within`` is the
    way to the part of the file that ``model`` describes. What is allowed is the field's description, or pydantic's
    message where it has none. A validator of ours raises a `PydanticCustomError` of the type "refused" whose context
    holds `at`, `given` and `allowed`.
    """
    return max(_complaints(error, model, file, within), key=lambda complaint: complaint[0])[1]


def refusals(error: ValidationError, model: type[BaseModel], file: str | Path) -> list[InputError]:
    """One refusal for each key that pydantic refused, beginning with that of :func:`refusal`."""
    first = refusal(error, model, file)
    by_key = {first.key: first}
    for _, refused in _complaints(error, model, file):
        by_key.setdefault(refused.key, refused)
    return list(by_key.values())


def _complaints(
    error: ValidationError, model: type[BaseModel], file: str | Path, within: Steps = ()
) -> Iterator[tuple[tuple[int, bool], InputError]]:
    faults = islice(error.errors(include_url=False), MOST_COMPLAINTS)
    return (_complaint(model, fault, file, within) for fault in faults)


def _complaint(
    model: type[BaseModel], fault: ErrorDetails, file: str | Path, within: Steps
) -> tuple[tuple[int, bool], InputError]:
    """How deep the fault lies and whether it is an unknown key, with the refusal that says so."""
    steps, field, section = _located(model, fault)
    given: Any = fault["input"]
    allowed = field.description or "" if field else ""
    words: list[str] = []
    closest = ""
    match fault["type"]:
        case _ if key := _misplaced(steps, model, fault["type"]):
            given, allowed = key, top_level_only(key)
        case "extra_forbidden":
            given, words = str(steps[-1]), keys(section)
            allowed = f"one of the keys {', '.join(words)}"
            closest = _in_a_table(model, given) if len(steps) == 1 else ""
        case "refused":
            found = fault["ctx"]
            steps, given, allowed = (*steps, *found["at"]), found["given"], found["allowed"]
        case "missing":
            given, allowed = Wrong("is missing"), allowed or "a value for this key"
        case "union_tag_invalid":
            found = fault["ctx"]
            steps, given = (*steps, found["discriminator"].strip("'")), found["tag"]
            words = [tag.strip("'") for tag in found["expected_tags"].split(", ")]
            allowed = f"one of {', '.join(words)}"
        case "model_type":
            allowed = f"a table with the keys {', '.join(keys(section))}"
        case _:
            words = list(_literals(field.annotation)) if field else []
    if not closest and isinstance(given, str):
        closest = nearest(given, words)
    key = dotted((*within, *steps)) or "file"
    phrase = PHRASES.get(fault["type"], "").format(**fault.get("ctx", {}))
    allowed = allowed or phrase or PREAMBLE.sub("", fault["msg"])
    refused = InputError(file=file, key=key, given=shown(given), allowed=allowed, nearest=closest)
    return (len(steps), fault["type"] == "extra_forbidden"), refused


def top_level_only(key: str) -> str:
    """What is allowed in a table that holds a key of the top level."""
    return f"keys of this table; {key} is a top-level key, and those must stand above the first [table]"


def _misplaced(steps: Steps, model: type[BaseModel], fault: str) -> str:
    """The top-level key that stands in a table, or "": one that the table lacks, or where names should be."""
    if len(steps) < 2:
        return ""
    root = field_of(model, str(steps[0]))
    named = root is not None and _names_its_own(root.annotation)
    key = steps[1] if named else steps[-1] if fault == "extra_forbidden" else ""
    return str(key) if key in keys(model) else ""


def _in_a_table(model: type[BaseModel], key: str) -> str:
    """The same key where a table has it, such as window.start for start, else ""."""
    for name in keys(model):
        field = field_of(model, name)
        annotation = field.annotation if field else None
        if isinstance(annotation, type) and issubclass(annotation, BaseModel) and key in keys(annotation):
            return f"{name}.{key}"
    return ""


def _located(model: type[BaseModel], fault: ErrorDetails) -> tuple[Steps, FieldInfo | None, type[BaseModel]]:
    """Follow pydantic's trail, without its notes on which type of several it tried.

    Returns the steps as a file spells them, the last field on the way, and the section it lies in or leads to.
    """
    steps: list[str | int] = []
    section, field, named_by_the_author = model, None, False
    for step in fault["loc"]:
        found = None if isinstance(step, int) else field_of(section, step)
        if isinstance(step, int) or named_by_the_author:
            steps.append(step)
            named_by_the_author = False
        elif found is not None:
            steps.append(step)
            field, named_by_the_author = found, _names_its_own(found.annotation)
            section = next(sections_in(found.annotation), section)
    if fault["type"] == "extra_forbidden":
        steps.append(fault["loc"][-1])
    return tuple(steps), field, section


# ---- keys and values as a file spells them


def keys(section: type[BaseModel]) -> list[str]:
    """The keys of a section as a file spells them, in order."""
    return [str(field.validation_alias or name) for name, field in section.model_fields.items()]


# ---- what the annotations of a model say


def field_of(section: type[BaseModel], key: str) -> FieldInfo | None:
    """The field of a section that a file spells so; None where it has none."""
    return dict(zip(keys(section), section.model_fields.values(), strict=True)).get(key)


def parts(annotation: Any) -> Iterator[Any]:
    """The annotation and everything nested in it."""
    yield annotation
    if get_origin(annotation) is not Literal:
        for inner in get_args(annotation):
            yield from parts(inner)


def _names_its_own(annotation: Any) -> bool:
    """Whether the annotation holds a mapping, whose keys are names that the author of the file gives."""
    origins = (get_origin(part) for part in parts(annotation))
    return any(isinstance(origin, type) and issubclass(origin, Mapping) for origin in origins)


def sections_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The sections that the annotation of a field holds."""
    return (part for part in parts(annotation) if isinstance(part, type) and issubclass(part, BaseModel))


def _literals(annotation: Any) -> Iterator[str]:
    return (word for part in parts(annotation) if get_origin(part) is Literal for word in get_args(part))
