"""One state explained: what drove its act, when it came, what switching mechanisms off does, what its twins say.

Explanations on disk: a folder for one state or one world, whole or not at all.
"""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow.dataset as ds
from numpy.typing import NDArray

from maxpressure.base.errors import InputError
from maxpressure.base.paths import VERSION
from maxpressure.base.ties import TIES
from maxpressure.evidence.parameters import ParameterSet
from maxpressure.experiments.folder import EXPLAINED, lies_there, new_folder
from maxpressure.experiments.manifest import utc_now
from maxpressure.explanations.attribution import Chance, SwitchOff, chance_of, switch_off
from maxpressure.explanations.cascade_figure import save_cascade
from maxpressure.explanations.cascades import Cascade, sentences
from maxpressure.explanations.explanation_words import lines, page
from maxpressure.explanations.rerun import SHARES, Conditions, conditions
from maxpressure.explanations.story import Story
from maxpressure.explanations.twin_run import TwinOfState, twin_of_state
from maxpressure.model.case import Case
from maxpressure.model.rules import GROUPS
from maxpressure.results.quantiles import quantiles
from maxpressure.results.results import Results
from maxpressure.results.statistics import SHOWN, error_of_mean
from maxpressure.scenario.check import check_state

MOST_WORLDS: Final = 500
"""Worlds in which subsets of mechanisms are lived unless more are asked for."""

TWINS: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Explanation:
    """What may be said of one state under one scenario of a result folder.

    ``chance`` is the probability that it acts by the end, over all worlds that came to theirs. ``attribution`` has a
    row for each group of causes: its mean share of the hazard at the state's first act, its Monte Carlo error, 5, 50
    and 95 % quantiles over ``acts`` worlds. ``weeks`` holds the 5, 50 and 95 % quantiles of the week of that act over
    the worlds in which it came, ``record`` the acts on record within the window: their week and ties. Weeks are
    Mondays.
    """

    given: Conditions
    iso3: str
    name: str
    chance: Chance
    attribution: pd.DataFrame
    weeks: tuple[pd.Timestamp, ...]
    record: pd.DataFrame
    later_than_record: (
        float  # share of the acts in worlds that came after the first one on record; NaN without one
    )
    switches: SwitchOff
    twin: TwinOfState

    def __repr__(self) -> str:
        return f"<Explanation of {self.iso3} under {self.given.name} in {self.given.results.place}>"

    def lines(self, width: int = 100) -> list[str]:
        """All that there is to say, for a terminal."""
        return lines(self, width)

    def page(self) -> str:
        """All that there is to say, as a page in Markdown."""
        return page(self)

    def _repr_markdown_(self) -> str:
        """What a notebook shows."""
        return self.page()


def explain(
    results: Results,
    state: str,
    *,
    scenario: str | None = None,
    worlds: int = MOST_WORLDS,
    twins: int = TWINS,
    case: Case | None = None,
    parameters: str | Path | ParameterSet | None = None,
    workers: int | None = None,
    progress: bool = False,
) -> Explanation:
    """Explain one state, by its ISO3 code, under one scenario of the results, by default the first.

    Subsets of mechanisms are lived in at most so many ``worlds`` of the folder, and so many ``twins`` where the
    scenario can touch an act of the state on record. ``parameters`` is what the run was given, needed only where
    these were neither the posterior nor a single set. Raises InputError for a state that is none, and where the
    folder can no longer be lived again.
    """
    given = conditions(results, scenario, case=case, parameters=parameters)
    return explanation_of(given, state, worlds=worlds, twins=twins, workers=workers, progress=progress)


def explanation_of(
    given: Conditions,
    state: str,
    *,
    worlds: int = MOST_WORLDS,
    twins: int = TWINS,
    workers: int | None = None,
    progress: bool = False,
) -> Explanation:
    """As :func:`explain`, under conditions that are laid out already."""
    check_state(state, given.case.vocabulary(), file="explain", key="state")
    for key, number, least in (("worlds", worlds, 1), ("twins", twins, 0)):
        if number < least:
            allowed = f"a whole number of {least} or more"
            raise InputError(file="explain", key=key, given=number, allowed=allowed)
    numbers, draws, population = given.finished(), len(given.draws), given.situation.population
    switches = switch_off(
        given, state, worlds=min(worlds, _leading(given, numbers)), workers=workers, progress=progress
    )
    first, record = first_acts(given, state), recorded(given, state)
    acted = np.isin(numbers, first["world"].to_numpy()).astype(np.float64)
    weeks = quantiles(first["week"].to_numpy(), SHOWN) if len(first) else ()
    return Explanation(
        given=given,
        iso3=state,
        name=population.names[population.iso3.index(state)],
        chance=chance_of(acted, numbers % draws),
        attribution=_attribution(first, draws),
        weeks=tuple(_monday(given, week) for week in weeks),
        record=record,
        later_than_record=_later(first, record, given),
        switches=switches,
        twin=twin_of_state(given, state, twins=twins, workers=workers, progress=progress),
    )


def _leading(given: Conditions, numbers: NDArray[np.int64]) -> int:
    """How many worlds from the first on came to their end without a gap."""
    leading = int((numbers == np.arange(len(numbers))).sum())
    if leading == 0:
        place, allowed = given.results.place, "a folder in which the first world came to its end"
        raise InputError(file=place, key="worlds", given="none that is finished", allowed=allowed)
    return leading


