"""The parameters of the rule: one frozen set of numbers, read from a file that says where they come from."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from maxpressure.base.errors import InputError, Wrong, nearest
from maxpressure.base.hooks import Hook
from maxpressure.base.paths import folder
from maxpressure.base.ranges import LONGEST, SHORTEST, STEEPEST
from maxpressure.base.ties import TIES, UNLISTED
from maxpressure.base.toml import read_toml, shown

TieNumbers = tuple[float, float, float, float, float, float]
UnlistedNumbers = tuple[float, float, float, float]
SHEET: Final = Hook("the sheet of parameters")


class Parameters(NamedTuple):
    """Every parameter of the rule. It is a named tuple, so that it passes unchanged into compiled code.

    Coefficients (``beta_…``, ``rho_…``) are log hazard ratios per unit of their input; ``alpha`` and ``rho`` are log
    weekly hazards; ``tau_…`` are weeks; ``chi``, ``psi`` and the two of enforcement are probabilities or shares from 0
    to 1. ``alpha`` and ``psi`` hold one number for each tie, in the order of :data:`TIES`; ``unlisted`` one for trade,
    finance, military and labour. ``beta_dependence``, ``beta_affinity``, ``beta_peer``, ``beta_own`` and ``sigma``
    count only where a scenario switches their mechanism on.

    Attributes
    ----------
    alpha : tuple of 6 floats
        Log weekly hazard of each tie; −inf switches a tie off.
    doubtful : float
        Offset on trade ties whose figure may be South Korea's.
    beta_mission, beta_dependence, beta_affinity : float
        Resident mission, dependence on the tie, affinity with the target (the last lowers the hazard).
    beta_shock, beta_incident, beta_mandate, beta_campaign, beta_request : float
        Remembered provocations, incidents, the forbidden part of a tie that is still kept, campaign, requests.
    beta_peer : float
        Per 10 % of weighted peers that acted.
    beta_own : float
        Per unit of log(1 + own earlier acts).
    beta_thaw, beta_courtship : float
        Engagement and courtship by the target; both lower the hazard.
    kappa, sigma : float
        How strongly leverage raises the sensitivity to pressure; standard deviation of log frailty.
    chi, psi : float, tuple of 6 floats
        Probability that another kept tie joins an act; that a tie falls one level further, each time.
    tau_shock, tau_peer : float
        Weeks in which the memory of a provocation, of a peer's act, fades by a factor e.
    rho, rho_thaw, rho_courtship, rho_shock, rho_pressure : float
        Log weekly hazard that a tie is restored, and what raises (thaw, courtship) or lowers it.
    attrition : float
        Weekly hazard that a travel route loses a level when all its trade is gone.
    courtship_effort : float
        Courtship a week that a target in full need can spend.
    enforcement, enforcement_gain : float
        Share of what is forbidden or cut that third states stop; share of the rest that full secondary sanctions stop.
    unlisted, unlisted_close : tuple of 4 floats, float
        Offset on ties that no table lists, by kind; a further offset where the state has a resident mission,
        military cooperation or workers.
    beta_news : float
        Remembered news of Council resolutions.
    delay_shock : float
        Whole weeks by which provocations are felt late.
    enforcement_error : float
        Log odds by which what patrons stop is off while the last step of their recorded path holds.

    Examples
    --------
    >>> import maxpressure as mp
    >>> p = mp.load_parameters().values
    >>> p._replace(beta_peer=0.0).beta_peer
    0.0
    """

    alpha: TieNumbers
    doubtful: float
    beta_mission: float
    beta_dependence: float
    beta_affinity: float
    beta_shock: float
    beta_incident: float
    beta_mandate: float
    beta_campaign: float
    beta_request: float
    beta_peer: float
    beta_own: float
    beta_thaw: float
    beta_courtship: float
    kappa: float
    sigma: float
    chi: float
    psi: TieNumbers
    tau_shock: float
    tau_peer: float
    rho: float
    rho_thaw: float
    rho_courtship: float
    rho_shock: float
    rho_pressure: float
    attrition: float
    courtship_effort: float
    enforcement: float
    enforcement_gain: float
    unlisted: UnlistedNumbers
    unlisted_close: float
    beta_news: float
    delay_shock: float
    enforcement_error: float

    def _repr_html_(self) -> str:
        """What a notebook shows: each number with its interval, whether it is estimated, and its unit."""
        html: str = SHEET(self, "Parameters").html()
        return html


def standing(status: str, source: str) -> str:
    """Status and source of parameters in one line."""
    return f"{status}: {source.removeprefix(f'{status.capitalize()}: ')}"


class ParameterSet(NamedTuple):
    """Parameters with their standing: ``map``, ``posterior``, or what their file says."""

    values: Parameters
    status: str
    source: str

    @property
    def standing(self) -> str:
        """Status and source in one line."""
        return standing(self.status, self.source)

    def _repr_html_(self) -> str:
        """What a notebook shows: the numbers of ``values``, and where they come from."""
        html: str = SHEET(self.values, f"Parameters ({self.status})", [f"Source: {self.source}"]).html()
        return html


TIE_PARAMETERS: Final[Mapping[str, tuple[str, ...]]] = {"alpha": TIES, "psi": TIES, "unlisted": UNLISTED}
"""The parameters that hold a number for each of several ties, with these ties."""
MAY_BE_NEGATIVE = (
    "alpha", "doubtful", "beta_mission", "beta_dependence", "beta_affinity", "beta_shock", "beta_incident",
    "beta_peer", "beta_own", "rho", "unlisted", "unlisted_close", "enforcement_error",
)  # fmt: skip
MEMORIES = ("tau_shock", "tau_peer")
SWITCHES = ("alpha", "rho")
SHARES = ("chi", "psi", "enforcement", "enforcement_gain")
DELAYS = ("delay_shock",)
LONGEST_DELAY: Final = 8
"""Weeks."""


def parameter_names() -> tuple[str, ...]:
    """The names under which single numbers can be overridden: ``beta_shock``, ``alpha.trade`` and so on."""
    names: list[str] = []
    for name in Parameters._fields:
        names += [f"{name}.{tie}" for tie in TIE_PARAMETERS[name]] if name in TIE_PARAMETERS else [name]
    return tuple(names)


def override(parameters: Parameters, name: str, value: float) -> Parameters:
    """The same parameters with one number replaced; ``name`` is one of :func:`parameter_names`."""
    field, _, tie = name.partition(".")
    index = Parameters._fields.index(field)
    entries = list(parameters)
    if tie:
        numbers = list(getattr(parameters, field))
        numbers[TIE_PARAMETERS[field].index(tie)] = value
        entries[index] = tuple(numbers)
    else:
        entries[index] = value
    return Parameters._make(entries)


def from_numbers(numbers: Sequence[float]) -> Parameters:
    """A set of parameters from its single numbers, in the order of :func:`parameter_names`."""
    left = iter(numbers)
    return Parameters._make(
        tuple(next(left) for _ in TIE_PARAMETERS[name]) if name in TIE_PARAMETERS else next(left)
        for name in Parameters._fields
    )


def named_numbers(parameters: Parameters) -> Iterator[tuple[str, float]]:
    """Each single number under the name by which a scenario may override it."""
    for field, value in parameters._asdict().items():
        if field in TIE_PARAMETERS:
            yield from (
                (f"{field}.{tie}", one) for tie, one in zip(TIE_PARAMETERS[field], value, strict=True)
            )
        else:
            yield field, value


def limits(name: str) -> tuple[float, float]:
    """The smallest and the largest number that a parameter may be."""
    field = name.partition(".")[0]
    if field in SHARES:
        return 0.0, 1.0
    if field in MEMORIES:
        return SHORTEST, LONGEST
    if field in DELAYS:
        return 0.0, LONGEST_DELAY
    return -STEEPEST if field in MAY_BE_NEGATIVE else 0.0, STEEPEST


def check_parameter(name: str, value: object, *, file: str | Path, key: str = "") -> float:
    """A number that this parameter may take, or an :class:`InputError` that says what is allowed."""
    field = name.partition(".")[0]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(file=file, key=key or name, given=value, allowed="a number")
    lowest, highest = limits(name)
    off = field in SWITCHES and value == -math.inf
    broken = field in DELAYS and value % 1 != 0
    if not off and (broken or not lowest <= value <= highest):
        allowed = f"a {'whole ' if field in DELAYS else ''}number from {lowest:g} to {highest:g}"
        allowed += ", or -inf to switch it off" if field in SWITCHES else ""
        raise InputError(file=file, key=key or name, given=shown(value), allowed=allowed)
    return float(value)


def load_parameters(path: Path | None = None) -> ParameterSet:
    """Read one set of parameters from a file, or the mode of the posterior that ships with the package.

    Parameters
    ----------
    path : Path, optional
        A file in TOML with ``status``, ``source`` and a table ``parameters`` that holds every parameter.

    Returns
    -------
    ParameterSet
        ``values`` (a :class:`Parameters`), ``status`` and ``source``.

    Raises
    ------
    InputError
        Where the file cannot be read, or a parameter is missing, unknown or out of its range.

    Examples
    --------
    >>> import maxpressure as mp
    >>> mp.load_parameters().status
    'map'
    """
    path = folder("calibration") / "map.toml" if path is None else Path(path)
    table = read_toml(path, off=True)
    numbers = table.get("parameters", {})
    if not isinstance(numbers, dict):
        raise InputError(file=path, key="parameters", given=numbers, allowed="a table of parameters")
    for name in numbers:
        if name not in Parameters._fields:
            raise InputError(
                file=path,
                key=f"parameters.{name}",
                given=name,
                allowed="a parameter of the rule",
                nearest=nearest(name, Parameters._fields),
            )
    values = Parameters._make(_read(path, numbers, name) for name in Parameters._fields)
    about = {"status": "unmarked", "source": path.name} | table
    for key in ("status", "source"):
        if not isinstance(about[key], str):
            raise InputError(file=path, key=key, given=shown(about[key]), allowed="text in quotes")
    return ParameterSet(values, about["status"], about["source"])


def _read(path: Path, numbers: dict[str, object], name: str) -> float | tuple[float, ...]:
    if name not in numbers:
        raise InputError(file=path, key=f"parameters.{name}", given=Wrong("is missing"), allowed="a number")
    given = numbers[name]
    if name not in TIE_PARAMETERS:
        return check_parameter(name, given, file=path)
    ties = TIE_PARAMETERS[name]
    if not isinstance(given, dict) or tuple(given) != ties:
        raise InputError(file=path, key=name, given=given, allowed=f"one number each for {', '.join(ties)}")
    return tuple(check_parameter(f"{name}.{tie}", given[tie], file=path) for tie in ties)
