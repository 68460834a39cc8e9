"""A scenario of a folder beside its baseline: state by state, cause by cause, and act by act in one world.

The baseline is the first scenario of the folder. World w of the scenario is paired with world w of the baseline, which
uses the same random numbers and the same posterior draw, so every difference is due to the edit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
from numpy.typing import NDArray

from maxpressure.base.errors import check_known
from maxpressure.model.case import Situation
from maxpressure.model.rules import GROUPS
from maxpressure.results.compare import contrasts, pairs
from maxpressure.results.results import Results
from maxpressure.results.states import ATTRIBUTED, SHARES
from maxpressure.results.statistics import DrawSums, half_width

ALL: Final = "all causes"
"""The row of a table of causes that holds their sum."""

STATES: Final = (
    "iso3", "name", "baseline", "scenario", "difference", "mcse", "ci_low", "ci_high", "more", "fewer", "worlds",
)  # fmt: skip
CAUSES: Final = ("group", "baseline", "scenario", "difference", "mcse", "ci_low", "ci_high", "worlds")
MOVES: Final = ("iso3", "state", "act", "change", "baseline", "scenario")


class Beside(NamedTuple):
    """The scenario that is asked for, and its baseline; without one, ``why`` there is none to compare with."""

    scenario: str
    against: str | None
    why: str = ""


def beside(results: Results, scenario: str | None = None) -> Beside:
    """The scenario that is asked for beside the baseline, which is the first of the folder.

    By default it is the last scenario, or the baseline where there is no other. Raises InputError for a name that the
    folder does not hold.
    """
    names = results.manifest.names
    name = names[-1] if scenario is None else scenario
    check_known(name, names, file=results.place, key="scenario")
    if name == names[0]:
        return Beside(name, None, "it is the baseline")
    if name in contrasts(results.files, results.files).left_out:
        return Beside(name, None, f"it covers other weeks than {names[0]}")
    return Beside(name, names[0])


# ---- paired means


@dataclass(frozen=True, slots=True, eq=False)
class _Worlds:
    """The worlds that were finished under both scenarios, in rising order, and the posterior draw of each."""

    numbers: NDArray[np.int64]
    draws: NDArray[np.int64]

    def rows(self, worlds: NDArray[Any]) -> NDArray[np.int64]:
        """The row of each of these worlds; −1 for one that is not among them."""
        return pd.Index(self.numbers).get_indexer(pd.Index(worlds.astype(np.int64)))

    def first(self, worlds: int) -> _Worlds:
        """Those with a number below this."""
        kept = self.numbers < worlds
        return _Worlds(self.numbers[kept], self.draws[kept])


def _paired_worlds(results: Results, scenario: str, against: str | None) -> _Worlds:
    files = results.files
    found = pairs(files, scenario, files, against or scenario)
    numbers = files.dataset("worlds", scenario).to_table(columns=["world"])["world"].to_numpy()
    return _Worlds(numbers.astype(np.int64)[found.rows], found.draws)


def _paired(one: NDArray[Any], other: NDArray[Any], draws: NDArray[np.int64]) -> pd.DataFrame:
    """For each column of (worlds, numbers): both means, the mean difference, its error and 95 % interval."""
    worlds, columns = one.shape
    difference = one.astype(np.float64) - other
    labels, counts = np.unique(draws, return_counts=True)
    sums = DrawSums(dict(zip(labels.tolist(), counts.tolist(), strict=True)), columns)
    rows, which = np.nonzero(difference)
    sums.add(draws[rows], which, difference[rows, which])
    mean, error = sums.means(), sums.errors()
    half = half_width(1.0, len(labels) if len(labels) > 1 else worlds) * error
    none = np.full(columns, np.nan)
    return pd.DataFrame(
        {
            "baseline": other.mean(axis=0) if worlds else none,
            "scenario": one.mean(axis=0) if worlds else none,
            "difference": mean,
            "mcse": error,
            "ci_low": mean - half,
            "ci_high": mean + half,
        }
    )


def clear(table: pd.DataFrame) -> pd.Series:
    """Which differences have a 95 % interval that lies on one side of zero."""
    return (table["ci_low"] > 0.0) | (table["ci_high"] < 0.0)


# ---- state by state


def state_differences(
    results: Results, scenario: str, against: str | None, situation: Situation
) -> pd.DataFrame:
    """How much more or less often each third state acts by the end under the scenario than under the baseline.

    A row for each state in ISO3 order: `iso3`, `name`; `baseline`, `scenario` (the share of worlds in which it acts);
    their `difference` with its Monte Carlo error `mcse` and 95 % interval, `ci_low` to `ci_high`; `more`, `fewer` (the
    shares of worlds in which it acts under the scenario alone, or under the baseline alone); `worlds`. Without a
    baseline nothing is taken off: the difference is the share itself.
    """
    population = situation.population
    worlds = _paired_worlds(results, scenario, against)
    one = _acted(results, scenario, worlds, population.iso3)
    other = np.zeros_like(one) if against is None else _acted(results, against, worlds, population.iso3)
    table = _paired(one, other, worlds.draws)
    table.insert(0, "iso3", population.iso3)
    table.insert(1, "name", population.names)
    count = max(len(worlds.numbers), 1)
    return table.assign(
        more=(one > other).sum(axis=0) / count,
        fewer=(one < other).sum(axis=0) / count,
        worlds=len(worlds.numbers),
    )[list(STATES)]


def _acted(results: Results, scenario: str, worlds: _Worlds, iso3: tuple[str, ...]) -> NDArray[np.int8]:
    """Whether each state acts in each world, (worlds, states)."""
    acted = np.zeros((len(worlds.numbers), len(iso3)), dtype=np.int8)
    known = pd.Index(iso3)
    for piece in results.files.pieces("acts", ["world", "iso3"], scenario=scenario, where=ds.field("lead")):
        rows = worlds.rows(piece["world"].to_numpy())
        states = known.get_indexer(pd.Index(piece["iso3"].cast(pa.string()).to_pandas()))
        both = (rows >= 0) & (states >= 0)
        acted[rows[both], states[both]] = 1
    return acted


# ---- cause by cause


def cause_differences(
    results: Results, scenario: str, against: str | None, *, state: str | None = None
) -> pd.DataFrame:
    """What the acts of a world are due to, under the scenario and under the baseline.

    Each act is divided by its attribution (Shapley) among the causes; the parts of one cause are added up over a world.
    A row for each `group` of causes, and one for their sum: `baseline`, `scenario` (acts of a mean world that are due
    to it), `difference` with its Monte Carlo error `mcse` and 95 % interval, and `worlds`, those of which attributions
    were kept. With `state`, only the first act of this state counts, so the sum is the probability that it acts.
    Without a baseline nothing is taken off.
    """
    worlds = _paired_worlds(results, scenario, against).first(results.manifest.keep_attributions)
    one = _due(results, scenario, worlds, state)
    other = np.zeros_like(one) if against is None else _due(results, against, worlds, state)
    table = _paired(one, other, worlds.draws)
    table.insert(0, "group", [*(group.replace("_", " ") for group in GROUPS), ALL])
    return table.assign(worlds=len(worlds.numbers))[list(CAUSES)]


def _due(results: Results, scenario: str, worlds: _Worlds, state: str | None) -> NDArray[np.float64]:
    """The acts of each world that are due to each cause, and last their sum, (worlds, causes + 1)."""
    due = np.zeros((len(worlds.numbers), len(SHARES) + 1))
    where = ATTRIBUTED if state is None else ATTRIBUTED & (ds.field("iso3") == state)
    seen = np.zeros(len(worlds.numbers), dtype=bool)
    for piece in results.files.pieces("acts", ["world", "week", *SHARES], scenario=scenario, where=where):
        rows = piece.to_pandas()
        if state is not None:
            rows = rows.sort_values(["world", "week"], kind="stable").drop_duplicates("world")
        at = worlds.rows(rows["world"].to_numpy())
        kept = at >= 0 if state is None else (at >= 0) & ~seen[at]
        shares = rows[SHARES].to_numpy(dtype=np.float64)[kept]
        np.add.at(due, at[kept], np.column_stack([shares, np.ones(len(shares))]))
        seen[at[kept]] = True
    return due


# ---- one world


def act_differences(
    results: Results, scenario: str, against: str, world: int, situation: Situation
) -> pd.DataFrame:
    """The acts of one world that are gone, new or in another week under the scenario.

    A row for each: `iso3`, `state`, `act` (its number among the acts of its state, from 1), `change` (gone, new,
    earlier or later), and the Monday of its week under the `baseline` and under the `scenario`, blank where there is
    none. Acts that come in the same week under both are left out.
    """
    population, line = situation.population, situation.timeline
    names = dict(zip(population.iso3, population.names, strict=True))
    one, other = (_weeks(results, name, world) for name in (scenario, against))
    rows = []
    for iso3 in sorted({*one, *other}):
        ours, theirs = one.get(iso3, []), other.get(iso3, [])
        for number in range(max(len(ours), len(theirs))):
            mine = ours[number] if number < len(ours) else None
            base = theirs[number] if number < len(theirs) else None
            if mine == base:
                continue
            change = (
                "gone" if mine is None else "new" if base is None else "earlier" if mine < base else "later"
            )
            days = [pd.NaT if week is None else pd.Timestamp(line.monday(week)) for week in (base, mine)]
            rows.append((iso3, names[iso3], number + 1, change, *days))
    return pd.DataFrame(rows, columns=list(MOVES)).astype(dict.fromkeys(MOVES[4:], "datetime64[s]"))


def _weeks(results: Results, scenario: str, world: int) -> dict[str, list[int]]:
    """The weeks in which each state acts in one world, in their order."""
    where = ds.field("lead") & (ds.field("world") == world)
    table = results.files.dataset("acts", scenario).to_table(columns=["iso3", "week"], filter=where)
    weeks: dict[str, list[int]] = {}
    for row in table.to_pylist():
        weeks.setdefault(row["iso3"], []).append(row["week"])
    return {iso3: sorted(every) for iso3, every in weeks.items()}
