"""Where a batch keeps its files: a local folder, or any place that fsspec reaches, such as an object store.

A file appears whole or not at all: locally by a temporary name and a rename, elsewhere by the store's own put.
"""

from __future__ import annotations

import os
import uuid
from pathlib import Path
from typing import Any, Protocol

from maxpressure.base.errors import InputError


class Store(Protocol):
    """A folder of small files, named by paths relative to it with forward slashes."""

    @property
    def place(self) -> str:
        """The folder as the user knows it."""

    def put(self, name: str, content: bytes) -> None:
        """Write a file whole, or not at all."""

    def get(self, name: str) -> bytes | None:
        """A file's content, or None where there is none."""

    def names(self) -> list[str]:
        """The names of all finished files, sorted."""

    def remove(self, name: str) -> None:
        """Remove a file."""


class LocalStore:
    """A folder on this machine."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def place(self) -> str:
        """The folder as the user knows it."""
        return str(self.root)

    def put(self, name: str, content: bytes) -> None:
        """Write under a temporary name, flush to disk, rename."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.partial")
        try:
            with partial.open("wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)

    def get(self, name: str) -> bytes | None:
        """A file's content, or None where there is none."""
        path = self.root / name
        return path.read_bytes() if path.is_file() else None

    def names(self) -> list[str]:
        """The names of all finished files, sorted; what was left half-written is not one."""
        paths = (path for path in self.root.rglob("*") if path.is_file() and not path.name.startswith("."))
        return sorted(path.relative_to(self.root).as_posix() for path in paths)

    def remove(self, name: str) -> None:
        """Remove a file."""
        (self.root / name).unlink(missing_ok=True)


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

    def put(self, name: str, content: bytes) -> None:
        """Write with one put, which object stores finish whole."""
        path = f"{self.root}/{name}"
        self.filesystem.makedirs(path.rpartition("/")[0], exist_ok=True)
        self.filesystem.pipe_file(path, content)

    def get(self, name: str) -> bytes | None:
        """A file's content, or None where there is none."""
        try:
            content: bytes = self.filesystem.cat_file(f"{self.root}/{name}")
        except FileNotFoundError:
            return None
        return content

    def names(self) -> list[str]:
        """The names of all files, sorted."""
        found = (str(path).lstrip("/") for path in self.filesystem.find(self.root))
        return sorted(path.removeprefix(self.root.lstrip("/")).lstrip("/") for path in found)

    def remove(self, name: str) -> None:
        """Remove a file."""
        if self.filesystem.exists(f"{self.root}/{name}"):
            self.filesystem.rm_file(f"{self.root}/{name}")


def open_store(out: str | Path) -> LocalStore | RemoteStore:
    """The store at a path, or at a URL such as s3://bucket/folder when the extra `cluster` is installed."""
    if "://" not in str(out):
        return LocalStore(Path(out).expanduser())
    try:
        import fsspec
    except ImportError:
        allowed = "a local folder, or a URL once the extra is there: pip install 'maxpressure[cluster]'"
        raise InputError(file="batch", key="out", given=str(out), allowed=allowed) from None
    try:
        filesystem, root = fsspec.core.url_to_fs(str(out))
    except (ImportError, ValueError) as fault:
        raise InputError(
            file="batch", key="out", given=str(out), allowed=f"a URL fsspec can open ({fault})"
        ) from None
    return RemoteStore(filesystem, root, str(out))
