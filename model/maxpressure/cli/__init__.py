"""The command line: what a person types, and what the terminal answers.

A file holds a group of commands with their help. It may import every other room, but only inside the functions
that need it, so that `--help` loads nothing that computes. Nothing imports this room but the entry point.

- `main.app`: the program with all its commands; holds `run`, `batch` and `app`
- `options`: the options that commands share, the exit codes, and how a command ends that failed
- `results`: `compare`, `plot`, `report` on a folder of results
- `explain`: `explain`, `twin`
- `sweep`: `sweep morris`, `sobol`, `prim`, `regret`
- `scenarios`: `scenarios` with `show`, `new`, `check`; `case check`
- `calibrate`: `calibrate`, `validate`
"""
