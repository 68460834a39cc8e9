"""Small batches for tests: a short experiment, its digests, and batches run in processes of their own."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import maxpressure
from maxpressure.engine.chunks import Engine, Keep
from maxpressure.engine.engines import CompiledEngine, WorldEngine
from maxpressure.experiments.experiment import Experiment, plan
from maxpressure.experiments.job import Job
from maxpressure.experiments.receipts import RECEIPTS
from maxpressure.model.agents import State
from maxpressure.model.case import Case
from maxpressure.results.results import load
from maxpressure.scenario import Scenario
from pilot import PILOT

SOURCES = Path(maxpressure.__file__).parents[1]
TESTS = Path(__file__).parent
WEEKS = 12
KEEP = Keep(60, 30)

FILE = """title = "A short autumn"
question = "What do twelve weeks hold?"
scenarios = ["short.toml", "quiet.toml"]
worlds = {worlds}
seed = 7
engine = "{engine}"
keep = {{ weeks = 60, attributions = 30 }}
"""
SCENARIO = """title = "Short"
{edit}
[window]
start = 2017-08-07
weeks = 12
"""


def short(name: str = "short", **edits: object) -> Scenario:
    """Twelve weeks of the autumn of 2017."""
    return Scenario(name=name).but(window={"start": dt.date(2017, 8, 7), "weeks": WEEKS}, **edits)


def experiment(
    case: Case,
    worlds: int,
    *,
    engine: str = "ensemble",
    state_class: type[State] = State,
    keep: Keep = KEEP,
    scenarios: tuple[Scenario, ...] = (),
) -> Experiment:
    """Two short scenarios, unless others are given."""
    return plan(
        case,
        scenarios or (short(), short("quiet", secondary_sanctions=0.0)),
        worlds=worlds,
        seed=7,
        engine=engine,
        parameters=PILOT,
        keep=keep,
        state_class=state_class,
    )


def chunks_of(monkeypatch, worlds: int) -> None:
    """Let both engines cut chunks of this many worlds, so that a few worlds are many chunks."""

    def job(self: Experiment) -> Job:
        situations = self.situations()
        engine: Engine = CompiledEngine(situations, self.draws, self.seed, self.keep, worlds)
        if self.engine == "world":
            engine = WorldEngine(situations, self.draws, self.seed, self.keep, self.state_class, worlds)
        return Job(engine, situations, len(self.draws), self.keep)

    monkeypatch.setattr(Experiment, "job", job)


def write_experiment(folder: Path, worlds: int, engine: str = "ensemble") -> Path:
    """The short experiment as a file, with its scenarios beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "short.toml").write_text(SCENARIO.format(edit=""))
    (folder / "quiet.toml").write_text(SCENARIO.format(edit="secondary_sanctions = 0.0"))
    path = folder / "autumn.toml"
    path.write_text(FILE.format(worlds=worlds, engine=engine))
    return path


def digests(place: Path | str) -> dict[str, str]:
    """What all tables of a folder hold, in canonical form."""
    return load(place).digests()


def parts(place: Path) -> dict[str, bytes]:
    """Every finished file of a batch but its manifest."""
    files = (path for path in place.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {
        path.relative_to(place).as_posix(): path.read_bytes()
        for path in files
        if path.name != "manifest.json"
    }


def finished(place: Path) -> int:
    """How many chunks have a receipt."""
    found = [json.loads(path.read_bytes()) for path in (place / RECEIPTS).glob("*.json")]
    return sum(len(entries.get("receipts", [entries])) for entries in found)


def environment(**more: str) -> dict[str, str]:
    """The surroundings of a process that finds this package and the tests' own modules."""
    paths = os.pathsep.join([str(SOURCES), str(TESTS)])
    return os.environ | {"PYTHONPATH": paths} | more


@contextmanager
def started(*arguments: str, program: str = "", **more: str) -> Iterator[subprocess.Popen[str]]:
    """The command, or a program, started in a process of its own and killed at the end."""
    what = ["-c", program] if program else ["-m", "maxpressure"]
    command = [sys.executable, *what, *arguments]
    how = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "start_new_session": True}
    with subprocess.Popen(command, env=environment(**more), **how) as running:
        try:
            yield running
        finally:
            running.kill()


def wait_for(happened: Callable[[], bool], seconds: float = 90.0) -> None:
    """Wait until something has happened."""
    end = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.005)
