"""The archive: the tables of a run of the same worlds, and what it takes to repeat them."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import maxpressure
from maxpressure.app.figures.lots import Lot
from maxpressure.app.figures.outcomes import OUTCOMES
from maxpressure.app.figures.tables import archive
from maxpressure.app.figures.worlds import worlds
from maxpressure.base.cautions import CONTAGION
from maxpressure.results.quantiles import LEVELS
from page_worlds import NAMES, WORLDS


@pytest.fixture(scope="module")
def packed(both: tuple[Lot, Lot]) -> bytes:
    return archive(*both)


@pytest.fixture(scope="module")
def folder(packed: bytes) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(packed))


def test_it_holds_tables_files_and_how_to_simulate_the_worlds_again(folder: zipfile.ZipFile) -> None:
    assert sorted(folder.namelist()) == [
        "A-acts.csv", "A-worlds.csv", "A.toml", "B-acts.csv", "B-worlds.csv", "B.toml", "README.txt", "bands.csv",
        "compare.csv",
    ]  # fmt: skip
    readme = folder.read("README.txt").decode()
    assert f"maxpressure run B.toml --worlds {WORLDS} --seed 2017" in readme
    assert CONTAGION in readme


@pytest.mark.parametrize("which", [0, 1])
def test_its_tables_are_those_of_a_run(
    folder: zipfile.ZipFile, results: maxpressure.Results, which: int
) -> None:
    for table in ("worlds", "acts"):
        ours = pd.read_csv(folder.open(f"{'AB'[which]}-{table}.csv"))
        theirs = results.table(table, scenario=NAMES[which])
        assert list(ours.columns) == list(theirs.columns)
        for name in theirs.columns:
            if pd.api.types.is_numeric_dtype(theirs[name]) and name != "lead":
                np.testing.assert_allclose(
                    ours[name].to_numpy(dtype=float), theirs[name].to_numpy(dtype=float, na_value=np.nan)
                )


def test_its_bands_are_those_of_the_picture(folder: zipfile.ZipFile, both: tuple[Lot, Lot]) -> None:
    bands = pd.read_csv(folder.open("bands.csv"))
    answer = worlds(both[1])
    for key in OUTCOMES:
        own = bands[(bands["setting"] == "B") & (bands["outcome"] == key)]
        assert own["by"].tolist() == answer["days"]
        levels = np.array(answer["outcomes"][key]["levels"], dtype=float)
        np.testing.assert_array_equal(own[list(LEVELS)].to_numpy().T, levels)


def test_its_scenario_file_is_the_setting(
    folder: zipfile.ZipFile, both: tuple[Lot, Lot], tmp_path: Path
) -> None:
    folder.extract("B.toml", tmp_path)
    case = both[0].basis.case
    assert case.scenario(tmp_path / "B.toml").edits() == case.scenario("no-campaign").edits()


def test_the_same_question_has_the_same_bytes_and_one_setting_no_comparison(
    packed: bytes, both: tuple[Lot, Lot]
) -> None:
    assert archive(*both) == packed
    assert "compare.csv" not in zipfile.ZipFile(io.BytesIO(archive(both[0]))).namelist()
