"""What must stand beside a result: each recurring sentence once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

NOT_SEPARATED: Final = "the data do not separate contagion from common shocks"
"""The caution as a clause, for use within a sentence."""

CONTAGION: Final = f"{NOT_SEPARATED[0].upper()}{NOT_SEPARATED[1:]}."
"""Stands wherever contagion appears."""

CONTAGION_CHANGED: Final = (
    f"Contagion is switched on or off, or has another weight, in some worlds, but {NOT_SEPARATED}."
)

REQUESTS: Final = (
    "Requests were made, and reported, where success was near, so their estimated effect is an upper bound."
)
"""Stands wherever the effect of a request appears."""

REQUESTS_DIFFER: Final = f"Requests differ between these scenarios. {REQUESTS}"

PATRONS_EDITED: Final = (
    "No state's decision reads what a patron does: such an edit changes trade, and acts only where the target courts "
    "in its need."
)
"""Stands wherever a scenario sets the course of a patron."""

BANS_DIFFER: Final = (
    "What the Council forbids differs between these scenarios. Its effect on trade is nearly all accounting by the "
    "mandate: forbidden trade falls by the share that is enforced, whatever states decide."
)

RECORDS_DIFFER: Final = (
    "The record or the risk set differs between these scenarios, and so do the acts observed: where one count is "
    "shown, it is that of the first scenario."
)

BROAD_RECORD: Final = (
    "The record is, in some scenarios, the broad one, of the first code. The parameters that ship were fitted to the "
    "strict one."
)

TRADE_BANDS: Final = (
    "Bands and intervals of trade hold an assumed error of what patrons enforce, and no other error "
    "of the model."
)
"""Stands wherever trade has an interval."""

NOT_DISARMAMENT: Final = "More break-offs are not disarmament, and costs to civilians are outside the model."

MODEL_ONLY: Final = "This explains what the model does, not what a government thought."

NO_FORECAST: Final = "This follows from the model's rule and an edited past. It is not a forecast."

INTERVALS: Final = (
    "Intervals show how precisely these worlds determine what the model implies. "
    "They do not show how well the model describes reality."
)

ASSUMED: Final = (
    "Thaw, restoration, attrition, courtship and backfill are assumptions: the record says little about them."
)

FITTED: Final = "The parameters were fitted to weeks of the record: in these a good fit is expected."

UNKNOWN_FIT: Final = (
    "The parameters come from a file. Only its author knows whether they were fitted to these data."
)

FITS: Final[Mapping[str, str]] = {
    "posterior": FITTED,
    "map": FITTED,
    "prior": (
        "The parameters were drawn from priors and not fitted to any data, so neither a good nor a bad fit says much "
        "about the rule."
    ),
    "borrowed": (
        "The parameters were fitted to the record of another case. Whether they apply to the states of this one is "
        "not known."
    ),
}
"""What a fit to the record shows, by the status of the parameters; :data:`UNKNOWN_FIT` for any other."""
