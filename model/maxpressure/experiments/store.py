"""Where a batch lies: a folder on this machine or in an object store, as small files with names.

A file appears whole or not at all: locally by a temporary name and a rename, elsewhere by the store's own put. Names
are relative to the folder, with forward slashes. No name leads out of the folder, neither by dots nor by a symbolic
link, and no file is read that is larger than any of ours.
"""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from urllib.request import url2pathname

from maxpressure.base.errors import InputError, Wrong, nearest
from maxpressure.base.paths import user_path
from maxpressure.base.reading import reading

SCHEMES: Final = ("file", "s3", "gs", "gcs", "az", "abfs", "abfss", "memory")
"""What a URL may begin with. ``memory`` is a store within this process, for tests and notebooks."""

LARGEST: Final = 1 << 30
"""Bytes of the largest file that is read whole; a part of a thousand worlds has about ten million."""

READABLE: Final = "a file that can be read"
NAME: Final = re.compile(r"[\w.-]+(?:/[\w.-]+)*")


def _checked(name: str, place: str) -> str:
    """A name that is a path below the folder; raises InputError for any other."""
    if not NAME.fullmatch(name) or any(set(step) <= {"."} for step in name.split("/")):
        allowed = "the name of a file in the folder: letters, digits, '-', '_', '.' and '/'"
        raise InputError(file=place, key="name", given=name, allowed=allowed)
    return name


def _led_away(path: Path) -> InputError:
    allowed = "a file of the folder itself; replace the link by what it leads to, or remove it"
    return InputError(file=path, key="file", given=Wrong("is a symbolic link"), allowed=allowed)


def _check_size(size: int, file: str | Path) -> None:
    if size > LARGEST:
        raise InputError(
            file=file, key="file", given=Wrong(f"has {size} bytes"), allowed=f"at most {LARGEST} bytes"
        )


class LocalStore:
    """A folder on this machine."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def place(self) -> str:
        """The folder as the user knows it."""
        return str(self.root)

    def path(self, name: str) -> Path:
        """Where a file lies or will lie.

        Raises InputError where a symbolic link stands on the way there below the folder, or at its end.
        """
        path = self.root / _checked(name, self.place)
        with reading(path, allowed=READABLE):
            straight = os.path.join(os.path.realpath(self.root), *name.split("/"))  # noqa: PTH118  # as realpath
            led_away = os.path.normcase(os.path.realpath(path)) != os.path.normcase(straight)
        if led_away:
            raise _led_away(path)
        return path

    def put(self, name: str, content: bytes) -> None:
        """Write under a temporary name, flush to disk, rename; a folder that is gone meanwhile is not made anew."""
        path = self.path(name)
        path.parent.mkdir(exist_ok=True)
        partial = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.partial")
        try:
            with partial.open("xb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)

    def clear(self) -> None:
        """Remove files that a process that is gone left half-written; the caller is alone in the folder."""
        for partial in [*self.root.glob(".*.partial"), *self.root.glob("*/.*.partial")]:
            partial.unlink(missing_ok=True)

    def get(self, name: str) -> bytes | None:
        """A file's content, or None where there is none; raises InputError where it cannot be read."""
        path = self.path(name)
        with reading(path, allowed=READABLE):
            if not path.is_file():
                return None
            _check_size(path.stat().st_size, path)
            return path.read_bytes()

    def names(self, under: str = "") -> list[str]:
        """The names of all finished files, or of those ``under`` one folder; what was left half-written is not one.

        They are sorted. Raises InputError where a symbolic link is among them.
        """
        top = self.path(under) if under else self.root
        with reading(self.place, allowed="a folder that can be read"):
            paths = [path for path in top.rglob("*") if not path.name.startswith(".")]
            for path in paths:
                if path.is_symlink():
                    raise _led_away(path)
            return sorted(path.relative_to(self.root).as_posix() for path in paths if path.is_file())

    def entries(self) -> list[str]:
        """The names of the files and folders in the folder itself, sorted; no folder below is listed."""
        with reading(self.place, allowed="a folder that can be read"):
            return sorted(path.name for path in self.root.glob("*") if not path.name.startswith("."))

    def remove(self, name: str) -> None:
        """Remove a file."""
        self.path(name).unlink(missing_ok=True)


