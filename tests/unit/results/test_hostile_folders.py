"""Folders that come from others: whatever is in them is refused in words, and nothing outside them is touched."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from batches import chunks_of, experiment, short
from maxpressure.api import run
from maxpressure.base.errors import InputError
from maxpressure.experiments import seal
from maxpressure.experiments.batch import run_batch
from maxpressure.experiments.manifest import MANIFEST, parsed_manifest, read_manifest
from maxpressure.experiments.schema import TABLES
from maxpressure.experiments.store import SCHEMES, LocalStore, open_store
from maxpressure.model.case import Case
from maxpressure.results.merge import merge
from maxpressure.results.results import load
from pilot import PILOT

WORLDS, CHUNK = 4, 2
FIRST = "short-0000000000-0000000001"


@pytest.fixture(scope="module")
def batch(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two scenarios in four worlds each, in chunks of two."""
    place = tmp_path_factory.mktemp("hostile") / "batch"
    with pytest.MonkeyPatch.context() as patch:
        chunks_of(patch, CHUNK)
        run_batch(experiment(case, WORLDS), place, workers=1, progress=False)
    return place


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two worlds of one scenario, a file for each table."""
    place = tmp_path_factory.mktemp("hostile") / "whole"
    return run(short(), worlds=2, out=place, parameters=PILOT, workers=1, progress=False).folder


@pytest.fixture
def copy(batch: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(batch, tmp_path / "folder" / "copy"))


@pytest.fixture
def copy_of_whole(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "folder" / "copy"))


def rewrite(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the entries of a sealed file and seal it again, as who forges a folder would."""
    entries = json.loads(path.read_bytes())
    del entries[seal.SEAL]
    change(entries)
    path.write_bytes(seal.sealed(entries))


def receipt(place: Path, name: str = FIRST) -> Path:
    return place / "receipts" / f"{name}.json"


