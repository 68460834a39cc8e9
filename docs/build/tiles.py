"""Lay out the tile map of the states anew: ``make tiles``.

Needed only after a state was added to the evidence, or after the mould in calibration/tiles.toml was changed. The mould
gives each region as many tiles as it has states; which state takes which tile is settled by linear assignment, from the
coordinates of the capitals (maxpressure.evidence.tiles). The layout is stored in calibration/tiles.csv, so that every
map has each state in the same position.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pandas as pd
from pydantic import BaseModel, ConfigDict, ValidationError

from maxpressure.base.errors import InputError
from maxpressure.base.paths import folder
from maxpressure.base.refusal import refusal
from maxpressure.base.text import csv_bytes
from maxpressure.base.toml import read_toml
from maxpressure.evidence.evidence import Evidence, load_evidence
from maxpressure.evidence.schema import Iso3, Latitude, Longitude, Text
from maxpressure.evidence.tiles import LAYOUT, Capital, Tile, capitals, seated

MOULD: Final = "tiles.toml"
SEA: Final = "."


class Home(BaseModel):
    """The target's region and the coordinates of its capital in degrees."""

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
    target: Home

    def cells(self, region: str) -> list[tuple[int, int]]:
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
    except ValidationError as error:
        raise refusal(error, Mould, path) from None


def lay_tiles(evidence: Evidence, mould: Mould) -> tuple[Tile, ...]:
    """A tile of its region for every state of the evidence and the target, in ISO3 order.

    Raises InputError where a region has fewer tiles than states.
    """
    home = mould.target
    states = [Capital(home.iso3, home.region, home.latitude, home.longitude), *capitals(evidence)]
    tiles: list[Tile] = []
    for region in sorted({state.region for state in states}):
        own = [state for state in states if state.region == region]
        cells = mould.cells(region)
        if len(cells) < len(own):
            given, allowed = f"{len(cells)} tiles of {region}", f"at least {len(own)}, one for each state"
            raise InputError(file=MOULD, key="mould", given=given, allowed=allowed)
        tiles += seated(own, cells)
    return tuple(sorted(tiles, key=lambda tile: tile.iso3))


def written(tiles: tuple[Tile, ...]) -> bytes:
    """The layout as CSV."""
    return csv_bytes(pd.DataFrame([tile.model_dump() for tile in tiles]))


def main() -> None:
    """Lay the tiles out, write the layout."""
    parser = argparse.ArgumentParser(description="Lay out the tile map of the states anew.")
    parser.add_argument("--out", type=Path, default=folder("calibration") / LAYOUT, metavar="FILE")
    path = parser.parse_args().out
    try:
        tiles = lay_tiles(load_evidence(), read_mould())
    except InputError as refused:
        sys.exit(str(refused))
    path.write_bytes(written(tiles))
    sys.stdout.write(f"{len(tiles)} tiles: {path}\n")


if __name__ == "__main__":
    main()
