"""The record, counted as simulated worlds are: levels, cuts and embassies over the weeks of a scenario."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from maxpressure.base.errors import InputError, nearest
from maxpressure.base.numerics import Ints
from maxpressure.base.ties import FULL, NONE, TIE_INDEX, TIES
from maxpressure.experiments.schema import CATEGORIES, TALLIED
from maxpressure.model.case import Situation
from maxpressure.model.history import ceiling, recorded_history
from maxpressure.model.rows import ChangeRow

WEEKLY: Final = tuple(outcome for outcome in TALLIED if not outcome.endswith("_kusd"))
"""The weekly outcomes that a record has; trade was counted by quarters and years."""


class RecordedWorld(NamedTuple):
    """A world in which states did what is on record. N states, W weeks of the scenario's window.

    ``began`` (N, 6) are the levels when the window began, ``levels`` (W, N, 6) those at each week's end. ``cuts``
    (W, N) is how many ties each state cut in the week, and ``unlisted`` (N, 6) is 1 for ties that no count includes.
    ``changes`` has a row for each tie that moved.
    """

    began: Ints
    levels: Ints
    cuts: Ints
    unlisted: Ints
    changes: tuple[ChangeRow, ...]

    @property
    def acts_total(self) -> Ints:
        """Acts since the window began, at each week's end, (W,)."""
        total: Ints = (self.cuts > 0).sum(axis=1).cumsum()
        return total

    @property
    def ties_alive(self) -> Ints:
        """Listed ties above level 0 at each week's end, (W, 6)."""
        alive: Ints = ((self.levels > NONE) & (self.unlisted == 0)).sum(axis=1)
        return alive

    @property
    def embassies(self) -> Ints:
        """Diplomatic ties on the full level at each week's end, (W,)."""
        full: Ints = (self.levels[:, :, TIE_INDEX["diplomatic"]] == FULL).sum(axis=1)
        return full


def recorded_world(situation: Situation) -> RecordedWorld:
    """What is on record, replayed over a scenario's window. Nothing is drawn and no hazard computed."""
    line, population = situation.timeline, situation.population
    history = recorded_history(situation.record)
    index = {iso3: number for number, iso3 in enumerate(population.iso3)}
    moved: dict[int, list[str]] = {}
    for week, iso3 in sorted({*history.acts, *history.rises}):
        if iso3 in index:
            moved.setdefault(week, []).append(iso3)
    levels = population.start.astype(np.int64)
    began, tops = levels.copy(), [tuple(row) for row in levels.tolist()]
    ends = np.zeros((line.weeks - line.first, *levels.shape), dtype=np.int64)
    cuts = np.zeros(ends.shape[:2], dtype=np.int64)
    changes: list[ChangeRow] = []
    for week in range(line.weeks):
        if week == line.first:
            began = levels.copy()
            tops = [ceiling(row, situation.scenario.restoration.reach) for row in levels.tolist()]
        for iso3 in moved.get(week, ()):
            state = index[iso3]
            act, rise, _ = history.of(week, iso3, levels[state].tolist(), tops[state])
            moves = [*(("act", cut) for cut in act), *([] if rise is None else [("restoration", rise)])]
            for kind, (tie, before, after, _) in moves:
                levels[state, tie] = after
                if week >= line.first:
                    changes.append(ChangeRow(week, iso3, kind, tie, before, after, None, None))
            if week >= line.first:
                cuts[week - line.first, state] = len(act)
        if week >= line.first:
            ends[week - line.first] = levels
    return RecordedWorld(began, ends, cuts, population.unlisted.astype(np.int64), tuple(changes))


def record_as_world(situation: Situation) -> pd.DataFrame:
    """The record as a table of one world, with those outcomes of simulated worlds that a record has."""
    world = recorded_world(situation)
    lower = (world.levels[-1] < world.began).sum(axis=0).tolist()
    row = {
        "acts": int((world.cuts > 0).sum()),
        "cuts": int(world.cuts.sum()),
        "states_acted": int((world.cuts > 0).any(axis=0).sum()),
        **{f"cut_{tie}": count for tie, count in zip(TIES, lower, strict=True)},
        "embassies": int(world.embassies[-1]),
    }
    return pd.DataFrame([row])


# ---- in the shape of the results' own tables


def observed(situations: Mapping[str, Situation], until: dt.date, outcome: str) -> pd.DataFrame:
    """The record beside each scenario; see :meth:`maxpressure.results.results.Results.observed`.

    ``until`` is the last day that the record covers.
    """
    known = ("acts", *WEEKLY)
    if outcome not in known:
        allowed = f"one of {', '.join(known)}"
        allowed += "; customs figures of trade are in trade_totals.csv" if outcome in TALLIED else ""
        close = nearest(str(outcome), known)
        raise InputError(file="results", key="observed", given=outcome, allowed=allowed, nearest=close)
    make = _acts if outcome == "acts" else _weekly
    table = pd.concat(
        [make(name, one, until, outcome) for name, one in situations.items()], ignore_index=True
    )
    table["scenario"] = pd.Categorical(table["scenario"], categories=list(situations))
    return table.astype({"iso3": "category"}) if outcome == "acts" else table


def _weekly(scenario: str, situation: Situation, until: dt.date, outcome: str) -> pd.DataFrame:
    line, world = situation.timeline, recorded_world(situation)
    weeks = [week for week in range(line.first, line.weeks) if line.monday(week) <= until]
    ties = dict(zip((f"ties_{tie}" for tie in TIES), world.ties_alive.T, strict=True))
    values = {"acts_total": world.acts_total, "embassies": world.embassies, **ties}[outcome]
    return pd.DataFrame(
        {
            "scenario": scenario,
            "week": np.array(weeks, dtype=np.int64),
            "date": _dates([line.monday(week) for week in weeks]),
            "observed": values[: len(weeks)],
        }
    )


def _acts(scenario: str, situation: Situation, until: dt.date, _: str) -> pd.DataFrame:
    line = situation.timeline
    rows = [row for row in recorded_world(situation).changes if line.monday(row.week) <= until]
    table = pd.DataFrame(rows, columns=list(ChangeRow._fields)).drop(columns=["lead", "attribution"])
    table["tie"] = [TIES[tie] for tie in table["tie"]]
    for name in ("kind", "tie"):
        table[name] = pd.Categorical(table[name], categories=list(CATEGORIES[name]))
    table = table.astype({"week": "int16", "level_before": "int8", "level_after": "int8"})
    table.insert(1, "date", _dates([line.monday(row.week) for row in rows]))
    table.insert(0, "scenario", scenario)
    return table


def _dates(days: list[dt.date]) -> pd.Series:
    return pd.Series(pd.to_datetime(days)).astype("datetime64[ms]")
