"""The story of one world: a dated list of its inputs, of which states acted and why, and of how it ended."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pyarrow.dataset as ds

from maxpressure.base.cautions import CONTAGION, REQUESTS
from maxpressure.base.shown import Shown
from maxpressure.base.text import DASH, as_markdown, cells, columns, joined, markdown, wrapped
from maxpressure.base.ties import TIES
from maxpressure.evidence.parameters import ParameterSet
from maxpressure.evidence.schema import PROVOCATIONS
from maxpressure.experiments.schema import OUTCOMES
from maxpressure.explanations.attribution import BASELINE, LEVELS, in_words
from maxpressure.explanations.cascades import Cascade
from maxpressure.explanations.rerun import Conditions, conditions
from maxpressure.model.case import Case
from maxpressure.model.inputs import ADDRESSED, DatedInput, edited_inputs
from maxpressure.model.inputs import REQUESTS as REQUEST_KINDS
from maxpressure.model.rows import CHANGES, ChangeRow, flat
from maxpressure.model.world import World
from maxpressure.report.summary import table_lines
from maxpressure.results.beside import act_differences
from maxpressure.results.recorded import record_as_world
from maxpressure.results.results import Results

COLUMNS: Final = ("week", "date", "kind", "states", "text")
FLOWS: Final = {"exports": "its exports", "imports": "its imports"}
"""What a resolution may forbid besides ties."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Story(Shown):
    """What happened in one world of a result folder, and how it ended.

    Attributes
    ----------
    given : Conditions
        The scenario, its parameters and its results.
    number : int
        The world.
    entries : pandas.DataFrame
        A row for each input, act, restoration and attrition in the order of weeks: `week`, `date` (of what a state
        does, the Monday of its week), `kind`, `states` (the ISO3 codes of those concerned) and `text`, a sentence.
    outcomes : pandas.DataFrame
        The world beside the record: `outcome`, `this_world`, `record`; and `baseline`, the same world under the
        baseline, where the scenario has one beside it.
    beside : pandas.DataFrame or None
        The acts that are gone, new, earlier or later than in the same world under the baseline; None without one.
    """

    given: Conditions
    number: int
    entries: pd.DataFrame
    outcomes: pd.DataFrame
    beside: pd.DataFrame | None = None

    def __repr__(self) -> str:
        return f"<Story of world {self.number} under {self.given.name} in {self.given.results.place}>"

    @property
    def title(self) -> str:
        """Which world this is."""
        return f"World {self.number} under {self.given.name}: {self.given.scenario.title}"

    @property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """The entries, the outcomes and, beside a baseline, the acts that differ."""
        tables = {"story": self.entries, "outcomes": self.outcomes}
        return tables if self.beside is None else tables | {"beside": self.beside}

    def text(self, width: int = 100) -> str:
        """The story for a terminal: under each week its inputs on their days, then what states did."""
        lines = []
        for week, entries in self.entries.groupby("week"):
            lines.append(f"Week of {self.given.situation.timeline.monday(int(str(week)))}")
            for entry in entries.itertuples():
                first = f"  {_when(entry)} "
                lines += wrapped(str(entry.text), width, first=first, indent=" " * len(first))
        head = ["" if name == "outcome" else str(name).replace("_", " ") for name in self.outcomes]
        ends = columns([head, *self.outcomes.itertuples(index=False)])
        moved = [*wrapped(self._moved(), width, indent=""), *columns(cells(self._moves()), width), ""]
        below = moved if self.beside is not None else []
        notes = wrapped(self._notes(), width, indent="")
        return "\n".join([self.title, "", *lines, "", *ends, "", *below, *notes])

    def markdown(self) -> str:
        """The story as a page in Markdown."""
        lines = [f"# {as_markdown(self.title)}\n"]
        for week, entries in self.entries.groupby("week"):
            lines.append(f"\n**Week of {self.given.situation.timeline.monday(int(str(week)))}**\n")
            lines += [
                f"- {_when(entry).strip()} {as_markdown(str(entry.text))}" for entry in entries.itertuples()
            ]
        notes = "\n\n".join(map(as_markdown, self._notes()))
        moved = []
        if self.beside is not None:
            table = [markdown(self._moves())] if len(self.beside) else []
            moved = [
                f"## Beside {as_markdown(str(self.given.against))}\n",
                f"{as_markdown(self._moved())}\n",
                *table,
            ]
        return "\n".join([*lines, "\n## How it ended\n", markdown(self.outcomes), *moved, notes]) + "\n"

    def save(self, folder: str | Path, *, force: bool = False, cascade: Cascade | None = None) -> Path:
        """Write page, tables and ``explain.json``, with the world's cascades if given, into a folder; returns it.

        Raises InputError where the folder holds anything else, or, without ``force``, another explanation.
        """
        page, tables = self.markdown(), dict(self.tables)
        pictures: dict[str, Any] = {}
        if cascade is not None:
            page += f"\n{cascade.markdown()}"
            tables |= cascade.tables
            pictures |= cascade.pictures()
        what = {"world": self.number}
        return self.given.write(folder, what, {"story.md": page}, tables, pictures, force=force)

    def _moved(self) -> str:
        """How many acts differ from the same world under the baseline."""
        counts = pd.Series([], dtype=str) if self.beside is None else self.beside["change"]
        listed = [f"{int((counts == one).sum())} {one}" for one in ("gone", "new", "earlier", "later")]
        return (
            f"Beside world {self.number} under {self.given.against}, which uses the same random numbers: "
            f"{joined(listed)}; all other acts come in the same week."
        )

    def _moves(self) -> pd.DataFrame:
        """The acts that differ, in words."""
        moves = pd.DataFrame() if self.beside is None else self.beside
        if moves.empty:
            return pd.DataFrame()
        act = [
            name if number == 1 else f"{name} (act {number})"
            for name, number in zip(moves["state"], moves["act"], strict=True)
        ]
        days = {
            column: moves[column].dt.strftime("%Y-%m-%d").fillna(DASH) for column in ("baseline", "scenario")
        }
        return pd.DataFrame({"act": act, "change": moves["change"], **days})

    def _notes(self) -> list[str]:
        """How to read it and what it rests on."""
        draw, draws = self.number % len(self.given.draws), len(self.given.draws)
        return [
            (
                f"→ is what a state did in the week, without a day of its own. {LEVELS} In brackets: shares of the "
                f"hazard in the week of an act (its attribution). {BASELINE}"
            ),
            REQUESTS,
            CONTAGION,
            f"Simulated again from seed {self.given.seed}, posterior draw {draw} of {draws}; equal to the last bit.",
        ]


