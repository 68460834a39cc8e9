"""The page as a process of its own: what it prints, how it ends, and what it answers to whoever means it no good."""

from __future__ import annotations

import gzip
import http.client
import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from maxpressure.app.guard import HEADERS, LONGEST_BODY, LONGEST_QUERY
from served import Served, start, stop

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    running = start(tmp_path_factory.mktemp("page"), "--no-ahead")
    yield running
    stop(running)
    assert running.process.returncode == 0
    assert running.log.read_text().endswith("Stopped.\n")
    assert "Traceback" not in running.log.read_text()
    assert running.elsewhere == []


def port_of(served: Served) -> int:
    return int(served.url.rpartition(":")[2].strip("/"))


def raw(served: Served, sent: bytes, *, stays: bool = False) -> bytes:
    """All that the server answers to these bytes, after which the client says no more, or stays to hear it."""
    with socket.create_connection(("127.0.0.1", port_of(served)), timeout=30) as connection:
        connection.sendall(sent)
        if not stays:
            connection.shutdown(socket.SHUT_WR)
        parts = []
        while part := connection.recv(65_536):
            parts.append(part)
    return b"".join(parts)


def get(
    served: Served, path: str, method: str = "GET", body: bytes | None = None, **headers: str
) -> tuple[Any, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port_of(served), timeout=60)
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body=body, headers=given)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer, content


def answered(served: Served, path: str) -> tuple[Any, bytes]:
    """The answer to a question, asked again until it is there."""
    while (found := get(served, path))[0].status == 202:
        pass
    return found


def alive(served: Served) -> bool:
    answer, body = get(served, "/api/book")
    return answer.status == 200 and "scenarios" in json.loads(body)


def test_the_page_prints_what_to_open_and_the_link_opens_it(served: Served) -> None:
    said = served.log.read_text()
    assert f"Open {served.url}\n" in said
    (desk,) = re.findall(r"Teacher's desk: http://[^/]+(/desk\?token=\w{16})\n", said)
    assert get(served, "/")[0].status == 200
    assert get(served, "/desk")[0].status == 401
    answer, _ = get(served, desk)
    assert (answer.status, answer.headers["location"]) == (303, "/desk")
    cookie = answer.headers["set-cookie"].partition(";")[0]
    assert get(served, "/desk", cookie=cookie)[0].status == 200


def test_a_second_page_on_the_same_port_says_so_and_ends(served: Served) -> None:
    command = [sys.executable, "-m", "maxpressure", "app", "--port", str(port_of(served))]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 2
    assert "port that is free" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert alive(served)


def test_every_answer_has_the_headers_of_the_guard(served: Served) -> None:
    for path in ("/", "/static/app.js", "/api/book", "/api/worlds?campaign=9", "/nowhere"):
        answer, _ = get(served, path)
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
        assert "server" not in answer.headers


def test_head_has_the_headers_of_get_and_no_body(served: Served) -> None:
    for path in ("/", "/api/book"):
        read, whole = get(served, path)
        asked, nothing = get(served, path, method="HEAD")
        assert (asked.status, nothing) == (200, b"")
        assert asked.headers["etag"] == read.headers["etag"]
        assert int(asked.headers["content-length"]) == len(whole)


def test_a_part_of_a_file_is_not_sent(served: Served) -> None:
    whole, body = get(served, "/static/app.js")
    for given in ("bytes=0-3", "bytes=-1", "bytes=0-0,1-1,2-2", "bytes=99999999-", "x" * 5000):
        answer, part = get(served, "/static/app.js", Range=given)
        assert (answer.status, part) == (200, body)
    assert "accept-ranges" not in whole.headers


