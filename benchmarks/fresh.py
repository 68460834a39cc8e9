"""A fresh process for each measurement, so that none inherits another's memory, caches or compiled code.

``python fresh.py MODULE FUNCTION ARGUMENTS`` calls a function of a module in this folder with arguments given as
JSON and prints what it returns as JSON. The process that asks stays small, because on Linux a new process begins
with the peak memory of the one that started it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

Process = subprocess.Popen[str]


def begin(module: str, function: str, **arguments: Any) -> Process:
    """Start a measurement."""
    command = [sys.executable, __file__, module, function, json.dumps(arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def end(process: Process) -> Any:
    """Wait for a measurement; raises CalledProcessError when it broke."""
    answer, _ = process.communicate()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, process.args)
    return json.loads(answer)


def fresh(module: str, function: str, **arguments: Any) -> Any:
    """What a function of a module in this folder returns when a process of its own calls it."""
    return end(begin(module, function, **arguments))


def main() -> None:
    """Call the function that the command line names, and print what it returns."""
    sys.path.insert(0, str(Path(__file__).parent))
    module, function, arguments = sys.argv[1:]
    answer = getattr(import_module(module), function)(**json.loads(arguments))
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
