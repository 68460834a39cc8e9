"""Who is told while kernels are compiled: the first command on a machine waits some twenty seconds for it.

This module loads no Numba, so that a command that may need no kernel can ask to be told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Told = Callable[[int], object]

_told: list[Told] = []


@contextmanager
def compiling(told: Told) -> Iterator[None]:
    """Within the block, call ``told`` with how many functions this process has compiled, after each of them.

    Kernels that are read from the cache are not compiled. The call comes from the thread that compiles.
    """
    _told.append(told)
    try:
        yield
    finally:
        _told.remove(told)


def compiled(functions: int) -> None:
    """Pass on that so many functions are compiled by now."""
    for told in tuple(_told):
        told(functions)
