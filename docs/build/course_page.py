"""What the exercises show in a browser: the settings, and the page's own figures of them for the solutions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pandas as pd

from maxpressure.app import numbers
from maxpressure.app.figures.lots import Lot
from maxpressure.app.figures.shelf import scenario_of
from maxpressure.base.text import markdown
from maxpressure.model.case import Case

RECORD: Final = ""
NOBODY: Final = "asked=nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Settings A and B that an exercise has a student set, as links; in words; and the outcomes to be read."""

    exercise: int
    words: str
    first: str = RECORD
    second: str
    outcomes: tuple[str, ...] = ("acts", "states_acted", "trade_left")


TRADE: Final = ("acts", "trade_left", "first_patron_share")


def shown(case: Case) -> tuple[Shown, ...]:
    """What the exercises have a student set."""
    return (
        Shown(exercise=1, words="September test (B): no test", second="test=no test"),
        Shown(
            exercise=1,
            words="No test in September, resolution kept (B)",
            second="scenario=test-alone",
        ),
        Shown(
            exercise=4,
            words="Class X (A), Class Y (B)",
            first="scenario=class-x",
            second="scenario=class-y",
        ),
        Shown(exercise=4, words="Contagion (B): on", second="contagion=on"),
        *(
            Shown(exercise=6, words=f"nobody asked (A), {title} (B)", first=NOBODY, second=f"scenario={name}")
            for name, title in (
                ("ten-by-lot", "by lot"),
                ("ten-by-leverage", "by leverage"),
                ("ten-likeliest", "the likeliest"),
            )
        ),
        Shown(
            exercise=6,
            words="nobody asked (A), the ten of my-ten as new requests (B)",
            first=NOBODY,
            second=f"{NOBODY}&ask={_new(case, 'my-ten')}",
        ),
        Shown(exercise=7, words="Russia’s backfill (B): 0.05", second="russia=0.05", outcomes=TRADE),
        Shown(exercise=7, words="Russia’s backfill (B): 0.15", second="russia=0.15", outcomes=TRADE),
        Shown(exercise=7, words="China’s enforcement (B): 0.5", second="china=0.5", outcomes=TRADE),
        Shown(exercise=7, words="China’s enforcement (B): 1", second="china=1", outcomes=TRADE),
        Shown(exercise=7, words="both, 1 and 0.15", second="china=1&russia=0.15", outcomes=TRADE),
    )


def _new(case: Case, name: str) -> str:
    """The requests that a scenario adds, as the page's address has them."""
    added = scenario_of(case, name).requests.add
    return " ".join(f"{iso3}@{one.date.isoformat()}" for one in added for iso3 in one.states)


def pairs(basis: numbers.Basis) -> Iterator[tuple[Shown, Lot, Lot]]:
    """The worlds of each pair of settings; each setting is simulated once."""
    kept: dict[str, Lot] = {}

    def lot(link: str) -> Lot:
        setting = numbers.setting_of_link(basis.case, link)
        key = setting.link()
        if key not in kept:
            kept[key] = numbers.simulate(basis, setting)
        return kept[key]

    for one in shown(basis.case):
        yield one, lot(one.first), lot(one.second)


def browsed() -> str:
    """The table of the page's differences, by the page's own functions."""
    rows = []
    for one, first, second in pairs(numbers.load_basis()):
        found = numbers.pair(first, second)["outcomes"]
        for outcome in one.outcomes:
            row = found[outcome]
            figures = [row[name] for name in ("mean", "mcse", "ci_low", "ci_high", "p05", "p95")]
            rows.append([one.exercise, one.words, outcome, *figures])
    heads = ["exercise", "set", "outcome", "mean", "± Monte Carlo", "95 % from", "95 % to"]
    heads += ["9 of 10 from", "9 of 10 to"]
    return markdown(pd.DataFrame(rows, columns=heads), 3)
