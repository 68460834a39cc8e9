"""Who is let in: one guard for requests and websockets, before anything else sees them."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import pytest

from maxpressure.app import guard as guards
from maxpressure.app.guard import COOKIE, LOOPBACK, Guard
from maxpressure.app.server import address, configured, listening
from maxpressure.base.errors import InputError
from maxpressure.base.paths import PACKAGE

TOKEN = "abc12345"
CLASSROOM = PACKAGE / "app"


class Inner:
    """An application that notes what reaches it."""

    def __init__(self) -> None:
        self.reached: list[str] = []

    async def __call__(self, scope: Any, _receive: Any, send: Any) -> None:
        self.reached.append(scope["path"])
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"inside"})


def asked(
    guard: Guard, path: str, *, kind: str = "http", method: str = "GET", query: str = "", **headers: str
) -> dict[str, Any]:
    """What the guard answers: status or close code, headers, body."""
    given = {"host": "localhost:8765", **headers}
    scope = {
        "type": kind,
        "path": path,
        "query_string": query.encode(),
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in given.items()],
    } | ({"method": method} if kind == "http" else {})
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    asyncio.run(guard(scope, receive, send))
    answer: dict[str, Any] = {"status": None, "close": None, "body": b"", "headers": {}}
    for message in sent:
        if message["type"] == "http.response.start":
            answer["status"] = message["status"]
            answer["headers"] = {name.decode(): value.decode() for name, value in message["headers"]}
        answer["body"] += message.get("body", b"")
        answer["close"] = message.get("code") if message["type"] == "websocket.close" else answer["close"]
    return answer


@pytest.fixture
def inner() -> Inner:
    return Inner()


@pytest.fixture
def libraries(tmp_path: Path) -> Path:
    (tmp_path / "cdn" / "vue").mkdir(parents=True)
    (tmp_path / "cdn" / "vue" / "main.js").write_text("library")
    (tmp_path / "secret.txt").write_text("secret")
    return tmp_path / "cdn"


@pytest.fixture
def open_guard(inner: Inner, libraries: Path) -> Guard:
    return Guard(inner=inner, hosts=LOOPBACK, libraries=libraries)


@pytest.fixture
def closed_guard(inner: Inner, libraries: Path) -> Guard:
    return Guard(inner=inner, hosts=LOOPBACK, libraries=libraries, any_address=True, token=TOKEN)


SOCKET = "/jupyter/api/kernels/0a1b-22/channels"


@pytest.mark.parametrize("host", ["localhost", "localhost:8765", "127.0.0.1:1", "[::1]:8765", "LOCALHOST"])
def test_this_machine_is_let_in_by_its_own_names(open_guard: Guard, inner: Inner, host: str) -> None:
    assert asked(open_guard, "/", host=host)["status"] == 200
    assert asked(open_guard, SOCKET, kind="websocket", host=host)["close"] is None
    assert inner.reached == ["/", SOCKET]


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "192.168.1.5", "", "[", "a@localhost:x"]
)
def test_another_name_is_refused_on_both_protocols(open_guard: Guard, inner: Inner, host: str) -> None:
    assert asked(open_guard, "/", host=host)["status"] == 421
    assert asked(open_guard, SOCKET, kind="websocket", host=host)["close"] == 1008
    assert inner.reached == []


def test_a_websocket_that_another_site_opened_is_refused(open_guard: Guard, inner: Inner) -> None:
    assert asked(open_guard, SOCKET, kind="websocket", origin="http://evil.example")["close"] == 1008
    assert asked(open_guard, SOCKET, kind="websocket", origin="http://localhost:8765")["close"] is None
    assert inner.reached == [SOCKET]


def test_without_the_token_nothing_is_reached(closed_guard: Guard, inner: Inner) -> None:
    answer = asked(closed_guard, "/")
    assert answer["status"] == 401
    assert b'name="token"' in answer["body"]
    assert asked(closed_guard, "/static/main.js")["status"] == 401
    assert asked(closed_guard, SOCKET, kind="websocket")["close"] == 1008
    for wrong in ("abc12346", "", TOKEN + "x", "ä"):
        assert asked(closed_guard, "/", query=f"token={wrong}")["status"] == 401
        assert asked(closed_guard, SOCKET, kind="websocket", cookie=f"{COOKIE}={wrong}")["close"] == 1008
    assert inner.reached == []


def test_the_token_in_the_link_becomes_a_cookie_and_leaves_the_address(
    closed_guard: Guard, inner: Inner
) -> None:
    answer = asked(closed_guard, "/", query=f"token={TOKEN}&scenario=no-campaign&campaign=0.5")
    assert answer["status"] == 303
    assert answer["headers"]["location"] == "/?scenario=no-campaign&campaign=0.5"
    assert "HttpOnly" in answer["headers"]["set-cookie"]
    cookie = answer["headers"]["set-cookie"].partition(";")[0]
    assert asked(closed_guard, "/", cookie=cookie)["status"] == 200
    assert asked(closed_guard, SOCKET, kind="websocket", cookie=cookie)["close"] is None
    assert inner.reached == ["/", SOCKET]


@pytest.mark.parametrize("other", ["a[b]=1", "x y=2", "{}", "", "=", "broken", '"', "ключ=1"])
def test_a_malformed_cookie_of_another_page_does_not_hide_the_token(
    closed_guard: Guard, inner: Inner, other: str
) -> None:
    for cookie in (f"{other}; {COOKIE}={TOKEN}", f"{COOKIE}={TOKEN}; {other}", f"{other};{COOKIE}={TOKEN};"):
        assert asked(closed_guard, "/", cookie=cookie)["status"] == 200
    wrong = f"{other}; my{COOKIE}={TOKEN}; {COOKIE}={TOKEN}x; {COOKIE}"
    assert asked(closed_guard, "/", cookie=wrong)["status"] == 401
    assert len(inner.reached) == 3


@pytest.mark.parametrize("origin", ["http://[", "http://[::1", "http://[x]y", "http://\u2100", "null", ""])
def test_an_origin_that_is_no_address_is_refused(open_guard: Guard, inner: Inner, origin: str) -> None:
    assert asked(open_guard, "/", origin=origin)["status"] == 403
    assert asked(open_guard, SOCKET, kind="websocket", origin=origin)["close"] == 1008
    assert inner.reached == []


def test_a_number_is_let_in_only_where_the_page_is_open_to_the_network(
    closed_guard: Guard, open_guard: Guard
) -> None:
    cookie = f"{COOKIE}={TOKEN}"
    assert asked(closed_guard, "/", host="192.168.1.5:8765", cookie=cookie)["status"] == 200
    assert asked(closed_guard, "/", host="evil.example", cookie=cookie)["status"] == 421
    assert asked(open_guard, "/", host="192.168.1.5:8765")["status"] == 421


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("/admin", "GET"),
        ("/resourcez", "GET"),
        ("/_solara/api/evict/abc", "POST"),
        ("/jupyter/api/kernels/abc/other", "POST"),
        ("/", "POST"),
        ("/", "PUT"),
        ("/static/../../etc/passwd", "GET"),
        ("/static/%2e%2e/x", "GET"),
        ("/static/..\\x", "GET"),
        ("/_solara/cdn/../secret.txt", "GET"),
        ("/_solara/cdn/vue/other.js", "GET"),
        ("/_solara/cdn//etc/passwd", "GET"),
        ("/_solara/cdn/", "GET"),
    ],
)
def test_paths_that_the_page_does_not_need_are_not_there(
    open_guard: Guard, inner: Inner, path: str, method: str
) -> None:
    assert asked(open_guard, path, method=method)["status"] == 404
    assert inner.reached == []


def test_a_library_is_sent_only_where_it_lies_in_the_folder(
    open_guard: Guard, inner: Inner, libraries: Path
) -> None:
    assert asked(open_guard, "/_solara/cdn/vue/main.js")["status"] == 200
    (libraries / "link.js").symlink_to(libraries.parent / "secret.txt")
    assert asked(open_guard, "/_solara/cdn/link.js")["status"] == 404
    assert inner.reached == ["/_solara/cdn/vue/main.js"]


def test_the_browser_is_settings_to_load_nothing_from_elsewhere(open_guard: Guard) -> None:
    policy = asked(open_guard, "/", host="localhost:8765")["headers"]["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "ws://localhost:8765" in policy
    assert "http://" not in policy
    assert "https://" not in policy


def test_an_overlong_link_is_refused(open_guard: Guard, inner: Inner) -> None:
    assert asked(open_guard, "/", query="a=" + "x" * guards.LONGEST_QUERY)["status"] == 414
    assert inner.reached == []


def test_no_more_visitors_than_the_room_holds(
    open_guard: Guard, inner: Inner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guards, "MOST_VISITORS", 0)
    assert asked(open_guard, SOCKET, kind="websocket")["close"] == 1008
    assert inner.reached == []


def test_beyond_this_machine_there_is_always_a_token() -> None:
    assert address("127.0.0.1", 8765, None).token is None
    made = [address("0.0.0.0", 8765, None).token for _ in range(2)]
    assert None not in made
    assert made[0] != made[1]
    assert address("192.168.1.20", 8765, "spring2026").link == "http://192.168.1.20:8765/?token=spring2026"


@pytest.mark.parametrize("token", ["short", "with space", "semi;colon1", "ümlaut1234", ""])
def test_a_token_that_is_easily_guessed_or_breaks_a_cookie_is_refused(token: str) -> None:
    with pytest.raises(InputError, match="letters and digits") as refusal:
        address("0.0.0.0", 8765, token)
    assert not token or token not in str(refusal.value)


def test_a_port_that_is_taken_is_refused_in_words() -> None:
    import socket

    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(InputError, match="port that is free"):
            listening(address("127.0.0.1", other.getsockname()[1], None))


def test_the_frame_reports_to_nobody_and_forgets_after_the_minutes_given() -> None:
    settings = configured(15.0)
    assert settings["SOLARA_TELEMETRY_MIXPANEL_ENABLE"] == "False"
    assert settings["SOLARA_KERNEL_CULL_TIMEOUT"] == "900s"


def test_the_page_uses_neither_markdown_nor_a_console_nor_evaluates_what_is_typed() -> None:
    forbidden = {
        "Markdown",
        "MarkdownIt",
        "CommandConsole",
        "SolaraViz",
        "eval",
        "exec",
        "compile",
        "__import__",
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
    for template in sorted(CLASSROOM.glob("*.vue")):
        text = template.read_text(encoding="utf-8")
        assert "v-html" not in text
        assert "eval(" not in text
        assert "http://" not in text
        assert "https://" not in text
