"""Measure what each mechanism of the source documents does, and write docs/mechanisms.md.

    make mechanisms       about a minute

The compiled engine simulates each contrast in pairs of worlds with common random numbers and the same posterior draw.
Differences and intervals are those of :mod:`maxpressure.results.compare`.
"""

from __future__ import annotations

import argparse
import ast
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from maxpressure.base.ties import NONE, RESIDUAL, TIE_INDEX
from maxpressure.engine.chunks import Chunk, Keep
from maxpressure.engine.engines import Ensemble
from maxpressure.evidence.evidence import Evidence
from maxpressure.evidence.parameters import Parameters
from maxpressure.evidence.posterior import choose
from maxpressure.evidence.priors import load_priors
from maxpressure.evidence.schema import EventRow
from maxpressure.experiments.executors import bar, spread
from maxpressure.experiments.job import batches
from maxpressure.inference.checks.variants import Variant, posed, small_steps
from maxpressure.inference.posterior import best_fit
from maxpressure.model.case import Case, Situation, load_case, prepare
from maxpressure.results.compare import Pairs, row_of
from maxpressure.scenario import check
from mechanism_rows import MEMBERSHIPS, ROWS, STATED_FIT, Row, Side

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "mechanisms.md"
TESTS = ROOT / "tests" / "mechanisms"
WORLDS, SEED = 2000, 2017
CHUNK = 500
MEASURED = ("acts", "trade_left")
ALIKE = 1e-5
"""An error this small, in acts or points of trade, means that the difference is the same in all worlds."""
NEGLIGIBLE = 0.01
"""A smaller effect, in acts or points of trade, needs an explanation even where its interval excludes zero."""
NOTHING_KEPT = Keep(weeks=0, attributions=0)

Draws = Sequence[Parameters]
Columns = Mapping[str, np.ndarray]


# ---- the sides of the contrasts


def situation_of(case: Case, side: Side) -> Situation:
    """The situation in which the worlds of a side are simulated."""
    scenario = case.scenario(side.scenario)
    if side.edits:
        scenario = scenario.but(**side.edits)
        check(scenario, case.vocabulary())
    given = prepare(case, scenario)
    return with_memberships(case, given) if side.coding == MEMBERSHIPS else given


def with_memberships(case: Case, given: Situation) -> Situation:
    """Fellow members of the movement of the non-aligned without relations start with a residual diplomatic tie."""
    members = {row.iso3 for row in case.evidence.states if row.nam_member}
    start, tie = given.population.start.copy(), TIE_INDEX["diplomatic"]
    fellow = np.array([iso3 in members for iso3 in given.population.iso3])
    start[fellow & (start[:, tie] == NONE), tie] = RESIDUAL
    return replace(given, population=replace(given.population, start=start))


def with_statements(evidence: Evidence) -> Evidence:
    """Declarations of compliance, and steps smaller than a level, cost a level."""

    def stated(row: EventRow) -> EventRow:
        if row.action == "declare_compliance" and row.direction == "none" and row.level_before > NONE:
            return row.model_copy(update={"level_after": row.level_before - 1, "direction": "down"})
        return row

    return small_steps(evidence).edited(partial(map, stated))


def fitted_draws(case: Case, kind: str, count: int) -> Draws:
    """Draws of the normal approximation around the mode, fitted to acts alone or to statements as well."""
    edit = with_statements if kind == STATED_FIT else None
    problem = posed(case, load_priors(), Variant(kind, "coding", edit=edit))
    mode = best_fit(problem)
    points = mode.draw(count, np.random.default_rng(SEED))
    cell = problem.at(mode.cell)
    return tuple(problem.parameters(np.concatenate([point, cell])) for point in points)


@dataclass(frozen=True)
class Simulate:
    """Simulates chunks of worlds of any side."""

    situations: Mapping[str, Situation]
    draws: Mapping[str, Draws]

    def __call__(self, chunk: Chunk) -> pa.RecordBatch:
        """A row for each world of the chunk."""
        situation, draws = self.situations[chunk.scenario], self.draws[chunk.scenario]
        simulated = Ensemble(situation, draws).simulate(
            chunk.first, chunk.worlds, seed=SEED, attributions=False
        )
        return batches(chunk, len(draws), situation, simulated, NOTHING_KEPT)["worlds"]


