"""Which worlds pair: those of the same number, which have the same luck and the same parameters in every scenario.

World w of every scenario has replicate w and draw w mod D, so the difference between two scenarios in world w is
the policy's doing. That holds across folders too, where seed, draws, evidence and program are the same; when, by
which engine, on how many workers and beside which other scenarios they were made does not matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from maxpressure.base.errors import InputError, nearest
from maxpressure.results.dataset import TableFiles
from maxpressure.scenario.fields import Window

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

REMEDY: Final = (
    "folders of one case, seed, set of draws, evidence, assumptions and version of the program; "
    "run the scenarios again, together in one folder"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrasts:
    """The scenarios that are compared with one baseline, and those that cannot be since their weeks differ."""

    against: str
    scenarios: tuple[str, ...]
    left_out: tuple[str, ...]
    window: Window


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pairs:
    """The pairs of worlds of two scenarios: in which rows each stands in its scenario, and its parameter draw.

    `failed` pairs lack a world that came to its end, and `unpaired` worlds have no partner; neither is among
    the rows. `fewest` is the number of pairs, failed ones too, of the draw that has fewest.
    """

    rows: Ints
    rows_against: Ints
    draws: Ints
    failed: int
    unpaired: int
    fewest: int


def contrasts(files: TableFiles, baseline: TableFiles, against: str | None = None) -> Contrasts:
    """What of ``files`` is compared with the scenario ``against`` of ``baseline``, which is its first by default.

    The two may be the same folder. Raises InputError where they cannot be paired, with the reason.
    """
    if files is not baseline:
        check_pairable(files, baseline)
    names = baseline.manifest.names
    against = names[0] if against is None else against
    if against not in names:
        allowed, close = f"one of {', '.join(names)}", nearest(against, names)
        place = baseline.store.place
        raise InputError(file=place, key="against", given=against, allowed=allowed, nearest=close)
    others = tuple(name for name in files.manifest.names if name != against)
    if not others and files is not baseline:
        others = (against,)
    windows = {one.name: one.scenario().window for one in files.manifest.scenarios}
    window = next(one.scenario().window for one in baseline.manifest.scenarios if one.name == against)
    fitting = tuple(name for name in others if windows[name] == window)
    return Contrasts(
        against=against,
        scenarios=fitting,
        left_out=tuple(name for name in others if name not in fitting),
        window=window,
    )


def check_pairable(files: TableFiles, baseline: TableFiles) -> None:
    """Raise InputError where the worlds of two folders do not share luck, parameters and rule, or a name."""
    ours, theirs = files.manifest, baseline.manifest
    differences = theirs.as_paired().differences(ours.as_paired())
    if differences:
        given = f"not to be paired with {baseline.store.place}: {differences}"
        raise InputError(file=files.store.place, key="folder", given=given, allowed=REMEDY)
    texts = {scenario.name: scenario.text for scenario in theirs.scenarios}
    for scenario in ours.scenarios:
        if texts.get(scenario.name, scenario.text) != scenario.text:
            given = f"another text than in {baseline.store.place}"
            allowed = "one text for one name; give the edited scenario a name of its own and run it again"
            raise InputError(file=files.store.place, key=scenario.name, given=given, allowed=allowed)


def pairs(files: TableFiles, scenario: str, baseline: TableFiles, against: str) -> Pairs:
    """The pairs of two scenarios' worlds, by their replicates."""
    ours, theirs = _keys(files, scenario), _keys(baseline, against)
    replicates, rows, rows_against = np.intersect1d(
        ours[0], theirs[0], assume_unique=True, return_indices=True
    )
    draws = ours[1][rows]
    fine = ours[2][rows] & theirs[2][rows_against]
    return Pairs(
        rows=rows[fine],
        rows_against=rows_against[fine],
        draws=draws[fine],
        failed=int((~fine).sum()),
        unpaired=len(ours[0]) + len(theirs[0]) - 2 * len(replicates),
        fewest=int(np.unique(draws, return_counts=True)[1].min(initial=len(draws))),
    )


def _keys(files: TableFiles, scenario: str) -> tuple[Ints, Ints, NDArray[np.bool_]]:
    """Replicate and draw of each world of a scenario, and whether it came to its end."""
    table = files.dataset("worlds", scenario).to_table(columns=["replicate", "draw", "status"])
    replicate, draw = (table[name].to_numpy().astype(np.int64) for name in ("replicate", "draw"))
    return replicate, draw, table["status"].cast(pa.string()).to_numpy() == "fine"


def outcome_of(files: TableFiles, scenario: str, outcome: str) -> Floats:
    """One outcome of each world of a scenario, in the order of its rows; a blank is NaN."""
    column = files.dataset("worlds", scenario).to_table(columns=[outcome])[outcome]
    numbers: Floats = column.cast(pa.float64()).to_numpy()
    return numbers
