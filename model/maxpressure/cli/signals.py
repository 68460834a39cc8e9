"""How a command ends when the system asks it to: as after Ctrl-C, with the exit code of the signal."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

SIGNALS: Final = ("SIGINT", "SIGTERM", "SIGHUP")
"""Ctrl-C; the time limit of a cluster; a terminal that is closed. Windows knows the first two."""


@contextmanager
def interruptible() -> Iterator[None]:
    """Let signals interrupt a command as Ctrl-C does, so that it removes what is unfinished; it flushes its output.

    The process then ends without waiting for threads: those of the compiled engine cannot be stopped, and nothing
    of theirs is used any more. A signal that is ignored, as under nohup, stays so.
    """
    received: list[int] = []

    def interrupt(number: int, _: FrameType | None) -> None:
        received.append(number)
        for other in ours - {signal.SIGINT}:
            signal.signal(other, signal.SIG_IGN)  # a second one would disturb the cleaning
        raise KeyboardInterrupt

    known = {getattr(signal, name) for name in SIGNALS if hasattr(signal, name)}
    ours = {number for number in known if signal.getsignal(number) != signal.SIG_IGN}
    for number in ours:
        signal.signal(number, interrupt)
    try:
        yield
    except KeyboardInterrupt:  # before a command began, or after it ended
        print("Interrupted.", file=sys.stderr, flush=True)
        os._exit(128 + (received or [signal.SIGINT])[0])
    except SystemExit as end:
        if received and end.code:
            os._exit(128 + received[0])
        raise
