"""What a sweep returns, and the folder in which its points are kept and found again."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from maxpressure.base.errors import InputError
from maxpressure.base.numerics import Floats
from maxpressure.base.reading import reading
from maxpressure.base.shown import Shown
from maxpressure.base.text import as_markdown, cells, columns, csv_bytes, from_here, markdown, wrapped
from maxpressure.experiments.experiment import new_manifest, plan
from maxpressure.experiments.folder import OUTPUTS, OutputFolder, write_json
from maxpressure.experiments.manifest import digest, utc_now
from maxpressure.experiments.schema import NAME
from maxpressure.sweep.analysis import Found
from maxpressure.sweep.design import Design, Sets, simulate_points
from maxpressure.sweep.figures import SweptPlots
from maxpressure.sweep.files import Input, Policy, Sweep

Pictures = Mapping[str, Callable[[Path], None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept(Shown):
    """What a sweep found.

    Attributes
    ----------
    folder : pathlib.Path
        Where points, tables and picture are.
    sweep : Sweep
        The sweep file, read and checked.
    method : str
        ``"morris"``, ``"sobol"``, ``"prim"`` or ``"regret"``.
    finding : str
        The finding in one sentence, without a full stop.
    shown : tuple of pandas.DataFrame
        Tables whose cells are words, for reading.
    notes : tuple of str
        How to read the tables, and their limits.
    made : mapping of str to pandas.DataFrame
        The tables as they were written, the main one first.
    reused : bool
        Whether the same points were in the folder already.
    box : Found or None
        The box that ``prim`` found.
    """

    folder: Path
    sweep: Sweep
    method: str
    finding: str
    shown: tuple[pd.DataFrame, ...]
    notes: tuple[str, ...]
    made: Mapping[str, pd.DataFrame]
    reused: bool
    box: Found | None = None

    def __repr__(self) -> str:
        return f"<Sweep {self.sweep.name}: {self.finding}>"

    @property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """The tables as they were written."""
        return self.made

    @property
    def table(self) -> pd.DataFrame:
        """The main table: of indices, of the box or of regret."""
        return next(iter(self.made.values()))

    @property
    def points(self) -> pd.DataFrame:
        """A row for each policy and point: the inputs' values, and mean and sd of each outcome over its worlds."""
        return read_points(self.folder / POINTS, self.sweep.file.outcomes)

    @property
    def plot(self) -> SweptPlots:
        """The pictures of the sweep on the caller's axes: ``swept.plot.tornado(ax)``, ``.regret(ax)``, ``.box(ax)``."""
        return SweptPlots(self.sweep, self.method, self.made, self.box)

    def text(self, width: int = 100) -> str:
        """The finding, the tables and how to read them, for a terminal."""
        lines = [*wrapped(f"{self.finding}.", width), ""]
        for table in self.shown:
            lines += [*columns(cells(table)), ""] if len(table) else []
        files = ", ".join((*MADE[self.method], POINTS, ABOUT))
        notes = [*self.notes, f"Written to {from_here(self.folder)}: {files}"]
        return "\n".join([*lines, *wrapped(notes, width)])

    def markdown(self) -> str:
        """The finding, the tables and how to read them, as a page."""
        tables = [markdown(table) for table in self.shown if len(table)]
        notes = [f"{as_markdown(note)}\n" for note in self.notes]
        return "\n".join(
            [f"# {as_markdown(self.sweep.file.title)}\n", f"{as_markdown(self.finding)}.\n", *tables, *notes]
        )

    def save(self, folder: str | Path, *, force: bool = False) -> Path:
        """Copy points, tables, picture and ``sweep.json`` into another folder; returns it.

        Raises InputError where the folder holds anything else, or, without ``force``, another sweep.
        """
        output = sweep_folder(self.sweep, self.method, folder)
        if output.holds_result() and not force:
            output.refuse_other("this one is not to be replaced")
        with output.new() as partial:
            for name in output.files:
                shutil.copyfile(self.folder / name, partial / name)
        return output.path


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """How points are simulated and where they are written."""

    worlds: int | None = None
    workers: int | None = None
    out: str | Path | None = None
    force: bool = False
    progress: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """The points of a sweep with their outcomes, (policies, points, outcomes, worlds), and their folder."""

    design: Design
    outcomes: Floats
    folder: OutputFolder
    about: dict[str, Any]
    reused: bool

    @property
    def notes(self) -> str:
        """How much was simulated."""
        count, seed = len(self.design.points), self.design.sweep.file.seed
        return f"{count:,} points, {self.design.worlds} worlds at each, seed {seed}"

    def write(self, tables: Mapping[str, pd.DataFrame], pictures: Pictures, **about: str) -> None:
        """Write points, tables and pictures into the folder."""
        points = points_table(self.design, self.outcomes)
        write_sweep(self.folder, self.about | about, points, tables, pictures)

    def found(
        self,
        finding: str,
        shown: Sequence[pd.DataFrame],
        notes: Sequence[str],
        made: Mapping[str, pd.DataFrame],
        box: Found | None = None,
    ) -> Swept:
        """The result."""
        return Swept(
            folder=self.folder.path,
            sweep=self.design.sweep,
            method=self.design.method,
            finding=finding,
            shown=tuple(shown),
            notes=(*notes, f"{self.notes}."),
            made=made,
            reused=self.reused,
            box=box,
        )


