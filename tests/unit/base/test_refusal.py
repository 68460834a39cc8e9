"""From pydantic's complaints to one InputError: the key, the given value, what is allowed, the nearest word."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from maxpressure.base.refusal import refusal
from maxpressure.base.toml import dotted


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: Literal["small", "large"] = "small"
    size: Annotated[float, Field(ge=0.0, description="a number, zero or more")] = 0.0
    count: Annotated[int, Field(le=3)] = 0


class Cat(BaseModel):
    family: Literal["cat"]


class Dog(BaseModel):
    family: Literal["dog"]


class Whole(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: str
    parts: dict[str, Part] = {}
    steps: tuple[Part, ...] = ()
    pet: Annotated[Cat | Dog, Field(discriminator="family")] | None = None


@pytest.mark.parametrize(
    ("given", "key", "value", "allowed", "nearest"),
    [
        ({"titel": "a"}, "titel", "titel", "one of the keys title, parts, steps, pet", "title"),
        ({}, "title", "is missing", "a value for this key", ""),
        (
            {"title": "a", "parts": {"my part": {"size": -1}}},
            'parts."my part".size',
            -1,
            "a number, zero or more",
            "",
        ),
        (
            {"title": "a", "steps": [{}, {"kind": "smal"}]},
            "steps[1].kind",
            "smal",
            "'small' or 'large'",
            "small",
        ),
        ({"title": "a", "steps": [{"count": 4}]}, "steps[0].count", 4, "3 or less", ""),
        ({"title": "a", "steps": [3]}, "steps[0]", 3, "a table with the keys kind, size, count", ""),
        ({"title": "a", "pet": {"family": "dgo"}}, "pet.family", "dgo", "one of cat, dog", "dog"),
        (
            {"title": "a", "steps": [{"title": "c"}]},
            "steps[0].title",
            "title",
            "keys of this table; title is a top-level key",
            "",
        ),
    ],
)
def test_a_complaint_names_key_value_and_what_is_allowed(
    given: dict[str, Any], key: str, value: object, allowed: str, nearest: str
) -> None:
    with pytest.raises(ValidationError) as fault:
        Whole.model_validate(given)
    refused = refusal(fault.value, Whole, "my.toml")
    assert (refused.file, refused.key, refused.given, refused.nearest) == ("my.toml", key, value, nearest)
    assert refused.allowed.startswith(allowed)


def test_the_key_of_a_part_of_a_file_begins_with_the_way_to_it() -> None:
    with pytest.raises(ValidationError) as fault:
        Part.model_validate({"size": "big"})
    assert refusal(fault.value, Part, "my.toml", within=("alpha", "trade")).key == "alpha.trade.size"


def test_steps_are_spelled_as_toml_spells_them() -> None:
    assert dotted(("shift", "UNSCR 2375")) == 'shift."UNSCR 2375"'
    assert dotted(("add", 0, "date")) == "add[0].date"


def test_of_thousands_of_complaints_the_first_of_the_deepest_is_named() -> None:
    with pytest.raises(ValidationError) as fault:
        Whole.model_validate({"title": "a", "steps": [{}, *({"size": -1} for _ in range(20_000))]})
    assert refusal(fault.value, Whole, "my.toml").key == "steps[1].size"
