"""The desk of a served page scores a guess as the page does, and its links open the exercises."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from maxpressure.app import answers
from maxpressure.app.answers import build_of
from maxpressure.app.classroom import classroom, scored
from maxpressure.app.desk import HandIn
from maxpressure.app.figures.basis import Basis
from maxpressure.app.figures.levers import Setting
from maxpressure.app.figures.lots import Lot
from maxpressure.app.figures.scores import guess, paired_range
from maxpressure.app.guide import exercises

ANSWER = HandIn(
    alias="otter",
    kind="guess",
    exercise=2,
    step=1,
    ask=0,
    setting="scenario=max-pressure-2017",
    second="",
    numbers=((0, 2, 5), (5, 9, 15), (25, 40, 60)),
    worlds=None,
    choice="",
    words="",
    seen="",
    late=False,
    at="09:05:07",
)


def test_a_guess_has_the_score_that_its_page_shows(basis: Basis, both: tuple[Lot, Lot]) -> None:
    first, second = both
    lots = {one.setting.link(): one for one in both}

    def lot_of(setting: Setting, _worlds: int) -> Lot:
        return lots[setting.link()]

    written = {
        f"{mark}-{index}": f"{number}"
        for index, row in enumerate(ANSWER.numbers)
        for mark, number in zip(("low", "middle", "high"), row, strict=True)
    }
    assert scored(basis, lot_of, ANSWER) == guess(first, written)["score"]
    ranged = replace(ANSWER, kind="range", numbers=((-30, -20, -10),), worlds=1, second=second.setting.link())
    asked = {"low-0": "-30", "middle-0": "-20", "high-0": "-10", "worlds": "1"}
    assert scored(basis, lot_of, ranged) == paired_range(first, second, asked)["score"]
    assert scored(basis, lot_of, replace(ANSWER, kind="words", numbers=(), words="because")) is None
    assert scored(basis, lot_of, replace(ANSWER, numbers=ANSWER.numbers[:1])) is None


def test_the_desk_links_to_every_exercise(basis: Basis) -> None:
    def no_lot(_setting: Setting, _worlds: int) -> Lot:
        pytest.fail("no worlds are needed for links")

    desk = classroom(basis, no_lot, lambda: ["http://192.168.1.20:8765/"], "classtoken")
    linked = desk._linked()
    assert [one.number for one in linked] == [0, *exercises()]
    assert dict(parse_qsl(linked[6].query))["guess"] == "1"


def test_answers_of_other_exercises_or_scenarios_are_of_another_build(
    basis: Basis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = build_of(basis)
    shutil.copytree(answers.ROOM / "exercises", tmp_path / "exercises")
    monkeypatch.setattr(answers, "ROOM", tmp_path)
    one = build_of(basis)
    exercise = tmp_path / "exercises" / "02-guess.toml"
    exercise.write_text(exercise.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    other = build_of(basis)
    (tmp_path / "scenario.toml").write_text("", encoding="utf-8")
    monkeypatch.setattr(answers, "shelf", lambda _case: {"scenario": tmp_path / "scenario.toml"})
    assert len({before, one, other, build_of(basis)}) == 4
