"""A hook for MkDocs: the pictures of the calibration, which lie beside its page and not below docs."""

from __future__ import annotations

from typing import Final

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from maxpressure.manual.pages import pictures

FIGURES: Final = {"calibration/figures": "explanation/figures"}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add them to the files of the site."""
    for folder, place in FIGURES.items():
        for path in pictures(folder):
            files.append(File.generated(config, f"{place}/{path.name}", abs_src_path=str(path)))
    return files
