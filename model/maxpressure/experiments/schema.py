"""The columns of the result tables, their types and meanings, and the files they are written to.

What the recorder notes has one plain column each: a number for every tie becomes six columns, and the attribution of
an act one share for each group of causes. Names are dictionary columns. Both engines give the same rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, get_type_hints

import pyarrow as pa
import pyarrow.parquet as pq

from maxpressure.base.ties import TIES
from maxpressure.model.rows import CHANGES, WeekRow, WorldRow
from maxpressure.model.rules import GROUPS

STATUSES: Final = ("fine", "failed")
"""How a world of ``worlds`` ended."""

TALLIED: Final = ("acts_total", *(f"ties_{tie}" for tie in TIES), "embassies", "trade_kusd", "exports_kusd")
"""Weekly outcomes of which ``tallies`` counts how many worlds had which value."""

CATEGORIES: Final = {"tie": TIES, "kind": CHANGES, "status": STATUSES, "outcome": TALLIED}
"""The words of a column of names, in their natural order."""

NAME: Final = pa.dictionary(pa.int16(), pa.string())
BY_TIE: Final = {"ties_alive": "ties", "mean_level": "level", "cut": "cut"}
"""Fields with a number for each tie, and how their six columns are called: ties_diplomatic and so on."""


def _each(name: str, kind: pa.DataType) -> pa.Field:
    """A column in which no cell is blank."""
    return pa.field(name, kind, nullable=False)


def _outcomes(row_type: type[WeekRow] | type[WorldRow]) -> Iterator[pa.Field]:
    """A column for each number of a recorder's row, six for a field with one for each tie."""
    kinds = {int: pa.int32(), float: pa.float64()}
    kinds |= {tuple[int, ...]: pa.int32(), tuple[float, ...]: pa.float64()}
    for field, kind in get_type_hints(row_type).items():
        if field in BY_TIE:
            yield from (_each(f"{BY_TIE[field]}_{tie}", kinds[kind]) for tie in TIES)
        elif kind == int | None:
            yield pa.field(field, pa.int32())
        elif field != "week":
            yield _each(field, kinds[kind])


KEY: Final = (_each("scenario", NAME), _each("draw", pa.int32()), _each("world", pa.int32()))
WHEN: Final = (_each("week", pa.int16()), _each("date", pa.date32()))
CHANGE: Final = (
    _each("iso3", NAME),
    _each("kind", NAME),
    _each("tie", NAME),
    _each("level_before", pa.int8()),
    _each("level_after", pa.int8()),
    pa.field("lead", pa.bool_()),
    *(pa.field(f"share_{group}", pa.float64()) for group in GROUPS),
)

STATUS: Final = (_each("status", NAME), pa.field("message", pa.string()))
TALLY: Final = (_each("outcome", NAME), _each("value", pa.int32()), _each("worlds", pa.int32()))
"""So many worlds had an outcome of this value, or of the bin of a million USD that begins there."""

TABLES: Final[Mapping[str, pa.Schema]] = {
    "worlds": pa.schema(
        [*KEY, *STATUS, *(field.with_nullable(nullable=True) for field in _outcomes(WorldRow))]
    ),
    "weeks": pa.schema([*KEY, *WHEN, *_outcomes(WeekRow)]),
    "acts": pa.schema([*KEY, *WHEN, *CHANGE]),
    "tallies": pa.schema([_each("scenario", NAME), _each("week", pa.int16()), *TALLY]),
}
"""The columns of each table. Weeks are counted from the record's origin, a date is their Monday.

A world that failed has a message and no outcomes.
"""

OUTCOMES: Final = tuple(field.name for field in _outcomes(WorldRow))

_MOVED: Final = {
    "restorations": ("ties that rose by a level", "count"),
    "attritions": ("travel routes, also those of patrons, that lost a level because trade was gone", "count"),
}
_TRADE: Final = {
    "hhi": ("concentration of trade on few partners: the sum of their squared shares", "0 to 1"),
    "effective_partners": (
        "1/`hhi`: equal partners that would be as concentrated; 0 without trade",
        "number",
    ),
    "first_patron_share": ("the first patron's share of trade", "0 to 1"),
}
_CAUSES: Final = (
    "share of the act's hazard due to nuclear and missile tests; blank, as the next eight, where not kept",
    "due to what the Security Council forbids",
    "due to requests to this state",
    "due to the campaign's general intensity",
    "due to peers' earlier acts",
    "due to the state's own earlier acts",
    "due to incidents with this state",
    "due to talks and courtship, which lower the hazard: 0 or negative",
    "due to the state's baseline hazard; the nine shares add up to 1",
)
_KEY: Final = {
    "scenario": ("the scenario's name", "name"),
    "draw": ("the posterior draw of the parameters; 0 throughout where a single set is run", "number from 0"),
    "world": ("the world; the same number has the same random numbers in every scenario", "number from 0"),
}
_WHEN: Final = {
    "week": ("the week, counted from that of 4 January 2016 whatever the window", "number from 0"),
    "date": ("the week's Monday", "date"),
}

