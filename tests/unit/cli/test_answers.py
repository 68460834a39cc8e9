"""Answers for programs: one JSON object, lists of inputs, versions, completion of names."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import maxpressure
from maxpressure.cli.as_json import plain
from maxpressure.cli.completion import input_names, kind_names, scenario_names, state_names
from maxpressure.cli.main import app
from maxpressure.results.results import load
from maxpressure.scenario import shipped_scenarios


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two scenarios in three worlds."""
    folder = tmp_path_factory.mktemp("answers") / "two"
    ran = call("run", "max-pressure-2017", "no-campaign", "--worlds", "3", "--out", str(folder), "--quiet")
    assert ran.exit_code == 0
    return folder


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def answer(*arguments: str) -> dict[str, Any]:
    """The JSON object of a command, which is all that it prints."""
    said = call(*arguments, "--json")
    assert said.exit_code == 0, said.stderr
    found = json.loads(said.stdout, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
    assert (found["schema"], found["version"]) == (1, maxpressure.__version__)
    return dict(found)


def test_a_run_and_a_description_have_the_numbers_of_the_library(place: Path) -> None:
    again = answer("run", "max-pressure-2017", "no-campaign", "--worlds", "3", "--out", str(place))
    assert (again["command"], again["reused"], again["kept"], again["worlds"]) == ("run", True, 3, 3)
    described = answer("describe", str(place))
    assert again["outcomes"] == described["outcomes"]
    table = load(place).describe()
    assert [row["mean"] for row in described["outcomes"]] == [
        None if math.isnan(mean) else mean for mean in table["mean"]
    ]
    assert described["manifest"]["seed"] == 2017
    assert {row["outcome"] for row in again["differences"]} >= {"acts", "trade_lost"}


def test_a_comparison_has_its_rows_and_where_it_was_written(place: Path) -> None:
    found = answer("compare", str(place))
    assert (found["against"], found["left_out"]) == ("max-pressure-2017", [])
    assert [row["mean"] for row in found["differences"][:4]] == list(load(place).compare()["mean"])
    assert Path(found["written"], "compare.csv").is_file()


def test_an_explanation_has_its_tables(place: Path) -> None:
    found = answer("explain", str(place), "--scenario", "no-campaign", "--world", "1")
    assert (found["world"], found["state"], found["scenario"]) == (1, None, "no-campaign")
    assert {"acts", "exposures"} <= set(found["tables"]) or found["tables"]
    state = answer("explain", str(place), "--state", "mexico", "--worlds", "2", "--twins", "2")
    assert state["state"] == "MEX"
    assert "switch_off" in state["tables"]
    assert Path(state["written"]).name == "MEX"


def test_twins_have_their_tables(tmp_path: Path) -> None:
    found = answer(
        "twin", "no-campaign", "--worlds", "2", "--state", "Spain", "--out", str(tmp_path / "twin")
    )
    assert found["states"] == ["ESP"]
    assert {row["iso3"] for row in found["tables"]["twins"]} >= {"ESP"}


def test_a_refusal_leaves_stdout_empty_and_is_a_sentence(place: Path) -> None:
    refused = call("compare", str(place), "--against", "no-campain", "--json")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "Did you mean 'no-campaign'?" in refused.stderr


def test_numbers_that_are_not_finite_are_null() -> None:
    assert plain({"a": [float("nan"), float("inf"), 1.0], "b": Path("x")}) == {
        "a": [None, None, 1.0],
        "b": "x",
    }


# ---- inputs


def test_inputs_are_listed_by_date_with_their_states_and_the_scenarios_that_edit_them() -> None:
    found = answer("inputs")["inputs"]
    assert [one["date"] for one in found] == sorted(one["date"] for one in found)
    by_id = {one["id"]: one for one in found}
    assert by_id["UNSCR 2375"]["edited_by"] == ["no-september-test", "veto-at-the-council"]
    assert by_id["Q119"] | {"edited_by": []} == {
        "id": "Q119",
        "kind": "request",
        "date": "2018-02-15",
        "name": "carry out the resolutions: the restaurant and its workers",
        "states": ["MMR"],
        "edited_by": [],
    }


def test_a_kind_is_meant_by_its_name_or_a_word_of_it() -> None:
    kinds = {one["kind"] for one in answer("inputs", "--kind", "test", "--kind", "summit")["inputs"]}
    assert kinds == {"nuclear_test", "icbm_test", "irbm_test", "other_missile_test", "summit"}
    assert [one["id"] for one in answer("inputs", "UNSCR 2375", "Q119")["inputs"]] == ["UNSCR 2375", "Q119"]
    for words, near in ((("--kind", "rezolution"), "resolution"), (("UNSRC 2375",), "UNSCR 2375")):
        refused = call("inputs", *words)
        assert (refused.exit_code, refused.stdout) == (2, "")
        assert f"Did you mean '{near}'?" in refused.stderr


@pytest.mark.parametrize("width", ["40", "80"])
def test_the_list_of_inputs_keeps_to_the_terminal(monkeypatch: pytest.MonkeyPatch, width: str) -> None:
    monkeypatch.setenv("COLUMNS", width)
    assert max(map(len, call("inputs", "--kind", "test").stdout.splitlines()[:-3])) <= int(width)


# ---- versions and completion


def test_the_version_names_programs_and_folders() -> None:
    first, *others = call("--version").stdout.splitlines()
    assert first == f"maxpressure {maxpressure.__version__}"
    assert [line.split()[0] for line in others[:4]] == ["Python", "Mesa", "NumPy", "Numba"]
    assert others[6].startswith("compiled code: ")
    for line in others[4:6]:
        assert Path(line.partition(": ")[2]).is_dir()


def test_names_are_completed_as_they_are_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "no-august.toml").write_text("")
    assert scenario_names("no-s") == ["no-september-test"]
    assert scenario_names("no-a") == ["no-attrition", "no-august.toml"]
    assert set(shipped_scenarios()) <= set(scenario_names(""))
    assert [word for word, _ in state_names("Mex")] == ["Mexico"]
    assert [word for word, _ in state_names("mex")] == ["mex", "mexico"]
    assert ("UNSCR 2375", "2017-09-11") in input_names("UNSCR")
    assert kind_names("tes") == ["test"]


def test_a_completion_loads_nothing_that_computes() -> None:
    environment = os.environ | {
        "PYTHONPATH": str(Path(maxpressure.__file__).parents[1]),
        "_MAXPRESSURE_COMPLETE": "complete_bash",
        "COMP_WORDS": "maxpressure run no-s",
        "COMP_CWORD": "2",
    }
    program = (
        "import sys\nfrom maxpressure.cli.main import app\n"
        "try: app(prog_name='maxpressure')\nfinally: print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == ["no-september-test"]
    assert {"numpy", "pandas", "pyarrow"}.isdisjoint(done.stderr.split())  # Typer itself loads pydantic
