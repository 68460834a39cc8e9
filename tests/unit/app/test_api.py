"""The page over HTTP: answers with tags, places in the line, refusals in words, and nothing made twice."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from collections.abc import Awaitable, Iterator
from typing import Any

import pytest

from asgi import Answer, ask
from maxpressure.app import api as apis
from maxpressure.app.api import Api, takes_gzip
from maxpressure.app.figures.basis import Basis
from maxpressure.app.office import Office
from maxpressure.app.questions import QUESTIONS, Question
from maxpressure.app.turns import MOST, MOST_EACH, Turns

KINDS = {"key", "given", "allowed", "nearest", "said"}


@pytest.fixture(scope="module")
def office(basis: Basis) -> Iterator[Office]:
    made = Office(basis)
    yield made
    made.close()


@pytest.fixture
def api(office: Office) -> Api:
    return Api(office)


class Slow:
    """An office whose questions wait until they are let go; it counts what it makes."""

    def __init__(self, basis: Basis) -> None:
        self.office = Office(basis)
        self.go = threading.Event()
        self.made: list[str] = []
        self.office.checked = self._checked  # type: ignore[assignment]

    def _checked(self, _name: str, query: str) -> Question:
        def work(*_: Any) -> dict[str, Any]:
            self.go.wait(30)
            self.made.append(query)
            if query == "fails":
                raise ZeroDivisionError("a secret of the server")
            return {"answer": query}

        return Question(key=query, kind="worlds", work=work)


@pytest.fixture
def slow(basis: Basis) -> Iterator[Slow]:
    made = Slow(basis)
    yield made
    made.go.set()
    made.office.close()


def run(asked: Awaitable[Any]) -> Any:
    return asyncio.run(asked)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine is, a question is answered and not told its place."""
    monkeypatch.setattr(apis, "WAIT", 300.0)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apis, "WAIT", 0.05)


def test_an_answer_is_the_same_however_the_question_is_written(api: Api) -> None:
    first = run(ask(api, "/api/worlds", "worlds=60&campaign=1.40&test=no+test", accept_encoding="gzip"))
    assert first.status == 200
    assert first.json["preview"]
    for query in (
        "test=no%20test&campaign=1,4&worlds=60",
        "scenario=max-pressure-2017&campaign=1.4&worlds=60&test=no test",
    ):
        again = run(ask(api, "/api/worlds", query, accept_encoding="gzip"))
        assert (again.body, again.headers["etag"]) == (first.body, first.headers["etag"])


def test_who_has_the_answer_is_sent_nothing(api: Api) -> None:
    first = run(ask(api, "/api/worlds", "worlds=60"))
    tag = first.headers["etag"]
    for held in (tag, f"W/{tag}", f'"other", {tag}'):
        again = run(ask(api, "/api/worlds", "worlds=60", if_none_match=held))
        assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
    for rubbish in ('"other"', "", "\x00", '"', tag.strip('"'), "W/", ",,,", "*" * 3000):
        assert run(ask(api, "/api/worlds", "worlds=60", if_none_match=rubbish)).status == 200
    other = run(ask(api, "/api/worlds", "worlds=60&campaign=1.1"))
    assert other.headers["etag"] != tag


def test_a_client_is_sent_what_it_can_unpack(api: Api) -> None:
    packed = run(ask(api, "/api/book", accept_encoding="br, gzip;q=0.8"))
    plain = run(ask(api, "/api/book"))
    refused = run(ask(api, "/api/book", accept_encoding="gzip;q=0"))
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert plain.json == packed.json == refused.json
    assert len(packed.body) < len(plain.body) / 2
    assert int(plain.headers["content-length"]) == len(plain.body)
    for answer in (packed, plain, refused):
        assert answer.headers["vary"] == "accept-encoding"
        assert answer.headers["cache-control"] == "private, no-cache"
        assert answer.headers["x-build"] == api.office.build


def test_a_preview_is_all_worlds_once_they_are_at_hand(api: Api) -> None:
    preview = run(ask(api, "/api/worlds", "worlds=60&mandates=0.3"))
    assert (preview.json["worlds"], preview.json["preview"]) == (60, True)
    whole = run(ask(api, "/api/worlds", "mandates=0.3"))
    assert (whole.json["worlds"], whole.json["preview"]) == (300, False)
    again = run(ask(api, "/api/worlds", "worlds=60&mandates=0.3", if_none_match=preview.headers["etag"]))
    assert (again.status, again.body) == (200, whole.body)
    assert again.headers["etag"] == whole.headers["etag"]


