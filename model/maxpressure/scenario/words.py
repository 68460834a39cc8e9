"""What a scenario edits, in words: a line for each key, as a notebook shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from maxpressure.base.text import joined, plural

SCALED: Final = {
    "campaign.scale": "the general campaign",
    "requests.scale": "requests",
    "mandates.scale": "what the Council forbids",
    "thaw.scale": "steps of engagement",
}
COURSES: Final = {
    "secondary_sanctions": "secondary sanctions",
    "china.enforcement": "share of the mandates that China enforces",
    "china.backfill": "lost trade that China may take up, as a share of trade in 2016",
    "china.trade": "share of its trade of 2016 that China offers",
    "russia.enforcement": "share of the mandates that Russia enforces",
    "russia.backfill": "lost trade that Russia may take up, as a share of trade in 2016",
    "russia.trade": "share of its trade of 2016 that Russia offers",
    "target.buffer": "shortfall that the target bears at home",
    "sender.escalation": "campaign added for each unit of a shock",
}
CHOICES: Final = {
    "target.courtship": "courtship by the target",
    "target.tests": "tests of the target",
    "restoration.reach": "ties that may be restored",
    "risk_set": "ties at risk",
    "record": "coding of the record",
    "sst_listing": "listing as a state sponsor of terrorism",
    "window.start": "first week of the window",
    "window.weeks": "weeks of the window",
    "campaign.from": "edit of the campaign holds from",
    "requests.spare": "states whose requests are left out",
    "requests.only": "states to which alone requests go",
}


def in_words(edits: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each key that is edited, with what the edit does.

    Parameters
    ----------
    edits : mapping
        As :meth:`Scenario.edits` returns them.

    Yields
    ------
    tuple of str
        The key as a scenario file has it, and the words.

    Examples
    --------
    >>> list(in_words({"without": ["UNSCR 2375"], "campaign": {"scale": 0.5}}))
    [('without', 'UNSCR 2375: left out'), ('campaign.scale', 'the general campaign × 0.5')]
    """
    for key, entry in edits.items():
        if key in NAMED:
            yield from NAMED[key](key, entry)
        elif isinstance(entry, Mapping):
            for inner, value in entry.items():
                yield from _said(f"{key}.{inner}", value)
        else:
            yield from _said(key, entry)


def _without(key: str, names: Sequence[str]) -> Iterator[tuple[str, str]]:
    yield from ((key, f"{name}: left out") for name in names)


def _shift(key: str, moved: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    for name, days in moved.items():
        yield key, f"{name}: {plural(abs(days), 'day')} {'later' if days > 0 else 'earlier'}"


def _scale(key: str, factors: Mapping[str, float]) -> Iterator[tuple[str, str]]:
    yield from ((key, f"{name} × {factor:g}") for name, factor in factors.items())


def _add(key: str, inputs: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for one in inputs:
        to = f", to {joined(one['targets'])}" if one.get("targets") else ""
        size = f", magnitude {one['magnitude']:g}" if "magnitude" in one else ""
        kind = one["kind"].replace("_", " ")
        yield key, f"{one['name']}: added on {one['date']} ({kind}{to}{size}). {one['reason']}"


def _parameters(key: str, by_hand: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for name, one in by_hand.items():
        yield f"{key}.{name}", f"{name} = {one['value']:g}. {one['reason']}"


def _patrons(key: str, courses: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for code, course in courses.items():
        yield from ((f"{key}.{code}.{name}", f"{name}: {_level(entry)}") for name, entry in course.items())


NAMED: Final[Mapping[str, Callable[[str, Any], Iterator[tuple[str, str]]]]] = {
    "without": _without,
    "shift": _shift,
    "scale": _scale,
    "add": _add,
    "parameters": _parameters,
    "patrons": _patrons,
}
"""Keys whose entries go by names that the author or the evidence gives."""


def _said(key: str, entry: Any) -> Iterator[tuple[str, str]]:
    section, _, name = key.rpartition(".")
    if key == "requests.add":
        for one in entry:
            yield (
                key,
                f"added on {one['date']}: request to {joined(one['states'])}, strength {one.get('strength', 1.0):g}",
            )
    elif key == "requests.lag_weeks":
        yield key, f"requests take effect {plural(entry, 'week')} late"
    elif section == "mechanisms":
        yield key, f"{name.replace('_', ' ')}: switched {'on' if entry else 'off'}"
    elif key in SCALED:
        yield key, f"{SCALED[key]} × {entry:g}"
    else:
        words = COURSES.get(key) or CHOICES.get(key) or key.replace("_", " ").replace(".", ": ")
        yield key, f"{words}: {_level(entry)}"


def _level(entry: Any) -> str:
    """A level, or levels with the dates from which they hold."""
    if isinstance(entry, list) and entry and isinstance(entry[0], Mapping):
        return ", ".join(f"{step['level']:g} from {step['from']}" for step in entry)
    if isinstance(entry, list):
        return joined([str(one) for one in entry]) if entry else "none"
    return f"{entry:g}" if isinstance(entry, float) else str(entry)
