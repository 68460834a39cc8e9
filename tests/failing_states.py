"""States whose rule breaks in some worlds, in a module that any process can import."""

from __future__ import annotations

import os
import time
from pathlib import Path

from maxpressure.model.agents import State, Week

BROKEN = 3
"""Of every five worlds the fourth fails, until the environment says that the rule was mended."""
MENDED = "MAXPRESSURE_TEST_MENDED"


class Brittle(State):
    """Fails in the worlds 3, 8, 13 and so on."""

    def plan(self, week: Week, request: float, incident: float, courtship: float) -> None:
        if self.world.number % 5 == BROKEN and MENDED not in os.environ:
            raise ZeroDivisionError("a rule that somebody wrote")
        super().plan(week, request, incident, courtship)


class Doomed(State):
    """Ends the process in world 2 the first time, and in world 4 every time until the rule was mended."""

    def plan(self, week: Week, request: float, incident: float, courtship: float) -> None:
        doomed = Path(os.environ["MAXPRESSURE_TEST_DOOM"])
        once = self.world.number == 2 and not doomed.exists()
        if once or (self.world.number == 4 and MENDED not in os.environ):
            doomed.write_text(str(os.getpid()))
            os.kill(os.getpid(), 9)
        super().plan(week, request, incident, courtship)


class Slow(State):
    """Takes its time, so that there is time to kill its process."""

    def plan(self, week: Week, request: float, incident: float, courtship: float) -> None:
        if self.index == 0:
            time.sleep(0.02)
        super().plan(week, request, incident, courtship)
