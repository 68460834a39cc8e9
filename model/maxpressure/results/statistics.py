"""Outcomes over the worlds of a scenario: means with Monte Carlo errors, the split of their variance, the record.

The four key outcomes by which scenarios are compared were planned before any scenario was run; all others are
exploratory.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import scipy  # it loads scipy.special when that is first used
from numpy.typing import NDArray

from maxpressure.base.text import plural
from maxpressure.experiments.schema import OUTCOMES
from maxpressure.results.dataset import TableFiles
from maxpressure.results.quantiles import quantiles

SHOWN: Final = (5, 50, 95)
CONFIDENCE: Final = 0.95
AT_ONCE: Final = 6
"""Columns of a scenario's worlds that are held in memory together."""

Floats = NDArray[np.float64]


def described(files: TableFiles, outcomes: Sequence[str] = OUTCOMES) -> pd.DataFrame:
    """A row for each scenario and outcome of its worlds.

    Of the `worlds`, those that `failed` are in none of the numbers. A milestone that a world never reached is
    counted in `blank`; quantiles take it for later than all others, and are blank where they fall on it, while
    the mean leaves it out. `mcse` is the Monte Carlo standard error of the mean (see :func:`error_of_mean`), from
    `ci_low` to `ci_high` its 95 % interval.
    """
    rows = [row for scenario in files.manifest.names for row in _of_scenario(files, scenario, outcomes)]
    table = pd.DataFrame(rows)
    for name, known in (("scenario", files.manifest.names), ("outcome", outcomes)):
        table[name] = pd.Categorical(table[name], categories=list(known))
    return table[["scenario", "outcome", *table.columns.drop(["scenario", "outcome"])]]


def missing_worlds(files: TableFiles) -> list[str]:
    """Notes on the worlds that are in no number: those that failed, and those of a batch that are not finished."""
    manifest, notes = files.manifest, []
    failed = files.dataset("worlds").count_rows(filter=ds.field("status") == "failed")
    if failed:
        notes.append(f"Left out: {plural(failed, 'world')} that failed.")
    asked = manifest.worlds * len(manifest.names)
    if files.worlds < asked:
        notes.append(
            f"Unfinished: {files.worlds:,} of {asked:,} worlds are finished. Run it again for the rest."
        )
    return notes


