"""How a result is shown and saved: the same five names on every object that the package returns.

=================  ==========================================================================================
``text(width)``    for a terminal, no line wider than ``width`` unless a single column of a table is
``markdown()``     for a page
``_repr_html_()``  for a notebook: the ``sheet()`` of an object that has one, else its text
``tables``         the numbers, as data frames by name
``save(folder)``   text and tables as files
=================  ==========================================================================================

A :class:`Sheet` is the form in which a notebook shows any object, also one that is no result, such as a scenario or a
world. It is the only place that writes HTML for notebooks, and escapes whatever it is given.
"""

from __future__ import annotations

import html
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from maxpressure.base.errors import InputError, Wrong
from maxpressure.base.paths import user_path
from maxpressure.base.text import csv_bytes, visible

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What a notebook shows of an object: a title, facts, one table and notes, all as plain text.

    The first ``words`` columns of the table hold words, the others numbers.

    Examples
    --------
    >>> Sheet(title="a < b", facts=[("worlds", "4")], notes=["Next: .describe()"]).html()
    '<div><strong>a &lt; b</strong><div>worlds: 4</div><div>Next: .describe()</div></div>'
    """

    title: str
    facts: Sequence[tuple[str, str]] = ()
    head: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    notes: Sequence[str] = ()
    words: int = 1

    def html(self) -> str:
        """The sheet as HTML, with every letter that would be markup escaped."""
        lines = [f"<strong>{_escaped(self.title)}</strong>"]
        lines += [f"<div>{_escaped(f'{name}: {value}')}</div>" for name, value in self.facts]
        if self.rows:
            head = "".join(self._cell("th", index, text) for index, text in enumerate(self.head))
            rows = [
                "".join(self._cell("td", index, text) for index, text in enumerate(row)) for row in self.rows
            ]
            body = "".join(f"<tr>{row}</tr>" for row in rows)
            lines.append(f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")
        lines += [f"<div>{_escaped(note)}</div>" for note in self.notes]
        return f"<div>{''.join(lines)}</div>"

    def _cell(self, tag: str, index: int, text: str) -> str:
        side = "left" if index < self.words else "right"
        return f'<{tag} style="text-align: {side}">{_escaped(text)}</{tag}>'


def _escaped(text: str) -> str:
    return html.escape(visible(str(text)))


class Shown(ABC):
    """A result that can be read in a terminal, in a notebook and on a page, and saved.

    A subclass gives ``text`` and ``tables``; the rest follows from them. It overrides ``markdown`` where a page has
    more form than a terminal, and ``save`` where it leaves more files, such as a picture.

    Examples
    --------
    >>> import pandas as pd
    >>> class Counted(Shown):
    ...     def text(self, width=100):
    ...         return "Two states acted."
    ...
    ...     @property
    ...     def tables(self):
    ...         return {"acts": pd.DataFrame({"state": ["AAA", "BBB"], "acts": [1, 3]})}
    >>> print(Counted().text())
    Two states acted.
    >>> Counted()._repr_html_()
    '<pre style="white-space: pre-wrap">Two states acted.</pre>'
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     sorted(path.name for path in Counted().save(folder).iterdir())
    ['acts.csv', 'result.md']
    """

    __slots__ = ()

    PAGE: ClassVar[str] = "result.md"
    """The file in which ``save`` leaves the page."""

    @abstractmethod
    def text(self, width: int = 100) -> str:
        """What a terminal shows, no line wider than ``width`` unless a single column of a table is."""

    @property
    @abstractmethod
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """The numbers behind the text, by the name under which ``save`` writes them."""

    def markdown(self) -> str:
        """What a page shows: the text, line by line as in a terminal."""
        text = self.text()
        fence = "`" * (3 + text.count("`"))
        return f"{fence}text\n{text}\n{fence}\n"

    def sheet(self) -> Sheet | None:
        """What a notebook shows, where it has more form than the text."""
        return None

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        sheet = self.sheet()
        if sheet is not None:
            return sheet.html()
        return f'<pre style="white-space: pre-wrap">{html.escape(self.text())}</pre>'

    def save(self, folder: str | Path, *, force: bool = False) -> Path:
        """Write the page and every table as CSV into a folder, and return its path.

        Parameters
        ----------
        folder : str or Path
            Created where it does not exist.
        force : bool, optional
            Write into a folder that holds files already. Files of the same names are replaced, others kept.

        Raises
        ------
        InputError
            Where the folder holds files and ``force`` is False.
        """
        path = user_path(folder, file="save", key="folder")
        if path.exists() and not (path.is_dir() and (force or not any(path.iterdir()))):
            given = Wrong("is a folder that holds files" if path.is_dir() else "is a file")
            raise InputError(
                file=path, key="folder", given=given, allowed="a new or empty folder, or force=True"
            )
        path.mkdir(parents=True, exist_ok=True)
        (path / self.PAGE).write_text(self.markdown(), encoding="utf-8", newline="\n")
        for name, table in self.tables.items():
            (path / f"{name}.csv").write_bytes(csv_bytes(table))
        return path
