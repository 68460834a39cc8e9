"""A setting: a shipped scenario with at most seven levers moved. A visitor's words become one here, or are refused."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import parse_qsl, urlencode

from maxpressure.app.levers import LEVERS, MOST_SHOWN, Lever, Number
from maxpressure.base.errors import InputError, nearest
from maxpressure.model.case import RECORDED, Case
from maxpressure.scenario import Scenario, check

DECIMALS: Final = 6
NUMBER: Final = re.compile(rf"[+-]?\d{{1,6}}(\.\d{{1,{DECIMALS}}})?")
CODES: Final = re.compile(r"[A-Z]{3}")
LONGEST_LINK: Final = 2000
LONGEST_TITLE: Final = 120
MOST_ASKED: Final = 40
"""States that the lever of requests may name."""

KEYS: Final = ("scenario", *LEVERS, "asked")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What is asked of many worlds. ``moved`` are levers by key; ``asked`` the only states asked, or None for all."""

    base: str = RECORDED
    moved: Mapping[str, Number] = field(default_factory=dict)
    asked: tuple[str, ...] | None = None

    def scenario(self, case: Case, name: str = "") -> Scenario:
        """The scenario that this setting is, checked; raises InputError where the levers contradict its base."""
        base = case.scenario(self.base)
        if not self.moved and self.asked is None:
            return base
        edited = base.but(
            name=name or f"{self.base}-moved",
            title=self.title(case),
            question=f"What follows if levers are moved from {self.base}?",
            why=f"Moved: {', '.join(self.words())}. This follows from the rule of the model and is no forecast.",
        )
        for key, value in self.moved.items():
            edited = edited.but(**LEVERS[key].edit(case, base, value))
        if self.asked is not None:
            edited = edited.but(requests={"only": list(self.asked)})
        check(edited, case.vocabulary(), file="page")
        return edited

    def title(self, case: Case) -> str:
        """A line that names it in pictures and tables; the scenario's why tells all."""
        whole = "; ".join([case.scenario(self.base).title, *self.words()])
        return whole if len(whole) <= LONGEST_TITLE else f"{whole[: LONGEST_TITLE - 1]}…"

    def words(self) -> list[str]:
        """Each lever that is moved, in a few words."""
        told = [
            f"{LEVERS[key].label.lower()} {_told(LEVERS[key], value)}" for key, value in self.moved.items()
        ]
        if self.asked is not None:
            told.append(f"only {' '.join(self.asked)} asked" if self.asked else "nobody asked")
        return told

    def link(self) -> str:
        """What follows the ? in a link that carries this setting."""
        fields = {"scenario": self.base}
        fields |= {key: written(LEVERS[key], value) for key, value in self.moved.items()}
        if self.asked is not None:
            fields["asked"] = " ".join(self.asked) or "nobody"
        return urlencode(fields)

    def policy(self, case: Case) -> str:
        """What it edits of the record, in plain words of a scenario file: the same however the setting is written."""
        return str(self.scenario(case).edits())

    def but(self, case: Case, key: str, given: str) -> Setting:
        """This setting with one field as a visitor wrote it; an empty one is as the scenario has it."""
        if key == "scenario":
            return replace(self, base=base_named(case, given))
        if key == "asked":
            return replace(self, asked=states_named(case, given))
        if key not in LEVERS:
            allowed, close = f"one of {', '.join(KEYS)}", nearest(key, KEYS)
            raise InputError(file="page", key="lever", given=key[:80], allowed=allowed, nearest=close)
        moved = {name: value for name, value in self.moved.items() if name != key}
        if given.strip():
            moved[key] = value_of(LEVERS[key], given)
        _few_enough(moved)
        return replace(self, moved={name: moved[name] for name in LEVERS if name in moved})


UNMOVED: Final = Setting()
"""The record, no lever moved."""


