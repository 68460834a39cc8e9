"""The page over HTTP: each question is answered, or waits its turn, or is refused in a sentence.

An answer has a tag, so that a browser that holds it is sent nothing (304). Who waits longer than `WAIT` seconds is told
where the question stands (202) and asks again; where too many wait, the visitor is asked to come back (503).
"""

from __future__ import annotations

import asyncio
import logging
import math
import random
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from maxpressure.app.answers import JSON, Packed
from maxpressure.app.assets import PREFIX, Assets
from maxpressure.app.classroom import classroom
from maxpressure.app.guard import Door, Receive, Scope, Send
from maxpressure.app.office import Office
from maxpressure.app.questions import QUESTIONS, Question
from maxpressure.app.turns import Enough, Full, Job, Left
from maxpressure.base.errors import InputError, written
from maxpressure.base.text import visible

WAIT: Final = 2.0
"""Seconds that a question waits before its visitor is told where it stands."""

LONGEST_RETRY: Final = 20
"""Seconds after which a visitor is asked to come back, at most."""

TIDY_AFTER: Final = 3.0
"""Seconds after the last question until unused memory is returned."""

VISITOR: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
DESK: Final = "/desk"
PAGES: Final = {"/": f"{PREFIX}index.html", DESK: f"{PREFIX}desk.html"}
"""What a person opens, and the file that it is."""

_LOG: Final = logging.getLogger(__name__)


class Api:
    """The application behind the guard: questions, pages and files."""

    def __init__(
        self, office: Office, addresses: Callable[[], Sequence[str]] = list, class_token: str | None = None
    ) -> None:
        self.office = office
        self.assets = Assets()
        self.desk = classroom(office.basis, office.stock.lot, addresses, class_token)
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

    # ---- questions

    async def _answer(self, name: str, request: Request) -> Response:
        """A question's answer; whatever goes wrong is said in a sentence, and the rest goes into the log."""
        try:
            return await self._answered(self.office.checked(name, request.url.query), request)
        except InputError as refusal:
            return self._said(422, refused(refusal))
        except Exception:  # noqa: BLE001  # one question's fault is no other's
            _LOG.exception("no answer to %s", request.url.path)
            return self._said(500, _error("The server failed at this question. Its log says more."))
        finally:
            self._tidy_later()

    async def _answered(self, question: Question, request: Request) -> Response:
        if question.better and (better := self.office.at_hand(question.better)) is not None:
            return self._sent(better, question.better, request)
        if self.office.answers.tag(question.key) in _tags(request):
            return self._sent(None, question.key, request)
        answer = self.office.at_hand(question.key) or await self._made(question, request)
        return self._sent(answer, question.key, request) if isinstance(answer, Packed) else answer

    async def _made(self, question: Question, request: Request) -> Packed | Response:
        """The answer once it is there, or where it stands."""
        loop, visitor = asyncio.get_running_loop(), _visitor(request)
        until = loop.time() + WAIT
        gone = asyncio.ensure_future(_gone(request))
        try:
            while True:
                try:
                    job, own = self.office.ask(visitor, question), True
                except Enough as enough:  # a job of the visitor's own comes first
                    job, own = enough.job, False
                except Full as full:
                    return self._come_back(full.seconds)
                await _ended(job, gone, until - loop.time())
                if own:
                    self.office.turns.leave(job, visitor, gone=gone.done())
                if gone.done() or not job.future.done():
                    return self._stands(job)
                if own and not job.future.cancelled() and not isinstance(job.future.exception(), Left):
                    made: Packed = job.future.result()
                    return made
        finally:
            gone.cancel()

    def _stands(self, job: Job) -> Response:
        """Where a job stands, for a visitor who is to ask again."""
        place = self.office.turns.stands(job)
        said = {"place": place.place, "seconds": round(place.seconds, 1), "done": place.done, "of": place.of}
        return self._said(202, said)

    def _come_back(self, seconds: float) -> Response:
        """Too many wait: come back, but not all at once."""
        wait = math.ceil(min(LONGEST_RETRY, max(1.0, seconds / 2)) * random.uniform(0.75, 1.25))
        said = _error(f"Too many questions wait. Ask again in {wait} seconds.")
        return self._said(503, said, {"retry-after": str(wait)})

    # ---- what is sent

    def _said(self, status: int, body: Mapping[str, Any], more: Mapping[str, str] | None = None) -> Response:
        """What holds for this moment only."""
        headers = {"cache-control": "no-store", "x-build": self.office.build, **(more or {})}
        return JSONResponse(body, status_code=status, headers=headers)

    def _sent(self, answer: Packed | None, key: str, request: Request) -> Response:
        """An answer to who may have it already (None: who has), and may not unpack it."""
        tag = self.office.answers.tag(key)
        headers = {"etag": tag, "cache-control": "private, no-cache", "x-build": self.office.build}
        if answer is not None and answer.media != JSON:
            headers["content-disposition"] = 'attachment; filename="maxpressure-tables.zip"'
        return _packed(answer if tag not in _tags(request) else None, headers, request)

    async def _file(self, address: str, request: Request) -> Response:
        """A file of the page."""
        asset = self.assets.get(address)
        headers = {"etag": asset.tag, "cache-control": "no-cache", "x-build": self.office.build}
        return _packed(asset.packed if asset.tag not in _tags(request) else None, headers, request)

    # ---- memory

    def _tidy_later(self) -> None:
        """Return memory once nobody has asked anything for some seconds."""
        if self._tidying is not None:
            self._tidying.cancel()
        self._tidying = asyncio.get_running_loop().call_later(TIDY_AFTER, self.office.tidy)


def _packed(answer: Packed | None, headers: dict[str, str], request: Request) -> Response:
    """A response with what is packed by gzip, unpacked for who asks for that; 304 for None."""
    headers["vary"] = "accept-encoding"
    if answer is None:
        return Response(status_code=304, headers=headers)
    headers["content-type"] = answer.media
    if not answer.zipped:
        return Response(answer.body, headers=headers)
    if not takes_gzip(request):
        return Response(answer.plain, headers=headers)
    return Response(answer.body, headers=headers | {"content-encoding": "gzip"})


def refused(refusal: InputError) -> dict[str, Any]:
    """A refusal as the page takes it: what, where, what would be right, and the nearest, alone and in a sentence."""
    near = f" Did you mean {refusal.nearest}?" if refusal.nearest else ""
    given = visible(refusal.given if isinstance(refusal.given, str) else written(refusal.given), kept="")
    said = f"{refusal.said(refusal.key)}{near}"
    return _error(said, refusal.key, given, refusal.allowed, refusal.nearest)


def _error(said: str, key: str = "", given: str = "", allowed: str = "", nearest: str = "") -> dict[str, Any]:
    return {"error": {"key": key, "given": given, "allowed": allowed, "nearest": nearest, "said": said}}


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
