"""The sections of the study's page: each makes a check, draws its picture and gives its text in Markdown.

All checks of the calibration, each a table and a picture in its page, made by one command.

A check that is done is kept beside the page until all are, so that an interrupted study goes on where it was.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from maxpressure.base.cautions import CONTAGION, REQUESTS
from maxpressure.base.errors import InputError, nearest
from maxpressure.base.paths import folder
from maxpressure.base.text import csv_bytes, markdown
from maxpressure.evidence.counts import count_evidence
from maxpressure.evidence.headline import HEADLINE
from maxpressure.evidence.parameters import Parameters, load_parameters, named_numbers, parameter_names
from maxpressure.evidence.posterior import POSTERIOR, read_draws
from maxpressure.evidence.priors import Priors, load_priors
from maxpressure.experiments.folder import resolved
from maxpressure.experiments.lock import alone
from maxpressure.experiments.manifest import digest
from maxpressure.experiments.swap import new_file
from maxpressure.inference.calibrate import identity
from maxpressure.inference.checks.contagion import placebos, stratified
from maxpressure.inference.checks.headline import headline, headline_table
from maxpressure.inference.checks.holdout import (
    draw_forward,
    forward,
    forward_table,
    leave_out,
    left_out_table,
    totals_table,
)
from maxpressure.inference.checks.options import best_table, inclusion, inclusion_table
from maxpressure.inference.checks.predictive import (
    draw_curve,
    draw_prior,
    draw_statistics,
    posterior_predictive,
    prior_predictive,
)
from maxpressure.inference.checks.protocol import later_table, rules_table, score_rules
from maxpressure.inference.checks.ratios import ratios_table
from maxpressure.inference.checks.recovery import contagion_power, draw_power, draw_recovery, recover
from maxpressure.inference.checks.sbc import How, Method, draw_ranks, rank_truths
from maxpressure.inference.checks.trade import (
    draw_trade,
    replayed_trade,
    trade_table,
    verdict_in_words,
    with_band,
)
from maxpressure.inference.checks.variants import SHOWN, draw_variants, fit_all, variants_table
from maxpressure.model.case import Case

PAGE: Final = "README.md"
PICTURES: Final = "figures"
WORK: Final = ".validate"
RELEASE: Final = ("rules", "sbc-sampled")
"""Checks that take long and are made for a release alone."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Where finished checks wait: a file of text for each, and its pictures."""

    place: Path
    identity: str

    def text(self, name: str) -> Path:
        """The file of a check's text."""
        return self.place / f"{self.identity}-{name}.md"


def make(
    case: Case, place: Path, *, checks: Sequence[str], seed: int, workers: int, release: bool, progress: bool
) -> Iterator[str]:
    """Make checks, all but those of a release unless some are named, and write their page; yields a line on each."""
    names = _named(checks) or [name for name in SECTIONS if release or name not in RELEASE]
    with alone(resolved(place, "validate")):
        priors = load_priors()
        draws, _ = read_draws(folder("calibration") / POSTERIOR)
        posterior = digest(folder("calibration") / POSTERIOR)
        kept = Kept(place / WORK, identity(case, priors, posterior, seed))
        kept.place.mkdir(exist_ok=True)
        (place / PICTURES).mkdir(exist_ok=True)
        setting = Setting(case, priors, draws, seed, workers, progress, kept.place, place / PICTURES)
        for name in names:
            if kept.text(name).is_file():
                yield f"{name}: kept from before"
            else:
                _write(kept.text(name), SECTIONS[name](setting))
                yield f"{name}: done"
        _write_page(place, {name: kept.text(name).read_text(encoding="utf-8") for name in names})
        for name in names:
            kept.text(name).unlink()
        if not any(kept.place.glob("*.md")):
            shutil.rmtree(kept.place)
        yield f"Written to {place / PAGE}"


def _named(checks: Sequence[str]) -> list[str]:
    for name in checks:
        if name not in SECTIONS:
            allowed, close = f"one of {', '.join(SECTIONS)}", nearest(name, SECTIONS)
            raise InputError(
                file="maxpressure validate", key="--check", given=name, allowed=allowed, nearest=close
            )
    return list(checks)


def _write_page(place: Path, sections: dict[str, str]) -> None:
    """Put the sections between their marks; a page that is not there yet begins as a copy of the shipped one."""
    page = place / PAGE
    source = page if page.is_file() else folder("calibration") / PAGE
    text = source.read_text(encoding="utf-8")
    for name, section in sections.items():
        before, _, after = text.partition(f"<!-- {name} -->\n")
        _, _, after = after.partition(f"<!-- /{name} -->")
        text = f"{before}<!-- {name} -->\n{section.rstrip()}\n<!-- /{name} -->{after}"
    _write(page, text)


def _write(path: Path, text: str) -> None:
    with new_file(path) as partial:
        partial.write_text(text, encoding="utf-8")


RECOVERIES: Final = 100
POWER_RUNS: Final = 60


