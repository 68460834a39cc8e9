"""The rule: when a state acts, on which ties, how far; when a tie returns; what an act was due to.

Pure functions on plain numbers. The engines, the likelihood and the explanations call these and nothing else;
they run as Python and compile with Numba unchanged. A weekly hazard is a product of two factors,

    Λ_i = exp(common part of state i) · Σ_k exp(part of tie k),        P(act in the week) = 1 − exp(−Λ_i),

summed in the order of the ties; either exponent is kept within ±50 (see :mod:`maxpressure.base.numerics`). By default

    log λ_ikt = α_k + υ_ik + β_res·R_ik + β_shock·Q_t + β_inc·N_it + β_news·U_t + β_law·G_ikt
                + s_i·(β_camp·C_t + β_ask·A_it) − β_thaw·H_t − β_court·K_it.

Dependence, affinity, own earlier acts, peers and frailty are terms that a scenario switches on; their coefficients are
zero unless it does, and else drawn from their priors.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from maxpressure.base import rng
from maxpressure.base.numerics import exp, expm1, log
from maxpressure.base.ties import FULL, TIE_INDEX, UNLISTED
from maxpressure.evidence.parameters import Parameters

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Row = Sequence[float] | NDArray[Any]

FIRST_UNLISTED = TIE_INDEX[UNLISTED[0]]

# ---- when: the part of the log hazard that a state's ties share


def sensitivity(kappa: float, leverage: float, mean: float) -> float:
    """s_i: how strongly pressure works on a state; ``mean`` is that of exp(κL) over the reference states."""
    return exp(kappa * leverage) / mean


def leverage_mean(kappa: float, levels: Row) -> float:
    """The mean of exp(κL) over the reference states, by which sensitivity is divided."""
    total = 0.0
    for level in levels:
        total += exp(kappa * level)
    return total / len(levels)


def standing(p: Parameters, affinity: float) -> float:
    """The part of the baseline that all ties of a state share, affinity with the target, if it is switched on."""
    return p.beta_affinity * affinity


def addressed(
    p: Parameters, sensitive: float, campaign: float, request: float, incident: float, courtship: float
) -> float:
    """What is said and done to this state: campaign and requests times sensitivity, incidents, courtship."""
    pressure = sensitive * (p.beta_campaign * campaign + p.beta_request * request)
    return pressure + p.beta_incident * incident - p.beta_courtship * courtship


def felt(p: Parameters, memory: Row, week: int) -> float:
    """Q: what is felt of provocations in a week, the memory of them δ weeks before; nothing before week 0."""
    earlier = week - int(p.delay_shock)
    return memory[earlier] if earlier >= 0 else 0.0


def climate(p: Parameters, shock: float, thaw: float, news: float) -> float:
    """The term of the log hazard common to all states in a week.

    Remembered shocks and news of Council resolutions raise it, engagement lowers it.
    """
    return p.beta_shock * shock - p.beta_thaw * thaw + p.beta_news * news


def momentum(p: Parameters, frailty: float, acts: int) -> float:
    """Log frailty plus β_own·log(1 + acts), if they are switched on: each further act of its own adds less."""
    return frailty + p.beta_own * log(1.0 + acts)


def log_frailty(sigma: float, standard: float) -> float:
    """u = σz − σ²/2 for a standard normal z, so that frailty e^u has mean one."""
    return sigma * standard - 0.5 * sigma * sigma


def imitation(p: Parameters, exposure: float) -> float:
    """Peers' earlier acts, strictly lagged; off by default. The data do not separate contagion from common shocks."""
    return p.beta_peer * exposure


def noticed(weight: float) -> float:
    """What one act adds to a peer's exposure, given the weight that the peer puts on the actor.

    Exposure is counted per 10 % of weighted peers.
    """
    return 10.0 * weight


def log_common(exogenous: float, climate_now: float, momentum_now: float, imitated: float) -> float:
    """The shared log hazard; ``exogenous`` is standing + addressed, which own acts and peers' do not change."""
    return ((exogenous + climate_now) + momentum_now) + imitated


# ---- on what: the part of the log hazard that belongs to one tie


def unlisted_offset(p: Parameters, tie: int, unlisted: int, close: float) -> float:
    """υ_k + υ_close·m_i on a tie that no table lists, m being 1 where the state is known to be close; else 0."""
    return p.unlisted[tie - FIRST_UNLISTED] + p.unlisted_close * close if unlisted else 0.0


def tie_base(
    p: Parameters, tie: int, mission: float, dependence: float, doubtful: float, thin: float
) -> float:
    """α_k + β_res·R_ik (+ β_dep·D_ik), plus an offset where the trade figure may mix up North and South Korea.

    ``thin`` is a further offset (:func:`unlisted_offset`). −inf means that the tie is never cut.

    R is 1 on the diplomatic tie of a state with a resident mission on either side: somebody can be expelled.
    """
    known = p.alpha[tie] + p.beta_mission * mission + p.beta_dependence * dependence + p.doubtful * doubtful
    return known + thin


