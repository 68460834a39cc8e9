"""Dates that are known to the month or the week only, drawn anew: multiple imputation (Rubin 1987).

Exposure to peers depends on dates, so a date cannot be summed out state by state. A fit is made for each of
several completed records, and their posteriors are stacked with equal weights: weighting them by evidence
would let the model choose the dates that flatter it.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from maxpressure.evidence.evidence import Evidence, Span
from maxpressure.evidence.schema import EventRow

WEEK_SLACK: Final = 3
"""Days by which a date known to the week may be off either way (calibration/evidence/README.md)."""


def imputed(evidence: Evidence, span: Span, number: int, seed: int) -> Evidence:
    """The evidence with completed dates; number 0 has the dates as they stand in the table.

    Dates of one state keep the order in which the table has them, and none leaves the record.
    """
    if number == 0:
        return evidence
    luck = np.random.default_rng([seed, number])
    by_state: dict[str, list[EventRow]] = {}
    for row in evidence.events:
        by_state.setdefault(row.iso3, []).append(row)
    drawn = {iso3: _in_order(rows, span, luck) for iso3, rows in sorted(by_state.items())}
    events = sorted(
        (row for rows in drawn.values() for row in rows), key=lambda row: (row.date, row.event_id)
    )
    return replace(evidence, events=tuple(events))


def _in_order(rows: Sequence[EventRow], span: Span, luck: np.random.Generator) -> list[EventRow]:
    """Draw the uncertain dates of one state's rows until they come in the table's order."""
    if all(row.date_precision == "day" for row in rows):
        return list(rows)
    while True:
        dates = [_drawn(row, span, luck) for row in rows]
        if dates == sorted(dates):
            return [row.model_copy(update={"date": date}) for row, date in zip(rows, dates, strict=True)]


def _drawn(row: EventRow, span: Span, luck: np.random.Generator) -> dt.date:
    first = last = row.date
    if row.date_precision == "week":
        first, last = (row.date + dt.timedelta(days=days) for days in (-WEEK_SLACK, WEEK_SLACK))
    elif row.date_precision == "month":
        first = row.date.replace(day=1)
        last = row.date.replace(day=calendar.monthrange(row.date.year, row.date.month)[1])
    first, last = max(first, span.origin), min(last, span.acts_until)
    return first + dt.timedelta(days=int(luck.integers((last - first).days + 1)))
