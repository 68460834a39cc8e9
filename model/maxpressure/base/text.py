"""Tables written in Markdown, for pages that people read."""

from __future__ import annotations

import numpy as np
import pandas as pd


def markdown(table: pd.DataFrame, places: int = 2) -> str:
    """A table in Markdown; numbers to so many places and to the right, blanks where there is none."""

    def cell(value: object) -> str:
        if isinstance(value, bool | np.bool_):
            return "yes" if value else "no"
        if isinstance(value, float | np.floating):
            return "" if np.isnan(value) else f"{value:,.{places}f}"
        return str(value).replace("|", "\\|")

    head = [str(name).replace("_", " ") for name in table.columns]
    numeric = [
        pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_bool_dtype(kind) for kind in table.dtypes
    ]
    sides = ["---:" if number else "---" for number in numeric]
    rows = [[cell(value) for value in row] for row in table.itertuples(index=False)]
    lines = [f"| {' | '.join(row)} |" for row in (head, *rows)]
    return "\n".join([lines[0], f"|{'|'.join(sides)}|", *lines[1:]]) + "\n"
