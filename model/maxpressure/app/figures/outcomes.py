"""The outcomes that the page shows week by week: their words, their numbers in simulated worlds, and on record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from maxpressure.engine.chunks import Simulated
from maxpressure.engine.record import ACT, Output
from maxpressure.evidence.customs import BASE, ratio_of, span_of
from maxpressure.model.case import Case, Situation
from maxpressure.results.recorded import RecordedWorld
from maxpressure.results.weekly import DAY, HUNDRED

Numbers = NDArray[Any]
ALL_TRADE: Final = "total"
"""The flow of ``trade_totals.csv`` that counts all trade."""

NEVER: Final = -1
"""The week of an act that does not come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One outcome; ``scale`` turns the table's number into the unit shown, ``decimals`` are those worth reading."""

    key: str
    label: str
    unit: str
    decimals: int
    weekly: Callable[[Output, Numbers], Numbers]
    """From the output of W worlds and the weeks of first acts (W, N) to the outcome at each week's end, (W, weeks)."""
    start: float | None = None
    """Its value as the window begins, where all worlds have it by definition."""
    hint: str = ""

    @property
    def digits(self) -> int:
        """Decimals that are sent."""
        return self.decimals + 3 if self.decimals else 0


def _whole(column: int) -> Callable[[Output, Numbers], Numbers]:
    return lambda output, _: output.week_ints[:, :, column]


def _share(column: int) -> Callable[[Output, Numbers], Numbers]:
    return lambda output, _: output.week_floats[:, :, column]


def _states(output: Output, first: Numbers) -> Numbers:
    """How many states have acted by each week's end."""
    worlds, weeks = output.week_ints.shape[:2]
    began = np.zeros((worlds, weeks), dtype=np.int32)
    world, state = np.nonzero(first != NEVER)
    np.add.at(began, (world, first[world, state]), 1)
    return began.cumsum(axis=1)


OUTCOMES: Final = {
    one.key: one
    for one in (
        Outcome(
            key="acts",
            label="Acts of breaking off",
            unit="acts, counted up",
            decimals=0,
            weekly=_whole(4),
            start=0,
            hint="A state’s decision in one week to lower one or more of its ties.",
        ),
        Outcome(
            key="states_acted",
            label="States that acted",
            unit="states, counted up",
            decimals=0,
            weekly=_states,
            start=0,
            hint="Third states with at least one act.",
        ),
        Outcome(
            key="embassies",
            label="Embassies with an ambassador",
            unit="embassies",
            decimals=0,
            weekly=_whole(11),
            hint="Diplomatic ties on the full level.",
        ),
        Outcome(
            key="trade_left",
            label="Trade left",
            unit="% of base-year trade",
            decimals=1,
            weekly=lambda output, _: 100.0 * (1.0 - output.week_floats[:, :, 7]),
            hint="Trade at a yearly rate, after leaks and backfill. Customs count by quarters and years, not by weeks.",
        ),
        Outcome(
            key="hhi",
            label="Concentration of trade",
            unit="Herfindahl index, 0 to 1",
            decimals=2,
            weekly=_share(8),
            hint="The sum of the partners’ squared shares of trade: 1 with a single partner.",
        ),
        Outcome(
            key="first_patron_share",
            label="{patron}’s share of trade",
            unit="share of trade, 0 to 1",
            decimals=2,
            weekly=_share(10),
            hint="The share of the first patron in all trade.",
        ),
    )
}  # fmt: skip
"""By their names in the tables of results, in the order of the page."""


def first_acts(simulated: Simulated, situation: Situation) -> NDArray[np.int32]:
    """The week of each state's first act in each world (W, N), from the window's first week on; NEVER without one."""
    output, never = simulated.output, np.iinfo(np.int32).max
    world, week, index, kind = output.changes[: simulated.changes, :4].T
    acted = kind == ACT
    first = np.full((len(output.week_ints), len(situation.population.iso3)), never, dtype=np.int32)
    np.minimum.at(
        first, (world[acted] - simulated.first, index[acted]), week[acted] - situation.timeline.first
    )
    return np.where(first == never, NEVER, first).astype(np.int32)


def weeks_of_first(first: NDArray[np.int32], situation: Situation) -> dict[str, list[list[int]]]:
    """For each state that acts in any world, pairs of a week and the worlds in which its first act fell in it."""
    counts = np.zeros((first.shape[1], situation.timeline.weeks - situation.timeline.first), dtype=np.int64)
    world, state = np.nonzero(first != NEVER)
    np.add.at(counts, (state, first[world, state]), 1)
    found: dict[str, list[list[int]]] = {}
    index, week = np.nonzero(counts)
    for state_, week_, count in zip(index.tolist(), week.tolist(), counts[index, week].tolist(), strict=True):
        found.setdefault(situation.population.iso3[state_], []).append([week_, count])
    return found


def observed_weeks(situation: Situation, until: dt.date) -> int:
    """How many weeks of the window the record covers."""
    line = situation.timeline
    return sum(1 for week in range(line.first, line.weeks) if line.monday(week) <= until)


def observed(key: str, world: RecordedWorld, weeks: int) -> list[int] | None:
    """An outcome on record, as the window begins and at each week's end; None where no week was counted."""
    if key == "acts":
        return [0, *world.acts_total[:weeks].tolist()]
    if key == "states_acted":
        acted = (world.cuts > 0).cumsum(axis=0) > 0
        return [0, *acted.sum(axis=1)[:weeks].tolist()]
    if key == "embassies":
        return [embassies_at_start(world), *world.embassies[:weeks].tolist()]
    return None


def embassies_at_start(world: RecordedWorld) -> int:
    """Embassies as the window begins, which all worlds share with the record."""
    return int(world._replace(levels=world.began[np.newaxis]).embassies[0])


def observed_figures(case: Case, situation: Situation) -> list[dict[str, Any]]:
    """What customs counted of all trade by quarters or years, in per cent of the reporter's own base year."""
    line, totals = situation.timeline, case.evidence.trade_totals
    start, end = line.monday(line.first), line.monday(line.weeks)
    found = []
    for row in totals:
        first, last = span_of(row.period)
        if row.flow == ALL_TRADE and row.period != BASE and first < end and last >= start:
            found.append(
                {
                    "since": first.isoformat(),
                    "until": (last + DAY).isoformat(),
                    "value": round(HUNDRED * ratio_of(row, totals), 3),
                    "words": f"{row.reporter}, {row.period.replace('..', ' to ')}",
                }
            )
    return found
