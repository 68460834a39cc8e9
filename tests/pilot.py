"""Parameters for tests: they stay as they are when the calibration changes."""

from __future__ import annotations

from pathlib import Path

from maxpressure.evidence.parameters import load_parameters

PILOT = load_parameters(Path(__file__).with_name("pilot.toml"))
