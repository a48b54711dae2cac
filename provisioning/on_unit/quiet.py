"""When nobody is disturbed: no meeting, no guest, and not in the hours that the unit's settings keep free."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from provisioning.on_unit import health
from provisioning.on_unit.errors import UpdateError
from provisioning.on_unit.places import Places
from provisioning.on_unit.running import run, said
from provisioning.on_unit.settings import Settings
from provisioning.on_unit.state import State, Step, load

_HOURS = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)")
REBOOT_TIMEOUT_S = 30.0


def who_is_disturbed(settings: Settings, status: Mapping[str, Any] | None) -> str:
    """Return whom a restart would disturb now, in words; "" when nobody."""
    return health.who_is_busy(status) or busy_hours(settings.busy_hours, datetime.now().astimezone())


def busy_hours(hours: Sequence[str], now: datetime) -> str:
    """Return which of `hours` ("08:00-10:30", local time, may pass midnight) it is now, in words; "" for none. Pure.

    Raises:
        UpdateError: one is not like that.
    """
    minute = now.hour * 60 + now.minute
    for one in hours:
        found = _HOURS.fullmatch(one)
        if found is None:
            raise UpdateError(f'busy_hours: {one!r} is not like "08:00-10:30". Provision the unit again.')
        begin, end = int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])
        if (begin <= minute < end) if begin <= end else (minute >= begin or minute < end):
            return f"these are busy hours ({one})"
    return ""


def reboot(places: Places, settings: Settings) -> State:
    """Reboot if that disturbs nobody and no release is being changed; else leave it for the next time.

    Raises:
        UpdateError: systemd does not do it.
    """
    state = load(places)
    if state.step in (Step.STAGING, Step.TRYING, Step.ROLLING_BACK):
        return state
    if who_is_disturbed(settings, health.ask_app(settings.control_socket)):
        return state
    done = run(["systemctl", "--no-wall", "reboot"], timeout_s=REBOOT_TIMEOUT_S)
    if done.returncode != 0:
        raise UpdateError(f"the unit does not reboot: {said(done)}.")
    return state
