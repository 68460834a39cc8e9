"""Whose turn it is: the jobs of all visitors in one line, fair by visitor, and the threads that do them.

Each job has a moment, and the job with the earliest has its turn next. It is the moment of the question, later by
`LATER` for what is no preview, and by `APART` after the visitor's own job before. So previews go first, nobody waits
for ever behind them, and who asks much is served between the others. What is computed ahead has its turn only while
no visitor waits or is being served.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Final, Literal

Kind = Literal["preview", "worlds", "twins"]
Report = Callable[[int, int], None]
"""Told how many pieces of how many are done; raises :class:`Left` where nobody waits for the work any more."""

Clock = Callable[[], float]

MOST: Final = 64
"""Jobs that wait at once; two for each visitor of a class."""

MOST_EACH: Final = 2
"""Jobs of one visitor that wait at once."""

FORGOTTEN_AFTER: Final = 5.0
"""Seconds after which a job is dropped that nobody has asked for."""

LATER: Final = 6.0
"""Seconds by which a preview overtakes other jobs: the longest wait that they have through previews."""

APART: Final = 1.0
"""Seconds between the moments of a visitor's own jobs."""

EXPECTED: Final[dict[Kind, float]] = {"preview": 0.1, "worlds": 0.4, "twins": 0.6}
"""Seconds that a job takes, until some were measured."""

LEARNED: Final = 0.2
"""The weight of the last job in the mean of those before."""


class Left(Exception):  # noqa: N818  # no error: the work ends since nobody waits for it
    """Nobody waits for this job any more."""


class Full(Exception):  # noqa: N818  # no error: the visitor is asked to come back
    """Too many jobs wait. ``seconds`` until some of them are done."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Enough(Exception):  # noqa: N818  # no error: the visitor's own jobs come first
    """The visitor has as many jobs waiting as one may have; ``job`` is the first of them."""

    def __init__(self, job: Job) -> None:
        super().__init__(job.key)
        self.job = job


@dataclass(eq=False, slots=True, kw_only=True)
class Job:
    """The work for a question, for all who ask it; ``asked`` is when each did so last, infinity while one waits."""

    key: str
    kind: Kind
    work: Callable[[Report], Any]
    moment: float
    ahead: bool = False
    begun: float | None = None
    done: int = 0
    of: int = 0
    asked: dict[str, float] = field(default_factory=dict)
    future: Future[Any] = field(default_factory=Future)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a job stands: how many have their turn before it, about how many seconds are left, pieces done and of."""

    place: int
    seconds: float
    done: int
    of: int


class Line:
    """The jobs that wait and those being done; it holds no thread and reads the time from ``clock``."""

    def __init__(self, *, workers: int, clock: Clock = time.monotonic, most: int = MOST) -> None:
        self.workers, self.clock, self.most = workers, clock, most
        self._jobs: dict[str, Job] = {}
        self._last: dict[str, float] = {}
        self._seconds: dict[Kind, float] = dict(EXPECTED)

    def ask(self, visitor: str, key: str, kind: Kind, work: Callable[[Report], Any]) -> Job:
        """The job for a question, the one that is there already or a new one; the visitor waits until `leave`.

        Raises Enough or Full where there can be no new one now.
        """
        now = self.clock()
        self._forget(now)
        job = self._jobs.get(key)
        if job is None or (job.ahead and job.begun is None):
            self._check_room(visitor)
            moment = self._moment(visitor, kind, now)
            if job is None:
                job = self._jobs[key] = Job(key=key, kind=kind, work=work, moment=moment)
            job.moment = moment
        job.ahead = False
        job.asked[visitor] = math.inf
        return job

    def ask_ahead(self, key: str, kind: Kind, work: Callable[[Report], Any]) -> Job:
        """The job for what nobody has asked yet."""
        if key not in self._jobs:
            self._jobs[key] = Job(key=key, kind=kind, work=work, moment=math.inf, ahead=True)
        return self._jobs[key]

    def leave(self, job: Job, visitor: str, *, gone: bool = False) -> None:
        """The visitor waits no longer: for now, or for good."""
        if gone:
            job.asked.pop(visitor, None)
        elif visitor in job.asked:
            job.asked[visitor] = self.clock()

    def next(self) -> Job | None:
        """The job that has its turn now, which begins; None where there is none."""
        now = self.clock()
        self._forget(now)
        waiting = [job for job in self._jobs.values() if job.begun is None]
        asked = [job for job in waiting if not job.ahead]
        if not asked and any(job.begun is not None for job in self._jobs.values()):
            return None  # what is computed ahead leaves the processor to what was asked
        job = min(asked or waiting, key=lambda one: one.moment, default=None)
        if job is not None:
            job.begun = now
        return job

    def wanted(self, job: Job) -> bool:
        """Whether somebody waits for a job, or nobody else does whom one that was not asked for holds up."""
        if job.ahead:
            return not any(not one.ahead for one in self._jobs.values())
        return self._is_asked(job, self.clock())

    def finished(self, job: Job) -> None:
        """The work has ended, after so many seconds."""
        if job.begun is not None:
            taken = self.clock() - job.begun
            self._seconds[job.kind] += LEARNED * (taken - self._seconds[job.kind])
        self._jobs.pop(job.key, None)

    def left(self, job: Job) -> bool:
        """The work has ended unfinished; whether it is to be done again: for who came meanwhile, or ahead."""
        if job.ahead or self._is_asked(job, self.clock()):
            job.begun = None
            return True
        self._jobs.pop(job.key, None)
        return False

    def stands(self, job: Job) -> Place:
        """How many jobs have their turn before this one, and about how long it takes."""
        now = self.clock()
        waiting = [one for one in self._jobs.values() if one.begun is None and not one.ahead]
        waiting.sort(key=lambda one: one.moment)
        before = waiting[: waiting.index(job)] if job in waiting else []
        own = self._seconds[job.kind]
        if job.begun is not None:
            return Place(place=0, seconds=max(0.1, own - (now - job.begun)), done=job.done, of=job.of)
        going = sum(
            max(0.0, self._seconds[one.kind] - (now - one.begun))
            for one in self._jobs.values()
            if one.begun is not None
        )
        wait = (going + sum(self._seconds[one.kind] for one in before)) / self.workers
        return Place(place=len(before) + 1, seconds=wait + own, done=job.done, of=job.of)

    @property
    def waiting(self) -> int:
        """Jobs of visitors that wait for their turn."""
        return sum(job.begun is None and not job.ahead for job in self._jobs.values())

    @property
    def quiet(self) -> bool:
        """Whether no visitor waits or is being served."""
        return all(job.ahead for job in self._jobs.values())

    def clear(self) -> list[Job]:
        """Take all jobs out."""
        jobs = list(self._jobs.values())
        self._jobs.clear()
        return jobs

    def _check_room(self, visitor: str) -> None:
        waiting = [job for job in self._jobs.values() if job.begun is None and not job.ahead]
        own = [job for job in waiting if visitor in job.asked]
        if len(own) >= MOST_EACH:
            raise Enough(min(own, key=lambda job: job.moment))
        if len(waiting) >= self.most:
            raise Full(sum(self._seconds[job.kind] for job in waiting) / self.workers)

    def _moment(self, visitor: str, kind: Kind, now: float) -> float:
        """The visitor's own moment goes on by `APART` with each job, and never lies before now."""
        own = max(now, self._last.get(visitor, -math.inf) + APART)
        self._last = {name: at for name, at in self._last.items() if at + APART > now}
        self._last[visitor] = own
        return own + (0.0 if kind == "preview" else LATER)

    def _is_asked(self, job: Job, now: float) -> bool:
        return any(at + FORGOTTEN_AFTER > now for at in job.asked.values())

    def _forget(self, now: float) -> None:
        """Drop the jobs that wait and that nobody asks for any more."""
        left = [
            job
            for job in self._jobs.values()
            if job.begun is None and not job.ahead and not self._is_asked(job, now)
        ]
        for job in left:
            del self._jobs[job.key]
            job.future.cancel()