@contextmanager
def simulated(
    sweep: Sweep,
    method: str,
    policies: Sequence[Policy],
    inputs: Sequence[Input],
    points: Floats,
    sets: Sets,
    how: How,
) -> Iterator[Simulated]:
    """The points, simulated or read from the folder where the same run is there; the folder is claimed meanwhile."""
    usual = sweep.file.regret_worlds if method == "regret" else sweep.file.worlds
    worlds = usual if how.worlds is None else how.worlds
    if worlds < 2:
        raise InputError(file="sweep", key="worlds", given=worlds, allowed="a whole number of 2 or more")
    design = Design(
        sweep=sweep, method=method, policies=policies, inputs=inputs, points=points, sets=sets, worlds=worlds
    )
    folder, about = sweep_folder(sweep, method, how.out), about_points(design)
    with folder.claimed():
        earlier = earlier_points(folder, about, force=how.force)
        outcomes = earlier
        if outcomes is None:
            outcomes = simulate_points(design, workers=how.workers, progress=how.progress)
        yield Simulated(
            design=design, outcomes=outcomes, folder=folder, about=about, reused=earlier is not None
        )


# ---- the folder

ABOUT: Final = "sweep.json"
POINTS: Final = "points.parquet"
MADE: Final = {
    "morris": ("indices.csv", "tornado.png"),
    "sobol": ("indices.csv", "tornado.png"),
    "prim": ("box.csv", "box.png"),
    "regret": ("regret.csv", "regrets.csv", "regret.png"),
}
"""The files that are made of the points, by method."""

LIBRARIES: Final = {"morris": "SALib", "sobol": "SALib", "prim": "ema_workbench"}
PASSING: Final = ("command", "started", "ended", "points_sha256", "made")
"""Entries of ``sweep.json`` in which two runs of the same points may differ."""


def sweep_folder(sweep: Sweep, method: str, out: str | Path | None) -> OutputFolder:
    """The folder for the results: ``out``, else outputs/sweep-METHOD-NAME."""
    path = Path(OUTPUTS, f"sweep-{method}-{sweep.name}") if out is None else out
    files = (POINTS, *MADE[method])
    return OutputFolder(path, mark=ABOUT, files=files, contents="sweep results", kind="maxpressure sweep")


def about_points(design: Design) -> dict[str, Any]:
    """What is simulated, as in ``sweep.json``: a run's manifest, and the points."""
    sweep, points, sets = design.sweep, design.points, design.sets
    experiment = plan(
        sweep.case,
        [policy.scenario for policy in design.policies],
        worlds=design.worlds,
        seed=sweep.file.seed,
        engine="ensemble",
        parameters=sweep.chosen.parameters,
        draws=sweep.chosen.draws,
    )
    manifest = new_manifest(experiment).plain()
    own = {
        "kind": "maxpressure sweep",
        "format": 2,
        "method": design.method,
        "sweep": sweep.name,
        "text": sweep.text,
        "inputs": [one.name for one in design.inputs],
        "outcomes": list(sweep.file.outcomes),
        "policies": [policy.name for policy in design.policies],
        "points": len(points),
        "design_sha256": hashlib.sha256(points.tobytes()).hexdigest(),
        "world_sets": len(np.unique(sets)),
        "world_sets_sha256": hashlib.sha256(sets.tobytes()).hexdigest(),
        "worlds": design.worlds,
        "library": {name: version(name) for name in sorted({"scipy", LIBRARIES.get(design.method, "scipy")})},
    }
    left_out = {*own, "engine", "state_class", "keep_weeks", "keep_attributions", "tables"}
    return own | {key: entry for key, entry in manifest.items() if key not in left_out}


