"""The words of ties, the way input is refused, and where the folders are found."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from maxpressure.base import paths
from maxpressure.base.errors import InputError, nearest
from maxpressure.base.ties import FULL, NONE, REDUCED, RESIDUAL, TIE_INDEX, TIES


def test_a_tie_stands_in_arrays_where_the_list_of_ties_has_it():
    assert TIES == ("diplomatic", "trade", "finance", "military", "labour", "travel")
    assert [TIES[TIE_INDEX[tie]] for tie in TIES] == list(TIES)


def test_levels_run_from_none_to_full_in_steps_of_one():
    assert [NONE, RESIDUAL, REDUCED, FULL] == [0, 1, 2, 3]


def test_a_refusal_names_the_file_the_key_what_was_given_and_what_is_allowed():
    refusal = InputError(file=Path("mine.toml"), key="window.weeks", given=-4, allowed="above 0")
    assert str(refusal) == "mine.toml: window.weeks is -4. Allowed is above 0."


def test_a_refusal_offers_the_nearest_word_on_a_second_line():
    refusal = InputError(file="a.csv", key="line 2", given="trad", allowed="a tie", nearest="trade")
    assert str(refusal).splitlines()[1] == "Did you mean 'trade'?"


def test_a_refusal_travels_whole_between_processes():
    refusal = InputError(file="a.csv", key="line 2", given=("x", 1), allowed="a tie", nearest="trade")
    returned = pickle.loads(pickle.dumps(refusal))
    assert isinstance(returned, InputError)
    assert (str(returned), returned.given) == (str(refusal), ("x", 1))


@pytest.mark.parametrize(
    ("word", "found"),
    [("trad", "trade"), ("TRADE", "trade"), ("labor", "labour"), ("zzz", ""), ("", "")],
)
def test_the_nearest_word_is_the_one_spelt_most_alike_whatever_its_case(word, found):
    assert nearest(word, TIES) == found


def test_of_two_words_equally_alike_the_one_that_begins_alike_is_nearest():
    assert nearest("JPM", ["JAM", "JPN", "LBR"]) == "JPN"


def test_of_two_words_equally_alike_the_one_of_the_same_characters_is_nearest():
    assert nearest("UNSCR 2731", ["UNSCR 2321", "UNSCR 2371", "UNSCR 2270"]) == "UNSCR 2371"


def test_the_nearest_word_to_what_is_no_text_is_that_to_its_text():
    assert nearest(["trade"], TIES) == "trade"
    assert nearest(3, TIES) == ""


def test_the_folders_of_a_checkout_stand_beside_the_source_root():
    root = paths.PACKAGE.parents[1]
    assert paths.folder("calibration") == root / "calibration"


def test_the_folders_of_a_wheel_stand_inside_the_package(tmp_path, monkeypatch):
    package = tmp_path / "site-packages" / "maxpressure"
    carried = package / "_folders" / "calibration"
    carried.mkdir(parents=True)
    (tmp_path / "calibration").mkdir()  # a stranger's folder where a checkout would have ours
    monkeypatch.setattr(paths, "PACKAGE", package)
    assert paths.folder("calibration") == carried


def test_a_folder_found_nowhere_is_an_error_that_names_both_places(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "PACKAGE", tmp_path / "model" / "maxpressure")
    with pytest.raises(FileNotFoundError) as missing:
        paths.folder("scenarios")
    assert str(tmp_path / "model" / "maxpressure" / "_folders" / "scenarios") in str(missing.value)
    assert str(tmp_path / "scenarios") in str(missing.value)
