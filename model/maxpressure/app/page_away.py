"""What a visitor takes away from the view of many worlds: buttons for tables and picture."""

from __future__ import annotations

import solara

from maxpressure.app.downloads import packed_in_turn
from maxpressure.app.many_view import helped
from maxpressure.app.many_worlds import Lot
from maxpressure.app.room import room
from maxpressure.base.errors import InputError


@solara.component
def TakenAway(lots: dict[str, Lot], png: bytes) -> None:
    """Tables and picture of what is shown, if anything is; the tables are packed in the line, where they take turns.

    It stands on the page with nothing in it too: if it came and went, the browser would build the levers anew.
    """
    place, visitor = room(), solara.get_kernel_id()
    refused, set_refused = solara.use_state((0, ""))

    def pack() -> bytes | None:
        packed, why = None, ""
        try:
            packed = packed_in_turn(place, visitor, lots)
        except InputError as refusal:
            why = helped(refusal)
        set_refused(lambda before: (before[0] + (packed is None), why))
        return packed

    packing = solara.use_memo(lambda: pack, [tuple(lots.values()), refused[0]])  # another one after a refusal
    with solara.Row(classes=["mp-view"]):
        if not lots:
            return
        solara.FileDownload(packing, "maxpressure.zip", label="Download tables", icon_name=None)
        solara.FileDownload(png, "wave.png", label="Download picture", icon_name=None)
        if refused[1]:
            solara.Text(refused[1], classes=["mp-fault"])
