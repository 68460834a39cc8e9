"""Scenario files: found by name or path, read with suspicion, resolved through the scenarios they extend."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, Final

from maxpressure.errors import InputError, nearest
from maxpressure.paths import folder
from maxpressure.scenario.check import check, check_names
from maxpressure.scenario.refusal import shown
from maxpressure.scenario.value import OWN_KEYS, Scenario, merged, validated
from maxpressure.scenario.vocabulary import Vocabulary

LARGEST_FILE: Final = 100_000
"""Bytes; a scenario takes a few thousand."""

MOST_DOTS: Final = 500
"""On one line. Python's reader needs memory that grows with the square of a dotted key's parts."""


def shipped_scenarios() -> dict[str, Path]:
    """The scenarios that come with the model, by name in alphabetical order."""
    return {path.stem: path for path in sorted(folder("scenarios").glob("*.toml"))}


def read_scenario(source: str | Path, vocabulary: Vocabulary) -> Scenario:
    """The scenario in a file, found by its path or a shipped one's name, with all that it extends merged in.

    Raises InputError naming the file, the key, what was given, what is allowed and the nearest known word.
    """
    path = _found(source)
    lineage: list[tuple[Path, dict[str, Any]]] = []
    own: Path | None = path
    while own is not None:
        entries = _entries(own)
        edits = validated({"name": own.stem} | entries, file=str(own))
        check_names(edits, vocabulary, file=str(own))
        lineage.append((own, entries))
        own = _parent(edits.extends, [file for file, _ in lineage])
    resolved: dict[str, Any] = {}
    for _, entries in reversed(lineage):
        inherited = {key: entry for key, entry in resolved.items() if key not in OWN_KEYS}
        resolved = merged(inherited, entries)
    scenario = validated({"name": path.stem, "title": path.stem} | resolved, file=str(path))
    check(scenario, vocabulary, file=str(path))
    return scenario


def _found(source: str | Path) -> Path:
    """A bare word is the name of a shipped scenario first; anything else is a path."""
    shipped = shipped_scenarios()
    if isinstance(source, str) and source in shipped:
        return shipped[source]
    path = Path(source)
    allowed = "the name of a shipped scenario, or the path of a file in TOML"
    try:
        if path.is_file():
            return path
        given = "not a file" if path.exists() else str(source)
    except OSError as error:
        given = str(error.strerror)
    closest = nearest(path.stem, shipped) if given == str(source) else ""
    raise InputError(file=path, key="scenario", given=shown(given), allowed=allowed, nearest=closest)


def _parent(name: str | None, lineage: list[Path]) -> Path | None:
    """The file that the last of the lineage extends: in its own folder, else shipped."""
    if name is None:
        return None
    child = lineage[-1]
    beside = child.with_name(f"{name}.toml")
    shipped = shipped_scenarios()
    parent = beside if beside.is_file() else shipped.get(name)
    if parent is None:
        known = {*shipped, *(path.stem for path in child.parent.glob("*.toml"))} - {child.stem}
        allowed = "the name of a scenario in the same folder, or of a shipped one"
        raise InputError(file=child, key="extends", given=name, allowed=allowed, nearest=nearest(name, known))
    if parent.resolve() in [path.resolve() for path in lineage]:
        circle = " → ".join([*(path.stem for path in lineage), name])
        allowed = f"a scenario that does not lead back here ({circle})"
        raise InputError(file=child, key="extends", given=name, allowed=allowed)
    return parent


def _entries(path: Path) -> dict[str, Any]:
    """The file's keys, unchecked."""
    try:
        with path.open("rb") as stream:
            content = stream.read(LARGEST_FILE + 1)
    except OSError as error:
        raise InputError(
            file=path, key="file", given=error.strerror, allowed="a file that can be read"
        ) from None
    if len(content) > LARGEST_FILE:
        raise InputError(
            file=path, key="file", given=f"more than {LARGEST_FILE} bytes", allowed="a file of at most 100 kB"
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        given = content[error.start : error.end]
        raise InputError(file=path, key=f"line {line}", given=given, allowed="text in UTF-8") from None
    entries = _parsed(text, path)
    if entries.get("name", path.stem) != path.stem:
        allowed = f"{path.stem}, the name of the file, or no such key"
        raise InputError(file=path, key="name", given=shown(entries["name"]), allowed=allowed)
    return entries


def _parsed(text: str, path: Path) -> dict[str, Any]:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.count(".") > MOST_DOTS:
            allowed = f"a line with at most {MOST_DOTS} dots"
            raise InputError(file=path, key=f"line {number}", given=shown(line.strip()), allowed=allowed)
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise InputError(file=path, key="file", given="lists in lists without end", allowed="TOML") from None
    except ValueError as error:
        place = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)", str(error))
        lines = text.split("\n")
        line = lines[int(place[1]) - 1] if place and place[1] else lines[-1]
        key = place[0].removeprefix(" (at ").removesuffix(")") if place else "file"
        fault = str(error).removesuffix(place[0] if place else "")
        raise InputError(file=path, key=key, given=shown(line.strip()), allowed=f"TOML ({fault})") from None
