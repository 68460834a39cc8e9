"""The third states as arrays: their figures, the ties they keep and depend on, the peers they watch.

Means, standard deviations and row sums stand on the reference states alone, so that adding a state recomputes
nothing for the others. A missing figure counts as the mean. Sums are exact (``math.fsum``). Dependence, affinity and
peers enter a hazard only where a scenario switches their term on; affinity also guides the target's courtship.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from maxpressure.base.numerics import Floats, exp, log
from maxpressure.base.rng import state_code
from maxpressure.base.ties import FULL, NONE, TIE_INDEX, TIES
from maxpressure.evidence.assumptions import Assumptions
from maxpressure.evidence.evidence import Evidence
from maxpressure.evidence.record import StartingLevels
from maxpressure.evidence.schema import StateRow

Column = Sequence[float | None]
ALIKE: Final = 1e-12
"""A standard deviation below it is rounding: figures have six digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerWeights:
    """The watchers of each state, listed by the state that acts: ``watcher[first[j]:first[j+1]]`` watch state j.

    ``weight`` holds w_ij, the share of watcher i's attention that state j has.
    """

    first: NDArray[np.int64]
    watcher: NDArray[np.int64]
    weight: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class PatronFigures:
    """A patron's 2016 trade in thousand USD and the level of its travel tie."""

    iso3: str
    name: str
    exports: int
    imports: int
    travel: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """N third states in ISO3 order; arrays are read-only.

    ``exports`` and ``imports`` are the target's sales to and purchases from each state in 2016, thousand USD.
    ``reference`` marks the states on which ``sensitivity`` is normed. ``start`` holds the starting levels, ``unlisted``
    is 1 for those of ties that no table lists, and ``close`` (N) is 1 where a listed tie shows that the state is
    close to the target: a resident mission, military cooperation, or workers.
    """

    iso3: tuple[str, ...]
    names: tuple[str, ...]
    codes: NDArray[np.int64]
    mission: Floats
    affinity: Floats
    leverage: Floats
    dependence: Floats
    reference: NDArray[np.bool_]
    doubtful: Floats
    start: NDArray[np.int8]
    unlisted: NDArray[np.int8]
    close: Floats
    exports: NDArray[np.int64]
    imports: NDArray[np.int64]
    peers: PeerWeights
    patrons: tuple[PatronFigures, ...]

    @property
    def listed_start(self) -> NDArray[np.int8]:
        """The starting levels of listed ties, 0 for all others."""
        return np.where(self.unlisted == 1, np.int8(NONE), self.start)

    @property
    def trade_start(self) -> NDArray[np.int8]:
        """The starting level of listed trade, which alone carries money."""
        return self.listed_start[:, TIE_INDEX["trade"]]

    @property
    def trade_2016(self) -> tuple[int, int]:
        """What all states and patrons bought from and sold to the target in the base year, thousand USD."""
        sold = int(self.exports.sum()) + sum(patron.exports for patron in self.patrons)
        return sold, int(self.imports.sum()) + sum(patron.imports for patron in self.patrons)

    @property
    def reference_leverage(self) -> Floats:
        """The leverage of the reference states, in ISO3 order."""
        levels: Floats = self.leverage[self.reference]
        return levels


def populate(evidence: Evidence, assumptions: Assumptions, starting: StartingLevels) -> Population:
    """Lay out the third states of the evidence for a world."""
    rows = [evidence.state(iso3) for iso3 in starting.iso3]
    listed = set(assumptions.reference.states)
    reference = [row.iso3 in listed for row in rows]
    flows = [_flows(row, assumptions.trade.qualities) for row in rows]
    population = Population(
        iso3=starting.iso3,
        names=tuple(row.name for row in rows),
        codes=np.array([state_code(row.iso3) for row in rows], dtype=np.int64),
        mission=_by_tie("diplomatic", [float(_has_mission(row)) for row in rows]),
        affinity=_affinity(rows, reference, assumptions),
        leverage=_leverage(rows, reference, assumptions),
        dependence=_dependence(rows, reference, starting),
        reference=np.array(reference, dtype=np.bool_),
        doubtful=_by_tie("trade", starting.doubtful.astype(np.float64).tolist()),
        start=starting.levels.copy(),
        unlisted=starting.unlisted.astype(np.int8),
        close=_close(starting),
        exports=np.array([sold for sold, _ in flows], dtype=np.int64),
        imports=np.array([bought for _, bought in flows], dtype=np.int64),
        peers=_peer_weights(rows, reference, evidence, assumptions),
        patrons=tuple(_patron(evidence.state(iso3), assumptions) for iso3 in assumptions.case.patrons),
    )
    for name in Population.__dataclass_fields__:
        value = getattr(population, name)
        if isinstance(value, np.ndarray):
            value.setflags(write=False)
    return population


def _by_tie(tie: str, figures: Sequence[float]) -> Floats:
    """Figures that concern one tie alone, (N, 6)."""
    columns = np.zeros((len(figures), len(TIES)))
    columns[:, TIE_INDEX[tie]] = figures
    return columns


def _close(starting: StartingLevels) -> Floats:
    """m: 1 where the state has a resident mission, military cooperation or workers by a listed tie."""
    listed = np.where(starting.unlisted, NONE, starting.levels)
    resident = listed[:, TIE_INDEX["diplomatic"]] == FULL
    known = (listed[:, [TIE_INDEX["military"], TIE_INDEX["labour"]]] > NONE).any(axis=1)
    return np.asarray((resident | known).astype(np.float64))


