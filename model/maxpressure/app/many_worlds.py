"""The view of many worlds without its frame: the worlds of a setting, their comparison, and a visitor's choices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from maxpressure.app.levers import (
    LEVERS,
    SHOWN_AT_FIRST,
    UNMOVED,
    UNSET,
    Lever,
    Opened,
    Setting,
    link_of,
    shown_after,
    written,
)
from maxpressure.base.cautions import CONTAGION, INTERVALS, NO_FORECAST, NOT_DISARMAMENT, REQUESTS
from maxpressure.base.errors import InputError
from maxpressure.base.numerics import Floats
from maxpressure.engine.chunks import Chunk, Keep
from maxpressure.engine.engines import Ensemble
from maxpressure.evidence.parameters import Parameters
from maxpressure.experiments.job import batches
from maxpressure.experiments.schema import OUTCOMES
from maxpressure.model.case import Case, Situation, prepare
from maxpressure.report.comparison import sentences
from maxpressure.results.compare import Pairs, row_of
from maxpressure.results.quantiles import quantiles
from maxpressure.results.statistics import CONFIDENCE, KEY_OUTCOMES
from maxpressure.results.weekly import Band, Curve, band_of, busiest_of, cautions, recorded

WORLDS: Final = 300
SEED: Final = 2017
"""As by `maxpressure run --worlds 300`: the same worlds, number by number."""

ACTS_TOTAL: Final = 4
"""The column of the cumulative acts among the whole numbers of a week."""

FIRST: Final = "A"
SECOND: Final = "B"
"""The names of the two settings in pictures and sentences."""

READ_WITH_CARE: Final = (NO_FORECAST, CONTAGION, REQUESTS, INTERVALS, NOT_DISARMAMENT)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lot:
    """The worlds of one setting. ``counted`` (worlds, weeks) are acts counted up, ``outcomes`` a number a world."""

    setting: Setting
    situation: Situation
    draws: int
    counted: NDArray[np.int32]
    outcomes: Mapping[str, Floats]

    @property
    def worlds(self) -> int:
        """How many worlds were simulated."""
        return len(self.counted)


def simulate(
    case: Case,
    draws: Sequence[Parameters],
    setting: Setting,
    worlds: int = WORLDS,
    *,
    like: Situation | None = None,
) -> Lot:
    """Simulate the worlds of a setting; world w uses posterior draw w mod D, as in a run.

    ``like`` is a situation of the same case, of which states and record are taken where they are the same.
    """
    situation = prepare(case, setting.scenario(case), like=like)
    simulated = Ensemble(situation, draws[:worlds]).simulate(0, worlds, seed=SEED, attributions=False)
    chunk = Chunk(situation.scenario.name, 0, worlds)
    table = batches(chunk, len(draws), situation, simulated, Keep(weeks=0, attributions=0))["worlds"]
    return Lot(
        setting=setting,
        situation=situation,
        draws=len(draws),
        counted=simulated.output.week_ints[:, :, ACTS_TOTAL].copy(),
        outcomes={name: table[name].cast(pa.float64()).to_numpy(zero_copy_only=False) for name in OUTCOMES},
    )


def tables(
    case: Case, draws: Sequence[Parameters], setting: Setting, worlds: int
) -> dict[str, pa.RecordBatch]:
    """The tables that a run of these worlds writes: worlds and acts."""
    situation = prepare(case, setting.scenario(case))
    simulated = Ensemble(situation, draws[:worlds]).simulate(0, worlds, seed=SEED)
    chunk = Chunk(situation.scenario.name, 0, worlds)
    written = batches(chunk, len(draws), situation, simulated, Keep(weeks=0))
    return {name: written[name] for name in ("worlds", "acts")}


def bands(lots: Mapping[str, Lot]) -> dict[str, Band]:
    """The band of each lot, over the weeks that any of them covers."""
    first = min(lot.situation.timeline.first for lot in lots.values())
    return {
        name: band_of(
            lot.situation,
            first,
            quantiles(lot.counted).astype(np.float64),
            busiest_of(lot.counted),
            lot.worlds,
        )
        for name, lot in lots.items()
    }


def record_of(case: Case, lots: Mapping[str, Lot]) -> Curve:
    """The record over the weeks of the lots."""
    return recorded((lot.situation for lot in lots.values()), case.assumptions.record.acts_until)


def compared(ours: Lot, theirs: Lot) -> pd.DataFrame:
    """The second setting minus the first in the planned outcomes, by the statistics of `Results.compare`."""
    windows = [lot.situation.scenario.window for lot in (ours, theirs)]
    if windows[0] != windows[1]:
        given = (
            f"{windows[0].weeks} weeks from {windows[0].start}, {windows[1].weeks} from {windows[1].start}"
        )
        allowed = "two settings over the same weeks, since only these pair world by world"
        raise InputError(file="page", key="comparison", given=given, allowed=allowed)
    pairs = np.arange(min(ours.worlds, theirs.worlds))
    matched = Pairs(
        rows=pairs,
        rows_against=pairs,
        draws=pairs % ours.draws,
        failed=0,
        unpaired=abs(ours.worlds - theirs.worlds),
        fewest=1,
    )
    rows = [
        {"scenario": SECOND, "against": FIRST, "outcome": outcome}
        | row_of(
            outcome, theirs.outcomes[outcome][pairs], ours.outcomes[outcome][pairs], matched, apart=False
        )
        for outcome in KEY_OUTCOMES
    ]
    return pd.DataFrame(rows).astype({"needed": "Int64", "enough": "boolean"})


def differences(table: pd.DataFrame) -> list[str]:
    """The comparison in sentences: each difference with its interval and n."""
    lines = [sentence.replace("no world was", "no pair was") for sentence in sentences(table)]
    return [
        *lines,
        f"Differences are B minus A, world by world (common random numbers), with {100 * CONFIDENCE:.0f} % intervals.",
    ]


def to_be_said(lots: Mapping[str, Lot]) -> list[str]:
    """What must stand beside these worlds, so that nobody concludes too much."""
    own = cautions({name: lot.situation for name, lot in lots.items()})
    return [*own, " ".join(one for one in READ_WITH_CARE if one not in " ".join(own))]


NEUTRAL: Final = {"campaign": 1.0, "requests": 1.0, "mandates": 1.0, "china": 0.5}
"""Where a slider stands that is not moved; 0 for all others."""

LONGEST_WORD: Final = 400
"""Characters of what a visitor writes into a field that are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What was written into a field and refused, and why."""

    given: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The settings A and, where there is a second, B; the levers on show; and what was refused, by field."""

    first: Setting = UNMOVED
    second: Setting | None = None
    shown: tuple[str, ...] = SHOWN_AT_FIRST
    faults: Mapping[str, Fault] = field(default_factory=dict)

    @property
    def settings(self) -> dict[str, Setting]:
        """The settings by the name of their column."""
        return {FIRST: self.first} | ({SECOND: self.second} if self.second is not None else {})

    def moved(self, case: Case, which: str, key: str, given: str) -> Chosen:
        """After a visitor has written into a field; what cannot be is refused there and changes nothing else."""
        setting, where, given = self.settings.get(which), f"{which}.{key}", given[:LONGEST_WORD]
        if setting is None:
            return self
        faults = {name: fault for name, fault in self.faults.items() if name != where}
        try:
            after = setting.but(case, key, given)
            after.scenario(case)
        except InputError as refusal:
            return replace(self, faults=faults | {where: Fault(given=given, why=helped(refusal))})
        return self._with(which, after, faults)

    def compared(self, *, wanted: bool) -> Chosen:
        """With a second setting, the first's to begin with, or without one."""
        faults = {name: fault for name, fault in self.faults.items() if not name.startswith(SECOND)}
        return replace(self, second=self.first if wanted else None, faults=faults)

    def put_back(self, which: str) -> Chosen:
        """All levers of a column as its scenario has them."""
        if which not in self.settings:
            return self
        after = Setting(base=self.settings[which].base)
        faults = {name: fault for name, fault in self.faults.items() if not name.startswith(which)}
        return self._with(which, after, faults)

    def _with(self, which: str, setting: Setting, faults: Mapping[str, Fault]) -> Chosen:
        if which == FIRST:
            return replace(self, first=setting, faults=faults)
        return replace(self, second=setting, faults=faults)

    def showing(self, key: str, *, visible: bool) -> Chosen:
        """With a lever more or less on show; one that is put away is no longer moved."""
        faults = {name: fault for name, fault in self.faults.items() if name != "shown"}
        try:
            shown = shown_after(self.shown, key, visible=visible)
        except InputError as refusal:
            return replace(self, faults=faults | {"shown": Fault(given=key, why=helped(refusal))})
        first, second = (_without(setting, key) if setting and not visible else setting
                         for setting in (self.first, self.second))  # fmt: skip
        return replace(self, shown=shown, first=first or UNMOVED, second=second, faults=faults)

    @property
    def link(self) -> str:
        """The link that carries what is chosen."""
        return link_of(self.first, self.second)


