"""Batches where there is no main module to speak of: in a running Jupyter kernel, and in a bare script."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from batches import digests, environment, experiment, short
from maxpressure.experiments.batch import run_batch
from maxpressure.model.case import Case
from notebooks import executed, said

SETUP = """from batches import chunks_of, experiment, short
from maxpressure.experiments.batch import run_batch
from maxpressure.model.case import load_case
import pytest
chunks_of(pytest.MonkeyPatch(), 2)
case = load_case()
def simulate(place, **how):
    given = experiment(case, 4, scenarios=(short(),), **how)
    return run_batch(given, place, workers=2, progress=False)
"""
SUBCLASS = """import os
from pathlib import Path
from maxpressure.model.agents import State
class Bold(State):
    def plan(self, *what):
        super().plan(*what)
        (Path({seen!r}) / str(os.getpid())).touch()
"""
ASK = "print(simulate({place!r}, {how}).simulated)"


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory, case: Case) -> dict[str, str]:
    place = tmp_path_factory.mktemp("notebook") / "whole"
    run_batch(experiment(case, 4, scenarios=(short(),)), place, workers=1, progress=False)
    return digests(place)


def processes(seen: Path) -> set[int]:
    """The processes in which states of the subclass were simulated."""
    return {int(path.name) for path in seen.iterdir()}


def test_a_running_kernel_runs_batches_with_its_own_states_on_two_workers(
    tmp_path: Path, expected: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    nbformat = pytest.importorskip("nbformat")
    places = {name: str(tmp_path / name) for name in ("ensemble", "world", "bold")}
    seen = tmp_path / "seen"
    seen.mkdir()
    cells = [
        SETUP,
        ASK.format(place=places["ensemble"], how=""),
        ASK.format(place=places["world"], how="engine='world'"),
        SUBCLASS.format(seen=str(seen)),
        ASK.format(place=places["bold"], how="state_class=Bold"),
        "print(os.getpid())",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    done = executed(notebook, tmp_path, monkeypatch)
    assert [said(done[number]).strip() for number in (1, 2, 4)] == ["4", "4", "4"]
    assert not [said(done[number], "stderr") for number in (2, 4) if said(done[number], "stderr")]
    assert len(processes(seen)) == 2
    assert int(said(done[5])) not in processes(seen)
    for place in places.values():
        assert digests(place) == expected


@pytest.mark.parametrize("how", ["engine='world'", ""])
def test_a_script_needs_no_main_guard(tmp_path: Path, expected: dict[str, str], how: str) -> None:
    script, place = tmp_path / "script.py", tmp_path / "batch"
    begun = f"open({str(tmp_path / 'begun')!r}, 'a').write('once ')\n"
    script.write_text(begun + SETUP + ASK.format(place=str(place), how=how))
    command = [sys.executable, str(script)]
    ran = subprocess.run(command, env=environment(), capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "4"
    assert (tmp_path / "begun").read_text() == "once "
    assert digests(place) == expected


def test_a_state_defined_in_a_script_runs_on_two_workers(tmp_path: Path, expected: dict[str, str]) -> None:
    script, place, seen = tmp_path / "script.py", tmp_path / "batch", tmp_path / "seen"
    seen.mkdir()
    ask = ASK.format(place=str(place), how="state_class=Bold")
    script.write_text(f"{SETUP}{SUBCLASS.format(seen=str(seen))}{ask}\nprint(os.getpid())\n")
    command = [sys.executable, str(script)]
    ran = subprocess.run(command, env=environment(), capture_output=True, text=True, check=True)
    simulated, own = ran.stdout.split()
    assert simulated == "4"
    assert not ran.stderr
    assert len(processes(seen)) == 2
    assert int(own) not in processes(seen)
    assert digests(place) == expected


def test_the_caller_keeps_the_name_of_its_own_file_after_a_batch_in_processes(
    case: Case, tmp_path: Path
) -> None:
    main = sys.modules["__main__"]
    before = getattr(main, "__file__", None), main.__spec__
    given = experiment(case, 1, engine="world", scenarios=(short(),))
    run_batch(given, tmp_path, workers=2, progress=False)
    assert (getattr(main, "__file__", None), main.__spec__) == before
