"""Posterior predictive checks: the record as one among the worlds that its own fit gives.

The twelve checks of METHODS 3k, and the cumulative curve. The worlds have seen the record, through the draws that
they live under: to pass is the least that can be asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from maxpressure.engine.arrays import Floats, Ints
from maxpressure.evidence.parameters import Parameters
from maxpressure.inference.acts import Acts, acts_of, first_weeks, mix_by_quarter
from maxpressure.inference.checks.sequence import STATISTICS, Setting, Statistic, clustering, surprises
from maxpressure.inference.checks.simulated import records_of
from maxpressure.inference.exposure import attention
from maxpressure.inference.likelihood import moves_of, record_situation
from maxpressure.model.case import Case, Situation
from maxpressure.model.history import recorded_history
from maxpressure.report.plot_style import COLOURS, LETTERS, QUIET, RECORD_COLOUR, wave
from maxpressure.results.quantiles import quantiles
from maxpressure.results.weekly import Band, Curve, recorded

PEERS: Final = 5
WITHOUT_CONTAGION: Final = "the same, worlds without contagion"
CURVE: Final = 0.05
"""How far the median curve may be from the record's, as root mean square over weeks, in shares of the total."""


@dataclass(frozen=True, slots=True, eq=False)
class Predictive:
    """The statistics of the worlds, (statistics, worlds), and of the record; the curves of both; the surprises.

    ``unmoved`` names states that did not act though more than half of the worlds had them act, ``unforeseen``
    those that acted though fewer than a tenth had.
    """

    checks: tuple[int, ...]
    names: tuple[str, ...]
    worlds: Floats
    record: Floats
    band: Band
    curve: Curve
    unmoved: tuple[str, ...]
    unforeseen: tuple[str, ...]

    def table(self) -> pd.DataFrame:
        """Each statistic on record, its median and 90 % interval over worlds, and the smaller tail beyond it."""
        low, middle, high = np.nanpercentile(self.worlds, [5, 50, 95], axis=1)
        return pd.DataFrame(
            {
                "check": self.checks,
                "statistic": self.names,
                "record": self.record,
                "low": low,
                "median": middle,
                "high": high,
                "tail": np.minimum(self.share("below"), self.share("above")),
                "inside": (low <= self.record) & (self.record <= high),
            }
        )

    def share(self, side: str) -> Floats:
        """The share of worlds whose statistic is at most, or at least, the record's."""
        known = ~np.isnan(self.worlds)
        there = self.record[:, np.newaxis]
        beyond = self.worlds <= there if side == "below" else self.worlds >= there
        share: Floats = (beyond & known).sum(axis=1) / known.sum(axis=1)
        return share

    @property
    def error(self) -> float:
        """The root mean square distance of the median curve from the record's, as a share of the record's total."""
        counts = np.array(self.curve.counts, dtype=np.float64)
        away = self.band.levels[2] - counts
        return float(np.sqrt((away**2).mean()) / counts[-1])

    @property
    def passed(self) -> bool:
        """Whether the median curve is close enough."""
        return self.error <= CURVE


def run(case: Case, draws: Sequence[Parameters], *, worlds: int = 2000, seed: int = 2017) -> Predictive:
    """Live worlds of the record under draws from its posterior, and hold the record against them."""
    situation = record_situation(case)
    lived = [acts_of(moves) for moves in records_of(situation, draws, worlds, seed=seed)]
    alone = [parameters._replace(beta_peer=0.0) for parameters in draws]
    apart = [acts_of(moves) for moves in records_of(situation, alone, worlds, seed=seed)]
    told = acts_of(moves_of(situation, recorded_history(situation.record)))
    setting = _setting(case, situation, lived)
    shown = [(statistic, lived) for statistic in STATISTICS]
    shown.append((Statistic(11, WITHOUT_CONTAGION, clustering), apart))
    shown.sort(key=lambda one: one[0].check)
    unmoved, unforeseen = (
        tuple(situation.population.names[place] for place in places) for places in surprises(told, setting)
    )
    return Predictive(
        checks=tuple(statistic.check for statistic, _ in shown),
        names=tuple(statistic.name for statistic, _ in shown),
        worlds=np.array([[statistic.of(acts, setting) for acts in some] for statistic, some in shown]),
        record=np.array([statistic.of(told, setting) for statistic, _ in shown]),
        band=_band(situation, lived),
        curve=recorded([situation], case.assumptions.record.acts_until),
        unmoved=unmoved,
        unforeseen=unforeseen,
    )


