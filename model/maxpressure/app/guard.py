"""The guard of the page: it decides on every request and websocket before the server answers.

It refuses an unknown Host (so that a foreign page cannot reach the server by a name of its own), a
websocket that another site opened, every path and method that the page does not need, and, where a token is
asked for, whoever does not have it. What the page fetches from its folder of libraries is sent only if it lies
there: nothing is ever fetched from elsewhere or written.
"""

from __future__ import annotations

import hmac
import html
import ipaddress
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

COOKIE: Final = "maxpressure-token"
LIBRARIES: Final = "/_solara/cdn/"
KERNEL: Final = re.compile(r"/jupyter/api/kernels/[\w-]{1,80}(/channels)?")
HOST: Final = re.compile(r"(\[(?P<number>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9._-]+))(:\d{1,5})?")
LEAVING: Final = re.compile(r"/_solara/api/close/[\w-]{1,80}")
FOLDERS: Final = ("/static/", "/jupyter/nbextensions/", LIBRARIES)
LONGEST_QUERY: Final = 4000
MOST_VISITORS: Final = 100
"""Websockets open at once."""

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})

POLICY: Final = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' ws://{host} wss://{host}; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""It forbids the browser to load anything from elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a request is refused."""

    status: int
    why: str


@dataclass(slots=True, kw_only=True)
class Guard:
    """Stands before ``inner``. ``hosts`` are the names it answers to; ``any_address`` lets in every IP number.

    An IP number cannot be a name that a foreign page made point here. ``token`` None asks for none.
    """

    inner: App
    hosts: frozenset[str]
    libraries: Path
    any_address: bool = False
    token: str | None = None
    visitors: int = field(default=0, init=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a connection through, or answer it here."""
        if scope["type"] == "lifespan":
            await self.inner(scope, receive, send)
            return
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]
        }
        if scope["type"] == "websocket":
            await self._websocket(scope, receive, send, headers)
        elif (entry := self.entry(scope, headers)) is not None:
            await _answer(send, 303, "", {"location": entry[0], "set-cookie": entry[1]})
        elif (refusal := self.refused(scope, headers)) is not None:
            await _answer(send, refusal.status, _page(refusal), {"content-type": "text/html; charset=utf-8"})
        else:
            await self.inner(scope, receive, _with_headers(send, headers.get("host", "")))

    async def _websocket(
        self, scope: Scope, receive: Receive, send: Send, headers: Mapping[str, str]
    ) -> None:
        if self.refused(scope, headers) is not None or self.visitors >= MOST_VISITORS:
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        self.visitors += 1
        try:
            await self.inner(scope, receive, send)
        finally:
            self.visitors -= 1

    def refused(self, scope: Scope, headers: Mapping[str, str]) -> Refusal | None:
        """Why this connection is not let in; None where it is."""
        if not self.knows(headers.get("host", "")):
            return Refusal(status=421, why="This server does not answer to that name.")
        if not same_origin(headers):
            return Refusal(status=403, why="This connection was opened by another site.")
        if not self._token_fits(headers):
            return Refusal(status=401, why="This page asks for the token that its teacher was shown.")
        if len(scope.get("query_string", b"")) > LONGEST_QUERY:
            return Refusal(status=414, why=f"A link has at most {LONGEST_QUERY} characters.")
        if not self.open_to(scope["path"], scope.get("method", "WEBSOCKET")):
            return Refusal(status=404, why="There is nothing here.")
        return None

    def knows(self, host: str) -> bool:
        """Whether this is a name or number that the server answers to."""
        name = host_name(host)
        if name in self.hosts:
            return True
        return self.any_address and _is_address(name)

    def open_to(self, path: str, method: str) -> bool:
        """Whether the page needs this path by this method."""
        if method in {"WEBSOCKET", "POST"}:
            return (KERNEL if method == "WEBSOCKET" else LEAVING).fullmatch(path) is not None
        plain = unquote(path)
        if method not in {"GET", "HEAD"} or ".." in plain or "\\" in plain or "\0" in plain:
            return False
        if path.startswith(LIBRARIES):
            return self.has_library(path.removeprefix(LIBRARIES))
        return path in {"/", "/readyz"} or path.startswith(FOLDERS)

    def has_library(self, name: str) -> bool:
        """Whether a file of that name lies in the folder of libraries."""
        root = self.libraries.resolve()
        path = (root / name).resolve()
        return path.is_relative_to(root) and path.is_file()

    def entry(self, scope: Scope, headers: Mapping[str, str]) -> tuple[str, str] | None:
        """The address and the cookie for a visitor whose link has the right token."""
        if self.token is None or scope["path"] != "/" or not self.knows(headers.get("host", "")):
            return None
        query = scope.get("query_string", b"").decode("latin-1")
        fields = parse_qsl(query, keep_blank_values=True)
        given = dict(fields).get("token")
        if given is None or not _same(given, self.token):
            return None
        rest = urlencode([(key, value) for key, value in fields if key != "token"])
        cookie = f"{COOKIE}={self.token}; HttpOnly; SameSite=Strict; Path=/"
        return (f"/?{rest}" if rest else "/", cookie)

    def _token_fits(self, headers: Mapping[str, str]) -> bool:
        if self.token is None:
            return True
        cookies = [one.strip().partition("=") for one in headers.get("cookie", "").split(";")]
        return any(name == COOKIE and _same(value, self.token) for name, _, value in cookies)


def host_name(host: str) -> str:
    """The name in a Host header, without port and brackets; empty where it is no plain name."""
    found = HOST.fullmatch(host)
    return (found["number"] or found["name"]).lower() if found else ""


def same_origin(headers: Mapping[str, str]) -> bool:
    """Whether the page that opened the connection is ours; plain links from elsewhere bring no Origin."""
    origin = headers.get("origin")
    if origin is None:
        return True
    try:
        return urlsplit(origin).netloc.lower() == headers.get("host", "").lower()
    except ValueError:  # no address at all, such as http://[
        return False


def _same(given: str, token: str) -> bool:
    return hmac.compare_digest(given.encode(), token.encode())


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _with_headers(send: Send, host: str) -> Send:
    """Add to every answer what the browser must not do with it."""
    added = [
        (b"content-security-policy", POLICY.format(host=host).encode("latin-1")),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
    ]

    async def sent(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *added]
        await send(message)

    return sent


def _page(refusal: Refusal) -> str:
    form = (
        '<form action="/"><label>Token <input name="token" type="password" autocomplete="off" autofocus></label> '
        "<button>Enter</button></form>"
        if refusal.status == 401
        else ""
    )
    style = "font: 1.2rem system-ui, sans-serif; margin: 3rem auto; max-width: 40rem; padding: 0 1rem"
    return (
        f'<!doctype html><html lang="en"><title>maxpressure</title><body style="{style}"><h1>maxpressure</h1>'
        f"<p>{html.escape(refusal.why)}</p>{form}</body></html>"
    )


async def _answer(send: Send, status: int, body: str, headers: Mapping[str, str]) -> None:
    written = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": written})
    await send({"type": "http.response.body", "body": body.encode()})
