"""Many runs of one check, in blocks on several processes, each block kept in a file of its own.

A check that was interrupted goes on where it was: what the blocks depend on is part of their files' names.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from maxpressure.engine.chunks import Chunk
from maxpressure.experiments.executors import spread
from maxpressure.experiments.progress import bar

BLOCK: Final = 10
"""Runs of a block."""

Numbers = dict[str, NDArray[Any]]
"""What a run finds, by name."""


@dataclass(frozen=True, slots=True)
class Block:
    """Makes the runs of a block, or reads them where they are already kept."""

    one: Callable[[int], Numbers]
    identity: str
    folder: Path | None

    def __call__(self, chunk: Chunk) -> Numbers:
        """The numbers of all runs of a block, one row each."""
        path = None if self.folder is None else self.folder / f"{chunk.name}-{self.identity}.npz"
        if path is not None and path.is_file():
            with np.load(path, allow_pickle=False) as kept:
                return dict(kept)
        runs = [self.one(run) for run in range(chunk.first, chunk.first + chunk.worlds)]
        found = {name: np.stack([run[name] for run in runs]) for name in runs[0]}
        if path is not None:
            new = path.with_suffix(".new.npz")
            np.savez(new, **found)  # type: ignore[arg-type]  # an array may be named like a keyword
            new.replace(path)
        return found


def all_runs(
    name: str,
    one: Callable[[int], Numbers],
    count: int,
    *,
    identity: str,
    work: Path | None,
    workers: int,
    progress: bool,
) -> Numbers:
    """Runs 0 to ``count`` − 1 of a check; finished blocks are kept in ``work`` and read again from there."""
    if work is not None:
        work.mkdir(parents=True, exist_ok=True)
    chunks = [Chunk(name, first, min(BLOCK, count - first)) for first in range(0, count, BLOCK)]
    parts = []
    with bar(chunks, progress=progress) as shown:
        finished = spread(Block(one, identity, work), chunks, compiled=False, workers=workers)
        for chunk, part in zip(chunks, finished, strict=True):
            shown.note(chunk)
            parts.append(part)
    return {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}
