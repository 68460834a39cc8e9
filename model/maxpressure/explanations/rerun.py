"""Worlds of a result folder, simulated again under the conditions of their run.

Nothing is explained that cannot be repeated: evidence, assumptions and parameter draws must be those of the folder, and
every world that is simulated again must equal its rows, to the last bit. Explanations are written below the results,
in explain/SCENARIO.

A world can also be simulated without one of its acts (:func:`deletions`), while every random number stays the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
from numpy.typing import NDArray

from maxpressure.base.errors import InputError, Wrong
from maxpressure.base.paths import VERSION
from maxpressure.base.text import csv_bytes
from maxpressure.base.ties import TIES
from maxpressure.engine.chunks import Chunk, Keep, Simulated
from maxpressure.engine.engines import Ensemble
from maxpressure.engine.record import ACT
from maxpressure.evidence.parameters import (
    Parameters,
    ParameterSet,
    check_parameter,
    from_numbers,
    parameter_names,
)
from maxpressure.evidence.posterior import Chosen, choose
from maxpressure.experiments.executors import bar
from maxpressure.experiments.experiment import code_of_runs
from maxpressure.experiments.folder import EXPLAINED, OutputFolder, write_json
from maxpressure.experiments.job import batches
from maxpressure.experiments.manifest import command_line, draws_digest, utc_now
from maxpressure.experiments.schema import OUTCOMES
from maxpressure.model.agents import State, Week
from maxpressure.model.case import Case, Situation, case_or_shipped
from maxpressure.model.history import Change
from maxpressure.model.rows import flat
from maxpressure.model.rules import GROUPS
from maxpressure.model.world import MakesState, World
from maxpressure.results.beside import beside
from maxpressure.results.results import Results, load
from maxpressure.scenario import Scenario

MOVED: Final = ("world", "week", "iso3", "kind", "tie", "level_before", "level_after", "lead")
"""The columns of ``acts`` that say what happened."""

SHARES: Final = tuple(f"share_{group}" for group in GROUPS)
NEEDING_NO_FILE: Final = ("posterior", "prior", "dprk-posterior")
"""Sets of draws that a folder is tried with, unless its parameters are named."""

ABOUT: Final = "explain.json"
KIND: Final = "maxpressure explanation"
FILES: Final = frozenset(
    {
        ABOUT, "explanation.md", "attribution.csv", "switch_off.csv", "twins.csv", "story.md", "story.csv",
        "outcomes.csv", "cascade.md", "cascade.csv", "exposures.csv", "cascade.png", "beside.csv", "overview.md",
        "states.csv", "causes.csv", "states.png", "causes.png",
    }
)  # fmt: skip
"""The files that an explanation of a scenario, a state or a world may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """One scenario of a result folder: the situation of its worlds, their draws and their seed."""

    results: Results
    case: Case
    situation: Situation
    parameters: ParameterSet
    draws: tuple[Parameters, ...]

    def __repr__(self) -> str:
        return f"<Conditions of {self.name} in {self.results.place}>"

    @property
    def scenario(self) -> Scenario:
        """The scenario with all that it extends."""
        return self.situation.scenario

    @property
    def name(self) -> str:
        """The scenario's name."""
        return self.scenario.name

    @property
    def against(self) -> str | None:
        """The baseline that stands beside the scenario; None where it is the baseline or covers other weeks."""
        return beside(self.results, self.name).against

    @property
    def provenance(self) -> str:
        """The seed, and where the parameters come from; the pages always state it."""
        return f"Seed {self.seed}. Parameters, {self.results.manifest.parameters.standing}"

    def in_short(self, sentences: Iterable[str]) -> list[str]:
        """The sentences for a terminal: without the provenance of parameters that were fitted."""
        fitted = self.results.manifest.parameters.fitted
        return [sentence for sentence in sentences if not (fitted and sentence == self.provenance)]

    @property
    def seed(self) -> int:
        """The number from which all random numbers follow."""
        return self.results.manifest.seed

    @property
    def same_code(self) -> bool:
        """Whether the folder was written by these very modules, as far as they shape results."""
        return self.results.manifest.code == code_of_runs()

    def draw(self, number: int) -> Parameters:
        """The parameters of a world, before the scenario's own overrides."""
        return self.draws[number % len(self.draws)]

    def first_draws(self, worlds: int) -> tuple[Parameters, ...]:
        """The draws of the first so many worlds, which take them in turn."""
        return self.draws[:worlds]

    def finished(self) -> NDArray[np.int64]:
        """The numbers of the worlds that were finished, in rising order."""
        fine = ds.field("status") == "fine"
        rows = self.results.files.dataset("worlds", self.name).to_table(columns=["world"], filter=fine)
        return np.sort(rows["world"].to_numpy().astype(np.int64))

    def check_simulated(self, chunk: Chunk, simulated: Simulated) -> None:
        """Raise InputError where worlds that were simulated again differ from the folder's rows."""
        rows = batches(chunk, len(self.draws), self.situation, simulated, Keep(0, 0))["acts"]
        number = ds.field("world")
        where = (number >= chunk.first) & (number < chunk.first + chunk.worlds)
        there = self.results.files.dataset("acts", self.name).to_table(columns=list(MOVED), filter=where)
        if not _plain(there).equals(_plain(pa.Table.from_batches([rows]).select(list(MOVED)))):
            raise self._differ(f"worlds {chunk.first} to {chunk.first + chunk.worlds - 1}")

    def simulated_again(self, number: int, state_class: MakesState = State) -> World:
        """One world of the folder, simulated again by the Mesa model.

        Raises InputError for a number that is none of the folder's, for a world that failed, and where the world
        does not equal the folder's rows, to the last bit.
        """
        self._check_number(number)
        world = World(
            self.situation, self.draw(number), seed=self.seed, number=number, state_class=state_class
        ).run()
        if not self._same(world):
            raise self._differ(f"world {number}")
        return world

    def _check_number(self, number: int) -> None:
        """Refuse the number of a world that is not there or failed."""
        file, key = self.results.place, "world"
        if not 0 <= number < self.results.manifest.worlds:
            allowed = f"a whole number from 0 to {self.results.manifest.worlds - 1}"
            raise InputError(file=file, key=key, given=number, allowed=allowed)
        rows = self.results.files.dataset("worlds", self.name).to_table(
            columns=["status", "message"], filter=ds.field("world") == number
        )
        found = rows.to_pylist()
        if not found or found[0]["status"] != "fine":
            why = f"failed: {found[0]['message']}" if found else "has not been simulated yet"
            allowed = "the number of a world that was finished"
            raise InputError(file=file, key=key, given=f"{number}, which {why}", allowed=allowed)

    def _same(self, world: World) -> bool:
        """Whether a world equals the folder's rows, to the last bit; attributions that were not kept are left out."""
        wanted = [*MOVED[1:], *SHARES]
        rows, outcomes = self._rows("acts", wanted, world), self._rows("worlds", OUTCOMES, world)
        if outcomes != [tuple(flat(world.recorder.world_row()))]:
            return False
        changes, moved = world.recorder.changes, len(MOVED) - 1
        now = [(one.week, one.iso3, one.kind, TIES[one.tie], *one[4:7]) for one in changes]
        return now == [row[:moved] for row in rows] and all(
            change.attribution is None or row[moved] is None or change.attribution == row[moved:]
            for change, row in zip(changes, rows, strict=True)
        )

    def _rows(self, table: str, columns: Sequence[str], world: World) -> list[tuple[object, ...]]:
        """The folder's rows of a world in one table."""
        where = ds.field("world") == world.number
        rows = self.results.files.dataset(table, self.name).to_table(columns=list(columns), filter=where)
        return [tuple(row[name] for name in columns) for row in rows.to_pylist()]

    def _differ(self, which: str) -> InputError:
        """The refusal of a folder whose worlds cannot be repeated."""
        why = "" if self.same_code else ": the model's code has changed since"
        given = Wrong(f"of {which} of {self.name} no longer equal what was written{why}")
        allowed = "results of the model as it is now: run them again (`maxpressure run … --force`)"
        return InputError(file=self.results.place, key="acts", given=given, allowed=allowed)

    def own_folder(self, what: str) -> Path:
        """The usual folder of an explanation: explain/SCENARIO/WHAT within the results.

        Raises InputError where the results are not in a folder of this machine.
        """
        return self.results.folder / EXPLAINED / self.name / what

    def write(
        self,
        folder: str | Path,
        what: Mapping[str, Any],
        pages: Mapping[str, str],
        tables: Mapping[str, pd.DataFrame],
        pictures: Mapping[str, Callable[[Path], None]] = MappingProxyType({}),
        *,
        force: bool,
    ) -> Path:
        """Write the files of an explanation, by their names, and ``explain.json`` into a folder; returns it.

        Raises InputError where the folder holds anything else, or, without ``force``, another explanation.
        """
        manifest = self.results.manifest
        about = {
            "kind": KIND,
            **what,
            "scenario": self.name,
            "results": {
                "seed": manifest.seed,
                "worlds": manifest.worlds,
                "code": manifest.code,
                "evidence": manifest.evidence,
                "assumptions": manifest.assumptions,
                "draws": manifest.draws_digest,
            },
            "maxpressure": VERSION,
            "same_code": self.same_code,
            "command": command_line(),
            "written": f"{utc_now():%Y-%m-%dT%H:%M:%SZ}",
        }
        output = explanation_folder(folder)
        earlier = output.earlier(force=force)
        if earlier is not None and not force:
            output.check_same(earlier, about, ("maxpressure", "same_code", "command", "written"))
        with output.new() as partial:
            for name, page in pages.items():
                (partial / name).write_text(page, encoding="utf-8", newline="\n")
            for name, table in tables.items():
                (partial / f"{name}.csv").write_bytes(csv_bytes(table))
            for name, draw in pictures.items():
                draw(partial / name)
            write_json(partial / ABOUT, about)
        return output.path


