"""The strain of a state against its threshold over a whole world, and what its hazard was due to each week."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from maxpressure.app.figures.basis import Basis
from maxpressure.app.figures.levers import refused
from maxpressure.app.figures.one import draw_of, due_to, situation_of, world_number
from maxpressure.model import rules
from maxpressure.model.agents import State, Week
from maxpressure.model.case import Situation
from maxpressure.model.world import World


class WatchedState(State):
    """A state that notes each week how near it came to its next act; why, where it is one of those asked about."""

    def __init__(self, world: World, index: int, frailty: float | None = None) -> None:
        super().__init__(world, index, frailty)
        self.path: list[tuple[float, float, float, str, bool]] = []
        self.explains = False

    def plan(self, week: Week, request: float, incident: float, courtship: float) -> None:
        """As every state does; strain, threshold and attribution are taken before anything takes effect."""
        super().plan(week, request, incident, courtship)
        if week.recorded:
            return
        chance = rules.acting_probability(self.hazard)
        due = due_to(list(self.attribution(week))) if self.explains and self.hazard > 0.0 else ""
        self.path.append((self.strain + self.hazard, self.threshold, chance, due, bool(self.act)))


def strain(basis: Basis, scenario: str, world: int | str, iso3: str) -> dict[str, Any]:
    """The path of one state in one world: ready for JSON.

    Parameters
    ----------
    basis : Basis
        Case, draws and seed.
    scenario : str
        The name of a scenario of the case.
    world : int or str
        The number of the world, as in a run.
    iso3 : str
        A third state.

    Returns
    -------
    dict
        ``iso3``, ``name``; a number for each week: ``strain``, the hazard cumulated since the last act up to the
        week's end, before an act sets it to zero; ``threshold``, the strain at which the next act comes; ``chance``,
        the probability of acting in this week; ``due``, what the hazard was due to in words, empty where there was
        none; ``acted``, the weeks in which it acted, which are those where the strain reaches the threshold.

    Raises
    ------
    InputError
        For a scenario, world or state that there is not.

    Examples
    --------
    >>> from maxpressure.app.figures.basis import load_basis
    >>> path = strain(load_basis(), "max-pressure-2017", 7, "MEX")
    >>> [week for week in range(104) if path["strain"][week] >= path["threshold"][week]] == path["acted"]
    True
    """
    return _paths(basis, scenario, world, [iso3])[iso3]


def strains(basis: Basis, scenario: str, world: int | str) -> dict[str, dict[str, Any]]:
    """The paths of all third states of one world by their codes, each as of `strain`: four times the work of one."""
    return _paths(basis, scenario, world, basis.record.population.iso3)


def _paths(basis: Basis, scenario: str, world: int | str, wanted: Iterable[str]) -> dict[str, dict[str, Any]]:
    number, situation = world_number(world), situation_of(basis, scenario)
    indices = [_index(situation, iso3) for iso3 in wanted]
    whole = World(situation, draw_of(basis, number), seed=basis.seed, number=number, state_class=WatchedState)
    states = [state for state in whole.states if isinstance(state, WatchedState)]
    for index in indices:
        states[index].explains = True
    try:
        whole.run()
        return {states[index].iso3: _path(states[index], situation) for index in indices}
    finally:
        whole.release()


def _index(situation: Situation, iso3: str) -> int:
    known = situation.population.iso3
    if iso3 not in known:
        raise refused("state", iso3, "the ISO3 code of a third state, such as MEX", known)
    return known.index(iso3)


def _path(state: WatchedState, situation: Situation) -> dict[str, Any]:
    return {
        "iso3": state.iso3,
        "name": situation.population.names[state.index],
        "strain": [row[0] for row in state.path],
        "threshold": [row[1] for row in state.path],
        "chance": [row[2] for row in state.path],
        "due": [row[3] for row in state.path],
        "acted": [week for week, row in enumerate(state.path) if row[4]],
    }
