"""Work of many visitors: in turn, bounded, each visitor's own, to be called off."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from maxpressure.app.session import Job, Queue, waited_for
from maxpressure.base.errors import InputError


@pytest.fixture
def queue() -> Iterator[Queue]:
    made = Queue(most=3)
    yield made
    made.close()


def finished(job: Job[str]) -> Job[str]:
    assert job.finished.wait(10)
    return job


class Held:
    """A visitor's work in pieces, each of which waits until it is let go on."""

    def __init__(self, name: str, pieces: int, done: list[str]) -> None:
        self.name, self.count, self.done = name, pieces, done
        self.go = threading.Semaphore(0)
        self.began = threading.Event()

    def pieces(self) -> Iterator[str | None]:
        for number in range(self.count):
            self.began.set()
            assert self.go.acquire(timeout=10)
            self.done.append(f"{self.name}{number}")
            yield self.name if number == self.count - 1 else None


def test_jobs_take_turns_piece_by_piece(queue: Queue) -> None:
    done: list[str] = []
    long, short = Held("long", 4, done), Held("short", 1, done)
    first = queue.put("anna", long.pieces, of=4)
    assert long.began.wait(10)
    second = queue.put("ben", short.pieces)
    assert queue.before(second) == 1
    for _ in range(4):
        long.go.release()
    short.go.release()
    assert finished(second).outcome == "short"
    assert finished(first).outcome == "long"
    assert done == ["long0", "short0", "long1", "long2", "long3"]
    assert first.pieces_done == 4


def test_a_newer_job_of_a_visitor_replaces_the_older(queue: Queue) -> None:
    done: list[str] = []
    busy, older, newer = Held("busy", 1, done), Held("older", 1, done), Held("newer", 1, done)
    queue.put("anna", busy.pieces)
    assert busy.began.wait(10)
    first, second = queue.put("ben", older.pieces), queue.put("ben", newer.pieces)
    assert first.standing == "called off"
    for held in (busy, older, newer):
        held.go.release()
    assert finished(second).outcome == "newer"
    assert "older0" not in done


def test_a_job_called_off_does_no_further_piece(queue: Queue) -> None:
    done: list[str] = []
    held = Held("held", 9, done)
    job = queue.put("anna", held.pieces, of=9)
    assert held.began.wait(10)
    job.call_off()
    held.go.release()
    after = Held("after", 1, done)
    after.go.release()
    assert finished(queue.put("ben", after.pieces)).outcome == "after"
    assert job.standing == "called off"
    assert done == ["held0", "after0"]


@pytest.mark.parametrize("fails", [False, True])
def test_a_job_called_off_in_its_last_piece_stays_called_off(queue: Queue, *, fails: bool) -> None:
    began, go = threading.Event(), threading.Event()

    def pieces() -> Iterator[str | None]:
        yield "first"
        began.set()
        assert go.wait(10)
        if fails:
            raise RuntimeError("too late to matter")

    job = queue.put("anna", pieces, of=2)
    assert began.wait(10)
    job.call_off()
    go.set()
    after = Held("after", 1, [])
    after.go.release()
    finished(queue.put("ben", after.pieces))
    assert (job.standing, job.fault) == ("called off", None)
    assert waited_for(job) is None


def test_a_job_called_off_between_its_first_look_and_its_piece_does_not_fail() -> None:
    def pieces() -> Iterator[str | None]:
        job.call_off()  # what another thread may do at this very moment
        yield "first"
        pytest.fail("a second piece was done")

    job: Job[str] = Job("anna", pieces, of=2)
    job.work()
    job.work()
    assert (job.standing, job.fault, job.outcome, job.pieces_done) == ("called off", None, None, 0)


def test_what_has_ended_stays_as_it_ended() -> None:
    job: Job[str] = Job("anna", lambda: iter(["all"]), of=1)
    job.work()
    job.work()
    job.call_off()
    assert (job.standing, waited_for(job)) == ("done", "all")


def test_a_full_queue_refuses_with_advice(queue: Queue) -> None:
    held = [Held(f"job{number}", 1, []) for number in range(4)]
    for number in range(3):
        queue.put(f"visitor {number}", held[number].pieces)
    with pytest.raises(InputError, match="Try again"):
        queue.put("visitor 3", held[3].pieces)
    for one in held:
        one.go.release()


def test_a_job_that_fails_ends_alone(queue: Queue) -> None:
    def failing() -> Iterator[str | None]:
        yield None
        raise RuntimeError("broken")

    def fine() -> Iterator[str | None]:
        yield "fine"

    bad, good = queue.put("anna", failing), queue.put("ben", fine)
    assert finished(good).outcome == "fine"
    assert finished(bad).standing == "failed"
    assert str(bad.fault) == "broken"


def test_who_leaves_has_nothing_left_in_the_queue(queue: Queue) -> None:
    done: list[str] = []
    busy, gone = Held("busy", 1, done), Held("gone", 1, done)
    queue.put("anna", busy.pieces)
    assert busy.began.wait(10)
    job = queue.put("ben", gone.pieces)
    queue.leave("ben")
    assert job.standing == "called off"
    busy.go.release()
    gone.go.release()


def test_the_queue_separates_waiting_from_working(queue: Queue) -> None:
    held = Held("held", 1, [])
    first = queue.put("anna", held.pieces)
    assert held.began.wait(10)
    quick = Held("quick", 1, [])
    quick.go.release()
    second = queue.put("ben", quick.pieces)
    threading.Timer(0.3, held.go.release).start()
    assert finished(first).worked >= 0.25
    assert finished(second).waited >= 0.2
    assert second.worked < 0.2
