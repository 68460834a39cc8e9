"""What was measured of the classroom page, put into few figures and into tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import Any

from report import figure, table

Found = Mapping[str, Any]
Summed = Callable[[Sequence[float]], float]

PICTURE_P50, PICTURE_P95, FULL, TWINS = 1.5, 4.0, 10.0, 1.0
"""The goals in seconds: to a picture, to that of all worlds, to the answer of a course's twin question."""


def summary(lesson: Found) -> dict[str, Any]:
    """One lesson in figures; of the moves themselves only the figures at the end are kept, to compare the pages."""
    moves = lesson["moves"]
    return {
        "moves": len(moves),
        "failures": len(lesson["opened_faults"]) + sum(bool(move["fault"]) for move in moves),
        "faults": sorted({move["fault"] for move in moves if move["fault"]} | set(lesson["opened_faults"])),
        "mixed_up": sum(bool(move["wrong"]) for move in moves),
        "wrong": sorted({move["wrong"] for move in moves if move["wrong"]})[:5],
        "picture": spread([move["picture"] for move in moves if move["picture"]]),
        "full": spread([move["full"] for move in moves if move["full"]]),
        "previewed": sum(bool(m["full"] and m["picture"] < m["full"]) for m in moves),
        "opened": spread(lesson["opened"]),
        "server_cpu": lesson["server_cpu"],
        "students_cpu": lesson["cpu"],
        "other_cores": lesson["other_cores"],
        "took": lesson["took"],
        "load": lesson["load"],
        "memory": lesson["memory"],
        "prepared": lesson["prepared"],
        "opened_received": lesson["opened_received"] / max(1, len(lesson["opened"])),
        "received": sum(move["received"] for move in moves) / max(1, len(moves)),
        "ends": {_name(move["setting"]): move["ends"] for move in moves if move["ends"]},
    }


def _name(setting: Mapping[str, str]) -> str:
    return " ".join(f"{key}={value}" for key, value in sorted(setting.items()))


def spread(seconds: Sequence[float]) -> dict[str, float]:
    """Median, 95th percentile and maximum."""
    if not seconds:
        return {}
    ordered = sorted(seconds)
    return {
        "p50": median(ordered),
        "p95": ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))],
        "max": ordered[-1],
    }


def sections(found: Found) -> dict[str, str]:
    """The tables by their markers; of parts that were measured."""
    writers = {"students": of_students, "twins": of_twins, "browser": of_browser}
    return {f"page {part}": write(found[part]) for part, write in writers.items() if part in found}


def of_students(part: Found) -> str:
    """Thirty students on each page."""
    lessons = {kind: lessons for kind, lessons in part["lessons"].items() if lessons}
    how = part["how"]
    could = int(how["students"] * how["seconds"] / how["every"])
    rows = [
        _row(f"moves made, of {could} a lesson", lessons, "moves", of=sum, goal=""),
        _row("failures", lessons, "failures", of=sum, goal="0"),
        _row("answers of another setting", lessons, "mixed_up", of=sum, goal="0"),
        _row("s to a picture, median", lessons, "picture", "p50", goal=f"< {PICTURE_P50:g}"),
        _row("s to a picture, 95 %", lessons, "picture", "p95", goal=f"< {PICTURE_P95:g}"),
        _row("s to a picture, longest", lessons, "picture", "max", goal=""),
        _row("s to all worlds, median", lessons, "full", "p50", goal=""),
        _row("s to all worlds, 95 %", lessons, "full", "p95", goal=""),
        _row("s to all worlds, longest", lessons, "full", "max", goal=f"≤ {FULL:g}"),
        _row("previews seen before all worlds", lessons, "previewed", of=sum, goal=""),
        _row("all open it at once: s to the first picture, median", lessons, "opened", "p50", goal=""),
        _row("the same, longest", lessons, "opened", "max", goal=""),
        _row("CPU s of the server", lessons, "server_cpu", goal=""),
        _per_move("CPU s of the server, a move", lessons),
        _row("CPU s of the students", lessons, "students_cpu", goal=""),
        _row("cores that other work used meanwhile", lessons, "other_cores", goal=""),
        _row("MiB before they come", lessons, "memory", "before", goal=""),
        _row("MiB at the peak", lessons, "memory", "peak", goal=""),
        _row("MiB after they have left", lessons, "memory", "after", goal="as before"),
        _row("kB received, a move", lessons, "received", scale=1e-3, goal=""),
        _row("kB received to open it, without scripts", lessons, "opened_received", scale=1e-3, goal=""),
    ]
    head = (
        "",
        *(_of_page(kind) for kind in lessons),
        *(["new over old"] if len(lessons) > 1 else []),
        "goal",
    )
    return f"{about(part)}\n\n{table(head, rows)}\n\n{same_figures(part)}"


