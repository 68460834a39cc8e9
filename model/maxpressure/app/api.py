"""The page's API over HTTP: each question is answered from memory, or waits its turn, or is refused in a sentence.

An answer has a tag, so that a browser that holds it is sent nothing (304). Who waits longer than `WAIT` seconds is told
where the question stands (202) and asks again; where too many wait, the visitor is asked to come back (503).
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import logging
import math
import random
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, Final
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from maxpressure.app.answers import JSON, Answers, Packed, build_of, packed
from maxpressure.app.assets import PREFIX, Assets
from maxpressure.app.basis import Basis
from maxpressure.app.classroom import classroom
from maxpressure.app.guard import Door, Receive, Scope, Send
from maxpressure.app.questions import QUESTIONS, Question
from maxpressure.app.stock import Stock
from maxpressure.app.turns import Enough, Full, Job, Left, Report, Turns
from maxpressure.base.errors import InputError, written

WAIT: Final = 2.0
"""Seconds that a question waits before its visitor is told where it stands."""

LONGEST_RETRY: Final = 20
"""Seconds after which a visitor is asked to come back, at most."""

TIDY_AFTER: Final = 3.0
"""Seconds after the last question until unused memory is returned."""

CHECKED: Final = 2048
"""Questions whose check is remembered: it costs more than an answer that is at hand."""

VISITOR: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
DESK: Final = "/desk"
PAGES: Final = {"/": f"{PREFIX}index.html", DESK: f"{PREFIX}desk.html"}
"""What a person opens, and the file that it is."""

_LOG: Final = logging.getLogger(__name__)


class Api:
    """The application behind the guard: questions, pages and files."""

    def __init__(
        self, basis: Basis, addresses: Callable[[], Sequence[str]] = list, class_token: str | None = None
    ) -> None:
        self.basis = basis
        self.assets = Assets()
        self.answers = Answers(build=build_of(basis))
        self.stock = Stock(basis=basis)
        self.turns = Turns()
        self.desk = classroom(basis, self.stock, addresses, class_token)
        self._checked = lru_cache(maxsize=CHECKED)(self._check)
        self._tidying: asyncio.TimerHandle | None = None
        self._app = Starlette(
            routes=[
                *(Route(f"/api/{name}", partial(self._answer, name)) for name in QUESTIONS),
                *self.desk.routes,
                *(Route(path, partial(self._file, file)) for path, file in PAGES.items()),
                *(Route(path, partial(self._file, path)) for path in self.assets.paths()),
            ]
        )

    @property
    def doors(self) -> list[Door]:
        """The addresses that there are."""
        return [
            *(Door(path=f"/api/{name}") for name in QUESTIONS),
            *self.desk.doors,
            *(Door(path=path, page=True, teacher=path == DESK) for path in PAGES),
            *(Door(path=path) for path in self.assets.paths()),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request that the guard let in."""
        await self._app(scope, receive, send)

    def close(self) -> None:
        """Stop all work."""
        self.turns.close()

    # ---- questions

    async def _answer(self, name: str, request: Request) -> Response:
        """A question's answer; whatever goes wrong is said in a sentence, and the rest goes into the log."""
        try:
            return await self._answered(self._checked(name, request.url.query), request)
        except InputError as refusal:
            return _said(422, refused(refusal), self.answers.build)
        except Exception:  # noqa: BLE001  # one question's fault is no other's
            _LOG.exception("no answer to %s", request.url.path)
            said = {"error": _error("The server failed at this question. It is in its log.")}
            return _said(500, said, self.answers.build)
        finally:
            self._tidy_later()

    def _check(self, name: str, query: str) -> Question:
        return QUESTIONS[name](self.basis, parse_qsl(query, keep_blank_values=True))

    async def _answered(self, question: Question, request: Request) -> Response:
        for key in filter(None, (question.better, question.key)):
            tag = self.answers.tag(key)
            at_hand = self.answers.get(key)
            if at_hand is not None or key == question.key:
                if tag in _tags(request):
                    return self._sent(None, tag, request)
                if at_hand is not None:
                    return self._sent(at_hand, tag, request)
        made = await self._made(question, request)
        return self._sent(made, tag, request) if isinstance(made, Packed) else made

    async def _made(self, question: Question, request: Request) -> Packed | Response:
        """The answer once it is there, or where it stands."""
        loop, visitor = asyncio.get_running_loop(), _visitor(request)
        until = loop.time() + WAIT
        gone = asyncio.ensure_future(_gone(request))
        try:
            while True:
                try:
                    job = self.turns.ask(visitor, question.key, question.kind, self.work(question))
                except Full as full:
                    return self._come_back(full.seconds)
                except Enough as enough:  # a job of the visitor's own comes first
                    await _ended(enough.job, gone, until - loop.time())
                    if not enough.job.future.done():
                        return self._stands(enough.job)
                    continue
                await _ended(job, gone, until - loop.time())
                self.turns.leave(job, visitor, gone=gone.done())
                if not job.future.done():
                    return self._stands(job)
                if not job.future.cancelled() and not isinstance(job.future.exception(), Left):
                    result: Packed = job.future.result()
                    return result
                if gone.done():
                    return Response(status_code=204)
        finally:
            gone.cancel()

    def work(self, question: Question) -> Any:
        """The work for a question: its answer packed, and kept."""

        def done(report: Report) -> Packed:
            made = packed(question.work(self.stock, report))
            self.answers.put(question.key, made)
            return made

        return done

    def _stands(self, job: Job) -> Response:
        """Where a job stands, for a visitor who is to ask again."""
        place = self.turns.stands(job)
        said = {"place": place.place, "seconds": round(place.seconds, 1), "done": place.done, "of": place.of}
        return _said(202, said, self.answers.build)

    def _come_back(self, seconds: float) -> Response:
        """Too many wait: come back, but not all at once."""
        wait = math.ceil(min(LONGEST_RETRY, max(1.0, seconds / 2)) * random.uniform(0.75, 1.25))
        said = {"error": _error(f"Too many questions wait. Ask again in {wait} seconds.")}
        return _said(503, said, self.answers.build, {"retry-after": str(wait)})

    # ---- what is sent

    def _sent(self, answer: Packed | None, tag: str, request: Request) -> Response:
        """An answer to who may have it already (None: who has), and may not unpack it."""
        headers = {"etag": tag, "cache-control": "private, no-cache", "vary": "accept-encoding"}
        headers["x-build"] = self.answers.build
        if answer is None:
            return Response(status_code=304, headers=headers)
        headers["content-type"] = answer.media
        if answer.media != JSON:
            headers["content-disposition"] = 'attachment; filename="maxpressure-tables.zip"'
            return Response(answer.body, headers=headers)
        if not takes_gzip(request):
            return Response(answer.plain, headers=headers)
        return Response(answer.body, headers=headers | {"content-encoding": "gzip"})

    async def _file(self, address: str, request: Request) -> Response:
        """A file of the page."""
        asset = self.assets.get(address)
        headers = {"etag": asset.tag, "cache-control": "no-cache", "vary": "accept-encoding"}
        if asset.tag in _tags(request):
            return Response(status_code=304, headers=headers)
        headers["content-type"] = asset.kind
        if not takes_gzip(request):
            return Response(asset.plain, headers=headers)
        return Response(asset.packed, headers=headers | {"content-encoding": "gzip"})

    # ---- memory

    def _tidy_later(self) -> None:
        """Return memory once nobody has asked anything for some seconds."""
        if self._tidying is not None:
            self._tidying.cancel()
        self._tidying = asyncio.get_running_loop().call_later(TIDY_AFTER, self._tidy)

    def _tidy(self) -> None:
        if self.turns.quiet:
            self.stock.clear()
            give_back()


