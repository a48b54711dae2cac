"""One visit of a rollout to a unit, over SSH: look first, then do what is still to be done, then look again.

Whatever was begun and not heard of is found by the look, so a visit may be repeated at any time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import asyncssh

from provisioning.fleet_error import FleetError
from provisioning.inventory import Unit
from provisioning.on_unit import health
from provisioning.plain_text import plain_line
from provisioning.push import UnitRefusedError, UnitUpdate, activate, push, update_status
from provisioning.rollout_plan import Rules
from provisioning.rollout_state import Task
from provisioning.rollout_store import Parcel
from provisioning.rollout_unit import Look, Refused
from provisioning.unit_commands import app, ask

__all__ = ["fitting", "visit"]

PYTHON: Final = ("python3", "-c", "import sys; print('%d.%d' % sys.version_info[:2])")


async def visit(
    unit: Unit,
    connection: asyncssh.SSHClientConnection,
    task: Task,
    parcels: Sequence[Parcel],
    rules: Rules,
    told: Callable[[str], None],
) -> Look | Refused:
    """Make a visit; `parcels` are those for the unit's architecture.

    Raises:
        FleetError: SilentUnitError when it did not answer, others when it cannot be talked to.
        asyncssh.Error, OSError, TimeoutError: the connection, while the app was asked.
    """
    try:
        update = await update_status(connection)
        names = {parcel.release for parcel in parcels}
        if task is Task.STAGE and not names & {update.current, update.staged}:
            parcel = await fitting(connection, parcels)
            if parcel.release not in update.failed or rules.again:
                await push(connection, Path(parcel.path), told, again=rules.again)
                update = await update_status(connection)
        elif task is Task.ACTIVATE and update.staged in names:
            update = await activate(connection, str(update.staged), now=rules.insist)
    except UnitRefusedError as error:
        if task is Task.ACTIVATE and not error.later:
            update = await update_status(connection)
            if update.staged and update.staged not in names:  # somebody else's since: that is no fault of ours
                return await _look(unit, connection, update, names)
        return Refused(unit.id, str(error), later=error.later)
    return await _look(unit, connection, update, names)


async def fitting(connection: asyncssh.SSHClientConnection, parcels: Sequence[Parcel]) -> Parcel:
    """The one for the unit's Python, which is asked only when there is a choice. Raises FleetError: there is none."""
    if len(parcels) == 1:
        return parcels[0]
    answer = await ask(connection, PYTHON, user=str(connection.get_extra_info("username")))
    python = plain_line(answer.checked().text, 20)
    found = next((parcel for parcel in parcels if parcel.python == python), None)
    if found is None:
        have = ", ".join(parcel.python for parcel in parcels)
        raise UnitRefusedError(f"it has Python {python}; there are bundles for {have or 'no other architecture'}.")
    return found


async def _look(unit: Unit, connection: asyncssh.SSHClientConnection, update: UnitUpdate, names: set[str]) -> Look:
    runs = update.current in names
    failed = next((why for name, why in update.failed.items() if name in names), "")
    if runs and update.step == "failed" and update.release in names:
        failed = update.reason
    ill = await _ill(unit, connection) if runs and update.step != "trying" else ""
    other = "" if runs else update.staged or update.current or ""
    return Look(unit.id, runs, update.staged in names, update.step, failed, ill, other)


async def _ill(unit: Unit, connection: asyncssh.SSHClientConnection) -> str:
    """What is wrong with its app, by the rules of its own updater."""
    answer = await ask(connection, app(unit, "ctl", "status", "--json"), user="mydesk")
    try:
        status: dict[str, Any] | None = answer.json()
    except FleetError:
        status = None
    return "; ".join(health.troubles(status, {}))
