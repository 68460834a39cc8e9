"""Two settings compared world by world with common random numbers, as plain values."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
import pandas as pd

from maxpressure.app.figures.levers import link_of
from maxpressure.app.figures.lots import COMPARED, Lot
from maxpressure.app.figures.worlds import FIRST, SECOND, band, curve, description, to_be_said
from maxpressure.base.errors import InputError
from maxpressure.report.comparison import sentences
from maxpressure.results.compare import DECIMALS, Pairs, row_of
from maxpressure.results.statistics import CONFIDENCE, shown_as
from maxpressure.results.weekly import finding

NUMBERS: Final = ("mean", "mcse", "ci_low", "ci_high", "p05", "median", "p95", "more", "same", "fewer")


def pair(first: Lot, second: Lot) -> dict[str, Any]:
    """The second setting minus the first, world by world: ready for JSON.

    Parameters
    ----------
    first, second : Lot
        The worlds of settings A and B over the same weeks; where one has more, only those that both have are paired.

    Returns
    -------
    dict
        ``link`` (that opens both), ``worlds`` (pairs), ``titles`` by ``A`` and ``B``; ``outcomes`` by key, each with
        ``mean``, its Monte Carlo error ``mcse``, the 95 % interval ``ci_low`` to ``ci_high``, ``p05``, ``median`` and
        ``p95`` of the differences, the shares of pairs with ``more``, ``same`` or ``fewer``, ``planned``, ``unit``
        and ``values``, the difference of each pair; ``finding``, ``description`` and ``sentences``; ``cautions``. The
        numbers are those of :func:`maxpressure.compare`; null where a single world gives none.

    Raises
    ------
    InputError
        Where the settings cover other weeks.
    """
    table = compared(first, second)
    lots = {FIRST: first, SECOND: second}
    found = {name: band(lot) for name, lot in lots.items()}
    record = curve(first)
    return {
        "link": link_of(first.setting, second.setting),
        "worlds": min(first.worlds, second.worlds),
        "titles": {name: lot.situation.scenario.title for name, lot in lots.items()},
        "outcomes": {
            row["outcome"]: {
                **{name: _number(row[name]) for name in NUMBERS},
                "planned": bool(row["planned"]),
                "unit": row["unit"],
                "values": differences(first, second, row["outcome"]),
            }
            for row in table.to_dict("records")
        },
        "finding": finding(found, record),
        "description": description(found, record),
        "sentences": in_words(table),
        "cautions": to_be_said(lots),
    }


def compared(first: Lot, second: Lot) -> pd.DataFrame:
    """The second setting minus the first, by the statistics of `Results.compare`: a row for each outcome."""
    windows = [lot.situation.scenario.window for lot in (first, second)]
    if windows[0] != windows[1]:
        given = (
            f"{windows[0].weeks} weeks from {windows[0].start}, {windows[1].weeks} from {windows[1].start}"
        )
        allowed = "two settings over the same weeks, since only these pair world by world"
        raise InputError(file="page", key="comparison", given=given, allowed=allowed)
    matched = paired(first, second)
    pairs = matched.rows
    rows = [
        {"scenario": SECOND, "against": FIRST, "outcome": outcome}
        | row_of(outcome, second.ends[outcome][pairs], first.ends[outcome][pairs], matched, apart=False)
        for outcome in COMPARED
    ]
    return pd.DataFrame(rows).astype({"precision": "float64", "needed": "Int64", "enough": "boolean"})


def paired(first: Lot, second: Lot) -> Pairs:
    """The worlds that both settings have, each with itself."""
    pairs = np.arange(min(first.worlds, second.worlds))
    return Pairs(
        rows=pairs,
        rows_against=pairs,
        draws=pairs % len(first.basis.draws),
        failed=0,
        unpaired=abs(first.worlds - second.worlds),
        fewest=1,
    )


def differences(first: Lot, second: Lot, outcome: str) -> list[float]:
    """The difference of each pair, in the unit of the outcome."""
    count, scale = min(first.worlds, second.worlds), shown_as(outcome).scale
    values = np.round(scale * second.ends[outcome][:count] - scale * first.ends[outcome][:count], DECIMALS)
    whole = bool((values == np.rint(values)).all())
    return [int(value) for value in values.tolist()] if whole else values.tolist()


def in_words(table: pd.DataFrame) -> list[str]:
    """The comparison in sentences: each planned difference with its interval and n."""
    lines = [sentence.replace("no world was", "no pair was") for sentence in sentences(table)]
    return [
        *lines,
        f"Differences are B minus A, world by world (common random numbers), with {100 * CONFIDENCE:.0f} % intervals.",
    ]


def _number(value: float) -> float | None:
    """A number as JSON has it; a blank is null."""
    return float(value) if math.isfinite(value) else None
