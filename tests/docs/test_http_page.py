"""The examples of the reference of the page's API: each is asked, and its answer has the keys that its table lists."""

from __future__ import annotations

import asyncio
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from asgi import Answer, ask
from maxpressure.app.api import Api
from maxpressure.app.figures.basis import Basis
from maxpressure.app.figures.levers import LEVERS
from maxpressure.app.office import Office
from maxpressure.app.questions import QUESTIONS
from maxpressure.model.case import Case
from pilot import PILOT

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "http.md"
SECTION = re.compile(r"^### `(?P<path>[^`]+)`.*?\n(?P<text>.*?)(?=^##)", re.MULTILINE | re.DOTALL)

pytestmark = pytest.mark.docs


def sections() -> list[tuple[str, str]]:
    return [(found["path"], found["text"]) for found in SECTION.finditer(PAGE.read_text(encoding="utf-8"))]


@pytest.fixture(scope="module")
def api(case: Case) -> Iterator[Api]:
    office = Office(Basis(case=case, parameters=PILOT, draws=(PILOT.values,)))
    yield Api(office)
    office.close()


def asked(api: Api, address: str) -> Answer:
    path, _, query = address.partition("?")

    async def until_there() -> Answer:
        while (answer := await ask(api, path, query)).status == 202:
            pass
        return answer

    return asyncio.run(until_there())


def test_every_question_has_a_section() -> None:
    assert {path for path, _ in sections()} == {f"/api/{name}" for name in QUESTIONS}


@pytest.mark.parametrize(("path", "text"), sections())
def test_an_example_is_answered_with_the_keys_that_are_listed(api: Api, path: str, text: str) -> None:
    (address,) = re.findall(r"`GET (/api/[^`]+)`", text)
    assert address.partition("?")[0] == path
    answer = asked(api, address)
    assert answer.status == 200, answer.body
    if path == "/api/tables":
        assert answer.headers["content-type"] == "application/zip"
        assert "README.txt" in zipfile.ZipFile(io.BytesIO(answer.body)).namelist()
        return
    cells = re.findall(r"^\| ([^|]*`[^|]*) \|", text, re.MULTILINE)
    assert {key for cell in cells for key in re.findall(r"`(\w+)`", cell)} == set(answer.json)


def test_the_fields_of_a_setting_are_listed() -> None:
    text = PAGE.read_text(encoding="utf-8").partition("## What can be asked")[0]
    assert {*LEVERS, "scenario", "asked", "ask"} <= set(re.findall(r"`(\w+)`", text))


def test_each_status_is_listed() -> None:
    text = PAGE.read_text(encoding="utf-8")
    guard = (Path(__file__).parents[2] / "model/maxpressure/app/guard.py").read_text(encoding="utf-8")
    for status in {200, 202, 304, 422, 500, 503} | {
        int(found) for found in re.findall(r"status=(4\d\d)", guard)
    }:
        assert re.search(rf"^\| [^|]*\b{status}\b[^|]* \|", text, re.MULTILINE), status
