"""The ten exercises as steps: twenty minutes each, and settings that the page can open."""

from __future__ import annotations

from urllib.parse import urlencode

import pandas as pd
import pytest

from maxpressure.app.desk import LONGEST_CHOICE, MOST_ASKS, MOST_EXERCISES, MOST_STEPS
from maxpressure.app.guide import MINUTES, Exercise, address_of, choices, exercises, first_query, guide
from maxpressure.model.case import Case, prepare

NUMBERS = range(1, 11)


@pytest.mark.parametrize("number", NUMBERS)
def test_an_exercise_takes_twenty_minutes_and_ends_with_handing_in(number: int) -> None:
    exercise = exercises()[number]
    assert sum(step.minutes for step in exercise.step) == MINUTES
    assert exercise.step[-1].part.lower().endswith("hand in")
    assert (
        "lock" in exercise.step[0].part
        or "lock" in exercise.step[1].part
        or "guess=1" in exercise.step[0].set
    )


@pytest.mark.parametrize("number", NUMBERS)
def test_the_desk_takes_every_answer_of_an_exercise(number: int) -> None:
    exercise = exercises()[number]
    assert number <= MOST_EXERCISES
    assert len(exercise.step) <= MOST_STEPS
    for place, step in enumerate(exercise.step, start=1):
        assert len(step.ask) <= MOST_ASKS
        for index, ask in enumerate(step.ask):
            assert (ask.kind == "choice") == (len(ask.choices) > 1)
            assert choices(number, place, index) == ask.choices
            assert all(len(choice) <= LONGEST_CHOICE for choice in ask.choices)


def test_contagion_is_never_without_its_caution() -> None:
    for exercise in exercises().values():
        told = exercise.model_dump_json().lower()
        if "contagion" in told or "imitat" in told:
            assert "contagion" in exercise.careful.lower()
            assert "separate" in exercise.careful.lower()


def test_the_acts_before_the_guess_are_those_of_the_record(case: Case) -> None:
    acts = prepare(case, case.scenario("max-pressure-2017")).record.acts
    days = pd.to_datetime([min(cut.date for cut in act.cuts) for act in acts])
    until = pd.Timestamp("2017-08-28")
    before, lately = (
        int((days < until).sum()),
        int(((days < until) & (days >= until - pd.Timedelta(weeks=8))).sum()),
    )
    assert (
        f"there were {before} acts, {lately} of them in the last eight weeks" in exercises()[2].step[0].text
    )


def test_what_a_step_sets_is_an_address() -> None:
    for exercise in exercises().values():
        for step in exercise.step:
            assert urlencode(address_of(step)) == urlencode(
                [tuple(pair.split("=", 1)) for pair in step.set.split("&") if pair]
            )


def test_a_step_of_many_worlds_names_its_settings_and_keeps_a_guess_that_was_asked_for() -> None:
    for exercise in exercises().values():
        guessed = None
        for step in exercise.step:
            address = address_of(step)
            if address.get("view") != "many":
                continue
            assert "scenario" in address
            setting = {key: given for key, given in address.items() if key not in {"outcome", "guess"}}
            assert "guess" in address or setting != guessed
            guessed = setting if "guess" in address else guessed


def test_a_link_opens_the_first_step_as_it_is_set() -> None:
    query = first_query(4)
    assert (query["guide"], query["step"]) == ("4", "1")
    assert query["scenario"] == "class-x"


def test_an_exercise_with_an_unknown_field_is_refused() -> None:
    with pytest.raises(ValueError, match="hint"):
        Exercise.model_validate({"title": "a", "question": "b", "careful": "c", "step": [], "hint": "d"})


def test_paragraphs_are_parted_by_blank_lines() -> None:
    first = guide()["exercises"][0]["steps"][0]
    assert len(first["text"]) == 2
    assert first["set"] == {"view": "one"}
