"""The dated inputs of a case: what happened when, to whom, and which scenarios edit it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from maxpressure.base.errors import InputError, nearest
from maxpressure.model.case import Case

REQUEST: Final = "request"
"""The kind of the rows of requests.csv, which go by their ids."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedInput:
    """A dated input: the word by which scenarios refer to it, its kind, day and name, the states, who edits it."""

    id: str
    kind: str
    date: date
    name: str
    states: tuple[str, ...]
    edited_by: tuple[str, ...]


def listed_inputs(case: Case, kinds: tuple[str, ...] = (), names: tuple[str, ...] = ()) -> list[ListedInput]:
    """The inputs of a case by date: of some kinds, or of all; of some names or ids, or of all.

    A kind is meant by its whole name or one of its words: ``test`` is every kind of test. Raises InputError for a word
    that no kind has, and a name that no input has.
    """
    edited = _edits(case)
    rows: list[tuple[str, str, date, str, tuple[str, ...]]]
    rows = [(row.name, row.kind, row.date, row.name, row.targets) for row in case.evidence.pressure]
    rows += [
        (row.request_id, REQUEST, row.date, row.asked, (row.iso3,) if row.iso3 else ())
        for row in case.evidence.requests
    ]
    known = sorted({kind for _, kind, *_ in rows})
    words = sorted({*known, *(word for kind in known for word in kind.split("_"))})
    for kind in kinds:
        if kind not in words:
            allowed, close = f"one of {', '.join(known)}, or a word of one", nearest(kind, words)
            raise InputError(file="inputs", key="--kind", given=kind, allowed=allowed, nearest=close)
    ids = [id_ for id_, *_ in rows]
    for name in names:
        if name not in ids:
            allowed, close = "the name of a dated input, or the id of a request", nearest(name, ids)
            raise InputError(file="inputs", key="NAME", given=name, allowed=allowed, nearest=close)
    wanted = {kind for kind in known if not kinds or {kind, *kind.split("_")} & set(kinds)}
    found = (
        ListedInput(id=id_, kind=kind, date=day, name=name, states=states, edited_by=edited.get(id_, ()))
        for id_, kind, day, name, states in rows
        if kind in wanted and (not names or id_ in names)
    )
    return sorted(found, key=lambda one: (one.date, one.id))


def _edits(case: Case) -> dict[str, tuple[str, ...]]:
    """The scenarios of the case that remove, move or weigh each input, by its id."""
    edited: dict[str, tuple[str, ...]] = {}
    for name in case.scenarios:
        scenario = case.scenario(name)
        for word in {*scenario.without, *scenario.shift, *scenario.scale}:
            edited[word] = (*edited.get(word, ()), scenario.name)
    return edited
