"""Measure speed, memory and size, print the tables and write them into README.md beside this file.

    python benchmarks/bench.py    about two minutes, to 100,000 worlds
    make bench-full               to 1,000,000 worlds

Times are medians of repeats within one run, each measurement in a process of its own. On a busy machine they
mean little; ratios suffer less.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import report
from fresh import begin, end, fresh

README = Path(__file__).with_name("README.md")
CORES = 2


class Sizes(NamedTuple):
    """How much is measured."""

    command: str
    repeats: int
    world_worlds: int  # worlds that World simulates
    chunk: int  # worlds that the ensemble simulates
    growth: tuple[tuple[int, int], ...]  # worlds of a batch, and how often it is repeated
    states: tuple[int, ...]
    states_worlds: int
    distinct: int  # worlds whose random numbers the C program gets; it repeats them


TINY = Sizes(
    command="bench.py --tiny",
    repeats=1,
    world_worlds=2,
    chunk=20,
    growth=((10, 1), (20, 1)),
    states=(200, 400),
    states_worlds=2,
    distinct=2,
)
USUAL = Sizes(
    command="make bench",
    repeats=5,
    world_worlds=50,
    chunk=1000,
    growth=((100, 3), (1000, 3), (10_000, 3), (100_000, 1)),
    states=(200, 1000, 5000),
    states_worlds=100,
    distinct=50,
)
FULL = USUAL._replace(
    command="make bench-full",
    repeats=9,
    world_worlds=100,
    growth=((100, 5), (1000, 5), (10_000, 5), (100_000, 3), (1_000_000, 1)),
    states_worlds=200,
)


def main(words: Sequence[str] | None = None) -> None:
    """Measure, print, write."""
    asked = argparse.ArgumentParser(
        description="Measure speed, memory and size; write the tables into the README."
    )
    how_much = asked.add_mutually_exclusive_group()
    how_much.add_argument("--full", action="store_true", help="up to a million worlds")
    how_much.add_argument("--tiny", action="store_true", help="a few worlds, to see that everything runs")
    asked.add_argument("--readme", type=Path, default=README, help="the file whose tables are written")
    given = asked.parse_args(words)
    found = measured(FULL if given.full else TINY if given.tiny else USUAL)
    sections = {name: getattr(report, f"of_{name}")(found) for name in report.SECTIONS}
    for name, body in sections.items():
        sys.stdout.write(f"\n{name}\n\n{body}\n")
    report.put(given.readme, sections)


def measured(size: Sizes) -> dict[str, Any]:
    """All measurements, one after the other."""
    found: dict[str, Any] = {"command": size.command, "load": _load()}
    found["described"] = fresh("machine", "described")
    announce("World against the ensemble")
    found["engines"] = fresh(
        "speed", "engines", worlds=size.world_worlds, chunk=size.chunk, repeats=size.repeats
    )
    found["World, two processes"] = _side_by_side(size)
    announce("the ensemble beside World, NumPy and C")
    found["limit"] = fresh(
        "limit",
        "limits",
        worlds=size.chunk,
        distinct=size.distinct,
        repeats=size.repeats,
        world_worlds=max(1, size.world_worlds // 5),
    )
    announce("what the ensemble's time goes on")
    found["breakdown"] = fresh("speed", "breakdown", worlds=size.chunk, repeats=size.repeats)
    announce("what writing costs")
    found["writing"] = fresh("growth", "writing", worlds=size.chunk, repeats=size.repeats)
    announce("more states")
    found["states"] = fresh(
        "crowd", "costs", sizes=size.states, worlds=size.states_worlds, repeats=min(size.repeats, 3)
    )
    found["growth"] = {}
    for worlds, repeats in size.growth:
        announce(f"a batch of {worlds:,} worlds")
        found["growth"][worlds] = _batch(worlds, repeats)
    return found


def _side_by_side(size: Sizes) -> float:
    """Seconds a world of World on two cores: two processes at once, their rates added."""
    pair = [
        begin("speed", "world_alone", worlds=size.world_worlds, repeats=size.repeats) for _ in range(CORES)
    ]
    rate: float = sum(1.0 / end(one) for one in pair)
    return 1.0 / rate


def _batch(worlds: int, repeats: int) -> dict[str, Any]:
    """A batch of this size, repeated in new processes: the median time, and the largest peak of memory."""
    runs = [fresh("growth", "batch", worlds=worlds, workers=CORES) for _ in range(repeats)]
    peaks = [run["peak"] for run in runs if run["peak"] is not None]
    return {
        "seconds": statistics.median(run["seconds"] for run in runs),
        "peak": max(peaks, default=None),
        "sizes": runs[0]["sizes"],
    }


def _load() -> float | None:
    """How many processes wanted a core in the last minute; None where the system does not say."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else None


def announce(what: str) -> None:
    """Say on stderr what is being measured."""
    sys.stderr.write(f"measuring: {what}\n")


if __name__ == "__main__":
    main()
