"""Who is let in: one guard for all requests, before anything else sees them."""

from __future__ import annotations

import ast
import asyncio
import json
import socket
from collections.abc import MutableMapping
from typing import Any

import pytest

from maxpressure.app.guard import (
    HEADERS,
    LONGEST_BODY,
    LONGEST_QUERY,
    LOOPBACK,
    POLICY,
    TEACHER,
    VISITOR,
    Door,
    Guard,
)
from maxpressure.app.server import address, listening, own_numbers
from maxpressure.base.errors import InputError
from maxpressure.base.paths import PACKAGE

TOKEN, OWN = "abc12345", "teach6789"
CLASSROOM = PACKAGE / "app"
DOORS = (
    Door(path="/", page=True),
    Door(path="/desk", page=True, teacher=True),
    Door(path="/static/app.js"),
    Door(path="/api/worlds"),
    Door(path="/api/desk/all", teacher=True),
    Door(path="/api/desk/hand-in", methods=frozenset({"POST"})),
)


class Inner:
    """An application that notes what reaches it."""

    def __init__(self) -> None:
        self.reached: list[str] = []

    async def __call__(self, scope: Any, _receive: Any, send: Any) -> None:
        self.reached.append(scope["path"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"inside"})


def asked(
    guard: Guard, path: str, *, kind: str = "http", method: str = "GET", query: str = "", **headers: str
) -> dict[str, Any]:
    """What the guard answers: status or close code, headers (of cookies all), body."""
    given = {"host": "localhost:8765", **headers}
    scope = {
        "type": kind,
        "path": path,
        "method": method,
        "query_string": query.encode(),
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in given.items()],
    }
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    asyncio.run(guard(scope, receive, send))
    answer: dict[str, Any] = {"status": None, "close": None, "body": b"", "headers": {}, "cookies": []}
    for message in sent:
        if message["type"] == "http.response.start":
            pairs = [(name.decode(), value.decode()) for name, value in message["headers"]]
            answer["status"], answer["headers"] = message["status"], dict(pairs)
            answer["cookies"] = [value for name, value in pairs if name == "set-cookie"]
        answer["body"] += message.get("body", b"")
        answer["close"] = message.get("code")
    return answer


@pytest.fixture
def inner() -> Inner:
    return Inner()


@pytest.fixture
def open_guard(inner: Inner) -> Guard:
    return Guard(inner=inner, hosts=LOOPBACK, doors=DOORS, teacher=OWN)


@pytest.fixture
def closed_guard(inner: Inner) -> Guard:
    return Guard(inner=inner, hosts=LOOPBACK, doors=DOORS, any_address=True, token=TOKEN, teacher=OWN)


@pytest.mark.parametrize("host", ["localhost", "localhost:8765", "127.0.0.1:1", "[::1]:8765", "LOCALHOST"])
def test_this_machine_is_let_in_by_its_own_names(open_guard: Guard, inner: Inner, host: str) -> None:
    assert asked(open_guard, "/", host=host)["status"] == 200
    assert inner.reached == ["/"]


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "192.168.1.5",
        "",
        "[",
        "a@localhost:x",
        "localhost:",
        "[::1",
        "é",
    ],
)
def test_another_name_is_refused(open_guard: Guard, inner: Inner, host: str) -> None:
    assert asked(open_guard, "/", host=host)["status"] == 421
    assert inner.reached == []


def test_there_are_no_websockets(open_guard: Guard, inner: Inner) -> None:
    assert asked(open_guard, "/api/worlds", kind="websocket")["close"] == 1008
    assert inner.reached == []


