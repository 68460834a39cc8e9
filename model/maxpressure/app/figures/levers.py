"""What a visitor can ask for: the levers, the settings made of them, and the links that carry settings.

A lever moves one thing within bounds. A setting is a shipped scenario with at most seven levers moved. What a visitor
writes becomes a setting here, or is refused. A link carries a view, one or two settings, and whether to guess first.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl, urlencode

from maxpressure.app.figures.shelf import scenario_of, shelf
from maxpressure.base.errors import InputError, nearest
from maxpressure.model.case import RECORDED, Case
from maxpressure.scenario import Scenario, check
from maxpressure.scenario.scenario import plain

MOST_SHOWN: Final = 7
"""Levers that a page shows at once, and that a setting may move: more cannot be kept in mind."""

NAMES: Final = ("China", "Russia", "September")
"""What a label may begin with that keeps its capital within a sentence."""

NO_TEST: Final = "no-september-test"
"""The shipped scenario that says what goes with the September test."""

TALKS: Final = ("thaw", "summit")
"""Kinds of dated input that the lever of the thaw moves."""

Number = float | int | bool
Edit = Callable[[Case, Scenario, Any], Mapping[str, Any]]
"""From the case, the scenario to be edited and a lever's value to the keys of a scenario file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lever:
    """One lever; `low` to `high` in steps of `step`, or for a switch one of its two `choices`.

    `unit` is what the number counts.
    """

    key: str
    label: str
    hint: str
    edit: Edit
    low: float = 0.0
    high: float = 1.0
    step: float = 0.1
    whole: bool = False
    unit: str = ""
    choices: tuple[str, ...] = ()
    """The words of a switch for no and yes; empty for a number."""

    @property
    def name(self) -> str:
        """The label within a sentence."""
        return self.label if self.label.startswith(NAMES) else self.label.lower()

    @property
    def allowed(self) -> str:
        """What may be given, in words."""
        if self.choices:
            return f"{self.choices[0]} or {self.choices[1]}"
        kind = "a whole number" if self.whole else "a number"
        return f"{kind} from {self.low:g} to {self.high:g}{f' {self.unit}' if self.unit else ''}"


def _set(section: str, key: str) -> Edit:
    """The edit that gives one key of a section the value of the lever."""
    return lambda _case, _base, value: {section: {key: value}}


def _tested(case: Case, base: Scenario, held: bool) -> Mapping[str, Any]:  # noqa: FBT001  # the value of a switch
    """Without the test and its answer; as recorded only where the base has both so, since an edit cannot bring back."""
    goes = case.scenario(NO_TEST).without
    if not held:
        return {"without": list(goes)}
    edited = [name for name in goes if name in base.without or name in base.shift or name in base.scale]
    if edited:
        allowed = f"no test, or the lever unmoved: {base.name} edits {' and '.join(edited)} itself"
        raise refused("September test", "as recorded", allowed)
    return {}


def _thawed(case: Case, base: Scenario, weeks: int) -> Mapping[str, Any]:
    """The talks of 2018 earlier than the base has them; those that it took away stay away."""
    if weeks == 0:
        return {}
    after = case.assumptions.record.fitted
    talks = [row.name for row in case.evidence.pressure if row.kind in TALKS and row.date > after]
    return {
        "shift": {name: base.shift.get(name, 0) - 7 * weeks for name in talks if name not in base.without}
    }


LEVERS: Final = {
    lever.key: lever
    for lever in (
        Lever(
            key="campaign",
            label="Campaign",
            hint="How hard the United States and its allies press everybody: 1 as recorded, 0 not at all.",
            edit=_set("campaign", "scale"),
            high=3.0,
            unit="times the record",
        ),
        Lever(
            key="requests",
            label="Requests",
            hint="How much each request to a named state weighs. Its effect is an upper bound: requests are made "
            "where success is near and reported when it came. New requests count as written.",
            edit=_set("requests", "scale"),
            high=3.0,
            unit="times the record",
        ),
        Lever(
            key="mandates",
            label="Mandates",
            hint="How much of each tie the Security Council forbids: 1 as recorded, 0 nothing.",
            edit=_set("mandates", "scale"),
            high=2.0,
            unit="times the record",
        ),
        Lever(
            key="test",
            label="September test",
            hint="The sixth nuclear test of 3 September 2017, and the resolution that answered it.",
            edit=_tested,
            choices=("no test", "as recorded"),
        ),
        Lever(
            key="china",
            label="China’s enforcement",
            hint="The share of the mandates that China enforces throughout. It moves trade; China follows this path "
            "and never the rule.",
            edit=_set("china", "enforcement"),
            step=0.05,
            unit="of the mandates",
        ),
        Lever(
            key="russia",
            label="Russia’s backfill",
            hint="The lost trade that Russia may take up, as a share of all trade in 2016.",
            edit=_set("russia", "backfill"),
            high=0.3,
            step=0.01,
            unit="of the trade of 2016",
        ),
        Lever(
            key="thaw",
            label="Thaw",
            hint="By how many weeks the talks of 2018 come earlier than the scenario has them. The record holds "
            "almost nothing on what talks do to third states, so their effect is assumed.",
            edit=_thawed,
            high=52,
            step=1,
            whole=True,
            unit="weeks earlier",
        ),
        Lever(
            key="contagion",
            label="Contagion",
            hint="Whether states follow their peers. The data do not separate contagion from common shocks.",
            edit=_set("mechanisms", "contagion"),
            choices=("off", "on"),
        ),
    )
}
"""By their keys, in the order of the page."""


