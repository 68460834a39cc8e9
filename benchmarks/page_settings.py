"""What students ask of the classroom page, and how an answer is compared with it."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

RECORDED = "max-pressure-2017"
STEPS: Mapping[str, tuple[tuple[str, ...], str, str]] = {
    "campaign": (tuple(f"{n / 10:g}" for n in range(31) if n != 10), "campaign", "scale"),
    "requests": (tuple(f"{n / 10:g}" for n in range(31) if n != 10), "requests", "scale"),
    "mandates": (tuple(f"{n / 10:g}" for n in range(21) if n != 10), "mandates", "scale"),
    "china": (tuple(f"{n / 20:g}" for n in range(21)), "china", "enforcement"),
    "russia": (tuple(f"{n / 100:g}" for n in range(31)), "russia", "backfill"),
}
"""The levers that students move: where the slider stops, but for the record's value, and the key in a scenario file."""

Setting = dict[str, str]


def moves(seed: int, students: int, each: int) -> list[list[Setting]]:
    """For each student settings that nobody had before, one lever after the other; two levers or more are moved."""
    chance, seen = random.Random(seed), set[tuple[tuple[str, str], ...]]()
    walks: list[list[Setting]] = []
    for _ in range(students):
        now = {key: chance.choice(STEPS[key][0]) for key in chance.sample(list(STEPS), 2)}
        walk: list[Setting] = []
        while len(walk) < each:
            key = chance.choice(list(STEPS))
            then = now | {key: chance.choice(STEPS[key][0])}
            if (written := tuple(sorted(then.items()))) not in seen:
                seen.add(written)
                walk.append(then)
                now = then
        walks.append(walk)
    return walks


def is_of(text: str, setting: Setting) -> bool:
    """Whether a scenario file says just what was asked."""
    file = tomllib.loads(text)
    found = {
        key: file[section][name] for key, (_, section, name) in STEPS.items() if name in file.get(section, {})
    }
    return found == {key: float(value) for key, value in setting.items()}


@dataclass
class Move:
    """One setting: seconds from the move to the first picture and to that of all worlds, and what was wrong."""

    student: int
    setting: Setting
    began: float
    picture: float | None = None
    full: float | None = None
    received: int = 0
    fault: str = ""
    wrong: str = ""
    ends: list[int] = field(default_factory=list)
    """Acts at the end: the median world, and where half and nine in ten of the worlds lie."""


def query(setting: Setting) -> str:
    """What stands behind the ? of a setting's address."""
    return urlencode({"scenario": RECORDED, **setting})
