"""What a saved page can be asked: a list of questions that are answered before, and the answers.

Shipped scenarios, single levers of the record on a coarse grid, pairs of these, single worlds, and what the exercises
ask. The answers are those of the served page, with no more digits than it shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import permutations
from typing import Any, Final
from urllib.parse import urlencode

from maxpressure.app import numbers
from maxpressure.app.figures.at_rest import own_value
from maxpressure.app.figures.book import TWINS
from maxpressure.app.figures.levers import (
    KEYS,
    LEVERS,
    SECOND_PREFIX,
    UNMOVED,
    Lever,
    Setting,
    setting_of_link,
)
from maxpressure.app.guide import address_of, exercises, guide, taken_away
from maxpressure.app.numbers import Basis, Lot
from maxpressure.base.errors import InputError

Answers = Mapping[str, Mapping[str, Any]]
"""By the address of a question below ``/api/``."""
Piece = Callable[[], Answers]

WORLDS: Final = 3
"""Single worlds of each scenario."""

MANY: Final = "many"
"""The view of settings, in an address."""

GRID: Final = (6, 5, 4)
"""Steps from a lever's lowest value to its highest: the first number whose steps are even and meet the record."""

NUMBER: Final = ".6g"
"""The digits of a number: more than the page shows of any."""

DOT: Final = ".4g"
"""The digits of a dot in a strip: finer than a screen."""

