"""The model in Mesa's own page, SolaraViz: one world, week by week.

`make solara-example` installs and tests it. Then `.venv-solara/bin/solara run docs/examples/solara/app.py` shows it.
"""

from __future__ import annotations

from typing import Any

import solara
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from mesa.visualization import SolaraViz, make_plot_component
from mesa.visualization.utils import update_counter

import maxpressure as mp

SEED = 2017
SCENARIOS = ["max-pressure-2017", "no-september-test", "no-campaign"]


def acts(world: mp.World) -> int:
    return world.recorder.weeks[-1].acts_total


class ShownWorld(mp.World):
    """A world as SolaraViz makes one: from keywords, with a collector, and with steps that end.

    Mesa 3.5 has a use of its own for a keyword `scenario`, so the name of the shipped scenario goes by another.
    """

    def __init__(self, shipped: str = SCENARIOS[0], number: int = 0) -> None:
        case = mp.load_case()
        situation = mp.prepare(case, case.scenario(shipped))
        super().__init__(situation, mp.load_parameters().values, seed=SEED, number=number)
        self.collect(model_reporters={"acts": acts})
        self.release()  # Mesa below 3.4 would keep every world that was reset

    def step(self) -> None:
        """Simulate a week if one is left: SolaraViz may ask for several at once."""
        if self.running:
            super().step()


@solara.component
def Ties(world: ShownWorld) -> None:
    """The level of every tie: a row for each kind of tie, a column for each state."""
    update_counter.get()
    figure = Figure(figsize=(9, 2.4), layout="constrained")
    axes = figure.subplots()
    levels = [[state.levels[tie] for state in world.states] for tie in range(len(mp.TIES))]
    image = axes.imshow(levels, aspect="auto", cmap="viridis", vmin=0, vmax=3, interpolation="nearest")
    axes.set_yticks(range(len(mp.TIES)), mp.TIES)
    axes.set_xlabel(f"{len(world.states)} states in the order of their codes")
    figure.colorbar(image, label="level", ticks=range(4))
    solara.FigureMatplotlib(figure, format="png")


@solara.component
def LastWeek(world: ShownWorld) -> None:
    """Who acted in the last week."""
    update_counter.get()
    acted = [state.iso3 for state in world.states if state.acted]
    day = world.situation.timeline.monday(world.week)
    solara.Markdown(f"Before the week of {day:%d %B %Y}. Acted last: {', '.join(acted) or 'nobody'}.")


def labelled(axes: Axes) -> None:
    """Say what the curve counts."""
    axes.set_title("Acts so far: a state's decisions to lower ties, one a week at most")


PARAMETERS: dict[str, Any] = {
    "shipped": {"type": "Select", "value": SCENARIOS[0], "values": SCENARIOS, "label": "Scenario"},
    "number": {"type": "SliderInt", "value": 0, "min": 0, "max": 99, "step": 1, "label": "World"},
}


@solara.component
def Page() -> None:
    """What `solara run` shows. A visitor has a world of their own."""
    world = solara.use_memo(ShownWorld, [])
    wave = make_plot_component("acts", post_process=labelled)
    SolaraViz(world, components=[LastWeek, wave, Ties], model_params=PARAMETERS, name="maxpressure in Mesa")