@dataclass(frozen=True, slots=True)
class Setting:
    """What checks are made with, and where their pictures go."""

    case: Case
    priors: Priors
    draws: Sequence[Parameters]
    seed: int
    workers: int
    progress: bool
    work: Path
    pictures: Path

    @property
    def how(self) -> How:
        """How checks that simulate records run."""
        return {"workers": self.workers, "progress": self.progress, "work": self.work}

    def picture(self, name: str, draw: Callable[[Axes], object], *, tall: float = 4.0) -> str:
        """Save one picture and give the Markdown that shows it."""
        figure = Figure(figsize=(9.0, tall), layout="constrained")
        draw(figure.subplots())
        new = self.pictures / f"{name}.new.png"
        figure.savefig(new, dpi=110, metadata={"Software": None})
        new.replace(self.pictures / f"{name}.png")
        return f"\n![{name.replace('-', ' ')}](figures/{name}.png)\n"


def record(setting: Setting) -> str:
    """What each record counts, how far its coders agree, how requests were answered."""
    return count_evidence(setting.case.evidence, setting.case.assumptions).markdown()


def main_numbers(setting: Setting) -> str:
    """The main numbers under both records and with requests at once, late and left out; also as a table to ship."""
    rows = headline(setting.case, setting.priors, seed=setting.seed, workers=setting.workers)
    table = pd.DataFrame([row.model_dump() for row in rows])
    with new_file(setting.pictures.parent / HEADLINE) as partial:
        partial.write_bytes(csv_bytes(table))
    return f"{markdown(headline_table(rows))}\n{CONTAGION} {REQUESTS}\n"


def posterior(setting: Setting) -> str:
    """Prior and posterior of each parameter, and how far the record narrowed it."""
    rows = np.array([[number for _, number in named_numbers(draw)] for draw in setting.draws])
    rng = np.random.default_rng(setting.seed)
    names = parameter_names()
    before = setting.priors.draw(names, 20_000, rng)
    low, middle, high = np.percentile(rows, [5, 50, 95], axis=0)
    spread = before.std(axis=0)
    left = np.divide(rows.std(axis=0), spread, out=np.full_like(spread, np.nan), where=spread > 0.0)
    table = pd.DataFrame(
        {
            "parameter": names,
            "standing": [setting.priors.by_name[name].standing for name in names],
            "prior mean": before.mean(axis=0),
            "prior sd": spread,
            "posterior mean": rows.mean(axis=0),
            "5 %": low,
            "median": middle,
            "95 %": high,
            "sd left of prior's": left,
        }
    )
    return markdown(table) + setting.picture("posterior", lambda axes: _draw_posterior(axes, table), tall=6.5)


def _draw_posterior(axes: Axes, table: pd.DataFrame) -> None:
    """How much of each estimated parameter's prior spread is left: near 1 the record adds nothing."""
    shown = table[table["standing"].isin(["estimated", "tight"])].sort_values("sd left of prior's")
    axes.barh(shown["parameter"], shown["sd left of prior's"], color="#4477aa")
    axes.axvline(1.0, color="black", linewidth=0.8)
    axes.invert_yaxis()
    axes.set_xlabel("posterior standard deviation as a share of the prior's")
    axes.set_title("What the record narrows, and what it leaves as it was", loc="left")


def prior_check(setting: Setting) -> str:
    """What worlds look like before the record is seen."""
    found = prior_predictive(setting.case, setting.priors, seed=setting.seed)
    passed = f"\nThe bounds are {'kept' if found.passed else '**not kept**'}.\n"
    picture = setting.picture("prior-predictive", lambda axes: draw_prior(axes, found))
    return found.markdown() + passed + picture


def _sbc(setting: Setting, method: Method, runs: int) -> str:
    found = rank_truths(
        setting.case, setting.priors, runs=runs, method=method, seed=setting.seed,
        **setting.how,
    )  # fmt: skip
    passed = f"\n{runs} runs. {'All that is required passes.' if found.passed else '**Not all passes.**'}\n"
    picture = setting.picture(f"sbc-{method}", lambda axes: draw_ranks(axes, found), tall=5.5)
    return found.markdown() + passed + picture


def sbc_laplace(setting: Setting) -> str:
    """Simulation-based calibration of the normal approximation."""
    return _sbc(setting, "laplace", 500)


def sbc_sampled(setting: Setting) -> str:
    """Simulation-based calibration of sampled posteriors: long, for a release."""
    return _sbc(setting, "mcmc", 200)


def recovery(setting: Setting) -> str:
    """Whether parameters are recovered from records of the same size."""
    found = recover(
        setting.case, setting.priors, list(setting.draws), runs=RECOVERIES, seed=setting.seed,
        **setting.how,
    )  # fmt: skip
    picture = setting.picture("recovery", lambda axes: draw_recovery(axes, found), tall=5.5)
    return found.markdown() + picture


