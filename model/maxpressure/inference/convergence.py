"""Whether draws can be trusted: R-hat and effective sample sizes (Vehtari and others 2021), by arviz-stats."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import arviz_stats.base
import numpy as np
import pandas as pd

from maxpressure.engine.arrays import Floats

TAILS = (0.05, 0.95)


def convergence(points: Floats, names: Sequence[str]) -> pd.DataFrame:
    """R-hat, bulk and tail effective sample size of each coordinate of (chains, draws, coordinates)."""
    diagnose: Any = arviz_stats.base.array_stats  # type: ignore[attr-defined]
    axes = {"chain_axis": 0, "draw_axis": 1}
    return pd.DataFrame(
        {
            "r_hat": np.atleast_1d(diagnose.rhat(points, **axes, method="rank")),
            "ess_bulk": np.atleast_1d(diagnose.ess(points, **axes, method="bulk")),
            "ess_tail": np.atleast_1d(diagnose.ess(points, **axes, method="tail", prob=TAILS)),
        },
        index=pd.Index(list(names), name="parameter"),
    )
