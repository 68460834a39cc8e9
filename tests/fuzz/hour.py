"""`make fuzz`: inputs of every kind by random numbers until the time is over, and what came of them.

Each core has a process of its own, which searches one kind after the other. A process that dies, or that one input
keeps busy for half a minute, counts as a fault of that input; another takes its place. The smallest input of each fault
stands in `.fuzz/`, beside its traceback.

    make fuzz MINUTES=10                     for ten minutes; the hour is the default
    make fuzz SEED=42                        the same inputs again
    make fuzz KINDS="scenario, link"         only these kinds
    make fuzz INPUT=.fuzz/scenario-0123456789    this input alone, with its traceback
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import secrets
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

from tqdm import tqdm

from fuzz.kinds import KINDS
from fuzz.law import CASES, Content, Fault, Found, follow, kept, search
from fuzz.surroundings import cheaply
from fuzz.words import WORDS

KEPT: Final = Path(".fuzz")
LAST: Final = "last"
"""Where a process leaves each input before it reads it."""

ENDLESS: Final = 30
"""Seconds of computing after which a process is ended."""


def main() -> int:
    """Search until the time is over; 1 where a fault was found."""
    given = _arguments()
    if given.input:
        return _followed_again(Path(given.input))
    names = [name.strip() for name in given.kinds.split(",") if name.strip()] or list(KINDS)
    unknown = [name for name in names if name not in KINDS]
    if unknown:
        sys.exit(f"No such kind: {', '.join(unknown)}. The kinds are: {', '.join(KINDS)}.")
    print(
        f"Seed {given.seed}, {given.minutes:g} minutes, {given.workers} processes. Faults are kept in {KEPT}/."
    )
    found: dict[str, Found] = {name: Found() for name in names}
    seeds: dict[str, list[int]] = {name: [] for name in names}
    try:
        for name, number, some in _searched(names, given.seed, 60 * given.minutes, given.workers):
            if some.faults:
                seeds[name].append(number)
            found[name].join(some)
    except KeyboardInterrupt:
        print("Interrupted: what was found until now.")
    _print_table(found)
    _keep(found, seeds)
    return int(any(one.faults for one in found.values()))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--kinds", default="", help="names, separated by commas; all by default")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--input", default="", help="a file of .fuzz/")
    return parser.parse_args()


# ---- the search


def _searched(names: list[str], seed: int, seconds: float, workers: int) -> Iterator[tuple[str, int, Found]]:
    """What came of each kind and random number, on all cores, until the time is over."""
    rounds = ((name, number) for number in count(seed) for name in names)
    pools = [_Pool() for _ in range(workers)]
    end = time.monotonic() + seconds
    running: dict[Future[Found], tuple[_Pool, str, int]] = {}
    cases, faults = 0, 0
    form = "{percentage:3.0f} %|{bar}| {elapsed} of {desc}{postfix}"
    with tqdm(total=seconds, desc=f"{seconds / 60:g} min", bar_format=form, disable=None) as bar:
        try:
            while True:
                free = [pool for pool in pools if pool not in [one for one, _, _ in running.values()]]
                for pool in free if time.monotonic() < end else ():
                    name, number = next(rounds)
                    running[pool.start(name, number)] = (pool, name, number)
                if not running:
                    return
                done, _ = wait(running, timeout=1.0, return_when=FIRST_COMPLETED)
                for future in done:
                    pool, name, number = running.pop(future)
                    some = pool.result(future)
                    cases, faults = cases + some.cases, faults + len(some.faults)
                    yield name, number, some
                bar.n = min(seconds, seconds - (end - time.monotonic()))
                bar.set_postfix(cases=cases, faults=faults)
        finally:
            for pool in pools:
                pool.close()


class _Pool:
    """A single process, and the folder in which the last input that it read stands."""

    def __init__(self) -> None:
        self.scratch = tempfile.mkdtemp(prefix="maxpressure-fuzz-")
        self.process = self._new()

    def _new(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_begin)

    def start(self, name: str, number: int) -> Future[Found]:
        """Begin a round."""
        return self.process.submit(_round, name, number, self.scratch)

    def result(self, future: Future[Found]) -> Found:
        """What came of it; a fault where the process has died of it."""
        try:
            return future.result()
        except BrokenProcessPool:
            last = Path(self.scratch, LAST)
            if not last.is_file():  # it never began: no input's doing
                raise
            self.process = self._new()
            found = Found(cases=1)
            one = Content(last.read_bytes())
            found.add(Fault(given=one, why=f"the process died, or computed for {ENDLESS} seconds", where=""))
            return found

    def close(self) -> None:
        """End the process."""
        self.process.shutdown(wait=False, cancel_futures=True)
        shutil.rmtree(self.scratch, ignore_errors=True)


_WHOLE_LIFE: Final = ExitStack()


def _begin() -> None:
    """Set a new process up for all of its rounds."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _WHOLE_LIFE.enter_context(cheaply())


