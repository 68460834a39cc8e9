"""The view of twins, as a frame around :mod:`maxpressure.app.what_if`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import solara
from solara.lab import use_task

from maxpressure.app import what_if
from maxpressure.app.many_view import helped
from maxpressure.app.room import room
from maxpressure.app.what_if import Answer
from maxpressure.base.errors import InputError
from maxpressure.results.weekly import last_day


@solara.component_vue("twin.vue")
def TwinFrame(
    states: list[dict[str, str]],
    inputs: list[dict[str, str]],
    counts: list[int],
    busy: bool,
    status: str,
    done: int,
    of: int,
    fault: str,
    title: str,
    nothing: str,
    rows: list[dict[str, Any]],
    days: list[str],
    lines: list[str],
    care: list[str],
    living: dict[str, str],
    event_ask: Callable[[Any], None],
    event_call_off: Callable[[Any], None],
) -> None:
    """A question, its progress, its answer."""


@solara.component
def Twin() -> None:
    """One question at a time; a newer one takes the place of an older."""
    place = room()
    visitor = solara.get_kernel_id()
    asked, set_asked = solara.use_state(None)
    fault, set_fault = solara.use_state("")
    done, set_done = solara.use_state(0)
    job = solara.use_ref(None)
    known = solara.use_memo(lambda: (what_if.states(place.case), what_if.inputs(place.case)), [])

    def live() -> Answer | None:
        if asked is None:
            return None
        question, _ = asked
        job.current = place.slow.put(
            visitor,
            lambda: what_if.pieces(place.case, place.draws, question, place.pool, place.pool_died),
            of=what_if.pieces_of(question),
        )
        while not job.current.finished.wait(0.25):
            set_done(job.current.pieces_done)
        if job.current.fault is not None:
            raise job.current.fault
        answer: Answer | None = job.current.outcome if job.current.standing == "done" else None
        return answer

    task = use_task(live, dependencies=[asked], raise_error=False)

    def ask(event: Any) -> None:
        given = {key: str(value) for key, value in event.items()} if isinstance(event, dict) else {}
        words = (given.get(key, "") for key in ("state", "without", "twins"))
        try:
            question = what_if.question(place.case, *words)
        except InputError as refusal:
            set_fault(helped(refusal))
            return
        set_fault("")
        set_done(0)
        set_asked(lambda earlier: (question, 0 if earlier is None else earlier[1] + 1))

    busy = bool(task.pending and asked)
    answer: Answer | None = task.value if task.finished and asked else None
    name = next((one["name"] for one in known[0] if answer and one["iso3"] == answer.question.state), "")
    TwinFrame(
        states=known[0],
        inputs=known[1],
        counts=list(what_if.COUNTS),
        busy=busy,
        status=_status(
            job.current, busy=busy, before=place.slow.before(job.current) if busy and job.current else 0
        ),
        done=done,
        of=job.current.of if job.current else 1,
        fault=fault or _fault(task),
        title=f"{name}, had this not come: {answer.question.without}" if answer else "",
        nothing=what_if.nothing_of(answer, name) if answer else "",
        rows=what_if.rows(answer) if answer else [],
        days=[last_day(answer.span.monday(week)) for week in (answer.span.until, answer.span.weeks)]
        if answer
        else [],
        lines=what_if.lines(answer) if answer else [],
        care=what_if.to_be_said(answer) if answer else [],
        living=what_if.LIVING,
        event_ask=ask,
        event_call_off=lambda _: job.current.call_off() if job.current else None,
    )


def _status(job: Any, *, busy: bool, before: int) -> str:
    if job is None:
        return "Twins are lived a few at a time; a newer question takes the place of an older one."
    if busy:
        lived = min(job.pieces_done * what_if.TOGETHER, (job.of - 1) * what_if.TOGETHER)
        return f"{lived} twins lived" + (f", taking turns with {before} before you." if before else ".")
    if job.standing == "called off":
        return "Called off."
    return (
        f"Lived in {job.worked:.1f} s, after {job.waited:.1f} s of waiting." if job.standing == "done" else ""
    )


def _fault(task: Any) -> str:
    if not task.error:
        return ""
    error = task.exception
    return helped(error) if isinstance(error, InputError) else f"This could not be lived: {error}"
