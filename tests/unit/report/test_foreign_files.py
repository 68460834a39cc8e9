"""Pictures and reports replace their own files and no one else's."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from maxpressure.api import run
from maxpressure.base.errors import InputError
from maxpressure.model.case import Case
from maxpressure.report.html import save_report
from maxpressure.report.plots import save_pictures
from maxpressure.results.results import Results, load


@pytest.fixture(scope="module")
def results(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Results:
    place = tmp_path_factory.mktemp("made") / "out"
    return run("no-campaign", worlds=2, out=place, case=case, progress=False)


def drawn(results: Results, case: Case, folder: Path) -> None:
    save_pictures(results, case=case, names=["wave"], out=folder, progress=False)


def reported(results: Results, case: Case, folder: Path) -> None:
    save_report(results, case=case, out=folder / "wave.html", progress=False)


@pytest.mark.parametrize(
    ("write", "name", "beside"), [(drawn, "wave.png", "wave.csv"), (reported, "wave.html", "letter.txt")]
)
def test_an_own_file_is_replaced_and_a_foreign_one_refused(
    results: Results, case: Case, tmp_path: Path, write: Callable[..., None], name: str, beside: str
) -> None:
    for _ in range(2):
        write(results, case, tmp_path)
    before = (tmp_path / name).read_bytes()
    for foreign in (b"mine", b"", before[:20], b"\0" * 5000 + before):
        (tmp_path / name).write_bytes(foreign)
        with pytest.raises(InputError) as refusal:
            write(results, case, tmp_path)
        assert refusal.value.file == str(tmp_path / name)
        assert (tmp_path / name).read_bytes() == foreign
    (tmp_path / name).unlink()
    if write is drawn:
        with pytest.raises(InputError) as refusal:
            write(results, case, tmp_path)
        assert refusal.value.file == str(tmp_path / beside)
        (tmp_path / beside).unlink()
    write(results, case, tmp_path)
    assert (tmp_path / name).read_bytes() == before
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize(
    "out", [".", "..", "/", "a.html/", "a.txt", "none/a.html", "~nobody-here/a.html", "a\0.html"]
)
def test_a_report_goes_to_a_file_that_can_be_one(
    results: Results, case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.html").mkdir()
    with pytest.raises(InputError) as refusal:
        save_report(results, case=case, out=out, progress=False)
    assert refusal.value.key == "out"
    assert [path.name for path in tmp_path.iterdir()] == ["a.html"]


def test_a_folder_in_the_place_of_a_report_is_named(results: Results, case: Case, tmp_path: Path) -> None:
    place = Path(shutil.copytree(results.folder, tmp_path / "out"))
    (place / "report.html").mkdir()
    with pytest.raises(InputError) as refusal:
        save_report(load(place), case=case, progress=False)
    assert refusal.value.file == str(place / "report.html")


def test_the_report_of_the_current_folder_lies_in_it(
    results: Results, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(results.folder)
    for out in (None, "rep.html"):
        path, _ = save_report(load("."), case=case, out=out, progress=False)
        assert path.parent == results.folder
        path.unlink()
