"""Kill nine commands at random moments, run each again, and compare what it leaves with an undisturbed run.

`make kills` does so sixty times, with KILL, TERM and INT in turn, and prints a table. A trial passes where the same
command ends well afterwards, its files hold the same as without the kill, and nothing else is left beside them. Where
a command replaces results, some trials begin with earlier ones: after the kill they or the new ones are there in whole.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import pkgutil
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

import pyarrow.parquet as pq

import maxpressure
from batches import write_experiment
from maxpressure.base.errors import InputError
from maxpressure.cli.main import app
from maxpressure.experiments.seal import SEAL
from maxpressure.experiments.swap import is_ours
from maxpressure.inference import calibrate
from maxpressure.results.merge import merge
from maxpressure.results.results import load
from warm import replay, simulate

SIGNALS: Final = ("SIGKILL", "SIGTERM", "SIGINT")
ENDED: Final = {"SIGKILL": (-9,), "SIGTERM": (143, -15), "SIGINT": (130,)}
"""Exit codes that a killed command may have; that of a TERM before its first line of ours is the system's own."""

LATEST: Final = 60.0
"""Seconds within which a killed command must have ended; how soon it does on an idle machine is another test."""

PASSING: Final = {"command", "started", "ended", "written", SEAL, "tables", "parts"}
"""Entries of JSON files that name the time or the call, and digests of files with such entries."""


@dataclass(frozen=True)
class Trial:
    """A command, the folder that it writes into, what it needs, and the command behind an earlier result."""

    words: Sequence[str]
    writes: str
    needs: Sequence[str] = ()
    earlier: Sequence[str] = ()


RUN: Final = ("run", "short.toml", "quiet.toml", "--worlds", "60", "--workers", "2", "--quiet")
TRIALS: Final = {
    "run": Trial((*RUN, "--out", "out", "--force"), "out", earlier=(*RUN, "--out", "out", "--seed", "8")),
    "batch": Trial(("batch", "autumn.toml", "--out", "out", "--workers", "2", "--quiet"), "out"),
    "explain": Trial(("explain", "made", "--world", "3", "--quiet"), "made", needs=("made",)),
    "sweep": Trial(
        ("sweep", "morris", "--worlds", "2", "--paths", "2", "--workers", "2", "--quiet", "--out", "out"),
        "out",
    ),
    "compare": Trial(
        ("compare", "made", "--quiet"), "made", needs=("made",), earlier=("compare", "made", "--quiet")
    ),
    "report": Trial(
        ("report", "made", "--quiet"), "made", needs=("made",), earlier=("report", "made", "--quiet")
    ),
    "twin": Trial(
        (
            "twin",
            "no-september-test",
            "--worlds",
            "4",
            "--workers",
            "1",
            "--quiet",
            "--out",
            "out",
            "--force",
        ),
        "out",
        earlier=("twin", "no-september-test", "--worlds", "1", "--workers", "1", "--quiet", "--out", "out"),
    ),
    "calibrate": Trial(("calibrate", "--out", "out", "--workers", "1", "--quiet"), "out"),
    "merge": Trial(("merge", "here", "there", "out"), "out", needs=("here", "there")),
}


class Outcome(NamedTuple):
    """What a kill came to: faults are words, none where all is well."""

    command: str
    signal: str
    after: float
    faults: tuple[str, ...]


def call(words: Sequence[str]) -> None:
    """Run a command in this process, or a merge, which the command line does not have."""
    if words[0] == "merge":
        merge(words[1:-1], words[-1])
    else:
        sys.argv = ["maxpressure", *words]
        app(list(words))


def started(words: Sequence[str], place: Path, said: Path) -> int:
    """Fork a process that runs a command in a folder; returns its number.

    It has all modules, so that kills fall into its work and not into its start.
    """
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        os.chdir(place)
        with said.open("wb") as stream:
            os.dup2(stream.fileno(), 2)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        call(words)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0
    except KeyboardInterrupt:  # of a merge: no command line is there to answer it
        code = 130
    except BaseException:  # noqa: BLE001 the process ends here, as Python would end it
        traceback.print_exc()
    finally:
        os._exit(code)


def ended(child: int, within: float) -> int | None:
    """The exit code of a process that ends within so many seconds; that of a signal is negative."""
    latest = time.monotonic() + within
    while time.monotonic() < latest:
        number, status = os.waitpid(child, os.WNOHANG)
        if number:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    return None


def canonical(place: Path) -> dict[str, object]:
    """What all files hold, but for times: tables by their columns, everything else by its bytes."""
    found: dict[str, object] = {}
    for path in sorted(one for one in place.rglob("*") if one.is_file()):
        content: object = path.read_bytes()
        if path.suffix == ".parquet":
            content = pq.read_table(path).replace_schema_metadata(None).to_pydict()
        elif path.suffix == ".json":
            entries = json.loads(path.read_bytes())
            content = {key: entry for key, entry in entries.items() if key not in PASSING}
        found[path.relative_to(place).as_posix()] = content
    return found


