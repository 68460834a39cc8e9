"""Twins of the record under a scenario: simulated, written into a folder, read again; and those of a single state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from maxpressure.base.cautions import CONTAGION, NOT_SEPARATED
from maxpressure.base.errors import InputError
from maxpressure.base.shown import Shown
from maxpressure.base.text import as_markdown, csv_bytes, from_here, markdown, plural, wrapped
from maxpressure.evidence.parameters import Parameters, ParameterSet
from maxpressure.evidence.posterior import choose
from maxpressure.experiments.executors import bar, spread
from maxpressure.experiments.experiment import Experiment, Source, new_manifest, plan
from maxpressure.experiments.folder import OUTPUTS, OutputFolder, write_json
from maxpressure.experiments.manifest import digest, utc_now
from maxpressure.experiments.receipts import missing
from maxpressure.experiments.swap import new_file
from maxpressure.explanations.rerun import Conditions
from maxpressure.explanations.twin_kept import kept_acts, kept_totals
from maxpressure.explanations.twin_tables import (
    RULE,
    Span,
    act_table,
    save_twins,
    sentence,
    shown_acts,
    total_table,
    twin_lines,
)
from maxpressure.explanations.twins import TwinActs, Twins
from maxpressure.model.case import Case, Situation, case_or_shipped, prepare
from maxpressure.model.twin_situations import first_difference, twin_situations
from maxpressure.scenario.check import nearest_state, state_code

ABOUT: Final = "twin.json"
ACTS: Final = "twins.csv"
TOTALS: Final = "totals.csv"
PICTURE: Final = "twin.png"
FILES: Final = frozenset({ABOUT, ACTS, TOTALS, PICTURE})
PASSING: Final = ("command", "started", "ended", "tables")
"""Entries of ``twin.json`` in which two runs of the same twins may differ."""

TOGETHER: Final = 25
"""Twins in a chunk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TwinResults(Shown):
    """Twins of the record under one scenario.

    Attributes
    ----------
    folder : pathlib.Path
        Where tables and picture are.
    about : dict
        What was run, as in ``twin.json``.
    acts : pandas.DataFrame
        A row for each recorded act that the scenario can affect and each coupling: `iso3`, `state`, `act` (its number
        among the acts of its state, from 1), `week` (its Monday), `ties`, `coupling`, `twins`, `gone_by_end` and
        `gone_later` (shares of twins in which the act is gone by the record's end and half a year later),
        `delay_weeks` (of the median twin, infinite where the act does not come), `agree` (of both couplings).
    totals : pandas.DataFrame
        Acts lost and gained: `quantity`, `of` (acts that could be lost), `coupling`, `twins`, and over twins `mean`,
        `mcse` (Monte Carlo standard error of the mean), `p05` and `p95` (5 and 95 % quantiles).
    span : Span
        The weeks that count.
    reused : bool
        Whether the same twins were in the folder already.
    """

    folder: Path
    about: dict[str, Any]
    acts: pd.DataFrame
    totals: pd.DataFrame
    span: Span
    reused: bool = False

    def __repr__(self) -> str:
        return f"<{self.title}>"

    @property
    def title(self) -> str:
        """What was run."""
        (scenario,) = self.about["scenarios"]
        twins = plural(self.about["worlds"], "twin")
        return f"{twins} of the record under {scenario['name']}, seed {self.about['seed']}"

    @property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """The tables of acts and of totals."""
        return {"twins": self.acts, "totals": self.totals}

    def text(self, width: int = 100, *, states: Sequence[str] = ()) -> str:
        """The totals, the acts of the states named (or of all) and the conclusions, for a terminal."""
        listed = twin_lines(self.acts, self.totals, self.span, states, width)
        notes = [*self._notes(), f"Written to {from_here(str(self.folder))}: {', '.join(sorted(FILES))}"]
        first = [*wrapped(self._unaffected(), width), f"{self.title}:"]
        return "\n".join([*first, "", *listed, "", *wrapped(notes, width)])

    def markdown(self) -> str:
        """The totals, the acts and how to read them, as a page in Markdown."""
        acts = [markdown(shown_acts(self.acts))] if len(self.acts) else []
        return "\n".join(
            [
                f"# {as_markdown(self.title)}\n",
                *(f"**{one}**\n" for one in self._unaffected()),
                markdown(self.totals),
                *acts,
                *(f"{as_markdown(one)}\n" for one in self._notes()),
            ]
        )

    def _unaffected(self) -> list[str]:
        """A warning where no recorded act comes late enough to be affected."""
        (scenario,) = self.about["scenarios"]
        none = (
            f"{scenario['name']} can affect none of the recorded acts, which all come before what it edits."
        )
        return [] if len(self.acts) else [none]

    def _notes(self) -> list[str]:
        parameters = self.about["parameters"]
        return [RULE, CONTAGION, f"Parameters, {parameters['status']}: {parameters['source']}"]

    def save(self, folder: str | Path, *, force: bool = False) -> Path:
        """Write tables, picture and ``twin.json`` into a folder; returns it.

        Raises InputError where the folder holds anything else, or, without ``force``, twins of another run.
        """
        output = _folder(folder)
        earlier = output.earlier(force=force)
        if earlier is not None and not force:
            output.check_same(earlier, self.about, PASSING)
        with output.new() as partial:
            (partial / ACTS).write_bytes(csv_bytes(self.acts))
            (partial / TOTALS).write_bytes(csv_bytes(self.totals))
            digests = {name: digest(partial / name) for name in (ACTS, TOTALS)}
            ended = f"{utc_now():%Y-%m-%dT%H:%M:%SZ}"
            write_json(partial / ABOUT, self.about | {"tables": digests, "ended": ended})
            self.draw_picture(partial / PICTURE)
        return output.path

    def draw_picture(self, path: Path) -> None:
        """Draw how often each act is gone into a PNG."""
        (scenario,) = self.about["scenarios"]
        title = f"How often an act of the record is gone under {scenario['name']}"
        status = self.about["parameters"]["status"]
        notes = f"{self.about['worlds']} twins, seed {self.about['seed']}; {status} parameters. {CONTAGION}"
        save_twins(path, self.acts, self.span, title, notes)


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
    """Simulate counterfactual twins: what would have happened to the recorded acts under a scenario.

    A twin has the random numbers that brought the record about, as far as the record bounds them, and follows the
    model's rule under the scenario from January 2016 to half a year past the record. Each twin is simulated under
    both couplings, which the record cannot tell apart.

    Parameters
    ----------
    scenario
        The name of a shipped scenario, the path of a file, or a :class:`Scenario`.
    worlds
        The number of twins. Twin w takes posterior draw w mod D.
    seed
        The seed from which all random numbers follow.
    parameters
        ``"posterior"``, ``"map"`` (its mode), the path of a file, or a set of parameters, as for :func:`run`.
    draws
        Parameters to take in turn, in place of those that ``parameters`` names.
    case
        The case; by default the shipped one.
    workers
        Chunks of twins side by side; by default one a core. The results do not depend on it.
    out
        The folder for the results; by default ``outputs/twin-NAME``.
    force
        Replace twins of another run in that folder.
    progress
        Show a progress bar.

    Returns
    -------
    TwinResults
        Tables of acts and totals. Twins of the very same run that are in the folder are read, not simulated again.

    Raises
    ------
    InputError
        For a scenario that twins cannot follow (such as drawn tests), draws under which the record cannot have
        happened, and a folder that holds anything but the same twins.

    References
    ----------
    Pearl, J. (2009). Causality, 2nd edition, section 7.1. Cambridge University Press.

    Examples
    --------
    >>> import maxpressure as mp, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     found = mp.twin("no-september-test", worlds=2, workers=1, out=f"{folder}/twins", progress=False)
    >>> found
    <2 twins of the record under no-september-test, seed 2017>
    >>> sorted(found.acts["coupling"].unique())
    ['threshold', 'weekly']
    """
    case = case_or_shipped(case)
    chosen = choose(parameters, place=case.place)
    experiment = plan(
        case,
        [scenario],
        worlds=worlds,
        seed=seed,
        engine="ensemble",
        parameters=chosen.parameters,
        draws=draws or chosen.draws,
    )
    (edits,) = experiment.scenarios
    factual, counterfactual, until = twin_situations(case, edits)
    span = span_of(factual, counterfactual, experiment.draws, until)
    folder = _folder(Path(OUTPUTS, f"twin-{edits.name}") if out is None else out)
    about = _about(experiment, span)
    with folder.claimed(force=force):
        earlier = folder.earlier(force=force)
        if earlier is not None and not force:
            folder.check_same(earlier, about, PASSING)
            folder.check_files(earlier.get("tables"), (ACTS, TOTALS))
            return _read(folder.path, earlier, span, reused=True)
        twins = Twins(
            factual=factual,
            scenario=counterfactual,
            until=until,
            draws=experiment.draws,
            seed=experiment.seed,
        )
        simulated = _simulate(twins, edits.name, experiment.worlds, workers, progress=progress)
        found = TwinResults(
            folder=folder.path,
            about=about,
            acts=act_table(simulated, factual, span),
            totals=total_table(simulated, factual, span),
            span=span,
        )
        return _read(found.save(folder.path, force=True), about, span)


