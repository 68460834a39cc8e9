"""The Python reference: every public name under a theme; mkdocstrings fills each block from the docstring."""

from __future__ import annotations

from typing import Final

import maxpressure

THEMES: Final[dict[str, tuple[str, ...]]] = {
    "Run and read": ("run", "load", "Results", "compare", "merge"),
    "Explain": ("explain", "story", "cascade", "twin"),
    "Sweep": ("sweep", "ema_model"),
    "Scenarios": ("shipped_scenarios", "Scenario"),
    "Cases, worlds and states": ("load_case", "Case", "prepare", "Situation", "World", "State", "TIES"),
    "Parameters": ("load_parameters", "Parameters", "load_posterior"),
    "The fit": ("person_weeks", "hazard_ratios"),
    "Histories": ("History", "recorded_history", "lived_history"),
    "Errors": ("InputError",),
}
"""A public name without a theme is listed at the end."""


def python() -> str:
    """The headings with their names."""
    public = [name for name in maxpressure.__all__ if name != "__version__"]
    themed = {name for names in THEMES.values() for name in names}
    themes = THEMES | {"More": tuple(name for name in public if name not in themed)}
    parts = []
    for theme, names in themes.items():
        there = [f"::: maxpressure.{name}" for name in names if name in public]
        if there:
            parts += [f"## {theme}", *there]
    return "\n\n".join(parts)