def setting_of_link(case: Case, query: str) -> Setting:
    """The setting that a link carries; raises InputError for whatever is not one, and then nothing is to be run."""
    if len(query) > LONGEST_LINK:
        given = f"{len(query)} characters"
        raise InputError(file="link", key="link", given=given, allowed=f"at most {LONGEST_LINK}")
    setting, seen = Setting(), set[str]()
    for key, given in parse_qsl(query, keep_blank_values=True):
        if key in seen:
            raise InputError(file="link", key=key[:80], given="twice", allowed="each lever once")
        seen.add(key)
        setting = setting.but(case, key, given)
    setting.scenario(case)
    return setting


def base_named(case: Case, given: str) -> str:
    """A scenario of the case by its name, and never a path."""
    shipped = case.shelf
    if given not in shipped:
        close = nearest(given[:80], shipped)
        allowed = "the name of a scenario on the shelf"
        raise InputError(file="page", key="scenario", given=given[:80], allowed=allowed, nearest=close)
    return given


def value_of(lever: Lever, given: str) -> Number:
    """What was written for a lever as its value: finite and within its bounds."""
    words = given.strip().replace(",", ".")
    if lever.choices:
        if words in lever.choices:
            return lever.choices.index(words) == 1
        close = nearest(words[:80], lever.choices)
        raise InputError(file="page", key=lever.label, given=given[:80], allowed=lever.allowed, nearest=close)
    if not NUMBER.fullmatch(words) or not lever.low <= float(words) <= lever.high:
        close = _closest(lever, words)
        raise InputError(file="page", key=lever.label, given=given[:80], allowed=lever.allowed, nearest=close)
    if lever.whole and float(words) != int(float(words)):
        close = f"{round(float(words))}"
        raise InputError(file="page", key=lever.label, given=given[:80], allowed=lever.allowed, nearest=close)
    return int(float(words)) if lever.whole else float(words) + 0.0  # no negative zero


def _closest(lever: Lever, written: str) -> str:
    """The bound that a number out of bounds lies next to."""
    if not NUMBER.fullmatch(written):
        return ""
    return f"{lever.high:g}" if float(written) > lever.high else f"{lever.low:g}"


def states_named(case: Case, given: str) -> tuple[str, ...] | None:
    """Third states by ISO3 codes with spaces or commas between; empty is everybody that was asked on record."""
    words = given.replace(",", " ").upper().split()
    if not words:
        return None
    if words == ["NOBODY"]:
        return ()
    known = case.vocabulary().states
    for word in words:
        if not CODES.fullmatch(word) or word not in known:
            allowed = "ISO3 codes of third states with spaces between, such as MEX PER, or the word nobody"
            close = nearest(word[:80], known)
            raise InputError(file="page", key="Requests to", given=word[:80], allowed=allowed, nearest=close)
    chosen = tuple(dict.fromkeys(words))
    if len(chosen) > MOST_ASKED:
        given, allowed = f"{len(chosen)} states", f"at most {MOST_ASKED}"
        raise InputError(file="page", key="Requests to", given=given, allowed=allowed)
    return chosen


def shown_after(shown: Sequence[str], key: str, *, visible: bool) -> tuple[str, ...]:
    """Which levers the page shows once one is put there or taken away; an eighth is refused."""
    if key not in LEVERS:
        raise InputError(file="page", key="lever", given=key[:80], allowed=f"one of {', '.join(LEVERS)}")
    wanted = {*shown, key} if visible else {one for one in shown if one != key}
    if len(wanted) > MOST_SHOWN:
        allowed = f"at most {MOST_SHOWN} at once; put one away first"
        raise InputError(file="page", key="levers shown", given=f"{len(wanted)} levers", allowed=allowed)
    return tuple(one for one in LEVERS if one in wanted)


def _few_enough(moved: Mapping[str, Number]) -> None:
    if len(moved) > MOST_SHOWN:
        allowed = f"at most {MOST_SHOWN}, so that what did it can still be told"
        raise InputError(file="page", key="levers moved", given=f"{len(moved)}", allowed=allowed)


def written(lever: Lever, value: Number) -> str:
    """A value as a visitor would write it, with all the decimals that `value_of` admits."""
    return lever.choices[int(value)] if lever.choices else f"{value:.{DECIMALS}f}".rstrip("0").rstrip(".")


def _told(lever: Lever, value: Number) -> str:
    return written(lever, value) + (f" {lever.unit}" if lever.unit else "")
