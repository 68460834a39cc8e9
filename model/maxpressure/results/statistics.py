"""What came of the worlds of each scenario in a few numbers, and how far those numbers are from settled."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
from numpy.typing import NDArray

from maxpressure.experiments.schema import OUTCOMES
from maxpressure.results.dataset import TableFiles
from maxpressure.results.quantiles import quantiles

SHOWN: Final = (5, 50, 95)
AT_ONCE: Final = 6
"""Columns of a scenario's worlds that are held in memory together."""

Floats = NDArray[np.float64]


def described(files: TableFiles) -> pd.DataFrame:
    """A row for each scenario and outcome of its worlds.

    `worlds` were lived, `failed` of them are in none of the numbers. A milestone that a world never reached is
    counted in `blank`; quantiles take it for later than all others, and are blank where they fall on it, while
    the mean leaves it out. `error` is the Monte Carlo standard error of the mean (see :func:`error_of_mean`).
    """
    rows = [row for scenario in files.manifest.names for row in _of_scenario(files, scenario)]
    table = pd.DataFrame(rows)
    for name, known in (("scenario", files.manifest.names), ("outcome", OUTCOMES)):
        table[name] = pd.Categorical(table[name], categories=list(known))
    return table[["scenario", "outcome", *table.columns.drop(["scenario", "outcome"])]]


def _of_scenario(files: TableFiles, scenario: str) -> Iterator[dict[str, Any]]:
    """The rows of a scenario, whose outcomes are read a few at a time."""
    worlds, fine = files.dataset("worlds", scenario), ds.field("status") == "fine"
    lived = worlds.count_rows()
    common = {"scenario": scenario, "worlds": lived, "failed": lived - worlds.count_rows(filter=fine)}
    for place in range(0, len(OUTCOMES), AT_ONCE):
        outcomes = OUTCOMES[place : place + AT_ONCE]
        columns = worlds.to_table(columns=["draw", *outcomes], filter=fine)
        draws = columns["draw"].to_numpy()
        for outcome in outcomes:
            numbers = columns[outcome].cast(pa.float64()).to_numpy()
            yield {**common, "outcome": outcome, **_numbers(numbers, draws)}


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
    since_first = numbers - numbers[0]  # so that numbers that are all the same have an error of just 0
    sums = since_first - since_first.mean()
    if (draws != draws[0]).any():
        sums = np.bincount(np.unique(draws, return_inverse=True)[1], weights=sums)
    return _error(float(sums @ sums), len(sums), len(numbers))


def _error(squares: float, independent: int, worlds: int) -> float:
    """The error of a mean from the squared sums of so many independent draws, or worlds, that deviate."""
    if independent < 2:
        return math.nan
    return math.sqrt(independent / (independent - 1) * max(squares, 0.0)) / worlds


class DrawSums:
    """Means of many numbers of a world, and their errors as in :func:`error_of_mean`, from sums by draw.

    Worlds come piece by piece and need not be held. ``worlds`` has the number of worlds of each draw.
    """

    def __init__(self, worlds: Mapping[int, int], numbers: int) -> None:
        self._place = {draw: place for place, draw in enumerate(worlds)}
        self._worlds = np.array(list(worlds.values()), dtype=np.float64)
        self._sums = np.zeros((len(worlds), numbers))
        self._squares = np.zeros(numbers)

    def add(self, draws: NDArray[Any], which: NDArray[Any], values: Floats) -> None:
        """Add to the number ``which`` of a world of that draw; a world adds to each at most once."""
        places = np.array([self._place[draw] for draw in draws.tolist()], dtype=int)
        np.add.at(self._sums, (places, which), values)
        np.add.at(self._squares, which, values**2)

    def means(self) -> Floats:
        """The mean of each number over all worlds; NaN without any."""
        worlds = float(self._worlds.sum())
        return self._sums.sum(axis=0) / worlds if worlds else np.full(len(self._squares), math.nan)

    def errors(self) -> Floats:
        """How far each mean may be from that of endlessly many worlds."""
        worlds, means = int(self._worlds.sum()), self.means()
        if len(self._worlds) > 1:
            off = self._sums - self._worlds[:, np.newaxis] * means
            squares, independent = (off**2).sum(axis=0), len(self._worlds)
        else:
            squares, independent = self._squares - worlds * means**2, worlds
        return np.array([_error(float(square), independent, worlds) for square in squares])
