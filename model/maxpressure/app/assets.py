"""The files of the page as they are sent: each by its exact path, packed once, with a tag for who has it."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

from maxpressure.app.answers import Packed

FOLDER: Final = Path(__file__).with_name("static")
PREFIX: Final = "/static/"
KINDS: Final = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8",
    ".md": "text/plain; charset=utf-8",
}
"""What a file of the page may be, by its ending; others are not sent."""


class Asset(NamedTuple):
    """A file's content as it is sent, and its tag."""

    packed: Packed
    tag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Assets:
    """The files of a folder; one that was changed since is read again."""

    folder: Path = FOLDER
    _read: dict[str, tuple[tuple[int, int], Asset]] = field(default_factory=dict)

    def paths(self) -> list[str]:
        """The address of each file, below the page's own."""
        found = (path for path in self.folder.rglob("*") if path.suffix in KINDS and path.is_file())
        return sorted(PREFIX + path.relative_to(self.folder).as_posix() for path in found)

    def get(self, address: str) -> Asset:
        """The file at one of :meth:`paths`."""
        path = self.folder / address.removeprefix(PREFIX)
        about = path.stat()
        stamp = (about.st_mtime_ns, about.st_size)
        known = self._read.get(address)
        if known is None or known[0] != stamp:
            content = path.read_bytes()
            tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
            kind = KINDS[PurePosixPath(address).suffix]
            known = (stamp, Asset(Packed(gzip.compress(content, 9, mtime=0), kind), tag))
            self._read[address] = known
        return known[1]
