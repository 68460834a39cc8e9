"""A result folder in daily use: file managers leave things in it, and people delete things from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from maxpressure.api import run
from maxpressure.base.errors import InputError
from maxpressure.experiments.folder import OutputFolder, results_folder, write_json
from maxpressure.experiments.manifest import digest
from maxpressure.model.case import Case
from maxpressure.report import plot_wave
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
        results_folder(tmp_path).holds_result()


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

    monkeypatch.setattr(plot_wave, "save_wave", never)
    assert one_world(case, place).reused


def test_a_picture_that_cannot_be_drawn_leaves_no_half_of_it(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = one_world(case, tmp_path / "a").folder
    (place / "wave.png").unlink()

    def full(path: Path, *_: object) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(plot_wave, "save_wave", full)
    with pytest.raises(OSError, match="No space left"):
        one_world(case, place)
    assert not (place / "wave.png").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


NOTES = ("notes.json", "table.csv")


def notes_folder(place: Path) -> OutputFolder:
    return OutputFolder(place, mark="notes.json", files=NOTES, contents="notes", kind="our notes")


def written(place: Path, seed: int) -> OutputFolder:
    folder = notes_folder(place)
    with folder.new() as partial:
        (partial / "table.csv").write_text("a\n", encoding="utf-8")
        write_json(partial / "notes.json", {"kind": "our notes", "seed": seed, "ended": f"at {seed}"})
    return folder


def test_an_output_folder_is_reused_refused_or_replaced_by_what_its_mark_states(tmp_path: Path) -> None:
    folder = written(tmp_path / "a", 1)
    earlier = folder.earlier()
    assert earlier == {"kind": "our notes", "seed": 1, "ended": "at 1"}
    folder.check_same(earlier, {"seed": 1, "ended": "at 2"}, free=("ended",))
    with pytest.raises(InputError, match="notes of another run: other seed"):
        folder.check_same(earlier, {"seed": 2, "ended": "at 1"})
    assert written(tmp_path / "a", 2).earlier() == {"kind": "our notes", "seed": 2, "ended": "at 2"}
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert notes_folder(tmp_path / "b").earlier() is None


@pytest.mark.parametrize("known", [None, [], "text", {}, {"table.csv": 3}, {"table.csv": "0" * 64}])
def test_an_output_folder_checks_its_files_against_the_mark(tmp_path: Path, known: object) -> None:
    folder = written(tmp_path / "a", 1)
    sound = {"table.csv": digest(folder.path / "table.csv")}
    folder.check_files(sound, ["table.csv"])
    with pytest.raises(InputError, match="missing or changed"):
        folder.check_files(known, ["table.csv"])
    (folder.path / "table.csv").write_text("b\n", encoding="utf-8")
    with pytest.raises(InputError, match="missing or changed"):
        folder.check_files(sound, ["table.csv"])
    (folder.path / "table.csv").unlink()
    with pytest.raises(InputError, match="missing or changed"):
        folder.check_files(sound, ["table.csv"])


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("{", "Expecting"),
        ('{"kind": "other"}', "another program's file"),
        ("[]", "another"),
        ("[" * 10**5, "without end"),
    ],
)
def test_a_mark_that_is_damaged_or_of_another_kind_is_refused(tmp_path: Path, text: str, given: str) -> None:
    (tmp_path / "notes.json").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=given):
        notes_folder(tmp_path).earlier()


def test_an_output_folder_with_anything_else_in_it_is_never_replaced(tmp_path: Path) -> None:
    folder = written(tmp_path / "a", 1)
    (folder.path / "letter.txt").write_text("dear", encoding="utf-8")
    with pytest.raises(InputError, match=r"a folder with 'letter\.txt' in it"):
        written(tmp_path / "a", 2)
    (folder.path / "letter.txt").unlink()
    (folder.path / "notes.json").unlink()
    with pytest.raises(InputError, match="delete the folder by hand"):
        written(tmp_path / "a", 2)
    (tmp_path / "b").touch()
    with pytest.raises(InputError, match="a file"):
        notes_folder(tmp_path / "b").holds_result()


def test_an_output_folder_that_fails_leaves_the_earlier_result(tmp_path: Path) -> None:
    folder = written(tmp_path / "a", 1)
    with pytest.raises(KeyboardInterrupt), folder.new():
        raise KeyboardInterrupt
    assert folder.earlier() == {"kind": "our notes", "seed": 1, "ended": "at 1"}
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
