"""How bad input is refused: by the file, the key, the given value, and what is allowed instead.

Every room raises :class:`InputError`. Where pydantic finds the fault, :func:`maxpressure.base.refusal.refusal` turns
its complaint into one. That stands in a file of its own, because the command line starts without pydantic.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher
from pathlib import Path
from typing import Final

CLOSE: Final = 0.6
"""Similarity from which a word is suggested: 0 is nothing in common, 1 the same word."""

LONGEST_REPEATED: Final = 200
"""Characters of a given value that a message repeats."""


class InputError(ValueError):
    """A file or an argument holds something that the model cannot use. The command line ends with exit code 2.

    Parameters
    ----------
    file : str or Path
        The file as the reader knows it, or the name of the command or function.
    key : str
        Where in the file: a key, or a line and a column.
    given : object
        The value that was found there.
    allowed : str
        What would have been accepted, as a phrase.
    nearest : str, optional
        The accepted word that is spelled most like the given one; "" where none is close.

    Examples
    --------
    >>> import maxpressure as mp
    >>> try:
    ...     mp.load_case("no-such-folder")
    ... except mp.InputError as refused:
    ...     print(refused.key)
    file
    """

    def __init__(self, *, file: str | Path, key: str, given: object, allowed: str, nearest: str = "") -> None:
        self.file = str(file)
        self.key = key
        self.given = given
        self.allowed = allowed
        self.nearest = nearest
        super().__init__(file, key, given, allowed, nearest)

    def __str__(self) -> str:
        given = repr(self.given)
        repeated = given if len(given) <= LONGEST_REPEATED else f"{given[:LONGEST_REPEATED]}…"
        message = f"{self.file}: {self.key}: given {repeated}; allowed: {self.allowed}."
        return f"{message}\nDid you mean {self.nearest!r}?" if self.nearest else message

    def __reduce__(self) -> tuple[object, ...]:
        """Pass between processes, which `Exception` cannot do with keyword arguments."""
        return (_rebuilt, (self.file, self.key, self.given, self.allowed, self.nearest))


def _rebuilt(file: str, key: str, given: object, allowed: str, nearest_word: str) -> InputError:
    return InputError(file=file, key=key, given=given, allowed=allowed, nearest=nearest_word)


def nearest(word: str, words: Iterable[str]) -> str:
    """The one of ``words`` spelled most like ``word``, ignoring case, or "" where none is close.

    Among equals, one with the same first two letters wins: JPM suggests JPN rather than JAM.
    """
    given = word.casefold()
    by_folded = {known.casefold(): known for known in words}

    def likeness(known: str) -> tuple[float, bool]:
        return SequenceMatcher(None, known, given).ratio(), known.startswith(given[:2])

    best = max(by_folded, key=likeness, default="")
    return by_folded[best] if best and likeness(best)[0] >= CLOSE else ""
