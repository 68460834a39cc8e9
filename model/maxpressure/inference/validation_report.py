"""A validation in words and tables: for the terminal, and as CSV, Markdown and JSON files."""

from __future__ import annotations

import hashlib
import json
import math
import textwrap
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import pandas as pd

from maxpressure.base.paths import code_digest
from maxpressure.base.text import markdown
from maxpressure.experiments.manifest import ParametersUsed, versions
from maxpressure.inference.later_events import OUTSIDE, SCORED
from maxpressure.inference.scoring import LEVEL, Measured, Scores
from maxpressure.inference.validate import RULE, Count, Validation
from maxpressure.model.case import Case

HEADER: Final = (
    "forecast", "drops expected", "log score", "a tie-week", "the rule's gain", "AUC of who acts", "Brier score",
)  # fmt: skip
UNKNOWN: Final = Measured(math.nan, math.nan, math.nan)


def lines(validation: Validation, case: Case, width: int) -> list[str]:
    """What the terminal shows, no wider than ``width`` but for the table."""
    table = [list(HEADER), *_rows(validation)]
    wide = [max(len(row[column]) for row in table) for column in range(len(HEADER))]
    shown = ["  ".join([row[0].ljust(wide[0]), *map(str.rjust, row[1:], wide[1:])]).rstrip() for row in table]
    said = [heading(validation), "", *shown, ""]
    for note in notes(validation, case):
        said += textwrap.wrap(note, width, subsequent_indent="  ", break_on_hyphens=False)
    return said


def heading(validation: Validation) -> str:
    """What is scored on what."""
    span = validation.told.span
    weeks = f"{span.weeks} week{'s' if span.weeks > 1 else ''}"
    return f"{validation.table.name}, {span.start} to {span.end} ({weeks}), one week ahead"


def _rows(validation: Validation) -> list[list[str]]:
    return [
        [
            one.name,
            f"{one.expected:.1f}",
            f"{one.log_score:.1f}",
            f"{one.log_score_per_cell:.5f}",
            _measured(validation.gains[one.name], 1) if one.name in validation.gains else "",
            _measured(one.auc, 2),
            _measured(one.brier, 3),
        ]
        for one in validation.scores
    ]


def _measured(measured: Measured, digits: int) -> str:
    if math.isnan(measured.value):
        return "—"
    value, low, high = (f"{number:.{digits}f}" for number in measured)
    return f"{value} ({low} to {high})"


def notes(validation: Validation, case: Case) -> list[str]:
    """What the numbers say, and what must be known to read them, a sentence or two each."""
    said = (_had_seen(validation, case), *_cuts(validation), _left_out(validation), *_terms(validation))
    return [note for note in said if note]


def _had_seen(validation: Validation, case: Case) -> str:
    """A warning where the parameters knew what they are scored on."""
    weeks, until = validation.had_seen, case.assumptions.record.acts_until
    if not weeks:
        return ""
    of = f"{weeks} of the {validation.told.span.weeks} weeks"
    if validation.named in ("posterior", "map"):
        known = (
            f"NOT A TEST for “{RULE}”: its parameters were fitted to the record up to {until}, {of} among it."
        )
    else:
        known = (
            f"Perhaps not a test for “{RULE}”: {of} lie in the record up to {until}, and only their maker "
            "knows whether the parameters have seen them."
        )
    return f"{known} All other lines of the table know earlier weeks alone."


def _cuts(validation: Validation) -> tuple[str, str]:
    outside, start = validation.outside, validation.told.span.start
    came = f"Drops at risk: {_counted(validation.count)}. With those outside: {_counted(validation.count_of_all)}."
    unlisted = (
        f"Outside, on ties that stand on no level and in no score above: {outside.cuts}, with a log score of "
        f"{outside.log_score:.1f} under {outside.rate:.1e} a tie-week, the rate of the record before {start}."
    )
    return came, unlisted


def _left_out(validation: Validation) -> str:
    hows = [how for _, how in validation.told.rows]
    rows = len(hows) - hows.count(SCORED) - hows.count(OUTSIDE)
    told = validation.told
    said = [f"Not scored, being no drop, less than a level, or a patron's or principal's: {rows} rows."]
    if told.earlier:
        said.append(
            f"Taken as history: {told.earlier} earlier rows of the table that the record does not have."
        )
    if told.not_in_table:
        left = f"{told.not_in_table} rows of the record in these weeks that the table does not have"
        said.append(f"Left out: {left}.")
    return " ".join(said)


