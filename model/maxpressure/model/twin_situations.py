"""The record and a scenario laid out together, from the record's origin on, as counterfactual twins need them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Final

import numpy as np

from maxpressure.base.errors import InputError, Wrong
from maxpressure.evidence.parameters import Parameters
from maxpressure.model.case import Case, Situation, as_fitted, prepare, under
from maxpressure.scenario import Scenario

LATER: Final = 26
"""Weeks that a twin runs on after the record's end."""


def twin_situations(case: Case, scenario: Scenario) -> tuple[Situation, Situation, int]:
    """The record and a scenario, both from the record's origin to LATER weeks after the fitted end, and that end.

    The record is coded as the scenario codes it, with frailty where the scenario has it, and only what is fitted has
    twins. Raises InputError for a scenario that no twin can follow.
    """
    span = case.assumptions.record
    until = ((span.fitted - span.origin).days + 1) // 7
    frailty = {"frailty": scenario.mechanisms.frailty}
    record = case.record(risk_set=scenario.risk_set, record=scenario.record, mechanisms=frailty)
    _check(scenario, record, span.fitted)
    factual, counterfactual = (_from_origin(case, one, until + LATER) for one in (record, scenario))
    return factual, counterfactual, until


def _from_origin(case: Case, scenario: Scenario, weeks: int) -> Situation:
    """The situation with levers from the scenario's own start, to be simulated from week 0."""
    before = (scenario.window.start - case.assumptions.record.origin).days // 7
    situation = as_fitted(case, prepare(case, scenario.but(window={"weeks": weeks - before})))
    return replace(situation, timeline=replace(situation.timeline, first=0))


def _check(scenario: Scenario, record: Scenario, last: dt.date) -> None:
    """Refuse what would need random numbers that the record does not determine, or that has no twin."""
    start, origin = scenario.window.start, record.window.start
    drawn, courting = scenario.target.tests == "drawn", scenario.target.courtship == "courting"
    refusals = (
        (start > last, "window.start", start, f"a Monday of the record, which ends on {last}"),
        (
            drawn,
            "target.tests",
            "drawn",
            '"observed": the random numbers behind the recorded tests are not known',
        ),
        (
            courting and start != origin,
            "target.courtship",
            "courting",
            f'"observed" or "withdrawn", or window.start = {origin}, from when on a twin would be courted',
        ),
        (
            "sigma" in scenario.parameters,
            "parameters.sigma",
            Wrong("gives states another frailty"),
            "the frailty that is inferred from the record: leave parameters.sigma out",
        ),
    )
    for wrong, key, given, allowed in refusals:
        if wrong:
            raise InputError(file=f"scenario {scenario.name}", key=key, given=given, allowed=allowed)


_FELT: Final = (
    "shock_now", "shock_whole", "thaw", "news", "request", "incident", "outreach", "campaign", "forbidden",
)  # fmt: skip


def first_difference(factual: Situation, scenario: Situation, p: Parameters) -> int:
    """The first week in which the scenario can affect a state; the number of weeks where it never can."""
    edits, lines = scenario.scenario, (factual.timeline, scenario.timeline)
    always = under(edits, p) != under(factual.scenario, p) or edits.sender.escalation > 0.0
    if always or edits.target.courtship == "courting":
        return 0
    differing = np.zeros(lines[0].weeks, dtype=bool)
    for name in _FELT:
        here, there = (getattr(line, name).reshape(line.weeks, -1) for line in lines)
        differing |= (here != there).any(axis=1)
    return int(differing.argmax()) if differing.any() else lines[0].weeks
