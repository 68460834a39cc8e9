"""The view of one world, as a frame around :mod:`maxpressure.app.one_world`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import solara

from maxpressure.app.many_view import helped, scenarios
from maxpressure.app.many_worlds import READ_WITH_CARE
from maxpressure.app.one_world import OneWorld, begun_anew, number_of
from maxpressure.app.room import room
from maxpressure.app.tile_map import ALL, SHOWN, looks, places, shades
from maxpressure.base.errors import InputError
from maxpressure.model.case import RECORDED
from maxpressure.results.weekly import last_day


@solara.component_vue("one.vue")
def OneFrame(
    scenarios: list[dict[str, str]],
    scenario: str,
    number: str,
    over: bool,
    turn: int,
    fault: str,
    when: str,
    ties: list[str],
    tie: str,
    places: list[dict[str, Any]],
    looks: list[list[str]],
    legend: list[dict[str, str]],
    selected: str,
    state: dict[str, Any] | None,
    wave: dict[str, Any],
    lived: list[dict[str, Any]],
    care: list[str],
    event_choose: Callable[[Any], None],
    event_step: Callable[[Any], None],
    event_reset: Callable[[Any], None],
    event_show: Callable[[Any], None],
    event_select: Callable[[Any], None],
) -> None:
    """Buttons, map, wave and weeks."""


@solara.component
def One(world: Any) -> None:
    """The world that a visitor holds: ``world.current``, made when it is first looked at."""
    place = room()
    turn, set_turn = solara.use_state(0)
    fault, set_fault = solara.use_state(("", ""))
    tie, set_tie = solara.use_state(ALL)
    selected, set_selected = solara.use_state("")
    order = solara.use_memo(places, [])
    shelf = solara.use_memo(lambda: scenarios(place.case), [])
    if world.current is None:
        world.current = OneWorld(place.case, place.draws, RECORDED, 0)
    here: OneWorld = world.current

    def choose(event: Any) -> None:
        given = event if isinstance(event, dict) else {}
        try:
            number = number_of(str(given["number"])) if "number" in given else None
            scenario = str(given["scenario"]) if "scenario" in given else None
            world.current = begun_anew(world.current, scenario, number)
            set_fault(("", ""))
        except InputError as refusal:
            set_fault((str(given.get("number", ""))[:20], helped(refusal)))
        set_turn(lambda now: now + 1)

    def step(_: Any) -> None:
        world.current.step()
        set_turn(lambda now: now + 1)

    def reset(_: Any) -> None:
        world.current = begun_anew(world.current)
        set_fault(("", ""))
        set_turn(lambda now: now + 1)

    OneFrame(
        scenarios=shelf,
        scenario=here.scenario,
        number=fault[0] if fault[1] else str(here.number),
        over=here.over,
        turn=turn,
        fault=fault[1],
        when=when(here),
        ties=list(SHOWN),
        tie=tie,
        places=order,
        looks=looks(here, tie, order),
        legend=[{"fill": shade.fill, "means": shade.means} for shade in shades(tie)],
        selected=selected,
        state=here.about(selected) if selected else None,
        wave=here.wave(),
        lived=[
            {"week": one.week, "inputs": list(one.inputs), "acts": list(one.acts)}
            for one in reversed(here.lived)
            if one.inputs or one.acts
        ],
        care=[READ_WITH_CARE],
        event_choose=choose,
        event_step=step,
        event_reset=reset,
        event_show=lambda name: set_tie(name if name in SHOWN else ALL),
        event_select=lambda iso3: set_selected(iso3 if any(iso3 == one["iso3"] for one in order) else ""),
    )


def when(here: OneWorld) -> str:
    """Where the world stands in time, in words."""
    if not here.lived:
        return f"Before the week of {here.today.day} {here.today:%B %Y}: nothing has happened yet."
    end = "The run is over" if here.over else "So far"
    moved = len(here.moved)
    last = f"in its last week {moved} state{'s' if moved != 1 else ''} moved" if moved else "a quiet week"
    return f"{end}: {last_day(here.today)}, {here.counts[-1]} acts of breaking off; {last}."
