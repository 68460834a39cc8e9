"""What a batch has finished: its receipts read, gathered into tables, and removed.

Each chunk has a receipt of its own at first. Once there are many, they are gathered: a table of receipts is written,
then the receipts that it holds are removed. A process that ends between the two leaves receipts that are in a file of
their own and in a table too; they are the same and count once. A table is called by the SHA-256 of its content, so
writers in an object store need no lock: nobody changes a table, and each removes only what a table of its own holds.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from pydantic import ValidationError

from maxpressure.base.errors import InputError, Wrong
from maxpressure.base.refusal import refusal
from maxpressure.base.rng import WORLD_LIMIT
from maxpressure.experiments import seal
from maxpressure.experiments.manifest import Entry, Manifest
from maxpressure.experiments.receipts import RECEIPTS, Receipt, in_order, part_name, receipt_name
from maxpressure.experiments.store import Store

GATHER: Final = 64
"""So many receipts are gathered into a table; fewer stay files of their own."""

LOOKS: Final = 5
"""How often receipts are listed anew where a writer gathers them meanwhile."""

TABLE: Final = f"{RECEIPTS}/table."
REMOVE: Final = "remove the file, and its chunk is run again"


class ReceiptTable(Entry):
    """Receipts in one file."""

    receipts: tuple[Receipt, ...]


def receipts(store: Store, manifest: Manifest) -> tuple[Receipt, ...]:
    """The receipts of a folder in the order of the manifest's scenarios and of worlds.

    Raises InputError for one that is damaged, was edited, lies under another name or is of another experiment, and
    where two hold the same world.
    """
    experiment, known = manifest.experiment, dict[str, Receipt]()
    for name, content in _contents(store).items():
        file = f"{store.place}/{name}"
        for receipt in _read(name, content, file):
            _check(receipt, manifest, experiment, file)
            if not name.startswith(TABLE) and receipt_name(receipt.chunk) != name:
                given, allowed = receipt.chunk.name, f"the chunk by which the file is called; {REMOVE}"
                raise InputError(file=file, key="chunk", given=given, allowed=allowed)
            if known.setdefault(receipt.chunk.name, receipt) != receipt:
                given, allowed = (
                    Wrong(f"have {receipt.chunk.name} twice, not the same"),
                    f"one of the two; {REMOVE}",
                )
                raise InputError(file=file, key="receipts", given=given, allowed=allowed)
    return in_order(manifest, known.values(), store.place)


def _contents(store: Store) -> dict[str, bytes]:
    """Every file of receipts; listed anew where one is gone by the time it is read."""
    for _ in range(LOOKS):
        found = {name: store.get(name) for name in store.names(RECEIPTS)}
        if None not in found.values():
            break
    return {name: content or b"" for name, content in found.items()}


def gather(store: Store, gathered: Sequence[Receipt]) -> str:
    """Write the receipts as one table, then remove the file that each of them has; the table's name."""
    rows = [receipt.model_dump(mode="json") for receipt in gathered]
    content = seal.sealed({"receipts": rows})
    name = _table_name(content)
    store.put(name, content)
    for single in {receipt_name(receipt.chunk) for receipt in gathered} & set(store.names(RECEIPTS)):
        store.remove(single)
    return name


def gather_all(store: Store, done: Sequence[Receipt]) -> None:
    """Leave one table of receipts, or the files as they are if there are few receipts."""
    if len(done) >= GATHER and len(store.names(RECEIPTS)) > 1:
        _remove_tables(store, gather(store, done), done)


def remove_chunks(store: Store, gone: Sequence[Receipt], done: Sequence[Receipt]) -> None:
    """Remove those of the chunks ``done`` that are ``gone``: the receipts first, so that they count as missing."""
    names = [part_name(table, receipt.chunk) for receipt in gone for table in receipt.parts]
    singles = [receipt_name(receipt.chunk) for receipt in gone]
    for name in [*singles, *names]:
        store.path(name)  # refused before anything is removed
    if gone and any(name.startswith(TABLE) for name in store.names(RECEIPTS)):
        kept = [receipt for receipt in done if receipt not in gone]
        _remove_tables(store, gather(store, kept) if kept else "", done)
    for name in [*singles, *names]:
        store.remove(name)


def _remove_tables(store: Store, ours: str, done: Iterable[Receipt]) -> None:
    """Remove the tables that hold nothing but these receipts; not ``ours``, which was written just now."""
    known = {receipt.chunk.name for receipt in done}
    for name in store.names(RECEIPTS):
        if name.startswith(TABLE) and name != ours:
            held = _read(name, store.get(name) or b"", name)
            if all(receipt.chunk.name in known for receipt in held):
                store.remove(name)


def remove_damaged(store: Store, manifest: Manifest) -> None:
    """Remove the receipts that are not as they were written, so that their chunks count as missing.

    A file that is not called as a receipt of one of the manifest's scenarios stays.
    """
    scenarios = "|".join(map(re.escape, manifest.names))
    ours = re.compile(rf"{RECEIPTS}/(({scenarios})-[0-9]{{10}}-[0-9]{{10}}|table\.[0-9a-f]{{16}})\.json")
    for name in filter(ours.fullmatch, store.names(RECEIPTS)):
        try:
            _entries(store.get(name) or b"", name)
        except InputError:
            store.remove(name)


def _table_name(content: bytes) -> str:
    return f"{TABLE}{hashlib.sha256(content).hexdigest()[:16]}.json"


def _entries(content: bytes, file: str) -> dict[str, Any]:
    """What is in a receipt; raises InputError where it is not as it was written."""
    allowed = f"a receipt as a batch wrote it; {REMOVE}, or run the batch again with --repair"
    entries = seal.parsed(content, file, allowed=allowed)
    seal.check_seal(content, file, allowed=allowed)
    return entries


def _read(name: str, content: bytes, file: str) -> Iterator[Receipt]:
    """The receipt in a file, or those of a table; raises InputError where a table is called otherwise."""
    entries, table = _entries(content, file), name.startswith(TABLE)
    kind = ReceiptTable if table else Receipt
    try:
        found = kind.model_validate(entries)
    except ValidationError as fault:
        raise refusal(fault, kind, file) from None
    if isinstance(found, ReceiptTable):
        if _table_name(content) != name:
            allowed = f"{_table_name(content).removeprefix(RECEIPTS)[1:]}, by its content; {REMOVE}"
            raise InputError(
                file=file, key="file", given=Wrong("is a table under another name"), allowed=allowed
            )
        yield from found.receipts
    else:
        yield found


def _check(receipt: Receipt, manifest: Manifest, experiment: str, file: str) -> None:
    """Raise InputError where a receipt cannot be of this batch."""
    if receipt.experiment != experiment or receipt.scenario not in manifest.names:
        given = Wrong(f"is another one ({receipt.experiment[:12]}…)")
        allowed = f"receipts of the experiment of the manifest ({experiment[:12]}…); {REMOVE}"
        raise InputError(file=file, key="experiment", given=given, allowed=allowed)
    if receipt.numbers.stop > WORLD_LIMIT:
        allowed = f"worlds below {WORLD_LIMIT}"
        raise InputError(file=file, key="worlds", given=receipt.worlds, allowed=allowed)
    failed = set(receipt.failed)
    first = range(receipt.first, min(receipt.numbers.stop, manifest.keep_weeks))
    kept = any(world not in failed for world in first)
    if bool(receipt.parts["weeks"].rows) != kept:
        allowed = "rows if weeks were kept of any world, else none"
        rows = receipt.parts["weeks"].rows
        raise InputError(file=file, key="parts.weeks.rows", given=rows, allowed=allowed)
