"""Under what the worlds of a result folder were lived, laid out again so that they can be lived again.

Nothing is explained that cannot be made again: evidence, assumptions and parameter draws must be those of the
folder, and every world that is lived again must come out as its rows say, to the last bit.

What vanishes with an act: states that note what they do, such that leave one act out, and what becomes of others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
from numpy.typing import NDArray

from maxpressure.base.errors import InputError, nearest
from maxpressure.base.ties import TIES
from maxpressure.engine.engines import Chunk, Keep, Simulated, release
from maxpressure.evidence.parameters import Parameters, ParameterSet, from_numbers, parameter_names
from maxpressure.evidence.posterior import Chosen, choose
from maxpressure.experiments.executors import bar
from maxpressure.experiments.experiment import code_of_runs
from maxpressure.experiments.manifest import draws_digest
from maxpressure.experiments.schema import OUTCOMES, batches
from maxpressure.model.agents import Change, State, Week
from maxpressure.model.case import Case, Situation, load_case
from maxpressure.model.recorder import flat
from maxpressure.model.rules import GROUPS
from maxpressure.model.world import MakesState, World
from maxpressure.results.results import Results
from maxpressure.scenario import Scenario

PEERS: Final = GROUPS.index("peers")


class Noted(NamedTuple):
    """An act as its state noted it: ``number`` counts the state's acts from 1, those before the window too.

    ``exposure`` is what it had seen of peers' acts when it decided, ``peers_share`` their share of its hazard.
    """

    state_index: int
    number: int
    week: int
    changes: tuple[Change, ...]
    exposure: float
    peers_share: float


class Noting(State):
    """A state that does what every state does, and notes its acts."""

    def __init__(self, world: World, place: int, frailty: float | None = None) -> None:
        super().__init__(world, place, frailty)
        self.noted: list[Noted] = []

    def plan(self, week: Week, request: float, incident: float, courtship: float) -> None:
        """As every state does, and note the act before it takes effect."""
        super().plan(week, request, incident, courtship)
        if self.act:
            share = self.attribution(week)[PEERS]
            self.noted.append(Noted(self.index, self.acts + 1, week.number, self.act, self.exposure, share))


class Without(Noting):
    """A state that, if it is the one named, leaves one act out: when its time comes, nothing falls.

    The luck of that act is used up, so that each later act keeps its own: strain starts again against the next
    resistance. No level falls, no peer sees anything, and the act counts for nothing in the state's own momentum.
    """

    def __init__(
        self, world: World, place: int, frailty: float | None = None, *, deleted: tuple[int, int]
    ) -> None:
        super().__init__(world, place, frailty)
        self.left_out = deleted[1] if deleted[0] == place else -1
        self.leaving_out = False
        self.skipped = 0

    @property
    def number(self) -> int:
        """The number under which the luck of the next act is kept: acts before it and the one left out."""
        return self.acts + self.skipped

    def _choose(self) -> tuple[Change, ...]:
        if self.number == self.left_out and not self.skipped:
            self.leaving_out = True
            return ()
        return super()._choose()

    def commit(self) -> None:
        """As every state does; where the act is left out, strain starts again as after any act."""
        super().commit()
        if self.leaving_out:
            self.strain, self.skipped, self.leaving_out = 0.0, 1, False


def deletions(
    world: World, acts: Sequence[Noted], name: str, *, progress: bool = False
) -> list[dict[str, Any]]:
    """For each act, what becomes of the others when it is deleted and everything else has the luck it had."""
    base = {state.index: _weeks(state.noted) for state in world.states if isinstance(state, Noting)}
    chunks = [Chunk(f"{name}, world {world.number}, one act deleted", place, 1) for place in range(len(acts))]
    found = []
    with bar(chunks, progress=progress) as shown:
        for chunk, note in zip(chunks, acts, strict=True):
            other = World(
                world.situation,
                world.parameters,  # with the scenario’s overrides, which hold again as they are
                seed=world.seed,
                number=world.number,
                record=False,
                state_class=partial(Without, deleted=(note.state_index, note.number - 1)),
            ).run()
            release(other)
            found.append(_fate(base, other, note))
            shown.note(chunk)
    return found


def _fate(base: Mapping[int, list[int]], other: World, note: Noted) -> dict[str, Any]:
    """How the acts of a world without one act differ from those of the world that had it."""
    fate = dict.fromkeys(("gone", "own_gone", "new", "own_new", "moved"), 0)
    who = []
    for state in other.states:
        assert isinstance(state, Noting)
        had, has = base[state.index], _weeks(state.noted)
        if state.index == note.state_index:
            fate["own_gone"] = max(0, len(had) - 1 - len(has))
            fate["own_new"] = max(0, len(has) - len(had) + 1)
            continue
        fate["gone"] += max(0, len(had) - len(has))
        fate["new"] += max(0, len(has) - len(had))
        fate["moved"] += sum(one != two for one, two in zip(had, has, strict=False))
        if len(has) != len(had):
            count = abs(len(has) - len(had))
            who.append(f"{'−' if len(has) < len(had) else '+'}{f'{count}×' if count > 1 else ''}{state.iso3}")
    size = fate["gone"] + fate["own_gone"]
    return fate | {"size": size, "net": fate["new"] + fate["own_new"] - size, "who": " ".join(who)}


def _weeks(noted: Sequence[Noted]) -> list[int]:
    return [note.week for note in noted]


MOVED: Final = ("world", "week", "iso3", "kind", "tie", "level_before", "level_after", "lead")
"""The columns of ``acts`` that say what happened."""

SHARES: Final = tuple(f"share_{group}" for group in GROUPS)
NEEDING_NO_FILE: Final = ("posterior", "prior", "dprk-posterior")
"""Sets of draws that a folder is tried with, unless its parameters are named."""

OTHERWISE: Final = "results of the model as it is now: run them again (`maxpressure run … --force`)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """One scenario of a result folder: what its worlds were told, their draws and their seed."""

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
    def seed(self) -> int:
        """The number from which all luck follows."""
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
        """The numbers of the worlds that came to their end, in rising order."""
        fine = ds.field("status") == "fine"
        rows = self.results.files.dataset("worlds", self.name).to_table(columns=["world"], filter=fine)
        return np.sort(rows["world"].to_numpy().astype(np.int64))

    def check_simulated(self, chunk: Chunk, simulated: Simulated) -> None:
        """Raise InputError where worlds that were lived again did not do what the folder's rows say."""
        rows = batches(chunk, len(self.draws), self.situation, simulated, Keep(0, 0))["acts"]
        number = ds.field("world")
        where = (number >= chunk.first) & (number < chunk.first + chunk.worlds)
        there = self.results.files.dataset("acts", self.name).to_table(columns=list(MOVED), filter=where)
        if not _plain(there).equals(_plain(pa.Table.from_batches([rows]).select(list(MOVED)))):
            raise self._otherwise(f"worlds {chunk.first} to {chunk.first + chunk.worlds - 1}")

    def relived(self, number: int, state_class: MakesState = State) -> World:
        """One world of the folder as the Mesa model lives it again.

        Raises InputError for a number that is none of the folder's, for a world that failed, and where what
        happens now is not, to the last bit, what the folder's rows say.
        """
        self._check_number(number)
        world = World(
            self.situation,
            self.draw(number),
            seed=self.seed,
            number=number,
            state_class=state_class,
        ).run()
        release(world)
        if not self._same(world):
            raise self._otherwise(f"world {number}")
        return world

    def _check_number(self, number: int) -> None:
        """Refuse the number of a world that is not there or failed."""
        place, key = self.results.place, "world"
        if not 0 <= number < self.results.manifest.worlds:
            allowed = f"a whole number from 0 to {self.results.manifest.worlds - 1}"
            raise InputError(file=place, key=key, given=number, allowed=allowed)
        rows = self.results.files.dataset("worlds", self.name).to_table(
            columns=["status", "message"], filter=ds.field("world") == number
        )
        told = rows.to_pylist()
        if not told or told[0]["status"] != "fine":
            why = f"failed: {told[0]['message']}" if told else "has not been lived yet"
            allowed = "the number of a world that came to its end"
            raise InputError(file=place, key=key, given=f"{number}, which {why}", allowed=allowed)

    def _same(self, world: World) -> bool:
        """Whether a lived world is the folder's, to the last bit; accounts that were not kept aside."""
        wanted = [*MOVED[1:], *SHARES]
        there, outcomes = self._rows("acts", wanted, world), self._rows("worlds", OUTCOMES, world)
        if outcomes != [tuple(flat(world.recorder.world_row()))]:
            return False
        changes, moved = world.recorder.changes, len(MOVED) - 1
        now = [(row.week, row.iso3, row.kind, TIES[row.tie], *row[4:7]) for row in changes]
        told = [row[moved:] for row in there]
        return now == [row[:moved] for row in there] and all(
            row.attribution is None or shares[0] is None or row.attribution == shares
            for row, shares in zip(changes, told, strict=True)
        )

    def _rows(self, table: str, columns: Sequence[str], world: World) -> list[tuple[object, ...]]:
        """The folder's rows of a world in one table."""
        where = ds.field("world") == world.number
        rows = self.results.files.dataset(table, self.name).to_table(columns=list(columns), filter=where)
        return [tuple(row[name] for name in columns) for row in rows.to_pylist()]

    def _otherwise(self, which: str) -> InputError:
        """The refusal of a folder whose worlds do not come again."""
        why = "" if self.same_code else ": the model's code has changed since"
        given = f"{which} of {self.name}, which no longer come out as they were written{why}"
        return InputError(file=self.results.place, key="acts", given=given, allowed=OTHERWISE)


