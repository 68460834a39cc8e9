"""Two batches that begin in one place at once, and a place that changes while a batch is at work in it."""

from __future__ import annotations

import os
import shutil
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import s3fs
from moto.server import ThreadedMotoServer

from batches import chunks_of, digests, experiment, finished
from maxpressure.base.errors import InputError
from maxpressure.engine.chunks import Chunk
from maxpressure.experiments import batch
from maxpressure.experiments import finished as finished_receipts
from maxpressure.experiments.batch import CLAIMS, run_batch
from maxpressure.experiments.executors import Bar, spread
from maxpressure.experiments.experiment import Experiment
from maxpressure.experiments.job import EncodedChunk
from maxpressure.experiments.lock import LOCK
from maxpressure.experiments.manifest import MANIFEST
from maxpressure.experiments.receipts import RECEIPTS, Receipt
from maxpressure.experiments.store import RemoteStore, open_store
from maxpressure.model.case import Case
from maxpressure.results.results import load

WORLDS, CHUNK = 4, 2


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    chunks_of(monkeypatch, CHUNK)


def simulate(given: Experiment, place: Path | str) -> None:
    run_batch(given, place, workers=1, progress=False)


def other(given: Experiment) -> Experiment:
    return replace(given, seed=8)


@pytest.fixture
def url() -> str:
    pytest.importorskip("fsspec")
    return f"memory://{uuid.uuid4().hex}/batch"


# ---- an object store


