"""A validation: parameters scored on a later table of events, as text, as a page and as files.

:func:`maxpressure.inference.validate.validate` makes it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, Final

import pandas as pd

from maxpressure.base.errors import InputError, Wrong
from maxpressure.base.numerics import Ints
from maxpressure.base.paths import code_digest
from maxpressure.base.shown import Shown
from maxpressure.base.text import DASH, as_markdown, columns, csv_bytes, markdown, plural, wrapped
from maxpressure.evidence.parameters import ParameterSet
from maxpressure.evidence.record import Record
from maxpressure.evidence.schema import EventRow
from maxpressure.experiments.folder import OutputFolder
from maxpressure.experiments.manifest import ParametersUsed, versions
from maxpressure.inference.compared import Comparison
from maxpressure.inference.forecast import LEVEL, Measured, Scores
from maxpressure.model.case import Situation

RULE: Final = "the rule"
REFITTED: Final = "the rule, refitted"

SCORED = "scored"
OUTSIDE = "outside: the tie stands on no level"
NO_CUT = "not scored: no cut"
SUB_LEVEL = "not scored: smaller than a level"
ELSEWHERE = "not scored: a patron's or a principal's"

HEADER: Final = (
    "forecast", "log score", "the rule's gain", "joint score", "gain in joint score", "cuts", "CRPS", "gain in CRPS",
    "CRPS a week", "gain in CRPS a week", "AUC of states", "Brier score", "cuts expected", "a tie-week",
)  # fmt: skip
LISTED: Final = 20
"""States on the page, those with the highest probability first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The weeks from a Monday to a Sunday; ``first`` and ``until`` count them from the record's origin."""

    start: dt.date
    end: dt.date
    first: int
    until: int

    @property
    def weeks(self) -> int:
        """How many they are."""
        return self.until - self.first


