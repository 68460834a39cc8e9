"""The short form of an exercise, from the steps that the page leads through."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from maxpressure.app.guide import MINUTES, exercises


def short_form(number: int) -> str:
    """The steps with their minutes, in a sentence."""
    steps = ", ".join(f"{step.part.lower()} {step.minutes}" for step in exercises()[number].step)
    return f"**Short form.** {MINUTES} minutes, led by the page under **Exercises**: {steps}."


def every() -> dict[str, Callable[[], str]]:
    """What makes each short form, by the name in a page's mark."""
    return {f"steps-{number}": partial(short_form, number) for number in exercises()}
