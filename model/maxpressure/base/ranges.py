"""What a number or a day in a file may be: plain text, finite, and within a range that has a reason.

A number beyond its range is a slip of the pen or in another unit. Within the ranges no product or sum of the model
leaves the finite numbers. A description is the phrase that a refusal quotes.
"""

from __future__ import annotations

import math
import re
from datetime import date
from numbers import Integral
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

# ---- numbers and days as text

PLAIN: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
"""One form only. Python's ``float`` also takes 1_000, inf, nan, spaces around it and the digits of other scripts."""

ISO_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
"""One form only. Python's ``fromisoformat`` also takes 20171030 and weeks such as 2017-W44-1."""

FIRST_DAY: Final = date(1900, 1, 1)
LAST_DAY: Final = date(2200, 12, 31)
"""Two centuries around any campaign of sanctions; days are moved by years only, so none leaves the calendar."""


def number_of(text: str) -> float:
    """The finite number that a text is, such as 12, -0.5 or 1e-3; ValueError for any other."""
    number = float(text) if PLAIN.fullmatch(text) else math.nan
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def whole_of(text: str) -> int:
    """The whole number that a text is, also written as 3.0; ValueError for any other."""
    number = number_of(text)
    if not number.is_integer():
        raise ValueError(text)
    return int(number)


def is_whole(given: object) -> bool:
    """Whether a value of any type is a whole number, Python's or NumPy's."""
    return isinstance(given, Integral)


def flag_of(text: str) -> bool:
    """True for 1 and false for 0; ValueError for any other."""
    if text not in ("0", "1"):
        raise ValueError(text)
    return text == "1"


def day_of(text: str) -> date:
    """The day that a text is, as YYYY-MM-DD; ValueError for any other form."""
    if not ISO_DAY.fullmatch(text):
        raise ValueError(text)
    return date.fromisoformat(text)


# ---- ranges

LARGEST_FACTOR: Final = 1000.0
SHORTEST, LONGEST = 0.1, 5000.0
"""Weeks: what fades within a day is no memory, and what lasts a century does not fade."""
STEEPEST: Final = 1000.0
"""Log hazards are held within ±50 (``base.numerics``): beyond this nothing can change any more."""


def _from(lowest: float, highest: float, description: str) -> Any:
    return Field(ge=lowest, le=highest, allow_inf_nan=False, description=description)


Share = Annotated[float, _from(0.0, 1.0, "a share, a number from 0 to 1")]
Factor = Annotated[float, _from(0.0, LARGEST_FACTOR, f"a number from 0 to {LARGEST_FACTOR:.0f}")]
"""How much something counts, as a multiple of the usual or of the unit."""

Weight = Annotated[
    float,
    _from(-LARGEST_FACTOR, LARGEST_FACTOR, f"a number from -{LARGEST_FACTOR:.0f} to {LARGEST_FACTOR:.0f}"),
]
"""The weight of a part in an index."""

Weeks = Annotated[float, _from(SHORTEST, LONGEST, f"a number of weeks from {SHORTEST:g} to {LONGEST:.0f}")]
"""In which a memory fades by a factor e."""

Spreads = Annotated[float, _from(0.01, 100.0, "a number from 0.01 to 100")]
"""Standard deviations; of a hundred states the farthest two lie some five apart."""

Money = Annotated[float, _from(0.0, 1e9, "million US dollars, from 0 to 1e9")]
"""Ten times what the world produces in a year."""

Product = Annotated[float, _from(1e-6, 1e6, "thousand million US dollars, from 1e-6 to 1e6")]
"""A state's yearly product: above zero, and at most ten times the world's."""

Millions = Annotated[float, _from(1e-6, 1e4, "million inhabitants, from 1e-6 to 1e4")]
"""At least one inhabitant, and no more than there are people on Earth."""

Count = Annotated[int, Field(ge=0, le=10**10, description="a whole number from 0 to 1e10")]
"""Of people: no more than there are on Earth."""

Score = Annotated[float, _from(-100.0, 100.0, "a number from -100 to 100")]
"""An estimated position, such as an ideal point in UN votes; those lie within ±5."""

Gap = Annotated[float, _from(0.0, 200.0, "a number from 0 to 200")]
"""The distance between two scores."""

Kilometres = Annotated[float, _from(0.0, 20_100.0, "kilometres, from 0 to 20100")]
"""Half the way around the Earth."""

Change = Annotated[
    float, _from(-1.0, LARGEST_FACTOR, f"a relative change, from -1 (all lost) to {LARGEST_FACTOR:.0f}")
]
Latitude = Annotated[float, _from(-90.0, 90.0, "degrees from -90 to 90")]
Longitude = Annotated[float, _from(-180.0, 180.0, "degrees from -180 to 180")]
Year = Annotated[int, Field(ge=1800, le=LAST_DAY.year, description=f"a year from 1800 to {LAST_DAY.year}")]
"""Relations may be older than any dated event."""


def _in_range(day: date) -> date:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise refused((), day.isoformat(), f"a day from {FIRST_DAY} to {LAST_DAY}")
    return day


Day = Annotated[
    date,
    AfterValidator(_in_range),
    Field(description=f"a day as YYYY-MM-DD, from {FIRST_DAY} to {LAST_DAY}"),
]


# ---- lists


def refused(at: tuple[str | int, ...], given: object, allowed: str) -> PydanticCustomError:
    """A refusal for a validator to raise; `at` leads from the validated value down to the entry at fault."""
    return PydanticCustomError("refused", "refused", {"at": at, "given": given, "allowed": allowed})


def _as_tuple(given: object) -> object:
    return tuple(given) if isinstance(given, list) else given


def each_once(entries: tuple[Any, ...]) -> tuple[Any, ...]:
    """The entries, of which none may stand there twice."""
    seen: set[Any] = set()
    for index, entry in enumerate(entries):
        if entry in seen:
            raise refused((index,), entry, "each entry once")
        seen.add(entry)
    return entries


Listed = BeforeValidator(_as_tuple)
"""Lets a list, which is what TOML knows, stand where we keep a tuple."""

Once = AfterValidator(each_once)
"""Refuses a list that holds an entry twice."""
