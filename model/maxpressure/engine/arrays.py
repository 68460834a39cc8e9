"""A situation as flat arrays of fixed types, which compiled code can read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from maxpressure.base.numerics import Floats, Ints
from maxpressure.base.rng import state_code
from maxpressure.base.ties import TIES
from maxpressure.evidence.parameters import Parameters, named_numbers, parameter_names
from maxpressure.model.case import Situation, fixed

N_TIES = len(TIES)

STATE = np.dtype(
    [
        ("code", "i8"), ("exports", "i8"), ("imports", "i8"), ("start", "i8", (N_TIES,)),
        ("unlisted", "i8", (N_TIES,)), ("trade_start", "i8"), ("close", "f8"),
        ("dependence", "f8", (N_TIES,)), ("mission", "f8", (N_TIES,)), ("doubtful", "f8", (N_TIES,)),
        ("affinity", "f8"), ("leverage", "f8"),
    ]
)  # fmt: skip
WEEK = np.dtype(
    [
        ("shock_now", "f8"), ("shock_whole", "f8"), ("thaw", "f8"), ("news", "f8"), ("campaign", "f8"),
        ("epoch", "i8"), ("terms", "i8"),
    ]
)  # fmt: skip
TERMS = np.dtype([("exports", "f8"), ("imports", "f8"), ("secondary", "f8")])
PATRON = np.dtype(
    [("code", "i8"), ("travel", "i8"), ("exports", "i8"), ("imports", "i8"), ("backfill", "f8")]
)

IN_WEEK, INDEX, TIE, AFTER, KIND = range(5)
"""Columns of the changes that were recorded: the week, the state, the tie, its level afterwards, the kind."""


class Inputs(NamedTuple):
    """The inputs of a world, as numbers. T weeks, N states, P patrons, 6 ties.

    ``forbidden`` (E, 6) holds the distinct rows of what is forbidden, ``terms`` (K) the distinct terms of trade,
    and each week names its own. Records instead of many arrays keep calls between compiled functions cheap.
    """

    n_weeks: int
    first: int
    drawn_tests: bool
    courting: bool
    escalation: float
    any_tie: bool
    buffer: float
    target: int
    courtship_decay: float
    trade_left: tuple[float, float, float, float]
    tests: tuple[tuple[float, float], ...]  # magnitude and weekly frequency
    weeks: NDArray[np.void]  # (T,) of WEEK
    states: NDArray[np.void]  # (N,) of STATE
    terms: NDArray[np.void]  # (K,) of TERMS
    patrons: NDArray[np.void]  # (P,) of PATRON
    forbidden: Floats  # (E, 6)
    signals: Floats  # (3, T, N): requests, incidents, outreach, each in one piece, so that loops over states are fast
    patron_course: Floats  # (T, P, 3): enforcement, share of trade on offer, whether the last step holds
    reference: Floats  # leverage of the reference states
    peer_first: (
        Ints  # (N + 1,): the links of actor j are those from peer_first[j] to before peer_first[j + 1]
    )
    peer_watcher: Ints  # of each link, the state that notices the actor
    peer_weight: Floats  # of each link, how much the actor weighs for the watcher
    earlier: Ints  # (rows, 5): IN_WEEK, INDEX, TIE, AFTER, KIND (1 for a rise); what the record has before the window


def inputs_of(situation: Situation) -> Inputs:
    """Flatten a situation."""
    line, population, scenario = situation.timeline, situation.population, situation.scenario
    epoch, forbidden = _runs(line.forbidden)
    trade = np.stack([line.forbidden_exports, line.forbidden_imports, line.secondary], axis=1)
    terms, distinct = _runs(trade)
    left = situation.trade_left
    return Inputs(
        n_weeks=line.weeks,
        first=line.first,
        drawn_tests=scenario.target.tests == "drawn",
        courting=scenario.target.courtship == "courting",
        escalation=float(scenario.sender.escalation),
        any_tie=scenario.restoration.reach == "any",
        buffer=float(situation.buffer),
        target=state_code(situation.target),
        courtship_decay=situation.courtship_decay,
        trade_left=(float(left[0]), float(left[1]), float(left[2]), float(left[3])),
        tests=tuple((float(magnitude), float(rate)) for magnitude, rate in line.test_rates),
        weeks=_records(WEEK, line.weeks, line, epoch=epoch, terms=terms),
        states=_records(STATE, len(population.codes), population, code=population.codes),
        terms=_records(TERMS, len(distinct), None, **dict(zip(TERMS.names or (), distinct.T, strict=True))),
        patrons=_patrons(situation),
        forbidden=forbidden,
        signals=_floats(np.stack([line.request, line.incident, line.outreach])),
        patron_course=_floats(np.stack([line.enforcement, line.offered, line.held], axis=2)),
        reference=_floats(population.reference_leverage),
        peer_first=_ints(population.peers.first),
        peer_watcher=_ints(population.peers.watcher),
        peer_weight=_floats(population.peers.weight),
        earlier=_earlier(situation),
    )


def _records(kind: np.dtype[np.void], count: int, source: object, **columns: object) -> NDArray[np.void]:
    """Records of a kind: each field from ``columns``, or else from the source's attribute of the same name."""
    records = np.zeros(count, dtype=kind)
    for name in kind.names or ():
        records[name] = columns[name] if name in columns else getattr(source, name)
    return records


