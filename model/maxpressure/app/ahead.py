"""What is computed before anybody asks, and kept on disk: what a class is going to look at.

That is the record, the shipped scenarios and each setting that moves one lever, all with their comparison with the
record; what the course asks; and the first worlds of the record. Answers are kept under the digest of the build, so
that those of another code or other tables are never served; a file says its own digest, so that a damaged one is made
anew.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from maxpressure.app.answers import Packed
from maxpressure.app.figures.basis import Basis
from maxpressure.app.figures.levers import KEYS, LEVERS, SECOND_PREFIX, Lever, written
from maxpressure.app.guide import address_of, exercises
from maxpressure.base.errors import InputError
from maxpressure.engine.cache import cache_folder
from maxpressure.experiments.store import LocalStore
from maxpressure.model.case import RECORDED

ROOM: Final = "page"
DIGEST: Final = re.compile("[0-9a-f]{16}")
FILE: Final = re.compile(r"(?P<key>[0-9a-f]{24})-(?P<body>[0-9a-f]{16})\.json\.gz")
"""The digests of question and content; the content is an answer as it is sent."""

WORLDS_SHOWN: Final = 10
"""Worlds of the record, from 0 on, that are ready to be looked at week by week."""

Asked = tuple[str, str]
"""A question by its address below ``/api/`` and what follows the ``?``."""


def _short(content: bytes, length: int) -> str:
    return hashlib.sha256(content).hexdigest()[:length]


class Kept:
    """Answers on disk, of one build; whatever cannot be read or written there is as if it were not there."""

    def __init__(self, build: str, root: Path | None = None) -> None:
        self.root = root or cache_folder() / ROOM
        self._store = LocalStore(self.root / build)
        self._files: dict[str, str] = {}
        with suppress(OSError, InputError):
            self._store.root.mkdir(parents=True, exist_ok=True)
            self._store.clear()
            for name in self._store.names():
                if found := FILE.fullmatch(name):
                    self._files[found["key"]] = name
        self._clear_others()

    def __len__(self) -> int:
        return len(self._files)

    def __contains__(self, key: str) -> bool:
        return _short(key.encode(), 24) in self._files

    def get(self, key: str) -> Packed | None:
        """An answer; a damaged one is removed."""
        name = self._files.get(_short(key.encode(), 24))
        if name is None:
            return None
        body = None
        with suppress(OSError, InputError):
            body = self._store.get(name)
        found = FILE.fullmatch(name)
        if body is not None and found and _short(body, 16) == found["body"]:
            return Packed(body)
        self._files.pop(_short(key.encode(), 24), None)
        with suppress(OSError, InputError):
            self._store.remove(name)
        return None

    def put(self, key: str, answer: Packed) -> None:
        """Keep an answer."""
        name = f"{_short(key.encode(), 24)}-{_short(answer.body, 16)}.json.gz"
        with suppress(OSError, InputError):
            self._store.put(name, answer.body)
            self._files[_short(key.encode(), 24)] = name

    def _clear_others(self) -> None:
        """Remove what other builds have left: here, and beside the compiled code of others."""
        rooms = [self.root, *(one / self.root.name for one in _digests(self.root.parent.parent))]
        for folder in (one for room in rooms for one in _digests(room) if one != self._store.root):
            with suppress(OSError):
                for path in folder.iterdir():
                    if FILE.fullmatch(path.name) or path.name.endswith(".partial"):
                        path.unlink()
                folder.rmdir()


def _digests(folder: Path) -> list[Path]:
    """The folders in this one that are called by a digest."""
    with suppress(OSError):
        return [one for one in folder.iterdir() if DIGEST.fullmatch(one.name) and one.is_dir()]
    return []


# ---- what


def planned(basis: Basis) -> Iterator[Asked]:
    """What is computed ahead, the likeliest first; some are the same question in other words."""
    yield "book", ""
    yield "guide", ""
    yield "worlds", ""
    yield "record", ""
    yield from course()
    for name in sorted(basis.case.scenarios):
        yield from _beside_the_record({"scenario": name})
    for number in range(WORLDS_SHOWN):
        yield "world", urlencode({"scenario": RECORDED, "world": number})
    for lever in LEVERS.values():
        for value in values(lever):
            yield from _beside_the_record({lever.key: value})


def course() -> Iterator[Asked]:
    """What the exercises ask, step by step."""
    for exercise in exercises().values():
        for step in exercise.step:
            yield from _of_address(address_of(step))


def _of_address(address: Mapping[str, str]) -> Iterator[Asked]:
    """The questions of the page at an address."""
    if address.get("view") == "one":
        world = {key: address.get(key, rest) for key, rest in (("scenario", RECORDED), ("world", "0"))}
        yield "world", urlencode(world)
        if "state" in address:
            yield "world", urlencode(world | {"state": address["state"]})
    elif "without" in address:
        yield "twins", urlencode({"without": address["without"]})
    elif address.get("view") == "many" and "scenario" in address:
        first = {key: value for key, value in address.items() if key in KEYS}
        second = {key: value for key, value in address.items() if key.removeprefix(SECOND_PREFIX) in KEYS}
        yield "worlds", urlencode(first)
        yield "guess/days", urlencode(first)
        if len(second) > len(first):
            yield (
                "worlds",
                urlencode(
                    {
                        key.removeprefix(SECOND_PREFIX): value
                        for key, value in second.items()
                        if key not in first
                    }
                ),
            )
            yield "compare", urlencode(second)


def _beside_the_record(setting: Mapping[str, str]) -> Iterator[Asked]:
    yield "worlds", urlencode(setting)
    yield "compare", urlencode({f"{SECOND_PREFIX}{key}": value for key, value in setting.items()})


def values(lever: Lever) -> list[str]:
    """All values of a lever, as they are written."""
    if lever.choices:
        return list(lever.choices)
    steps = round((lever.high - lever.low) / lever.step)
    return [written(lever, round(lever.low + step * lever.step, 6)) for step in range(steps + 1)]
