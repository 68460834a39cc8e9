"""How a result is shown and saved: the same five names on every object that the package returns.

=================  ==========================================================================================
``text(width)``    for a terminal, no line wider than ``width`` unless a single column of a table is
``markdown()``     for a page
``_repr_html_()``  for a notebook
``tables``         the numbers, as data frames by name
``save(folder)``   text and tables as files
=================  ==========================================================================================
"""

from __future__ import annotations

import html
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from maxpressure.base.errors import InputError, Wrong
from maxpressure.base.paths import user_path
from maxpressure.base.text import csv_bytes

if TYPE_CHECKING:
    import pandas as pd


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

    def _repr_html_(self) -> str:
        """What a notebook shows."""
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
