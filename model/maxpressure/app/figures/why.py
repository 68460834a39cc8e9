"""When and why each state acts under a setting, over many worlds, as plain values."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from maxpressure.app.figures.basis import WORLDS, Basis
from maxpressure.app.figures.levers import Setting, refused
from maxpressure.app.figures.lots import laid_out, run
from maxpressure.app.figures.outcomes import NEVER, first_acts, weeks_of_first
from maxpressure.base.cautions import CONTAGION, MODEL_ONLY, REQUESTS
from maxpressure.base.text import day_text, joined, percent
from maxpressure.base.ties import TIES
from maxpressure.engine.chunks import Simulated
from maxpressure.engine.record import ACT
from maxpressure.explanations.attribution import GROUPS_IN_WORDS, WORTH_NAMING, chance_of
from maxpressure.model.case import Situation
from maxpressure.model.inputs import REQUESTS as ASKING
from maxpressure.model.inputs import edited_inputs
from maxpressure.model.rules import GROUPS
from maxpressure.results.quantiles import quantiles
from maxpressure.results.states import GROUP_WORDS
from maxpressure.results.statistics import SHOWN, half_width, independent

RANKS: Final = ("p05", "median", "p95")


class Acts(NamedTuple):
    """All acts of the worlds, summed up by state. N states."""

    done: NDArray[np.int64]  # (N,) acts in all worlds
    due: NDArray[np.float64]  # (N, groups): the sum of their attributions
    ties: NDArray[np.int64]  # (N, 6): in how many acts a tie fell


def why(basis: Basis, setting: Setting, iso3: str, worlds: int = WORLDS) -> dict[str, Any]:
    """When and why one state acts under a setting; a look-up in :func:`why_all`.

    Raises InputError for a code that is no third state's.
    """
    known = basis.record.population.iso3
    if iso3 not in known:
        raise refused("state", iso3, "the ISO3 code of a third state, such as MEX", known)
    return why_all(basis, setting, worlds)[iso3]


def why_all(basis: Basis, setting: Setting, worlds: int = WORLDS) -> dict[str, dict[str, Any]]:
    """When and why each third state acts under a setting: ready for JSON.

    Parameters
    ----------
    basis : Basis
        Case, draws and seed.
    setting : Setting
        A scenario with its levers.
    worlds : int, optional
        How many worlds, the same as those of `maxpressure run`.

    Returns
    -------
    dict
        By the code of each state: ``iso3``, ``name``, ``worlds``; ``acted``, the worlds in which it acts, as a
        ``share`` with its Monte Carlo error ``mcse`` and 95 % interval ``ci_low`` to ``ci_high``; ``first``, the
        Monday of the week of its first act, as ``p05``, ``median`` and ``p95`` of the worlds in which it acts, or
        null where it acts in none; ``weeks``, pairs of a week and the worlds whose first act fell in it; ``due``, the
        mean attribution of its acts (``group``, ``words``, ``share``; the shares add up to 1, engagement is 0 or
        below), the largest first; ``ties`` (``tie``, and the ``share`` of its acts that cut it); ``asked``, the days
        of the requests to it under this setting; ``sentence``; ``cautions``.

    Examples
    --------
    >>> from maxpressure.app.figures.basis import load_basis
    >>> from maxpressure.app.figures.levers import UNMOVED
    >>> answer = why_all(load_basis(), UNMOVED, worlds=40)["MEX"]
    >>> 0 < answer["share"] < 1, round(sum(one["share"] for one in answer["due"]), 6)
    (True, 1.0)
    """
    situation = laid_out(basis, setting)
    simulated = run(basis, situation, worlds, attributions=True)
    first = first_acts(simulated, situation)
    acts, weeks, asked = (
        _acts(situation, simulated),
        weeks_of_first(first, situation),
        requests_to(basis, situation),
    )
    chances = _chances(basis, first)
    population, line = situation.population, situation.timeline
    found = {}
    for index, (iso3, name) in enumerate(zip(population.iso3, population.names, strict=True)):
        came = first[first[:, index] != NEVER, index]
        days = [line.monday(line.first + int(week)) for week in quantiles(came, SHOWN)] if len(came) else []
        due = _due(acts, index)
        found[iso3] = {
            "iso3": iso3,
            "name": name,
            "worlds": worlds,
            "acted": len(came),
            **chances[index],
            "first": dict(zip(RANKS, (day.isoformat() for day in days), strict=True)) if days else None,
            "weeks": weeks.get(iso3, []),
            "due": due,
            "ties": [
                {"tie": tie, "share": float(count / acts.done[index])}
                for tie, count in zip(TIES, acts.ties[index].tolist(), strict=True)
                if count
            ],
            "asked": asked.get(iso3, []),
            "sentence": _sentence(name, len(came), worlds, days, due),
            "cautions": [f"{CONTAGION} {REQUESTS} {MODEL_ONLY}"],
        }
    return found


def _acts(situation: Situation, simulated: Simulated) -> Acts:
    """All acts of all worlds by state: how many, what they were due to, which ties fell."""
    size = len(situation.population.iso3)
    rows, shares = (
        part[: simulated.changes] for part in (simulated.output.changes, simulated.output.attributions)
    )
    acted = rows[:, 3] == ACT
    index, tie = rows[acted, 2], rows[acted, 4]
    ties = np.zeros((size, len(TIES)), dtype=np.int64)
    np.add.at(ties, (index, tie), 1)
    lead = acted & (rows[:, 7] == 1)
    due = np.zeros((size, len(GROUPS)))
    np.add.at(due, rows[lead, 2], shares[lead])
    return Acts(done=np.bincount(rows[lead, 2], minlength=size), due=due, ties=ties)


def _chances(basis: Basis, first: NDArray[np.int32]) -> list[dict[str, float | None]]:
    """Of each state the share of worlds in which it acts, with its error and interval; null for a single world."""
    draws = np.arange(len(first)) % len(basis.draws)
    found = []
    for acted in (first != NEVER).T.astype(np.float64):
        chance = chance_of(acted, draws)
        half = half_width(chance.error, independent(draws))
        ends = (max(0.0, chance.share - half), min(1.0, chance.share + half))
        known = not math.isnan(half)
        found.append(
            {
                "share": chance.share,
                "mcse": chance.error if known else None,
                "ci_low": ends[0] if known else None,
                "ci_high": ends[1] if known else None,
            }
        )
    return found


def _due(acts: Acts, index: int) -> list[dict[str, Any]]:
    """The mean attribution of a state's acts, the largest share first; empty where it never acts."""
    if not acts.done[index]:
        return []
    shares = (acts.due[index] / acts.done[index]).tolist()
    rows = [
        {"group": group, "words": GROUP_WORDS[group.replace("_", " ")], "share": share}
        for group, share in zip(GROUPS, shares, strict=True)
    ]
    return sorted(rows, key=lambda row: -row["share"])


def _sentence(name: str, acted: int, worlds: int, days: list[dt.date], due: list[dict[str, Any]]) -> str:
    """When and why in one or two sentences."""
    if not acted:
        return f"{name} acts in none of {worlds} worlds."
    first = f"its first act comes in the week of {day_text(days[1])} in the median of these"
    named = [
        f"{GROUPS_IN_WORDS[row['group']]} ({percent(row['share'])})"
        for row in due
        if row["share"] >= WORTH_NAMING
    ]
    why = f" On average its acts are due to {joined(named)}." if named else ""
    return f"{name} acts in {acted} of {worlds} worlds ({percent(acted / worlds)}); {first}.{why}"


def requests_to(basis: Basis, situation: Situation) -> dict[str, list[str]]:
    """The days of the requests to each state under a setting."""
    case, found = basis.case, dict[str, list[str]]()
    for one in edited_inputs(case.evidence, case.assumptions, situation.scenario).of(ASKING):
        for iso3 in one.targets if one.strength > 0.0 else ():
            found.setdefault(iso3, []).append(one.date.isoformat())
    return found
