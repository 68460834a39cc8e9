"""A folder of tables checked as a case: everything read, the record lived through once, and said in lines."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

from maxpressure.base.errors import InputError
from maxpressure.evidence.posterior import choose
from maxpressure.model.case import Case, Situation, load_case, prepare
from maxpressure.model.history import recorded_history
from maxpressure.model.world import World
from maxpressure.scenario import RECORD


def checked(place: Path) -> list[str]:
    """What is in the folder of a case; raises InputError naming the first thing that is wrong, and where."""
    if not place.is_dir():
        given = "a file" if place.exists() else "nothing there"
        raise InputError(file=place, key="case", given=given, allowed="the folder of a case")
    case = load_case(place)
    situation = prepare(case, case.record())
    return [*_told(case, situation), *_parameters(case, situation), *_scenarios(case)]


def _told(case: Case, situation: Situation) -> Iterator[str]:
    named, span, record = case.assumptions.case, case.assumptions.record, situation.record
    population = situation.population
    standing = int((population.start > 0).sum())
    cuts = sum(len(act.cuts) for act in record.acts)
    yield f"{named.name}: {named.target}, shielded by {', '.join(named.patrons) or 'nobody'}."
    yield f"States: {len(population.iso3)} third states with {standing} ties; {', '.join(named.principals)} campaign."
    yield f"Record: {len(record.acts)} acts ({cuts} ties lowered) from {span.origin} to {span.acts_until}."
    yield (
        f"        {len(record.outside)} drops of ties that stood on no level, {len(record.sub_level)} steps below a "
        f"level, {len(record.statements)} statements."
    )
    yield f"Inputs: {len(case.evidence.pressure)} dated, to {span.inputs_until}."


def _parameters(case: Case, situation: Situation) -> Iterator[str]:
    """What a run would use; raises InputError where the record is impossible under it."""
    chosen = choose(place=case.place)
    yield f"Parameters, {chosen.parameters.standing}"
    one, history = chosen.parameters.values, recorded_history(situation.record)
    found = World(situation, one, seed=0, history=history, record=False).run().log_probability
    if not math.isfinite(found):
        allowed = "acts that the rule can have brought about with these parameters"
        raise InputError(file=case.place, key="record", given="an impossible record", allowed=allowed)
    yield f"        log probability of the record under their middle, with frailties at their mean: {found:.1f}"


def _scenarios(case: Case) -> Iterator[str]:
    names = [case.scenario(name).name for name in case.shelf]
    yield f"Scenarios: {', '.join([RECORD, *names])}."
