"""Forecasts of what a fit has not seen: the weeks after a day, and the acts of states left out.

*Forward chaining*: the rule is fitted to the weeks before a day and scored on those after it, beside rivals on the same
split. *Left out*: one state, or one region, is left out of the fit, and its probability of acting by the
record's end is computed as if it had not acted until then; its acts stay in the others' exposure.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from maxpressure.base.numerics import Floats
from maxpressure.engine.chunks import Chunk
from maxpressure.engine.engines import Ensemble
from maxpressure.evidence.priors import Priors
from maxpressure.experiments.executors import spread
from maxpressure.inference.compared import NO_GAINS, Comparison, compare
from maxpressure.inference.forecast import Measured, auc, brier, over_states
from maxpressure.inference.likelihood import Likelihood, record_situation
from maxpressure.inference.moves import acts_in, moves_of
from maxpressure.inference.posterior import Fit, Problem, best_fit, fit
from maxpressure.inference.rivals import WORLDS, Split, cox_risk, drawn_before, only, predicted, rivals
from maxpressure.model import rules
from maxpressure.model.case import Case, Situation, prepare, under
from maxpressure.model.history import recorded_history
from maxpressure.report.plot_style import COLOURS

# ---- forward chaining

ORIGINS: Final = (dt.date(2017, 7, 3), dt.date(2017, 8, 28), dt.date(2017, 10, 30))
"""Mondays: the end of June, before the September test, the end of October."""

RULE: Final = "the rule"

LATE: Final = "the rule, requests a week late"

UNASKED: Final = "the rule, without requests"

AUC: Final = ("AUC", "AUC from", "AUC to")


@dataclass(frozen=True, slots=True)
class Origin:
    """One split: the rule and its rivals compared, and the curve of simulated acts."""

    day: dt.date
    compared: Comparison
    cox: Measured
    cuts: int
    curve: Floats
    seen_curve: Floats

    @property
    def curve_error(self) -> float:
        """Root mean square error of the median of simulated acts, as a share of all recorded acts."""
        return float(np.sqrt(np.mean((self.curve - self.seen_curve) ** 2)) / self.seen_curve[-1])


@dataclass(frozen=True, slots=True)
class Chainer:
    """Fits and scores one origin, in any process."""

    case: Case
    priors: Priors
    seed: int

    def __call__(self, chunk: Chunk) -> Origin:
        """Origin number ``chunk.first``."""
        day = ORIGINS[chunk.first]
        split = split_at(self.case, record_situation(self.case), day)
        lagged = split_at(self.case, record_situation(self.case, requests={"lag_weeks": 1}), day)
        draws = drawn_before(split, self.priors, self.seed)
        predictions = {RULE: predicted(draws, split, self.seed)}
        for name, inputs, held in ((LATE, lagged, None), (UNASKED, split, {"beta_request": 0.0})):
            drawn = drawn_before(inputs, self.priors, self.seed, held)
            predictions[name] = predicted(drawn, inputs, self.seed)
        predictions |= dict(rivals(split, self.priors, self.seed))
        simulated = Ensemble(split.late, draws).simulate(0, WORLDS, seed=self.seed, attributions=False)
        curve = np.median(simulated.output.week_ints[:, :, 4], axis=0)
        moves, first, until, span = split.moves, split.first, split.until, split.seen()
        acts = np.array([acts_in(moves[moves[:, 0] <= week]) for week in range(until)])
        given, acted = cox_risk(split.whole, moves, first, until)[span.at_risk], span.acted[span.at_risk]
        return Origin(
            day=day,
            compared=compare(predictions, span),
            cox=over_states(auc, given, acted),
            cuts=int(span.fell.sum()),
            curve=acts[first - 1] + curve,
            seen_curve=acts[first:].astype(float),
        )


def forward(case: Case, priors: Priors, *, seed: int, workers: int) -> list[Origin]:
    """Score every origin."""
    chunks = [Chunk("origin", number, 1) for number in range(len(ORIGINS))]
    return list(spread(Chainer(case, priors, seed), chunks, compiled=False, workers=workers))


def split_at(case: Case, whole: Situation, day: dt.date) -> Split:
    """The record split at a day; from there to its end it is simulated."""
    line = whole.timeline
    first = (day - line.origin).days // 7
    window = {"start": day, "weeks": line.weeks - first}
    late = prepare(case, whole.scenario.but(name="from-here", window=window))
    return Split(whole, late, moves_of(whole, recorded_history(whole.record)), first, line.weeks)


def forward_table(origin: Origin) -> pd.DataFrame:
    """A row for each forecast of one origin; listed ties by themselves where there are others."""
    rows = [
        {
            "forecast": one.name,
            "expected cuts": one.expected,
            "log score": one.log_score,
            **_gain("rule's gain", origin, one.name, "ties"),
            "listed": one.listed,
            **_gain("gain on listed", origin, one.name, "listed"),
            **dict(zip(AUC, one.auc, strict=True)),
            "Brier": one.brier.value,
        }
        for one in origin.compared.scores
    ]
    rows.append({"forecast": "penalised Cox", **dict(zip(AUC, origin.cox, strict=True))})
    table = pd.DataFrame(rows)
    if table["listed"].equals(table["log score"]):
        return table.drop(columns=[name for name in table.columns if "listed" in str(name)])
    return table


def totals_table(origin: Origin) -> pd.DataFrame:
    """A row for each forecast of one origin: the weekly joint score, cuts in simulated worlds and their CRPS."""
    return pd.DataFrame(
        [
            {
                "forecast": one.name,
                "joint score": one.joint,
                **_gain("gain in joint score", origin, one.name, "joint"),
                "cuts": totals.median,
                "cuts from": totals.low,
                "cuts to": totals.high,
                "CRPS": totals.crps,
                **_gain("gain in CRPS", origin, one.name, "total"),
                "CRPS a week": totals.crps_week,
                **_gain("gain in CRPS a week", origin, one.name, "week"),
            }
            for one in origin.compared.scores
            for totals in (origin.compared.totals[one.name],)
        ]
    )


def _gain(title: str, origin: Origin, forecast: str, measure: str) -> dict[str, float]:
    """A gain of the rule over a forecast with its interval, as columns."""
    gains = origin.compared.gains.get(forecast, NO_GAINS)
    return dict(zip((title, f"{title}: from", f"{title}: to"), getattr(gains, measure), strict=True))


def draw_forward(axes: Axes, origins: Sequence[Origin]) -> Axes:
    """The rule's gain in log score over each rival, with intervals over states, by origin."""
    names = list(origins[0].compared.gains)
    for shift, (origin, colour) in enumerate(zip(origins, COLOURS, strict=False)):
        gains = np.array([origin.compared.gains[name].ties for name in names])
        places = np.arange(len(names)) + 0.25 * (shift - 1)
        axes.hlines(places, gains[:, 1], gains[:, 2], color=colour, linewidth=1.5)
        axes.plot(gains[:, 0], places, "o", color=colour, markersize=4, label=f"from {origin.day}")
    axes.axvline(0.0, color="black", linewidth=0.8)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set_xlabel("log score of the rule minus that of the rival (right of 0: the rule scores better)")
    axes.set_title("The rule against its rivals, one week ahead (95 % over states)", loc="left")
    axes.legend(frameon=False, fontsize="small")
    return axes


