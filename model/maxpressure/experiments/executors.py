"""Chunks of worlds run side by side: in threads, in processes, or on a Dask cluster. No number depends on which.

Results come back in the order in which chunks were asked for, and only a few chunks are ahead of the caller, so memory
does not grow with the number of worlds. This is why joblib's processes (its executor ``loky``) are used through
their futures and not through ``joblib.Parallel``: its generator runs ahead of a slow caller without bound and sends
the job with each chunk anew. Threads need neither, so they are those of the standard library.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any, Self, TypeVar

from tqdm import tqdm

from maxpressure.base.errors import InputError
from maxpressure.base.ranges import is_whole
from maxpressure.engine.chunks import Chunk
from maxpressure.engine.compiling import on_compiled

Thing = TypeVar("Thing")
Finished = TypeVar("Finished")
Job = Callable[[Chunk], Finished]

AHEAD = 2
"""Chunks asked for beyond those that workers have in hand."""
ATTEMPTS = 3
"""How often a chunk is given out when the process that runs it dies."""
INTERRUPTS = ("SIGINT", "SIGTERM", "SIGHUP")
WATCH, IDLE, LATEST = 1.0, 60.0, 5.0
"""Seconds between two looks of a process after its parent; until one without work ends; that the end may wait."""


# ---- the bar that a long run shows on stderr

tqdm.set_lock(threading.RLock())
"""One process draws all bars. tqdm's own lock is for several: a semaphore, which an interrupted command would leak."""


class Bar:
    """A bar over worlds, moved on by each finished chunk."""

    def __init__(self, tally: tqdm[Any]) -> None:
        self._tally = tally

    def note(self, chunk: Chunk) -> None:
        """A chunk is finished."""
        self._tally.set_description(chunk.scenario, refresh=False)
        self._tally.set_postfix_str("", refresh=False)
        self._tally.update(chunk.worlds)

    def compiled(self, functions: int) -> None:
        """Show how many functions are compiled, which explains why no world is finished yet."""
        self._tally.set_postfix_str(f"compiling, once on this machine: {functions} functions")


@contextmanager
def bar(chunks: Sequence[Chunk], *, progress: bool, unit: str = " worlds") -> Iterator[Bar]:
    """A bar over the worlds of these chunks, or what else they count; quiet unless wanted and stderr is a terminal."""
    total = sum(chunk.worlds for chunk in chunks)
    silent = None if progress else True
    with tqdm(total=total, unit=unit, file=sys.stderr, disable=silent, smoothing=0.1) as tally:
        shown = Bar(tally)
        with on_compiled(shown.compiled):
            yield shown


def counted(things: Sequence[Thing], *, unit: str, progress: bool) -> Iterator[Thing]:
    """The things one by one, under a bar that counts them; quiet unless wanted and stderr is a terminal."""
    yield from tqdm(things, unit=f" {unit}", file=sys.stderr, disable=None if progress else True)


# ---- workers


def spread(
    job: Job[Finished],
    chunks: Iterable[Chunk],
    *,
    compiled: bool,
    workers: int | None = None,
    scheduler: str | None = None,
) -> Iterator[Finished]:
    """The job done for each chunk, on as many workers as wanted, by default one for each core.

    Compiled code runs in threads, the Mesa model in processes. A job may hold classes that were defined in a notebook
    or a script: they are sent by value.
    """
    if workers is not None and not (is_whole(workers) and workers >= 1):
        raise InputError(file="run", key="workers", given=workers, allowed="a whole number, 1 or more")
    wanted = workers or os.cpu_count() or 1
    if scheduler:
        return on_cluster(job, chunks, scheduler)
    if compiled:
        return in_threads(job, chunks, wanted)
    return map(job, chunks) if wanted == 1 else in_processes(job, chunks, wanted)


def in_threads(job: Job[Finished], chunks: Iterable[Chunk], workers: int) -> Iterator[Finished]:
    """Chunks in threads: for compiled code, which lets others run beside it.

    A single one too: Ctrl-C reaches the caller at once then, and not at the end of a chunk. A thread that is at work
    when the caller stops is not waited for.
    """
    pool = ThreadPoolExecutor(workers)
    finished = False
    try:
        yield from _in_order(lambda chunk: pool.submit(job, chunk), chunks, workers)
        finished = True
    finally:
        pool.shutdown(wait=finished, cancel_futures=True)