def _when(entry: Any) -> str:
    """The day of an input, an arrow before what a state did."""
    return "     →" if entry.kind in CHANGES else f"{entry.date:%d %b}"


def story(
    results: Results | str | Path,
    world: int,
    *,
    scenario: str | None = None,
    case: Case | None = None,
    parameters: str | Path | ParameterSet | None = None,
) -> Story:
    """What happened in one world of the results, week by week, and why.

    The world is simulated again and must equal the folder's rows, to the last bit.

    Parameters
    ----------
    results
        A folder of results: its path, or opened by :func:`load`, or just run.
    world
        The number of the world, from 0.
    scenario
        Which scenario of the folder; by default the last. The first is the baseline, which stands beside it.
    case
        The case; by default the shipped one.
    parameters
        What the run was given; needed only where these were neither shipped nor a single set.

    Returns
    -------
    Story
        A table of dated entries and the world's outcomes beside the record.

    Raises
    ------
    InputError
        For a world that is not in the folder or failed, and where it cannot be repeated to the last bit.

    Examples
    --------
    >>> import maxpressure as mp, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     results = mp.run("max-pressure-2017", worlds=1, out=f"{folder}/results", progress=False)
    ...     found = mp.story(results, 0)
    >>> print(found.text().splitlines()[2])
    Week of 2016-01-04
    """
    given = conditions(results, scenario, case=case, parameters=parameters)
    return story_of(given, given.simulated_again(world))


def story_of(given: Conditions, world: World) -> Story:
    """The story of a world that was simulated again."""
    rows = [*_inputs(given, world), *_changes(given, world)]
    order = {kind: rank for rank, kind in enumerate(CHANGES, start=1)}
    rows.sort(key=lambda row: (row[0], order.get(row[2], 0), row[1]))
    against, results = _finished_too(given, world.number), given.results
    return Story(
        given=given,
        number=world.number,
        entries=pd.DataFrame(rows, columns=list(COLUMNS)),
        outcomes=_outcomes(given, world, against),
        beside=act_differences(results, given.name, against, world.number, given.situation)
        if against
        else None,
    )


def _finished_too(given: Conditions, number: int) -> str | None:
    """The baseline beside the scenario, where it has this world and finished it."""
    if given.against is None:
        return None
    there = (ds.field("world") == number) & (ds.field("status") == "fine")
    return (
        given.against
        if given.results.files.dataset("worlds", given.against).count_rows(filter=there)
        else None
    )


# ---- inputs

Row = tuple[int, dt.date, str, str, str]