# ---- states left out

BLOCK: Final = 20

CONSTANT: Final[Mapping[str, float]] = only()
"""What is held so that every tie of a kind has the same hazard in every week."""


@dataclass(frozen=True, slots=True)
class Left:
    """P(each state acts by the record's end), (N,), by a fit without it, and whether it did."""

    name: str
    at_risk: Floats
    acted: Floats
    given: Floats

    def measured(self) -> tuple[Measured, Measured, float]:
        """AUC and Brier score with intervals over states, and the mean log score."""
        risk = self.at_risk.astype(bool)
        given, acted = self.given[risk], self.acted[risk].astype(bool)
        logs = np.where(acted, np.log(given), np.log1p(-given))
        return over_states(auc, given, acted), over_states(brier, given, acted), float(logs.mean())


@dataclass(frozen=True, slots=True)
class Leaver:
    """Fits without each group of states in turn, in any process."""

    case: Case
    priors: Priors
    held: Mapping[str, float]
    groups: tuple[tuple[int, ...], ...]
    whole: Fit

    def __call__(self, chunk: Chunk) -> list[tuple[int, float]]:
        """The probabilities of the states of groups ``chunk.first`` onwards."""
        situation = record_situation(self.case)
        found = []
        for group in self.groups[chunk.first : chunk.first + chunk.worlds]:
            counted = np.ones(len(situation.population.iso3), dtype=bool)
            counted[list(group)] = False
            problem = Problem(Likelihood(situation, counted=counted.tolist()), self.priors, held=self.held)
            p = fit(problem, self.whole.cell, self.whole).parameters
            moves = problem.likelihood.moves
            for index in group:
                quiet = Likelihood(situation, moves[moves[:, 1] != index])
                strain = float(quiet.hazards(p)[:, index].sum())
                nodes, weights = quiet.sums.nodes, np.exp(quiet.sums.weights)
                sigma = under(situation.scenario, p).sigma
                frailty = np.array([np.exp(rules.log_frailty(sigma, node)) for node in nodes])
                acting = [rules.acting_probability(one * strain) for one in frailty]
                found.append((index, float(weights @ acting)))
        return found


def leave_out(case: Case, priors: Priors, *, workers: int) -> list[Left]:
    """One state out, one region out, and one state out under a constant hazard by tie."""
    situation = record_situation(case)
    population = situation.population
    risk = (population.start > 0).any(axis=1)
    alone = tuple((index,) for index in np.flatnonzero(risk).tolist())
    regions: dict[str, list[int]] = {}
    for index in np.flatnonzero(risk).tolist():
        regions.setdefault(case.evidence.state(population.iso3[index]).region, []).append(index)
    together = tuple(tuple(places) for _, places in sorted(regions.items()))
    free: Mapping[str, float] = {}
    tasks = (
        ("one state out", free, alone),
        ("one region out", free, together),
        ("constant by tie", CONSTANT, alone),
    )
    return [_left(case, priors, name, held, groups, workers) for name, held, groups in tasks]


def _left(
    case: Case,
    priors: Priors,
    name: str,
    held: Mapping[str, float],
    groups: tuple[tuple[int, ...], ...],
    workers: int,
) -> Left:
    situation = record_situation(case)
    whole = Problem(Likelihood(situation), priors, held=held)
    job = Leaver(case, priors, held, groups, best_fit(whole))
    chunks = [Chunk("left", first, BLOCK) for first in range(0, len(groups), BLOCK)]
    given = np.zeros(len(situation.population.iso3))
    for block in spread(job, chunks, compiled=False, workers=workers):
        for index, probability in block:
            given[index] = probability
    acted = np.isin(situation.population.iso3, list(situation.record.iso3))
    return Left(name, (situation.population.start > 0).any(axis=1).astype(float), acted.astype(float), given)


def left_out_table(lefts: list[Left]) -> pd.DataFrame:
    """A row for each way of leaving out."""
    rows = []
    for left in lefts:
        rank, square, logs = left.measured()
        ranks = dict(zip(AUC, rank, strict=True))
        rows.append({"left out": left.name, **ranks, "Brier": square.value, "mean log score": logs})
    return pd.DataFrame(rows)