SHOWN_AT_FIRST: Final = tuple(key for key in LEVERS if key != "thaw")


DECIMALS: Final = 6
NUMBER: Final = re.compile(rf"[+-]?[0-9]{{1,6}}(\.[0-9]{{1,{DECIMALS}}})?")
CODES: Final = re.compile(r"[A-Z]{3}")
DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
LONGEST_LINK: Final = 2000
LONGEST_TITLE: Final = 120
MOST_ASKED: Final = 100
"""States that the lever of requests may name."""

MOST_NEW: Final = 40
"""New requests that a setting may add."""

KEYS: Final = ("scenario", *LEVERS, "asked", "ask")


class Ask(NamedTuple):
    """A request that the record does not hold: by the United States, a demand, addressed to one third state."""

    day: dt.date
    iso3: str

    def __str__(self) -> str:
        return f"{self.iso3}@{self.day.isoformat()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What is asked of many worlds.

    ``moved`` are levers by key. ``asked`` are the only states to which requests on record stay, or None for all;
    ``ask`` are new requests, which count whatever the record's requests weigh.
    """

    base: str = RECORDED
    moved: Mapping[str, Number] = field(default_factory=dict)
    asked: tuple[str, ...] | None = None
    ask: tuple[Ask, ...] = ()

    def scenario(self, case: Case, name: str = "") -> Scenario:
        """The scenario that this setting is, checked; raises InputError where the levers contradict its base."""
        base = scenario_of(case, self.base)
        if not self.moved and self.asked is None and not self.ask:
            return base
        edited = base.but(
            name=name or f"{self.base}-moved",
            title=self._title(base),
            question=f"What follows if levers are moved from {self.base}?",
            why=f"Moved: {', '.join(self.words())}. This follows from the rule of the model and is no forecast.",
        )
        for key, value in self.moved.items():
            edited = edited.but(**LEVERS[key].edit(case, base, value))
        if self.asked is not None:
            edited = edited.but(requests={"only": list(self.asked)})
        if self.ask:
            edited = edited.but(requests={"add": [*plain(edited.requests.add), *self._added(base)]})
        check(edited, case.vocabulary(), file="page")
        return edited

    def _added(self, base: Scenario) -> list[dict[str, Any]]:
        """The new requests as a scenario file has them, a table for each day; each within the scenario's weeks."""
        start, end = base.window.start, base.window.end - dt.timedelta(days=1)
        for one in self.ask:
            if not start <= one.day <= end:
                raise refused("ask", str(one), f"a day from {start} to {end}, the weeks that are simulated")
        by_day = groupby(self.ask, key=lambda one: one.day)
        return [{"date": day, "states": [one.iso3 for one in asked]} for day, asked in by_day]

    def _title(self, base: Scenario) -> str:
        """A name for it in pictures and tables; the scenario's why lists all."""
        whole = "; ".join([base.title, *self.words()])
        return whole if len(whole) <= LONGEST_TITLE else f"{whole[: LONGEST_TITLE - 1]}…"

    def words(self) -> list[str]:
        """Each lever that is moved, in a few words."""
        parts = [f"{LEVERS[key].name} {with_unit(LEVERS[key], value)}" for key, value in self.moved.items()]
        if self.asked is not None:
            parts.append(f"only {' '.join(self.asked)} asked" if self.asked else "nobody asked")
        if self.ask:
            parts.append(f"new requests {' '.join(map(str, self.ask))}")
        return parts

    def link(self) -> str:
        """What follows the ? in a link that carries this setting."""
        fields = {"scenario": self.base}
        fields |= {key: written(LEVERS[key], value) for key, value in self.moved.items()}
        if self.asked is not None:
            fields["asked"] = " ".join(self.asked) or "nobody"
        if self.ask:
            fields["ask"] = " ".join(map(str, self.ask))
        return urlencode(fields)

    def but(self, case: Case, key: str, given: str) -> Setting:
        """This setting with one field as a visitor wrote it; an empty one is as the scenario has it."""
        if key == "scenario":
            return replace(self, base=base_named(case, given))
        if key == "asked":
            return replace(self, asked=states_named(case, given))
        if key == "ask":
            return replace(self, ask=requests_named(case, given))
        if key not in LEVERS:
            raise refused("lever", key, f"one of {', '.join(KEYS)}", KEYS)
        moved = {name: value for name, value in self.moved.items() if name != key}
        if given.strip():
            moved[key] = value_of(LEVERS[key], given)
        if len(moved) > MOST_SHOWN:
            allowed = f"at most {MOST_SHOWN}, so that an effect can be put down to one of them"
            raise refused("levers moved", f"{len(moved)}", allowed)
        return replace(self, moved={name: moved[name] for name in LEVERS if name in moved})


