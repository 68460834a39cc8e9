"""The record's dated inputs, edited by a scenario, laid out week by week as arrays.

Weeks are counted from the record's origin, so that a run which starts later still remembers what came before.
An input dated day d of its week (Monday 0) enters that week with weight (7 − d)/7 and whole from the next, so
that causes come before acts. Memories that are fixed (requests, incidents, outreach, news, engagement) are decayed
here; that of provocations and its delay are parameters, so they are left as pulses.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from maxpressure.base.numerics import Floats, expm1, remember, weekly_decay
from maxpressure.base.ties import TIE_INDEX, TIES
from maxpressure.evidence.assumptions import Assumptions, Step
from maxpressure.evidence.evidence import Evidence
from maxpressure.evidence.schema import PROVOCATIONS
from maxpressure.model.inputs import ADDRESSED, DatedInput, Edited, edited_inputs
from maxpressure.scenario import Scenario
from maxpressure.scenario.fields import Course, PatronCourse


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A dated input worth showing: a test, a resolution, a summit."""

    date: dt.date
    kind: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """T weeks from the origin; the run itself covers weeks ``first`` to ``weeks`` − 1. Arrays are read-only.

    ``shock_now`` is what a week's tests count in their own week, ``shock_whole`` from the next. ``thaw`` and ``news``
    of Council resolutions (T), ``request``, ``incident`` and ``outreach`` (T, N states) are memories; ``campaign`` and
    ``secondary`` (T) levels; ``forbidden`` (T, 6 ties) and its two trade flows are cumulated shares. For each patron
    (T, P) ``enforcement`` is what it stops of what is forbidden, ``offered`` the share of its 2016 trade that it still
    offers, and ``held`` 1 while the last step of its recorded path holds. ``test_rates`` pairs the magnitude and the
    weekly frequency of each kind of test.
    """

    origin: dt.date
    first: int
    weeks: int
    shock_now: Floats
    shock_whole: Floats
    thaw: Floats
    news: Floats
    request: Floats
    incident: Floats
    outreach: Floats
    campaign: Floats
    secondary: Floats
    forbidden: Floats
    forbidden_exports: Floats
    forbidden_imports: Floats
    enforcement: Floats
    offered: Floats
    held: Floats
    test_rates: tuple[tuple[float, float], ...]
    marks: tuple[Mark, ...]

    def monday(self, week: int) -> dt.date:
        """The first day of a week."""
        return self.origin + dt.timedelta(weeks=week)


def lay_out(
    evidence: Evidence,
    assumptions: Assumptions,
    scenario: Scenario,
    iso3: Sequence[str],
    trade_weights: tuple[int, int],
) -> Timeline:
    """The weekly inputs of a scenario for the states ``iso3``.

    ``trade_weights`` are the target's 2016 exports and imports: the forbidden share of trade is their mean, in which
    both count alike where no figure carries money.
    """
    origin = assumptions.record.origin
    first = (scenario.window.start - origin).days // 7
    weeks = first + scenario.window.weeks
    edited = edited_inputs(evidence, assumptions, scenario)
    calendar = _Calendar(origin, weeks, {code: index for index, code in enumerate(iso3)})
    now, whole = calendar.pulses(edited.of(PROVOCATIONS))
    timeline = Timeline(
        origin=origin,
        first=first,
        weeks=weeks,
        shock_now=now,
        shock_whole=whole,
        thaw=_thaw(calendar, assumptions, edited),
        news=calendar.memory(edited.of(("un_resolution",)), assumptions.memory_weeks.news.weeks),
        request=calendar.addressed(_requests(edited, scenario), assumptions.memory_weeks.request.weeks),
        incident=calendar.addressed(edited.of(("incident",)), assumptions.memory_weeks.incident.weeks),
        outreach=calendar.addressed(edited.of(assumptions.outreach), assumptions.memory_weeks.outreach.weeks),
        campaign=_campaign(calendar, assumptions, scenario, edited),
        secondary=_secondary(calendar, assumptions, scenario, edited),
        **_forbidden(calendar, edited, trade_weights),
        **_patron_paths(calendar, assumptions, scenario),
        test_rates=_test_rates(evidence, assumptions),
        marks=tuple(Mark(date=one.date, kind=one.kind, name=one.name) for one in edited.inputs),
    )
    for name in Timeline.__dataclass_fields__:
        value = getattr(timeline, name)
        if isinstance(value, np.ndarray):
            value.setflags(write=False)
    return timeline


