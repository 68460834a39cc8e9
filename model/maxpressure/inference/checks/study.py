"""All checks of the calibration, each a table and a picture in its page, made by one command.

A check that is done is kept beside the page until all are, so that an interrupted study goes on where it was.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from maxpressure.base.errors import InputError, nearest
from maxpressure.base.paths import folder
from maxpressure.evidence.posterior import POSTERIOR, read_draws
from maxpressure.evidence.priors import load_priors
from maxpressure.experiments.manifest import digest
from maxpressure.inference.calibrate import identity
from maxpressure.inference.checks.report import SECTIONS, Setting
from maxpressure.model.case import Case

PAGE: Final = "README.md"
PICTURES: Final = "figures"
WORK: Final = ".validate"
RELEASE: Final = ("sbc-sampled",)
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
    case: Case,
    place: Path,
    *,
    checks: Sequence[str],
    seed: int,
    workers: int,
    release: bool,
    progress: bool,
) -> Iterator[str]:
    """Make checks, all but those of a release unless some are named, and write their page; says what was done."""
    names = _named(checks) or [name for name in SECTIONS if release or name not in RELEASE]
    priors = load_priors()
    draws, _ = read_draws(folder("calibration") / POSTERIOR)
    posterior = digest(folder("calibration") / POSTERIOR)
    kept = Kept(place / WORK, identity(case, priors, posterior, seed))
    kept.place.mkdir(parents=True, exist_ok=True)
    (place / PICTURES).mkdir(exist_ok=True)
    setting = Setting(case, priors, draws, seed, workers, progress, kept.place, place / PICTURES)
    for name in names:
        if kept.text(name).is_file():
            yield f"{name}: kept from before"
        else:
            text = SECTIONS[name](setting)
            new = kept.text(name).with_suffix(".new")
            new.write_text(text, encoding="utf-8")
            new.replace(kept.text(name))
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
    new = page.with_suffix(".new")
    new.write_text(text, encoding="utf-8")
    new.replace(page)
