"""The referee of the negotiation game: what followed from a round, beside what each role had stated that it wants.

A round is compared with the round before, world by world. No outcome is weighed against another, and nobody wins.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np

from maxpressure.app.figures.game import OWN, STATED, STATES, Aim, Role, Table, roles
from maxpressure.app.figures.lots import Lot
from maxpressure.app.figures.outcomes import NEVER, OUTCOMES
from maxpressure.app.figures.pairs import NUMBERS, pair, paired
from maxpressure.base.numerics import Floats
from maxpressure.base.text import percent, signed
from maxpressure.model.case import Case
from maxpressure.results.compare import row_of
from maxpressure.results.statistics import shown_as

Outcomes = Mapping[str, Mapping[str, Any]]

SLIGHT: Final = 0.005
"""Half a percentage point of a share: a difference within it is negligible."""

NOBODY_WINS: Final = (
    "The referee compares a round with the round before. No outcome is success by itself, and a role’s aim is a part "
    "of the game: it says nothing on what a government wanted."
)


def referee(case: Case, table: Table, number: int, before: Lot, after: Lot) -> dict[str, Any]:
    """What followed from a round: ready for JSON.

    Parameters
    ----------
    case : Case
        The case.
    table : Table
        What was bid and stated.
    number : int
        The round, from 1.
    before, after : Lot
        The worlds of the round before (of the opening, for the first) and of this round.

    Returns
    -------
    dict
        ``round``, ``against`` (in words), ``worlds`` (pairs), ``link`` (that opens the round before as A and this
        round as B), ``words`` (the courses that are set), ``requests`` (``iso3``, ``name``, ``dates``),
        ``turned_away`` (names); ``outcomes`` by key: ``label``, ``unit``, ``decimals``, ``before`` and ``after``
        (the 5, 50 and 95 % quantiles at the end), and the paired difference as in
        :func:`maxpressure.app.figures.pairs.pair`; ``states``, for each third state at the table the share of worlds in
        which it has acted by the end, ``before`` and ``after``, with the difference; ``roles`` (``key``, ``title``,
        ``aim`` in words or null, ``sentence``); ``cautions``.
    """
    found = pair(before, after)
    against = f"round {number - 1}" if number > 1 else "the opening"
    agreed = table.agreed(case, number)
    names = {row.iso3: row.name for row in case.evidence.states}
    patron = names[case.assumptions.case.patrons[0]]
    outcomes = {
        key: found["outcomes"][key]
        | {
            "label": OUTCOMES[key].label.format(patron=patron),
            "unit": OUTCOMES[key].unit,
            "decimals": OUTCOMES[key].decimals,
            "before": _ends(before, key),
            "after": _ends(after, key),
        }
        for key in STATED
    }
    states = {iso3: _own(iso3, before, after) for iso3 in STATES}
    return {
        "round": number,
        "against": against,
        "worlds": found["worlds"],
        "link": found["link"],
        "words": replace(agreed.setting, asked=None, ask=()).words(),
        "requests": [
            {"iso3": iso3, "name": names[iso3], "dates": [day.isoformat() for day in days]}
            for iso3, days in agreed.requests.items()
        ],
        "turned_away": [names[iso3] for iso3 in agreed.turned_away],
        "outcomes": outcomes,
        "states": states,
        "roles": [
            {
                "key": role.key,
                "title": role.title,
                "aim": None if (aim := table.aims.get(role.key)) is None else _stated(aim, outcomes),
                "sentence": "" if aim is None else _sentence(role, aim, outcomes, states, against),
            }
            for role in roles(case)
        ],
        "cautions": [NOBODY_WINS, *found["cautions"]],
    }


def _ends(lot: Lot, key: str) -> list[float]:
    """The 5, 50 and 95 % quantiles of an outcome at the end."""
    p05, _, p50, _, p95 = np.round(lot.levels[key][:, -1], OUTCOMES[key].digits).tolist()
    return [p05, p50, p95]


def _own(iso3: str, before: Lot, after: Lot) -> dict[str, Any]:
    """In which share of worlds a state has acted by the end, before and after, and the paired difference."""
    matched = paired(before, after)
    ours, theirs = (_acted(lot, iso3)[matched.rows] for lot in (after, before))
    row = row_of("has_acted", ours, theirs, matched, apart=False)
    return {
        "before": float(theirs.mean()),
        "after": float(ours.mean()),
        **{name: None if np.isnan(row[name]) else float(row[name]) for name in NUMBERS},
    }


def _acted(lot: Lot, iso3: str) -> Floats:
    """1 for each world in which a state has acted by the end, else 0."""
    acted: Floats = (lot.first[:, lot.situation.population.iso3.index(iso3)] != NEVER).astype(np.float64)
    return acted


def _stated(aim: Aim, outcomes: Outcomes) -> str:
    """An aim in words."""
    if aim.outcome == OWN:
        return f"to act in {aim.direction} worlds"
    return f"{'more' if aim.direction == 'more' else 'less'}: {outcomes[aim.outcome]['label']}"


def _sentence(role: Role, aim: Aim, outcomes: Outcomes, states: Outcomes, against: str) -> str:
    """What became of a stated aim: the difference with its interval, and on which side of zero it lies."""
    if aim.outcome == OWN:
        found, least = states[role.key], None
        shares = f"{percent(found['after'])} of the worlds, and in {percent(found['before'])} of those of {against}"
        what = f"{role.title} acts in {shares}"
        low, mean, high = (signed(100 * found[name], 1) for name in ("ci_low", "mean", "ci_high"))
        size = f"mean {mean} points, 95 % interval {low} to {high}"
    else:
        found, least = outcomes[aim.outcome], shown_as(aim.outcome).precision or SLIGHT
        low, mean, high = (
            signed(found[name], found["decimals"] + 1) for name in ("ci_low", "mean", "ci_high")
        )
        what = f"{found['label']}: mean {mean} against {against}"
        size = f"95 % interval {low} to {high}"
    more, same, fewer = (percent(found[name]) for name in ("more", "same", "fewer"))
    return (
        f"{what} ({size}); more in {more}, the same in {same}, fewer in {fewer} of the pairs of worlds. "
        + _side(aim, found, least)
    )


def _side(aim: Aim, found: Mapping[str, Any], least: float | None) -> str:
    """On which side of zero the interval lies, seen from the aim; never whether that is good."""
    low, high = found["ci_low"], found["ci_high"]
    if found["same"] == 1:
        return "No pair of worlds differs."
    if low <= 0 <= high:
        return "The interval includes zero: these worlds show no clear difference."
    if least is not None and max(-low, high) < least:
        return f"The whole interval lies within ±{least:g}: a negligible difference."
    wanted = (found["mean"] > 0) == (aim.direction == "more")
    return f"The whole interval lies on {'the side that was stated' if wanted else 'the other side'}."
