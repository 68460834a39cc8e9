"""Numba, set up once: the rule's functions made callable from compiled code, and a cache that cannot go stale.

Import this module before anything else imports Numba.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from types import ModuleType
from typing import Any, TypeVar, cast

from maxpressure.base import numerics, rng
from maxpressure.engine.cache import cache_folder
from maxpressure.engine.compiling import report_compiled
from maxpressure.model import abduction, economy, rules

os.environ.setdefault("NUMBA_DISABLE_INTEL_SVML", "1")  # its exp and log differ from ours in the last bit

import numba
from numba.core import event
from numba.extending import register_jitable

numba.config.__dict__["CACHE_DIR"] = str(cache_folder())


class _Count(event.Listener):
    """Counts the functions that this process compiles."""

    functions = 0

    def on_start(self, _event: Any) -> None:
        """The count changes only when a function is done."""

    def on_end(self, _event: Any) -> None:
        """Count the function and report the count."""
        self.functions += 1
        report_compiled(self.functions)


event.register("numba:compile", _Count())  # type: ignore[no-untyped-call]


def _make_callable(module: ModuleType) -> None:
    """Let compiled code call the module's functions, which stay plain Python for everybody else."""
    for _, function in inspect.getmembers(module, inspect.isfunction):
        if function.__module__ == module.__name__:
            register_jitable(function)


for _module in (numerics, rng, rules, economy, abduction):
    _make_callable(_module)

Function = TypeVar("Function", bound=Callable[..., Any])


def kernel(function: Function) -> Function:
    """Compile a function that holds no lock and makes no array; no fast-math, so that bits stay as written.

    Without Numba's memory manager (``_nrt``) no reference is counted, which is most of the time otherwise, and
    nothing can be allocated: a kernel's memory is what it is given. A constant argument is typed as any other number,
    or the kernel would be compiled anew for each constant.
    """
    options: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy", "_nrt": False}
    compiled: Any = numba.njit(**options)(function)
    resolved = compiled.get_call_template
    compiled.get_call_template = lambda args, kws: resolved(tuple(map(numba.types.unliteral, args)), kws)
    return cast(Function, compiled)


def inlined(function: Function) -> Function:
    """Compile a function by pasting it where it is called: for those that take whole tables."""
    compiled: Any = numba.njit(inline="always", error_model="numpy")(function)
    return cast(Function, compiled)
