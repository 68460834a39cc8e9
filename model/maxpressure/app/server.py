"""The page as a web server: its API and files behind the guard, run by uvicorn."""

from __future__ import annotations

import gc
import ipaddress
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import ifaddr
import uvicorn

from maxpressure.app.ahead import Kept
from maxpressure.app.api import Api
from maxpressure.app.figures.basis import PREVIEW, load_basis
from maxpressure.app.figures.levers import UNMOVED
from maxpressure.app.guard import LONGEST_HEADERS, LOOPBACK, Guard
from maxpressure.app.office import Office
from maxpressure.base.errors import InputError

SHORTEST_TOKEN: Final = 8
ANYWHERE: Final = frozenset({"0.0.0.0", "::"})  # named here so that a token is asked for

MOST_CONNECTIONS: Final = 400
"""Open at once: thirty browsers open six each."""

STOP_WITHIN: Final = 3
"""Seconds that answers under way have once the server is told to stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """The address of the page, the token that it asks visitors for, and the teacher's own."""

    host: str
    port: int
    token: str | None
    teacher: str

    @property
    def beyond(self) -> bool:
        """Whether other machines can reach it."""
        return self.host not in LOOPBACK

    @property
    def roots(self) -> list[str]:
        """The address of the page by each number of this machine under which others can reach it."""
        hosts = own_numbers(self.host == "::") if self.host in ANYWHERE else [self.host]
        return [f"http://{f'[{host}]' if ':' in host else host}:{self.port}/" for host in hosts]

    @property
    def links(self) -> list[str]:
        """What to open in a browser."""
        return [root + (f"?token={self.token}" if self.token else "") for root in self.roots]

    @property
    def desks(self) -> list[str]:
        """What the teacher opens."""
        return [f"{root}desk?token={self.teacher}" for root in self.roots]


def address(host: str, port: int, token: str | None, teacher: str | None = None) -> Address:
    """The address, with a random token where other machines can reach it and none is given."""
    if not 1 <= port <= 65535:
        raise InputError(file="app", key="port", given=port, allowed="a whole number from 1 to 65535")
    for key, given in (("token", token), ("teacher-token", teacher)):
        if given is not None and (len(given) < SHORTEST_TOKEN or not given.isascii() or not given.isalnum()):
            allowed = f"at least {SHORTEST_TOKEN} letters and digits"
            raise InputError(file="app", key=key, given="*" * len(given), allowed=allowed)
    if token is not None and token == teacher:
        given, allowed = "*" * len(token), "another than the token of the visitors, who would have the desk"
        raise InputError(file="app", key="teacher-token", given=given, allowed=allowed)
    if host not in LOOPBACK and token is None:
        token = secrets.token_hex(8)
    return Address(host=host, port=port, token=token, teacher=teacher or secrets.token_hex(8))


def own_numbers(six: bool) -> list[str]:  # noqa: FBT001  # whether those of version 6 too
    """The numbers of this machine under which others can reach it; that of itself alone where it is in no network."""
    found = [one.ip for adapter in ifaddr.get_adapters() for one in adapter.ips]
    four = [ip for ip in found if isinstance(ip, str)]
    numbers = [*four, *((ip[0] for ip in found if not isinstance(ip, str)) if six else ())]
    known = {number: ipaddress.ip_address(number) for number in numbers}
    return [number for number, one in known.items() if not (one.is_loopback or one.is_link_local)] or [
        "127.0.0.1"
    ]


def listening(site: Address) -> socket.socket:
    """A socket at the address; raises InputError where another program holds it."""
    family = socket.AF_INET6 if ":" in site.host else socket.AF_INET
    taken = socket.socket(family, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((site.host, site.port))
    except OSError as fault:
        taken.close()
        given = f"{site.host}:{site.port}, {fault.strerror or fault}"
        allowed = "an address of this machine and a port that is free, by --host and --port"
        raise InputError(file="app", key="address", given=given, allowed=allowed) from None
    return taken


def guarded(site: Address, inner: Api) -> Guard:
    """The whole application."""
    if site.host in ANYWHERE:
        hosts = LOOPBACK | {socket.gethostname().lower()}
    else:
        hosts = LOOPBACK if site.host in LOOPBACK else frozenset({site.host.lower()})
    return Guard(
        inner=inner,
        hosts=hosts,
        doors=inner.doors,
        any_address=site.host in ANYWHERE,
        token=site.token,
        teacher=site.teacher,
    )


def serve(site: Address, ready: Callable[[int], None], *, ahead: bool = True) -> None:
    """Serve until interrupted; ``ready`` is called once the page can be opened.

    It is told how many answers are ready that were computed ``ahead``, while nobody waited.
    """
    taken = listening(site)
    office = Office(load_basis(), Kept if ahead else None)
    office.stock.lot(
        UNMOVED, PREVIEW
    )  # on a new machine the rule is compiled here, and no visitor waits for it
    gc.freeze()  # what stays for good is not looked through again with each answer
    api = Api(office, addresses=lambda: site.roots, class_token=site.token)

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            ready(len(office.kept or ()))
            office.begin_ahead()

    app: Any = guarded(site, api)
    config = uvicorn.Config(
        app,
        log_level="error",
        access_log=False,
        server_header=False,
        loop="asyncio",
        http="h11",
        ws="none",
        lifespan="off",
        h11_max_incomplete_event_size=LONGEST_HEADERS,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_graceful_shutdown=STOP_WITHIN,
    )
    try:
        Server(config).run(sockets=[taken])
    finally:
        office.close()
        taken.close()
