"""The rows that a world leaves behind, whichever engine simulated it (MODEL §6).

Money is in whole thousand USD at yearly rates; shares run from 0 to 1. The columns are those of the
result tables.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

CHANGES: Final = ("act", "restoration", "attrition")
"""The kinds of row in ``acts``: a decision to cut, a level that came back, a route that thinned."""


class ChangeRow(NamedTuple):
    """One tie that moved; ``kind`` is act, restoration or attrition, and only an act has a lead and an attribution."""

    week: int
    iso3: str
    kind: str
    tie: int
    level_before: int
    level_after: int
    lead: bool | None
    attribution: tuple[float, ...] | None


class WeekRow(NamedTuple):
    """How things stood when a week had ended. Ties are those of third states, trade is with all partners."""

    week: int
    acts: int
    cuts: int
    restorations: int
    attritions: int
    acts_total: int
    ties_alive: tuple[int, ...]
    mean_level: tuple[float, ...]
    embassies: int
    trade_kusd: int
    exports_kusd: int
    backfill_kusd: int
    declared_isolation: float
    enforced_isolation: float
    hhi: float
    effective_partners: float
    first_patron_share: float
    need: float
    weighted_degree: float
    kusd_per_trade_tie: float


class WorldRow(NamedTuple):
    """One world as a whole; ``cut`` counts ties that stand lower than when the run began."""

    acts: int
    cuts: int
    restorations: int
    attritions: int
    states_acted: int
    cut: tuple[int, ...]
    week_of_act_10: int | None
    week_of_act_20: int | None
    week_of_act_30: int | None
    embassies: int
    trade_left: float
    exports_left: float
    trade_lost: float
    exports_lost: float
    hhi: float
    effective_partners: float
    first_patron_share: float
    reproduction: float
    log_probability: float


def flat(outcome: Sequence[Any]) -> Iterator[Any]:
    """The numbers of a recorder's row, one for each column."""
    for cell in outcome:
        if isinstance(cell, tuple):
            yield from cell
        else:
            yield cell
