"""A command ends on SIGTERM and SIGHUP as on Ctrl-C: at once, without a traceback, with the signal's exit code."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from batches import environment, wait_for, write_experiment
from maxpressure.experiments.swap import WORK

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows ends a process without telling it")

LONG = {
    "compiled": ["run", "no-campaign", "--worlds", "1000000", "--workers", "2"],
    "compiled, one worker": ["run", "no-campaign", "--worlds", "1000000", "--workers", "1"],
    "mesa": ["run", "no-campaign", "--worlds", "100000", "--workers", "2", "--engine", "world"],
    "mesa, one worker": ["run", "no-campaign", "--worlds", "100000", "--workers", "1", "--engine", "world"],
}
SOON = 15.0
"""Seconds within which a command must end here: two on an idle machine, more where tests run side by side."""


@pytest.mark.parametrize(
    ("run", "name"), [*((run, "SIGTERM") for run in LONG), ("mesa", "SIGHUP"), ("compiled", "SIGINT")]
)
def test_a_signal_ends_a_run_at_once_and_leaves_the_folder_as_it_was(
    tmp_path: Path, run: str, name: str
) -> None:
    command = [sys.executable, "-m", "maxpressure", *LONG[run], "--out", "out"]
    with subprocess.Popen(command, cwd=tmp_path, env=environment(), stderr=subprocess.PIPE) as process:
        wait_for((tmp_path / "out" / WORK / "new" / "worlds.parquet").exists)
        process.send_signal(getattr(signal, name))
        began = time.monotonic()
        _, said = process.communicate(timeout=SOON * 4)
        took = time.monotonic() - began
    assert process.returncode == 128 + getattr(signal, name)
    assert said.startswith(b"Interrupted: ")
    assert took < SOON
    assert not list(tmp_path.iterdir())


def test_a_signal_that_is_ignored_stays_ignored(tmp_path: Path) -> None:
    path = write_experiment(tmp_path, 4)
    command = [sys.executable, "-m", "maxpressure", "batch", str(path), "--out", "out", "--quiet"]
    how = {
        "cwd": tmp_path,
        "env": environment(),
        "preexec_fn": lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
    }
    with subprocess.Popen(command, **how) as process:
        wait_for((tmp_path / "out" / "manifest.json").exists)
        process.send_signal(signal.SIGHUP)
    assert process.returncode == 0


EARLY = """import os, signal, sys, typer
import maxpressure.cli.main as main
def soon(*_: object) -> None:
    signal.raise_signal(getattr(signal, sys.argv.pop()))
typer.Typer.__call__ = soon
main.app()
"""


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_a_signal_before_a_command_begins_leaves_no_traceback(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", EARLY, name], env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 128 + getattr(signal, name)
    assert done.stderr == "Interrupted.\n"
