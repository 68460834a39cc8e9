"""The canonical form: the same bytes for the same worlds, and other bytes for any other."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from maxpressure.api import run
from maxpressure.engine.chunks import Keep
from maxpressure.experiments.receipts import part_name
from maxpressure.experiments.schema import TABLES
from maxpressure.model.case import Case
from maxpressure.results.dataset import digest_of
from maxpressure.results.results import Results, load
from part_folders import SEED, TWO, laid_out, planned
from pilot import PILOT


@pytest.fixture(scope="module")
def results(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Two scenarios in 10 worlds each, in parts of 4."""
    return laid_out(planned(case, worlds=10), tmp_path_factory.mktemp("canonical") / "a", width=4)


def test_every_table_has_its_digest(results: Results) -> None:
    assert set(results.digests()) == set(TABLES)


@pytest.mark.parametrize("width", [1, 3, 10])
def test_the_canonical_form_does_not_depend_on_how_worlds_were_cut(
    results: Results, case: Case, tmp_path: Path, width: int
) -> None:
    assert laid_out(planned(case, worlds=10), tmp_path / "a", width=width).digests() == results.digests()


def test_the_canonical_form_does_not_depend_on_the_layout(
    results: Results, case: Case, tmp_path: Path
) -> None:
    whole = run(TWO, worlds=10, seed=SEED, out=tmp_path / "a", case=case, parameters=PILOT, progress=False)
    assert whole.digests() == results.digests()


def test_the_canonical_form_does_not_depend_on_the_engine_or_the_place(results: Results, case: Case) -> None:
    there = laid_out(planned(case, worlds=10, engine="world"), "memory://canonical/a", width=5)
    assert there.digests() == results.digests()


def test_row_groups_are_cut_by_rows_and_not_by_parts(
    results: Results, case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = laid_out(planned(case, worlds=10), tmp_path / "a", width=3)
    usual = results.digests()
    monkeypatch.setattr("maxpressure.results.dataset.GROUP", 97)
    small = results.digests()
    assert small["acts"] != usual["acts"]
    assert other.digests() == small


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({"seed": SEED + 1}, set()),
        ({"worlds": 9}, set()),
        ({"keep": Keep(weeks=9, attributions=10)}, {"worlds", "acts", "tallies"}),
        ({"keep": Keep(weeks=10, attributions=9)}, {"worlds", "weeks", "tallies"}),
    ],
)
def test_other_worlds_have_another_canonical_form(
    results: Results, case: Case, tmp_path: Path, changes: dict[str, int], same: set[str]
) -> None:
    other = laid_out(planned(case, **({"worlds": 10} | changes)), tmp_path / "a").digests()
    assert {table for table, digest in results.digests().items() if other[table] == digest} == same


def test_a_single_changed_cell_changes_the_canonical_form(results: Results, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(results.folder, tmp_path / "a"))
    receipt = load(folder).files.receipts[1]
    file = folder / part_name("worlds", receipt.chunk)
    rows = pq.read_table(file)
    place = rows.schema.get_field_index("hhi")
    numbers = rows["hhi"].to_numpy().copy()
    numbers[-1] = np.nextafter(numbers[-1], 1.0)
    pq.write_table(rows.set_column(place, rows.schema.field(place), pa.array(numbers)), file)
    part = receipt.parts["worlds"].model_copy(
        update={"sha256": hashlib.sha256(file.read_bytes()).hexdigest()}
    )
    changed = receipt.model_copy(update={"parts": {**receipt.parts, "worlds": part}})
    (folder / "receipts" / f"{receipt.chunk.name}.json").write_bytes(changed.text())
    before, after = results.digests(), load(folder).digests()
    assert {table for table in TABLES if before[table] != after[table]} == {"worlds"}


def test_pages_do_not_end_where_pieces_do() -> None:
    rows, schema = 120_000, TABLES["worlds"]
    columns = [pa.array(["fine"] * rows if field.name == "status" else [1] * rows) for field in schema]
    columns[schema.get_field_index("scenario")] = pa.array(["one"] * rows)
    columns[schema.get_field_index("message")] = pa.array(
        [f"a long message that fills pages: {n}" for n in range(rows)]
    )
    arrays = [column.cast(kind) for column, kind in zip(columns, schema.types, strict=True)]
    table = pa.table(arrays, schema=schema)
    forms = {
        digest_of("worlds", [table.slice(start, width) for start in range(0, rows, width)])
        for width in (777, 65_537, rows)
    }
    assert len(forms) == 1


def test_the_order_of_names_in_a_dictionary_does_not_matter() -> None:
    rows = TABLES["tallies"].empty_table().to_pydict()
    rows |= {"scenario": ["b", "a"], "week": [0, 1], "outcome": ["x", "x"], "value": [1, 2], "worlds": [3, 4]}
    forms = set()
    for names in (["a", "b"], ["b", "a", "c"]):
        codes = pa.array([names.index(name) for name in rows["scenario"]], pa.int16())
        scenario = pa.DictionaryArray.from_arrays(codes, pa.array(names))
        table = pa.table(rows, schema=TABLES["tallies"]).set_column(0, TABLES["tallies"].field(0), scenario)
        forms.add(digest_of("tallies", [table]))
    assert len(forms) == 1
