"""A few worlds of three scenarios come out as they did, to the last bit, in both engines and on every platform."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import golden_worlds
from golden_worlds import ENGINES, FOLDER, SCENARIOS, WORLDS, path, text


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", SCENARIOS)
def test_the_worlds_are_those_that_were_kept(name: str, engine: str) -> None:
    """If this change is meant, `make goldens` writes them anew and prints what changed."""
    assert text(name, engine) == path(name).read_text(encoding="utf-8")


def test_each_kept_text_holds_acts_states_weeks_ties_and_outcomes() -> None:
    assert sorted(file.stem for file in FOLDER.glob("*.json")) == sorted(SCENARIOS)
    for name in SCENARIOS:
        kept = json.loads(path(name).read_text(encoding="utf-8"))
        assert len(kept["worlds"]) == WORLDS
        for world in kept["worlds"]:
            led = [change for change in world["changes"] if change.endswith(" lead")]
            assert len(led) == world["outcomes"]["acts"] == len(world["attributions"]) > 10
            assert world["outcomes"]["cuts"] == sum(" act " in change for change in world["changes"])
            assert 0.0 < world["outcomes"]["trade_left"] < 1.0


def test_the_three_scenarios_show_what_the_others_lack() -> None:
    kept = {name: path(name).read_text(encoding="utf-8") for name in SCENARIOS}
    assert len(set(kept.values())) == len(SCENARIOS)
    assert " restoration " in kept["engagement-from-september"]
    for world in json.loads(kept["patrons-played-off"])["worlds"]:
        assert world["last week"]["need"] > 0.0
        assert world["last week"]["backfill_kusd"] > 0


def test_an_update_prints_what_changed_and_puts_it_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    right = path(SCENARIOS[0]).read_text(encoding="utf-8")
    monkeypatch.setattr(golden_worlds, "FOLDER", tmp_path)
    monkeypatch.setattr(golden_worlds, "SCENARIOS", SCENARIOS[:1])
    acts = json.loads(right)["worlds"][0]["outcomes"]["acts"]
    path(SCENARIOS[0]).write_text(right.replace(f'"acts": {acts},', '"acts": 7,', 1), encoding="utf-8")
    assert golden_worlds.update() == 0
    said = capsys.readouterr().out
    assert '-    "acts": 7,' in said
    assert f'+    "acts": {acts},' in said
    assert path(SCENARIOS[0]).read_text(encoding="utf-8") == right
    golden_worlds.update()
    assert "as before" in capsys.readouterr().out


def test_nothing_is_written_where_the_engines_differ(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(golden_worlds, "FOLDER", tmp_path)
    monkeypatch.setattr(golden_worlds, "text", lambda name, engine: f"{name} by {engine}")
    assert golden_worlds.update() == 1
    assert list(tmp_path.iterdir()) == []


def test_the_update_runs_as_a_program() -> None:
    """As `make goldens` runs it; here it finds nothing to change."""
    before = {name: path(name).read_bytes() for name in SCENARIOS}
    program = Path(golden_worlds.__file__)
    said = subprocess.run([sys.executable, str(program)], capture_output=True, text=True, check=True).stdout
    assert said.count("as before") == len(SCENARIOS)
    assert {name: path(name).read_bytes() for name in SCENARIOS} == before