@dataclass(frozen=True, slots=True)
class _Calendar:
    """Turns dated inputs into weekly arrays."""

    origin: dt.date
    weeks: int
    indices: dict[str, int]

    def week(self, date: dt.date) -> tuple[int, float]:
        """The week a date lies in, and the share of it that is left from that day on."""
        days = (date - self.origin).days
        return days // 7, (7 - days % 7) / 7.0

    def pulses(self, inputs: Sequence[DatedInput]) -> tuple[Floats, Floats]:
        """What inputs to all states count in their own week, and from the next; each (T,)."""
        now, whole = np.zeros(self.weeks), np.zeros(self.weeks)
        for one in inputs:
            week, share = self.week(one.date)
            if 0 <= week < self.weeks:
                now[week] += one.strength * share
                whole[week] += one.strength
        return now, whole

    def memory(self, inputs: Sequence[DatedInput], fading: float) -> Floats:
        """The decaying memory of inputs to all states, (T,)."""
        return remembered(*self.pulses(inputs), fading)

    def addressed(self, inputs: Sequence[DatedInput], fading: float) -> Floats:
        """The decaying memory of inputs addressed to named states, (T, N)."""
        now, whole = np.zeros((2, self.weeks, len(self.indices)))
        for one in inputs:
            week, share = self.week(one.date)
            if 0 <= week < self.weeks:
                asked = [self.indices[iso3] for iso3 in one.targets if iso3 in self.indices]
                now[week, asked] += one.strength * share
                whole[week, asked] += one.strength
        return remembered(now, whole, fading)

    def steps(self, steps: Sequence[tuple[dt.date, float]]) -> Floats:
        """A level to which each step adds from its day on, (T,)."""
        level = np.zeros(self.weeks)
        for date, adds in steps:
            week, share = self.week(date)
            if week < 0:
                level += adds
            elif week < self.weeks:
                level[week] += adds * share
                level[week + 1 :] += adds
        return level

    def path(self, start: float, levels: Sequence[tuple[dt.date, float]]) -> Floats:
        """A level that is ``start`` at first and then holds from each day on until the next, (T,)."""
        in_order = sorted(levels, key=lambda pair: pair[0])
        before = [start, *(level for _, level in in_order)]
        changes = [(date, level - was) for (date, level), was in zip(in_order, before, strict=False)]
        return start + self.steps(changes)


def remembered(now: Floats, whole: Floats, fading: float) -> Floats:
    """The memory of pulses along the first axis, for each of whatever else there is.

    ``now`` is what pulses count in their own week, ``whole`` from the next.
    """
    decay = weekly_decay(fading)
    memory, kept = np.zeros_like(now), np.zeros_like(now[0])
    for week in range(len(now)):
        memory[week] = remember(kept, decay, now[week])
        kept = remember(kept, decay, whole[week])
    return memory


def _thaw(calendar: _Calendar, assumptions: Assumptions, edited: Edited) -> Floats:
    """H: engagement as 1 − exp(−memory), from 0 to 1: each further step adds less."""
    steps = edited.of(assumptions.engagement)
    memory = calendar.memory(steps, assumptions.memory_weeks.engagement.weeks)
    return np.array([-expm1(-kept) for kept in memory.tolist()])


def _requests(edited: Edited, scenario: Scenario) -> list[DatedInput]:
    """The inputs that name states, felt as many weeks late as the scenario says."""
    late = dt.timedelta(weeks=scenario.requests.lag_weeks)
    return [replace(one, date=one.date + late) if late else one for one in edited.of(ADDRESSED)]


def _added(steps: Sequence[Step], edited: Edited) -> list[tuple[dt.date, float]]:
    """The steps whose input is still on the timeline, at its edited date and strength."""
    present = {one.name: one for one in edited.inputs}
    return [
        (present[step.name].date, step.adds * present[step.name].factor)
        for step in steps
        if step.name in present
    ]


def _campaign(calendar: _Calendar, assumptions: Assumptions, scenario: Scenario, edited: Edited) -> Floats:
    """C: the campaign's general intensity, scaled by the scenario from a day on, never below zero."""
    recorded = calendar.steps(_added(assumptions.campaign, edited))
    since = scenario.campaign.since or scenario.window.start
    factor = 1.0 + calendar.steps([(since, scenario.campaign.scale - 1.0)])
    intensity: Floats = np.maximum(recorded * factor, 0.0)
    return intensity