def _of_page(kind: str) -> str:
    return {"old": "Solara page", "new": "this page"}[kind]


def _row(
    name: str, lessons: Found, *keys: str, scale: float = 1.0, of: Summed = median, goal: str
) -> tuple[str, ...]:
    values = {kind: _over(each, keys, of) for kind, each in lessons.items()}
    shown = [_written(value, scale) for value in values.values()]
    return (name, *shown, *_ratio(values), goal)


def _per_move(name: str, lessons: Found) -> tuple[str, ...]:
    values = {
        kind: median(one["server_cpu"] / max(1, one["moves"]) for one in each)
        for kind, each in lessons.items()
    }
    return (name, *(_written(value, 1.0) for value in values.values()), *_ratio(values), "")


def _over(each: Sequence[Found], keys: Sequence[str], of: Summed) -> float | None:
    """The median or the sum over lessons."""
    found = []
    for one in each:
        value: Any = one
        for key in keys:
            value = value.get(key) if value else None
        if value is not None:
            found.append(float(value))
    return of(found) if found else None


def _written(value: float | None, scale: float) -> str:
    if value is None:
        return "—"
    return f"{value:,.0f}" if float(value).is_integer() and scale == 1.0 else figure(value * scale)


def _ratio(values: Mapping[str, float | None]) -> list[str]:
    if set(values) != {"old", "new"}:
        return []
    old, new = values["old"], values["new"]
    return [figure(new / old) if old and new is not None else "—"]


def about(part: Found) -> str:
    """When, of which commits and under what load."""
    commits = part["commits"]
    old = f", the Solara page of {commits['old']}" if "old" in commits else ""
    return (
        f"This page of {commits['new']}{old}. Measured on {part['date']}; before the start "
        f"{part['load']:.1f} processes wanted a core."
    )


def agreed(lessons: Found) -> dict[str, int]:
    """How many settings all pages were asked, and how many of these ended with the same figures on all."""
    ends = [{name: end for one in each for name, end in one["ends"].items()} for each in lessons.values()]
    both = set.intersection(*(set(one) for one in ends))
    return {"asked": len(both), "same": sum(all(one[name] == ends[0][name] for one in ends) for name in both)}


def same_figures(part: Found) -> str:
    """Whether both pages said the same of the settings that they were both asked."""
    if len(part["lessons"]) < 2:
        return "Only this page was measured."
    asked, same = part["agreed"]["asked"], part["agreed"]["same"]
    return f"Both pages were asked {asked} of the same settings; {same} ended with the same five figures of acts."


def of_twins(part: Found) -> str:
    """Twin questions."""
    rows = []
    for kind, found in part["pages"].items():
        page, students = _of_page(kind), found["students"]
        if "course" in found:
            took = [one["seconds"][0] for one in found["course"].values()]
            name = f"{page}: the course's {len(took)} questions, one student, longest"
            rows.append((name, figure(max(took)), f"< {TWINS:g}"))
        one, several = median(_seconds(found["one"])), median(_seconds(found["together"]))
        asked = [each for group in ("one", "together") for some in found[group] for each in some.values()]
        rows += [
            (f"{page}: a new question, one student", figure(one), ""),
            (f"{page}: a new question, {students} students at once, the last", figure(several), ""),
            (f"{page}: the last of them over the one, times", figure(several / one), "≤ 1" * (kind == "new")),
            (f"{page}: failures", str(sum(len(each["faults"]) for each in asked)), "0"),
        ]
    return f"{about(part)}\n\n{table(('', 's', 'goal'), rows)}"


def _seconds(each: Sequence[Found]) -> list[float]:
    return [max(question["seconds"]) for one in each for question in one.values()]


def of_browser(part: Found) -> str:
    """One visitor in a real browser."""
    pages = part["pages"]
    names = list(next(iter(pages.values())))
    rows = []
    for name in names:
        values = {kind: one.get(name) for kind, one in pages.items()}
        rows.append((name, *(_written(value, 1.0) for value in values.values()), *_ratio(values)))
    head = ("", *(_of_page(kind) for kind in pages), *(["new over old"] if len(pages) > 1 else []))
    return f"{about(part)}\n\n{table(head, rows)}"
