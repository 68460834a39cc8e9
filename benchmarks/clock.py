"""Times, their medians over repeats, and peak memory."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec


def seconds(work: Callable[[], object]) -> float:
    """How long some work takes, on the wall's clock."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def cpu_seconds(work: Callable[[], object]) -> float:
    """How much CPU time some work takes in this process, which other processes disturb less."""
    start = time.process_time()
    work()
    return time.process_time() - start


def medians(works: Mapping[str, Callable[[], object]], repeats: int) -> dict[str, float]:
    """The median seconds of each work; they take turns, so that a noisy moment of the machine hits them all."""
    taken: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(repeats):
        for name, work in works.items():
            taken[name].append(seconds(work))
    return {name: statistics.median(times) for name, times in taken.items()}


def peak_mib() -> float | None:
    """The most memory that this process ever held, in MiB; None on Windows, which keeps no such count.

    ``ru_maxrss`` is in kB on Linux and in bytes on macOS.
    """
    if find_spec("resource") is None:
        return None
    resource = import_module("resource")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(peak / (2**20 if sys.platform == "darwin" else 2**10))
