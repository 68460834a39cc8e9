"""The kinds of the columns of the result tables, from the schemas with which they are written."""

from __future__ import annotations

from collections import defaultdict

import pyarrow as pa

from manual.evidence_tables import rows_of
from maxpressure.experiments.schema import TABLES


def column_kinds() -> str:
    """For each table and kind of column, which columns are of it."""
    rows = []
    for name, schema in TABLES.items():
        columns: dict[tuple[str, str], list[str]] = defaultdict(list)
        for field in schema:
            columns[_kind(field.type), "some" if field.nullable else "none"].append(field.name)
        rows += [
            (f"`{name}`", kind, blank, ", ".join(f"`{column}`" for column in there))
            for (kind, blank), there in columns.items()
        ]
    return rows_of(("table", "kind in Parquet", "blanks", "columns"), rows)


def _kind(kind: pa.DataType) -> str:
    return "name (dictionary)" if pa.types.is_dictionary(kind) else str(kind)