def outstanding(forbidden: float, level: int) -> float:
    """G: the part of a tie that the Council has forbidden and the state still keeps."""
    kept = forbidden - (1.0 - level / FULL)
    return max(0.0, kept)


def log_tie(p: Parameters, base: float, forbidden: float, level: int) -> float:
    """The tie's log hazard apart from the common part; −inf for a tie that is gone or switched off."""
    if level == 0:
        return -math.inf
    return base + p.beta_mandate * outstanding(forbidden, level)


def tie_sum(log_ties: Row) -> float:
    """Σ_k exp(part of tie k) in the order of the ties; 0 when no tie is left to break."""
    total = 0.0
    for log_hazard in log_ties:
        total += tie_weight(log_hazard)
    return total


def tie_weight(log_hazard: float) -> float:
    """exp(part of a tie); 0 for a tie that is gone or switched off."""
    return exp(log_hazard) if log_hazard > -math.inf else 0.0


def hazard(common: float, ties: float) -> float:
    """Λ: the state's hazard of acting this week."""
    return exp(common) * ties


def acting_probability(total_hazard: float) -> float:
    """P(the state acts this week) = 1 − exp(−Λ)."""
    return -expm1(-total_hazard)


# ---- how: lead tie, companions, depth


def lead_tie(seed: int, world: int, state: int, act: int, log_ties: Row, purpose: int) -> int:
    """The tie that leads: drawn with odds λ_ik, as the largest of log λ_ik plus a Gumbel number each.

    It also draws the tie that returns, by ``act`` the number of the return and with equal odds.
    """
    lead, best = -1, -math.inf
    for tie in range(len(log_ties)):
        if log_ties[tie] > -math.inf:
            score = log_ties[tie] + rng.gumbel(seed, world, state, act, purpose, tie)
            if score > best:
                lead, best = tie, score
    return lead


def readiness(thin: float) -> float:
    """e_k: a tie joins an act with probability χ·e_k, a listed one (``thin`` 0) with χ."""
    return exp(thin) if thin < 0.0 else 1.0


def joins(seed: int, world: int, state: int, act: int, tie: int, probability: float) -> bool:
    """Whether another tie that the state keeps joins the act: the UAE and Kuwait cut three at once."""
    return rng.uniforms(seed, world, state, act, rng.COMPANION, tie)[0] < probability


def fallen(seed: int, world: int, state: int, act: int, tie: int, level: int, psi: float) -> int:
    """The level after the act, by the random numbers of its depth."""
    first, second = rng.uniforms(seed, world, state, act, rng.DEPTH, tie)
    return lowered(level, psi, first, second)


def lowered(level: int, psi: float, first: float, second: float) -> int:
    """One level down, then with probability ψ another, each time, while any is left."""
    level -= 1
    if level > 0 and first < psi:
        level -= 1
        if level > 0 and second < psi:
            level -= 1
    return level


# ---- how likely: the log-probability of what happened


def log_acting(total_hazard: float) -> float:
    """log P(the state acts this week) = log(1 − exp(−Λ)); a state that cannot act has −∞."""
    return log(acting_probability(total_hazard)) if total_hazard > 0.0 else -math.inf


def log_package(log_ties: Row, chosen: Row, chi: float, ready: Row) -> float:
    """log P(this set of ties | an act), with the unseen lead summed over; χ⁰ = 1, and ``ready`` holds e_k.

    Each tie l of the set may have led: P = Σ_l w_l/W · Π_{k≠l chosen} χe_k · Π_{k stayed} (1 − χe_k).
    """
    total, leading, joined, stayed, unlisted = 0.0, 0.0, -1, 0, 0.0
    for tie in range(len(log_ties)):
        if log_ties[tie] > -math.inf:
            weight = exp(log_ties[tie])
            total += weight
            if chosen[tie]:
                leading += weight / ready[tie]
                joined += 1
                unlisted += 0.0 if ready[tie] == 1.0 else log(ready[tie])
            elif ready[tie] == 1.0:
                stayed += 1
            else:
                unlisted += _times_log(1, 1.0 - chi * ready[tie])
        elif chosen[tie]:
            return -math.inf
    if joined < 0:
        return -math.inf
    return log(leading / total) + _times_log(joined, chi) + _times_log(stayed, 1.0 - chi) + unlisted


def tie_chance(acting: float, log_tie: float, ties: float, joining: float) -> float:
    """P(this tie falls this week) when its state acts with probability ``acting``, in whatever package.

    Of an act the tie is the lead with odds λ_k/Λ, and where it is not it joins with probability ``joining``, χ·e_k.
    ``ties`` is the tie sum.
    """
    if log_tie == -math.inf:
        return 0.0
    leads = exp(log_tie) / ties
    return acting * (leads + (1.0 - leads) * joining)


