"""What a world is told: its states, its weekly inputs, the record so far and the scenario's choices.

What twins are told: the record and a scenario, laid out from the record's origin to half a year past its end.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from maxpressure.base.errors import InputError
from maxpressure.base.numerics import weekly_decay
from maxpressure.base.paths import folder
from maxpressure.evidence.assumptions import Assumptions, check_against, load_assumptions
from maxpressure.evidence.evidence import Evidence, load_evidence
from maxpressure.evidence.parameters import Parameters, override, parameter_names
from maxpressure.evidence.record import Record, code_record, starting_levels
from maxpressure.model.population import Population, populate
from maxpressure.model.timeline import Timeline, lay_out, patron_courses
from maxpressure.scenario import (
    RECORD,
    Scenario,
    Vocabulary,
    read_scenario,
    scenarios_in,
    shipped_scenarios,
    vocabulary,
)

RECORDED = "max-pressure-2017"
"""The shipped scenario that edits nothing; in any case the same is called ``as-recorded``."""

QUESTION = "Given the inputs as they came, which ties does the rule see broken off, and when?"


@dataclass(frozen=True, slots=True)
class Case:
    """The tables and the assumptions about one isolated target."""

    evidence: Evidence
    assumptions: Assumptions

    @property
    def place(self) -> Path:
        """The folder of the case."""
        return self.evidence.folder.parent.resolve()

    @property
    def ships(self) -> bool:
        """Whether it is the case that comes with the model."""
        return self.place == folder("calibration").resolve()

    @property
    def scenarios(self) -> dict[str, Path]:
        """The scenarios that go by their names alone: those that ship, or those in the case's own folder."""
        return shipped_scenarios() if self.ships else scenarios_in(self.place / "scenarios")

    @property
    def base_year(self) -> int:
        """The year to which trade is set in proportion: that of most trade figures, the earlier of two as frequent."""
        years = Counter(row.trade_year for row in self.evidence.states if row.trade_year is not None)
        return min(years, key=lambda year: (-years[year], year), default=self.assumptions.record.origin.year)

    @property
    def default(self) -> str | Scenario:
        """What is run where nothing is asked for: the shipped scenario that edits nothing, or the record."""
        return RECORDED if self.ships else self.record()

    def vocabulary(self) -> Vocabulary:
        """The names that a scenario of this case may use."""
        assumed = self.assumptions
        return vocabulary(self.evidence, assumed.case, assumed.record, parameter_names(), self.scenarios)

    def scenario(self, source: str | Path) -> Scenario:
        """A scenario of the case by its name, or any file by its path; ``as-recorded`` is the record itself."""
        if source == RECORD and source not in self.scenarios:
            return self.record()
        return read_scenario(source, self.vocabulary())

    def record(self, **edits: object) -> Scenario:
        """The record of the case over all the weeks that its acts cover, with edits if any are given."""
        known = self.vocabulary()
        window = {"start": known.first, "weeks": known.weeks}
        return Scenario(name=RECORD, title="The record", question=QUESTION).but(**{"window": window, **edits})


