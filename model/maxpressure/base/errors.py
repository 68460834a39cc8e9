"""How bad input is refused: by naming the file, the key, what was given and what is allowed."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher
from pathlib import Path
from typing import Final

CLOSE: Final = 0.6
"""Likeness from which a word is offered: 0 is nothing in common, 1 the same."""

LONGEST_SHOWN = 200
"""Characters of a given value that a refusal repeats."""


class InputError(ValueError):
    """A file or an argument holds something the model cannot use; the command line turns it into exit code 2.

    `file` is the file as the reader knows it, `key` the place in it (a key, or a line and a column), `given`
    the value found there, `allowed` a phrase for what would have been accepted, `nearest` the accepted word
    that is spelt most like the given one, or "" where none is close.
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
        shown = given if len(given) <= LONGEST_SHOWN else f"{given[:LONGEST_SHOWN]}…"
        refusal = f"{self.file}: {self.key}: given {shown}; allowed: {self.allowed}."
        return f"{refusal}\nDid you mean {self.nearest!r}?" if self.nearest else refusal

    def __reduce__(self) -> tuple[object, ...]:
        """Let the error travel between processes, which `Exception` does not manage for keyword arguments."""
        return (_rebuilt, (self.file, self.key, self.given, self.allowed, self.nearest))


def _rebuilt(file: str, key: str, given: object, allowed: str, nearest_word: str) -> InputError:
    return InputError(file=file, key=key, given=given, allowed=allowed, nearest=nearest_word)


def nearest(word: str, words: Iterable[str]) -> str:
    """The one of `words` spelt most like `word`, whatever its case, or "" when none is close.

    Among equals one that begins alike wins: JPM is rather JPN than JAM.
    """
    given = word.casefold()
    by_folded = {known.casefold(): known for known in words}

    def likeness(known: str) -> tuple[float, bool]:
        return SequenceMatcher(None, known, given).ratio(), known.startswith(given[:2])

    best = max(by_folded, key=likeness, default="")
    return by_folded[best] if best and likeness(best)[0] >= CLOSE else ""
