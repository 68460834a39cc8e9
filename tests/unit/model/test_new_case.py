"""A case that is begun holds the shipped states, says nothing of their ties, and can be checked and run at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from maxpressure.base.errors import InputError
from maxpressure.base.ties import REDUCED, UNLISTED
from maxpressure.cli.main import app
from maxpressure.model.case import Case, load_case, prepare
from maxpressure.model.new_case import ABOUT_THE_TARGET, new_case
from maxpressure.scenario import check


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return load_case(new_case(tmp_path_factory.mktemp("new") / "case", "CUB", ["VEN"], ["USA", "CAN"]))


def test_it_has_the_shipped_states_with_their_own_figures_and_none_about_the_target(
    begun: Case, case: Case
) -> None:
    assert begun.evidence.iso3s == case.evidence.iso3s
    assert (begun.evidence.blocs, begun.evidence.neighbours) == (
        case.evidence.blocs,
        case.evidence.neighbours,
    )
    assert not begun.evidence.events.broad
    assert not begun.evidence.pressure
    own = [name for name in type(case.evidence.states[0]).model_fields if name not in ABOUT_THE_TARGET]
    for new, shipped in zip(begun.evidence.states, case.evidence.states, strict=True):
        assert not any(getattr(new, name) for name in ABOUT_THE_TARGET if name != "relations_conf")
        for name in own:
            assert getattr(new, name) == getattr(shipped, name) or name == "distance_to_target_km"


def test_the_distance_is_that_to_the_capital_of_the_target(begun: Case) -> None:
    assert begun.evidence.state("CUB").distance_to_target_km == 0
    assert begun.evidence.state("JAM").distance_to_target_km == pytest.approx(
        780, abs=80
    )  # Havana to Kingston


def test_parts_are_as_given_and_the_reference_is_all_third_states(begun: Case) -> None:
    named = begun.assumptions.case
    assert (named.target, named.patrons, named.principals) == ("CUB", ("VEN",), ("USA", "CAN"))
    assert set(begun.assumptions.reference.states) == set(begun.evidence.iso3s) - {"CUB", "VEN", "USA", "CAN"}


def test_it_stands_without_a_tie_and_runs(begun: Case, tmp_path: Path) -> None:
    check(begun.record(), begun.vocabulary())
    situation = prepare(begun, begun.record())
    assert len(situation.population.iso3) == len(begun.evidence.states) - 4
    population = situation.population
    assert not population.start[population.unlisted == 0].any()
    assert (population.start[population.unlisted == 1] == REDUCED).all()
    assert (population.unlisted.sum(axis=1) == len(UNLISTED)).all()  # nothing of the target is known yet
    listed = prepare(begun, begun.record(risk_set="ex-ante")).population
    assert not listed.start.any()
    said = call("run", "--case", begun.place, "--worlds", 2, "--draws", 2, "--workers", 1, "--quiet",
                "--out", tmp_path / "run")  # fmt: skip
    assert said.exit_code == 0, said.stderr


def test_the_check_passes_at_once_or_says_what_is_to_be_filled_in(begun: Case, tmp_path: Path) -> None:
    assert call("case", "check", begun.place).exit_code == 0
    said = call("case", "new", tmp_path / "case", "--target", "CUB")
    assert said.exit_code == 0, said.stderr
    assert f"maxpressure case check {tmp_path / 'case'}" in said.stdout
    refused = call("case", "check", tmp_path / "case")
    assert refused.exit_code == 2
    assert "case.patrons" in refused.stderr
    assert "at least one" in refused.stderr


@pytest.mark.parametrize(
    ("words", "key", "given"),
    [
        (["--target", "CUBA"], "--target", "CUBA"),
        (["--target", "PRK"], "--target", "PRK"),  # no state of the tables
        (["--target", "CUB", "--patron", "VEX"], "--patron", "VEX"),
        (["--target", "CUB", "--principal", "CUB"], "--principal", "CUB"),
        (["--target", "CUB", "--patron", "VEN", "--patron", "VEN"], "--patron", "VEN"),
    ],
)
def test_a_state_that_is_none_or_has_a_part_already_is_refused(
    tmp_path: Path, words: list[str], key: str, given: str
) -> None:
    said = call("case", "new", tmp_path / "case", *words)
    assert said.exit_code == 2
    assert f"{key} is '{given}'" in said.stderr
    assert not (tmp_path / "case").exists()


def test_a_folder_that_holds_anything_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    for place in (tmp_path, tmp_path / "mine.txt"):
        with pytest.raises(InputError, match="a new folder, or an empty one"):
            new_case(place, "CUB", [], [])
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