def load_case(place: str | Path | None = None) -> Case:
    """Read the tables and assumptions of a case folder; without one, those of North Korea 2016–2017.

    Raises InputError where the folder lacks a table, or a row of one breaks a rule.
    """
    place = folder("calibration") if place is None else Path(place)
    path = place / "assumptions.toml"
    assumptions = load_assumptions(path)
    evidence = load_evidence(place / "evidence", assumptions.record)
    check_against(path, assumptions, evidence)
    return Case(evidence, assumptions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Everything a world needs but its luck and its parameters. Frozen; worlds share it."""

    scenario: Scenario
    population: Population
    timeline: Timeline
    record: Record
    trade_left: tuple[float, float, float, float]
    buffer: float
    backfill: tuple[float, ...]
    target: str
    courtship_decay: float


def prepare(case: Case, scenario: Scenario, *, like: Situation | None = None) -> Situation:
    """Lay out one scenario of a case: levels and acts coded, inputs edited, states arrayed.

    Where many scenarios are laid out, the situation of one that is ``like`` this one lends its states and its
    record, which no scenario changes but by its risk set. Its case must have the same tables, and the same
    assumptions but for those that shape dated inputs.
    """
    assumptions = case.assumptions
    if like is not None and like.scenario.risk_set == scenario.risk_set:
        population, record = like.population, like.record
    else:
        starting = starting_levels(case.evidence, assumptions, override=scenario.risk_set == "override")
        population = populate(case.evidence, assumptions, starting)
        record = code_record(case.evidence, starting, assumptions.record.origin, assumptions.record.weeks)
    listed = population.reference  # so that a state added later changes no forbidden share
    sold = int(population.exports[listed].sum()) + sum(patron.exports for patron in population.patrons)
    bought = int(population.imports[listed].sum()) + sum(patron.imports for patron in population.patrons)
    courses = patron_courses(assumptions, scenario)
    return Situation(
        scenario=scenario,
        population=population,
        timeline=lay_out(case.evidence, assumptions, scenario, population.iso3, (sold, bought)),
        record=record,
        trade_left=assumptions.trade.left,
        buffer=_or(scenario.target.buffer, assumptions.target.buffer),
        backfill=tuple(
            _or(course.backfill, assumptions.patrons[iso3].backfill)
            for iso3, course in zip(assumptions.case.patrons, courses, strict=True)
        ),
        target=assumptions.case.target,
        courtship_decay=weekly_decay(assumptions.memory_weeks.outreach.weeks),
    )


def _or(given: str | float, assumed: float) -> float:
    return assumed if isinstance(given, str) else given


_SWITCHED_OFF: dict[str, tuple[tuple[str, float], ...]] = {
    "contagion": (("beta_peer", 0.0),),
    "own_momentum": (("beta_own", 0.0),),
    "shocks": (("beta_shock", 0.0), ("rho_shock", 0.0)),
    "mandates": (("beta_mandate", 0.0),),
    "requests": (("beta_request", 0.0),),
    "campaign": (("beta_campaign", 0.0),),
    "incidents": (("beta_incident", 0.0),),
    "mission": (("beta_mission", 0.0),),
    "dependence": (("beta_dependence", 0.0),),
    "affinity": (("beta_affinity", 0.0),),
    "frailty": (("sigma", 0.0),),
    "thaw": (("beta_thaw", 0.0), ("rho_thaw", 0.0)),
    "courtship": (("beta_courtship", 0.0), ("rho_courtship", 0.0)),
    "restoration": (("rho", float("-inf")),),
    "attrition": (("attrition", 0.0),),
    "packages": (("chi", 0.0),),
    "depth": tuple((name, 0.0) for name in parameter_names() if name.startswith("psi.")),
}
"""Switching a mechanism off is setting its parameters to the value at which it does nothing."""


def under(scenario: Scenario, parameters: Parameters) -> Parameters:
    """The parameters as a scenario has them: its overrides, then its mechanisms switched off."""
    for name, given in scenario.parameters.items():
        parameters = override(parameters, name, given.value)
    switches = scenario.mechanisms.model_dump()
    for mechanism, changes in _SWITCHED_OFF.items():
        if not switches[mechanism]:
            for name, value in changes:
                parameters = override(parameters, name, value)
    return parameters


LATER: Final = 26
"""Weeks that a twin lives on after the record's end."""


def twin_situations(case: Case, scenario: Scenario) -> tuple[Situation, Situation, int]:
    """The record and a scenario, both from the record's origin to LATER weeks after its end, and that end.

    The record is coded as the scenario codes it. Raises InputError for what a twin cannot live through.
    """
    span = case.assumptions.record
    until = ((span.acts_until - span.origin).days + 1) // 7
    _check(scenario, span.origin, span.acts_until)
    record = case.record(risk_set=scenario.risk_set)
    factual, counterfactual = (_from_origin(case, one, until + LATER) for one in (record, scenario))
    return factual, counterfactual, until


def _from_origin(case: Case, scenario: Scenario, weeks: int) -> Situation:
    """The situation with levers from the scenario's own start, to be lived through from week 0."""
    before = (scenario.window.start - case.assumptions.record.origin).days // 7
    situation = prepare(case, scenario.but(window={"weeks": weeks - before}))
    return replace(situation, timeline=replace(situation.timeline, first=0))


def _check(scenario: Scenario, origin: dt.date, last: dt.date) -> None:
    """Refuse what would need luck that the record does not tell, or that has no twin."""
    start = scenario.window.start
    drawn, courting = scenario.target.tests == "drawn", scenario.target.courtship == "courting"
    refusals = (
        (start > last, "window.start", start, f"a Monday of the record, which ends on {last}"),
        (drawn, "target.tests", "drawn", '"observed": the luck that brought the recorded tests is not known'),
        (
            courting and start != origin,
            "target.courtship",
            "courting",
            f'"observed" or "withdrawn", or window.start = {origin}, from when on a twin would be courted',
        ),
        (
            not scenario.mechanisms.frailty or "sigma" in scenario.parameters,
            "sigma",
            "another frailty",
            "the frailty that is inferred from the record: leave mechanisms.frailty and parameters.sigma out",
        ),
    )
    for wrong, key, given, allowed in refusals:
        if wrong:
            raise InputError(file=f"scenario {scenario.name}", key=key, given=given, allowed=allowed)


_FELT: Final = (
    "shock_now", "shock_whole", "thaw", "request", "incident", "outreach", "campaign", "forbidden",
)  # fmt: skip


def first_difference(factual: Situation, scenario: Situation, p: Parameters) -> int:
    """The first week in which the scenario can tell on a state; the number of weeks where it never can."""
    edits, lines = scenario.scenario, (factual.timeline, scenario.timeline)
    always = under(edits, p) != under(factual.scenario, p) or edits.sender.escalation > 0.0
    if always or edits.target.courtship == "courting":
        return 0
    differing = np.zeros(lines[0].weeks, dtype=bool)
    for name in _FELT:
        here, there = (getattr(line, name).reshape(line.weeks, -1) for line in lines)
        differing |= (here != there).any(axis=1)
    return int(differing.argmax()) if differing.any() else lines[0].weeks