def conditions(
    results: Results,
    scenario: str | None = None,
    *,
    case: Case | None = None,
    parameters: str | Path | ParameterSet | None = None,
) -> Conditions:
    """The conditions of a scenario of the folder, by default its first one.

    Draws are those of `parameters`, which is what `maxpressure run` takes, as many of them as the run took; by
    default the values in the manifest where they were the only ones, else those of the posterior or of the priors.
    Raises InputError where evidence, assumptions or draws are no longer those of the folder, and for a State class
    of one's own.
    """
    manifest, place = results.manifest, results.place
    name = manifest.names[0] if scenario is None else scenario
    if name not in manifest.names:
        allowed, close = f"one of {', '.join(manifest.names)}", nearest(name, manifest.names)
        raise InputError(file=place, key="scenario", given=name, allowed=allowed, nearest=close)
    if manifest.state_class != State.__qualname__:
        given, allowed = f"worlds of a class {manifest.state_class}", "worlds of the model's own State"
        raise InputError(file=place, key="state_class", given=given, allowed=allowed)
    case = load_case() if case is None else case
    situation = results.situations(case)[name]
    candidates = _candidates(results, case, parameters)
    chosen = next((one for one in candidates if draws_digest(one.draws) == manifest.draws_digest), None)
    if chosen is None:
        standing = manifest.parameters.standing
        allowed = f"the {manifest.draws} draw(s) of the run, which were {standing} Name them by --parameters"
        given = "other draws than those of the run"
        raise InputError(file=place, key="parameters", given=given, allowed=allowed)
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
        values = from_numbers([used.values[name] for name in parameter_names()])
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
