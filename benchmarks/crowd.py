"""Made-up situations with many states, and what they cost.

The real states are copied over and over under invented codes. Each copy keeps its figures, its ties and what is
said to it, and watches as many peers as the real state does, those of its own copy; so what a state goes through
does not depend on how many there are.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from string import ascii_uppercase
from typing import Any

import numpy as np
from clock import medians
from numpy.typing import NDArray
from speed import SEED, parameters, recorded

from maxpressure.base.rng import state_code
from maxpressure.engine.engines import Ensemble
from maxpressure.evidence.record import Record
from maxpressure.model.case import Situation
from maxpressure.model.population import PeerWeights, Population

NOTHING_RECORDED = Record(acts=(), rises=(), outside=(), sub_level=(), statements=(), elsewhere=())
LETTERS = ascii_uppercase
CODES = len(LETTERS) ** 3

Ints = NDArray[np.int64]


def crowd(situation: Situation, states: int) -> Situation:
    """The situation with this many states, at most 17,576; what the record says of the real ones is left out."""
    if states > CODES:
        raise ValueError(f"{states} states need longer codes than three letters")
    population, line = situation.population, situation.timeline
    row = np.arange(states) % len(population.iso3)
    said: dict[str, Any] = {name: getattr(line, name)[:, row] for name in ("request", "incident", "outreach")}
    return replace(
        situation, population=copied(population, row), timeline=replace(line, **said), record=NOTHING_RECORDED
    )


def copied(population: Population, row: Ints) -> Population:
    """As many states as there are rows, each a copy of the real state in its row."""
    codes = [invented(place) for place in range(len(row))]
    columns: dict[str, Any] = {
        name: getattr(population, name)[row]
        for name in population.__dataclass_fields__
        if isinstance(getattr(population, name), np.ndarray)
    }
    columns["codes"] = np.array([state_code(code) for code in codes], dtype=np.int64)
    return replace(
        population,
        iso3=tuple(codes),
        names=tuple(codes),
        peers=copied_peers(population.peers, len(row)),
        **columns,
    )


def invented(place: int) -> str:
    """AAA, AAB, … ZZZ: in the order of places, as codes have to be."""
    return LETTERS[place // 676] + LETTERS[place // 26 % 26] + LETTERS[place % 26]


def copied_peers(peers: PeerWeights, states: int) -> PeerWeights:
    """The same peers within every copy; the last copy may be cut short."""
    real = len(peers.first) - 1
    actor = np.repeat(np.arange(real), np.diff(peers.first))
    starts = np.arange(0, states, real)
    actors = (starts[:, np.newaxis] + actor).ravel()
    watchers = (starts[:, np.newaxis] + peers.watcher).ravel()
    weights = np.tile(peers.weight, len(starts))
    there = (actors < states) & (watchers < states)
    counts = np.bincount(actors[there], minlength=states)
    first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return PeerWeights(first=first, watcher=watchers[there], weight=weights[there])


def costs(sizes: list[int], worlds: int, repeats: int) -> dict[int, dict[str, float]]:
    """For each number of states: seconds a world on one core, ties and peers at the start, level changes a world."""
    ensembles = {states: Ensemble(crowd(recorded(), states), (parameters(),)) for states in sizes}
    changes = {states: one.simulate(0, worlds, seed=SEED).changes for states, one in ensembles.items()}
    works = {
        str(states): partial(one.simulate, 0, worlds, seed=SEED, attributions=False)
        for states, one in ensembles.items()
    }
    taken = medians(works, repeats)
    return {
        states: {
            "seconds": taken[str(states)] / worlds,
            "ties": int((one.situation.population.start > 0).sum()),
            "peers": len(one.situation.population.peers.watcher),
            "changes": changes[states] / worlds,
        }
        for states, one in ensembles.items()
    }
