"""The guard of the page: it decides on every request before the server answers.

It refuses an unknown Host (so that a foreign page cannot reach the server by a name of its own), what another site's
page asks, every path and method that is no :class:`Door`, a body that is too long, and, where a token is asked for,
whoever does not have it. The teacher's doors ask for a token of their own, which opens all others too.
"""

from __future__ import annotations

import hmac
import html
import ipaddress
import json
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, unquote_plus, urlsplit

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

VISITOR: Final = "maxpressure-token"
TEACHER: Final = "maxpressure-teacher"
"""The cookies that hold the two tokens."""

HOST: Final = re.compile(r"(\[(?P<number>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9._-]+))(:\d{1,5})?")
LENGTH: Final = re.compile("[0-9]{1,9}")
PARTS: Final = re.compile("[&?]")
"""What parts a query: a second ? is where somebody added to a link that had one."""

LONGEST_QUERY: Final = 4000
LONGEST_HEADERS: Final = 16_384
LONGEST_BODY: Final = 8192
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
READ: Final = frozenset({"GET", "HEAD"})

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""It forbids the browser to load anything from elsewhere, and to run what no file of the page holds."""

HEADERS: Final = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
"""What every answer forbids the browser to do with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """A path that is there, by which methods, and whether only the teacher may use it.

    ``page`` is one that a person opens by a link, which may bring a token.
    """

    path: str
    methods: frozenset[str] = READ
    teacher: bool = False
    page: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a request is refused."""

    status: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Stands before ``inner``. ``hosts`` are the names it answers to; ``any_address`` lets in every IP number.

    An IP number cannot be a name that a foreign page made point here. ``token`` None asks visitors for none;
    ``teacher`` None leaves the teacher's doors to every visitor.
    """

    inner: App
    hosts: frozenset[str]
    doors: Iterable[Door]
    any_address: bool = False
    token: str | None = None
    teacher: str | None = None
    _doors: dict[str, Door] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self._doors.update((door.path, door) for door in self.doors)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a connection through, or answer it here."""
        if scope["type"] == "websocket":  # there is none in this page
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        elif scope["type"] != "http":
            await self.inner(scope, receive, send)
        else:
            headers = headers_of(scope)
            send = _with_headers(send)
            if (refusal := self.refused(scope, headers)) is not None:
                await _refuse(send, scope, refusal)
            elif (entry := self.entry(scope, headers)) is not None:
                await _answer(send, 303, b"", [("location", entry[0]), *entry[1]])
            else:
                await self.inner(scope, receive, send)

    def refused(self, scope: Scope, headers: Mapping[str, str]) -> Refusal | None:
        """Why this request is not let in; None where it is."""
        if (odd := self._odd(scope, headers)) is not None:
            return odd
        door = self._doors.get(scope["path"])
        if not self._let_in(scope, headers, door):
            who = (
                "the teacher’s own token" if door and door.teacher else "the token that its teacher was shown"
            )
            return Refusal(status=401, why=f"This page asks for {who}.")
        if door is None or scope["method"] not in door.methods:
            return Refusal(status=404, why="There is nothing here.")
        return too_long(headers) if scope["method"] == "POST" else None

    def _odd(self, scope: Scope, headers: Mapping[str, str]) -> Refusal | None:
        """Why this is no request of a browser that has our page open, whoever has sent it."""
        if sum(len(name) + len(value) for name, value in scope["headers"]) > LONGEST_HEADERS:
            return Refusal(status=431, why="This request has more headers than any browser sends.")
        if not self.knows(headers.get("host", "")):
            return Refusal(status=421, why="This server does not answer to that name.")
        if not same_origin(headers, posted=scope["method"] == "POST"):
            return Refusal(status=403, why="This was asked by another site.")
        if len(scope.get("query_string", b"")) > LONGEST_QUERY:
            return Refusal(status=414, why=f"A link has at most {LONGEST_QUERY} characters.")
        return None

    def knows(self, host: str) -> bool:
        """Whether this is a name or number that the server answers to."""
        name = host_name(host)
        if name in self.hosts:
            return True
        return self.any_address and _is_address(name)

    def entry(self, scope: Scope, headers: Mapping[str, str]) -> tuple[str, list[tuple[str, str]]] | None:
        """The address without its token, and the cookies, for who was let in with a token in the link."""
        del headers
        door = self._doors.get(scope["path"])
        given = _token_in(scope)
        if door is None or not door.page or given is None:
            return None
        query = scope["query_string"].decode("latin-1")
        rest = "&".join(part for part in PARTS.split(query) if part and not _is_token(part))
        cookies = [
            (name, token)
            for name, token in ((VISITOR, self.token), (TEACHER, self.teacher))
            if token is not None and _same(given, token)
        ]
        kept = "; HttpOnly; SameSite=Strict; Path=/"
        address = scope["path"] + (f"?{rest}" if rest else "")
        return address, [("set-cookie", f"{name}={token}{kept}") for name, token in cookies]

    def _let_in(self, scope: Scope, headers: Mapping[str, str], door: Door | None) -> bool:
        """Whether a token for this door is in the cookies or in the link, where one is asked for."""
        asked = self.teacher if door is not None and door.teacher else self.token
        if asked is None:
            return True
        tokens = [token for token in (asked, self.teacher) if token is not None]
        given = [value for name, value in cookies_of(headers) if name in {VISITOR, TEACHER}]
        if door is not None and door.page and (linked := _token_in(scope)) is not None:
            given.append(linked)
        return any(_same(one, token) for one in given for token in tokens)

    def is_teacher(self, headers: Mapping[str, str]) -> bool:
        """Whether the teacher's own token is in the cookies, or none is asked for."""
        if self.teacher is None:
            return True
        return any(name == TEACHER and _same(value, self.teacher) for name, value in cookies_of(headers))


