"""What was measured, as Markdown tables, and the README between whose markers they are written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import floor, log10
from pathlib import Path
from typing import Any

SECTIONS = (
    "machine", "aims", "engines", "growth", "sizes", "writing", "states", "limit", "breakdown",
)  # fmt: skip

MIDDLE, MILLION = 10**4, 10**6
"""Bytes a row, and how memory grows, are counted from the middle size up."""
MICRO = 1e6

Results = Mapping[str, Any]
Table = Sequence[Sequence[str]]


def put(readme: Path, sections: Mapping[str, str]) -> None:
    """Write each section between its markers, <!-- NAME --> and <!-- /NAME -->; the rest stays as it is."""
    text = readme.read_text(encoding="utf-8")
    for name, body in sections.items():
        opening, closing = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        before, opened, rest = text.partition(opening)
        _, closed, after = rest.partition(closing)
        if not (opened and closed):
            raise ValueError(f"{readme.name} has no markers for {name}")
        text = f"{before}{opening}{body}\n{closing}{after}"
    readme.write_text(text, encoding="utf-8")


def figure(number: float) -> str:
    """A number to three digits that count, thousands parted by commas."""
    if number == 0:
        return "0"
    places = max(0, 2 - floor(log10(abs(number))))
    return f"{number:,.{places}f}"


def micro(seconds: float) -> str:
    """Seconds as microseconds."""
    return figure(MICRO * seconds)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table: the first column to the left, numbers to the right."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def of_machine(found: Results) -> str:
    """The machine, and how busy it was."""
    load = found["load"]
    busy = "" if load is None else f" Before the start {load:.1f} processes wanted a core."
    return f"{found['described']}.{busy} Measured by `{found['command']}`."


def of_engines(found: Results) -> str:
    """World against the ensemble."""
    one, two, world = found["engines"], found["World, two processes"], found["engines"]["World"]
    rows = [
        ("World", world, two),
        ("ensemble", one["ensemble"], one["ensemble, two threads"]),
        (
            "ensemble, no attributions kept",
            one["ensemble without attributions"],
            one["ensemble without attributions, two threads"],
        ),
    ]
    return table(
        ("", "one core, µs a world", "times World", "two cores, µs a world", "times World on two"),
        [
            (name, micro(single), figure(world / single), micro(both), figure(two / both))
            for name, single, both in rows
        ],
    )


def of_growth(found: Results) -> str:
    """Batches of growing size."""
    return table(
        ("worlds", "seconds", "worlds a second", "peak memory, MiB"),
        [
            (f"{worlds:,}", figure(one["seconds"]), figure(worlds / one["seconds"]), _mib(one["peak"]))
            for worlds, one in found["growth"].items()
        ],
    )


def _mib(peak: float | None) -> str:
    return "not counted here" if peak is None else figure(peak)


def of_sizes(found: Results) -> str:
    """Bytes a row, in batches from the middle size up, or in the largest of a small run."""
    shown = {worlds: one for worlds, one in found["growth"].items() if worlds >= MIDDLE} or found["growth"]
    rows = [
        (f"{worlds:,}", kind, f"{count:,}", figure(length / count), figure(length / 2**20))
        for worlds, one in shown.items()
        for kind, (count, length) in sorted(one["sizes"].items())
    ]
    return table(("worlds", "table", "rows", "bytes a row", "MiB"), rows)


def of_writing(found: Results) -> str:
    """Computing, and each step up to the disk on top of it."""
    first, later = found["writing"]["first worlds"], found["writing"]["later worlds"]
    rows = [
        (step, micro(later[step]), figure(later[step] / later["computed"]), micro(first[step]),
         figure(first[step] / first["computed"]))
        for step in later
    ]  # fmt: skip
    head = (
        "up to and with",
        "later worlds, µs each",
        "of computing",
        "first worlds, µs each",
        "of computing",
    )
    return table(head, rows)


def of_states(found: Results) -> str:
    """What more states cost."""
    states = found["states"]
    least = next(iter(states.values()))["seconds"] / int(next(iter(states)))
    return table(
        ("states", "live ties", "who watches whom", "levels moved a world", "µs a world", "cost a state, relative"),
        [
            (f"{int(n):,}", f"{one['ties']:,}", f"{one['peers']:,}", figure(one["changes"]),
             micro(one["seconds"]), f"{one['seconds'] / int(n) / least:.2f}")
            for n, one in states.items()
        ],
    )  # fmt: skip


def of_limit(found: Results) -> str:
    """The ensemble, what it is measured against, and the hazards alone."""
    limit = found["limit"]
    whole = limit["the whole ensemble"]
    lines = table(
        ("", "µs a world", "times the ensemble's"),
        [(name, micro(time), figure(time / whole)) for name, time in limit.items()],
    )
    if "C, libm" not in limit:
        lines += (
            "\n\nNo C compiler that knows `-O3 -march=native` was found, so the C programs were left out."
        )
    return lines


def of_breakdown(found: Results) -> str:
    """What the ensemble's time goes on, by leaving things out."""
    part, whole = found["breakdown"], found["breakdown"]["as it is"]
    alone = found["limit"]["the rule's own functions, compiled by Numba"]
    quiet, setting_up = part["nobody acts"], part["nobody acts, one week"]
    rows = [
        ("setting up a world: random numbers, levels, its row", setting_up),
        ("the hazards' arithmetic", alone),
        (
            "weeks without acts, the rest: comparing, adding, writing",
            quiet - setting_up - alone,
        ),
        ("acts and routes that thin", part["without restoration"] - quiet),
        ("ties that may return", whole - part["without restoration"]),
        ("**in all**", whole),
        ("besides: attributions of acts, where they are kept", part["with attributions"] - whole),
        (
            "besides: the table of a parameter draw, where each world has its own",
            part["a draw for each world"] - whole,
        ),
        ("besides: laying out a chunk, shared by its worlds", part["laying out the chunk"]),
    ]
    return table(
        ("", "µs a world", "of all"),
        [(name, micro(time), f"{100 * time / whole:.0f} %") for name, time in rows],
    )


