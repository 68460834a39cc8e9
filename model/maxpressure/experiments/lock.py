"""One process at a time in a folder: a lock that the operating system lets go of, however its holder ends.

The lock is a file in the folder, ``.lock``. On a file system without locks, such as some network drives, its mere
existence counts; a file of a process of this machine that is gone is taken over then.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from maxpressure.base.errors import InputError, Wrong
from maxpressure.experiments.manifest import command_line, utc_now

LOCK: Final = ".lock"
HOLDER: Final = ".lock.json"
"""Who holds the lock, for the message to others: the lock itself cannot be read everywhere."""


@contextmanager
def alone(folder: Path) -> Iterator[bool]:
    """Make the folder if need be, and hold its lock until the block ends.

    Yields False where this thread holds it already. An empty folder that was made here is removed again. Raises
    InputError where another process is at work in the folder, or where it cannot be written to.
    """
    lock = FileLock(folder / LOCK, timeout=0, is_singleton=True)
    with _made(folder):
        try:
            lock.acquire()
        except Timeout:
            allowed = "to wait until it is done, or another folder, by --out"
            raise InputError(
                file=folder, key="out", given=Wrong(f"is {_at_work(folder)}"), allowed=allowed
            ) from None
        except OSError as fault:
            raise unwritable(folder, fault) from None
        first, held = lock.lock_counter == 1, identity(folder / LOCK)
        try:
            if first:
                _write_holder(folder)
            yield first
        finally:
            # On Windows an open file cannot be removed: filelock does it there once it is closed. Elsewhere a process
            # that opened the file before it went is refused by filelock, which looks whether it is still there.
            if first and identity(folder / LOCK) in (held, None):  # else another process has it
                _remove(folder / HOLDER)
                if os.name != "nt":
                    _remove(folder / LOCK)
            lock.release()


def identity(file: Path) -> tuple[int, int] | None:
    """By what the system knows a file whatever its name is, or None where there is none."""
    try:
        found = file.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def check_alone(folder: Path) -> None:
    """Raise OSError where the folder has been removed, or taken over by another process, since its lock was taken."""
    if not folder.is_dir():
        raise OSError(f"the folder {folder} was removed while this command was at work in it")
    holder = _holder(folder)
    if holder.get("pid", os.getpid()) != os.getpid():
        raise OSError(f"the lock of {folder} was removed, and since then it is {_at_work(folder)}")


def unwritable(folder: Path, fault: OSError) -> InputError:
    """The refusal of a folder that cannot be made or written to."""
    blocked = next((one for one in (folder, *folder.parents) if os.path.lexists(one)), folder)
    given = Wrong(
        f"cannot be written to: {fault.strerror or fault}"
        if blocked.is_dir()
        else f"lies below {blocked}, which is no folder"
    )
    allowed = "a folder that can be written to, on a file system that has locks"
    return InputError(file=folder, key="out", given=given, allowed=allowed)


@contextmanager
def _made(folder: Path) -> Iterator[None]:
    """Make a folder; if it is empty at the end, remove what was made of the way to it."""
    try:
        new = [one for one in (folder, *folder.parents) if not one.exists()]
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise unwritable(folder, fault) from None
    try:
        yield
    finally:
        with suppress(OSError):
            for one in new:
                one.rmdir()


def _write_holder(folder: Path) -> None:
    """Say who is at work; a disk too full for that is noticed by what is written next."""
    since = f"{utc_now():%Y-%m-%d %H:%M:%S} UTC"
    content = {"pid": os.getpid(), "since": since, "command": command_line()}
    with suppress(OSError):
        (folder / HOLDER).unlink(missing_ok=True)  # which may be a link
        with (folder / HOLDER).open("x", encoding="utf-8") as file:
            json.dump(content, file)


def _remove(file: Path) -> None:
    """Remove a file where that can be done: not on a disk that has become read-only."""
    with suppress(OSError):
        file.unlink()


def _holder(folder: Path) -> dict[str, object]:
    try:
        found = json.loads((folder / HOLDER).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _at_work(folder: Path) -> str:
    holder = _holder(folder)
    if not {"pid", "since", "command"} <= holder.keys():
        return "a folder in which another process is at work"
    return "a folder in which process {pid} is at work since {since} ({command})".format_map(holder)
