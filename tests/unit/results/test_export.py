"""Tables as files of other programs: every value comes back, text is never a formula, nothing is replaced unasked."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest

from maxpressure.api import run
from maxpressure.base.errors import InputError
from maxpressure.base.text import as_given
from maxpressure.model.case import Case
from maxpressure.results.export import CHOICES, FORMATS, export, write
from maxpressure.results.formats import MOST_ROWS, Exported
from maxpressure.results.meanings import Meaning, meanings
from maxpressure.results.results import Results

TWO = ("max-pressure-2017", "no-campaign")


@pytest.fixture(scope="module")
def results(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Results:
    return run(
        TWO, worlds=3, seed=11, out=tmp_path_factory.mktemp("export") / "two", case=case, progress=False
    )


def read(path: Path, table: str) -> pd.DataFrame:
    """A table as another program reads it."""
    match path.suffix:
        case ".csv":
            return pd.read_csv(path)
        case ".dta":
            return pd.read_stata(path)
        case ".parquet":
            return pd.read_parquet(path)
        case ".json":
            return pd.DataFrame(json.loads(path.read_text(encoding="utf-8"))["rows"])
    return pd.read_excel(path, sheet_name=table)


def own(results: Results, table: str) -> pd.DataFrame:
    if table == "outcomes":
        return results.describe()
    if table == "comparison":
        return results.compare(
            "acts", "states_acted", "embassies", "trade_left", "trade_lost", "exports_lost"
        )
    return results.table(table)


@pytest.mark.parametrize("kind", FORMATS)
def test_every_value_of_every_table_comes_back(results: Results, tmp_path: Path, kind: str) -> None:
    done = export(results, CHOICES, kind=kind, out=tmp_path / "out")
    for table in CHOICES:
        path = tmp_path / "out" / ("results.xlsx" if kind == "xlsx" else f"{table}.{kind}")
        assert path in done.files
        there, expected = read(path, table), own(results, table)
        assert list(there) == list(expected)
        assert len(there) == len(expected) == done.rows[table]
        for column in expected:
            if pd.api.types.is_numeric_dtype(expected[column].dtype):
                numbers, given = (
                    frame[column].astype("Float64").to_numpy(float, na_value=math.nan)
                    for frame in (there, expected)
                )
                given = given if kind in ("csv", "parquet") else np.where(np.isfinite(given), given, math.nan)
                exact = 1e-15 if kind == "xlsx" else 0.0  # Excel holds fifteen digits
                np.testing.assert_allclose(numbers, given, rtol=exact, atol=0)
            elif column == "date":
                assert list(pd.to_datetime(there[column])) == list(expected[column])
            elif column != "message":
                assert list(there[column].astype(str)) == list(expected[column].astype(str))


def test_every_column_has_its_meaning_and_unit(results: Results) -> None:
    for table in CHOICES:
        for column in meanings(table, list(own(results, table))):
            assert column.meaning, column
            assert column.unit, column


def test_meanings_travel_with_every_format(results: Results, tmp_path: Path) -> None:
    for kind in FORMATS:
        export(results, ["worlds", "acts"], kind=kind, out=tmp_path)
    meaning = meanings("worlds", ["cut_trade"])[0]
    noted = pd.read_csv(tmp_path / "columns.csv")
    assert (
        noted[(noted["table"] == "worlds") & (noted["column"] == "cut_trade")]["unit"].item() == meaning.unit
    )
    assert pd.read_stata(tmp_path / "columns.dta").shape == noted.shape
    with pd.io.stata.StataReader(tmp_path / "worlds.dta") as stata:
        labels = stata.variable_labels()
    assert labels["cut_trade"] == f"{meaning.meaning} ({meaning.unit})"
    assert max(map(len, labels.values())) <= 80
    field = pq.read_schema(tmp_path / "worlds.parquet").field("cut_trade")
    assert field.metadata == {b"meaning": meaning.meaning.encode(), b"unit": meaning.unit.encode()}
    head = json.loads((tmp_path / "worlds.json").read_text(encoding="utf-8"))
    assert meaning._asdict() in head["columns"]
    assert head["schema"] == 1
    sheet = openpyxl.load_workbook(tmp_path / "results.xlsx")["columns"]
    assert ("worlds", *meaning) in list(sheet.iter_rows(values_only=True))


def made_up(rows: int = 0, **columns: list[object]) -> Exported:
    frame = pd.DataFrame(columns)
    noted = tuple(Meaning(name, "", "") for name in frame)
    return Exported(name="made-up", columns=noted, rows=rows or len(frame), pieces=[frame])


@pytest.mark.parametrize("text", ["=1+1", "+cmd|' /C calc'!A0", "@SUM(1)", "-2+3", "'=1", "\t=1"])
def test_text_is_never_a_formula(tmp_path: Path, text: str) -> None:
    table = made_up(text=[text], number=[-8.5])
    write([table], "xlsx", tmp_path / "a.xlsx")
    cell, number = openpyxl.load_workbook(tmp_path / "a.xlsx")["made-up"][2]
    assert (cell.data_type, cell.value) == ("s", text)
    assert number.value == -8.5
    write([table], "csv", tmp_path / "a.csv")
    there = pd.read_csv(tmp_path / "a.csv")
    assert there["text"].item().startswith("'")
    assert as_given(there["text"].item()).replace("\\t", "\t") == text
    assert there["number"].item() == -8.5


def test_what_stata_and_excel_do_not_hold_is_made_to_fit(tmp_path: Path) -> None:
    long = "a column with a name that is longer than what Stata takes"
    table = made_up(
        **{long: [1], f"{long} 2": [2.5], "2 begins": [math.inf], "text": ["é" * 3000], "none": [None]}
    )
    write([table], "dta", tmp_path / "a.dta")
    there = pd.read_stata(tmp_path / "a.dta")
    assert [len(name) for name in there][:2] == [32, 32]
    assert len(set(there)) == 5
    assert there["_2_begins"].isna().all()
    assert there["text"].item() == "é" * 3000
    write([made_up(text=["bell \x07"])], "xlsx", tmp_path / "a.xlsx")
    assert openpyxl.load_workbook(tmp_path / "a.xlsx")["made-up"]["A2"].value == "bell \\x07"
    write([table], "json", tmp_path / "a.json")
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))["rows"][0]["2 begins"] is None


def test_more_rows_than_a_sheet_holds_are_refused_with_what_holds_them(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="parquet"):
        write([made_up(rows=MOST_ROWS, text=["a"])], "xlsx", tmp_path / "a.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_replaced_only_by_force(results: Results, tmp_path: Path) -> None:
    (tmp_path / "acts.csv").write_text("mine")
    with pytest.raises(InputError, match="force=True"):
        export(results, ["worlds", "acts"], out=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["acts.csv"]
    export(results, ["worlds", "acts"], out=tmp_path, force=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["acts.csv", "columns.csv", "worlds.csv"]


def test_a_fault_in_one_table_leaves_no_file_of_any(tmp_path: Path) -> None:
    def broken() -> object:
        yield pd.DataFrame({"a": [1]})
        raise OSError(28, "No space left on device")

    bad = Exported(name="bad", columns=(Meaning("a", "", ""),), rows=2, pieces=broken())  # type: ignore[arg-type]
    with pytest.raises(OSError, match="No space"):
        write([made_up(a=[1]), bad], "csv", tmp_path / "out")
    assert not (tmp_path / "out").exists() or list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(
    ("tables", "options", "named"),
    [
        (["world"], {}, "worlds"),
        (["worlds"], {"kind": "xslx"}, "xlsx"),
        (["worlds", "acts"], {"out": "both.csv"}, "--table"),
    ],
)
def test_what_cannot_be_exported_is_refused(
    results: Results, tmp_path: Path, tables: list[str], options: dict[str, str], named: str
) -> None:
    place = {"out": tmp_path / options["out"]} if "out" in options else {"out": tmp_path}
    with pytest.raises(InputError, match=named):
        export(results, tables, **(options | place))
    assert list(tmp_path.iterdir()) == []


def test_one_scenario_has_no_comparison_and_says_so(case: Case, tmp_path: Path) -> None:
    alone = run("no-campaign", worlds=2, out=tmp_path / "a", case=case, progress=False)
    assert list(export(alone).rows) == ["worlds", "acts", "outcomes"]
    with pytest.raises(InputError, match="no-campaign"):
        export(alone, ["comparison"], out=tmp_path / "b")
    more = run("no-campaign", worlds=3, out=tmp_path / "a", case=case, progress=False)
    assert more.kept == 2
    assert not (tmp_path / "a" / "export").exists()
