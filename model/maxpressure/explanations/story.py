"""One world told as a dated list: what came from outside, who acted and why, what came back, how it ended."""

from __future__ import annotations

import datetime as dt
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from maxpressure.base.cautions import CONTAGION
from maxpressure.base.text import markdown
from maxpressure.base.ties import TIES
from maxpressure.evidence.parameters import ParameterSet
from maxpressure.evidence.schema import PROVOCATIONS
from maxpressure.experiments.schema import OUTCOMES
from maxpressure.explanations.attribution import UPPER_BOUND, in_words
from maxpressure.explanations.rerun import Conditions, conditions
from maxpressure.model.case import Case
from maxpressure.model.inputs import ADDRESSED, REQUESTS, DatedInput, edited_inputs
from maxpressure.model.recorder import CHANGES, ChangeRow, flat
from maxpressure.model.world import World
from maxpressure.report.summary import table_lines
from maxpressure.results.recorded_world import record_as_world
from maxpressure.results.results import Results

LEVELS: Final = "Levels: 3 full, 2 reduced, 1 residual, 0 none."
COLUMNS: Final = ("week", "date", "kind", "who", "text")
FLOWS: Final = {"exports": "its exports", "imports": "its imports"}
"""What a resolution may forbid besides ties."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Story:
    """What happened in one world of a result folder, and how it ended.

    ``entries`` has a row for each input, act, restoration and attrition in the order of weeks: the week's number,
    the day (of what a state does, the Monday of its week), what kind of entry it is, the ISO3 codes of the states
    concerned, and the sentence. ``outcomes`` lays the world beside the record.
    """

    given: Conditions
    number: int
    entries: pd.DataFrame
    outcomes: pd.DataFrame

    def __repr__(self) -> str:
        return f"<Story of world {self.number} under {self.given.name} in {self.given.results.place}>"

    def _repr_markdown_(self) -> str:
        """What a notebook shows."""
        return self.page()

    @property
    def title(self) -> str:
        """Which world this is."""
        return f"World {self.number} under {self.given.name}: {self.given.scenario.title}"

    def lines(self, width: int = 100) -> list[str]:
        """The story for a terminal: under each week its inputs on their days, then what states did."""
        told = []
        for week, entries in self.entries.groupby("week"):
            told.append(f"Week of {self.given.situation.timeline.monday(int(str(week)))}")
            for entry in entries.itertuples():
                told += _hung(f"  {_when(entry)} ", str(entry.text), width)
        wide = max(map(len, self.outcomes["outcome"]))
        rows = [("", "this world", "record"), *self.outcomes.itertuples(index=False)]
        ends = [f"{words.ljust(wide)}{here:>14}{record:>10}" for words, here, record in rows]
        notes = [line for note in self.notes() for line in _hung("", note, width)]
        return [self.title, "", *told, "", *ends, "", *notes]

    def page(self) -> str:
        """The story in Markdown."""
        told = [f"# {self.title}\n"]
        for week, entries in self.entries.groupby("week"):
            told.append(f"\n**Week of {self.given.situation.timeline.monday(int(str(week)))}**\n")
            told += [f"- {_when(entry).strip()} {entry.text}" for entry in entries.itertuples()]
        notes = "\n\n".join(self.notes())
        return "\n".join([*told, "\n## How it ended\n", markdown(self.outcomes), notes]) + "\n"

    def notes(self) -> list[str]:
        """How to read it and what it rests on."""
        draw, draws = self.number % len(self.given.draws), len(self.given.draws)
        legend = (
            f"→ is what a state did in the week, without a day of its own. {LEVELS} In brackets: shares of the hazard "
            "in the week of an act (its account); “who it is” is what would be left of it without any cause that moves."
        )
        seed = self.given.seed
        simulated = (
            f"Lived again from seed {seed} and draw {draw} of {draws}, to the last bit as the folder has it."
        )
        return [legend, UPPER_BOUND, CONTAGION, simulated]


def _when(entry: Any) -> str:
    """The day of an input, an arrow before what a state did."""
    return "     →" if entry.kind in CHANGES else f"{entry.date:%d %b}"


def _hung(first: str, words: str, width: int) -> list[str]:
    """Words wrapped below their beginning."""
    return textwrap.wrap(
        words, width, initial_indent=first, subsequent_indent=" " * len(first), break_on_hyphens=False
    )


def story(
    results: Results,
    world: int,
    *,
    scenario: str | None = None,
    case: Case | None = None,
    parameters: str | Path | ParameterSet | None = None,
) -> Story:
    """The story of one world of the results, by its number, under a scenario, by default the first.

    The world is lived again and must come out as the folder's rows say, to the last bit; raises InputError otherwise.
    """
    given = conditions(results, scenario, case=case, parameters=parameters)
    return story_of(given, given.relived(world))


def story_of(given: Conditions, world: World) -> Story:
    """The story of a world that has been lived again."""
    rows = [*_inputs(given, world), *_changes(given, world)]
    order = {kind: place + 1 for place, kind in enumerate(CHANGES)}
    rows.sort(key=lambda row: (row[0], order.get(row[2], 0), row[1]))
    return Story(
        given=given,
        number=world.number,
        entries=pd.DataFrame(rows, columns=list(COLUMNS)),
        outcomes=_outcomes(given, world),
    )


# ---- what came from outside

Row = tuple[int, dt.date, str, str, str]


def _inputs(given: Conditions, world: World) -> Iterator[Row]:
    """The week's inputs that the model feels, each on its own day."""
    line, assumptions = given.situation.timeline, given.case.assumptions
    steps = {step.name: step.adds for step in assumptions.campaign}
    names = dict(zip(given.situation.population.iso3, given.situation.population.names, strict=True))
    for one in edited_inputs(given.case.evidence, assumptions, given.scenario).inputs:
        week = (one.date - line.origin).days // 7
        if not line.first <= week < line.weeks:
            continue
        effects = _effects(one, names, steps.get(one.name, 0.0), given.scenario.requests.lag_weeks)
        if effects:
            who = ", ".join(target for target in one.targets if target in names)
            yield week, one.date, one.kind, who, f"{one.name}: {'; '.join(effects)}"
    for week, magnitude in world.tests.items():
        if magnitude > 0.0:
            yield week, line.monday(week), "test", "", f"Tests that luck brings, of magnitude {magnitude:g}"