def first_acts(given: Conditions, iso3: str) -> pd.DataFrame:
    """The state's first act in each world: replicate, week and the shares of its account, NaN where not kept."""
    where = (ds.field("iso3") == iso3) & ds.field("lead")
    columns = ["world", "week", *SHARES]
    pieces = given.results.files.pieces("acts", columns, scenario=given.name, where=where)
    tables = [piece.to_pandas() for piece in pieces]
    every = pd.concat(tables) if tables else pd.DataFrame(columns=columns, dtype=np.float64)
    return every.sort_values(["world", "week"], kind="stable").drop_duplicates("world").reset_index(drop=True)


def _attribution(first: pd.DataFrame, draws: int) -> pd.DataFrame:
    """The groups' shares at the first act: their mean, its Monte Carlo error, and how they spread over worlds."""
    kept = first.dropna(subset=[SHARES[0]])
    number = kept["world"].to_numpy().astype(np.int64) % draws
    rows = [
        {"group": group, **_spread(kept[share].to_numpy(dtype=np.float64), number), "acts": len(kept)}
        for group, share in zip(GROUPS, SHARES, strict=True)
    ]
    return pd.DataFrame(rows)


def _spread(shares: NDArray[np.float64], draws: NDArray[np.int64]) -> dict[str, float]:
    low, middle, high = quantiles(shares, SHOWN) if len(shares) else (np.nan,) * len(SHOWN)
    mean = float(shares.mean()) if len(shares) else np.nan
    return {"mean": mean, "error": error_of_mean(shares, draws), "p05": low, "median": middle, "p95": high}


def recorded(given: Conditions, iso3: str) -> pd.DataFrame:
    """The state's acts on record within the window: the Monday of the week, and what was cut."""
    return pd.DataFrame(list(_recorded(given, iso3)), columns=["week", "ties"])


def _recorded(given: Conditions, iso3: str) -> Iterator[dict[str, Any]]:
    line = given.situation.timeline
    for act in given.situation.record.acts:
        if act.iso3 == iso3 and line.first <= act.week < line.weeks:
            ties = ", ".join(f"{TIES[cut.tie]} {cut.level_before} → {cut.level_after}" for cut in act.cuts)
            yield {"week": _monday(given, act.week), "ties": ties}


def _later(first: pd.DataFrame, record: pd.DataFrame, given: Conditions) -> float:
    """The share of worlds with an act in which the first came after the record's first."""
    if record.empty or first.empty:
        return float("nan")
    weeks = [_monday(given, week) for week in first["week"]]
    return float(np.mean([week > record["week"].iloc[0] for week in weeks]))


def _monday(given: Conditions, week: float) -> pd.Timestamp:
    return pd.Timestamp(given.situation.timeline.monday(int(week)))


ABOUT: Final = "explain.json"
OF_A_STATE: Final = ("explanation.md", "account.csv", "switch_off.csv", "twins.csv")
OF_A_WORLD: Final = ("story.md", "cascade.csv", "exposures.csv", "cascade.png")
OURS: Final = frozenset({ABOUT, *OF_A_STATE, *OF_A_WORLD})

Writers = Mapping[str, Callable[[Path], None]]


def own_folder(given: Conditions, what: str) -> Path:
    """Where an explanation lands unless another place is named: explain/SCENARIO/WHAT within the results.

    Raises InputError where the results are not in a folder of this machine.
    """
    return given.results.folder / EXPLAINED / given.name / what


def write_state(found: Explanation, place: Path) -> Path:
    """Leave the page about a state and its tables in a folder; returns it."""
    tables = {"account.csv": found.attribution, "switch_off.csv": found.switches.table}
    if found.twin.acts is not None:
        tables["twins.csv"] = found.twin.acts
    writers = {"explanation.md": _text(found.page())} | {
        name: _table(table) for name, table in tables.items()
    }
    return _write(place, writers, found.given, {"state": found.iso3, "worlds": found.switches.worlds})


def write_world(told: Story, found: Cascade, place: Path) -> Path:
    """Leave a world's story, its cascades as tables and their picture in a folder; returns it."""
    cascades = "\n".join(f"{sentence}\n" for sentence in sentences(found))
    writers = {
        "story.md": _text(
            f"{told.page()}\n## Who was exposed to whom\n\n{cascades}\n![The acts](cascade.png)\n"
        ),
        "cascade.csv": _table(found.acts),
        "exposures.csv": _table(found.exposures),
        "cascade.png": lambda path: save_cascade(path, found),
    }
    return _write(place, writers, found.given, {"world": found.number})


def _write(place: Path, writers: Writers, given: Conditions, what: Mapping[str, Any]) -> Path:
    """Write the files and what they are of; an earlier explanation at the place is replaced, nothing else ever."""
    manifest = given.results.manifest
    about = {
        "kind": "maxpressure explanation",
        **what,
        "scenario": given.name,
        "results": {
            "seed": manifest.seed,
            "worlds": manifest.worlds,
            "code": manifest.code,
            "evidence": manifest.evidence,
            "assumptions": manifest.assumptions,
            "draws": manifest.draws_digest,
        },
        "maxpressure": VERSION,
        "same_code": given.same_code,
        "command": shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]]),
        "written": f"{utc_now():%Y-%m-%dT%H:%M:%SZ}",
    }
    replacing = lies_there(place, OURS, ABOUT)
    with new_folder(place, replacing=replacing) as folder:
        for name, write in writers.items():
            write(folder / name)
        _text(json.dumps(about, indent=2, ensure_ascii=False) + "\n")(folder / ABOUT)
    return place


def _text(words: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_text(words, encoding="utf-8", newline="\n")

    return write


def _table(table: pd.DataFrame) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        table.to_csv(path, index=False, lineterminator="\n", float_format="%.6g")

    return write
