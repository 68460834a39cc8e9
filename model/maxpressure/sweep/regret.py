"""Regret: how much worse a policy did in a world than the best policy of the table did there.

Better is what the asker says it is: the outcomes are counts and shares, and none of them is a success by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import binomtest

from maxpressure.results.quantiles import quantiles
from maxpressure.results.statistics import error_of_mean

Floats = NDArray[np.float64]
Better = Literal["lower", "higher"]

NEAR: Final = 0.1
"""A policy is near the best where it misses the best policy's outcome by at most this share of it."""

RESAMPLES: Final = 1000
ENDS: Final = (2.5, 97.5)


def regrets(outcomes: Floats, better: Better) -> Floats:
    """How far each policy is from the best one in each world, never negative; (policies, worlds) both."""
    if better == "higher":
        return np.asarray(outcomes.max(axis=0) - outcomes)
    return np.asarray(outcomes - outcomes.min(axis=0))


def regret_table(names: Sequence[str], lived: Floats, better: Better, seed: int) -> pd.DataFrame:
    """A row for each policy, the smallest 90th percentile of regret first.

    ``lived`` is (policies, worlds, replicates). `regret_p50`, `regret_p90` and `regret_max` are over worlds, the
    interval `p90_from` to `p90_to` from 1000 resamples of the worlds. `near_best` is the share of worlds in which
    the policy is within 10 % of the best, with Wilson's interval; `best` in how many it is the best or level with
    it. `error` is the Monte Carlo standard error of one world's regret, the median over worlds.
    """
    outcomes = lived.mean(axis=2)
    far = regrets(outcomes, better)
    best = outcomes.max(axis=0) if better == "higher" else outcomes.min(axis=0)
    near = far <= NEAR * np.abs(best)
    worlds = far.shape[1]
    again = np.random.default_rng(seed).integers(0, worlds, (RESAMPLES, worlds))
    rows = []
    for place, name in enumerate(names):
        middle, high = quantiles(far[place], (50, 90))
        ends = np.percentile(quantiles(far[place][again], (90,), axis=1)[:, 0], ENDS)
        share = binomtest(int(near[place].sum()), worlds).proportion_ci(method="wilson")
        rows.append(
            {
                "policy": name,
                "worlds": worlds,
                "outcome_p50": float(quantiles(outcomes[place], (50,))[0]),
                "regret_p50": float(middle),
                "regret_p90": float(high),
                "p90_from": float(ends[0]),
                "p90_to": float(ends[1]),
                "regret_max": float(far[place].max()),
                "near_best": float(near[place].mean()),
                "near_from": float(share.low),
                "near_to": float(share.high),
                "best": int((far[place] == 0.0).sum()),
                "error": _error(lived, outcomes, place, better),
            }
        )
    return pd.DataFrame(rows).sort_values("regret_p90", kind="stable", ignore_index=True)


def _error(lived: Floats, outcomes: Floats, policy: int, better: Better) -> float:
    """The median over worlds of the standard error of the difference from the best, world by world's luck."""
    best = outcomes.argmax(axis=0) if better == "higher" else outcomes.argmin(axis=0)
    gaps = lived[policy] - lived[best, np.arange(lived.shape[1])]
    alike = np.zeros(lived.shape[2])
    return float(quantiles(np.array([error_of_mean(gap, alike) for gap in gaps]), (50,))[0])
