"""Guess first in a browser: worlds are hidden until a guess is locked, and then it is scored by the server's rule."""

from __future__ import annotations

from typing import Any

import pytest

from accessible import violations
from classroom import PAIR, Opens, hidden, lock_range
from maxpressure.app import numbers
from maxpressure.app.figures.levers import setting_of_link

AUTUMN = "?view=many&scenario=from-august&guess=1"


@pytest.fixture(scope="module")
def basis() -> numbers.Basis:
    return numbers.load_basis()


def lock(page: Any, *rows: tuple[int, int, int]) -> None:
    for index, row in enumerate(rows):
        for mark, number in zip(("low", "middle", "high"), row, strict=True):
            page.locator(f"#guess-{mark}-{index}").fill(f"{number}")
    page.get_by_role("button", name="Lock my guess").click()


def score_of(page: Any, part: str = "scores") -> str:
    line = page.locator(".score", has_text=part)
    line.wait_for()
    return str(line.inner_text())


def test_nothing_of_the_worlds_is_shown_until_the_guess_is_locked(visitor: Opens) -> None:
    page = visitor(AUTUMN)
    page.locator("#guess-low-0").wait_for()
    assert hidden(page)
    page.locator("#guess-low-0").fill("5")
    assert hidden(page)
    lock(page, (5, 12, 30))
    page.locator(".curves svg").first.wait_for()
    assert "25 observed" in page.locator("#finding").inner_text()


def test_exercise_two_asks_for_one_day_and_scores_as_its_key_with_the_rivals(
    visitor: Opens, basis: numbers.Basis
) -> None:
    lot = numbers.simulate(basis, setting_of_link(basis.case, "scenario=from-august"))
    found = numbers.guess(lot, {"low-0": "5", "middle-0": "12", "high-0": "30"})
    page = visitor(AUTUMN)
    page.locator("#guess-low-0").wait_for()
    assert page.locator(".guess-fields tbody th").all_inner_texts() == ["Acts by 31 Dec 2017"]
    lock(page, (5, 12, 30))
    assert score_of(page) == found["sentence"]
    rows = page.locator(".rivals tbody tr").all_inner_texts()
    shown = sorted(
        [*found["rivals"], {"name": "your guess", "score": found["score"]}], key=lambda one: one["score"]
    )
    assert [row.split("\t") for row in rows] == [[one["name"], f"{one['score']:.2f}"] for one in shown]


def test_two_years_are_guessed_on_three_days(visitor: Opens) -> None:
    page = visitor("?guess=1")
    page.locator("#guess-high-2").wait_for()
    lock(page, (2, 5, 10), (5, 15, 25), (10, 30, 60))
    assert "against the record" in score_of(page)


@pytest.mark.parametrize(
    ("row", "said", "field"),
    [
        (("5", "", "30"), "middle is “”", "middle-0"),
        (("5", "12", "3O"), "high is “3O”", "high-0"),
        (("5", "4", "30"), "middle is 4. It must be at least low, 5", "middle-0"),
        (("-1", "4", "30"), "low is “-1”", "low-0"),
        (("5", "12", "501"), "high is “501”", "high-0"),
    ],
)
def test_what_is_no_guess_is_refused_at_its_field(
    visitor: Opens, row: tuple[str, str, str], said: str, field: str
) -> None:
    page = visitor(AUTUMN)
    for mark, number in zip(("low", "middle", "high"), row, strict=True):
        page.locator(f"#guess-{mark}-0").fill(number)
    page.keyboard.press("Enter")
    fault = page.locator(".guess-body .fault")
    fault.wait_for()
    assert said in fault.inner_text()
    assert page.locator(f"#guess-{field}").get_attribute("aria-invalid") == "true"
    assert page.evaluate("document.activeElement.id") == f"guess-{field}"
    assert hidden(page)


def test_a_difference_is_guessed_before_it_is_shown_and_scored_in_pairs(
    visitor: Opens, basis: numbers.Basis
) -> None:
    lots = [
        numbers.simulate(basis, setting_of_link(basis.case, link))
        for link in ("", "scenario=max-pressure-2017&test=no test")
    ]
    written = {"low-0": "-12", "middle-0": "-6", "high-0": "-1", "worlds": "1"}
    page = visitor(f"?{PAIR}")
    page.locator("#guess-worlds").wait_for()
    assert hidden(page)
    lock_range(page, -12, -6, -1)
    assert score_of(page) == numbers.paired_range(*lots, written)["sentence"]
    page.locator(".strip-words strong").wait_for()


def test_worlds_of_ten_are_from_none_to_ten(visitor: Opens) -> None:
    page = visitor(f"?{PAIR}")
    page.locator("#guess-worlds").wait_for()
    for mark in ("low", "middle", "high"):
        page.locator(f"#guess-{mark}-0").fill("0")
    page.locator("#guess-worlds").fill("11")
    page.keyboard.press("Enter")
    assert "from 0 to 10" in page.locator(".guess-body .fault").inner_text()


def test_a_locked_guess_survives_a_reload_and_another_setting_asks_for_another(visitor: Opens) -> None:
    page = visitor(AUTUMN)
    page.locator("#guess-low-0").wait_for()
    lock(page, (5, 12, 30))
    score_of(page)
    page.reload()
    assert "low 5, middle 12, high 30" in page.locator(".locked").inner_text()
    score_of(page)
    page.locator("#scenario-A").select_option("no-campaign")
    page.locator("#guess-high-2").wait_for()
    assert hidden(page)
    page.go_back()
    score_of(page)


def test_a_guess_after_the_worlds_were_seen_says_so(visitor: Opens) -> None:
    page = visitor("?scenario=from-august")
    page.locator("#status", has_text="300 worlds").wait_for()
    page.get_by_label("Guess first").check()
    page.locator("#guess-low-0").wait_for()
    assert hidden(page)
    lock(page, (5, 12, 30))
    assert score_of(page, "It was locked after").endswith("It was locked after the worlds were seen.")


def test_a_guess_of_the_record_after_one_world_was_seen_says_so(visitor: Opens) -> None:
    page = visitor("?view=one")
    page.get_by_text("Before the first week").wait_for()
    page.goto(page.url.partition("?")[0] + "?guess=1")
    page.locator("#guess-high-2").wait_for()
    lock(page, (2, 5, 10), (5, 15, 25), (10, 30, 60))
    assert score_of(page, "It was locked after").endswith("It was locked after the record was seen.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("query", [AUTUMN, f"?{PAIR}"])
def test_the_guess_hinders_nobody(visitor: Opens, scheme: str, query: str) -> None:
    page = visitor(query, color_scheme=scheme)
    page.locator("#guess-low-0").wait_for()
    assert violations(page) == []
    if "b-test" in query:
        lock_range(page, -12, -6, -1)
    else:
        lock(page, (5, 12, 30))
    score_of(page)
    assert violations(page) == []
