"""What many worlds give to look at and to take away: the picture, its description, and the archive of tables."""

from __future__ import annotations

import base64
import io
import textwrap
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import pandas as pd
import pyarrow as pa
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from maxpressure.app.many_worlds import SEED, Lot, bands, compared, tables, to_be_said
from maxpressure.app.session import Session, waited_for
from maxpressure.base.errors import InputError, Wrong
from maxpressure.base.text import csv_bytes
from maxpressure.model.case import Situation
from maxpressure.report.plot_style import (
    LETTERS,
    QUIET,
    RECORD_COLOUR,
    WORD_COLOURS,
    as_written,
    date_axis,
    wave,
)
from maxpressure.report.plot_wave import marks_of
from maxpressure.report.strips import draw_mark_lines
from maxpressure.results.quantiles import LEVELS
from maxpressure.results.weekly import Band, Curve, finding, last_day, worlds_in_words

# ---- the picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """Inches, dots an inch, letters in a title line, what lies above and below the curves together, most dates."""

    wide: float
    high: float
    dots: int
    line: int
    right: float
    above: float
    dates: int


SIZES: Final = {
    "desk": Size(wide=9.2, high=5.0, dots=150, line=88, right=1.35, above=1.75, dates=9),
    "phone": Size(wide=4.4, high=4.9, dots=150, line=44, right=0.25, above=2.0, dates=5),
}


@as_written
def wave_picture(
    found: Mapping[str, Band],
    record: Curve,
    situations: Mapping[str, Situation],
    size: str = "desk",
    *,
    hidden: bool = False,
) -> bytes:
    """A PNG of the bands against the record; ``hidden`` leaves both out, until the guess is locked."""
    shape = SIZES[size]
    figure = Figure(figsize=(shape.wide, shape.high), dpi=shape.dots)
    axes = figure.add_axes(
        (
            0.62 / shape.wide,
            1.0 / shape.high,
            1 - (0.62 + shape.right) / shape.wide,
            1 - shape.above / shape.high,
        )
    )
    wave(axes, found, record)
    date_axis(axes, shape.dates)
    if hidden:
        _hide(axes)
    marks, _ = marks_of(situations)
    draw_mark_lines(axes, marks)
    _title(
        figure,
        shape,
        "Guess first: the worlds are shown when your guess is locked" if hidden else finding(found, record),
    )
    _legend(figure, shape, found, record)
    if size == "desk" and not hidden:
        _ends(axes, found, record)
    written = io.BytesIO()
    FigureCanvasAgg(figure).print_png(written)
    return written.getvalue()


def in_words(found: Mapping[str, Band], record: Curve) -> str:
    """The picture described for those who do not see it."""
    sentences = [
        f"{finding(found, record)}. Acts of breaking off counted up week by week, {worlds_in_words(found)} each."
    ]
    for name, band in found.items():
        p05, p25, p50, p75, p95 = band.levels[:, -1]
        sentences.append(
            f"{name} ends on {last_day(band.days[-1])} with {p50:.0f} acts in the median world, "
            f"{p25:.0f} to {p75:.0f} in half of the worlds, {p05:.0f} to {p95:.0f} in nine of ten."
        )
    if record.days:
        sentences.append(f"The record ends with {record.counts[-1]} acts.")
    return " ".join(sentences)


def as_address(png: bytes) -> str:
    """The picture as an address that holds it."""
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def _hide(axes: Axes) -> None:
    for drawn in [*axes.collections, *axes.lines]:
        drawn.set_visible(False)
    axes.set_ylim(0.0, 1.0)  # the height of the axis would show how many acts come
    axes.set_yticks([])


def _title(figure: Figure, shape: Size, words: str) -> None:
    figure.text(
        0.12 / shape.wide,
        1 - 0.12 / shape.high,
        textwrap.fill(words, shape.line, break_on_hyphens=False),
        fontsize=12.5 if shape.right > 1 else 10.5,
        fontweight="bold",
        va="top",
        linespacing=1.15,
    )


def _legend(figure: Figure, shape: Size, found: Mapping[str, Band], record: Curve) -> None:
    """What each line is, below the picture."""
    entries = [(f"{name}: median, half and nine of ten of {band.worlds} worlds", colour)
            for (name, band), colour in zip(found.items(), WORD_COLOURS, strict=False)]  # fmt: skip
    if record.days:
        entries.append(("record", RECORD_COLOUR))
    across, down = 0.12, 0.36
    for words, colour in entries:
        figure.text(
            across / shape.wide, down / shape.high, f"— {words}", color=colour, fontsize=LETTERS, va="center"
        )
        if shape.right > 1:
            across += 0.066 * len(words) + 0.35
        else:
            down -= 0.16
    if shape.right > 1:
        note = "dotted: nuclear or ICBM test (orange), Council resolution (purple)"
        figure.text(
            0.12 / shape.wide, 0.14 / shape.high, note, color=QUIET, fontsize=LETTERS - 0.5, va="center"
        )