def simulated(case: Case, sides: Mapping[str, Side], worlds: int, *, progress: bool) -> dict[str, Columns]:
    """The outcomes of every side, a number for each world."""
    posterior = choose("posterior").draws
    kinds = sorted({side.draws for side in sides.values()} - {"posterior"})
    draws = {"posterior": posterior} | {kind: fitted_draws(case, kind, len(posterior)) for kind in kinds}
    simulate = Simulate(
        {key: situation_of(case, side) for key, side in sides.items()},
        {key: draws[side.draws] for key, side in sides.items()},
    )
    chunks = [
        Chunk(key, first, min(CHUNK, worlds - first)) for key in sides for first in range(0, worlds, CHUNK)
    ]
    parts: dict[str, list[pa.RecordBatch]] = {key: [] for key in sides}
    with bar(chunks, progress=progress) as shown:
        for chunk, part in zip(chunks, spread(simulate, chunks, compiled=True), strict=True):
            parts[chunk.scenario].append(part)
            shown.note(chunk._replace(scenario=sides[chunk.scenario].scenario))
    return {
        key: {
            name: table[name].cast(pa.float64()).to_numpy() for name in ("draw", *MEASURED, *extra_outcomes())
        }
        for key, table in ((key, pa.Table.from_batches(own)) for key, own in parts.items())
    }


def extra_outcomes() -> list[str]:
    """The further outcomes that contrasts show."""
    return sorted({name for row in ROWS for contrast in row.contrasts for name in contrast.also})


# ---- what they differ by


def measured(ours: Columns, theirs: Columns, outcome: str) -> dict[str, Any]:
    """The paired difference of an outcome, as :mod:`maxpressure.results.compare` has it."""
    worlds = np.arange(len(ours["draw"]))
    draws = ours["draw"].astype(np.int64)
    pairs = Pairs(
        rows=worlds, rows_against=worlds, draws=draws, failed=0, unpaired=0,
        fewest=int(np.bincount(draws).min()),
    )  # fmt: skip
    return row_of(outcome, ours[outcome], theirs[outcome], pairs, apart=False)


def cell(found: Mapping[str, Any]) -> str:
    """``−7.85 ± 0.12 (−8.08 to −7.61)``, or that all worlds are equal; small errors have more decimals."""
    if found["same"] == 1.0:
        return "0 in every world"
    if found["mcse"] < ALIKE:
        whole = abs(found["mean"]) > NEGLIGIBLE
        return f"{figure(found['mean'], 2)} in every world" if whole else "under 0.0001 either way"
    places = min(max(2, 1 - math.floor(math.log10(found["mcse"]))), 4)
    mean, error, low, high = (figure(found[name], places) for name in ("mean", "mcse", "ci_low", "ci_high"))
    return f"{mean} ± {error} ({low} to {high})"


def figure(number: float, places: int) -> str:
    """A number to so many decimals, with a true minus, and none on a zero."""
    return f"{round(number, places) + 0.0:.{places}f}".replace("-", "−")


def plain_to_see(found: Mapping[str, Any]) -> bool:
    """Whether the interval leaves zero out and the effect is large enough to need no explanation."""
    return bool(abs(found["mean"]) >= NEGLIGIBLE and not found["ci_low"] <= 0.0 <= found["ci_high"])


# ---- the page


def tests_of(number: int) -> list[str]:
    """The tests of a row, ``file::name``, found by their names."""
    return [
        f"{path.name}::{node.name}"
        for path in sorted(TESTS.glob("test_*.py"))
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith(f"test_row_{number:02d}_")
    ]


