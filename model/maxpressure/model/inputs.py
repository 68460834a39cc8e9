"""The record's dated inputs after a scenario's edits: removed, moved, made stronger, added.

In the shipped case a request is a row of requests.csv, answered or refused; the input of pressure.csv that it is a
part of asks nobody itself.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from maxpressure.base.ties import TIES
from maxpressure.evidence.assumptions import SIZED, Assumptions, Mandate
from maxpressure.evidence.evidence import Evidence
from maxpressure.evidence.requests import REQUESTS as REQUEST_TABLE
from maxpressure.evidence.requests import RequestRow
from maxpressure.evidence.schema import PROVOCATIONS, PressureRow
from maxpressure.scenario import AddedInput, Scenario

ADDRESSED = tuple(kind for kind, table in SIZED.items() if table == "requests")
"""Kinds that count as a request to each state they name."""

REQUESTS = ("us_campaign_diplomacy", "rok_japan_measure")
"""Kinds that ask: the levers on requests work on these; a designation or a package of measures stays."""

REQUESTED_BY = {"USA": "us_campaign_diplomacy", "KOR": "rok_japan_measure"}


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedInput:
    """One input as the run will see it.

    ``strength`` is what it counts for (a test's magnitude, a request's weight), ``factor`` the scenario's
    scale, already in the strength; ``forbids`` pairs ties and trade flows with the share that is forbidden.
    ``contact`` names the input of pressure.csv that a request is a part of: edits of it are edits of the request.
    """

    date: dt.date
    kind: str
    name: str
    targets: tuple[str, ...]
    strength: float
    factor: float
    forbids: tuple[tuple[str, float], ...]
    contact: str = ""


@dataclass(frozen=True, slots=True)
class Edited:
    """All inputs of a run in the order of their dates."""

    inputs: tuple[DatedInput, ...]

    def of(self, kinds: Collection[str]) -> tuple[DatedInput, ...]:
        """The inputs of these kinds."""
        return tuple(one for one in self.inputs if one.kind in kinds)


def edited_inputs(evidence: Evidence, assumptions: Assumptions, scenario: Scenario) -> Edited:
    """The record under the scenario's edits, with the assumed strength of each input."""
    recorded = _all_recorded(evidence, assumptions)
    without = {*scenario.without}
    kept = [_moved(one, scenario) for one in recorded if without.isdisjoint((one.name, one.contact))]
    added = [_added(one, assumptions) for one in scenario.add]
    asked = [
        DatedInput(
            date=request.date,
            kind=REQUESTED_BY[request.by],
            name=f"added request {index + 1}",
            targets=request.states,
            strength=request.strength,
            factor=1.0,
            forbids=(),
        )
        for index, request in enumerate(scenario.requests.add)
    ]
    kept = [one for one in kept if not _replaced(one, scenario)]
    listed = (_listing(one, evidence, scenario) for one in [*kept, *added])
    edited = [_under_levers(one, scenario) for one in listed if one is not None]
    return Edited(tuple(sorted([*edited, *asked], key=lambda one: (one.date, one.name))))


def _all_recorded(evidence: Evidence, assumptions: Assumptions) -> Iterator[DatedInput]:
    """The inputs of pressure.csv; where requests.csv counts, its requests beside contacts that ask nobody any more."""
    requests = evidence.requests if assumptions.request_table == REQUEST_TABLE else ()
    contacts = {request.pressure_row for request in requests}
    for row in evidence.pressure:
        one = _recorded(row, assumptions)
        yield replace(one, targets=()) if one.kind in REQUESTS and one.name in contacts else one
    for request in requests:
        if request.iso3 is not None and request.strength > 0.0:
            yield _requested(request, assumptions)


def _requested(request: RequestRow, assumptions: Assumptions) -> DatedInput:
    """A request with its own strength, of the kind of its sender: the first principal asks as the United States do."""
    kind = REQUESTS[0] if request.sender in assumptions.case.principals[:1] else REQUESTS[1]
    return DatedInput(
        date=request.date,
        kind=kind,
        name=request.request_id,
        targets=(str(request.iso3),),
        strength=request.strength * _strength(kind, assumptions),
        factor=1.0,
        forbids=(),
        contact=request.pressure_row or "",
    )


