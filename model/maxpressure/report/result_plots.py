"""``results.plot``: the pictures of a result folder on the caller's axes.

Each method prepares the `maxpressure.report.picture.Picture` that ``maxpressure plot`` writes, and draws one panel.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.colors import Colormap
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from maxpressure.base.errors import InputError
from maxpressure.model.case import Case
from maxpressure.report.picture import CaseResults, Picture
from maxpressure.report.plot_differences import draw_differences
from maxpressure.report.plot_style import LETTERS, as_written
from maxpressure.report.plots import NAMES, OF_ALL, Absent, picture_of, with_case
from maxpressure.report.plotting import (
    Colours,
    Plots,
    axes_or_new,
    check_style,
    coloured,
    not_one_of,
    restyle,
)
from maxpressure.results.results import Results
from maxpressure.results.states import GROUP_WORDS
from maxpressure.results.weekly import RECORD

Names = str | Iterable[str] | None


class ResultPlots(Plots):
    """The pictures of a result folder, as ``results.plot`` hands them out; called itself, the wave.

    A method draws on ``ax`` and returns the axes. All of them take these keywords:

    - ``ax``: axes of Matplotlib. Without them a new figure of pyplot is made, which a notebook shows.
    - ``scenarios``: the scenarios to draw, in this order; by default all. Maps, heat map and attributions show one
      ``scenario``, by default the last one of the folder.
    - ``colours``: a colour, colours in the order of the scenarios, or colours by scenario, with ``record`` for what was
      observed; a colormap for maps and heat maps; colours by group of causes for attributions.
    - ``legend``: whether to explain lines, bands and colours beside the picture.
    - ``case``: the case that was run, by default the shipped one.
    - ``**style``: properties of the scenarios' lines, of bars, tiles or the image, as Matplotlib takes them.

    Examples
    --------
    >>> import tempfile
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> import matplotlib.pyplot as plt
    >>> import maxpressure as mp
    >>> folder = tempfile.TemporaryDirectory()
    >>> results = mp.run(["max-pressure-2017", "no-campaign"], worlds=4, out=f"{folder.name}/a", progress=False)
    >>> figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4))
    >>> ax = results.plot.wave(left, colours=["black", "crimson"], linewidth=3)
    >>> ax = results.plot.trade(right, panel="exports", scenarios="no-campaign", legend=False)
    >>> [line.get_color() for line in left.lines if line.get_label() == "no-campaign"]
    ['crimson']
    >>> "heat" in dir(results.plot)
    True
    >>> results.plot.whole("trade").title
    'The median world has ... % of the trade of 2016 left under max-pressure-2017, ... % under no-campaign'
    >>> plt.close("all")
    >>> folder.cleanup()
    """

    FIRST = "wave"

    def __init__(self, results: Results) -> None:
        self._results = results

    # ---- scenarios beside one another

    def wave(
        self,
        ax: Axes | None = None,
        *,
        scenarios: Names = None,
        colours: Colours = None,
        legend: bool = True,
        case: Case | None = None,
        **style: Any,
    ) -> Axes:
        """Acts counted up week by week: bands over worlds, what was observed, tests and resolutions as dotted lines.

        The wide band holds 90 % of worlds, the narrow one 50 %; the line is the median.
        """
        source = self._source(scenarios, colours, case)
        return self._weekly("wave", source, ax, "acts", style, legend=legend)

    def fan(
        self,
        ax: Axes | None = None,
        *,
        scenarios: Names = None,
        colours: Colours = None,
        case: Case | None = None,
        **style: Any,
    ) -> Axes:
        """The same for many scenarios: each line is named at its end, with its 5 and 95 % quantiles."""
        source = self._source(scenarios, colours, case)
        return self._weekly("fan", source, ax, "acts", style, legend=False)

    def ties(
        self,
        ax: Axes | None = None,
        *,
        panel: str = "trade",
        scenarios: Names = None,
        colours: Colours = None,
        legend: bool = True,
        case: Case | None = None,
        **style: Any,
    ) -> Axes:
        """Ties of one kind above level 0, in % of those at the start; ``panel`` is a kind of `maxpressure.TIES`."""
        source = self._source(scenarios, colours, case)
        return self._weekly("ties", source, ax, panel, style, legend=legend)

    def trade(
        self,
        ax: Axes | None = None,
        *,
        panel: str = "trade",
        scenarios: Names = None,
        colours: Colours = None,
        legend: bool = True,
        case: Case | None = None,
        **style: Any,
    ) -> Axes:
        """The target's trade, or its exports (``panel="exports"``), in % of 2016, with the figures of customs."""
        source = self._source(scenarios, colours, case)
        return self._weekly("trade", source, ax, panel, style, legend=legend)

    def concentration(
        self,
        ax: Axes | None = None,
        *,
        panel: str = "share",
        scenarios: Names = None,
        colours: Colours = None,
        legend: bool = True,
        case: Case | None = None,
        **style: Any,
    ) -> Axes:
        """The first patron's share of trade in %, or the Herfindahl index of partners (``panel="hhi"``)."""
        source = self._source(scenarios, colours, case)
        return self._weekly("concentration", source, ax, panel, style, legend=legend)

    def differences(
        self,
        ax: Axes | None = None,
        *,
        outcome: str = "acts",
        against: str | None = None,
        scenarios: Names = None,
        colours: Colours = None,
        **style: Any,
    ) -> Axes:
        """Differences from the first scenario, or from ``against``, in one outcome as a forest.

        The dot is the mean difference over pairs of worlds with common random numbers, the thick bar its 95 % interval,
        the thin one holds 90 % of the worlds. ``outcome`` is a column of ``worlds``; ``style`` is that of the dots.
        """
        table = self._results.compare(outcome, against=against)
        return draw_differences(self, ax, table, outcome, scenarios, colours, style)

    # ---- the states of one scenario

    def map_acts(
        self,
        ax: Axes | None = None,
        *,
        scenario: str | None = None,
        colours: str | Colormap | None = None,
        legend: bool = True,
        case: Case | None = None,
        **style: Any,
    ) -> Axes:
        """A tile for each state: the share of worlds in which it acted, in %."""
        return self._of_states("map-acts", ax, scenario, colours, case, style, legend=legend)

    def map_levels(
        self,
        ax: Axes | None = None,
        *,
        scenario: str | None = None,
        colours: str | Colormap | None = None,
        legend: bool = True,
        case: Case | None = None,
        **style: Any,
    ) -> Axes:
        """A tile for each state: the sum of its ties' levels at the end, mean over worlds."""
        return self._of_states("map-levels", ax, scenario, colours, case, style, legend=legend)

    def heat(
        self,
        ax: Axes | None = None,
        *,
        scenario: str | None = None,
        colours: str | Colormap | None = None,
        legend: bool = True,
        case: Case | None = None,
        **style: Any,
    ) -> Axes:
        """States by weeks: the share of worlds in which a state had acted, in %, with the observed acts as diamonds."""
        return self._of_states("heat", ax, scenario, colours, case, style, legend=legend)

    def attributions(
        self,
        ax: Axes | None = None,
        *,
        scenario: str | None = None,
        colours: Colours = None,
        legend: bool = True,
        case: Case | None = None,
        **style: Any,
    ) -> Axes:
        """Acts by month, divided by what their hazard was due to (Shapley).

        Peers stand for contagion: the data do not separate contagion from common shocks.
        """
        return self._of_states("attributions", ax, scenario, colours, case, style, legend=legend)

    # ---- one scenario beside the baseline, which is the first of the folder

    def map_difference(
        self,
        ax: Axes | None = None,
        *,
        scenario: str | None = None,
        colours: str | Colormap | None = None,
        legend: bool = True,
        case: Case | None = None,
        **style: Any,
    ) -> Axes:
        """A tile for each state: how much more or less often it acts than under the baseline, in points."""
        return self._of_states("map-difference", ax, scenario, colours, case, style, legend=legend)

    def attribution_difference(
        self,
        ax: Axes | None = None,
        *,
        scenario: str | None = None,
        colours: Colours = None,
        case: Case | None = None,
        **style: Any,
    ) -> Axes:
        """Acts of a mean world by what they are due to, less those of the baseline, with 95 % intervals."""
        return self._of_states("attribution-difference", ax, scenario, colours, case, style, legend=False)

    # ---- the picture with its words

    def whole(
        self,
        picture: str = "wave",
        *,
        scenarios: Names = None,
        scenario: str | None = None,
        colours: Any = None,
        case: Case | None = None,
    ) -> Picture:
        """A picture as ``maxpressure plot`` writes it, with all its panels and words; a notebook shows it.

        Parameters
        ----------
        picture : str
            Its name, as the command or the method has it: ``"map-acts"`` or ``"map_acts"``.
        scenarios, scenario, colours, case
            As for the methods.

        Returns
        -------
        Picture
            ``title``, ``notes`` and ``table`` are its finding, how to read it, and all its numbers;
            ``figure(words=False)`` draws it in a new figure, ``file("svg")`` gives the content of a file.

        Raises
        ------
        InputError
            For a name that is none, and where the data of the picture were not kept.
        """
        name = str(picture).replace("_", "-")
        if name not in NAMES:
            raise not_one_of("picture", picture, NAMES)
        if name in OF_ALL:
            return self._picture(name, self._source(scenarios, colours, case))
        return self._picture(name, self._source_of_one(name, scenario, colours, case))

    # ---- how they are made

    def _source(self, scenarios: Names, colours: Colours, case: Case | None) -> CaseResults:
        if scenarios is not None and not isinstance(scenarios, Iterable):
            raise InputError(
                file="plot", key="scenarios", given=repr(scenarios), allowed="names of scenarios"
            )
        names = [scenarios] if isinstance(scenarios, str) else list(scenarios or ())
        source = with_case(self._results, case, names)
        known = [*self._results.manifest.names, RECORD]
        return replace(source, colours=coloured(colours, list(source.situations), known))

    def _source_of_one(self, name: str, scenario: str | None, colours: Any, case: Case | None) -> CaseResults:
        source = with_case(self._results, case, [scenario or self._results.manifest.names[-1]])
        if name.startswith("attribution"):
            return replace(source, colours=coloured(colours, list(GROUP_WORDS)))
        if colours is None:
            return source
        if not isinstance(colours, Colormap) and str(colours) not in mpl.colormaps:
            allowed = "a colormap of Matplotlib, such as 'viridis'"
            raise InputError(file="plot", key="colours", given=repr(colours), allowed=allowed)
        return replace(source, scale=colours)

    def _picture(self, name: str, source: CaseResults) -> Picture:
        found = picture_of(source, name, "" if name in OF_ALL else next(iter(source.situations)))
        if isinstance(found, Absent):
            allowed = "results and a scenario of which it can be drawn"
            raise InputError(file=self._results.place, key=name, given=found.why, allowed=allowed)
        return found

    @as_written
    def _weekly(
        self,
        name: str,
        source: CaseResults,
        ax: Axes | None,
        panel: str,
        style: dict[str, Any],
        *,
        legend: bool,
    ) -> Axes:
        picture = self._picture(name, source)
        if panel not in picture.panels:
            raise not_one_of("panel", panel, list(picture.panels))
        check_style(Line2D, style, getattr(self, name))
        axes = axes_or_new(ax)
        before = set(axes.lines)
        picture.panels[panel](axes)
        drawn = [line for line in axes.lines if line not in before and line.get_label() in source.situations]
        restyle(drawn, style)
        if legend and picture.legend:
            picture.legend(axes)
        return axes

    @as_written
    def _of_states(
        self,
        name: str,
        ax: Axes | None,
        scenario: str | None,
        colours: Any,
        case: Case | None,
        style: dict[str, Any],
        *,
        legend: bool,
    ) -> Axes:
        source = self._source_of_one(name, scenario, colours, case)
        picture = self._picture(name, source)
        kind = {"heat": AxesImage, "attribution-difference": Line2D}.get(name, Rectangle)
        check_style(kind, style, getattr(self, name.replace("-", "_")))
        axes = axes_or_new(ax, (min(picture.size[0], 11.0), picture.size[1]))
        before = set(axes.get_children())
        (panel,) = picture.panels.values()
        panel(axes)
        drawn = [one for one in axes.get_children() if one not in before and type(one) is kind]
        restyle(drawn, style)
        axes.set_title(next(iter(source.situations)), loc="left", fontsize=LETTERS + 0.5)
        if legend and picture.legend:
            picture.legend(axes)
        return axes
