"""What Mesa's batch runner is handed in tests: module-level functions, so that processes of its own find them."""

from __future__ import annotations

import datetime as dt

import maxpressure as mp

WINDOW = {"start": dt.date(2017, 8, 7), "weeks": 20}
"""A window that starts long after the record does, so that weeks are replayed before it."""


def acts(world: mp.World) -> int:
    return world.recorder.weeks[-1].acts_total


def trade(world: mp.World) -> int:
    return world.recorder.weeks[-1].trade_kusd


def make_world(scenario: str, number: int, rng: int | None = None) -> mp.World:
    """A world of :func:`maxpressure.run`; from Mesa 3.5 on, its batch runner hands ``rng`` on as well."""
    assert rng is None
    world = mp.World.of(scenario, seed=2017, number=number, draw=number)
    return world.collect(model_reporters={"acts": acts, "trade": trade})
