"""The one law of all readers: a value that holds, or an InputError that names a file, in under two seconds.

A kind of input is what may be given and how it is read. :func:`search` lets Hypothesis look for an input that breaks
the law, and counts what came of the others.
"""

from __future__ import annotations

import json
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import HypothesisWarning

from maxpressure.base.errors import InputError

LONGEST: Final = 2.0
"""Seconds of computing that one input may take."""

CASES: Final = 200
"""Inputs of each kind in the tests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of input.

    ``read`` is what the program does with an input; ``holds`` takes the value that came of it, and fails where that
    would not do: what was read must pass its reader's own check again.
    """

    inputs: st.SearchStrategy[Any]
    read: Callable[[Any], Any]
    holds: Callable[[Any], object] = lambda value: value


class Content(bytes):
    """The bytes of a file. Hypothesis would spell them out wherever it names them."""

    def __repr__(self) -> str:
        return f"<{len(self)} bytes>"


class Broken(Exception):  # noqa: N818  # a law, not an error of a program
    """The law does not hold for this input; the cause says why."""

    def __init__(self, given: object, why: str) -> None:
        super().__init__(why)
        self.given = given


def follow(kind: Kind, given: object) -> str:
    """What comes of an input, "value" or "refusal"; raises Broken for anything else."""
    try:
        value = kind.read(given)
    except InputError as refusal:
        return _refused(given, refusal)
    except Exception as fault:
        raise Broken(given, f"{type(fault).__name__}: {fault}"[:300]) from fault
    try:
        kind.holds(value)
    except Exception as fault:
        raise Broken(given, f"read, but it does not hold: {type(fault).__name__}: {fault}"[:300]) from fault
    return "value"


def _refused(given: object, refusal: InputError) -> str:
    try:
        words = str(refusal)
    except Exception as fault:
        raise Broken(given, f"a refusal without words: {type(fault).__name__}: {fault}"[:300]) from fault
    if not (refusal.file and words):
        raise Broken(given, f"a refusal that names no file: {words}"[:300]) from refusal
    return "refusal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """An input that breaks the law, and why; ``where`` is the line of the package at which it comes to light."""

    given: object
    why: str
    where: str
    trace: str = ""

    @property
    def identity(self) -> tuple[str, str]:
        """Equal for inputs that break the law in the same place and way."""
        return self.why.partition(":")[0], self.where


@dataclass(slots=True)
class Found:
    """What came of the inputs of one kind."""

    cases: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    faults: dict[tuple[str, str], Fault] = field(default_factory=dict)

    def add(self, fault: Fault) -> None:
        """Keep the smallest input of each fault."""
        known = self.faults.get(fault.identity)
        if known is None or len(kept(fault.given)) < len(kept(known.given)):
            self.faults[fault.identity] = fault

    def join(self, other: Found) -> None:
        """Take in what came of further inputs of the same kind."""
        self.cases += other.cases
        self.outcomes += other.outcomes
        for fault in other.faults.values():
            self.add(fault)


def search(
    kind: Kind,
    *,
    cases: int = CASES,
    number: int | None = None,
    before: Callable[[Any], object] = lambda one: one,
) -> Found:
    """So many inputs of a kind, each followed; by the random number, or where there is none always the same.

    ``before`` is told each input before it is read.
    """
    found = Found()

    def followed(one: Any) -> None:
        before(one)
        found.cases += 1
        began = time.process_time()
        outcome = follow(kind, one)
        took = time.process_time() - began
        if took > LONGEST:  # not raised, since to make a slow input smaller takes as long, again and again
            found.add(Fault(given=one, why=f"{took:.1f} seconds of computing", where=""))
        found.outcomes[outcome] += 1

    looked = settings(
        max_examples=cases,
        derandomize=number is None,
        database=None,
        deadline=None,
        print_blob=False,
        report_multiple_bugs=True,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )(given(kind.inputs)(followed))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", HypothesisWarning)
            (looked if number is None else seed(number)(looked))()
    except Exception as raised:  # noqa: BLE001  # one fault, or a group of several
        for one in _each(raised):
            found.add(_fault(one))
    return found


def _each(raised: BaseException) -> Iterator[BaseException]:
    if isinstance(raised, BaseExceptionGroup):
        for one in raised.exceptions:
            yield from _each(one)
    else:
        yield raised


def _fault(raised: BaseException) -> Fault:
    cause = raised.__cause__ or raised
    frames = traceback.extract_tb(cause.__traceback__)
    ours = [
        f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames if "maxpressure/" in frame.filename
    ]
    return Fault(
        given=getattr(raised, "given", None),
        why=str(raised),
        where=ours[-1] if ours else "",
        trace="".join(traceback.format_exception(cause)[-12:]),
    )


def kept(given: object) -> bytes:
    """An input as it is kept in a file: as it is, or as JSON where it is words."""
    return given if isinstance(given, bytes) else json.dumps(given, indent=1).encode()
