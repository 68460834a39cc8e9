"""The page served by a process of its own and visited by a browser, for tests."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

STARTS_WITHIN = 240.0
"""Seconds: the rule is compiled once where no cache is at hand."""

NEAR = re.compile(r"127\.|localhost|::1|0\.0\.0\.0|None")


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A running page: its address, its process, the file of the addresses that it went to, and what it printed."""

    url: str
    process: subprocess.Popen[bytes]
    watched: Path
    log: Path

    @property
    def cpu_seconds(self) -> float:
        """Seconds of processor time that the server has used, without its children."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def memory_mb(self) -> float:
        """What the server holds in memory."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    @property
    def elsewhere(self) -> list[str]:
        """Every address beyond this machine that the server went to or asked the name of."""
        noted = self.watched.read_text(encoding="utf-8").splitlines()
        return [line for line in noted if not NEAR.search(line.partition(" ")[2])]


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def start(folder: Path, *words: str, port: int = 0) -> Served:
    """`maxpressure app` on a free port or this one, once it answers."""
    port, watched, log = port or free_port(), folder / "watched.txt", folder / "log.txt"
    watched.touch()
    command = [
        sys.executable,
        str(Path(__file__).with_name("watched_app.py")),
        "app",
        "--port",
        str(port),
        *words,
    ]
    with log.open("wb") as written:
        process = subprocess.Popen(
            command, cwd=folder, env={**os.environ, "WATCHED": str(watched)}, stdout=written, stderr=written
        )
    until = time.monotonic() + STARTS_WITHIN
    while b"Ready after" not in log.read_bytes():
        if process.poll() is not None or time.monotonic() > until:
            process.kill()
            pytest.fail(f"the page did not start: {log.read_text()[-2000:]}", pytrace=False)
        time.sleep(0.1)
    return Served(url=f"http://127.0.0.1:{port}/", process=process, watched=watched, log=log)


def stop(served: Served) -> None:
    """End the server as Ctrl+C does."""
    served.process.send_signal(2)
    try:
        served.process.wait(20)
    except subprocess.TimeoutExpired:
        served.process.kill()


@contextmanager
def visits(browser: Any, served: Served) -> Iterator[Callable[..., Any]]:
    """Opens the page as new visitors.

    Fails at the end for a fault of its scripts, a breach of its policy, or a request to another host.
    """
    contexts: list[Any] = []
    faults: list[str] = []
    asked: list[str] = []

    def opens(path: str = "", *, beside: Any = None, wait_until: str = "load", **how: Any) -> Any:
        if beside is None:
            context = browser.new_context(
                viewport=how.pop("viewport", {"width": 1280, "height": 900}), accept_downloads=True, **how
            )
            contexts.append(context)
            context.on("request", lambda request: asked.append(request.url))
        else:  # a page that shares its browser's files
            context = beside.context
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("websocket", lambda one: asked.append(one.url))
        page.on(
            "console", lambda one: faults.append(one.text) if "Content Security Policy" in one.text else None
        )
        page.on("pageerror", lambda fault: faults.append(str(fault)))
        page.goto(served.url + path, wait_until=wait_until)
        return page

    yield opens
    for context in contexts:
        context.close()
    assert faults == []
    host = served.url.partition("//")[2]
    assert [url for url in asked if not url.startswith(("data:", "blob:", f"http://{host}"))] == []
    assert served.elsewhere == []
