"""The four outcomes by which scenarios are compared, fixed before any scenario was run; all others are exploratory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyOutcome:
    """How a column of ``worlds`` is shown: its words, the factor that turns it into its unit, and the unit.

    `rise` and `fall` go after the size of a difference. `precision` is the half-width, in that unit, below which a
    95 % interval is narrow enough to speak of the difference; a column that was not fixed in advance has none.
    """

    words: str
    unit: str
    rise: str
    fall: str
    scale: float = 1.0
    precision: float | None = None


KEY_OUTCOMES: Final[Mapping[str, KeyOutcome]] = {
    "acts": KeyOutcome(
        words="acts of breaking off",
        unit="acts",
        rise="more acts of breaking off",
        fall="fewer acts of breaking off",
        precision=0.5,
    ),
    "states_acted": KeyOutcome(
        words="states that acted",
        unit="states",
        rise="more states that act",
        fall="fewer states that act",
        precision=0.5,
    ),
    "embassies": KeyOutcome(
        words="embassies with an ambassador",
        unit="embassies",
        rise="more embassies with an ambassador",
        fall="fewer embassies with an ambassador",
        precision=0.25,
    ),
    "trade_left": KeyOutcome(
        words="trade left",
        unit="points of base-year trade",
        rise="points more of base-year trade left",
        fall="points less of base-year trade left",
        scale=100.0,
        precision=0.5,
    ),
}
"""Half an act is a hundredth of those on record; half a point of trade is some 30 million USD a year."""


def shown_as(outcome: str) -> KeyOutcome:
    """How an outcome is shown: one not fixed in advance under its own name, in the unit of its column."""
    words = outcome.replace("_", " ")
    plain = KeyOutcome(words=words, unit="", rise=f"more in {words}", fall=f"less in {words}")
    return KEY_OUTCOMES.get(outcome, plain)
