"""The simulated worlds that questions share: each setting is simulated once, and the latest are kept."""

from __future__ import annotations

import threading
from collections import OrderedDict
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Final

from maxpressure.app.basis import Basis
from maxpressure.app.levers import Setting
from maxpressure.app.lots import Lot, simulate

KEPT: Final = 64
"""Lots in memory; half a megabyte each."""


@dataclass(slots=True, kw_only=True)
class Stock:
    """Lots by setting and number of worlds; of two threads that ask for the same, one simulates and one waits."""

    basis: Basis
    kept: int = KEPT
    _lots: OrderedDict[tuple[str, int], Future[Lot]] = field(default_factory=OrderedDict, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def __call__(self, setting: Setting, worlds: int) -> Lot:
        """The worlds of a setting, kept or simulated now; raises InputError for a setting that contradicts itself."""
        key = (setting.link(), worlds)
        with self._lock:
            found = self._lots.get(key)
            own: Future[Lot] | None = None
            if found is None:
                found = own = self._lots[key] = Future()
            self._lots.move_to_end(key)
            while len(self._lots) > self.kept:
                self._lots.popitem(last=False)
        if own is not None:
            self._simulate(key, own, setting, worlds)
        return found.result()

    def clear(self) -> None:
        """Forget all lots."""
        with self._lock:
            self._lots.clear()

    def _simulate(self, key: tuple[str, int], own: Future[Lot], setting: Setting, worlds: int) -> None:
        try:
            own.set_result(simulate(self.basis, setting, worlds))
        except BaseException as fault:  # noqa: BLE001  # who waits for the same is told
            own.set_exception(fault)
            with self._lock:
                self._lots.pop(key, None)
