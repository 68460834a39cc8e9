"""The command that lays out the tile map."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from maxpressure.cli.options import ending

TILES_HELP = """Lay out the tile map of the states anew.

\b
Needed only after a state was added to the evidence, or after the mould in
calibration/tiles.toml was changed. The layout is stored, so that every
picture of the world has each state in the same place.

\b
Examples:
  maxpressure tiles
  maxpressure tiles --out mine.csv

\b
Exit codes:
  0    done
  1    something broke that is not your input, such as a full disk
  2    bad input, named with what is allowed
"""


def tiles(
    *,
    out: Annotated[
        Path | None, typer.Option(help="The file, in place of calibration/tiles.csv.", metavar="FILE")
    ] = None,
) -> None:
    """Seat the states, write the layout."""
    from maxpressure.base.paths import folder
    from maxpressure.evidence.evidence import load_evidence
    from maxpressure.evidence.tiles import LAYOUT, lay_tiles, read_mould, tiles_text
    from maxpressure.experiments.folder import new_file

    place = folder("calibration") / LAYOUT if out is None else out
    with ending("the layout is as it was before."):
        laid = lay_tiles(load_evidence(), read_mould())
        with new_file(place) as partial:
            partial.write_bytes(tiles_text(laid).encode())
        print(f"{len(laid)} tiles: {place}")