def _of_scenario(files: TableFiles, scenario: str, wanted: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The rows of a scenario, whose outcomes are read a few at a time."""
    worlds, fine = files.dataset("worlds", scenario), ds.field("status") == "fine"
    simulated = worlds.count_rows()
    common = {"scenario": scenario, "worlds": simulated, "failed": simulated - worlds.count_rows(filter=fine)}
    for first in range(0, len(wanted), AT_ONCE):
        outcomes = wanted[first : first + AT_ONCE]
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
        **mean_of(numbers[there], draws[there]),
        "p05": float(low),
        "median": float(middle),
        "p95": float(high),
    }


def mean_of(numbers: Floats, draws: NDArray[Any]) -> dict[str, float]:
    """The mean of numbers without blanks, its Monte Carlo standard error and its 95 % interval."""
    mean, error = float(numbers.mean()) if len(numbers) else math.nan, error_of_mean(numbers, draws)
    half = half_width(error, independent(draws))
    return {"mean": mean, "mcse": error, "ci_low": mean - half, "ci_high": mean + half}


def independent(draws: NDArray[Any]) -> int:
    """How many independent units there are: posterior draws where there are several, else worlds."""
    several = len(np.unique(draws))
    return several if several > 1 else len(draws)


def half_width(error: float, units: int) -> float:
    """Half the 95 % interval of a mean with this standard error, by Student's t with units − 1 degrees."""
    return float(scipy.special.stdtrit(units - 1, 0.5 + CONFIDENCE / 2)) * error if units > 1 else math.nan


def error_of_mean(numbers: Floats, draws: NDArray[Any]) -> float:
    """The Monte Carlo standard error of a mean; NaN for a single world.

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
        self._index = {draw: index for index, draw in enumerate(worlds)}
        self._worlds = np.array(list(worlds.values()), dtype=np.float64)
        self._sums = np.zeros((len(worlds), numbers))
        self._squares = np.zeros(numbers)

    def add(self, draws: NDArray[Any], which: NDArray[Any], values: Floats) -> None:
        """Add to the number ``which`` of a world of that draw; a world adds to each at most once."""
        rows = np.array([self._index[draw] for draw in draws.tolist()], dtype=int)
        np.add.at(self._sums, (rows, which), values)
        np.add.at(self._squares, which, values**2)

    def means(self) -> Floats:
        """The mean of each number over all worlds; NaN without any."""
        worlds = float(self._worlds.sum())
        return self._sums.sum(axis=0) / worlds if worlds else np.full(len(self._squares), math.nan)

    def errors(self) -> Floats:
        """The Monte Carlo standard error of each mean."""
        worlds, means = int(self._worlds.sum()), self.means()
        if len(self._worlds) > 1:
            off = self._sums - self._worlds[:, np.newaxis] * means
            squares, independent = (off**2).sum(axis=0), len(self._worlds)
        else:
            squares, independent = self._squares - worlds * means**2, worlds
        return np.array([_error(float(square), independent, worlds) for square in squares])


# ---- how much of the spread over worlds is due to the parameters, and how much to chance


class Split(NamedTuple):
    """Two variances and the parameters' share of their sum, each with its Monte Carlo standard error.

    A one-way random-effects split: numbers of one posterior draw differ by chance alone, and what the means of draws
    scatter beyond that is due to the parameters. It needs several draws and at least two worlds of each.
    The variance due to parameters is estimated without bias, so that it may come out below 0 where it is small.
    """

    parameters: float
    parameters_error: float
    chance: float
    chance_error: float
    share: float
    share_error: float


class _Sums(NamedTuple):
    """The sums that the estimates need; leaving a draw out takes its part from each."""

    draws: Floats
    worlds: Floats
    squares: Floats
    totals: Floats
    between: Floats
    within: Floats


def split(numbers: Floats, draws: NDArray[np.int64]) -> Split:
    """The split of numbers by their draws; the errors are jackknifed over draws, NaN for fewer than three.

    With n_d worlds of draw d, N in all and n₀ = (N − Σ n_d²/N)/(D − 1): chance is the mean square within draws,
    the parameters' variance is (mean square between − within)/n₀, which for equal n_d = R is the usual one.
    """
    group = np.unique(draws, return_inverse=True)[1]
    count = np.bincount(group).astype(np.float64)
    centred = numbers - numbers[0]  # first, so that numbers that are all the same vary by just 0
    centred -= centred.mean()
    total: Floats = np.bincount(group, weights=centred).astype(np.float64)
    within: Floats = np.bincount(group, weights=(centred - (total / count)[group]) ** 2).astype(np.float64)
    parts = _Sums(np.ones(len(count)), count, count**2, total, total**2 / count, within)
    whole = _Sums(*(np.array([part.sum()]) for part in parts))
    found = _estimates(whole)[:, 0]
    if len(count) > 2:
        without = _estimates(_Sums(*(all_ - part for all_, part in zip(whole, parts, strict=True))))
        spread = ((without - without.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
        errors = np.sqrt((len(count) - 1) / len(count) * spread)
    else:
        errors = np.full(len(found), math.nan)
    return Split(*np.ravel(np.column_stack([found, errors])).tolist())


def _estimates(sums: _Sums) -> Floats:
    """Parameters' variance, chance's, and the share of the first, (3, K) for K columns of sums."""
    with np.errstate(divide="ignore", invalid="ignore"):
        chance = sums.within / (sums.worlds - sums.draws)
        between = (sums.between - sums.totals**2 / sums.worlds) / (sums.draws - 1)
        size = (sums.worlds - sums.squares / sums.worlds) / (sums.draws - 1)
        parameters = (between - chance) / size
        return np.stack([parameters, chance, parameters / (parameters + chance)])


# ---- the key outcomes


@dataclass(frozen=True, slots=True)
class KeyOutcome:
    """How a column of ``worlds`` is shown: its words, the factor that turns it into its unit, and the unit.

    `rise` and `fall` go after the size of a difference. `precision` is the half-width, in that unit, below which a
    95 % interval is narrow enough; an exploratory outcome has none.
    """

    words: str
    unit: str
    rise: str
    fall: str
    precision: float | None = None
    scale: float = 1.0


def _counted(words: str, unit: str, change: str, precision: float) -> KeyOutcome:
    return KeyOutcome(words, unit, f"more {change}", f"fewer {change}", precision)


_POINTS: Final = ("points more of base-year trade left", "points less of base-year trade left")

KEY_OUTCOMES: Final[Mapping[str, KeyOutcome]] = {
    "acts": _counted("acts of breaking off", "acts", "acts of breaking off", 0.5),
    "states_acted": _counted("states that acted", "states", "states that act", 0.5),
    "embassies": _counted("embassies with an ambassador", "embassies", "embassies with an ambassador", 0.25),
    "trade_left": KeyOutcome("trade left", "points of base-year trade", *_POINTS, 0.5, scale=100.0),
}
"""Half an act is a hundredth of those on record; half a point of trade is some 30 million USD a year."""


LOSSES: Final[Mapping[str, KeyOutcome]] = {
    f"{flow}_lost": KeyOutcome(
        f"{flow} lost over all weeks", f"points of base-year {flow}", f"points more of base-year {flow} lost",
        f"points less of base-year {flow} lost", scale=100.0,
    )
    for flow in ("trade", "exports")
}  # fmt: skip
"""Shown after the planned outcomes, since `trade_left` is of the last week alone; exploratory, as they came later."""


def shown_as(outcome: str) -> KeyOutcome:
    """How an outcome is shown: an exploratory one under its own name, in the unit of its column."""
    words = outcome.replace("_", " ")
    known = {**KEY_OUTCOMES, **LOSSES}
    return known.get(outcome, KeyOutcome(words, "", f"more in {words}", f"less in {words}"))
