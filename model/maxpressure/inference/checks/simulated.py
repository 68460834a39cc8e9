"""Records that the model itself made, to see what a fit makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from maxpressure.engine.arrays import Ints
from maxpressure.engine.ensemble import Ensemble
from maxpressure.evidence.parameters import Parameters
from maxpressure.inference.likelihood import moves_lived
from maxpressure.model.case import Situation

ACTS: Final = 0
"""The first of the whole numbers that the book holds of a world: how many acts it saw."""

ROUNDS, WORLDS = 6, 400
"""How often the general level is set anew when a record of a given size is wanted, by how many worlds each time."""


def record_of(situation: Situation, parameters: Parameters, *, seed: int, world: int) -> Ints:
    """What happens in one world, as moves."""
    return records_of(situation, [parameters], 1, seed=seed, first=world)[0]


def records_of(
    situation: Situation, draws: Sequence[Parameters], worlds: int, *, seed: int, first: int = 0
) -> list[Ints]:
    """What happens in each of some worlds, as moves; world w has draw w mod D."""
    lived = Ensemble(situation, draws).live(first, worlds, seed=seed, accounts=False)
    changes = lived.book.changes[: lived.changes].astype(np.int64)
    ends = np.searchsorted(changes[:, 0], first + np.arange(worlds), side="right")
    parts = np.split(changes, ends[:-1])
    return [moves_lived(part, len(situation.population.iso3)) for part in parts]


def acts_made(situation: Situation, draws: Sequence[Parameters], worlds: int, *, seed: int) -> Ints:
    """How many acts each of some worlds sees."""
    lived = Ensemble(situation, draws).live(0, worlds, seed=seed, accounts=False)
    acts: Ints = lived.book.world_ints[:, ACTS]
    return acts


def sized(situation: Situation, parameters: Parameters, acts: float, *, seed: int) -> Parameters:
    """The parameters with one number added to every alpha, so that worlds see so many acts on average."""
    for _ in range(ROUNDS):
        mean = max(1.0, float(acts_made(situation, [parameters], WORLDS, seed=seed).mean()))
        shift = float(np.log(acts / mean))
        first, second, third, fourth, fifth, sixth = (level + shift for level in parameters.alpha)
        parameters = parameters._replace(alpha=(first, second, third, fourth, fifth, sixth))
    return parameters