def explanation_folder(path: str | Path) -> OutputFolder:
    """The folder of an explanation at this path."""
    return OutputFolder(path, mark=ABOUT, files=FILES, contents="explanations", kind=KIND)


def conditions(
    results: Results | str | Path,
    scenario: str | None = None,
    *,
    case: Case | None = None,
    parameters: str | Path | ParameterSet | None = None,
) -> Conditions:
    """The conditions of a scenario of the folder, by default the last, and the first only where it is alone.

    Draws are those of `parameters`, which is what `maxpressure run` takes, as many of them as the run took; by
    default the values in the manifest where they were the only ones, else those of the posterior or of the priors.
    Raises InputError where evidence, assumptions or draws are no longer those of the folder, and for a State class
    of the user's own.
    """
    results = load(results)
    manifest, file = results.manifest, results.place
    name = beside(results, scenario).scenario
    if manifest.state_class != State.__qualname__:
        given, allowed = Wrong(f"is {manifest.state_class}"), "worlds of the model's own State"
        raise InputError(file=file, key="state_class", given=given, allowed=allowed)
    case = case_or_shipped(case)
    situation = results.situations(case)[name]
    candidates = _candidates(results, case, parameters)
    chosen = next((one for one in candidates if draws_digest(one.draws) == manifest.draws_digest), None)
    if chosen is None:
        standing = manifest.parameters.standing
        allowed = f"the {manifest.draws} draw(s) of the run, which were {standing} Name them by --parameters"
        given = Wrong("are others than those of the run")
        raise InputError(file=file, key="parameters", given=given, allowed=allowed)
    return Conditions(
        results=results, case=case, situation=situation, parameters=chosen.parameters, draws=chosen.draws
    )