def _setting(case: Case, situation: Situation, lived: Sequence[Acts]) -> Setting:
    people, line = situation.population, situation.timeline
    first = np.array([first_weeks(acts, len(people.iso3), line.weeks) for acts in lived])
    mondays = [line.monday(week) for week in range(line.weeks)]
    quarter = np.array([4 * day.year + (day.month - 1) // 3 for day in mondays])
    quarter -= quarter.min()
    regions = [case.evidence.state(iso3).region for iso3 in people.iso3]
    tests = [(mark.date - line.origin).days // 7 for mark in line.marks if mark.kind == "nuclear_test"]
    return Setting(
        weeks=line.weeks,
        leverage=people.leverage,
        affinity=people.affinity,
        region=np.unique(regions, return_inverse=True)[1],
        top_peers=_top_peers(situation),
        tests=np.array(sorted(week for week in tests if week < line.weeks), dtype=np.int64),
        quarter=quarter,
        first_week=first.mean(axis=0),
        risk=(first < line.weeks).mean(axis=0),
        mix=np.mean([mix_by_quarter(acts, quarter) for acts in lived], axis=0),
    )


def _top_peers(situation: Situation) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """For each state, a row, the five to which it gives most attention; of equals those that come first."""
    weights = attention(situation)
    closest: Ints = np.argsort(-weights, axis=1, kind="stable")[:, :PEERS]
    top = np.zeros(weights.shape, dtype=bool)
    np.put_along_axis(top, closest, values=True, axis=1)
    return top & (weights > 0.0)


def _band(situation: Situation, lived: Sequence[Acts]) -> Band:
    line = situation.timeline
    weekly = np.array([np.bincount(acts.week, minlength=line.weeks) for acts in lived])
    counts = np.concatenate([np.zeros((len(lived), 1)), weekly.cumsum(axis=1)], axis=1)
    days = tuple(line.monday(week) for week in range(line.weeks + 1))
    return Band(days=days, levels=quantiles(counts), busiest=np.zeros(0), worlds=len(lived))


def draw(axes: Axes, result: Predictive) -> Axes:
    """The cumulative curve of the record in the band of the worlds."""
    return wave(axes, {"worlds under the posterior": result.band}, result.curve)


def draw_checks(axes: Axes, result: Predictive) -> Axes:
    """Where among the worlds the record stands with each statistic; nine of ten should stand in the grey band."""
    below, above = result.share("below"), result.share("above")
    place = 0.5 * (below + 1.0 - above)
    lines = np.arange(len(result.names))[::-1]
    inside = result.table()["inside"].to_numpy()
    axes.axvspan(0.05, 0.95, color=QUIET, alpha=0.15, linewidth=0)
    for mine, colour in ((inside, RECORD_COLOUR), (~inside, COLOURS[1])):
        axes.plot(place[mine], lines[mine], "o", color=colour, markersize=5)
    labels = [f"({check}) {name}" for check, name in zip(result.checks, result.names, strict=True)]
    axes.set_yticks(lines, labels)
    axes.set_xlim(0.0, 1.0)
    axes.set_xlabel("share of worlds below the record", fontsize=LETTERS)
    axes.tick_params(labelsize=LETTERS)
    axes.spines[["top", "right"]].set_visible(False)
    return axes
