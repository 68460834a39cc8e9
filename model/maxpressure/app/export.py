"""The page saved into a folder, to be put on any web space or opened by a double click: the client and its answers.

``index.html`` with ``static/`` and ``answers/`` is for a web space. ``page.html`` holds all of it in one file, since a
browser that opens a file from a disk lets it load no other. Both have a content security policy in their head.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from maxpressure.app.answers import build_of, packed
from maxpressure.app.client import FOLDER, STATIC, Client, client_digest
from maxpressure.app.saved import Saved, shortened
from maxpressure.experiments.executors import counted
from maxpressure.experiments.folder import OutputFolder, write_json

MARK: Final = "saved.json"
PAGE: Final = "index.html"
ALONE: Final = "page.html"
ANSWERS: Final = "answers"
KIND: Final = "maxpressure app"
INDEX: Final = "index"
BOOK: Final = "book"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A saved page: its folder, how many answers it has, the bytes of the web space's files and of the one file."""

    folder: Path
    answers: int
    spread: int
    alone: int
    kept: bool = False
    """Whether the same page was there already."""


def export(wanted: Saved, place: str | Path, *, force: bool = False, progress: bool = True) -> Exported:
    """Save the page into a folder; nothing is left half-written.

    Parameters
    ----------
    wanted : Saved
        What the page can be asked, as of :func:`.saved.saved`.
    place : str or Path
        The folder: a new one, an empty one, or one of an earlier saved page.
    force : bool, optional
        Replace an earlier saved page of another version.
    progress : bool, optional
        Show a bar on the terminal.

    Returns
    -------
    Exported

    Raises
    ------
    InputError
        For a folder that holds anything else, or a saved page of another version unless ``force``.
    """
    output = OutputFolder(
        place, mark=MARK, files={PAGE, ALONE, STATIC, ANSWERS}, contents="saved pages", kind=KIND
    )
    about = {"kind": KIND, "build": build_of(wanted.basis), "client": client_digest()}
    with output.claimed(force=force):
        earlier = output.earlier(force=force)
        if earlier is not None and not force:
            output.check_same(earlier, about)
            return _exported(output.path, kept=True)
        files = _answers(wanted, progress=progress)
        with output.new() as partial:
            _write(partial, files)
            write_json(partial / MARK, about | {"answers": len(files) - 2})
    return _exported(output.path)


def _answers(wanted: Saved, *, progress: bool) -> dict[str, bytes]:
    """The files of the answers by name: the index, the book, and each answer, packed."""
    files: dict[str, bytes] = {}
    index: dict[str, str] = {}
    for piece in counted(wanted.pieces(), unit="pieces", progress=progress):
        for address, answer in piece().items():
            index[address] = name = f"{address.partition('?')[0]}-{len(files):04d}"
            files[name] = packed(shortened(answer)).body
    book = wanted.book() | {"build": build_of(wanted.basis)}
    return {INDEX: packed({"book": BOOK, "answers": index}).body, BOOK: packed(book).body, **files}


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    client = Client.read(FOLDER)
    (folder / PAGE).write_text(client.spread(), encoding="utf-8")
    for name, content in client.files():
        path = folder / STATIC / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (folder / ANSWERS).mkdir()
    for name, content in files.items():
        (folder / ANSWERS / f"{name}.bin").write_bytes(content)
    (folder / ALONE).write_text(client.alone(files), encoding="utf-8")


def _exported(folder: Path, *, kept: bool = False) -> Exported:
    found = list((folder / ANSWERS).glob("*.bin"))
    spread = [folder / PAGE, *(one for one in (folder / STATIC).rglob("*") if one.is_file()), *found]
    return Exported(
        folder=folder,
        answers=len(found) - 2,
        spread=sum(one.stat().st_size for one in spread),
        alone=(folder / ALONE).stat().st_size,
        kept=kept,
    )