def _round(name: str, number: int, scratch: str) -> Found:
    """Some inputs of one kind, in a process of its own."""
    last = Path(scratch, LAST)
    last.unlink(missing_ok=True)

    def before(one: Any) -> None:
        last.write_bytes(kept(one))
        signal.setitimer(signal.ITIMER_PROF, ENDLESS)

    with tempfile.TemporaryDirectory(dir=scratch) as place:
        found = search(KINDS[name](Path(place, "kind")), cases=CASES, number=number, before=before)
    signal.setitimer(signal.ITIMER_PROF, 0)
    return found


# ---- what is printed and kept


def _print_table(found: dict[str, Found]) -> None:
    rows = [("kind", "cases", "values", "refusals", "faults")]
    rows += [
        (
            name,
            f"{one.cases:,}",
            f"{one.outcomes['value']:,}",
            f"{one.outcomes['refusal']:,}",
            f"{len(one.faults)}",
        )
        for name, one in found.items()
    ]
    sums = (sum(one.cases for one in found.values()), *(sum(one.outcomes[what] for one in found.values())
            for what in ("value", "refusal")), sum(len(one.faults) for one in found.values()))  # fmt: skip
    rows.append(("together", *(f"{number:,}" for number in sums)))
    for first, *others in rows:
        print(f"{first:28}", *(f"{cell:>11}" for cell in others))


def _keep(found: dict[str, Found], seeds: dict[str, list[int]]) -> None:
    """The smallest input of each fault as a file, with its traceback beside it."""
    for name, one in found.items():
        if one.faults:
            print(f"\n{name}: found with the seeds {', '.join(map(str, seeds[name][:10]))}")
        for fault in one.faults.values():
            KEPT.mkdir(exist_ok=True)
            path = KEPT / f"{_as_file(name)}{hashlib.sha256(kept(fault.given)).hexdigest()[:10]}"
            path.write_bytes(kept(fault.given))
            path.with_name(f"{path.name}.txt").write_text(
                f"{fault.why}\n\n{fault.trace}", encoding="utf-8", errors="replace"
            )
            why = fault.why.partition("\n")[0].encode("ascii", "backslashreplace").decode()
            print(f"  {path}  {fault.where}  {why}")


def _as_file(name: str) -> str:
    return f"{name.replace(' ', '-')}-"


def _followed_again(path: Path) -> int:
    """One input that was kept, followed where its traceback can be seen."""
    name = max((name for name in KINDS if path.name.startswith(_as_file(name))), key=len)
    content: Any = Content(path.read_bytes())
    if name in WORDS:
        content = json.loads(content)
    with cheaply(), tempfile.TemporaryDirectory() as place:
        print(follow(KINDS[name](Path(place, "kind")), content))
    return 0


if __name__ == "__main__":
    sys.exit(main())
