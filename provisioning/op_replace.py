"""Does the steps of a replacement, as far as they can be done now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncssh

from provisioning.claim import claim
from provisioning.fleet_error import FleetError
from provisioning.hub_side import restart_broker, revoke
from provisioning.inventory import Unit
from provisioning.inventory_load import Fleet
from provisioning.known_hosts import forget, key_of
from provisioning.many_units import Reach, on_one
from provisioning.op_status import look_at
from provisioning.replacement import TEXTS, Replacement, Step
from provisioning.seed import seed
from provisioning.ssh import SilentUnitError
from provisioning.unit_commands import app_service, ask

__all__ = ["Card", "advance", "refuse_alive", "what_next"]


@dataclass(frozen=True, slots=True)
class Card:
    """`to` is the new card's boot partition, None when there is none at hand; `skip_revoke`: the hub is not asked."""

    to: Path | None
    skip_revoke: bool = False


async def refuse_alive(unit: Unit, reach: Reach) -> None:
    """Raises FleetError: the unit that is to be replaced still answers."""

    async def work(_: Unit, connection: asyncssh.SSHClientConnection) -> None:
        await ask(connection, ["true"])

    if unit.id not in reach.keys:
        return
    try:
        await on_one(unit, work, reach=reach, timeout_s=10.0, connect_timeout_s=5.0)
    except SilentUnitError:
        return
    except FleetError:
        return  # another machine has its address by now
    hint = f"Take it out first (mydesk-fleet decommission {unit.id}), or say --yes: its key is forgotten then."
    raise FleetError(f"{unit.id} still answers.", hint=hint)


async def advance(fleet: Fleet, unit: Unit, reach: Reach, card: Card) -> tuple[Replacement, tuple[str, ...]]:
    """Do what can be done now; where it stands then, and what is worth telling.

    Raises:
        FleetError: a step failed; the same again goes on there.
    """
    at, told = Replacement.of(reach.state, unit.id), list[str]()
    while (step := at.next) is not None:
        if step == "seeded" and card.to is None:
            break
        if step == "revoked" and card.skip_revoke:
            at = at.with_done(step, skipped=True)
            told.append("the hub was not asked: it still takes the old unit's certificate")
            continue
        if news := await _do(step, fleet, unit, reach, card):
            told.append(news)
        at = at.with_done(step)
        told.append(TEXTS[step])
        if step == "seeded":
            break  # now a card is carried to a panel
    if at.next is None:
        at.end()
    return at, tuple(told)


async def _do(step: Step, fleet: Fleet, unit: Unit, reach: Reach, card: Card) -> str:
    state = reach.state
    match step:
        case "forgotten":
            forget(state, unit.id)
            state.drop_token(unit.id)
        case "revoked":
            return await _revoked(fleet, unit, reach)
        case "seeded" if card.to is not None:
            return seed(fleet, unit, card.to, state, again=True).to_do
        case "claimed":
            await claim(reach.access(unit), state)
        case "provisioned":
            await _check_provisioned(fleet, unit, reach)
    return ""


async def _revoked(fleet: Fleet, unit: Unit, reach: Reach) -> str:
    told = await revoke(fleet, unit, reach)
    hub = fleet.hub_of(unit)
    if not told and hub is not None and hub.enrol is not None:
        await restart_broker(hub.enrol, reach)
    return told


async def _check_provisioned(fleet: Fleet, unit: Unit, reach: Reach) -> None:
    fresh = Reach.of(fleet, reach.state, reach.identity)
    if key_of(reach.state, unit.id) is None:
        raise FleetError(f"{unit.id} is not claimed.", hint=f"mydesk-fleet claim {unit.id}")
    status = await on_one(unit, look_at, reach=fresh)
    if status.release is None or status.services.get(app_service(unit)) != "active":
        raise FleetError("it is not provisioned yet.", hint=f"mydesk-fleet provision {unit.id} --bundle FILE")


def what_next(at: Replacement) -> Iterator[str]:
    """What a person does now."""
    again = f"mydesk-fleet replace {at.unit}"
    match at.next:
        case "seeded":
            yield f"Put a fresh card into this computer, then: {again} --to /media/bootfs"
        case "claimed":
            yield f"Start the new unit with the card, wait two minutes, then: {again}"
        case "provisioned":
            yield f"mydesk-fleet provision {at.unit} --bundle FILE, then: {again}"
        case None:
            yield f"{at.unit} is replaced. If it signs in with a code: mydesk-fleet sign-in {at.unit}"
        case _:
            yield f"To go on: {again}"