@pytest.mark.parametrize(
    ("path", "query", "key", "nearest"),
    [
        ("worlds", "campain=1", "field", "campaign"),
        ("worlds", "campaign=9", "Campaign", "3"),
        ("worlds", "campaign=nan", "Campaign", ""),
        ("worlds", "campaign=1&campaign=1", "campaign", ""),
        ("worlds", "worlds=61", "worlds", ""),
        ("worlds", "worlds=", "worlds", ""),
        ("worlds", "scenario=../../etc/passwd", "scenario", ""),
        ("worlds", "scenario=no-campain", "scenario", "no-campaign"),
        ("worlds", "asked=MEX%00PER", "Requests to", "MEX"),
        ("worlds", "b-campaign=1", "field", "campaign"),
        ("worlds", "=1", "field", ""),
        ("worlds", "%FF%FE=%FF", "field", ""),
        ("worlds", "&".join(f"a{number}=1" for number in range(400)), "field", ""),
        ("book", "scenario=max-pressure-2017", "field", ""),
        ("compare", "b-tset=no test", "field", "b-test"),
        ("compare", "b-scenario=nowhere", "scenario", ""),
        ("why", "", "state", ""),
        ("why", "state=MXE", "state", "MEX"),
        ("world", "world=-1", "world", ""),
        ("world", "world=1e3", "world", ""),
        ("world", "world=10000", "world", ""),
        ("world", "scenario=x", "scenario", ""),
        ("world", "state=PRK", "state", "PRT"),
        ("twins", "", "without", ""),
        ("twins", "without=Sixth nuclear tset", "without", "Sixth nuclear test"),
        ("twins", "without=Sixth nuclear test&twins=41", "twins", ""),
    ],
)
def test_what_cannot_be_is_refused_with_what_can(
    api: Api, path: str, query: str, key: str, nearest: str
) -> None:
    answer = run(ask(api, f"/api/{path}", query))
    assert answer.status == 422
    (error,) = answer.json.values()
    assert set(error) == KINDS
    assert (error["key"], error["nearest"]) == (key, nearest)
    assert error["allowed"]
    assert error["allowed"] in error["said"]
    assert len(answer.body) < 3000
    assert not [letter for letter in error["given"] if ord(letter) < 32]
    assert answer.headers["cache-control"] == "no-store"


def test_all_who_ask_the_same_are_served_by_one_job(slow: Slow) -> None:
    async def thirty() -> list[Answer]:
        asked = [
            asyncio.create_task(ask(Api(slow.office), "/api/worlds", "same", x_visitor=f"tab-{n}"))
            for n in range(30)
        ]
        await asyncio.sleep(0.1)
        slow.go.set()
        return await asyncio.gather(*asked)

    answers = run(thirty())
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body for answer in answers}) == 1
    assert slow.made == ["same"]


def test_who_waits_is_told_where_the_question_stands(slow: Slow, impatient: None) -> None:  # noqa: ARG001
    async def three() -> list[Answer]:
        application = Api(slow.office)
        asked = [ask(application, "/api/worlds", str(n), x_visitor=f"tab-{n}") for n in range(4)]
        return [await one for one in asked]

    answers = run(three())
    assert [answer.status for answer in answers] == [202] * 4
    assert [set(answer.json) for answer in answers] == [{"place", "seconds", "done", "of"}] * 4
    assert [answer.json["place"] for answer in answers] == [0, 0, 1, 2]
    assert answers[3].json["seconds"] > answers[2].json["seconds"] > 0
    slow.go.set()
    assert run(ask(Api(slow.office), "/api/worlds", "3", x_visitor="tab-3")).json == {"answer": "3"}


def test_a_visitors_third_question_waits_for_the_first(slow: Slow, impatient: None) -> None:  # noqa: ARG001
    application = Api(slow.office)

    async def held() -> None:
        for number in range(2):
            await ask(application, "/api/worlds", f"other {number}", x_visitor=f"other-{number}")
        for number in range(MOST_EACH + 3):
            answer = await ask(application, "/api/worlds", f"own {number}", x_visitor="one")
            assert answer.status == 202

    run(held())
    assert slow.office.turns.line.waiting == MOST_EACH
    slow.go.set()
    for number in range(MOST_EACH + 3):
        assert run(ask(application, "/api/worlds", f"own {number}", x_visitor="one")).status in {200, 202}


def test_a_full_line_asks_to_come_back_at_different_times(slow: Slow, impatient: None) -> None:  # noqa: ARG001
    application = Api(slow.office)

    async def crowd() -> list[Answer]:
        several = [ask(application, "/api/worlds", str(n), x_visitor=f"tab-{n}") for n in range(MOST + 2)]
        answers = await asyncio.gather(*several)
        assert {answer.status for answer in answers} == {202}
        late = [ask(application, "/api/worlds", "late", x_visitor=f"late-{n}") for n in range(40)]
        return list(await asyncio.gather(*late))

    answers = run(crowd())
    assert {answer.status for answer in answers} == {503}
    waits = {int(answer.headers["retry-after"]) for answer in answers}
    assert min(waits) >= 1
    assert max(waits) <= 25
    assert len(waits) > 1
    assert set(answers[0].json["error"]) == KINDS


