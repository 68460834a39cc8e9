"""The record in the shape of one world: what was observed, week by week, with nothing drawn and no hazard computed."""

from __future__ import annotations

from typing import Any, Final

from maxpressure.app.figures.basis import Basis
from maxpressure.app.figures.one import dated_inputs, others, starting_states
from maxpressure.base.cautions import REQUESTS
from maxpressure.base.ties import TIES
from maxpressure.results.recorded import recorded_world
from maxpressure.results.weekly import recorded

OBSERVED: Final = (
    "This is the record as it was coded from sources, to the week; it says what was done and not why. What is missing "
    "in the sources is missing here."
)


def record(basis: Basis) -> dict[str, Any]:
    """What is on record, as :func:`one` gives a world: ready for JSON.

    Parameters
    ----------
    basis : Basis
        Case, draws and seed.

    Returns
    -------
    dict
        ``title``; ``days``, ``states``, ``changes`` (``kind``: act or restoration; ``due`` is null), ``inputs``,
        ``record`` and ``others`` as of :func:`one`; ``cautions``.

    Examples
    --------
    >>> from maxpressure.app.figures.basis import load_basis
    >>> answer = record(load_basis())
    >>> answer["record"][-1] == len({(row["week"], row["iso3"]) for row in answer["changes"] if row["kind"] == "act"})
    True
    """
    situation, case = basis.record, basis.case
    line = situation.timeline
    return {
        "title": situation.scenario.title,
        "days": [line.monday(week).isoformat() for week in range(line.first, line.weeks + 1)],
        "states": starting_states(situation),
        "changes": [
            {
                "week": row.week - line.first,
                "iso3": row.iso3,
                "kind": row.kind,
                "tie": TIES[row.tie],
                "before": row.level_before,
                "after": row.level_after,
                "due": None,
            }
            for row in recorded_world(situation).changes
        ],
        "inputs": list(dated_inputs(case, situation)),
        "record": list(recorded([situation], case.assumptions.record.acts_until).counts),
        "others": others(case),
        "cautions": [OBSERVED, REQUESTS],
    }
