"""The example starts, answers over HTTP, and a step changes its pictures; `make solara-example` runs this."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import ipyvuetify
import ipywidgets
import pytest
import solara
from app import Page, ShownWorld

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The address of the example as it is served."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "solara", "run", "app.py", "--no-open", "--port", str(port)]
    served = subprocess.Popen([*command, "--host", "127.0.0.1", "--production"], cwd=HERE)
    try:
        yield f"http://127.0.0.1:{port}/"
    finally:
        served.terminate()
        served.wait(timeout=20)


def answer(address: str) -> tuple[int, str]:
    """The server's answer, once it is there."""
    for _ in range(120):
        try:
            with urllib.request.urlopen(address, timeout=10) as found:
                return found.status, found.read().decode()
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.5)
    raise AssertionError("no answer within a minute")


def pictures(shown: Any) -> list[bytes]:
    """The pictures on the page."""
    return [bytes(found.widget.value) for found in shown.find(ipywidgets.Image)]


def button(shown: Any, label: str) -> Any:
    (found,) = [one.widget for one in shown.find(ipyvuetify.Btn) if one.widget.children == [label]]
    return found


def test_it_answers_over_http(address: str) -> None:
    status, page = answer(address)
    assert status == 200
    assert re.search(r"<title>[^<]+</title>", page)


def test_a_step_changes_both_pictures_and_a_reset_brings_back_the_first() -> None:
    _, shown = solara.render(solara.AppLayout(children=[Page()]), handle_error=False)
    first = pictures(shown)
    assert len(first) == 2
    for _ in range(80):
        button(shown, "Step").click()
    assert all(before != after for before, after in zip(first, pictures(shown), strict=True))
    button(shown, "Reset").click()
    assert pictures(shown) == first
    shown.close()


def test_a_step_after_the_last_changes_nothing() -> None:
    world = ShownWorld(shipped="no-campaign", number=3).run()
    steps, counted = world.week, world.datacollector.get_model_vars_dataframe()
    world.step()
    assert world.week == steps
    assert world.datacollector.get_model_vars_dataframe().equals(counted)
