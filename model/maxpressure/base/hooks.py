"""What an object hands out although a higher room makes it, such as ``results.plot``.

A room imports what stands below it, so `results` cannot import the pictures of `report`. The lower room declares a
`Hook` and calls it; ``api.py``, which stands above both, fills it with a function that imports the higher room when it
is called. The package's ``__init__`` says that ``api`` fills hooks, so each is filled before its first use, wherever
the object comes from.

Three steps for a new one: a `Hook` beside the class that hands something out, a method or a property that returns
``HOOK(self)`` and has the docstring, and a function in ``api.py`` under ``@HOOK.fill``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Function = Callable[..., Any]

_fillers: list[Callable[[], object]] = []


def filled_by(filler: Callable[[], object]) -> None:
    """Call this before the first use of a hook that nothing has filled; what it loads fills the hooks."""
    _fillers.append(filler)


class Hook:
    """A function that a lower room calls and a higher room gives.

    Parameters
    ----------
    name : str
        What is handed out, as a user writes it.

    Examples
    --------
    >>> LENGTH = Hook("words.length")
    >>> @LENGTH.fill
    ... def length(words):
    ...     return len(words)
    >>> LENGTH("tie")
    3
    """

    __slots__ = ("_function", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self._function: Function | None = None

    def fill(self, function: Function) -> Function:
        """Give the function, as a decorator."""
        self._function = function
        return function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """What the function returns."""
        if self._function is None:
            for filler in _fillers:
                filler()
        if self._function is None:
            raise LookupError(f"nothing fills the hook {self.name}")
        return self._function(*args, **kwargs)