def of_aims(found: Results) -> str:
    """The figures beside what was wanted of them."""
    sizes = list(found["growth"])
    largest, most = found["growth"][sizes[-1]], sizes[-1]
    limit = found["limit"]
    whole = limit["the whole ensemble"]
    written_in = MILLION * largest["seconds"] / most
    written = "" if most >= MILLION else f", at the rate of {most:,}"
    rows = [
        ("World over the ensemble, one core", _times(limit["World"], whole), "≥ 1,000"),
        ("NumPy over the ensemble", _times(limit["NumPy, 500 worlds at a time"], whole), "≥ 6"),
        ("NumPy without contagion over the ensemble", _times(limit["NumPy, contagion left out"], whole), ""),
        ("ensemble over C, libm", _times(whole, limit.get("C, libm")), "≤ 1.0"),
        ("ensemble over C, `-ffast-math`", _times(whole, limit.get("C, libm, -ffast-math")), "≤ 3"),
        (
            "a posterior draw for each world over the mode",
            _times(limit["the whole ensemble, a posterior draw for each world"], whole),
            "≤ 1.15",
        ),
        (f"a million worlds written, two cores{written}", f"{figure(written_in)} s", "≤ 75"),
        ("peak memory", f"{_mib(largest['peak'])} MiB", "< 500"),
        (f"peak memory, {most:,} worlds over {_middle(sizes):,}", _over(found, sizes), "≤ 1.10"),
        ("cost a state, 5,000 states over 200", _states(found), "≤ 1.3"),
        ("`worlds`, bytes a row", _row_bytes(largest, "worlds"), "< 80"),
        ("`acts` without attributions, bytes a row", _row_bytes(largest, "acts without attributions"), "< 5"),
    ]
    return table(("", "measured", "wanted"), rows)


def _states(found: Results) -> str:
    """What a state costs among the most states over what it costs among the fewest."""
    costs = [one["seconds"] / int(number) for number, one in found["states"].items()]
    return f"{figure(costs[-1] / costs[0])} times"


def _times(whole: float, part: float | None) -> str:
    return "not measured" if part is None else f"{figure(whole / part)} times"


def _middle(sizes: Sequence[int]) -> int:
    return MIDDLE if MIDDLE in sizes else sizes[0]


def _over(found: Results, sizes: Sequence[int]) -> str:
    low, high = found["growth"][_middle(sizes)]["peak"], found["growth"][sizes[-1]]["peak"]
    return "not counted here" if low is None or high is None else f"{high / low:.2f}"


def _row_bytes(one: Results, kind: str) -> str:
    rows, length = one["sizes"].get(kind, (0, 0))
    return figure(length / rows) if rows else "not measured"
