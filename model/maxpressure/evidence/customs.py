"""What customs and statisticians counted of the target's trade, each figure as a ratio to its reporter's own 2016.

Reporters differ on 2016 already: China's trade came to 6.06 thousand million USD by KOTRA, which estimates crude
oil, to 5.51 by the ITC and 5.38 by UN Comtrade, on which the model stands. So like is compared with like.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Final

from maxpressure.evidence.schema import TradeTotalRow

BASE: Final = "2016"
SHARE: Final = "patron_share"
"""The one flow that is a share and no money."""


def span_of(period: str) -> tuple[dt.date, dt.date]:
    """The first and the last day of a year, a month, or months parted by two dots."""
    first, _, last = period.partition("..")
    last = last or first
    if "-" not in first:
        return dt.date(int(first), 1, 1), dt.date(int(last), 12, 31)
    year, month = (int(part) for part in last.split("-"))
    return dt.date.fromisoformat(f"{first}-01"), dt.date(year, month, calendar.monthrange(year, month)[1])


def years_of(period: str) -> float:
    """How much of a year a period is, by its months."""
    first, last = span_of(period)
    return (12 * (last.year - first.year) + last.month - first.month + 1) / 12.0


def base_of(row: TradeTotalRow, rows: Iterable[TradeTotalRow]) -> float:
    """The reporter's own 2016 of a flow, as it stands or worked back from 2017 and the change on the year."""
    if row.flow == SHARE:
        part, whole = (row.model_copy(update={"flow": flow}) for flow in ("patron_total", "total"))
        return base_of(part, rows) / base_of(whole, rows)
    known = {one.period: one for one in rows if (one.reporter, one.flow) == (row.reporter, row.flow)}
    if BASE in known:
        return known[BASE].value_musd
    later = known["2017"]
    return later.value_musd / (1.0 + (later.change_on_year or 0.0))


def ratio_of(row: TradeTotalRow, rows: Sequence[TradeTotalRow]) -> float:
    """A figure as a ratio to its reporter's 2016, money at yearly rates."""
    span = 1.0 if row.flow == SHARE else years_of(row.period)
    return row.value_musd / base_of(row, rows) / span