def ignore_conditions(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that writes whatever is there, as some that speak S3 do."""

    def create(self: RemoteStore, name: str, content: bytes) -> bool:
        self.put(name, content)
        return True

    monkeypatch.setattr(RemoteStore, "create", create)


def meanwhile(monkeypatch: pytest.MonkeyPatch, act: Callable[[], None]) -> None:
    """Do something once, just before a batch that has found no manifest puts its own."""
    create, left = RemoteStore.create, [act]

    def late(self: RemoteStore, name: str, content: bytes) -> bool:
        if name == MANIFEST and left:
            left.pop()()
        return create(self, name, content)

    monkeypatch.setattr(RemoteStore, "create", late)


@pytest.mark.parametrize("heeds", [True, False], ids=["conditions are heeded", "conditions are ignored"])
def test_of_two_experiments_that_begin_at_once_one_is_refused(
    case: Case, url: str, monkeypatch: pytest.MonkeyPatch, *, heeds: bool
) -> None:
    first, refusals = experiment(case, WORLDS), []
    second = other(first)
    if not heeds:
        ignore_conditions(monkeypatch)

    def begin_too() -> None:
        try:
            simulate(second, url)
        except InputError as refusal:
            refusals.append(refusal)

    meanwhile(monkeypatch, begin_too)
    try:
        simulate(first, url)
    except InputError as refusal:
        refusals.append(refusal)
    assert [refusal.key for refusal in refusals] == ["out"]
    results = load(url)
    results.check()
    assert results.manifest.seed == (second.seed if heeds else first.seed)
    assert len(results.worlds) == 2 * WORLDS
    assert not [name for name in open_store(url).names() if name.startswith(CLAIMS)]


def test_the_same_experiment_begun_twice_at_once_is_shared(
    case: Case, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = experiment(case, WORLDS)
    meanwhile(monkeypatch, lambda: simulate(experiment(case, 2 * WORLDS), url))
    simulate(given, url)
    assert load(url).manifest.worlds == 2 * WORLDS
    simulate(experiment(case, 2 * WORLDS), tmp_path / "alone")
    assert digests(url) == digests(tmp_path / "alone")


def test_a_claim_that_a_killed_batch_left_hinders_nobody(case: Case, url: str) -> None:
    open_store(url).put(f"{CLAIMS}/{uuid.uuid4().hex}", b"of another experiment")
    simulate(experiment(case, CHUNK), url)
    load(url).check()


def test_finished_chunks_that_vanish_from_a_store_are_noticed(
    case: Case, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given, store = experiment(case, WORLDS), open_store(url)

    def remove_all() -> None:
        for name in store.names():
            store.remove(name)

    with monkeypatch.context() as patch:
        after_chunk(patch, 2, remove_all)
        with pytest.raises(InputError, match="lost 2 finished chunks"):
            simulate(given, url)
    assert len(load(url).worlds) == WORLDS
    simulate(given, url)
    assert len(load(url).worlds) == 2 * WORLDS


# ---- a folder on this machine


def after_chunk(monkeypatch: pytest.MonkeyPatch, number: int, act: Callable[[], object]) -> None:
    """Do something when so many chunks are stored."""
    note, stored = Bar.note, []

    def late(self: Bar, chunk: Chunk) -> None:
        note(self, chunk)
        stored.append(chunk)
        if len(stored) == number:
            act()

    monkeypatch.setattr(Bar, "note", late)


def test_a_lock_deleted_under_its_holder_is_noticed_and_nothing_finished_is_lost(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given, place = experiment(case, WORLDS), tmp_path / "batch"
    with monkeypatch.context() as patch:
        after_chunk(patch, 1, (place / LOCK).unlink)
        with pytest.raises(InputError) as refusal:
            simulate(given, place)
    assert refusal.value.file == str(place)
    assert LOCK in str(refusal.value.given)
    assert finished(place) == 2
    simulate(given, place)
    load(place).check()


def test_a_lock_that_another_process_has_taken_meanwhile_is_left_to_it(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given, place = experiment(case, WORLDS), tmp_path / "batch"

    def replace_lock() -> None:
        (place / LOCK).rename(tmp_path / "old")
        (place / LOCK).touch()

    with monkeypatch.context() as patch:
        after_chunk(patch, 1, replace_lock)
        with pytest.raises(InputError, match=LOCK):
            simulate(given, place)
    assert (place / LOCK).exists()
    assert finished(place) == 2


@pytest.mark.skipif(os.name == "nt", reason="Windows removes no folder in use")
@pytest.mark.parametrize("moved", [True, False])
def test_a_folder_that_goes_while_a_batch_runs_is_not_made_anew(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, moved: bool
) -> None:
    given, place, aside = experiment(case, WORLDS), tmp_path / "batch", tmp_path / "aside"
    with monkeypatch.context() as patch:
        after_chunk(patch, 1, lambda: place.rename(aside) if moved else shutil.rmtree(place))
        with pytest.raises(InputError) as refusal:
            simulate(given, place)
    assert refusal.value.file == str(place)
    assert not place.exists()
    if moved:
        assert finished(aside) == 1
        aside.rename(place)
    simulate(given, place)
    assert finished(place) == 4


# ---- a real server


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A bucket of a server that speaks S3, on this machine."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for key, word in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
    }.items():
        monkeypatch.setenv(key, word)
    s3fs.S3FileSystem.clear_instance_cache()
    name = f"bucket-{uuid.uuid4().hex}"
    s3fs.S3FileSystem().mkdir(name)
    yield f"s3://{name}/batch"
    server.stop()
    s3fs.S3FileSystem.clear_instance_cache()


@pytest.mark.parametrize("same", [True, False], ids=["one experiment", "two experiments"])
def test_two_writers_at_once_at_a_server_that_speaks_s3(
    case: Case, bucket: str, tmp_path: Path, *, same: bool
) -> None:
    first = experiment(case, WORLDS)
    both, refused = [first, first if same else other(first)], []
    together = threading.Barrier(2)

    def begin(given: Experiment) -> None:
        together.wait()
        try:
            simulate(given, bucket)
        except InputError as refusal:
            refused.append((given.seed, refusal.key))

    threads = [threading.Thread(target=begin, args=(given,)) for given in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    results = load(bucket)
    results.check()
    assert len(refused) == (0 if same else 1)
    assert results.manifest.seed not in [seed for seed, _ in refused]
    simulate(next(one for one in both if one.seed == results.manifest.seed), tmp_path / "alone")
    assert digests(bucket) == digests(tmp_path / "alone")


def test_workers_of_a_cluster_store_their_chunks_and_send_receipts_alone(
    case: Case, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    distributed = pytest.importorskip("distributed")
    came: list[object] = []

    def noted(*given: Any, **how: Any) -> Iterator[Any]:
        for result in spread(*given, **how):
            came.append(result)
            yield result

    monkeypatch.setattr(batch, "spread", noted)
    given = experiment(case, WORLDS)
    how = {"n_workers": 2, "threads_per_worker": 1, "processes": False, "protocol": "tcp://"}
    with distributed.LocalCluster(dashboard_address=None, **how) as cluster:
        run_batch(given, bucket, scheduler=cluster.scheduler_address, progress=False)
        assert [type(result) for result in came] == [Receipt] * (2 * WORLDS // CHUNK)
        came.clear()
        run_batch(given, tmp_path / "here", scheduler=cluster.scheduler_address, progress=False)
    assert [type(result) for result in came] == [EncodedChunk] * (2 * WORLDS // CHUNK)
    assert digests(bucket) == digests(tmp_path / "here")


def test_receipts_are_gathered_in_a_bucket_that_another_writer_reads(
    case: Case, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finished_receipts, "GATHER", 2)
    given = experiment(case, 2 * WORLDS)
    with monkeypatch.context() as patch:
        after_chunk(patch, 3, lambda: simulate(given, bucket))
        simulate(given, bucket)
    assert len(open_store(bucket).names(RECEIPTS)) == 1
    results = load(bucket)
    results.check()
    assert results.files.worlds == 2 * 2 * WORLDS
