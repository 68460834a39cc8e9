"""The negotiation game in a browser: bids, the referee, Back, refusals, and the way to Many worlds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from accessible import violations
from maxpressure.app import numbers
from maxpressure.app.figures.game import table
from maxpressure.app.figures.referee import referee

GAME = "?view=game"
BIDS = "1-campaign=1.4&1-offer=MEX+PER&1-receive=EGY&aim-USA=acts+more&aim-MEX=own+fewer"
NARROW = {"width": 390, "height": 844}


def fields(page: Any) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(page.evaluate("location.href")).query))


def called(page: Any) -> None:
    page.locator(".verdict table").first.wait_for()


def test_bids_are_entered_by_mouse_and_keyboard_and_stand_in_the_address(visitor: Callable[..., Any]) -> None:
    page = visitor(GAME)
    page.get_by_label("Campaign").fill("1,4")
    page.get_by_label("Campaign").press("Tab")
    page.get_by_label("Aim of China").select_option("trade_left more")
    page.locator("#offer-MEX").check()
    page.locator("#receive-MEX").focus()
    page.keyboard.press("Space")
    assert fields(page) | {"1-campaign": "1,4", "aim-CHN": "trade_left more"} == fields(page)
    assert (fields(page)["1-offer"], fields(page)["1-receive"]) == ("MEX", "MEX")
    page.reload()
    assert page.get_by_label("Campaign").input_value() == "1,4"
    assert page.locator("#offer-MEX").is_checked()
    page.go_back()
    assert not page.locator("#receive-MEX").is_checked()


def test_a_course_stands_in_the_next_round_and_the_test_is_bid_once(visitor: Callable[..., Any]) -> None:
    page = visitor(f"{GAME}&1-campaign=1.4")
    assert page.get_by_label("September test").is_enabled()
    page.get_by_role("button", name="Round 2").click()
    assert page.get_by_label("Campaign").get_attribute("placeholder") == "still 1.4"
    assert page.get_by_label("Campaign").input_value() == ""
    assert page.get_by_label("September test").is_disabled()
    page.get_by_label("Campaign").fill("0.5")
    page.get_by_label("Campaign").press("Enter")
    assert fields(page)["2-campaign"] == "0.5"
    page.get_by_role("button", name="Clear this round").click()
    assert "2-campaign" not in fields(page)
    assert fields(page)["1-campaign"] == "1.4"


def test_the_referee_shows_the_figures_of_python_to_the_digit(visitor: Callable[..., Any]) -> None:
    page = visitor(f"{GAME}&{BIDS}")
    page.get_by_role("button", name="Call the referee").click()
    called(page)
    basis = numbers.load_basis()
    bids = table(basis.case, [one for one in parse_qsl(BIDS) if one[0] != "round"])
    before, after = (numbers.simulate(basis, bids.agreed(basis.case, number).setting) for number in (0, 1))
    found = referee(basis.case, bids, 1, before, after)
    shown = page.locator(".verdict").inner_text()
    for role in found["roles"]:
        assert role["sentence"] in shown
    acts = found["outcomes"]["acts"]
    low, middle, high = acts["after"]
    assert f"{middle:.0f} ({low:.0f} to {high:.0f})" in shown
    assert "No request was made to Mexico, Peru" in shown
    for caution in found["cautions"]:
        assert caution in shown


def test_a_change_of_bids_takes_the_verdict_away_and_another_outcome_is_drawn(
    visitor: Callable[..., Any],
) -> None:
    page = visitor(f"{GAME}&{BIDS}&called=1")
    called(page)
    first = page.locator(".strip-words").inner_text()
    page.get_by_role("button", name="Trade left").click()
    page.wait_for_function("words => document.querySelector('.strip-words').innerText !== words", arg=first)
    assert fields(page)["outcome"] == "trade_left"
    page.locator("#offer-UGA").check()
    assert page.locator(".verdict table").count() == 0
    assert "called" not in fields(page)


@pytest.mark.parametrize(
    ("bid", "words"),
    [("1-campaign=9", "0 to 3"), ("1-offer=MEX+PER+EGY+UGA", "at most 3"), ("2-test=no+test", "first round")],
)
def test_a_bid_that_is_none_is_refused_in_a_sentence(
    visitor: Callable[..., Any], bid: str, words: str
) -> None:
    page = visitor(f"{GAME}&{bid}&called=1")
    fault = page.get_by_role("alert").filter(has_text=words)
    fault.wait_for()
    assert page.locator(".verdict table").count() == 0


def test_a_round_opens_in_many_worlds_and_back_returns_to_the_table(visitor: Callable[..., Any]) -> None:
    page = visitor(f"{GAME}&{BIDS}&called=1")
    called(page)
    page.get_by_role("button", name="Open in Many worlds").click()
    assert fields(page)["view"] == "many"
    assert fields(page)["b-campaign"] == "1.4"
    assert fields(page)["asked"] == fields(page)["b-asked"] == "nobody"
    page.go_back()
    called(page)
    assert page.get_by_label("Campaign").input_value() == "1.4"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1366, 390])
def test_axe_finds_nothing(visitor: Callable[..., Any], scheme: str, width: int) -> None:
    page = visitor(f"{GAME}&{BIDS}&called=1", color_scheme=scheme, viewport={"width": width, "height": 844})
    called(page)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert violations(page) == []


def test_on_a_phone_nothing_is_wider_than_the_screen(visitor: Callable[..., Any]) -> None:
    page = visitor(f"{GAME}&{BIDS}&called=1", viewport=NARROW)
    called(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
