"""Prior predictive check: how large a wave the priors expect before they have seen the record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from maxpressure.base.numerics import Ints
from maxpressure.evidence.parameters import from_numbers, parameter_names
from maxpressure.evidence.priors import Priors
from maxpressure.inference.checks.sbc import records_of
from maxpressure.inference.conjugate import acts_of
from maxpressure.inference.likelihood import record_situation
from maxpressure.model.case import Case
from maxpressure.report.plot_style import COLOURS, LETTERS, QUIET, RECORD_COLOUR

TOTALS: Final = (5, 120)
"""Acts in two years that nine of ten worlds should stay within."""

BUSIEST: Final = 20
"""Acts in a week that nineteen of twenty worlds should not exceed."""

FAR_TOO_MANY: Final = 150


@dataclass(frozen=True, slots=True, eq=False)
class PriorPredictive:
    """For each world drawn from the priors, all its acts and those of its busiest week; and the record's."""

    totals: Ints
    busiest: Ints
    recorded: int

    @property
    def within(self) -> float:
        """The share of worlds whose total is believable."""
        return float(((self.totals >= TOTALS[0]) & (self.totals <= TOTALS[1])).mean())

    @property
    def passed(self) -> bool:
        """Whether totals and busiest weeks are believable."""
        return self.within >= 0.90 and float(np.percentile(self.busiest, 95)) <= BUSIEST

    def table(self) -> pd.DataFrame:
        """Quantiles of totals and busiest weeks, and how many worlds go beyond what is believable."""
        rows = [(f"total, {q} %", float(np.percentile(self.totals, q))) for q in (5, 50, 95)]
        rows += [(f"busiest week, {q} %", float(np.percentile(self.busiest, q))) for q in (5, 50, 95)]
        rows += [
            (f"share of totals from {TOTALS[0]} to {TOTALS[1]}", self.within),
            (f"share of totals below {TOTALS[0]}", float((self.totals < TOTALS[0]).mean())),
            (f"share of totals above {FAR_TOO_MANY}", float((self.totals > FAR_TOO_MANY).mean())),
            ("share of totals as large as the record's", float((self.totals >= self.recorded).mean())),
        ]
        return pd.DataFrame(rows, columns=["measure", "value"])


def run(case: Case, priors: Priors, *, worlds: int = 2000, seed: int = 2017) -> PriorPredictive:
    """Live worlds of the record, each under a draw of every parameter from its prior."""
    situation = record_situation(case)
    rows = priors.draw(parameter_names(), worlds, np.random.default_rng([seed]))
    draws = [from_numbers(row) for row in rows.tolist()]
    weekly = np.stack(
        [
            np.bincount(acts_of(moves).week, minlength=situation.timeline.weeks)
            for moves in records_of(situation, draws, worlds, seed=seed)
        ]
    )
    return PriorPredictive(weekly.sum(axis=1), weekly.max(axis=1), len(situation.record.acts))


def draw(axes: Axes, result: PriorPredictive) -> Axes:
    """How many worlds see how many acts, on a scale of powers of ten; the band is what is believable."""
    edges = np.geomspace(1.0, max(1000.0, float(result.totals.max()) + 1.0), 40).tolist()
    axes.axvspan(*TOTALS, color=QUIET, alpha=0.15, linewidth=0)
    axes.hist(np.maximum(result.totals, 1), bins=edges, color=COLOURS[0])
    axes.axvline(result.recorded, color=RECORD_COLOUR, linewidth=1.8, label="record")
    axes.set_xscale("log")
    axes.set_xlabel("acts of breaking off in two years", fontsize=LETTERS)
    axes.set_ylabel("worlds drawn from the priors", fontsize=LETTERS)
    axes.legend(fontsize=LETTERS, frameon=False)
    axes.tick_params(labelsize=LETTERS)
    axes.spines[["top", "right"]].set_visible(False)
    return axes