class Kills:
    """Trials within one temporary folder, drawn from a seed."""

    def __init__(self, place: Path, seed: int) -> None:
        self.place = place
        self.seed = seed
        self.said = place / "said.txt"
        self.ready = place / "ready"
        write_experiment(self.ready, 60)
        for words in (
            [*RUN, "--out", "made"],
            *(["batch", "autumn.toml", "--out", name, "--quiet"] for name in ("here", "there")),
        ):
            self.undisturbed(words, self.ready)
        self.expected: dict[str, tuple[dict[str, object], float]] = {}

    def expect(self, command: str) -> None:
        """Run a command undisturbed: what it leaves, and how long it takes."""
        trial = TRIALS[command]
        place = self.fresh(trial)
        took = self.undisturbed(trial.words, place)
        self.expected[command] = canonical(place / trial.writes), took

    def series(self, numbers: Sequence[int], path: Path) -> None:
        """Trials with these numbers, an outcome a line in a file."""
        self.said = path.with_suffix(".said")
        for number in numbers:
            last = self.trial(number)
            say(f"{last.command} {last.signal} after {last.after:.2f} s: {'; '.join(last.faults) or 'equal'}")
            with path.open("a") as stream:
                stream.write(json.dumps(last) + "\n")

    def trial(self, number: int) -> Outcome:
        """Kill a command once, and say what came of it; number and seed determine what is done and when."""
        command = list(TRIALS)[number % len(TRIALS)]
        name = SIGNALS[(number + number // len(TRIALS)) % len(SIGNALS)]
        trial, (expected, took) = TRIALS[command], self.expected[command]
        earlier = number // (len(TRIALS) * len(SIGNALS)) % 2 == 0
        after = random.Random(f"{self.seed} {number}").uniform(0.05, 1.0) * took
        place = self.fresh(trial, earlier=earlier)
        child = started(trial.words, place, self.said)
        code = ended(child, after)
        if code is None:
            os.kill(child, getattr(signal, name))
            code = ended(child, LATEST)
        faults = [] if code in (0, *ENDED[name]) else [f"ended with {code}: {self.last_words()}"]
        if b"Traceback" in self.said.read_bytes():
            faults.append(f"traceback: {self.last_words()}")
        faults += standing(command, place / "out")
        child = started(trial.words, place, self.said)
        code, merged = ended(child, 600.0), place / trial.writes / "manifest.json"
        if code and not (command == "merge" and merged.exists()):  # a merge that is done is not done again
            faults.append(f"again ended with {code}: {self.last_words()}")
        left = [path for path in place.rglob("*") if is_ours(path.name) or path.name.endswith(".partial")]
        faults += [f"left: {path.relative_to(place)}" for path in left]
        now = canonical(place / trial.writes)
        faults += [f"differs: {one}" for one in {*now, *expected} if now.get(one) != expected.get(one)]
        shutil.rmtree(place)
        return Outcome(command, name, after, tuple(faults))

    def undisturbed(self, words: Sequence[str], place: Path) -> float:
        """Run a command; returns how many seconds it took."""
        began = time.monotonic()
        if ended(started(words, place, self.said), 600.0):
            raise RuntimeError(f"{' '.join(words)} fails without a kill: {self.last_words()}")
        return time.monotonic() - began

    def fresh(self, trial: Trial, *, earlier: bool = False) -> Path:
        """A folder with what a command needs, and with an earlier result where one is wanted."""
        place = Path(tempfile.mkdtemp(dir=self.place))
        for name in ("short.toml", "quiet.toml", "autumn.toml", *trial.needs):
            copy = shutil.copytree if (self.ready / name).is_dir() else shutil.copyfile
            copy(self.ready / name, place / name)
        if earlier and trial.earlier:
            self.undisturbed(trial.earlier, place)
        return place

    def last_words(self) -> str:
        """The end of what the last process wrote on its error stream."""
        return self.said.read_text(errors="replace")[-300:]


def standing(command: str, out: Path) -> list[str]:
    """What is wrong with the results that are there after a kill of `run`: the earlier ones or the new ones."""
    if command == "run" and (out / "manifest.json").exists():
        try:
            load(out).check()
        except InputError as refusal:
            return [f"after the kill: {refusal}"]
    return []


def main() -> None:
    """Kill as often as asked, print the table, exit with 1 where a trial failed."""
    asked = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    asked.add_argument("--kills", type=int, default=60)
    asked.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    asked.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        load_all()
        calibrate.Plan = partial(calibrate.Plan, imputations=2, steps=20, draws=20)
        kills = Kills(Path(folder, "kills"), given.seed)
        for command in list(TRIALS)[: given.kills]:
            kills.expect(command)
        for worker in range(given.workers):
            if not os.fork():
                try:
                    kills.series(range(worker, given.kills, given.workers), Path(folder, f"{worker}.txt"))
                finally:
                    os._exit(0)  # the folder is the parent's to remove
        for _ in range(given.workers):
            os.wait()
        lines = [line for path in Path(folder).glob("*.txt") for line in path.read_text().splitlines()]
    outcomes = [Outcome(*json.loads(line)) for line in lines]
    say(f"\nseed {given.seed}\n\n| command | {' | '.join(SIGNALS)} |\n|---|{'---|' * len(SIGNALS)}")
    for command in TRIALS:
        of_signals = [[one for one in outcomes if one[:2] == (command, name)] for name in SIGNALS]
        cells = [f"{sum(not one.faults for one in own)} of {len(own)} equal" for own in of_signals]
        say(f"| {command} | {' | '.join(cells)} |")
    left = sum(fault.startswith("left") for one in outcomes for fault in one.faults)
    equal = sum(not one.faults for one in outcomes)
    say(f"\n{len(outcomes)} kills: {equal} equal, {left} leftovers")
    sys.exit(equal != given.kills)


def load_all() -> None:
    """Import what commands import when they run, and load compiled code, so that a fork has it at once."""
    for module in pkgutil.walk_packages(maxpressure.__path__, "maxpressure."):
        if not module.name.startswith(("maxpressure.app", "maxpressure.__main__")):
            importlib.import_module(module.name)
    simulate()
    replay()


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
