"""Scenarios compared world by world: the same luck in both, so that the difference is the policy's."""

from __future__ import annotations

import pandas as pd

OUTCOMES = {"acts": ("acts", 1.0, ""), "trade_left": ("trade left", 100.0, " points of 2016 trade")}
"""What is compared on the terminal: the words, the scale and the unit."""


def paired(worlds: pd.DataFrame) -> list[str]:
    """For each scenario after the first, how it differs from the first; world w pairs with world w."""
    names = list(worlds["scenario"].cat.categories)
    lines = []
    for name in names[1:]:
        said = [_difference(worlds, names[0], name, column) for column in OUTCOMES]
        lines.append(f"{name} less {names[0]}, under the same luck: {'; '.join(said)}.")
    return lines


def _difference(worlds: pd.DataFrame, baseline: str, name: str, column: str) -> str:
    words, scale, unit = OUTCOMES[column]
    table = worlds.pivot_table(index="replicate", columns="scenario", values=column, observed=True)
    difference = scale * (table[name] - table[baseline]).dropna()
    low, high = difference.quantile([0.05, 0.95])
    error = difference.std() / len(difference) ** 0.5 if len(difference) > 1 else float("nan")
    fewer = (difference < 0).mean()
    return (
        f"{words} {difference.mean():+.1f}{unit} on average "
        f"(± {error:.1f}, the Monte Carlo error of {len(difference)} worlds), "
        f"{low:+.0f} to {high:+.0f} in nine worlds of ten, fewer in {100 * fewer:.0f} %"
    )