MEANINGS: Final[Mapping[str, Mapping[str, tuple[str, str]]]] = {
    "worlds": {
        **_KEY,
        "status": ("`fine`, or `failed` where a rule raised an error; then all outcomes are blank", "name"),
        "message": ("the error of a world that failed, else blank", "text"),
        "acts": ("acts in the run: decisions of one state in one week, on one tie or several", "count"),
        "cuts": ("ties lowered by acts", "count"),
        **_MOVED,
        "states_acted": ("states with at least one act", "count"),
        "cut_<tie>": ("ties that are lower at the end than when the window began", "count"),
        "week_of_act_10": ("week of the tenth act; blank without one", "weeks since the window's first week"),
        "week_of_act_20": ("the same for the twentieth", "weeks since the window's first week"),
        "week_of_act_30": ("the same for the thirtieth", "weeks since the window's first week"),
        "embassies": ("diplomatic ties on level 3 at the end: missions led by an ambassador", "count"),
        "trade_left": ("trade in the last week", "share of 2016, from 0"),
        "exports_left": ("the target's exports in the last week", "share of 2016, from 0"),
        "trade_lost": (
            "trade lost over all weeks of the window",
            "share of trade at the rate of 2016, up to 1",
        ),
        "exports_lost": (
            "the target's exports lost over all weeks of the window",
            "share of exports at the rate of 2016, up to 1",
        ),
        **_TRADE,
        "reproduction": (
            "mean over acts of the hazard's share due to peers' earlier acts; 0 without acts",
            "0 to 1",
        ),
        "log_probability": (
            "log probability of all acts and of all weeks without one, given the states' frailties",
            "natural logarithm",
        ),
    },
    "weeks": {
        **_KEY,
        **_WHEN,
        "acts": ("acts of the week", "count"),
        "cuts": ("ties lowered by them", "count"),
        **_MOVED,
        "acts_total": ("acts since the window began", "count"),
        "ties_<tie>": ("third states whose tie is above level 0", "count"),
        "level_<tie>": ("mean level of the tie over all third states", "0 to 3"),
        "embassies": ("diplomatic ties on level 3: missions led by an ambassador", "count"),
        "trade_kusd": ("trade, including patrons' backfill", "thousand USD a year"),
        "exports_kusd": ("the target's exports within it", "thousand USD a year"),
        "backfill_kusd": ("lost trade that patrons replaced", "thousand USD a year"),
        "declared_isolation": (
            "trade of 2016 that levels and resolutions forbid on paper",
            "share of 2016, 0 to 1",
        ),
        "enforced_isolation": (
            "trade of 2016 that is gone after leaks and backfill",
            "share of 2016, up to 1",
        ),
        **_TRADE,
        "need": ("the target's shortfall of export revenue beyond what it bears at home", "0 to 1"),
        "weighted_degree": ("the sum of all levels over its value with every tie full", "0 to 1"),
        "kusd_per_trade_tie": (
            "trade over the number of patrons and third states that still trade",
            "thousand USD a year",
        ),
    },
    "acts": {
        **_KEY,
        **_WHEN,
        "iso3": ("the state, or a patron whose travel route lost a level", "ISO3 code"),
        "kind": (
            "`act`, a decision to cut; `restoration`, a level that came back; `attrition`, a route that lost a level",
            "name",
        ),
        "tie": ("the tie that moved", "name"),
        "level_before": ("its level before", "0 to 3"),
        "level_after": ("its level after", "0 to 3"),
        "lead": ("whether the act began with this tie; blank unless `kind` is `act`", "true or false"),
        **{f"share_{group}": (meaning, "share of 1") for group, meaning in zip(GROUPS, _CAUSES, strict=True)},
    },
    "tallies": {
        "scenario": _KEY["scenario"],
        "week": _WHEN["week"],
        "outcome": (
            "a weekly outcome: `acts_total`, `ties_<tie>`, `embassies`, `trade_kusd` or `exports_kusd`",
            "name",
        ),
        "value": ("its value, or the lower end of its bin of a million USD", "count or thousand USD a year"),
        "worlds": ("worlds with that value at the week's end", "count"),
    },
}
"""What each column means, and its unit. ``<tie>`` stands for the six ties; ties are those of third states."""


def meaning_of(table: str, column: str) -> tuple[str, str]:
    """What a column means, and its unit; of one of six columns what all six mean."""
    start, _, tie = column.rpartition("_")
    return MEANINGS[table][f"{start}_<tie>" if tie in TIES and column not in MEANINGS[table] else column]


def parquet(schema: pa.Schema) -> dict[str, Any]:
    """How a table is written: a checksum on each page; the outcomes of worlds, which seldom repeat, byte by byte."""
    options: dict[str, Any] = {"compression": "zstd", "write_page_checksum": True}
    if "week" not in schema.names:
        pointed = [field.name for field in schema if pa.types.is_floating(field.type)]
        others = [name for name in schema.names if name not in pointed]
        options |= {"use_dictionary": others, "use_byte_stream_split": pointed}
    return options


class TableWriters:
    """The tables of a folder as one file each, open for writing: a row group for each batch."""

    def __init__(self, folder: Path, metadata: Mapping[str, str]) -> None:
        self.counts = dict.fromkeys(TABLES, 0)
        self.writers = {
            name: pq.ParquetWriter(
                folder / f"{name}.parquet", schema.with_metadata(dict(metadata)), **parquet(schema)
            )
            for name, schema in TABLES.items()
        }

    def __enter__(self) -> TableWriters:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the files, whatever happened."""
        for writer in self.writers.values():
            writer.close()

    def write(self, batches: Mapping[str, pa.RecordBatch]) -> None:
        """Write a chunk's rows of every table."""
        for name, batch in batches.items():
            if batch.num_rows:
                self.writers[name].write_batch(batch)
                self.counts[name] += batch.num_rows
