"""Work of many visitors on one machine: in turn, piece by piece, bounded, and to be called off.

A job is a sequence of pieces. After each piece the next visitor's job has its turn, so that a long one holds
nobody up for longer than a piece. Each visitor has at most one job in a line: a newer one takes its place.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Final, Generic, Literal, TypeVar

from maxpressure.base.errors import InputError

Outcome = TypeVar("Outcome")
Standing = Literal["waiting", "working", "done", "called off", "failed"]
MOST: Final = 64
"""Jobs that wait at once; a class is smaller."""


class Job(Generic[Outcome]):
    """One piece of work of one visitor; ``pieces`` yields how many pieces are done, and returns the outcome last.

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
        """Do no further piece of it."""
        self.end("called off")

    def end(self, standing: Standing, fault: Exception | None = None) -> None:
        """Nothing more is to be done; what has ended before stays as it ended."""
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
        except Exception as fault:  # noqa: BLE001  # a visitor's job must not end the line for all others
            self.end("failed", fault)
        else:
            self._after(running, piece)
        self.since = time.monotonic()
        self.worked += self.since - began

    def _after(self, running: Iterator[Outcome | None], piece: Outcome | None) -> None:
        """Keep what a piece gave, unless the job was called off meanwhile."""
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


class WaitingLine:
    """Jobs in turn, in one thread of its own."""

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self._jobs: deque[Job[object]] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False

    def put(self, visitor: str, pieces: Callable[[], Iterator[Outcome | None]], of: int = 1) -> Job[Outcome]:
        """Add a visitor's job in place of an earlier one; raises InputError where the line is full."""
        job = Job(visitor, pieces, of)
        with self._changed:
            for earlier in [one for one in self._jobs if one.visitor == visitor]:
                earlier.call_off()
                self._jobs.remove(earlier)
            if len(self._jobs) >= self.most:
                given, allowed = f"{len(self._jobs)} jobs are waiting", "fewer; try again in a minute"
                raise InputError(file="page", key="waiting line", given=given, allowed=allowed)
            self._jobs.append(job)  # type: ignore[arg-type]  # a line holds jobs of any outcome
            self._start()
            self._changed.notify()
        return job

    def before(self, job: Job[Outcome]) -> int:
        """How many jobs have their turn before this one."""
        with self._changed:
            return next((place for place, one in enumerate(self._jobs) if one is job), 0)

    def leave(self, visitor: str) -> None:
        """Call off whatever the visitor has in the line."""
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
            self._thread = threading.Thread(target=self._serve, name="waiting line", daemon=True)
            vars(self._thread)["current_context"] = None  # Solara would tie it to the visitor that came first
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