def earlier_points(folder: OutputFolder, about: Mapping[str, Any], *, force: bool) -> Floats | None:
    """The outcomes at the points of the very same run, (policies, points, outcomes, worlds), if they are there.

    Raises InputError where those of another run are there, unless ``force`` lets them be replaced, and where
    anything else is.
    """
    earlier = folder.earlier(force=force)
    if earlier is None or force:
        return None
    folder.check_same(earlier, about, PASSING)
    folder.check_files({POINTS: earlier.get("points_sha256")}, [POINTS])
    table = _read(folder.path / POINTS)
    found = np.stack([_numbers(folder.path / POINTS, table, name) for name in about["outcomes"]], axis=1)
    policies, points, worlds = len(about["policies"]), about["points"], about["worlds"]
    if found.shape != (policies * points, len(about["outcomes"]), worlds):
        given = f"{len(found)} rows of {found.shape[2]} worlds"
        raise _not_swept(folder.path / POINTS, "file", given, f"{policies * points} rows of {worlds} worlds")
    return found.reshape(policies, points, *found.shape[1:])


ANEW: Final = "--force simulates the points anew"


def _not_swept(path: Path, key: str, given: str, allowed: str) -> InputError:
    return InputError(file=path, key=key, given=given, allowed=f"{allowed}; {ANEW}")


def _read(path: Path) -> pa.Table:
    with reading(path, allowed=f"the points of a sweep in Parquet; {ANEW}"):
        return pq.ParquetFile(path).read()


def _numbers(path: Path, table: pa.Table, outcome: str) -> Floats:
    """An outcome of each row in each world, (rows, worlds); raises InputError where it is no list of numbers."""
    kind = table.schema.field(outcome).type if table.column_names.count(outcome) == 1 else pa.null()
    if not (pa.types.is_fixed_size_list(kind) and kind.value_type == pa.float64()):
        raise _not_swept(path, outcome, f"a column of {kind}", "a list with a number for each world")
    flat = table[outcome].combine_chunks().flatten()
    if flat.null_count or len(flat) != len(table) * kind.list_size:
        raise _not_swept(path, outcome, "a blank", "a number for each world")
    numbers: Floats = flat.to_numpy().reshape(len(table), kind.list_size)
    return numbers


def points_table(design: Design, simulated: Floats) -> pa.Table:
    """A row for each policy and point: the inputs' values, and of each outcome a list with a number for each world."""
    count, policies = len(design.points), [policy.name for policy in design.policies]
    columns: dict[str, pa.Array] = {
        "policy": pa.array(np.repeat(policies, count).tolist()).dictionary_encode().cast(NAME),
        "point": pa.array(np.tile(np.arange(count, dtype=np.int32), len(policies))),
    }
    for column, one in enumerate(design.inputs):
        values = np.array([one.value(at) for at in design.points[:, column].tolist()])
        columns[one.name] = pa.array(np.tile(values, len(policies)))
    for number, outcome in enumerate(design.sweep.file.outcomes):
        flat = pa.array(simulated[:, :, number].reshape(-1))
        columns[outcome] = pa.FixedSizeListArray.from_arrays(flat, simulated.shape[3])
    return pa.table(columns)


def read_points(path: Path, outcomes: Sequence[str]) -> pd.DataFrame:
    """The points with the mean and the standard deviation of each outcome over the worlds of a point."""
    table = _read(path)
    frame: pd.DataFrame = table.select(
        [name for name in table.column_names if name not in outcomes]
    ).to_pandas()
    for name in outcomes:
        numbers = _numbers(path, table, name)
        frame[name], frame[f"{name}_sd"] = numbers.mean(axis=1), numbers.std(axis=1, ddof=1)
    return frame


def write_sweep(
    folder: OutputFolder,
    about: Mapping[str, Any],
    points: pa.Table,
    tables: Mapping[str, pd.DataFrame],
    pictures: Pictures,
) -> None:
    """Write points, what was made of them and what was run into the folder, whole or not at all."""
    with folder.new() as partial:
        pq.write_table(points, partial / POINTS, compression="zstd", write_page_checksum=True)
        for name, table in tables.items():
            (partial / f"{name}.csv").write_bytes(csv_bytes(table))
        for name, draw in pictures.items():
            draw(partial / name)
        digests = {f"{name}.csv": digest(partial / f"{name}.csv") for name in tables}
        ended = f"{utc_now():%Y-%m-%dT%H:%M:%SZ}"
        more = {"points_sha256": digest(partial / POINTS), "made": digests, "ended": ended}
        write_json(partial / ABOUT, {**about, **more})
