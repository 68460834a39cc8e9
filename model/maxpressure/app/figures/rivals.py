"""Other forecasts of a part of the record, by which a guess of it is judged: two simple ones, and the rule's own.

They are those of exercise 2 and of its notebook, with the same random numbers, so that page, paper and key have the
same scores.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Any, Final

import numpy as np

from maxpressure.app.figures.basis import Basis
from maxpressure.app.figures.levers import setting_of_link
from maxpressure.app.figures.lots import ACTS_TOTAL, Lot, laid_out
from maxpressure.app.figures.outcomes import observed, observed_weeks
from maxpressure.base.numerics import Floats
from maxpressure.engine.engines import Ensemble
from maxpressure.evidence.posterior import choose
from maxpressure.model.case import Situation
from maxpressure.results.quantiles import crps
from maxpressure.results.recorded import recorded_world

WORLDS: Final = 400
LATELY: Final = 8
"""Weeks before the first that count as lately."""


def rivals(lot: Lot) -> list[dict[str, Any]]:
    """The forecasts of all acts over a lot's weeks, best first; none where the record begins with these weeks.

    Parameters
    ----------
    lot : Lot
        Worlds of a setting that edits nothing of the record but its weeks.

    Returns
    -------
    list of dict
        ``name``, ``n``, ``median``, ``p05``, ``p95`` and ``score`` (CRPS in acts; 0 is best). *The same as ever* takes
        the rate of all weeks before, *the same as lately* that of the last eight; both are Poisson counts.
    """
    line = lot.situation.timeline
    if line.first == 0:
        return []
    return [dict(one) for one in _rivals(lot.basis, lot.setting.link())]


@lru_cache(maxsize=8)
def _rivals(basis: Basis, link: str) -> tuple[dict[str, Any], ...]:
    situation = laid_out(basis, setting_of_link(basis.case, link))
    line = situation.timeline
    start, weeks = line.monday(line.first), line.weeks - line.first
    before = [day for day in _days_of_acts(situation) if day < start]
    lately = sum(day >= start - dt.timedelta(weeks=LATELY) for day in before)
    rng = np.random.default_rng(basis.seed)
    ever = rng.poisson(weeks * len(before) / line.first, WORLDS)
    late = rng.poisson(weeks * lately / LATELY, WORLDS)
    prior = choose("prior", place=basis.case.place)
    known = observed_weeks(situation, basis.case.assumptions.record.acts_until)
    came = float((observed("acts", recorded_world(situation), known) or [0])[-1])
    forecasts = {
        "rule, posterior (fitted to it)": _acts(situation, basis.draws, basis.seed),
        "rule, priors": _acts(situation, prior.draws, basis.seed),
        "the same as lately": late,
        "the same as ever": ever,
    }
    rows = [_row(name, np.asarray(values, dtype=np.float64), came) for name, values in forecasts.items()]
    return tuple(sorted(rows, key=lambda row: float(row["score"])))


def _days_of_acts(situation: Situation) -> list[dt.date]:
    return [min(cut.date for cut in act.cuts) for act in situation.record.acts]


def _acts(situation: Situation, draws: Any, seed: int) -> Floats:
    """Acts of each of the worlds under these draws."""
    output = Ensemble(situation, draws[:WORLDS]).simulate(0, WORLDS, seed=seed, attributions=False).output
    acts: Floats = output.week_ints[:, -1, ACTS_TOTAL].astype(np.float64)
    return acts


def _row(name: str, values: Floats, came: float) -> dict[str, Any]:
    p05, median, p95 = np.quantile(values, (0.05, 0.5, 0.95)).tolist()
    score = float(crps(values, came))
    return {"name": name, "n": len(values), "median": median, "p05": p05, "p95": p95, "score": score}
