"""Folders of one batch put together as one: worlds that were run on several machines, or at several times."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from maxpressure.base.errors import InputError, Wrong
from maxpressure.experiments.finished import gather_all
from maxpressure.experiments.folder import resolved
from maxpressure.experiments.manifest import MANIFEST, Manifest
from maxpressure.experiments.parts import check_part
from maxpressure.experiments.receipts import Receipt, in_order, part_name, receipt_name
from maxpressure.experiments.store import LocalStore, Store, open_store
from maxpressure.experiments.swap import claimed, is_ours, new_contents
from maxpressure.results.results import Results, load

United = dict[str, tuple[Results, Receipt]]
"""Each chunk's receipt by the chunk's name, with the results that it is taken from."""


def merge(folders: Sequence[str | Path], out: str | Path) -> Results:
    """Put the finished worlds of several batch folders together in a new folder, and open it.

    The folders are not changed. Each part is checked as it is copied; a local ``out`` appears when all is done, or not
    at all.

    Parameters
    ----------
    folders : sequence of str or Path
        Folders or URLs that ``maxpressure batch`` wrote, with the same scenarios, seed, parameters, evidence and code.
        They may differ in their worlds; worlds that several have must be the same in all.
    out : str or Path
        A new or empty folder, or a URL.

    Returns
    -------
    Results
        The results in ``out``.

    Raises
    ------
    InputError
        Where the folders do not fit together, and where anything is at ``out``.

    Examples
    --------
    >>> import tempfile
    >>> import maxpressure as mp
    >>> from maxpressure.experiments.batch import run_batch
    >>> from maxpressure.experiments.experiment import read_experiment
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     experiment = read_experiment("class", worlds=2)
    ...     for name in ("here", "there"):
    ...         _ = run_batch(experiment, f"{folder}/{name}", progress=False)
    ...     mp.merge([f"{folder}/here", f"{folder}/there"], f"{folder}/both").manifest.worlds
    2
    """
    opened = [load(folder) for folder in folders]
    if not opened:
        raise InputError(
            file="merge", key="folders", given=Wrong("are missing"), allowed="at least one folder"
        )
    for results in opened:
        _check_fits(results, opened[0])
    united = _united(opened)
    manifest = _together([results.manifest for results in opened])
    ordered = in_order(manifest, [receipt for _, receipt in united.values()], "merge")
    with _new(out) as store:
        for receipt in ordered:
            _copy(united[receipt.chunk.name][0], receipt, store)
        gather_all(store, ordered)
        store.put(MANIFEST, manifest.text())
    return load(out)


def _check_fits(results: Results, first: Results) -> None:
    """Batches of the same experiment fit; whole tables hold no parts that could be put beside others."""
    if results.manifest.tables:
        given = Wrong("holds results of `maxpressure run`")
        allowed = "folders that `maxpressure batch` wrote; run the same worlds as a batch"
        raise InputError(file=results.place, key="folder", given=given, allowed=allowed)
    differences = first.manifest.as_batch().differences(results.manifest.as_batch())
    if differences:
        allowed = f"a batch of the same experiment as {first.place}"
        given = Wrong(f"holds another experiment: {differences}")
        raise InputError(file=results.place, key=MANIFEST, given=given, allowed=allowed)


def _united(opened: Sequence[Results]) -> United:
    united: United = {}
    for results in opened:
        for receipt in results.files.receipts:
            name = receipt.chunk.name
            source, known = united.setdefault(name, (results, receipt))
            if known != receipt:
                differing = [table for table, part in known.parts.items() if part != receipt.parts[table]]
                given = f"{', '.join(differing) or 'failed worlds'} other than in {source.place}"
                allowed = (
                    "the same worlds with the same bytes in every folder; leave out the one that is wrong"
                )
                raise InputError(file=results.place, key=name, given=given, allowed=allowed)
    return united


def _together(manifests: Sequence[Manifest]) -> Manifest:
    """The first manifest with the most worlds asked for, all commands, and the span of all times."""
    return manifests[0].model_copy(
        update={
            "worlds": max(manifest.worlds for manifest in manifests),
            "command": " && ".join(dict.fromkeys(manifest.command for manifest in manifests)),
            "started": min(manifest.started for manifest in manifests),
            "ended": max(manifest.ended for manifest in manifests),
        }
    )


@contextmanager
def _new(out: str | Path) -> Iterator[Store]:
    """A store that is empty: locally a temporary folder, whose files come to ``out`` when all went well."""
    store = open_store(out)
    if isinstance(store, LocalStore):
        root = resolved(store.root, "merge")

        def check() -> None:
            _check_empty(root, _present(root))

        with claimed(root, MANIFEST, check), new_contents(root, MANIFEST) as folder:
            yield LocalStore(folder)
    else:
        _check_empty(store.place, store.entries())
        yield store


def _present(folder: Path) -> list[str]:
    """What is in a folder, hidden files too."""
    if folder.is_dir():
        return sorted(entry.name for entry in folder.iterdir() if not is_ours(entry.name))
    return [folder.name] if folder.exists() else []


def _check_empty(place: str | Path, present: Sequence[str]) -> None:
    if present:
        given = Wrong(f"is a folder with {present[0]!r} in it")
        raise InputError(file=place, key="out", given=given, allowed="a new or an empty folder")


def _copy(source: Results, receipt: Receipt, store: Store) -> None:
    """A chunk's parts, checked, then its receipt."""
    for table, part in receipt.parts.items():
        content = check_part(source.files.store, source.manifest, receipt, table)
        if part.rows:
            store.put(part_name(table, receipt.chunk), content)
    store.put(receipt_name(receipt.chunk), receipt.text())
