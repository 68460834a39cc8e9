"""Where results are written: a folder for one result, reused, refused or replaced as a whole.

Everything that leaves a folder behind (a run, a comparison, twins, an explanation, a sweep, a validation) writes it
through :class:`OutputFolder`; a single file that is drawn anew goes through :func:`new_file`.
"""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from maxpressure.base.errors import InputError
from maxpressure.experiments.manifest import MANIFEST, digest, table
from maxpressure.experiments.schema import TABLES

OUTPUTS: Final = "outputs"
WAVE: Final = "wave.png"
PICTURES: Final = "pictures"
EXPLAINED: Final = "explain"
REPORTS: Final = ("report.html", "report.pdf")
RESULT_FILES: Final = frozenset({MANIFEST, WAVE, *REPORTS, *(table(Path(), name).name for name in TABLES)})
DRAWN_FROM_THEM: Final = ("compare", EXPLAINED, PICTURES)
"""Folders within a folder of results that hold what was made of them: pages, pictures, their tables."""

MADE: Final = (".csv", ".json", ".md", ".png")
STRAYS: Final = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
"""Files that file managers leave in any folder they show, in small letters; they belong to no result."""

LONGEST_NAME: Final = 100


class OutputFolder:
    """A folder that holds one result and nothing else, recognised by one file.

    Parameters
    ----------
    path
        The folder. It need not exist; symbolic links are followed.
    mark
        The file by which such a result is recognised, for example ``twin.json``.
    files
        The names of all files that such a result may have. A folder with any other file in it is refused.
    contents
        What messages call the result, for example ``twins``.
    kind
        The entry ``kind`` that the mark must have, where it is a file in JSON.
    """

    def __init__(
        self, path: str | Path, *, mark: str, files: Collection[str], contents: str, kind: str = ""
    ) -> None:
        self.path = Path(os.path.realpath(path))
        self.mark = mark
        self.files = frozenset({mark, *files})
        self.contents = contents
        self.kind = kind

    def holds_result(self) -> bool:
        """Whether an earlier result is there; False for no folder and for an empty one.

        Whatever else is there is refused by an InputError, since only a result may ever be replaced. What file
        managers leave behind counts for nothing.
        """
        try:
            present = self._present()
        except OSError as fault:
            raise self._refused(fault.strerror or "a folder that cannot be read") from None
        if not present:
            return False
        foreign = [name for name in present if name not in self.files and not _drawn(self.path / name)]
        if foreign:
            raise self._refused(f"a folder with {foreign[0]!r} in it")
        if self.mark not in present:
            by_hand = f"; without {self.mark} it is unknown whose files these are: delete the folder by hand"
            raise self._refused(f"a folder without {self.mark}", by_hand)
        return True

    def earlier(self) -> dict[str, Any] | None:
        """The content of the mark of the result that is there, or None where there is no result.

        Raises InputError where the mark is damaged or of another kind, and as :meth:`holds_result`.
        """
        if not self.holds_result():
            return None
        path = self.path / self.mark
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as fault:
            raise InputError(file=path, key="file", given=str(fault), allowed="a file in JSON") from None
        if not isinstance(content, dict) or content.get("kind") != self.kind:
            allowed = f"a folder of {self.contents} that maxpressure wrote"
            raise InputError(file=path, key="kind", given="another program's file", allowed=allowed)
        return content

    def check_same(
        self, earlier: Mapping[str, Any], now: Mapping[str, Any], free: Collection[str] = ()
    ) -> None:
        """Raise InputError where the earlier result is of another run; the entries ``free`` may differ."""
        differing = [key for key in now if key not in free and earlier.get(key) != now[key]]
        if differing:
            self.refuse_other(f"other {', '.join(differing)}")

    def refuse_other(self, differences: str) -> None:
        """Raise InputError where there are differences between the result that is there and the one asked for."""
        if differences:
            given = f"{self.contents} of another run: {differences}"
            allowed = f"another folder, by --out, or --force to replace the {self.contents} there"
            raise InputError(file=self.path, key="out", given=given, allowed=allowed)

    def check_files(self, digests: Mapping[str, str]) -> None:
        """Raise InputError where a file of this SHA-256 is missing or has changed since it was written."""
        for name, known in digests.items():
            path = self.path / name
            if not path.is_file() or digest(path) != known:
                allowed = "the file as it was written; --force makes it again"
                raise InputError(file=path, key="file", given="missing or changed", allowed=allowed)

    @contextmanager
    def new(self) -> Iterator[Path]:
        """A temporary folder to write into, which takes this folder's name when the block ends well.

        An earlier result stays until then and is replaced as a whole; when the block fails, the temporary folder is
        removed and the earlier result remains. Raises InputError as :meth:`holds_result`, and where no folder can
        be made.
        """
        replacing = self.holds_result()
        with new_folder(self.path, replacing=replacing) as partial:
            yield partial

    def _present(self) -> list[str]:
        """The names in the folder but for strays, none where there is no folder yet."""
        if self.path.is_dir():
            if self.path == Path.cwd():
                raise self._refused("the current folder")
            return sorted(entry.name for entry in self.path.iterdir() if not _stray(entry))
        if self.path.exists() or self.path.is_symlink():
            raise self._refused("a file")
        return []

    def _refused(self, given: str, advice: str = "") -> InputError:
        allowed = f"a new folder, or one of earlier {self.contents} and nothing else{advice}"
        return InputError(file=self.path, key="out", given=given, allowed=allowed)