def _terms(validation: Validation) -> tuple[str, str, str]:
    """How the numbers are reckoned."""
    rule, start = validation.scores[0], validation.told.span.start
    some = f" ({validation.draws} draws scored)" if validation.draws > 1 else ""
    scores = (
        f"Scores: natural logarithms over {rule.cells:,} weeks of a standing tie, in {rule.cuts} of which it "
        "fell; nearer 0 is better, and the rule's gain is its own less the other's. AUC and Brier score are of "
        f"P(a state acts in the span), which knows what others did. Intervals are of {LEVEL:.0%}, over states."
    )
    fitted = (
        f"Rivals are fitted to the record before {start}; those that are the rule with less in it are averaged "
        "over their posteriors. Simulated worlds start from the record as it stood and draw each state's frailty anew."
    )
    return scores, fitted, f"Parameters, {_standing(validation)}{some}"


def _counted(count: Count) -> str:
    return (
        f"{count.seen} came; simulated worlds have {count.median:.0f} in the median, {count.low80:.0f} to "
        f"{count.high80:.0f} in eight of ten, {count.low95:.0f} to {count.high95:.0f} in nineteen of twenty"
    )


def _standing(validation: Validation) -> str:
    given = validation.parameters
    return ParametersUsed(status=given.status, source=given.source, values={}).standing


# ---- files


def write(validation: Validation, case: Case, place: Path) -> tuple[str, ...]:
    """Write all into a folder, over files of the same names; returns the names."""
    place.mkdir(parents=True, exist_ok=True)
    tables = {"scores.csv": scores_table(validation), "rows.csv": rows_table(validation)}
    for name, table in (tables | {"states.csv": validation.states}).items():
        table.to_csv(place / name, index=False, lineterminator="\n")
    (place / "validation.md").write_text(page(validation, case), encoding="utf-8", newline="\n")
    told = json.dumps(as_json(validation, case), indent=2, ensure_ascii=False, allow_nan=False)
    (place / "validation.json").write_text(told + "\n", encoding="utf-8", newline="\n")
    return ("scores.csv", "states.csv", "rows.csv", "validation.md", "validation.json")


def scores_table(validation: Validation) -> pd.DataFrame:
    """A row for each forecast; blank where the states cannot tell."""
    return pd.DataFrame([_flat(scores, validation.gains) for scores in validation.scores])


def _flat(scores: Scores, gains: Mapping[str, Measured]) -> dict[str, Any]:
    row: dict[str, Any] = {"forecast": scores.name, "cells": scores.cells, "cuts": scores.cuts}
    row |= {"expected": scores.expected, "log_score": scores.log_score}
    row["log_score_per_cell"] = scores.log_score_per_cell
    gain = gains.get(scores.name, UNKNOWN)
    for name, measured in (("rules_gain", gain), ("auc", scores.auc), ("brier", scores.brier)):
        row |= dict(zip((name, f"{name}_low", f"{name}_high"), measured, strict=True))
    return row


def rows_table(validation: Validation) -> pd.DataFrame:
    """The table's rows in the span, each with what became of it."""
    columns = ("event_id", "date", "iso3", "state", "tie", "level_before", "level_after", "direction")
    rows = [
        {name: getattr(row, name) for name in columns} | {"how": how} for row, how in validation.told.rows
    ]
    return pd.DataFrame(rows, columns=[*columns, "how"])


def page(validation: Validation, case: Case) -> str:
    """The whole as a page."""
    states = validation.states.head(20).assign(given=lambda table: table["given"].map("{:.3f}".format))
    acted = states.assign(acted=states["acted"].map({True: "yes", False: ""}))
    rows = rows_table(validation)
    parts = [
        f"# {heading(validation)}",
        markdown(pd.DataFrame(_rows(validation), columns=list(HEADER))),
        "\n".join(f"- {note}" for note in notes(validation, case)),
        "## States by the probability of acting in the span, the first twenty",
        markdown(acted),
        "## Rows of the table in the span",
        markdown(rows),
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def as_json(validation: Validation, case: Case) -> dict[str, Any]:
    """The whole as plain values; what is no number is null."""
    span = validation.told.span
    found = {
        "from": str(span.start),
        "to": str(span.end),
        "events": {"file": validation.table.name, "sha256": _sha256(validation.table)},
        "parameters": {
            "named": validation.named,
            "standing": _standing(validation),
            "draws": validation.draws,
        },
        "weeks_seen_by_the_parameters": validation.had_seen,
        "seed": validation.seed,
        "evidence": case.evidence.digest,
        "code": code_digest(),
        "versions": versions(),
        "scores": [_flat(scores, validation.gains) for scores in validation.scores],
        "drops_at_risk": asdict(validation.count),
        "drops_with_those_outside": asdict(validation.count_of_all),
        "outside": asdict(validation.outside),
        "notes": notes(validation, case),
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
