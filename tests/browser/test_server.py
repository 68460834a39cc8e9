"""The served page and its browsers: a restart, two visitors, links that mean no good, and a policy that holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from served import Served, free_port, start, stop, visits

Opens = Callable[..., Any]
TOKEN = "spring2026"


def rest(page: Any) -> str:
    """What the page says of all worlds, once they are on show."""
    page.locator("#status", has_text="300 worlds").wait_for()
    page.locator("#view:not(.preview)").wait_for()
    return str(page.locator("#finding").inner_text())


def move(page: Any, lever: str, value: str) -> None:
    """Write a value of lever A."""
    field = page.get_by_role("textbox", name=f"{lever}, exact value", exact=True).first
    field.fill(value)
    field.press("Enter")


def query(page: Any) -> str:
    return str(page.evaluate("decodeURIComponent(location.search).replaceAll('+', ' ')"))


def test_two_browsers_have_each_their_own_setting(visitor: Opens) -> None:
    first, second = visitor("?campaign=0"), visitor("?campaign=3")
    low, high = rest(first), rest(second)
    assert low != high
    move(first, "Campaign (A)", "3")
    first.wait_for_url("**campaign=3**")
    move(second, "Campaign (A)", "0")
    second.wait_for_url(re.compile("campaign=0(&|$)"))
    first.wait_for_function("found => document.querySelector('#finding').innerText === found", arg=high)
    second.wait_for_function("found => document.querySelector('#finding').innerText === found", arg=low)


def test_a_page_survives_the_end_of_its_server_and_goes_on_with_the_next(
    browser: Any, tmp_path: Path
) -> None:
    port = free_port()
    served = start(tmp_path, "--no-ahead", port=port)
    with visits(browser, served) as opens:
        page = opens("?campaign=0.5")
        before = rest(page)
        stop(served)
        move(page, "Campaign (A)", "3")
        lost = page.locator("#lost")
        lost.wait_for(state="visible")
        assert "does not answer" in lost.inner_text()
        assert "campaign=0.5" in query(page)
        again = start(tmp_path, "--no-ahead", port=port)
        lost.wait_for(state="hidden", timeout=60_000)
        page.wait_for_url(re.compile("campaign=3(&|$)"))
        page.wait_for_function(
            "found => document.querySelector('#finding').innerText !== found", arg=before, timeout=60_000
        )
        after = rest(page)
        page.reload()
        assert rest(page) == after
        page.go_back()
        assert rest(page) == before
        stop(again)


@pytest.mark.parametrize(
    "link",
    [
        "?campaign=9",
        "?campaign=%3Cscript%3Ewindow.hit=1%3C/script%3E",
        "?scenario=../../etc/passwd",
        "?scenario=%3Cimg%20src=x%20onerror=window.hit=1%3E",
        "?asked=%22%3E%3Cscript%3Ewindow.hit=1%3C/script%3E",
        "?b-campaign=-1",
        "?view=one&world=99999",
        "?view=one&scenario=javascript:window.hit=1",
        "?view=whatif&without=%3Csvg%20onload=window.hit=1%3E",
    ],
)
def test_a_link_that_cannot_be_is_refused_in_words_and_runs_nothing(visitor: Opens, link: str) -> None:
    page = visitor(link)
    fault = page.locator(".fault:visible, [role=alert]:visible").first
    fault.wait_for()
    assert re.search("Allowed is|is not known|No |no ", fault.inner_text())
    assert page.evaluate("window.hit ?? null") is None
    assert page.locator("#view script, #view img[onerror], #view svg[onload]").count() == 0


@pytest.mark.parametrize(
    ("link", "nearest"),
    [
        ("?campain=2", "campaign"),
        ("?b-campaing=2", "b-campaign"),
        ("?senario=no-campaign", "scenario"),
        ("?view=wat-if", "whatif"),
    ],
)
def test_what_a_link_has_that_the_page_does_not_know_is_named(
    visitor: Opens, link: str, nearest: str
) -> None:
    page = visitor(link)
    fault = page.locator(".fault[role=alert]:visible").first
    fault.wait_for()
    assert fault.inner_text().endswith(f"Did you mean {nearest}?")


@pytest.mark.parametrize(
    "link",
    [
        "?%3Cscript%3Ewindow.hit=1%3C/script%3E=1",
        "?view=%22%3E%3Cimg%20src=x%20onerror=window.hit=1%3E",
        "?__proto__=1",
        "?x=1&%E2%80%AE=2",
    ],
)
def test_a_hostile_name_in_a_link_is_text(visitor: Opens, link: str) -> None:
    page = visitor(link)
    page.locator(".fault[role=alert]:visible").first.wait_for()
    assert page.evaluate("window.hit ?? null") is None
    rest(page)


def test_a_link_of_version_0_1_opens_its_view(visitor: Opens) -> None:
    page = visitor("?view=twin")
    page.locator("#tab-whatif[aria-selected=true]").wait_for()
    assert page.locator(".fault:visible").count() == 0


def test_the_policy_lets_no_script_or_style_in_that_is_not_a_file_of_the_page(
    browser: Any, served: Served
) -> None:
    context = browser.new_context()
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda one: said.append(one.text))
    page.goto(served.url)
    rest(page)
    assert not [one for one in said if "Content Security Policy" in one]
    page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "window.hit = 1";
            document.body.append(script);
            const words = "<b id=inline style='color: rgb(1, 2, 3)' onclick='window.hit = 1'>x</b>";
            document.body.insertAdjacentHTML("beforeend", words);
            document.getElementById("inline").click();
        }"""
    )
    assert page.evaluate("window.hit ?? null") is None
    assert page.evaluate("getComputedStyle(document.getElementById('inline')).color") != "rgb(1, 2, 3)"
    assert page.evaluate("fetch('http://127.0.0.1:9/').then(() => 'sent', () => 'refused')") == "refused"
    page.evaluate("() => new Promise(done => { setTimeout('window.hit = 2', 0); setTimeout(done, 50); })")
    assert page.evaluate("window.hit ?? null") is None
    assert len([one for one in said if "Content Security Policy" in one]) >= 3
    context.close()


