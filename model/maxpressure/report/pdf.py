"""A page of HTML as a PDF: by WeasyPrint where it is installed, else by a browser of the Chromium family."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Final

NAMES: Final = (
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge",
    "microsoft-edge-stable", "msedge", "brave-browser",
)  # fmt: skip
MAC: Final = ("Google Chrome", "Chromium", "Microsoft Edge", "Brave Browser")
WINDOWS: Final = (r"Google\Chrome\Application\chrome.exe", r"Microsoft\Edge\Application\msedge.exe")
WINDOWS_FOLDERS: Final = ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")

FLAGS: Final = (
    "--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--no-default-browser-check",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-extensions", "--disable-default-apps", "--no-pdf-header-footer",
)  # fmt: skip
SECONDS: Final = 120
"""How long a browser may take."""

WAYS: Final = (
    "install WeasyPrint (pip install 'maxpressure[report]'), or a browser: Chromium, Chrome, Edge or Brave"
)


class NoPdfError(RuntimeError):
    """There is nothing that makes a PDF, or what there is failed; its text says what to do."""


def write_pdf(page: str, path: Path) -> str:
    """Write the page as a PDF; returns what made it. Raises NoPdfError; nothing is written then."""
    weasyprint = _weasyprint()
    if weasyprint is not None:
        only_its_own = weasyprint.urls.URLFetcher(allowed_protocols=("data",))
        weasyprint.HTML(string=page, url_fetcher=only_its_own).write_pdf(path)
        return "WeasyPrint"
    browser = find_browser()
    if browser is None:
        raise NoPdfError(f"Nothing here makes a PDF: {WAYS}")
    _print(browser, page, path)
    return browser.name


def find_browser() -> Path | None:
    """A browser of the Chromium family on the path, or where such browsers usually are."""
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return Path(found)
    usual = [Path("/Applications", f"{name}.app", "Contents", "MacOS", name) for name in MAC]
    usual += [
        Path(os.environ[folder], name)
        for folder in WINDOWS_FOLDERS
        if folder in os.environ
        for name in WINDOWS
    ]
    return next((path for path in usual if path.is_file()), None)


def _weasyprint() -> Any:
    """WeasyPrint, or None where it is not there, is too old, or lacks the libraries that it needs."""
    try:
        import weasyprint.urls  # noqa: PLC0415 an extra, loaded when it is asked for
    except (ImportError, OSError):
        return None
    return weasyprint if hasattr(weasyprint.urls, "URLFetcher") else None


def _print(browser: Path, page: str, path: Path) -> None:
    """Let a browser print the page, with a profile of its own that is thrown away."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        source = Path(profile, "report.html")
        source.write_text(page, encoding="utf-8")
        command = [str(browser), *FLAGS, f"--user-data-dir={Path(profile, 'profile')}"]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.append("--no-sandbox")  # Chromium refuses to start as root without it
        command += [f"--print-to-pdf={path.absolute()}", source.as_uri()]
        try:
            done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)
        except subprocess.TimeoutExpired:
            path.unlink(missing_ok=True)
            raise NoPdfError(f"{browser.name} took more than {SECONDS} s for the PDF: {WAYS}") from None
    if done.returncode or not path.is_file() or not path.read_bytes().startswith(b"%PDF"):
        path.unlink(missing_ok=True)
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["no word of why"]
        raise NoPdfError(f"{browser.name} made no PDF ({last[0]}): {WAYS}")
