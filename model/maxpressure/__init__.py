"""Who breaks off which tie with an isolated state under a maximum-pressure campaign, when, and why.

The contents page: what a notebook needs. Each name is loaded when it is first asked for, so that
``import maxpressure`` and the command line's help stay quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from maxpressure import sweep
    from maxpressure.cascades import cascade
    from maxpressure.errors import InputError
    from maxpressure.explanation import explain
    from maxpressure.history import History, lived_history, recorded_history
    from maxpressure.job import run
    from maxpressure.merging import merge
    from maxpressure.parameters import Parameters, load_parameters
    from maxpressure.posterior import load_posterior
    from maxpressure.results import Results, compare, load
    from maxpressure.scenario import Scenario, shipped_scenarios
    from maxpressure.situation import Case, Situation, load_case, prepare
    from maxpressure.states import State
    from maxpressure.stories import story
    from maxpressure.ties import TIES
    from maxpressure.twin_job import twin
    from maxpressure.world import World

__version__ = "0.1.0"

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
    "explain",
    "lived_history",
    "load",
    "load_case",
    "load_parameters",
    "load_posterior",
    "merge",
    "prepare",
    "recorded_history",
    "run",
    "shipped_scenarios",
    "story",
    "sweep",
    "twin",
]

_MODULES = {
    "cascades": ("cascade",),
    "errors": ("InputError",),
    "explanation": ("explain",),
    "history": ("History", "lived_history", "recorded_history"),
    "job": ("run",),
    "merging": ("merge",),
    "parameters": ("Parameters", "load_parameters"),
    "posterior": ("load_posterior",),
    "results": ("Results", "compare", "load"),
    "scenario": ("Scenario", "shipped_scenarios"),
    "situation": ("Case", "Situation", "load_case", "prepare"),
    "states": ("State",),
    "stories": ("story",),
    "ties": ("TIES",),
    "twin_job": ("twin",),
    "world": ("World",),
}


def __getattr__(name: str) -> Any:
    """Load a public name from its module, or the module itself where it is public as a whole."""
    if name == "sweep":
        return import_module("maxpressure.sweep")
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f"maxpressure.{module}"), name)
    raise AttributeError(f"module 'maxpressure' has no attribute {name!r}")
