"""Compiled: a state's act, ties and depth, and the account of it."""

from __future__ import annotations

import math
from typing import Any

from maxpressure.base import rng
from maxpressure.engine.arrays import Floats, Sheet
from maxpressure.engine.jit import inlined, kernel
from maxpressure.engine.precompute import INCIDENT, N_TIES, REQUEST, Table, tie_sum_of
from maxpressure.engine.record import ACT, Book, note_change
from maxpressure.engine.state import WEEK_ACTS, WEEK_DROPS, Life, Now, move
from maxpressure.evidence.parameters import Parameters
from maxpressure.model import rules


@inlined
def act(sheet: Sheet, p: Parameters, table: Table, life: Life, now: Now, book: Book, i: int) -> None:
    """One state's act: lead, companions, depth and its probability; ``log_ties`` keeps how it stood before."""
    code, lived, log_ties = sheet.state[i].code, life.state[i], life.log_ties
    number = lived.acts
    tie_sum_of(p, table.state[i].bases, sheet.forbidden[now.epoch], lived.rungs, log_ties)
    lead = rules.lead_tie(now.seed, now.world, code, number, log_ties, rng.LEAD)
    depth = 0.0
    for k in range(N_TIES):
        life.taken[k] = 0
        if log_ties[k] > -math.inf and (
            k == lead or rules.joins(now.seed, now.world, code, number, k, p.chi)
        ):
            rung = lived.rungs[k]
            life.taken[k] = 1
            life.after[k] = rules.fallen(now.seed, now.world, code, number, k, rung, p.psi[k])
            depth += rules.log_depth(rung, life.after[k], p.psi[k])
    package = rules.log_package(log_ties, life.taken, p.chi)
    lived.endured += life.strain[i]
    lived.log_acts += rules.log_acting(life.hazard[i]) + package + depth
    for k in range(N_TIES):
        if life.taken[k] == 1:
            leads = 1 if k == lead else 0
            note_change(book, now.world, now.t, i, ACT, k, lived.rungs[k], life.after[k], leads)
            move(life, i, k, life.after[k])
            life.tally[WEEK_DROPS] += 1
    lived.acts += 1
    life.carried[i] = rules.momentum(p, lived.frailty, lived.acts)
    life.resistance[i] = rng.exponential(now.seed, now.world, code, lived.acts, rng.RESISTANCE)
    life.moved[life.tally[WEEK_ACTS]] = i
    life.tally[WEEK_ACTS] += 1


@inlined
def account(
    p: Parameters, drawn: Any, life: Life, said: Floats, courtship: float, now: Now, i: int, ties: float
) -> tuple[float, ...]:
    """The account of an act just done, from the log hazards of its ties as they stood before it."""
    for k in range(N_TIES):
        life.options[k] = drawn.bases[k] if life.log_ties[k] > -math.inf else -math.inf
    return rules.account(
        p,
        drawn.sensitive,
        now.campaign,
        said[REQUEST],
        said[INCIDENT],
        courtship,
        now.shock,
        now.thaw,
        life.exposure[i],
        life.state[i].acts - 1,
        ties,
        rules.tie_sum(life.options),
    )


@kernel
def keep_account(book: Book, first_row: int, shares: tuple[float, ...]) -> None:
    """Write an act's account beside each of its rows."""
    for row in range(first_row, min(book.filled[0], len(book.accounts))):
        for group in range(len(shares)):
            book.accounts[row, group] = shares[group]
