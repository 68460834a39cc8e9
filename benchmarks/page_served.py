"""The classroom page of a commit, served by a process of its own, and what that process and its children use.

The old page has other requirements than this checkout, so it is installed into an environment of its own, with the
versions of its commit's lock. /proc is read, so this runs on Linux.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

STARTS_WITHIN, RESTS_WITHIN = 300.0, 900.0
"""Seconds until it answers, when nothing is compiled, and until it has nothing left to compute in the background."""

RESTING = 0.05
"""Cores that a server uses when it has nothing to do."""

TICK = os.sysconf("SC_CLK_TCK")
PINNED = re.compile(r"^([A-Za-z0-9_.-]+)(?:\[[^]]*\])?==(\S+)(?: ; ([^\\]+?))?(?: \\)?$", re.MULTILINE)


@dataclass(frozen=True)
class Installed:
    """A checkout and the Python that serves its page, with its own folder for compiled code."""

    root: Path
    python: Path
    cache: Path

    @property
    def environment(self) -> dict[str, str]:
        """Of its processes: the package is that of the checkout, whatever else is installed."""
        return os.environ | {"PYTHONPATH": str(self.root / "model"), "MAXPRESSURE_CACHE": str(self.cache)}


def installed(root: Path, place: Path) -> Installed:
    """An environment for a checkout, made in `place` unless it is there."""
    python = place / "environment" / "bin" / "python"
    ready = place / "ready"
    if not ready.exists():
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        subprocess.run([sys.executable, "-m", "venv", str(place / "environment")], check=True)
        pins = place / "pins.txt"
        pins.write_text(
            pins_of((root / "requirements-dev.lock").read_text(encoding="utf-8")), encoding="utf-8"
        )
        command = [str(python), "-m", "pip", "install", "--quiet", "--constraint", str(pins), f"{root}[app]"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"the old page could not be installed:\n{done.stderr[-2000:]}")
        ready.touch()
    return Installed(root=root, python=python, cache=place / "cache")


def pins_of(lock: str) -> str:
    """The versions of a lock without its digests, which pip would ask of the checkout too."""
    return "".join(
        f"{name}=={version}" + (f" ; {where}\n" if where else "\n")
        for name, version, where in PINNED.findall(lock)
    )


@dataclass
class Served:
    """A running page. ``peak`` is the most memory that was seen since the last :meth:`forget_peak`."""

    process: subprocess.Popen[bytes]
    url: str
    peak: float = 0.0
    _over: threading.Event = field(default_factory=threading.Event)

    @property
    def cpu(self) -> float:
        """CPU seconds of the server and of its children, those that have ended included."""
        return sum(sum(_times(pid)) for pid in _tree(self.process.pid)) / TICK

    @property
    def memory(self) -> float:
        """MiB in memory: the server and its children, each page that they share counted in parts."""
        return sum(_proportional(pid) for pid in _tree(self.process.pid)) / 1024

    def forget_peak(self) -> None:
        """Watch for the peak anew."""
        self.peak = 0.0

    def watch(self) -> None:
        """Note the peak of memory until the server is stopped."""
        while not self._over.wait(0.5):
            self.peak = max(self.peak, self.memory)

    def rest(self) -> float:
        """Wait until what is computed in the background is done; returns the seconds that it took."""
        began = time.monotonic()
        quiet = 0
        while quiet < 3 and time.monotonic() - began < RESTS_WITHIN:
            used = self.cpu
            time.sleep(1.0)
            quiet = quiet + 1 if self.cpu - used < RESTING else 0
        return max(0.0, time.monotonic() - began - quiet)


@contextmanager
def served(page: Installed, place: Path, *words: str) -> Iterator[Served]:
    """`maxpressure app` of a checkout on a free port of this machine, once it answers; ended afterwards."""
    port, log = _free_port(), place / "log.txt"
    command = [str(page.python), "-m", "maxpressure", "app", "--port", str(port), *words]
    with log.open("wb") as written:
        process = subprocess.Popen(
            command, cwd=place, env=page.environment, stdout=written, stderr=subprocess.STDOUT
        )
    running = Served(process, f"http://127.0.0.1:{port}/")
    try:
        until = time.monotonic() + STARTS_WITHIN
        while b"Open http" not in log.read_bytes():
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"the page did not start: {log.read_text()[-2000:]}")
            time.sleep(0.1)
        threading.Thread(target=running.watch, daemon=True).start()
        yield running
    finally:
        running._over.set()  # noqa: SLF001  # this function makes and ends it
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def busy_seconds() -> float:
    """CPU seconds that the whole machine was busy since it started."""
    fields = [int(one) for one in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
    return (sum(fields[:8]) - fields[3] - fields[4]) / TICK


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _tree(pid: int) -> list[int]:
    """A process and its children, and theirs; those that end meanwhile are left out."""
    try:
        listed = Path(f"/proc/{pid}/task").glob("*/children")
        children = [int(one) for file in listed for one in file.read_text().split()]
    except OSError:
        return []
    return [pid, *(below for child in children for below in _tree(child))]


def _times(pid: int) -> list[int]:
    """User and system ticks, its own and of the children that it has waited for."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
    return [int(one) for one in fields[11:15]]


def _proportional(pid: int) -> int:
    """KiB."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    found = re.search(r"^Pss:\s+(\d+)", text, re.MULTILINE)
    return int(found[1]) if found else 0
