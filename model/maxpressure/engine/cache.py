"""Where compiled code is kept. This module does not load Numba.

Numba's disk cache does not see a change in another module, so the cache folder is named by the digest of the kernels
and all that they import: after an edit of the rule kernels are compiled again, after one of a picture they are not.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Final

from maxpressure.base.paths import code_digest

KERNELS: Final = ("engine/week", "engine/record", "engine/replay", "engine/twins", "inference/forecast")
"""Modules that compile functions; others that do are imported by these."""


def cache_folder() -> Path:
    """Where compiled code is kept: MAXPRESSURE_CACHE, else the user's cache folder, else a temporary one."""
    chosen = os.environ.get("MAXPRESSURE_CACHE")
    root = Path(chosen) if chosen else _user_cache() / "maxpressure"
    folder = root / code_digest(KERNELS)[:16]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        folder = Path(tempfile.mkdtemp(prefix="maxpressure-"))
    return folder


def _user_cache() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
