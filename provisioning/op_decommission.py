"""Takes a unit out of the fleet: what it knows is wiped, the hub refuses it, and its key is forgotten.

Each step may be done when another cannot: a unit that is dead, or stolen, is still refused by the hub, and it is said
what was not done. On the unit keys go first, then all else; a flash card keeps old blocks, so free ones are discarded.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Literal

import asyncssh

from common.errors import MyDeskError
from provisioning.fleet_error import FleetError
from provisioning.fleet_state import FleetState
from provisioning.inventory import Unit
from provisioning.known_hosts import forget, key_of
from provisioning.plain_text import plain_line
from provisioning.unit_commands import ask

__all__ = ["StepDone", "forget_keys", "stepped", "wipe"]

WIPE_TIMEOUT_S: Final = 300.0
WIPED: Final = (
    "/etc/mydesk/graph-key.pem",
    "/var/lib/mydesk-agent",
    "/var/lib/mydesk",
    "/etc/mydesk",
    "/var/lib/mydesk-update",
    "/var/lib/mydesk-provision",
    "/var/lib/mydesk-claim",
    "/run/mydesk",
    "/opt/mydesk",
    "/etc/NetworkManager/system-connections",
    "/etc/netplan",
    "/etc/wpa_supplicant/wpa_supplicant.conf",
)
"""In this order: private keys, tokens, visits and settings before programs; the Wi-Fi's key at last."""

_SCRIPT: Final = """\
set -u
systemctl disable --now mydesk-room.service mydesk-kiosk.service mydesk-agent.service 2>/dev/null
systemctl stop 'mydesk-*.timer' 'mydesk-*.path' 2>/dev/null
find "$@" -xdev -type f -name '*key*' -exec shred --force --iterations=1 --zero {} + 2>/dev/null
rm --recursive --force --one-file-system -- "$@"
journalctl --quiet --rotate --vacuum-time=1s 2>/dev/null
sync
fstrim --all 2>/dev/null
for path in "$@"; do test ! -e "$path" || { echo "$path is still there" >&2; exit 1; }; done
"""


@dataclass(frozen=True, slots=True)
class StepDone:
    """`state` is done, not done (with the reason in `text`), or not needed."""

    step: str
    state: Literal["done", "not done", "not needed"]
    text: str = ""


async def wipe(unit: Unit, connection: asyncssh.SSHClientConnection, *, power_off: bool) -> None:
    """Remove everything of ours, and everything of the site, from `unit`. Raises FleetError: not all of it is gone."""
    words = ["sh", "-c", _SCRIPT, "wipe", *WIPED]
    (await ask(connection, words, timeout_s=WIPE_TIMEOUT_S)).checked()
    if power_off:
        try:
            await ask(connection, ["systemctl", "poweroff", "--no-wall"])
        except asyncssh.ConnectionLost:
            return  # it went faster than it answered


async def stepped(step: str, work: Callable[[], Awaitable[str]]) -> StepDone:
    """Do one step; what it returns is told, and its failure stops no other step."""
    try:
        return StepDone(step, "done", await work())
    except MyDeskError as error:
        return StepDone(step, "not done", plain_line(error))


def forget_keys(unit: Unit, state: FleetState) -> StepDone:
    """Forget its SSH key and its claim token. Raises FleetError, OSError."""
    if key_of(state, unit.id) is None and state.token(unit.id) is None:
        return StepDone("this laptop forgets its key", "not needed")
    forget(state, unit.id)
    state.drop_token(unit.id)
    return StepDone("this laptop forgets its key", "done")


def not_needed(step: str, why: str) -> StepDone:
    """A step that has nothing to do here."""
    return StepDone(step, "not needed", why)


def is_done(steps: list[StepDone]) -> bool:
    """Whether nothing is left."""
    return all(step.state != "not done" for step in steps)


class NotConfirmedError(FleetError):
    """Error raised when nobody said that it is meant."""
