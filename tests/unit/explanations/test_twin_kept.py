"""Tables of twins read back from a folder of others: as they were written, or refused by their column."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from maxpressure.base.errors import InputError
from maxpressure.base.text import csv_bytes
from maxpressure.explanations.twin_kept import kept_acts, kept_totals
from maxpressure.explanations.twin_tables import COLUMNS, GAINED, LOST_BY_END, LOST_LATER
from maxpressure.explanations.twins import COUPLINGS

ACTS = pd.DataFrame(
    [
        ("QML", "=Marlund", 1, week, "trade", coupling, 4, 0.5, 0.75, float("inf"), True)
        for week in ("1992-03-09", "1992-03-23")
        for coupling in COUPLINGS
    ],
    columns=list(COLUMNS),
)
TOTALS = pd.DataFrame(
    [
        (quantity, "2", coupling, 4, 0.5, 0.1, 0.25, 0.75)
        for coupling in COUPLINGS
        for quantity in (LOST_BY_END, LOST_LATER, GAINED)
    ],
    columns=["quantity", "of", "coupling", "twins", "mean", "mcse", "p05", "p95"],
)


def written(path: Path, table: pd.DataFrame) -> Path:
    path.write_bytes(csv_bytes(table))
    return path


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    pd.testing.assert_frame_equal(kept_acts(written(tmp_path / "twins.csv", ACTS)), ACTS)
    pd.testing.assert_frame_equal(kept_totals(written(tmp_path / "totals.csv", TOTALS)), TOTALS)


@pytest.mark.parametrize("column", ["state", "act", "ties", "twins", "agree"])
def test_what_an_act_is_does_not_differ_between_its_couplings(tmp_path: Path, column: str) -> None:
    table = ACTS.copy()
    table[column] = [{"state": "x", "ties": "y", "agree": False}.get(column, 7), *table[column][1:]]
    with pytest.raises(InputError) as refusal:
        kept_acts(written(tmp_path / "twins.csv", table))
    assert refusal.value.key == f"column {column}"


@pytest.mark.parametrize(
    ("column", "cell"),
    [("week", "1992-3-9"), ("twins", 0), ("gone_by_end", 1.5), ("gone_later", "many"), ("agree", "perhaps")],
)
def test_a_cell_of_another_kind_is_refused_at_its_column(tmp_path: Path, column: str, cell: object) -> None:
    table = ACTS.astype(object)
    table[column] = [cell, *table[column][1:]]
    with pytest.raises(InputError) as refusal:
        kept_acts(written(tmp_path / "twins.csv", table))
    assert refusal.value.key == f"column {column}"


def without_a_coupling(table: pd.DataFrame) -> pd.DataFrame:
    return table[1:]


def in_another_order(table: pd.DataFrame) -> pd.DataFrame:
    return table[::-1]


def without_a_column(table: pd.DataFrame) -> pd.DataFrame:
    return table.drop(columns="twins")


@pytest.mark.parametrize("change", [without_a_coupling, in_another_order, without_a_column])
def test_other_rows_or_columns_are_refused(
    tmp_path: Path, change: Callable[[pd.DataFrame], pd.DataFrame]
) -> None:
    for read, table in ((kept_acts, ACTS), (kept_totals, TOTALS)):
        path = written(tmp_path / "table.csv", change(table))
        with pytest.raises(InputError, match=r"table\.csv"):
            read(path)
