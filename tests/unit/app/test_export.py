"""The page saved into a folder: what it holds, that it is whole or not there, and that its figures are the page's."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from maxpressure.app import export as module
from maxpressure.app import numbers
from maxpressure.app.client import Client
from maxpressure.app.export import ALONE, ANSWERS, MARK, PAGE, export
from maxpressure.app.figures.basis import Basis
from maxpressure.app.figures.levers import LEVERS, UNMOVED
from maxpressure.app.saved import Saved, saved, shortened
from maxpressure.base.errors import InputError
from maxpressure.cli.main import app


@pytest.fixture(scope="module")
def few(basis: Basis) -> Saved:
    """The record and one lever's two values beside it."""
    moved = {"test": (UNMOVED.but(basis.case, "test", "no test"),)}
    return Saved(basis=basis, scenarios=(UNMOVED,), moved=moved, twinned=(), worlds=1)


@pytest.fixture(scope="module")
def folder(few: Saved, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("saved") / "page"
    return export(few, place, progress=False).folder


def unpacked(folder: Path, name: str) -> Any:
    return json.loads(gzip.decompress((folder / ANSWERS / f"{name}.bin").read_bytes()))


def test_the_levers_of_a_saved_page_meet_the_record_and_both_ends(basis: Basis) -> None:
    wanted = saved(basis)
    for key, settings in wanted.moved.items():
        lever = LEVERS[key]
        values = [one.moved[key] for one in settings]
        assert 1 <= len(values) <= 7
        if not lever.choices:
            ends = {lever.low, lever.high} - {UNMOVED_VALUES.get(key)}
            assert ends <= set(values)
    steps = {one["key"]: one["step"] for one in wanted.book()["levers"]}
    assert (steps["campaign"], steps["mandates"], steps["thaw"]) == (0.5, 0.5, 13)


UNMOVED_VALUES = {"thaw": 0}


def test_it_has_what_the_exercises_ask(basis: Basis) -> None:
    wanted = saved(basis)
    assert set(wanted.twinned) == {"Sixth nuclear test", "Pence in Latin America"}
    assert {"MEX", "EGY"} <= wanted.strained
    links = {one.link() for one in wanted.settings}
    assert {"scenario=from-august", "scenario=class-x", "scenario=max-pressure-2017&asked=nobody"} <= links
    assert len(links) == len(wanted.settings)


def test_its_answers_are_those_of_the_page(folder: Path, few: Saved) -> None:
    index = unpacked(folder, "index")
    answers = {address: unpacked(folder, name) for address, name in index["answers"].items()}
    assert sorted({address.partition("?")[0] for address in answers}) == [
        "compare", "guide", "record", "why-states", "world", "world-states", "worlds",
    ]  # fmt: skip
    lot = numbers.simulate(few.basis, UNMOVED)
    now = json.loads(json.dumps(shortened(numbers.worlds(lot))))
    assert answers["worlds?scenario=max-pressure-2017"] == now
    assert (
        answers["world?scenario=max-pressure-2017&world=0"]["acts"]
        == numbers.one(few.basis, UNMOVED.base)["acts"]
    )
    assert len([one for one in answers if one.startswith("compare?")]) == 4


def test_the_one_file_allows_by_hash_just_what_it_holds(folder: Path) -> None:
    page = (folder / ALONE).read_text(encoding="utf-8")
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    texts = re.findall(
        r"<(?:style|script|script type=\"(?:importmap|module)\")>(.*?)</(?:style|script)>", page, re.DOTALL
    )
    held = {f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in texts}
    assert held == set(re.findall(r"'sha256-[^']+'", policy))
    assert "http://" not in page.replace("http://www.w3.org", "")


def test_its_files_leave_the_desk_and_the_server_out(folder: Path) -> None:
    names = {path.name for path in (folder / "static").rglob("*")}
    assert not {name for name in names if name.startswith("desk")}
    assert "answered by all worlds" in (folder / "static" / "server.js").read_text(encoding="utf-8")
    assert {path.name for path in folder.iterdir()} == {ALONE, ANSWERS, MARK, PAGE, "static"}


def test_every_import_of_the_client_is_in_it() -> None:
    client = Client.read()
    for text in client.modules.values():
        for name in re.findall(r'from "\./([\w.-]+)"', text):
            assert name in client.modules


def test_the_same_page_is_kept_and_another_refused_unless_forced(
    folder: Path, few: Saved, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert export(few, folder, progress=False).kept
    monkeypatch.setattr(module, "client_digest", lambda: "another")
    with pytest.raises(InputError, match="another run"):
        export(few, folder, progress=False)
    with pytest.raises(InputError, match="is a folder with"):
        export(few, folder.parent, progress=False)


def test_what_fails_leaves_the_folder_as_it_was(
    few: Saved, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    def fails(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "write_json", fails)
    with pytest.raises(OSError, match="No space"):
        export(few, folder, force=True, progress=False)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_the_command_refuses_a_folder_of_others(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    result = CliRunner().invoke(app, ["app", "--export", str(tmp_path)])
    assert result.exit_code == 2
    assert "thesis.tex" in result.output
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]
