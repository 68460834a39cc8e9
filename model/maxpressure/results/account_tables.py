"""What the hazard at simulated acts was due to, month by month."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
import pyarrow.dataset as ds

from maxpressure.model.rules import GROUPS
from maxpressure.results.results import Results

SHARES: Final = [f"share_{group}" for group in GROUPS]
ACCOUNTED: Final = ds.field("lead") & ds.field(SHARES[0]).is_valid()
"""One row of each act of which an account was kept."""


def account_table(results: Results, scenario: str) -> pd.DataFrame:
    """The mean account of a scenario's acts by month and group of causes.

    Columns: month (its first day; an act belongs to the month in which its week begins), group, share (the mean
    over the month's acts; the shares of a month add up to 1), acts (in all worlds), acts_per_world (the part of
    a world's acts in this month that the group accounts for) and worlds, those whose accounts were kept.
    """
    sums: dict[pd.Timestamp, np.ndarray] = {}
    for rows in results.files.pieces("acts", ["date", *SHARES], scenario=scenario, where=ACCOUNTED):
        table = rows.to_pandas(date_as_object=False)
        months = table["date"].dt.to_period("M").dt.to_timestamp()
        for month, own in table.groupby(months)[SHARES]:
            total = np.array([*own.sum().to_numpy(), float(len(own))])
            sums[month] = sums.get(month, 0.0) + total
    worlds = _accounted_worlds(results, scenario)
    return pd.DataFrame(
        [
            {
                "month": month,
                "group": group.replace("_", " "),
                "share": total[place] / total[-1],
                "acts": int(total[-1]),
                "acts_per_world": total[place] / worlds,
                "worlds": worlds,
            }
            for month, total in sorted(sums.items())
            for place, group in enumerate(GROUPS)
        ],
        columns=["month", "group", "share", "acts", "acts_per_world", "worlds"],
    )


def _accounted_worlds(results: Results, scenario: str) -> int:
    """How many worlds have the accounts of their acts: the first so many, but for those that failed."""
    kept = (ds.field("status") == "fine") & (ds.field("replicate") < results.manifest.keep_accounts)
    return int(results.files.dataset("worlds", scenario).count_rows(filter=kept))
