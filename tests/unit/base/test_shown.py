"""A result shown and saved by the names that every result has."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import pytest

from maxpressure import InputError
from maxpressure.base.shown import Shown


@dataclass(frozen=True, slots=True)
class Counted(Shown):
    words: str

    def text(self, width=100):
        return self.words[:width]

    @property
    def tables(self):
        return {"acts": pd.DataFrame({"state": ["AAA"], "acts": [3]})}


def test_a_result_without_text_or_tables_cannot_be_made():
    with pytest.raises(TypeError):
        Shown()


def test_html_escapes_what_the_text_holds():
    assert "&lt;b&gt;" in Counted("<b>")._repr_html_()


def test_a_page_holds_the_text():
    assert "Two states acted." in Counted("Two states acted.").markdown()


def test_text_and_tables_are_saved(tmp_path):
    path = Counted("Two states acted.").save(tmp_path / "new" / "folder")
    assert (path / "acts.csv").read_text() == "state,acts\nAAA,3\n"
    assert "Two states acted." in (path / "result.md").read_text()


def test_a_folder_that_holds_files_is_refused_unless_forced(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(InputError) as refused:
        Counted("a").save(tmp_path)
    assert refused.value.key == "folder"
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    Counted("a").save(tmp_path, force=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["acts.csv", "mine.txt", "result.md"]


def test_a_file_in_the_way_is_refused_even_where_forced(tmp_path):
    file = tmp_path / "file"
    file.write_text("mine")
    with pytest.raises(InputError):
        Counted("a").save(file, force=True)
    assert file.read_text() == "mine"
