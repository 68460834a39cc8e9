"""Counts of the evidence for the data statement, from the tables themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from maxpressure.base.ties import TIES
from maxpressure.evidence.evidence import load_evidence
from maxpressure.evidence.schema import DEFAULT_RECORD, KINDS
from maxpressure.model.case import load_case
from maxpressure.model.listed_inputs import listed_inputs


def rows_of(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; columns of numbers are aligned to the right."""
    listed = [[str(cell).replace("|", "\\|") for cell in row] for row in rows]
    sides = [
        "---:" if listed and all(_number(row[index]) for row in listed) else "---"
        for index in range(len(head))
    ]
    lines = [head, *listed]
    written = [f"| {' | '.join(line)} |" for line in lines]
    return "\n".join([written[0], f"|{'|'.join(sides)}|", *written[1:]])


def _number(cell: str) -> bool:
    return cell.replace(".", "").replace(",", "").replace("-", "").replace("−", "").isdigit()


def tables() -> str:
    """How many rows each table of the evidence has."""
    found = load_evidence()
    counted = {
        "events.csv": found.events.strict,
        "events_coding.csv": found.events.coding,
        "pressure.csv": found.pressure,
        "requests.csv": found.requests,
        "states.csv": found.states,
        "blocs.csv": found.blocs,
        "neighbours.csv": found.neighbours,
        "trade_totals.csv": found.trade_totals,
    }
    return rows_of(("table", "rows"), [(f"`{name}`", len(rows)) for name, rows in counted.items()])


def events() -> str:
    """Rows of events by tie: breaks, returns, and rows that are neither."""
    rows = load_evidence().events_of(DEFAULT_RECORD)
    lines: list[list[object]] = []
    for tie in TIES:
        there = [row for row in rows if row.tie == tie]
        counts = Counter(row.direction for row in there)
        states = len({row.iso3 for row in there if row.direction == "down"})
        lines.append([tie, counts["down"], counts["up"], counts["none"], states])
    whole = Counter(row.direction for row in rows)
    cut = len({row.iso3 for row in rows if row.direction == "down"})
    lines.append(["all", whole["down"], whole["up"], whole["none"], cut])
    return rows_of(("tie", "down", "up", "none", "states with a row down"), lines)


def pressure() -> str:
    """Dated inputs by kind, and how many of them name states."""
    rows = load_evidence().pressure
    lines: list[list[object]] = []
    for kind in KINDS:
        there = [row for row in rows if row.kind == kind]
        lines.append([f"`{kind}`", len(there), sum(1 for row in there if row.targets)])
    lines.append(["all", len(rows), sum(1 for row in rows if row.targets)])
    return rows_of(("kind", "rows", "of which name states"), lines)


def dated_inputs() -> str:
    """Every dated input under the heading of its kind: the list that ``maxpressure inputs`` prints."""
    found = listed_inputs(load_case())
    parts: list[str] = []
    for kind in sorted({one.kind for one in found}):
        rows = [
            (
                one.date,
                f"`{one.id}`" + (f" {one.name}" if one.name != one.id else ""),
                " ".join(one.states),
                ", ".join(f"`{name}`" for name in one.edited_by),
            )
            for one in found
            if one.kind == kind
        ]
        parts.append(f"## `{kind}`\n\n{rows_of(('date', 'name', 'states named', 'edited by'), rows)}")
    return "\n\n".join(parts)


def precision() -> str:
    """Rows of events by the precision of the date and by confidence."""
    rows = load_evidence().events_of(DEFAULT_RECORD)
    dates = Counter(row.date_precision for row in rows)
    sure = Counter(row.confidence for row in rows)
    lines: list[list[object]] = [
        [f"date known to the {name}", count] for name, count in sorted(dates.items())
    ]
    lines += [[f"confidence {name}", sure[name]] for name in ("high", "medium", "low")]
    return rows_of(("events", "rows"), lines)