def results_folder(path: str | Path) -> OutputFolder:
    """The folder of a run's results at this path."""
    return OutputFolder(path, mark=MANIFEST, files=RESULT_FILES, contents="results")


def default_folder(names: Sequence[str]) -> Path:
    """outputs/NAME below the current folder; several names are joined by +, or counted where that is long."""
    joined = "+".join(names)
    if len(joined) > LONGEST_NAME:
        joined = f"{names[0]}+{len(names) - 1}-more"
    return Path(OUTPUTS, joined)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a mark or another small file as indented JSON in UTF-8."""
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    path.write_text(text, encoding="utf-8", newline="\n")


def _drawn(entry: Path) -> bool:
    """Whether a folder holds what was made of the results beside it and nothing else."""
    return (
        entry.name in DRAWN_FROM_THEM
        and entry.is_dir()
        and all(one.suffix in MADE for one in entry.rglob("*") if not (one.is_dir() or _stray(one)))
    )


def _stray(entry: Path) -> bool:
    return entry.name.casefold() in STRAYS and entry.is_file()


@contextmanager
def new_folder(path: Path, *, replacing: bool) -> Iterator[Path]:
    """A temporary folder beside ``path``, which takes its name when the block ends well and is else removed.

    With ``replacing`` the folder already there stays until then. Raises InputError where no folder can be made.
    """
    partial = _beside(path, "partial")
    try:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            partial.mkdir()
        except OSError as fault:
            allowed = "a path at which a folder can be made"
            raise InputError(file=path, key="out", given=fault.strerror, allowed=allowed) from None
        yield partial
        _put(partial, path, replacing=replacing)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """A temporary file beside the folder of ``path``, which becomes ``path`` when the block ends well."""
    partial = _beside(path.parent, "partial")
    try:
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _put(partial: Path, path: Path, *, replacing: bool) -> None:
    """Rename the old folder aside and the new one in; broken off between the two, the old one comes back."""
    aside = _beside(path, "replaced")
    try:
        if replacing:
            path.rename(aside)
        elif path.is_dir():
            for stray in filter(_stray, path.iterdir()):
                stray.unlink()
            path.rmdir()  # only ever an empty one: anything else makes this fail
        partial.rename(path)
    finally:
        if aside.exists() and not path.exists():
            aside.rename(path)
        shutil.rmtree(aside, ignore_errors=True)


def _beside(path: Path, what: str) -> Path:
    """A hidden name of its own in the same folder, so that renaming never crosses a disk."""
    return path.with_name(f".{path.name}.{what}-{uuid.uuid4().hex[:8]}")
