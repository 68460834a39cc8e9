"""How the points of a sweep are lived or found again, and what a sweep hands back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from maxpressure.base.errors import InputError
from maxpressure.sweep.discovery import Found
from maxpressure.sweep.folder import POINTS, about_points, earlier_points, place_of, read_points
from maxpressure.sweep.inputs import Input, Policy, Sweep
from maxpressure.sweep.points import Sets, live_points

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What a sweep found: ``table`` as it was written, ``told`` as lines for a terminal of a given width."""

    place: Path
    sweep: Sweep
    table: pd.DataFrame
    told: Callable[[int], list[str]]
    reused: bool
    box: Found | None = None

    @property
    def points(self) -> pd.DataFrame:
        """A row for each policy and point: the inputs' values, and mean and sd of each outcome over its worlds."""
        return read_points(self.place / POINTS, self.sweep.file.outcomes)


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """How points are lived and where they land."""

    replicates: int | None = None
    workers: int | None = None
    out: str | Path | None = None
    force: bool = False
    progress: bool = True


def lived_points(
    sweep: Sweep,
    method: str,
    policies: Sequence[Policy],
    inputs: Sequence[Input],
    places: Floats,
    sets: Sets,
    files: frozenset[str],
    how: How,
) -> tuple[Path, dict[str, Any], Floats, bool]:
    """Where the results go, what is run, the outcomes at its points, and whether they were there already."""
    usual = sweep.file.regret_replicates if method == "regret" else sweep.file.replicates
    replicates = usual if how.replicates is None else how.replicates
    if replicates < 2:
        raise InputError(
            file="sweep", key="replicates", given=replicates, allowed="a whole number of 2 or more"
        )
    place = place_of(sweep, method, how.out)
    about = about_points(sweep, method, policies, inputs, places, sets, replicates)
    earlier = earlier_points(place, about, files, force=how.force)
    if earlier is not None:
        return place, about, earlier, True
    lived = live_points(
        sweep,
        policies,
        inputs,
        places,
        sets,
        replicates=replicates,
        workers=how.workers,
        progress=how.progress,
    )
    return place, about, lived, False
