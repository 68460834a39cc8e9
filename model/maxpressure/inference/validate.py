"""The rule against a later table of events: its scores beside its rivals', and how many drops it foresaw."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from tqdm import tqdm

from maxpressure.base.errors import InputError
from maxpressure.base.numerics import Ints
from maxpressure.engine.engines import Ensemble
from maxpressure.engine.record import ACT
from maxpressure.evidence.evidence import load_events
from maxpressure.evidence.parameters import Parameters, ParameterSet
from maxpressure.evidence.posterior import choose
from maxpressure.evidence.priors import Priors, priors_of
from maxpressure.inference.forecast import Forecast, forecast_of
from maxpressure.inference.later_events import COMMAND, Told, read_span, told
from maxpressure.inference.risk_set import Seen, see
from maxpressure.inference.rivals import HALF, LESS, RATES, drawn_before, rivals
from maxpressure.inference.scoring import Measured, Scores, log_score, paired, scores_of
from maxpressure.model.case import Case
from maxpressure.model.world import check_key

WORLDS: Final = 2000
CHUNK: Final = 200
"""Worlds simulated for the number of drops, and so many at a time."""

RULE: Final = "the rule"
ANEW: Final = "the rule, fitted anew"


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Drops as they came and in simulated worlds, by quantiles; ``below`` is the share of worlds with fewer."""

    seen: int
    low95: float
    low80: float
    median: float
    high80: float
    high95: float
    below: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """Drops of ties that stand on no level: how many came in so many weeks of such ties, and their log score.

    ``rate`` is the record's before the span, half a drop added to those with it and to those without.
    """

    cuts: int
    cells: int
    rate: float
    log_score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """All that came of it. ``gains`` are what the rule's log score has over each other forecast's.

    ``count`` is of drops at risk, ``count_of_all`` of those outside too.
    """

    told: Told
    table: Path
    parameters: ParameterSet
    named: str
    draws: int
    seed: int
    scores: tuple[Scores, ...]
    gains: Mapping[str, Measured]
    states: pd.DataFrame
    count: Count
    count_of_all: Count
    outside: Outside
    had_seen: int


def validate(
    case: Case,
    table: Path,
    start: str,
    end: str,
    *,
    parameters: str | Path | ParameterSet = "posterior",
    draws: int = 400,
    seed: int = 2017,
    progress: bool = True,
) -> Validation:
    """Score parameters on the weeks ``start`` to ``end`` of a table of events; raises InputError.

    ``parameters`` are ``posterior``, ``map``, the path of a file, or a set. Every probability is one week
    ahead: it knows what came in earlier weeks, be they of the record or of the table. Rivals are fitted to
    the record before ``start``.
    """
    span = read_span(case, start, end)
    if draws < 1:
        raise InputError(file=COMMAND, key="--draws", given=draws, allowed="a whole number, 1 or more")
    check_key(seed, WORLDS)
    record, chosen = case.assumptions.record, choose(parameters, place=case.place)
    events = load_events(table, case.evidence.states, (record.origin, record.inputs_until))
    some, it = thinned(chosen.draws, draws), told(case, events, span)
    had_seen = min(max((record.acts_until - span.start).days // 7 + 1, 0), span.weeks)
    with _bar(anew=had_seen > 0, progress=progress) as tick:
        seen = see(it.whole, it.moves, span.first, span.until)
        forecast = forecast_of(some, it.whole, it.moves, span.first, span.until)
        others = {}
        for name, other in _others(it, priors_of(case.place), seed, anew=had_seen > 0):
            others[name] = other
            tick()
        outside = _outside(it, seen)
        simulated = _simulated(it, some, seed, tick)
    unlisted = np.random.default_rng(seed).poisson(outside.rate * outside.cells, size=len(simulated))
    cuts = int(seen.fell.sum())
    return Validation(
        told=it,
        table=table,
        parameters=chosen.parameters,
        named=str(parameters) if isinstance(parameters, str | Path) else "a set",
        draws=len(some),
        seed=seed,
        scores=tuple(scores_of(name, one, seen) for name, one in {RULE: forecast, **others}.items()),
        gains={name: paired(forecast, other, seen) for name, other in others.items()},
        states=_states(it, forecast, seen),
        count=_count(cuts, simulated),
        count_of_all=_count(cuts + outside.cuts, simulated + unlisted),
        outside=outside,
        had_seen=had_seen,
    )


def thinned(draws: Sequence[Parameters], count: int) -> list[Parameters]:
    """At most so many of the draws, evenly from all."""
    places = np.linspace(0, len(draws) - 1, min(count, len(draws))).astype(int)
    return [draws[place] for place in places.tolist()]


def _others(it: Told, priors: Priors, seed: int, *, anew: bool) -> Iterator[tuple[str, Forecast]]:
    """The rivals; and the rule fitted to the record before the span, where the given one may have seen more."""
    span = it.span
    if anew:
        draws = drawn_before(it.whole, it.moves, span.first, priors, seed)
        yield ANEW, forecast_of(draws, it.whole, it.moves, span.first, span.until)
    yield from rivals(it.whole, it.moves, span.first, span.until, priors, seed)


def _outside(it: Told, seen: Seen) -> Outside:
    span, origin = it.span, it.whole.timeline.origin
    weeks = {((row.date - origin).days // 7, row.iso3, row.tie) for row in it.record.outside}
    cuts = sum(1 for week, _, _ in weeks if week >= span.first)
    before = see(it.whole, it.moves, 0, span.first)
    rate = (len(weeks) - cuts + HALF) / (int((~before.simulate).sum()) + 2.0 * HALF)
    cells = int((~seen.simulate).sum())
    chance, fell = np.full(cells, rate), np.arange(cells) < cuts
    return Outside(cuts=cuts, cells=cells, rate=rate, log_score=log_score(chance, fell))


def _simulated(it: Told, draws: Sequence[Parameters], seed: int, tick: Callable[[], object]) -> Ints:
    """The drops of each of many worlds that start from the record as it stood and live through the span."""
    ensemble = Ensemble(it.late, draws)
    counts = np.zeros(WORLDS, dtype=np.int64)
    for first in range(0, WORLDS, CHUNK):
        simulated = ensemble.simulate(first, CHUNK, seed=seed, attributions=False)
        changes = simulated.output.changes[: simulated.changes]
        fell = changes[changes[:, 3] == ACT, 0] - first
        counts[first : first + CHUNK] = np.bincount(fell, minlength=CHUNK)
        tick()
    return counts


def _count(seen: int, simulated: Ints) -> Count:
    low95, low80, median, high80, high95 = np.quantile(
        simulated, [0.025, 0.1, 0.5, 0.9, 0.975], method="inverted_cdf"
    ).tolist()
    return Count(
        seen=seen,
        low95=low95,
        low80=low80,
        median=median,
        high80=high80,
        high95=high95,
        below=float(np.mean(simulated < seen)),
    )


def _states(it: Told, forecast: Forecast, seen: Seen) -> pd.DataFrame:
    """Each state at risk with the probability it was given of acting in the span, the likeliest first."""
    population = it.whole.population
    table = pd.DataFrame(
        {"iso3": population.iso3, "state": population.names, "given": forecast.states, "acted": seen.acted}
    )
    return table[seen.at_risk].sort_values(["given", "iso3"], ascending=[False, True], ignore_index=True)


@contextmanager
def _bar(*, anew: bool, progress: bool) -> Iterator[Callable[[], object]]:
    total = len(RATES) + len(LESS) + anew + WORLDS // CHUNK
    with tqdm(total=total, unit=" steps", desc="scoring", disable=not progress) as bar:
        yield bar.update