UNMOVED: Final = Setting()
"""The record, no lever moved."""


def setting_of_link(case: Case, query: str) -> Setting:
    """The setting that a link carries; raises InputError for whatever is not one, and then nothing is to be run."""
    if len(query) > LONGEST_LINK:
        raise refused("link", f"{len(query)} characters", f"at most {LONGEST_LINK}")
    return _setting(case, parse_qsl(query, keep_blank_values=True))


def _setting(case: Case, fields: Iterable[tuple[str, str]]) -> Setting:
    setting, seen = Setting(), set[str]()
    for key, given in fields:
        if key in seen:
            raise refused(key[:80], "twice", "each lever once")
        seen.add(key)
        setting = setting.but(case, key, given)
    setting.scenario(case)
    return setting


def refused(key: str, given: str, allowed: str, known: Iterable[str] = ()) -> InputError:
    """The refusal of what a visitor wrote, cut to what fits on the page; the nearest of the `known` words is named."""
    close = nearest(given[:80], known)
    return InputError(file="page", key=key, given=given[:80], allowed=allowed, nearest=close)


def base_named(case: Case, given: str) -> str:
    """A scenario of the case by its name, and never a path."""
    known = shelf(case)
    if given not in known:
        raise refused("scenario", given, "the name of a shipped scenario", known)
    return given


def value_of(lever: Lever, given: str) -> Number:
    """What was written for a lever as its value: finite and within its bounds."""
    words = given.strip().replace(",", ".")
    if lever.choices:
        if words in lever.choices:
            return lever.choices.index(words) == 1
        raise refused(lever.label, given, lever.allowed, lever.choices)
    close = ""
    if not NUMBER.fullmatch(words) or not lever.low <= float(words) <= lever.high:
        close = _closest(lever, words)
    elif lever.whole and float(words) != int(float(words)):
        close = f"{round(float(words))}"
    else:
        return int(float(words)) if lever.whole else float(words) + 0.0  # no negative zero
    raise InputError(file="page", key=lever.label, given=given[:80], allowed=lever.allowed, nearest=close)


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
            raise refused("Requests to", word, allowed, _meant(case, word))
    chosen = tuple(dict.fromkeys(words))
    if len(chosen) > MOST_ASKED:
        raise refused("Requests to", f"{len(chosen)} states", f"at most {MOST_ASKED}")
    return chosen


def _meant(case: Case, iso3: str) -> Iterable[str]:
    """The codes that may have been meant: none where a code is right, but of the target, a patron or a principal."""
    part = case.assumptions.case
    return () if iso3 in {part.target, *part.patrons, *part.principals} else case.vocabulary().states


def requests_named(case: Case, given: str) -> tuple[Ask, ...]:
    """New requests such as MEX@2017-09-07 PER@2017-09-10, by day and state; an empty field is none."""
    words = given.replace(",", " ").upper().split()
    if len(words) > MOST_NEW:
        raise refused("ask", f"{len(words)} requests", f"at most {MOST_NEW}")
    known, found = case.vocabulary().states, set[Ask]()
    for word in words:
        iso3, _, written = word.partition("@")
        if not CODES.fullmatch(iso3) or iso3 not in known:
            allowed = "a third state and a day, such as MEX@2017-09-07, with spaces between"
            raise refused("ask", word, allowed, [f"{code}@{written}" for code in _meant(case, iso3)])
        one = Ask(day=_day(word, written), iso3=iso3)
        if one in found:
            raise refused("ask", word, "each state once on a day")
        found.add(one)
    return tuple(sorted(found))


def _day(word: str, written: str) -> dt.date:
    """The day of a new request as it was written, year, month and day."""
    try:
        if DAY.fullmatch(written):
            return dt.date.fromisoformat(written)
    except ValueError:
        pass
    raise refused("ask", word, "a state and a day as year-month-day, such as MEX@2017-09-07") from None


def written(lever: Lever, value: Number) -> str:
    """A value as a visitor would write it, with all the decimals that `value_of` admits."""
    return lever.choices[int(value)] if lever.choices else f"{value:.{DECIMALS}f}".rstrip("0").rstrip(".")


def with_unit(lever: Lever, value: Number) -> str:
    """A value with what it counts."""
    return written(lever, value) + (f" {lever.unit}" if lever.unit else "")


SECOND_PREFIX: Final = "b-"
"""Stands before each key of a second setting in a link."""


def link_of(first: Setting, second: Setting | None = None) -> str:
    """The link that opens many worlds with these settings, from its question mark on."""
    parts = [first.link()]
    if second is not None:
        parts.append("&".join(f"{SECOND_PREFIX}{field}" for field in second.link().split("&")))
    return "?" + "&".join(parts)