# ---- with a token


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory, browser: Any) -> Iterator[Served]:  # noqa: ARG001
    running = start(tmp_path_factory.mktemp("page"), "--no-ahead", "--host", "0.0.0.0", "--token", TOKEN)
    yield running
    stop(running)


@pytest.mark.parametrize(
    "link",
    [
        f"?token={TOKEN}&guess=1",
        f"?guess=1&token={TOKEN}",
        f"?token={TOKEN}?guess=1",
        f"?guess=1?token={TOKEN}",
    ],
)
def test_a_link_keeps_its_query_wherever_the_token_stands(browser: Any, guarded: Served, link: str) -> None:
    with visits(browser, guarded) as opens:
        page = opens(f"{link}&campaign=1.4")
        page.locator("#tab-many").wait_for()
        assert "guess=1" in query(page)
        assert "campaign=1.4" in query(page)
        assert "token" not in page.url
        page.reload()
        page.locator("#tab-many").wait_for()


def test_who_types_the_token_is_let_in_with_the_rest_of_the_link(browser: Any, guarded: Served) -> None:
    with visits(browser, guarded) as opens:
        page = opens("?campaign=1.4&view=many")
        page.get_by_label("Token").fill("wrong-one")
        page.get_by_role("button", name="Enter").click()
        page.get_by_label("Token").fill(TOKEN)
        page.get_by_role("button", name="Enter").click()
        rest(page)
        assert "campaign=1.4" in query(page)
        assert "token" not in page.url


def test_every_number_of_the_machine_has_a_link_that_works(browser: Any, guarded: Served) -> None:
    links = re.findall(r"Open (http://\S+)", guarded.log.read_text())
    assert links
    context = browser.new_context()
    page = context.new_page()
    for link in links:
        assert f"?token={TOKEN}" in link
        page.goto(link)
        page.locator("#tab-many").wait_for()
    context.close()
