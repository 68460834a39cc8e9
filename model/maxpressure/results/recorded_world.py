"""The record lived through as a world, so that it is counted by the same rules as simulated worlds are."""

from __future__ import annotations

import mesa
import pandas as pd

from maxpressure.evidence.parameters import load_parameters
from maxpressure.experiments.schema import OUTCOMES
from maxpressure.model.case import Situation
from maxpressure.model.history import recorded_history
from maxpressure.model.recorder import flat
from maxpressure.model.world import World


def recorded_world(situation: Situation) -> World:
    """A finished world in which the states of a situation did what is on record, over the scenario's window.

    Nothing is drawn, so its levels and ties are those of the record whatever the parameters.
    """
    world = World(situation, load_parameters().values, seed=0, history=recorded_history(situation.record))
    finished = world.run()
    getattr(mesa.Agent, "_ids", {}).pop(finished, None)  # Mesa 3.3 keeps every model that it has seen
    return finished


def record_as_world(situation: Situation) -> pd.DataFrame:
    """The record as a table of one world, with the outcomes that simulated worlds have."""
    row = recorded_world(situation).recorder.world_row()
    return pd.DataFrame([dict(zip(OUTCOMES, flat(row), strict=True))])
