"""The bar that a long run shows on stderr: worlds lived, their rate and the time that is left."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from tqdm import tqdm

from maxpressure.engine.chunks import Chunk

Thing = TypeVar("Thing")


class Shown:
    """A bar over worlds that is told of finished chunks."""

    def __init__(self, tally: tqdm[Any]) -> None:
        self._tally = tally

    def note(self, chunk: Chunk) -> None:
        """A chunk is finished."""
        self._tally.set_description(chunk.scenario, refresh=False)
        self._tally.update(chunk.worlds)


@contextmanager
def bar(chunks: Sequence[Chunk], *, progress: bool, unit: str = " worlds") -> Iterator[Shown]:
    """A bar over the worlds of these chunks, or what else they count; quiet unless wanted and stderr is a terminal."""
    total = sum(chunk.worlds for chunk in chunks)
    silent = None if progress else True
    with tqdm(total=total, unit=unit, file=sys.stderr, disable=silent, smoothing=0.1) as tally:
        yield Shown(tally)


def counted(things: Sequence[Thing], *, unit: str, progress: bool) -> Iterator[Thing]:
    """The things one by one, under a bar that counts them; quiet unless wanted and stderr is a terminal."""
    yield from tqdm(things, unit=f" {unit}", file=sys.stderr, disable=None if progress else True)
