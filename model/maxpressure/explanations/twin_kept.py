"""The tables of twins read again from their folder, which may come from others: each column of its kind and range."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pandas as pd

from maxpressure.base.errors import InputError, Wrong
from maxpressure.base.text import as_given
from maxpressure.explanations.twin_tables import COLUMNS, GAINED, LOST_BY_END, LOST_LATER
from maxpressure.explanations.twins import COUPLINGS

INFINITE: Final = float("inf")
MOST: Final = 1e9
Kinds = Mapping[str, tuple[float, float] | type]
"""By column the least and the largest number, or another kind of cell."""

OF_ACTS: Final[Kinds] = dict.fromkeys(COLUMNS, str) | {
    "act": (1, MOST), "week": dt.date, "twins": (1, MOST), "gone_by_end": (0, 1), "gone_later": (0, 1),
    "delay_weeks": (-MOST, INFINITE), "agree": bool,
}  # fmt: skip
OF_BOTH: Final = ("state", "act", "ties", "twins", "agree")
OF_TOTALS: Final[Kinds] = {"quantity": str, "of": str, "coupling": str} | dict.fromkeys(
    ("twins", "mean", "mcse", "p05", "p95"), (0, MOST)
)
QUANTITIES: Final = [
    (quantity, coupling) for coupling in COUPLINGS for quantity in (LOST_BY_END, LOST_LATER, GAINED)
]


def kept_acts(path: Path) -> pd.DataFrame:
    """The table of acts; raises InputError where it is none that :func:`~.twin_tables.act_table` makes."""
    table = _read(path, OF_ACTS)
    pairs = table.groupby(["week", "iso3"], sort=False)
    if any(pair != list(COUPLINGS) for pair in pairs["coupling"].agg(list)):
        raise _refused(path, "coupling", f"each act once under {' and '.join(COUPLINGS)}")
    for name in OF_BOTH:
        if (table[name] != pairs[name].transform("first")).any():
            raise _refused(path, f"column {name}", "the same for an act under both couplings")
    return table


def kept_totals(path: Path) -> pd.DataFrame:
    """The table of totals; raises InputError where it is none that :func:`~.twin_tables.total_table` makes."""
    table = _read(path, OF_TOTALS)
    if list(zip(table["quantity"], table["coupling"], strict=True)) != QUANTITIES:
        raise _refused(
            path, "quantity", "each quantity once under each coupling, in the order in which they are written"
        )
    return table


def _read(path: Path, kinds: Kinds) -> pd.DataFrame:
    try:
        blanks = {"mcse": [""]}
        table = pd.read_csv(path, keep_default_na=False, na_values=blanks, dtype={"of": str})
    except (ValueError, OverflowError, OSError):
        raise _refused(path, "file", "a table in CSV") from None
    if list(table.columns) != list(kinds) or not isinstance(table.index, pd.RangeIndex):
        raise _refused(path, "line 1", f"the columns {', '.join(kinds)}")
    for name, kind in kinds.items() if len(table) else ():
        if not _fits(table[name], kind):
            raise _refused(path, f"column {name}", "what was written there; --force makes the twins again")
    return table.map(as_given)


def _fits(column: pd.Series[Any], kind: tuple[float, float] | type) -> bool:
    if isinstance(kind, tuple):
        numbers = column.dropna() if column.name == "mcse" else column
        return column.dtype.kind in "iuf" and bool(numbers.between(*kind).all())
    if kind is bool:
        return column.dtype.kind == "b"
    if not all(isinstance(cell, str) for cell in column):
        return False
    return kind is str or all(map(_is_day, column))


def _is_day(cell: str) -> bool:
    try:
        return dt.date.fromisoformat(cell).isoformat() == cell
    except ValueError:
        return False


def _refused(path: Path, key: str, allowed: str) -> InputError:
    return InputError(file=path, key=key, given=Wrong("has other content"), allowed=allowed)
