"""Measure what a person waits for, command by command: an earlier commit against this checkout, in turns.

    python benchmarks/waits.py                        every row: a quarter of an hour or more
    python benchmarks/waits.py --rows run compare     these rows
    python benchmarks/waits.py --base v0.1.0          against another commit

Measured is the CPU time of a whole process and its children, user and system. Seconds depend on the machine and on
what else it does; so beside each command two references are measured in the same turns, a fixed NumPy workload and the
import of NumPy and pandas, and both commits. Either has its own folders for compiled code, filled before
(but for the first run). What is found is kept in waits.json, row by row, and written as a table into README.md.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

import report
from tqdm import tqdm

HERE = Path(__file__).resolve().parent
ROOT, README, KEPT = HERE.parent, HERE / "README.md", HERE / "waits.json"
BASE = "eb3b68e"
"""The commit whose waits the goals were set against."""

WORKLOAD = """
import numpy as np
x = np.random.default_rng(1).random(10**6)
for _ in range(20):
    x = np.sort(np.exp(-x) + np.sqrt(x))[::-1].copy()
"""
REFERENCES: Mapping[str, tuple[str, ...]] = {
    "workload": ("-c", WORKLOAD),
    "imports": ("-c", "import numpy, pandas"),
}
PAGE = """
import time
try:
    from maxpressure.app.figures.basis import load_basis
    from maxpressure.app.figures.levers import Setting
    from maxpressure.app.figures.lots import simulate
    basis = load_basis()
    case, lot = basis.case, lambda setting: simulate(basis, setting)
except ImportError:  # an earlier commit, whose page kept a session
    from maxpressure.app.levers import Setting
    from maxpressure.app.session import session
    case, lot = session().case, session().lot
lot(Setting())
names = [name for name in sorted(case.scenarios) if name != Setting().base]
before = time.process_time()
for name in names[:10]:
    lot(Setting(base=name))
