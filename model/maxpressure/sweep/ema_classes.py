"""The model and the evaluator that EMA Workbench is given; imported where the extra `explore` is installed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np
from ema_workbench import Model
from ema_workbench.em_framework.evaluators import SequentialEvaluator
from scipy import stats

from maxpressure.base.numerics import Floats
from maxpressure.sweep.files import Input

Key = tuple[tuple[str, Any], ...]
"""A design: every input and constant with its value, in the order of their names."""

Simulate = Callable[[Sequence[Mapping[str, Any]], int | None], Sequence[Mapping[str, Any]]]
"""The outputs of many designs, by the variables of the outcomes; with the number of threads."""


class EnsembleModel(Model):  # type: ignore[misc]  # the workbench has no types
    """The ensemble as a model of EMA Workbench. A design that was simulated once is not simulated again.

    Parameters
    ----------
    name : str
        The model's name, letters and digits.
    simulate : callable
        Gives the outputs of many designs in one call.
    """

    def __init__(self, name: str, simulate: Simulate) -> None:
        super().__init__(name, function=self._output)
        self._simulate = simulate
        self._known: dict[Key, Mapping[str, Any]] = {}
        self._asked: dict[Key, Mapping[str, Any]] | None = None

    def evaluator(self, workers: int | None = None) -> BatchEvaluator:
        """An evaluator that simulates all designs of a call together, on so many threads (by default one a core).

        Examples
        --------
        >>> import maxpressure as mp
        >>> model = mp.ema_model(worlds=2)
        >>> with model.evaluator() as evaluator:
        ...     experiments, outcomes = evaluator.perform_experiments(scenarios=3, policies=2)
        >>> len(experiments), outcomes["acts"].shape
        (6, (6,))
        """
        return BatchEvaluator(self, workers)

    def _output(self, **design: Any) -> Mapping[str, Any]:
        """The output of one design; while designs are collected, zeros."""
        key = tuple(sorted(design.items()))
        if key not in self._known:
            if self._asked is not None:
                self._asked[key] = design
                return dict.fromkeys(self.output_variables, 0.0)
            self._known[key] = self._simulate([design], 1)[0]
        return self._known[key]

    @contextmanager
    def collecting(self, workers: int | None) -> Iterator[None]:
        """Note the designs that are asked for, and simulate them together at the end."""
        self._asked, self.policy = {}, None
        try:
            yield
            asked = self._asked
        finally:
            self._asked, self.policy = None, None
        if asked:
            self._known.update(zip(asked, self._simulate(list(asked.values()), workers), strict=True))


class BatchEvaluator(SequentialEvaluator):  # type: ignore[misc]
    """Simulates all designs of a call together.

    The workbench goes through the experiments twice: first the models note their designs, which are then simulated in
    one call, then the outputs are handed out. Samplers, constraints and callbacks stay the workbench's own.
    """

    def __init__(self, models: EnsembleModel | Sequence[EnsembleModel], workers: int | None = None) -> None:
        super().__init__(models)
        self.workers = workers

    def evaluate_experiments(
        self, scenarios: Iterable[Any], policies: Iterable[Any], callback: Any, combine: str = "factorial"
    ) -> None:
        """See ``BaseEvaluator.evaluate_experiments``."""
        scenarios, policies = list(scenarios), list(policies)
        with ExitStack() as models:
            for model in self._msis:
                models.enter_context(model.collecting(self.workers))
            super().evaluate_experiments(scenarios, policies, _ignore, combine=combine)
        super().evaluate_experiments(scenarios, policies, callback, combine=combine)


def _ignore(_experiment: Any, _outcomes: Any) -> None:
    """A callback that keeps nothing."""


class BetweenQuantiles(stats.rv_continuous):  # type: ignore[misc]
    """A parameter's posterior between two of its quantiles, as a sweep moves it."""

    def __init__(self, one: Input, **given: Any) -> None:
        self.one = one
        super().__init__(**{**given, "name": one.name, "a": one.value(0.0), "b": one.value(1.0)})

    def _updated_ctor_param(self) -> dict[str, Any]:
        """What SciPy makes a frozen distribution from."""
        return {**super()._updated_ctor_param(), "one": self.one}

    def _ppf(self, shares: Floats) -> Floats:
        return np.array([self.one.value(float(share)) for share in np.ravel(shares)]).reshape(
            np.shape(shares)
        )
