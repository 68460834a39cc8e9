"""Twins in their folder and on the command line: what is written, kept, refused and printed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from maxpressure.base.cautions import CONTAGION
from maxpressure.base.errors import InputError
from maxpressure.cli.main import app
from maxpressure.evidence.parameters import Parameters, load_parameters
from maxpressure.explanations import twin_run
from maxpressure.explanations.twin_run import (
    ABOUT,
    ACTS,
    FILES,
    PICTURE,
    TOTALS,
    TwinResults,
    check_states,
    twin,
)
from maxpressure.explanations.twins import Twins
from maxpressure.model.case import Case


@pytest.fixture(scope="module")
def found(case: Case, tmp_path_factory: pytest.TempPathFactory) -> TwinResults:
    """Three twins without the September test."""
    place = tmp_path_factory.mktemp("twins") / "there"
    return again(case, place, progress=False)


def again(case: Case, place: Path, worlds: int = 3, **how: object) -> TwinResults:
    """Those twins once more."""
    settings = {"seed": 1, "parameters": load_parameters(), "workers": 1, "out": place, "progress": False}
    return twin("no-september-test", case=case, worlds=worlds, **(settings | how))


def test_twins_of_a_scenario_that_affects_no_recorded_act_say_so_first(found: TwinResults) -> None:
    none = replace(found, acts=found.acts.iloc[:0])
    assert "no-september-test can affect none" in " ".join(none.text(80).split()).partition(none.title)[0]
    assert "no-september-test can affect none" in none.markdown()
    assert found.text(80).startswith(found.title)


def test_a_folder_of_twins_holds_tables_a_picture_and_what_was_run(found: TwinResults) -> None:
    assert {path.name for path in found.folder.iterdir()} == FILES
    about = json.loads((found.folder / ABOUT).read_text(encoding="utf-8"))
    assert (about["worlds"], about["seed"], about["record_ends"]) == (3, 1, "2017-12-31")
    assert 'without = ["Sixth nuclear test", "UNSCR 2375"]' in about["scenarios"][0]["text"]
    assert {"evidence", "assumptions", "code", "parameters", "agreement", "tables"} <= set(about)
    rows = pd.read_csv(found.folder / ACTS)
    assert len(rows) == 2 * len(recorded_acts_of(found))
    assert (pd.read_csv(found.folder / TOTALS)["twins"] == 3).all()
    assert (found.folder / PICTURE).read_bytes().startswith(b"\x89PNG")


def test_twins_are_saved_as_they_are_and_never_over_those_of_another_run(
    case: Case, found: TwinResults, tmp_path: Path
) -> None:
    saved = found.save(tmp_path / "copy")
    assert {path.name for path in saved.iterdir()} == FILES
    for name in (ACTS, TOTALS):
        assert (saved / name).read_bytes() == (found.folder / name).read_bytes()
    assert again(case, saved).reused
    other = replace(found, about=found.about | {"seed": 2})
    with pytest.raises(InputError, match="other seed"):
        other.save(saved)
    assert set(found.tables) == {"twins", "totals"}


def recorded_acts_of(found: TwinResults) -> set[tuple[str, int]]:
    return {(row.iso3, row.act) for row in found.acts.itertuples()}


def test_the_number_of_processes_changes_no_byte(
    case: Case, found: TwinResults, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(twin_run, "TOGETHER", 2)  # so that three twins are two chunks
    split = again(case, tmp_path / "b", workers=2)
    for name in (ACTS, TOTALS):
        assert (found.folder / name).read_bytes() == (split.folder / name).read_bytes()


def test_the_same_twins_are_kept_and_a_missing_picture_is_drawn_again(case: Case, found: TwinResults) -> None:
    (found.folder / PICTURE).unlink()
    kept = again(case, found.folder)
    assert kept.reused
    pd.testing.assert_frame_equal(kept.acts, found.acts)
    assert (found.folder / PICTURE).is_file()


def test_other_twins_are_refused_unless_forced(case: Case, tmp_path: Path) -> None:
    place = tmp_path / "there"
    again(case, place, worlds=1)
    with pytest.raises(InputError, match="other worlds"):
        again(case, place, worlds=2)
    assert again(case, place, worlds=2, force=True).about["worlds"] == 2
    (place / ACTS).write_text("mine")
    with pytest.raises(InputError, match="missing or changed"):
        again(case, place, worlds=2)
    (place / "thesis.docx").write_text("mine")
    with pytest.raises(InputError, match="thesis"):
        again(case, place, worlds=2, force=True)


def test_draws_of_parameters_are_taken_in_turn(case: Case, pilot: Parameters, tmp_path: Path) -> None:
    draws = (pilot, pilot._replace(beta_shock=0.0, beta_mandate=0.0))
    both = again(case, tmp_path / "a", worlds=2, draws=draws)
    single = again(case, tmp_path / "b", worlds=2)
    assert both.about["draws"] == 2
    assert both.totals["mean"].tolist() != single.totals["mean"].tolist()


def test_a_scenario_that_changes_nothing_that_states_feel_has_a_folder_too(
    case: Case, tmp_path: Path
) -> None:
    nothing = case.scenario("max-pressure-2017").but(name="nothing")
    done = twin(
        nothing,
        case=case,
        worlds=1,
        parameters=load_parameters(),
        workers=1,
        out=tmp_path / "a",
        progress=False,
    )
    assert len(done.acts) == 0
    assert done.totals["mean"].tolist() == [0.0] * 6
    assert "0 acts" in done.text(80)
    assert twin(
        nothing,
        case=case,
        worlds=1,
        parameters=load_parameters(),
        workers=1,
        out=tmp_path / "a",
        progress=False,
    ).reused


def test_only_states_that_acted_can_be_asked_for(case: Case) -> None:
    assert check_states(case, ["MEX", "ESP"]) == ("MEX", "ESP")
    with pytest.raises(InputError) as refusal:
        check_states(case, ["CUB"])
    assert "a state that acted" in refusal.value.allowed


def call(*arguments: str) -> Result:
    """The command called in this process."""
    return CliRunner().invoke(app, ["twin", *arguments])


def test_the_command_prints_totals_states_and_cautions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = call("no-september-test", "--worlds", "2", "--workers", "1", "--state", "MEX")
    said = " ".join(ran.stdout.split())
    assert ran.exit_code == 0
    assert all(part in said for part in ("2 twins", "no-september-test", "seed 2017", "posterior", CONTAGION))
    assert "2017-09-04 Mexico: diplomatic" in said
    assert "Spain" not in said
    assert {path.name for path in (tmp_path / "outputs" / "twin-no-september-test").iterdir()} == FILES
    assert call("no-september-test", "--worlds", "2", "--quiet").stdout == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ("no-septembr-test",),
        ("no-september-test", "--state", "MEXIKO"),
        ("no-september-test", "--worlds", "0"),
        ("no-september-test", "--seed", "-1"),
    ],
)
def test_bad_input_ends_with_2(
    arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = call(*arguments)
    assert ran.exit_code == 2
    assert "llowed is" in ran.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_interruption_leaves_nothing_and_ends_with_130(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Twins, "outputs", interrupted)
    assert call("no-september-test", "--worlds", "1", "--workers", "1").exit_code == 130
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
