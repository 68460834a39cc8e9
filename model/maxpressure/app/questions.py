"""What the page's API can be asked: the words of an address, checked, as a question with a key and the work it needs.

The key is the same however a question is written, so that one answer serves all who ask it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from maxpressure.app import numbers
from maxpressure.app.figures import game
from maxpressure.app.figures.book import TWINS
from maxpressure.app.figures.game import ROUNDS
from maxpressure.app.figures.levers import KEYS, SECOND_PREFIX, base_named, link_of, refused
from maxpressure.app.figures.lots import laid_out
from maxpressure.app.figures.one import world_number
from maxpressure.app.figures.referee import referee
from maxpressure.app.figures.scores import MARKS, SHARES
from maxpressure.app.figures.twins import count_of, input_named
from maxpressure.app.guide import guide as exercises_as_steps
from maxpressure.app.numbers import PREVIEW, WORLDS, Basis, Setting, setting_of_link
from maxpressure.app.stock import Stock
from maxpressure.app.turns import Kind, Report
from maxpressure.model.case import RECORDED

Pairs = Sequence[tuple[str, str]]
"""The fields of an address, as they were given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question: its key, what kind of work it is, and the work, which gives the body of the answer."""

    key: str
    kind: Kind
    work: Callable[[Stock, Report], Mapping[str, Any] | bytes]
    better: str = ""
    """The key of the question whose answer serves as well where it is at hand: all worlds in place of a preview."""


GUESSED: Final = tuple(f"{mark}-{index}" for index in range(len(SHARES)) for mark in MARKS)
RANGED: Final = (*GUESSED[: len(MARKS)], "worlds")
"""The fields of a guess of the wave, and of a difference."""


def book(basis: Basis, pairs: Pairs) -> Question:
    """What the page is made of: scenarios, levers, outcomes, tiles, words."""
    _fields(pairs, ())
    return Question(key="book", kind="preview", work=lambda *_: numbers.book(basis))


def worlds(basis: Basis, pairs: Pairs) -> Question:
    """Many worlds of a setting: all, or with ``worlds=60`` the first of them as a preview."""
    own, rest = _split(pairs, ("worlds",))
    count = _one_of("worlds", own.get("worlds", str(WORLDS)), (str(PREVIEW), str(WORLDS)))
    setting = _setting(basis, rest)
    whole, preview = f"worlds?{setting.link()}", int(count) < WORLDS
    return Question(
        key=f"{whole}&worlds={count}" if preview else whole,
        better=whole if preview else "",
        kind="preview" if preview else "worlds",
        work=lambda stock, _: numbers.worlds(stock.lot(setting, int(count))),
    )


def compare(basis: Basis, pairs: Pairs) -> Question:
    """Two settings world by world, the second's keys behind ``b-``."""
    first, second = _two(basis, pairs)
    return Question(
        key=f"compare{link_of(first, second)}",
        kind="worlds",
        work=lambda stock, _: numbers.pair(stock.lot(first, WORLDS), stock.lot(second, WORLDS)),
    )


def why(basis: Basis, pairs: Pairs) -> Question:
    """Who a state is under a setting: in how many worlds it acts, when, and what its acts are due to."""
    own, rest = _split(pairs, ("state",))
    setting, iso3 = _setting(basis, rest), _state(basis, own)
    return Question(
        key=f"why?{setting.link()}&state={iso3}",
        kind="worlds",
        work=lambda stock, _: _of(stock.whys(setting), iso3),
    )


def world(basis: Basis, pairs: Pairs) -> Question:
    """One world of a scenario, all weeks at once; with ``state`` that state's strain against its threshold."""
    own = _fields(pairs, ("scenario", "world", "state"))
    scenario, number = (
        base_named(basis.case, own.get("scenario", RECORDED)),
        world_number(own.get("world", "0")),
    )
    key = f"world?{urlencode({'scenario': scenario, 'world': number})}"
    if "state" not in own:
        return Question(key=key, kind="worlds", work=lambda *_: numbers.one(basis, scenario, number))
    iso3 = _state(basis, own)
    return Question(
        key=f"{key}&state={iso3}",
        kind="worlds",
        work=lambda stock, _: _of(stock.strains(scenario, number), iso3),
    )


def record(basis: Basis, pairs: Pairs) -> Question:
    """What was observed, week by week."""
    _fields(pairs, ())
    return Question(key="record", kind="preview", work=lambda *_: numbers.record(basis))


def twins(basis: Basis, pairs: Pairs) -> Question:
    """The record without one dated input, for every state at once."""
    own = _fields(pairs, ("without", "twins"))
    name, count = input_named(basis.case, own.get("without", "")).name, count_of(own.get("twins", TWINS[0]))
    return Question(
        key=f"twins?{urlencode({'without': name, 'twins': count})}",
        kind="twins",
        work=lambda *_: numbers.twins(basis, name, count),
    )


def tables(basis: Basis, pairs: Pairs) -> Question:
    """The tables of one or two settings, as an archive."""
    first, second = _two(basis, pairs)
    alone = not any(key.startswith(SECOND_PREFIX) for key, _ in pairs)
    return Question(
        key=f"tables{link_of(first, None if alone else second)}",
        kind="worlds",
        work=lambda stock, _: numbers.archive(
            stock.lot(first, WORLDS), None if alone else stock.lot(second, WORLDS)
        ),
    )


