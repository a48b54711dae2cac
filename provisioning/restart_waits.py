"""Why a panel still runs with its old settings: the restart that waits on the unit, in words. Pure.

>>> restart_waits(["mydesk-room.service"], "a meeting runs (busy)")
'a meeting runs (busy)'
>>> restart_waits([], "")
''
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from provisioning.plain_text import plain_line

__all__ = ["NOTE", "restart_waits"]

NOTE: Final = "new settings wait for the panel's restart: {}"
SOON: Final = "its updater looks every ten minutes"
_MOST_CHARS: Final = 200


def restart_waits(services: Sequence[object], said: object) -> str:
    """Whom the restart of `services` would disturb, as plain text; "" when none waits (on_unit.restarting)."""
    return (plain_line(said, _MOST_CHARS) or SOON) if services else ""
