"""The page as it is served, in a real Chromium: one server and one browser for the tests of a file.

Where there is no Chromium a person's own run skips these tests and says so; CI (where CI is set) fails.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from served import Served, start, stop, visits

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def missing(what: str) -> None:
    """Fail where the tests must run, else skip and say what is missing."""
    if os.environ.get("CI"):
        pytest.fail(f"{what}, and CI must drive a browser", pytrace=False)
    pytest.skip(f"{what}: the page is not tested in a browser")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A Chromium of the system, driven by Playwright.

    Playwright keeps an event loop running in the thread while it is open, in which no other test can run its own: so
    it is closed after each file.
    """
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if path is None:
        missing("No Chromium is installed (on Debian: apt install chromium)")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("Playwright is not installed")
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, browser: Any) -> Iterator[Served]:  # noqa: ARG001
    """The page on this machine, with nothing computed ahead."""
    running = start(tmp_path_factory.mktemp("page"), "--no-ahead")
    yield running
    stop(running)


@pytest.fixture
def visitor(browser: Any, served: Served) -> Iterator[Callable[..., Any]]:
    """Opens the page as a new visitor; a fault of its scripts or a request to another host fails the test."""
    with visits(browser, served) as opens:
        yield opens
