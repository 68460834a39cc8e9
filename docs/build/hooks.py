"""Hooks for MkDocs: what lies beside the folder of the manual, its pictures and the goals of its links."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

sys.path.insert(0, str(Path(__file__).parent))

from manual.pages import led, makeExtension, pictures

FIGURES: Final = {"calibration/figures": "explanation/figures"}


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Let pages have tables made from the code, and pages that lie elsewhere in the repository."""
    config.markdown_extensions.append(makeExtension())  # type: ignore[arg-type]  # MkDocs hands it on to Markdown
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pictures of the calibration, which lie beside its page."""
    for folder, place in FIGURES.items():
        for path in pictures(folder):
            files.append(File.generated(config, f"{place}/{path.name}", abs_src_path=str(path)))
    return files


def on_page_markdown(markdown: str, /, *, page: Page, **_others: object) -> str:
    """Lead links that leave the folder of the manual, as they may to be of use in the repository as well."""
    return led(markdown, f"docs/{page.file.src_uri}", page.file.src_uri)
