"""A result folder in daily use: file managers leave things in it, and people delete things from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from maxpressure import api
from maxpressure.api import run
from maxpressure.base.errors import InputError
from maxpressure.experiments.folder import earlier_results
from maxpressure.model.case import Case
from maxpressure.results.results import Results

STRAYS = (".DS_Store", "Thumbs.db", "desktop.ini", "Desktop.ini")


def one_world(case: Case, place: Path, *, force: bool = False, worlds: int = 1) -> Results:
    return run("no-campaign", worlds=worlds, out=place, case=case, force=force, progress=False)


def left_behind(place: Path) -> None:
    place.mkdir(exist_ok=True)
    for name in STRAYS:
        (place / name).touch()


def test_what_file_managers_leave_behind_blocks_nothing(case: Case, tmp_path: Path) -> None:
    place = tmp_path / "a"
    left_behind(place)
    assert not one_world(case, place).reused  # an empty folder but for the strays
    left_behind(place)
    assert one_world(case, place).reused
    assert not one_world(case, place, force=True, worlds=2).reused
    assert not [name for name in STRAYS if (place / name).exists()]


def test_a_folder_of_a_strays_name_is_not_ours_to_remove(tmp_path: Path) -> None:
    (tmp_path / "Thumbs.db").mkdir()
    with pytest.raises(InputError, match=r"a folder with 'Thumbs\.db' in it"):
        earlier_results(tmp_path)


def test_results_without_their_manifest_are_to_be_deleted_by_hand(case: Case, tmp_path: Path) -> None:
    place = one_world(case, tmp_path / "a").folder
    (place / "manifest.json").unlink()
    for force in (False, True):
        with pytest.raises(InputError, match="delete the folder by hand"):
            one_world(case, place, force=force)
    assert (place / "acts.parquet").exists()


def test_a_picture_that_is_gone_is_drawn_again_from_the_results_there(case: Case, tmp_path: Path) -> None:
    place = one_world(case, tmp_path / "a").folder
    drawn = (place / "wave.png").read_bytes()
    written = (place / "worlds.parquet").stat().st_mtime_ns
    (place / "wave.png").unlink()
    assert one_world(case, place).reused
    assert (place / "wave.png").read_bytes() == drawn
    assert (place / "worlds.parquet").stat().st_mtime_ns == written
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_picture_that_is_there_is_not_drawn_again(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = one_world(case, tmp_path / "a").folder

    def never(*_: object) -> None:
        raise AssertionError("drawn again")

    monkeypatch.setattr(api, "save_wave", never)
    assert one_world(case, place).reused


def test_a_picture_that_cannot_be_drawn_leaves_no_half_of_it(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = one_world(case, tmp_path / "a").folder
    (place / "wave.png").unlink()

    def full(path: Path, *_: object) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(api, "save_wave", full)
    with pytest.raises(OSError, match="No space left"):
        one_world(case, place)
    assert not (place / "wave.png").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
