"""Several visitors on one machine: each has their own state, nobody is mixed up, and nothing is left behind."""

from __future__ import annotations

import http.client
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from maxpressure.app.levers import Setting
from maxpressure.app.many_worlds import bands, record_of, simulate
from maxpressure.app.outputs import in_words
from maxpressure.evidence.posterior import choose
from maxpressure.model.case import Case
from served import FORGET_SECONDS, Served, start, stop

Opens = Callable[..., Any]
VISITORS = 20
FORGOTTEN = FORGET_SECONDS + 6.0
"""Seconds until the memory of lost visitors is back."""
TOOK = re.compile(r"300 worlds simulated and drawn in ([\d.]+) s, after ([\d.]+) s of waiting")
TOKEN = "classroom2026"
SMALL = {"width": 800, "height": 600}


@pytest.fixture(scope="module")
def words(case: Case) -> list[str]:
    """What the picture of each visitor's own setting must say."""
    draws = choose("posterior").draws
    found = []
    for number in range(VISITORS):
        setting = Setting(moved={"campaign": number / 10, "mandates": 0.5})
        lots = {"A": simulate(case, draws, setting)}
        found.append(in_words(bands(lots), record_of(case, lots)))
    assert len(set(found)) > VISITORS / 2
    return found


def own(number: int) -> str:
    """The link of a visitor's own setting."""
    return f"?campaign={number / 10}&mandates=0.5"


def test_two_visitors_do_not_see_each_others_settings(visitor: Opens, words: list[str]) -> None:
    first, second = visitor(own(3)), visitor(own(17))
    first.get_by_role("img", name=words[3], exact=True).wait_for()
    second.get_by_role("img", name=words[17], exact=True).wait_for()
    second.get_by_role("slider", name="Campaign (A)", exact=True).fill("0.5")
    second.get_by_role("img", name=words[5], exact=True).wait_for()
    first.get_by_role("img", name=words[3], exact=True).wait_for()
    assert first.get_by_role("textbox", name="Campaign (A), exact value", exact=True).input_value() == "0.3"
    first.get_by_role("tab", name="One world", exact=True).click()
    second.get_by_role("tab", name="One world", exact=True).click()
    first.get_by_role("button", name="Step", exact=True).click()
    first.get_by_text("So far: 10 January 2016", exact=False).wait_for()
    second.get_by_text("nothing has happened yet", exact=False).wait_for()


def test_twenty_visitors_each_get_their_own_three_hundred_worlds_and_their_memory_comes_back(
    visitor: Opens, served: Served, words: list[str], record_testsuite_property: Callable[[str, object], None]
) -> None:
    first = visitor(own(0))
    looks_at_one_world(first)
    leaves(first)
    time.sleep(FORGOTTEN)
    began, used = served.memory_mb, served.cpu_seconds
    pages: list[Any] = []
    for number in range(VISITORS):
        beside = pages[-1] if number % 5 else None  # most do not load the page's libraries anew
        pages.append(visitor(own(number), beside=beside, wait_until="commit", viewport=SMALL))
        pages[-1].set_default_timeout(180_000)
    for number, page in enumerate(pages):
        page.get_by_role("img", name=words[number], exact=True).wait_for()
    took = [TOOK.search(page.inner_text("body")) for page in pages]
    assert None not in took
    worked, waited = ([float(one[part]) for one in took if one] for part in (1, 2))
    record_testsuite_property("server_cpu_seconds", round(served.cpu_seconds - used, 1))
    record_testsuite_property("worked_seconds_each", f"{min(worked)} to {max(worked)}")
    record_testsuite_property("waited_seconds_each", f"{min(waited)} to {max(waited)}")
    assert served.process.poll() is None
    for number, page in enumerate(pages):  # and nobody's worlds were changed by those who came later
        page.get_by_role("img", name=words[number], exact=True).wait_for()
    for page in pages:
        looks_at_one_world(page)
    peak = served.memory_mb
    for page in pages[::5]:
        leaves(page)
    until = time.monotonic() + FORGOTTEN
    while served.memory_mb >= 1.2 * began and time.monotonic() < until:
        time.sleep(0.2)
    ended = served.memory_mb
    record_testsuite_property(
        "memory_mb", f"{began:.0f} before, {peak:.0f} with {VISITORS} visitors, {ended:.0f} after"
    )
    assert ended < 1.2 * began


