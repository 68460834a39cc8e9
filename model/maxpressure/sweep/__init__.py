"""Many inputs moved at once: which matter, where an outcome comes about, which policy has the least regret.

The room holds sweep files, designs of points, their simulation and analysis (Morris, Sobol, PRIM, regret), words and
pictures. In the words of XLRM (Lempert, Popper and Bankes 2003): levers L and uncertainties X are the inputs, the
relationship R is the model's rule, measures M are the outcomes. The room may import everything below it, from
`explanations` and `report` down to `base`, and is used by `app` and `cli` alone.

- `run.morris`, `run.sobol`: rank the inputs
- `run.prim`: find a box of inputs
- `run.regret`: compare policies
- `ema.ema_model`: the ensemble as a model of EMA Workbench, with its evaluator (`ema_classes`)
- `files.read_sweep`: read and check a sweep file
- `swept.Swept`: what each of them returns
"""

from maxpressure.sweep.run import Swept, morris, prim, read_sweep, regret, sobol

__all__ = ["Swept", "morris", "prim", "read_sweep", "regret", "sobol"]