def guide(basis: Basis, pairs: Pairs) -> Question:
    """The ten exercises as steps."""
    del basis
    _fields(pairs, ())
    return Question(key="guide", kind="preview", work=lambda *_: exercises_as_steps())


def guess_days(basis: Basis, pairs: Pairs) -> Question:
    """The days for which a guess of a setting is asked."""
    setting = _setting(basis, pairs)
    return Question(
        key=f"guess/days?{setting.link()}",
        kind="preview",
        work=lambda *_: numbers.days(laid_out(basis, setting)),
    )


def guess(basis: Basis, pairs: Pairs) -> Question:
    """The score of a guess of the wave: ``low-0``, ``middle-0``, ``high-0`` of the first day, and so on."""
    own, rest = _split(pairs, GUESSED)
    setting = _setting(basis, rest)
    return Question(
        key=f"guess?{setting.link()}&{urlencode(sorted(own.items()))}",
        kind="worlds",
        work=lambda stock, _: numbers.guess(stock.lot(setting, WORLDS), own),
    )


def paired_range(basis: Basis, pairs: Pairs) -> Question:
    """The score of a guess of a difference, B minus A, and of the worlds of ten in which B has more."""
    own = {key: given for key, given in pairs if key in RANGED}
    first, second = _two(basis, [pair for pair in pairs if pair[0] not in RANGED])
    return Question(
        key=f"range{link_of(first, second)}&{urlencode(sorted(own.items()))}",
        kind="worlds",
        work=lambda stock, _: numbers.paired_range(stock.lot(first, WORLDS), stock.lot(second, WORLDS), own),
    )


def played(basis: Basis, pairs: Pairs) -> Question:
    """What followed from a round of the negotiation game; see `game` for the fields of bids and aims."""
    own = dict(pairs)
    number = int(_one_of("round", own.get("round", "1"), [str(index + 1) for index in range(len(ROUNDS))]))
    table = game.table(basis.case, [field for field in pairs if field[0] != "round"])
    before, after = (table.agreed(basis.case, index).setting for index in (number - 1, number))
    return Question(
        key=f"game?{urlencode([('round', number), *table.fields()])}",
        kind="worlds",
        work=lambda stock, _: referee(
            basis.case, table, number, stock.lot(before, WORLDS), stock.lot(after, WORLDS)
        ),
    )


QUESTIONS: Final[Mapping[str, Callable[[Basis, Pairs], Question]]] = {
    "book": book,
    "worlds": worlds,
    "compare": compare,
    "why": why,
    "world": world,
    "record": record,
    "twins": twins,
    "tables": tables,
    "guide": guide,
    "guess": guess,
    "guess/days": guess_days,
    "range": paired_range,
    "game": played,
}
"""By their addresses below ``/api/``."""


def _of(found: Mapping[str, Mapping[str, Any]], iso3: str) -> Mapping[str, Any]:
    """A state's part of what was made of all; a scenario may leave states out."""
    if iso3 not in found:
        raise refused("state", iso3, "a state that this scenario does not leave out", found)
    return found[iso3]


def _state(basis: Basis, own: Mapping[str, str]) -> str:
    """The third state that is asked about."""
    return _one_of(
        "state", own.get("state", "").upper(), basis.record.population.iso3, "the ISO3 code of a third state"
    )


def _two(basis: Basis, pairs: Pairs) -> tuple[Setting, Setting]:
    """The two settings of a comparison."""
    _fields(pairs, (*KEYS, *(SECOND_PREFIX + key for key in KEYS)))
    first = [(key, given) for key, given in pairs if not key.startswith(SECOND_PREFIX)]
    second = [
        (key.removeprefix(SECOND_PREFIX), given) for key, given in pairs if key.startswith(SECOND_PREFIX)
    ]
    return _setting(basis, first), _setting(basis, second)


def _setting(basis: Basis, pairs: Pairs) -> Setting:
    return setting_of_link(basis.case, urlencode(pairs))


def _split(pairs: Pairs, names: Sequence[str]) -> tuple[dict[str, str], Pairs]:
    """The fields of these names, and the others, which are a setting's."""
    _fields(pairs, (*names, *KEYS))
    own = {key: given for key, given in pairs if key in names}
    return own, [(key, given) for key, given in pairs if key not in names]


def _fields(pairs: Pairs, names: Sequence[str]) -> dict[str, str]:
    """The fields by their names, each known and given once."""
    fields: dict[str, str] = {}
    for key, given in pairs:
        if key not in names:
            allowed = f"one of {', '.join(names)}" if names else "no field"
            raise refused("field", key, allowed, names)
        if key in fields:
            raise refused(key, "twice", "each field once")
        fields[key] = given
    return fields


def _one_of(key: str, given: str, words: Sequence[str], allowed: str = "") -> str:
    if given not in words:
        raise refused(key, given, allowed or f"one of {', '.join(words)}", words)
    return given
