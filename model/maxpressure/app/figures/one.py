"""One world as plain values: every change with its causes, what came in each week, and the acts counted up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from maxpressure.app.figures.basis import Basis
from maxpressure.app.figures.dated import line_of, names
from maxpressure.app.figures.levers import base_named, refused
from maxpressure.app.figures.lots import ACTS_TOTAL
from maxpressure.app.figures.shelf import scenario_of
from maxpressure.base.cautions import CONTAGION, MODEL_ONLY, NO_FORECAST, REQUESTS
from maxpressure.base.ties import TIES
from maxpressure.engine.chunks import Simulated
from maxpressure.engine.engines import Ensemble
from maxpressure.engine.record import ACT
from maxpressure.explanations.attribution import BASELINE, in_words
from maxpressure.model.case import Case, Situation, prepare
from maxpressure.model.inputs import edited_inputs
from maxpressure.model.rows import CHANGES
from maxpressure.results.recorded import recorded_world
from maxpressure.results.weekly import cautions, recorded

MOST_WORLDS: Final = 10_000

TARGET: Final = "The target of the campaign."
PATRON: Final = "A patron: it follows the scenario’s path and not the rule."
PRINCIPAL: Final = "One of the principals of the campaign: it presses and is not pressed."


def one(basis: Basis, scenario: str, world: int | str = 0) -> dict[str, Any]:
    """A whole world at once, so that its weeks can be looked at without asking again: ready for JSON.

    Parameters
    ----------
    basis : Basis
        Case, draws and seed.
    scenario : str
        The name of a scenario of the case.
    world : int or str, optional
        The number of the world, as in a run; from 0.

    Returns
    -------
    dict
        ``scenario``, ``title``, ``world``, ``draw``, ``seed``; ``days``, the T + 1 days on which the weeks begin and
        end; ``states`` (``iso3``, ``name``, ``start``: the level of each tie as the window begins, ``unlisted``: 1
        for a tie that no table lists); ``changes`` in the order of weeks (``week``, from the window's first;
        ``iso3``; ``kind``: act, restoration or attrition; ``tie``; ``before`` and ``after``; ``lead``, whether the
        act began with this tie; ``due``, of an act what its hazard was due to in words, else null); ``patrons``, the
        same of travel routes of patrons that thin; ``inputs`` (``week``, ``date``, ``line``, ``names``: the states
        that it addresses); ``acts`` and ``record``, counted up before each day, the record as far as it goes;
        ``others``, what those are that do not decide; ``cautions``. Week w runs from ``days[w]`` to ``days[w + 1]``.

    Raises
    ------
    InputError
        Where there is no such scenario or the number is none from 0 to 9,999.

    Examples
    --------
    >>> from maxpressure.app.figures.basis import load_basis
    >>> answer = one(load_basis(), "max-pressure-2017", 7)
    >>> answer["acts"][-1] == len({(row["week"], row["iso3"]) for row in answer["changes"] if row["kind"] == "act"})
    True
    """
    number = world_number(world)
    situation = situation_of(basis, scenario)
    simulated = Ensemble(situation, [draw_of(basis, number)]).simulate(number, 1, seed=basis.seed)
    line, case = situation.timeline, basis.case
    acts = simulated.output.week_ints[0, :, ACTS_TOTAL].tolist()
    changes = list(_changes(situation, simulated))
    return {
        "scenario": situation.scenario.name,
        "title": situation.scenario.title,
        "world": number,
        "draw": number % len(basis.draws),
        "seed": basis.seed,
        "days": [line.monday(week).isoformat() for week in range(line.first, line.weeks + 1)],
        "states": starting_states(situation),
        "changes": [row for row in changes if row["iso3"] in situation.population.iso3],
        "patrons": [row for row in changes if row["iso3"] not in situation.population.iso3],
        "inputs": list(dated_inputs(case, situation)),
        "acts": [0, *acts],
        "record": list(recorded([situation], case.assumptions.record.acts_until).counts),
        "others": others(case),
        "cautions": [
            *cautions({situation.scenario.name: situation}),
            f"{NO_FORECAST} {MODEL_ONLY} {CONTAGION} {REQUESTS}",
            BASELINE,
        ],
    }


def world_number(given: int | str) -> int:
    """The number of a world as it was given; raises InputError for anything but a whole number from 0 on."""
    digits = str(given).strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) < 6 and int(digits) < MOST_WORLDS):
        raise refused("world", digits[:20], f"a whole number from 0 to {MOST_WORLDS - 1}")
    return int(digits)


def situation_of(basis: Basis, scenario: str) -> Situation:
    """The situation of a scenario of the case, by its name and never by a path."""
    return prepare(basis.case, scenario_of(basis.case, base_named(basis.case, scenario)), like=basis.record)


def draw_of(basis: Basis, number: int) -> Any:
    """The posterior draw of a world."""
    return basis.draws[number % len(basis.draws)]


def starting_states(situation: Situation) -> list[dict[str, Any]]:
    """The third states with the levels of their ties as the window begins."""
    population, began = situation.population, recorded_world(situation).began
    rows = zip(population.iso3, population.names, began, population.unlisted, strict=True)
    return [
        {"iso3": iso3, "name": name, "start": levels.tolist(), "unlisted": np.asarray(unlisted, int).tolist()}
        for iso3, name, levels, unlisted in rows
    ]


def _changes(situation: Situation, simulated: Simulated) -> Iterator[dict[str, Any]]:
    output, population = simulated.output, situation.population
    codes = [*population.iso3, *(patron.iso3 for patron in population.patrons)]
    rows = output.changes[: simulated.changes].tolist()
    shares = output.attributions[: simulated.changes].tolist()
    for (_, week, index, kind, tie, before, after, lead), attribution in zip(rows, shares, strict=True):
        yield {
            "week": week - situation.timeline.first,
            "iso3": codes[index],
            "kind": CHANGES[kind],
            "tie": TIES[tie],
            "before": before,
            "after": after,
            "lead": lead == 1,
            "due": due_to(attribution) if kind == ACT else None,
        }


def dated_inputs(case: Case, situation: Situation) -> Iterator[dict[str, Any]]:
    """The dated inputs of the window, by date."""
    line = situation.timeline
    start, end = line.monday(line.first), line.monday(line.weeks)
    for dated in edited_inputs(case.evidence, case.assumptions, situation.scenario).inputs:
        if start <= dated.date < end:
            yield {
                "week": (dated.date - start).days // 7,
                "date": dated.date.isoformat(),
                "line": line_of(case, dated),
                "names": list(dated.targets),
            }


def due_to(attribution: list[float]) -> str:
    """What a hazard was due to, as it follows the word due."""
    words = in_words(attribution)
    return f"mostly to {words.removeprefix('mostly ')}" if words.startswith("mostly ") else f"to {words}"


def others(case: Case) -> dict[str, str]:
    """What those are that are no third states, in words, by their codes."""
    part = case.assumptions.case
    known = names(case)
    roles = (((part.target,), TARGET), (part.patrons, PATRON), (part.principals, PRINCIPAL))
    return {iso3: f"{known.get(iso3, iso3)}. {words}" for codes, words in roles for iso3 in codes}
