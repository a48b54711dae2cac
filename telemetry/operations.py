"""What the hub and Home Assistant can ask of a unit, each by its name on `cmd/<op>/<id>`.

identify, screenshot, reload            the app's own matter (DESIGN.md 3, 4.3)
check-in, release                       a door panel's
evacuation {"active": true|false}       a kiosk's; "by": "hub" where the hub tells its own, which it need not hear of
reprint {"visit_id": "..."}             a kiosk's: the badge of a guest who is here, once more
answer {"id": "...", "answer": "coming"}  a kiosk's: a host followed a link (telemetry.answer_operation)
visit {"blob": "..."}                   a kiosk's: sealed by the hub (telemetry.visit_operation)
restart {"what": "app"|"agent"}         systemd restarts it
reboot {"force": true}                  not while a meeting runs or a guest is busy, unless forced
logs {"lines": 500}                     the last lines of our units, redacted, gzip in base64
update {"release": "1.4.0"}             left for mydesk-update; twin/update tells what becomes of it
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta

from common.control import ControlError
from common.errors import MyDeskError
from telemetry.answer_operation import answer_operation
from telemetry.app_client import AppClient
from telemetry.commands import Arguments, Operation
from telemetry.log_bundle import LogSource
from telemetry.power_control import PowerControl
from telemetry.update_request import RELEASE, write_request
from telemetry.visit_operation import visit_operation
from telemetry.who_is_busy import who_is_busy

Role = Literal["room", "kiosk"]
SCREENSHOT_TIMEOUT_S = 30.0
RESTART_TIMEOUT_S = 60.0
GOING_DOWN_TIMEOUT_S = 180.0
LOGS_TIMEOUT_S = 60.0

T = TypeVar("T")


class OperationError(MyDeskError):
    """Error raised when an operation is not done, with the reason."""


class _Args(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an operation may be given."""


class _NoArgs(_Args, frozen=True):
    pass


class _RebootArgs(_Args, frozen=True):
    force: bool = False


class _RestartArgs(_Args, frozen=True):
    what: Literal["app", "agent"] = "app"


class _LogsArgs(_Args, frozen=True):
    lines: Annotated[int, Meta(ge=1, le=5000)] = 500


class _EvacuationArgs(_Args, frozen=True):
    active: bool
    by: Literal["hub", "control"] = "control"


class _ReprintArgs(_Args, frozen=True):
    visit_id: Annotated[str, Meta(pattern=r"^[0-9a-f]{32}\Z")]


class _UpdateArgs(_Args, frozen=True):
    release: Annotated[str, Meta(pattern=RELEASE)]


@dataclass(frozen=True, slots=True)
class UnitParts:
    """What operations act on."""

    role: Role
    app: AppClient
    power: PowerControl
    logs: LogSource
    update_folder: Path


def operations(parts: UnitParts) -> dict[str, Operation]:
    """The operations of a unit of that role, by name."""
    made = [*_of_the_app(parts), *_of_the_unit(parts)]
    return {operation.name: operation for operation in made}


def _of_the_app(parts: UnitParts) -> list[Operation]:
    app = parts.app
    made = [
        _asked(app, "identify"),
        _asked(app, "screenshot", SCREENSHOT_TIMEOUT_S),
        _asked(app, "reload"),
    ]
    if parts.role == "room":
        return [*made, _asked(app, "check-in"), _asked(app, "release")]

    async def evacuation(args: Arguments) -> dict[str, Any]:
        wanted = _read(args, _EvacuationArgs)
        answer = await app.ask("evacuation", active=wanted.active, by=wanted.by)
        return {"active": bool(answer.get("active"))}  # who is in the building is not for the wire

    async def reprint(args: Arguments) -> dict[str, Any]:
        answer = await app.ask("reprint", visit_id=_read(args, _ReprintArgs).visit_id)
        if trouble := answer.get("printer_trouble"):
            raise OperationError(f"The badge waits: the printer says {trouble}.")
        return {}

    own = (Operation("evacuation", evacuation), Operation("reprint", reprint))
    return [*made, *own, answer_operation(app), visit_operation(app)]


def _asked(app: AppClient, op: str, timeout_s: float = 20.0) -> Operation:
    async def run(args: Arguments) -> dict[str, Any]:
        _read(args, _NoArgs)
        return await app.ask(op, timeout_s)

    return Operation(op, run, timeout_s + 5)


def _of_the_unit(parts: UnitParts) -> list[Operation]:
    return [_restart(parts.power), _reboot(parts), _logs(parts.logs), _update(parts.update_folder)]


def _restart(power: PowerControl) -> Operation:
    async def run(args: Arguments) -> dict[str, Any]:
        what = _read(args, _RestartArgs).what
        if what == "agent":
            await power.restart_agent()
        else:
            await power.restart_app()
        return {"restarted": what}

    async def mark(args: Arguments) -> str:
        return await power.start_mark(_read(args, _RestartArgs).what)

    return Operation("restart", run, RESTART_TIMEOUT_S, mark, power.started_anew)


def _reboot(parts: UnitParts) -> Operation:
    async def run(args: Arguments) -> dict[str, Any]:
        if not _read(args, _RebootArgs).force:
            await _not_while_busy(parts)
        await parts.power.reboot()
        return {}

    async def mark(args: Arguments) -> str:
        return parts.power.boot_mark()

    return Operation("reboot", run, GOING_DOWN_TIMEOUT_S, mark, parts.power.booted_anew)


async def _not_while_busy(parts: UnitParts) -> None:
    """An app that does not answer stops nobody: rebooting may be what mends it."""
    try:
        busy = who_is_busy(await parts.app.status(max_age_s=0.0))
    except ControlError:
        return
    if busy:
        raise OperationError(f"{busy}.", hint='Wait until it is over, or send {"force": true}.')


def _logs(source: LogSource) -> Operation:
    async def run(args: Arguments) -> dict[str, Any]:
        return await source.bundle(_read(args, _LogsArgs).lines)

    return Operation("logs", run, LOGS_TIMEOUT_S)


def _update(folder: Path) -> Operation:
    async def run(args: Arguments) -> dict[str, Any]:
        return await write_request(folder, _read(args, _UpdateArgs).release)

    return Operation("update", run)


def _read(args: Arguments, kind: type[T]) -> T:
    try:
        return msgspec.convert(dict(args), kind)
    except msgspec.ValidationError as error:
        raise OperationError(f"the args are wrong: {error}.") from error
