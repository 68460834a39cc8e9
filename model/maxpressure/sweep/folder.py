"""The folder of a sweep: its points as they were lived, what was made of them, and what was run.

Points of the very same run that lie there are not lived again; what is made of them is made anew each time.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from maxpressure.base.errors import InputError
from maxpressure.experiments.experiment import new_manifest, plan
from maxpressure.experiments.folder import OUTPUTS, lies_there, new_folder
from maxpressure.experiments.manifest import digest, utc_now
from maxpressure.experiments.schema import NAME
from maxpressure.sweep.files import Input, Policy, Sweep

Floats = NDArray[np.float64]

ABOUT: Final = "sweep.json"
POINTS: Final = "points.parquet"
KIND: Final = "maxpressure sweep"
LIBRARIES: Final = {"morris": "SALib", "sobol": "SALib", "prim": "ema_workbench"}
PASSING: Final = ("command", "started", "ended", "points_sha256", "made")
"""Entries of ``sweep.json`` in which two runs of the same points may differ."""


def place_of(sweep: Sweep, method: str, out: str | Path | None) -> Path:
    """The folder for the results: ``out``, else outputs/sweep-METHOD-NAME."""
    return Path(os.path.realpath(Path(OUTPUTS, f"sweep-{method}-{sweep.name}") if out is None else out))


def about_points(
    sweep: Sweep,
    method: str,
    policies: Sequence[Policy],
    inputs: Sequence[Input],
    places: Floats,
    sets: NDArray[np.int64],
    replicates: int,
) -> dict[str, Any]:
    """What is lived, as ``sweep.json`` says it: a run's manifest, and the points."""
    experiment = plan(
        sweep.case,
        [policy.scenario for policy in policies],
        worlds=replicates,
        seed=sweep.file.seed,
        engine="ensemble",
        parameters=sweep.chosen.parameters,
        draws=sweep.chosen.draws,
    )
    manifest = json.loads(new_manifest(experiment).model_dump_json())
    left_out = (
        "kind",
        "format",
        "worlds",
        "engine",
        "state_class",
        "keep_weeks",
        "keep_attributions",
        "tables",
    )
    own = {
        "kind": KIND,
        "format": 1,
        "method": method,
        "sweep": sweep.name,
        "text": sweep.text,
        "inputs": [one.name for one in inputs],
        "outcomes": list(sweep.file.outcomes),
        "policies": [policy.name for policy in policies],
        "points": len(places),
        "places_sha256": hashlib.sha256(places.tobytes()).hexdigest(),
        "luck_sets": len(np.unique(sets)),
        "luck_sha256": hashlib.sha256(sets.tobytes()).hexdigest(),
        "replicates": replicates,
        "library": {name: version(name) for name in sorted({"scipy", LIBRARIES.get(method, "scipy")})},
    }
    return own | {key: entry for key, entry in manifest.items() if key not in left_out}


def earlier_points(
    place: Path, about: Mapping[str, Any], files: frozenset[str], *, force: bool
) -> Floats | None:
    """The outcomes at the points of the very same run, (policies, points, outcomes, replicates), if they lie there.

    Raises InputError where those of another run do, unless ``force`` lets them be replaced, and where something
    else lies there.
    """
    if not lies_there(place, files, ABOUT):
        return None
    try:
        earlier = json.loads((place / ABOUT).read_text(encoding="utf-8"))
    except ValueError as fault:
        raise InputError(file=place / ABOUT, key="file", given=str(fault), allowed="a file in JSON") from None
    if not isinstance(earlier, dict) or earlier.get("kind") != KIND:
        allowed = "a folder of a sweep that maxpressure wrote"
        raise InputError(file=place / ABOUT, key="kind", given="another program's file", allowed=allowed)
    if force:
        return None
    parted = [key for key in about if key not in PASSING and earlier.get(key) != about[key]]
    if parted:
        given = f"a sweep of another run: other {', '.join(parted)}"
        allowed = "another folder, by --out, or --force to replace this sweep"
        raise InputError(file=place, key="out", given=given, allowed=allowed)
    path = place / POINTS
    if not path.is_file() or digest(path) != earlier.get("points_sha256"):
        allowed = "the file as it was written; --force lives the points again"
        raise InputError(file=path, key="file", given="missing or changed", allowed=allowed)
    table = pq.read_table(path)
    columns = [
        table[name].combine_chunks().flatten().to_numpy().reshape(len(table), -1)
        for name in about["outcomes"]
    ]
    found = np.stack(columns, axis=1)
    return found.reshape(len(about["policies"]), about["points"], *found.shape[1:])


def points_table(
    policies: Sequence[Policy],
    inputs: Sequence[Input],
    places: Floats,
    simulated: Floats,
    outcomes: Sequence[str],
) -> pa.Table:
    """A row for each policy and point: the inputs' values, and of each outcome a list with a number a world."""
    count = len(places)
    values = {
        one.name: np.array([one.value(place) for place in places[:, column].tolist()])
        for column, one in enumerate(inputs)
    }
    replicates = simulated.shape[3]
    columns: dict[str, pa.Array] = {
        "policy": pa.array([policy.name for policy in policies for _ in range(count)])
        .dictionary_encode()
        .cast(NAME),
        "point": pa.array(np.tile(np.arange(count, dtype=np.int32), len(policies))),
    }
    columns |= {name: pa.array(np.tile(column, len(policies))) for name, column in values.items()}
    for number, outcome in enumerate(outcomes):
        flat = pa.array(simulated[:, :, number].reshape(-1))
        columns[outcome] = pa.FixedSizeListArray.from_arrays(flat, replicates)
    return pa.table(columns)


def read_points(path: Path, outcomes: Sequence[str]) -> pd.DataFrame:
    """The points with the mean and the standard deviation of each outcome over the worlds of a point."""
    table = pq.read_table(path)
    others = [name for name in table.column_names if name not in outcomes]
    frame: pd.DataFrame = table.select(others).to_pandas()
    for name in outcomes:
        numbers = table[name].combine_chunks().flatten().to_numpy().reshape(len(table), -1)
        frame[name], frame[f"{name}_sd"] = numbers.mean(axis=1), numbers.std(axis=1, ddof=1)
    return frame


def write_sweep(
    place: Path, about: Mapping[str, Any], points: pa.Table, made: Mapping[str, Callable[[Path], None]]
) -> None:
    """Write points, what was made of them and what was run into the folder, whole or not at all."""
    replacing = place.is_dir() and (place / ABOUT).is_file()
    with new_folder(place, replacing=replacing) as folder:
        pq.write_table(points, folder / POINTS, compression="zstd", write_page_checksum=True)
        for name, write in made.items():
            write(folder / name)
        told = dict(about) | {
            "points_sha256": digest(folder / POINTS),
            "made": {name: digest(folder / name) for name in made if name.endswith(".csv")},
            "ended": f"{utc_now():%Y-%m-%dT%H:%M:%SZ}",
        }
        text = json.dumps(told, indent=2, ensure_ascii=False) + "\n"
        (folder / ABOUT).write_text(text, encoding="utf-8")


def write_table(table: pd.DataFrame) -> Callable[[Path], None]:
    """A writer of a table as CSV."""

    def write(path: Path) -> None:
        table.to_csv(path, index=False, lineterminator="\n", float_format="%.6g")

    return write
