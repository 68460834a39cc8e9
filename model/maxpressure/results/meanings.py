"""What the columns of every table mean, and their units: those of a result folder, and those that summarise it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from maxpressure.base.ties import TIES
from maxpressure.experiments.schema import MEANINGS

OUTCOMES: Final = "outcomes"
COMPARISON: Final = "comparison"

_OWN: Final = "the outcome's own, as in the table of worlds"
_OF_ROW: Final = "that of the column unit"


def _estimates(unit: str, of: str) -> dict[str, tuple[str, str]]:
    """The columns that a summary of an outcome and one of a difference share."""
    return {
        "mean": (f"mean {of}", unit),
        "mcse": ("Monte Carlo standard error of the mean", unit),
        "ci_low": ("lower end of the mean's 95 % interval, by Student's t", unit),
        "ci_high": ("its upper end", unit),
        "p05": (f"5 % quantile {of}", unit),
        "median": (f"median {of}", unit),
        "p95": (f"95 % quantile {of}", unit),
    }


SUMMARIES: Final[Mapping[str, Mapping[str, tuple[str, str]]]] = {
    OUTCOMES: {
        "scenario": ("the scenario's name", "name"),
        "outcome": ("a column of the table of worlds", "name"),
        "worlds": ("worlds that were simulated", "count"),
        "failed": ("worlds that failed; they are in no number", "count"),
        "blank": ("worlds that never reached the milestone; they are in no mean", "count"),
        **_estimates(_OWN, "over worlds"),
    },
    COMPARISON: {
        "scenario": ("the scenario's name", "name"),
        "against": ("the scenario that it is compared with", "name"),
        "outcome": ("a column of the table of worlds", "name"),
        "planned": (
            "whether the outcome was planned before any scenario was run, else exploratory",
            "true or false",
        ),
        "unit": ("the unit of the numbers in this row", "name"),
        "worlds": ("pairs of worlds with common random numbers", "count"),
        "draws": ("posterior draws that they use", "count"),
        **_estimates(_OF_ROW, "of the differences, scenario minus baseline, over pairs"),
        "more": ("pairs in which the scenario has more", "share of 1"),
        "same": ("pairs in which both have the same", "share of 1"),
        "fewer": ("pairs in which the scenario has fewer", "share of 1"),
        "precision": ("half-width of the interval that is narrow enough", "unit of the outcome"),
        "fewer_worlds_by": ("how many times more worlds independent runs would need", "number"),
        "needed": ("worlds that bring the interval to the outcome's precision", "count"),
        "enough": ("whether there are as many", "true or false"),
        "failed": ("pairs in which a world failed", "count"),
        "blank": ("pairs in which a world never reached the milestone", "count"),
        "unpaired": ("worlds without a partner", "count"),
    },
}
"""The tables that summarise a folder, as ``describe`` and ``compare`` return them."""


class Meaning(NamedTuple):
    """A column's name, what it means, and its unit."""

    column: str
    meaning: str
    unit: str


def meanings(table: str, columns: Sequence[str]) -> list[Meaning]:
    """What these columns of a table mean; a column that has no entry stands with blanks."""
    entries = SUMMARIES.get(table) or MEANINGS.get(table, {})
    known = {
        name.replace("<tie>", tie): (meaning.replace("`", ""), unit)
        for name, (meaning, unit) in entries.items()
        for tie in (TIES if "<tie>" in name else ("",))
    }
    return [Meaning(column, *known.get(column, ("", ""))) for column in columns]
