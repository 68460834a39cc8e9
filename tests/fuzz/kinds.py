"""All kinds of input by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from fuzz.files import FILES
from fuzz.folders import FOLDERS
from fuzz.law import Kind
from fuzz.words import WORDS

KINDS: Final[Mapping[str, Callable[[Path], Kind]]] = {**FILES, **FOLDERS, **WORDS}
"""Each is laid out in a folder of its own before it is searched."""