def check_states(case: Case, states: Sequence[str]) -> tuple[str, ...]:
    """The codes of the states, if all acted in the record; raises InputError naming the first that did not."""
    acted, names = prepare(case, case.record()).record.iso3, case.vocabulary().states
    codes = tuple(state_code(state, names) for state in states)
    for state in codes:
        if state not in acted:
            allowed = f"the ISO3 code of a state that acted in the record: {', '.join(acted)}"
            close = nearest_state(state, acted, {code: names[code] for code in acted})
            raise InputError(file="twin", key="state", given=state, allowed=allowed, nearest=close)
    return codes


def span_of(factual: Situation, scenario: Situation, draws: Sequence[Parameters], until: int) -> Span:
    """The weeks that count: from the first in which the scenario can matter under any of the draws."""
    return Span(
        origin=factual.timeline.origin,
        touched=min(first_difference(factual, scenario, draw) for draw in draws),
        until=until,
        weeks=factual.timeline.weeks,
    )


def _simulate(twins: Twins, name: str, count: int, workers: int | None, *, progress: bool) -> list[TwinActs]:
    """So many twins, in chunks."""
    chunks = missing([], (name,), count, TOGETHER)
    simulated: list[TwinActs] = []
    with bar(chunks, progress=progress) as shown:
        parts = spread(twins, chunks, compiled=True, workers=workers)
        for chunk, part in zip(chunks, parts, strict=True):
            simulated += part
            shown.note(chunk)
    return simulated