def replace_part(place: Path, table: str, change: Callable[[pa.Table], pa.Table], **how: Any) -> None:
    """Write other rows in place of a part's, with their number and digest in a receipt that is sealed again."""
    path = place / f"{table}.parquet" / f"{FIRST}.parquet"
    rows = change(pq.read_table(path))
    pq.write_table(rows, path, **how)
    known = {"rows": len(rows), "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    rewrite(receipt(place), lambda entries: entries["parts"].update({table: known}))


def every_reader(place: Path, case: Case) -> dict[str, Callable[[], object]]:
    """What the commands do with a folder."""
    given = experiment(case, WORLDS)
    how = {"workers": 1, "progress": False}
    return {
        "check": lambda: load(place).check(),
        "digests": lambda: load(place).digests(),
        "merge": lambda: merge([place], place.parent / "merged"),
        "resume": lambda: (run_batch(given, place, **how), load(place).check()),
    }


def refused(place: Path, case: Case) -> list[InputError]:
    """The refusals of every reader; nothing new lies beside the folder."""
    found = []
    for read in every_reader(place, case).values():
        with pytest.raises(InputError) as refusal:
            read()
        found.append(refusal.value)
    assert [path.name for path in place.parent.iterdir()] == [place.name]
    return found


# ---- manifests


def test_one_edited_character_anywhere_in_a_manifest_or_a_receipt_is_seen(batch: Path) -> None:
    for path in (batch / MANIFEST, receipt(batch)):
        content = path.read_bytes()
        for position in range(len(content)):
            edited = bytearray(content)
            edited[position] ^= 1
            with pytest.raises(InputError):
                _read(path, bytes(edited))


def _read(path: Path, content: bytes) -> None:
    if path.name == MANIFEST:
        parsed_manifest(content, path)
    else:
        seal.parsed(content, path, allowed="")
        seal.check_seal(content, path, allowed="")


def setting(*steps: str | int, to: object) -> Callable[[dict[str, Any]], None]:
    def change(entries: dict[str, Any]) -> None:
        inner: Any = entries
        for step in steps[:-1]:
            inner = inner[step]
        inner[steps[-1]] = to

    return change


def twice(entries: dict[str, Any]) -> None:
    entries["scenarios"].append(entries["scenarios"][0])


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (twice, "scenarios[2].name"),
        (setting("scenarios", to=[]), "scenarios"),
        (setting("scenarios", 0, "name", to="../../VICTIM"), "scenarios[0].name"),
        (setting("scenarios", 0, "name", to="a/b"), "scenarios[0].name"),
        (setting("scenarios", 0, "name", to="."), "scenarios[0].name"),
        (setting("scenarios", 0, "name", to=""), "scenarios[0].name"),
        (setting("scenarios", 0, "name", to="C:x"), "scenarios[0].name"),
        (setting("scenarios", 0, "text", to=7), "scenarios[0].text"),
        (setting("scenarios", 0, "title", to="x"), "scenarios[0].title"),
        (setting("worlds", to=0), "worlds"),
        (setting("worlds", to=-4), "worlds"),
        (setting("worlds", to=10**30), "worlds"),
        (setting("worlds", to="many"), "worlds"),
        (setting("seed", to=-1), "seed"),
        (setting("seed", to=1 << 63), "seed"),
        (setting("draws", to=0), "draws"),
        (setting("draws", to=[1]), "draws"),
        (setting("keep_weeks", to=-1), "keep_weeks"),
        (setting("parameters", "values", to={}), "parameters.values"),
        (setting("parameters", "values", "chi", to="much"), "parameters.values.chi"),
        (setting("evidence", to="../x"), "evidence"),
        (setting("code", to=""), "code"),
        (setting("tables", to={"worlds": {"rows": 4, "sha256": "0" * 64}}), "tables"),
        (setting("tables", to={"../VICTIM": {"rows": 4, "sha256": "0" * 64}}), "tables"),
        (setting("tables", to=[]), "tables"),
        (setting("started", to="yesterday"), "started"),
        (setting("command", to="maxpressure run \x1b[2J"), "command"),
        (setting("parameters", "source", to="a\u202eb"), "parameters.source"),
        (setting("versions", "numpy", to="2\n"), "versions.numpy"),
        (setting("case", to="a\u200bb"), "case"),
        (setting("unknown", to=1), "unknown"),
        (setting("experiment", to="0" * 64), "experiment"),
        (setting("format", to=3), "format"),
        (setting("format", to=[4]), "format"),
        (setting("kind", to="maxpressure twins"), "kind"),
        (lambda entries: entries.pop("seed"), "seed"),
        (lambda entries: entries.pop("scenarios"), "scenarios"),
        (lambda entries: entries.pop("experiment"), "experiment"),
    ],
)
def test_a_forged_manifest_is_refused_at_its_key(
    copy: Path, case: Case, change: Callable[[dict[str, Any]], object], key: str
) -> None:
    rewrite(copy / MANIFEST, change)
    for refusal in refused(copy, case):
        assert (refusal.file, refusal.key) == (str(copy / MANIFEST), key)


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"[]", b"null", b"7", b'"text"', b"[" * 100_000, b'{"a":' * 100_000, b"\xff\xfe\x00", b"\x00",
        b"1" * 10_000, b'{"kind": NaN}', b"\xef\xbb\xbf{}", "{}".encode("utf-16"), b'{"kind": "maxpressure results"',
    ],
)  # fmt: skip
def test_what_is_no_manifest_or_receipt_is_refused(copy: Path, case: Case, content: bytes) -> None:
    before = (copy / MANIFEST).read_bytes()
    (copy / MANIFEST).write_bytes(content)
    assert {refusal.file for refusal in refused(copy, case)} == {str(copy / MANIFEST)}
    (copy / MANIFEST).write_bytes(before)
    receipt(copy).write_bytes(content)
    assert {refusal.file for refusal in refused(copy, case)} == {str(receipt(copy))}


@pytest.mark.parametrize(
    "text",
    [
        "window = [",
        "a = " + "[" * 100_000,
        "a" + ".b" * 10_000 + " = 1",
        "nothing = 1",
        'name = "../x"',
        "\x00",
    ],
)
def test_a_forged_text_of_a_scenario_is_refused_when_it_is_read(copy: Path, text: str) -> None:
    path = copy / MANIFEST
    rewrite(path, setting("scenarios", 0, "text", to=text))
    forged = parsed_manifest(_with_experiment(path), path)
    if text.startswith("name"):
        assert forged.scenarios[0].scenario().name == "short"
        return
    with pytest.raises(InputError):
        forged.scenarios[0].scenario()


