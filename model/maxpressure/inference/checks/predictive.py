"""Predictive checks: worlds drawn from the priors, and the record among worlds of its own posterior.

The prior check asks how large a wave the priors expect. The posterior check compares the record with simulated
worlds by the twelve groups of statistics in :mod:`maxpressure.inference.checks.statistics` and by its cumulative curve.
Those worlds use parameters fitted to the record, so agreement is the least that can be expected.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from maxpressure.base.numerics import Floats, Ints
from maxpressure.evidence.parameters import Parameters, from_numbers, parameter_names
from maxpressure.evidence.priors import Priors
from maxpressure.inference.checks.sbc import CheckTable, records_of
from maxpressure.inference.checks.statistics import STATISTICS, Setting, Statistic, clustering, surprises
from maxpressure.inference.likelihood import record_situation
from maxpressure.inference.moves import Acts, acts_of, attention, first_weeks, mix_by_quarter, moves_of
from maxpressure.model.case import Case, Situation
from maxpressure.model.history import recorded_history
from maxpressure.report.plot_style import COLOURS, LETTERS, QUIET, RECORD_COLOUR, wave
from maxpressure.results.quantiles import quantiles
from maxpressure.results.weekly import Band, Curve, recorded

# ---- the priors

TOTALS: Final = (5, 120)
"""Acts in two years that nine of ten worlds should stay within."""

BUSIEST: Final = 20
"""Acts in a week that nineteen of twenty worlds should not exceed."""

FAR_TOO_MANY: Final = 150


@dataclass(frozen=True, slots=True, eq=False)
class PriorPredictive(CheckTable):
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


def prior_predictive(case: Case, priors: Priors, *, worlds: int = 2000, seed: int = 2017) -> PriorPredictive:
    """Simulate the record's scenario, each world under a draw of every parameter from its prior."""
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


def draw_prior(axes: Axes, result: PriorPredictive) -> Axes:
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


# ---- the posterior

PEERS: Final = 5

WITH_CONTAGION: Final = "the same, worlds with contagion (assumed)"

CURVE: Final = 0.05
"""How far the median curve may be from the record's, as root mean square over weeks, in shares of the total."""


@dataclass(frozen=True, slots=True, eq=False)
class Predictive(CheckTable):
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

    def multiplicity(self) -> str:
        """How many statistics lie outside their band, and how many would by chance."""
        inside = self.table()["inside"]
        return (
            f"Of {len(inside)} statistics {int((~inside).sum())} lie outside their 90 % band, where "
            f"{len(inside) / 10.0:.1f} would by chance under the model itself. They share acts and are not independent."
        )

    @property
    def passed(self) -> bool:
        """Whether the median curve is close enough."""
        return self.error <= CURVE


def posterior_predictive(
    case: Case, draws: Sequence[Parameters], *, worlds: int = 2000, seed: int = 2017
) -> Predictive:
    """Simulate the record under draws from its posterior, and compare the record with these worlds."""
    situation = record_situation(case)
    simulated = [acts_of(moves) for moves in records_of(situation, draws, worlds, seed=seed)]
    noticing = record_situation(case, mechanisms={"contagion": True})
    with_peers = [acts_of(moves) for moves in records_of(noticing, draws, worlds, seed=seed)]
    observed = acts_of(moves_of(situation, recorded_history(situation.record)))
    setting = _setting(case, situation, simulated)
    shown = [(statistic, simulated) for statistic in STATISTICS]
    shown.append((Statistic(11, WITH_CONTAGION, clustering), with_peers))
    shown.sort(key=lambda one: one[0].check)
    unmoved, unforeseen = (
        tuple(situation.population.names[index] for index in indices)
        for indices in surprises(observed, setting)
    )
    return Predictive(
        checks=tuple(statistic.check for statistic, _ in shown),
        names=tuple(statistic.name for statistic, _ in shown),
        worlds=np.array([[statistic.of(acts, setting) for acts in some] for statistic, some in shown]),
        record=np.array([statistic.of(observed, setting) for statistic, _ in shown]),
        band=_band(situation, simulated),
        curve=recorded([situation], case.assumptions.record.acts_until),
        unmoved=unmoved,
        unforeseen=unforeseen,
    )


def _setting(case: Case, situation: Situation, simulated: Sequence[Acts]) -> Setting:
    population, line = situation.population, situation.timeline
    first = np.array([first_weeks(acts, len(population.iso3), line.weeks) for acts in simulated])
    mondays = [line.monday(week) for week in range(line.weeks)]
    quarter = np.array([4 * day.year + (day.month - 1) // 3 for day in mondays])
    quarter -= quarter.min()
    regions = [case.evidence.state(iso3).region for iso3 in population.iso3]
    tests = [(mark.date - line.origin).days // 7 for mark in line.marks if mark.kind == "nuclear_test"]
    return Setting(
        weeks=line.weeks,
        leverage=population.leverage,
        affinity=population.affinity,
        region=np.unique(regions, return_inverse=True)[1],
        top_peers=_top_peers(situation),
        tests=np.array(sorted(week for week in tests if week < line.weeks), dtype=np.int64),
        quarter=quarter,
        first_week=first.mean(axis=0),
        risk=(first < line.weeks).mean(axis=0),
        mix=np.mean([mix_by_quarter(acts, quarter) for acts in simulated], axis=0),
    )


def _top_peers(situation: Situation) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """For each state, a row, the five to which it gives most attention; of equals the first."""
    weights = attention(situation)
    closest: Ints = np.argsort(-weights, axis=1, kind="stable")[:, :PEERS]
    top = np.zeros(weights.shape, dtype=bool)
    np.put_along_axis(top, closest, values=True, axis=1)
    return top & (weights > 0.0)


def _band(situation: Situation, simulated: Sequence[Acts]) -> Band:
    line = situation.timeline
    weekly = np.array([np.bincount(acts.week, minlength=line.weeks) for acts in simulated])
    counts = np.concatenate([np.zeros((len(simulated), 1)), weekly.cumsum(axis=1)], axis=1)
    days = tuple(line.monday(week) for week in range(line.weeks + 1))
    return Band(days=days, levels=quantiles(counts), busiest=np.zeros(0), worlds=len(simulated))


def draw_curve(axes: Axes, result: Predictive) -> Axes:
    """The cumulative curve of the record in the band of the worlds."""
    return wave(axes, {"worlds under the posterior": result.band}, result.curve)


def draw_statistics(axes: Axes, result: Predictive) -> Axes:
    """Where among the worlds the record stands with each statistic; nine of ten should stand in the grey band."""
    below, above = result.share("below"), result.share("above")
    position = 0.5 * (below + 1.0 - above)
    lines = np.arange(len(result.names))[::-1]
    inside = result.table()["inside"].to_numpy()
    axes.axvspan(0.05, 0.95, color=QUIET, alpha=0.15, linewidth=0)
    for mine, colour in ((inside, RECORD_COLOUR), (~inside, COLOURS[1])):
        axes.plot(position[mine], lines[mine], "o", color=colour, markersize=5)
    labels = [f"({check}) {name}" for check, name in zip(result.checks, result.names, strict=True)]
    axes.set_yticks(lines, labels)
    axes.set_xlim(0.0, 1.0)
    axes.set_xlabel("share of worlds below the record", fontsize=LETTERS)
    axes.tick_params(labelsize=LETTERS)
    axes.spines[["top", "right"]].set_visible(False)
    return axes
