"""The scenarios of one result folder compared with a scenario of another: ``maxpressure.compare``."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from maxpressure.results.compare import compared
from maxpressure.results.own import Outcome
from maxpressure.results.results import Results, load


def compare(
    results: Results | str | Path,
    baseline: Results | str | Path,
    *outcomes: Outcome,
    against: str | None = None,
    split: bool = False,
    kind: str = "act",
    fill: float = 0,
    precision: float | None = None,
) -> pd.DataFrame:
    """The scenarios of one folder against a scenario of another, world by world (common random numbers).

    Parameters
    ----------
    results, baseline : Results, str or Path
        Two folders with the same case, seed, posterior draws, evidence, assumptions and program. The worlds that both
        have are compared. If they were run with two classes of states, the rules are compared: every scenario of
        ``results``, also the one of the same name, and the names in the table have their rule.
    *outcomes, against, split, kind, fill, precision
        As for :meth:`Results.compare`; ``against`` is by default the first scenario of ``baseline``. An outcome of
        your own is a function, which is evaluated in both folders.

    Returns
    -------
    DataFrame
        As :meth:`Results.compare` returns.

    Raises
    ------
    InputError
        Where the folders cannot be paired, or have one name for two scenarios.

    Examples
    --------
    >>> import tempfile
    >>> import maxpressure as mp
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     calm = mp.run("no-campaign", worlds=3, out=f"{folder}/calm", progress=False)
    ...     record = mp.run("max-pressure-2017", worlds=4, out=f"{folder}/record", progress=False)
    ...     mp.compare(calm, record)["worlds"].tolist()
    [3, 3, 3, 3]
    """
    return compared(
        load(results).files,
        load(baseline).files,
        outcomes,
        against=against,
        apart=split,
        kind=kind,
        fill=fill,
        precision=precision,
    )
