"""The reference of the command line, from the help that each command prints."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer

from maxpressure.cli.main import app


def commands() -> str:
    """Every command: its help, its arguments and its options."""
    return "\n\n".join(_pages(typer.main.get_command(app), "maxpressure"))


def _pages(command: Any, name: str) -> Iterator[str]:
    """A command and, where it is a family of commands, each of these."""
    yield "\n\n".join([f"{'###' if ' ' in name[12:] else '##'} `{name}`", *_parts(command, name)])
    for inner, child in getattr(command, "commands", {}).items():
        yield from _pages(child, f"{name} {inner}")


def _parts(command: Any, name: str) -> Iterator[str]:
    """What it is for, how it is called, what it takes."""
    context = command.make_context(name, [], resilient_parsing=True)
    usage = " ".join(command.collect_usage_pieces(context))
    yield f"```text\n{name} {usage}\n```"
    yield from _paragraphs(f"{command.help or ''}\n\n{command.epilog or ''}")
    arguments, options = [], []
    for parameter in command.params:
        words = parameter.get_help_record(context)
        if parameter.param_type_name == "argument":
            arguments.append((parameter.metavar or parameter.name.upper(), parameter.help or ""))
        elif words is not None:
            options.append(words)
    yield from _table("argument", arguments)
    yield from _table("option", options)


def _paragraphs(text: str) -> Iterator[str]:
    """The help: what keeps its lines, after a backspace mark, as code where it is a list, all else as prose."""
    for paragraph in text.strip().split("\n\n"):
        kept = paragraph.startswith("\b")
        lines = paragraph.removeprefix("\b").strip("\n").split("\n")
        head, rest = lines[0], lines[1:]
        if kept and rest and rest[0].startswith("  "):
            block = [line for line in rest if line.startswith("  ")]
            after = " ".join(line for line in rest if not line.startswith("  "))
            code = "\n".join(line[2:] for line in block)
            yield f"**{head.rstrip(':')}**\n\n```text\n{code}\n```" + (f"\n\n{after}" if after else "")
        else:
            yield " ".join(line.strip() for line in lines)


def _table(kind: str, records: list[tuple[str, str]]) -> Iterator[str]:
    if records:
        rows = [f"| `{name}` | {_cell(words)} |" for name, words in records]
        yield "\n".join([f"| {kind} | meaning |", "|---|---|", *rows])


def _cell(words: str) -> str:
    return words.replace("|", "\\|").replace("[", "\\[")
