"""The kinds of tie that a state keeps with the target, and the ordinal levels of a tie."""

from __future__ import annotations

from typing import Final, Literal, get_args

Tie = Literal["diplomatic", "trade", "finance", "military", "labour", "travel"]

TIES: Final[tuple[Tie, ...]] = get_args(Tie)
"""The six kinds of tie, in the order of every array axis and every tuple that runs over ties.

Examples
--------
>>> TIES.index("trade")
1
"""

TIE_INDEX: Final[dict[str, int]] = {tie: index for index, tie in enumerate(TIES)}

UNLISTED: Final[tuple[Tie, ...]] = TIES[1:5]
"""The kinds of tie that a state may have although no table lists it: trade, finance, military, labour."""

FULL: Final = 3
REDUCED: Final = 2
RESIDUAL: Final = 1
NONE: Final = 0
"""Levels, from a full tie down to none; calibration/evidence/README.md says what each means for each tie."""

LEVEL_WORDS: Final = ("none", "residual", "reduced", "full")
"""The words for the levels 0 to 3."""
