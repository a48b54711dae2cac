"""What the hub is told about a unit that is gone: its certificates are revoked, and the broker reads the list."""

from __future__ import annotations

from typing import Final

from provisioning.enrolment import on_hub
from provisioning.fleet_error import FleetError
from provisioning.inventory import EnrolSection, Unit
from provisioning.inventory_load import Fleet
from provisioning.many_units import Reach
from provisioning.plain_text import plain_line

__all__ = ["restart_broker", "revoke", "revoke_by_hand"]

NEVER_ENROLLED: Final = "was never enrolled"
BROKER: Final = ("systemctl", "restart", "mosquitto")
"""A reload would keep a connection that is open."""


def revoke_by_hand(unit: Unit) -> str:
    """What to type at the hub."""
    return f"mydesk-hub revoke {unit.id} --config /etc/mydesk-hub/hub.toml && {' '.join(BROKER)}"


async def revoke(fleet: Fleet, unit: Unit, reach: Reach) -> str:
    """Put every certificate that `unit` ever got on the hub's list; what is worth telling. The broker is to be told.

    Raises:
        FleetError: the hub cannot be asked, or refuses.
    """
    hub = fleet.hub_of(unit)
    if hub is None:
        return "there is no hub"
    if hub.enrol is None:
        raise FleetError("the inventory does not say how the hub is asked.", hint=f"There: {revoke_by_hand(unit)}")
    words = [*hub.enrol.program, "revoke", unit.id, "--config", hub.enrol.config]
    status, _, said = await on_hub(hub.enrol, words, b"", reach)
    text = plain_line(said)
    if status == 0:
        return ""
    if NEVER_ENROLLED in text:
        return "it never had a certificate"
    raise FleetError(f"the hub did not revoke: {text}", hint=f"There: {revoke_by_hand(unit)}")


async def restart_broker(section: EnrolSection, reach: Reach) -> str:
    """Have the broker refuse whoever is on the list; "". Raises FleetError: it does not start, or is not there."""
    status, _, said = await on_hub(section, list(BROKER), b"", reach)
    if status != 0:
        raise FleetError(f"the broker did not start again: {plain_line(said)}", hint=f"There: {' '.join(BROKER)}")
    return ""
