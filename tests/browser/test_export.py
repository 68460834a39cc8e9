"""A saved page without a server of ours: from any web space, and from a disk by a double click."""

from __future__ import annotations

import functools
import http.server
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from accessible import violations
from maxpressure.app import numbers
from maxpressure.app.export import ALONE, PAGE, export
from maxpressure.app.figures.levers import UNMOVED
from maxpressure.app.saved import Saved

TWINNED = "Hwasong-15"
"""The last input of the record: of its twins the least is to be simulated."""

Opens = Callable[..., Any]


@pytest.fixture(scope="module")
def wanted() -> Saved:
    basis = numbers.load_basis()
    moved = {
        "campaign": tuple(UNMOVED.but(basis.case, "campaign", value) for value in ("0", "2")),
        "test": (UNMOVED.but(basis.case, "test", "no test"),),
    }
    return Saved(basis=basis, scenarios=(UNMOVED,), moved=moved, twinned=(TWINNED,), worlds=2)


@pytest.fixture(scope="module")
def folder(wanted: Saved, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export(wanted, tmp_path_factory.mktemp("saved") / "page", progress=False).folder


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A web space that knows nothing of the page."""

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module", params=["web space", "double click"])
def address(request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    if request.param == "double click":
        yield (folder / ALONE).as_uri()
        return
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder))
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/{PAGE}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def opens(browser: Any, address: str) -> Iterator[Opens]:
    """Opens the saved page; a fault of its scripts, a breach of its policy or another address fails the test."""
    contexts, faults, asked = [], [], []

    def opened(query: str = "", **how: Any) -> Any:
        context = browser.new_context(viewport=how.pop("viewport", {"width": 1280, "height": 900}), **how)
        contexts.append(context)
        context.on("request", lambda one: asked.append(one.url))
        page = context.new_page()
        page.on("console", lambda one: faults.append(one.text) if "Content Security" in one.text else None)
        page.on("pageerror", lambda fault: faults.append(str(fault)))
        page.goto(address + query)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []
    home = address.rpartition("/")[0]
    assert [url for url in asked if not url.startswith((home, "data:", "blob:"))] == []
    if address.startswith("file:"):
        assert {url.partition("?")[0] for url in asked if not url.startswith(("data:", "blob:"))} == {address}


def finding(page: Any, words: str) -> None:
    page.locator(".finding", has_text=words).wait_for()


def headline(wanted: Saved, link: str) -> str:
    lot = numbers.simulate(wanted.basis, numbers.setting_of_link(wanted.basis.case, link))
    return str(numbers.worlds(lot)["finding"])


def test_it_opens_and_its_levers_move(opens: Opens, wanted: Saved) -> None:
    page = opens()
    finding(page, headline(wanted, ""))
    assert "A saved page" in page.locator("#head").inner_text()
    slider = page.get_by_role("slider", name="Campaign (A)", exact=True)
    slider.focus()
    page.keyboard.press("Home")
    finding(page, headline(wanted, "campaign=0"))
    page.go_back()
    finding(page, headline(wanted, ""))
    page.get_by_label("September test (A)", exact=True).select_option("no test")
    finding(page, headline(wanted, "test=no test"))
    page.reload()
    finding(page, headline(wanted, "test=no test"))
    assert page.get_by_text("Download tables").is_hidden()
    assert page.get_by_label("Guess first").count() == 0
    assert page.get_by_role("tab", name="Negotiate").count() == 0


def test_pairs_are_compared(opens: Opens, wanted: Saved) -> None:
    page = opens("?b-campaign=0")
    first, second = (
        numbers.simulate(wanted.basis, numbers.setting_of_link(wanted.basis.case, link))
        for link in ("", "campaign=0")
    )
    pair = numbers.pair(first, second)
    finding(page, pair["finding"])
    page.get_by_text("All differences in words").click()
    said = page.locator(".sentences").inner_text()
    assert all(sentence in said for sentence in pair["sentences"])


def test_what_it_does_not_hold_is_refused_with_the_nearest(opens: Opens) -> None:
    page = opens("?campaign=1.8")
    page.get_by_role("alert").filter(has_text="does not hold Campaign 1.8").wait_for()
    assert (
        "The nearest that it holds: Campaign 2"
        in page.get_by_role("alert").filter(has_text="1.8").inner_text()
    )
    page = opens("?view=one&world=9")
    page.get_by_role("alert").filter(has_text="The nearest that it holds: ").wait_for()
    assert "world 0" in page.get_by_role("alert").filter(has_text="world 9").inner_text()
    page = opens("?view=whatif&without=UNSCR+2371")
    page.get_by_role("alert").filter(has_text=TWINNED).wait_for()


def test_single_worlds_twins_and_the_story_are_there(opens: Opens, wanted: Saved) -> None:
    world = numbers.one(wanted.basis, UNMOVED.base, 1)
    act = next(row for row in world["changes"] if row["kind"] == "act")
    page = opens(f"?view=one&world=1&week={act['week'] + 1}&state={act['iso3']}")
    page.get_by_text("It acted in this week.").wait_for()
    assert f"{world['acts'][act['week'] + 1]} acts in this world" in page.locator(".one-wave").inner_text()
    page.get_by_role("tab", name="What if").click()
    page.get_by_label("Input to take away", exact=True).select_option(TWINNED)
    page.get_by_role("button", name="Take it away").click()
    page.locator("table.twins tbody th").first.wait_for()
    page.get_by_role("tab", name="The record in a minute").click()
    page.get_by_role("slider", name="Month of the record").fill("9")
    page.get_by_text("September 2017: 11 acts, 31 since January 2016.").wait_for()
    page.go_back()
    page.get_by_role("tab", name="The record in a minute", selected=True).wait_for()
    page.get_by_role("button", name="Exercises").click()
    page.get_by_text(re.compile("Counterfactual twins")).first.wait_for()


def test_a_state_says_why_it_acts(opens: Opens, wanted: Saved) -> None:
    why = numbers.why(wanted.basis, UNMOVED, "PHL")
    page = opens("?state=PHL")
    page.get_by_text(why["sentence"]).wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_hinders_people_with_disabilities(opens: Opens, wanted: Saved, scheme: str) -> None:
    page = opens(color_scheme=scheme)
    finding(page, headline(wanted, ""))
    assert violations(page) == []
