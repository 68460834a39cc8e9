"""Forecasts of what a fit has not seen: the weeks after a day, and the acts of states left out.

*Forward chaining*: the rule is fitted to the weeks before a day and scored on those after it, beside nine rivals on the
same split. *Left out*: one state, or one region, is left out of the fit, and its probability of acting by the
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

from maxpressure.base.numerics import Floats, Ints
from maxpressure.engine.engines import Chunk, Ensemble
from maxpressure.engine.record import ACT
from maxpressure.evidence.parameters import Parameters
from maxpressure.evidence.priors import Priors
from maxpressure.experiments.executors import spread
from maxpressure.inference.forecast import (
    Measured,
    Scores,
    auc,
    brier,
    forecast_of,
    over_states,
    paired,
    scores_of,
)
from maxpressure.inference.likelihood import Likelihood, record_situation
from maxpressure.inference.moves import acts_in, moves_of, see
from maxpressure.inference.posterior import Fit, Problem, best_fit, fit
from maxpressure.inference.rivals import BASELINE, PUSHES, cox_risk, drawn_before, rivals
from maxpressure.model import rules
from maxpressure.model.case import Case, Situation, prepare
from maxpressure.model.history import recorded_history
from maxpressure.report.plot_style import COLOURS

# ---- forward chaining

ORIGINS: Final = (dt.date(2017, 7, 3), dt.date(2017, 8, 28), dt.date(2017, 10, 30))
"""Mondays: the end of June, before the September test, the end of October."""

RULE: Final = "the rule"

LATE: Final = "the rule, requests a week late"

UNASKED: Final = "the rule, without requests"

WORLDS: Final = 2000
AUC: Final = ("AUC", "AUC from", "AUC to")


@dataclass(frozen=True, slots=True)
class Origin:
    """One split: scores by forecast, log scores against the rule over states, cuts in simulated worlds."""

    day: dt.date
    scores: tuple[Scores, ...]
    against: Mapping[str, Measured]
    cox: Measured
    cuts: int
    simulated: Ints
    curve: Floats
    seen_curve: Floats

    @property
    def interval(self) -> tuple[float, float, float]:
        """10, 50 and 90 per cent of the cuts in simulated worlds."""
        low, middle, high = np.quantile(self.simulated, [0.1, 0.5, 0.9], method="inverted_cdf").tolist()
        return low, middle, high

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
        situation = record_situation(self.case)
        moves, until = moves_of(situation, recorded_history(situation.record)), situation.timeline.weeks
        first = (day - situation.timeline.origin).days // 7
        draws = drawn_before(situation, moves, first, self.priors, self.seed)
        span = see(situation, moves, first, until)
        forecasts = {RULE: forecast_of(draws, situation, moves, first, until)}
        late = record_situation(self.case, requests={"lag_weeks": 1})
        for name, inputs, held in ((LATE, late, None), (UNASKED, situation, {"beta_request": 0.0})):
            drawn = drawn_before(inputs, moves, first, self.priors, self.seed, held)
            forecasts[name] = forecast_of(drawn, inputs, moves, first, until)
        forecasts |= dict(rivals(situation, moves, first, until, self.priors, self.seed))
        simulated, curve = _simulated_after(self.case, situation, day, draws, self.seed)
        acts = np.array([acts_in(moves[moves[:, 0] <= week]) for week in range(until)])
        given, acted = cox_risk(situation, moves, first, until)[span.at_risk], span.acted[span.at_risk]
        return Origin(
            day=day,
            scores=tuple(scores_of(name, forecast, span) for name, forecast in forecasts.items()),
            against={
                name: paired(forecasts[RULE], forecast, span)
                for name, forecast in forecasts.items()
                if name != RULE
            },
            cox=over_states(auc, given, acted),
            cuts=int(span.fell.sum()),
            simulated=simulated,
            curve=acts[first - 1] + curve,
            seen_curve=acts[first:].astype(float),
        )


def forward(case: Case, priors: Priors, *, seed: int, workers: int) -> list[Origin]:
    """Score every origin."""
    chunks = [Chunk("origin", number, 1) for number in range(len(ORIGINS))]
    return list(spread(Chainer(case, priors, seed), chunks, compiled=False, workers=workers))


def _simulated_after(
    case: Case, whole: Situation, day: dt.date, draws: Sequence[Parameters], seed: int
) -> tuple[Ints, Floats]:
    """Cuts in worlds that start from the record before the day, and the median of their acts week by week."""
    weeks = whole.timeline.weeks - (day - whole.timeline.origin).days // 7
    late = prepare(case, whole.scenario.but(name="from-here", window={"start": day, "weeks": weeks}))
    simulated = Ensemble(late, draws).simulate(0, WORLDS, seed=seed, attributions=False)
    changes = simulated.output.changes[: simulated.changes]
    cuts = np.bincount(changes[changes[:, 3] == ACT, 0], minlength=WORLDS)
    return cuts, np.median(simulated.output.week_ints[:, :, 4], axis=0)


def forward_table(origin: Origin) -> pd.DataFrame:
    """A row for each forecast of one origin."""
    rows = []
    for one in origin.scores:
        gain = origin.against.get(one.name, (np.nan,) * 3)
        rows.append(
            {
                "forecast": one.name,
                "expected cuts": one.expected,
                "log score": one.log_score,
                **dict(zip(("rule's gain", "from", "to"), gain, strict=True)),
                **dict(zip(AUC, one.auc, strict=True)),
                "Brier": one.brier.value,
            }
        )
    rows.append({"forecast": "penalised Cox", **dict(zip(AUC, origin.cox, strict=True))})
    return pd.DataFrame(rows)


def draw_forward(axes: Axes, origins: Sequence[Origin]) -> Axes:
    """The rule's gain in log score over each rival, with intervals over states, by origin."""
    names = list(origins[0].against)
    for shift, (origin, colour) in enumerate(zip(origins, COLOURS, strict=False)):
        gains = np.array([origin.against[name] for name in names])
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

CONSTANT: Final[Mapping[str, float]] = {
    **dict.fromkeys((*PUSHES, *BASELINE), 0.0),
    "tau_shock": 8.0,
    "tau_peer": 8.0,
}
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
                frailty = np.array([np.exp(rules.log_frailty(p.sigma, node)) for node in nodes])
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
