"""Result tables as xarray's data sets: a dimension each for scenario, world and week, units as attributes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from maxpressure.base.errors import check_known, not_installed
from maxpressure.experiments.manifest import Manifest
from maxpressure.experiments.schema import TABLES, meaning_of

DIMENSIONS: Final = {"weeks": ("scenario", "world", "week"), "worlds": ("scenario", "world")}
"""The tables that are arrays, and their dimensions."""

OTHERS: Final = ("scenario", "draw", "world", "week", "date", "status", "message")
"""Columns that are no outcomes."""


Read = Callable[[str, Sequence[str]], pd.DataFrame]
"""Some columns of a table."""


def dataset(read: Read, run: Manifest, table: str, columns: Sequence[str]) -> Any:
    """Outcomes of a table as a data set; all where none is named."""
    try:
        import xarray
    except ImportError:
        raise not_installed("xarray", "bayes", "to_xarray") from None
    check_known(table, tuple(DIMENSIONS), file="to_xarray", key="table")
    outcomes = [name for name in TABLES[table].names if name not in OTHERS]
    for column in columns:
        check_known(column, outcomes, file="to_xarray", key=f"a column of {table}")
    wanted = list(dict.fromkeys(columns)) or outcomes
    beside = [name for name in ("draw", "date") if name in TABLES[table].names]
    dimensions = DIMENSIONS[table]
    frame = read(table, [*dimensions, *beside, *wanted])
    there = frame["scenario"].cat.remove_unused_categories().cat
    index = {
        "scenario": there.categories.to_numpy(),
        **{name: np.unique(frame[name]) for name in dimensions[1:]},
    }
    cell = (there.codes.to_numpy(), *(np.searchsorted(index[name], frame[name]) for name in dimensions[1:]))
    shape = tuple(len(names) for names in index.values())

    def spread(name: str) -> Any:
        """A column as an array: whole numbers where every cell has one, else blanks are NaN."""
        column = frame[name]
        whole = column.dtype.kind == "i" and len(frame) == np.prod(shape) and not column.hasnans
        values = column.to_numpy(dtype=np.int64 if whole else np.float64, na_value=0 if whole else np.nan)
        found = np.full(shape, 0 if whole else np.nan, dtype=values.dtype)
        found[cell] = values
        meaning, unit = meaning_of(table, name)
        return dimensions, found, {"long_name": meaning, "units": unit}

    coordinates: dict[str, Any] = dict(index)
    for name, along in (("draw", "world"), ("date", "week")):
        if name in beside:
            first = frame.drop_duplicates(along).sort_values(along)
            coordinates[name] = (along, first[name].to_numpy())
    return xarray.Dataset({name: spread(name) for name in wanted}, coordinates, _about(run))


def _about(run: Manifest) -> dict[str, Any]:
    """What was run, as attributes that a NetCDF file can hold."""
    return {"case": run.case, "seed": run.seed, "parameters": run.parameters.status, "command": run.command}
