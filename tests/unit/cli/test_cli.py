"""The command line: what it prints, what it refuses and how, and what an interruption leaves."""

from __future__ import annotations

import inspect
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import maxpressure
from maxpressure.cli.main import app
from maxpressure.experiments.swap import WORK
from maxpressure.results.results import load

HEAVY = {"matplotlib", "mesa", "numba", "numpy", "pandas", "pyarrow", "scipy"}
PROGRAM = """import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from maxpressure.cli.main import app
try: app()
finally: print(*sys.modules)
"""
"""The command as its own process: it heeds Ctrl-C even where this one does not, and prints what it loaded."""


@pytest.fixture(autouse=True)
def somewhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def call(*arguments: str) -> Result:
    """The command called in this process."""
    return CliRunner().invoke(app, list(arguments))


@contextmanager
def started(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The command started in a process of its own, wherever this package was found."""
    place = os.environ | {"PYTHONPATH": str(Path(maxpressure.__file__).parents[1])}
    pipe = subprocess.PIPE
    program = [sys.executable, "-c", PROGRAM, *arguments]
    with subprocess.Popen(program, stdout=pipe, stderr=pipe, text=True, env=place) as running:
        try:
            yield running
        finally:
            running.kill()


def wait_for(happened: Callable[[], bool]) -> None:
    """Wait until something has happened, at most a minute."""
    for _ in range(600):
        if happened():
            return
        time.sleep(0.1)
    raise TimeoutError


def test_help_loads_nothing_that_computes() -> None:
    with started("run", "--help") as running:
        said, _ = running.communicate()
    assert "--worlds" in said
    assert "maxpressure.cli.main" in said.split()
    assert HEAVY.isdisjoint(said.split())


def test_help_says_what_is_written_where_and_what_the_exit_codes_mean() -> None:
    said = call("run", "--help").stdout
    for word in ("Examples", "wave.png", "worlds.parquet", "outputs/NAME", "Exit codes", "130", "--force"):
        assert word in said


def test_without_a_command_the_help_is_shown() -> None:
    assert "run" in call().output


def test_a_run_prints_outcomes_beside_the_record_and_leaves_its_folder(tmp_path: Path) -> None:
    ran = call("run", "--worlds", "2", "--seed", "3")
    assert ran.exit_code == 0
    acts = next(line for line in ran.stdout.splitlines() if line.startswith("acts of breaking off"))
    assert re.fullmatch(r"acts of breaking off +\d+ +\d+ \(\d+–\d+\)", acts)
    for words in (
        "  diplomatic",
        "trade left, % of 2016",
        "China's share",
        "An act is",
        "wave.png",
        "Next: ",
    ):
        assert words in ran.stdout
    assert "emcee" not in ran.stdout
    assert "emcee" in call("run", "--worlds", "2", "--seed", "3", "--verbose").stdout
    assert "contagion" not in ran.stdout, "it is off by default"
    results = load(tmp_path / "outputs" / "max-pressure-2017")
    assert (results.manifest.worlds, results.manifest.seed) == (2, 3)


def test_a_run_with_contagion_says_what_the_data_do_not_separate() -> None:
    ran = call("run", "with-contagion", "--worlds", "2", "--seed", "3")
    assert ran.exit_code == 0
    assert "the data do not separate contagion from common shocks" in " ".join(ran.stdout.split())


def test_the_record_in_the_table_has_no_trade_of_its_own(tmp_path: Path) -> None:
    said = call("run", "--worlds", "1", "--out", str(tmp_path / "a")).stdout
    dashed = [line for line in said.splitlines() if " — " in line]
    assert [line.partition(",")[0] for line in dashed] == [
        "trade left",
        "exports left",
        "trade lost",
        "exports lost",
        "China's share of trade",
    ]


def test_more_scenarios_than_fit_stand_in_blocks_of_the_terminals_width(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    names = ["max-pressure-2017", "no-campaign", "with-contagion"]
    said = call("run", *names, "--worlds", "1").stdout
    table = said.partition("\n\nAn act is")[0].partition("\n\n")[2]
    assert table.count("acts of breaking off") == 2
    assert max(map(len, said.splitlines())) <= 80
    assert [name for name in re.findall(r"[\w-]+", table) if name in names][:3] == names
    assert Path("outputs", "+".join(names), "wave.png").is_file()


def test_a_quiet_run_says_nothing() -> None:
    ran = call("run", "--worlds", "1", "--quiet")
    assert (ran.exit_code, ran.output) == (0, "")


def test_nothing_comes_on_stderr_when_it_is_no_terminal() -> None:
    with started("run", "--worlds", "1") as running:
        said, muttered = running.communicate()
    assert "acts of breaking off" in said
    assert muttered == ""


def test_the_same_run_again_shows_what_is_there() -> None:
    first = call("run", "--worlds", "1").stdout
    again = call("run", "--worlds", "1").stdout
    assert again.startswith("The same run is there already, from ")
    assert again.endswith(first)


def test_more_worlds_are_added_and_fewer_are_said_to_be_fewer() -> None:
    assert call("run", "--worlds", "2").exit_code == 0
    assert (
        "2 worlds of each scenario were there already; 3 were added." in call("run", "--worlds", "5").stdout
    )
    fewer = call("run", "--worlds", "3").stdout
    assert "holds 5 worlds of this run, more than the 3 asked for" in fewer
    assert load("outputs/max-pressure-2017").manifest.worlds == 5


def test_the_command_and_the_library_simulate_as_many_worlds_by_default() -> None:
    default = inspect.signature(maxpressure.run).parameters["worlds"].default
    assert f"[default: {default}]" in call("run", "--help").stdout


def test_a_batch_is_not_extended_by_a_run(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(
        'title = "t"\nquestion = "q"\nscenarios = ["no-campaign"]\nworlds = 2\n'
    )
    assert call("batch", "mine.toml", "--out", "there").exit_code == 0
    refused = call("run", "no-campaign", "--worlds", "5", "--out", "there")
    assert refused.exit_code == 2
    assert "batch" in refused.stderr


def test_a_scenario_file_is_run_under_its_own_name(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('extends = "max-pressure-2017"\nwithout = ["UNSCR 2371"]\n')
    assert call("run", "mine.toml", "--worlds", "1").exit_code == 0
    assert load("outputs/mine").manifest.names == ("mine",)


# ---- what is refused


def written(name: str, text: str) -> Callable[[Path], None]:
    """A file with this text."""
    return lambda folder: (folder / name).write_text(text, encoding="utf-8") and None


def nothing(_: Path) -> None:
    """Nothing there."""


def a_foreign_folder(folder: Path) -> None:
    (folder / "there").mkdir()
    (folder / "there" / "thesis.docx").write_text("mine", encoding="utf-8")


def another_run(folder: Path) -> None:
    assert call("run", "--worlds", "1", "--out", str(folder / "there"), "--quiet").exit_code == 0


BAD: dict[str, tuple[Callable[[Path], None], list[str], str]] = {
    "an unknown scenario": (nothing, ["no-campain"], r"Did you mean 'no-campaign'\?"),
    "a scenario that is a folder": (nothing, ["."], "not a file"),
    "the same scenario twice": (nothing, ["no-campaign", "no-campaign"], "each name once"),
    "no worlds": (nothing, ["--worlds", "0"], "from 1 to"),
    "fewer than no worlds": (nothing, ["--worlds", "-3"], "from 1 to"),
    "more worlds than there are keys of random numbers": (nothing, ["--worlds", "99999999999"], "from 1 to"),
    "worlds that are no number": (
        nothing,
        ["--worlds", "many"],
        r"^run: --worlds is 'many'\. Allowed is a whole number\.",
    ),
    "half a world": (nothing, ["--worlds", "1.5"], r"--worlds is '1\.5'\. Allowed is a whole number\."),
    "no process": (nothing, ["--workers", "0"], r"--workers is '0'\. Allowed is 1 or more\."),
    "a negative seed": (nothing, ["--seed", "-1"], "from 0 to"),
    "a seed too large": (nothing, ["--seed", str(2**70)], "from 0 to"),
    "an unknown engine": (
        nothing,
        ["--engine", "wold"],
        "--engine.*one of ensemble, world.*\n.*Did you mean 'world'",
    ),
    "an unknown option": (nothing, ["--world", "3"], "--worlds"),
    "an option without its value": (nothing, ["--out"], "'--out' requires an argument|requires an argument"),
    "an unknown command word": (nothing, ["--", "run"], "Allowed is the name of a shipped scenario"),
    "results over a file": (written("there", "mine"), ["--out", "there"], "is a file"),
    "results below a file": (
        written("there", "mine"),
        ["--out", "there/a"],
        "there, which is no folder",
    ),
    "results over a foreign folder": (
        a_foreign_folder,
        ["--out", "there"],
        r"a folder with 'thesis\.docx' in it",
    ),
    "force over a foreign folder": (a_foreign_folder, ["--out", "there", "--force"], "thesis"),
    "results of another run": (
        another_run,
        ["--out", "there", "--worlds", "2", "--seed", "5"],
        "seed was 2017, now 5.*--force",
    ),
    "a name too long for a folder": (nothing, ["--out", "a" * 300], "too long"),
    "a folder around the current one": (nothing, ["--out", ".."], "the current folder|a folder with"),
    "TOML that is none": (written("bad.toml", "title = "), ["bad.toml"], r"bad\.toml: .*TOML"),
    "a misspelt key": (written("bad.toml", "wihtout = []"), ["bad.toml"], "Did you mean 'without'"),
    "an unknown input": (
        written("bad.toml", 'without = ["UNSCR 2372"]'),
        ["bad.toml"],
        "Did you mean 'UNSCR 23",
    ),
    "an unknown state": (written("bad.toml", 'requests.spare = ["MYZ"]'), ["bad.toml"], "Did you mean 'MY"),
    "a share above one": (written("bad.toml", "russia.backfill = 1.5"), ["bad.toml"], "from 0 to 1"),
    "a window past the record": (written("bad.toml", "window.weeks = 900"), ["bad.toml"], "window.weeks"),
}


@pytest.mark.parametrize("what", BAD)
def test_bad_input_is_refused_with_what_is_allowed_and_exit_code_2(tmp_path: Path, what: str) -> None:
    prepare, arguments, said = BAD[what]
    prepare(tmp_path)
    before = sorted(path.name for path in tmp_path.iterdir())
    ran = call("run", *arguments)
    assert ran.exit_code == 2
    assert re.search(said, ran.stderr, re.DOTALL), ran.stderr
    assert "Traceback" not in ran.output
    assert ran.stdout == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_an_unknown_command_is_refused() -> None:
    ran = call("runn")
    assert ran.exit_code == 2
    assert "runn" in ran.stderr


def test_a_full_disk_is_no_fault_of_the_input(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("maxpressure.report.plot_wave.save_wave", full)
    ran = call("run", "--worlds", "1")
    assert ran.exit_code == 1
    assert "[Errno 28] No space left on device" in ran.stderr
    assert "--out" in ran.stderr
    assert list(Path().iterdir()) == []


# ---- what an interruption leaves


@pytest.mark.skipif(
    sys.platform == "win32", reason="Windows sends Ctrl-C to a whole console, the tests included"
)
@pytest.mark.parametrize("old", [False, True])
def test_ctrl_c_leaves_the_old_folder_or_none(tmp_path: Path, old: bool) -> None:
    out = tmp_path / "results" / "there"
    out.parent.mkdir()
    if old:
        assert call("run", "--worlds", "1", "--out", str(out), "--quiet").exit_code == 0
    before = {path.name: path.read_bytes() for path in out.iterdir()} if old else None
    with started("run", "--worlds", "100000", "--out", str(out), "--force") as running:
        wait_for((out / WORK).exists)
        time.sleep(0.5)
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=60)
    assert running.returncode == 130
    assert said.startswith("Interrupted: ")
    assert len(said.splitlines()) == 1
    assert [path.name for path in out.parent.iterdir()] == (["there"] if old else [])
    if old:
        assert {path.name: path.read_bytes() for path in out.iterdir()} == before