def looks_at_one_world(page: Any) -> None:
    """The visitor steps through one world, so that the server holds it too."""
    page.get_by_role("tab", name="One world", exact=True).click()
    page.get_by_role("button", name="Step", exact=True).click()
    page.get_by_text("So far: 10 January 2016", exact=False).wait_for()


def leaves(page: Any) -> None:
    """All who share the page's browser lose their connection, so that no page can close its own."""
    page.context.set_offline(offline=True)
    page.context.close()


def test_a_moved_lever_costs_the_server_under_a_second(
    visitor: Opens, served: Served, words: list[str], record_testsuite_property: Callable[[str, object], None]
) -> None:
    page = visitor(own(0))
    page.get_by_role("img", name=words[0], exact=True).wait_for()
    seconds, used = [], served.cpu_seconds
    moves = [number for number in range(1, 8) if words[number] != words[number - 1]]
    for number in moves:
        began = time.monotonic()
        page.get_by_role("slider", name="Campaign (A)", exact=True).fill(str(number / 10))
        page.get_by_role("img", name=words[number], exact=True).wait_for()
        seconds.append(time.monotonic() - began)
    record_testsuite_property("lever_to_band_seconds", f"{min(seconds):.2f} to {max(seconds):.2f}")
    assert (served.cpu_seconds - used) / len(moves) < 1.0


def test_a_page_left_open_costs_under_two_per_cent_of_a_core(
    visitor: Opens, served: Served, words: list[str]
) -> None:
    page = visitor(own(1))
    page.get_by_role("img", name=words[1], exact=True).wait_for()
    page.wait_for_timeout(3000)
    began, used = time.monotonic(), served.cpu_seconds
    page.wait_for_timeout(12_000)
    assert (served.cpu_seconds - used) / (time.monotonic() - began) < 0.02


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Another server, opened to the network: it asks for a token."""
    running = start(tmp_path_factory.mktemp("locked"), "--host", "0.0.0.0", "--token", TOKEN)
    yield running
    stop(running)


def answered(served: Served, path: str, **headers: str) -> http.client.HTTPResponse:
    """The server's answer to a request, or to a websocket's handshake."""
    connection = http.client.HTTPConnection(
        "127.0.0.1", int(served.url.rstrip("/").rpartition(":")[2]), timeout=30
    )
    connection.request(
        "GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )
    return connection.getresponse()


def test_beyond_this_machine_the_served_page_asks_for_its_token_on_both_protocols(locked: Served) -> None:
    socket = "/jupyter/api/kernels/0a1b/channels?session_id=1"
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec_WebSocket_Version": "13",
        "Sec_WebSocket_Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    }
    assert answered(locked, "/").status == 401
    assert answered(locked, "/?token=classroom2025").status == 401
    assert answered(locked, socket, **upgrade).status == 403
    entered = answered(locked, f"/?token={TOKEN}")
    assert (entered.status, entered.getheader("location")) == (303, "/")
    cookie = str(entered.getheader("set-cookie")).partition(";")[0]
    assert answered(locked, "/", Cookie=cookie).status == 200
    assert answered(locked, "/", Cookie=cookie, Host="evil.example").status == 421
    assert answered(locked, socket, **upgrade, Cookie=cookie, Host="evil.example").status == 403
    assert answered(locked, socket, **upgrade, Cookie=cookie, Origin="http://evil.example").status == 403
    assert answered(locked, socket, **upgrade, Cookie=cookie).status == 101
    for path in ("/resourcez", "/_solara/cdn/vue@2/dist/vue.js", "/static/../server.py", "/static/public/x"):
        assert answered(locked, path, Cookie=cookie).status == 404
    assert locked.elsewhere == []
