"""Where results are written: a folder for one result, reused, refused or replaced as a whole.

Everything that leaves a folder behind (a run, a comparison, twins, an explanation, a sweep, a validation) writes it
through :class:`OutputFolder`; a single file that is drawn anew goes through :func:`.swap.new_file`.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from maxpressure.base.errors import InputError, Remedy, Wrong
from maxpressure.base.paths import user_path
from maxpressure.experiments.manifest import KIND, MANIFEST, digest, table
from maxpressure.experiments.schema import TABLES
from maxpressure.experiments.seal import check_seal, parsed, sealed
from maxpressure.experiments.store import LocalStore
from maxpressure.experiments.swap import WORK, claimed, is_ours, new_contents

OUTPUTS: Final = "outputs"
WAVE: Final = "wave.png"
PICTURES: Final = "pictures"
EXPLAINED: Final = "explain"
EXPORTED: Final = "export"
REPORTS: Final = ("report.html", "report.pdf")
RESULT_FILES: Final = frozenset({MANIFEST, WAVE, *REPORTS, *(table(Path(), name).name for name in TABLES)})
DRAWN_FROM_THEM: Final = ("compare", EXPLAINED, EXPORTED, PICTURES)
"""Folders within a folder of results that hold what was made of them: pages, pictures, their tables."""

MADE: Final = (".csv", ".dta", ".json", ".md", ".parquet", ".png", ".xlsx")
STRAYS: Final = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
"""Files that file managers leave in any folder they show, in small letters; they belong to no result."""

LONGEST_NAME: Final = 100
HEAD: Final = 4096
"""Bytes at the beginning of a file, among which the sign of our own files is."""


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
        self.path = resolved(path, contents)
        self.mark = mark
        self.files = frozenset({mark, *files})
        self.contents = contents
        self.kind = kind

    def holds_result(self) -> bool:
        """Whether an earlier result is there; False for no folder and for an empty one.

        Whatever else is there is refused by an InputError, since only a result may ever be replaced. What file
        managers leave behind counts for nothing.
        """
        if (self.path / WORK).exists():  # of a process that is at work, or gone
            with self.claimed():
                return self._holds()
        return self._holds()

    def earlier(self, *, force: bool = False) -> dict[str, Any] | None:
        """The content of the mark of the result that is there, or None where there is no result.

        Raises InputError where the mark is damaged, of another kind or, unless it may be replaced (``force``), was
        edited since it was written; and as :meth:`holds_result`.
        """
        if not self.holds_result():
            return None
        path, ours = self.path / self.mark, f"a folder of {self.contents} that maxpressure wrote"
        content = LocalStore(self.path).get(self.mark) or b""
        entries = parsed(content, path, allowed=f"{ours}, with {self.mark} in JSON")
        if entries.get("kind") != self.kind:
            raise InputError(file=path, key="kind", given=Wrong("is another program's file"), allowed=ours)
        if not force:
            allowed = f"the file as this version writes it; --force replaces the {self.contents} there"
            check_seal(content, path, allowed=allowed)
        return entries

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
            given = Wrong(f"holds {self.contents} of another run: {differences}")
            allowed = Remedy(f"Take another folder by --out, or replace the {self.contents} there by --force")
            raise InputError(file=self.path, key="out", given=given, allowed=allowed)

    def check_files(self, digests: object, names: Collection[str]) -> None:
        """Raise InputError where one of these files is not there with the SHA-256 that the mark has for it."""
        known = digests if isinstance(digests, dict) else {}
        for name in names:
            path = LocalStore(self.path).path(name)
            if not path.is_file() or digest(path) != known.get(name):
                allowed = "the file as it was written; --force makes it again"
                raise InputError(file=path, key="file", given=Wrong("is missing or changed"), allowed=allowed)

    @contextmanager
    def claimed(self, *, force: bool = True) -> Iterator[None]:
        """Check the folder and keep other processes from writing into it until the block ends.

        A command does this before its work, so that it is refused at once and not at the end. What a process that is
        gone left in the folder is finished or removed. Without ``force`` an earlier result in a folder that cannot be
        written to may still be looked at. Raises InputError as :meth:`holds_result`.
        """
        if not force and (self.path / self.mark).is_file() and not os.access(self.path, os.W_OK):
            yield
            return
        with claimed(self.path, self.mark, self._present):
            self._holds()
            yield

    @contextmanager
    def new(self) -> Iterator[Path]:
        """A temporary folder to write into, whose files replace all that is in this folder when the block ends well.

        When the block fails, the temporary folder is removed and the earlier result remains. Raises InputError as
        :meth:`claimed`.
        """
        if self.path in Path.cwd().parents:
            raise self._refused("has the current folder in it")
        with self.claimed(), new_contents(self.path, self.mark) as partial:
            yield partial

    def _holds(self) -> bool:
        present = self._present()
        if present and self.mark not in present:
            by_hand = f"; without {self.mark} it is unknown whose files these are: delete the folder by hand"
            raise self._refused(f"is a folder without {self.mark}", by_hand)
        return bool(present)

    def _present(self) -> list[str]:
        """The names of the result's files in the folder, none where there is no folder yet."""
        try:
            if not self.path.is_dir():
                if self.path.exists() or self.path.is_symlink():
                    raise self._refused("is a file")
                return []
            names = [one.name for one in self.path.iterdir() if not (_is_stray(one) or is_ours(one.name))]
            foreign = [name for name in sorted(names) if not self._is_known(name)]
        except OSError as fault:
            raise self._refused(f"cannot be read: {fault.strerror or fault}") from None
        if foreign:
            batch = (
                "; `maxpressure batch` extends the batch that is in this one" if "receipts" in foreign else ""
            )
            raise self._refused(f"is a folder with {foreign[0]!r} in it", batch)
        return names

    def _is_known(self, name: str) -> bool:
        return name in self.files or _is_drawn(self.path / name)

    def _refused(self, given: str, advice: str = "") -> InputError:
        allowed = f"a new folder, or one of earlier {self.contents} and nothing else{advice}"
        return InputError(file=self.path, key="out", given=Wrong(given), allowed=allowed)


