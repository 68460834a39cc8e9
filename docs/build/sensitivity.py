"""Runs the shipped sweep by all four methods and writes docs/sensitivity.md: ``make sensitivity``."""

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
{uncertainties} uncertainties and the dummy. The file gives each range with its reason; they are judgements, and
another range gives another ranking. Every number is about the model's rule under these ranges: none is a forecast, a
probability of anything or a judgement of a policy. More break-offs are not disarmament, and civilian cost is outside
the model. What requests do is an upper bound. The data do not separate contagion from common shocks.

In the words of XLRM: the levers (L) are what somebody sets, the uncertainties (X) what nobody sets, the relationship
(R) is the model's rule, the measures (M) are its outcomes.

**The dummy.** All comparisons are made in the same worlds, so an input that does nothing has an index of exactly
nothing, and so would an idle dummy. Ours decides which worlds are lived, and nothing else: its index is what luck alone
does to the mean of so few worlds, which is the floor that an input has to clear. It is a strict floor: below it an
effect may be real, and more worlds lower it. Each of Morris's paths has two sets of worlds of its own, and the
dummy changes the one for the other; elsewhere points share a set only where they share the dummy's place, which no two
points of PRIM or of regret do.

Times are those of this run on {cores} cores that were shared with other work; what is left for the reader's own machine
to do is the computing, spread over its cores.

| input | role | from | to | what it is |
|---|---|---:|---:|---|
"""


@dataclass(frozen=True, kw_only=True)
class Part:
    """A section of the page: what is run, and the picture it leaves."""

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
        title="Where few break off: PRIM",
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
        title="Regret, for who wants fewer acts",
        command='maxpressure sweep regret --outcome acts --better lower --for "the target"',
        run=sweep.regret,
        how={"outcome": "acts", "better": "lower", "whom": "the target", "force": True},
        folder="regret",
        picture="regret.png",
        named="sweep-regret-lower.png",
    ),
    Part(
        title="Regret, for who wants more acts",
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
