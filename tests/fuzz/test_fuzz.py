"""Every reader of every kind of file and of outside text keeps the one law, in two hundred inputs of each kind."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from fuzz.kinds import KINDS
from fuzz.law import search
from fuzz.surroundings import cheaply

NEVER_REFUSED: Final = ("request",)
"""What is not let in there is answered with a page."""


@pytest.mark.parametrize("name", KINDS)
def test_what_is_read_is_a_value_or_refused_by_its_file(name: str, tmp_path: Path) -> None:
    with cheaply():
        found = search(KINDS[name](tmp_path))
    assert not found.faults, "\n\n".join(f"{fault.why}\n{fault.trace}" for fault in found.faults.values())
    assert found.outcomes["value"]
    assert found.outcomes["refusal"] or name in NEVER_REFUSED