def in_processes(job: Job[Finished], chunks: Iterable[Chunk], workers: int) -> Iterator[Finished]:
    """Chunks in processes of their own: for the Mesa model. Those of a process that dies are given out again."""
    left = list(chunks)
    attempts = ATTEMPTS
    while left:
        now = (
            left[:1] if attempts < ATTEMPTS else list(left)
        )  # after a death the first alone: was it the one?
        try:
            with _Pool(job, min(workers, len(now))) as pool:
                for finished in _in_order(pool.submit, now, workers, cancel=False):
                    left.pop(0)
                    attempts = ATTEMPTS
                    yield finished
        except BrokenProcessPool:
            attempts -= 1
            if attempts == 0:
                lost = f"the process that ran worlds from {left[0].name} on died {ATTEMPTS} times in a row"
                raise OSError(f"{lost}; is memory short? Fewer workers need less") from None


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
        workers = 2 * max(
            1, sum(client.ncores().values())
        )  # a slow chunk at the head keeps few others waiting
        yield from _in_order(lambda chunk: client.submit(_apply, shared, chunk, pure=False), chunks, workers)


def _in_order(
    submit: Callable[[Chunk], Any], chunks: Iterable[Chunk], workers: int, *, cancel: bool = True
) -> Iterator[Any]:
    """Keep workers busy and hand over results in order.

    What is not yet begun is cancelled when the caller stops; not of processes, which are killed: killing them, loky
    fails at a cancelled future.
    """
    under_way: deque[Future[Any]] = deque()
    try:
        for chunk in chunks:
            under_way.append(submit(chunk))
            if len(under_way) >= workers + AHEAD:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
    finally:
        for future in under_way if cancel else ():
            future.cancel()


class _Pool:
    """Processes that have the job; killed at once when the caller stops before the end."""

    def __init__(self, job: Job[Any], workers: int) -> None:
        from joblib.externals import loky

        _start_trackers()
        begun = (job, os.getpid())
        self._loky = loky.ProcessPoolExecutor(workers, initializer=_begin, initargs=begun, timeout=IDLE)
        self._asked: list[Future[Any]] = []

    def submit(self, chunk: Chunk) -> Future[Any]:
        """Ask for a chunk; processes may be started by this."""
        with _interrupts_held():
            future: Future[Any] = self._loky.submit(_work, chunk)
            self._asked = [one for one in self._asked if not one.done()] + [future]
        return future

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """End the processes.

        A chunk that loky has not yet queued for its processes when they are killed makes its thread fail with a
        KeyError. Its queue has room for all chunks asked for, so this waits, for at most some seconds, until they
        are there.
        """
        if kind is not None:
            latest = time.monotonic() + LATEST
            while time.monotonic() < latest and not all(one.running() or one.done() for one in self._asked):
                time.sleep(0.01)
        self._loky.shutdown(wait=True, kill_workers=kind is not None)


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Hold Ctrl-C and the signals that end a command back until the block ends: no process is left half started.

    Processes that start meanwhile never see Ctrl-C (but on Windows): they inherit the mask, and the parent alone ends
    them.
    """
    held: list[int] = []
    handlers = {}
    if threading.current_thread() is threading.main_thread():
        numbers = (getattr(signal, name) for name in INTERRUPTS if hasattr(signal, name))
        handlers = {number: signal.getsignal(number) for number in numbers}
    ours = {number: handler for number, handler in handlers.items() if callable(handler)}
    masks = hasattr(signal, "pthread_sigmask")
    for number in ours:
        signal.signal(number, lambda number, _: held.append(number))
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if masks else set()
    try:
        yield
    finally:
        if masks:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        for number, handler in ours.items():
            signal.signal(number, handler)
        if held:
            signal.raise_signal(held[0])


def _start_trackers() -> None:
    """Start the two trackers of semaphores, so that none is started while interrupts are held: it would free them.

    loky's is to remove the semaphores of a killed process without a warning.
    """
    from joblib.externals.loky.backend import resource_tracker as loky_tracker

    sys.warnoptions.append("ignore:resource_tracker:UserWarning")
    try:
        loky_tracker.ensure_running()
    finally:
        sys.warnoptions.pop()
    if hasattr(signal, "pthread_sigmask"):
        from multiprocessing import resource_tracker

        resource_tracker.ensure_running()


_jobs: list[Job[Any]] = []


def _begin(job: Job[Any], parent: int) -> None:
    """Keep the job, and end when the parent is gone."""
    _jobs[:] = [job]
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    """End when the parent has died; on Windows, where this cannot be seen, an idle process ends by its timeout."""
    while os.getppid() == parent:
        time.sleep(WATCH)
    os._exit(1)


def _work(chunk: Chunk) -> Any:
    return _jobs[0](chunk)


def _apply(job: Job[Finished], chunk: Chunk) -> Finished:
    return job(chunk)
