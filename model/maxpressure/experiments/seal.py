"""Small JSON files that say what a folder holds, each closed by the SHA-256 of its own text.

Manifests, receipts and marks such as ``twin.json`` are written by :func:`sealed`. Whoever reads one back checks the
seal, so that a file of which one character was edited is refused. A seal shows accidents and edits; it is no signature:
who can write the folder can also seal it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from maxpressure.base.errors import InputError, Wrong
from maxpressure.base.reading import reading

SEAL: Final = "sha256"
_BEFORE: Final = f',\n  "{SEAL}": "'.encode()
_AFTER: Final = b'"\n}\n'


def sealed(entries: Mapping[str, Any]) -> bytes:
    """The entries as indented JSON in UTF-8, the last of which is the SHA-256 of the text before it."""
    body = json.dumps(entries, indent=2, ensure_ascii=False).removesuffix("\n}").encode()
    return body + _BEFORE + hashlib.sha256(body).hexdigest().encode() + _AFTER


def parsed(content: bytes, file: str | Path, *, allowed: str) -> dict[str, Any]:
    """The entries of a file in JSON without its seal, which is not checked; raises InputError where it is none."""
    with reading(file, allowed=allowed):
        entries = json.loads(content)
    if not isinstance(entries, dict):
        raise InputError(file=file, key="file", given=Wrong("is JSON of another form"), allowed=allowed)
    entries.pop(SEAL, None)
    return entries


def check_seal(content: bytes, file: str | Path, *, allowed: str) -> None:
    """Raise InputError where any character was changed since the file was written."""
    body, _, seal = content.rpartition(_BEFORE)
    if seal != hashlib.sha256(body).hexdigest().encode() + _AFTER:
        raise InputError(file=file, key=SEAL, given=Wrong("was edited since it was written"), allowed=allowed)
