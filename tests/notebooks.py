"""Notebooks executed by a kernel of this interpreter."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from batches import environment


def executed(notebook: Any, folder: Path, monkeypatch: pytest.MonkeyPatch, timeout: int = 120) -> list[Any]:
    """The cells of a notebook, run in the folder."""
    nbclient = pytest.importorskip("nbclient")
    kernels = pytest.importorskip("jupyter_client.kernelspec")
    pytest.importorskip("ipykernel")
    from ipykernel.kernelspec import install

    for name in ("JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "JUPYTER_CONFIG_DIR"):
        monkeypatch.setenv(name, str(folder / name.lower()))
    for name, text in environment().items():
        monkeypatch.setenv(name, text)
    install(prefix=str(folder / "prefix"), kernel_name="here")
    monkeypatch.setenv("JUPYTER_PATH", str(folder / "prefix" / "share" / "jupyter"))
    assert "here" in kernels.KernelSpecManager().find_kernel_specs()
    client = nbclient.NotebookClient(
        notebook, timeout=timeout, kernel_name="here", resources={"metadata": {"path": str(folder)}}
    )
    return list(client.execute().cells)


def said(cell: Any, stream: str = "stdout") -> str:
    """What a cell printed."""
    return "".join(output["text"] for output in cell["outputs"] if output.get("name") == stream)
