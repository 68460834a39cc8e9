"""Result folders laid out in parts as a batch leaves them, cut and simulated in any way that a test wants."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from maxpressure.engine.chunks import Chunk, Keep
from maxpressure.evidence.parameters import Parameters
from maxpressure.experiments.experiment import KEPT, Experiment, Source, new_manifest, plan
from maxpressure.experiments.manifest import MANIFEST
from maxpressure.experiments.receipts import store_chunk
from maxpressure.experiments.store import LocalStore, open_store
from maxpressure.model.agents import State, Week
from maxpressure.model.case import Case
from maxpressure.results.results import Results, load
from pilot import PILOT

TWO = ("max-pressure-2017", "no-campaign")
SEED = 11


def planned(
    case: Case,
    sources: Sequence[Source] = TWO,
    *,
    worlds: int,
    seed: int = SEED,
    engine: str = "ensemble",
    draws: Sequence[Parameters] = (),
    keep: Keep = KEPT,
    state_class: type[State] = State,
) -> Experiment:
    """Scenarios in so many worlds, under the parameters that ship."""
    return plan(
        case,
        sources,
        worlds=worlds,
        seed=seed,
        engine=engine,
        parameters=PILOT,
        draws=draws,
        keep=keep,
        state_class=state_class,
    )


def laid_out(
    experiment: Experiment, out: str | Path, *, width: int = 1000, first: int = 0, last: int | None = None
) -> Results:
    """Worlds from ``first`` to before ``last`` of each scenario in parts of so many worlds."""
    store, job = open_store(out), experiment.job()
    if isinstance(store, LocalStore):
        store.root.mkdir(parents=True, exist_ok=True)
    manifest = new_manifest(experiment)
    store.put(MANIFEST, manifest.text())
    end = experiment.worlds if last is None else last
    for name in experiment.names:
        for start in range(first, end, width):
            chunk = job.encode(Chunk(name, start, min(width, end - start)))
            store_chunk(store, manifest.experiment, chunk.chunk, chunk.parts, chunk.failed)
    return load(out)


class Fragile(State):
    """A state that breaks its world in the fourth week, if the world's number is odd."""

    def plan(self, week: Week, request: float, incident: float, courtship: float) -> None:
        if week.number == 3 and self.world.number % 2:
            raise ZeroDivisionError("fragile")
        super().plan(week, request, incident, courtship)


class Broken(State):
    """A state that breaks every world."""

    def begin(self, *, reach: str) -> None:
        raise ZeroDivisionError(f"no reach {reach}")
