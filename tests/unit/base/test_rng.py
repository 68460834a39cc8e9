"""Random numbers come from the published generator, are keyed as they should, and have their distributions."""

from __future__ import annotations

import itertools
import math
from string import ascii_uppercase

import numpy as np
import pytest
from scipy import stats

from maxpressure.base import rng
from maxpressure.base.rng import exponential, gumbel, normal, philox, state_code, uniforms

ONES = 0xFFFFFFFF
PURPOSES = (
    rng.RESISTANCE, rng.FRAILTY, rng.LEAD, rng.COMPANION, rng.DEPTH,
    rng.RESTORATION, rng.RESTORED_TIE, rng.ATTRITION, rng.TEST,
)  # fmt: skip
KEY = {"seed": 2017, "world": 3, "state": state_code("MEX"), "number": 2, "purpose": rng.LEAD, "slot": 4}

# ---- the generator


@pytest.mark.parametrize(
    ("counter", "key", "words"),
    [
        ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((ONES,) * 4, (ONES, ONES), (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
    ids=["zeros", "ones", "digits of pi"],
)
def test_the_generator_gives_the_published_vectors(counter, key, words):
    assert philox(*counter, *key) == words


def test_no_product_leaves_the_whole_numbers_that_compiled_code_holds():
    assert rng._MULTIPLIER_0 * 0xFFFF + 0xFFFF < 2**63
    assert rng._MULTIPLIER_1 * 0xFFFF + 0xFFFF < 2**63


# ---- the key


def test_the_same_key_gives_the_same_draw():
    assert uniforms(**KEY) == uniforms(**KEY)


@pytest.mark.parametrize(
    ("part", "other"),
    [
        ("seed", 2018),
        ("seed", 2017 + 2**32),
        ("seed", 2017 + 2**62),
        ("world", 4),
        ("state", state_code("PER")),
        ("number", 3),
        ("purpose", rng.COMPANION),
        ("slot", 5),
    ],
)
def test_every_part_of_the_key_changes_the_draw(part, other):
    assert set(uniforms(**KEY)).isdisjoint(uniforms(**(KEY | {part: other})))


def test_no_two_purposes_share_a_number():
    assert len(set(PURPOSES)) == len(PURPOSES)


def test_slots_of_one_purpose_never_run_into_the_next():
    counters = {purpose * rng._SLOTS + slot for purpose in PURPOSES for slot in range(rng._SLOTS)}
    assert len(counters) == len(PURPOSES) * rng._SLOTS


def test_every_iso3_code_has_a_number_of_its_own():
    codes = {state_code("".join(letters)) for letters in itertools.product(ascii_uppercase, repeat=3)}
    assert len(codes) == 26**3
    assert max(codes) < 2**32


# ---- distributions


def sample(draw, count=4000):
    """Draws over all parts of the key: seeds, worlds, states and numbers in turn."""
    keys = itertools.product(range(10), range(10), range(8), range(count // 800))
    return np.array([draw(seed, world, 700 + state, number) for seed, world, state, number in keys])


def fits(draws, distribution):
    return stats.kstest(draws, distribution).pvalue > 0.001


def test_a_uniform_lies_strictly_between_zero_and_one():
    assert rng._unit(0, 0) > 0.0
    assert rng._unit(ONES, ONES) < 1.0
    assert rng._unit(ONES, ONES) == math.nextafter(1.0, 0.0)
    assert -math.log(rng._unit(ONES, ONES)) > 0.0


@pytest.mark.parametrize("half", [0, 1])
def test_uniforms_are_uniform(half):
    assert fits(sample(lambda *key: uniforms(*key, rng.DEPTH, 0)[half]), stats.uniform.cdf)


def test_the_two_uniforms_of_a_key_are_independent():
    pairs = sample(lambda *key: uniforms(*key, rng.DEPTH, 0))
    counts, _, _ = np.histogram2d(pairs[:, 0], pairs[:, 1], bins=8)
    assert stats.chi2_contingency(counts).pvalue > 0.001


@pytest.mark.parametrize("part", ["seed", "world", "state", "number", "slot"])
def test_neighbouring_keys_draw_independently(part):
    here = [uniforms(**(KEY | {part: value}))[0] for value in range(2000)]
    counts, _, _ = np.histogram2d(here[:-1], here[1:], bins=6)
    assert stats.chi2_contingency(counts).pvalue > 0.001


def test_a_resistance_is_a_unit_exponential():
    assert fits(sample(lambda *key: exponential(*key, rng.RESISTANCE)), stats.expon.cdf)


def test_gumbel_numbers_have_the_gumbel_distribution():
    assert fits(sample(lambda *key: gumbel(*key, rng.LEAD, 2)), stats.gumbel_r.cdf)


def test_a_frailty_draw_is_standard_normal():
    keys = itertools.product(range(10), range(20), range(20))
    draws = [normal(seed, number, 700 + state, rng.FRAILTY) for seed, number, state in keys]
    assert fits(draws, stats.norm.cdf)


def test_a_resistance_is_never_zero():
    assert sample(lambda *key: exponential(*key, rng.RESISTANCE)).min() > 0.0
