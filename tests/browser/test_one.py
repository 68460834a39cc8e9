"""One world and the record in a minute: every control by mouse and keyboard, and the figures of `numbers`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from accessible import violations
from maxpressure.app import numbers
from maxpressure.app.figures.basis import Basis

Opens = Callable[..., Any]
WORLD = "?view=one&world=7"
SMALLEST = 11.0
"""Pixels of a tile's code."""


@pytest.fixture(scope="module")
def basis() -> Basis:
    return numbers.load_basis()


@pytest.fixture(scope="module")
def world(basis: Basis) -> dict[str, Any]:
    return numbers.one(basis, "max-pressure-2017", 7)


def at_week(page: Any, week: int) -> None:
    """Wait until the page shows a week."""
    page.locator(
        ".player-when", has_text=re.compile(rf"^(Week {week} of|Before)" if week else "^Before")
    ).wait_for()


def tile(page: Any, iso3: str) -> Any:
    return page.locator(f'[data-iso3="{iso3}"]')


def counted(page: Any) -> str:
    return str(page.locator(".one-wave p").inner_text())


def moved_by(world: dict[str, Any], week: int) -> set[str]:
    return {row["iso3"] for row in world["changes"] if row["week"] == week - 1}


def test_a_week_shows_its_acts_inputs_and_levels(visitor: Opens, world: dict[str, Any]) -> None:
    week = next(row["week"] for row in world["changes"] if row["kind"] == "act") + 1
    page = visitor(f"{WORLD}&week={week}")
    at_week(page, week)
    assert f"{world['acts'][week]} acts in this world, {world['record'][week]} on record" in counted(page)
    marked = page.locator(".tile.mark-down[data-iso3], .tile.mark-up[data-iso3]")
    assert {one.get_attribute("data-iso3") for one in marked.all()} == moved_by(world, week)
    captions = page.get_by_role("region", name="What came in and who moved").inner_text()
    for row in world["changes"]:
        if row["week"] == week - 1 and row["due"]:
            assert f"Due {row['due']}." in captions
    for row in world["inputs"]:
        assert (row["line"] in captions) == (row["week"] == week - 1)


def test_the_player_goes_by_keys_without_another_request(visitor: Opens, world: dict[str, Any]) -> None:
    page = visitor(WORLD)
    at_week(page, 0)
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url))
    page.get_by_role("button", name="Step", exact=True).focus()
    page.keyboard.press("Enter")
    at_week(page, 1)
    page.keyboard.press("ArrowRight")
    at_week(page, 2)
    page.keyboard.press("ArrowLeft")
    at_week(page, 1)
    page.keyboard.press("End")
    at_week(page, 104)
    assert f"{world['acts'][104]} acts in this world" in counted(page)
    page.keyboard.press("Home")
    at_week(page, 0)
    page.get_by_role("button", name="Next act", exact=True).press("Enter")
    at_week(page, 1 + next(row["week"] for row in world["changes"] if row["kind"] == "act"))
    page.get_by_role("slider", name="Week of the world").fill("90")
    at_week(page, 90)
    page.get_by_role("button", name="Step back", exact=True).click()
    at_week(page, 89)
    page.get_by_role("button", name="Start", exact=True).click()
    at_week(page, 0)
    assert [url for url in asked if "/api/" in url] == []


def test_it_plays_and_pauses_at_a_chosen_speed(visitor: Opens) -> None:
    page = visitor(WORLD)
    at_week(page, 0)
    page.get_by_label("Speed", exact=True).select_option("8")
    page.get_by_role("button", name="Play", exact=True).click()
    page.locator(".player-when", has_text=re.compile(r"^Week [3-9] of")).wait_for()
    page.get_by_role("button", name="Pause", exact=True).click()
    shown = page.locator(".player-when").inner_text()
    week = re.search(r"\d+", shown)
    assert week
    assert f"week={week[0]}" in page.url
    assert "speed=8" in page.url
    page.get_by_role("slider", name="Week of the world").press(" ")
    page.get_by_role("button", name="Pause", exact=True).wait_for()
    page.get_by_role("slider", name="Week of the world").press(" ")
    page.get_by_role("button", name="Play", exact=True).wait_for()


def test_reduced_motion_has_steps_in_place_of_play(visitor: Opens) -> None:
    for view in (WORLD, "?view=story"):
        page = visitor(view, reduced_motion="reduce")
        page.get_by_text("Your device asks for reduced motion: go by steps.").wait_for()
        assert page.get_by_role("button", name="Play", exact=True).count() == 0
        page.get_by_role("button", name="Step", exact=True).click()
        page.wait_for_url(re.compile(r"(week|scene)=1"))


def test_a_state_has_its_ties_moves_and_strain(visitor: Opens, world: dict[str, Any], basis: Basis) -> None:
    act = next(row for row in world["changes"] if row["kind"] == "act" and row["week"] > 60)
    iso3, week = act["iso3"], act["week"] + 1
    path = numbers.strain(basis, "max-pressure-2017", 7, iso3)
    page = visitor(f"{WORLD}&week={week}")
    at_week(page, week)
    tile(page, iso3).click()
    panel = page.locator(".one-state")
    panel.get_by_text("It acted in this week.").wait_for()
    said = panel.inner_text()
    assert f"Strain {path['strain'][week - 1]:.2f} of the {path['threshold'][week - 1]:.2f}" in said
    assert f"{100 * path['chance'][week - 1]:.1f} %, due {path['due'][week - 1]}" in said
    assert f"Due {act['due']}." in said
    start = next(state["start"] for state in world["states"] if state["iso3"] == iso3)
    assert panel.locator("tbody tr").count() == len(start) == 6
    assert tile(page, iso3).get_attribute("aria-pressed") == "true"
    page.go_back()
    page.get_by_text("Choose a tile to see").wait_for()
    tile(page, "USA").click()
    page.get_by_text("One of the principals of the campaign").wait_for()


