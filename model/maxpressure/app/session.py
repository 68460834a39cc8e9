"""The session that visitors share: its two queues of work, and the worlds that were asked for last.

A job is a sequence of pieces. After each piece the next visitor's job has its turn, so that a long job delays the
others by one piece at most. Each visitor has at most one job in a queue: a newer one replaces it.
"""

from __future__ import annotations

import ctypes
import gc
import multiprocessing
import sys
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from typing import Final, Generic, Literal, TypeVar

from maxpressure.app.levers import Setting
from maxpressure.app.many_worlds import Lot, simulate
from maxpressure.base.errors import InputError, Remedy, Wrong
from maxpressure.evidence.parameters import Parameters, ParameterSet
from maxpressure.evidence.posterior import choose
from maxpressure.model.case import Case, load_case

# ---- jobs in a queue

Outcome = TypeVar("Outcome")
Standing = Literal["waiting", "working", "done", "called off", "failed"]
MOST: Final = 64
"""Jobs that wait at once; more than a class has."""


class Job(Generic[Outcome]):
    """The work of one visitor: ``pieces`` is called once and yields after each piece, with the outcome in the last.

    ``waited`` are seconds before its first piece and between pieces, ``worked`` seconds in pieces.
    """

    def __init__(self, visitor: str, pieces: Callable[[], Iterator[Outcome | None]], of: int) -> None:
        self.visitor, self.of = visitor, of
        self.standing: Standing = "waiting"
        self.outcome: Outcome | None = None
        self.fault: Exception | None = None
        self.pieces_done = 0
        self.waited = self.worked = 0.0
        self.since = time.monotonic()
        self.finished = threading.Event()
        self._pieces = pieces
        self._running: Iterator[Outcome | None] | None = None
        self._lock = threading.Lock()

    def call_off(self) -> None:
        """Do no further piece."""
        self.end("called off")

    def end(self, standing: Standing, fault: Exception | None = None) -> None:
        """End it, unless it has ended before."""
        with self._lock:
            if self.finished.is_set():
                return
            self.standing, self.fault = standing, fault
            self._running = None
            self.finished.set()

    def work(self) -> None:
        """Do the next piece."""
        with self._lock:
            if self.finished.is_set():
                return
            self.standing, running = "working", self._running  # it may be called off from here on
        began = time.monotonic()
        self.waited += began - self.since
        try:
            running = self._pieces() if running is None else running
            piece = next(running)
        except StopIteration:
            self.end("done")
        except Exception as fault:  # noqa: BLE001  # a visitor's job must not end the queue for all others
            self.end("failed", fault)
        else:
            self._after(running, piece)
        self.since = time.monotonic()
        self.worked += self.since - began

    def _after(self, running: Iterator[Outcome | None], piece: Outcome | None) -> None:
        """Keep the result of a piece, unless the job was called off meanwhile."""
        with self._lock:
            if not self.finished.is_set():
                self._running = running
                self.pieces_done += 1
                self.outcome = piece if piece is not None else self.outcome


def waited_for(job: Job[Outcome]) -> Outcome | None:
    """The outcome of a job once it is finished; None where it was called off."""
    while not job.finished.wait(0.02):
        pass
    if job.fault is not None:
        raise job.fault
    return job.outcome if job.standing == "done" else None


