"""What a link carries: the view, one setting or two, and whether a guess comes first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, urlencode

from maxpressure.app.setting import LONGEST_LINK, UNMOVED, Setting, setting_of_link
from maxpressure.base.errors import InputError, nearest
from maxpressure.model.case import Case

VIEWS: Final = {"many": "Many worlds", "one": "One world", "twin": "What if"}
SECOND_PREFIX: Final = "b-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What the page opens with."""

    view: str = "many"
    first: Setting = UNMOVED
    second: Setting | None = None
    guess: bool = False


def opened(case: Case, query: str) -> Opened:
    """What a link asks for; raises InputError for a link that is not one of ours, and then nothing is to be run."""
    if len(query) > 2 * LONGEST_LINK:
        allowed = f"at most {2 * LONGEST_LINK}"
        raise InputError(file="link", key="link", given=f"{len(query)} characters", allowed=allowed)
    fields = parse_qsl(query, keep_blank_values=True)
    own = dict(fields)
    view, guess = own.get("view", "many"), own.get("guess", "0")
    if view not in VIEWS:
        allowed, close = f"one of {', '.join(VIEWS)}", nearest(view[:80], VIEWS)
        raise InputError(file="link", key="view", given=view[:80], allowed=allowed, nearest=close)
    if guess not in {"0", "1"}:
        raise InputError(file="link", key="guess", given=guess[:80], allowed="0 or 1")
    settings = [(key, given) for key, given in fields if key not in {"view", "guess"}]
    first = [(key, given) for key, given in settings if not key.startswith(SECOND_PREFIX)]
    second = [
        (key.removeprefix(SECOND_PREFIX), given) for key, given in settings if key.startswith(SECOND_PREFIX)
    ]
    return Opened(
        view=view,
        first=setting_of_link(case, urlencode(first)),
        second=setting_of_link(case, urlencode(second)) if second else None,
        guess=guess == "1",
    )


def link_of(first: Setting, second: Setting | None, *, guess: bool = False) -> str:
    """The link that opens the page of many worlds with these settings."""
    parts = [first.link()]
    if second is not None:
        parts.append("&".join(f"{SECOND_PREFIX}{field}" for field in second.link().split("&")))
    return "?" + "&".join([*parts, *(["guess=1"] if guess else [])])