def _ends(axes: Axes, found: Mapping[str, Band], record: Curve) -> None:
    """Where each curve ends, beside it and without overlaps."""
    ends = [(float(record.counts[-1]), f"{record.counts[-1]} observed", RECORD_COLOUR)] if record.days else []
    ends += [
        (
            band.levels[2, -1],
            f"{band.levels[2, -1]:.0f} {name} ({band.levels[0, -1]:.0f}–{band.levels[4, -1]:.0f})",
            colour,
        )
        for (name, band), colour in zip(found.items(), WORD_COLOURS, strict=False)
    ]
    bottom, top = axes.get_ylim()
    step, last = (top - bottom) * 0.055, -float("inf")
    for level, words, colour in sorted(ends):
        last = max(level, last + step)
        axes.annotate(
            words, (1.0, last), (5.0, 0.0), ("axes fraction", "data"), "offset points",
            va="center", fontsize=LETTERS, color=colour, annotation_clip=False,
        )  # fmt: skip


# ---- the archive


def packed_in_turn(shared: Session, visitor: str, lots: Mapping[str, Lot]) -> bytes:
    """The archive, made in the quick queue; raises InputError where that is full or the work was called off."""
    job = shared.quick.put(visitor, lambda: archive(shared, lots), of=len(lots) + 1)
    packed = waited_for(job)
    if packed is None:
        allowed = "one piece of work of a visitor at a time; ask for the tables again"
        raise InputError(file="page", key="tables", given=Wrong("were called off"), allowed=allowed)
    return packed


def archive(shared: Session, lots: Mapping[str, Lot]) -> Iterator[bytes | None]:
    """A ZIP: worlds.csv, acts.csv and the scenario file of each setting, bands.csv, compare.csv and README.txt.

    The worlds are simulated again with their acts, a setting a piece, so that the archive takes its turns.
    """
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as folder:
        for name, lot in lots.items():
            for table, rows in tables(shared.case, shared.draws, lot.setting, lot.worlds).items():
                folder.writestr(f"{name}-{table}.csv", _csv(rows))
            folder.writestr(f"{name}.toml", scenario_file(lot))
            yield None
        folder.writestr("bands.csv", csv_bytes(_bands(lots), digits=None))
        if len(lots) == 2:
            ours, theirs = lots.values()
            folder.writestr("compare.csv", csv_bytes(compared(ours, theirs), digits=None))
        folder.writestr("README.txt", _readme(shared, lots))
    yield written.getvalue()


def scenario_file(lot: Lot) -> str:
    """The setting as a scenario file that `maxpressure run` takes."""
    return lot.situation.scenario.text()


def _csv(rows: pa.RecordBatch) -> bytes:
    plain = pa.table({
        name: column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column
        for name, column in zip(rows.schema.names, rows.columns, strict=True)
    })  # fmt: skip
    return csv_bytes(plain.to_pandas(types_mapper=pd.ArrowDtype), digits=None)


def _bands(lots: Mapping[str, Lot]) -> pd.DataFrame:
    """The quantiles of the acts counted up by each day, a row for each setting and day."""
    rows = [
        {"setting": name, "by": day.isoformat()} | dict(zip(LEVELS, levels, strict=True))
        for name, band in bands(lots).items()
        for day, levels in zip(band.days, band.levels.T.tolist(), strict=True)
    ]
    return pd.DataFrame(rows)


def _readme(shared: Session, lots: Mapping[str, Lot]) -> str:
    names = "\n".join(f"{name}: {lot.situation.scenario.title}" for name, lot in lots.items())
    commands = "\n".join(
        f"    maxpressure run {name}.toml --worlds {lot.worlds} --seed {SEED}" for name, lot in lots.items()
    )
    notes = "\n\n".join(to_be_said(lots))
    return (
        f"maxpressure, {shared.case.assumptions.case.name}\n\n{names}\n\nThe same worlds again:\n{commands}\n\n"
        f"Parameters, {shared.parameters.status}: {shared.parameters.source}\n\n{notes}\n"
    )
