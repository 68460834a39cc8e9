"""Twins of the record under a scenario: lived, told in tables, drawn, written into a folder.

What twins say of one state: which of its recorded acts would be gone under a scenario, where that can be said.
"""

from __future__ import annotations

import json
import os
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import pandas as pd

from maxpressure.base.cautions import CONTAGION, NOT_SEPARATED
from maxpressure.base.errors import InputError, nearest
from maxpressure.base.text import from_here
from maxpressure.evidence.parameters import Parameters, ParameterSet
from maxpressure.evidence.posterior import choose
from maxpressure.experiments.executors import bar, spread
from maxpressure.experiments.experiment import Experiment, Source, new_manifest, plan
from maxpressure.experiments.folder import OUTPUTS, lies_there, new_file, new_folder
from maxpressure.experiments.manifest import digest, utc_now
from maxpressure.experiments.store import missing
from maxpressure.explanations.rerun import Conditions
from maxpressure.explanations.twin_tables import (
    RULE,
    Span,
    act_table,
    save_twins,
    sentence,
    total_table,
    words,
)
from maxpressure.explanations.twins import Life, Twins
from maxpressure.model.case import Case, Situation, first_difference, load_case, prepare, twin_situations

ABOUT: Final = "twin.json"
ACTS: Final = "twins.csv"
TOTALS: Final = "totals.csv"
PICTURE: Final = "twin.png"
FILES: Final = frozenset({ABOUT, ACTS, TOTALS, PICTURE})
KIND: Final = "maxpressure twins"
TOGETHER: Final = 5
"""Twins in a chunk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TwinResults:
    """What came of twins; ``about`` says what was run, as ``twin.json`` does."""

    place: Path
    about: dict[str, Any]
    acts: pd.DataFrame
    totals: pd.DataFrame
    span: Span
    reused: bool = False

    def lines(self, states: Sequence[str], width: int) -> list[str]:
        """All that there is to say, about the acts of the states named or of all."""
        (scenario,) = self.about["scenarios"]
        what = (
            f"{self.about['worlds']} twins of the record under {scenario['name']}, seed {self.about['seed']}:"
        )
        listed = words(self.acts, self.totals, self.span, states)
        notes = [
            RULE,
            CONTAGION,
            f"Parameters, {self.about['parameters']['status']}: {self.about['parameters']['source']}",
            f"Written to {from_here(str(self.place))}: {', '.join(sorted(FILES))}",
        ]
        return [what, "", *listed, "", *(line for note in notes for line in textwrap.wrap(note, width))]


def check_states(case: Case, states: Sequence[str]) -> tuple[str, ...]:
    """The states, if all of them acted in the record; raises InputError naming the first that did not."""
    acted = prepare(case, case.record()).record.iso3
    for state in states:
        if state not in acted:
            allowed = f"the ISO3 code of a state that acted in the record: {', '.join(acted)}"
            close = nearest(state, acted)
            raise InputError(file="twin", key="state", given=state, allowed=allowed, nearest=close)
    return tuple(states)


def twin(
    scenario: Source,
    *,
    worlds: int = 200,
    seed: int = 2017,
    parameters: str | Path | ParameterSet = "posterior",
    draws: Sequence[Parameters] = (),
    case: Case | None = None,
    workers: int | None = None,
    out: str | Path | None = None,
    force: bool = False,
    progress: bool = True,
) -> TwinResults:
    """Live twins of the record under a scenario, both constructions, and leave tables and picture in `out`.

    Twin w has draw w mod D of ``parameters``, which are named as for :func:`maxpressure.run`, or of ``draws``, if any
    are given. Results of the very same run that are there already are returned as they are; those of another run are
    refused, unless ``force`` lets them be replaced. Without ``out`` the folder is outputs/twin-NAME. Raises InputError
    for what cannot be run or written.
    """
    case = load_case() if case is None else case
    chosen = choose(parameters, place=case.place)
    experiment = plan(
        case,
        [scenario],
        worlds=worlds,
        seed=seed,
        engine="world",
        parameters=chosen.parameters,
        draws=draws or chosen.draws,
    )
    (edits,) = experiment.scenarios
    factual, counterfactual, until = twin_situations(case, edits)
    span = span_of(factual, counterfactual, experiment.draws, until)
    place = Path(os.path.realpath(Path(OUTPUTS, f"twin-{edits.name}") if out is None else out))
    about = _about(experiment, span)
    earlier = _earlier(place)
    if earlier is not None and not force:
        return _again(place, earlier, about, span)
    twins = Twins(
        factual=factual, scenario=counterfactual, until=until, draws=experiment.draws, seed=experiment.seed
    )
    with new_folder(place, replacing=earlier is not None) as folder:
        acts, totals = _simulated(twins, experiment, span, workers, progress=progress)
        acts.to_csv(folder / ACTS, index=False, lineterminator="\n", float_format="%.6g")
        totals.to_csv(folder / TOTALS, index=False, lineterminator="\n", float_format="%.6g")
        tables = {name: digest(folder / name) for name in (ACTS, TOTALS)}
        about |= {"tables": tables, "ended": f"{utc_now():%Y-%m-%dT%H:%M:%SZ}"}
        (folder / ABOUT).write_text(json.dumps(about, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        _draw(folder / PICTURE, acts, about, span)
    return _read(place, about, span)


def span_of(factual: Situation, scenario: Situation, draws: Sequence[Parameters], until: int) -> Span:
    """The weeks that count: from the first in which the scenario can tell under any of the draws."""
    return Span(
        origin=factual.timeline.origin,
        touched=min(first_difference(factual, scenario, draw) for draw in draws),
        until=until,
        weeks=factual.timeline.weeks,
    )


def _simulated(
    twins: Twins, experiment: Experiment, span: Span, workers: int | None, *, progress: bool
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Live all twins and tell the tables of acts and of totals."""
    chunks = missing([], experiment.names, experiment.worlds, TOGETHER)
    lives = []
    with bar(chunks, progress=progress) as shown:
        for chunk, simulated in zip(
            chunks, spread(twins, chunks, compiled=False, workers=workers), strict=True
        ):
            lives += simulated
            shown.note(chunk)
    return act_table(lives, twins.factual, span), total_table(lives, twins.factual, span)


