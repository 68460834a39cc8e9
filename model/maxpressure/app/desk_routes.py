"""The teacher's desk as routes: what students' pages ask and hand in, and what the teacher's page asks and does.

The guard asks students for the token of the class and the teacher for the desk's own: each route has its door. Only
the requests that change something are POST, and the guard lets no other site's page send one.
"""

from __future__ import annotations

import io
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode

import segno
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from maxpressure.app.desk import LONGEST_BODY, BusyError, Desk, HandIn, csv_of
from maxpressure.app.guard import Door
from maxpressure.base.errors import InputError

POST: Final = frozenset({"POST"})
ACTIONS: Final = ("lock", "reveal", "clear")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exercise:
    """An exercise for which the desk has a link: its number, its title, and what follows the ? of its first step."""

    number: int
    title: str
    query: str


class DeskRoutes:
    """The desk's routes.

    Parameters
    ----------
    desk : Desk
        What the class has handed in.
    addresses : callable
        The addresses of the page that students can open, such as ``http://192.168.1.20:8900/``.
    class_token : str or None
        The token of the class, which each link for students holds.
    exercises : sequence of Exercise
        What has a link of its own.
    score : callable, optional
        The score of a guess, in acts; None for what has none.
    """

    def __init__(
        self,
        desk: Desk,
        *,
        addresses: Callable[[], Sequence[str]],
        class_token: str | None,
        exercises: Sequence[Exercise],
        score: Callable[[HandIn], float | None] = lambda _answer: None,
    ) -> None:
        self.desk = desk
        self._addresses = addresses
        self._class_token = class_token
        self._exercises = exercises
        self._score = score
        self._run = secrets.token_hex(4)  # so that an ETag of an earlier run never fits

    @property
    def routes(self) -> list[Route]:
        """All routes, for the application that holds them."""
        return [
            Route("/api/desk", self.public),
            Route("/api/desk/hand-in", self.hand_in, methods=["POST"]),
            Route("/api/desk/all", self.private),
            Route("/api/desk/links", self.links),
            Route("/api/desk/qr.svg", self.qr),
            Route("/api/desk/answers.csv", self.csv),
            *(
                Route(f"/api/desk/{action}", partial(self.act, action), methods=["POST"])
                for action in ACTIONS
            ),
        ]

    @property
    def doors(self) -> list[Door]:
        """Whom the guard lets in: students to two of them, the teacher to all."""
        students = [Door(path="/api/desk"), Door(path="/api/desk/hand-in", methods=POST)]
        read = ("all", "links", "qr.svg", "answers.csv")
        return [
            *students,
            *(Door(path=f"/api/desk/{name}", teacher=True) for name in read),
            *(Door(path=f"/api/desk/{action}", teacher=True, methods=POST) for action in ACTIONS),
        ]

    # ---- students

    async def public(self, request: Request) -> Response:
        """Whether worlds are held back or revealed, for every page of the class."""
        return self._tagged(request, self.desk.public)

    async def hand_in(self, request: Request) -> Response:
        """Take one answer; 413 for a long one, 422 for what is none, 429 where they come too fast."""
        if request.headers.get("content-type", "").partition(";")[0] != "application/json":
            return _error(415, "Content-Type", "another kind", "application/json")
        try:
            body = await _body(request)
            answer = self.desk.hand_in(body)
        except BusyError as fault:
            busy = _error(429, "answers", "too many", str(fault))
            busy.headers["retry-after"] = str(fault.seconds)
            return busy
        except InputError as fault:
            status = 413 if fault.key == "answer" and str(fault.given).endswith("bytes") else 422
            return _error(status, fault.key, str(fault.given), fault.allowed, fault.nearest, said=str(fault))
        except ClientDisconnect:
            return Response(status_code=400)
        return JSONResponse({"alias": answer.alias, "late": answer.late, **self.desk.public()})

    # ---- the teacher

    async def private(self, request: Request) -> Response:
        """All answers, by question, with the class code."""
        return self._tagged(request, self.desk.private)

    async def links(self, request: Request) -> Response:
        """The addresses of the page, and for each a link to every exercise, with token and class code."""
        del request
        return JSONResponse(
            {
                "addresses": [
                    {
                        "address": base,
                        "links": [
                            {"exercise": one.number, "title": one.title, "link": self._link(base, one)}
                            for one in self._linked()
                        ],
                    }
                    for base in self._addresses()
                ]
            }
        )

    async def qr(self, request: Request) -> Response:
        """The QR code of one of the links: `address` is its index in the list, `exercise` its number."""
        bases, linked = self._addresses(), {str(one.number): one for one in self._linked()}
        index, number = request.query_params.get("address", "0"), request.query_params.get("exercise", "0")
        if not index.isdecimal() or len(index) > 2 or int(index) >= len(bases) or number not in linked:
            return _error(404, "link", f"{index}, {number}"[:80], "an address and an exercise of the list")
        drawn = io.BytesIO()
        code = segno.make(self._link(bases[int(index)], linked[number]), error="m", micro=False)
        code.save(drawn, kind="svg", scale=8, border=3, dark="#000", light="#fff", title="QR code")
        return Response(drawn.getvalue(), media_type="image/svg+xml", headers={"cache-control": "no-store"})

    async def csv(self, request: Request) -> Response:
        """All answers as a table for marking."""
        del request
        table = await run_in_threadpool(csv_of, self.desk.answers, self._score)
        saved = {"content-disposition": 'attachment; filename="answers.csv"', "cache-control": "no-store"}
        return Response(table, media_type="text/csv; charset=utf-8", headers=saved)

    async def act(self, action: str, request: Request) -> Response:
        """Lock, reveal or clear."""
        del request
        getattr(self.desk, action)()
        return JSONResponse(self.desk.public())

    def _linked(self) -> list[Exercise]:
        return [Exercise(number=0, title="The page", query=""), *self._exercises]

    def _link(self, base: str, exercise: Exercise) -> str:
        own = {"token": self._class_token} if self._class_token else {}
        fields = urlencode({**own, "class": self.desk.code})
        return f"{base}?{fields}{f'&{exercise.query}' if exercise.query else ''}"

    def _tagged(self, request: Request, content: Callable[[], dict[str, Any]]) -> Response:
        tag = f'"{self._run}-{self.desk.version}"'
        headers = {"etag": tag, "cache-control": "no-cache"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return JSONResponse(content(), headers=headers)


async def _body(request: Request) -> bytes:
    """The body, of which no more is read than a hand-in may have."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LONGEST_BODY:
            break
    return body


def _error(status: int, key: str, given: str, allowed: str, near: str = "", said: str = "") -> Response:
    error = {"key": key, "given": given, "allowed": allowed, "nearest": near, "said": said or f"{allowed}."}
    return JSONResponse({"error": error}, status)