@pytest.mark.parametrize(
    "path",
    [
        "/static/../server.py",
        "/static/%2e%2e/server.py",
        "/static/..%2fserver.py",
        "/static/%252e%252e/server.py",
        "/static/..\\server.py",
        "/static/app.js%00",
        "/static//app.js",
        "/static/app.js/",
        "/%73tatic/../../../../etc/passwd",
        "/static/%ff%fe",
        "/static/%",
        "/api/%77orlds/",
        "/api",
        "/API/book",
        "/" + "a" * 3000,
        "/" + "../" * 500,
    ],
)
def test_no_path_leads_to_what_the_page_does_not_need(served: Served, path: str) -> None:
    answer = raw(served, f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    assert answer.split(b" ")[1] == b"404", answer[:200]
    assert b"import" not in answer


@pytest.mark.parametrize(
    "query",
    [
        "%",
        "%zz=%zz",
        "campaign=%00",
        "campaign=%F0%9F%92%A5",
        "campaign=%ud800",
        "campaign=1%0d%0aset-cookie:%20a=b",
        "campaign=1;drop",
        "campaign[]=1",
        "campaign=1&campaign=1",
        "campaign=1e400",
        "campaign=-0",
        "campaign=" + "9" * 3000,
        "asked=" + quote(" ".join(["MEX"] * 500)),
        "asked=" + quote("MEX," * 300),
        "ask=" + quote(" ".join(["MEX@2017-09-07"] * 80)),
        "ask=MEX@9999-99-99",
        "=&=&=&",
        "&" * 3999,
        "a&" * 1999,
        "__proto__=1",
        "constructor=1",
        "scenario=%2e%2e%2fpyproject.toml",
        "scenario=/etc/passwd",
        "scenario=http://localhost/",
    ],
)
def test_an_odd_query_is_answered_or_refused_in_a_sentence(served: Served, query: str) -> None:
    for path in ("worlds", "compare", "twins", "world", "guess", "tables"):
        asked = f"GET /api/{path}?{query} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        said = raw(served, asked.encode(), stays=True)
        head, _, body = said.partition(b"\r\n\r\n")
        status = int(head.split(b" ")[1])
        assert status in {200, 202, 422}, said[:300]
        assert b"set-cookie" not in head
        if status == 422:
            assert json.loads(body)["error"]["said"]
            assert len(body) < 4000


def test_ten_thousand_fields_are_too_many(served: Served) -> None:
    answer, _ = get(served, "/api/worlds?" + "&".join(f"a{number}=1" for number in range(2000)))
    assert answer.status == 414
    bomb = "&".join(f"a{number}=1" for number in range(10_000))
    said = raw(served, f"GET /api/worlds?{bomb} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    assert said.split(b" ")[1] in {b"400", b"414"}
    assert len(bomb) > 10 * LONGEST_QUERY
    assert alive(served)


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: " + b"a" * 100_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X-A: b\r\n" * 5000 + b"\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: evil.example\r\nHost: localhost\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\x00" * 1000,
        b"\r\n\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n Folded: yes\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Visitor: a\x00b\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /api/desk/hand-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n12345",
        b"POST /api/desk/hand-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n",
        b"CONNECT localhost:22 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ],
)
def test_what_is_no_request_is_refused_and_the_server_goes_on(served: Served, sent: bytes) -> None:
    answer = raw(served, sent)
    assert not answer or answer.split(b" ")[1].startswith(b"4"), answer[:200]
    assert b"Traceback" not in answer
    assert alive(served)


def test_what_is_handed_in_is_bounded_and_from_our_page(served: Served) -> None:
    ours = {"Origin": served.url.rstrip("/"), "Content-Type": "application/json"}
    path = "/api/desk/hand-in"
    assert get(served, path, "POST", b"{}", content_type="application/json")[0].status == 403
    assert get(served, path, "POST", b"{}", **(ours | {"Origin": "http://evil.example"}))[0].status == 403
    assert get(served, path, "POST", b"x" * (LONGEST_BODY + 1), **ours)[0].status == 413
    for body in (
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"a":' * 800,
        b"1" * 3000,
        b'{"numbers": [1e999]}',
    ):
        answer, said = get(served, path, "POST", body, **ours)
        assert answer.status in {413, 422}, (body[:20], answer.status, said)
        assert json.loads(said)["error"]["said"]
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port_of(served)}\r\nOrigin: {ours['Origin']}\r\n"
    chunked = raw(served, f"{head}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n".encode())
    assert chunked.split(b" ")[1] == b"411"
    short = raw(served, f"{head}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{{}}".encode())
    assert not short or short.split(b" ")[1].startswith(b"4"), "fewer bytes came than were promised"
    assert alive(served)


def test_headers_that_are_rubbish_change_no_answer(served: Served) -> None:
    _, whole = get(served, "/api/book")
    for headers in (
        {"X_Visitor": "x" * 10_000},
        {"X_Visitor": "\u00e9"},
        {"If_None_Match": '"' * 3000},
        {"If_Modified_Since": "yesterday"},
        {"If_Match": '"other"'},
        {"If_Range": "x"},
        {"Accept_Encoding": "gzip;q=abc, , ;;q=0"},
        {"Accept_Encoding": "zstd, br"},
        {"Accept": "text/html;q=0"},
        {"Cookie": "=;" * 2000},
        {"Authorization": "Basic " + "A" * 3000},
        {"X_Forwarded_For": "evil.example", "X_Forwarded_Host": "evil.example", "Forwarded": "host=evil"},
        {
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec_WebSocket_Version": "13",
            "Sec_WebSocket_Key": "x",
        },
    ):
        answer, body = get(served, "/api/book", **headers)
        plain = gzip.decompress(body) if answer.headers["content-encoding"] == "gzip" else body
        assert (answer.status, plain) == (200, whole), headers


def test_connections_that_say_nothing_keep_nobody_waiting(served: Served) -> None:
    idle = [socket.create_connection(("127.0.0.1", port_of(served))) for _ in range(100)]
    for one in idle[:50]:
        one.sendall(b"GET /api/book HTTP/1.1\r\nHost: loc")
    assert alive(served)
    for one in idle:
        one.close()
    assert alive(served)


def test_a_server_that_is_started_again_goes_on_where_the_client_was(tmp_path: Path) -> None:
    first = start(tmp_path, "--no-ahead")
    asked = "/api/worlds?worlds=60&campaign=1.3"
    answer, body = answered(first, asked)
    stop(first)
    with pytest.raises(OSError, match="refused"):
        get(first, asked)
    second = start(tmp_path, "--no-ahead", port=port_of(first))
    assert second.url == first.url
    again, same = answered(second, asked)
    kept, nothing = get(second, asked, If_None_Match=answer.headers["etag"])
    stop(second)
    assert (again.status, same, again.headers["etag"]) == (200, body, answer.headers["etag"])
    assert again.headers["x-build"] == answer.headers["x-build"]
    assert (kept.status, nothing) == (304, b"")
