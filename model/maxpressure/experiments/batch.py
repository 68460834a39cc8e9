"""Run an experiment chunk by chunk into a folder. It can be interrupted, resumed and enlarged.

Running the same experiment again runs only what is missing; asking for more worlds keeps those that are there. Of two
experiments that begin in one folder at once, one is refused: on this machine by a lock, in an object store by the
manifest, which only one of them can create.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from maxpressure.base.errors import InputError, Remedy, Wrong
from maxpressure.experiments import finished
from maxpressure.experiments.executors import bar, spread
from maxpressure.experiments.experiment import Experiment, new_manifest
from maxpressure.experiments.lock import LOCK, identity
from maxpressure.experiments.manifest import MANIFEST, Manifest, parsed_manifest, read_manifest
from maxpressure.experiments.parts import check_part
from maxpressure.experiments.receipts import Receipt, missing, store_chunk
from maxpressure.experiments.store import LocalStore, RemoteStore, Store, open_store
from maxpressure.experiments.swap import claimed

if TYPE_CHECKING:
    from maxpressure.engine.chunks import Chunk
    from maxpressure.experiments.job import EncodedChunk, Job

CLAIMS: Final = "claims"
"""Where the batches that begin in an object store leave a file each until the manifest is there."""

AGAIN: Final = Remedy("Run the same command again: what is finished is kept")


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

    ``rerun_failed`` runs the chunks with failed worlds again, ``repair`` those whose receipt or parts are not the bytes
    that were written. Raises InputError where the folder holds another experiment, or another process is at work in it.
    """
    store = open_store(out)
    with _alone(store) as held:
        manifest = _claimed(store, experiment)
        job = experiment.job()
        if repair:
            finished.remove_damaged(store, manifest)
        done = list(finished.receipts(store, manifest))
        store.put(MANIFEST, manifest.text())
        redo = _to_redo(store, manifest, done, rerun_failed=rerun_failed, repair=repair)
        finished.remove_chunks(store, redo, done)
        done = [receipt for receipt in done if receipt not in redo]
        chunks = missing(done, experiment.names, manifest.worlds, job.engine.chunk_worlds, job.largest)
        kept = sum(receipt.worlds for receipt in done)
        storing = Storing(job, store, manifest.experiment)
        reached = scheduler is not None and isinstance(store, RemoteStore) and store.shared
        work: Callable[[Chunk], Receipt | EncodedChunk] = storing if reached else job.encode
        results = spread(work, chunks, compiled=job.compiled, workers=workers, scheduler=scheduler)
        with bar(chunks, progress=progress) as shown:
            loose: list[Receipt] = []
            for result in results:
                with held:
                    receipt = result if isinstance(result, Receipt) else storing.store_encoded(result)
                    done.append(receipt)
                    loose.append(receipt)
                    if len(loose) == finished.GATHER:
                        finished.gather(store, loose)
                        loose.clear()
                shown.note(receipt.chunk)
        _end(store, manifest, done)
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


@dataclass(frozen=True, slots=True)
class Storing:
    """The work of whoever can write into the store: a chunk simulated and stored. What comes back is its receipt."""

    job: Job
    store: Store
    experiment: str

    def __call__(self, chunk: Chunk) -> Receipt:
        """The receipt of the chunk, which is stored."""
        return self.store_encoded(self.job.encode(chunk))

    def store_encoded(self, encoded: EncodedChunk) -> Receipt:
        """The receipt of a chunk that was simulated elsewhere, and is stored now."""
        return store_chunk(self.store, self.experiment, encoded.chunk, encoded.parts, encoded.failed)


def _claimed(store: Store, experiment: Experiment) -> Manifest:
    """The folder's manifest, a new one if the folder is new; refused if it is of another experiment.

    The number of worlds may differ: the larger one is kept.
    """
    manifest = new_manifest(experiment)
    if store.get(MANIFEST) is None:
        _refuse_foreign(store, (name for name in store.entries() if name != CLAIMS))
        _begin(store, manifest)
    earlier = read_manifest(store)
    differences = earlier.as_batch().differences(manifest.as_batch())
    if differences or earlier.tables:
        given = Wrong(
            f"holds another experiment: {differences}"
            if differences
            else "holds results of `maxpressure run`"
        )
        allowed = Remedy("Take another folder by --out for another experiment")
        raise InputError(file=store.place, key="out", given=given, allowed=allowed)
    return manifest.model_copy(update={"worlds": max(earlier.worlds, manifest.worlds)})


