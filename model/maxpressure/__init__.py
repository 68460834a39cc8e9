"""Which states break off which ties with an isolated state under a maximum-pressure campaign, when, and why.

The names that a notebook needs. Each is loaded when it is first asked for, so that ``import maxpressure`` and the
command line's help stay quick.

- scenarios and cases: `Scenario`, `shipped_scenarios`, `load_case`, `Case`, `prepare`, `Situation`, `TIES`
- parameters: `load_parameters`, `Parameters`, `load_posterior`
- one world: `World`, `State`, `History`, `recorded_history`
- many worlds: `run`, `load`, `Results`, `compare`, `merge`
- why, and what if: `explain`, `story`, `cascade`, `twin`
- many inputs: `sweep`, `ema_model`
- the fit: `person_weeks`, `hazard_ratios`
- refusals: `InputError`
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from maxpressure.base.hooks import filled_by

if TYPE_CHECKING:
    from maxpressure import sweep
    from maxpressure.api import run
    from maxpressure.base.errors import InputError
    from maxpressure.base.ties import TIES
    from maxpressure.evidence.parameters import Parameters, load_parameters
    from maxpressure.evidence.posterior import load_posterior
    from maxpressure.explanations.cascades import cascade
    from maxpressure.explanations.explain import explain
    from maxpressure.explanations.story import story
    from maxpressure.explanations.twin_run import twin
    from maxpressure.inference.checks.ratios import hazard_ratios
    from maxpressure.inference.person_weeks import person_weeks
    from maxpressure.model.agents import State
    from maxpressure.model.case import Case, Situation, load_case, prepare
    from maxpressure.model.history import History, recorded_history
    from maxpressure.model.world import World, lived_history
    from maxpressure.results.merge import merge
    from maxpressure.results.results import Results, load
    from maxpressure.results.two_folders import compare
    from maxpressure.scenario import Scenario, shipped_scenarios
    from maxpressure.sweep.ema import ema_model

    __version__: str

__all__ = [
    "TIES",
    "Case",
    "History",
    "InputError",
    "Parameters",
    "Results",
    "Scenario",
    "Situation",
    "State",
    "World",
    "__version__",
    "cascade",
    "compare",
    "ema_model",
    "explain",
    "hazard_ratios",
    "lived_history",
    "load",
    "load_case",
    "load_parameters",
    "load_posterior",
    "merge",
    "person_weeks",
    "prepare",
    "recorded_history",
    "run",
    "shipped_scenarios",
    "story",
    "sweep",
    "twin",
]

_MODULES = {
    "explanations.cascades": ("cascade",),
    "base.errors": ("InputError",),
    "explanations.explain": ("explain",),
    "inference.checks.ratios": ("hazard_ratios",),
    "inference.person_weeks": ("person_weeks",),
    "model.history": ("History", "recorded_history"),
    "api": ("run",),
    "results.merge": ("merge",),
    "evidence.parameters": ("Parameters", "load_parameters"),
    "evidence.posterior": ("load_posterior",),
    "results.results": ("Results", "load"),
    "results.two_folders": ("compare",),
    "scenario": ("Scenario", "shipped_scenarios"),
    "model.case": ("Case", "Situation", "load_case", "prepare"),
    "model.agents": ("State",),
    "explanations.story": ("story",),
    "base.ties": ("TIES",),
    "sweep.ema": ("ema_model",),
    "explanations.twin_run": ("twin",),
    "model.world": ("World", "lived_history"),
}

filled_by(lambda: import_module("maxpressure.api"))


def __getattr__(name: str) -> Any:
    """Load a public name from its module, or the module itself where it is public as a whole."""
    if name == "sweep":
        return import_module("maxpressure.sweep")
    if name == "__version__":
        return import_module("maxpressure.base.paths").VERSION
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f"maxpressure.{module}"), name)
    raise AttributeError(f"module 'maxpressure' has no attribute {name!r}")


def __dir__() -> list[str]:
    """The public names, also those that are not loaded yet, so that they can be completed."""
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})
