"""All pictures of a result folder, by name: drawn one at a time, written with their tables beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from maxpressure.base.errors import check_known
from maxpressure.base.text import csv_bytes
from maxpressure.experiments.executors import counted
from maxpressure.experiments.folder import PICTURES, check_own, resolved
from maxpressure.experiments.lock import alone
from maxpressure.experiments.swap import clear, new_file
from maxpressure.model.case import Case, case_or_shipped
from maxpressure.report.maps import chance_map, difference_map, levels_map, tiles_of
from maxpressure.report.picture import SOFTWARE, CaseResults, Picture
from maxpressure.report.plot_acts import fan_picture, wave_picture
from maxpressure.report.plot_causes import causes_picture
from maxpressure.report.plot_states import attributions_picture, heat_picture
from maxpressure.report.plot_weeks import (
    concentration_picture,
    ties_picture,
    trade_picture,
)
from maxpressure.results.beside import beside
from maxpressure.results.results import Results

OF_ALL: Final[Mapping[str, Callable[[CaseResults], Picture | None]]] = {
    "wave": wave_picture,
    "fan": fan_picture,
    "ties": ties_picture,
    "trade": trade_picture,
    "concentration": concentration_picture,
}
"""Pictures in which the scenarios stand beside one another."""

OF_STATES: Final[Mapping[str, Callable[[CaseResults, str], Picture | None]]] = {
    "map-acts": chance_map,
    "map-levels": levels_map,
    "heat": heat_picture,
    "attributions": attributions_picture,
}
"""Pictures of the states of one scenario."""

OF_PAIRS: Final[Mapping[str, Callable[[CaseResults, str], Picture | None]]] = {
    "map-difference": difference_map,
    "attribution-difference": causes_picture,
}
"""Pictures of one scenario beside the baseline, which is the first of the folder."""

MAPS: Final = ("map-acts", "map-levels", "map-difference")
NAMES: Final = (*OF_ALL, *OF_STATES, *OF_PAIRS)

NOT_KEPT: Final = {
    "concentration": "no weeks were kept of any world",
    "attributions": "no attribution was kept of any act",
    "attribution-difference": "no attribution was kept of any act",
}
"""Why a picture cannot be drawn, where some world came to its end."""

NO_WORLD: Final = "no world came to its end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """A picture that cannot be drawn, and why."""

    name: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What was written into a folder, and what could not be drawn."""

    folder: Path
    files: tuple[str, ...]
    absent: tuple[Absent, ...]


def with_case(results: Results, case: Case | None = None, scenarios: Sequence[str] = ()) -> CaseResults:
    """The results together with their case and the situations of these scenarios, or of all.

    Raises InputError for a scenario that the results do not hold, and where the case has changed since.
    """
    known = results.manifest.names
    for name in scenarios:
        check_known(name, known, file=results.place, key="scenario")
    case = case_or_shipped(case)
    wanted = list(dict.fromkeys(scenarios)) or known
    situations = results.situations(case)
    return CaseResults(results=results, case=case, situations={name: situations[name] for name in wanted})


def picture_of(source: CaseResults, name: str, scenario: str = "") -> Picture | Absent:
    """One picture by its name, of one scenario where it is of states."""
    if name in OF_ALL:
        return OF_ALL[name](source) or Absent(name=name, why=NOT_KEPT.get(name, NO_WORLD))
    full = _full(name, scenario)
    tiles = tiles_of(source) if name in MAPS else {}
    missing = [iso3 for iso3 in source.case.evidence.iso3s if iso3 not in tiles] if name in MAPS else []
    if missing:
        return Absent(name=full, why=f"the map has no tile for {', '.join(missing)}")
    if not source.fates(scenario).worlds:
        return Absent(name=full, why=NO_WORLD)
    why = beside(source.results, scenario).why if name in OF_PAIRS else ""
    if why:
        return Absent(name=full, why=why)
    return {**OF_STATES, **OF_PAIRS}[name](source, scenario) or Absent(name=full, why=NOT_KEPT[name])


def chosen(source: CaseResults, names: Sequence[str] = ()) -> list[tuple[str, str]]:
    """The pictures of these names, or all: the name, and the scenario of those that are of one.

    Raises InputError for a name that is no picture's.
    """
    for name in names:
        check_known(name, NAMES, file="pictures", key="picture")
    wanted = [name for name in NAMES if not names or name in names]
    baseline = source.results.manifest.names[0]
    others = [one for one in source.situations if one != baseline or (names and len(source.situations) == 1)]
    whose = {name: [""] for name in OF_ALL} | dict.fromkeys(OF_PAIRS, others)
    return [(name, one) for name in wanted for one in whose.get(name, source.situations)]


SIGN: Final = f"Software\0{SOFTWARE}".encode()
"""By this a PNG is known as one of ours."""


def save_pictures(
    results: Results,
    *,
    case: Case | None = None,
    names: Sequence[str] = (),
    scenarios: Sequence[str] = (),
    out: str | Path | None = None,
    progress: bool = True,
) -> Saved:
    """Draw pictures of results into a folder, each with a table of the numbers drawn, PNG beside CSV.

    Without ``out`` it is the folder ``pictures`` below the results. Raises InputError for unknown names, and
    where the results are in no folder of this machine and none is given.
    """
    source = with_case(results, case, scenarios)
    wanted = chosen(source, names)
    folder = resolved(results.folder / PICTURES if out is None else out, "pictures")
    files: list[str] = []
    absent: list[Absent] = []
    with alone(folder):
        clear(folder)
        for name, scenario in wanted if out is not None else ():
            path = folder / f"{_full(name, scenario)}.png"
            check_own(path, SIGN, path.with_suffix(".csv"))
        for name, scenario in counted(wanted, unit="pictures", progress=progress):
            picture = picture_of(source, name, scenario)
            if isinstance(picture, Absent):
                absent.append(picture)
            else:
                files += _written(folder, picture)
    return Saved(folder=folder, files=tuple(files), absent=tuple(absent))


def _full(name: str, scenario: str) -> str:
    """What the files of a picture are called."""
    return f"{name}-{scenario}" if scenario else name


def _written(folder: Path, picture: Picture) -> Iterator[str]:
    for ending, content in (("png", picture.file("png")), ("csv", csv_bytes(picture.table))):
        path = folder / f"{picture.name}.{ending}"
        with new_file(path) as partial:
            partial.write_bytes(content)
        yield path.name
