"""Forward chaining: fitted to the weeks before a day, scored on those after, beside ten rivals on the same split."""

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
from maxpressure.inference.forecast import forecast_of
from maxpressure.inference.likelihood import acts_in, moves_of, record_situation
from maxpressure.inference.risk_set import see
from maxpressure.inference.rivals import cox_risk, drawn_before, rivals
from maxpressure.inference.scoring import Measured, Scores, auc, over_states, paired, scores_of
from maxpressure.model.case import Case, Situation, prepare
from maxpressure.model.history import recorded_history
from maxpressure.report.plot_style import COLOURS

ORIGINS: Final = (dt.date(2017, 7, 3), dt.date(2017, 8, 28), dt.date(2017, 10, 30))
"""Mondays: the end of June, before the September test, the end of October."""
RULE: Final = "the rule"
LATE: Final = "the rule, requests a week late"
UNASKED: Final = "the rule, without requests"
WORLDS: Final = 2000


@dataclass(frozen=True, slots=True)
class Origin:
    """What came of one split: scores by forecast, log score against the rule by state, drops in simulated worlds."""

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
        """10, 50 and 90 per cent of the drops in simulated worlds."""
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
        for name, told, held in ((LATE, late, None), (UNASKED, situation, {"beta_request": 0.0})):
            drawn = drawn_before(told, moves, first, self.priors, self.seed, held)
            forecasts[name] = forecast_of(drawn, told, moves, first, until)
        forecasts |= dict(rivals(situation, moves, first, until, self.priors, self.seed))
        simulated, curve = _simulated(self.case, situation, day, draws, self.seed)
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


def _simulated(
    case: Case, whole: Situation, day: dt.date, draws: Sequence[Parameters], seed: int
) -> tuple[Ints, Floats]:
    """Drops in worlds that start from the record as it stood, and the median of their acts week by week."""
    weeks = whole.timeline.weeks - (day - whole.timeline.origin).days // 7
    late = prepare(case, whole.scenario.but(name="from-here", window={"start": day, "weeks": weeks}))
    simulated = Ensemble(late, draws).simulate(0, WORLDS, seed=seed, attributions=False)
    changes = simulated.output.changes[: simulated.changes]
    cuts = np.bincount(changes[changes[:, 3] == ACT, 0], minlength=WORLDS)
    return cuts, np.median(simulated.output.week_ints[:, :, 4], axis=0)


def table(origin: Origin) -> pd.DataFrame:
    """A row for each forecast of one origin."""
    rows = []
    for one in origin.scores:
        gain = origin.against.get(one.name)
        rows.append(
            {
                "forecast": one.name,
                "expected cuts": one.expected,
                "log score": one.log_score,
                "rule's gain": np.nan if gain is None else gain[0],
                "from": np.nan if gain is None else gain[1],
                "to": np.nan if gain is None else gain[2],
                "AUC": one.auc.value,
                "AUC from": one.auc.low,
                "AUC to": one.auc.high,
                "Brier": one.brier.value,
            }
        )
    rows.append(
        {
            "forecast": "penalised Cox",
            "AUC": origin.cox[0],
            "AUC from": origin.cox[1],
            "AUC to": origin.cox[2],
        }
    )
    return pd.DataFrame(rows)


def draw(axes: Axes, origins: Sequence[Origin]) -> Axes:
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
    axes.set_xlabel("log score of the rule minus that of the rival (right of 0: the rule foresaw better)")
    axes.set_title("What the rule knew ahead, against its rivals (95 % over states)", loc="left")
    axes.legend(frameon=False, fontsize="small")
    return axes
