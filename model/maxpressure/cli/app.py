"""The command that serves the classroom page."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from maxpressure.base.errors import InputError
from maxpressure.cli.options import stop

APP_HELP = """Serve the classroom page on this machine.

\b
Three views in a browser: many worlds of a scenario against the record and
against a second setting; one world, week by week, on a map; and what if an
input had not come. It needs no network. Several people can use it at once,
each with settings of their own. Stop it with Ctrl+C.

\b
Without --host only this machine can open the page. With an address that
others can reach it asks for a token, which the printed link carries.

\b
Examples:
  maxpressure app
  maxpressure app --port 8900
  maxpressure app --host 0.0.0.0
  maxpressure app --host 192.168.1.20 --token spring2026

\b
Needs the extra app: pip install 'maxpressure[app]'

\b
Exit codes:
  0    stopped by Ctrl+C
  1    something broke that is not your input
  2    bad input, named with what is allowed; also where the port is taken
"""


def serve_page(
    *,
    port: Annotated[int, typer.Option(help="The port to listen on.")] = 8765,
    host: Annotated[str, typer.Option(help="The address to listen on.", metavar="ADDRESS")] = "127.0.0.1",
    token: Annotated[
        str | None,
        typer.Option(help="The word that visitors need, at least eight letters and digits.", metavar="WORD"),
    ] = None,
    forget_after: Annotated[
        float,
        typer.Option(help="Minutes after which what a lost visitor held is dropped.", min=0.01, max=1440.0),
    ] = 15.0,
) -> None:
    """Serve until interrupted."""
    began = time.monotonic()
    try:
        from maxpressure.app.server import address, serve

        place = address(host, port, token)

        def ready() -> None:
            print(
                f"Open {place.link}  (ready after {time.monotonic() - began:.1f} s; stop with Ctrl+C)",
                flush=True,
            )
            if place.beyond:
                print("Others can reach this page with that link; it is not encrypted.", flush=True)

        print("Starting …", flush=True)
        serve(place, forget_after, ready)
    except InputError as refusal:
        stop(str(refusal), 2)
    except ImportError as missing:
        how = "pip install 'maxpressure[app]', or in a checkout `make test` once, which installs all extras"
        stop(f"{missing}. The page needs the extra app: {how}", 2)
    except KeyboardInterrupt:
        print("Stopped.")
    except OSError as fault:
        stop(f"Could not serve: {fault}", 1)