def power(setting: Setting) -> str:
    """How often contagion would be found if it were there, and if it were not."""
    found = contagion_power(
        setting.case, setting.priors, load_parameters().values, runs=POWER_RUNS, seed=setting.seed,
        **setting.how,
    )  # fmt: skip
    picture = setting.picture("power", lambda axes: draw_power(axes, found))
    return found.markdown() + f"\n{CONTAGION}\n" + picture


def sequence_checks(setting: Setting) -> str:
    """The record among worlds of its own posterior."""
    found = posterior_predictive(setting.case, setting.draws, seed=setting.seed)
    outside = f"\n{found.multiplicity()}\n"
    error = f"\nMedian of simulated acts against the record: RMSE / total {found.error:.3f} (wanted: at most 0.05).\n"
    pictures = setting.picture("cumulative", lambda axes: draw_curve(axes, found))
    pictures += setting.picture("sequence-checks", lambda axes: draw_statistics(axes, found), tall=6.0)
    return found.markdown() + outside + error + pictures


def held_out_weeks(setting: Setting) -> str:
    """Fitted before a day, scored after it, beside rivals."""
    origins = forward(setting.case, setting.priors, seed=setting.seed, workers=setting.workers)
    parts = []
    for one in origins:
        parts += [
            f"**Weeks from {one.day} to the end of 2017: {one.cuts} cuts came**\n",
            markdown(forward_table(one)),
            markdown(totals_table(one)),
            f"Cumulative curve: RMSE / total {one.curve_error:.3f}.\n",
        ]
    picture = setting.picture("forward", lambda axes: draw_forward(axes, origins), tall=4.5)
    return "\n".join(parts) + picture


def held_out_states(setting: Setting) -> str:
    """The states that act, by fits without them."""
    return markdown(left_out_table(leave_out(setting.case, setting.priors, workers=setting.workers)), 3)


def other_fits(setting: Setting) -> str:
    """Terms left out, records coded otherwise, priors narrower and wider."""
    found = variants_table(fit_all(setting.case, setting.priors, workers=setting.workers))
    narrow = found.drop(columns=[f"{name}_se" for name in SHOWN])
    picture = setting.picture("variants", lambda axes: draw_variants(axes, found), tall=7.0)
    return markdown(narrow) + f"\n{CONTAGION}\n" + picture


def contagion_placebos(setting: Setting) -> str:
    """Exposures that cannot cause anything, and the real one with all that is common to a week absorbed."""
    found = placebos(setting.case, setting.priors, seed=setting.seed)
    absorbed = stratified(setting.case, setting.priors)
    return markdown(found) + "\n" + markdown(absorbed) + f"\n{CONTAGION}\n"


RATIOS: Final = {
    "change": "for",
    "parameter": "parameter",
    "standing": "standing",
    "median": "hazard ratio",
    "p05": "90 %: from",
    "p95": "90 %: to",
    "p025": "95 %: from",
    "p975": "95 %: to",
}
"""Columns of hazard ratios, with their heads on the page."""


def hazard_ratios(setting: Setting) -> str:
    """What each coefficient does to the hazard, in a unit that can be pictured."""
    table = ratios_table(setting.draws, setting.priors)[list(RATIOS)].rename(columns=RATIOS)
    return markdown(table) + f"\n{CONTAGION} {REQUESTS}\n"


def inclusion_of_options(setting: Setting) -> str:
    """Which of five options belong in the rule, over all their combinations."""
    evidence = inclusion(setting.case, setting.priors, **setting.how)
    return markdown(inclusion_table(evidence)) + "\n" + markdown(best_table(evidence)) + f"\n{CONTAGION}\n"


def named_rules(setting: Setting) -> str:
    """Rules compared by the protocol: on later weeks, on states and weeks left out."""
    scores = score_rules(setting.case, setting.priors, seed=setting.seed, **setting.how)
    return markdown(rules_table(scores)) + "\n" + markdown(later_table(scores))


def trade(setting: Setting) -> str:
    """The trade accounts against customs."""
    replayed = replayed_trade(setting.case, load_parameters().values)
    plain = trade_table(setting.case, replayed)
    table = with_band(plain, setting.case, load_parameters().values, setting.priors)
    picture = setting.picture("trade", lambda axes: draw_trade(axes, replayed, table))
    return f"{markdown(table)}\n{verdict_in_words(table)}\n{picture}"


SECTIONS: Final[Mapping[str, Callable[[Setting], str]]] = {
    "record": record,
    "headline": main_numbers,
    "posterior": posterior,
    "hazard-ratios": hazard_ratios,
    "prior-predictive": prior_check,
    "sequence": sequence_checks,
    "forward": held_out_weeks,
    "variants": other_fits,
    "inclusion": inclusion_of_options,
    "rules": named_rules,
    "placebos": contagion_placebos,
    "held-out": held_out_states,
    "recovery": recovery,
    "power": power,
    "trade": trade,
    "sbc": sbc_laplace,
    "sbc-sampled": sbc_sampled,
}
"""Every check by the name under which it can be asked for."""
