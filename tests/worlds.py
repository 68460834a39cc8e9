"""Small worlds for tests: a few states, a few weeks, and only the mechanisms that a test switches on."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from maxpressure.base.numerics import weekly_decay
from maxpressure.base.rng import state_code
from maxpressure.base.ties import TIE_INDEX, TIES
from maxpressure.evidence.parameters import Parameters, TieNumbers
from maxpressure.evidence.record import Record, RecordedAct, TieCut
from maxpressure.model.case import Situation
from maxpressure.model.history import History, recorded_history
from maxpressure.model.population import PatronFigures, PeerWeights, Population
from maxpressure.model.timeline import Timeline
from maxpressure.model.world import World
from maxpressure.scenario import Scenario
from maxpressure.scenario.fields import Mechanisms

ORIGIN = dt.date(2016, 1, 4)
NOBODY_ACTED = Record(acts=(), rises=(), outside=(), sub_level=(), statements=(), elsewhere=())
OFF = -math.inf
ALL_ON = dict.fromkeys(Mechanisms.model_fields, True)
"""Every mechanism in a scenario's words: in a small world those work whose parameters a test gives."""

Path = float | Sequence[float]
Step = tuple[int, str, int, int, int]
"""Week, state, tie, level before and after."""


def per_tie(default: float = OFF, **numbers: float) -> TieNumbers:
    """A number for each tie: those named, the default for all others."""
    first, second, third, fourth, fifth, sixth = (numbers.get(tie, default) for tie in TIES)
    return first, second, third, fourth, fifth, sixth


def plain(**changes: object) -> Parameters:
    """Parameters under which nothing happens and no mechanism works, but for the changes."""
    nothing: dict[str, object] = dict.fromkeys(Parameters._fields, 0.0)
    nothing |= {"alpha": per_tie(), "psi": per_tie(0.0), "unlisted": (0.0,) * 4, "rho": OFF}
    nothing |= {"tau_shock": 8.0, "tau_peer": 8.0}
    return Parameters(**(nothing | changes))


@dataclass(frozen=True, kw_only=True)
class Row:
    """One third state; what is not said is nothing."""

    iso3: str
    levels: Sequence[int] = (3, 3, 3, 3, 3, 3)
    mission: float = 0.0
    affinity: float = 0.0
    leverage: float = 0.0
    dependence: Sequence[float] = (0.0,) * 6
    doubtful: float = 0.0
    unlisted: Sequence[str] = ()
    close: float = 0.0
    exports: int = 0
    imports: int = 0
    watches: Mapping[str, float] = field(default_factory=dict)


def on(**levels: int) -> list[int]:
    """Levels by the names of ties, 0 where none is named."""
    return [levels.get(tie, 0) for tie in TIES]


def only(tie: str, figures: Sequence[float]) -> np.ndarray:
    """Figures of one tie and zeros for the others, (N, 6)."""
    columns = np.zeros((len(figures), len(TIES)))
    columns[:, TIE_INDEX[tie]] = figures
    return columns


def population(rows: Sequence[Row], patrons: Sequence[PatronFigures] = ()) -> Population:
    """The rows as arrays, in the order given."""
    place = {row.iso3: index for index, row in enumerate(rows)}
    watched: list[list[tuple[int, float]]] = [[] for _ in rows]
    for row in rows:
        for peer, weight in row.watches.items():
            watched[place[peer]].append((place[row.iso3], weight))
    flat = [pair for watchers in watched for pair in watchers]
    return Population(
        iso3=tuple(row.iso3 for row in rows),
        names=tuple(row.iso3.title() for row in rows),
        codes=np.array([state_code(row.iso3) for row in rows], dtype=np.int64),
        mission=only("diplomatic", [row.mission for row in rows]),
        affinity=np.array([row.affinity for row in rows]),
        leverage=np.array([row.leverage for row in rows]),
        dependence=np.array([row.dependence for row in rows], dtype=np.float64).reshape(len(rows), len(TIES)),
        reference=np.ones(len(rows), dtype=np.bool_),
        doubtful=only("trade", [row.doubtful for row in rows]),
        start=np.array([row.levels for row in rows], dtype=np.int8).reshape(len(rows), len(TIES)),
        unlisted=np.array([[tie in row.unlisted for tie in TIES] for row in rows], dtype=np.int8).reshape(
            len(rows), len(TIES)
        ),
        close=np.array([row.close for row in rows], dtype=np.float64),
        exports=np.array([row.exports for row in rows], dtype=np.int64),
        imports=np.array([row.imports for row in rows], dtype=np.int64),
        peers=PeerWeights(
            first=np.cumsum([0, *(len(watchers) for watchers in watched)]).astype(np.int64),
            watcher=np.array([i for i, _ in flat], dtype=np.int64),
            weight=np.array([weight for _, weight in flat], dtype=np.float64),
        ),
        patrons=tuple(patrons),
    )


def patron(iso3: str, exports: int, imports: int, travel: int = 3) -> PatronFigures:
    """A patron with its trade of 2016 in thousand USD."""
    return PatronFigures(iso3=iso3, name=iso3.title(), exports=exports, imports=imports, travel=travel)


