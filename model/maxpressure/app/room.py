"""The room that visitors share: the case, the draws, the two lines of work, and the worlds asked for last."""

from __future__ import annotations

import ctypes
import gc
import multiprocessing
import sys
import threading
from collections import OrderedDict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from maxpressure.app.jobs import WaitingLine
from maxpressure.app.levers import Setting
from maxpressure.app.many_worlds import Lot, simulate
from maxpressure.evidence.parameters import Parameters, ParameterSet
from maxpressure.evidence.posterior import choose
from maxpressure.model.case import Case, load_case

KEPT: Final = 24
"""Lots kept for whoever asks for the same setting next; half a megabyte each."""


TIDY_AFTER: Final = 3.0
"""Seconds after the last visitor left until memory is tidied."""


@dataclass(slots=True, kw_only=True)
class Room:
    """What all visitors share. Nothing in it changes by what a visitor does but which lots are at hand."""

    case: Case
    parameters: ParameterSet
    draws: tuple[Parameters, ...]
    quick: WaitingLine = field(default_factory=WaitingLine)
    """For compiled worlds and pictures, some tenths of a second a piece."""
    slow: WaitingLine = field(default_factory=WaitingLine)
    """For twins, seconds a piece, lived in another process."""
    _lots: OrderedDict[str, Lot] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _pool: ProcessPoolExecutor | None = None
    _tidying: threading.Timer | None = None

    def lot(self, setting: Setting) -> Lot:
        """The worlds of a setting: lived now, or at hand since somebody asked for them before."""
        key = setting.scenario(self.case).text()
        with self._lock:
            if key in self._lots:
                self._lots.move_to_end(key)
                return self._lots[key]
        lot = simulate(self.case, self.draws, setting)
        with self._lock:
            self._lots[key] = lot
            while len(self._lots) > KEPT:
                self._lots.popitem(last=False)
        return lot

    def pool(self) -> ProcessPoolExecutor:
        """One process for what plain Python lives, so that the page stays quick meanwhile."""
        with self._lock:
            if self._pool is None:
                self._pool = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))
            return self._pool

    def pool_died(self) -> None:
        """Begin with a new process next time."""
        with self._lock:
            self._pool = None

    def leave(self, visitor: str) -> None:
        """Call off what a visitor has waiting anywhere."""
        self.quick.leave(visitor)
        self.slow.leave(visitor)
        with self._lock:
            if self._tidying is not None:
                self._tidying.cancel()
            self._tidying = threading.Timer(TIDY_AFTER, give_back)
            vars(self._tidying)["current_context"] = None  # Solara would keep the visitor for it
            self._tidying.daemon = True
            self._tidying.start()

    def close(self) -> None:
        """Stop all work."""
        self.quick.close()
        self.slow.close()
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)


def give_back() -> None:
    """Hand the memory that nobody holds any more back to the system, where its C library can (glibc)."""
    gc.collect()
    if sys.platform == "linux" and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)) is not None:
        trim(0)


@cache
def room() -> Room:
    """The room of this process."""
    chosen = choose("posterior")
    return Room(case=load_case(), parameters=chosen.parameters, draws=chosen.draws)


def lots_of(place: Room, settings: dict[str, Setting]) -> Iterator[dict[str, Lot] | None]:
    """The worlds of settings by name, a setting a piece."""
    found: dict[str, Lot] = {}
    for name, setting in settings.items():
        found[name] = place.lot(setting)
        yield found if len(found) == len(settings) else None