def _without(setting: Setting, key: str) -> Setting:
    moved = {name: value for name, value in setting.moved.items() if name != key}
    return replace(setting, moved=moved, asked=None if key == "requests" else setting.asked)


def chosen_by(link: Opened) -> Chosen:
    """What a link chose, its levers on show."""
    settings = [setting for setting in (link.first, link.second) if setting is not None]
    moved = {key for setting in settings for key in setting.moved}
    spare = [key for key in SHOWN_AT_FIRST if key not in moved]
    while len(moved) + len(spare) > len(SHOWN_AT_FIRST):
        spare.pop()
    shown = tuple(key for key in LEVERS if key in moved or key in spare)
    return Chosen(first=link.first, second=link.second, shown=shown)


def helped(refusal: InputError) -> str:
    """A refusal, in words for the page."""
    near = f" Did you mean {refusal.nearest}?" if refusal.nearest else ""
    return f"{refusal.said(refusal.key)}{near}"


def columns(case: Case, chosen: Chosen) -> list[dict[str, Any]]:
    """What the page shows of each setting: plain words and numbers."""
    return [
        {
            "which": which,
            "scenario": setting.base,
            "title": case.scenario(setting.base).title,
            "question": case.scenario(setting.base).question,
            "levers": [_shown(which, LEVERS[key], setting, chosen) for key in chosen.shown],
            "fault": _why(chosen, f"{which}.scenario"),
            "words": "; ".join(setting.words()) or "no lever moved",
        }
        for which, setting in chosen.settings.items()
    ]


