"""Scenario files: found by name or path, read, and resolved through the scenarios that they extend."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from maxpressure.base.errors import InputError, Wrong, nearest
from maxpressure.base.paths import folder
from maxpressure.base.toml import read_toml, shown
from maxpressure.scenario.check import Vocabulary, check, check_names
from maxpressure.scenario.scenario import OWN_KEYS, Scenario, merged, validated

MOST_OFFERED: Final = 1000
"""Files of a folder among which the nearest name is sought."""

RECORD: Final = "as-recorded"
"""What the record itself is called in any case, unless a file has the name."""


def shipped_scenarios() -> dict[str, Path]:
    """The scenarios that ship with the package.

    Returns
    -------
    dict of str to Path
        Their files by name, in alphabetical order.

    Examples
    --------
    >>> import maxpressure as mp
    >>> "no-campaign" in mp.shipped_scenarios()
    True
    """
    return scenarios_in(folder("scenarios"))


def scenarios_in(path: Path) -> dict[str, Path]:
    """The scenario files of a folder, by name in alphabetical order; none where there is no such folder."""
    return {file.stem: file for file in sorted(path.glob("*.toml"))}


def read_scenario(source: str | Path, vocabulary: Vocabulary) -> Scenario:
    """The scenario in a file, found by its path or a shipped one's name, with all that it extends merged in.

    Raises InputError naming the file, the key, what was given, what is allowed and the nearest known word.
    """
    return read_lineage(source, vocabulary)[0]


def read_lineage(source: str | Path, vocabulary: Vocabulary) -> tuple[Scenario, ...]:
    """The scenario as `read_scenario` gives it, then the one that it extends, and so on up to the record."""
    files = _lineage(_found(source, vocabulary.scenarios), vocabulary)
    scenarios: list[Scenario] = []
    resolved: dict[str, Any] = {"window": {"start": vocabulary.first, "weeks": vocabulary.weeks}}
    for path, entries in reversed(files):
        inherited = {key: entry for key, entry in resolved.items() if key not in OWN_KEYS}
        resolved = merged(inherited, entries)
        scenarios.append(validated({"name": path.stem, "title": path.stem} | resolved, file=str(path)))
    check(scenarios[-1], vocabulary, file=str(files[0][0]))
    return tuple(reversed(scenarios))


def _lineage(path: Path, vocabulary: Vocabulary) -> list[tuple[Path, dict[str, Any]]]:
    """The file and those that it extends, nearest first, each checked as far as it goes alone."""
    lineage: list[tuple[Path, dict[str, Any]]] = []
    own: Path | None = path
    while own is not None:
        entries = _entries(own)
        edits = validated({"name": own.stem} | entries, file=str(own))
        check_names(edits, vocabulary, file=str(own))
        lineage.append((own, entries))
        own = _parent(edits.extends, [file for file, _ in lineage], vocabulary.scenarios)
    return lineage


def _found(source: object, scenarios: Mapping[str, Path]) -> Path:
    """A bare word is the name of a shipped scenario first; anything else is a path."""
    if isinstance(source, str) and source in scenarios:
        return scenarios[source]
    allowed, closest = "the name of a shipped scenario, or the path of a file in TOML", ""
    if source == "" or not isinstance(source, str | Path):
        raise InputError(file="scenarios", key="scenario", given=source, allowed=allowed)
    path = Path(source)
    given: object = str(source)
    try:
        if path.is_file():
            return path
        if path.exists():
            given = Wrong("is not a file")
        else:
            allowed += f"; there is no such file in the folder {Path.cwd() / path.parent}"
            here = sorted(path.parent.glob("*.toml"))[:MOST_OFFERED] if path.parent.is_dir() else []
            closest = nearest(path.name, [*scenarios, *(str(file) for file in here)]) or nearest(
                path.stem, scenarios
            )
        ending = path.with_name(f"{path.name}.toml") if path.name else path
        closest = str(ending) if ending.is_file() else closest
    except OSError as error:
        given = Wrong(f"cannot be read: {error.strerror}")
    raise InputError(file=path, key="scenario", given=shown(given), allowed=allowed, nearest=closest)


def _parent(name: str | None, lineage: list[Path], scenarios: Mapping[str, Path]) -> Path | None:
    """The file that the last of the lineage extends: in its own folder, else shipped."""
    if name is None:
        return None
    child = lineage[-1]
    beside = child.with_name(f"{name}.toml")
    parent = beside if beside.is_file() else scenarios.get(name)
    if parent is None and name == RECORD:
        return None
    if parent is None:
        known = {*scenarios, *(path.stem for path in child.parent.glob("*.toml"))} - {child.stem}
        allowed = "the name of a scenario in the same folder, or of a shipped one"
        raise InputError(file=child, key="extends", given=name, allowed=allowed, nearest=nearest(name, known))
    if parent.resolve() in [path.resolve() for path in lineage]:
        circle = " → ".join([*(path.stem for path in lineage), name])
        allowed = f"a scenario that does not lead back here ({circle})"
        raise InputError(file=child, key="extends", given=name, allowed=allowed)
    return parent


def _entries(path: Path) -> dict[str, Any]:
    """The file's keys, unchecked but for a name of its own."""
    entries = read_toml(path)
    if entries.get("name", path.stem) != path.stem:
        allowed = f"{path.stem}, the name of the file, or no such key"
        raise InputError(file=path, key="name", given=shown(entries["name"]), allowed=allowed)
    return entries
