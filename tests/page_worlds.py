"""The worlds on which the numbers of the page are compared with those of a run."""

from __future__ import annotations

WORLDS = 40
NAMES = ("max-pressure-2017", "no-campaign")
