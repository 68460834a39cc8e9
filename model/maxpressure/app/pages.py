"""The page as a visitor opens it: the heading, the tabs, and the views of one world and of what if.

These are frames around :mod:`maxpressure.app.one_world` and :mod:`maxpressure.app.what_if`; all texts are made there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import solara
from solara.lab import use_task

from maxpressure.app import what_if
from maxpressure.app.guess import Seen
from maxpressure.app.levers import VIEWS, Opened, opened
from maxpressure.app.many_worlds import READ_WITH_CARE, helped, scenarios
from maxpressure.app.one_world import ALL, SHOWN, OneWorld, begun_anew, looks, number_of, shades, tile_order
from maxpressure.app.page_many import Many
from maxpressure.app.session import session
from maxpressure.app.what_if import Answer
from maxpressure.base.errors import InputError
from maxpressure.explanations.twins import COUPLINGS_IN_WORDS
from maxpressure.model.case import RECORDED
from maxpressure.results.weekly import last_day


@solara.component_vue("one.vue")
def OneFrame(
    scenarios: list[dict[str, str]],
    scenario: str,
    number: str,
    over: bool,
    turn: int,
    fault: str,
    when: str,
    ties: list[str],
    tie: str,
    tiles: list[dict[str, Any]],
    looks: list[list[str]],
    legend: list[dict[str, str]],
    selected: str,
    state: dict[str, Any] | None,
    wave: dict[str, Any],
    simulated: list[dict[str, Any]],
    care: list[str],
    event_choose: Callable[[Any], None],
    event_step: Callable[[Any], None],
    event_reset: Callable[[Any], None],
    event_show: Callable[[Any], None],
    event_select: Callable[[Any], None],
) -> None:
    """Buttons, map, wave and weeks."""


@solara.component
def One(world: Any) -> None:
    """The world that a visitor holds: ``world.current``, made when it is first looked at."""
    shared = session()
    turn, set_turn = solara.use_state(0)
    fault, set_fault = solara.use_state(("", ""))
    tie, set_tie = solara.use_state(ALL)
    selected, set_selected = solara.use_state("")
    order = solara.use_memo(tile_order, [])
    listed = solara.use_memo(lambda: scenarios(shared.case), [])
    if world.current is None:
        world.current = OneWorld(shared.case, shared.draws, RECORDED, 0)
    here: OneWorld = world.current

    def choose(event: Any) -> None:
        given = event if isinstance(event, dict) else {}
        try:
            number = number_of(str(given["number"])) if "number" in given else None
            scenario = str(given["scenario"]) if "scenario" in given else None
            world.current = begun_anew(world.current, scenario, number)
            set_fault(("", ""))
        except InputError as refusal:
            set_fault((str(given.get("number", ""))[:20], helped(refusal)))
        set_turn(lambda now: now + 1)

    def step(_: Any) -> None:
        world.current.step()
        set_turn(lambda now: now + 1)

    def reset(_: Any) -> None:
        world.current = begun_anew(world.current)
        set_fault(("", ""))
        set_turn(lambda now: now + 1)

    OneFrame(
        scenarios=listed,
        scenario=here.scenario,
        number=fault[0] if fault[1] else str(here.number),
        over=here.over,
        turn=turn,
        fault=fault[1],
        when=when(here),
        ties=list(SHOWN),
        tie=tie,
        tiles=order,
        looks=looks(here, tie, order),
        legend=[{"fill": shade.fill, "means": shade.means} for shade in shades(tie)],
        selected=selected,
        state=here.about(selected) if selected else None,
        wave=here.wave(),
        simulated=[
            {"week": one.week, "inputs": list(one.inputs), "acts": list(one.acts)}
            for one in reversed(here.simulated)
            if one.inputs or one.acts
        ],
        care=[" ".join(READ_WITH_CARE)],
        event_choose=choose,
        event_step=step,
        event_reset=reset,
        event_show=lambda name: set_tie(name if name in SHOWN else ALL),
        event_select=lambda iso3: set_selected(iso3 if any(iso3 == one["iso3"] for one in order) else ""),
    )


def when(here: OneWorld) -> str:
    """The date of the world, in words."""
    if not here.simulated:
        return f"Before the week of {here.today.day} {here.today:%B %Y}: nothing has happened yet."
    end = "The run is over" if here.over else "So far"
    moved = len(here.moved)
    last = f"in its last week {moved} state{'s' if moved != 1 else ''} moved" if moved else "a quiet week"
    return f"{end}: {last_day(here.today)}, {here.counts[-1]} acts of breaking off; {last}."


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
    couplings: dict[str, str],
    event_ask: Callable[[Any], None],
    event_call_off: Callable[[Any], None],
) -> None:
    """A question, its progress, its answer."""


@solara.component
def Twin() -> None:
    """One question at a time; a newer one replaces an older one."""
    shared = session()
    visitor = solara.get_kernel_id()
    asked, set_asked = solara.use_state(None)
    fault, set_fault = solara.use_state("")
    done, set_done = solara.use_state(0)
    job = solara.use_ref(None)
    known = solara.use_memo(lambda: (what_if.states(shared.case), what_if.inputs(shared.case)), [])

    def simulate() -> Answer | None:
        if asked is None:
            return None
        question, _ = asked
        own = shared.slow.put(
            visitor,
            lambda: what_if.pieces(shared.case, shared.draws, question, shared.pool, shared.pool_died),
            of=what_if.pieces_of(question),
        )
        job.current = own  # a newer one of the same visitor takes its place there
        while not own.finished.wait(0.25):
            set_done(own.pieces_done)
        if own.fault is not None:
            raise own.fault
        return own.outcome if own.standing == "done" else None

    task = use_task(simulate, dependencies=[asked], raise_error=False)

    def ask(event: Any) -> None:
        given = {key: str(value) for key, value in event.items()} if isinstance(event, dict) else {}
        words = (given.get(key, "") for key in ("state", "without", "twins"))
        try:
            question = what_if.question(shared.case, *words)
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
            job.current, busy=busy, before=shared.slow.before(job.current) if busy and job.current else 0
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
        couplings=COUPLINGS_IN_WORDS,
        event_ask=ask,
        event_call_off=lambda _: job.current.call_off() if job.current else None,
    )


def _status(job: Any, *, busy: bool, before: int) -> str:
    if job is None:
        return "Twins are simulated a few at a time; a newer question replaces an older one."
    if busy:
        simulated = min(job.pieces_done * what_if.TOGETHER, (job.of - 1) * what_if.TOGETHER)
        return f"{simulated} twins simulated" + (
            f", taking turns with {before} before you." if before else "."
        )
    if job.standing == "called off":
        return "Called off."
    return (
        f"Simulated in {job.worked:.1f} s, after {job.waited:.1f} s of waiting."
        if job.standing == "done"
        else ""
    )


def _fault(task: Any) -> str:
    if not task.error:
        return ""
    error = task.exception
    return (
        helped(error)
        if isinstance(error, InputError)
        else f"This could not be simulated: {error}. Ask again."
    )


@solara.component_vue("shell.vue")
def Shell(
    subject: str,
    views: list[dict[str, str]],
    view: str,
    fault: str,
    event_choose: Callable[[str], None],
    event_resized: Callable[[str], None],
) -> None:
    """Title, tabs, and the fault of the link."""


@solara.component
def Page() -> None:
    """The page as a visitor opens it."""
    query = solara.use_router().search or ""
    link, fault = solara.use_memo(lambda: read(query), [query])
    view, set_view = solara.use_state(link.view)
    size, set_size = solara.use_state("")
    visitor = solara.get_kernel_id()
    world = solara.use_ref(None)
    seen = solara.use_memo(Seen, [])

    def leave() -> None:
        session().leave(visitor)
        if world.current is not None:
            world.current.leave()

    solara.use_effect(lambda: leave, [])

    def choose(key: Any) -> None:
        if key in VIEWS:
            set_view(key)

    seen.record |= view == "one"  # it draws the record

    with solara.Column(gap="0px", style={"background": "#fff"}):
        solara.Title("maxpressure")
        Shell(
            subject=subject(),
            views=[{"key": key, "label": label} for key, label in VIEWS.items()],
            view=view,
            fault=fault,
            event_choose=choose,
            event_resized=lambda now: set_size("phone" if now == "phone" else "desk"),
        )
        if fault or not size:
            return
        if view == "many":
            Many(link, size, seen)
        elif view == "one":
            One(world)
        else:
            Twin()


def read(query: str) -> tuple[Opened, str]:
    """What the link asks for, and its fault."""
    try:
        return opened(session().case, query.removeprefix("?")), ""
    except InputError as refusal:
        return Opened(), f"This link cannot be used, and nothing was run. {helped(refusal)}"


def subject() -> str:
    """The case, in a line."""
    return (
        f"{session().case.assumptions.case.name}. A simulation of third states under a campaign of maximum pressure. "
        "It explains and compares; it does not forecast."
    )
