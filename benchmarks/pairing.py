"""Measure how many times fewer worlds a comparison needs because its worlds share random numbers.

    make bench-pairing    about a minute; writes two sections of README.md beside this file

Every shipped scenario is compared with the first one, once under draws of the posterior, a draw a world, and once
under the posterior's mode. Independent runs would have the sum of both variances in place of that of the
difference. Numbers of worlds have no noise of the machine, so this is apart from the measurements of speed.
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import report

from maxpressure.evidence.posterior import choose
from maxpressure.experiments.batch import run_batch
from maxpressure.experiments.experiment import Experiment, read_experiment
from maxpressure.results.compare import Pairs, contrasts, needed, outcome_of, pairs, row_of
from maxpressure.results.quantiles import quantiles
from maxpressure.results.results import Results, load
from maxpressure.results.statistics import KEY_OUTCOMES

README = Path(__file__).with_name("README.md")
EXPERIMENT, WORLDS = "all-scenarios", 1000
SETS = ("posterior", "map")
BLOCKS = 20
"""Blocks of worlds that are left out one by one, to see how far a ratio is settled."""

CLAIMED = {"posterior": (3.0, 18.0), "map": (9.0, 60.0)}
"""What the pilot of the model's description found for acts, by the parameters' set."""


class Gain(NamedTuple):
    """One scenario and outcome: mean difference and its error, the ratio and its error, the worlds needed."""

    mean: float
    error: float
    ratio: float
    ratio_error: float
    paired: int
    independent: float


Gains = dict[tuple[str, str], dict[str, Gain]]
"""By scenario and outcome, for each set of parameters."""


def main(words: Sequence[str] | None = None) -> None:
    """Measure, print, write."""
    asked = argparse.ArgumentParser(description="Measure what pairing saves; write it into the README.")
    asked.add_argument("--worlds", type=int, default=WORLDS, help="how many worlds of each scenario")
    asked.add_argument("--experiment", default=EXPERIMENT, help="a shipped experiment or a file")
    asked.add_argument("--readme", type=Path, default=README, help="the file whose tables are written")
    given = asked.parse_args(words)
    found: Gains = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in SETS:
            sys.stderr.write(f"living {given.experiment} under {name}\n")
            place = Path(folder, name)
            run_batch(experiment(given.experiment, given.worlds, name), place)
            for key, gain in gains(load(place)):
                found.setdefault(key, {})[name] = gain
    sections = {"pairing": table(found), "pairing claim": claim(found, given.worlds)}
    for body in sections.values():
        sys.stdout.write(f"\n{body}\n")
    report.put(given.readme, sections)


def experiment(source: str, worlds: int, name: str) -> Experiment:
    """The experiment under a set of parameters: of the posterior as many draws as worlds, equally spaced."""
    known = len(choose(name).draws)
    chosen = choose(name, min(worlds, known))
    planned = read_experiment(source, worlds=worlds)
    return replace(planned, parameters=chosen.parameters, draws=chosen.draws)


def gains(results: Results) -> Iterator[tuple[tuple[str, str], Gain]]:
    """What pairing saves for each scenario and key outcome."""
    files = results.files
    found = contrasts(files, files)
    for scenario in found.scenarios:
        matched = pairs(files, scenario, files, found.against)
        for outcome in KEY_OUTCOMES:
            ours = outcome_of(files, scenario, outcome)[matched.rows]
            theirs = outcome_of(files, found.against, outcome)[matched.rows_against]
            yield (scenario, outcome), gain(outcome, ours, theirs, matched)


def gain(outcome: str, ours: np.ndarray, theirs: np.ndarray, matched: Pairs) -> Gain:
    """The gain of one comparison; its ratio's error is jackknifed over blocks of worlds."""
    row = row_of(outcome, ours, theirs, matched, apart=False)
    block = np.arange(len(ours)) * BLOCKS // len(ours)
    without = []
    for place in np.unique(block):
        rest = replace(matched, draws=matched.draws[block != place])
        less = row_of(outcome, ours[block != place], theirs[block != place], rest, apart=False)
        without.append(less["fewer_worlds_by"])
    ratio, scatter = row["fewer_worlds_by"], np.array(without)
    finite = math.isfinite(ratio) and bool(np.isfinite(scatter).all())
    spread = float(((scatter - scatter.mean()) ** 2).sum()) if finite else math.nan
    wide = row["mcse"] * math.sqrt(len(ours)) * math.sqrt(ratio) if math.isfinite(ratio) else math.nan
    alone = needed(wide, KEY_OUTCOMES[outcome].precision)
    return Gain(
        mean=row["mean"],
        error=row["mcse"],
        ratio=ratio,
        ratio_error=math.sqrt((len(scatter) - 1) / len(scatter) * spread),
        paired=row["needed"],
        independent=math.nan if alone is None else alone,
    )


