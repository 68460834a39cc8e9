"""Pictures drawn from Python: on the caller's axes, in the caller's colours, with Matplotlib's own properties.

What a result hands out as ``.plot`` is a `Plots`: a method for each picture. The methods draw with the functions that
the commands draw with.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from inspect import Parameter, signature
from itertools import product
from typing import Any, ClassVar

from matplotlib.artist import Artist, ArtistInspector
from matplotlib.axes import Axes
from matplotlib.colors import is_color_like, to_hex

from maxpressure.base.errors import InputError, nearest

Colours = str | Sequence[str] | Mapping[str, str] | None
"""A colour, colours in the order of what is drawn, or colours by name."""


class Plots:
    """The pictures of a result, each a method that draws on axes and returns them; called itself, the first one.

    Every method takes

    ``ax``
        The axes to draw on. Without them a new figure of pyplot is made, so that a notebook shows it and
        ``plt.savefig`` writes it.
    ``colours``
        A colour, colours in the order of what is drawn, or colours by name. Of maps: a colormap.
    ``legend``
        Whether to explain lines, bands and colours beside the picture.
    ``**style``
        Properties of the lines, bars or tiles that stand for what is drawn, as Matplotlib takes them, such as
        ``linewidth=3``.
    """

    FIRST: ClassVar[str]
    """The picture that is drawn where none is named."""

    def __call__(self, ax: Axes | None = None, **options: Any) -> Axes:
        """Draw the first picture."""
        drawn: Axes = getattr(self, self.FIRST)(ax, **options)
        return drawn

    def __dir__(self) -> list[str]:
        return [name for name in vars(type(self)) if name.islower() and not name.startswith("_")]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        raise AttributeError(str(not_one_of("picture", name, dir(self))))

    def __repr__(self) -> str:
        return f"<Pictures: {', '.join(dir(self))}. Called itself it draws {self.FIRST}.>"


def axes_or_new(ax: object, size: tuple[float, float] = (8.0, 4.5)) -> Axes:
    """The caller's axes, or those of a new figure of pyplot, so many inches wide and high."""
    if ax is None:
        from matplotlib import pyplot as plt

        made: Axes = plt.figure(figsize=size, layout="constrained").add_subplot()
        return made
    if not isinstance(ax, Axes):
        given = f"{type(ax).__name__} {ax!r}"[:80]
        raise InputError(file="plot", key="ax", given=given, allowed="axes of Matplotlib, such as plt.gca()")
    return ax


def coloured(colours: Any, names: Sequence[str], also: Collection[str] = ()) -> dict[str, str]:
    """A colour for each name that one is given for.

    Raises InputError for what is no colour, for a name that is not drawn, and for fewer colours than names.
    """
    if colours is None:
        return {}
    if isinstance(colours, str) or (isinstance(colours, tuple) and is_color_like(colours)):
        found: Mapping[str, Any] = dict.fromkeys(names, colours)
    elif isinstance(colours, Mapping):
        found = colours
    else:
        every = list(colours) if isinstance(colours, Iterable) else []
        if len(every) < len(names):
            allowed = f"{len(names)} colours, for {', '.join(names)}"
            raise InputError(file="plot", key="colours", given=repr(colours), allowed=allowed)
        found = dict(zip(names, every, strict=False))
    for name, colour in found.items():
        if name not in names and name not in also:
            raise not_one_of("colours", str(name), [*dict.fromkeys([*names, *also])])
        if not is_color_like(colour):
            allowed = "a colour of Matplotlib, such as 'black' or '#0072B2'"
            raise InputError(file="plot", key=f"colours of {name}", given=str(colour), allowed=allowed)
    return {
        name: one if isinstance(one, str) else to_hex(one, keep_alpha=True) for name, one in found.items()
    }


def check_style(kind: type[Artist], style: Mapping[str, Any], method: Callable[..., Any]) -> None:
    """Refuse a keyword that is none of the method's and no property of what it draws, with the nearest."""
    inspector = ArtistInspector(kind)
    known = {*inspector.get_setters(), *(alias for names in inspector.aliasd.values() for alias in names)}
    own = [name for name, one in signature(method).parameters.items() if one.kind is Parameter.KEYWORD_ONLY]
    for name in style:
        if name not in known:
            close = nearest(name, sorted({*known, *own}))
            allowed = f"one of {', '.join(own)}, or a property of {kind.__name__}"
            raise InputError(file="plot", key="keyword", given=name, allowed=allowed, nearest=close)


def restyle(artists: Iterable[Artist], style: Mapping[str, Any]) -> None:
    """Give artists these properties. Raises InputError for a value that Matplotlib refuses."""
    for one, (name, value) in product(artists, style.items()):
        try:
            one.set(**{name: value})
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            allowed = f"what Matplotlib takes: {error}"
            raise InputError(file="plot", key=name, given=repr(value), allowed=allowed) from error


def not_one_of(key: str, given: str, words: Sequence[str]) -> InputError:
    """The refusal of a word that is none of these."""
    return InputError(
        file="plot", key=key, given=given, allowed=f"one of {', '.join(words)}", nearest=nearest(given, words)
    )
