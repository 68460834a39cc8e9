"""However a batch is cut, run, interrupted or extended, its tables hold the same bytes in canonical form."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from batches import WEEKS, chunks_of, digests, experiment, finished, parts, short, started, wait_for
from maxpressure.experiments.batch import run_batch
from maxpressure.experiments.job import GROWTH
from maxpressure.experiments.receipts import missing
from maxpressure.experiments.schema import TABLES
from maxpressure.model.case import Case
from maxpressure.results.results import load

WORLDS = 1000
FEW = 40

IN_SMALL_CHUNKS = """import sys
import pytest
from batches import chunks_of, experiment
from maxpressure.experiments.batch import run_batch
from maxpressure.model.case import load_case
chunks_of(pytest.MonkeyPatch(), 20)
run_batch(experiment(load_case(), 1000), sys.argv[1], workers=2, progress=False)
"""


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory, case: Case) -> Path:
    """The batch run whole by one worker."""
    place = tmp_path_factory.mktemp("reference") / "one"
    done = run_batch(experiment(case, WORLDS), place, workers=1, progress=False)
    assert (done.simulated, done.kept, done.failed) == (2 * WORLDS, 0, {})
    return place


@pytest.fixture(scope="module")
def expected(reference: Path) -> dict[str, str]:
    return digests(reference)


def test_the_digests_tell_two_batches_apart(expected: dict[str, str], case: Case, tmp_path: Path) -> None:
    run_batch(experiment(case, WORLDS - 1), tmp_path / "less", workers=1, progress=False)
    other = digests(tmp_path / "less")
    assert other.keys() == expected.keys() == TABLES.keys()
    changed = {table for table in TABLES if other[table] != expected[table]}
    assert changed == {"worlds", "tallies", "acts"}  # weeks are kept of the first 60 worlds only


@pytest.mark.parametrize(("workers", "chunk"), [(2, 1000), (2, 130), (1, 27), (3, 61)])
def test_neither_workers_nor_the_size_of_chunks_change_a_byte(
    expected: dict[str, str],
    case: Case,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    workers: int,
    chunk: int,
) -> None:
    chunks_of(monkeypatch, chunk)
    run_batch(experiment(case, WORLDS), tmp_path / "batch", workers=workers, progress=False)
    assert finished(tmp_path / "batch") == 2 * len(missing([], ["a"], WORLDS, chunk, chunk * GROWTH))
    assert digests(tmp_path / "batch") == expected


def test_the_same_chunks_give_the_same_files(reference: Path, case: Case, tmp_path: Path) -> None:
    run_batch(experiment(case, WORLDS), tmp_path / "batch", workers=2, progress=False)
    assert parts(tmp_path / "batch") == parts(reference)


def test_a_dask_cluster_changes_no_byte(
    reference: Path, expected: dict[str, str], case: Case, tmp_path: Path
) -> None:
    distributed = pytest.importorskip("distributed")
    how = {"n_workers": 2, "threads_per_worker": 1, "processes": False, "protocol": "tcp://"}
    with distributed.LocalCluster(dashboard_address=None, **how) as cluster:
        place, address = tmp_path / "cluster", cluster.scheduler_address
        run_batch(experiment(case, WORLDS), place, scheduler=address, progress=False)
    assert digests(place) == expected
    assert parts(place) == parts(reference)


def test_a_batch_killed_in_the_middle_and_run_again_changes_no_byte(
    expected: dict[str, str], case: Case, tmp_path: Path
) -> None:
    place = tmp_path / "killed"
    with started(str(place), program=IN_SMALL_CHUNKS) as running:
        wait_for(lambda: finished(place) > 0 or running.poll() is not None)
        running.kill()
        _, said = running.communicate()
    before = parts(place)
    done = finished(place)
    assert done > 0, said
    kept = load(place).files.worlds
    assert kept < 2 * WORLDS
    resumed = run_batch(experiment(case, WORLDS), place, workers=2, progress=False)
    assert resumed.kept == kept
    assert resumed.simulated == 2 * WORLDS - kept
    receipts = {name: content for name, content in before.items() if name.startswith("receipts/")}
    assert receipts.items() <= parts(place).items()
    assert digests(place) == expected


def test_a_batch_extended_from_a_hundred_worlds_to_a_thousand_changes_no_byte(
    expected: dict[str, str], case: Case, tmp_path: Path
) -> None:
    place = tmp_path / "extended"
    run_batch(experiment(case, 100), place, workers=2, progress=False)
    before = parts(place)
    done = run_batch(experiment(case, WORLDS), place, workers=2, progress=False)
    assert (done.kept, done.simulated) == (200, 2 * (WORLDS - 100))
    assert before.items() <= parts(place).items()
    assert load(place).manifest.worlds == WORLDS
    assert digests(place) == expected


def test_asking_for_fewer_worlds_than_there_are_keeps_them_all(
    reference: Path, expected: dict[str, str], case: Case
) -> None:
    before = parts(reference)
    done = run_batch(experiment(case, 10), reference, workers=1, progress=False)
    assert (done.simulated, done.kept, done.manifest.worlds) == (0, 2 * WORLDS, WORLDS)
    assert parts(reference) == before
    assert digests(reference) == expected


def test_the_mesa_model_gives_the_same_bytes_as_the_ensemble(
    reference: Path, case: Case, tmp_path: Path
) -> None:
    for engine in ("world", "ensemble"):
        few_worlds = experiment(case, FEW, engine=engine, scenarios=(short(),))
        run_batch(few_worlds, tmp_path / engine, workers=2, progress=False)
    assert digests(tmp_path / "world") == digests(tmp_path / "ensemble")
    few, many = load(tmp_path / "world"), load(reference)
    for table in ("worlds", "weeks"):
        rows = many.table(table)
        rows = rows[(rows["world"] < FEW) & (rows["scenario"] == "short")].reset_index(drop=True)
        rows["scenario"] = rows["scenario"].cat.set_categories(["short"])
        assert rows.equals(few.table(table))
    assert len(few.weeks) == FEW * WEEKS


def test_a_batch_begun_by_one_engine_can_be_finished_by_the_other(case: Case, tmp_path: Path) -> None:
    place, whole = tmp_path / "mixed", tmp_path / "whole"
    run_batch(experiment(case, 5, engine="world"), place, workers=1, progress=False)
    run_batch(experiment(case, FEW), place, workers=1, progress=False)
    run_batch(experiment(case, FEW), whole, workers=1, progress=False)
    assert digests(place) == digests(whole)


def test_an_object_store_holds_the_same_bytes_as_a_folder(
    reference: Path, expected: dict[str, str], case: Case
) -> None:
    pytest.importorskip("fsspec")
    place = f"memory://{uuid.uuid4().hex}/batch"
    run_batch(experiment(case, 100), place, workers=1, progress=False)
    done = run_batch(experiment(case, WORLDS), place, workers=2, progress=False)
    assert (done.kept, done.simulated) == (200, 2 * (WORLDS - 100))
    assert digests(place) == expected
    again = run_batch(experiment(case, WORLDS), place, workers=2, progress=False)
    assert (again.kept, again.simulated) == (2 * WORLDS, 0)
    assert load(place).manifest.identity() == load(reference).manifest.identity()
