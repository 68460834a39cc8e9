"""The messages for frequent errors of newcomers: a misplaced key, a file's ending, a state's name."""

from __future__ import annotations

from pathlib import Path

import pytest

from maxpressure.base.errors import InputError
from maxpressure.model.case import Case


def refusal(case: Case, source: str | Path) -> InputError:
    with pytest.raises(InputError) as caught:
        case.scenario(source)
    return caught.value


def refusal_of(text: str, case: Case, tmp_path: Path) -> InputError:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return refusal(case, path)


@pytest.mark.parametrize(
    ("text", "key", "top"),
    [
        ("[mechanisms]\ncontagion = false\nwithout = ['UNSCR 2375']", "mechanisms.without", "without"),
        ("[campaign]\nshift = { 'UNSCR 2375' = 7 }", "campaign.shift", "shift"),
        ("[target]\nrisk_set = 'override'", "target.risk_set", "risk_set"),
        ("[[add]]\ndate = 2017-06-01\nscale = 2", "add[0].scale", "scale"),
        ("[scale]\n'UNSCR 2375' = 1\nwithout = ['UNSCR 2371']", "scale.without", "without"),
        ("[scale]\nsecondary_sanctions = 1", "scale.secondary_sanctions", "secondary_sanctions"),
        ("[parameters]\nsst_listing = 'never'", "parameters.sst_listing", "sst_listing"),
    ],
)
def test_a_top_level_key_inside_a_table_is_sent_above_the_first_table(
    case: Case, tmp_path: Path, text: str, key: str, top: str
) -> None:
    error = refusal_of(text, case, tmp_path)
    said = f"{top} is a top-level key, and those must stand above the first [table]"
    assert (error.key, error.given, error.nearest) == (key, top, "")
    assert error.allowed.endswith(said)


def test_a_key_that_its_table_has_is_not_sent_to_the_top_although_the_file_has_one_too(
    case: Case, tmp_path: Path
) -> None:
    error = refusal_of("[campaign]\nscale = -1", case, tmp_path)
    assert (error.key, error.allowed) == ("campaign.scale", "a number from 0 to 1000")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("start = 2017-01-02", "window.start"),
        ("weeks = 52", "window.weeks"),
        ("lag_weeks = 1", "requests.lag_weeks"),
        ("contagion = false", "mechanisms.contagion"),
    ],
)
def test_a_key_of_a_table_at_the_top_is_answered_with_its_table(
    case: Case, tmp_path: Path, text: str, meant: str
) -> None:
    assert refusal_of(text, case, tmp_path).nearest == meant


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("MAL", "MDV Maldives, MLI Mali, MLT Malta, MWI Malawi, MYS Malaysia"),
        ("malay", "MYS Malaysia"),
        ("mys", "MYS Malaysia"),
        ("Malaysai", "MYS Malaysia"),
        ("Chi", "CHL Chile"),
    ],
)
def test_states_that_may_be_meant_are_shown_by_code_and_name(
    case: Case, tmp_path: Path, given: str, meant: str
) -> None:
    assert refusal_of(f"[requests]\nspare = ['{given}']", case, tmp_path).nearest == meant


def test_two_letters_do_not_call_up_every_name_that_begins_with_them(case: Case, tmp_path: Path) -> None:
    assert "," not in refusal_of("[requests]\nspare = ['Ma']", case, tmp_path).nearest


@pytest.mark.parametrize(("given", "part"), [("Rus", "RUS is a patron"), ("prk", "PRK is the target")])
def test_the_beginning_of_a_name_finds_a_state_with_another_part(
    case: Case, tmp_path: Path, given: str, part: str
) -> None:
    error = refusal_of(f"[requests]\nspare = ['{given}']", case, tmp_path)
    assert part in error.allowed
    assert error.nearest == ""


def test_a_missing_file_is_refused_with_the_folder_that_was_searched(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for source, folder in (("mine", tmp_path), ("sub/mine.toml", tmp_path / "sub")):
        assert refusal(case, source).allowed.endswith(f"there is no such file in the folder {folder}")


def test_a_file_named_without_its_ending_is_suggested_with_it(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "no-campain.toml").touch()
    assert refusal(case, "no-campain").nearest == "no-campain.toml"
    (tmp_path / "no-campain.toml").unlink()
    assert refusal(case, "no-campain").nearest == "no-campaign"


def test_a_folder_beside_a_file_of_its_name_does_not_hide_it(case: Case, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine.toml").touch()
    error = refusal(case, tmp_path / "mine")
    assert (error.given, error.nearest) == ("is not a file", str(tmp_path / "mine.toml"))
