"""Every column of the result tables has a meaning and a unit."""

from __future__ import annotations

import pytest

from maxpressure.base.ties import TIES
from maxpressure.experiments.schema import MEANINGS, TABLES


@pytest.mark.parametrize("table", TABLES)
def test_every_column_has_a_meaning_and_a_unit_in_the_order_of_the_table(table: str) -> None:
    columns = [
        name.replace("<tie>", tie) for name in MEANINGS[table] for tie in (TIES if "<tie>" in name else ("",))
    ]
    assert columns == TABLES[table].names
    assert all(meaning and unit for meaning, unit in MEANINGS[table].values())


def test_no_other_table_is_described() -> None:
    assert set(MEANINGS) == set(TABLES)
