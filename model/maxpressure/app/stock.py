"""What questions share while it is dear to make: the worlds of a setting, why all states act, the strain of all states.

Each is made once, and the latest are kept.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any, Final, Generic, TypeVar

from maxpressure.app import numbers
from maxpressure.app.numbers import PREVIEW, Basis, Lot, Setting

KEPT: Final = 64
"""Lots in memory; half a megabyte each."""

Made = TypeVar("Made")


class Shared(Generic[Made]):
    """Values by key, the latest ``kept``; of two threads that ask for the same, one makes it and one waits."""

    def __init__(self, kept: int) -> None:
        self.kept = kept
        self._made: OrderedDict[object, Future[Made]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: object, make: Callable[[], Made]) -> Made:
        """The value, kept or made now; what making it raises is raised for all who wait, and is not kept."""
        with self._lock:
            found = self._made.get(key)
            own: Future[Made] | None = None
            if found is None:
                found = own = self._made[key] = Future()
            self._made.move_to_end(key)
            while len(self._made) > self.kept:
                self._made.popitem(last=False)
        if own is not None:
            try:
                own.set_result(make())
            except BaseException as fault:  # noqa: BLE001  # who waits for the same is told
                own.set_exception(fault)
                with self._lock:
                    self._made.pop(key, None)
        return found.result()

    def at_hand(self, key: object) -> Made | None:
        """The value if it is made already."""
        with self._lock:
            found = self._made.get(key)
        return found.result() if found is not None and found.done() and not found.exception() else None

    def clear(self) -> None:
        """Forget all of them."""
        with self._lock:
            self._made.clear()


class Stock:
    """The shared values of a basis."""

    def __init__(self, basis: Basis, kept: int = KEPT) -> None:
        self.basis = basis
        self._lots: Shared[Lot] = Shared(kept)
        self._whys: Shared[Mapping[str, Any]] = Shared(8)
        self._strains: Shared[Mapping[str, Any]] = Shared(4)

    def lot(self, setting: Setting, worlds: int) -> Lot:
        """The worlds of a setting, which go on from a preview; InputError for a setting that contradicts itself."""
        link = setting.link()

        def make() -> Lot:
            begun = self._lots.at_hand((link, PREVIEW)) if worlds > PREVIEW else None
            return numbers.simulate(self.basis, setting, worlds, begun=begun)

        return self._lots.get((link, worlds), make)

    def whys(self, setting: Setting) -> Mapping[str, Any]:
        """Of each state who acts, when and why."""
        return self._whys.get(setting.link(), lambda: numbers.why_all(self.basis, setting))

    def strains(self, scenario: str, world: int) -> Mapping[str, Any]:
        """Of each state its strain against its threshold in one world."""
        return self._strains.get((scenario, world), lambda: numbers.strains(self.basis, scenario, world))

    def clear(self) -> None:
        """Forget all of them."""
        for kept in (self._lots, self._whys, self._strains):
            kept.clear()