class Queue:
    """Jobs in turn, done by one thread."""

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self._jobs: deque[Job[object]] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False

    def put(self, visitor: str, pieces: Callable[[], Iterator[Outcome | None]], of: int = 1) -> Job[Outcome]:
        """Add a visitor's job which replaces an earlier one; raises InputError where the queue is full."""
        job = Job(visitor, pieces, of)
        with self._changed:
            for earlier in [one for one in self._jobs if one.visitor == visitor]:
                earlier.call_off()
                self._jobs.remove(earlier)
            if len(self._jobs) >= self.most:
                given, allowed = Wrong(f"has {len(self._jobs)} jobs already"), Remedy("Try again in a minute")
                raise InputError(file="page", key="queue", given=given, allowed=allowed)
            self._jobs.append(job)  # type: ignore[arg-type]  # a queue holds jobs of any outcome
            self._start()
            self._changed.notify()
        return job

    def before(self, job: Job[Outcome]) -> int:
        """How many jobs have their turn before this one."""
        with self._changed:
            return next((index for index, one in enumerate(self._jobs) if one is job), 0)

    def leave(self, visitor: str) -> None:
        """Call off the visitor's job."""
        with self._changed:
            for job in [one for one in self._jobs if one.visitor == visitor]:
                job.call_off()
                self._jobs.remove(job)

    def close(self) -> None:
        """Call everything off and let the thread end."""
        with self._changed:
            self._closed = True
            for job in self._jobs:
                job.call_off()
            self._jobs.clear()
            self._changed.notify_all()

    def _start(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._serve, name="queue", daemon=True)
            vars(self._thread)["current_context"] = None  # Solara would keep the first visitor for it
            self._thread.start()

    def _serve(self) -> None:
        while True:
            with self._changed:
                while not self._jobs and not self._closed:
                    self._changed.wait()
                if self._closed:
                    return
                job = self._jobs[0]
            if not job.finished.is_set():
                job.work()
            with self._changed:
                if job in self._jobs:
                    self._jobs.remove(job)
                    if not job.finished.is_set():
                        self._jobs.append(job)


# ---- the session

KEPT: Final = 24
"""Lots in the cache; half a megabyte each."""

TIDY_AFTER: Final = 3.0
"""Seconds after the last visitor left until unused memory is returned."""


@dataclass(slots=True, kw_only=True)
class Session:
    """Visitors share everything here; a visitor's request only changes which simulated worlds are cached."""

    case: Case
    parameters: ParameterSet
    draws: tuple[Parameters, ...]
    quick: Queue = field(default_factory=Queue)
    """For compiled worlds and pictures: tenths of a second a piece."""
    slow: Queue = field(default_factory=Queue)
    """For twins, simulated in another process: seconds a piece."""
    _lots: OrderedDict[str, Lot] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _pool: ProcessPoolExecutor | None = None
    _tidying: threading.Timer | None = None

    def lot(self, setting: Setting) -> Lot:
        """The worlds of a setting, from the cache or simulated now."""
        key = setting.scenario(self.case).text()
        with self._lock:
            if key in self._lots:
                self._lots.move_to_end(key)
                return self._lots[key]
            earlier = next(reversed(self._lots.values()), None)
        like = None if earlier is None else earlier.situation
        lot = simulate(self.case, self.draws, setting, like=like)
        with self._lock:
            self._lots[key] = lot
            while len(self._lots) > KEPT:
                self._lots.popitem(last=False)
        return lot

    def pool(self) -> ProcessPoolExecutor:
        """One process for what plain Python simulates, so that the page stays quick."""
        with self._lock:
            if self._pool is None:
                self._pool = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))
            return self._pool

    def pool_died(self) -> None:
        """Start a new process next time."""
        with self._lock:
            self._pool = None

    def leave(self, visitor: str) -> None:
        """Call off the jobs of a visitor."""
        self.quick.leave(visitor)
        self.slow.leave(visitor)
        with self._lock:
            if self._tidying is not None:
                self._tidying.cancel()
            self._tidying = threading.Timer(TIDY_AFTER, give_back)
            vars(self._tidying)["current_context"] = None  # Solara would keep the visitor for it
            self._tidying.daemon = True
            self._tidying.start()

    def close(self) -> None:
        """Stop all work."""
        self.quick.close()
        self.slow.close()
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)


def give_back() -> None:
    """Return unused memory to the system, where its C library can (glibc)."""
    gc.collect()
    if sys.platform == "linux" and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)) is not None:
        trim(0)


@cache
def session() -> Session:
    """The session of this process."""
    chosen = choose("posterior")
    return Session(case=load_case(), parameters=chosen.parameters, draws=chosen.draws)
