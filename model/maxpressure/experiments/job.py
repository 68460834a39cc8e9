"""What workers do: chunks of worlds simulated by an engine and laid out as rows of the result tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from maxpressure.base.ties import TIES
from maxpressure.engine.chunks import Chunk, Engine, Keep, Simulated
from maxpressure.engine.engines import CompiledEngine
from maxpressure.engine.record import CHANGE_INTS, tally_weeks
from maxpressure.experiments.receipts import encoded
from maxpressure.experiments.schema import STATUSES, TABLES, TALLIED
from maxpressure.experiments.tallies import added_up
from maxpressure.model.case import Situation
from maxpressure.model.rows import CHANGES
from maxpressure.model.rules import GROUPS

GROWTH: Final = 16
"""How many times the engine's chunk a chunk of a long batch holds: what a worker holds in memory at once."""


@dataclass(frozen=True, slots=True)
class Job:
    """Runs chunks of worlds and lays them out as columns; it can be sent to workers of any kind."""

    engine: Engine
    situations: dict[str, Situation]
    draws: int
    keep: Keep

    @property
    def compiled(self) -> bool:
        """Whether it can run side by side in threads."""
        return isinstance(self.engine, CompiledEngine)

    @property
    def largest(self) -> int:
        """How many worlds a chunk of a batch holds at most; those of the Mesa model, which is slow, do not grow."""
        return self.engine.chunk_worlds * (GROWTH if self.compiled else 1)

    def simulate(self, chunk: Chunk) -> dict[str, pa.RecordBatch]:
        """The chunk's rows of every table."""
        return {table: _together(rows) for table, rows in self._rows(chunk).items()}

    def encode(self, chunk: Chunk) -> EncodedChunk:
        """The chunk's rows as the bytes of its parts. They are never copied whole, as they fill much memory."""
        rows = self._rows(chunk)
        status = rows["worlds"].select(["world", "status"]).to_pydict()
        failed = [
            world for world, was in zip(status["world"], status["status"], strict=True) if was == "failed"
        ]
        parts = {table: (whole.num_rows, encoded(whole)) for table, whole in rows.items()}
        return EncodedChunk(chunk, parts, tuple(failed))

    def _rows(self, chunk: Chunk) -> dict[str, pa.Table]:
        """The chunk's rows of every table, simulated in pieces that the engine takes at once."""
        situation = self.situations[chunk.scenario]
        found = [
            batches(piece, self.draws, situation, self.engine.simulate(piece), self.keep)
            for piece in chunk.pieces(self.engine.chunk_worlds)
        ]
        rows = {table: pa.Table.from_batches([piece[table] for piece in found]) for table in TABLES}
        if len(found) > 1:
            rows["tallies"] = added_up([rows["tallies"]], [chunk.scenario])
        return {table: whole.unify_dictionaries() for table, whole in rows.items()}


@dataclass(frozen=True, slots=True)
class EncodedChunk:
    """A finished chunk: rows and bytes of each part, and the numbers of the worlds that failed."""

    chunk: Chunk
    parts: dict[str, tuple[int, bytes]]
    failed: tuple[int, ...]


def _together(rows: pa.Table) -> pa.RecordBatch:
    """The rows as one record batch, also where there are none."""
    held = rows.combine_chunks().to_batches()
    return held[0] if held else pa.RecordBatch.from_pylist([], schema=rows.schema)


# ---- the rows of a chunk

COUNTED: Final = {name: 4 + index for index, name in enumerate(TALLIED)}
"""Weekly outcomes that are tallied, with their index among a week's whole numbers."""

BIN_KUSD: Final = 1000
"""Money is tallied in bins of a million USD; all other outcomes exactly."""


Numbers = NDArray[Any]


def batches(
    chunk: Chunk, draws: int, situation: Situation, simulated: Simulated, keep: Keep
) -> dict[str, pa.RecordBatch]:
    """The chunk's rows of every table."""
    return {
        "worlds": _worlds(chunk, draws, simulated),
        "weeks": _weeks(chunk, draws, situation, simulated, keep.weeks),
        "acts": _acts(chunk, draws, situation, simulated, keep.attributions),
        "tallies": _tallies(chunk, situation, simulated),
    }


def _worlds(chunk: Chunk, draws: int, simulated: Simulated) -> pa.RecordBatch:
    """A row for each world; one that failed has its message and no outcomes."""
    output = simulated.output
    number = np.arange(chunk.first, chunk.first + chunk.worlds)
    failed = np.array([world in simulated.faults for world in number.tolist()])
    status = _named(failed.astype(np.int64), STATUSES)
    message = pa.array([simulated.faults.get(world) for world in number.tolist()], pa.string())
    key = [_same(chunk.scenario, chunk.worlds), number % draws, number, status, message]
    outcomes = [_blanked(column, failed) for column in (*output.world_ints.T, *output.world_floats.T)]
    return _batch("worlds", [*key, *outcomes])