# ---- the folder


def _about(experiment: Experiment, span: Span) -> dict[str, Any]:
    """What is run: a run's manifest, but for what twins do not have."""
    manifest = json.loads(new_manifest(experiment).model_dump_json())
    told = {"kind": KIND, "format": 1, "agreement": RULE, "caution": NOT_SEPARATED}
    days = {
        "record_ends": span.last_day(span.until).isoformat(),
        "twins_end": span.last_day(span.weeks).isoformat(),
    }
    left_out = ("kind", "format", "engine", "state_class", "keep_weeks", "keep_attributions", "tables")
    return told | days | {key: entry for key, entry in manifest.items() if key not in left_out}


def _earlier(place: Path) -> dict[str, Any] | None:
    """What was run by the twins at this place, if any lie there."""
    if not lies_there(place, FILES, ABOUT):
        return None
    try:
        about = json.loads((place / ABOUT).read_text(encoding="utf-8"))
    except ValueError as fault:
        raise InputError(file=place / ABOUT, key="file", given=str(fault), allowed="a file in JSON") from None
    if not isinstance(about, dict) or about.get("kind") != KIND:
        allowed = "a folder of twins that maxpressure wrote"
        raise InputError(file=place / ABOUT, key="kind", given="another program's file", allowed=allowed)
    return about


