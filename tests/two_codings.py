"""The made-up case with a second coding of its events and a table of requests."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path
from typing import Any

from maxpressure.evidence.coding import CodingRow
from maxpressure.evidence.requests import RequestRow

HARBOUR = Path(__file__).parent / "cases" / "harbour"
SOURCE = {
    "source_title": "A made-up case",
    "source_publisher": "Tests of maxpressure",
    "source_url": "none: invented",
}


def make(place: Path) -> Path:
    """A copy of the case in this folder, all codes alike but that of the last event, which is no step."""
    shutil.copytree(HARBOUR, place, dirs_exist_ok=True)
    with (place / "evidence/events.csv").open(encoding="utf-8", newline="") as text:
        events = list(csv.DictReader(text))
    codes = [_code(event, step=event is not events[-1]) for event in events]
    _write(place / "evidence/events_coding.csv", list(CodingRow.model_fields), codes)
    _write(place / "evidence/requests.csv", list(RequestRow.model_fields), _requests())
    path = place / "assumptions.toml"
    path.write_text('request_table = "requests.csv"\n' + path.read_text(encoding="utf-8"), encoding="utf-8")
    return place


def _code(event: dict[str, str], *, step: bool) -> dict[str, Any]:
    step = step and event["direction"] != "none"
    after = event["level_after"] if step else event["level_before"]
    row: dict[str, Any] = {name: event[name] for name in ("event_id", "iso3", "tie", "level_before")}
    row |= {
        f"first_{name}": event[column]
        for name, column in (
            ("direction", "direction"), ("before", "level_before"), ("after", "level_after"), ("date", "date"),
        )
    }  # fmt: skip
    row |= {"direction": event["direction"] if step else "none", "level_after": after, "confidence": "high"}
    row |= {"substance": "decided" if step else "declared", "reason": "Invented."}
    if step:
        row |= {"decided": event["date"], "decided_from": event["date"], "decided_to": event["date"]}
        row |= {"decided_precision": "day"}
    return row


def _requests() -> list[dict[str, Any]]:
    first = {
        "request_id": "Q001", "date": "1991-05-06", "iso3": "QOT", "strength": "1", "answer": "complied",
        "answer_date": "1991-05-21", "answer_event": "E002", "pressure_row": "Envoy in Otterfell",
    }  # fmt: skip
    second = {
        "request_id": "Q002",
        "date": "1992-01-14",
        "iso3": "QML",
        "strength": "0.5",
        "answer": "refused",
    }
    shared = {
        "date_precision": "day", "sender": "QPV", "asked": "end flights", "channel": "envoy", "confidence": "high",
        "strength_reason": "Invented.", "answer_detail": "Invented.", **SOURCE,
    }  # fmt: skip
    return [{**shared, **one, "date_from": one["date"], "date_to": one["date"]} for one in (first, second)]


def _write(path: Path, columns: list[str], rows: list[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as text:
        writer = csv.DictWriter(text, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
