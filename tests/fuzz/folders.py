"""The files that the program writes and reads again, given by others: manifests, receipts, parts, marks of results."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import strategies as st

import maxpressure as mp
from fuzz.columns import parquets
from fuzz.files import kind_of
from fuzz.law import Kind
from fuzz.mutations import jsons, tables
from fuzz.surroundings import HARBOUR, replaced
from maxpressure.experiments import executors
from maxpressure.experiments.batch import run_batch
from maxpressure.experiments.experiment import Experiment, plan
from maxpressure.experiments.manifest import again
from maxpressure.experiments.seal import SEAL, sealed
from maxpressure.explanations.rerun import conditions
from maxpressure.model.case import load_case
from maxpressure.results.merge import merge
from maxpressure.results.results import Results, load
from maxpressure.sweep.files import read_sweep
from maxpressure.sweep.run import morris
from maxpressure.sweep.swept import write_sweep
from pilot import PILOT

NAMES: Final = ("as-recorded", "no-second-mine")
WORLDS: Final = 3
_KEPT: Final = tempfile.TemporaryDirectory(prefix="maxpressure-fuzz-")


class Simulating(Exception):  # noqa: N818  # no fault
    """What was read is sound, and worlds would be simulated now."""


@contextmanager
def without_simulating() -> Iterator[None]:
    """Raise Simulating in place of each simulation."""

    def stopped(*_: Any, **__: Any) -> Any:
        raise Simulating

    with replaced({executors.spread: stopped}):
        yield


# ---- what is there before it is mutated


@cache
def made(what: str) -> Path:
    """A small result, made once: of `run`, `batch`, `twin` or `sweep`."""
    out = Path(_KEPT.name, what)
    case = load_case(HARBOUR)
    match what:
        case "run":
            mp.run(NAMES, worlds=WORLDS, case=case, parameters=PILOT, out=out, workers=1, progress=False)
        case "batch":
            run_batch(experiment(), out, workers=1, progress=False)
        case "twin":
            twins(out)
        case "sweep":
            swept(out)
    return out


def experiment() -> Experiment:
    """The experiment of the batch."""
    return plan(load_case(HARBOUR), NAMES, worlds=WORLDS, seed=7, engine="ensemble", parameters=PILOT)


def twins(out: Path) -> Any:
    """Two twins, simulated or found."""
    case = load_case(HARBOUR)
    return mp.twin(NAMES[1], worlds=2, case=case, parameters=PILOT, out=out, workers=1, progress=False)


def swept(out: Path) -> Any:
    """Two of Morris's paths, simulated or found."""
    small = read_sweep(HARBOUR / "sweep.toml", case=load_case(HARBOUR))
    return morris(small, paths=2, worlds=2, out=out, workers=1, progress=False)


def copied(what: str, scratch: Path) -> Path:
    """A copy of a result, in a folder in which nothing else is."""
    place = scratch / "lies" / what
    place.parent.mkdir(parents=True)
    shutil.copytree(made(what), place)
    return place


# ---- results


def _perhaps_sealed(content: bytes) -> st.SearchStrategy[bytes]:
    """The file as it is, or with the seal that whoever can write it can give it."""
    try:
        entries = json.loads(content)
        again = sealed({key: entry for key, entry in entries.items() if key != SEAL})
    except (ValueError, AttributeError, RecursionError):
        return st.just(content)
    return st.sampled_from((again, content))


def read_all(place: Path) -> Results:
    """What `compare`, `plot`, `report` and `explain` read of a folder."""
    results = load(place)
    results.check()
    again(results.manifest, results.place, worlds=9, draws=2, out="elsewhere")
    case = load_case(HARBOUR)
    results.situations(case)
    conditions(results, case=case, parameters=PILOT)
    return results


def read_tables(place: Path) -> Results:
    """The rows of a folder's tables, as they are summed up."""
    results = load(place)
    results.check()
    for name in ("worlds", "weeks", "acts", "tallies"):
        results.table(name)
    results.text()
    results.bands("embassies")
    return results


def seal_again(path: Path) -> None:
    """Seal what can be sealed, as who forges a folder would: else nothing behind the seal is tried."""
    with suppress(ValueError, RecursionError):
        entries = json.loads(path.read_bytes())
        if isinstance(entries, dict):
            entries.pop(SEAL, None)
            path.write_bytes(sealed(entries))


def of_manifests(what: str, scratch: Path) -> Kind:
    place = copied(what, scratch)
    path = place / "manifest.json"
    return kind_of(
        path,
        jsons([path.read_bytes()]).flatmap(_perhaps_sealed),
        lambda _: (seal_again(path), read_all(place)),
    )


def of_batches(scratch: Path) -> Kind:
    """The manifest of a batch that is to go on."""
    place = copied("batch", scratch)
    path = place / "manifest.json"
    content = path.read_bytes()

    def read(_: Path) -> None:
        seal_again(path)
        with without_simulating(), suppress(Simulating):
            run_batch(experiment(), place, workers=1, progress=False)

    return kind_of(path, jsons([content]).flatmap(_perhaps_sealed), read)


