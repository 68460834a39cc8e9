"""Three hundred worlds of a setting: lived at once, set against the record, and paired with those of another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from maxpressure.app.setting import Setting
from maxpressure.base.errors import InputError
from maxpressure.engine.chunks import Chunk, Keep
from maxpressure.engine.ensemble import Ensemble
from maxpressure.evidence.parameters import Parameters
from maxpressure.experiments.columns import batches
from maxpressure.experiments.schema import OUTCOMES
from maxpressure.model.case import Case, Situation, prepare
from maxpressure.report.comparison import NOT_THE_WORLD, sentences
from maxpressure.results.compare import CONFIDENCE, row_of
from maxpressure.results.key_outcomes import KEY_OUTCOMES
from maxpressure.results.pairing import Pairs
from maxpressure.results.quantiles import quantiles
from maxpressure.results.weekly import CONTAGION, Band, Curve, band_of, busiest_of, cautions, recorded

WORLDS: Final = 300
SEED: Final = 2017
"""As by `maxpressure run --worlds 300`: the same worlds, number by number."""

ACTS_TOTAL: Final = 4
"""The place of the acts counted up among a week's whole numbers."""

FIRST: Final = "A"
SECOND: Final = "B"
"""The names of the two settings in pictures and sentences."""

READ_WITH_CARE: Final = (
    "This is what follows from the model’s rule, not a forecast of what any state will do. "
    f"{CONTAGION} What requests seem to do is an upper bound: they are made where "
    f"success is near and reported when it came. {NOT_THE_WORLD}"
)

Floats = NDArray[np.float64]


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
        """How many worlds were lived."""
        return len(self.counted)


def live(case: Case, draws: Sequence[Parameters], setting: Setting, worlds: int = WORLDS) -> Lot:
    """Live the worlds of a setting; world w has replicate w and draw w mod D, as in a run."""
    situation = prepare(case, setting.scenario(case))
    lived = Ensemble(situation, draws[:worlds]).live(0, worlds, seed=SEED, accounts=False)
    chunk = Chunk(situation.scenario.name, 0, worlds)
    table = batches(chunk, len(draws), situation, lived, Keep(weeks=0, accounts=0))["worlds"]
    return Lot(
        setting=setting,
        situation=situation,
        draws=len(draws),
        counted=lived.book.week_ints[:, :, ACTS_TOTAL].copy(),
        outcomes={name: table[name].cast(pa.float64()).to_numpy(zero_copy_only=False) for name in OUTCOMES},
    )


def tables(
    case: Case, draws: Sequence[Parameters], setting: Setting, worlds: int
) -> dict[str, pa.RecordBatch]:
    """The tables that a run of these worlds writes: worlds and acts."""
    situation = prepare(case, setting.scenario(case))
    lived = Ensemble(situation, draws[:worlds]).live(0, worlds, seed=SEED)
    chunk = Chunk(situation.scenario.name, 0, worlds)
    written = batches(chunk, len(draws), situation, lived, Keep(weeks=0))
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
    """The second setting less the first in the outcomes fixed in advance, by the statistics of `Results.compare`."""
    windows = [lot.situation.scenario.window for lot in (ours, theirs)]
    if windows[0] != windows[1]:
        given = (
            f"{windows[0].weeks} weeks from {windows[0].start}, {windows[1].weeks} from {windows[1].start}"
        )
        allowed = "two settings over the same weeks, since only these pair world by world"
        raise InputError(file="page", key="comparison", given=given, allowed=allowed)
    places = np.arange(min(ours.worlds, theirs.worlds))
    matched = Pairs(
        rows=places,
        rows_against=places,
        draws=places % ours.draws,
        failed=0,
        unpaired=abs(ours.worlds - theirs.worlds),
        fewest=1,
    )
    rows = [
        {"scenario": SECOND, "against": FIRST, "outcome": outcome}
        | row_of(
            outcome, theirs.outcomes[outcome][places], ours.outcomes[outcome][places], matched, apart=False
        )
        for outcome in KEY_OUTCOMES
    ]
    return pd.DataFrame(rows).astype({"needed": "Int64", "enough": "boolean"})


def told(table: pd.DataFrame) -> list[str]:
    """The comparison in sentences, the difference with its interval and n."""
    said = [sentence.replace("world came", "pair came") for sentence in sentences(table)]
    return [*said, f"B less A, world by world under the same luck; intervals are {100 * CONFIDENCE:.0f} %."]


def to_be_said(lots: Mapping[str, Lot]) -> list[str]:
    """What must stand beside these worlds, lest more be read into them than they hold."""
    return [*cautions({name: lot.situation for name, lot in lots.items()}), READ_WITH_CARE]
