"""The client of a saved page: the files that ``index.html`` leads to, as they stand or within one file.

Modules are followed by their imports. ``server.js`` is replaced by ``files.js``, which has the same names. Within one
file, modules become ``data:`` addresses of an import map; scripts and styles are allowed by their hashes.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

STATIC: Final = "static"
FOLDER: Final = Path(__file__).with_name(STATIC)
ASKED: Final = "server.js"
ANSWERED: Final = "files.js"

IMPORT: Final = re.compile(r"""(\bfrom\s+|\bimport\s+)"\./([\w./-]+\.js)\"""")
STYLE: Final = re.compile(r'<link rel="stylesheet" href="static/([\w./-]+\.css)">\n?')
SCRIPT: Final = re.compile(r'<script defer src="static/([\w./-]+\.js)"></script>\n?')
MODULE: Final = re.compile(r'<script type="module" src="static/([\w./-]+\.js)"></script>\n?')
HEAD: Final = '<meta charset="utf-8">\n'

SHARED: Final = "default-src 'none'; img-src data: blob:; base-uri 'none'; form-action 'none'"
SPREAD: Final = f"{SHARED}; script-src 'self'; style-src 'self'; connect-src 'self'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """The page and the texts of its styles, plain scripts and modules, by their names below ``static/``."""

    page: str
    styles: Mapping[str, str]
    scripts: Mapping[str, str]
    modules: Mapping[str, str]
    entry: str

    @classmethod
    def read(cls, folder: Path = FOLDER) -> Client:
        """The client that a folder's ``index.html`` leads to."""
        page = (folder / "index.html").read_text(encoding="utf-8")
        (entry,) = MODULE.findall(page)
        return cls(
            page=page,
            styles={name: _text(folder, name) for name in STYLE.findall(page)},
            scripts={name: _text(folder, name) for name in SCRIPT.findall(page)},
            modules=dict(_followed(folder, entry)),
            entry=entry,
        )

    def spread(self) -> str:
        """``index.html`` for a web space."""
        return self.page.replace(HEAD, HEAD + _policy(SPREAD), 1)

    def files(self) -> Iterator[tuple[str, bytes]]:
        """The files below ``static/``, with the licences of those that are others'."""
        for name, text in {**self.styles, **self.scripts, **self.modules}.items():
            yield name, text.encode()
        for path in sorted((FOLDER / "vendor").glob("*LICENSE*")):
            yield f"vendor/{path.name}", path.read_bytes()

    def alone(self, answers: Mapping[str, bytes]) -> str:
        """The whole page with its answers in one file."""
        style = "\n".join(self.styles.values())
        scripts = list(self.scripts.values())
        imports = {_bare(name): _data(text) for name, text in self.modules.items()}
        imported = json.dumps({"imports": imports}, separators=(",", ":"))
        start = f'import "{_bare(self.entry)}";'
        allowed = " ".join(_hash(text) for text in (*scripts, imported, start))
        policy = f"{SHARED}; script-src data: {allowed}; style-src {_hash(style)}"
        held = "".join(
            f'<script type="application/octet-stream" id="answer-{name}">{_text64(content)}</script>\n'
            for name, content in answers.items()
        )
        page = STYLE.sub("", SCRIPT.sub("", self.page)).replace(HEAD, HEAD + _policy(policy), 1)
        own = [
            f"<style>{style}</style>\n",
            *(f"<script>{text}</script>\n" for text in scripts),
            f'<script type="importmap">{imported}</script>\n',
            f'<script type="module">{start}</script>\n',
        ]
        return MODULE.sub(lambda _: "".join(own), page).replace("</body>", f"{held}</body>", 1)


def client_digest(folder: Path = FOLDER) -> str:
    """The SHA-256 of the client's files."""
    client = Client.read(folder)
    return hashlib.sha256(repr((client.page, sorted(client.files()))).encode()).hexdigest()


def _followed(folder: Path, entry: str) -> Iterator[tuple[str, str]]:
    """A module and those that it leads to, each once."""
    waiting, known = [entry], {entry}
    while waiting:
        name = waiting.pop()
        text = _text(folder, ANSWERED if name == ASKED else name)
        yield name, text
        for _, found in IMPORT.findall(text):
            if found not in known:
                known.add(found)
                waiting.append(found)


def _text(folder: Path, name: str) -> str:
    return (folder / name).read_text(encoding="utf-8")


def _bare(name: str) -> str:
    """The name of a module in an import map: a ``data:`` address has no folder that ``./`` could mean."""
    return f"{STATIC}/{name}"


def _data(text: str) -> str:
    bare = IMPORT.sub(lambda found: f'{found[1]}"{_bare(found[2])}"', text)
    return f"data:text/javascript;base64,{_text64(bare.encode())}"


def _text64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _hash(text: str) -> str:
    return f"'sha256-{_text64(hashlib.sha256(text.encode()).digest())}'"


def _policy(policy: str) -> str:
    return f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
