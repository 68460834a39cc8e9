"""The main numbers of the fit under both records and other treatments of requests, as the calibration measured them.

The table ``headline.csv`` is written by ``maxpressure validate --check headline``; reports read their limits from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final, Literal

from pydantic import Field

from maxpressure.base.paths import folder
from maxpressure.base.tables import read_table
from maxpressure.evidence.schema import Row

HEADLINE: Final = "headline.csv"

Treatment = Literal["strict", "broad", "strict, requests a week late", "strict, no requests"]
FITTED_AS: Final[Treatment] = "strict"
"""The treatment of the parameters that ship."""


class HeadlineRow(Row):
    """A number under one record and treatment of requests, with the ends of its interval where it has one."""

    measure: Annotated[str, Field(min_length=1, max_length=200)]
    treatment: Treatment
    middle: float
    low: float | None = None
    high: float | None = None

    def words(self) -> str:
        """The number and its interval."""
        digits = 0 if self.low is None and self.middle.is_integer() else 1
        shown = f"{self.middle:.{digits}f}".replace("-", "−")
        if self.low is None or self.high is None:
            return shown
        low, high = (f"{end:.{digits}f}".replace("-", "−") for end in (self.low, self.high))
        return f"{shown} ({low} to {high})"


def load_headline() -> tuple[HeadlineRow, ...]:
    """The rows that ship; raises InputError for a table that is none."""
    return tuple(row for _, row in read_table(folder("calibration") / HEADLINE, HeadlineRow))


def sensitivity_to_record(rows: Sequence[HeadlineRow]) -> list[str]:
    """A sentence for each measure: its number as it ships and under every other treatment."""
    by_measure: dict[str, list[HeadlineRow]] = {}
    for row in rows:
        by_measure.setdefault(row.measure, []).append(row)
    return [
        f"{measure}: {'; '.join(f'{row.treatment} {row.words()}' for row in mine)}."
        for measure, mine in by_measure.items()
    ]
