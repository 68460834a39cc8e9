"""Dated inputs in words: a name that says what it is, its kind, and a line with its day."""

from __future__ import annotations

from typing import Final

from maxpressure.model.case import Case
from maxpressure.model.inputs import DatedInput

SHORT: Final = frozenset({"us", "un", "eu", "icbm", "irbm", "slbm"})
"""Words of kinds that are written in capitals."""


def subject(case: Case) -> str:
    """The target by the name of the case, without its years."""
    return case.assumptions.case.name.rstrip(" 0123456789–-") or case.assumptions.case.target


def names(case: Case) -> dict[str, str]:
    """The name of each state by its code, and of the target, which has no row of its own."""
    known = {row.iso3: row.name for row in case.evidence.states}
    return {case.assumptions.case.target: subject(case)} | known


def title_of(case: Case, one: DatedInput) -> str:
    """A dated input by name; a request of requests.csv, which has a number alone, by who asked whom for what."""
    row = next((row for row in case.evidence.requests if row.request_id == one.name), None)
    if row is None:
        return one.name
    known = names(case)
    sender = known.get(row.sender, row.sender)
    return f"{sender} asks {known.get(str(row.iso3), '')}: {row.asked}"


def kind_words(kind: str) -> str:
    """A kind of dated input in words."""
    words = kind.replace("_", " ").replace("rok japan", "ROK or Japan")
    return " ".join(word.upper() if word in SHORT else word for word in words.split())


def line_of(case: Case, one: DatedInput) -> str:
    """A dated input as a line: its day, title, kind and the states that it names."""
    title, known = title_of(case, one), names(case)
    to = ", ".join(known.get(iso3, iso3) for iso3 in one.targets)
    named = f"; names {to}" if to and title == one.name else ""
    return f"{one.date.day} {one.date:%b %Y}: {title} ({kind_words(one.kind)}{named})"
