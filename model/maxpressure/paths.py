"""Where the package and its folders lie, and which sources it is made of."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

PACKAGE: Final = Path(__file__).resolve().parent


def folder(name: str) -> Path:
    """The folder called `name` ("scenarios" or "calibration").

    A wheel carries its folders in `maxpressure/_folders/`; in a checkout they stand two levels above the
    package, at the root. The packaged copy is asked first: only a wheel has one, and a stray folder of that
    name beside site-packages must not be mistaken for ours. Raises FileNotFoundError naming both places when
    neither holds it.
    """
    packaged = PACKAGE / "_folders" / name
    checkout = PACKAGE.parents[1] / name
    for place in (packaged, checkout):
        if place.is_dir():
            return place
    raise FileNotFoundError(f"no folder {name!r}: looked in {packaged} and {checkout}")


def code_digest() -> str:
    """The SHA-256 of the package's own modules, with line ends as in the repository on every platform."""
    total = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        content = path.read_bytes().replace(b"\r\n", b"\n")
        total.update(f"{path.relative_to(PACKAGE).as_posix()} {len(content)}\n".encode())
        total.update(content)
    return total.hexdigest()