def table(found: Gains) -> str:
    """A line for each scenario: what pairing saves for acts, and under the posterior for the other key outcomes."""
    scenarios = list(dict.fromkeys(scenario for scenario, _ in found))
    others = [outcome for outcome in KEY_OUTCOMES if outcome != "acts"]
    rows = []
    for scenario in scenarios:
        acts = found[scenario, "acts"]
        drawn = acts["posterior"]
        worlds = (
            (f"{drawn.paired:,}", f"{drawn.independent:,.0f}") if math.isfinite(drawn.ratio) else ("—", "—")
        )
        ratios = [acts[name] for name in SETS] + [found[scenario, outcome]["posterior"] for outcome in others]
        difference = _plus(drawn.mean, drawn.error, sign="+") if drawn.mean else "0"
        rows.append((scenario, difference, *worlds, *(_ratio(one) for one in ratios)))
    head = (
        *(
            "scenario",
            "acts, difference",
            "worlds paired",
            "worlds independent",
            "fewer by",
            "fewer by, mode",
        ),
        *(f"{KEY_OUTCOMES[outcome].words}, fewer by" for outcome in others),
    )
    return report.table(head, rows)


def _ratio(one: Gain) -> str:
    """A ratio with its error, or a dash where the difference is the same in every world."""
    return _plus(one.ratio, one.ratio_error) if math.isfinite(one.ratio) else "—"


def _plus(number: float, error: float, sign: str = "") -> str:
    """A number with its error, to the digits that the error leaves standing."""
    places = 0 if not error > 0 else min(2, max(0, 1 - math.floor(math.log10(error))))
    return f"{number:{sign},.{places}f} ± {error:,.{places}f}"


def claim(found: Gains, worlds: int) -> str:
    """How the ratios for acts are spread over scenarios, beside the range that the model's description gives."""
    lines = []
    for name, (low, high) in CLAIMED.items():
        ratios = {
            scenario: by[name].ratio
            for (scenario, outcome), by in found.items()
            if outcome == "acts" and math.isfinite(by[name].ratio)
        }
        if ratios:
            under = "draws of the posterior" if name == "posterior" else "the mode"
            lines.append(f"Acts, {worlds:,} worlds, {under}: {_spread(ratios)} {_within(ratios, low, high)}")
    return "\n\n".join(lines)


def _spread(ratios: dict[str, float]) -> str:
    least, most = min(ratios, key=lambda name: ratios[name]), max(ratios, key=lambda name: ratios[name])
    lower, middle, upper = quantiles(np.array(list(ratios.values())), (25, 50, 75))
    return (
        f"from {report.figure(ratios[least])} ({least}) to {report.figure(ratios[most])} ({most}) times fewer worlds, "
        f"{report.figure(middle)} in the median scenario, {report.figure(lower)} to {report.figure(upper)} in half "
        f"of the {len(ratios)}."
    )


def _within(ratios: dict[str, float], low: float, high: float) -> str:
    counts = [sum(ratio < low for ratio in ratios.values()), sum(ratio > high for ratio in ratios.values())]
    inside = len(ratios) - sum(counts)
    return (
        f"The pilot's range of {low:g} to {high:g} holds {inside} of them; {counts[0]} save less and "
        f"{counts[1]} more. The more an edit changes, the less its worlds have in common with the baseline's."
    )


if __name__ == "__main__":
    main()
