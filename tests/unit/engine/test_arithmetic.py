"""Compiled random numbers and logarithms have the bits of the text that Python runs."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from maxpressure.base import numerics, rng
from maxpressure.base.numerics import Floats, Ints
from maxpressure.engine.jit import kernel

INPUTS = 10_000_000
SHARE = 100_000
SMALLEST, LARGEST = 5e-324, 1.7976931348623157e308


@kernel
def logarithms(numbers: Floats, logs: Floats) -> None:
    for i in range(len(numbers)):
        logs[i] = numerics.log(numbers[i])


@kernel
def random_words(counters: Ints, words: Ints) -> None:
    for i in range(counters.shape[1]):
        words[0, i], words[1, i], words[2, i], words[3, i] = rng.philox(
            counters[0, i], counters[1, i], counters[2, i], counters[3, i], counters[4, i], counters[5, i]
        )


def positive_numbers(count: int) -> Floats:
    """Positive finite numbers of every size, by random bits; those below 2⁻¹⁰²² among them."""
    generator = np.random.default_rng(14)
    bits = generator.integers(1, np.array(np.inf).view(np.int64), count)
    bits[: count // 100] >>= generator.integers(10, 60, count // 100)
    bits[:100] = np.arange(1, 101)
    numbers = bits.view(np.float64)
    numbers[:6] = SMALLEST, LARGEST, 2.0**-1022, np.nextafter(2.0**-1022, 0.0), 1.0, np.nextafter(1.0, 0.0)
    return np.maximum(numbers, SMALLEST)


def test_a_logarithm_has_the_same_bits_compiled():
    numbers = positive_numbers(SHARE)
    logs = np.empty(len(numbers))
    logarithms(numbers, logs)
    assert logs.tolist() == [numerics.log(x) for x in numbers.tolist()]


@pytest.mark.parametrize("part", range(10))
def test_ten_million_random_words_are_the_same_compiled(part: int):
    whole: NDArray[np.uint64] = np.random.default_rng(part).integers(0, 2**32, (6, INPUTS // 10), np.uint64)
    words = np.empty((4, INPUTS // 10), np.int64)
    random_words(whole.astype(np.int64), words)
    assert np.array_equal(words, np.array(rng.philox(*whole)).astype(np.int64))


def test_random_words_are_those_of_whole_numbers_without_bound():
    counters = np.random.default_rng(6).integers(0, 2**32, (6, SHARE // 10), np.int64)
    words = np.empty((4, SHARE // 10), np.int64)
    random_words(counters, words)
    assert words.T.tolist() == [list(rng.philox(*counter)) for counter in counters.T.tolist()]