def effect_lines(row: Row, values: Mapping[str, Columns]) -> list[str]:
    """A line for each contrast; raises ValueError for an effect near zero without an explanation."""
    lines = []
    for index, contrast in enumerate(row.contrasts):
        ours, theirs = values[contrast.side.key], values[contrast.against.key]
        found = {outcome: measured(ours, theirs, outcome) for outcome in (*MEASURED, *contrast.also)}
        if not contrast.why and not all(plain_to_see(found[outcome]) for outcome in MEASURED):
            shown = "; ".join(f"{outcome} {cell(found[outcome])}" for outcome in MEASURED)
            raise ValueError(f"row {row.number}, {contrast.words}: {shown}: say why")
        besides = [f"{words} {cell(found[outcome])}" for outcome, words in contrast.also.items()]
        remarks = "; ".join([*besides, *([contrast.why] if contrast.why else [])])
        named = ("", "") if index else (str(row.number), row.mechanism)
        cells = [*named, contrast.words, *(cell(found[name]) for name in MEASURED), remarks]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def where_line(row: Row) -> str:
    """A line of the second table: where a mechanism is."""
    code = "<br>".join(f"`{name}`" for name in row.code)
    scenarios = "<br>".join(f"`{name}`" for name in row.scenarios)
    tests = "<br>".join(f"`{test}`" for test in tests_of(row.number))
    return f"| {row.number} | {row.mechanism} | {code} | {scenarios} | {tests} |"


HEAD = """# What each mechanism does

The source documents name 23 mechanisms. Each is in the model, can be switched in a scenario or a coding, and has
tests; those that are assumed say so. Rows 24 to 26 are terms of the rule that no source document names. The first table
gives the effect of the switch on the acts and on the trade that is left. The second table lists where each mechanism
stands in the code. `make mechanisms` writes this page.

A number is the mean difference, scenario minus comparison, ± its Monte Carlo error, with the 95 % interval in
brackets. The comparison is the record, `max-pressure-2017`, unless stated otherwise. There are {worlds:,} pairs of
worlds; the two worlds of a pair share random numbers and a posterior draw ({draws:,} draws, seed {seed}). Trade is in
points of the trade of 2016, at the yearly rate of the last week of 2017. Where an effect is below a hundredth, or its
interval includes zero, the last column gives the reason. Intervals cover random numbers and the posterior, **not**
whether a mechanism works as the rule states. Rows 5, 10 and 22 are rules of coding, so a variant of the coding stands
for the switch. For row 10 the rule was fitted again; both sides draw from the normal approximation around their mode.

The effect of requests is an upper bound: they are addressed where success is near and reported when it came. The data
do not separate contagion from common shocks. The effects of talks, restoration, courtship, attrition and enforcement
are assumed within priors. Affinity and dependence are off by default: rows 10, 11 and 23 switch them *on*, with a
weight drawn from its prior, so they give what such a term would add and not what the record supports. More break-offs
are not disarmament, and civilian cost is outside the model.

## The effect of switching it

| # | mechanism | what is switched | acts | trade left, points of 2016 | other outcomes, or reason for a small effect |
|---:|---|---|---|---|---|
"""

WHERE = """
## Where it stands

Modules are in `model/maxpressure/`, tests in `tests/mechanisms/`. `maxpressure scenarios show NAME` prints the edits of
a scenario.

| # | mechanism | in the code | scenario | test |
|---:|---|---|---|---|
"""


def page(values: Mapping[str, Columns], worlds: int) -> str:
    """The whole page."""
    draws = len(np.unique(next(iter(values.values()))["draw"]))
    head = HEAD.format(worlds=worlds, draws=draws, seed=SEED)
    effects = [line for row in ROWS for line in effect_lines(row, values)]
    return "\n".join([head + "\n".join(effects), WHERE + "\n".join(where_line(row) for row in ROWS)]) + "\n"


def sides_of(rows: Sequence[Row]) -> dict[str, Side]:
    """Every side once, by its key."""
    contrasts = [contrast for row in rows for contrast in row.contrasts]
    return {side.key: side for contrast in contrasts for side in (contrast.against, contrast.side)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--worlds", type=int, default=WORLDS, help=f"pairs of worlds, {WORLDS} by default")
    parser.add_argument("--page", type=Path, default=PAGE, help="the page to be written")
    given = parser.parse_args(arguments)
    values = simulated(load_case(), sides_of(ROWS), given.worlds, progress=True)
    try:
        text = page(values, given.worlds)
    except ValueError as missing:
        sys.stderr.write(f"{missing}\n")
        return 1
    new = given.page.with_suffix(".new")
    new.write_text(text, encoding="utf-8", newline="\n")
    new.replace(given.page)
    return 0


if __name__ == "__main__":
    sys.exit(main())
