"""The explanation of one state in lines for a terminal and in Markdown: the same words, the same figures."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from maxpressure.base.cautions import CONTAGION
from maxpressure.base.text import markdown
from maxpressure.explanations.attribution import MECHANISMS, NAMED, UPPER_BOUND, Chance, percent

if TYPE_CHECKING:
    from maxpressure.explanations.explanation import Explanation

Section = tuple[str, list[str], pd.DataFrame | None]
"""A heading, the sentences below it, and a table of cells that are words already."""


def lines(found: Explanation, width: int) -> list[str]:
    """The explanation for a terminal, no line longer than `width` unless a table is."""
    shown = _wrapped(title(found), width)
    for heading, sentences, table in sections(found):
        shown += ["", heading]
        shown += _columns(table) if table is not None else []
        shown += [line for sentence in sentences for line in _wrapped(sentence, width)]
    return shown


def page(found: Explanation) -> str:
    """The explanation as a page in Markdown."""
    parts = [f"# {title(found)}\n"]
    for heading, sentences, table in sections(found):
        parts.append(f"## {heading}\n")
        parts += [markdown(table)] if table is not None else []
        parts += [f"{sentence}\n" for sentence in sentences]
    return "\n".join(parts)


def title(found: Explanation) -> str:
    """What is explained."""
    return f"{found.name} ({found.iso3}) under {found.given.name}: {found.given.scenario.title}"


def sections(found: Explanation) -> list[Section]:
    """All that there is to say, in order."""
    return [
        ("When it acts", list(_when(found)), None),
        ("What its first act is due to", list(_attribution_notes(found)), _attribution(found)),
        ("What switching a mechanism off does", list(_switch_notes(found)), _switches(found)),
        ("What its twins say", list(found.twin.sentences), None),
        ("How to read this", list(_cautions(found)), None),
    ]


def tenths(share: float) -> str:
    """A probability in tenths of a per cent, so that differences of those shown are the differences told."""
    return f"{100 * share:.1f} %"


def chance(found: Chance) -> str:
    """A probability with its Monte Carlo error and number of worlds."""
    return f"{tenths(found.share)} (± {100 * found.error:.1f} points, {found.worlds} worlds)"


def _when(found: Explanation) -> Iterator[str]:
    end = found.given.scenario.window.end - pd.Timedelta(days=1)
    acts = round(found.chance.share * found.chance.worlds)
    yield f"It acts by {end:%Y-%m-%d} with probability {chance(found.chance)}."
    if found.weeks:
        low, middle, high = (f"{week:%Y-%m-%d}" for week in found.weeks)
        yield f"In the {acts} worlds in which it acts, first in the week of {middle} (median; 5–95 %: {low} to {high})."
    if found.record.empty:
        yield "On record it does not act in these weeks on a tie of the set at risk."
        return
    told = "; ".join(f"week of {act.week:%Y-%m-%d}, {act.ties}" for act in found.record.itertuples())
    share = (
        f"; in {percent(found.later_than_record)} of the worlds in which it acts it does so later"
        if acts
        else ""
    )
    yield f"On record: {told}{share}. (Levels: 3 full, 2 reduced, 1 residual, 0 none.)"


def _attribution(found: Explanation) -> pd.DataFrame | None:
    """The shares of the hazard at the first act."""
    if not found.attribution["acts"].iloc[0]:
        return None
    rows = found.attribution.sort_values("mean", ascending=False, kind="stable")
    return pd.DataFrame(
        {
            "due to": [NAMED[group] for group in rows["group"]],
            "mean share": [percent(share) for share in rows["mean"]],
            "± points": [f"{100 * error:.1f}" for error in rows["error"]],
            "median": [percent(share) for share in rows["median"]],
            "5–95 % of worlds": [
                f"{percent(low)} to {percent(high)}"
                for low, high in zip(rows["p05"], rows["p95"], strict=True)
            ],
        }
    )


def _attribution_notes(found: Explanation) -> Iterator[str]:
    acts = int(found.attribution["acts"].iloc[0])
    if not acts:
        yield "It acts in no world of which accounts were kept."
        return
    yield (
        f"Shares of the hazard in the week of its first act, {acts} acts; ± is the Monte Carlo error of the mean. "
        "“Who it is” is what would be left of the hazard without any cause that moves."
    )


def _switches(found: Explanation) -> pd.DataFrame:
    """What each mechanism does, the one that matters most first."""
    rows = found.switches.table.sort_values("shapley", ascending=False, kind="stable", key=abs)
    return pd.DataFrame(
        {
            "mechanism": [name.replace("_", " ") for name in rows["mechanism"]],
            "P without it": [tenths(share) for share in rows["switched_off"]],
            "change, points": _points(rows["change"], rows["change_error"]),
            "its part of P, points (Shapley)": _points(rows["shapley"], rows["shapley_error"]),
        }
    )


def _points(shares: pd.Series, errors: pd.Series) -> list[str]:
    """Differences of probabilities in points, with their errors."""
    points = [round(100 * share, 1) + 0.0 for share in shares]
    return [f"{one:+.1f} ± {100 * error:.1f}" for one, error in zip(points, errors, strict=True)]


def _switch_notes(found: Explanation) -> Iterator[str]:
    switches, gone = found.switches, found.switches.all_on.share - found.switches.all_off.share
    count = len(switches.table)
    yield (
        f"All {2**count} subsets of {count} mechanisms, each in the same {switches.worlds} worlds under the same luck; "
        "± is the paired Monte Carlo error. “Change” switches one off while all others work. The Shapley value is the "
        "mean of what it adds over every order in which they can be switched on, so a mechanism that works only beside "
        f"another shares with it. The values add up to {100 * gone:.1f} points: from {tenths(switches.all_off.share)} "
        f"with all off to {tenths(switches.all_on.share)} with all on."
    )
    off = [name.replace("_", " ") for name in MECHANISMS if name not in set(switches.table["mechanism"])]
    if off:
        yield f"Off in this scenario already: {', '.join(off)}."
    if switches.late is not None and "requests" in set(switches.table["mechanism"]):
        rows = switches.table[switches.table["mechanism"] == "requests"]
        without = float(rows["switched_off"].iloc[0])
        yield (
            f"With requests felt at once P is {tenths(switches.all_on.share)}, a week later "
            f"{tenths(switches.late.share)}, without them {tenths(without)}."
        )


def _cautions(found: Explanation) -> Iterator[str]:
    given = found.given
    yield UPPER_BOUND
    yield CONTAGION
    yield "More break-offs are not disarmament, and civilian cost is outside the model."
    yield (
        "It explains what the model does, not what a government thought. An account splits one week's hazard with "
        "history as it was; a switch-off lives whole worlds anew, so the two need not agree."
    )
    yield f"Seed {given.seed}. Parameters, {given.results.manifest.parameters.standing}"
    if not given.same_code:
        yield "The model's code has changed since the folder was written; the worlds lived here came out as they were."


def _columns(table: pd.DataFrame) -> list[str]:
    """A table of words: the first column to the left, the others to the right."""
    cells = [
        list(map(str, table.columns)),
        *([str(cell) for cell in row] for row in table.itertuples(index=False)),
    ]
    wide = [max(len(row[place]) for row in cells) for place in range(len(table.columns))]
    return [
        "  ".join(
            cell.ljust(wide[0]) if not place else cell.rjust(wide[place]) for place, cell in enumerate(row)
        )
        for row in cells
    ]


def _wrapped(words: str, width: int) -> list[str]:
    return textwrap.wrap(words, width, break_on_hyphens=False)