def _patrons(situation: Situation) -> NDArray[np.void]:
    rows = [
        (state_code(one.iso3), one.travel, one.exports, one.imports, backfill)
        for one, backfill in zip(situation.population.patrons, situation.backfill, strict=True)
    ]
    return np.array(rows, dtype=PATRON)


def alone(inputs: Inputs, index: int) -> Inputs:
    """The inputs of one state without the others, for worlds in which these cannot move it."""
    own, earlier = slice(index, index + 1), inputs.earlier[inputs.earlier[:, 1] == index]
    earlier[:, 1] = 0
    return inputs._replace(
        states=inputs.states[own].copy(),
        signals=_floats(inputs.signals[:, :, own]),
        peer_first=_ints([0, 0]),
        peer_watcher=_ints([]),
        peer_weight=_floats([]),
        earlier=earlier,
    )


def parameter_row(situation: Situation, parameters: Parameters) -> Floats:
    """The parameters under the scenario as one row of numbers, in the order of the tuple's leaves."""
    row: Floats = parameter_rows(situation, [parameters])[0]
    return row


def parameter_rows(situation: Situation, draws: Sequence[Parameters]) -> Floats:
    """A row for each draw, as in :func:`parameter_row`."""
    rows = _floats([[number for _, number in named_numbers(draw)] for draw in draws])
    names = parameter_names()
    for name, value in fixed(situation.scenario).items():
        rows[:, names.index(name)] = value
    return rows


def _floats(values: Any) -> Floats:
    return np.array(values, dtype=np.float64, order="C")


def _ints(values: Any) -> Ints:
    return np.array(values, dtype=np.int64, order="C")


def _runs(rows: Floats) -> tuple[Ints, Floats]:
    """For each week the number of its run of equal rows, and one row for each run."""
    changes = np.any(rows[1:] != rows[:-1], axis=1)
    numbers = np.concatenate([[0], np.cumsum(changes)]).astype(np.int64)
    starts = np.concatenate([[0], np.flatnonzero(changes) + 1])
    return numbers, _floats(rows[starts])


def _earlier(situation: Situation) -> Ints:
    """The record's acts and rises before the window, sorted by week, index, tie, level and kind."""
    index = {iso3: number for number, iso3 in enumerate(situation.population.iso3)}
    rows = [
        (act.week, index[act.iso3], cut.tie, cut.level_after, 0)
        for act in situation.record.acts
        for cut in act.cuts
    ]
    rows += [(rise.week, index[rise.iso3], rise.tie, rise.level_after, 1) for rise in situation.record.rises]
    early = sorted(row for row in rows if row[0] < situation.timeline.first)
    return _ints(early).reshape(len(early), 5)
