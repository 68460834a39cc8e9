"""The tile map's layout: one equal tile for each state, so that the small ones are seen as well as the large.

Every state is one agent, and a map by area would show Russia and hide Singapore. A mould (tiles.toml) gives each
region as many tiles as it has states; which state sits on which is settled by linear assignment, from the
coordinates of their capitals. It is computed once, by ``maxpressure tiles``, and stored in tiles.csv.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from scipy.optimize import linear_sum_assignment

from maxpressure.base.errors import InputError
from maxpressure.base.paths import folder
from maxpressure.base.tables import read_table
from maxpressure.base.toml import read_toml
from maxpressure.evidence.evidence import Evidence
from maxpressure.evidence.schema import Iso3, Latitude, Longitude, Row, Text

MOULD: Final = "tiles.toml"
LAYOUT: Final = "tiles.csv"
SEA: Final = "."
RECTANGLE: Final = 1.6
"""Width to height of a layout without a mould."""
HALF_TURN: Final = 180.0

Floats = NDArray[np.float64]
Place = Annotated[int, Field(ge=0, description="a whole number, zero or more")]


class Tile(Row):
    """Where a state's tile lies: columns count from the west, rows from the north, both from 0."""

    iso3: Iso3
    region: Text
    column: Place
    row: Place


class Capital(BaseModel):
    """A state's region and the coordinates of its capital in degrees."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    iso3: Iso3
    region: Text
    latitude: Latitude
    longitude: Longitude


class Mould(BaseModel):
    """The tiles of each region as rows of letters, what the letters mean, and the target's own capital."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mould: str
    letters: Mapping[str, str]
    target: Capital

    def places(self, region: str) -> list[tuple[int, int]]:
        """Column and row of each tile of a region, row by row."""
        letter = next((letter for letter, name in self.letters.items() if name == region), SEA)
        return [
            (column, row)
            for row, line in enumerate(self.mould.split())
            for column, here in enumerate(line)
            if here == letter != SEA
        ]


def read_mould(path: Path | None = None) -> Mould:
    """The mould that ships, or another one; raises InputError for what is no mould."""
    path = folder("calibration") / MOULD if path is None else path
    try:
        return Mould.model_validate(read_toml(path))
    except ValidationError as refusal:
        first = refusal.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise InputError(file=path, key=key, given=first["input"], allowed=first["msg"]) from None


def stored_tiles(path: Path | None = None) -> dict[str, Tile]:
    """The layout that was computed and stored, by ISO3."""
    path = folder("calibration") / LAYOUT if path is None else path
    return {tile.iso3: tile for _, tile in read_table(path, Tile)}


def rectangle_of_tiles(evidence: Evidence) -> dict[str, Tile]:
    """A layout for states that no mould knows: a rectangle of tiles, seated as the capitals lie.

    A target without a row in states.csv has no capital, and so no tile.
    """
    count = len(evidence.states)
    columns = math.ceil(math.sqrt(RECTANGLE * count))
    places = [(column, row) for row in range(math.ceil(count / columns)) for column in range(columns)]
    capitals = [
        Capital(iso3=row.iso3, region=row.region, latitude=row.capital_lat, longitude=row.capital_lon)
        for row in evidence.states
    ]
    seats = zip(capitals, _seated(capitals, places), strict=True)
    return {
        one.iso3: Tile(iso3=one.iso3, region=one.region, column=column, row=row)
        for one, (column, row) in seats
    }


def lay_tiles(evidence: Evidence, mould: Mould) -> tuple[Tile, ...]:
    """Seat every state of the evidence, and the target, on a tile of its region; in ISO3 order.

    Raises InputError where a region has fewer tiles than states.
    """
    capitals = [mould.target] + [
        Capital(iso3=row.iso3, region=row.region, latitude=row.capital_lat, longitude=row.capital_lon)
        for row in evidence.states
    ]
    tiles: list[Tile] = []
    for region in sorted({capital.region for capital in capitals}):
        own = [capital for capital in capitals if capital.region == region]
        places = mould.places(region)
        if len(places) < len(own):
            given, allowed = f"{len(places)} tiles of {region}", f"at least {len(own)}, one for each state"
            raise InputError(file=MOULD, key="mould", given=given, allowed=allowed)
        tiles += [
            Tile(iso3=capital.iso3, region=region, column=column, row=row)
            for capital, (column, row) in zip(own, _seated(own, places), strict=True)
        ]
    return tuple(sorted(tiles, key=lambda tile: tile.iso3))


def tiles_text(tiles: Sequence[Tile]) -> str:
    """The layout as CSV."""
    written = io.StringIO()
    table = csv.DictWriter(written, list(Tile.model_fields), lineterminator="\n")
    table.writeheader()
    table.writerows(tile.model_dump() for tile in tiles)
    return written.getvalue()


def _seated(capitals: Sequence[Capital], places: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The place of each capital: those that together move the capitals least, in squared distance.

    Both are first spread over the same square; latitudes run against rows.
    """
    where = np.array([(capital.longitude, -capital.latitude) for capital in capitals])
    if np.ptp(where[:, 0]) > HALF_TURN:  # a region astride the date line
        where[:, 0] %= 2 * HALF_TURN
    grid = np.array(places, dtype=np.float64)
    wide = np.maximum(np.ptp(grid, axis=0), 1.0)
    moved = (_spread(where)[:, np.newaxis] - _even(grid)[np.newaxis]) * wide
    _, chosen = linear_sum_assignment((moved**2).sum(axis=2))
    return [places[place] for place in chosen]


def _spread(points: Floats) -> Floats:
    """Points over the unit square, half by their coordinates and half by their ranks, which parts the crowded."""
    ranks = np.argsort(np.argsort(points, axis=0, kind="stable"), axis=0, kind="stable").astype(np.float64)
    return (_even(points) + _even(ranks)) / 2


def _even(points: Floats) -> Floats:
    """Each axis moved and scaled to run from 0 to 1; an axis without extent is 0.5."""
    low, extent = points.min(axis=0), np.ptp(points, axis=0)
    scaled: Floats = np.where(extent > 0, (points - low) / np.where(extent > 0, extent, 1.0), 0.5)
    return scaled
