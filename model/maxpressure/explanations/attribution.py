"""The causes of acts in words, and the sentences that must stand beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from maxpressure.model.rules import GROUPS

NAMED: Final = {
    "shock": "tests",
    "mandate": "mandates",
    "request": "requests to it",
    "campaign": "the campaign",
    "peers": "peers' acts",
    "own_momentum": "its own earlier acts",
    "incident": "an incident",
    "engagement": "engagement",
    "who": "who it is",
}
"""The groups of an account as a sentence has them."""

WORTH_NAMING: Final = 0.1
"""Shares below this are left out of a sentence."""

LEANS: Final = 0.05
"""The share of an act's account from which on it is said to lean on peers' earlier acts."""

UPPER_BOUND: Final = (
    "Requests were publicised where they succeeded, so what is put down to them is an upper bound."
)


def in_words(account: Sequence[float]) -> str:
    """What a hazard was mostly due to: the groups worth naming, the largest first, then what held back.

    The shares stand in the order of ``rules.GROUPS`` and add up to one.
    """
    shares = sorted(zip(account, GROUPS, strict=True), key=lambda pair: -pair[0])
    named = [(share, NAMED[group]) for share, group in shares if share >= WORTH_NAMING]
    pushed = _listed([f"{words} ({percent(share)})" for share, words in named])
    leading = "mostly " if named and named[0][0] >= 0.5 else ""
    held = [f"{NAMED[group]} ({percent(share)})" for share, group in shares if share <= -WORTH_NAMING]
    back = f", held back by {_listed(held)}" if held else ""
    return f"{leading}{pushed or 'many small causes'}{back}"


def percent(share: float) -> str:
    """A share in whole per cent, 0 and 100 only where it is none or all."""
    if 0.0 < abs(share) < 0.005:
        return "under 1 %"
    return "over 99 %" if 0.995 < share < 1.0 else f"{round(100 * share)} %"


def _listed(words: Sequence[str]) -> str:
    """Words joined by commas and a last *and*."""
    *first, last = words or ("",)
    return f"{', '.join(first)} and {last}" if first else last
