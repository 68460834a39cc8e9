"""Score the rule on a later table of events, beside its rivals, and simulate how many cuts it expects.

The span is whole weeks; the record before it and the table's events in it are coded as one history, by the rules of
the record itself. Every probability is one week ahead.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from tqdm import tqdm

from maxpressure.base.errors import InputError
from maxpressure.base.numerics import Ints
from maxpressure.base.ranges import day_of
from maxpressure.base.rng import check_key
from maxpressure.evidence.events import EVENTS, load_events
from maxpressure.evidence.parameters import Parameters, ParameterSet
from maxpressure.evidence.posterior import choose
from maxpressure.evidence.priors import Priors, priors_of
from maxpressure.evidence.record import Record, code_record
from maxpressure.evidence.schema import EventRow
from maxpressure.inference.compared import Prediction, compare
from maxpressure.inference.forecast import Forecast, log_score
from maxpressure.inference.likelihood import record_situation
from maxpressure.inference.moves import Seen, moves_of, see
from maxpressure.inference.rates import HALF, RATES
from maxpressure.inference.rivals import OTHERS, WORLDS, Split, drawn_before, predicted, rivals
from maxpressure.inference.validation import (
    ELSEWHERE,
    NO_CUT,
    OUTSIDE,
    REFITTED,
    RULE,
    SCORED,
    SUB_LEVEL,
    Count,
    LaterEvents,
    Outside,
    Span,
    Validation,
)
from maxpressure.model.case import Case, coded_levels, prepare
from maxpressure.model.history import recorded_history


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
    ahead: it uses the events of earlier weeks, of the record and of the table. Rivals are fitted to the record
    before ``start``.
    """
    span = read_span(case, start, end)
    if draws < 1:
        raise InputError(file=COMMAND, key="--draws", given=draws, allowed="a whole number, 1 or more")
    check_key(seed, WORLDS)
    record, chosen = case.assumptions.record, choose(parameters, place=case.place)
    events = _events(case, table)
    some, later = thinned(chosen.draws, draws), code_later_events(case, events, span)
    had_seen = min(max((record.fitted - span.start).days // 7 + 1, 0), span.weeks)
    with _bar(refit=had_seen > 0, progress=progress) as tick:
        split = Split(later.whole, later.late, later.moves, span.first, span.until)
        seen, rule = split.seen(), predicted(some, split, seed)
        predictions = {RULE: rule}
        for name, other in _others(split, priors_of(case.place), seed, refit=had_seen > 0):
            predictions[name] = other
            tick()
        outside = _outside(later, seen)
    simulated = rule.counts.sum(axis=1)
    beyond = np.random.default_rng(seed).poisson(outside.rate * outside.cells, size=len(simulated))
    cuts = int(seen.fell.sum())
    return Validation(
        later=later,
        events=table,
        parameters=chosen.parameters,
        named=str(parameters) if isinstance(parameters, str | Path) else "a set",
        draws=len(some),
        seed=seed,
        compared=compare(predictions, seen),
        states=_states(later, rule.forecast, seen),
        count=_count(cuts, simulated),
        count_of_all=_count(cuts + outside.cuts, simulated + beyond),
        outside=outside,
        had_seen=had_seen,
        fitted_until=record.fitted,
        evidence=case.evidence.digest,
    )


# ---- the span and the record up to it


def _events(case: Case, table: Path) -> tuple[EventRow, ...]:
    """The events of a table: of the case's own as its record codes them, of another as they stand there."""
    evidence, span = case.evidence, case.assumptions.record
    if table.resolve() == (evidence.folder / EVENTS).resolve():
        return evidence.events_of(case.record().record)
    return load_events(table, evidence.states, (span.origin, span.inputs_until))


EARLIEST: Final = 26
"""Weeks of record before a span, at least: with fewer there is nothing to fit rivals to."""

COMMAND: Final = "maxpressure validate"


def read_span(case: Case, start: str, end: str) -> Span:
    """The whole weeks that two dates, as written on the command line, lie in; raises InputError for what is none.

    The last week is the last of which all days are in the tables of inputs.
    """
    record = case.assumptions.record
    earliest = record.origin + dt.timedelta(weeks=EARLIEST)
    first = _day(start, "--from", earliest, record.inputs_until)
    last = _day(end, "--to", first, record.inputs_until)
    monday = first - dt.timedelta(days=first.weekday())
    sunday = last + dt.timedelta(days=6 - last.weekday())
    if sunday > record.inputs_until:
        sunday -= dt.timedelta(weeks=1)
    if sunday < monday:
        allowed = f"a day up to {sunday}, the last whole week of the inputs"
        raise InputError(file=COMMAND, key="--from", given=start, allowed=allowed)
    return Span(
        start=monday,
        end=sunday,
        first=(monday - record.origin).days // 7,
        until=(sunday - record.origin).days // 7 + 1,
    )


def _day(given: str, key: str, earliest: dt.date, latest: dt.date) -> dt.date:
    """A day within bounds."""
    allowed = f"a day from {earliest} to {latest}, as YYYY-MM-DD"
    try:
        day = day_of(given)
    except ValueError:
        raise InputError(file=COMMAND, key=key, given=given, allowed=allowed) from None
    if not earliest <= day <= latest:
        raise InputError(file=COMMAND, key=key, given=given, allowed=allowed)
    return day


def code_later_events(case: Case, events: Sequence[EventRow], span: Span) -> LaterEvents:
    """Code the record before a span together with the rows of a later table, as the record itself is coded.

    Of the record that is fitted only rows before the span count, of the table all up to its end that it does not have.
    """
    followed = case.record()
    fitted = case.assumptions.record.fitted
    own = [row for row in case.evidence.events_of(followed.record) if row.date <= fitted]
    before = [row for row in own if row.date < span.start]
    known = {_what(row) for row in before}
    new = [row for row in events if row.date <= span.end and _what(row) not in known]
    both = replace(case, evidence=case.evidence.edited(lambda _: (*before, *new)))
    origin = case.assumptions.record.origin
    starting = coded_levels(case, followed)
    record = code_record(both.evidence, starting, origin, weeks=span.until, record=followed.record)
    window = {"start": origin, "weeks": span.until}
    whole = replace(record_situation(both, window=window), record=record)
    late = {"start": span.start, "weeks": span.weeks}
    scenario = whole.scenario.but(name="from-the-span-on", window=late)
    in_table = {_what(row) for row in events}
    inside = [row for row in own if span.start <= row.date <= span.end]
    return LaterEvents(
        span=span,
        whole=whole,
        late=replace(prepare(both, scenario), record=record),
        moves=moves_of(whole, recorded_history(record)),
        rows=tuple((row, _becomes(row, record)) for row in new if row.date >= span.start),
        before=sum(row.date < span.start for row in events),
        after=sum(row.date > span.end for row in events),
        earlier=sum(row.date < span.start for row in new),
        not_in_table=sum(1 for row in inside if _what(row) not in in_table),
    )


def _what(row: EventRow) -> tuple[object, ...]:
    """What happened in a row, without its id, which is the table's own."""
    return row.date, row.iso3, row.tie, row.action, row.level_before, row.level_after


def _becomes(row: EventRow, record: Record) -> str:
    kinds = (
        (OUTSIDE, record.outside),
        (NO_CUT, record.statements),
        (SUB_LEVEL, record.sub_level),
        (ELSEWHERE, record.elsewhere),
    )
    for name, rows in kinds:
        if row in rows:
            return name
    return SCORED if row.direction == "down" else NO_CUT


# ---- what is scored


def thinned(draws: Sequence[Parameters], count: int) -> list[Parameters]:
    """At most so many of the draws, evenly from all."""
    indices = np.linspace(0, len(draws) - 1, min(count, len(draws))).astype(int)
    return [draws[index] for index in indices.tolist()]


def _others(split: Split, priors: Priors, seed: int, *, refit: bool) -> Iterator[tuple[str, Prediction]]:
    """The rivals; and the rule fitted to the record before the span, where the given one may have seen more."""
    if refit:
        yield REFITTED, predicted(drawn_before(split, priors, seed), split, seed)
    yield from rivals(split, priors, seed)


def _outside(later: LaterEvents, seen: Seen) -> Outside:
    """Cuts of ties coded as none at the start, and what their rate before the span says of them."""
    span, origin = later.span, later.whole.timeline.origin
    weeks = {((row.date - origin).days // 7, row.iso3, row.tie) for row in later.record.outside}
    cuts = sum(1 for week, _, _ in weeks if week >= span.first)
    none = later.whole.population.start == 0
    before = see(later.whole, later.moves, 0, span.first)
    weeks_before, cells = int((none & ~before.standing).sum()), int((none & ~seen.standing).sum())
    rate = (len(weeks) - cuts + HALF) / (weeks_before + 2.0 * HALF) if weeks_before else 0.0
    chance, fell = np.full(cells, rate), np.arange(cells) < cuts
    return Outside(cuts=cuts, cells=cells, rate=rate, log_score=log_score(chance, fell))


def _count(seen: int, simulated: Ints) -> Count:
    names = ("low95", "low80", "median", "high80", "high95")
    levels = np.quantile(simulated, [0.025, 0.1, 0.5, 0.9, 0.975], method="inverted_cdf").tolist()
    return Count(seen=seen, below=float(np.mean(simulated < seen)), **dict(zip(names, levels, strict=True)))


def _states(later: LaterEvents, forecast: Forecast, seen: Seen) -> pd.DataFrame:
    """Each state at risk with its probability of acting in the span, the highest first."""
    population = later.whole.population
    table = pd.DataFrame(
        {"iso3": population.iso3, "state": population.names, "given": forecast.states, "acted": seen.acted}
    )
    return table[seen.at_risk].sort_values(["given", "iso3"], ascending=[False, True], ignore_index=True)


@contextmanager
def _bar(*, refit: bool, progress: bool) -> Iterator[Callable[[], object]]:
    total = len(RATES) + 1 + len(OTHERS) + refit
    with tqdm(total=total, unit=" steps", desc="scoring", disable=not progress) as bar:
        yield bar.update
