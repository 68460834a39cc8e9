"""Batches of growing size, written to a folder: rate, peak memory, bytes a row; and what the writing costs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from clock import medians, peak_mib, seconds
from speed import SCENARIO, SEED

from maxpressure.engine.chunks import Chunk
from maxpressure.evidence.parameters import load_parameters
from maxpressure.experiments.batch import run_batch
from maxpressure.experiments.experiment import Experiment, new_manifest, plan
from maxpressure.experiments.finished import receipts
from maxpressure.experiments.job import Job
from maxpressure.experiments.manifest import read_manifest
from maxpressure.experiments.receipts import part_name, store_chunk
from maxpressure.experiments.store import LocalStore
from maxpressure.model.case import load_case


def experiment(worlds: int) -> Experiment:
    """The record in so many worlds, compiled, keeping what is kept by default."""
    return plan(
        load_case(), [SCENARIO], worlds=worlds, seed=SEED, engine="ensemble", parameters=load_parameters()
    )


def ready(worlds: int) -> tuple[Experiment, Job]:
    """An experiment and its job, everything compiled."""
    planned = experiment(worlds)
    job = planned.job()
    job.simulate(Chunk(SCENARIO, 0, 1))
    return planned, job


def batch(worlds: int, workers: int) -> dict[str, Any]:
    """A batch simulated and written to a new folder: seconds, peak MiB of the process, rows and bytes of each table.

    Acts are counted apart with and without their attributions, which are kept for the first worlds only.
    """
    planned, _ = ready(worlds)
    with TemporaryDirectory() as place:
        took = seconds(partial(run_batch, planned, place, workers=workers, progress=False))
        peak = peak_mib()
        return {"seconds": took, "peak": peak, "sizes": sizes(Path(place), planned.keep.attributions)}


def sizes(place: Path, attributions: int) -> dict[str, tuple[int, int]]:
    """Rows and bytes of each table in a batch's folder, by what is in them."""
    found: dict[str, tuple[int, int]] = {}
    for receipt in receipts(LocalStore(place), read_manifest(place)):
        for table, part in receipt.parts.items():
            kind = table
            if table == "acts":
                kind = (
                    "acts with attributions" if receipt.first < attributions else "acts without attributions"
                )
            rows, length = found.get(kind, (0, 0))
            written = (place / part_name(table, receipt.chunk)).stat().st_size if part.rows else 0
            found[kind] = rows + part.rows, length + written
    return found


def writing(worlds: int, repeats: int) -> dict[str, dict[str, float]]:
    """Seconds a world on one core, step by step up to the disk, of worlds of which all is kept and of later ones."""
    planned, job = ready(worlds)
    later = max(planned.keep.weeks, planned.keep.attributions)
    return {
        "first worlds": _steps(job, Chunk(SCENARIO, 0, worlds), repeats),
        "later worlds": _steps(job, Chunk(SCENARIO, later, worlds), repeats),
    }


def _steps(job: Job, chunk: Chunk, repeats: int) -> dict[str, float]:
    with TemporaryDirectory() as place:
        store = LocalStore(Path(place))
        works: dict[str, Callable[[], object]] = {
            "computed": lambda: job.engine.simulate(chunk),
            "laid out as columns": lambda: job.simulate(chunk),
            "encoded as Parquet": lambda: job.encode(chunk),
            "stored": lambda: _stored(store, job, chunk),
        }
        return {name: time / chunk.worlds for name, time in medians(works, repeats).items()}


def _stored(store: LocalStore, job: Job, chunk: Chunk) -> None:
    done = job.encode(chunk)
    store_chunk(store, new_manifest(experiment(1)).experiment, done.chunk, done.parts, done.failed)
