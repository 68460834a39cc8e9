"""Where results land: what may be replaced there, and how a folder appears whole or not at all."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from maxpressure.base.errors import InputError
from maxpressure.experiments.manifest import MANIFEST, Manifest, read_manifest, table
from maxpressure.experiments.schema import TABLES

OUTPUTS: Final = "outputs"
WAVE: Final = "wave.png"
PICTURES: Final = "pictures"
EXPLAINED: Final = "explain"
REPORTS: Final = ("report.html", "report.pdf")
OURS: Final = frozenset({MANIFEST, WAVE, *REPORTS, *(table(Path(), name).name for name in TABLES)})
DRAWN_FROM_THEM: Final = ("compare", EXPLAINED, PICTURES)
"""Folders within a folder of results that hold what was made of them: pages, pictures, their tables."""

MADE: Final = (".csv", ".json", ".md", ".png")
STRAYS: Final = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
"""Files that file managers leave in any folder they show, in small letters; they are nobody's results."""

LONGEST_NAME: Final = 100


def default_folder(names: Sequence[str]) -> Path:
    """outputs/NAME below the current folder; several names are joined by +, or counted where that is long."""
    joined = "+".join(names)
    if len(joined) > LONGEST_NAME:
        joined = f"{names[0]}+{len(names) - 1}-more"
    return Path(OUTPUTS, joined)


def earlier_results(place: Path) -> Manifest | None:
    """The manifest of the results at `place`, or None where there is nothing or an empty folder."""
    return read_manifest(place) if lies_there(place, OURS, MANIFEST) else None


def lies_there(place: Path, ours: frozenset[str], mark: str) -> bool:
    """Whether a folder of our files, `mark` among them, lies at `place`; nothing or an empty folder is none.

    Whatever else is there is refused, since a result folder may be replaced and nothing else ever. What file
    managers leave behind counts for nothing.
    """
    try:
        present = _present(place)
    except OSError as fault:
        raise _refused(place, fault.strerror or "a place that cannot be read") from None
    if not present:
        return False
    foreign = [name for name in present if name not in ours and not _drawn_from_them(place / name)]
    if foreign:
        raise _refused(place, f"a folder with {foreign[0]!r} in it")
    if mark not in present:
        by_hand = f"; without {mark} nothing tells whose tables these are: delete the folder by hand"
        raise _refused(place, f"a folder without {mark}", by_hand)
    return True


def _drawn_from_them(entry: Path) -> bool:
    """Whether a folder holds what was made of the results beside it and nothing else."""
    return (
        entry.name in DRAWN_FROM_THEM
        and entry.is_dir()
        and all(one.suffix in MADE for one in entry.rglob("*") if not (one.is_dir() or _stray(one)))
    )


def _present(place: Path) -> list[str]:
    """The names in the folder but for strays, none where there is no folder yet."""
    if place.is_dir():
        if place == Path.cwd():
            raise _refused(place, "the current folder")
        return sorted(entry.name for entry in place.iterdir() if not _stray(entry))
    if place.exists() or place.is_symlink():
        raise _refused(place, "a file")
    return []


def _stray(entry: Path) -> bool:
    return entry.name.casefold() in STRAYS and entry.is_file()


def _refused(place: Path, given: str, advice: str = "") -> InputError:
    allowed = f"a new folder, or one of earlier results and nothing else{advice}"
    return InputError(file=place, key="out", given=given, allowed=allowed)


@contextmanager
def new_folder(place: Path, *, replacing: bool) -> Iterator[Path]:
    """A temporary folder beside `place`, which takes its name when the block ends well and is else removed.

    With `replacing`, a result folder already there keeps its place until then. Raises InputError where no
    folder can be made.
    """
    partial = _beside(place, "partial")
    try:
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            partial.mkdir()
        except OSError as fault:
            allowed = "a place where a folder can be made"
            raise InputError(file=place, key="out", given=fault.strerror, allowed=allowed) from None
        yield partial
        _put(partial, place, replacing=replacing)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


@contextmanager
def new_file(place: Path) -> Iterator[Path]:
    """A temporary file beside the folder of `place`, which becomes `place` when the block ends well."""
    partial = _beside(place.parent, "partial")
    try:
        yield partial
        partial.replace(place)
    finally:
        partial.unlink(missing_ok=True)


def _put(partial: Path, place: Path, *, replacing: bool) -> None:
    """Rename the old folder aside and the new one in; broken off between the two, the old one comes back."""
    aside = _beside(place, "replaced")
    try:
        if replacing:
            place.rename(aside)
        elif place.is_dir():
            for stray in filter(_stray, place.iterdir()):
                stray.unlink()
            place.rmdir()  # only ever an empty one: anything else makes this fail
        partial.rename(place)
    finally:
        if aside.exists() and not place.exists():
            aside.rename(place)
        shutil.rmtree(aside, ignore_errors=True)


def _beside(place: Path, what: str) -> Path:
    """A hidden name of its own in the same folder, so that renaming never crosses a disk."""
    return place.with_name(f".{place.name}.{what}-{uuid.uuid4().hex[:8]}")
