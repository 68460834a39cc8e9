"""The benchmarks run and say what they measured. How fast anything is, no test says."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from maxpressure.evidence.parameters import load_parameters
from maxpressure.model.case import Situation, load_case, prepare

pytestmark = pytest.mark.docs

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The README after a run over a few worlds, its tables emptied before."""
    readme = tmp_path_factory.mktemp("benchmarks") / "README.md"
    shutil.copy(BENCHMARKS / "README.md", readme)
    report = loaded("report", pytest.MonkeyPatch())
    report.put(readme, dict.fromkeys(report.SECTIONS, "nothing yet"))
    command = [sys.executable, str(BENCHMARKS / "bench.py"), "--tiny", "--readme", str(readme)]
    subprocess.run(command, check=True, capture_output=True)
    return readme.read_text(encoding="utf-8")


def loaded(name: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A module of the benchmarks."""
    monkeypatch.syspath_prepend(BENCHMARKS)
    return import_module(name)


def test_a_run_over_a_few_worlds_writes_every_table(written: str) -> None:
    assert "nothing yet" not in written
    assert written.count("| --- |") == 9 + 1  # that of pairs is measured apart


def test_the_tables_name_neither_the_machine_nor_its_folders(written: str) -> None:
    for name in (platform.node(), str(Path.home()), str(BENCHMARKS)):
        assert name not in written


def test_the_c_program_comes_to_the_strains_of_the_rule_wherever_a_compiler_is(written: str) -> None:
    compiled = any(shutil.which(name) for name in ("cc", "gcc", "clang"))
    assert ("| C, libm |" in written) == compiled  # bench.py stops if they differ


@pytest.mark.parametrize("name", ["max-pressure-2017", "with-contagion", "more-tests"])
def test_the_numpy_program_is_distributed_as_the_ensemble(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rival, case = loaded("rival", monkeypatch), load_case()
    off = rival.check_alike(prepare(case, case.scenario(name)), load_parameters().values, 2000, 2017)
    assert set(off) == {"acts, mean", "acts, spread", "cuts, mean", "cuts, spread"}


def test_a_numpy_program_of_another_rule_is_refused(
    recorded: Situation, monkeypatch: pytest.MonkeyPatch
) -> None:
    rival, p = loaded("rival", monkeypatch), load_parameters().values
    other = rival.lay_out(recorded, p._replace(chi=2.0 * p.chi))
    monkeypatch.setattr(rival, "lay_out", lambda *_: other)
    with pytest.raises(RuntimeError, match="not distributed as the ensemble"):
        rival.check_alike(recorded, p, 2000, 2017)


def test_a_scenario_that_the_numpy_program_does_not_simulate_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rival, case = loaded("rival", monkeypatch), load_case()
    situation = prepare(case, case.scenario("target-courts"))
    with pytest.raises(ValueError, match="does not simulate target-courts"):
        rival.lay_out(situation, load_parameters().values)


def test_a_readme_that_lacks_a_marker_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("<!-- aims -->\nno end\n", encoding="utf-8")
    with pytest.raises(ValueError, match="no markers for aims"):
        loaded("report", monkeypatch).put(readme, {"aims": "| a |"})


def test_text_outside_the_markers_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("before\n<!-- aims -->\nold\n<!-- /aims -->\nafter\n", encoding="utf-8")
    loaded("report", monkeypatch).put(readme, {"aims": "new"})
    assert readme.read_text(encoding="utf-8") == "before\n<!-- aims -->\nnew\n<!-- /aims -->\nafter\n"


def test_made_up_states_keep_the_ties_and_the_peers_of_the_real_ones(
    recorded: Situation, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = recorded.population
    made_up = loaded("crowd", monkeypatch).crowd(recorded, 2 * len(real.iso3)).population
    assert np.array_equal(made_up.start, np.tile(real.start, (2, 1)))
    assert np.array_equal(np.diff(made_up.peers.first), np.tile(np.diff(real.peers.first), 2))
    assert np.array_equal(made_up.peers.weight, np.tile(real.peers.weight, 2))
    assert len(set(made_up.codes)) == len(made_up.iso3)
    assert sorted(made_up.iso3) == list(made_up.iso3)


def test_the_last_copy_of_the_states_may_be_cut_short(
    recorded: Situation, monkeypatch: pytest.MonkeyPatch
) -> None:
    peers = loaded("crowd", monkeypatch).crowd(recorded, 200).population.peers
    assert len(peers.first) == 201
    assert peers.first[-1] == len(peers.watcher) == len(peers.weight)
    assert peers.watcher.max() < 200


def test_what_pairing_saves_is_measured_for_every_scenario(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readme = tmp_path / "README.md"
    shutil.copy(BENCHMARKS / "README.md", readme)
    pairing = loaded("pairing", monkeypatch)
    pairing.report.put(readme, {"pairing": "nothing yet", "pairing claim": "nothing yet"})
    pairing.main(["--worlds", "30", "--experiment", "class", "--readme", str(readme)])
    written = readme.read_text(encoding="utf-8")
    assert "nothing yet" not in written
    assert "| no-september-test | " in written
    assert "Acts, 30 worlds, the mode: " in written


def test_the_gain_of_pairing_is_the_ratio_of_variances(monkeypatch: pytest.MonkeyPatch) -> None:
    pairing, rng = loaded("pairing", monkeypatch), np.random.default_rng(1)
    theirs = rng.normal(50, 8, 4000)
    ours = theirs + rng.normal(-3, 2, 4000)
    rows = np.arange(4000)
    matched = pairing.Pairs(
        rows=rows, rows_against=rows, draws=np.zeros(4000, dtype=np.int64), failed=0, unpaired=0, fewest=4000
    )
    found = pairing.gain("acts", ours, theirs, matched)
    expected = (ours.var(ddof=1) + theirs.var(ddof=1)) / (ours - theirs).var(ddof=1)
    assert found.ratio == pytest.approx(expected)
    assert abs(found.ratio - (64 + 68) / 4) < 4 * found.ratio_error
    assert found.independent / found.paired == pytest.approx(expected, rel=0.05)  # t at few worlds
