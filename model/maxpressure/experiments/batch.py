"""Run an experiment chunk by chunk into a folder. It can be interrupted, resumed and enlarged.

Running the same experiment again runs only what is missing; asking for more worlds keeps those that are there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from maxpressure.base.errors import InputError
from maxpressure.engine.engines import Chunk
from maxpressure.experiments.executors import bar, spread
from maxpressure.experiments.experiment import Experiment, Job, new_manifest
from maxpressure.experiments.manifest import MANIFEST, Manifest, parsed_manifest
from maxpressure.experiments.store import (
    LocalStore,
    Receipt,
    Store,
    check_part,
    missing,
    open_store,
    receipts,
    remove_chunk,
    store_chunk,
)
from maxpressure.experiments.swap import claimed


@dataclass(frozen=True, slots=True)
class Batch:
    """What a batch did: worlds simulated now, worlds kept from before, and those that failed, by scenario."""

    place: str
    manifest: Manifest
    simulated: int
    kept: int
    failed: dict[str, tuple[int, ...]]


def run_batch(
    experiment: Experiment,
    out: str | Path,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    progress: bool = True,
    rerun_failed: bool = False,
    repair: bool = False,
) -> Batch:
    """Run what is missing of an experiment into the folder or store ``out``.

    ``rerun_failed`` runs the chunks with failed worlds again, ``repair`` those whose parts are not the bytes that were
    written. Raises InputError where the folder holds another experiment, or another process is at work in it.
    """
    store = open_store(out)
    with _alone(store):
        manifest = _claimed(store, experiment)
        job = experiment.job()
        done = receipts(store)
        store.put(MANIFEST, manifest.text())
        for receipt in _to_redo(store, done, rerun_failed=rerun_failed, repair=repair):
            remove_chunk(store, receipt)
            done.remove(receipt)
        chunks = missing(done, experiment.names, manifest.worlds, job.engine.chunk_worlds)
        kept = sum(receipt.worlds for receipt in done)
        done += _simulate(store, job, chunks, workers, scheduler, progress=progress)
        store.put(MANIFEST, manifest.ended_now().text())
    failed = {
        name: tuple(world for receipt in done if receipt.scenario == name for world in sorted(receipt.failed))
        for name in experiment.names
    }
    return Batch(
        place=store.place,
        manifest=manifest,
        simulated=sum(chunk.worlds for chunk in chunks),
        kept=kept,
        failed={name: worlds for name, worlds in failed.items() if worlds},
    )


def _simulate(
    store: Store,
    job: Job,
    chunks: Sequence[Chunk],
    workers: int | None,
    scheduler: str | None,
    *,
    progress: bool,
) -> list[Receipt]:
    """Run chunks and store each as soon as it is finished."""
    done = []
    finished = spread(
        job.encode,
        chunks,
        compiled=job.compiled,
        workers=workers,
        scheduler=scheduler,
    )
    with bar(chunks, progress=progress) as shown:
        for encoded in finished:
            done.append(store_chunk(store, encoded.chunk, encoded.parts, encoded.failed))
            shown.note(encoded.chunk)
    return done


def _claimed(store: Store, experiment: Experiment) -> Manifest:
    """The folder's manifest, a new one if the folder is new; refused if it is of another experiment.

    The number of worlds may differ: the larger one is kept.
    """
    manifest = new_manifest(experiment)
    content = store.get(MANIFEST)
    if content is None:
        _refuse_foreign(store, store.names())
    else:
        earlier = parsed_manifest(content, f"{store.place}/{MANIFEST}")
        differences = earlier.as_batch().differences(manifest.as_batch())
        if differences or not _in_parts(store):
            given = differences or "results of `maxpressure run`"
            allowed = "another folder, by --out, for another experiment"
            raise InputError(file=store.place, key="out", given=given, allowed=allowed)
        manifest = manifest.model_copy(update={"worlds": max(earlier.worlds, manifest.worlds)})
    return manifest


def _refuse_foreign(store: Store, names: Iterable[str]) -> None:
    foreign = sorted(name for name in names if not name.startswith("."))
    if foreign:
        given, allowed = f"a folder with {foreign[0]!r} in it", "a new folder, or one of the same experiment"
        raise InputError(file=store.place, key="out", given=given, allowed=allowed)


def _in_parts(store: Store) -> bool:
    return not any(name == "worlds.parquet" for name in store.names())


def _to_redo(store: Store, done: Sequence[Receipt], *, rerun_failed: bool, repair: bool) -> list[Receipt]:
    redo = [receipt for receipt in done if rerun_failed and receipt.failed]
    if repair:
        redo += [receipt for receipt in done if receipt not in redo and not _whole(store, receipt)]
    return redo


def _whole(store: Store, receipt: Receipt) -> bool:
    try:
        for table in receipt.parts:
            check_part(store, receipt, table)
    except InputError:
        return False
    return True


@contextmanager
def _alone(store: Store) -> Iterator[None]:
    """Hold a local folder's lock, which the system releases however the process ends."""
    if not isinstance(store, LocalStore):
        yield
        return

    def check() -> None:
        if store.root.is_dir() and not (store.root / MANIFEST).is_file():
            _refuse_foreign(store, (entry.name for entry in store.root.iterdir()))

    with claimed(store.root, MANIFEST, check):
        store.clear()
        yield
