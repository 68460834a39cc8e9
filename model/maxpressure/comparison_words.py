"""A comparison of scenarios in sentences."""

from __future__ import annotations

from typing import Any, Final

from maxpressure.pairing import Contrasts, contrasts
from maxpressure.results import Results

IN_A_SUMMARY: Final = {"acts": "acts", "trade_left": "trade left"}
"""What the summary of a run says of the differences, and the words for it."""


def in_short(results: Results) -> list[str]:
    """For each scenario after the first, how it differs from the first; world w pairs with world w."""
    found = contrasts(results.files, results.files)
    if not found.scenarios:
        return other_weeks(found)
    lines = []
    for scenario, rows in results.compare(*IN_A_SUMMARY).groupby("scenario", observed=True):
        said = "; ".join(_difference(row) for row in rows.itertuples())
        lines.append(f"{scenario} less {found.against}, under the same luck: {said}.")
    return lines + other_weeks(found)


def other_weeks(found: Contrasts) -> list[str]:
    """Which scenarios are not compared since they are lived over other weeks than the baseline."""
    if not found.left_out:
        return []
    return [f"Not compared with {found.against}, being lived over other weeks: {', '.join(found.left_out)}."]


def _difference(row: Any) -> str:
    unit = f" {row.unit}" if row.unit != row.outcome else ""
    return (
        f"{IN_A_SUMMARY[row.outcome]} {row.mean:+.1f}{unit} on average "
        f"(± {row.error:.1f}, the Monte Carlo error of {row.worlds} worlds), "
        f"{row.low:+.0f} to {row.high:+.0f} in nine worlds of ten, fewer in {100 * row.fewer:.0f} %"
    )