def _blanked(column: Numbers, failed: Numbers) -> pa.Array:
    """A column of outcomes; −1 stands for a milestone that was never reached."""
    never = column < 0 if column.dtype.kind == "i" else np.zeros(len(column), dtype=bool)
    return pa.array(column, mask=failed | never)


def _weeks(chunk: Chunk, draws: int, situation: Situation, simulated: Simulated, keep: int) -> pa.RecordBatch:
    """A row for each week of each world that did not fail, up to world number ``keep``."""
    output = simulated.output
    number = np.arange(chunk.first, chunk.first + chunk.worlds)
    kept = (number < keep) & _fine(simulated, number)
    ints, floats, number = output.week_ints[kept], output.week_floats[kept], number[kept]
    weeks = ints.shape[1]
    flat_ints = ints.reshape(-1, ints.shape[2]).T
    flat_floats = floats.reshape(-1, floats.shape[2]).T
    week = np.tile(np.arange(weeks) + situation.timeline.first, len(number))
    number = np.repeat(number, weeks)
    columns = [_same(chunk.scenario, len(number)), number % draws, number, week, _dates(situation, week)]
    # in the order of WeekRow: counts, ties alive, mean levels, embassies and money, shares
    columns += [*flat_ints[:11], *flat_floats[:6], *flat_ints[11:], *flat_floats[6:]]
    return _batch("weeks", columns)


def _fine(simulated: Simulated, number: Numbers) -> Numbers:
    return np.array([world not in simulated.faults for world in number.tolist()], dtype=bool)


def _acts(chunk: Chunk, draws: int, situation: Situation, simulated: Simulated, keep: int) -> pa.RecordBatch:
    """A row for each tie that moved, with the act's attribution up to world number ``keep``."""
    rows = simulated.output.changes[: simulated.changes]
    number, week, index, kind, tie, before, after, lead = (rows[:, column] for column in range(CHANGE_INTS))
    population = situation.population
    codes = [*population.iso3, *(patron.iso3 for patron in population.patrons)]
    columns = [_same(chunk.scenario, len(rows)), number % draws, number, week, _dates(situation, week)]
    columns += [_named(index, codes), _named(kind, CHANGES), _named(tie, TIES), before, after]
    columns.append(pa.array(lead == 1, mask=lead < 0))
    blank = (kind != CHANGES.index("act")) | (number >= keep)
    for group in range(len(GROUPS)):
        kept = len(simulated.output.attributions) > 0
        shares = simulated.output.attributions[: len(rows), group] if kept else np.zeros(len(rows))
        columns.append(pa.array(shares, mask=blank))
    return _batch("acts", columns)


def _tallies(chunk: Chunk, situation: Situation, simulated: Simulated) -> pa.RecordBatch:
    """How many of the chunk's worlds had which value, by week, outcome and bin: counts, then sums of money."""
    fine = _fine(simulated, np.arange(chunk.first, chunk.first + chunk.worlds))
    week_ints = simulated.output.week_ints if fine.all() else simulated.output.week_ints[fine]
    money = [name for name in COUNTED if name.endswith("_kusd")]
    plain = [name for name in COUNTED if name not in money]
    found = [_counted(week_ints, plain, 1), _counted(week_ints, money, BIN_KUSD)]
    names, week, value, worlds = (np.concatenate(column) for column in zip(*found, strict=True))
    columns = [_same(chunk.scenario, len(week)), week + situation.timeline.first]
    return _batch("tallies", [*columns, _named(names, tuple(COUNTED)), value, worlds])


def _counted(
    week_ints: Numbers, names: Sequence[str], width: int
) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Of each count that is not zero: the outcome's index, the week, where the bin begins, the count."""
    columns = np.array([COUNTED[name] for name in names], dtype=np.int64)
    largest = int(week_ints[:, :, columns].max(initial=0))
    counts = np.zeros((len(names), week_ints.shape[1], largest // width + 1), dtype=np.int32)
    tally_weeks(week_ints, columns, width, counts)
    outcome, week, bins = np.nonzero(counts)
    indices = np.array([list(COUNTED).index(name) for name in names])
    return indices[outcome], week, bins * width, counts[outcome, week, bins]


def _dates(situation: Situation, week: Numbers) -> Numbers:
    return np.datetime64(situation.timeline.origin, "D") + week * np.timedelta64(7, "D")


def _same(word: str, count: int) -> pa.Array:
    return _named(np.zeros(count, dtype=np.int16), (word,))


def _named(indices: Numbers, words: Sequence[str]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(indices.astype(np.int16)), pa.array(words, pa.string()))


def _batch(table: str, columns: Sequence[Any]) -> pa.RecordBatch:
    """A record batch in the table's own types."""
    arrays = [
        column if isinstance(column, pa.DictionaryArray) else pa.array(column).cast(field.type)
        for field, column in zip(TABLES[table], columns, strict=True)
    ]
    return pa.record_batch(arrays, schema=TABLES[table])
