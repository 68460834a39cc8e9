"""A chunk of lived worlds as columns of the result tables, whichever engine lived it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from maxpressure.base.ties import TIES
from maxpressure.engine.chunks import Chunk, Keep
from maxpressure.engine.ensemble import Lived
from maxpressure.engine.kernel_tally import tally_weeks
from maxpressure.engine.record import CHANGE_INTS
from maxpressure.experiments.schema import STATUSES, TABLES, TALLIED
from maxpressure.model.case import Situation
from maxpressure.model.recorder import CHANGES
from maxpressure.model.rules import GROUPS

COUNTED: Final = {name: 4 + place for place, name in enumerate(TALLIED)}
"""Weekly outcomes that are tallied, with their place among a week's whole numbers."""

BIN_KUSD: Final = 1000
"""Money is tallied in bins of a million USD; all other outcomes exactly."""


Numbers = NDArray[Any]


def batches(
    chunk: Chunk, draws: int, situation: Situation, lived: Lived, keep: Keep
) -> dict[str, pa.RecordBatch]:
    """The chunk's rows of every table."""
    return {
        "worlds": _worlds(chunk, draws, lived),
        "weeks": _weeks(chunk, draws, situation, lived, keep.weeks),
        "acts": _acts(chunk, draws, situation, lived, keep.accounts),
        "tallies": _tallies(chunk, situation, lived),
    }


def _worlds(chunk: Chunk, draws: int, lived: Lived) -> pa.RecordBatch:
    """A row for each world; one that failed has its message and no outcomes."""
    book = lived.book
    number = np.arange(chunk.first, chunk.first + chunk.worlds)
    failed = np.array([world in lived.faults for world in number.tolist()])
    status = _named(failed.astype(np.int64), STATUSES)
    message = pa.array([lived.faults.get(world) for world in number.tolist()], pa.string())
    key = [_same(chunk.scenario, chunk.worlds), number % draws, number, status, message]
    outcomes = [_blanked(column, failed) for column in (*book.world_ints.T, *book.world_floats.T)]
    return _batch("worlds", [*key, *outcomes])


def _blanked(column: Numbers, failed: Numbers) -> pa.Array:
    """A column of outcomes; −1 stands for a milestone that was never reached."""
    never = column < 0 if column.dtype.kind == "i" else np.zeros(len(column), dtype=bool)
    return pa.array(column, mask=failed | never)


def _weeks(chunk: Chunk, draws: int, situation: Situation, lived: Lived, keep: int) -> pa.RecordBatch:
    """A row for each week of each world that did not fail, up to world number ``keep``."""
    book = lived.book
    number = np.arange(chunk.first, chunk.first + chunk.worlds)
    kept = (number < keep) & _fine(lived, number)
    ints, floats, number = book.week_ints[kept], book.week_floats[kept], number[kept]
    weeks = ints.shape[1]
    flat_ints = ints.reshape(-1, ints.shape[2]).T
    flat_floats = floats.reshape(-1, floats.shape[2]).T
    week = np.tile(np.arange(weeks) + situation.timeline.first, len(number))
    number = np.repeat(number, weeks)
    columns = [_same(chunk.scenario, len(number)), number % draws, number, week, _dates(situation, week)]
    # in the order of WeekRow: counts, ties alive, mean rungs, embassies and money, shares
    columns += [*flat_ints[:11], *flat_floats[:6], *flat_ints[11:], *flat_floats[6:]]
    return _batch("weeks", columns)


def _fine(lived: Lived, number: Numbers) -> Numbers:
    return np.array([world not in lived.faults for world in number.tolist()], dtype=bool)


def _acts(chunk: Chunk, draws: int, situation: Situation, lived: Lived, keep: int) -> pa.RecordBatch:
    """A row for each tie that moved, with the act's account up to world number ``keep``."""
    rows = lived.book.changes[: lived.changes]
    number, week, place, kind, tie, before, after, lead = (rows[:, column] for column in range(CHANGE_INTS))
    people = situation.population
    who = [*people.iso3, *(patron.iso3 for patron in people.patrons)]
    columns = [_same(chunk.scenario, len(rows)), number % draws, number, week, _dates(situation, week)]
    columns += [_named(place, who), _named(kind, CHANGES), _named(tie, TIES), before, after]
    columns.append(pa.array(lead == 1, mask=lead < 0))
    blank = (kind != CHANGES.index("act")) | (number >= keep)
    for group in range(len(GROUPS)):
        kept = len(lived.book.accounts) > 0
        shares = lived.book.accounts[: len(rows), group] if kept else np.zeros(len(rows))
        columns.append(pa.array(shares, mask=blank))
    return _batch("acts", columns)


def _tallies(chunk: Chunk, situation: Situation, lived: Lived) -> pa.RecordBatch:
    """How many of the chunk's worlds stood where, by week, outcome and bin: counts, then sums of money."""
    fine = _fine(lived, np.arange(chunk.first, chunk.first + chunk.worlds))
    week_ints = lived.book.week_ints if fine.all() else lived.book.week_ints[fine]
    money = [name for name in COUNTED if name.endswith("_kusd")]
    plain = [name for name in COUNTED if name not in money]
    found = [_counted(week_ints, plain, 1), _counted(week_ints, money, BIN_KUSD)]
    names, week, value, worlds = (np.concatenate(column) for column in zip(*found, strict=True))
    columns = [_same(chunk.scenario, len(week)), week + situation.timeline.first]
    return _batch("tallies", [*columns, _named(names, tuple(COUNTED)), value, worlds])


def _counted(
    week_ints: Numbers, names: Sequence[str], width: int
) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Of each count that is not zero: the outcome's place among all, the week, where the bin begins, the count."""
    columns = np.array([COUNTED[name] for name in names], dtype=np.int64)
    largest = int(week_ints[:, :, columns].max(initial=0))
    counts = np.zeros((len(names), week_ints.shape[1], largest // width + 1), dtype=np.int32)
    tally_weeks(week_ints, columns, width, counts)
    outcome, week, bins = np.nonzero(counts)
    places = np.array([list(COUNTED).index(name) for name in names])
    return places[outcome], week, bins * width, counts[outcome, week, bins]


def _dates(situation: Situation, week: Numbers) -> Numbers:
    return np.datetime64(situation.timeline.origin, "D") + week * np.timedelta64(7, "D")


def _same(word: str, count: int) -> pa.Array:
    return _named(np.zeros(count, dtype=np.int16), (word,))


def _named(places: Numbers, words: Sequence[str]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(places.astype(np.int16)), pa.array(words, pa.string()))


def _batch(table: str, columns: Sequence[Any]) -> pa.RecordBatch:
    """A record batch in the table's own types."""
    arrays = [
        column if isinstance(column, pa.DictionaryArray) else pa.array(column).cast(field.type)
        for field, column in zip(TABLES[table], columns, strict=True)
    ]
    return pa.record_batch(arrays, schema=TABLES[table])