def _candidates(
    results: Results, case: Case, parameters: str | Path | ParameterSet | None
) -> Iterator[Chosen]:
    """What the run may have drawn from: the set that is named, or all that need no name, the likeliest first."""
    used, count = results.manifest.parameters, results.manifest.draws
    named: list[str | Path | ParameterSet] = [*NEEDING_NO_FILE] if parameters is None else [parameters]
    if parameters is None and count == 1:
        numbers = dict(used)["values"]
        values = from_numbers(
            [check_parameter(name, numbers[name], file=results.place) for name in parameter_names()]
        )
        named.insert(0, ParameterSet(values, used.status, used.source))
    for source in named:
        chosen = choose(source, place=case.place)
        yield choose(source, count, case.place) if count < len(chosen.draws) else chosen


def _plain(rows: pa.Table) -> pa.Table:
    """Rows with names as plain strings, in one piece."""
    fields = [
        field.with_type(pa.string()) if pa.types.is_dictionary(field.type) else field for field in rows.schema
    ]
    return rows.cast(pa.schema(fields)).replace_schema_metadata(None).combine_chunks()


# ---- one act deleted

PEERS: Final = GROUPS.index("peers")


class Noted(NamedTuple):
    """An act as its state recorded it: ``number`` counts the state's acts from 1, those before the window too.

    ``exposure`` is the state's exposure to peers' acts when it decided, ``peers_share`` their share of its hazard.
    """

    state_index: int
    number: int
    week: int
    changes: tuple[Change, ...]
    exposure: float
    peers_share: float