def test_what_another_site_asks_is_refused_and_a_link_on_it_is_followed(
    open_guard: Guard, inner: Inner
) -> None:
    assert asked(open_guard, "/api/worlds", origin="http://evil.example")["status"] == 403
    for site in ("cross-site", "same-site"):
        assert (
            asked(open_guard, "/api/worlds", sec_fetch_site=site, sec_fetch_mode="no-cors")["status"] == 403
        )
    assert inner.reached == []
    assert asked(open_guard, "/", sec_fetch_site="cross-site", sec_fetch_mode="navigate")["status"] == 200
    assert asked(open_guard, "/api/worlds", origin="http://localhost:8765")["status"] == 200
    assert (
        asked(open_guard, "/api/worlds", sec_fetch_site="same-origin", sec_fetch_mode="cors")["status"] == 200
    )


def test_without_the_token_nothing_is_reached(closed_guard: Guard, inner: Inner) -> None:
    answer = asked(closed_guard, "/")
    assert answer["status"] == 401
    assert b'name="token"' in answer["body"]
    for path in ("/static/app.js", "/api/worlds", "/api/desk/all", "/nowhere", "/desk"):
        assert asked(closed_guard, path)["status"] == 401
    for wrong in ("abc12346", "", TOKEN + "x", "ä", "%00", "\ud800".encode("utf-8", "replace").decode()):
        assert asked(closed_guard, "/", query=f"token={wrong}")["status"] == 401
    assert inner.reached == []


def test_the_token_in_the_link_becomes_a_cookie_and_leaves_the_address(
    closed_guard: Guard, inner: Inner
) -> None:
    answer = asked(closed_guard, "/", query=f"token={TOKEN}&scenario=no-campaign&test=no%20test&asked=")
    assert answer["status"] == 303
    assert answer["headers"]["location"] == "/?scenario=no-campaign&test=no%20test&asked="
    (cookie,) = answer["cookies"]
    assert {"HttpOnly", "SameSite=Strict"} <= set(cookie.split("; "))
    name = cookie.partition(";")[0]
    assert asked(closed_guard, "/", cookie=name)["status"] == 200
    assert asked(closed_guard, "/api/worlds", cookie=name)["status"] == 200
    assert asked(closed_guard, "/", cookie=name, query="token=old&a=1")["headers"]["location"] == "/?a=1"
    assert inner.reached == ["/", "/api/worlds"]


@pytest.mark.parametrize(
    ("query", "location"),
    [
        (f"token={TOKEN}?guess=1", "/?guess=1"),
        (f"guess=1&token={TOKEN}", "/?guess=1"),
        (f"campaign=1.4&guess=1?token={TOKEN}", "/?campaign=1.4&guess=1"),
        (f"token={TOKEN}&campaign=1.4?guess=1&view=many", "/?campaign=1.4&guess=1&view=many"),
        (f"&&token={TOKEN}&", "/"),
    ],
)
def test_what_was_added_to_a_link_is_kept_however_it_was_added(
    closed_guard: Guard, query: str, location: str
) -> None:
    answer = asked(closed_guard, "/", query=query)
    assert answer["status"] == 303
    assert answer["headers"]["location"] == location
    assert len(answer["cookies"]) == 1


def test_who_types_the_token_keeps_the_rest_of_the_link(closed_guard: Guard) -> None:
    body = asked(closed_guard, "/", query='campaign=1.4&guess=1&x="><script>&token=wrong')["body"].decode()
    assert '<input type="hidden" name="campaign" value="1.4">' in body
    assert '<input type="hidden" name="guess" value="1">' in body
    assert "<script" not in body
    assert "wrong" not in body


def test_the_desk_asks_for_the_token_of_the_teacher_which_opens_all_else(
    closed_guard: Guard, open_guard: Guard
) -> None:
    student = f"{VISITOR}={TOKEN}"
    for guard in (closed_guard, open_guard):
        for path in ("/desk", "/api/desk/all"):
            assert asked(guard, path, cookie=student)["status"] == 401
        answer = asked(guard, "/desk", query=f"token={OWN}")
        assert answer["headers"]["location"] == "/desk"
        (cookie,) = answer["cookies"]
        assert cookie.startswith(f"{TEACHER}={OWN};")
        for path in ("/desk", "/api/desk/all", "/", "/api/worlds"):
            assert asked(guard, path, cookie=f"{TEACHER}={OWN}")["status"] == 200
    assert asked(closed_guard, "/desk", query=f"token={TOKEN}")["status"] == 401
    assert open_guard.is_teacher({"cookie": f"a=b; {TEACHER}={OWN}"})
    assert not open_guard.is_teacher({"cookie": student})