def timeline(
    rows: Sequence[Row],
    patrons: int = 0,
    *,
    weeks: int = 30,
    first: int = 0,
    shock: Path = 0.0,
    thaw: Path = 0.0,
    news: Path = 0.0,
    campaign: Path = 0.0,
    secondary: Path = 0.0,
    request: Mapping[str, Path] | None = None,
    incident: Mapping[str, Path] | None = None,
    outreach: Mapping[str, Path] | None = None,
    forbidden: Mapping[str, Path] | None = None,
    forbidden_trade: Path = 0.0,
    enforcement: Path = 0.0,
    offered: Path = 1.0,
    held: Path = 1.0,
) -> Timeline:
    """Weekly inputs, each a number for all weeks or a list; those to states and ties by their names.

    Shocks fall on Mondays. A forbidden share of trade falls on both flows.
    """

    def path(given: Path) -> np.ndarray:
        return np.full(weeks, given) if isinstance(given, int | float) else np.array(given, dtype=np.float64)

    def by_state(given: Mapping[str, Path] | None) -> np.ndarray:
        columns = [path((given or {}).get(row.iso3, 0.0)) for row in rows]
        return np.stack(columns, axis=1) if columns else np.zeros((weeks, 0))

    def by_patron(given: Path) -> np.ndarray:
        return np.repeat(path(given)[:, np.newaxis], patrons, axis=1)

    of_ties = np.zeros((weeks, len(TIES)))
    for tie, given in (forbidden or {}).items():
        of_ties[:, TIE_INDEX[tie]] = path(given)
    return Timeline(
        origin=ORIGIN,
        first=first,
        weeks=weeks,
        shock_now=path(shock),
        shock_whole=path(shock),
        thaw=path(thaw),
        news=path(news),
        request=by_state(request),
        incident=by_state(incident),
        outreach=by_state(outreach),
        campaign=path(campaign),
        secondary=path(secondary),
        forbidden=of_ties,
        forbidden_exports=path(forbidden_trade),
        forbidden_imports=path(forbidden_trade),
        enforcement=by_patron(enforcement),
        offered=by_patron(offered),
        held=by_patron(held),
        test_rates=((1.0, 0.05), (0.15, 0.2)),
        marks=(),
    )


def situation(
    rows: Sequence[Row],
    *,
    patrons: Sequence[PatronFigures] = (),
    scenario: Mapping[str, object] | None = None,
    record: Record = NOBODY_ACTED,
    buffer: float = 0.25,
    backfill: Sequence[float] | None = None,
    **paths: object,
) -> Situation:
    """Rows, weekly inputs as in :func:`timeline`, and the edits of a scenario, which may switch a mechanism off."""
    edits = dict(scenario or {})
    edits["mechanisms"] = ALL_ON | dict(edits.get("mechanisms", {}))
    return Situation(
        scenario=Scenario().but(**edits),
        population=population(rows, patrons),
        timeline=timeline(rows, len(patrons), **paths),
        record=record,
        trade_left=(0.0, 0.15, 0.5, 1.0),
        buffer=buffer,
        backfill=(0.0,) * len(patrons) if backfill is None else tuple(backfill),
        target="PRK",
        courtship_decay=weekly_decay(6.0),
    )


def simulated(
    given: Situation, parameters: Parameters, seed: int = 1, number: int = 0, **how: object
) -> World:
    """A world that has lived through all its weeks."""
    return World(given, parameters, seed=seed, number=number, **how).run()


def replayed(given: Situation, parameters: Parameters) -> World:
    """The record lived through again, without frailty."""
    return simulated(given, parameters, history=recorded_history(given.record), frailties={})


def forget(world: World) -> None:
    """Let a world go that was not simulated to its end."""
    world.release()


def acts(world: World) -> list[Step]:
    """Every tie that an act lowered, in the order of weeks and states."""
    return steps(world, "act")


def as_record(told: Sequence[Step]) -> Record:
    """These steps down, as if they were on record; those of one state in one week are one act."""
    cuts: dict[tuple[int, str], list[TieCut]] = {}
    for week, iso3, tie, before, after in sorted(told):
        cut = TieCut(tie=tie, level_before=before, level_after=after, event_ids=(), date=ORIGIN)
        cuts.setdefault((week, iso3), []).append(cut)
    return replace(
        NOBODY_ACTED,
        acts=tuple(
            RecordedAct(week=week, iso3=iso3, cuts=tuple(rows)) for (week, iso3), rows in cuts.items()
        ),
    )


def steps(world: World, *kinds: str) -> list[Step]:
    """Every tie that moved by the kinds given, or by any, in the order of weeks and states."""
    return sorted(
        (row.week, row.iso3, row.tie, row.level_before, row.level_after)
        for row in world.recorder.changes
        if not kinds or row.kind in kinds
    )


def first_weeks(world: World) -> dict[str, int]:
    """The week of each state's first act in the run."""
    weeks: dict[str, int] = {}
    for week, iso3, *_ in acts(world):
        weeks.setdefault(iso3, week)
    return weeks


def hazards(
    given: Situation, parameters: Parameters, history: History | None = None
) -> dict[str, np.ndarray]:
    """The hazard of each state in each week of the window as the record, or another history, is replayed."""
    told = recorded_history(given.record) if history is None else history
    world = World(given, parameters, seed=1, history=told, frailties={}, record=False)
    table = np.zeros((given.timeline.weeks, len(world.states)))
    while world.week < given.timeline.weeks:
        week = world.week
        world.step()
        table[week] = [state.hazard for state in world.states]
    forget(world)
    return dict(zip(given.population.iso3, table.T, strict=True))
