"""Every failure of reading a file that may come from anyone, turned into one InputError.

Parsers of JSON, TOML and Parquet raise whatever their libraries raise. A reader puts them into ``with reading(file)``,
so that no exception of a library passes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pyarrow as pa

from maxpressure.base.errors import InputError, Wrong

FAILURES: Final = (
    ArithmeticError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    pa.ArrowException,
)
"""What the parsers of the standard library, pydantic, pyarrow and fsspec raise; an InputError is a ValueError."""


@contextmanager
def reading(file: str | Path, *, allowed: str, key: str = "file") -> Iterator[None]:
    """Raise InputError, naming the file and what would be right, for whatever fails in the block."""
    try:
        yield
    except InputError:
        raise
    except FAILURES as fault:
        raise InputError(file=file, key=key, given=_said(fault), allowed=allowed) from None


def _said(fault: BaseException) -> str:
    """The failure in words."""
    if isinstance(fault, FileNotFoundError):
        return Wrong("is not there")
    if isinstance(fault, OSError) and fault.strerror:
        return Wrong(f"cannot be read: {fault.strerror}")
    if isinstance(fault, RecursionError):
        return Wrong("holds lists in lists without end")
    if isinstance(fault, MemoryError):
        return Wrong("holds more than fits into memory")
    return Wrong(f"cannot be read: {str(fault).partition(chr(10))[0] or type(fault).__name__}")
