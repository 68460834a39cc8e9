"""The negotiation game: what each role may bid, and the setting that the bids of a round come to.

Bids travel in an address, a field for each: ``1-campaign=1.4&1-offer=MEX PER&1-receive=MEX&aim-USA=acts more``.
The number is that of the round. A course that is not bid is that of the round before, in the first round as recorded.
Requests come about where the principal offers an envoy and the state receives one, and those of earlier rounds stand.
Nobody else is asked. So a round is a new agreement about the whole run, and only requests have the date of their round.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from maxpressure.app.figures.levers import LEVERS, Setting, refused, setting_of_link, value_of, written
from maxpressure.base.toml import read_toml
from maxpressure.model.case import RECORDED, Case

FILE: Final = Path(__file__).with_name("game.toml")
ENVOYS: Final = 3
"""How many the principal may offer in a round."""

VOTES: Final = ("mandates-USA", "mandates-CHN", "mandates-RUS")
"""The bids of those whose vote the Council needs: the lowest stands, since each has a veto."""

COURSES: Final = {"campaign": "USA", "china": "CHN", "russia": "RUS", "test": "PRK", "thaw": "PRK"}
"""Courses by the key of their lever, and the role that bids each."""

NAMING: Final = ("offer", "receive")
"""Bids that name third states: to whom an envoy is offered, and who receives one."""

ONCE: Final = "test"
"""What is bid in the first round only, because its date lies before the second."""

STATED: Final = ("acts", "states_acted", "embassies", "trade_left", "first_patron_share")
"""The outcomes that a role may state as its aim."""

DIRECTIONS: Final = ("more", "fewer")
OWN: Final = "own"
"""The aim of a third state about its own acts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """A round: its requests are made on `date`."""

    title: str
    date: dt.date
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A role: what it is told, what it may bid, what the referee watches for it."""

    key: str
    title: str
    about: str
    bids: tuple[str, ...]
    watches: str
    third: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """What a role stated that it wants: more or fewer of an outcome."""

    outcome: str
    direction: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """What the bids of a round come to."""

    setting: Setting
    requests: Mapping[str, tuple[dt.date, ...]]
    """The days on which each of the six states is asked, this round's included."""

    turned_away: tuple[str, ...]
    """States to which an envoy was offered in this round and that did not receive one."""


def _read() -> tuple[tuple[Round, ...], tuple[Role, ...], tuple[str, ...], Role]:
    given = read_toml(FILE)
    rounds = tuple(Round(**row) for row in given["round"])
    roles = tuple(Role(**(row | {"bids": tuple(row["bids"])})) for row in given["role"])
    third = given["third"]
    pattern = Role(
        key="",
        title="",
        about=third["about"],
        bids=tuple(third["bids"]),
        watches=third["watches"],
        third=True,
    )
    return rounds, roles, tuple(third["states"]), pattern


ROUNDS, PARTIES, STATES, _THIRD = _read()