def _has_mission(row: StateRow) -> bool:
    return bool(row.target_embassy_in_state or row.state_embassy_in_target)


def _flows(row: StateRow, qualities: Sequence[str]) -> tuple[int, int]:
    """The target's sales to and purchases from a state in 2016, thousand USD; 0 where unknown or doubtful."""
    if row.target_trade_quality not in qualities:
        return 0, 0
    sold, bought = row.target_exports_to_state_musd or 0.0, row.target_imports_from_state_musd or 0.0
    return round(sold * 1000.0), round(bought * 1000.0)


def _patron(row: StateRow, assumptions: Assumptions) -> PatronFigures:
    sold, bought = _flows(row, assumptions.trade.qualities)
    travel = assumptions.patrons[row.iso3].travel
    return PatronFigures(iso3=row.iso3, name=row.name, exports=sold, imports=bought, travel=travel)


def _scores(column: Column, counted: Sequence[bool]) -> list[float]:
    """z-scores by the mean and standard deviation of the counted, known figures; 0 where unknown or all alike."""
    known = [figure for figure, counts in zip(column, counted, strict=True) if counts and figure is not None]
    if not known:
        return [0.0] * len(column)
    mean = math.fsum(known) / len(known)
    spread = math.sqrt(math.fsum((figure - mean) ** 2 for figure in known) / len(known))
    return [0.0 if figure is None or spread < ALIKE else (figure - mean) / spread for figure in column]


def _column(rows: Sequence[StateRow], name: str, *, logarithm: bool = False) -> list[float | None]:
    figures = [getattr(row, name) for row in rows]
    if logarithm:
        return [None if figure is None else log(1.0 + figure) for figure in figures]
    return [None if figure is None else float(figure) for figure in figures]


def _leverage(rows: Sequence[StateRow], reference: Sequence[bool], assumptions: Assumptions) -> Floats:
    """L: the mean z-score of what the principal sender can give or withhold."""
    rule = assumptions.leverage
    parts = [
        _scores(_column(rows, name, logarithm=name in rule.logarithm), reference) for name in rule.components
    ]
    return np.array([math.fsum(scores) / len(parts) for scores in zip(*parts, strict=True)])


def _affinity(rows: Sequence[StateRow], reference: Sequence[bool], assumptions: Assumptions) -> Floats:
    """V: votes and fellowship with the target, weighted z-scores."""
    weights = assumptions.affinity.weights
    parts = [
        [weight * score for score in _scores(_column(rows, name), reference)]
        for name, weight in weights.items()
    ]
    return np.array([math.fsum(part[index] for part in parts) for index in range(len(rows))])


def _dependence(rows: Sequence[StateRow], reference: Sequence[bool], starting: StartingLevels) -> Floats:
    """D: how much each state depends on each tie, z-scores among the reference states that keep the tie."""
    measures: dict[str, Callable[[StateRow], float | None]] = {
        "trade": _trade_weight,
        "finance": _trade_weight,
        "military": lambda row: float(row.military_tie),
        "labour": _worker_weight,
    }
    dependence = np.zeros((len(rows), len(TIES)))
    for tie, measure in measures.items():
        kept = (starting.levels[:, TIE_INDEX[tie]] > 0) & ~starting.unlisted[:, TIE_INDEX[tie]]
        column = [measure(row) if keeps else None for row, keeps in zip(rows, kept, strict=True)]
        dependence[:, TIE_INDEX[tie]] = _scores(
            column, [bool(a and b) for a, b in zip(kept, reference, strict=True)]
        )
    return dependence


def _trade_weight(row: StateRow) -> float | None:
    share = row.target_trade_share_of_state
    return log(share) if share else None


def _worker_weight(row: StateRow) -> float | None:
    workers, millions = row.target_workers, row.population_m
    return log(1.0 + workers / millions) if workers and millions else None


def _peer_weights(
    rows: Sequence[StateRow], reference: Sequence[bool], evidence: Evidence, assumptions: Assumptions
) -> PeerWeights:
    """w_ij: closeness of votes among states that share a region or bloc; rows sum to 1 over the reference."""
    points = _scores(_column(rows, "ideal_point"), reference)
    circles = _circles(rows, evidence, assumptions.peers.excluded_blocs)
    scale = -0.5 / assumptions.peers.width**2
    watched: list[list[tuple[int, float]]] = [[] for _ in rows]
    for i in range(len(rows)):
        near = [
            (j, exp(scale * (points[i] - points[j]) ** 2))
            for j in range(len(rows))
            if j != i and circles[i] & circles[j]
        ]
        total = math.fsum(closeness for j, closeness in near if reference[j])
        for j, closeness in near:
            if total > 0.0:
                watched[j].append((i, closeness / total))
    first = np.cumsum([0, *(len(watchers) for watchers in watched)])
    flat = [pair for watchers in watched for pair in watchers]
    return PeerWeights(
        first=first.astype(np.int64),
        watcher=np.array([i for i, _ in flat], dtype=np.int64),
        weight=np.array([weight for _, weight in flat], dtype=np.float64),
    )


def _circles(rows: Sequence[StateRow], evidence: Evidence, excluded: Sequence[str]) -> list[frozenset[str]]:
    """The region and the blocs that each state belongs to."""
    blocs: dict[str, list[str]] = {row.iso3: [f"region {row.region}"] for row in rows}
    for membership in evidence.blocs:
        if membership.bloc not in excluded and membership.iso3 in blocs:
            blocs[membership.iso3].append(membership.bloc)
    return [frozenset(blocs[row.iso3]) for row in rows]
