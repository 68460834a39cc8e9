"""Tallies of chunks added up: how many worlds had which value of a weekly outcome."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from maxpressure.experiments.schema import TABLES, TALLIED

PLACE: Final = ("scenario", "week", "outcome", "value")
HELD: Final = 1_000_000
"""Rows held before they are added up."""


def added_up(tallies: Iterable[pa.Table], scenarios: Sequence[str]) -> pa.Table:
    """One row for each scenario, week, outcome and value, in their natural order."""
    total, held, rows = TABLES["tallies"].empty_table(), [], 0
    for piece in tallies:
        held.append(piece)
        rows += len(piece)
        if rows > HELD:
            total, held, rows = _sum([total, *held]), [], 0
    return _sorted(_sum([total, *held]), scenarios)


def _sum(tables: Sequence[pa.Table]) -> pa.Table:
    together = pa.concat_tables(tables).unify_dictionaries()
    summed = together.group_by(list(PLACE), use_threads=False).aggregate([("worlds", "sum")])
    return (
        summed.rename_columns({"worlds_sum": "worlds"})
        .select(TABLES["tallies"].names)
        .cast(TABLES["tallies"])
    )


def _sorted(total: pa.Table, scenarios: Sequence[str]) -> pa.Table:
    order = pa.table(
        {
            "scenario": pc.index_in(total["scenario"].cast(pa.string()), pa.array(scenarios, pa.string())),
            "week": total["week"],
            "outcome": pc.index_in(total["outcome"].cast(pa.string()), pa.array(TALLIED)),
            "value": total["value"],
        }
    )
    return total.take(pc.sort_indices(order, [(column, "ascending") for column in PLACE]))