def log_depth(level_before: int, level_after: int, psi: float) -> float:
    """log P(this depth): ψ for each further level, 1 − ψ for stopping while a level was left."""
    further = level_before - level_after - 1
    stopped = 1 if level_after > 0 else 0
    return _times_log(further, psi) + _times_log(stopped, 1.0 - psi)


def _times_log(times: int, probability: float) -> float:
    if times == 0:
        return 0.0
    return times * log(probability) if probability > 0.0 else -math.inf


# ---- the way back, and commerce


def restoration_hazard(
    p: Parameters,
    sensitive: float,
    campaign: float,
    request: float,
    shock: float,
    thaw: float,
    courtship: float,
) -> float:
    """The hazard that a tie rises a level: thaw and courtship raise it, shocks and pressure lower it."""
    if p.rho == -math.inf:
        return 0.0
    engaged = p.rho_thaw * thaw + p.rho_courtship * courtship
    return exp(p.rho + engaged - p.rho_shock * shock - p.rho_pressure * (sensitive * (campaign + request)))


def attrition_hazard(p: Parameters, lost: float) -> float:
    """The hazard that a travel route thins because ``lost`` of its trade is gone: commerce, no decision."""
    return p.attrition * lost


# ---- why: the attribution of an act

# Owen's multilinear extension turns the Shapley value of a product of factors into an integral of a
# polynomial of degree 7, which Gauss–Legendre integrates exactly at four points of (0, 1).
_POINTS = (0.06943184420297371, 0.33000947820757187, 0.6699905217924281, 0.9305681557970263)
_WEIGHTS = (0.17392742256872692, 0.32607257743127307, 0.32607257743127307, 0.17392742256872692)


def shapley_share(factors: Sequence[float], group: int) -> float:
    """The Shapley value of one factor in the game v(S) = Π_{g in S} f_g, as a share of the whole product.

    For at most eight factors it is exact. Its sign is that of f − 1: that of switching the group off.
    """
    value = 0.0
    for point in range(len(_POINTS)):
        others = 1.0
        for other in range(len(factors)):
            if other != group:
                others *= 1.0 + _POINTS[point] * (factors[other] - 1.0)
        value += _WEIGHTS[point] * others
    product = 1.0
    for factor in factors:
        product *= factor
    return (factors[group] - 1.0) * value / product


def attribution(
    p: Parameters,
    sensitive: float,
    campaign: float,
    request: float,
    incident: float,
    courtship: float,
    shock: float,
    thaw: float,
    news: float,
    exposure: float,
    acts: int,
    ties: float,
    ties_unforbidden: float,
) -> tuple[float, float, float, float, float, float, float, float, float]:
    """What the hazard at an act was due to, as shares in the order of :data:`GROUPS`; they add up to one.

    Each dynamic group's share is its Shapley value in Λ minus Λ with all dynamic terms at zero, over Λ; what
    is left is the baseline. ``ties`` is the tie sum, ``ties_unforbidden`` the one without mandates; what the Council
    forbids and the news of it are one group.
    """
    mandated = ties / ties_unforbidden if ties_unforbidden > 0.0 else 1.0
    factors = (
        exp(climate(p, shock, 0.0, 0.0)),
        mandated * exp(climate(p, 0.0, 0.0, news)),
        exp(addressed(p, sensitive, 0.0, request, 0.0, 0.0)),
        exp(addressed(p, sensitive, campaign, 0.0, 0.0, 0.0)),
        exp(imitation(p, exposure)),
        exp(momentum(p, 0.0, acts)),
        exp(addressed(p, sensitive, 0.0, 0.0, incident, 0.0)),
        exp(climate(p, 0.0, thaw, 0.0) + addressed(p, sensitive, 0.0, 0.0, 0.0, courtship)),
    )
    product = 1.0
    for factor in factors:
        product *= factor
    return (
        shapley_share(factors, 0),
        shapley_share(factors, 1),
        shapley_share(factors, 2),
        shapley_share(factors, 3),
        shapley_share(factors, 4),
        shapley_share(factors, 5),
        shapley_share(factors, 6),
        shapley_share(factors, 7),
        1.0 / product,
    )


GROUPS = (
    "shock", "mandate", "request", "campaign", "peers", "own_acts", "incident", "engagement", "baseline",
)  # fmt: skip
"""The groups of an attribution: seven that raise the hazard, engagement that lowers it, and the baseline."""


def attributable_to_peers(p: Parameters, exposure: float) -> float:
    """The share of a hazard that would be gone without peers' earlier acts: 1 − exp(−β_peer·E)."""
    return -expm1(-imitation(p, exposure))
