"""How bad input is refused: by the file, the key, the given value, and what is allowed instead.

Every room raises :class:`InputError`. Where pydantic finds the fault, :func:`maxpressure.base.refusal.refusal` turns
its complaint into one. That stands in a file of its own, because the command line starts without pydantic.
"""

from __future__ import annotations

import re
import reprlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from difflib import SequenceMatcher
from pathlib import Path
from typing import Final

from maxpressure.base.text import from_here, visible

CLOSE: Final = 0.6
"""Similarity from which a word is suggested: 0 is nothing in common, 1 the same word."""

LONGEST_REPEATED: Final = 200
"""Characters of a key or a given value that a message repeats."""

MOST_BITS: Final = 1024
"""Of a whole number that a message repeats: as large as a number with a decimal point can be."""


class Wrong(str):
    """What is wrong, as the rest of a sentence about the file or the key: "holds one scenario"."""

    __slots__ = ()


class Remedy(str):
    """What can be done about it, as a sentence without its stop: "Compare needs two: run it again with a second"."""

    __slots__ = ()


IN_PYTHON: Final[Mapping[str, str]] = {
    "--out": "out=",
    "--force": "force=True",
    "--case DIR": "case=load_case(DIR)",
    "--parameters": "parameters=",
    "--outcome": "outcome=",
    "--better lower": "better='lower'",
    "--better higher": "better='higher'",
}
"""Options that a public function has as an argument, as both are written."""

_OPTIONS: Final = re.compile(rf"`[^`]*`|(?<![\w-])(?:{'|'.join(IN_PYTHON)})(?![\w-])")
"""An option, or a whole command in backticks, which stays as it is."""

OF_FILES: Final = ("", "file", "folder", "out", "kind", "case", "manifest.json")
"""Keys that stand for the file as a whole, of which a message need not name them."""


class InputError(ValueError):
    """A file or an argument holds something that the model cannot use. The command line ends with exit code 2.

    Parameters
    ----------
    file : str or Path
        The file as the reader knows it, or the name of the command or function.
    key : str
        Where in the file: a key, or a line and a column.
    given : object
        The value that was found there, or what is :class:`Wrong` in words.
    allowed : str
        What would have been accepted, as a phrase; or a :class:`Remedy`, a sentence that says what to do. Options stand
        in it as they are typed: ``--out``. In Python the message has the argument in their place: ``out=``.
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
        super().__init__(self.file, key, allowed, nearest)

    def __str__(self) -> str:
        return self._message(_OPTIONS.sub(lambda found: IN_PYTHON.get(found[0], found[0]), self.allowed))

    def typed(self) -> str:
        """The message for who typed a command, with options as they are typed."""
        return self._message(self.allowed)

    def _message(self, allowed: str) -> str:
        worded = isinstance(self.given, Wrong)
        file, key = _near(self.file), cut(self.key)
        whole = (worded and key in OF_FILES) or _is(self.given, self.file)
        message = self._said(file if whole else f"{file}: {key}", allowed)
        return f"{message}\nDid you mean {self.nearest!r}?" if self.nearest else message

    def said(self, subject: str) -> str:
        """What is wrong with the subject, and what would be right or what to do, in two sentences of one line."""
        return self._said(subject, self.allowed)

    def _said(self, subject: str, allowed: str) -> str:
        if isinstance(self.given, Wrong):
            wrong = cut(str(self.given), 2 * LONGEST_REPEATED)
        elif _is(self.given, self.file) or _names_itself(cut(self.key), self.given):
            wrong = "is not known"
        else:
            wrong = f"is {cut(written(self.given))}"
        right = allowed if isinstance(self.allowed, Remedy) else f"Allowed is {allowed}"
        return visible(f"{subject} {wrong}. {right}.", kept="")

    def __reduce__(self) -> tuple[object, ...]:
        """Pass between processes, which `Exception` cannot do with keyword arguments."""
        return (_rebuilt, (self.file, self.key, self.given, self.allowed, self.nearest))


def _is(given: object, word: str) -> bool:
    """Whether what was given is this word; a table, which compares cell by cell, is none."""
    return isinstance(given, str) and given == word


def _names_itself(key: str, given: object) -> bool:
    """Whether what was given is the key: the name of a table's entry that nothing has."""
    return (
        isinstance(given, str)
        and given != ""
        and (key == given or key.endswith((f".{given}", f'."{given}"')))
    )


