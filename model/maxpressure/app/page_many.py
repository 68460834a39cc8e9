"""The view of many worlds: a frame around :mod:`maxpressure.app.many_worlds`, with buttons for tables and picture."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import solara
from solara.lab import use_task

from maxpressure.app import guess as guesses
from maxpressure.app import outputs
from maxpressure.app.guess import Locked, Seen
from maxpressure.app.levers import LEVERS, MOST_SHOWN, Opened, Setting
from maxpressure.app.many_worlds import (
    FIRST,
    Lot,
    bands,
    chosen_by,
    columns,
    compared,
    differences,
    helped,
    record_of,
    scenarios,
    to_be_said,
)
from maxpressure.app.outputs import packed_in_turn, scenario_file
from maxpressure.app.session import Job, Session, session, waited_for
from maxpressure.base.errors import InputError
from maxpressure.results.weekly import last_day


@solara.component
def TakenAway(lots: dict[str, Lot], png: bytes) -> None:
    """Buttons for the tables and the picture of what is shown; the tables are packed in the quick queue.

    It stays on the page when it is empty: if it came and went, the browser would rebuild the levers.
    """
    shared, visitor = session(), solara.get_kernel_id()
    refused, set_refused = solara.use_state((0, ""))

    def pack() -> bytes | None:
        packed, why = None, ""
        try:
            packed = packed_in_turn(shared, visitor, lots)
        except InputError as refusal:
            why = helped(refusal)
        set_refused(lambda before: (before[0] + (packed is None), why))
        return packed

    packing = solara.use_memo(lambda: pack, [tuple(lots.values()), refused[0]])  # another one after a refusal
    with solara.Row(classes=["mp-view"]):
        if not lots:
            return
        solara.FileDownload(packing, "maxpressure.zip", label="Download tables", icon_name=None)
        solara.FileDownload(png, "wave.png", label="Download picture", icon_name=None)
        if refused[1]:
            solara.Text(refused[1], classes=["mp-fault"])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Found:
    """The results of the settings, ready to be shown."""

    lots: dict[str, Lot]
    hidden: bool
    png: bytes
    alt: str
    sentences: list[str]
    care: list[str]
    fault: str
    worked: float = 0.0
    waited: float = 0.0

    def answers(self, settings: dict[str, Setting]) -> bool:
        """Whether these are the worlds of just these settings."""
        return {name: lot.setting for name, lot in self.lots.items()} == settings


@solara.component_vue("many.vue")
def ManyFrame(
    columns: list[dict[str, Any]],
    scenarios: list[dict[str, str]],
    choosable: list[dict[str, Any]],
    most: int,
    shown_fault: str,
    status: str,
    busy: bool,
    fault: str,
    picture: str,
    alt: str,
    sentences: list[str],
    care: list[str],
    link: str,
    files: list[dict[str, str]],
    guessing: bool,
    guess_days: list[str],
    locked: bool,
    guess_fault: str,
    score: str,
    event_move: Callable[[Any], None],
    event_put_back: Callable[[Any], None],
    event_compare: Callable[[Any], None],
    event_show: Callable[[Any], None],
    event_call_off: Callable[[Any], None],
    event_guess_first: Callable[[Any], None],
    event_lock: Callable[[Any], None],
) -> None:
    """Fields, picture and words."""


def pieces(
    shared: Session, settings: dict[str, Setting], size: str, *, hidden: bool
) -> Iterator[Found | None]:
    """Simulate the worlds of each setting, then draw and compare: a piece each."""
    lots: dict[str, Lot] = {}
    for name, setting in settings.items():
        lots[name] = shared.lot(setting)
        yield None
    yield shown(shared, lots, size, hidden=hidden)


def shown(shared: Session, lots: dict[str, Lot], size: str, *, hidden: bool) -> Found:
    """The picture of lots and the sentences about them."""
    found, record = bands(lots), record_of(shared.case, lots)
    situations = {name: lot.situation for name, lot in lots.items()}
    sentences, fault = [], ""
    if len(lots) > 1 and not hidden:
        try:
            sentences = differences(compared(*lots.values()))
        except InputError as refusal:
            fault = helped(refusal)
    return Found(
        lots=lots,
        hidden=hidden,
        png=outputs.wave_picture(found, record, situations, size, hidden=hidden),
        alt="The worlds are hidden until a guess is locked." if hidden else outputs.in_words(found, record),
        sentences=sentences,
        care=to_be_said(lots),
        fault=fault,
    )


@solara.component
def Many(link: Opened, size: str, seen: Seen) -> None:
    """Levers on the left, results on the right; ``seen`` notes what this visitor was shown."""
    shared = session()
    visitor = solara.get_kernel_id()
    listed = solara.use_memo(lambda: scenarios(shared.case), [])
    chosen, set_chosen = solara.use_state(chosen_by(link))
    guessing, set_guessing = solara.use_state(link.guess)
    locked, set_locked = solara.use_state(None)
    guess_fault, set_guess_fault = solara.use_state("")
    job = solara.use_ref(None)
    last = solara.use_ref(None)
    lasting = lasting_of(locked, chosen.first)
    hidden = guessing and lasting is None

    def simulate() -> tuple[Found | None, float, float]:
        began = time.monotonic()
        own = shared.quick.put(
            visitor, lambda: pieces(shared, chosen.settings, size, hidden=hidden), of=len(chosen.settings) + 1
        )
        job.current = own  # a newer one of the same visitor takes its place there
        found = waited_for(own)
        return found, own.worked, time.monotonic() - began - own.worked

    task = use_task(
        simulate, dependencies=[tuple(map(str, chosen.settings.items())), size, hidden], raise_error=False
    )
    if task.finished and task.value is not None and task.value[0] is not None:
        last.current = task.value
    found = presentable(last.current, hidden=hidden)
    ready = found if found and found.answers(chosen.settings) else None
    days = guesses.days_of(ready.lots[FIRST]) if ready else ()
    if found and not found.hidden:
        seen.show(shared.case, [lot.setting for lot in found.lots.values()])

    def move(event: Any) -> None:
        set_chosen(lambda now: now.moved(shared.case, *_words(event, "which", "key", "given")))

    def show(event: Any) -> None:
        (key,) = _words(event, "key")
        set_chosen(lambda now: now.showing(key, visible=bool(event.get("visible"))))

    def guess_first(wanted: Any) -> None:
        set_locked(None)
        set_guess_fault("")
        set_guessing(bool(wanted))

    def lock(written: Any) -> None:
        if not days:
            return  # the worlds of another setting are on their way
        try:
            fields = {str(key): str(given) for key, given in dict(written).items()}
            guess = guesses.read_guess(days, fields)
            before = seen.before(shared.case, chosen.first)
            set_locked(Locked(setting=chosen.first, guess=guess, seen=before))
            set_guess_fault("")
        except InputError as refusal:
            set_guess_fault(helped(refusal))

    ManyFrame(
        columns=columns(shared.case, chosen),
        scenarios=listed,
        choosable=[
            {"key": key, "label": one.label, "shown": key in chosen.shown} for key, one in LEVERS.items()
        ],
        most=MOST_SHOWN,
        shown_fault=chosen.faults["shown"].why if "shown" in chosen.faults else "",
        status=status(task, last.current, shared, job.current),
        busy=bool(task.pending),
        fault=fault_of(task, found),
        picture=outputs.as_address(found.png) if found else "",
        alt=found.alt if found else "",
        sentences=found.sentences if found else [],
        care=found.care if found else [],
        link=chosen.link,
        files=files_of(ready, hidden=hidden),
        guessing=guessing,
        guess_days=[last_day(day) for day in days],
        locked=lasting is not None,
        guess_fault=guess_fault,
        score=score_of(shared, ready, lasting, days),
        event_move=move,
        event_put_back=lambda which: set_chosen(lambda now: now.put_back(str(which))),
        event_compare=lambda wanted: set_chosen(lambda now: now.compared(wanted=bool(wanted))),
        event_show=show,
        event_call_off=lambda _: job.current.call_off() if job.current else None,
        event_guess_first=guess_first,
        event_lock=lock,
    )
    TakenAway(*offered(None if hidden or task.pending else ready))


def offered(found: Found | None) -> tuple[dict[str, Lot], bytes]:
    """The worlds and the picture that may be taken away."""
    return (found.lots, found.png) if found else ({}, b"")


def files_of(ready: Found | None, *, hidden: bool) -> list[dict[str, str]]:
    """The scenario files of the settings; none while a guess is open, since they may show the answer."""
    if ready is None or hidden:
        return []
    return [{"which": name, "text": scenario_file(lot)} for name, lot in ready.lots.items()]


def lasting_of(locked: Locked | None, setting: Setting) -> Locked | None:
    """The guess that was locked, where it is of this setting: another one wants another guess."""
    return locked if locked is not None and locked.setting == setting else None


def score_of(shared: Session, ready: Found | None, lasting: Locked | None, days: tuple[dt.date, ...]) -> str:
    """The score of a locked guess in words, when its worlds are there."""
    if ready is None or lasting is None or lasting.guess.days != days:
        return ""
    return guesses.in_words(guesses.scored(shared.case, ready.lots[FIRST], lasting.guess), lasting.seen)


def presentable(last: Any, *, hidden: bool) -> Found | None:
    """The latest result, unless it shows worlds while a guess is open."""
    found: Found | None = last[0] if last else None
    return None if found is not None and hidden and not found.hidden else found


def _words(event: Any, *keys: str) -> list[str]:
    """The words of an event; whatever else a browser sends is read as text."""
    given = event if isinstance(event, dict) else {}
    return [str(given.get(key, ""))[:1000] for key in keys]


def status(task: Any, last: Any, shared: Session, job: Job[Found] | None) -> str:
    """What the page is doing, with the seconds that it took."""
    if task.pending:
        before = shared.quick.before(job) if job else 0
        first = (
            "" if last else " The first time on a machine the rule is compiled, which takes half a minute."
        )
        return f"Simulating the worlds …{f' {before} before you.' if before else ''}{first}"
    if job is not None and job.standing == "called off":
        return "Called off. Move a lever to begin again."
    if not last:
        return ""
    found, worked, waited = last
    worlds = sum(lot.worlds for lot in found.lots.values())
    return f"{worlds} worlds simulated and drawn in {worked:.2f} s, after {waited:.2f} s of waiting."


def fault_of(task: Any, found: Found | None) -> str:
    """What went wrong, in words."""
    if task.error:
        error = task.exception
        return (
            helped(error)
            if isinstance(error, InputError)
            else f"This could not be run: {error}. Move a lever to try again."
        )
    return found.fault if found else ""