def test_the_question_of_who_left_is_not_worked_on(slow: Slow) -> None:
    application = Api(slow.office)

    async def left() -> None:
        first = [
            asyncio.create_task(ask(application, "/api/worlds", f"{n}", x_visitor=f"tab-{n}"))
            for n in range(2)
        ]
        await asyncio.sleep(0.05)
        await ask(application, "/api/worlds", "left", x_visitor="leaving", stays=0.05)
        slow.go.set()
        await asyncio.gather(*first)

    run(left())
    assert run(ask(application, "/api/worlds", "last")).json == {"answer": "last"}
    assert "left" not in slow.made


def test_what_fails_is_said_in_a_sentence_and_logged(slow: Slow, caplog: pytest.LogCaptureFixture) -> None:
    slow.go.set()
    with caplog.at_level(logging.ERROR):
        answer = run(ask(Api(slow.office), "/api/worlds", "fails"))
    assert answer.status == 500
    assert b"secret" not in answer.body
    assert b"Traceback" not in answer.body
    assert set(answer.json["error"]) == KINDS
    assert "ZeroDivisionError" in caplog.text
    assert run(ask(Api(slow.office), "/api/worlds", "works")).status == 200


@pytest.mark.parametrize("visitor", ["", "x" * 65, "a b", "é", "<script>", "\x00", "9" * 10_000])
def test_an_odd_name_of_a_visitor_is_none(slow: Slow, impatient: None, visitor: str) -> None:  # noqa: ARG001
    run(ask(Api(slow.office), "/api/worlds", "own", x_visitor=visitor))
    (job,) = slow.office.turns.line._jobs.values()
    assert list(job.asked) == ["at 127.0.0.1"]


def test_a_files_tag_and_kind_are_sent_and_a_file_is_packed_once(api: Api) -> None:
    for path, kind in (
        ("/", "text/html"),
        ("/static/app.js", "text/javascript"),
        ("/static/base.css", "text/css"),
    ):
        answer = run(ask(api, path, accept_encoding="gzip"))
        assert answer.status == 200
        assert answer.headers["content-type"].startswith(kind)
        assert answer.headers["content-encoding"] == "gzip"
        tag = answer.headers["etag"]
        assert run(ask(api, path, if_none_match=tag)).status == 304
        assert run(ask(api, path, range="bytes=0-3")).status == 200
        assert run(ask(api, path, method="HEAD")).headers["etag"] == tag


def test_all_addresses_have_a_door_and_no_other_path_an_answer(api: Api) -> None:
    doors = {door.path for door in api.doors}
    assert {f"/api/{name}" for name in QUESTIONS} <= doors
    assert {"/", "/static/app.js"} <= doors
    assert not [path for path in doors if ".." in path or path.endswith((".py", "/static/"))]


def test_gzip_is_taken_only_by_who_says_so() -> None:
    def request(said: str) -> Any:
        return type("Request", (), {"headers": {"accept-encoding": said}})()

    for said in ("gzip", "br,GZIP", "*", "gzip; q=0.5", "deflate, gzip;q=1.0"):
        assert takes_gzip(request(said))
    for said in ("", "br", "gzip;q=0", "gzip;q=0.000", "xgzip", "*;q=0"):
        assert not takes_gzip(request(said))


def test_memory_is_returned_after_the_last_question(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apis, "TIDY_AFTER", 0.05)
    tidied = threading.Event()
    monkeypatch.setattr(api.office, "tidy", tidied.set)

    async def asked() -> None:
        for _ in range(3):
            await ask(api, "/api/book")
        assert not tidied.is_set()
        await asyncio.sleep(0.1)

    run(asked())
    assert tidied.is_set()


def test_every_answer_is_strict_json(api: Api) -> None:
    for path, query in (("book", ""), ("worlds", "worlds=60"), ("compare", "b-campaign=0"), ("why", "state=MEX"),
                        ("world", "world=3"), ("world", "world=3&state=MEX")):  # fmt: skip
        answer = run(_until_there(api, f"/api/{path}", query))
        json.loads(answer.body, parse_constant=pytest.fail)


async def _until_there(api: Api, path: str, query: str) -> Answer:
    while (answer := await ask(api, path, query)).status == 202:
        pass
    return answer


def test_turns_are_made_with_two_threads() -> None:
    turns = Turns()
    assert len(turns._threads) == 2
    turns.close()
