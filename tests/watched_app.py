"""`maxpressure app`, with a note of every address that the server connects to or asks the name of."""

from __future__ import annotations

import os
import sys
from pathlib import Path

NOTED = {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}


def watch(event: str, given: tuple[object, ...]) -> None:
    """Note what leaves the process by the network."""
    if event in NOTED:
        with Path(os.environ["WATCHED"]).open("a", encoding="utf-8") as file:
            file.write(f"{event} {given[1] if event in {'socket.connect', 'socket.sendto'} else given[0]}\n")


sys.addaudithook(watch)

if __name__ == "__main__":
    from maxpressure.cli.main import app

    app()
