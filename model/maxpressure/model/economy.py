"""Trade, enforcement, backfill, need and courtship: pure functions on plain numbers (MODEL §5).

Money is counted in whole thousand USD, so that sums do not depend on their order. These functions run as
Python and compile with Numba unchanged.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from maxpressure.base.numerics import exp

if TYPE_CHECKING:
    from numpy.typing import NDArray


def own_share(left_now: float, left_at_start: float) -> float:
    """The share of its 2016 trade that a state's own level leaves; a state with nothing to cut keeps all.

    A tie restored above where it started does not carry more than in 2016.
    """
    if left_at_start <= 0.0 or left_now >= left_at_start:
        return 1.0
    return left_now / left_at_start


def allowed_share(own: float, forbidden: float) -> float:
    """The share of a state's 2016 trade that its own level and the Council leave: what is declared."""
    return own * (1.0 - forbidden)


def carried_share(allowed: float, enforced: float) -> float:
    """The share of a state's 2016 trade that goes on: what is allowed, and what leaks of the rest."""
    return allowed + (1.0 - enforced) * (1.0 - allowed)


def enforcement(base: float, gain: float, secondary_sanctions: float) -> float:
    """How much third states stop of what is not allowed: secondary sanctions close part of the gap."""
    return base + (1.0 - base) * gain * secondary_sanctions


def misjudged(enforced: float, error: float) -> float:
    """What a patron stops where the odds of its path are off by the factor exp(error); 0 and 1 stay what they are."""
    if error == 0.0:
        return enforced
    odds = enforced * exp(error)
    return odds / (odds + 1.0 - enforced)


def money(kusd: int, share: float) -> int:
    """A share of a sum, in whole thousand USD."""
    return math.floor(kusd * share + 0.5)


def share(part: int, whole: int) -> float:
    """A part of a sum, 0 where there is nothing to share."""
    return part / whole if whole != 0 else 0.0


def kept(part: int, whole: int) -> float:
    """The part of a sum that is left, 1 where there was nothing to lose."""
    return part / whole if whole != 0 else 1.0


def flows(
    sold: int, bought: int, own: float, forbidden_exports: float, forbidden_imports: float, enforced: float
) -> tuple[int, int, int]:
    """What one partner buys from the target, sells to it, and would do both together if it kept its word.

    ``sold`` and ``bought`` are the target's 2016 sales and purchases there, ``own`` the share that the
    partner's own level leaves; all money in thousand USD a year.
    """
    exports = allowed_share(own, forbidden_exports)
    imports = allowed_share(own, forbidden_imports)
    buys = money(sold, carried_share(exports, enforced))
    sells = money(bought, carried_share(imports, enforced))
    return buys, sells, money(sold, exports) + money(bought, imports)


def offered_flows(
    sold: int,
    bought: int,
    offered: float,
    forbidden_exports: float,
    forbidden_imports: float,
    enforced: float,
) -> tuple[int, int, int]:
    """The flows of a patron that offers only part of its 2016 trade: what it does not offer cannot leak."""
    left = money(sold, offered), money(bought, offered)
    return flows(left[0], left[1], 1.0, forbidden_exports, forbidden_imports, enforced)


def taken_up(cap: float, total_2016: int, lost: int) -> int:
    """The trade in thousand USD that a patron takes up: what was lost, up to its cap of 2016 trade."""
    most = money(total_2016, cap)
    return min(lost, most)


def need(revenue_index: float, buffer: float) -> float:
    """The shortfall of export revenue beyond what harvests at home cover, from 0 to 1.

    With food at home the target courts no state.
    """
    short = 1.0 - revenue_index - buffer
    return short / (1.0 - buffer) if short > 0.0 else 0.0


def pull(
    affinity: float, levels: Sequence[int] | NDArray[Any], unlisted: Sequence[int] | NDArray[Any]
) -> float:
    """How attractive a state is to court: exp(affinity) times the sum of the levels of listed ties it has left."""
    left = 0
    for tie in range(len(levels)):
        if not unlisted[tie]:
            left += levels[tie]
    return exp(affinity) * left


def total(amounts: Sequence[float] | NDArray[Any]) -> float:
    """The sum in the order given; Python's own ``sum`` rounds differently from version to version."""
    whole = 0.0
    for amount in amounts:
        whole += amount
    return whole


def courtship(effort: float, needed: float, pulled: float, total_pull: float) -> float:
    """The courtship that one state receives in a week: its share of an effort in proportion to need."""
    return effort * needed * (pulled / total_pull) if total_pull > 0.0 else 0.0


def isolation(left: int, total_2016: int) -> float:
    """The share of 2016 trade that is gone, of one week or, from sums over weeks, of all; 0 where there was none."""
    return 1.0 - left / total_2016 if total_2016 != 0 else 0.0


def concentration(sum_of_squares: float, total: int) -> float:
    """The Herfindahl–Hirschman index of partners, from 0 to 1; 0 when there is no trade at all."""
    return sum_of_squares / (float(total) * float(total)) if total > 0 else 0.0


def effective_partners(hhi: float) -> float:
    """1/HHI: the number of equal partners that would be as concentrated; 0 without trade."""
    return 1.0 / hhi if hhi > 0.0 else 0.0
