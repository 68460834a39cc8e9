"""What a notebook shows of a world: the week, the acts so far and the latest cuts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from maxpressure.base.shown import Sheet
from maxpressure.base.text import day_text, plural
from maxpressure.base.ties import LEVEL_WORDS, TIES
from maxpressure.model.agents import State, Surroundings
from maxpressure.model.rows import ChangeRow

LATEST: Final = 10
"""Cuts that are shown."""


def sheet_of(world: Surroundings, states: Sequence[State], changes: Sequence[ChangeRow]) -> Sheet:
    """The week, the acts so far, the latest cuts and what can be done next."""
    line, over = world.situation.timeline, world.week >= world.situation.timeline.weeks
    acted = [state for state in states if state.acts]
    acts = sum(state.acts for state in acted)
    population = world.situation.population
    names = dict(zip(population.iso3, population.names, strict=True))
    cuts = [row for row in changes if row.kind == "act"][-LATEST:]
    weeks = plural(world.week - line.first, "week")
    return Sheet(
        title=f"World {world.number} of {world.situation.scenario.name}, seed {world.seed}",
        facts=[
            ("date", f"{day_text(line.monday(world.week))}, after {weeks} of {line.weeks - line.first}"),
            ("acts so far", f"{acts}, by {plural(len(acted), 'state')} of {len(states)}"),
        ],
        head=("latest cuts: week of", "state", "tie", "level"),
        rows=[
            (
                line.monday(row.week).isoformat(),
                names.get(row.iso3, row.iso3),
                TIES[row.tie],
                f"{LEVEL_WORDS[row.level_before]} → {LEVEL_WORDS[row.level_after]}",
            )
            for row in reversed(cuts)
        ],
        notes=[
            "It is over. .states are its agents, .recorder.changes all that moved."
            if over
            else "Next: .step() simulates a week, .run() all that are left; .states are its agents."
        ],
        words=4,
    )