@pytest.mark.parametrize("other", ["a[b]=1", "x y=2", "{}", "", "=", "broken", '"', "ключ=1"])
def test_a_malformed_cookie_of_another_page_does_not_hide_the_token(
    closed_guard: Guard, inner: Inner, other: str
) -> None:
    for cookie in (
        f"{other}; {VISITOR}={TOKEN}",
        f"{VISITOR}={TOKEN}; {other}",
        f"{other};{VISITOR}={TOKEN};",
    ):
        assert asked(closed_guard, "/", cookie=cookie)["status"] == 200
    wrong = f"{other}; my{VISITOR}={TOKEN}; {VISITOR}={TOKEN}x; {VISITOR}"
    assert asked(closed_guard, "/", cookie=wrong)["status"] == 401
    assert len(inner.reached) == 3


@pytest.mark.parametrize(
    "origin",
    [
        "http://[",
        "http://[::1",
        "http://[x]y",
        "http://\u2100",
        "null",
        "",
        "localhost:8765",
        "file://localhost:8765",
    ],
)
def test_an_origin_that_is_no_address_is_refused(open_guard: Guard, inner: Inner, origin: str) -> None:
    assert asked(open_guard, "/", origin=origin)["status"] == 403
    assert inner.reached == []


def test_what_is_handed_in_comes_from_our_page_and_says_its_length(open_guard: Guard, inner: Inner) -> None:
    ours = {"method": "POST", "origin": "http://localhost:8765"}
    assert asked(open_guard, "/api/desk/hand-in", method="POST", content_length="10")["status"] == 403
    assert asked(open_guard, "/api/desk/hand-in", **ours)["status"] == 411
    for wrong in ("-1", "1e3", "", "0x10", "9" * 30, "1,1"):
        assert asked(open_guard, "/api/desk/hand-in", **ours, content_length=wrong)["status"] == 411
    assert (
        asked(open_guard, "/api/desk/hand-in", **ours, content_length=str(LONGEST_BODY + 1))["status"] == 413
    )
    assert asked(open_guard, "/api/desk/hand-in", content_length="10")["status"] == 404
    assert inner.reached == []
    assert asked(open_guard, "/api/desk/hand-in", **ours, content_length="10")["status"] == 200


def test_a_number_is_let_in_only_where_the_page_is_open_to_the_network(
    closed_guard: Guard, open_guard: Guard
) -> None:
    cookie = f"{VISITOR}={TOKEN}"
    assert asked(closed_guard, "/", host="192.168.1.5:8765", cookie=cookie)["status"] == 200
    assert asked(closed_guard, "/", host="evil.example", cookie=cookie)["status"] == 421
    assert asked(open_guard, "/", host="192.168.1.5:8765")["status"] == 421


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("/admin", "GET"),
        ("/api/", "GET"),
        ("/api/worlds/", "GET"),
        ("/api/worlds", "POST"),
        ("/api/worlds", "get"),
        ("/", "PUT"),
        ("/", "OPTIONS"),
        ("/", "TRACE"),
        ("/static/", "GET"),
        ("/static/app.js/", "GET"),
        ("/static/APP.JS", "GET"),
        ("/static/../api.py", "GET"),
        ("/static/%2e%2e/api.py", "GET"),
        ("/static/..\\x", "GET"),
        ("/static/app.js\0", "GET"),
        ("//static/app.js", "GET"),
        ("http://localhost/", "GET"),
        ("", "GET"),
    ],
)
def test_paths_that_the_page_does_not_need_are_not_there(
    open_guard: Guard, inner: Inner, path: str, method: str
) -> None:
    assert asked(open_guard, path, method=method, origin="http://localhost:8765")["status"] == 404
    assert inner.reached == []