def _effects(one: DatedInput, names: Mapping[str, str], adds: float, late: int) -> list[str]:
    """What an input does in the model, in words; empty for one that nobody feels."""
    asked = ", ".join(names[target] for target in one.targets if target in names)
    effects = []
    if one.kind in PROVOCATIONS and one.strength > 0.0:
        effects.append(f"a test of magnitude {one.strength:g}")
    if one.kind in ("thaw", "summit") and one.strength > 0.0:
        effects.append(f"engagement of weight {one.strength:g}")
    if one.forbids:
        shares = [f"{FLOWS.get(name, name)} {100 * share:.0f} %" for name, share in one.forbids]
        effects.append(f"the Council forbids more of {', '.join(shares)}")
    words = _address(one)
    if asked and words and one.strength > 0.0:
        weight = f" (weight {one.strength:g})" if one.strength != 1.0 else ""
        felt = f" (felt {late} week(s) later)" if late and one.kind in ADDRESSED else ""
        effects.append(f"{words} {asked}{weight}{felt}")
    if adds:
        effects.append(f"the campaign {'grows' if adds > 0 else 'shrinks'} by {abs(adds * one.factor):g}")
    return effects


def _address(one: DatedInput) -> str:
    """What an input does to the states it names."""
    if one.kind in ADDRESSED:
        return "asks" if one.kind in REQUESTS else "names"
    return {"incident": "an incident with", "target_outreach": "courts"}.get(one.kind, "")


# ---- what states did


def _changes(given: Conditions, world: World) -> Iterator[Row]:
    """The acts with their causes, the ties that came back, the routes that thinned."""
    population, line = given.situation.population, given.situation.timeline
    names = dict(zip(population.iso3, population.names, strict=True)) | {
        one.iso3: one.name for one in population.patrons
    }
    together: dict[tuple[int, str, str], list[ChangeRow]] = {}
    for row in world.recorder.changes:
        together.setdefault((row.week, row.iso3, row.kind), []).append(row)
    for (week, iso3, kind), rows in together.items():
        yield week, line.monday(week), kind, iso3, _told(names[iso3], kind, rows)


def _told(name: str, kind: str, rows: list[ChangeRow]) -> str:
    """What one state did in a week."""
    ties = ", ".join(f"{TIES[row.tie]} {row.level_before} → {row.level_after}" for row in rows)
    if kind == "act":
        attribution = rows[0].attribution
        return f"{name} cuts {ties}: {in_words(attribution) if attribution else 'no attribution'}"
    return f"{name}: {ties}, {'restored' if kind == 'restoration' else 'thinned for want of trade'}"


def _outcomes(given: Conditions, world: World) -> pd.DataFrame:
    """How the world ended, beside the record."""
    row = dict(zip(OUTCOMES, flat(world.recorder.world_row()), strict=True))
    ended, record = pd.DataFrame([row]), record_as_world(given.situation)
    rows = table_lines(given.situation.population.patrons[0].name, given.case.base_year)
    return pd.DataFrame(
        [
            {
                "outcome": line.words,
                "this_world": f"{line.of(ended).iloc[0]:,.0f}",
                "record": line.once(record),
            }
            for line in rows
        ]
    )
