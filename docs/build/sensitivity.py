"""Run the shipped sweep by all four methods and write docs/sensitivity.md: ``make sensitivity``."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maxpressure import sweep

ROOT = Path(__file__).resolve().parents[2]
OUT = Path("outputs", "sensitivity")
WIDTH = 116

HEAD = """# What moves the wave: sensitivity, discovery, regret

Written by `make sensitivity`, which runs the commands below on `scenarios/sweeps/levers.toml`: {levers} levers,
{uncertainties} uncertainties and the dummy. The file has the reason for each range. Ranges are judgements:
another range gives another ranking. Every number is a result of the model's rule under these ranges. None is a
forecast, a probability or a judgement of a policy. More break-offs are not disarmament, and civilian cost is outside
the model. The effect of requests is an upper bound. The data do not separate contagion from common shocks.

In terms of XLRM: actors set the levers (L); the uncertainties (X) are set by no actor; the relationship (R) is the
model's rule; the measures (M) are its outcomes.

**The dummy.** All points are compared in the same worlds, so an input without effect has an index of exactly zero. The
dummy only selects other worlds. Its index is the noise of the mean over so few worlds, and the floor for the other
inputs. The floor is strict: an effect below it may be real, and more worlds lower it. Each Morris path has two sets of
worlds of its own, and the dummy changes one for the other. Elsewhere points share a set of worlds only with the same
value of the dummy, which no two points of PRIM or of regret have.

Times are of this run on {cores} cores that were shared with other work; *computing* is the processor time,
to be divided by the number of cores.

| input | role | from | to | what it is |
|---|---|---:|---:|---|
"""


@dataclass(frozen=True, kw_only=True)
class Part:
    """A section of the page: a command and its picture."""

    title: str
    command: str
    run: Callable[..., sweep.Swept]
    how: dict[str, Any]
    folder: str
    picture: str
    named: str


PARTS = (
    Part(
        title="A first ranking: Morris",
        command="maxpressure sweep morris",
        run=sweep.morris,
        how={"outcome": "acts", "force": True},
        folder="morris",
        picture="tornado.png",
        named="sweep-morris-acts.png",
    ),
    Part(
        title="The same for trade",
        command="maxpressure sweep morris --outcome trade_left",
        run=sweep.morris,
        how={"outcome": "trade_left"},
        folder="morris",
        picture="tornado.png",
        named="sweep-morris-trade.png",
    ),
    Part(
        title="Shares of the variance: Sobol",
        command="maxpressure sweep sobol",
        run=sweep.sobol,
        how={"outcome": "acts", "force": True},
        folder="sobol",
        picture="tornado.png",
        named="sweep-sobol-acts.png",
    ),
    Part(
        title="Where acts are few: PRIM",
        command="maxpressure sweep prim --outcome acts --below 30",
        run=sweep.prim,
        how={"outcome": "acts", "below": 30, "force": True},
        folder="prim",
        picture="box.png",
        named="sweep-prim-acts.png",
    ),
    Part(
        title="Where trade falls by half: PRIM",
        command="maxpressure sweep prim --outcome trade_left --below 0.5",
        run=sweep.prim,
        how={"outcome": "trade_left", "below": 0.5},
        folder="prim",
        picture="box.png",
        named="sweep-prim-trade.png",
    ),
    Part(
        title="Regret of a side that prefers fewer acts",
        command='maxpressure sweep regret --outcome acts --better lower --for "the target"',
        run=sweep.regret,
        how={"outcome": "acts", "better": "lower", "whom": "the target", "force": True},
        folder="regret",
        picture="regret.png",
        named="sweep-regret-lower.png",
    ),
    Part(
        title="Regret of a side that prefers more acts",
        command='maxpressure sweep regret --outcome acts --better higher --for "the sender"',
        run=sweep.regret,
        how={"outcome": "acts", "better": "higher", "whom": "the sender"},
        folder="regret",
        picture="regret.png",
        named="sweep-regret-higher.png",
    ),
)


def main() -> None:
    """Run every part and write the page."""
    os.chdir(ROOT)
    read = sweep.read_sweep("levers")
    inputs = [one for one in read.inputs if one.role != "dummy"]
    counts = {role: sum(one.role == role for one in inputs) for role in ("lever", "uncertainty")}
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    page = [
        HEAD.format(levers=counts["lever"], uncertainties=counts["uncertainty"], cores=cores).rstrip("\n")
    ]
    said = {**read.file.levers, **read.file.uncertainties}
    page += [
        f"| {one.label} | {one.role} | {one.value(0.0):.3g} | {one.value(1.0):.3g} | {said[one.name].what} |"
        for one in inputs
    ]
    pictures = ROOT / "docs" / "pictures"
    pictures.mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        started, busy = time.perf_counter(), time.process_time()
        found = part.run("levers", out=OUT / part.folder, **part.how)
        seconds, worked = time.perf_counter() - started, time.process_time() - busy
        shutil.copyfile(found.folder / part.picture, pictures / part.named)
        took = f"{seconds:.0f} s, {worked:.0f} s of computing"
        took += ", on the points that were there already" if found.reused else ""
        page += ["", f"## {part.title}", "", f"`{part.command}` ({took})", ""]
        page += [f"![{part.title}](pictures/{part.named})", "", "```", found.text(WIDTH), "```"]
    (ROOT / "docs" / "sensitivity.md").write_text("\n".join(page) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
