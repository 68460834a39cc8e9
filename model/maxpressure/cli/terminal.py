"""What a command prints on terminals of every kind: no encoding, closed pipe or full disk ends it early.

Letters that the terminal's encoding has not are replaced by what reads the same, and invisible ones are shown escaped.
What cannot be written at all is dropped, so that the work goes on to its end; the exit code says so then.
"""

from __future__ import annotations

import codecs
import errno
import io
import os
import sys
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, TextIO, cast

from maxpressure.base.text import visible

UNPRINTED: Final = 1
READER_GONE: Final = 141
"""The exit code where the reader of the output left before its end: 128 + SIGPIPE, as in a shell."""

READABLE: Final = "maxpressure.readable"
"""The name of the error handler that replaces letters."""

REPLACED: Final = {
    "−": "-", "–": "-", "—": "-", "‐": "-", "‑": "-", "±": "+/-", "×": "x", "·": "*", "÷": "/",
    "’": "'", "‘": "'", "′": "'", "“": '"', "”": '"', "…": "...", "→": "->", "←": "<-", "≤": "<=", "≥": ">=",
    "≈": "~", "≠": "!=", "∞": "inf", "√": "sqrt", "∫": "integral", "§": "section ", "•": "*", "✓": "yes", "✗": "no",
    "ß": "ss", "æ": "ae", "ø": "o", "ł": "l",
}  # fmt: skip


def readable(text: str) -> str:
    r"""The text in ASCII: letters without their accents, Greek ones by name, what has no likeness by its number.

    >>> readable("2 × 3 – Côte d’Ivoire, α² 朝")
    "2 x 3 - Cote d'Ivoire, alpha2 \\u671d"
    """
    return "".join(letter if letter.isascii() else _likeness(letter) for letter in text)


def _likeness(letter: str) -> str:
    if letter in REPLACED:
        return REPLACED[letter]
    name = unicodedata.name(letter, "")
    if name.startswith("GREEK") and " LETTER " in name:
        return name.partition(" LETTER ")[2].partition(" WITH ")[0].lower()
    plain = unicodedata.normalize("NFKD", letter)
    plain = "".join(REPLACED.get(part, part) for part in plain if not unicodedata.combining(part))
    return plain if plain.isascii() else letter.encode("unicode_escape").decode()


def _replace(fault: UnicodeError) -> tuple[str, int]:
    if not isinstance(fault, UnicodeEncodeError):
        raise fault
    return readable(fault.object[fault.start : fault.end]), fault.end


codecs.register_error(READABLE, _replace)


# ---- streams


class Stream(io.TextIOBase):
    """A text stream that never fails: it drops what cannot be written and keeps the reason in ``fault``.

    It is no TextIOWrapper, since click writes past one of those in ASCII.
    """

    def __init__(self, under: TextIO, *, kept: str) -> None:
        self.under, self._kept = under, kept
        self.fault: OSError | None = None

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """The encoding of the stream below."""
        return self.under.encoding or "utf-8"

    def write(self, text: str, /) -> int:
        """Write the text in letters that the encoding has, invisible ones escaped."""
        shown = visible(text, kept=self._kept).encode(self.encoding, READABLE).decode(self.encoding)
        self._attempt(lambda: self.under.write(shown))
        return len(text)

    def flush(self) -> None:
        """Send on what was written."""
        self._attempt(self.under.flush)

    def fileno(self) -> int:
        """The number of the file below."""
        return self.under.fileno()

    def isatty(self) -> bool:
        """Whether a person reads it."""
        return self.under.isatty()

    def writable(self) -> bool:
        """Whether it can be written to."""
        return True

    def _attempt(self, work: Callable[[], object]) -> None:
        if self.fault is None:
            try:
                work()
            except OSError as fault:
                self.fault = fault
                _silence(self.under)


def _silence(under: TextIO) -> None:
    """Lead a broken stream to nowhere, so that the interpreter's own flush at its end does not fail again."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    with suppress(OSError, ValueError):
        os.dup2(nowhere, under.fileno())
    os.close(nowhere)


def _fill_closed() -> None:
    """Open what was closed at the start, so that no file of results takes the number of a standard stream."""
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        if getattr(sys, name) is None:
            stream = Path(os.devnull).open(mode, encoding="utf-8")  # noqa: SIM115 open to the program's end
            if stream.fileno() != number:
                with suppress(OSError):
                    os.dup2(stream.fileno(), number)
            setattr(sys, name, stream)


@contextmanager
def steady() -> Iterator[None]:
    """Run a command whose output never fails; then exit, with another code than 0 where output was lost."""
    _fill_closed()
    before = sys.stdout, sys.stderr
    out, errors = Stream(sys.stdout, kept="\n\t"), Stream(sys.stderr, kept="\n\t\r")
    sys.stdout, sys.stderr = cast(TextIO, out), cast(TextIO, errors)
    code: Any = 0
    try:
        try:
            yield
        except SystemExit as end:
            code = end.code
        out.flush()
        if out.fault is not None:
            gone = out.fault.errno == errno.EPIPE
            if not gone:
                done = "" if code else " All else is done."
                print(f"Not everything could be printed: {out.fault.strerror}.{done}", file=errors)
            code = code or (READER_GONE if gone else UNPRINTED)
        errors.flush()
    finally:
        sys.stdout, sys.stderr = before
    raise SystemExit(code)
