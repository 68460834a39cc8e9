"""The benchmarks run and say what they measured. How fast anything is, no test says."""

from __future__ import annotations

import platform
import shutil
import signal
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
    assert written.count("| --- |") == 8 + 6  # waits, pairs and the page are measured apart


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


def test_without_peers_the_numpy_program_comes_to_the_same_worlds(
    recorded: Situation, monkeypatch: pytest.MonkeyPatch
) -> None:
    rival = loaded("rival", monkeypatch)
    arrays = rival.lay_out(recorded, load_parameters().values)
    assert arrays.peer_effect == 0.0
    with_peers, without = (
        rival.simulate(one, 600, np.random.default_rng(1)) for one in (arrays, arrays._replace(noticed=None))
    )
    assert all(np.array_equal(one, other) for one, other in zip(with_peers, without, strict=True))


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


def test_a_wait_is_measured_kept_and_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    readme, kept, waits = tmp_path / "README.md", tmp_path / "waits.json", loaded("waits", monkeypatch)
    readme.write_text("<!-- waits -->\n<!-- /waits -->\n", encoding="utf-8")
    monkeypatch.setattr(waits, "commit_of", lambda _: "1234567")
    places = ["--readme", str(readme), "--kept", str(kept)]
    waits.main(["--rows", "help", "--base", "none", "--once", *places])
    found = waits.kept(kept)["help"]
    assert found.base is None
    assert min(found.head, found.workload, found.imports) > 0.0
    assert "Commits: base none, head 1234567." in readme.read_text(encoding="utf-8")
    assert "| `--help` | — | " in readme.read_text(encoding="utf-8")


def test_a_goal_in_seconds_is_held_to_as_a_share_of_the_base(monkeypatch: pytest.MonkeyPatch) -> None:
    waits = loaded("waits", monkeypatch)
    found = waits.Measured("base", "head", base=20.0, head=8.0, workload=0.5, imports=0.8)
    line = waits.table({"compare": found}).splitlines()[-1]
    goals = "≤ 1.5 s of 2.9 | ≤ 0.517 | yes"
    assert line == f"| `compare` | 20.0 | 8.00 | 40.0 | 16.0 | 10.0 | 0.400 | {goals} |"
    missed = waits.table({"twin": found}).splitlines()[-1]
    assert missed.endswith("| ≤ 5 s of 181 | ≤ 0.0276 | no, 14.5 times the goal |")


def test_a_sample_belongs_to_what_its_innermost_calls_are_for(monkeypatch: pytest.MonkeyPatch) -> None:
    part_of = loaded("between", monkeypatch).part_of
    room, plot = "model/maxpressure", "site-packages/matplotlib/axes.py"
    command = f"{room}/cli/main.py"
    assert part_of(["<frozen importlib._bootstrap>", plot, command]) == "imports"
    assert part_of(["site-packages/numpy/fft.py", plot, f"{room}/report/plots.py", command]) == "drawing"
    assert part_of(["site-packages/numba/core/a.py", f"{room}/engine/engines.py"]) == "compiled code"
    assert part_of([f"{room}/base/rng.py", f"{room}/model/agents.py", f"{room}/sweep/run.py"]) == "simulating"
    assert part_of([f"{room}/model/case.py", f"{room}/explanations/twins.py"]) == "the case"
    assert part_of(["lib/threading.py", f"{room}/experiments/executors.py"]) == "other threads"
    assert part_of([command]) == "the rest"


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="Windows has no timer of CPU time")
def test_the_time_of_a_command_is_parted() -> None:
    code = "import time\nwhile time.process_time() < 0.4: sum(range(1000))"
    command = [sys.executable, str(BENCHMARKS / "between.py"), "-c", code]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stderr.splitlines()
    seconds = {line.split("%  ")[1].split(":")[0]: float(line.split()[0]) for line in said}
    assert sum(seconds.values()) >= 0.4
    assert max(seconds, key=seconds.__getitem__) == "the rest"


def test_a_command_that_fails_stops_the_measuring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waits = loaded("waits", monkeypatch)
    with pytest.raises(RuntimeError, match="ended with 3"):
        waits.cpu_seconds([sys.executable, "-c", "raise SystemExit(3)"], {}, tmp_path)


def test_the_checkout_of_another_commit_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waits, repository = loaded("waits", monkeypatch), tmp_path / "repository"
    git = ["git", "-C", str(repository), "-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run(["git", "init", "--quiet", str(repository)], check=True)
    (repository / "one.txt").write_text("one", encoding="utf-8")
    subprocess.run([*git, "add", "one.txt"], check=True)
    subprocess.run([*git, "commit", "--quiet", "--message", "One"], check=True)
    monkeypatch.setattr(waits, "ROOT", repository)
    with waits.checked_out("HEAD", tmp_path) as tree:
        assert (tree / "one.txt").read_text(encoding="utf-8") == "one"
    assert not tree.exists()
    listed = subprocess.run([*git, "worktree", "list"], check=True, capture_output=True, text=True).stdout
    assert len(listed.splitlines()) == 1


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