def headers_of(scope: Scope) -> dict[str, str]:
    """The headers of a request by their names in lower case."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


def cookies_of(headers: Mapping[str, str]) -> list[tuple[str, str]]:
    """The cookies of a request, whatever other pages of this host have set beside ours."""
    parts = [one.strip().partition("=") for one in headers.get("cookie", "").split(";")]
    return [(name, value) for name, _, value in parts]


def host_name(host: str) -> str:
    """The name in a Host header, without port and brackets; empty where it is no plain name."""
    found = HOST.fullmatch(host)
    return (found["number"] or found["name"]).lower() if found else ""


def same_origin(headers: Mapping[str, str], *, posted: bool = False) -> bool:
    """Whether our own page asks, or a person by a link; ``posted`` needs an Origin, which links do not bring."""
    site, aim = headers.get("sec-fetch-site", "none"), headers.get("sec-fetch-mode", "navigate")
    if site not in {"none", "same-origin"} and aim != "navigate":
        return False
    origin = headers.get("origin")
    if origin is None:
        return not posted
    try:
        parts = urlsplit(origin)
    except ValueError:  # no address at all, such as http://[
        return False
    return parts.scheme in {"http", "https"} and parts.netloc.lower() == headers.get("host", "").lower()


def too_long(headers: Mapping[str, str]) -> Refusal | None:
    """Why a body is not read: none may be longer than a few lines, and each says how long it is."""
    length = headers.get("content-length", "")
    if not LENGTH.fullmatch(length):
        return Refusal(status=411, why="What is handed in says how long it is.")
    if int(length) > LONGEST_BODY:
        return Refusal(status=413, why=f"What is handed in has at most {LONGEST_BODY} bytes.")
    return None


def _token_in(scope: Scope) -> str | None:
    """The token of a link, also where more was added behind a second ``?``."""
    parts = PARTS.split(scope.get("query_string", b"").decode("latin-1"))
    return next((unquote_plus(part.partition("=")[2]) for part in parts if _is_token(part)), None)


def _is_token(part: str) -> bool:
    return unquote_plus(part.partition("=")[0]) == "token"


def _same(given: str, token: str) -> bool:
    return hmac.compare_digest(given.encode(errors="replace"), token.encode())


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _with_headers(send: Send) -> Send:
    """Add to every answer what the browser must not do with it."""
    added = [(name.encode(), value.encode()) for name, value in HEADERS.items()]

    async def sent(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *added]
        await send(message)

    return sent


async def _refuse(send: Send, scope: Scope, refusal: Refusal) -> None:
    """Say why, as a page to a person and as the API says it to a program."""
    if scope["path"].startswith("/api/"):
        said: dict[str, Any] = {
            "error": {"key": "", "given": "", "allowed": "", "nearest": "", "said": refusal.why}
        }
        body, kind = json.dumps(said, ensure_ascii=False), "application/json"
    else:
        body, kind = _page(refusal, scope), "text/html; charset=utf-8"
    await _answer(
        send, refusal.status, body.encode(), [("content-type", kind), ("cache-control", "no-store")]
    )


def _page(refusal: Refusal, scope: Scope) -> str:
    """A page that says why, with a field for the token where that is missing; the rest of the link is kept."""
    form = ""
    if refusal.status == 401:
        query = "&".join(PARTS.split(scope["query_string"].decode("latin-1")))
        kept = [pair for pair in parse_qsl(query, keep_blank_values=True) if pair[0] != "token"]
        hidden = "".join(
            f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
            for name, value in kept
        )
        form = (
            f'<form><label>Token <input name="token" type="password" autocomplete="off" autofocus></label> {hidden}'
            "<button>Enter</button></form>"
        )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>maxpressure</title><body><h1>maxpressure</h1><p>{html.escape(refusal.why)}</p>{form}</body></html>"
    )


async def _answer(send: Send, status: int, body: bytes, headers: Iterable[tuple[str, str]]) -> None:
    written = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*written, length]})
    await send({"type": "http.response.body", "body": body})