def _with_experiment(path: Path) -> bytes:
    """The manifest with the digest of the experiment that it now states."""
    with pytest.raises(InputError) as refusal:
        parsed_manifest(path.read_bytes(), path)
    rewrite(path, setting("experiment", to=refusal.value.allowed))
    return path.read_bytes()


def test_a_command_whose_quotation_does_not_end_is_replaced_by_the_call(copy_of_whole: Path) -> None:
    rewrite(copy_of_whole / MANIFEST, setting("command", to="maxpressure run 'short"))
    (copy_of_whole / "acts.parquet").unlink()
    with pytest.raises(InputError, match=r"maxpressure\.run"):
        load(copy_of_whole).check()


# ---- receipts


def drop_acts(entries: dict[str, Any]) -> None:
    del entries["parts"]["acts"]


def rename_acts(entries: dict[str, Any]) -> None:
    entries["parts"] = {
        ("../VICTIM" if name == "acts" else name): part for name, part in entries["parts"].items()
    }


NONE = {"rows": 0, "sha256": hashlib.sha256(b"").hexdigest()}


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (drop_acts, "parts"),
        (rename_acts, "parts"),
        (setting("parts", to={}), "parts"),
        (setting("parts", "more", to=NONE), "parts"),
        (setting("parts", "worlds", to=NONE), "parts.worlds.rows"),
        (setting("parts", "tallies", to=NONE), "parts.tallies.rows"),
        (setting("parts", "weeks", to=NONE), "parts.weeks.rows"),
        (setting("parts", "acts", "rows", to=10**12), "parts.acts.rows"),
        (setting("parts", "acts", "rows", to=-1), "parts.acts.rows"),
        (setting("parts", "acts", "sha256", to="../x"), "parts.acts.sha256"),
        (setting("scenario", to="../../VICTIM"), "scenario"),
        (setting("scenario", to="other"), "experiment"),
        (setting("scenario", to="quiet"), "chunk"),
        (setting("experiment", to="0" * 64), "experiment"),
        (setting("first", to=2), "chunk"),
        (setting("first", to=-2), "first"),
        (setting("first", to=10**20), "first"),
        (setting("worlds", to=0), "worlds"),
        (setting("worlds", to=10**9), "worlds"),
        (setting("worlds", to=1), "parts.worlds.rows"),
        (setting("failed", to=[7]), "failed"),
        (setting("failed", to=[1, 0]), "failed"),
        (setting("failed", to="all"), "failed"),
        (setting("unknown", to=1), "unknown"),
    ],
)
def test_a_forged_receipt_is_refused_at_its_key(
    copy: Path, case: Case, change: Callable[[dict[str, Any]], object], key: str
) -> None:
    victim = copy.parent / "VICTIM" / f"{FIRST}.parquet"
    rewrite(receipt(copy), change)
    for refusal in refused(copy, case):
        assert (refusal.file, refusal.key) == (str(receipt(copy)), key)
    assert not victim.exists()


def test_acts_said_to_be_none_are_refused_since_ties_moved(copy: Path, case: Case) -> None:
    rewrite(receipt(copy), setting("parts", "acts", to=NONE))
    found = refused(copy, case)
    assert {refusal.key for refusal in found} == {"rows"}
    assert all("acts.parquet" in refusal.file for refusal in found)


