"""Guided mode in a browser: steps beside the page, answers kept in the tab and handed in, words explained."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from accessible import violations
from classroom import CLASS, Opens, class_served, code_of, desk_of
from maxpressure.app.guide import exercises, first_query
from served import Served

PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, browser: Any) -> Iterator[Served]:  # noqa: ARG001
    with class_served(tmp_path_factory.mktemp("class")) as running:
        yield running


def opened(visitor: Opens, number: int, more: str = "", **how: Any) -> Any:
    """An exercise at its first step, as its link opens it."""
    page = visitor(f"?token={CLASS}&{urlencode(first_query(number))}{more}", **how)
    page.locator("#guide h3").wait_for()
    return page


def step_of(page: Any) -> str:
    return str(page.locator("#guide h3").inner_text())


@pytest.mark.parametrize("number", sorted(exercises()))
def test_every_step_of_an_exercise_sets_the_page_without_a_fault(visitor: Opens, number: int) -> None:
    exercise = exercises()[number]
    page = opened(visitor, number)
    assert page.locator("#guide h2").inner_text() == f"{number}. {exercise.title}"
    for place, step in enumerate(exercise.step, start=1):
        assert step_of(page).startswith(f"Step {place} of {len(exercise.step)}: {step.part}")
        assert page.locator(".to-answer").count() == len(step.ask)
        view = {"one": "One world", "whatif": "What if"}.get(
            dict(pair.split("=") for pair in step.set.split("&") if pair).get("view", ""), ""
        )
        if view:
            assert page.get_by_role("tab", name=view).get_attribute("aria-selected") == "true"
        page.wait_for_timeout(150)
        assert page.locator(".fault:visible").count() == 0
        if place < len(exercise.step):
            page.get_by_role("button", name="Next: ").click()
            page.locator("#guide h3", has_text=f"Step {place + 1} of").wait_for()


def test_back_undoes_a_step_and_the_address_opens_it_again(visitor: Opens) -> None:
    page = opened(visitor, 7)
    page.get_by_role("button", name="Next: Run").click()
    page.wait_for_url("**step=2*")
    assert "b-russia=0.15" in page.url
    page.go_back()
    page.locator("#guide h3", has_text="Step 1 of").wait_for()
    assert "b-russia" not in page.url
    page.go_forward()
    page.reload()
    page.locator("#guide h3", has_text="Step 2 of").wait_for()


def test_a_link_to_a_bare_step_sets_the_page(visitor: Opens) -> None:
    page = visitor(f"?token={CLASS}&guide=7&step=2")
    page.wait_for_url("**b-russia=0.15*")
    page.locator("#guide h3", has_text="Step 2 of").wait_for()


def test_an_exercise_is_chosen_from_the_list_and_closed_by_keyboard(visitor: Opens) -> None:
    page = visitor(f"?token={CLASS}")
    page.get_by_role("button", name="Exercises").press("Enter")
    page.get_by_role("button", name="Counterfactual twins").press("Enter")
    page.locator("#guide h3", has_text="Step 1 of 5").wait_for()
    assert "guide=5" in page.url
    page.locator("#guide .leave").press("Enter")
    page.locator("#guide").wait_for(state="hidden")
    assert "guide" not in page.url


def test_a_locked_choice_cannot_be_changed_and_survives_a_reload(visitor: Opens) -> None:
    page = opened(visitor, 7)
    page.get_by_label("5 to 15 points", exact=True).check()
    first = page.get_by_role("group", name="Trade left then is higher by")
    first.get_by_role("button", name="Lock").click()
    assert first.get_by_label("over 15 points").is_disabled()
    page.reload()
    again = page.get_by_role("group", name="Trade left then is higher by")
    again.wait_for()
    assert again.get_by_label("5 to 15 points", exact=True).is_checked()
    assert again.get_by_label("over 15 points").is_disabled()
    assert again.get_by_text("Locked.").is_visible()


def test_what_was_written_stays_in_its_tab(visitor: Opens) -> None:
    page = opened(visitor, 1)
    page.get_by_role("button", name="Step 3: Run").click()
    page.locator("#words-3-0").fill("about seven acts fewer, 95 % interval −7.7 to −6.8, n = 300")
    page.reload()
    page.locator("#words-3-0").wait_for()
    assert page.locator("#words-3-0").input_value().startswith("about seven acts fewer")
    other = opened(visitor, 1)
    other.get_by_role("button", name="Step 3: Run").click()
    assert other.locator("#words-3-0").input_value() == ""


def test_answers_are_handed_in_at_the_end_under_an_alias(visitor: Opens) -> None:
    desk = desk_of(visitor)
    page = opened(visitor, 7, f"&class={code_of(desk)}")
    choice = page.get_by_role("group", name="Acts of breaking off are then")
    choice.get_by_label("the same").check()
    choice.get_by_role("button", name="Lock").click()
    choice.get_by_text("Locked. Handed in.").wait_for()
    desk.locator(".bars", has_text="the same").wait_for()
    page.get_by_role("button", name="Step 5: Hand in").click()
    page.locator("#words-5-0").fill("the cap and the enforcement")
    page.locator("#hand-in").click()
    told = page.get_by_text("The teacher sees you as the ")
    told.wait_for()
    assert told.inner_text().startswith("Handed in: 2 of ")
    alias = told.inner_text().rstrip(".").rpartition(" the ")[2]
    desk.locator("#question").select_option(label="Exercise 7, step 5, Assumed are … (1)")
    desk.locator(".sentences li", has_text=f"{alias} the cap and the enforcement").wait_for()


def test_without_a_class_code_nothing_is_handed_in(visitor: Opens) -> None:
    page = opened(visitor, 7)
    page.get_by_role("button", name="Step 5: Hand in").click()
    assert page.get_by_text("Without a class code").is_visible()
    assert page.locator("#hand-in").count() == 0


def test_who_came_without_the_desks_link_joins_by_the_class_code(visitor: Opens) -> None:
    desk = desk_of(visitor)
    page = opened(visitor, 7)
    page.get_by_role("button", name="Step 5: Hand in").click()
    page.locator("#words-5-0").fill("the cap")
    page.get_by_label("Class code").fill(code_of(desk))
    page.keyboard.press("Enter")
    page.locator("#hand-in").click()
    page.get_by_text("The teacher sees you as the ").wait_for()
    desk.locator("#count", has_text="handed in").wait_for()


def test_begin_anew_forgets_the_answers_of_this_exercise(visitor: Opens) -> None:
    page = opened(visitor, 7)
    page.get_by_label("over 15 points").check()
    page.get_by_role("button", name="Step 5: Hand in").click()
    page.get_by_role("button", name="Begin anew").click()
    page.locator("#guide h3", has_text="Step 1 of").wait_for()
    assert not page.get_by_label("over 15 points").is_checked()


def test_a_word_is_explained_on_hover_and_on_focus(visitor: Opens) -> None:
    page = opened(visitor, 4)
    page.get_by_role("button", name="Next: Run").click()
    page.get_by_role("button", name="Step 3: Open").click()
    word = page.locator(".word", has_text="contagion").first
    word.hover()
    tip = page.locator("#tip")
    tip.wait_for()
    assert "do not separate contagion from common shocks" in tip.inner_text()
    page.keyboard.press("Escape")
    tip.wait_for(state="hidden")
    word.focus()
    tip.wait_for()
    assert word.get_attribute("aria-describedby") == "tip"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_guided_mode_hinders_nobody(visitor: Opens, scheme: str) -> None:
    for number, viewport in ((1, {"width": 1366, "height": 768}), (3, PHONE)):
        page = opened(visitor, number, color_scheme=scheme, viewport=viewport)
        page.wait_for_timeout(300)
        assert violations(page) == []
    page = visitor(f"?token={CLASS}&guide=list", color_scheme=scheme)
    page.locator(".exercises").wait_for()
    assert violations(page) == []


def test_an_exercise_fits_a_phone(visitor: Opens) -> None:
    page = opened(visitor, 1, viewport=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_printed_exercise_has_what_was_written_and_no_controls(visitor: Opens) -> None:
    page = opened(visitor, 7)
    page.emulate_media(media="print")
    assert page.locator("#guide h2").is_visible()
    for away in (".leave", ".onward", ".steps"):
        assert not page.locator(away).first.is_visible()