@dataclass(frozen=True, slots=True, kw_only=True)
class LaterEvents:
    """The record up to a span and a table's events in it, coded as one history.

    ``whole`` runs from the record's origin, ``late`` from the span's start; both hold all events up to its end.
    ``rows`` are the table's rows in the span with what becomes of each; ``before`` and ``after`` count its rows on
    either side. ``earlier`` counts those before the span that the record does not have, which are history;
    ``not_in_table`` the record's rows in the span that the table does not have, which are left out.
    """

    span: Span
    whole: Situation
    late: Situation
    moves: Ints
    rows: tuple[tuple[EventRow, str], ...]
    before: int
    after: int
    earlier: int
    not_in_table: int

    @property
    def record(self) -> Record:
        """The record as coded."""
        return self.whole.record


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Cuts observed, and in simulated worlds by quantiles; ``below`` is the share of worlds with fewer."""

    seen: int
    low95: float
    low80: float
    median: float
    high80: float
    high95: float
    below: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """Cuts of ties that stand on no level: how many were observed in so many weeks of such ties, and their log score.

    ``rate`` is the record's before the span, half a cut added to the weeks with one and to those without.
    """

    cuts: int
    cells: int
    rate: float
    log_score: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Validation(Shown):
    """Scores, totals and gains of the rule and its rivals on a span, ``compared``.

    ``count`` is of cuts of ties at risk, ``count_of_all`` includes those outside. ``had_seen`` is how many weeks
    of the span lie in the record to which the shipped parameters were fitted, which ends on ``fitted_until``.
    ``evidence`` is the digest of the case's tables.
    """

    PAGE: ClassVar[str] = "validation.md"
    JSON: ClassVar[str] = "validation.json"

    later: LaterEvents
    events: Path
    parameters: ParameterSet
    named: str
    draws: int
    seed: int
    compared: Comparison
    states: pd.DataFrame
    count: Count
    count_of_all: Count
    outside: Outside
    had_seen: int
    fitted_until: dt.date
    evidence: str

    def text(self, width: int = 100) -> str:
        """The table of forecasts, as many columns as fit, and the notes below it."""
        table = columns([HEADER, *_rows(self)], width)
        first = wrapped([*quiet(self), heading(self)], width)
        return "\n".join([*first, "", *table, "", *wrapped(notes(self), width)])

    def markdown(self) -> str:
        """The whole as a page."""
        states = self.states.head(LISTED)
        states = states.assign(
            given=states["given"].map("{:.3f}".format), acted=states["acted"].map({True: "yes", False: ""})
        )
        parts = [
            f"# {as_markdown(heading(self))}",
            *(f"**{as_markdown(note)}**" for note in quiet(self)),
            markdown(pd.DataFrame(_rows(self), columns=list(HEADER))),
            "\n".join(f"- {as_markdown(note)}" for note in notes(self)),
            f"## The {LISTED} states with the highest probability of acting in the span",
            markdown(states),
            "## Rows of the table in the span",
            markdown(self.tables["rows"]),
        ]
        return "\n\n".join(part.strip() for part in parts) + "\n"

    @property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """A row for each forecast, for each state at risk, and for each row of the table in the span."""
        shown = ("event_id", "date", "iso3", "state", "tie", "level_before", "level_after", "direction")
        rows = [{name: getattr(row, name) for name in shown} | {"how": how} for row, how in self.later.rows]
        return {
            "scores": pd.DataFrame(self.compared.rows()),
            "states": self.states,
            "rows": pd.DataFrame(rows, columns=[*shown, "how"]),
        }

    def save(self, folder: str | Path, *, force: bool = False) -> Path:
        """Write the page, the tables with all digits, and all of it as JSON into a folder; returns its path.

        Raises InputError where anything but an earlier validation is there, and where one is there without ``force``.
        """
        tables = {f"{name}.csv": table for name, table in self.tables.items()}
        output = validation_folder(folder)
        if output.holds_result() and not force:
            raise InputError(
                file=output.path,
                key="folder",
                given=Wrong("holds an earlier validation"),
                allowed="a new folder, or force",
            )
        text = json.dumps(as_json(self), indent=2, ensure_ascii=False, allow_nan=False)
        with output.new() as partial:
            (partial / self.PAGE).write_text(self.markdown(), encoding="utf-8", newline="\n")
            (partial / self.JSON).write_text(text + "\n", encoding="utf-8", newline="\n")
            for name, table in tables.items():
                (partial / name).write_bytes(csv_bytes(table, digits=None))
        return output.path


def validation_folder(path: str | Path) -> OutputFolder:
    """The folder of a validation at this path."""
    files = {Validation.PAGE, "scores.csv", "states.csv", "rows.csv"}
    return OutputFolder(path, mark=Validation.JSON, files=files, contents="validations")


def heading(validation: Validation) -> str:
    """What is scored on what, and how many rows of the table lie in the span and outside of it."""
    later, span = validation.later, validation.later.span
    rows = f"{plural(len(later.rows), 'row')} in them, {later.before + later.after} outside"
    weeks = f"{plural(span.weeks, 'week')}; {rows}"
    return f"{validation.events.name}, {span.start} to {span.end} ({weeks}), one week ahead"


def quiet(validation: Validation) -> list[str]:
    """A warning where no row in the span is a cut: that may be meant, and is more often a mistake."""
    later, span, name = validation.later, validation.later.span, validation.events.name
    if any(how in {SCORED, OUTSIDE} for _, how in later.rows):
        return []
    none = f"None of {plural(len(later.rows), 'event')} of {name}" if later.rows else f"No event of {name}"
    lies = "is a cut" if later.rows else f"lies in {span.start} to {span.end}"
    outside = f"{later.before + later.after} ({later.before} before, {later.after} after)"
    scored = f"scored as {plural(span.weeks, 'week')} in which nothing happened"
    return [f"{none} {lies}; {scored}. Rows of the table outside the span: {outside}."]


def _rows(validation: Validation) -> list[list[str]]:
    return [_row(one, validation.compared) for one in validation.compared.scores]


def _row(one: Scores, compared: Comparison) -> list[str]:
    gains, totals = compared.gains.get(one.name), compared.totals[one.name]
    ties, joint, total, week = (
        ("",) * 4
        if gains is None
        else (_measured(gain, 1) for gain in (gains.ties, gains.joint, gains.total, gains.week))
    )
    return [
        one.name,
        f"{one.log_score:.1f}",
        ties,
        f"{one.joint:.1f}",
        joint,
        f"{totals.median:.0f} ({totals.low:.0f} to {totals.high:.0f})",
        f"{totals.crps:.1f}",
        total,
        f"{totals.crps_week:.2f}",
        week,
        _measured(one.auc, 2),
        _measured(one.brier, 3),
        f"{one.expected:.1f}",
        f"{one.log_score_per_cell:.5f}",
    ]


def _measured(measured: Measured, digits: int) -> str:
    if math.isnan(measured.value):
        return DASH
    value, low, high = (f"{number:.{digits}f}" for number in measured)
    return f"{value} ({low} to {high})"


# ---- notes


def notes(validation: Validation) -> list[str]:
    """What the numbers show, and what is needed to read them, a sentence or two each."""
    return [
        note
        for note in (_had_seen(validation), *_cuts(validation), _left_out(validation), *_terms(validation))
        if note
    ]


def _had_seen(validation: Validation) -> str:
    """A warning where the parameters may have been fitted to what they are scored on; priors never were."""
    if not validation.had_seen or validation.parameters.status in ("prior", "borrowed"):
        return ""
    of = f"{validation.had_seen} of the {plural(validation.later.span.weeks, 'week')}"
    if validation.named in ("posterior", "map"):
        known = (
            f"NOT A TEST for “{RULE}”: its parameters were fitted to the record up to "
            f"{validation.fitted_until}, which includes {of}."
        )
    else:
        known = (
            f"Perhaps not a test for “{RULE}”: {of} lie in the record up to {validation.fitted_until}, and only "
            "the author of the parameters knows whether they were fitted to these weeks."
        )
    return f"{known} All other forecasts use earlier weeks alone."


def _cuts(validation: Validation) -> tuple[str, str]:
    outside, start = validation.outside, validation.later.span.start
    observed = f"Cuts at risk: {_counted(validation.count)}. With those outside: {_counted(validation.count_of_all)}."
    unlisted = (
        f"Outside, on ties coded as none at the start and in no score above: {outside.cuts}, with a log score of "
        f"{outside.log_score:.1f} under {outside.rate:.1e} a tie-week, the rate of the record before {start}."
    )
    return observed, unlisted


def _counted(count: Count) -> str:
    return (
        f"{count.seen} observed; in simulated worlds the median is {count.median:.0f}, the 80 % interval "
        f"{count.low80:.0f} to {count.high80:.0f}, the 95 % interval {count.low95:.0f} to {count.high95:.0f}"
    )


def _left_out(validation: Validation) -> str:
    later = validation.later
    kinds = [how for _, how in later.rows]
    rows = len(kinds) - kinds.count(SCORED) - kinds.count(OUTSIDE)
    found = [f"Not scored (no cut, less than a level, or a patron's or principal's): {plural(rows, 'row')}."]
    if later.earlier:
        found.append(
            f"Taken as history: {plural(later.earlier, 'earlier row')} of the table that the record does not have."
        )
    if later.not_in_table:
        left = (
            f"{plural(later.not_in_table, 'row')} of the record in these weeks that the table does not have"
        )
        found.append(f"Left out: {left}.")
    return " ".join(found)


def _terms(validation: Validation) -> tuple[str, ...]:
    """How the numbers are computed."""
    rule, start = validation.compared.scores[0], validation.later.span.start
    some = f" ({validation.draws} draws scored)" if validation.draws > 1 else ""
    scores = (
        f"Scores: natural logarithms over {rule.cells:,} weeks of a standing tie, with {plural(rule.cuts, 'cut')}. "
        "Nearer 0 is better; the rule's gain is its score minus the other's. The joint score is of all that happened "
        "in a week, and can reward a common shock. AUC and Brier score are of P(a state acts in the span), which uses "
        f"the acts of others. Intervals are of {LEVEL:.0%}, over states; of joint scores and CRPS over weeks."
    )
    totals = (
        "Cuts: the median and 95 % interval of their total in worlds simulated from the span's start, with the CRPS "
        "of the total and the mean CRPS of a week, in cuts. Smaller is better; a gain is the other's minus the rule's."
    )
    fitted = (
        f"Rivals are fitted to the record before {start}; those that are the rule with fewer terms or more are "
        "averaged over their posteriors and simulated with new frailties. Of the others each tie falls at its chance "
        "of the week, one level at a time, and what a rival looks back on is the simulated world's own past."
    )
    return scores, totals, fitted, f"Parameters, {_standing(validation)}{some}"


def _standing(validation: Validation) -> str:
    given = validation.parameters
    return ParametersUsed(status=given.status, source=given.source, values={}).standing


# ---- files


def as_json(validation: Validation) -> dict[str, Any]:
    """The whole as plain values; what is no number is null."""
    span = validation.later.span
    found = {
        "from": str(span.start),
        "to": str(span.end),
        "events": {
            "file": validation.events.name,
            "sha256": _sha256(validation.events),
            "rows_before": validation.later.before,
            "rows_in_span": len(validation.later.rows),
            "rows_after": validation.later.after,
        },
        "parameters": {
            "named": validation.named,
            "standing": _standing(validation),
            "draws": validation.draws,
        },
        "weeks_seen_by_the_parameters": validation.had_seen,
        "seed": validation.seed,
        "evidence": validation.evidence,
        "code": code_digest(),
        "versions": versions(),
        "scores": validation.compared.rows(),
        "cuts_at_risk": asdict(validation.count),
        "cuts_with_those_outside": asdict(validation.count_of_all),
        "outside": asdict(validation.outside),
        "notes": [*quiet(validation), *notes(validation)],
    }
    cleaned: dict[str, Any] = _finite(found)
    return cleaned


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_finite(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
