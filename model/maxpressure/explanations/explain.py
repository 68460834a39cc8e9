"""``maxpressure.explain``: a scenario beside the baseline, or one state of it."""

from __future__ import annotations

from pathlib import Path
from typing import overload

from maxpressure.evidence.parameters import ParameterSet
from maxpressure.explanations.explanation import MOST_WORLDS, TWINS, Explanation, explanation_of
from maxpressure.explanations.overview import Overview, overview_of
from maxpressure.explanations.rerun import conditions
from maxpressure.model.case import Case
from maxpressure.results.results import Results


@overload
def explain(
    results: Results | str | Path,
    state: None = None,
    *,
    scenario: str | None = None,
    case: Case | None = None,
    parameters: str | Path | ParameterSet | None = None,
) -> Overview: ...


@overload
def explain(
    results: Results | str | Path,
    state: str,
    *,
    scenario: str | None = None,
    worlds: int = MOST_WORLDS,
    twins: int = TWINS,
    case: Case | None = None,
    parameters: str | Path | ParameterSet | None = None,
    workers: int | None = None,
    progress: bool = False,
) -> Explanation: ...


def explain(
    results: Results | str | Path,
    state: str | None = None,
    *,
    scenario: str | None = None,
    worlds: int = MOST_WORLDS,
    twins: int = TWINS,
    case: Case | None = None,
    parameters: str | Path | ParameterSet | None = None,
    workers: int | None = None,
    progress: bool = False,
) -> Explanation | Overview:
    """Explain a scenario beside the baseline, or one state: its probability of acting, what moves it, what if.

    Parameters
    ----------
    results, case, parameters
        As for :func:`story`.
    scenario
        Which scenario of the folder; by default the last. The first is the baseline, which stands beside it.
    state
        The ISO3 code of a state. Without one the scenario is explained as a whole: which states act more or less often
        than under the baseline, and what acts are due to.
    worlds
        The most worlds in which each subset of mechanisms is simulated.
    twins
        The number of twins, simulated where the scenario can affect an act of the state on record.
    workers
        Worlds side by side; by default one a core. The results do not depend on it.
    progress
        Show progress bars.

    Returns
    -------
    Explanation or Overview
        Of a state: probabilities, attribution, switched-off mechanisms and twins. Of a scenario: the differences from
        the baseline, state by state and cause by cause. Both as tables and in words.

    Raises
    ------
    InputError
        For an unknown state or scenario, and where the folder's worlds cannot be repeated to the last bit.

    References
    ----------
    Shapley, L. S. (1953). A value for n-person games. Contributions to the Theory of Games II, 307-317.

    Examples
    --------
    >>> import maxpressure as mp, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     results = mp.run("max-pressure-2017", worlds=4, out=f"{folder}/results", progress=False)
    ...     found = mp.explain(results, "MEX", worlds=2, twins=0, workers=1)
    ...     whole = mp.explain(results)
    >>> sorted(found.switches.table["mechanism"])[:3]
    ['campaign', 'incidents', 'mandates']
    >>> sorted(found.tables)
    ['attribution', 'switch_off']
    >>> sorted(whole.tables)
    ['causes', 'states']
    """
    given = conditions(results, scenario, case=case, parameters=parameters)
    if state is None:
        return overview_of(given)
    return explanation_of(given, state, worlds=worlds, twins=twins, workers=workers, progress=progress)
