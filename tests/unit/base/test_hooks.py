"""Hooks: what a lower room hands out although a higher one makes it."""

from __future__ import annotations

import pytest

from maxpressure.base import hooks
from maxpressure.base.hooks import Hook


def test_a_hook_calls_what_fills_it() -> None:
    joined = Hook("words.joined")

    @joined.fill
    def _(words: list[str], *, by: str) -> str:
        return by.join(words)

    assert joined(["a", "b"], by="-") == "a-b"


def test_a_hook_that_is_not_filled_asks_for_it_at_its_first_use(monkeypatch: pytest.MonkeyPatch) -> None:
    hook, asked = Hook("words.count"), []

    def load() -> None:
        asked.append(1)
        hook.fill(len)

    monkeypatch.setattr(hooks, "_fillers", [load])
    assert [hook("ab"), hook("abc")] == [2, 3]
    assert asked == [1]


def test_a_hook_that_nothing_fills_names_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks, "_fillers", [])
    with pytest.raises(LookupError, match=r"words\.nothing"):
        Hook("words.nothing")()
