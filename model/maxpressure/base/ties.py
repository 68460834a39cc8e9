"""The kinds of tie a state keeps with the target, and the levels a tie can stand on."""

from __future__ import annotations

from typing import Final, Literal, get_args

Tie = Literal["diplomatic", "trade", "finance", "military", "labour", "travel"]

TIES: Final[tuple[Tie, ...]] = get_args(Tie)
"""The six kinds, in the order of every array axis that runs over ties."""

TIE_INDEX: Final[dict[str, int]] = {tie: index for index, tie in enumerate(TIES)}

FULL: Final = 3
REDUCED: Final = 2
RESIDUAL: Final = 1
NONE: Final = 0
"""Levels, from a full tie down to none; calibration/evidence/README.md says what each means for each tie."""
