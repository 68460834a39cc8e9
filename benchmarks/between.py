"""Where the CPU time of a command goes, by sampling its stack: what stands between a wait and its goal.

    python benchmarks/between.py -m maxpressure run --out results

Every two milliseconds of CPU time, the time since the last sample is booked on the part that the main thread works on.
A long call into compiled code is booked whole when it returns. The parts are printed on stderr, one a line.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePath
from types import FrameType

EVERY = 0.002

IMPORTS, KERNELS, DRAWING = "imports", "compiled code", "drawing"
SIMULATING, CASE, RESULTS, ANALYSIS = "simulating", "the case", "results", "analysis"
THREADS, WORKERS, REST = "other threads", "other processes", "the rest"
PARTS: Mapping[str, str] = {
    IMPORTS: "modules being imported",
    KERNELS: "Numba loading or compiling",
    SIMULATING: "worlds, in either engine",
    THREADS: "while the main one waits: worlds simulated and encoded, their compiled code loaded",
    CASE: "evidence, parameters and scenarios being read and prepared",
    RESULTS: "tables, files and reports being written, read and summarised",
    ANALYSIS: "explanations, sweeps and inference, apart from their worlds",
    DRAWING: "Matplotlib",
    WORKERS: "processes that the command starts",
    REST: "Python's own start and end, and the command line",
}  # fmt: skip

ANYWHERE: Mapping[str, str] = {"numba": KERNELS, "llvmlite": KERNELS, "matplotlib": DRAWING}
"""Packages that decide wherever in the stack they stand, unless something is being imported."""
ROOMS: Mapping[str, str] = {
    "engine": SIMULATING, "model": CASE, "evidence": CASE, "scenario": CASE,
    "experiments": RESULTS, "results": RESULTS, "report": RESULTS,
    "explanations": ANALYSIS, "inference": ANALYSIS, "sweep": ANALYSIS,
}  # fmt: skip
"""Rooms of the package of which the innermost decides; all others leave it to their callers."""
WORLD = {
    "agents.py",
    "economy.py",
    "history.py",
    "recorder.py",
    "rows.py",
    "rules.py",
    "trade.py",
    "world.py",
}
"""Files of the room ``model`` in which a world is simulated."""
WAITING = {"threading.py", "queue.py"}
"""Files in whose functions a thread waits for others."""

taken = dict.fromkeys(PARTS, 0.0)


def part_of(files: Sequence[str]) -> str:
    """The part that a stack belongs to, by its files from the innermost call outwards."""
    if any(file.startswith("<frozen importlib") for file in files):
        return IMPORTS
    if files and PurePath(files[0]).name in WAITING:
        return THREADS
    paths = [PurePath(file).parts for file in files]
    for package, part in ANYWHERE.items():
        if any(package in path for path in paths):
            return part
    for path in paths:
        room = path[path.index("maxpressure") + 1] if "maxpressure" in path[:-1] else ""
        if room == "model" and path[-1] in WORLD:
            return SIMULATING
        if room in ROOMS:
            return ROOMS[room]
    return REST


def _files(frame: FrameType | None) -> Iterator[str]:
    while frame is not None:
        yield frame.f_code.co_filename
        frame = frame.f_back


def _sample(_: int, frame: FrameType | None) -> None:
    """Book the time since the last sample."""
    taken[part_of(list(_files(frame)))] += time.process_time() - sum(taken.values())


def _end() -> None:
    """Book what no sample saw, and print the parts."""
    signal.setitimer(signal.ITIMER_PROF, 0.0)
    times = os.times()
    taken[REST] += time.process_time() - sum(taken.values())
    taken[WORKERS] = times.children_user + times.children_system
    whole = sum(taken.values())
    for part, seconds in taken.items():
        sys.stderr.write(f"{seconds:7.3f} s {seconds / whole:4.0%}  {part}: {PARTS[part]}\n")


def run(words: Sequence[str]) -> None:
    """Run ``-m MODULE …`` or ``-c CODE`` in this process, sampled."""
    kind, target, *more = words
    sys.argv = [target, *more]
    signal.signal(signal.SIGPROF, _sample)
    signal.siginterrupt(signal.SIGPROF, False)  # noqa: FBT003
    taken[REST] = time.process_time()
    signal.setitimer(signal.ITIMER_PROF, EVERY, EVERY)
    try:
        if kind == "-m":
            runpy.run_module(target, run_name="__main__", alter_sys=True)
        else:
            exec(compile(target, "<command>", "exec"), {"__name__": "__main__"})
    finally:
        _end()


if __name__ == "__main__":
    sys.path.remove(str(Path(__file__).parent))
    run(sys.argv[1:])