def give_back() -> None:
    """Return unused memory to the system, where its C library can (glibc)."""
    gc.collect()
    if sys.platform == "linux" and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)) is not None:
        trim(0)


def refused(refusal: InputError) -> dict[str, Any]:
    """A refusal as the page takes it: what, where, what would be right, and the nearest, alone and in a sentence."""
    near = f" Did you mean {refusal.nearest}?" if refusal.nearest else ""
    given = refusal.given if isinstance(refusal.given, str) else written(refusal.given)
    said = f"{refusal.said(refusal.key)}{near}"
    return {"error": _error(said, refusal.key, given, refusal.allowed, refusal.nearest)}


def _error(said: str, key: str = "", given: str = "", allowed: str = "", nearest: str = "") -> dict[str, str]:
    return {"key": key, "given": given, "allowed": allowed, "nearest": nearest, "said": said}


def _said(
    status: int, body: Mapping[str, Any], build: str, more: Mapping[str, str] | None = None
) -> Response:
    """What holds for this moment only."""
    headers = {"cache-control": "no-store", "x-build": build, **(more or {})}
    return JSONResponse(body, status_code=status, headers=headers)


async def _ended(job: Job, gone: asyncio.Future[None], seconds: float) -> None:
    """Wait for the end of a job, for the visitor to leave, or so long."""
    future = asyncio.wrap_future(job.future)
    future.add_done_callback(
        lambda one: one.cancelled() or one.exception()
    )  # whoever has left need not hear of it
    await asyncio.wait({future, gone}, timeout=max(0.0, seconds), return_when=asyncio.FIRST_COMPLETED)


async def _gone(request: Request) -> None:
    """Return when the visitor has closed the connection."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _visitor(request: Request) -> str:
    """Who asks: the tab, where it says so, else the machine."""
    said = request.headers.get("x-visitor", "")
    return said if VISITOR.fullmatch(said) else f"at {request.client.host if request.client else ''}"


def _tags(request: Request) -> set[str]:
    """The tags of the answers that the browser holds."""
    given = request.headers.get("if-none-match", "")
    return {one.strip().removeprefix("W/") for one in given.split(",")}


def takes_gzip(request: Request) -> bool:
    """Whether the client unpacks gzip: it says so, and not that it does not (q=0)."""
    for one in request.headers.get("accept-encoding", "").lower().split(","):
        name, _, weight = one.partition(";")
        if name.strip() in {"gzip", "*"}:
            return not re.fullmatch(r"\s*q\s*=\s*0(\.0*)?\s*", weight)
    return False
