"""Callbacks for the compilation of kernels, for which the first command on a machine waits some twenty seconds.

This module does not load Numba, so a command that may need no kernel can register a callback.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Callback = Callable[[int], object]

_callbacks: list[Callback] = []


@contextmanager
def on_compiled(callback: Callback) -> Iterator[None]:
    """Within the block, call ``callback`` with the number of functions compiled so far, after each of them.

    Kernels that are read from the cache are not compiled. The thread that compiles makes the call.
    """
    _callbacks.append(callback)
    try:
        yield
    finally:
        _callbacks.remove(callback)


def report_compiled(functions: int) -> None:
    """Call every registered callback with the number of functions compiled so far."""
    for callback in tuple(_callbacks):
        callback(functions)