def of_receipts(scratch: Path) -> Kind:
    """A receipt: the folder is read, merged, repaired; nothing beside it is touched."""
    place = copied("batch", scratch)
    path = next(iter(sorted((place / "receipts").iterdir())))
    sound = {one: one.read_bytes() for one in place.rglob("*") if one.is_file()}
    victim = place.parent / "victim.parquet"

    def read(_: Path) -> None:
        seal_again(path)
        given = path.read_bytes()
        for one, content in sound.items():
            if not one.is_file():
                one.parent.mkdir(parents=True, exist_ok=True)
                one.write_bytes(content)
        path.write_bytes(given)
        victim.write_bytes(b"of another")
        try:
            load(place).check()
            merge([place], place.parent / "merged")
            with without_simulating():
                run_batch(experiment(), place, workers=1, progress=False, repair=True)
        except Simulating:
            return
        finally:
            shutil.rmtree(place.parent / "merged", ignore_errors=True)
            _untouched(victim, place)

    return kind_of(path, jsons([path.read_bytes()]).flatmap(_perhaps_sealed), read)


def _untouched(victim: Path, place: Path) -> None:
    there = {one.name for one in place.parent.iterdir()}
    if victim.read_bytes() != b"of another" or there != {victim.name, place.name}:
        raise AssertionError(f"what lies beside the folder: {there}")


def of_parts(table: str, scratch: Path) -> Kind:
    """A part of a table whose receipt has the SHA-256 of what was put there."""
    place = copied("batch", scratch)
    path = next(iter(sorted((place / f"{table}.parquet").iterdir())))
    receipt = place / "receipts" / f"{path.stem}.json"
    sound = json.loads(receipt.read_bytes())
    sound.pop(SEAL)

    def read(_: Path) -> Results:
        content = path.read_bytes()
        sound["parts"][table] |= {"sha256": hashlib.sha256(content).hexdigest()}
        sound["parts"][table] |= {"rows": _rows(path, sound["parts"][table]["rows"])}
        receipt.write_bytes(sealed(sound))
        seal_again(receipt)
        return read_tables(place)

    return kind_of(path, parquets([path.read_bytes()]), read)


def _rows(path: Path, usual: int) -> int:
    try:
        return int(pq.read_metadata(path).num_rows)
    except (pa.ArrowException, OSError, UnicodeError):
        return usual


# ---- marks


def of_marks(what: str, mark: str, read: Callable[[Path], Any], scratch: Path) -> Kind:
    """The file by which an earlier result is recognised, and perhaps used again."""
    place = copied(what, scratch)
    return kind_of(
        place / mark,
        jsons([(place / mark).read_bytes()]).flatmap(_perhaps_sealed),
        lambda _: (seal_again(place / mark), _again(read, place)),
    )


def of_marked(what: str, mark: str, name: str, key: str, read: Callable[[Path], Any], scratch: Path) -> Kind:
    """A file of an earlier result whose mark has the SHA-256 of what was put there."""
    place = copied(what, scratch)
    path = place / name
    sound = json.loads((place / mark).read_bytes())
    sound.pop(SEAL)
    inputs = (tables if name.endswith(".csv") else parquets)([path.read_bytes()])

    def found(_: Path) -> Any:
        entry: dict[str, Any] = sound
        *above, last = key.split("/")
        for step in above:
            entry = entry[step]
        entry[last] = hashlib.sha256(path.read_bytes()).hexdigest()
        (place / mark).write_bytes(sealed(sound))
        seal_again(place / mark)
        return _again(read, place)

    return kind_of(path, inputs, found)


def _again(read: Callable[[Path], Any], place: Path) -> Any:
    try:
        with without_simulating(), replaced({write_sweep: lambda *_: None}):
            found = read(place)
            found.text()
            return found
    except Simulating:
        return None


FOLDERS: Final[Mapping[str, Callable[[Path], Kind]]] = {
    "manifest of a run": partial(of_manifests, "run"),
    "manifest of a batch": partial(of_manifests, "batch"),
    "batch gone on with": of_batches,
    "receipt": of_receipts,
    **{f"part of {table}": partial(of_parts, table) for table in ("worlds", "weeks", "acts", "tallies")},
    "twin.json": partial(of_marks, "twin", "twin.json", twins),
    "twins.csv": partial(of_marked, "twin", "twin.json", "twins.csv", "tables/twins.csv", twins),
    "totals.csv": partial(of_marked, "twin", "twin.json", "totals.csv", "tables/totals.csv", twins),
    "sweep.json": partial(of_marks, "sweep", "sweep.json", swept),
    "points of a sweep": partial(of_marked, "sweep", "sweep.json", "points.parquet", "points_sha256", swept),
}
