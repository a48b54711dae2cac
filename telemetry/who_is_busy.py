"""Who would be disturbed if the unit went down now, from the app's status. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MEETING_STATES = frozenset({"busy", "ending-soon", "check-in", "booked-empty", "release-warning", "overlap", "in-use"})
"""Of a door panel (roomdisplay.kinds.Kind)."""

REST_PAGES = frozenset({"Welcome"})
"""Of a kiosk: nobody stands there."""


def who_is_busy(status: Mapping[str, Any]) -> str:
    """In words for the one who asked for a reboot; "" when nobody is.

    >>> who_is_busy({"state": "busy", "presence": "occupied"})
    'A meeting runs (busy)'
    """
    state, page = status.get("state"), status.get("page")
    if state in MEETING_STATES:
        return f"A meeting runs ({state})"
    if status.get("presence") == "occupied":
        return "Somebody is in the room"
    if status.get("evacuation") is True:
        return "An evacuation goes on"
    if isinstance(page, str) and page not in REST_PAGES:
        return f"A guest is busy at the kiosk ({page[:40]})"
    return ""
