"""Each state over the worlds of a scenario: when it had acted, which levels are left, what its acts were due to.

The acts are read a chunk of worlds at a time, so memory does not grow with the number of worlds.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow.dataset as ds
from numpy.typing import NDArray

from maxpressure.model.case import Situation
from maxpressure.model.rules import GROUPS
from maxpressure.results.recorded import recorded_world
from maxpressure.results.results import Results
from maxpressure.results.statistics import DrawSums

FINE = ds.field("status") == "fine"
MOVED = ("draw", "world", "iso3", "week", "level_before", "level_after", "lead")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fates:
    """The third states of a scenario, in ISO3 order, over its `worlds` that did not fail.

    `states` has a row for each: iso3, name, chance (the share of worlds in which it acted by the end) and its
    Monte Carlo error, levels_start and levels_left (the sum over its six ties, mean over worlds) and the error, and
    acts_on_record within the window. `acted` (states, weeks) is the share of worlds in which it had acted
    by the end of each week; `days` are the Mondays after those weeks.
    """

    states: pd.DataFrame
    acted: NDArray[np.float64]
    days: tuple[dt.date, ...]
    worlds: int

    def weekly(self) -> pd.DataFrame:
        """A row for each state and week: iso3, name, date (the Monday after), acted, worlds."""
        named = self.states[["iso3", "name"]]
        long = named.loc[named.index.repeat(len(self.days))].reset_index(drop=True)
        long["date"] = pd.to_datetime(list(self.days) * len(named))
        return long.assign(acted=self.acted.ravel(), worlds=self.worlds)


def fates(results: Results, scenario: str, situation: Situation) -> Fates:
    """The acts and levels of each third state in the worlds of one scenario."""
    population, line = situation.population, situation.timeline
    index = {iso3: number for number, iso3 in enumerate(population.iso3)}
    draws = _worlds_by_draw(results, scenario)
    chance, moved = DrawSums(draws, len(index)), DrawSums(draws, len(index))
    firsts = np.zeros((len(index), line.weeks - line.first))
    for rows in results.files.pieces("acts", MOVED, scenario=scenario):
        table = rows.to_pandas()
        table = table[table["iso3"].isin(index)]
        acts = table[table["lead"].notna()].groupby(["draw", "world", "iso3"], observed=True)["week"].min()
        _add(chance, acts * 0 + 1, index)
        codes = acts.index.get_level_values("iso3").map(index)
        np.add.at(firsts, (np.asarray(codes, dtype=int), acts.to_numpy() - line.first), 1.0)
        steps = table.assign(step=table["level_after"] - table["level_before"])
        _add(moved, steps.groupby(["draw", "world", "iso3"], observed=True)["step"].sum(), index)
    began = recorded_world(situation).began.sum(axis=1)
    on_record = [act.iso3 for act in situation.record.acts if line.first <= act.week < line.weeks]
    states = pd.DataFrame(
        {
            "iso3": population.iso3,
            "name": population.names,
            "chance": chance.means(),
            "chance_error": chance.errors(),
            "levels_start": began,
            "levels_left": began + moved.means(),
            "levels_error": moved.errors(),
            "acts_on_record": [on_record.count(iso3) for iso3 in population.iso3],
        }
    )
    days = tuple(line.monday(week + 1) for week in range(line.first, line.weeks))
    worlds = sum(draws.values())
    return Fates(states=states, acted=firsts.cumsum(axis=1) / max(worlds, 1), days=days, worlds=worlds)


def _worlds_by_draw(results: Results, scenario: str) -> dict[int, int]:
    """How many worlds of each parameter draw did not fail."""
    draws = results.files.dataset("worlds", scenario).to_table(columns=["draw"], filter=FINE)["draw"]
    numbers, counts = np.unique(draws.to_numpy(), return_counts=True)
    return dict(zip(numbers.tolist(), counts.tolist(), strict=True))


def _add(sums: DrawSums, numbers: pd.Series, index: Mapping[str, int]) -> None:
    """Add a number for each draw, world and state; those that are not named are zero."""
    draws = numbers.index.get_level_values("draw").to_numpy()
    codes: Any = numbers.index.get_level_values("iso3").map(index)
    sums.add(draws, np.asarray(codes, dtype=int), numbers.to_numpy(dtype=np.float64))


SHARES: Final = [f"share_{group}" for group in GROUPS]
ATTRIBUTED: Final = ds.field("lead") & ds.field(SHARES[0]).is_valid()
"""One row of each act of which an attribution was kept."""


GROUP_WORDS: Final = {
    "shock": "provocations",
    "mandate": "Council mandates",
    "request": "requests",
    "campaign": "the general campaign",
    "peers": "peers’ acts",
    "own acts": "own earlier acts",
    "incident": "incidents",
    "engagement": "engagement",
    "baseline": "baseline",
}
"""The names of the groups of causes in tables and pictures."""


def attribution_table(results: Results, scenario: str) -> pd.DataFrame:
    """The mean attribution of a scenario's acts by month and group of causes.

    Columns: month (its first day; an act belongs to the month in which its week begins), group, share (the mean
    over the month's acts; the shares of a month add up to 1), acts (in all worlds), acts_per_world (the part of
    a world's acts in this month that is due to the group) and worlds, those whose attributions were kept.
    """
    sums: dict[pd.Timestamp, np.ndarray] = {}
    for rows in results.files.pieces("acts", ["date", *SHARES], scenario=scenario, where=ATTRIBUTED):
        table = rows.to_pandas(date_as_object=False)
        months = table["date"].dt.to_period("M").dt.to_timestamp()
        for month, own in table.groupby(months)[SHARES]:
            total = np.array([*own.sum().to_numpy(), float(len(own))])
            sums[month] = sums.get(month, 0.0) + total
    worlds = _attributed_worlds(results, scenario)
    return pd.DataFrame(
        [
            {
                "month": month,
                "group": group.replace("_", " "),
                "share": total[index] / total[-1],
                "acts": int(total[-1]),
                "acts_per_world": total[index] / worlds,
                "worlds": worlds,
            }
            for month, total in sorted(sums.items())
            for index, group in enumerate(GROUPS)
        ],
        columns=["month", "group", "share", "acts", "acts_per_world", "worlds"],
    )


def _attributed_worlds(results: Results, scenario: str) -> int:
    """How many worlds have attributions of their acts: the first so many, but for those that failed."""
    kept = (ds.field("status") == "fine") & (ds.field("world") < results.manifest.keep_attributions)
    return int(results.files.dataset("worlds", scenario).count_rows(filter=kept))
