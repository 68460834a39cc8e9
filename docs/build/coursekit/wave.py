"""The wave of 2017 for a slide: the record and the band of the model's worlds, in large letters."""

from __future__ import annotations

import datetime as dt
import io

from matplotlib.dates import DateFormatter, MonthLocator
from matplotlib.figure import Figure

from maxpressure.app import numbers

INK, BAND, QUIET = "#1d2433", "#2f4b8f", "#5a6275"
APART = 3.6
"""Acts between two labels at least, so that none lies over another."""


def wave() -> bytes:
    """The picture as SVG."""
    basis = numbers.load_basis()
    lot = numbers.simulate(basis, numbers.setting_of_link(basis.case, ""))
    shown = numbers.worlds(lot)
    days = [dt.date.fromisoformat(day) for day in shown["days"]]
    low, lower, middle, upper, high = shown["outcomes"]["acts"]["levels"]
    observed = shown["outcomes"]["acts"]["observed"]
    figure = Figure(figsize=(11.3, 4.7), layout="constrained")
    axes = figure.subplots()
    axes.fill_between(days, low, high, color=BAND, alpha=0.18, linewidth=0)
    axes.fill_between(days, lower, upper, color=BAND, alpha=0.32, linewidth=0)
    axes.plot(days, middle, color=BAND, linewidth=1.6, linestyle="--")
    axes.plot(days[: len(observed)], observed, color=INK, linewidth=3.2)
    end = days[-1] + dt.timedelta(days=10)
    labels = (
        (high[-1], "nine in ten worlds", QUIET),
        (upper[-1], "half of the worlds", QUIET),
        (observed[-1], f"the record: {observed[-1]}", INK),
        (middle[-1], f"median world: {middle[-1]:.0f}", BAND),
    )
    below = float("inf")
    for height, words, colour in sorted(labels, reverse=True):
        below = min(height, below - APART)
        axes.text(end, below, words, fontsize=15, color=colour, va="center")
    for mark in shown["marks"]:
        if mark["kind"] == "nuclear test":
            day = dt.date.fromisoformat(mark["day"])
            axes.axvline(day, color=QUIET, linewidth=1, linestyle=":")
    axes.set_ylabel("acts, counted up", fontsize=16, color=INK)
    axes.xaxis.set_major_locator(MonthLocator((1, 7)))
    axes.xaxis.set_major_formatter(DateFormatter("%b %Y"))
    axes.tick_params(labelsize=15, colors=INK)
    axes.set_xlim(days[0], days[-1])
    axes.set_ylim(0, None)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    written = io.BytesIO()
    figure.savefig(written, format="svg", metadata={"Date": None})
    return written.getvalue()
