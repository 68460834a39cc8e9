"""What the cascades of one world show, in sentences."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from maxpressure.explanations.attribution import LEANS, percent
from maxpressure.results.weekly import CONTAGION

if TYPE_CHECKING:
    from maxpressure.explanations.cascades import Cascade

LARGEST: Final = 5
"""Cascades that are named one by one."""


def finding(found: Cascade) -> str:
    """The picture's title: what the world shows."""
    acts = len(found.acts)
    where = f"World {found.number} under {found.given.name}"
    if not acts:
        return f"{where}: no state acts"
    leaning, taking = int((found.acts["leans_on"] != "").sum()), int((found.acts["size"] > 0).sum())
    leans = (
        f"{leaning or 'none'} of {acts} acts lean{'s' if leaning == 1 else ''} on an earlier act of a peer"
    )
    takes = f"{taking or 'none'} take{'s' if taking == 1 else ''} another act away when deleted"
    return f"{where}: {leans}; {takes}"


def lines(found: Cascade, width: int) -> list[str]:
    """All that is said of the cascades, for a terminal."""
    return [
        line for words in sentences(found) for line in textwrap.wrap(words, width, break_on_hyphens=False)
    ]


def sentences(found: Cascade) -> Iterator[str]:
    """The finding, the distribution of cascade sizes, the largest of them, and what stands beside it."""
    acts = found.acts
    yield f"{finding(found)}."
    if acts.empty:
        return
    counted = zip(*found.sizes[["size", "acts"]].to_numpy().T.astype(int).tolist(), strict=True)
    told = [f"{count} take {size or 'none'}" for size, count in counted]
    mean = acts[["size", "gone", "own_gone", "new", "own_new", "net", "moved"]].mean()
    yield (
        f"Cascade sizes: of {len(acts)} acts, each deleted once under the same luck, {', '.join(told)} with it; "
        f"mean {mean['size']:.2f} ({mean['gone']:.2f} acts of others, {mean['own_gone']:.2f} later ones of its own). "
        f"A deletion also brings {mean['new'] + mean['own_new']:.2f} acts forth (mandates and rungs left to break, "
        f"luck left over): net {mean['net']:+.2f}; it moves {mean['moved']:.2f} acts of others to another week."
    )
    largest = acts[acts["size"] > 0].sort_values("size", ascending=False, kind="stable").head(LARGEST)
    act: Any
    for act in largest.itertuples():
        who = f" ({act.who})" if act.who else " (its own later ones)"
        yield f"Without {act.state}'s act of the week of {act.date:%Y-%m-%d}: {act.size} fewer{who}."
    yield (
        f"Peers' earlier acts are {100 * found.reproduction:.1f} % of the hazard of an act in this world on average "
        "(its break-off reproduction number, the acts of a next generation that one act is worth), against "
        f"{mean['gone']:.2f} acts of others that vanish with one. A single world: other luck, other cascades."
    )
    if found.reproduction < 0.0:
        yield "Under this world's draw of the parameters peers' acts hold others back; under other draws they do not."
    yield CONTAGION


def figure_notes(found: Cascade) -> str:
    """How to read the picture, and what it does not say."""
    given = found.given
    draw, draws = found.number % len(given.draws), len(given.draws)
    return (
        "Each act has a line. A line leads to it from the earlier act of a peer that weighed most in its exposure "
        f"(shared attention, fading with τ), where peers' acts had at least {percent(LEANS)} of its account; that is "
        "exposure, not proof of a cause. Vanish: acts of others, or later ones of its own, that do not come when this "
        f"one is deleted and all luck stays as it was. {CONTAGION} Mean share of peers {100 * found.reproduction:.1f} "
        f"% (reproduction number); seed {given.seed}, {given.parameters.status} parameters, draw {draw} of {draws}; "
        f"n = {len(found.acts)} acts of one world."
    )
