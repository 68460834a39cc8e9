"""A class in the browser: the page with its two tokens, the teacher's desk, and students who come by its links."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from served import Served, start, stop

Opens = Callable[..., Any]
CLASS: Final = "classtoken"
TEACHER: Final = "teachertoken"
PAIR: Final = (
    "view=many&scenario=max-pressure-2017&b-scenario=max-pressure-2017&b-test=no+test&guess=1&guide=1&step=2"
)
"""The question of exercise 1."""

OF_WORLDS: Final = ".curves svg, .difference *, .where, #tables, .files textarea, #described:not(:empty)"
"""What shows something of the worlds."""


@contextmanager
def class_served(folder: Path) -> Iterator[Served]:
    """The page as a class reaches it, with nothing computed ahead."""
    running = start(folder, "--no-ahead", "--token", CLASS, "--teacher-token", TEACHER)
    yield running
    stop(running)


def desk_of(visitor: Opens, **how: Any) -> Any:
    """The teacher's desk."""
    page = visitor(f"desk?token={TEACHER}", **how)
    page.locator("#qr").wait_for()
    return page


def code_of(desk: Any) -> str:
    """The class code as the desk shows it."""
    return str(desk.locator("#code").inner_text())


def student_of(visitor: Opens, desk: Any, query: str = PAIR, **how: Any) -> Any:
    """A student who opens a link of the desk."""
    return visitor(f"?token={CLASS}&class={code_of(desk)}&{query}", **how)


def lock_range(page: Any, *numbers: int, worlds: int = 1) -> None:
    """Fill in a guess of a difference and lock it by the keyboard."""
    for mark, number in zip(("low", "middle", "high"), numbers, strict=True):
        page.locator(f"#guess-{mark}-0").fill(f"{number}")
    page.locator("#guess-worlds").fill(f"{worlds}")
    page.keyboard.press("Enter")
    page.locator(".locked").wait_for()


def hidden(page: Any) -> bool:
    """Whether nothing of the worlds is on show: no figure, no difference, no map, nothing to take away."""
    page.locator("#finding", has_text="The worlds are hidden").wait_for()
    shown = page.evaluate(
        f"[...document.querySelectorAll({OF_WORLDS!r})].filter(one => one.checkVisibility())"
    )
    return len(shown) == 0