def _recorded(row: PressureRow, assumptions: Assumptions) -> DatedInput:
    mandate = assumptions.mandates.get(row.name)
    return DatedInput(
        date=row.date,
        kind=row.kind,
        name=row.name,
        targets=row.targets,
        strength=0.0 if row.name in assumptions.incidents.recorded_acts else _strength(row.kind, assumptions),
        factor=1.0,
        forbids=_forbids(mandate) if mandate else (),
    )


def _strength(kind: str, assumptions: Assumptions) -> float:
    """What one input of a kind counts for; 1 for kinds that act through steps or mandates alone."""
    if kind == "incident":
        return assumptions.incidents.strength
    for sized in (assumptions.shocks, assumptions.engagement):
        if kind in sized:
            return sized[kind].magnitude
    for weighed in (assumptions.requests, assumptions.outreach):
        if kind in weighed:
            return weighed[kind].strength
    return 1.0


def _forbids(mandate: Mandate) -> tuple[tuple[str, float], ...]:
    shares = ((name, getattr(mandate, name)) for name in Mandate.model_fields if name != "reason")
    return tuple((name, share) for name, share in shares if share > 0.0)


def _moved(one: DatedInput, scenario: Scenario) -> DatedInput:
    """The scenario's shift in days and its scale."""
    names = [name for name in (one.name, one.contact) if name in scenario.scale or name in scenario.shift]
    if not names:
        return one
    factor = math.prod(scenario.scale.get(name, 1.0) for name in names)
    return replace(
        one,
        date=one.date + dt.timedelta(days=sum(scenario.shift.get(name, 0) for name in names)),
        strength=one.strength * factor,
        factor=factor,
        forbids=_scaled(one.forbids, factor),
    )


def _scaled(forbids: Iterable[tuple[str, float]], factor: float) -> tuple[tuple[str, float], ...]:
    return tuple((name, share * factor) for name, share in forbids if share * factor > 0.0)


def _replaced(one: DatedInput, scenario: Scenario) -> bool:
    """Whether the run makes its own inputs of this kind: courtship by need or none, tests at random."""
    if one.date < scenario.window.start:
        return False
    courtship = one.kind == "target_outreach" and scenario.target.courtship != "observed"
    return courtship or (one.kind in PROVOCATIONS and scenario.target.tests == "drawn")


def _added(one: AddedInput, assumptions: Assumptions) -> DatedInput:
    """An input of the scenario's own; a forbidden share of trade falls on both flows."""
    forbids: list[tuple[str, float]] = []
    for tie in TIES:
        share = one.forbids.get(tie, 0.0)
        forbids += [("exports", share), ("imports", share)] if tie == "trade" else [(tie, share)]
    usual = _strength(one.kind, assumptions)
    return DatedInput(
        date=one.date,
        kind=one.kind,
        name=one.name,
        targets=one.targets,
        strength=usual if one.magnitude is None else one.magnitude,
        factor=1.0,
        forbids=_scaled(forbids, 1.0),
    )


def _listing(one: DatedInput, evidence: Evidence, scenario: Scenario) -> DatedInput | None:
    """The terrorism listing on the day the scenario says, or not at all."""
    wanted = scenario.sst_listing
    if wanted == "record" or "sst_listing" not in _measures(one.name, evidence):
        return one
    return None if wanted == "never" else replace(one, date=wanted)


def _measures(name: str, evidence: Evidence) -> tuple[str, ...]:
    return next((row.measures for row in evidence.pressure if row.name == name), ())


def _under_levers(one: DatedInput, scenario: Scenario) -> DatedInput:
    """The levers that work on every input of a kind from the run's start on."""
    if one.date < scenario.window.start:
        return one
    requests = scenario.requests
    if one.kind in REQUESTS:
        if not requests.spare and requests.only is None and requests.scale == 1.0:
            return one
        spared = tuple(
            target
            for target in one.targets
            if target not in requests.spare and (requests.only is None or target in requests.only)
        )
        return replace(one, targets=spared, strength=one.strength * requests.scale)
    if one.kind == "un_resolution":
        return replace(one, forbids=_scaled(one.forbids, scenario.mandates.scale))
    if one.kind in ("thaw", "summit"):
        return replace(one, strength=one.strength * scenario.thaw.scale)
    return one
