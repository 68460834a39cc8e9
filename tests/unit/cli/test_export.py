"""The command that exports: what it writes where, and what it refuses."""

from __future__ import annotations

import builtins
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from maxpressure.cli.main import app


@pytest.fixture(autouse=True)
def somewhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


@pytest.fixture
def folder() -> str:
    assert call("run", "no-campaign", "--worlds", "2", "--out", "calm", "--quiet").exit_code == 0
    return "calm"


def test_tables_are_written_into_the_folder_of_the_results(folder: str) -> None:
    done = call("export", folder)
    assert done.exit_code == 0
    assert "worlds: 2 rows" in done.stdout
    for name in ("worlds", "acts", "outcomes", "columns"):
        assert f"calm/export/{name}.csv" in done.stdout
    assert len(pd.read_csv("calm/export/worlds.csv")) == 2
    again = call("export", folder)
    assert again.exit_code == 2
    assert "--force" in again.stderr
    assert call("export", folder, "--force", "--quiet").output == ""


def test_a_single_file_is_written_where_it_is_asked_for(folder: str) -> None:
    assert call("export", folder, "--table", "worlds", "--out", "mine.csv").exit_code == 0
    assert sorted(path.name for path in Path().glob("mine*")) == ["mine-columns.csv", "mine.csv"]
    assert call("export", folder, "--format", "xlsx", "--out", "mine.xlsx").exit_code == 0
    assert len(pd.read_excel("mine.xlsx", sheet_name="worlds")) == 2


def test_the_risk_table_of_the_record_is_written_without_results() -> None:
    done = call("export", "person-weeks", "--format", "parquet", "--out", "risk.parquet")
    assert done.exit_code == 0
    table = pd.read_parquet("risk.parquet")
    assert int(table["cut"].sum()) == 47
    refused = call("export", "person-weeks", "--table", "worlds", "--out", "more.csv")
    assert refused.exit_code == 2
    assert not Path("more.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "named"),
    [(("nothing",), "nothing"), (("calm", "--format", "xls"), "xlsx"), (("calm", "--table", "act"), "acts")],
)
@pytest.mark.usefixtures("folder")
def test_what_cannot_be_exported_is_refused(arguments: tuple[str, ...], named: str) -> None:
    refused = call("export", *arguments)
    assert refused.exit_code == 2
    assert named in refused.stderr
    assert refused.stdout == ""
    assert not Path("calm/export").exists()


def test_without_the_extra_the_sentence_names_it(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def missing(name: str, *rest: Any, **named: Any) -> Any:
        if name == "openpyxl":
            raise ModuleNotFoundError("no openpyxl", name="openpyxl")
        return real(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", missing)
    refused = call("export", folder, "--format", "xlsx")
    assert refused.exit_code == 2
    assert "maxpressure[excel]" in refused.stderr
    assert not Path("calm/export/results.xlsx").exists()