def _secondary(calendar: _Calendar, assumptions: Assumptions, scenario: Scenario, edited: Edited) -> Floats:
    """How credible it is that dealing with the target costs access to the sender's market, 0 to 1."""
    recorded = calendar.steps(_added(assumptions.secondary_sanctions, edited))
    level = _replaced(calendar, recorded, scenario.secondary_sanctions, scenario.window.start)
    bounded: Floats = np.clip(level, 0.0, 1.0)
    return bounded


def _replaced(calendar: _Calendar, recorded: Floats, given: Course, start: dt.date) -> Floats:
    """The recorded path, or one number from the run's start on, or dated levels each from its day on."""
    if isinstance(given, str):
        return recorded
    levels = (
        [(start, float(given))]
        if isinstance(given, int | float)
        else [(one.since, one.level) for one in given]
    )
    first, _ = calendar.week(min(date for date, _ in levels))
    if first >= calendar.weeks:
        return recorded
    path = calendar.path(float(recorded[max(first, 0)]), levels)
    before = np.arange(calendar.weeks) < max(first, 0)
    return np.where(before, recorded, path)


def _forbidden(calendar: _Calendar, edited: Edited, trade_weights: tuple[int, int]) -> dict[str, Floats]:
    """F: the cumulated share of each tie that the Council has forbidden, at most 1; trade by its flows."""
    shares: dict[str, list[tuple[dt.date, float]]] = {}
    for one in edited.inputs:
        for tie, share in one.forbids:
            shares.setdefault(tie, []).append((one.date, share))
    total = {tie: np.clip(calendar.steps(steps), 0.0, 1.0) for tie, steps in shares.items()}
    none = np.zeros(calendar.weeks)
    exports, imports = total.get("exports", none), total.get("imports", none)
    forbidden = np.zeros((calendar.weeks, len(TIES)))
    for tie, index in TIE_INDEX.items():
        forbidden[:, index] = total.get(tie, none)
    sold, bought = trade_weights if any(trade_weights) else (1, 1)
    forbidden[:, TIE_INDEX["trade"]] = (sold * exports + bought * imports) / (sold + bought)
    return {"forbidden": forbidden, "forbidden_exports": exports, "forbidden_imports": imports}


def patron_courses(assumptions: Assumptions, scenario: Scenario) -> list[PatronCourse]:
    """The scenario's course for each patron of the case."""
    courses = scenario.patron_courses()
    return [courses.get(iso3, PatronCourse()) for iso3 in assumptions.case.patrons]


def _patron_paths(calendar: _Calendar, assumptions: Assumptions, scenario: Scenario) -> dict[str, Floats]:
    """What each patron stops of what is forbidden, its 2016 trade on offer, where its last step holds, (T, patrons)."""
    enforced, offered, held = [], [], []
    for iso3, course in zip(assumptions.case.patrons, patron_courses(assumptions, scenario), strict=True):
        steps = [(one.since, one.level) for one in assumptions.patrons[iso3].enforcement]
        recorded = calendar.path(min(steps)[1], steps)
        enforced.append(_replaced(calendar, recorded, course.enforcement, scenario.window.start))
        last, _ = calendar.week(max(steps)[0])
        held.append(((np.arange(calendar.weeks) >= last) & (enforced[-1] == recorded)).astype(np.float64))
        offered.append(_replaced(calendar, np.ones(calendar.weeks), course.trade, scenario.window.start))
    return {
        "enforcement": np.stack(enforced, axis=1),
        "offered": np.stack(offered, axis=1),
        "held": np.stack(held, axis=1),
    }


def _test_rates(evidence: Evidence, assumptions: Assumptions) -> tuple[tuple[float, float], ...]:
    """Magnitude and weekly frequency of each kind of test in the weeks that are fitted."""
    span = assumptions.record
    weeks = ((span.fitted - span.origin).days + 1) / 7.0
    rates = []
    for kind in PROVOCATIONS:
        seen = [
            row for row in evidence.pressure if row.kind == kind and span.origin <= row.date <= span.fitted
        ]
        magnitude = assumptions.shocks[kind].magnitude if kind in assumptions.shocks else 0.0
        rates.append((magnitude, len(seen) / weeks))
    return tuple(rates)
