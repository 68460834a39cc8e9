"""The machine that was measured, described by what it can do and not by its name."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version

from llvmlite.binding import get_host_cpu_features

VECTORS = ("sse4.2", "avx", "avx2", "fma", "avx512f", "neon", "sve")
"""The features of a processor that decide how many numbers a loop works on at once."""
PACKAGES = ("mesa", "numba", "numpy", "pyarrow")


def described() -> str:
    """Cores, processor features, system and versions, in one line."""
    features = get_host_cpu_features()
    able = [name.upper() for name in VECTORS if features.get(name)]
    kind = (
        f"{os.cpu_count()} cores, {platform.machine()} with {', '.join(able) or 'no vector features named'}"
    )
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return f"{kind}; {platform.system()}; Python {platform.python_version()}, {packages}"
