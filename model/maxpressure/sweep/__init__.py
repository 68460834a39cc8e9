"""Sweeps: which inputs move an outcome, where a box of them brings it about, which policy is regretted least."""

from maxpressure.sweep.run import Swept, morris, prim, read_sweep, regret, sobol

__all__ = ["Swept", "morris", "prim", "read_sweep", "regret", "sobol"]
