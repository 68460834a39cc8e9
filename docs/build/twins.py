"""Simulate the twins of docs/how-to/twins.md and write its tables: ``make twins``."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

import maxpressure as mp
from maxpressure.base.text import markdown

PAGE = Path(__file__).resolve().parents[1] / "how-to" / "twins.md"
BEGIN, END = "<!-- twins -->", "<!-- /twins -->"
STATES = ("ESP", "MEX", "SGP")
WORLDS = 200


def main() -> None:
    """Simulate both scenarios, write the page."""
    case = mp.load_case()
    resolved = case.scenario("max-pressure-2017").but(
        name="test-alone", title="No sixth test", without=["Sixth nuclear test"]
    )
    found = {
        "without the test and UNSCR 2375": mp.twin("no-september-test", worlds=WORLDS, force=True),
        "without the test alone": mp.twin(resolved, worlds=WORLDS, force=True),
    }
    totals = pd.concat([one.totals.assign(scenario=name) for name, one in found.items()])
    columns = ["scenario", "quantity", "of", "coupling", "mean", "mcse", "p05", "p95"]
    first = next(iter(found.values())).acts
    acts = first[first["iso3"].isin(STATES)]
    shown = acts[["state", "act", "week", "ties", "coupling", "gone_by_end", "gone_later", "agree"]]
    text = (
        f"{WORLDS} twins each, seed 2017, by `make twins`; *mcse* is the Monte Carlo standard error of the mean, 90 % "
        "of the twins lie from *p05* to *p95*:\n\n"
        f"{markdown(totals[columns])}\n"
        "Three states, without the test and the resolution: the share of twins in which each act is gone by the end of "
        "2017 and half a year later.\n\n"
        f"{markdown(shown)}"
    )
    page = PAGE.read_text(encoding="utf-8")
    before, after = page.split(BEGIN)[0], page.split(END)[1]
    PAGE.write_text(f"{before}{BEGIN}\n{text}{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
