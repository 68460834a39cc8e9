"""The command that makes results again, with more worlds or other draws than the first time."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from maxpressure.experiments.manifest import Manifest

RUN, BATCH = "run", "batch"


def again(
    manifest: Manifest, place: str, *, worlds: int, draws: int | None = None, out: str | None = None
) -> str:
    """The command, or the call of the library, that made the results at ``place``, with this many worlds.

    ``draws`` takes so many draws of the posterior in turn, and ``out`` writes to another folder; without it the
    results are enlarged where they are, which a run does by replacing them.
    """
    words = shlex.split(manifest.command)[1:]
    if words[:1] not in ([RUN], [BATCH]):
        return _call(manifest, place, worlds, draws, out)
    words = _without(words, "--worlds")
    added = {"--worlds": str(worlds)}
    if draws is not None:
        words = _without(words, "--draws")
        words = _without(words, "--parameters") if manifest.draws == 1 else words
        added["--draws"] = str(draws)
    if out is not None:
        words = _without(words, "--out")
        added["--out"] = out
    elif words[0] == RUN and "--force" not in words:
        words = [*words, "--force"]
    return shlex.join(["maxpressure", *words, *_spread(added)])


def _without(words: list[str], option: str) -> list[str]:
    """The words without an option and its value."""
    kept, skipping = [], False
    for word in words:
        if not skipping and not word.startswith(f"{option}=") and word != option:
            kept.append(word)
        skipping = word == option
    return kept


def _spread(options: Mapping[str, str]) -> list[str]:
    return [word for option in options.items() for word in option]


def _call(manifest: Manifest, place: str, worlds: int, draws: int | None, out: str | None) -> str:
    """The call of the library; scenarios are named, though they may have been given as values."""
    options = [f"worlds={worlds}", f"seed={manifest.seed}"]
    options += [f"draws={draws}"] if draws is not None else []
    options += [f"out={place!r}, force=True"] if out is None else [f"out={out!r}"]
    return f"maxpressure.run({list(manifest.names)!r}, {', '.join(options)})"
