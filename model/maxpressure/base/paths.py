"""Where the package and its folders lie, and which sources it is made of."""

from __future__ import annotations

import errno
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from maxpressure.base.errors import InputError

PACKAGE: Final = Path(__file__).resolve().parents[1]

VERSION: Final = "0.1.0"


def folder(name: str) -> Path:
    """The folder called `name` ("scenarios" or "calibration").

    A wheel carries its folders in `maxpressure/_folders/`; in a checkout they stand two levels above the
    package, at the root. The packaged copy is asked first: only a wheel has one, and a stray folder of that
    name beside site-packages must not be mistaken for ours. Raises FileNotFoundError naming both paths when
    neither holds it.
    """
    packaged = PACKAGE / "_folders" / name
    checkout = PACKAGE.parents[1] / name
    for path in (packaged, checkout):
        if path.is_dir():
            return path
    raise FileNotFoundError(f"no folder {name!r}: looked in {packaged} and {checkout}")


IMPOSSIBLE: Final = {errno.ENAMETOOLONG, errno.EINVAL, errno.ELOOP}


def user_path(given: str | Path, *, file: str, key: str) -> Path:
    """A path as a person writes it, with ``~`` for a home directory.

    Raises InputError, which names ``file`` and ``key``, where no file can have this path here: an unknown home
    directory, characters that the system does not know, a name that is too long, links that lead in a circle; for
    empty text, which Python takes for the current folder; and for what is neither text nor a path.
    """
    if given == "":
        raise InputError(file=file, key=key, given=given, allowed="a path; '.' is the current folder")
    try:
        path = Path(given).expanduser()
        str(path).encode()  # no lone surrogates: manifests name paths in UTF-8
        path.stat()
    except RuntimeError:
        reason = "no such home directory"
    except TypeError:
        reason = "a path is text or a Path"
    except ValueError:
        reason = "characters that no path can have"
    except OSError as fault:
        if fault.errno not in IMPOSSIBLE:
            return path
        reason = (fault.strerror or str(fault)).lower()
    else:
        return path
    allowed = f"a path that the system knows ({reason})"
    raise InputError(file=file, key=key, given=str(given), allowed=allowed)


def code_digest(modules: Iterable[str] = ()) -> str:
    """The SHA-256 of the package's own modules, with line ends as in the repository on every platform.

    With ``modules``, of these and of all that they import from the package, directly or not.
    """
    files = {path.relative_to(PACKAGE).as_posix(): path for path in PACKAGE.rglob("*.py")}
    wanted = _reached(modules, files) or set(files)
    total = hashlib.sha256()
    for name in sorted(wanted):
        content = _source(files[name]).content
        total.update(f"{name} {len(content)}\n".encode())
        total.update(content)
    return total.hexdigest()


class _Source(NamedTuple):
    """A module's text, and the names of files that it may import; those that are no files are none of ours."""

    content: bytes
    imports: tuple[str, ...]


def _source(path: Path) -> _Source:
    """What a file holds now: it is read again only where its time or its size has changed."""
    about = path.stat()
    return _read(path, about.st_mtime_ns, about.st_size)


@cache
def _read(path: Path, _time: int, _size: int) -> _Source:
    content = path.read_bytes().replace(b"\r\n", b"\n")
    return _Source(content, tuple(dict.fromkeys(_imported(content.decode()))))


def _reached(modules: Iterable[str], files: Mapping[str, Path]) -> set[str]:
    """The names of modules and of all that they import from the package, among the files."""
    found: set[str] = set()
    left = [f"{module}.py" for module in modules]
    while left:
        name = left.pop()
        if name in files and name not in found:
            found.add(name)
            left += _source(files[name]).imports
    return found


_IMPORT: Final = re.compile(r"^ *from maxpressure([\w.]*) import (\([^)]*\)|.*)", re.MULTILINE)
"""An import from the package, over several lines or on one; to parse each file takes ten times as long."""


def _imported(text: str) -> Iterator[str]:
    """The names of the files that a module may import from the package."""
    for module, names in _IMPORT.findall(text):
        room = module.replace(".", "/").lstrip("/")
        if room:  # the package's own contents page loads nothing by itself
            yield from (f"{room}.py", f"{room}/__init__.py")
        yield from (f"{room}/{name}.py".lstrip("/") for name in re.findall(r"\w+", names))