def resolved(path: str | Path, file: str) -> Path:
    """The path given for results, absolute and without links; raises InputError where it can be none."""
    try:
        return Path(os.path.realpath(user_path(path, file=file, key="out")))
    except FileNotFoundError:
        allowed = "a folder that exists to work in: the current one has been removed"
        raise InputError(file=file, key="out", given=str(path), allowed=allowed) from None


def check_own(path: Path, sign: bytes, beside: Path) -> None:
    """Raise InputError where a file at ``path``, or ``beside`` it, was not written by maxpressure.

    Its own have the ``sign`` among their first bytes; a file beside such a one is written with it.
    """
    if path.is_dir():
        raise InputError(file=path, key="out", given=Wrong("is a folder"), allowed="the path of a file")
    try:
        with path.open("rb") as stream:
            foreign = path if sign not in stream.read(HEAD) else None
    except FileNotFoundError:
        foreign = beside if beside.exists() else None
    except OSError:
        foreign = path
    if foreign is not None:
        allowed = Remedy("Take another place by --out, or move or delete this file")
        raise InputError(
            file=foreign, key="out", given=Wrong("is a file that maxpressure did not write"), allowed=allowed
        )


def results_folder(path: str | Path) -> OutputFolder:
    """The folder of a run's results at this path."""
    return OutputFolder(path, mark=MANIFEST, files=RESULT_FILES, contents="results", kind=KIND)


def default_folder(names: Sequence[str]) -> Path:
    """outputs/NAME below the current folder; several names are joined by +, or counted where that is long."""
    joined = "+".join(names)
    if len(names) > 1 and len(joined) > LONGEST_NAME:
        joined = f"{names[0]}+{len(names) - 1}-more"
    return Path(OUTPUTS, joined)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a mark as indented JSON in UTF-8, sealed."""
    path.write_bytes(sealed(content))


def _is_drawn(entry: Path) -> bool:
    """Whether a folder holds what was made of the results beside it and nothing else."""
    return entry.name in DRAWN_FROM_THEM and entry.is_dir() and all(_is_made(one) for one in entry.iterdir())


def _is_made(entry: Path) -> bool:
    if is_ours(entry.name) or _is_stray(entry):
        return True
    if entry.is_dir():
        return all(_is_made(one) for one in entry.iterdir())
    return entry.suffix in MADE


def _is_stray(entry: Path) -> bool:
    return entry.name.casefold() in STRAYS and entry.is_file()
