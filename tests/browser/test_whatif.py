"""What if: an input is chosen and taken away, every state at once is a table, and it is sorted and filtered by keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accessible import violations
from served import Served

Opens = Callable[..., Any]
INPUT = "Sixth nuclear test"
QUERY = "?view=whatif&without=Sixth+nuclear+test&twins=40"


@pytest.fixture(scope="module")
def answer(browser: Any, served: Served) -> dict[str, Any]:
    """What the server answers; asked until it is done."""
    context = browser.new_context()
    while True:
        found = context.request.get(
            f"{served.url}api/twins", params={"without": INPUT, "twins": "40"}, timeout=120_000
        )
        if found.status != 202:
            assert found.status == 200
            told: dict[str, Any] = found.json()
            context.close()
            return told


def acts(answer: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [(state["name"], act) for state in answer["states"] for act in state["acts"]]


def rows(page: Any) -> list[str]:
    page.locator("table.twins tbody tr").first.wait_for()
    return [one.inner_text() for one in page.locator("table.twins tbody tr").all()]


def first_column(page: Any) -> list[str]:
    page.locator("table.twins tbody tr").first.wait_for()
    return [str(one) for one in page.locator("table.twins tbody th").all_inner_texts()]


def test_a_new_question_shows_how_far_it_is_and_can_be_called_off(visitor: Opens) -> None:
    page = visitor("?view=whatif")
    asked: list[Any] = []

    def half_way(route: Any) -> None:
        """The first question is told where it stands, the next one waits for ever."""
        asked.append(route)
        if len(asked) == 1:
            route.fulfill(status=202, json={"place": 0, "seconds": 9.0, "done": 3, "of": 10})

    page.route("**/api/twins*", half_way)
    page.get_by_label("Search", exact=True).fill("pence in latin")
    page.get_by_role("status").filter(has_text="1 of ").wait_for()
    page.get_by_label("Search", exact=True).press("Enter")
    page.get_by_role("progressbar", name="Twins simulated").wait_for()
    page.get_by_role("status").filter(has_text="3 of 10 done, about 9 s left.").wait_for()
    assert "without=Pence+in+Latin+America" in page.url
    page.get_by_role("button", name="Call off").click()
    page.get_by_role("progressbar", name="Twins simulated").wait_for(state="hidden")
    assert "without" not in page.url


def test_inputs_are_found_by_words_kind_and_state(visitor: Opens) -> None:
    page = visitor("?view=whatif")
    inputs = page.get_by_label("Input to take away", exact=True)
    inputs.wait_for()
    whole = inputs.locator("option").count()
    page.get_by_label("Kind", exact=True).select_option("nuclear test")
    assert [one.inner_text()[11:28].strip() for one in inputs.locator("option").all()][
        -1
    ] == "Sixth nuclear tes"
    assert 0 < inputs.locator("option").count() < whole
    page.get_by_label("Kind", exact=True).select_option("all kinds")
    page.get_by_label("Search", exact=True).fill("mexico")
    named = inputs.locator("option").all_inner_texts()
    assert named
    assert len(named) < whole
    page.get_by_label("Search", exact=True).fill("no such thing")
    assert page.get_by_role("button", name="Take it away").is_disabled()


def test_every_state_at_once_has_the_figures_of_the_server(visitor: Opens, answer: dict[str, Any]) -> None:
    page = visitor("?view=whatif")
    page.get_by_label("Input to take away", exact=True).select_option(INPUT)
    page.get_by_role("button", name="Take it away").click()
    shown = rows(page)
    assert len(shown) == len(acts(answer)) == 25
    for (name, act), row in zip(
        sorted(acts(answer), key=lambda one: (one[1]["day"], one[0])), shown, strict=True
    ):
        assert row.startswith(name)
        assert act["sentence"] in row
        assert act["bound"] in row
        assert ("disagree" in row) == (not act["agree"])
        for both in act["gone"].values():
            assert f"{round(100 * both['by_end'])} %" in row
    said = page.get_by_role("region", name="Answer").inner_text()
    for line in (*answer["totals"], *answer["cautions"]):
        assert line in said
    assert "The data do not separate contagion from common shocks" in said


def test_it_is_sorted_and_filtered_by_keys_and_back_undoes(visitor: Opens, answer: dict[str, Any]) -> None:
    page = visitor(QUERY)
    names = [name for name, _ in acts(answer)]
    assert len(first_column(page)) == len(names)
    heading = page.get_by_role("button", name="state", exact=True)
    heading.focus()
    page.keyboard.press("Enter")
    page.locator("th[aria-sort=ascending]", has_text="state").wait_for()
    assert first_column(page) == sorted(names)
    assert page.evaluate("document.activeElement.dataset.key") == "state"
    page.keyboard.press("Enter")
    page.locator("th[aria-sort=descending]", has_text="state").wait_for()
    assert first_column(page) == sorted(names, reverse=True)
    page.get_by_label("Show", exact=True).select_option("couplings agree")
    agreed = [name for name, act in acts(answer) if act["agree"]]
    page.get_by_text(f"{len(agreed)} of {len(names)} acts").wait_for()
    assert first_column(page) == sorted(agreed, reverse=True)
    page.reload()
    page.get_by_text(f"{len(agreed)} of {len(names)} acts").wait_for()
    page.get_by_label("Show", exact=True).select_option("all acts")
    page.go_back()
    page.get_by_text(f"{len(agreed)} of {len(names)} acts").wait_for()
    page.get_by_label("Show", exact=True).select_option("all acts")
    page.get_by_label("State", exact=True).fill("peru")
    assert set(first_column(page)) == {"Peru"}
    page.get_by_label("State", exact=True).fill("nowhere")
    page.get_by_text("No act fits; clear the search.").wait_for()


def test_an_unknown_input_is_refused_in_words(visitor: Opens) -> None:
    page = visitor("?view=whatif&without=Seventh+nuclear+test")
    alert = page.get_by_role("alert").filter(has_text="Seventh nuclear test")
    alert.wait_for()
    assert "Did you mean" in alert.inner_text()
    page = visitor("?view=whatif&without=Sixth+nuclear+test&twins=41")
    page.get_by_role("alert").filter(has_text="one of 40, 100, 200").wait_for()


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (683, 384), (390, 844)])
def test_the_table_fits(visitor: Opens, answer: dict[str, Any], width: int, height: int) -> None:
    page = visitor(QUERY, viewport={"width": width, "height": height})
    assert len(rows(page)) == len(acts(answer))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if width < 1000:
        page.get_by_label("Sort by", exact=True).select_option("-state")
        assert first_column(page) == sorted((name for name, _ in acts(answer)), reverse=True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_hinders_people_with_disabilities(
    visitor: Opens, answer: dict[str, Any], scheme: str
) -> None:
    for viewport in ({"width": 1366, "height": 768}, {"width": 390, "height": 844}):
        page = visitor(QUERY, color_scheme=scheme, viewport=viewport)
        assert len(rows(page)) == len(acts(answer))
        assert violations(page) == []