def _begin(store: Store, manifest: Manifest) -> None:
    """Put the manifest of a new batch, unless another batch has just put its own.

    A store keeps the manifest that is there if it heeds the condition of the put. Whether it does is tried out on a
    claim, a file of a random name. If it does not, the batches that begin at once see each other's claims, since each
    puts its own before it looks for others, and those of another experiment are refused.
    """
    if isinstance(store, LocalStore):  # whose lock is held
        store.put(MANIFEST, manifest.text())
        return
    claim, ours = f"{CLAIMS}/{uuid.uuid4().hex}", manifest.experiment.encode()
    try:
        store.create(claim, ours)
        heeds = not store.create(claim, ours)
        if not heeds:
            _check_alone(store, ours)
        store.create(MANIFEST, manifest.text())
    finally:
        store.remove(claim)


def _check_alone(store: RemoteStore, ours: bytes) -> None:
    """Raise InputError where another experiment claims the folder too."""
    for name in store.names(CLAIMS):
        if store.get(name) not in (ours, None):
            given = Wrong("is a folder in which another experiment begins")
            allowed = Remedy(f"Take another folder; if no other batch is at work, remove {CLAIMS}/")
            raise InputError(file=store.place, key="out", given=given, allowed=allowed)


def _end(store: Store, manifest: Manifest, done: Sequence[Receipt]) -> None:
    """Write when the batch ended; raises InputError where the folder is no longer as this batch left it."""
    content = store.get(MANIFEST)
    if content is not None:
        now = parsed_manifest(content, f"{store.place}/{MANIFEST}")
        if now.experiment != manifest.experiment:
            given = Wrong("got the manifest of another experiment while this batch was at work")
            allowed = Remedy("Take another folder by --out for another experiment")
            raise InputError(file=store.place, key="out", given=given, allowed=allowed)
        manifest = manifest.model_copy(update={"worlds": max(now.worlds, manifest.worlds)})
    store.put(MANIFEST, manifest.ended_now().text())
    there = finished.receipts(store, manifest)
    finished.gather_all(store, there)
    lost = {receipt.chunk for receipt in done} - {receipt.chunk for receipt in there}
    if lost:
        given = Wrong(f"lost {len(lost)} finished chunks while the batch was at work")
        raise InputError(file=store.place, key="out", given=given, allowed=AGAIN)


def _refuse_foreign(store: Store, names: Iterable[str]) -> None:
    foreign = sorted(name for name in names if not name.startswith("."))
    if foreign:
        given = Wrong(f"is a folder with {foreign[0]!r} in it")
        allowed = "a new folder, or one of the same experiment"
        raise InputError(file=store.place, key="out", given=given, allowed=allowed)


def _to_redo(
    store: Store, manifest: Manifest, done: Sequence[Receipt], *, rerun_failed: bool, repair: bool
) -> list[Receipt]:
    redo = [receipt for receipt in done if rerun_failed and receipt.failed]
    if repair:
        redo += [receipt for receipt in done if receipt not in redo and not _whole(store, manifest, receipt)]
    return redo


def _whole(store: Store, manifest: Manifest, receipt: Receipt) -> bool:
    try:
        for table in receipt.parts:
            check_part(store, manifest, receipt, table)
    except InputError:
        return False
    return True


class _Held:
    """The lock of a local folder, looked at whenever a chunk is stored; there is none in an object store.

    Raises InputError where the folder was removed or renamed, or its lock removed, so that another batch may have
    begun there.
    """

    def __init__(self, lock: Path | None = None) -> None:
        self._lock = lock
        self._known = lock and identity(lock)

    def __enter__(self) -> None:
        self._check_folder()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None and issubclass(kind, FileNotFoundError):
            self._check_folder()
        if kind is None and self._lock and identity(self._lock) != self._known:
            self._check_folder()
            self._refuse(f"lost its {LOCK}", "Leave that file there")

    def _check_folder(self) -> None:
        if self._lock and not self._lock.with_name(MANIFEST).exists():
            self._refuse("was removed or renamed", "If it was renamed, put it back")

    def _refuse(self, what: str, remedy: str) -> None:
        given = Wrong(f"{what} while the batch was at work")
        place = self._lock.parent if self._lock else ""
        raise InputError(file=place, key="out", given=given, allowed=Remedy(f"{remedy}. {AGAIN}"))


@contextmanager
def _alone(store: Store) -> Iterator[_Held]:
    """Hold a local folder's lock, which the system releases however the process ends."""
    if not isinstance(store, LocalStore):
        yield _Held()
        return

    def check() -> None:
        if store.root.is_dir() and not (store.root / MANIFEST).is_file():
            _refuse_foreign(store, (entry.name for entry in store.root.iterdir()))

    with claimed(store.root, MANIFEST, check):
        store.clear()
        yield _Held(store.path(LOCK))
