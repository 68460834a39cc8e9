"""A student of the Solara page: holds a websocket on which a browser's scripts would send moves and receive pictures.

Run by the Python of the old page, whose server needs `websockets` too.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

from page_http import Line
from page_settings import Move, Setting, is_of, query
from websockets.asyncio.client import ClientConnection, connect

ENDS = re.compile(
    r"with (\d+) acts in the median world, (\d+) to (\d+) in half of the worlds, (\d+) to (\d+) in nine"
)


class OldStudent:
    """Holds a websocket as the scripts of Solara do: the server sends what changes of its widgets."""

    def __init__(self, url: str) -> None:
        self.line, self.url = Line(url), url
        self.kernel, self.page, self.control = (str(uuid4()) for _ in range(3))
        self.widgets: dict[str, dict[str, Any]] = {}
        self.socket: Any = None
        self._received = 0
        self._changed = asyncio.Event()

    @property
    def received(self) -> int:
        """Bytes that came in, as they were packed."""
        return self.line.received + self._received

    async def open(self, setting: Setting) -> None:
        """Open the page, which shows all worlds of a setting."""
        student = self

        class Counting(ClientConnection):
            def data_received(self, data: bytes) -> None:
                student._received += len(data)
                super().data_received(data)

        path = f"/?{query(setting)}"
        _, headers, _ = await self.line.ask(path)
        cookie = headers["set-cookie"].partition(";")[0]
        self.line.headers["Cookie"] = cookie
        address = f"{self.url.replace('http', 'ws', 1)}jupyter/api/kernels/{self.kernel}/channels"
        self.socket = await connect(
            f"{address}?session_id={self.page}",
            create_connection=Counting,
            additional_headers={"Cookie": cookie},
            max_size=None,
        )
        self._reading = asyncio.create_task(self._read())
        await self._send("comm_open", {"comm_id": self.control, "target_name": "solara.control", "data": {}})
        args = {"path": path, "dark": False, "themes": {"light": {}, "dark": {}}, "appName": None}
        await self._send("comm_msg", {"comm_id": self.control, "data": {"method": "run", "args": args}})
        await self._until(lambda: self._widget("subject") is not None)
        await self._event("subject", "resized", "desk")
        await self._until(lambda: self._shows(setting))

    async def move(self, move: Move, before: Setting) -> None:
        """Move the lever in which two settings differ; there are no previews."""
        ((key, given),) = move.setting.items() - before.items()
        frame = self._widget("columns") or {}
        frame["files"] = []
        await self._event("columns", "move", {"which": "A", "key": key, "given": given})
        await self._until(lambda: bool(self._state("files")))
        move.picture = move.full = time.monotonic() - move.began
        if not self._shows(move.setting):
            move.wrong = f"answer of {self._state('files')[0]['text'][:200]}"
        if self._state("fault"):
            move.fault = str(self._state("fault"))
        if found := ENDS.search(str(self._state("alt"))):
            move.ends = [int(one) for one in found.groups()]

    async def twins(self, without: str, twins: int = 40) -> None:
        """Ask what had been without an input: the answer has one state."""
        await self._event("subject", "choose", "twin")
        await self._until(lambda: self._widget("couplings") is not None)
        await self._event("couplings", "ask", {"state": "MEX", "without": without, "twins": str(twins)})
        await self._until(
            lambda: bool((frame := self._widget("couplings")) and (frame["title"] or frame["fault"]))
        )
        title = (self._widget("couplings") or {})["title"]
        if not title.endswith(without):
            raise RuntimeError(f"answer of {title}")

    async def leave(self) -> None:
        """What a browser sends when its tab is closed."""
        if self.socket is not None:
            await self.line.ask(f"/_solara/api/close/{self.kernel}?session_id={self.page}", "POST")
            await self.socket.close()
            self._reading.cancel()
        self.line.close()

    def _shows(self, setting: Setting) -> bool:
        files = self._state("files")
        shown = bool(files) and str(self._state("picture")).startswith("data:image/png")
        return shown and is_of(files[0]["text"], setting)

    def _widget(self, trait: str) -> dict[str, Any] | None:
        return next((state for state in self.widgets.values() if trait in state), None)

    def _state(self, trait: str) -> Any:
        return (self._widget("columns") or {}).get(trait)

    async def _event(self, trait: str, event: str, data: Any) -> None:
        comm = next(one for one, state in self.widgets.items() if trait in state)
        content = {"event": event, "data": data}
        await self._send("comm_msg", {"comm_id": comm, "data": {"method": "custom", "content": content}})

    async def _send(self, kind: str, content: Mapping[str, Any]) -> None:
        date = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
        header = {"msg_id": str(uuid4()), "msg_type": kind, "session": self.kernel, "username": ""}
        header |= {"date": date, "version": "5.2"}
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
        await self.socket.send(json.dumps(message | {"channel": "shell", "buffers": []}))

    async def _read(self) -> None:
        async for wire in self.socket:
            message = json.loads(wire)
            content, kind = message["content"], message["header"]["msg_type"]
            state = content.get("data", {}).get("state", {}) if kind in {"comm_open", "comm_msg"} else {}
            if kind == "comm_open":
                self.widgets[content["comm_id"]] = state
            elif kind == "comm_close":
                self.widgets.pop(content["comm_id"], None)
            elif state:
                self.widgets.setdefault(content["comm_id"], {}).update(state)
            self._changed.set()

    async def _until(self, done: Callable[[], bool]) -> None:
        while not done():
            if self._reading.done():
                raise ConnectionError("the server closed the connection")
            self._changed.clear()
            await self._changed.wait()