class Noting(State):
    """A state that acts as every state does, and records its acts."""

    def __init__(self, world: World, index: int, frailty: float | None = None) -> None:
        super().__init__(world, index, frailty)
        self.noted: list[Noted] = []

    def plan(self, week: Week, request: float, incident: float, courtship: float) -> None:
        """As every state does, and record the act before it takes effect."""
        super().plan(week, request, incident, courtship)
        if self.act:
            share = self.attribution(week)[PEERS]
            self.noted.append(Noted(self.index, self.acts + 1, week.number, self.act, self.exposure, share))


def deletions(world: World, acts: Sequence[Noted], *, progress: bool = False) -> list[dict[str, Any]]:
    """For each act of the run, what becomes of the others when it is deleted and every random number stays the same.

    In its week no tie is cut, no peer is exposed, and the act does not count among the state's earlier ones; but its
    random numbers are used up, so that strain starts again against the next resistance.
    """
    iso3 = world.situation.population.iso3
    base = [
        [note.week for note in state.noted if note.week >= world.first] if isinstance(state, Noting) else []
        for state in world.states
    ]
    ensemble = Ensemble(world.situation, [world.parameters])
    chunks = [Chunk("one act deleted", row, 1) for row in range(len(acts))]
    found = []
    with bar(chunks, progress=progress) as shown:
        for chunk, note in zip(chunks, acts, strict=True):
            left_out = note.state_index, note.number - 1
            other = ensemble.simulate(world.number, 1, seed=world.seed, attributions=False, without=left_out)
            found.append(_fate(iso3, base, _weeks_of_acts(other, len(iso3)), note))
            shown.note(chunk)
    return found


def _weeks_of_acts(simulated: Simulated, states: int) -> list[list[int]]:
    """The weeks in which each state acted, of a single world."""
    weeks: list[list[int]] = [[] for _ in range(states)]
    for _, week, index, kind, *_ in simulated.output.changes[: simulated.changes].tolist():
        if kind == ACT and week not in weeks[index][-1:]:
            weeks[index].append(week)
    return weeks


def _fate(
    iso3: Sequence[str], base: Sequence[Sequence[int]], other: Sequence[Sequence[int]], note: Noted
) -> dict[str, Any]:
    """How the weeks of acts in a world without one act differ from those of the world with it."""
    fate = dict.fromkeys(("gone", "own_gone", "new", "own_new", "moved"), 0)
    others = []
    for index, (had, has) in enumerate(zip(base, other, strict=True)):
        if index == note.state_index:
            fate["own_gone"] = max(0, len(had) - 1 - len(has))
            fate["own_new"] = max(0, len(has) - len(had) + 1)
            continue
        fate["gone"] += max(0, len(had) - len(has))
        fate["new"] += max(0, len(has) - len(had))
        fate["moved"] += sum(one != two for one, two in zip(had, has, strict=False))
        if len(has) != len(had):
            count = abs(len(has) - len(had))
            others.append(
                f"{'−' if len(has) < len(had) else '+'}{f'{count}×' if count > 1 else ''}{iso3[index]}"
            )
    size = fate["gone"] + fate["own_gone"]
    return fate | {"size": size, "net": fate["new"] + fate["own_new"] - size, "others": " ".join(others)}
