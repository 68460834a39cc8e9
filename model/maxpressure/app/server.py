"""The page as a web server: Solara, set to load nothing from elsewhere, behind the guard, run by uvicorn."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from maxpressure.app.guard import LOOPBACK, Guard
from maxpressure.base.errors import InputError

PAGE: Final = "maxpressure.app.pages"
FORGET_MINUTES: Final = 15.0
"""Minutes after a lost connection until the visitor's data are deleted."""

SHORTEST_TOKEN: Final = 8
ANYWHERE: Final = frozenset({"0.0.0.0", "::"})  # named here so that a token is asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """The address of the page, and the token it asks for."""

    host: str
    port: int
    token: str | None

    @property
    def beyond(self) -> bool:
        """Whether other machines can reach it."""
        return self.host not in LOOPBACK

    @property
    def link(self) -> str:
        """What to open in a browser."""
        name = socket.gethostname() if self.host in ANYWHERE else self.host
        shown = f"[{name}]" if ":" in name else name
        return f"http://{shown}:{self.port}/" + (f"?token={self.token}" if self.token else "")


def address(host: str, port: int, token: str | None) -> Address:
    """The address, with a random token where other machines can reach it and none is given."""
    if not 1 <= port <= 65535:
        raise InputError(file="app", key="port", given=port, allowed="a whole number from 1 to 65535")
    if token is not None and (len(token) < SHORTEST_TOKEN or not token.isascii() or not token.isalnum()):
        allowed = f"at least {SHORTEST_TOKEN} letters and digits"
        raise InputError(file="app", key="token", given="*" * len(token), allowed=allowed)
    if host not in LOOPBACK and token is None:
        token = secrets.token_hex(8)
    return Address(host=host, port=port, token=token)


def libraries() -> Path:
    """The folder of the page's libraries; raises InputError where the extra is not installed."""
    folder = Path(sys.prefix) / "share" / "solara" / "cdn"
    if not folder.is_dir():
        given, allowed = (
            "no libraries of the page",
            "the extra that brings them: pip install 'maxpressure[app]'",
        )
        raise InputError(file="app", key="solara-assets", given=given, allowed=allowed)
    return folder


def configured(forget_minutes: float) -> dict[str, str]:
    """What Solara reads from its environment before it is loaded."""
    return {
        "SOLARA_APP": PAGE,
        "SOLARA_MODE": "production",
        "SOLARA_GC_FREEZE": "False",  # else DuckDB complains of leaks at the end
        "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "False",
        "SOLARA_KERNEL_CULL_TIMEOUT": f"{forget_minutes * 60:.0f}s",
        "SOLARA_KERNEL_MAX_PER_SESSION": "20",
        "SOLARA_ASSETS_PROXY": "True",
        "SOLARA_ASSETS_FONTAWESOME_ENABLED": "False",
        "SOLARA_THEME_SHOW_BANNER": "False",
        "SOLARA_THEME_TITLE": "maxpressure",
        "SOLARA_THEME_LOADER": "plain",
    }


def guarded(site: Address, forget_minutes: float = FORGET_MINUTES) -> Guard:
    """The whole application; Solara is loaded here and not before, since it reads its settings once."""
    os.environ.update(configured(forget_minutes))
    logging.getLogger("solara").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="solara.server.starlette")  # cookies of a page without https
    folder = libraries()
    import solara.server.starlette

    if site.host in ANYWHERE:
        hosts = LOOPBACK | {socket.gethostname().lower()}
    else:
        hosts = LOOPBACK if site.host in LOOPBACK else frozenset({site.host.lower()})
    return Guard(
        inner=solara.server.starlette.app,
        hosts=hosts,
        libraries=folder,
        any_address=site.host in ANYWHERE,
        token=site.token,
    )


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


def warm_up() -> None:
    """Simulate the record's worlds before anybody asks, which also compiles the rule where that was not done."""
    from maxpressure.app.levers import UNMOVED
    from maxpressure.app.session import session

    shared = session()
    shared.quick.put("the session itself", lambda: iter([shared.lot(UNMOVED)]))


def serve(site: Address, forget_minutes: float, ready: Callable[[], None]) -> None:
    """Serve until interrupted; ``ready`` is called once the page can be opened."""
    import uvicorn

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            warm_up()
            ready()

    taken = listening(site)
    app: Any = guarded(site, forget_minutes)
    config = uvicorn.Config(
        app, log_level="error", access_log=False, server_header=False, loop="asyncio", lifespan="on"
    )
    try:
        Server(config).run(sockets=[taken])
    finally:
        from maxpressure.app.session import session

        session().close()
        taken.close()
