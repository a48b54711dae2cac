"""While a release is tried, systemd counts how often a service fails; then mydesk-rollback.service goes back.

The limits are drop-ins in /run: a start of the unit forgets them, and boot-check sets them again. Without them a
service is restarted for ever (systemd/mydesk-room.service).
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from provisioning.on_unit import health
from provisioning.on_unit.errors import UpdateError
from provisioning.on_unit.places import Places, make_folders, write_durably
from provisioning.on_unit.settings import Settings

DROP_IN = "50-mydesk-trying.conf"
LIMITS = b"""\
# Written by mydesk-update while a release is tried, and removed by it.
[Unit]
StartLimitIntervalSec=600
StartLimitBurst=3
OnFailure=mydesk-rollback.service

[Service]
RestartSec=1
"""


def drop_ins(places: Places, settings: Settings) -> list[Path]:
    """Return where the limits of each service stand."""
    folder = places.root / "run/systemd/system"
    return [folder / f"{name}.d" / DROP_IN for name in settings.services]


def set_limits(places: Places, settings: Settings) -> None:
    """Let systemd count.

    Raises:
        UpdateError, OSError: systemd does not take it, or /run is full.
    """
    for path in drop_ins(places, settings):
        make_folders(path.parent)
        write_durably(path, LIMITS)
    health.Services(settings).reload()


def lift_limits(places: Places, settings: Settings) -> None:
    """Let systemd restart for ever again. What cannot be lifted ends with the next start of the unit."""
    with contextlib.suppress(OSError, UpdateError):
        found = [path for path in drop_ins(places, settings) if path.exists()]
        for path in found:
            path.unlink()
        if found:
            health.Services(settings).reload()
