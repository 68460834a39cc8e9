"""The unit of work of a run: some worlds of one scenario."""

from __future__ import annotations

from typing import NamedTuple


class Chunk(NamedTuple):
    """Worlds ``first`` to ``first + count − 1`` of a scenario."""

    scenario: str
    first: int
    worlds: int

    @property
    def name(self) -> str:
        """The name of the chunk's files: sorted by it, chunks lie in the order of their worlds."""
        return f"{self.scenario}-{self.first:010d}-{self.first + self.worlds - 1:010d}"


class Keep(NamedTuple):
    """Of how many worlds of each scenario weekly rows and account shares are kept, counted from world 0."""

    weeks: int = 2000
    accounts: int = 2000
