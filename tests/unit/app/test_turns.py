"""Whose turn it is: a line that is fair by visitor, told by a clock that the test sets, and the threads behind it."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from maxpressure.app.turns import (
    APART,
    EXPECTED,
    FORGOTTEN_AFTER,
    LATER,
    MOST,
    MOST_EACH,
    Enough,
    Full,
    Job,
    Kind,
    Left,
    Line,
    Report,
    Turns,
)


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def line(clock: Clock) -> Line:
    return Line(workers=2, clock=clock)


def work(_report: Report) -> None:
    """No work."""


def ask(line: Line, visitor: str, key: str, kind: Kind = "worlds") -> Job:
    return line.ask(visitor, key, kind, work)


def order(line: Line) -> list[str]:
    """The keys of all jobs in the order of their turns, each done at once."""
    keys = []
    while (job := line.next()) is not None:
        keys.append(job.key)
        line.finished(job)
    return keys


def test_jobs_of_a_kind_have_their_turn_as_they_came(line: Line, clock: Clock) -> None:
    for visitor in "abc":
        ask(line, visitor, f"of {visitor}")
        clock.now += 0.01
    assert order(line) == ["of a", "of b", "of c"]


def test_a_preview_goes_first_but_not_before_what_has_waited_long(line: Line, clock: Clock) -> None:
    ask(line, "a", "old", "worlds")
    clock.now += LATER + 0.1
    for visitor in "ab":
        ask(line, visitor, f"whole {visitor}", "worlds")
    for visitor in "cd":
        ask(line, visitor, f"preview {visitor}", "preview")
        for job in line._jobs.values():  # who waits is asking
            assert job.asked
    assert order(line) == ["old", "preview c", "preview d", "whole a", "whole b"]


def test_who_asks_much_is_served_between_the_others(line: Line, clock: Clock) -> None:
    ask(line, "greedy", "first", "preview")
    ask(line, "greedy", "second", "preview")
    clock.now += APART / 2
    ask(line, "modest", "only", "preview")
    assert order(line) == ["first", "only", "second"]


def test_a_visitor_has_two_jobs_waiting_and_is_told_which_comes_first(line: Line) -> None:
    first, _ = (ask(line, "a", str(number)) for number in range(MOST_EACH))
    with pytest.raises(Enough) as enough:
        ask(line, "a", "more")
    assert enough.value.job is first
    assert ask(line, "a", "1").key == "1", "what waits already may be asked for again"
    ask(line, "b", "more")
    begun = line.next()
    assert begun is first
    ask(line, "a", "of a", "preview")


def test_all_who_ask_the_same_share_one_job(line: Line) -> None:
    jobs = {id(ask(line, f"visitor {number}", "the same")) for number in range(30)}
    assert len(jobs) == 1
    assert order(line) == ["the same"]


def test_a_full_line_says_in_how_many_seconds_there_is_room(line: Line) -> None:
    for number in range(MOST):
        ask(line, f"visitor {number}", str(number))
    assert line.waiting == MOST
    with pytest.raises(Full) as full:
        ask(line, "late", "more")
    assert full.value.seconds == pytest.approx(MOST * EXPECTED["worlds"] / 2)
    assert ask(line, "late", "5").key == "5", "what is in the line can be joined"


def test_what_nobody_asks_for_is_dropped_and_what_one_waits_for_is_not(line: Line, clock: Clock) -> None:
    left, gone, shared, _ = (ask(line, name, name) for name in ("left", "gone", "shared", "kept"))
    line.ask("other", "shared", "worlds", work)
    line.leave(left, "left")
    line.leave(gone, "gone", gone=True)
    line.leave(shared, "shared", gone=True)
    clock.now += FORGOTTEN_AFTER - 0.1
    assert line.waiting == 4
    ask(line, "kept", "kept")
    assert gone.future.cancelled()
    assert not left.future.cancelled()
    clock.now += 0.1
    assert order(line) == ["shared", "kept"]
    assert left.future.cancelled()


def test_a_job_asked_for_again_in_time_stays(line: Line, clock: Clock) -> None:
    job = ask(line, "a", "slow")
    for _ in range(5):
        line.leave(job, "a")
        clock.now += FORGOTTEN_AFTER - 0.5
        assert ask(line, "a", "slow") is job
    assert order(line) == ["slow"]


def test_a_full_line_makes_room_by_what_is_forgotten(line: Line, clock: Clock) -> None:
    for number in range(MOST):
        line.leave(ask(line, f"visitor {number}", str(number)), f"visitor {number}")
    clock.now += FORGOTTEN_AFTER
    ask(line, "late", "more")
    assert order(line) == ["more"]


def test_what_is_computed_ahead_waits_until_no_visitor_does(line: Line) -> None:
    ahead = line.ask_ahead("ahead", "worlds", work)
    ask(line, "a", "asked")
    asked = line.next()
    assert asked is not None
    assert asked.key == "asked"
    assert line.next() is None
    assert not line.quiet
    line.finished(asked)
    assert line.quiet
    assert line.next() is ahead
    assert line.next() is None, "one at a time, so that a visitor finds a thread"
    line.ask_ahead("more", "worlds", work)
    assert line.next() is None
    assert line.wanted(ahead)
    ask(line, "a", "asked")
    assert not line.wanted(ahead), "it makes room between its pieces"
    assert line.left(ahead)
    assert order(line) == ["asked", "ahead", "more"]


def test_what_is_computed_ahead_and_then_asked_for_is_a_visitors_job(line: Line) -> None:
    waiting = line.ask_ahead("waiting", "worlds", work)
    assert ask(line, "a", "waiting") is waiting
    assert line.next() is waiting
    begun = line.ask_ahead("begun", "worlds", work)
    line.finished(waiting)
    assert line.next() is begun
    assert ask(line, "a", "begun") is begun
    assert line.wanted(begun)
    assert not line.quiet


def test_place_and_seconds_follow_the_times_that_were_measured(line: Line, clock: Clock) -> None:
    for visitor in "abcd":
        ask(line, visitor, visitor)
    own = line._jobs["d"]
    assert (line.stands(own).place, line.stands(own).seconds) == (4, pytest.approx(0.4 * (3 / 2 + 1)))
    for _ in range(50):
        job = ask(line, "x", "measured")
        job.moment = 0.0
        assert line.next() is job
        clock.now += 2.0
        line.finished(job)
    assert line.stands(own).seconds == pytest.approx(2.0 * (3 / 2 + 1), rel=0.01)
    for _ in range(4):
        line.next()
    own.done, own.of = 10, 40
    clock.now += 0.5
    stands = line.stands(own)
    assert (stands.place, stands.done, stands.of, stands.seconds) == (0, 10, 40, pytest.approx(1.5, rel=0.02))
    clock.now += 60
    assert line.stands(own).seconds > 0


def test_the_moments_of_visitors_are_not_remembered_for_ever(line: Line, clock: Clock) -> None:
    for number in range(1000):
        job = ask(line, f"visitor {number}", "same", "preview")
        line.finished(job)
        clock.now += 1.0
    assert len(line._last) <= 2


# ---- the threads


@pytest.fixture
def turns() -> Any:
    made = Turns()
    yield made
    made.close()


def test_threads_do_the_jobs_and_hand_out_what_came_of_them(turns: Turns) -> None:
    jobs = [
        turns.ask(f"visitor {number}", str(number), "worlds", lambda _, n=number: n * n)
        for number in range(20)
    ]
    assert [job.future.result(timeout=10) for job in jobs] == [number**2 for number in range(20)]
    assert turns.quiet


def test_a_failed_job_is_told_to_who_asked_and_ends_no_thread(turns: Turns) -> None:
    def fails(_report: Report) -> None:
        raise ZeroDivisionError

    for number in range(5):
        job = turns.ask("a", f"fails {number}", "worlds", fails)
        assert isinstance(job.future.exception(timeout=10), ZeroDivisionError)
    assert turns.ask("a", "works", "worlds", lambda _: "done").future.result(timeout=10) == "done"


def test_work_ends_between_pieces_once_nobody_waits(turns: Turns) -> None:
    begun, go = threading.Event(), threading.Event()

    def long(report: Report) -> None:
        for piece in range(1000):
            begun.set()
            go.wait(10)
            report(piece, 1000)

    job = turns.ask("a", "long", "twins", long)
    assert begun.wait(10)
    turns.leave(job, "a", gone=True)
    go.set()
    assert isinstance(job.future.exception(timeout=10), Left)
    assert job.done == 0


def test_who_comes_just_as_the_work_is_given_up_has_it_done_again(turns: Turns) -> None:
    begun, go, times = threading.Event(), threading.Event(), list[int]()

    def long(report: Report) -> str:
        times.append(1)
        if len(times) == 1:
            begun.set()
            go.wait(10)
            report(1, 2)
        return "done"

    job = turns.ask("a", "long", "twins", long)
    assert begun.wait(10)
    turns.leave(job, "a", gone=True)
    wanted, turns.line.wanted = turns.line.wanted, lambda _: False  # type: ignore[method-assign]
    again = turns.ask("b", "long", "twins", long)
    assert again is job
    go.set()
    assert job.future.result(timeout=10) == "done"
    assert len(times) == 2
    turns.line.wanted = wanted  # type: ignore[method-assign]


def test_closing_calls_off_what_waits(turns: Turns) -> None:
    go = threading.Event()
    held = [
        turns.ask(f"visitor {number}", str(number), "worlds", lambda _: go.wait(10)) for number in range(2)
    ]
    while turns.line.waiting:
        pass
    waits = turns.ask("late", "late", "worlds", lambda _: None)
    threading.Timer(0.1, go.set).start()
    turns.close()
    assert waits.future.cancelled()
    assert all(job.future.result(timeout=10) for job in held)
