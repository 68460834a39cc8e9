"""The layout of the tile map: one equal tile for each state, so that small states are as visible as large ones.

A map by area would show Russia and hide Singapore. The stored layout (tiles.csv) was computed once, by
``docs/build/tiles.py``; a case with other states gets a rectangle of tiles.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final, NamedTuple

import numpy as np
import scipy  # it loads scipy.optimize when that is first used
from pydantic import Field

from maxpressure.base.numerics import Floats
from maxpressure.base.paths import folder
from maxpressure.base.tables import read_table
from maxpressure.evidence.evidence import Evidence
from maxpressure.evidence.schema import Iso3, Row, Text

LAYOUT: Final = "tiles.csv"
RECTANGLE: Final = 1.6
"""Width to height of a layout without a mould."""
HALF_TURN: Final = 180.0

Index = Annotated[int, Field(ge=0, le=1000, description="a whole number from 0 to 1000")]


class Tile(Row):
    """Where a state's tile lies: columns count from the west, rows from the north, both from 0."""

    iso3: Iso3
    region: Text
    column: Index
    row: Index


class Capital(NamedTuple):
    """A state's region and the coordinates of its capital in degrees."""

    iso3: str
    region: str
    latitude: float
    longitude: float


def capitals(evidence: Evidence) -> list[Capital]:
    """The capital of each state of the evidence; without coordinates all lie on one point."""
    return [
        Capital(row.iso3, row.region, row.capital_lat or 0.0, row.capital_lon or 0.0)
        for row in evidence.states
    ]


def stored_tiles(path: Path | None = None) -> dict[str, Tile]:
    """The layout that was computed and stored, by ISO3."""
    path = folder("calibration") / LAYOUT if path is None else path
    return {tile.iso3: tile for _, tile in read_table(path, Tile)}


def rectangle_of_tiles(evidence: Evidence) -> dict[str, Tile]:
    """A layout for states that the stored one does not hold: a rectangle of tiles, arranged as the capitals lie.

    A target without a row in states.csv has no capital, and so no tile.
    """
    count = len(evidence.states)
    columns = math.ceil(math.sqrt(RECTANGLE * count))
    cells = [(column, row) for row in range(math.ceil(count / columns)) for column in range(columns)]
    return {tile.iso3: tile for tile in seated(capitals(evidence), cells)}


def seated(states: Sequence[Capital], cells: Sequence[tuple[int, int]]) -> list[Tile]:
    """A tile for each state, so that together the capitals are moved least, in squared distance.

    ``cells`` are the columns and rows of the tiles to be filled, at least as many as states. Capitals and cells are
    first spread over the same square; latitudes run against rows. Solved by linear assignment.
    """
    where = np.array([(state.longitude, -state.latitude) for state in states])
    if np.ptp(where[:, 0]) > HALF_TURN:  # a region on both sides of the date line
        where[:, 0] %= 2 * HALF_TURN
    grid = np.array(cells, dtype=np.float64)
    wide = np.maximum(np.ptp(grid, axis=0), 1.0)
    moved = (_spread(where)[:, np.newaxis] - _even(grid)[np.newaxis]) * wide
    _, chosen = scipy.optimize.linear_sum_assignment((moved**2).sum(axis=2))
    return [
        Tile(iso3=state.iso3, region=state.region, column=cells[index][0], row=cells[index][1])
        for state, index in zip(states, chosen, strict=True)
    ]


def _spread(points: Floats) -> Floats:
    """Points over the unit square, half by coordinates and half by ranks, which separates crowded points."""
    ranks = np.argsort(np.argsort(points, axis=0, kind="stable"), axis=0, kind="stable").astype(np.float64)
    return (_even(points) + _even(ranks)) / 2


def _even(points: Floats) -> Floats:
    """Each axis moved and scaled to run from 0 to 1; an axis without extent is 0.5."""
    low, extent = points.min(axis=0), np.ptp(points, axis=0)
    scaled: Floats = np.where(extent > 0, (points - low) / np.where(extent > 0, extent, 1.0), 0.5)
    return scaled
