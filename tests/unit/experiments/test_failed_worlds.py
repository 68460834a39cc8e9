"""Worlds of a batch that fail: a row each, the others stay, and their chunks can be simulated again."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from batches import chunks_of, experiment, parts, short, write_experiment
from failing_states import MENDED, Brittle
from maxpressure.base.errors import InputError
from maxpressure.cli.main import app
from maxpressure.experiments.batch import run_batch
from maxpressure.experiments.experiment import Experiment
from maxpressure.model.case import Case
from maxpressure.results.results import load

CHUNK = 10


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    chunks_of(monkeypatch, CHUNK)


def test_a_world_that_fails_is_a_row_and_the_others_are_fine(case: Case, tmp_path: Path) -> None:
    given = experiment(case, 10, state_class=Brittle, scenarios=(short(),))
    done = run_batch(given, tmp_path / "batch", workers=1, progress=False)
    assert done.failed == {"short": (3, 8)}
    rows = load(tmp_path / "batch").worlds.set_index("world")
    assert list(rows.index) == list(range(10))
    failed = rows[rows["status"] == "failed"]
    assert list(failed.index) == [3, 8]
    assert set(failed["message"]) == {"ZeroDivisionError: a rule that somebody wrote"}
    assert failed["acts"].isna().all()
    fine = rows[rows["status"] == "fine"]
    run_batch(experiment(case, 10, scenarios=(short(),)), tmp_path / "sound", workers=1, progress=False)
    sound = load(tmp_path / "sound").worlds.set_index("world")
    outcomes = [column for column in sound if column not in ("scenario", "status", "message")]
    for column in outcomes:
        assert list(fine[column].dropna()) == list(sound.loc[fine.index, column].dropna())
    weeks = load(tmp_path / "batch").weeks
    assert set(weeks["world"]) == set(fine.index)


def test_only_chunks_with_failed_worlds_are_simulated_again(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chunks_of(monkeypatch, 2)
    given = experiment(case, 10, state_class=Brittle, scenarios=(short(),))
    run_batch(given, tmp_path, workers=1, progress=False)
    before = parts(tmp_path)
    again = run_batch(given, tmp_path, workers=1, progress=False)
    assert (again.simulated, again.failed) == (0, {"short": (3, 8)})
    monkeypatch.setenv(MENDED, "yes")
    done = run_batch(given, tmp_path, workers=1, progress=False, rerun_failed=True)
    assert (done.simulated, done.kept, done.failed) == (4, 6, {})
    changed = {
        name.rpartition("/")[2] for name, content in parts(tmp_path).items() if before.get(name) != content
    }
    assert {name.partition(".")[0] for name in changed} == {
        "short-0000000002-0000000003",
        "short-0000000008-0000000009",
    }
    assert set(load(tmp_path).worlds["status"]) == {"fine"}


def test_the_command_ends_with_1_and_says_how_to_rerun_failed_worlds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from maxpressure.experiments import experiment as experiment_file

    path, place = write_experiment(tmp_path / "files", 10, engine="world"), tmp_path / "batch"
    read = experiment_file.read_experiment

    def with_brittle_states(source: str, **how: object) -> Experiment:
        given = replace(read(source, **how), state_class=Brittle)
        return replace(given, scenarios=given.scenarios[:1])

    monkeypatch.setattr(experiment_file, "read_experiment", with_brittle_states)
    call = ["batch", str(path), "--out", str(place), "--workers", "1"]
    monkeypatch.setattr("sys.argv", ["maxpressure", *call])
    said = CliRunner().invoke(app, call)
    assert said.exit_code == 1
    assert "2 worlds of short failed, the first number 3" in said.stderr
    again = shlex.split(said.stderr.partition("Rerun just those: ")[2])
    assert again == ["maxpressure", *call, "--rerun-failed"]
    monkeypatch.setenv(MENDED, "yes")
    mended = CliRunner().invoke(app, again[1:])
    assert mended.exit_code == 0
    assert set(load(place).worlds["status"]) == {"fine"}


def test_the_manifest_says_whose_states_simulated(case: Case, tmp_path: Path) -> None:
    given = experiment(case, 2, state_class=Brittle, scenarios=(short(),))
    run_batch(given, tmp_path, workers=1, progress=False)
    assert json.loads((tmp_path / "manifest.json").read_text())["state_class"] == "Brittle"
    with pytest.raises(InputError, match="state_class was Brittle, now State"):
        run_batch(experiment(case, 2), tmp_path, workers=1, progress=False)