def scenarios(case: Case) -> list[dict[str, str]]:
    """The scenarios of the case, with their titles; the record first."""
    names = sorted(case.scenarios, key=lambda name: (name != UNMOVED.base, name))
    return [{"name": name, "title": case.scenario(name).title} for name in names]


def _shown(which: str, lever: Lever, setting: Setting, chosen: Chosen) -> dict[str, Any]:
    value, fault = setting.moved.get(lever.key), chosen.faults.get(f"{which}.{lever.key}")
    row: dict[str, Any] = {
        "key": lever.key,
        "label": lever.label,
        "hint": lever.hint,
        "unset": UNSET,
        "choices": list(lever.choices),
        "low": lever.low,
        "high": lever.high,
        "step": lever.step,
        "unit": lever.unit,
        "slider": NEUTRAL.get(lever.key, 0.0) if value is None else float(value),
        "given": fault.given if fault else "" if value is None else written(lever, value),
        "moved": value is not None,
        "fault": fault.why if fault else "",
        "asked": None,
    }
    if lever.key == "requests":
        asked = chosen.faults.get(f"{which}.asked")
        listed = "" if setting.asked is None else " ".join(setting.asked) or "nobody"
        row |= {"asked": asked.given if asked else listed, "asked_fault": asked.why if asked else ""}
    return row


def _why(chosen: Chosen, where: str) -> str:
    return chosen.faults[where].why if where in chosen.faults else ""