def roles(case: Case) -> tuple[Role, ...]:
    """The ten roles: the four parties, then the six third states by their names in the case."""
    names = {row.iso3: row.name for row in case.evidence.states}
    thirds = (
        Role(
            key=iso3,
            title=names[iso3],
            about=_THIRD.about,
            bids=_THIRD.bids,
            watches=_THIRD.watches,
            third=True,
        )
        for iso3 in STATES
    )
    return (*PARTIES, *thirds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """All that was bid, round by round, and what the roles stated beforehand."""

    bids: tuple[Mapping[str, str], ...]
    aims: Mapping[str, Aim]

    def fields(self) -> list[tuple[str, str]]:
        """The fields of an address that bid this, in one order however they were written."""
        bids = [
            (f"{number}-{name}", bid[name])
            for number, bid in enumerate(self.bids, start=1)
            for name in sorted(bid)
        ]
        return [
            *bids,
            *((f"aim-{key}", f"{aim.outcome} {aim.direction}") for key, aim in sorted(self.aims.items())),
        ]

    def agreed(self, case: Case, number: int) -> Agreed:
        """What stands after round `number`; 0 is the opening, in which nobody has bid and nobody is asked."""
        fields: dict[str, str] = {"scenario": RECORDED}
        votes: dict[str, float] = {}
        requests: dict[str, list[dt.date]] = {}
        away: tuple[str, ...] = ()
        for one, bid in zip(ROUNDS[:number], self.bids, strict=False):
            fields |= {key: bid[key] for key in COURSES if key in bid}
            votes |= {key: float(bid[key]) for key in VOTES if key in bid}
            received = bid.get("receive", "").split()
            offered = bid.get("offer", "").split()
            for iso3 in offered:
                if iso3 in received:
                    requests.setdefault(iso3, []).append(one.date)
            away = tuple(iso3 for iso3 in offered if iso3 not in received)
        if votes:
            fields["mandates"] = written(LEVERS["mandates"], min(votes.get(key, 1.0) for key in VOTES))
        fields["asked"] = "nobody"
        asked = [f"{iso3}@{day.isoformat()}" for iso3 in STATES for day in requests.get(iso3, ())]
        if asked:
            fields["ask"] = " ".join(asked)
        setting = setting_of_link(case, urlencode(fields))
        return Agreed(
            setting=setting,
            requests={iso3: tuple(days) for iso3, days in requests.items()},
            turned_away=away,
        )


def table(case: Case, fields: Iterable[tuple[str, str]]) -> Table:
    """What an address bids; raises InputError for a bid that is not one, and then nothing is to be run.

    Parameters
    ----------
    case : Case
        The case.
    fields : iterable of pairs
        The fields of the address that belong to the game.
    """
    bids: list[dict[str, str]] = [{} for _ in ROUNDS]
    aims: dict[str, Aim] = {}
    known = {role.key: role for role in roles(case)}
    for key, given in fields:
        start, _, name = key.partition("-")
        if start == "aim":
            aims |= _aim(known, name, given)
            continue
        if start not in {str(number) for number in range(1, len(ROUNDS) + 1)}:
            raise refused("bid", key, f"a round from 1 to {len(ROUNDS)} and a bid, such as 1-campaign")
        number = int(start)
        if name in bids[number - 1]:
            raise refused(key, "twice", "each bid once")
        if given.strip():
            bids[number - 1][name] = _bid(number, name, given)
    return Table(bids=tuple(bids), aims=aims)


def _bid(number: int, name: str, given: str) -> str:
    """A bid as it is kept: a number as its lever writes it, states by their codes."""
    if name in NAMING:
        return _named(name, given)
    if name not in COURSES and name not in VOTES:
        known = (*COURSES, *VOTES, *NAMING)
        raise refused("bid", name, f"one of {', '.join(known)}", known)
    lever = LEVERS["mandates" if name in VOTES else name]
    if name == ONCE and number > 1:
        raise refused(lever.label, given, "a bid in the first round, because the test lies before the second")
    return written(lever, value_of(lever, given))


def _named(name: str, given: str) -> str:
    codes = list(dict.fromkeys(given.upper().replace(",", " ").split()))
    for code in codes:
        if code not in STATES:
            raise refused(name, code, f"one of the six states at the table: {' '.join(STATES)}", STATES)
    if name == "offer" and len(codes) > ENVOYS:
        raise refused("envoys", f"{len(codes)}", f"at most {ENVOYS} in a round")
    return " ".join(codes)


def _aim(known: Mapping[str, Role], name: str, given: str) -> dict[str, Aim]:
    """The aim of a role; an empty one is none."""
    if name not in known:
        raise refused("role", name, f"one of {', '.join(known)}", known)
    if not given.strip():
        return {}
    outcome, _, direction = given.strip().rpartition(" ")
    allowed = (*STATED, OWN) if known[name].third else STATED
    if outcome not in allowed or direction not in DIRECTIONS:
        raise refused(
            f"aim of {name}",
            given,
            f"one of {', '.join(allowed)} with more or fewer, such as acts fewer",
            allowed,
        )
    return {name: Aim(outcome=outcome, direction=direction)}


def rules(case: Case) -> dict[str, Any]:
    """What the page shows of the game before a bid: rounds, roles, limits, as plain values."""
    return {
        "rounds": [{"title": one.title, "date": one.date.isoformat(), "words": one.words} for one in ROUNDS],
        "roles": [
            {
                "key": role.key,
                "title": role.title,
                "about": role.about,
                "bids": [words.replace("**", "") for words in role.bids],
                "watches": role.watches,
                "third": role.third,
                "fields": [
                    *(key for key, who in COURSES.items() if who == role.key),
                    *(key for key in VOTES if key.endswith(role.key)),
                ],
            }
            for role in roles(case)
        ],
        "envoys": ENVOYS,
        "states": list(STATES),
        "once": ONCE,
        "directions": list(DIRECTIONS),
        "stated": list(STATED),
        "own": OWN,
    }
