"""Merging: several folders of one batch become one, and nothing that does not fit is let in or overwritten."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from maxpressure.api import run
from maxpressure.base.errors import InputError
from maxpressure.engine.chunks import Keep
from maxpressure.experiments.receipts import part_name
from maxpressure.model.case import Case
from maxpressure.results.merge import merge
from maxpressure.results.results import Results
from part_folders import TWO, laid_out, planned


@pytest.fixture(scope="module")
def folders(case: Case, tmp_path_factory: pytest.TempPathFactory) -> tuple[Results, Results, Results]:
    """Worlds 0 to 5, worlds 4 to 9, and all ten, in parts of 2."""
    place, experiment = tmp_path_factory.mktemp("merge"), planned(case, worlds=10)
    return (
        laid_out(planned(case, worlds=6), place / "first", width=2),
        laid_out(experiment, place / "second", width=2, first=4),
        laid_out(experiment, place / "all", width=2),
    )


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_merged_folders_hold_the_worlds_of_all(
    folders: tuple[Results, Results, Results], tmp_path: Path
) -> None:
    first, second, every = folders
    before = contents(first.folder), contents(second.folder)
    merged = merge([first.folder, second.folder], tmp_path / "out")
    assert merged.digests() == every.digests()
    assert merged.manifest.worlds == 10
    assert merged.manifest.identity() == every.manifest.identity()
    assert (contents(first.folder), contents(second.folder)) == before
    parts = {name: content for name, content in contents(every.folder).items() if name != "manifest.json"}
    assert {name: contents(merged.folder)[name] for name in parts} == parts
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_the_order_of_folders_does_not_matter(
    folders: tuple[Results, Results, Results], tmp_path: Path
) -> None:
    first, second, every = folders
    assert merge([second.folder, first.folder], tmp_path / "out").digests() == every.digests()


def test_merging_at_a_url_is_the_same(folders: tuple[Results, Results, Results]) -> None:
    first, second, every = folders
    merged = merge([first.folder, second.folder], "memory://merge/out")
    assert merge([merged.place], "memory://merge/again").digests() == every.digests()
    with pytest.raises(InputError, match="a new or an empty folder"):
        merge([first.folder], "memory://merge/out")


def test_worlds_simulated_by_another_engine_fit(
    folders: tuple[Results, Results, Results], case: Case, tmp_path: Path
) -> None:
    world = laid_out(planned(case, worlds=10, engine="world"), tmp_path / "world", width=2, first=6)
    assert merge([folders[0].folder, world.folder], tmp_path / "out").digests() == folders[2].digests()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"seed": 12}, "seed was 11, now 12"),
        ({"sources": TWO[:1]}, "scenarios was"),
        ({"sources": TWO[::-1]}, "scenarios was"),
        ({"keep": Keep(weeks=3)}, "keep_weeks was 2000, now 3"),
    ],
)
def test_folders_of_another_experiment_are_refused_with_what_differs(
    folders: tuple[Results, Results, Results],
    case: Case,
    tmp_path: Path,
    changes: dict[str, object],
    said: str,
) -> None:
    other = laid_out(planned(case, worlds=4, **changes), tmp_path / "other", width=2)
    with pytest.raises(InputError, match=said) as refusal:
        merge([folders[0].folder, other.folder], tmp_path / "out")
    assert str(other.folder) in refusal.value.file
    assert not (tmp_path / "out").exists()


def test_the_same_worlds_with_other_bytes_are_refused_with_what_differs(
    folders: tuple[Results, Results, Results], tmp_path: Path
) -> None:
    other = Path(shutil.copytree(folders[0].folder, tmp_path / "other"))
    receipt = folders[0].files.receipts[0]
    file = other / part_name("weeks", receipt.chunk)
    pq.write_table(pq.read_table(file).slice(1), file)
    part = receipt.parts["weeks"].model_copy(update={"sha256": hashlib.sha256(file.read_bytes()).hexdigest()})
    changed = receipt.model_copy(update={"parts": {**receipt.parts, "weeks": part}})
    (other / "receipts" / f"{receipt.chunk.name}.json").write_bytes(changed.text())
    with pytest.raises(InputError, match=r"weeks other than in .*first") as refusal:
        merge([folders[0].folder, other], tmp_path / "out")
    assert refusal.value.key == receipt.chunk.name
    assert not (tmp_path / "out").exists()


def test_the_same_worlds_cut_otherwise_are_refused(
    folders: tuple[Results, Results, Results], case: Case, tmp_path: Path
) -> None:
    other = laid_out(planned(case, worlds=10), tmp_path / "other", width=5)
    with pytest.raises(InputError, match="share worlds"):
        merge([folders[0].folder, other.folder], tmp_path / "out")


def test_a_damaged_part_is_not_copied_and_leaves_no_folder(
    folders: tuple[Results, Results, Results], tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(folders[0].folder, tmp_path / "copy"))
    part = copy / part_name("acts", folders[0].files.receipts[-1].chunk)
    part.write_bytes(part.read_bytes()[:-1])
    with pytest.raises(InputError, match="--repair"):
        merge([copy], tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["copy"]


@pytest.mark.parametrize("there", ["notes.txt", "manifest.json", ".hidden"])
def test_nothing_is_ever_overwritten(
    folders: tuple[Results, Results, Results], tmp_path: Path, there: str
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / there).write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="a new or an empty folder"):
        merge([folders[0].folder], tmp_path / "out")
    assert contents(tmp_path / "out") == {there: b"mine"}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_folder_does_not_merge_into_itself(folders: tuple[Results, Results, Results]) -> None:
    before = contents(folders[0].folder)
    with pytest.raises(InputError, match="a new or an empty folder"):
        merge([folders[0].folder], folders[0].folder)
    assert contents(folders[0].folder) == before


def test_tables_in_one_file_are_refused(case: Case, tmp_path: Path) -> None:
    whole = run("no-campaign", worlds=2, out=tmp_path / "a", case=case, progress=False)
    with pytest.raises(InputError, match="maxpressure batch"):
        merge([whole.folder], tmp_path / "out")


def test_nothing_to_merge_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="at least one folder"):
        merge([], tmp_path / "out")
