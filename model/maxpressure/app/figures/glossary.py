"""The words of the project, from `glossary.toml`: the page explains them on hover, the manual lists them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from maxpressure.base.toml import read_toml

FILE: Final = Path(__file__).with_name("glossary.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A word of the glossary; `means` and `more` are Markdown of one line."""

    word: str
    means: str
    more: str = ""
    also: tuple[str, ...] = ()
    """Other forms of the word, such as its plural."""


@cache
def sections() -> Mapping[str, tuple[Word, ...]]:
    """The words by the title of their section, in the order of the file.

    Examples
    --------
    >>> [word.word for word in sections()["The subject"]][:2]
    ['act', 'affinity']
    """
    return {
        section["title"]: tuple(
            Word(
                word=row["word"],
                means=row["means"],
                more=row.get("more", ""),
                also=tuple(row.get("also", ())),
            )
            for row in section["word"]
        )
        for section in read_toml(FILE)["section"]
    }


def explained() -> list[dict[str, str | list[str]]]:
    """What the page needs: each word with its other forms and its meaning, in plain text without Markdown.

    Examples
    --------
    >>> explained()[0]["word"], explained()[0]["also"]
    ('act', ['acts', 'acted'])
    """
    return [
        {"word": word.word, "also": list(word.also), "means": re.sub(r"[*`]", "", word.means)}
        for words in sections().values()
        for word in words
    ]


def markdown() -> str:
    """The glossary as a page of the manual: a heading for each section, a definition list below."""
    parts = []
    for title, words in sections().items():
        parts.append(f"## {title}\n")
        parts += [f"{word.word}\n:   {f'{word.means} {word.more}'.strip()}\n" for word in words]
    return "\n".join(parts)
