"""The record, counted as simulated worlds are: levels, cuts and embassies over the weeks of a scenario."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from maxpressure.base.numerics import Ints
from maxpressure.base.ties import FULL, NONE, TIE_INDEX, TIES
from maxpressure.model.case import Situation
from maxpressure.model.history import ceiling, recorded_history


class RecordedWorld(NamedTuple):
    """A world in which states did what is on record. N states, W weeks of the scenario's window.

    ``began`` (N, 6) are the levels when the window began, ``levels`` (W, N, 6) those at each week's end. ``cuts``
    (W, N) is how many ties each state cut in the week, and ``unlisted`` (N, 6) is 1 for ties that no count includes.
    """

    began: Ints
    levels: Ints
    cuts: Ints
    unlisted: Ints

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
    for week in range(line.weeks):
        if week == line.first:
            began = levels.copy()
            tops = [ceiling(row, situation.scenario.restoration.reach) for row in levels.tolist()]
        for iso3 in moved.get(week, ()):
            state = index[iso3]
            act, rise, _ = history.of(week, iso3, levels[state].tolist(), tops[state])
            for change in (*act, *(() if rise is None else (rise,))):
                levels[state, change.tie] = change.after
            if week >= line.first:
                cuts[week - line.first, state] = len(act)
        if week >= line.first:
            ends[week - line.first] = levels
    return RecordedWorld(began, ends, cuts, population.unlisted.astype(np.int64))


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
