"""The wave of 2017 for a slide: the record and the band of the model's worlds, in letters that the last row can read."""

from __future__ import annotations

import datetime as dt
import io

from matplotlib.dates import DateFormatter, MonthLocator
from matplotlib.figure import Figure

from maxpressure.app import numbers

INK, BAND, QUIET = "#1d2433", "#2f4b8f", "#5a6275"


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
        ("nine in ten worlds", high[-1], QUIET),
        ("half of the worlds", upper[-1], QUIET),
        (f"the record: {observed[-1]}", observed[-1], INK),
        (f"median world: {middle[-1]:.0f}", middle[-1] - 3.2, BAND),
    )
    for words, height, colour in labels:
        axes.text(end, height, words, fontsize=15, color=colour, va="center")
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
