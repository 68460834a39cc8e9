"""What a scenario is made of: bounded numbers, lists without repeats, mappings that stay as they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Final, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

LARGEST_FACTOR: Final = 1000.0
"""No factor or magnitude may be larger, so that no product of them leaves the finite numbers."""

Value = TypeVar("Value")


class Section(BaseModel):
    """A part of a scenario: frozen, without unknown keys, strict about types (true is not 1)."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Entries(Mapping[str, Value]):
    """A mapping that stays as it is, so that a scenario is frozen to its leaves, hashable and picklable."""

    __slots__ = ("_entries",)

    def __init__(self, entries: Mapping[str, Value]) -> None:
        self._entries = dict(entries)

    def __getitem__(self, key: str) -> Value:
        return self._entries[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __hash__(self) -> int:
        return hash(frozenset(self._entries.items()))

    def __repr__(self) -> str:
        return repr(self._entries)


def refused(at: tuple[str | int, ...], given: object, allowed: str) -> PydanticCustomError:
    """A refusal for a validator to raise; `at` leads from the validated value down to the entry at fault."""
    return PydanticCustomError("refused", "refused", {"at": at, "given": given, "allowed": allowed})


def _as_tuple(given: object) -> object:
    return tuple(given) if isinstance(given, list) else given


def _without_repeats(words: tuple[str, ...]) -> tuple[str, ...]:
    for place, word in enumerate(words):
        if word in words[:place]:
            raise refused((place,), word, "each entry once")
    return words


Listed = BeforeValidator(_as_tuple)
"""Lets a list, which is what TOML knows, stand where we keep a tuple."""

Kept = AfterValidator(Entries)
"""Keeps a mapping as `Entries`."""

Words = Annotated[tuple[str, ...], Listed, AfterValidator(_without_repeats)]
Share = Annotated[float, Field(ge=0, le=1)]
Factor = Annotated[float, Field(ge=0, le=LARGEST_FACTOR)]
Days = Annotated[int, Field(ge=-1095, le=1095)]
"""The record is no longer; where a date may lie, `check` says for each input."""

Line = Annotated[str, Field(pattern=r"^\P{Cc}*$", max_length=200)]
"""One line of text without control characters, since titles and names are printed on terminals."""

FilledLine = Annotated[str, Field(pattern=r"^\P{Cc}*[^\p{Cc}\s]\P{Cc}*$", max_length=200)]
Reason = Annotated[str, Field(pattern=r"\S")]
