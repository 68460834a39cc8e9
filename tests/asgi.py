"""An application asked without a network, for tests: one request, and all that it answers."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

App = Callable[..., Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Status, headers and body of an answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as what it says, unpacked where it is packed."""
        packed = self.headers.get("content-encoding") == "gzip"
        return json.loads(gzip.decompress(self.body) if packed else self.body)


async def ask(
    app: App,
    path: str,
    query: str = "",
    *,
    method: str = "GET",
    stays: float = 600.0,
    body: bytes = b"",
    **headers: str,
) -> Answer:
    """Ask an application and close the connection after so many seconds."""
    given = {"host": "localhost:8765", **headers}
    scope = {
        "type": "http",
        "http_version": "1.1",
        "scheme": "http",
        "server": ("127.0.0.1", 8765),
        "client": ("127.0.0.1", 50_000),
        "root_path": "",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in given.items()],
    }
    sent: list[MutableMapping[str, Any]] = []
    parts = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> MutableMapping[str, Any]:
        if parts:
            return parts.pop()
        await asyncio.sleep(stays)
        return {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    found = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return Answer(
        status=sent[0]["status"], headers=found, body=b"".join(one.get("body", b"") for one in sent[1:])
    )
