"""Hooks for MkDocs: pictures from outside the folder of the manual, and links out of it."""

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
    """Add the extension for tables made from the code and for pages of the repository."""
    config.markdown_extensions.append(makeExtension())  # type: ignore[arg-type]  # MkDocs hands it on to Markdown
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pictures of the calibration."""
    for folder, shown in FIGURES.items():
        for path in pictures(folder):
            files.append(File.generated(config, f"{shown}/{path.name}", abs_src_path=str(path)))
    return files


def on_page_markdown(markdown: str, /, *, page: Page, **_others: object) -> str:
    """Change links that leave the folder of the manual; in the repository they work as they are."""
    return led(markdown, f"docs/{page.file.src_uri}", page.file.src_uri)
