"""The record in numbers: how far its coders agree, what each record counts, and how requests were answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations

import pandas as pd

from maxpressure.base.shown import Shown
from maxpressure.base.text import columns, markdown, wrapped
from maxpressure.evidence.assumptions import Assumptions
from maxpressure.evidence.coding import CODERS, CodingRow, agreement
from maxpressure.evidence.evidence import Evidence
from maxpressure.evidence.record import code_record, starting_levels
from maxpressure.evidence.requests import ANSWERS, RequestRow
from maxpressure.evidence.schema import RECORDS, RecordName

HEADS = {
    "counts": "Third states under each record, from the starting levels of the rules",
    "breaks": "Breaks of all states, and those that cost a level, by coder",
    "agreement": "Agreement of the coders on break or not, and on the level after",
    "strength": "Requests by strength, and their answers within 90 days",
    "sender": "Requests by sender, and their answers within 90 days",
}
NOTE = (
    "Agreement with the adjudicator does not measure reliability: the adjudicator saw both codes. Requests that failed "
    "unseen are missing, so shares of compliance are upper bounds."
)


@dataclass(frozen=True, slots=True)
class EvidenceCounts(Shown):
    """The tables of :func:`count_evidence`; those of a second coding or of requests only where a case has them."""

    tables: Mapping[str, pd.DataFrame]

    def text(self, width: int = 100) -> str:
        """Each table under its heading."""
        lines: list[str] = []
        for name, table in self.tables.items():
            cells = [[_cell(value) for value in row] for row in table.itertuples(index=False)]
            lines += [
                *wrapped([f"{HEADS[name]}:"], width),
                *columns([[*table.columns], *cells], width, indent="  "),
                "",
            ]
        return "\n".join([*lines, *wrapped([NOTE], width)] if len(self.tables) > 1 else lines[:-1])

    def markdown(self) -> str:
        """The same for a page."""
        tables = (f"{HEADS[name]}:\n\n{markdown(table)}" for name, table in self.tables.items())
        return "\n".join([*tables, NOTE if len(self.tables) > 1 else ""])


def _cell(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def count_evidence(evidence: Evidence, assumptions: Assumptions) -> EvidenceCounts:
    """Count acts, cuts and states under both records, agreement of coders, and answers to requests."""
    tables = {"counts": _counts(evidence, assumptions)}
    if evidence.events.coding:
        parts = _years(evidence.events.coding, assumptions.record.fitted)
        tables |= {"breaks": _breaks(parts), "agreement": _agreement(parts)}
    if evidence.requests:
        tables |= {by: compliance(evidence.requests, by) for by in ("strength", "sender")}
    return EvidenceCounts(tables)


def _counts(evidence: Evidence, assumptions: Assumptions) -> pd.DataFrame:
    records: Sequence[RecordName] = RECORDS if evidence.events.coding else RECORDS[:1]
    rows = []
    for record in records:
        name = record if evidence.events.coding else "the only one"
        starting = starting_levels(evidence, assumptions, record=record)
        span = assumptions.record
        weeks = (span.acts_until - span.origin).days // 7 + 1
        whole = code_record(evidence, starting, span.origin, weeks, record=record)
        for last in dict.fromkeys((span.fitted, span.acts_until)):
            found = whole.until(last)
            rises, small = len(found.rises), len(found.sub_level)
            rows.append(
                [
                    name,
                    str(last),
                    len(found.acts),
                    found.cuts,
                    len(found.iso3),
                    len(found.outside),
                    small,
                    rises,
                ]
            )
    heads = ["record", "until", "acts", "cuts", "states", "cuts outside", "small steps", "rises"]
    return pd.DataFrame(rows, columns=heads)


def _years(coding: Sequence[CodingRow], fitted: date) -> dict[str, list[CodingRow]]:
    """The events that the first coder has: those up to the end of what is fitted, the later ones, and all."""
    twice = [row for row in coding if row.first_date is not None]
    early = [row for row in twice if row.first_date is not None and row.first_date <= fitted]
    late = [row for row in twice if row not in early]
    return {f"to {fitted}": early, "later": late, "all": twice} if late else {"all": twice}


def _breaks(parts: Mapping[str, Sequence[CodingRow]]) -> pd.DataFrame:
    rows = []
    for years, coding in parts.items():
        for coder in CODERS:
            codes = [
                code for row in coding if (code := row.code(coder)) is not None and code.direction == "down"
            ]
            cuts = sum(code.level_after < code.level_before for code in codes)
            rows.append([years, coder, len(coding), len(codes), cuts])
    return pd.DataFrame(rows, columns=["events", "coder", "rows", "breaks", "of a level"])


def _agreement(parts: Mapping[str, Sequence[CodingRow]]) -> pd.DataFrame:
    def rows() -> Iterator[list[object]]:
        for years, coding in parts.items():
            for one, other in combinations(CODERS, 2):
                found = agreement(coding, one, other)
                kappas = (found.breaks_agree, found.breaks_kappa, found.level_kappa)
                yield [years, f"{one}, {other}", found.events, *kappas]

    return pd.DataFrame(rows(), columns=["events", "coders", "rows", "agree", "kappa", "kappa of level"])


def compliance(requests: Iterable[RequestRow], by: str) -> pd.DataFrame:
    """How requests were answered, by a column of the table.

    Parameters
    ----------
    requests : iterable of RequestRow
        Those of strength 0 are left out.
    by : str
        ``strength``, ``sender`` or another column.

    Returns
    -------
    pandas.DataFrame
        A row for each value of the column, from the most requests to the fewest: the value, ``requests``, and a
        count of each answer.

    Examples
    --------
    >>> import maxpressure as mp
    >>> compliance(mp.load_case().evidence.requests, "strength")["requests"].tolist()
    [49, 36, 24]
    """
    asked = [row for row in requests if row.strength > 0.0]
    groups = Counter(getattr(row, by) for row in asked)
    rows = []
    for value, count in sorted(groups.items(), key=lambda pair: (-pair[1], str(pair[0]))):
        answers = Counter(row.answer for row in asked if getattr(row, by) == value)
        rows.append([value, count, *(answers[answer] for answer in ANSWERS)])
    return pd.DataFrame(rows, columns=[by, "requests", *ANSWERS])