def _near(file: str) -> str:
    """A path as seen from the current folder, where it lies below that and there is one."""
    try:
        return from_here(file) if Path(file).is_absolute() else file
    except (OSError, ValueError):
        return file


def _rebuilt(file: str, key: str, given: object, allowed: str, nearest_word: str) -> InputError:
    return InputError(file=file, key=key, given=given, allowed=allowed, nearest=nearest_word)


_COLLECTED: Final[ContextVar[list[InputError] | None]] = ContextVar("collected", default=None)


@contextmanager
def collected() -> Iterator[list[InputError]]:
    """All refusals of what is read within: those that :func:`going_on` passes over, and the one that ends it."""
    faults: list[InputError] = []
    token = _COLLECTED.set(faults)
    try:
        yield faults
    except InputError as last:
        faults.append(last)
    finally:
        _COLLECTED.reset(token)


@contextmanager
def going_on() -> Iterator[None]:
    """A part of a file, after whose refusal the next part can be read all the same, where refusals are collected."""
    try:
        yield
    except InputError as fault:
        faults = _COLLECTED.get()
        if faults is None:
            raise
        faults.append(fault)


def settle() -> None:
    """End here where anything was refused so far: what follows would be refused for that alone."""
    faults = _COLLECTED.get()
    if faults:
        raise faults.pop()


class _Bounded(reprlib.Repr):
    """``repr`` of values of any size and depth, in bounded time."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlevel = 8
        self.maxlist = self.maxtuple = self.maxdict = self.maxset = self.maxfrozenset = LONGEST_REPEATED // 2
        self.maxarray = self.maxdeque = self.maxlist
        self.maxstring = self.maxother = 4 * LONGEST_REPEATED

    def repr_int(self, x: int, level: int) -> str:  # noqa: ARG002  # the signature of the base class
        return "a whole number of more than 300 digits" if x.bit_length() > MOST_BITS else repr(x)


_BOUNDED: Final = _Bounded()


def written(given: object) -> str:
    """The value as Python writes it, cut where it is long; in words where it cannot be written."""
    try:
        return _BOUNDED.repr(given)
    except Exception:  # noqa: BLE001  # whatever a value's own repr raises
        return f"a value of the type {type(given).__name__} that cannot be written"


def cut(text: str, longest: int = LONGEST_REPEATED) -> str:
    """The text, cut where it is longer than so many characters."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def nearest(word: object, words: Iterable[str]) -> str:
    """The one of ``words`` spelled most like ``word``, ignoring case, or "" where none is close.

    Among equals, one of the same characters wins (UNSCR 2731 suggests UNSCR 2371), then one with the same first two:
    JPM suggests JPN rather than JAM.
    """
    word = str(word)
    if len(word) > LONGEST_REPEATED:
        return ""
    given = word.casefold()
    by_folded = {known.casefold(): known for known in words}

    def likeness(known: str) -> tuple[float, bool, bool]:
        alike = SequenceMatcher(None, known, given).ratio()
        return alike, sorted(known) == sorted(given), known.startswith(given[:2])

    best = max(by_folded, key=likeness, default="")
    return by_folded[best] if best and likeness(best)[0] >= CLOSE else ""


def check_known(word: object, words: Sequence[str], *, file: str | Path, key: str) -> None:
    """Raise InputError, with the nearest, for what is not one of these words."""
    if word not in words:
        allowed = f"one of {', '.join(words)}"
        raise InputError(file=file, key=key, given=word, allowed=allowed, nearest=nearest(word, words))


def not_installed(library: str, extra: str, where: str) -> InputError:
    """The refusal of a command or function whose library is missing: which extra brings it, and how to get that."""
    allowed = Remedy(
        f"Install the extra `{extra}`: pip install 'maxpressure[{extra}]', or in a checkout `make test` once, "
        "which installs all extras"
    )
    return InputError(
        file=where, key="", given=Wrong(f"needs {library}, which is not installed"), allowed=allowed
    )