def _inputs(given: Conditions, world: World) -> Iterator[Row]:
    """The inputs that have an effect in the model, each on its day, a contact with its requests of the week."""
    line, assumptions = given.situation.timeline, given.case.assumptions
    steps = {step.name: step.adds for step in assumptions.campaign}
    names = dict(zip(given.situation.population.iso3, given.situation.population.names, strict=True))
    together: dict[tuple[int, str], list[DatedInput]] = {}
    for one in edited_inputs(given.case.evidence, assumptions, given.scenario).inputs:
        week = (one.date - line.origin).days // 7
        if line.first <= week < line.weeks:
            together.setdefault((week, one.contact or one.name), []).append(one)
    evidence = given.case.evidence
    senders = {row.request_id: evidence.state(row.sender).name for row in evidence.requests}
    for (week, name), inputs in together.items():
        effects = _effects(inputs, names, steps, given.scenario.requests.lag_weeks)
        if effects:
            head = next((one for one in inputs if not one.contact), inputs[0])
            concerned = ", ".join(target for one in inputs for target in one.targets if target in names)
            title = f"Request {name} ({senders[name]})" if name in senders else name
            yield week, head.date, head.kind, concerned, f"{title}: {'; '.join(effects)}"
    for week, magnitude in world.tests.items():
        if magnitude > 0.0:
            yield week, line.monday(week), "test", "", f"Drawn tests, of magnitude {magnitude:g}"


def _effects(
    inputs: Sequence[DatedInput], names: Mapping[str, str], steps: Mapping[str, float], late: int
) -> list[str]:
    """What an input, or a contact with its requests, does in the model, in words; empty for one without effect."""
    effects = []
    addressed: dict[tuple[str, float, int], list[str]] = {}
    for one in inputs:
        if one.kind in PROVOCATIONS and one.strength > 0.0:
            effects.append(f"a test of magnitude {one.strength:g}")
        if one.kind in ("thaw", "summit") and one.strength > 0.0:
            effects.append(f"engagement of weight {one.strength:g}")
        if one.forbids:
            shares = [f"{FLOWS.get(name, name)} {100 * share:.0f} %" for name, share in one.forbids]
            effects.append(f"the Council forbids more of {', '.join(shares)}")
        asked = [names[target] for target in one.targets if target in names]
        words = _address(one)
        if asked and words and one.strength > 0.0:
            later = late if one.kind in ADDRESSED else 0
            addressed.setdefault((words, one.strength, later), []).extend(asked)
    for (words, strength, later), asked in addressed.items():
        weight = f" (weight {strength:g})" if strength != 1.0 else ""
        delay = f" (in effect {later} week(s) later)" if later else ""
        effects.append(f"{words} {', '.join(asked)}{weight}{delay}")
    for one in inputs:
        adds = steps.get(one.name, 0.0)
        if adds:
            effects.append(f"the campaign {'grows' if adds > 0 else 'shrinks'} by {abs(adds * one.factor):g}")
    return effects


def _address(one: DatedInput) -> str:
    """What an input does to the states it names."""
    if one.kind in ADDRESSED:
        return "asks" if one.kind in REQUEST_KINDS else "names"
    return {"incident": "an incident with", "target_outreach": "courts"}.get(one.kind, "")


# ---- what states did


def _changes(given: Conditions, world: World) -> Iterator[Row]:
    """The acts with their causes, the ties restored, the routes lowered for lack of trade."""
    population, line = given.situation.population, given.situation.timeline
    names = dict(zip(population.iso3, population.names, strict=True)) | {
        one.iso3: one.name for one in population.patrons
    }
    together: dict[tuple[int, str, str], list[ChangeRow]] = {}
    for row in world.recorder.changes:
        together.setdefault((row.week, row.iso3, row.kind), []).append(row)
    for (week, iso3, kind), rows in together.items():
        yield week, line.monday(week), kind, iso3, _sentence(names[iso3], kind, rows)


def _sentence(name: str, kind: str, rows: list[ChangeRow]) -> str:
    """What one state did in a week."""
    ties = ", ".join(f"{TIES[row.tie]} {row.level_before} → {row.level_after}" for row in rows)
    if kind == "act":
        attribution = rows[0].attribution
        return f"{name} cuts {ties}: {in_words(attribution) if attribution else 'attribution not kept'}"
    return f"{name}: {ties}, {'restored' if kind == 'restoration' else 'lowered for lack of trade'}"


def _outcomes(given: Conditions, world: World, against: str | None) -> pd.DataFrame:
    """How the world ended, beside the same world under the baseline and the record."""
    row = dict(zip(OUTCOMES, flat(world.recorder.world_row()), strict=True))
    ended, record = pd.DataFrame([row]), record_as_world(given.situation)
    rows = table_lines(given.situation.population.patrons[0].name, given.case.base_year)
    columns_ = {"this_world": [f"{line.of(ended).iloc[0]:,.0f}" for line in rows]}
    if against is not None:
        of_world = ds.field("world") == world.number
        other = given.results.files.dataset("worlds", against).to_table(
            columns=list(OUTCOMES), filter=of_world
        )
        base = other.to_pandas()
        columns_["baseline"] = [f"{line.of(base).iloc[0]:,.0f}" for line in rows]
    return pd.DataFrame(
        {"outcome": [line.words for line in rows], **columns_, "record": [line.once(record) for line in rows]}
    )