def test_a_part_and_a_receipt_of_another_seed_are_refused(
    copy: Path, case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chunks_of(monkeypatch, CHUNK)
    other = tmp_path / "other"
    given = replace(experiment(case, CHUNK), seed=8)
    run_batch(given, other, workers=1, progress=False)
    for path in sorted(other.rglob(f"{FIRST}.*")):
        shutil.copyfile(path, copy / path.relative_to(other))
    for refusal in refused(copy, case):
        assert (refusal.file, refusal.key) == (str(receipt(copy)), "experiment")


# ---- parts


def shifted(rows: pa.Table) -> pa.Table:
    place = rows.schema.get_field_index("world")
    world = pa.array(rows["world"].to_numpy() + 1, pa.int32())
    return rows.set_column(place, rows.schema.field(place), world)


def as_text(rows: pa.Table) -> pa.Table:
    place = rows.schema.get_field_index("week" if "week" in rows.column_names else "acts")
    return rows.set_column(place, rows.column_names[place], rows.column(place).cast(pa.string()))


def as_struct(rows: pa.Table) -> pa.Table:
    last = rows.num_columns - 1
    return rows.set_column(last, rows.column_names[last], pa.array([{"a": 1}] * len(rows)))


def of_another_scenario(rows: pa.Table) -> pa.Table:
    field = rows.schema.field(0)
    return rows.set_column(0, field, pa.array(["quiet"] * len(rows)).dictionary_encode().cast(field.type))


def with_a_row_twice(rows: pa.Table) -> pa.Table:
    return pa.concat_tables([rows.slice(0, 1), rows])


def without_the_last_row(rows: pa.Table) -> pa.Table:
    return rows.slice(0, len(rows) - 1)


def with_a_column_more(rows: pa.Table) -> pa.Table:
    return rows.append_column("more", pa.array([1] * len(rows)))


def without_a_column(rows: pa.Table) -> pa.Table:
    return rows.drop_columns([rows.column_names[-1]])


def that_may_be_blank(rows: pa.Table) -> pa.Table:
    fields = [field.with_nullable(True) for field in rows.schema]
    return pa.table(rows.columns, schema=pa.schema(fields))


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(
    "change",
    [
        as_text, as_struct, of_another_scenario, with_a_row_twice, without_the_last_row, with_a_column_more,
        without_a_column, that_may_be_blank,
    ],
)  # fmt: skip
def test_a_sound_part_with_other_rows_or_columns_is_refused(
    copy: Path, case: Case, table: str, change: Callable[[pa.Table], pa.Table]
) -> None:
    replace_part(copy, table, change)
    for refusal in refused(copy, case)[:2]:
        assert FIRST in refusal.file


@pytest.mark.parametrize("outcome", ["embassies", None])
def test_tallies_without_a_week_or_without_an_outcome_of_a_week_are_refused(
    copy: Path, case: Case, outcome: str | None
) -> None:
    def without(rows: pa.Table) -> pa.Table:
        gone = rows["week"].to_numpy() == rows["week"].to_numpy().min() + 1
        if outcome is not None:
            gone &= rows["outcome"].cast(pa.string()).to_numpy() == outcome
        return rows.filter(pa.array(~gone))

    replace_part(copy, "tallies", without)
    for refusal in refused(copy, case)[:2]:
        assert (FIRST in refusal.file, refusal.key) == (True, "column week")


@pytest.mark.parametrize("table", TABLES)
def test_a_part_in_more_row_groups_than_are_written_is_refused(copy: Path, table: str) -> None:
    replace_part(copy, table, lambda rows: rows, row_group_size=1)
    with pytest.raises(InputError) as refusal:
        load(copy).check()
    assert refusal.value.key == "row groups"


@pytest.mark.parametrize("table", ["worlds", "weeks", "acts"])
def test_a_part_with_the_rows_of_other_worlds_is_refused(copy: Path, table: str) -> None:
    replace_part(copy, table, shifted)
    with pytest.raises(InputError) as refusal:
        load(copy).check()
    assert refusal.value.key in {"column draw", "column world", "rows"}


@pytest.mark.parametrize(
    "content", [b"", b"PAR1", b"PAR1" + bytes(64) + b"PAR1", b"PAR1" * 100, b"not Parquet"]
)
@pytest.mark.parametrize("table", TABLES)
def test_a_part_that_is_no_parquet_file_is_refused(copy: Path, table: str, content: bytes) -> None:
    path = copy / f"{table}.parquet" / f"{FIRST}.parquet"
    path.write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    rewrite(receipt(copy), setting("parts", table, "sha256", to=digest))
    with pytest.raises(InputError) as refusal:
        load(copy).check()
    assert FIRST in refusal.value.file


@pytest.mark.parametrize(
    "change", [as_text, as_struct, without_the_last_row, of_another_scenario, without_a_column]
)
@pytest.mark.parametrize("table", TABLES)
def test_a_forged_table_in_one_file_is_refused(
    copy_of_whole: Path, table: str, change: Callable[[pa.Table], pa.Table]
) -> None:
    path = copy_of_whole / f"{table}.parquet"
    rows = change(pq.read_table(path))
    pq.write_table(rows, path)
    count = len(rows) + (change is without_the_last_row)
    known = {"rows": count, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    rewrite(copy_of_whole / MANIFEST, setting("tables", table, to=known))
    with pytest.raises(InputError) as refusal:
        load(copy_of_whole).table(table)
    assert refusal.value.file == str(path)


# ---- links and places


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
@pytest.mark.parametrize(
    "name", [MANIFEST, f"receipts/{FIRST}.json", f"acts.parquet/{FIRST}.parquet", "acts.parquet", "receipts"]
)
def test_a_symbolic_link_is_neither_read_nor_written_through(
    copy: Path, case: Case, tmp_path: Path, name: str
) -> None:
    outside = tmp_path / "outside"
    (copy / name).rename(outside)
    (copy / name).symlink_to(outside)
    before = {path: path.read_bytes() for path in (outside, *outside.rglob("*")) if path.is_file()}
    readers = every_reader(copy, case)
    readers["repair"] = lambda: run_batch(
        experiment(case, WORLDS), copy, workers=1, progress=False, repair=True
    )
    for read in readers.values():
        with pytest.raises(InputError, match="symbolic link"):
            read()
    assert {path: path.read_bytes() for path in before} == before


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
def test_a_table_of_a_run_behind_a_symbolic_link_is_refused(copy_of_whole: Path, tmp_path: Path) -> None:
    (copy_of_whole / "acts.parquet").rename(tmp_path / "outside")
    (copy_of_whole / "acts.parquet").symlink_to(tmp_path / "outside")
    with pytest.raises(InputError, match="symbolic link"):
        _ = load(copy_of_whole).acts


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
def test_a_folder_reached_by_a_link_is_a_folder_like_any_other(batch: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(batch)
    load(tmp_path / "link").check()


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "a/../b", "/etc/passwd", "a//b", "a\\b", "a\x00", "C:/x", "a/", "~/x"]
)
def test_a_name_that_leads_elsewhere_is_no_name_of_a_file(tmp_path: Path, name: str) -> None:
    for store in (LocalStore(tmp_path), open_store("memory://hostile/a")):
        for use in (store.get, store.remove, lambda one, store=store: store.put(one, b"")):
            with pytest.raises(InputError) as refusal:
                use(name)
            assert refusal.value.given == name


@pytest.mark.parametrize(
    "url",
    [
        "reference://x", "github://a:b@c/d", "zip://a.zip", "http://127.0.0.1:9/x", "https://example.org/x", "ftp://h/x",
        "simplecache::s3://b/x", "memory://a::file:///etc", "filecache::memory://a", "dask://x", "hf://x", "S3://b/x",
        "git://x", "://x", "jar://x", "s3://", "memory://", "memory:///", "local://x", "data://x",
    ],
)  # fmt: skip
def test_a_url_that_is_not_documented_is_refused(url: str) -> None:
    for opened in (open_store, load):
        with pytest.raises(InputError) as refusal:
            opened(url)
        assert refusal.value.given == url


def test_a_url_of_this_machine_is_a_folder(batch: Path) -> None:
    assert load(batch.as_uri()).manifest == read_manifest(batch)
    assert set(SCHEMES) == {"file", "s3", "gs", "gcs", "az", "abfs", "abfss", "memory"}


def test_a_path_that_can_be_none_is_refused() -> None:
    for path in ("a\x00b", "~nobody-of-this-name/x"):
        with pytest.raises(InputError):
            load(path)


def test_a_file_of_a_huge_size_is_not_read(copy: Path) -> None:
    with (copy / MANIFEST).open("r+b") as stream:
        stream.truncate(1 << 40)
    with pytest.raises(InputError) as refusal:
        load(copy)
    assert refusal.value.given == f"has {1 << 40} bytes"


def test_a_file_of_a_huge_size_in_an_object_store_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    place = "memory://hostile/huge"
    open_store(place).put(MANIFEST, b"{}" * 10)
    monkeypatch.setattr("maxpressure.experiments.store.LARGEST", 19)
    with pytest.raises(InputError) as refusal:
        load(place)
    assert (refusal.value.file, refusal.value.given) == (f"{place}/{MANIFEST}", "has 20 bytes")
