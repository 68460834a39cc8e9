"""Chunks on several workers: in order, not far ahead of the caller, by any job, with faults as they were raised."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from maxpressure.base.errors import InputError
from maxpressure.engine.chunks import Chunk
from maxpressure.experiments.executors import AHEAD, in_processes, in_threads, spread

WORKERS = 2
CHUNKS = [Chunk("a", first, 1) for first in range(20)]
BOTH = pytest.mark.parametrize("run", [in_threads, in_processes])


@BOTH
def test_results_come_in_order_and_the_caller_is_never_far_behind(run: Callable, tmp_path: Path) -> None:
    def job(chunk: Chunk) -> int:
        (tmp_path / f"begun-{chunk.first}").touch()
        time.sleep(0.02 * (chunk.first % 3))
        return chunk.first**2

    results = run(job, CHUNKS, WORKERS)
    first = next(results)
    time.sleep(1.0)
    assert len(list(tmp_path.iterdir())) <= WORKERS + AHEAD
    assert [first, *results] == [chunk.first**2 for chunk in CHUNKS]
    assert len(list(tmp_path.iterdir())) == len(CHUNKS)


@BOTH
def test_a_refusal_arrives_as_it_was_raised(run: Callable) -> None:
    def job(chunk: Chunk) -> None:
        raise InputError(file="a.toml", key=chunk.scenario, given=chunk.first, allowed="nothing")

    with pytest.raises(InputError) as refusal:
        list(run(job, CHUNKS, WORKERS))
    assert (refusal.value.file, refusal.value.key, refusal.value.given) == ("a.toml", "a", 0)


def test_a_caller_that_stops_leaves_no_process_at_work(tmp_path: Path) -> None:
    def job(chunk: Chunk) -> int:
        (tmp_path / str(os.getpid())).touch()
        time.sleep(0.0 if chunk.first == 0 else 60.0)
        return chunk.first

    began = time.monotonic()
    results = in_processes(job, CHUNKS, WORKERS)
    assert next(results) == 0
    results.close()
    assert time.monotonic() - began < 45.0
    for path in tmp_path.iterdir():
        with pytest.raises(ProcessLookupError):
            os.kill(int(path.name), 0)


def test_one_worker_runs_in_the_calling_process() -> None:
    assert set(spread(lambda _: os.getpid(), CHUNKS, compiled=False, workers=1)) == {os.getpid()}
