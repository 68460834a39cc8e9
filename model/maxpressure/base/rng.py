"""Keyed random numbers: each is a pure function of the world, the state, the act and the purpose.

The generator is Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3",
SC 2011): a counter goes in, four 32-bit words come out, and no draw shifts another. The key is the seed; the
counter holds the world, the state's ISO3 code, a number and the purpose; the number is that of the act, the return, the
thinned route, the week or the attempt: what the purpose counts. Scenario, workers,
batch size, other states and what is recorded are not part of it, so they cannot change a draw.

A product of two words may pass 2^63. Python then has a larger number and compiled code a negative one; both have the
same low 64 bits, which are all that is taken of it.
"""

from __future__ import annotations

import math

from maxpressure.base.errors import InputError
from maxpressure.base.numerics import log
from maxpressure.base.ranges import is_whole

SEED_LIMIT = 1 << 63
WORLD_LIMIT = 1 << 31  # a column of results holds it

RESISTANCE = 1
FRAILTY = 2
LEAD = 3
COMPANION = 4
DEPTH = 5
RESTORATION = 6
RESTORED_TIE = 7
ATTRITION = 8
TEST = 9

_SLOTS = 64  # ties or attempts within one purpose
_MASK32 = 0xFFFFFFFF
_ROUNDS = 10
_MULTIPLIER_0, _MULTIPLIER_1 = 0xD2511F53, 0xCD9E8D57
_WEYL_0, _WEYL_1 = 0x9E3779B9, 0xBB67AE85
_SCALE = 2.0**-52


def check_key(seed: int, number: int) -> None:
    """Refuse a seed or a world number that the counter of the random numbers cannot hold."""
    if not (is_whole(seed) and 0 <= seed < SEED_LIMIT):
        allowed = f"a whole number from 0 to {SEED_LIMIT - 1}"
        raise InputError(file="run", key="seed", given=seed, allowed=allowed)
    if not (is_whole(number) and 0 <= number < WORLD_LIMIT):
        allowed = f"a whole number from 0 to {WORLD_LIMIT - 1}"
        raise InputError(file="run", key="world", given=number, allowed=allowed)


def state_code(iso3: str) -> int:
    """The number that stands for a state in the counter: its three letters in base 26."""
    code = 0
    for letter in iso3:
        code = code * 26 + ord(letter) - ord("A")
    return code


def philox(c0: int, c1: int, c2: int, c3: int, k0: int, k1: int) -> tuple[int, int, int, int]:
    """Philox4x32-10: four 32-bit counter words and two 32-bit key words to four 32-bit random words."""
    for _ in range(_ROUNDS):
        product0, product1 = _MULTIPLIER_0 * c0, _MULTIPLIER_1 * c2
        c0 = ((product1 >> 32) & _MASK32) ^ c1 ^ k0
        c1 = product1 & _MASK32
        c2 = ((product0 >> 32) & _MASK32) ^ c3 ^ k1
        c3 = product0 & _MASK32
        k0 = (k0 + _WEYL_0) & _MASK32
        k1 = (k1 + _WEYL_1) & _MASK32
    return c0, c1, c2, c3


def _unit(high: int, low: int) -> float:
    """Two words to a number in the open interval (0, 1): 52 random bits and a half, never 0 and never 1."""
    return ((high >> 6) * 67108864.0 + (low >> 6) + 0.5) * _SCALE


def uniforms(seed: int, world: int, state: int, number: int, purpose: int, slot: int) -> tuple[float, float]:
    """Two independent uniforms in (0, 1) for one purpose of one act of one state in one world.

    ``number`` is that of the act, or of what else the purpose counts.
    """
    w0, w1, w2, w3 = philox(
        world, state, number, purpose * _SLOTS + slot, seed & _MASK32, (seed >> 32) & _MASK32
    )
    return _unit(w0, w1), _unit(w2, w3)


def exponential(seed: int, world: int, state: int, number: int, purpose: int) -> float:
    """A unit exponential: the threshold that a cumulated hazard has to pass (Sellke 1983)."""
    return -log(uniforms(seed, world, state, number, purpose, 0)[0])


def gumbel(seed: int, world: int, state: int, number: int, purpose: int, slot: int) -> float:
    """A standard Gumbel draw: the largest of log odds plus Gumbel picks each option with its odds."""
    return -log(-log(uniforms(seed, world, state, number, purpose, slot)[0]))


def normal(seed: int, world: int, state: int, purpose: int) -> float:
    """A standard normal by Marsaglia's polar method; each attempt has its own number in the counter."""
    attempt = 0
    while True:
        u, v = uniforms(seed, world, state, attempt, purpose, 0)
        x = 2.0 * u - 1.0
        y = 2.0 * v - 1.0
        radius = x * x + y * y
        if 0.0 < radius < 1.0:
            return x * math.sqrt(-2.0 * log(radius) / radius)
        attempt += 1
