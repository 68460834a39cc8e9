"""Answers as they are sent: packed once, tagged by the build and the question, the latest kept in memory."""

from __future__ import annotations

import gzip
import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from maxpressure.app.figures.basis import Basis
from maxpressure.app.figures.shelf import shelf
from maxpressure.base.paths import code_digest
from maxpressure.experiments.manifest import assumptions_digest, draws_digest, versions

ROOM: Final = Path(__file__).parent
MOST_BYTES: Final = 32 * 2**20
"""Of packed answers in memory; one of many worlds has sixteen thousand."""

JSON: Final = "application/json"
ZIP: Final = "application/zip"


@dataclass(frozen=True, slots=True)
class Packed:
    """An answer as it is sent: JSON packed by gzip, or an archive, which is packed already."""

    body: bytes
    media: str = JSON

    @property
    def zipped(self) -> bool:
        """Whether it is packed by gzip, which the client unpacks unasked."""
        return self.media != ZIP

    @property
    def plain(self) -> bytes:
        """The answer for who cannot unpack it."""
        return gzip.decompress(self.body) if self.zipped else self.body


def packed(answer: Mapping[str, Any] | bytes) -> Packed:
    """The answer, packed; raises ValueError for a number that JSON has not."""
    if isinstance(answer, bytes):
        return Packed(answer, ZIP)
    text = json.dumps(answer, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Packed(gzip.compress(text.encode(), 6, mtime=0))


def build_of(basis: Basis) -> str:
    """What all answers depend on beside the question: code, texts, tables, assumptions, draws, seed, libraries."""
    parts = (
        code_digest(("app/questions",)),
        _texts_digest(basis),
        basis.case.evidence.digest,
        assumptions_digest(basis.case),
        draws_digest(basis.draws),
        basis.seed,
        versions(),
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def _texts_digest(basis: Basis) -> str:
    """The SHA-256 of what the page reads beside code and tables: scenarios, exercises, words and roles."""
    total = hashlib.sha256()
    for path in (*sorted(shelf(basis.case).values()), *sorted(ROOM.rglob("*.toml"))):
        content = path.read_bytes().replace(b"\r\n", b"\n")
        total.update(f"{path.name} {len(content)}\n".encode())
        total.update(content)
    return total.hexdigest()


@dataclass(slots=True, kw_only=True)
class Answers:
    """The answers that were asked for last, by key; safe among threads."""

    build: str
    most_bytes: int = MOST_BYTES
    bytes: int = field(default=0, init=False)
    _kept: OrderedDict[str, Packed] = field(default_factory=OrderedDict, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def tag(self, key: str) -> str:
        """The tag (ETag) of the answer to a question: known before the answer is."""
        return f'"{hashlib.sha256(f"{self.build} {key}".encode()).hexdigest()[:24]}"'

    def get(self, key: str) -> Packed | None:
        """An answer that is at hand."""
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def put(self, key: str, answer: Packed) -> None:
        """Keep an answer; those that nobody asked for longest go, as soon as there is too much."""
        with self._lock:
            earlier = self._kept.pop(key, None)
            self.bytes += len(answer.body) - (len(earlier.body) if earlier else 0)
            self._kept[key] = answer
            while self.bytes > self.most_bytes and len(self._kept) > 1:
                _, gone = self._kept.popitem(last=False)
                self.bytes -= len(gone.body)