SAID: Final = (
    "A saved page: it answers what was computed before, and refuses the rest with the nearest that it has."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """The questions of a saved page.

    Attributes
    ----------
    basis : Basis
        Case, draws and seed.
    scenarios : tuple of Setting
        Unmoved settings, the record first.
    moved : mapping of str to tuple of Setting
        For each lever the settings in which it alone is moved.
    pairs : tuple of (Setting, Setting)
        What is compared beside these.
    twinned : tuple of str
        The inputs that twins do without.
    strained : frozenset of str
        States whose strain is there in every world of the record, beside those that act in it.
    worlds : int
        Single worlds of each scenario, from number 0.
    """

    basis: Basis
    scenarios: tuple[Setting, ...]
    moved: Mapping[str, tuple[Setting, ...]]
    pairs: tuple[tuple[Setting, Setting], ...] = ()
    twinned: tuple[str, ...] = ()
    strained: frozenset[str] = frozenset()
    worlds: int = WORLDS
    _lots: dict[str, Lot] = field(default_factory=dict, init=False)
    _book: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_book", numbers.book(self.basis))

    @property
    def settings(self) -> tuple[Setting, ...]:
        """All settings, the record first."""
        plain = (*self.scenarios, *(one for own in self.moved.values() for one in own))
        asked = {one.link(): one for pair in self.pairs for one in pair}
        known = {one.link() for one in plain}
        return (*plain, *(one for link, one in asked.items() if link not in known))

    def pieces(self) -> list[Piece]:
        """The work, piece by piece, each some seconds at most but for twins."""
        worlds = ((one.base, number) for one in self.scenarios for number in range(self.worlds))
        pairs = {(one.link(), other.link()): (one, other) for one, other in self._pairs()}
        return [
            lambda: {"record": numbers.record(self.basis), "guide": guide()},
            *(_bound(self._worlds, one) for one in self.settings),
            *(_bound(self._pair, *pair) for pair in pairs.values()),
            *(_bound(self._world, *one) for one in worlds),
            *(_bound(self._strains, number) for number in range(self.worlds)),
            *(_bound(self._twins, name) for name in self.twinned),
        ]

    def book(self) -> dict[str, Any]:
        """The book of the saved page: levers move by the steps that it holds, and the inputs are those of its twins."""
        book = self._book
        steps = {key: _step(self.basis, LEVERS[key]) for key in self.moved}
        levers = [one | {"step": steps[one["key"]]} if one["key"] in steps else one for one in book["levers"]]
        inputs = [one for one in book["inputs"] if one["name"] in self.twinned]
        return book | {"levers": levers, "inputs": inputs, "twins": [TWINS[0]], "saved": SAID}

    def _pairs(self) -> Iterator[tuple[Setting, Setting]]:
        """Each setting with itself and with the record, either way, and the values of one lever among each other."""
        record, *others = self.settings
        yield record, record
        for one in others:
            yield from ((one, one), (record, one), (one, record))
        for own in self.moved.values():
            yield from permutations(own, 2)
        yield from self.pairs

    def _lot(self, setting: Setting) -> Lot:
        link = setting.link()
        if link not in self._lots:
            self._lots[link] = numbers.simulate(self.basis, setting)
        return self._lots[link]

    def _worlds(self, setting: Setting) -> Answers:
        """The worlds of a setting, and why each state that acts in any of them does."""
        why = numbers.why_all(self.basis, setting)
        return {
            f"worlds?{setting.link()}": numbers.worlds(self._lot(setting)),
            f"why-states?{setting.link()}": shortened(
                {iso3: one for iso3, one in why.items() if one["acted"]}, DOT
            ),
        }

    def _pair(self, first: Setting, second: Setting) -> Answers:
        """The second less the first; nothing where the page refuses, since they run over other weeks."""
        try:
            found = numbers.pair(self._lot(first), self._lot(second))
        except InputError:
            return {}
        outcomes = {
            key: one | {"values": shortened(one["values"], DOT)} for key, one in found["outcomes"].items()
        }
        second_link = "&".join(f"{SECOND_PREFIX}{part}" for part in second.link().split("&"))
        return {f"compare?{first.link()}&{second_link}": found | {"outcomes": outcomes}}

    def _world(self, scenario: str, world: int) -> Answers:
        return {_address("world", scenario=scenario, world=world): numbers.one(self.basis, scenario, world)}

    def _strains(self, world: int) -> Answers:
        """Strain against threshold of states in a world of the record."""
        found = numbers.strains(self.basis, UNMOVED.base, world)
        acting = {iso3: path for iso3, path in found.items() if path["acted"] or iso3 in self.strained}
        return {_address("world-states", scenario=UNMOVED.base, world=world): acting}

    def _twins(self, name: str) -> Answers:
        return {_address("twins", without=name, twins=TWINS[0]): numbers.twins(self.basis, name, TWINS[0])}


def saved(basis: Basis) -> Saved:
    """The questions of a saved page of this case."""
    book = numbers.book(basis)
    moved = {key: tuple(_values(basis, lever)) for key, lever in LEVERS.items()}
    asked = [address_of(step) for exercise in exercises().values() for step in exercise.step]
    known = {one["name"] for one in book["inputs"]}
    return Saved(
        basis=basis,
        scenarios=tuple(Setting(base=one["name"]) for one in book["scenarios"]),
        moved=moved,
        pairs=tuple(_settings(basis, fields) for fields in asked if fields.get("view") == MANY),
        twinned=tuple(name for name in taken_away() if name in known),
        strained=frozenset(one["state"] for one in asked if "state" in one),
    )


def shortened(answer: Any, digits: str = NUMBER) -> Any:
    """An answer with its numbers cut to so many digits."""
    if isinstance(answer, float):
        return float(f"{answer:{digits}}")
    if isinstance(answer, Mapping):
        return {key: shortened(one, digits) for key, one in answer.items()}
    return [shortened(one, digits) for one in answer] if isinstance(answer, list | tuple) else answer


def _settings(basis: Basis, fields: Mapping[str, str]) -> tuple[Setting, Setting]:
    """The settings of an address; without a second one the first twice."""
    first = {key: given for key, given in fields.items() if key in KEYS}
    second = {key.removeprefix(SECOND_PREFIX): given for key, given in fields.items() if key not in first}
    second = {key: given for key, given in second.items() if key in KEYS}
    one, other = (setting_of_link(basis.case, urlencode(given)) for given in (first, second or first))
    return one, other


def _values(basis: Basis, lever: Lever) -> Iterable[Setting]:
    """The record with this lever moved to each value of its grid but the record's own."""
    own = own_value(basis.case, UNMOVED.scenario(basis.case), lever.key).value
    if lever.choices:
        values: list[str] = [choice for choice in lever.choices if choice != own]
    else:
        step = _step(basis, lever)
        count = round((lever.high - lever.low) / step)
        values = [f"{lever.low + index * step:.6g}" for index in range(count + 1)]
        values = [value for value in values if float(value) != own]
    return (UNMOVED.but(basis.case, lever.key, value) for value in values)


def _step(basis: Basis, lever: Lever) -> float:
    """The step of a lever's grid: a multiple of its own, that meets the record where that lies on the lever's steps."""
    own = own_value(basis.case, UNMOVED.scenario(basis.case), lever.key).value
    wide = lever.high - lever.low
    for count in GRID:
        step = round(wide / count, 9)
        meets = not isinstance(own, int | float) or _even(own - lever.low, step) or not _even(own, lever.step)
        if _even(step, lever.step) and meets:
            return step
    return lever.step


def _even(value: float, step: float) -> bool:
    return abs(value / step - round(value / step)) < 1e-6


def _bound(work: Callable[..., Answers], *given: Any) -> Piece:
    return lambda: work(*given)


def _address(path: str, **fields: object) -> str:
    return f"{path}?{urlencode(fields)}"