def test_every_answer_forbids_the_browser_to_load_or_run_anything_of_others(open_guard: Guard) -> None:
    for path in ("/", "/api/worlds", "/nowhere"):
        headers = asked(open_guard, path)["headers"]
        assert headers.items() >= HEADERS.items()
    assert POLICY.startswith("default-src 'none'; script-src 'self';")
    assert not {"unsafe", "http:", "https:", "ws:", "*"} & set(POLICY.replace("-inline", "").split())
    assert "unsafe" not in POLICY


def test_a_program_is_refused_in_json(closed_guard: Guard) -> None:
    answer = asked(closed_guard, "/api/worlds")
    assert answer["headers"]["content-type"] == "application/json"
    assert set(json.loads(answer["body"])["error"]) == {"key", "given", "allowed", "nearest", "said"}


def test_an_overlong_link_is_refused(open_guard: Guard, inner: Inner) -> None:
    assert asked(open_guard, "/", query="a=" + "x" * LONGEST_QUERY)["status"] == 414
    assert inner.reached == []


def test_beyond_this_machine_there_is_always_a_token_and_the_desk_has_its_own() -> None:
    here = address("127.0.0.1", 8765, None)
    assert here.links == ["http://127.0.0.1:8765/"]
    assert here.desks == [f"http://127.0.0.1:8765/desk?token={here.teacher}"]
    made = [address("0.0.0.0", 8765, None) for _ in range(2)]
    assert len({None, *(one.token for one in made), *(one.teacher for one in made)}) == 5
    named = address("192.168.1.20", 8765, "spring2026", "teacher2026")
    assert named.links == ["http://192.168.1.20:8765/?token=spring2026"]
    assert named.desks == ["http://192.168.1.20:8765/desk?token=teacher2026"]
    assert address("::1", 8765, None).links == ["http://[::1]:8765/"]


def test_an_open_address_is_told_by_every_number_of_the_machine_and_no_name() -> None:
    site = address("0.0.0.0", 8900, "spring2026")
    assert site.links == [f"http://{number}:8900/?token=spring2026" for number in own_numbers(six=False)]
    assert not any(socket.gethostname() in link for link in site.links)
    assert not any(number.startswith("127.") for number in own_numbers(six=False)[1:])


@pytest.mark.parametrize("token", ["short", "with space", "semi;colon1", "ümlaut1234", ""])
def test_a_token_that_is_easily_guessed_or_breaks_a_cookie_is_refused(token: str) -> None:
    for tokens in ((token, None), (None, token)):
        with pytest.raises(InputError, match="letters and digits") as refusal:
            address("0.0.0.0", 8765, *tokens)
        assert not token or token not in str(refusal.value)


def test_the_token_of_the_class_is_not_that_of_the_desk() -> None:
    with pytest.raises(InputError, match="another than the token of the visitors"):
        address("0.0.0.0", 8765, "spring2026", "spring2026")


def test_a_port_that_is_taken_is_refused_in_words() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(InputError, match="port that is free"):
            listening(address("127.0.0.1", other.getsockname()[1], None))


def test_the_server_evaluates_nothing_that_is_typed() -> None:
    forbidden = {
        "eval",
        "exec",
        "compile",
        "__import__",
        "pickle",
    }
    modules = sorted(CLASSROOM.glob("*.py"))
    assert len(modules) > 10
    for path in modules:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = (
                node.id
                if isinstance(node, ast.Name)
                else node.attr
                if isinstance(node, ast.Attribute)
                else ""
            )
            imported = (
                [one.name for one in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
            )
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "re":
                continue
            assert forbidden.isdisjoint({name, *imported}), (
                f"{path.name}, line {getattr(node, 'lineno', '?')}"
            )
    for script in sorted((CLASSROOM / "static").glob("*.js")):
        text = script.read_text(encoding="utf-8")
        assert not [
            word for word in ("eval(", "innerHTML", "document.write", "new Function") if word in text
        ], script.name
