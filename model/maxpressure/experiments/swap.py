"""The files of a result put in place of an earlier one, so that a kill at any moment loses neither of the two.

New files are written into a hidden folder, ``.partial``, within the result's own folder: that may be a mount point, or
lie where nothing else can be made. Whoever holds the folder's lock brings what a killed process left to its end:

    .partial/new       files being written: removed
    .partial/ready     all are written: the old ones go to .partial/old, the mark first
    .partial/placing   the new ones come into the folder, the mark last

The mark is the file by which a result is recognised, so a folder between two results is recognised as having none.
"""

from __future__ import annotations

import glob
import hashlib
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from maxpressure.base.errors import InputError
from maxpressure.experiments.lock import HOLDER, LOCK, alone, check_alone, unwritable

WORK: Final = ".partial"
NEW, READY, PLACING, OLD = "new", "ready", "placing", "old"

OURS: Final = re.compile(r"\.partial(-[0-9a-f]{8})?")
EARLIER: Final = re.compile(r"\.(?P<name>.+)\.(?P<what>partial|replaced)-[0-9a-f]{8}")
"""What version 0.1 called its temporary folders, which lay beside the result's."""


def is_ours(name: str) -> bool:
    """Whether a file or folder of this name belongs to the writing of a result and not to the result."""
    return name in (LOCK, HOLDER) or any(one.fullmatch(name) for one in (OURS, EARLIER))


@contextmanager
def claimed(folder: Path, mark: str, check: Callable[[], object]) -> Iterator[None]:
    """Keep other processes from writing into a folder until the block ends.

    ``check`` raises InputError for a folder that is not to be touched. What a process that is gone left in it is
    finished or removed.
    """
    if (folder / HOLDER).is_file():  # of a process that is at work, or gone after its end
        with alone(folder) as first:
            if first:
                settle(folder, mark)
    check()
    with alone(folder) as first:
        if first:
            settle(folder, mark)
        check()
        try:
            yield
        finally:
            if first and folder.is_dir():
                settle(folder, mark)


@contextmanager
def new_contents(folder: Path, mark: str) -> Iterator[Path]:
    """An empty folder to write into; when the block ends well, its files replace all that is in ``folder``.

    The caller holds the lock of ``folder``. When the block fails, ``folder`` stays as it is.
    """
    work = folder / WORK
    try:
        (work / NEW).mkdir(parents=True)
    except OSError as fault:
        raise unwritable(folder, fault) from None
    try:
        yield work / NEW
    except OSError:
        check_alone(folder)  # says why, where the folder is gone
        raise
    check_alone(folder)
    (work / NEW).rename(work / READY)
    try:
        _finish(folder, mark)
    except BaseException:
        _undo(folder, mark)
        raise
    _remove(work)


def settle(folder: Path, mark: str) -> None:
    """Finish or remove what a process that is gone has left in a folder whose lock is held."""
    work = folder / WORK
    if _is_folder(work):
        if _is_folder(work / READY) or _is_folder(work / PLACING):
            _finish(folder, mark)
        elif _is_folder(work / OLD) and not (folder / mark).exists():
            _move(work / OLD, folder, mark, last=True)
    _remove(work)
    clear(folder)


def clear(folder: Path) -> None:
    """Remove what processes that are gone have left of single files, and what version 0.1 left within and beside."""
    beside = folder.parent.glob(f".{glob.escape(folder.name)}.*-*")
    for entry in [*folder.iterdir(), *beside]:
        earlier = EARLIER.fullmatch(entry.name)
        if earlier:
            if earlier["what"] == "replaced":
                _bring_back(entry, entry.with_name(earlier["name"]))
            _remove(entry)
        elif OURS.fullmatch(entry.name) and entry.name != WORK:
            with suppress(InputError):  # another process may be at work in it
                if _is_folder(entry):
                    with alone(entry):
                        _empty(entry)
                _remove(entry)


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """A temporary file in a hidden folder beside ``path``, which becomes ``path`` when the block ends well.

    Raises InputError where nothing can be written there, or another process is writing the same file.
    """
    number = hashlib.sha256(path.name.encode(errors="surrogateescape")).hexdigest()[:8]
    work = path.parent / f"{WORK}-{number}"
    try:
        with alone(work):
            partial = work / f"{NEW}{path.suffix}"
            try:
                yield partial
                partial.replace(path)
            finally:
                partial.unlink(missing_ok=True)
    finally:
        with suppress(OSError):
            work.rmdir()  # made by a process that is gone; one of our own is gone already


# ---- steps


def _finish(folder: Path, mark: str) -> None:
    """Old files out, new ones in; each step may be taken again after a kill."""
    work = folder / WORK
    if (work / READY).is_dir():
        (work / OLD).mkdir(exist_ok=True)
        _move(folder, work / OLD, mark, last=False)
        (work / READY).rename(work / PLACING)
    _move(work / PLACING, folder, mark, last=True)
    (work / PLACING).rmdir()


def _undo(folder: Path, mark: str) -> None:
    """New files out, old ones in again."""
    work = folder / WORK
    if (work / PLACING).is_dir():
        _move(folder, work / PLACING, mark, last=False)
        (work / PLACING).rename(work / NEW)
    elif (work / READY).is_dir():
        (work / READY).rename(work / NEW)
    if (work / OLD).is_dir() and not (folder / mark).exists():
        _move(work / OLD, folder, mark, last=True)


def _move(source: Path, target: Path, mark: str, *, last: bool) -> None:
    """Rename all files of a result from one folder to another, the mark before or after the others."""
    names = [entry.name for entry in source.iterdir() if not is_ours(entry.name)]
    for name in sorted(names, key=lambda name: (name == mark) == last):
        (source / name).replace(target / name)


def _bring_back(aside: Path, folder: Path) -> None:
    """Give a folder that version 0.1 had renamed its name again, unless a new one is there."""
    if not folder.exists():
        aside.rename(folder)
    elif _is_folder(aside) and all(is_ours(entry.name) for entry in folder.iterdir()):
        _move(aside, folder, "", last=True)


def _is_folder(path: Path) -> bool:
    """Whether a folder is there itself: a link would lead to what is not ours."""
    return path.is_dir() and not path.is_symlink()


def _empty(folder: Path) -> None:
    for entry in folder.iterdir():
        if not is_ours(entry.name):
            _remove(entry)


def _remove(entry: Path) -> None:
    """Remove a file, a link or a folder with all in it, as far as that can be done."""
    if _is_folder(entry):
        shutil.rmtree(entry, ignore_errors=True)
    else:
        with suppress(OSError):
            entry.unlink()