print((time.process_time() - before) / 10)
"""

PAIR = "max-pressure-2017", "no-september-test"
FEW: tuple[str, ...] = ("--worlds", "200")
FOLDERS: Mapping[str, tuple[str, ...]] = {"one": FEW, "two": (*PAIR, *FEW), "many": ("--worlds", "500")}
"""Results that rows read, and what their run is given."""


class Row(NamedTuple):
    """A command, what it was first measured to take, and what it is to take; CPU seconds.

    In ``words`` ``{out}`` is a new folder, others are those of :data:`FOLDERS`. ``less`` are words added when it only
    has to compile what it needs. The base is measured ``base`` times, the head ``head`` times.
    """

    title: str
    words: tuple[str, ...]
    figure: float | None
    goal: float
    less: tuple[str, ...] = ()
    base: int = 3
    head: int = 5
    empty: bool = False  # without compiled code
    printed: bool = False  # the command itself prints the seconds

    @property
    def ratio(self) -> float | None:
        """The goal as a share of the base, by the figures that it was set with."""
        return None if self.figure is None else self.goal / self.figure


def _of(*words: str, out: str = "{out}") -> tuple[str, ...]:
    return ("-m", "maxpressure", *words, "--quiet", "--out", out)


ROWS: Mapping[str, Row] = {
    "twin": Row("`twin no-september-test`, 200 worlds", _of("twin", PAIR[1]), 181, 5, ("--worlds", "2"), 1, 2),
    "state": Row("`explain --state ESP`, 500 worlds", _of("explain", "{many}", "--state", "ESP"), 18, 5,
                 ("--worlds", "2", "--twins", "2"), 2, 3),
    "world": Row("`explain --world 7`", _of("explain", "{one}", "--world", "7"), 12, 4, (), 2, 3),
    "morris": Row("`sweep morris`, the shipped file", _of("sweep", "morris"), 17.5, 8, ("--paths", "2"), 2, 3),
    "plot": Row("`plot`, 13 pictures", _of("plot", "{two}"), 9.7, 5, (), 2, 3),
    "report": Row("`report`, 2 scenarios", _of("report", "{two}", out="{out}.html"), 8.5, 4, (), 2, 3),
    "first": Row("first `run`, nothing compiled", _of("run", *FEW), 30, 10, (), 1, 2, empty=True),
    "run": Row("`run`, warm, 200 worlds", _of("run", *FEW), 6.0, 2.0),
    "again": Row("`run`, the same again", _of("run", *FEW, out="{one}"), 3.0, 1.0),
    "compare": Row("`compare`", _of("compare", "{two}"), 2.9, 1.5),
    "page": Row("page: 300 worlds of a new setting", ("-c", PAGE), 0.25, 0.08, printed=True),
    "help": Row("`--help`", ("-m", "maxpressure", "--help"), None, 0.4),
}  # fmt: skip


class Measured(NamedTuple):
    """A row's medians. ``workload`` and ``imports`` are the references' CPU seconds in its turns."""

    base_commit: str
    head_commit: str
    base: float | None
    head: float
    workload: float
    imports: float


class Tree:
    """A checkout with its own folders for compiled code, bytecode and results, all in ``place``."""

    def __init__(self, root: Path, place: Path) -> None:
        place.mkdir()
        self.place, self.cache, self.made = place, place / "cache", 0
        drop = {"PYTHONDONTWRITEBYTECODE", "MAXPRESSURE_CACHE"}
        self.environment = {name: value for name, value in os.environ.items() if name not in drop}
        self.environment["PYTHONPATH"] = str(root / "model")
        self.environment["PYTHONPYCACHEPREFIX"] = str(place / "bytecode")

    def ready(self, rows: Mapping[str, Row]) -> None:
        """Make the results that rows read, and run each row once so that its code is compiled."""
        for folder, more in FOLDERS.items():
            if any(f"{{{folder}}}" in row.words for row in rows.values()):
                self.seconds(_of("run", *more, out=f"{{{folder}}}"))
        for row in rows.values():
            if not row.empty:
                self.seconds((*row.words, *row.less))

    def seconds(self, words: Sequence[str], *, empty: bool = False, printed: bool = False) -> float:
        """CPU seconds of a command and its children, or those that it prints."""
        self.made += 1
        out, cache = self.place / f"out-{self.made}", self.place / "empty" if empty else self.cache
        folders = {"out": out} | {name: self.place / name for name in FOLDERS}
        command = [sys.executable, *(word.format(**folders) for word in words)]
        environment = self.environment | {"MAXPRESSURE_CACHE": str(cache)}
        taken, said = cpu_seconds(command, environment, self.place)
        shutil.rmtree(out, ignore_errors=True)
        shutil.rmtree(self.place / "empty", ignore_errors=True)
        return float(said) if printed else taken


def cpu_seconds(command: Sequence[str], environment: Mapping[str, str], place: Path) -> tuple[float, str]:
    """User and system seconds of a process with all its children, and what it printed; raises if it fails."""
    before = os.times()
    done = subprocess.run(command, env=environment, cwd=place, capture_output=True, text=True, check=False)
    after = os.times()
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[1:])} ended with {done.returncode}:\n{done.stderr}")
    user, system = after.children_user - before.children_user, after.children_system - before.children_system
    return user + system, done.stdout


@contextmanager
def checked_out(commit: str, place: Path) -> Iterator[Path]:
    """A worktree of a commit, removed at the end."""
    tree = place / "checkout"
    _git("worktree", "add", "--quiet", "--detach", str(tree), commit)
    try:
        yield tree
    finally:
        _git("worktree", "remove", "--force", str(tree))


def _git(*words: str) -> str:
    done = subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def commit_of(name: str) -> str:
    """The short name of a commit."""
    return _git("rev-parse", "--short=7", f"{name}^{{commit}}")


def measured(
    rows: Mapping[str, Row], base: Tree | None, head: Tree, commits: tuple[str, str], place: Path
) -> Iterator[tuple[str, Measured]]:
    """Each row: references, base and head take turns, and each figure is the median of its repeats."""
    trees = [tree for tree in (base, head) if tree is not None]
    steps = sum(row.head + (row.base if base else 0) for row in rows.values()) + len(trees)
    with tqdm(total=steps, unit="command", disable=None) as bar:
        for tree in trees:
            bar.set_description("compiling")
            tree.ready(rows)
            bar.update()
        for name, row in rows.items():
            bar.set_description(name)
            taken: dict[str, list[float]] = {which: [] for which in ("base", "head", *REFERENCES)}
            for turn in range(max(row.head, row.base)):
                for reference, words in REFERENCES.items():
                    seconds, _ = cpu_seconds([sys.executable, *words], head.environment, place)
                    taken[reference].append(seconds)
                for which, tree, repeats in (("base", base, row.base), ("head", head, row.head)):
                    if tree is not None and turn < repeats:
                        taken[which].append(tree.seconds(row.words, empty=row.empty, printed=row.printed))
                        bar.update()
            middle = {which: median(times) for which, times in taken.items() if times}
            yield (
                name,
                Measured(*commits, middle.get("base"), *(middle[one] for one in ("head", *REFERENCES))),
            )


def table(found: Mapping[str, Measured]) -> str:
    """The rows in the order of :data:`ROWS`."""
    head = (
        "",
        "base, CPU s",
        "head, CPU s",
        "base, workloads",
        "head, workloads",
        "head, imports",
        "head over base",
        "goal",
        "goal, over base",
        "met",
    )
    lines = [_line(row, found[name]) for name, row in ROWS.items() if name in found]
    return report.table(head, lines)


def _line(row: Row, one: Measured) -> tuple[str, ...]:
    over, goal, times = "—", "—", one.head / row.goal
    if one.base is not None:
        over = report.figure(one.head / one.base)
        if row.ratio is not None:
            goal, times = f"≤ {report.figure(row.ratio)}", one.head / one.base / row.ratio
    return (
        row.title,
        "—" if one.base is None else report.figure(one.base),
        report.figure(one.head),
        "—" if one.base is None else report.figure(one.base / one.workload),
        report.figure(one.head / one.workload),
        report.figure(one.head / one.imports),
        over,
        f"≤ {row.goal:g} s" + (f" of {row.figure:g}" if row.figure else ""),
        goal,
        "yes" if times <= 1.0 else f"no, {report.figure(times)} times the goal",
    )


def about(found: Mapping[str, Measured]) -> str:
    """Which commits were compared, and what the references took."""
    pairs = sorted({(one.base_commit, one.head_commit) for one in found.values()})
    words = "; ".join(f"base {base}, head {head}" for base, head in pairs)
    workload = median(one.workload for one in found.values())
    imports = median(one.imports for one in found.values())
    return (
        f"Commits: {words}. The NumPy workload took {report.figure(workload)} CPU s, "
        f'`python -c "import numpy, pandas"` {report.figure(imports)}.'
    )


def kept(path: Path) -> dict[str, Measured]:
    """What was found before, by row."""
    if not path.exists():
        return {}
    return {name: Measured(**one) for name, one in json.loads(path.read_text(encoding="utf-8")).items()}


def main(words: Sequence[str] | None = None) -> None:
    """Measure, keep, print, write."""
    asked = argparse.ArgumentParser(description="Measure what a person waits for, against an earlier commit.")
    asked.add_argument("--rows", nargs="+", choices=ROWS, default=list(ROWS), help="only these rows")
    asked.add_argument("--base", default=BASE, help="the commit to compare with, or 'none'")
    asked.add_argument("--once", action="store_true", help="each command once, to see that everything runs")
    asked.add_argument("--readme", type=Path, default=README, help="the file whose table is written")
    asked.add_argument("--kept", type=Path, default=KEPT, help="the file that keeps what is found")
    given = asked.parse_args(words)
    rows = {name: ROWS[name] for name in ROWS if name in given.rows}
    if given.once:
        rows = {name: row._replace(base=1, head=1) for name, row in rows.items()}
    found = kept(given.kept)
    with TemporaryDirectory() as folder:
        place = Path(folder)
        head = Tree(ROOT, place / "head")
        if given.base == "none":
            run = measured(rows, None, head, ("none", commit_of("HEAD")), place)
            _keep(run, found, given.kept)
        else:
            with checked_out(given.base, place) as root:
                commits = commit_of(given.base), commit_of("HEAD")
                _keep(measured(rows, Tree(root, place / "base"), head, commits, place), found, given.kept)
    body = f"{about(found)}\n\n{table(found)}"
    sys.stdout.write(f"{body}\n")
    report.put(given.readme, {"waits": body})


def _keep(run: Iterator[tuple[str, Measured]], found: dict[str, Measured], path: Path) -> None:
    """Keep each row as soon as it is measured."""
    for name, one in run:
        found[name] = one
        ordered = {row: found[row]._asdict() for row in ROWS if row in found}
        path.write_text(json.dumps(ordered, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
