"""What came of the worlds of each scenario in a few numbers, and how far those numbers are from settled."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from maxpressure.result_tables import OUTCOMES
from maxpressure.table_files import TableFiles
from maxpressure.tallies import quantiles

SHOWN: Final = (5, 50, 95)
Floats = NDArray[np.float64]


def described(files: TableFiles) -> pd.DataFrame:
    """A row for each scenario and outcome of its worlds.

    `worlds` were lived, `failed` of them are in none of the numbers. A milestone that a world never reached is
    counted in `blank`; quantiles take it for later than all others, and are blank where they fall on it, while
    the mean leaves it out. `error` is the Monte Carlo standard error of the mean (see :func:`error_of_mean`).
    """
    rows = []
    for scenario in files.manifest.names:
        worlds = files.dataset("worlds", scenario).to_table(columns=["draw", "status", *OUTCOMES])
        fine = worlds.filter(pa.compute.equal(worlds["status"].cast(pa.string()), "fine"))
        lived = {"scenario": scenario, "worlds": len(worlds), "failed": len(worlds) - len(fine)}
        draws = fine["draw"].to_numpy()
        for outcome in OUTCOMES:
            numbers = fine[outcome].cast(pa.float64()).to_numpy()
            rows.append({**lived, "outcome": outcome, **_numbers(numbers, draws)})
    table = pd.DataFrame(rows)
    for name, known in (("scenario", files.manifest.names), ("outcome", OUTCOMES)):
        table[name] = pd.Categorical(table[name], categories=list(known))
    return table[["scenario", "outcome", *table.columns.drop(["scenario", "outcome"])]]


def _numbers(numbers: Floats, draws: NDArray[Any]) -> dict[str, float]:
    """The numbers about one outcome; NaN is a blank."""
    there = ~np.isnan(numbers)
    low, middle, high = quantiles(numbers, SHOWN) if len(numbers) else (math.nan,) * len(SHOWN)
    return {
        "blank": len(numbers) - int(there.sum()),
        "mean": float(numbers[there].mean()) if there.any() else math.nan,
        "error": error_of_mean(numbers[there], draws[there]),
        "p05": float(low),
        "median": float(middle),
        "p95": float(high),
    }


def error_of_mean(numbers: Floats, draws: NDArray[Any]) -> float:
    """How far the mean may be from that of endlessly many worlds: one standard error, NaN for a single world.

    Worlds of one parameter draw are alike, so with several draws it is the draws that count as independent:
    √(D/(D−1) · Σ_d (sum of (x − mean) in draw d)²) / n. With one draw the worlds count, and it is s/√n.
    """
    if len(numbers) == 0:
        return math.nan
    _, group = np.unique(draws, return_inverse=True)
    if group.max() == 0:
        group = np.arange(len(numbers))
    sums = np.bincount(group, weights=numbers - numbers.mean())
    if len(sums) == 1:
        return math.nan
    return math.sqrt(len(sums) / (len(sums) - 1) * float(sums @ sums)) / len(numbers)
