"""The page: a head, three views, and whatever a link opened it with. Everything it says is made elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import solara

from maxpressure.app.guess import Seen
from maxpressure.app.link import VIEWS, Opened, opened
from maxpressure.app.many_view import helped
from maxpressure.app.page_many import Many
from maxpressure.app.page_one import One
from maxpressure.app.page_twin import Twin
from maxpressure.app.room import room
from maxpressure.base.errors import InputError


@solara.component_vue("shell.vue")
def Shell(
    subject: str,
    views: list[dict[str, str]],
    view: str,
    fault: str,
    event_choose: Callable[[str], None],
    event_resized: Callable[[str], None],
) -> None:
    """Title, tabs, and what is wrong with the link."""


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
        room().leave(visitor)
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
    """What the link asks for, and what is wrong with it."""
    try:
        return opened(room().case, query.removeprefix("?")), ""
    except InputError as refusal:
        return Opened(), f"This link cannot be used, and nothing was run. {helped(refusal)}"


def subject() -> str:
    """The case, in a line."""
    return (
        f"{room().case.assumptions.case.name}. A simulation of third states under a campaign of maximum pressure. "
        "It explains and compares; it does not forecast."
    )
