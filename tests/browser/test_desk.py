"""Teacher and students in browsers of their own: links, guesses in the live picture, lock and reveal, the table."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from accessible import violations
from classroom import CLASS, PAIR, Opens, class_served, code_of, desk_of, hidden, lock_range, student_of
from served import Served


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, browser: Any) -> Iterator[Served]:  # noqa: ARG001
    with class_served(tmp_path_factory.mktemp("class")) as running:
        yield running


@pytest.fixture
def desk(visitor: Opens) -> Any:
    """The desk, cleared."""
    page = desk_of(visitor, viewport={"width": 1920, "height": 1080})
    before = code_of(page)
    page.locator("#clear").click()
    page.get_by_role("button", name="Clear: really?").click()
    page.wait_for_function("before => document.getElementById('code').textContent !== before", arg=before)
    return page


def names(desk: Any) -> list[str]:
    return list(desk.locator(".dots .alias").all_text_contents())


# ---- who may open it


def test_the_desk_asks_for_its_own_token(visitor: Opens, served: Served) -> None:
    page = visitor(f"?token={CLASS}")
    page.goto(f"{served.url}desk")
    assert page.get_by_text("teacher’s own token").is_visible()
    for path in ("all", "links", "qr.svg", "answers.csv"):
        assert page.request.get(f"{served.url}api/desk/{path}").status == 401
    for action in ("lock", "reveal", "clear"):
        headers = {"origin": served.url.rstrip("/"), "content-length": "0"}
        assert page.request.post(f"{served.url}api/desk/{action}", headers=headers).status == 401


def test_no_other_site_hands_in_or_reveals(desk: Any, served: Served) -> None:
    for path in ("hand-in", "lock", "reveal", "clear"):
        elsewhere = {"origin": "http://example.org", "content-type": "application/json"}
        answer = desk.request.post(f"{served.url}api/desk/{path}", headers=elsewhere, data="{}")
        assert answer.status == 403


# ---- how students come


def test_every_link_opens_its_exercise_with_token_and_guess_together(visitor: Opens, desk: Any) -> None:
    desk.locator("#exercise").select_option("1")
    desk.get_by_role("heading", name="Exercise 1: Predict, run, explain").wait_for()
    link = desk.locator("#join .link a").get_attribute("href")
    assert CLASS in link
    assert "guide=1" in link
    desk.wait_for_function(
        "(image => image.complete && image.naturalWidth > 0)(document.getElementById('qr'))"
    )
    desk.locator("summary", has_text="All links").click()
    links = desk.locator(".links a").evaluate_all("all => all.map(one => one.href)")
    assert len(links) == 11
    third = next(one for one in links if "guide=6" in one)
    assert "guess=1" in third
    page = visitor(third.split("/", 3)[3])
    page.locator("#guide h2", has_text="6. Spend ten requests").wait_for()
    page.locator("#guess-worlds").wait_for()
    assert "token" not in page.url
    assert hidden(page)


# ---- guess, lock, reveal


def test_two_students_guess_and_the_teacher_reveals(visitor: Opens, desk: Any) -> None:
    desk.locator("#lock").click()
    desk.locator("#count", has_text="held back").wait_for()
    first, second = student_of(visitor, desk), student_of(visitor, desk)
    for page, numbers in ((first, (-12, -6, -1)), (second, (0, 4, 9))):
        page.locator("#guess-worlds").wait_for()
        lock_range(page, *numbers)
        assert page.get_by_text("Your teacher shows the worlds to all at once").is_visible()
        assert hidden(page)
    desk.locator("#count", has_text="2 students").wait_for()
    aliases = [page.locator(".guess-body strong").nth(1).inner_text() for page in (first, second)]
    assert names(desk) == aliases  # by their middles
    assert desk.locator(".dots .came").count() == 0
    desk.locator("#reveal").click()
    for page in (first, second):
        page.locator(".score", has_text="pairs of worlds lie").wait_for()
        page.locator(".strip-words strong").wait_for()
    desk.locator(".dots .came").wait_for()
    assert (
        desk.locator(".dots svg")
        .get_attribute("aria-label")
        .startswith("2 guesses: the middles reach from -6 to 4.")
    )


def test_a_guess_after_the_reveal_is_marked_late(visitor: Opens, desk: Any) -> None:
    desk.locator("#lock").click()
    desk.locator("#count", has_text="held back").wait_for()
    desk.locator("#reveal").click()
    desk.locator("#count", has_text="are revealed").wait_for()
    page = student_of(visitor, desk)
    page.locator("#guess-worlds").wait_for()
    lock_range(page, -12, -6, -1)
    desk.locator(".dots .late").wait_for()
    desk.locator("#table summary").click()
    assert "after the reveal" in desk.locator("#table tbody").inner_text()


def test_without_a_lock_each_page_opens_after_its_own_guess(visitor: Opens, desk: Any) -> None:
    page = student_of(visitor, desk)
    page.locator("#guess-worlds").wait_for()
    lock_range(page, -12, -6, -1)
    page.locator(".score", has_text="pairs of worlds lie").wait_for()
    desk.locator("#count", has_text="1 student has handed in").wait_for()


def test_an_old_class_code_is_told_and_the_guess_is_scored_all_the_same(visitor: Opens, desk: Any) -> None:
    page = visitor(f"?token={CLASS}&class=0000&{PAIR}")
    page.locator("#guess-worlds").wait_for()
    lock_range(page, -12, -6, -1)
    assert page.get_by_text("The desk has another class code now").is_visible()
    page.locator(".score", has_text="pairs of worlds lie").wait_for()
    assert desk.locator("#count", has_text="0 students").is_visible()


# ---- the table, and what is kept


def test_the_table_for_marking_has_scores_and_runs_nothing(visitor: Opens, desk: Any, served: Served) -> None:
    page = student_of(visitor, desk)
    page.locator("#guess-worlds").wait_for()
    lock_range(page, -12, -6, -1)
    page.locator(".score", has_text="pairs of worlds lie").wait_for()
    body = {
        "code": code_of(desk),
        "student": "f" * 32,
        "kind": "words",
        "exercise": 1,
        "step": 6,
        "words": "=1+1",
    }
    headers = {"origin": served.url.rstrip("/"), "content-type": "application/json"}
    assert page.request.post(f"{served.url}api/desk/hand-in", headers=headers, data=json.dumps(body)).ok
    desk.locator("#count", has_text="2 students").wait_for()
    with desk.expect_download() as saved:
        desk.locator("#save").click()
    rows = list(csv.DictReader(io.StringIO(Path(saved.value.path()).read_text())))
    assert [(row["kind"], row["low"], row["high"], row["words"]) for row in rows] == [
        ("range", "-12", "-1", ""),
        ("words", "", "", "'=1+1"),
    ]
    assert 0 < float(rows[0]["score"]) < 10


def test_what_a_student_wrote_is_text_and_never_markup(visitor: Opens, desk: Any, served: Served) -> None:
    page = student_of(visitor, desk)
    hostile = "<img src=x onerror=document.title='run'><b>bold</b>"
    body = {
        "code": code_of(desk),
        "student": "e" * 32,
        "kind": "words",
        "exercise": 1,
        "step": 6,
        "words": hostile,
    }
    headers = {"origin": served.url.rstrip("/"), "content-type": "application/json"}
    assert page.request.post(f"{served.url}api/desk/hand-in", headers=headers, data=json.dumps(body)).ok
    desk.locator(".sentences li", has_text=hostile).wait_for()
    assert desk.locator(".sentences b, .sentences img").count() == 0


def test_clear_empties_the_picture_and_changes_the_links(visitor: Opens, desk: Any) -> None:
    page = student_of(visitor, desk)
    page.locator("#guess-worlds").wait_for()
    lock_range(page, -12, -6, -1)
    desk.locator(".dots").wait_for()
    before = desk.locator("#join .link a").get_attribute("href")
    desk.locator("#clear").click()
    assert desk.locator(".dots").is_visible()
    desk.get_by_role("button", name="Clear: really?").click()
    desk.get_by_text("Nothing has been handed in yet").wait_for()
    desk.wait_for_function("before => document.querySelector('#join .link a').href !== before", arg=before)


# ---- how it looks


def test_presentation_leaves_the_code_the_picture_and_how_to_join(visitor: Opens, desk: Any) -> None:
    page = student_of(visitor, desk)
    page.locator("#guess-worlds").wait_for()
    lock_range(page, -12, -6, -1)
    desk.locator(".dots").wait_for()
    small = desk.locator("#code").bounding_box()["height"]
    desk.locator("#present").press("Enter")
    assert desk.locator("#code").bounding_box()["height"] > 1.8 * small
    for shown in ("#qr", "#code", ".dots", "#reveal"):
        assert desk.locator(shown).is_visible()
    for away in ("#save", "#clear", "#table", "#address"):
        assert not desk.locator(away).is_visible()
    assert desk.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_desk_hinders_nobody(visitor: Opens, desk: Any, scheme: str) -> None:
    desk.emulate_media(color_scheme=scheme)
    assert violations(desk) == []
    page = student_of(visitor, desk)
    page.locator("#guess-worlds").wait_for()
    lock_range(page, -12, -6, -1)
    desk.locator(".dots").wait_for()
    desk.locator("#table summary").click()
    desk.locator("summary", has_text="All links").click()
    assert violations(desk) == []
    desk.locator("#present").click()
    assert violations(desk) == []


def test_the_desk_is_used_on_a_phone(visitor: Opens) -> None:
    page = desk_of(visitor, viewport={"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.locator("#lock").is_visible()
