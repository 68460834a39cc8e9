"""A table of regret in words, with what must be said wherever one stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pandas as pd

from maxpressure.explanations.attribution import percent
from maxpressure.report.summary import from_here
from maxpressure.sweep.regret import Better
from maxpressure.sweep.text import amount, joined, named, wrapped

WAYS: Final[Mapping[Better, str]] = {"lower": "less", "higher": "more"}


def regret_notes(outcome: str, better: Better, whom: str) -> list[str]:
    """For whom which way is better, and what the table leaves out."""
    asker = whom or "the asker"
    return [
        (
            f"For {asker}, {WAYS[better]} counts as better ({named(outcome)}): that is a choice of whoever "
            "asks, not of the model."
        ),
        "More break-offs are not disarmament, and civilian cost is outside the model.",
        "What requests do is an upper bound.",
    ]


def regret_finding(table: pd.DataFrame, labels: Mapping[str, str], outcome: str, better: Better) -> str:
    """Which policy is regretted least where it goes ill, with those that its interval does not part from it."""
    first = table.iloc[0]
    level = table[table["p90_from"] <= first["p90_to"]]
    names = joined([f"“{labels[name]}”" for name in level["policy"]])
    has, it = ("has", "it is") if len(level) == 1 else ("have", "they are")
    high = joined([amount(number) for number in level["regret_p90"]])
    near = joined([percent(share) for share in level["near_best"]])
    return (
        f"Where {WAYS[better]} counts as better ({named(outcome)}), {names} {has} the least regret at the "
        f"90th percentile ({high}); {it} within 10 % of the best in {near} of {first['worlds']} worlds"
    )


def regret_lines(
    table: pd.DataFrame,
    labels: Mapping[str, str],
    outcome: str,
    better: Better,
    notes: str,
    cautions: Sequence[str],
    place: Path,
    width: int,
) -> list[str]:
    """The table of regret, what it shows and how to read it."""
    wide = max(len(label) for label in labels.values())
    lines = [*wrapped([f"{regret_finding(table, labels, outcome, better)}."], width), ""]
    heads = (
        f"{'regret: median':>16}{'90th percentile':>26}{'most':>8}{'within 10 % of best':>24}{'outcome':>10}"
    )
    lines.append("policy".ljust(wide) + heads)
    for row in _rows(table):
        high = f"{amount(row.regret_p90)} ({amount(row.p90_from)}–{amount(row.p90_to)})"
        near = f"{percent(row.near_best)} ({100 * row.near_from:.0f}–{100 * row.near_to:.0f})"
        cells = f"{amount(row.regret_p50):>16}{high:>26}{amount(row.regret_max):>8}"
        cells += f"{near:>24}{amount(row.outcome_p50):>10}"
        lines.append(labels[str(row.policy)].ljust(wide) + cells)
    told = [
        *cautions,
        (
            f"Regret is the distance of a policy's outcome ({named(outcome)}) from that of the best policy "
            "of this table in the same world; the last column is the median outcome. A policy that is not "
            "in the table is not regretted. In brackets 95 % intervals over worlds. One world's regret has "
            f"a Monte Carlo error of up to {amount(float(table['error'].max()))} (the median world, the "
            "policy where it is largest), which makes small regrets look larger than they are."
        ),
        (
            f"{notes}. Written to {from_here(str(place))}: regret.csv, regrets.csv (world by world), "
            "regret.png, points.parquet, sweep.json"
        ),
    ]
    return [*lines, "", *wrapped(told, width)]


def _rows(table: pd.DataFrame) -> Iterator[Any]:
    """The rows of a table, each cell by its column's name."""
    return iter(table.itertuples())
