"""Chunks lived side by side: in threads, in processes, or on a Dask cluster. None of them changes a number.

Finished chunks come back in the order in which they were asked for, and only a few are under way at once, so
that memory does not grow with the number of worlds.

The bar that a long run shows on stderr: worlds lived, their rate and the time that is left.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.synchronize import Barrier
from typing import Any, TypeVar

from tqdm import tqdm

from maxpressure.base.errors import InputError
from maxpressure.engine.engines import Chunk

Thing = TypeVar("Thing")


class Shown:
    """A bar over worlds that is told of finished chunks."""

    def __init__(self, tally: tqdm[Any]) -> None:
        self._tally = tally

    def note(self, chunk: Chunk) -> None:
        """A chunk is finished."""
        self._tally.set_description(chunk.scenario, refresh=False)
        self._tally.update(chunk.worlds)


@contextmanager
def bar(chunks: Sequence[Chunk], *, progress: bool, unit: str = " worlds") -> Iterator[Shown]:
    """A bar over the worlds of these chunks, or what else they count; quiet unless wanted and stderr is a terminal."""
    total = sum(chunk.worlds for chunk in chunks)
    silent = None if progress else True
    with tqdm(total=total, unit=unit, file=sys.stderr, disable=silent, smoothing=0.1) as tally:
        yield Shown(tally)


def counted(things: Sequence[Thing], *, unit: str, progress: bool) -> Iterator[Thing]:
    """The things one by one, under a bar that counts them; quiet unless wanted and stderr is a terminal."""
    yield from tqdm(things, unit=f" {unit}", file=sys.stderr, disable=None if progress else True)


Finished = TypeVar("Finished")
Job = Callable[[Chunk], Finished]

AHEAD = 2
"""Chunks asked for beyond those that workers have in hand."""
ATTEMPTS = 3
"""How often a chunk is given out when the process that lived it dies."""

STARTING = 300.0
"""Seconds within which all processes must have started."""


def spread(
    job: Job[Finished],
    chunks: Iterable[Chunk],
    *,
    compiled: bool,
    portable: bool = True,
    workers: int | None = None,
    scheduler: str | None = None,
) -> Iterator[Finished]:
    """Live chunks on as many workers as wanted, by default one for each core.

    Compiled code runs in threads, the Mesa model in processes. A job that is not ``portable``, because its State
    was defined in a notebook or a script, runs on one worker in the calling process, with a warning that says so.
    """
    wanted = workers or os.cpu_count() or 1
    if not portable and (wanted > 1 or scheduler):
        told = "a State defined in a notebook or script runs on one worker, in this process"
        warnings.warn(f"{told}; put it in a module of its own to use more", stacklevel=3)
        return map(job, chunks)
    if scheduler:
        return on_cluster(job, chunks, scheduler)
    if wanted == 1:
        return map(job, chunks)
    return (in_threads if compiled else in_processes)(job, chunks, wanted)


def in_threads(job: Job[Finished], chunks: Iterable[Chunk], workers: int) -> Iterator[Finished]:
    """Chunks in threads: for compiled code, which lets others run beside it."""
    with ThreadPoolExecutor(workers) as pool:
        yield from _in_order(lambda chunk: pool.submit(job, chunk), chunks, workers)


def in_processes(job: Job[Finished], chunks: Iterable[Chunk], workers: int) -> Iterator[Finished]:
    """Chunks in processes of their own: for the Mesa model. Those of a process that dies are given out again."""
    left = list(chunks)
    attempts = ATTEMPTS
    while left:
        now = (
            left[:1] if attempts < ATTEMPTS else list(left)
        )  # after a death the first alone: was it the one?
        try:
            with _pool(job, min(workers, len(now))) as pool:
                for finished in _in_order(lambda chunk: pool.submit(_work, chunk), now, workers):
                    left.pop(0)
                    attempts = ATTEMPTS
                    yield finished
        except BrokenProcessPool:
            attempts -= 1
            if attempts == 0:
                lost = f"the process that lived worlds from {left[0].name} on died {ATTEMPTS} times in a row"
                raise OSError(f"{lost}; is memory short? Fewer --workers need less") from None


def on_cluster(job: Job[Finished], chunks: Iterable[Chunk], scheduler: str) -> Iterator[Finished]:
    """Chunks on the Dask cluster whose scheduler is at this address."""
    try:
        import distributed
    except ImportError:
        allowed = "no scheduler, or the extra that talks to one: pip install 'maxpressure[cluster]'"
        raise InputError(file="batch", key="scheduler", given=scheduler, allowed=allowed) from None
    try:
        connect: Any = distributed.Client
        client = connect(scheduler, timeout=10)
    except (OSError, ValueError) as fault:
        allowed = f"the address of a running Dask scheduler, such as tcp://127.0.0.1:8786 ({fault})"
        raise InputError(file="batch", key="scheduler", given=scheduler, allowed=allowed) from None
    with client:
        shared = client.scatter(job, broadcast=True)
        workers = max(1, sum(client.ncores().values()))
        yield from _in_order(lambda chunk: client.submit(_apply, shared, chunk, pure=False), chunks, workers)


def _in_order(submit: Callable[[Chunk], Any], chunks: Iterable[Chunk], workers: int) -> Iterator[Any]:
    """Keep workers busy and hand over results in order; what is not yet begun is dropped when the caller stops."""
    under_way: deque[Future[Any]] = deque()
    try:
        for chunk in chunks:
            under_way.append(submit(chunk))
            if len(under_way) >= workers + AHEAD:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
    finally:
        for future in under_way:
            future.cancel()


@contextmanager
def _pool(job: Job[Any], workers: int) -> Iterator[ProcessPoolExecutor]:
    """Spawned processes, the same on every platform; a script needs no main guard, a notebook no file.

    None begins before all have started: a pool whose worker dies while another one is being started never ends.
    """
    spawn = multiprocessing.get_context("spawn")
    begun = (job, spawn.Barrier(workers, timeout=STARTING))
    pool = ProcessPoolExecutor(workers, mp_context=spawn, initializer=_begin, initargs=begun)
    with _hidden_main(), pool:
        yield pool


@contextmanager
def _hidden_main() -> Iterator[None]:
    """Spawned processes import the main script again; ours do not need it, so it is hidden from them."""
    main = sys.modules["__main__"]
    kept = {name: getattr(main, name) for name in ("__file__", "__spec__") if hasattr(main, name)}
    for name in kept:
        setattr(main, name, None)
    try:
        yield
    finally:
        for name, value in kept.items():
            setattr(main, name, value)


_jobs: list[Job[Any]] = []


def _begin(job: Job[Any], started: Barrier) -> None:
    _jobs[:] = [job]
    threading.Thread(target=_end_with_parent, daemon=True).start()
    started.wait()


def _end_with_parent() -> None:
    """End when the process that gives out work is gone: its worker would otherwise wait for more for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _work(chunk: Chunk) -> Any:
    return _jobs[0](chunk)


def _apply(job: Job[Finished], chunk: Chunk) -> Finished:
    return job(chunk)
