"""A student of this page: asks over HTTP as the page's own scripts do."""

from __future__ import annotations

import asyncio
import gzip
import json
import random
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import uuid4

from page_settings import RECORDED, Move, Setting, is_of, query

BESIDE = 0.25
"""Seconds until the page asks for a preview beside all worlds: PATIENCE in static/many.js."""


class Line:
    """One connection for HTTP that stays open; every byte that comes in is counted."""

    def __init__(self, url: str, **headers: str) -> None:
        split = urlsplit(url)
        self.host, self.port, self.received = split.hostname or "", split.port or 80, 0
        self.headers = {"Host": f"{self.host}:{self.port}", "Accept-Encoding": "gzip", **headers}
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._fresh = True

    async def ask(self, path: str, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
        """Status, headers and the body, unpacked; a connection that the server has closed meanwhile is opened anew."""
        try:
            return await self._asked(path, method)
        except (asyncio.IncompleteReadError, ConnectionError):
            if self._fresh:
                raise
            self.close()
            return await self._asked(path, method)

    async def _asked(self, path: str, method: str) -> tuple[int, dict[str, str], bytes]:
        self._fresh = self._streams is None
        if self._streams is None:
            self._streams = await asyncio.open_connection(self.host, self.port)
        reader, writer = self._streams
        length = {"Content-Length": "0"} if method == "POST" else {}
        lines = [f"{method} {path} HTTP/1.1", *(f"{k}: {v}" for k, v in (self.headers | length).items())]
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode("ascii"))
        head = await reader.readuntil(b"\r\n\r\n")
        first, *rest = head.decode("latin-1").strip().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
        body = await self._body(reader, headers)
        self.received += len(head)
        if headers.get("connection", "").lower() == "close":
            self.close()
        return int(first.split()[1]), headers, body

    async def _body(self, reader: asyncio.StreamReader, headers: Mapping[str, str]) -> bytes:
        packed = b""
        if headers.get("transfer-encoding", "").lower() == "chunked":
            while size := int((line := await reader.readline()).split(b";")[0], 16):
                packed += (await reader.readexactly(size + 2))[:-2]
                self.received += len(line) + 2
            self.received += len(line) + len(await reader.readline())
        elif (length := int(headers.get("content-length", "0"))) > 0:
            packed = await reader.readexactly(length)
        self.received += len(packed)
        return gzip.decompress(packed) if headers.get("content-encoding") == "gzip" else packed

    def close(self) -> None:
        """Close the connection; the next question opens another."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


class NewStudent:
    """Asks the API as the scripts of the page do: all worlds, and beside them a preview if they take a while."""

    def __init__(self, url: str) -> None:
        visitor = {"X-Visitor": uuid4().hex}
        self.line, self.beside = Line(url, **visitor), Line(url, **visitor)

    @property
    def received(self) -> int:
        """Bytes that came in."""
        return self.line.received + self.beside.received

    async def answer(self, path: str, line: Line | None = None) -> dict[str, Any]:
        """The answer to a question, asked again while the server says that it is at it."""
        while True:
            status, headers, body = await (line or self.line).ask(path)
            if status == 503:
                await asyncio.sleep(float(headers.get("retry-after", 2)) * random.uniform(1.0, 1.5))
            elif status == 200:
                return dict(json.loads(body))
            elif status != 202:
                raise RuntimeError(f"{path}: status {status}")

    async def open(self, setting: Setting) -> None:
        """Open the page, which shows all worlds of a setting."""
        await self.line.ask("/")
        await self.answer("/api/book")
        await self.answer(f"/api/worlds?{query(setting)}")

    async def move(self, move: Move, before: Setting) -> None:  # noqa: ARG002  # the whole setting is asked
        """Move a lever; a preview that comes first is noted as the picture."""
        asked = f"/api/worlds?{query(move.setting)}"
        preview = asyncio.create_task(self._preview(move, asked))
        try:
            answer = await self.answer(asked)
            move.full = time.monotonic() - move.began
            move.picture = move.picture or move.full
        finally:
            if preview.done():
                preview.result()
            else:
                preview.cancel()
                self.beside.close()  # as a browser does with a request that it calls off
        move.wrong = move.wrong or self._wrong(answer, move.setting, preview=False)
        p05, p25, p50, p75, p95 = (round(level[-1]) for level in answer["outcomes"]["acts"]["levels"])
        move.ends = [p50, p25, p75, p05, p95]

    async def _preview(self, move: Move, asked: str) -> None:
        await asyncio.sleep(BESIDE)
        answer = await self.answer(f"{asked}&worlds=60", self.beside)
        move.picture = time.monotonic() - move.began
        move.wrong = self._wrong(answer, move.setting, preview=True)

    @staticmethod
    def _wrong(answer: Mapping[str, Any], setting: Setting, *, preview: bool) -> str:
        link = dict(parse_qsl(str(answer["link"]).lstrip("?")))
        if link != {"scenario": RECORDED, **setting} or not is_of(answer["file"], setting):
            return f"answer of {answer['link']}"
        known = {(60, True), (300, False)} if preview else {(300, False)}  # all worlds serve as a preview too
        if (answer["worlds"], answer["preview"]) not in known:
            return f"{answer['worlds']} worlds, preview {answer['preview']}"
        return ""

    async def twins(self, without: str, twins: int = 40) -> None:
        """Ask what had been without an input: the answer has every state."""
        words = urlencode({"without": without, "twins": twins})
        answer = await self.answer(f"/api/twins?{words}")
        if (answer["without"], answer["twins"]) != (without, twins) or not answer["states"]:
            raise RuntimeError(f"answer of {answer['without']}, {answer['twins']} twins")

    async def leave(self) -> None:
        """Close the tab."""
        for line in (self.line, self.beside):
            line.close()
