"""Chunks that grow with the number of the world, and receipts gathered into tables: crashes, other writers, repair."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from batches import chunks_of, digests, experiment
from maxpressure.base.errors import InputError
from maxpressure.engine.chunks import Chunk
from maxpressure.experiments import finished as ended
from maxpressure.experiments.batch import run_batch
from maxpressure.experiments.manifest import read_manifest
from maxpressure.experiments.receipts import RECEIPTS, chunk_end, missing, part_name
from maxpressure.experiments.store import LocalStore, open_store
from maxpressure.model.case import Case
from maxpressure.results.results import load

WORLDS, CHUNK = 30, 1


def grid(worlds: int, least: int, most: int) -> list[int]:
    return [chunk.worlds for chunk in missing([], ["a"], worlds, least, most)]


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    chunks_of(monkeypatch, CHUNK)
    monkeypatch.setattr(ended, "GATHER", 5)


def simulate(case: Case, place: Path | str, worlds: int = WORLDS, **how: bool) -> int:
    return run_batch(experiment(case, worlds), place, workers=1, progress=False, **how).simulated


@pytest.fixture(scope="module")
def batch(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty worlds of two scenarios, whose receipts are in one table."""
    place = tmp_path_factory.mktemp("tables") / "batch"
    with pytest.MonkeyPatch.context() as patch:
        chunks_of(patch, CHUNK)
        patch.setattr(ended, "GATHER", 5)
        simulate(case, place)
    return place


@pytest.fixture(scope="module")
def expected(batch: Path) -> dict[str, str]:
    return digests(batch)


@pytest.fixture
def copy(batch: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(batch, tmp_path / "copy"))


# ---- the grid


def test_chunks_grow_with_the_number_of_the_world_and_are_counted() -> None:
    assert grid(20_000, 1000, 16_000) == [1000] * 8 + [2000] * 4 + [4000]
    assert len(grid(10**6, 1000, 16_000)) == 79
    assert len(grid(10**8, 1000, 16_000)) == 6266
    assert max(grid(10**8, 1000, 16_000)) == 16_000
    assert grid(90, 20, 20) == [20, 20, 20, 20, 10]


@pytest.mark.parametrize("least", [1, 20, 1000])
def test_a_grid_does_not_depend_on_the_total(least: int) -> None:
    whole = grid(500 * least, least, 16 * least)
    for worlds in range(least, 500 * least, 7 * least):
        part = grid(worlds, least, 16 * least)
        assert part[:-1] == whole[: len(part) - 1]


def test_no_chunk_crosses_a_line_of_the_grid_where_an_earlier_one_was_cut() -> None:
    assert chunk_end(19_500, 1000, 16_000) == chunk_end(16_000, 1000, 16_000) == 20_000


def test_a_chunk_is_cut_into_the_pieces_that_an_engine_takes() -> None:
    assert Chunk("a", 3, 6).pieces(4) == [Chunk("a", 3, 1), Chunk("a", 4, 4), Chunk("a", 8, 1)]
    assert Chunk("a", 4, 4).pieces(4) == [Chunk("a", 4, 4)]


def test_grown_chunks_hold_the_rows_of_small_ones(
    case: Case, tmp_path: Path, expected: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    chunks_of(monkeypatch, WORLDS)
    simulate(case, tmp_path / "one")
    assert digests(tmp_path / "one") == expected


# ---- tables of receipts


def test_many_receipts_end_in_one_table(batch: Path) -> None:
    names = open_store(batch).names(RECEIPTS)
    assert len(names) == 1
    assert names[0].startswith(ended.TABLE)
    assert [receipt.worlds for receipt in load(batch).files.receipts][-4:] == [4, 4, 4, 2]
    load(batch).check()


def test_an_extension_keeps_what_is_in_the_table(case: Case, copy: Path, tmp_path: Path) -> None:
    assert simulate(case, copy) == 0
    assert simulate(case, copy, WORLDS + 3) == 2 * 3
    assert len(open_store(copy).names(RECEIPTS)) == 1
    simulate(case, tmp_path / "at once", WORLDS + 3)
    assert digests(copy) == digests(tmp_path / "at once")


@pytest.mark.parametrize("stops", range(1, 8))
def test_a_crash_at_any_file_removed_loses_nothing(
    case: Case, tmp_path: Path, expected: dict[str, str], monkeypatch: pytest.MonkeyPatch, stops: int
) -> None:
    place, removed, remove = tmp_path / "batch", [], LocalStore.remove

    def crash(self: LocalStore, name: str) -> None:
        removed.append(name)
        if len(removed) == stops:
            raise OSError
        remove(self, name)

    with monkeypatch.context() as patch:
        patch.setattr(LocalStore, "remove", crash)
        with pytest.raises(OSError):  # noqa: PT011  # of no words
            simulate(case, place)
    done = load(place)
    done.check()
    left = 2 * WORLDS - done.files.worlds
    assert simulate(case, place) == left
    assert digests(place) == expected
    assert len(open_store(place).names(RECEIPTS)) == 1


def test_a_damaged_table_is_refused_and_repaired(case: Case, copy: Path, expected: dict[str, str]) -> None:
    path = copy / open_store(copy).names(RECEIPTS)[0]
    path.write_bytes(path.read_bytes().replace(b'"rows": 1,', b'"rows": 2,', 1))
    with pytest.raises(InputError, match="edited since it was written"):
        load(copy)
    assert simulate(case, copy, repair=True) == 2 * WORLDS
    assert digests(copy) == expected


def test_a_table_under_another_name_is_refused(copy: Path) -> None:
    path = copy / open_store(copy).names(RECEIPTS)[0]
    path.rename(path.with_name("table.0123456789abcdef.json"))
    with pytest.raises(InputError, match="by its content"):
        load(copy)


def test_a_damaged_part_is_simulated_again_and_taken_out_of_the_table_first(
    case: Case, copy: Path, expected: dict[str, str]
) -> None:
    part = copy / part_name("worlds", Chunk("short", 16, 4))
    part.write_bytes(b"damaged")
    assert simulate(case, copy, repair=True) == 4
    assert digests(copy) == expected


def test_a_receipt_in_a_file_and_in_a_table_must_be_the_same(copy: Path) -> None:
    store = open_store(copy)
    first = load(copy).files.receipts[0]
    store.put(f"{RECEIPTS}/{first.chunk.name}.json", first.text())
    assert load(copy).files.worlds == 2 * WORLDS
    changed = first.model_copy(update={"parts": first.parts | {"acts": first.parts["worlds"]}})
    store.put(f"{RECEIPTS}/{first.chunk.name}.json", changed.text())
    with pytest.raises(InputError, match="twice, not the same"):
        load(copy)


def test_a_writer_removes_no_table_that_holds_more_than_its_own(copy: Path) -> None:
    store = open_store(copy)
    whole = ended.receipts(store, read_manifest(store))
    ended.gather_all(store, whole[:6])
    assert ended.receipts(store, read_manifest(store)) == whole
    ended.gather_all(store, whole)
    assert len(store.names(RECEIPTS)) == 1


def test_entries_of_a_folder_are_listed_without_those_below(batch: Path) -> None:
    assert open_store(batch).entries() == [
        "acts.parquet", "manifest.json", "receipts", "tallies.parquet", "weeks.parquet", "worlds.parquet",
    ]  # fmt: skip