class Turns:
    """A line, and the threads that do its jobs; compiled code holds no lock, so that they run side by side."""

    def __init__(self, *, workers: int = 2, clock: Clock = time.monotonic, most: int = MOST) -> None:
        self.line = Line(workers=workers, clock=clock, most=most)
        self._changed = threading.Condition()
        self._closed = False
        self._threads = [
            threading.Thread(target=self._serve, name=f"worlds {number}", daemon=True)
            for number in range(workers)
        ]
        for thread in self._threads:
            thread.start()

    def ask(self, visitor: str, key: str, kind: Kind, work: Callable[[Report], Any]) -> Job:
        """As :meth:`Line.ask`."""
        with self._changed:
            job = self.line.ask(visitor, key, kind, work)
            self._changed.notify()
            return job

    def ask_ahead(self, key: str, kind: Kind, work: Callable[[Report], Any]) -> Job:
        """As :meth:`Line.ask_ahead`."""
        with self._changed:
            job = self.line.ask_ahead(key, kind, work)
            self._changed.notify()
            return job

    def leave(self, job: Job, visitor: str, *, gone: bool = False) -> None:
        """As :meth:`Line.leave`."""
        with self._changed:
            self.line.leave(job, visitor, gone=gone)

    def stands(self, job: Job) -> Place:
        """As :meth:`Line.stands`."""
        with self._changed:
            return self.line.stands(job)

    @property
    def quiet(self) -> bool:
        """As :attr:`Line.quiet`."""
        with self._changed:
            return self.line.quiet

    def close(self) -> None:
        """Let the threads end after what they are doing; what waits is called off."""
        with self._changed:
            self._closed = True
            for job in self.line.clear():
                job.future.cancel()
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(timeout=1.0)

    def _serve(self) -> None:
        while True:
            with self._changed:
                while not self._closed and (job := self.line.next()) is None:
                    self._changed.wait()
                if self._closed:
                    return
                assert job is not None
                if not job.future.running():
                    job.future.set_running_or_notify_cancel()  # from here on it cannot be called off
            self._do(job)

    def _do(self, job: Job) -> None:
        def report(done: int, of: int) -> None:
            with self._changed:
                job.done, job.of = done, of
                if self._closed or not self.line.wanted(job):
                    raise Left

        try:
            outcome = job.work(report)
        except Left as left:
            with self._changed:
                again = not self._closed and self.line.left(job)
                self._changed.notify_all()
            if not again:
                job.future.set_exception(left)
        except Exception as fault:  # noqa: BLE001  # a visitor's job must not end the thread for all others
            self._finish(job)
            job.future.set_exception(fault)
        else:
            self._finish(job)
            job.future.set_result(outcome)

    def _finish(self, job: Job) -> None:
        with self._changed:
            self.line.finished(job)
            self._changed.notify_all()