class RemoteStore:
    """A folder in a file system of fsspec."""

    def __init__(self, filesystem: Any, root: str, place: str) -> None:
        self.filesystem = filesystem
        self.root = root.rstrip("/")
        self._place = place

    @property
    def place(self) -> str:
        """The folder as the user knows it."""
        return self._place

    @property
    def shared(self) -> bool:
        """Whether other processes and machines see the same files."""
        return not self.place.startswith("memory:")

    def path(self, name: str) -> str:
        """Where a file lies or will lie."""
        return f"{self.root}/{_checked(name, self.place)}"

    def put(self, name: str, content: bytes, **how: str) -> None:
        """Write with one put, which object stores finish whole."""
        path = self.path(name)
        self.filesystem.makedirs(path.rpartition("/")[0], exist_ok=True)
        self.filesystem.pipe_file(path, content, **how)

    def create(self, name: str, content: bytes) -> bool:
        """Write a file unless one of its name is there; whether it was written.

        By a conditional put (If-None-Match, or what the store has in its place). Some servers that speak S3 ignore
        the condition.
        """
        try:
            self.put(name, content, mode="create")
        except FileExistsError:
            return False
        return True

    def get(self, name: str) -> bytes | None:
        """A file's content, or None where there is none; raises InputError where it cannot be read."""
        path = self.path(name)
        with self._reading(name):
            with suppress(FileNotFoundError):  # perhaps by an old listing, or there is none
                _check_size(self.filesystem.size(path) or 0, f"{self.place}/{name}")
            try:
                content: bytes = self.filesystem.cat_file(path)
            except FileNotFoundError:
                return None
            return content

    def names(self, under: str = "") -> list[str]:
        """The names of all files, or of those ``under`` one folder, sorted, as the store has them now."""
        with self._reading(under):
            self.filesystem.invalidate_cache()
            found = self.filesystem.find(self.path(under) if under else self.root)
        return self._relative(found)

    def entries(self) -> list[str]:
        """The names of the files and folders in the folder itself, sorted; no folder below is listed."""
        with self._reading(""), suppress(FileNotFoundError):
            self.filesystem.invalidate_cache()
            return self._relative(self.filesystem.ls(self.root, detail=False))
        return []

    def _relative(self, paths: Iterable[object]) -> list[str]:
        root = self.root.lstrip("/")
        return sorted(str(path).lstrip("/").removeprefix(root).strip("/") for path in paths)

    def remove(self, name: str) -> None:
        """Remove a file."""
        path = self.path(name)
        if self.filesystem.exists(path):
            self.filesystem.rm_file(path)

    @contextmanager
    def _reading(self, name: str) -> Iterator[None]:
        """As `reading`, for whatever a store's own library raises, such as that no credentials were found."""
        file = f"{self.place}/{name}".rstrip("/")
        try:
            with reading(file, allowed=READABLE):
                yield
        except InputError:
            raise
        except Exception as fault:  # noqa: BLE001  # each store's library has classes of its own
            raise InputError(
                file=file, key="file", given=Wrong(f"cannot be read: {fault}"), allowed=READABLE
            ) from None


Store = LocalStore | RemoteStore


def open_store(out: str | Path) -> Store:
    """The store at a path, or at a URL such as s3://bucket/folder when the extra `cluster` is installed.

    Raises InputError for a URL that begins with none of `SCHEMES`, and where no file system can be opened for it.
    """
    url = str(out)
    scheme, found, rest = url.partition("://")
    if not found or isinstance(out, Path):
        return LocalStore(user_path(out, file="results", key="folder"))
    if scheme not in SCHEMES or "::" in url:
        allowed = f"a folder, or a URL that begins with {', '.join(f'{known}://' for known in SCHEMES)}"
        close = nearest(scheme, SCHEMES)
        raise InputError(file="store", key="out", given=url, allowed=allowed, nearest=close and f"{close}://")
    if scheme == "file":
        with reading(url, key="out", allowed="a URL such as file:///home/me/results"):
            return LocalStore(Path(url2pathname(urlsplit(url).path)))
    if not rest.strip("/"):
        raise InputError(
            file="store", key="out", given=url, allowed=f"a URL such as {scheme}://bucket/folder"
        )
    return _remote(url)


def _remote(url: str) -> RemoteStore:
    try:
        import fsspec
    except ImportError:
        allowed = "a local folder, or a URL once the extra is there: pip install 'maxpressure[cluster]'"
        raise InputError(file="store", key="out", given=url, allowed=allowed) from None
    try:
        filesystem, root = fsspec.core.url_to_fs(url)
    except Exception as fault:  # noqa: BLE001  # each store's library has classes of its own
        allowed = f"a URL that fsspec can open ({fault})"
        raise InputError(file="store", key="out", given=url, allowed=allowed) from None
    return RemoteStore(filesystem, root, url)
