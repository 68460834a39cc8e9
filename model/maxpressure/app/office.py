"""Where questions are answered: from memory, from disk, or by work that waits its turn; it knows nothing of the web."""

from __future__ import annotations

import ctypes
import gc
import logging
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from functools import lru_cache
from typing import Any, Final
from urllib.parse import parse_qsl

from maxpressure.app.ahead import Asked, Kept, planned
from maxpressure.app.answers import Answers, Packed, build_of, packed
from maxpressure.app.figures.basis import Basis
from maxpressure.app.questions import QUESTIONS, Question
from maxpressure.app.stock import Stock
from maxpressure.app.turns import Job, Report, Turns
from maxpressure.base.errors import InputError

CHECKED: Final = 2048
"""Questions whose check is remembered: it costs more than an answer that is at hand."""

_LOG: Final = logging.getLogger(__name__)


class Office:
    """Answers questions of a basis for all visitors. ``kept`` is where what is computed ahead stays, or None."""

    def __init__(self, basis: Basis, kept: Callable[[str], Kept] | None = None) -> None:
        self.basis = basis
        self.build = build_of(basis)
        self.answers = Answers(build=self.build)
        self.kept = kept(self.build) if kept is not None else None
        self.stock = Stock(basis)
        self.turns = Turns()
        self._plan: Iterator[Asked] = iter(())
        self.checked = lru_cache(maxsize=CHECKED)(self._check)

    def _check(self, name: str, query: str) -> Question:
        """The question of an address; raises InputError for what is none."""
        return QUESTIONS[name](self.basis, parse_qsl(query, keep_blank_values=True))

    def at_hand(self, key: str) -> Packed | None:
        """The answer to a question that needs no work."""
        found = self.answers.get(key)
        if found is None and self.kept is not None and (found := self.kept.get(key)) is not None:
            self.answers.put(key, found)
        return found

    def ask(self, visitor: str, question: Question) -> Job:
        """The job for a question, which brings the answer packed; raises Enough or Full as `Turns.ask` does."""
        return self.turns.ask(visitor, question.key, question.kind, self._work(question))

    def _work(self, question: Question) -> Callable[[Report], Packed]:
        def work(report: Report) -> Packed:
            made = packed(question.work(self.stock, report))
            self.answers.put(question.key, made)
            return made

        return work

    def tidy(self) -> None:
        """Return memory, where nobody waits for anything."""
        if self.turns.quiet:
            self.stock.clear()
            give_back()

    def close(self) -> None:
        """Stop all work."""
        self._plan = iter(())
        self.turns.close()

    # ---- ahead

    def begin_ahead(self) -> None:
        """Compute what a class is going to look at, one question after the other, while no visitor waits."""
        if self.kept is not None:
            self._plan = planned(self.basis)
            self._next_ahead()

    def _next_ahead(self, done: Future[Any] | None = None) -> None:
        fault = done.exception() if done is not None and not done.cancelled() else None
        if fault is not None and not isinstance(fault, InputError):  # other weeks cannot be compared
            _LOG.error("a question that is computed ahead failed", exc_info=fault)
        assert self.kept is not None
        for name, query in self._plan:
            question = self.checked(name, query)
            if question.key in self.kept:
                continue
            if (ready := self.answers.get(question.key)) is not None:
                self.kept.put(question.key, ready)
                continue
            job = self.turns.ask_ahead(question.key, question.kind, self._work_ahead(question, self.kept))
            job.future.add_done_callback(self._next_ahead)
            return
        self.tidy()

    def _work_ahead(self, question: Question, kept: Kept) -> Callable[[Report], Packed]:
        work = self._work(question)

        def working(report: Report) -> Packed:
            made = work(report)
            kept.put(question.key, made)
            return made

        return working


def give_back() -> None:
    """Return unused memory to the system, where its C library can (glibc)."""
    gc.collect()
    if sys.platform == "linux" and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)) is not None:
        trim(0)