def _again(place: Path, earlier: dict[str, Any], about: dict[str, Any], span: Span) -> TwinResults:
    """The twins at this place, which must be those of the very same run; a missing picture is drawn again."""
    passing = ("command", "started", "ended", "tables")
    parted = [key for key in about if key not in passing and earlier.get(key) != about[key]]
    if parted:
        given = f"twins of another run: other {', '.join(parted)}"
        allowed = "another folder, by --out, or --force to replace these twins"
        raise InputError(file=place, key="out", given=given, allowed=allowed)
    for name in (ACTS, TOTALS):
        if not (place / name).is_file() or digest(place / name) != earlier.get("tables", {}).get(name):
            allowed = "the file as it was written; --force lives the twins again"
            raise InputError(file=place / name, key="file", given="missing or changed", allowed=allowed)
    found = replace(_read(place, earlier, span), reused=True)
    if not (place / PICTURE).is_file():
        with new_file(place / PICTURE) as picture:
            _draw(picture, found.acts, earlier, span)
    return found


def _read(place: Path, about: dict[str, Any], span: Span) -> TwinResults:
    acts = pd.read_csv(place / ACTS, keep_default_na=False)
    totals = pd.read_csv(place / TOTALS, keep_default_na=False, na_values={"error": [""]})
    return TwinResults(place=place, about=about, acts=acts, totals=totals, span=span)


def _draw(path: Path, acts: pd.DataFrame, about: dict[str, Any], span: Span) -> None:
    """The picture of these twins."""
    (scenario,) = about["scenarios"]
    title = f"How often an act of the record is gone under {scenario['name']}"
    caution = CONTAGION
    notes = f"{about['worlds']} twins, seed {about['seed']}; {about['parameters']['status']} parameters. {caution}"
    save_twins(path, acts, span, title, notes)


"""Twins in a chunk."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TwinOfState:
    """Sentences about the state's recorded acts, and the rows of `act_table` on which they stand, if any were lived."""

    sentences: tuple[str, ...]
    acts: pd.DataFrame | None = None


def twin_of_state(
    given: Conditions, iso3: str, *, twins: int, workers: int | None = None, progress: bool = False
) -> TwinOfState:
    """Live so many twins of the record under the scenario, where it can touch an act of the state on record."""
    try:
        factual, scenario, until = twin_situations(given.case, given.scenario)
    except InputError as refusal:
        return _said(
            f"No twin can live under {given.name}: {refusal.key} is {refusal.given}; a twin needs {refusal.allowed}."
        )
    draws = given.first_draws(twins)
    weeks = [act.week for act in factual.record.acts if act.iso3 == iso3]
    if not weeks:
        return _said(
            "It has no act on record within the set at risk, so there is none that a twin could lose."
        )
    touched = min(first_difference(factual, scenario, draw) for draw in given.draws[: max(twins, 1)])
    span = Span(origin=factual.timeline.origin, touched=touched, until=until, weeks=factual.timeline.weeks)
    if touched == factual.timeline.weeks:
        return _said(
            f"{given.name} changes nothing that a state feels: its twins do again just what the record holds, under "
            "both constructions of luck, so none of its acts is gone."
        )
    if max(weeks) < touched:
        return _said(
            f"{given.name} can tell on nobody before the week of {span.monday(touched)}, after the last act of this "
            "state on record: twins lose none of them."
        )
    if twins == 0:
        return _said(f"`maxpressure twin {given.name} --state {iso3}` lives its twins.")
    simulated = Twins(factual=factual, scenario=scenario, until=until, draws=draws, seed=given.seed)
    lives: list[Life] = []
    chunks = missing([], (f"twins under {given.name}",), twins, TOGETHER)
    with bar(chunks, progress=progress) as shown:
        for chunk, some in zip(
            chunks, spread(simulated, chunks, compiled=False, workers=workers), strict=True
        ):
            lives += some
            shown.note(chunk)
    table = act_table(lives, factual, span)
    acts = table[table["iso3"] == iso3].reset_index(drop=True)
    told = tuple(sentence(pair, span) for _, pair in acts.groupby("act"))
    error = f"a share of {twins} twins has a Monte Carlo error of up to {50.0 / twins**0.5:.0f} points"
    return TwinOfState(sentences=(*told, f"({error[0].upper()}{error[1:]}. {RULE})"), acts=acts)


def _said(sentence_: str) -> TwinOfState:
    return TwinOfState(sentences=(sentence_,))