def test_the_map_goes_by_arrow_keys(visitor: Opens) -> None:
    page = visitor(WORLD)
    at_week(page, 0)
    tile(page, "FRA").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.dataset.iso3") == "LIE"
    page.keyboard.press("ArrowUp")
    assert page.evaluate("document.activeElement.dataset.iso3") == "LUX"
    page.keyboard.press("Enter")
    page.locator(".one-state h3", has_text="Luxembourg").wait_for()
    assert "state=LUX" in page.url
    assert page.locator('.tile[tabindex="0"]').count() == 1


def test_all_of_it_stands_in_the_address(visitor: Opens, world: dict[str, Any]) -> None:
    query = "?view=one&scenario=with-contagion&world=3&week=80&tie=trade&state=MEX&speed=4"
    page = visitor(query)
    at_week(page, 80)
    for _ in range(2):
        assert page.get_by_label("Scenario", exact=True).input_value() == "with-contagion"
        assert page.get_by_label("World number", exact=True).input_value() == "3"
        assert page.get_by_label("Map shows", exact=True).input_value() == "trade"
        assert page.get_by_label("Speed", exact=True).input_value() == "4"
        page.locator(".one-state h3", has_text="Mexico").wait_for()
        page.reload()
        at_week(page, 80)
    page.get_by_label("Map shows", exact=True).select_option("travel")
    page.locator(".tiles-legend", has_text="residual").wait_for()
    page.go_back()
    assert page.get_by_label("Map shows", exact=True).input_value() == "trade"
    page.get_by_role("button", name="Next world").click()
    at_week(page, 0)
    assert page.get_by_label("World number", exact=True).input_value() == "4"
    assert world["world"] == 7


def test_an_impossible_world_is_refused_in_words(visitor: Opens) -> None:
    page = visitor(WORLD)
    at_week(page, 0)
    field = page.get_by_label("World number", exact=True)
    for given in ("10000", "-1", "{{x}}"):
        field.fill(given)
        field.press("Enter")
        page.get_by_role("alert").filter(has_text="a whole number from 0 to 9999").wait_for()
    assert field.get_attribute("aria-invalid") == "true"
    field.fill("7")
    field.press("Enter")
    page.get_by_role("alert").filter(has_text="whole number").wait_for(state="hidden")


@pytest.mark.parametrize(
    ("width", "height"), [(1024, 768), (1366, 768), (1920, 1080), (683, 384), (390, 844)]
)
def test_every_code_can_be_read_and_nothing_overflows(visitor: Opens, width: int, height: int) -> None:
    page = visitor(f"{WORLD}&week=90&state=MEX", viewport={"width": width, "height": height})
    at_week(page, 90)
    sizes = page.evaluate(
        """() => [...document.querySelectorAll('.tiles .tile')].map(one => {
            const code = one.querySelector('.tile-code'), range = document.createRange();
            range.selectNodeContents(code);
            return [parseFloat(getComputedStyle(code).fontSize), range.getBoundingClientRect().width,
                    one.getBoundingClientRect().width];
        })"""
    )
    assert len(sizes) == 197
    assert min(size for size, _, _ in sizes) >= SMALLEST
    assert all(code <= tile for _, code, tile in sizes)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_story_is_that_of_the_record(visitor: Opens, basis: Basis) -> None:
    record = numbers.record(basis)
    page = visitor("?view=story")
    heading = page.locator(".one-beside h3")
    heading.filter(has_text="Before January 2017").wait_for()
    page.get_by_role("button", name="Step", exact=True).press("End")
    heading.filter(has_text=f"{record['record'][-1]} since January 2016.").wait_for()
    assert heading.inner_text().startswith("December 2017: ")
    page.get_by_role("slider", name="Month of the record").fill("9")
    heading.filter(has_text="September 2017: 11 acts, 31 since January 2016.").wait_for()
    said = page.locator(".story-scene").inner_text()
    assert "3 Sep 2017: Sixth nuclear test" in said
    weeks = {week for week, day in enumerate(record["days"][:-1]) if day.startswith("2017-09")}
    named = {state["iso3"]: state["name"] for state in record["states"]}
    acted = {named[row["iso3"]] for row in record["changes"] if row["week"] in weeks and row["kind"] == "act"}
    assert len(acted) == 11
    assert all(name in said for name in acted)
    page.get_by_role("button", name="Play", exact=True).click()
    page.get_by_role("button", name="Pause", exact=True).click()
    page.get_by_role("button", name="Skip to Many worlds").click()
    page.get_by_role("tab", name="Many worlds", selected=True).wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_hinders_people_with_disabilities(visitor: Opens, scheme: str) -> None:
    for query in (f"{WORLD}&week=90&state=PHL", f"{WORLD}&week=90&tie=diplomatic", "?view=story&scene=9"):
        page = visitor(query, color_scheme=scheme)
        page.locator(".tile.mark-down[data-iso3]").first.wait_for()
        page.wait_for_load_state("networkidle")
        assert violations(page) == []