# ---- the folder


def _folder(path: str | Path) -> OutputFolder:
    return OutputFolder(path, mark=ABOUT, files=FILES, contents="twins", kind="maxpressure twins")


def _about(experiment: Experiment, span: Span) -> dict[str, Any]:
    """What is run: a run's manifest, but for what twins do not have."""
    manifest = new_manifest(experiment).plain()
    left_out = ("kind", "format", "engine", "state_class", "keep_weeks", "keep_attributions", "tables")
    return {
        "kind": "maxpressure twins",
        "format": 3,
        "agreement": RULE,
        "caution": NOT_SEPARATED,
        "record_ends": span.last_day(span.until).isoformat(),
        "twins_end": span.last_day(span.weeks).isoformat(),
    } | {key: entry for key, entry in manifest.items() if key not in left_out}


def _read(folder: Path, about: dict[str, Any], span: Span, *, reused: bool = False) -> TwinResults:
    """The twins in a folder; a missing picture is drawn again."""
    acts, totals = kept_acts(folder / ACTS), kept_totals(folder / TOTALS)
    found = TwinResults(folder=folder, about=about, acts=acts, totals=totals, span=span, reused=reused)
    if not (folder / PICTURE).is_file():
        with new_file(folder / PICTURE) as picture:
            found.draw_picture(picture)
    return found


# ---- one state


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TwinOfState:
    """Sentences about a state's recorded acts, and the rows of `act_table` behind them, where twins were simulated."""

    sentences: tuple[str, ...]
    acts: pd.DataFrame | None = None


def twin_of_state(
    given: Conditions, iso3: str, *, twins: int, workers: int | None = None, progress: bool = False
) -> TwinOfState:
    """Simulate so many twins under the scenario, where it can affect an act of the state on record."""
    try:
        factual, scenario, until = twin_situations(given.case, given.scenario)
    except InputError as refusal:
        return _only(f"No twin is possible under {given.name}: {refusal.said(refusal.key)}")
    weeks = [act.week for act in factual.record.acts if act.iso3 == iso3]
    if not weeks:
        return _only("It has no act on record within the set at risk, so a twin has none to lose.")
    draws = given.first_draws(twins)
    span = span_of(factual, scenario, given.draws[: max(twins, 1)], until)
    if span.touched == factual.timeline.weeks:
        return _only(
            f"{given.name} changes no input of any state: under both couplings its twins repeat exactly what the "
            "record holds, so none of its acts is gone."
        )
    if max(weeks) < span.touched:
        return _only(
            f"{given.name} can affect no state before the week of {span.monday(span.touched)}, after the last act of "
            "this state on record: twins lose none of them."
        )
    if twins == 0:
        return _only(f"Next: `maxpressure twin {given.name} --state {iso3}` simulates its twins.")
    simulated = Twins(factual=factual, scenario=scenario, until=until, draws=draws, seed=given.seed)
    found = _simulate(simulated, f"twins under {given.name}", twins, workers, progress=progress)
    table = act_table(found, factual, span)
    acts = table[table["iso3"] == iso3].reset_index(drop=True)
    conclusions = tuple(sentence(pair, span) for _, pair in acts.groupby("act"))
    error = f"A share of {twins} twins has a Monte Carlo error of up to {50.0 / twins**0.5:.0f} points"
    return TwinOfState(sentences=(*conclusions, f"({error}. {RULE})"), acts=acts)


def _only(words: str) -> TwinOfState:
    return TwinOfState(sentences=(words,))
