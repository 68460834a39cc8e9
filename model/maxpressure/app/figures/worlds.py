"""Many worlds of a setting as plain values: bands week by week, who has acted when, marks, and what must be said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from maxpressure.app.figures.basis import WORLDS
from maxpressure.app.figures.lots import Lot
from maxpressure.app.figures.outcomes import (
    OUTCOMES,
    embassies_at_start,
    observed,
    observed_figures,
    observed_weeks,
    weeks_of_first,
)
from maxpressure.base.cautions import CONTAGION, INTERVALS, NO_FORECAST, NOT_DISARMAMENT, REQUESTS
from maxpressure.model.timeline import Mark
from maxpressure.report.strips import mark_row
from maxpressure.results.recorded import recorded_world
from maxpressure.results.weekly import (
    Band,
    Curve,
    band_of,
    busiest,
    cautions,
    finding,
    last_day,
    recorded,
    worlds_in_words,
)

READ_WITH_CARE: Final = (NO_FORECAST, CONTAGION, REQUESTS, INTERVALS, NOT_DISARMAMENT)

FIRST: Final = "A"
SECOND: Final = "B"
"""The names of the two settings in sentences and files."""


def worlds(lot: Lot) -> dict[str, Any]:
    """The answer about one setting: ready for JSON.

    Parameters
    ----------
    lot : Lot
        The worlds, by :func:`maxpressure.app.figures.lots.simulate`.

    Returns
    -------
    dict
        ``link``, ``title``, ``words`` (each lever moved), ``file`` (the setting as a scenario file), ``worlds``,
        ``preview`` (whether these are fewer than 300); ``days``, the T + 1 days on which the weeks begin and end;
        ``outcomes`` by key, each with ``levels`` (5, T + 1: the 5, 25, 50, 75 and 95 % quantiles before each day;
        null on the first day where that is not known), ``observed`` (as far as the record goes, or null where no week
        was counted) and ``figures`` (what was counted by quarters or years: ``since``, ``until``, ``value``,
        ``words``); ``acted``, for each state that acts the pairs of a week and the number of worlds in which its
        first act fell in it (week w runs from ``days[w]`` to ``days[w + 1]``); ``marks``, tests and resolutions, with
        ``week``, ``day``, ``kind`` and ``words``; ``finding`` and ``description`` in sentences; ``cautions``.

    Examples
    --------
    >>> from maxpressure.app.figures.basis import load_basis
    >>> from maxpressure.app.figures.levers import UNMOVED
    >>> from maxpressure.app.figures.lots import simulate
    >>> answer = worlds(simulate(load_basis(), UNMOVED, worlds=60))
    >>> answer["preview"], len(answer["days"]), sorted(answer["outcomes"])[:2]
    (True, 105, ['acts', 'embassies'])
    """
    situation = lot.situation
    found, record = {FIRST: band(lot)}, curve(lot)
    return {
        "link": lot.setting.link(),
        "title": situation.scenario.title,
        "words": lot.setting.words(),
        "file": situation.scenario.text(),
        "worlds": lot.worlds,
        "preview": lot.worlds < WORLDS,
        "days": [day.isoformat() for day in found[FIRST].days],
        "outcomes": outcomes(lot),
        "acted": weeks_of_first(lot.first, situation),
        "marks": marks(lot),
        "finding": finding(found, record),
        "description": description(found, record),
        "cautions": to_be_said({FIRST: lot}),
    }


def band(lot: Lot) -> Band:
    """The band of the acts over the weeks of the setting."""
    levels = lot.levels["acts"].astype(np.float64)
    return band_of(lot.situation, lot.situation.timeline.first, levels, lot.busiest, lot.worlds)


def curve(lot: Lot) -> Curve:
    """The record over the weeks of the setting."""
    return recorded([lot.situation], lot.basis.case.assumptions.record.acts_until)


def outcomes(lot: Lot) -> dict[str, dict[str, Any]]:
    """Levels, record and counted figures of each outcome."""
    situation, case = lot.situation, lot.basis.case
    world = recorded_world(situation)
    weeks = observed_weeks(situation, case.assumptions.record.acts_until)
    starts = {key: one.start for key, one in OUTCOMES.items()} | {"embassies": embassies_at_start(world)}
    figures = observed_figures(case, situation)
    return {
        key: {
            "levels": [[starts[key], *level] for level in np.round(lot.levels[key], one.digits).tolist()],
            "observed": observed(key, world, weeks),
            "figures": figures if key == "trade_left" else [],
        }
        for key, one in OUTCOMES.items()
    }


def marks(lot: Lot) -> list[dict[str, Any]]:
    """The tests and resolutions that are marked in pictures, by date."""
    line = lot.situation.timeline
    start, end = line.monday(line.first), line.monday(line.weeks)
    shown = [mark for mark in line.marks if mark_row(mark) is not None and start <= mark.date < end]
    return [_mark(mark, (mark.date - start).days // 7) for mark in sorted(shown, key=lambda one: one.date)]


def _mark(mark: Mark, week: int) -> dict[str, Any]:
    row = mark_row(mark)
    assert row is not None
    return {"week": week, "day": mark.date.isoformat(), "kind": row.title, "words": mark.name}


def description(found: Mapping[str, Band], record: Curve) -> str:
    """The picture of the acts described for those who do not see it."""
    sentences = [
        f"{finding(found, record)}. Acts of breaking off counted up week by week, {worlds_in_words(found)} each."
    ]
    for name, one in found.items():
        p05, p25, p50, p75, p95 = one.levels[:, -1]
        whose = f"{name} ends" if len(found) > 1 else "The worlds end"
        sentences.append(
            f"{whose} on {last_day(one.days[-1])} with {p50:.0f} acts in the median world, "
            f"{p25:.0f} to {p75:.0f} in half of the worlds, {p05:.0f} to {p95:.0f} in nine of ten."
        )
        sentences += [busiest(one, record)] if len(found) == 1 else []
    if record.days:
        sentences.append(f"The record ends with {record.counts[-1]} acts.")
    return " ".join(sentences)


def to_be_said(lots: Mapping[str, Lot]) -> list[str]:
    """What must stand beside these worlds, so that nobody concludes too much."""
    own = cautions({name: lot.situation for name, lot in lots.items()})
    return [*own, " ".join(one for one in READ_WITH_CARE if one not in " ".join(own))]
