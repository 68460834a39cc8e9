"""The teacher's desk set up for a served page: its settings, exercises and scores are those of the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlencode

from maxpressure.app.desk import Desk, HandIn
from maxpressure.app.desk_routes import DeskRoutes, Exercise
from maxpressure.app.figures.basis import WORLDS, Basis
from maxpressure.app.figures.levers import Setting, setting_of_link
from maxpressure.app.figures.lots import Lot
from maxpressure.app.figures.scores import MARKS, guess, paired_range
from maxpressure.app.guide import choices, exercises, first_query
from maxpressure.base.errors import InputError

Lots = Callable[[Setting, int], Lot]
"""The worlds of a setting, so many of them."""


def classroom(
    basis: Basis, lots: Lots, addresses: Callable[[], Sequence[str]], class_token: str | None
) -> DeskRoutes:
    """The desk's routes, with a link to each exercise, and each guess scored as the page scores it."""
    return DeskRoutes(
        Desk(lambda link: setting_of_link(basis.case, link).link(), choices),
        addresses=addresses,
        class_token=class_token,
        exercises=[
            Exercise(number=number, title=one.title, query=urlencode(first_query(number)))
            for number, one in exercises().items()
        ],
        score=lambda answer: scored(basis, lots, answer),
    )


def scored(basis: Basis, lots: Lots, answer: HandIn) -> float | None:
    """The score of a guess in acts; None for another answer, or for a guess that is not of the days asked."""
    first, second = (setting_of_link(basis.case, link) for link in (answer.setting, answer.second))
    try:
        if answer.kind == "guess":
            return float(guess(lots(first, WORLDS), _written(answer))["score"])
        if answer.kind == "range":
            return float(paired_range(lots(first, WORLDS), lots(second, WORLDS), _written(answer))["score"])
    except InputError:
        return None
    return None


def _written(answer: HandIn) -> Mapping[str, str]:
    """The fields of a guess as the page sends them."""
    rows = [
        (f"{mark}-{index}", f"{number}")
        for index, row in enumerate(answer.numbers)
        for mark, number in zip(MARKS, row, strict=True)
    ]
    return {**dict(rows), "worlds": f"{answer.worlds}"}
